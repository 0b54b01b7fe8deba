/** The import page: files are sent, checked by a job, looked at, and then entered or not. */
import { h } from "./dom.js";
import { completeness } from "./import_complete.js";
import { dropped, put } from "./import_files.js";
import { changes, counts, number, picture, problems, word } from "./import_report.js";
import { fill, language, said, say } from "./said.js";
import { ask, sendForms, sentenceOf } from "./send.js";

const { layers, systems, units } = JSON.parse(document.getElementById("data-import").textContent);
const form = document.getElementById("send-file");
const zone = document.getElementById("drop");
const panel = document.getElementById("job");
const layerOf = new Map(layers.map((layer) => [layer.code, layer]));
const PAUSE = 600;

let job = new URLSearchParams(location.search).get("job");
/** What was told of the job last, and what the reader chose meanwhile. */
let told = null;
let wish = {};
let changed = false;

const address = (path = "") => `/api/import-jobs/${job}${path}`;

const pickedFiles = () => [...form.elements.files.files].map((file) => [file.webkitRelativePath || file.name, file]);

async function sendFiles(files) {
  const layer = form.elements.layer.value;
  if (!layer) return say(form, said.layer);
  if (files.length === 0) return say(form, said.nofile);
  const made = await ask(form, `/api/import-jobs?layer=${encodeURIComponent(layer)}`, { method: "POST" }, said.failed);
  if (!made || made.problem) return;
  job = made.id;
  const whole = files.reduce((sum, [, { size }]) => sum + size, 0) || 1;
  let before = 0;
  for (const [name, file] of files) {
    const path = address(`/files/${name.split("/").map(encodeURIComponent).join("/")}`);
    const answer = await put(path, file, (sent) => {
      say(form, fill(said.sending_file, { share: Math.round((100 * (before + sent)) / whole) }), "calm");
    });
    if (answer.offline) return say(form, said.offline);
    if (answer.problem) return say(form, said.failed + sentenceOf(answer.problem));
    before += file.size;
  }
  say(form, "", "calm");
  const here = new URL(location.href);
  here.searchParams.set("job", job);
  history.replaceState(null, "", here);
  wish = {};
  await act("check");
}

/** Asks for the job to be checked or entered with what was chosen. */
async function act(action) {
  const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(wish) };
  const answer = await ask(panel, address(`/${action}`), options, said.failed);
  if (answer?.problem || !answer) return;
  changed = false;
  await follow();
}

/** Looks after the job until it rests. */
async function follow() {
  for (;;) {
    let response;
    try {
      response = await fetch(address(), { credentials: "same-origin" });
    } catch {
      say(panel, said.waiting_for_network);
      await new Promise((done) => setTimeout(done, 3000));
      continue;
    }
    if (!response.ok) {
      panel.hidden = true;
      return say(form, said.gone);
    }
    told = await response.json();
    const busy = told.state === "waiting" || told.state === "running";
    if (!busy) wish = { ...told.choice, ...wish };
    draw();
    if (!busy) return;
    await new Promise((done) => setTimeout(done, PAUSE));
  }
}

/** Notes a choice; what was checked before no longer holds. */
function choose(name, value) {
  if (value === "" || value === null) delete wish[name];
  else wish[name] = value;
  changed = true;
  draw();
}

const option = (value, label, chosen) => h("option", { value, selected: value === chosen }, label);

function select(name, label, entries, meant = (value) => value) {
  return h(
    "label",
    { class: "wide" },
    label,
    h(
      "select",
      { name, onchange: ({ target }) => choose(name, meant(target.value)) },
      entries.map(([value, text]) => option(value, text, String(wish[name] ?? ""))),
    ),
  );
}

const input = (name, label, more = {}) =>
  h("label", { class: "wide" }, label, h("input", { name, value: wish[name] ?? "", autocomplete: "off", onchange: ({ target }) => choose(name, target.value.trim()), ...more }));

const tick = (label, value, set) =>
  h("label", { class: "tick" }, h("input", { type: "checkbox", checked: Boolean(value), onchange: ({ target }) => set(target.checked) }), label);

/** What each heading was taken for; a likeness waits to be confirmed. */
function mapping({ mapping: matches }) {
  const targets = layerOf.get(told.layer)?.targets ?? [];
  const chosen = wish.columns ?? {};
  const rows = matches.map(({ heading, target, how }) => {
    const now = heading in chosen ? chosen[heading] : how === "likeness" ? "" : (target ?? "");
    const set = (value) => choose("columns", { ...chosen, [heading]: value });
    const likely = targets.find(({ code }) => code === target);
    const hint =
      how === "likeness" && !(heading in chosen) && likely
        ? h("button", { type: "button", class: "button", onclick: () => set(target) }, fill(said.likely, { name: word(likely.label) }))
        : null;
    return h(
      "tr",
      null,
      h("th", { scope: "row" }, heading),
      h(
        "td",
        { class: "words" },
        h(
          "select",
          { "aria-label": heading, onchange: (event) => set(event.target.value) },
          option("", said.left_out, now),
          targets.map(({ code, label }) => option(code, word(label), now)),
        ),
      ),
      h("td", { class: "words" }, hint),
    );
  });
  const open = matches.some(({ how }) => how === "likeness" || how === "none");
  return h(
    "details",
    { open },
    h("summary", null, said.columns),
    h("div", { class: "wide" }, h("table", { class: "mapping" }, h("tbody", null, rows))),
    h("div", { class: "fields" }, input("save_mapping", said.save_mapping, { maxlength: 200 })),
  );
}

function choices() {
  const repair = wish.repair ?? {};
  const mend = (name) => (on) => {
    const next = { ...repair, [name]: on };
    if (!on) delete next[name];
    choose("repair", Object.keys(next).length ? next : null);
  };
  const open = told.state === "failed" || (told.tables?.length ?? 0) > 1 || Boolean(document.querySelector("#job .choices[open]"));
  return h(
    "details",
    { class: "choices", open },
    h("summary", null, said.choices),
    h(
      "div",
      { class: "fields" },
      (told.tables?.length ?? 0) > 1 && select("table", said.table, [["", said.choose], ...told.tables.map((name) => [name, name])]),
      select("encoding", said.encoding, [["", said.auto], ["UTF-8", "UTF-8"], ["GB18030", "GBK / GB18030"], ["UTF-16LE", "UTF-16"]]),
      input("crs", said.crs, { list: "systems", placeholder: said.auto }),
      select("packed", said.degrees, [["", said.auto], ["false", said.decimal], ["true", "ddd.mmss"]], (value) => (value ? value === "true" : null)),
      select("offset", said.offset, [["", said.none], ["gcj02", "GCJ-02"], ["bd09", "BD-09"]]),
      h(
        "label",
        { class: "wide" },
        said.parameters,
        h("input", {
          value: (wish.parameters ?? []).join(", "),
          placeholder: "dx, dy, dz, rx, ry, rz, m",
          onchange: ({ target }) => choose("parameters", target.value.trim() ? target.value.split(/[,，\s]+/).map(Number) : null),
        }),
      ),
      input("reason", said.reason, { maxlength: 400 }),
    ),
    h(
      "div",
      { class: "fields" },
      tick(said.swapped, wish.swapped, (on) => choose("swapped", on || null)),
      tick(said.valid, repair.valid, mend("valid")),
      tick(said.close_rings, repair.close_rings, mend("close_rings")),
      tick(said.repeated, repair.repeated_points, mend("repeated_points")),
      h(
        "label",
        { class: "narrow" },
        said.snap,
        h("input", { inputmode: "decimal", value: repair.snap_m ?? "", onchange: ({ target }) => mend("snap_m")(Number(target.value) || false) }),
      ),
      tick(said.illustrative, wish.illustrative, (on) => choose("illustrative", on || null)),
    ),
    completeness(units, wish.complete, (stated) => choose("complete", stated)),
    h("datalist", { id: "systems" }, systems.map(({ code, name }) => h("option", { value: `EPSG:${code}` }, word(name)))),
  );
}

function actions(report) {
  const busy = told.state === "waiting" || told.state === "running";
  const stop = h("button", { type: "button", class: "button", onclick: () => ask(panel, address(), { method: "DELETE" }, said.failed).then(() => follow()) }, said.cancel);
  if (busy) return h("p", { class: "actions" }, stop);
  const applied = told.state === "applied" && !changed;
  if (applied) {
    const map = `/?lang=${language}#layer=${told.layer}`;
    return h(
      "p",
      { class: "actions" },
      h("a", { class: "button primary", href: map }, said.on_map),
      h("button", { type: "button", class: "button", onclick: () => undo(report.import_id) }, said.undo),
      h("a", { class: "button", href: address("/report.xlsx"), download: "" }, said.sheet),
    );
  }
  const ready = told.state === "checked" && !changed && report && (report.refused === 0 || wish.partial);
  return h(
    "div",
    null,
    report?.refused > 0 && tick(fill(said.partial, { n: number.format(report.refused) }), wish.partial, (on) => { wish.partial = on; draw(); }),
    h(
      "p",
      { class: "actions" },
      h("button", { type: "button", class: "button primary", disabled: !ready, onclick: () => act("apply") }, said.apply),
      h("button", { type: "button", class: "button", onclick: () => act("check") }, said.check_again),
      report && h("a", { class: "button", href: address("/report.xlsx"), download: "" }, said.sheet),
    ),
    changed && h("p", { class: "calm" }, said.stale),
  );
}

async function undo(number) {
  const answer = await ask(panel, `/api/imports/${number}/undo`, { method: "POST" }, said.failed);
  if (answer && !answer.problem) location.assign(location.pathname + (new URLSearchParams(location.search).get("lang") ? `?lang=${language}` : ""));
}

function draw() {
  const { report } = told;
  const spoken = panel.querySelector(":scope > .said");
  const share = told.whole > 0 ? told.done / told.whole : 0;
  const busy = told.state === "waiting" || told.state === "running";
  panel.hidden = false;
  const parts = [
    h("h2", null, word(layerOf.get(told.layer)?.label), report ? ` · ${report.file}` : ""),
    h("p", { class: `state ${told.state}`, role: "status" }, fill(said[`state_${told.state}`], { ahead: told.ahead })),
    busy && h("progress", { max: 1, value: told.whole > 0 ? share : null, "aria-label": said.state_running }),
    busy && told.whole > 0 && h("p", { class: "calm" }, `${number.format(told.done)} / ${number.format(told.whole)}`),
    told.problem && h("p", { class: "warned" }, word(told.problem.text)),
    told.state === "sent" && told.tables?.length > 1 && h("p", { class: "warned" }, said.several),
    ...(report && !busy
      ? [
          counts(report),
          h("div", { class: "beside" }, picture(report.picture), h("ul", { class: "notes" }, [`${said.crs_found}${report.crs}`, `${said.encoding_found}${report.encoding}`, ...report.notes.map(word)].map((each) => h("li", null, each)))),
          problems(report),
          told.state !== "applied" && mapping(report),
          changes(layerOf.get(told.layer), report),
        ]
      : []),
    !busy && told.state !== "applied" && choices(),
    actions(report),
    spoken,
  ];
  const active = document.activeElement;
  const held = panel.contains(active) && (active.name || active.getAttribute("aria-label"));
  panel.replaceChildren(...parts.filter(Boolean));
  // What is drawn anew takes the place of what the reader was at.
  if (held) panel.querySelector(`[name="${CSS.escape(held)}"], [aria-label="${CSS.escape(held)}"]`)?.focus();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  sendFiles(pickedFiles());
});
for (const kind of ["dragenter", "dragover"]) {
  zone.addEventListener(kind, (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
}
for (const kind of ["dragleave", "drop"]) zone.addEventListener(kind, () => zone.classList.remove("over"));
zone.addEventListener("drop", async (event) => {
  event.preventDefault();
  sendFiles(await dropped(event.dataTransfer.items));
});
sendForms();
if (job) follow();
