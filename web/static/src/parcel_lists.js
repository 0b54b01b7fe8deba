/** One parcel as it was found, as elements: rules, areas, and the three lists with every record behind them. */
import { h, s } from "./dom.js";
import { word } from "./import_report.js";
import { levelsOf, worstOf } from "./parcel_level.js";
import { fill, language, said } from "./said.js";

const locale = document.documentElement.lang;
const digits = (least, most) => new Intl.NumberFormat(locale, { minimumFractionDigits: least, maximumFractionDigits: most });
const [whole, two, four] = [digits(0, 0), digits(2, 2), digits(4, 4)];
const listing = new Intl.ListFormat(locale, { style: "narrow", type: "unit" });

export const number = (value) => whole.format(value);
export const mu = ({ mu: amount }) => digits(2, 2).format(amount);
/** A level is a mark and a word, as a verdict of a claim is. */
export const mark = (level) => h("i", { class: "mark", "aria-hidden": "true", "data-level": level });
const percent = (share) => digits(0, share < 0.01 ? 4 : 2).format(100 * share);
const kept = new URLSearchParams(location.search).get("lang");
const to = (path, query = {}) => {
  const asked = new URLSearchParams({ ...query, ...(kept ? { lang: kept } : {}) });
  return `${path}${asked.size ? `?${asked}` : ""}`;
};

function areas({ parcel }) {
  const cells = (area) => [two.format(area.m2), four.format(area.mu), digits(6, 6).format(area.ha)].map((each) => h("td", null, each));
  const row = (label, area) => h("tr", null, h("th", { scope: "row" }, label), area ? cells(area) : h("td", { colspan: 3, class: "calm" }, said.no_registered));
  return h(
    "section",
    { class: "areas" },
    h("h3", null, said.areas),
    h(
      "div",
      { class: "wide", tabindex: 0 },
      h(
        "table",
        null,
        h("thead", null, h("tr", null, h("td"), [said.m2, said.mu, said.ha].map((each) => h("th", { scope: "col" }, each)))),
        h("tbody", null, row(said.drawn, parcel.area), row(said.registered, parcel.registered_area)),
      ),
    ),
    parcel.drawn_to_registered !== null && h("p", { class: "calm" }, said.ratio, " ", h("b", null, digits(4, 6).format(parcel.drawn_to_registered))),
  );
}

function verdicts(told) {
  if (told.verdicts.length === 0) return h("p", { class: "verdict clear" }, mark("clear"), said.no_verdict);
  return h(
    "ul",
    { class: "verdicts" },
    told.verdicts.map(({ level, sentence, rule }) => h("li", { class: `verdict ${level.code}`, "data-rule": rule }, mark(level.code), h("b", null, word(level.label)), " ", word(sentence))),
  );
}

/** What there is of a layer or a record in its measure, in short. */
function amount(each) {
  if (each.area) return `${two.format(each.area.m2)} m² · ${four.format(each.area.mu)} ${said.mu}`;
  if (each.length_m !== undefined) return `${two.format(each.length_m)} ${said.m}`;
  return fill(said.count, { n: number(each.count ?? 0) });
}

function money({ received, activities }) {
  const names = (activities ?? []).map(({ code, name }) => h("a", { href: to(`/ledger/activities/${encodeURIComponent(code)}`) }, word(name)));
  const sum = received ? fill(said.yuan, { amount: two.format(received) }) : null;
  return names.length || sum ? [names.flatMap((each, place) => (place ? [language === "zh" ? "、" : ", ", each] : [each])), sum && h("small", null, sum)] : h("span", { class: "calm" }, said.none);
}

function record(piece, level, statuses, asOf) {
  const away = piece.distance_m > 0 ? fill(said.metres_away, { m: digits(0, 1).format(piece.distance_m) }) : amount(piece);
  const state = piece.status ? [h("span", { class: `status ${piece.status}` }, word(statuses[piece.status]) || piece.status), piece.milestone && h("small", null, word(piece.milestone.label), piece.reached_on ? ` ${piece.reached_on}` : "")] : h("span", { class: "calm" }, "–");
  const pending = (piece.pending ?? []).map((each) => h("small", { class: "waits" }, `${said.pending} ${word(each.milestone?.label)} ${each.reached_on ?? ""}`));
  return h(
    "tr",
    { class: level ?? "" },
    h("th", { scope: "row" }, level && mark(level), h("a", { href: to(`/feature/${piece.feature}`, { as_of: asOf }) }, piece.name || piece.code), piece.name && h("small", null, piece.code), piece.group && h("small", null, word(piece.group.label)), piece.illustrative && h("small", null, said.illustrative)),
    h("td", { "data-label": said.amount }, h("div", null, away, piece.share !== undefined && !(piece.distance_m > 0) && h("small", null, fill(said.share, { share: percent(piece.share) })))),
    h("td", { class: "words", "data-label": said.state }, h("div", null, state, pending)),
    h("td", { class: "words", "data-label": said.due }, piece.due_on ?? "–"),
    h("td", { class: "words", "data-label": said.money }, h("div", null, money(piece))),
    h("td", { class: "words", "data-label": said.seen }, piece.last_seen_on ?? "–"),
  );
}

function table(pieces, levels, statuses, asOf) {
  const heads = [said.record, said.amount, said.state, said.due, said.money, said.seen];
  return h(
    "div",
    { class: "stacked" },
    h(
      "table",
      { class: "records" },
      h("thead", null, h("tr", null, heads.map((each, place) => h("th", { scope: "col", class: place > 1 ? "words" : null }, each)))),
      h("tbody", null, pieces.map((piece) => record(piece, levels.get(piece.feature), statuses, asOf))),
    ),
  );
}

function finding(each, levels, { statuses, icons, asOf }) {
  const records = each.pieces.length;
  const lines = [
    each.area && fill(said.union, { mu: four.format(each.area.mu), n: number(records) }),
    each.share !== undefined && fill(said.share, { share: percent(each.share) }),
    each.of_registered && fill(said.of_registered, { mu: four.format(each.of_registered.mu) }),
    each.slivers > 0 && fill(said.slivers, { n: number(each.slivers) }),
    each.source && fill(said.source, { file: each.source.file, day: each.source.imported_on }),
    each.source?.illustrative && said.illustrative,
  ].filter(Boolean);
  const worst = worstOf([...each.pieces, ...each.near].map(({ feature }) => levels.get(feature)));
  return h(
    "details",
    { class: `finding ${worst ?? ""}`, open: Boolean(worst) },
    h("summary", null, h("span", { class: "layer" }, sign(icons[each.layer]), word(each.label), worst && mark(worst)), h("b", null, records ? amount(each) : "")),
    h("p", { class: "calm" }, lines.join(" · ")),
    records > 0 && table(each.pieces, levels, statuses, asOf),
    each.near.length > 0 && [h("h4", null, said.near), table(each.near, levels, statuses, asOf)],
  );
}

const sign = (icon) => icon && s("svg", { class: "layer-sign", viewBox: "0 0 16 16", width: 14, height: 14, "aria-hidden": "true" }, s("path", { d: icon, fill: "currentColor", "fill-rule": "evenodd" }));

/** All that is told of a parcel. `known` has statuses, icons, asOf and whether extracts are issued. */
export function detail(told, known) {
  const levels = levelsOf(told);
  const { parcel, lists } = told;
  const near = lists.not_concerned.filter((each) => each.near.length > 0);
  const asked = { parcel: told.id, lang: language, as_of: told.as_of };
  return [
    h(
      "header",
      null,
      h("h2", null, parcel.number, parcel.name && h("small", null, parcel.name)),
      h("p", { class: "calm" }, said.townships, " ", told.townships.length ? listing.format(told.townships.map(({ name }) => word(name))) : said.outside),
      known.extract && told.id && h("p", { class: "actions" }, h("a", { class: "button", href: `/api/extract/pdf?${new URLSearchParams(asked)}` }, said.extract), h("a", { class: "button", href: `/api/extract/html?${new URLSearchParams(asked)}` }, said.extract_page)),
    ),
    h("div", { class: "facts-pair" }, h("section", null, h("h3", null, said.verdicts), verdicts(told)), areas(told)),
    h("section", { class: "list concerned" }, h("h3", null, said.concerned, h("b", null, number(lists.concerned.length))), lists.concerned.length ? lists.concerned.map((each) => finding(each, levels, known)) : h("p", { class: "calm" }, said.none)),
    near.length > 0 && h("section", { class: "list near" }, h("h3", null, said.near, h("b", null, number(near.length))), near.map((each) => finding(each, levels, known))),
    h("section", { class: "list not-concerned" }, h("h3", null, said.not_concerned, h("b", null, number(lists.not_concerned.length))), h("ul", { class: "chips" }, lists.not_concerned.map((each) => h("li", null, sign(known.icons[each.layer]), word(each.label), each.basis && h("span", { class: "calm" }, word(each.basis)))))),
    h("section", { class: "list no-data" }, h("h3", null, said.no_data, h("b", null, number(lists.no_data.length))), h("ul", null, lists.no_data.map((each) => h("li", null, h("i", { class: "swatch none", "aria-hidden": "true" }), h("b", null, word(each.label)), " ", h("span", { class: "calm" }, word(each.why)))))),
  ];
}
