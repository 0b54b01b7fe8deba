/** What a check found, as elements: where the data fell, how much of it is new, what is wrong, what would change. */
import { h } from "./dom.js";
import { fill, language, said } from "./said.js";

/** One language of a text that the server sends in both. */
export const word = (text) => text?.[language] ?? "";
const listing = new Intl.ListFormat(document.documentElement.lang, { style: "narrow", type: "unit" });

/** Where the data fell, drawn by the server from positions only. */
export function picture(svg) {
  if (!svg) return null;
  const drawn = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
  return h("figure", { class: "where" }, document.adoptNode(drawn), h("figcaption", { class: "calm" }, said.where));
}

const WEIGHTS = ["error", "warning", "info"];

export const number = new Intl.NumberFormat(document.documentElement.lang);

export function counts(report) {
  const cells = [["new", said.new], ["changed", said.changed], ["unchanged", said.unchanged], ["refused", said.refused]];
  return h(
    "dl",
    { class: "figures" },
    cells.map(([name, label]) =>
      h("div", { class: name === "refused" && report[name] ? "late" : "" }, h("dt", null, label), h("dd", null, number.format(report[name]))),
    ),
  );
}

/** What problems of one kind have in common. */
function headline(all) {
  const sentences = new Set(all.map(({ text }) => word(text)));
  return sentences.size > 1 ? fill(said.and_more, { sentence: word(all[0].text) }) : word(all[0].text);
}

/** Problems by kind, each with the rows it was found in. */
export function problems(report) {
  const kinds = grouped(report.problems);
  if (kinds.size === 0) return h("p", { class: "calm" }, said.fine);
  return h(
    "ol",
    { class: "kinds" },
    [...kinds].sort(([, [one]], [, [other]]) => WEIGHTS.indexOf(one.severity) - WEIGHTS.indexOf(other.severity)).map(([code, all]) =>
      h(
        "li",
        { class: all[0].severity },
        h(
          "details",
          null,
          h("summary", null, h("i", { class: "mark", "aria-hidden": "true" }), h("b", null, number.format(report.counts[code] ?? all.length)), " ", headline(all)),
          h(
            "ol",
            null,
            all.slice(0, 100).map(({ row, column, value, text }) =>
              h("li", null, [row ? fill(said.row, { row }) : said.file, column, value, word(text)].filter(Boolean).join(" · ")),
            ),
          ),
        ),
      ),
    ),
  );
}

function grouped(list) {
  const found = new Map();
  for (const each of list) found.set(each.code, [...(found.get(each.code) ?? []), each]);
  return found;
}

export function changes(layer, { changes: list, new_codes: fresh, fields }) {
  if (list.length === 0 && fresh.length === 0) return null;
  const called = (name) => word(layer?.targets.find(({ code }) => code === name)?.label) || (name === "geometry" ? said.geometry : name);
  const rows = list.map(({ row, code, field, old, new: now }) =>
    h("tr", null, h("th", { scope: "row" }, code, h("small", null, fill(said.row, { row }))), h("td", { class: "words" }, called(field)), h("td", { class: "words" }, old ?? "—"), h("td", { class: "words" }, now ?? "—")),
  );
  const counted = listing.format(Object.entries(fields).map(([name, count]) => `${called(name)} ${number.format(count)}`));
  return h(
    "details",
    null,
    h("summary", null, said.changes),
    counted && h("p", { class: "calm" }, counted),
    rows.length > 0 &&
      h(
        "div",
        { class: "wide" },
        h("table", null, h("thead", null, h("tr", null, [said.feature, said.field, said.old, said.now].map((each) => h("th", { class: "words" }, each)))), h("tbody", null, rows)),
      ),
    fresh.length > 0 && h("p", { class: "calm codes" }, said.new, " ", h("span", null, `${fresh.slice(0, 100).join(" ")}${fresh.length > 100 ? " …" : ""}`)),
  );
}
