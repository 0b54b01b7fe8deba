/** The page of one batch: laid over the layers at once, or by a job that is looked after; a list that zooms. */
import { h } from "./dom.js";
import { word } from "./import_report.js";
import { drawing } from "./parcel_drawing.js";
import { levelOf, levelsOf } from "./parcel_level.js";
import { detail, mark, mu, number } from "./parcel_lists.js";
import { fill, language, said } from "./said.js";
import { sendForms, sentenceOf } from "./send.js";

const known = JSON.parse(document.getElementById("data-parcel").textContent);
const form = document.getElementById("against");
const progress = document.getElementById("progress");
const found = document.getElementById("found");
const chips = document.getElementById("levels");
const one = document.getElementById("one");
const more = document.getElementById("more");
const LEVELS = ["blocked", "review", "note", "clear"];
const PAUSE = 700;
/** Parcels that are drawn, and that a page of results has. */
const [MOST_DRAWN, PAGE] = [5000, 200];

let asked = {};
let parcels = [];
let counts = {};
let job = null;
let next = null;
let level = "";
let chosen = null;

const map = drawing(document.getElementById("drawing"), (place) => choose(parcels.find((each) => String(each.place) === place)));

async function request(address, options = {}) {
  const response = await fetch(address, { credentials: "same-origin", ...options });
  const body = response.status === 204 ? {} : await response.json();
  return response.ok ? body : Promise.reject(new Error(sentenceOf(body)));
}
const post = (address, body) => request(address, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
const offline = (error) => (error instanceof TypeError ? said.offline : said.failed + error.message);

function tell(...parts) {
  progress.hidden = parts.length === 0;
  progress.className = "";
  progress.replaceChildren(...parts.filter(Boolean));
}
function fail(error) {
  tell(h("p", { class: "warned" }, offline(error)), h("button", { type: "button", class: "button", onclick: () => run(true) }, said.again));
  found.replaceChildren();
}

/** What the reader wants to lay the parcels over. */
function wish() {
  const { as_of: day, near } = form.elements;
  const boxes = [...form.querySelectorAll("[name=layer]")];
  const layers = boxes.filter(({ checked }) => checked).map(({ value }) => value);
  document.getElementById("layers-chosen").textContent = layers.length === boxes.length ? said.all : fill(said.chosen, { n: layers.length });
  const sent = { as_of: day.value };
  if (layers.length < boxes.length && layers.length) sent.layers = layers;
  const metres = Number(near.value);
  if (metres > 0) sent.within_m = Object.fromEntries((sent.layers ?? boxes.map(({ value }) => value)).map((code) => [code, metres]));
  return sent;
}

function take() {
  const query = new URLSearchParams({ as_of: asked.as_of, lang: language });
  for (const layer of asked.layers ?? []) query.append("layers", layer);
  for (const ending of ["xlsx", "gpkg"]) {
    const link = document.getElementById(`take-${ending}`);
    link.href = job ? `/api/overlay-jobs/${job}/result.${ending}` : `/api/parcel-batches/${known.batch}/overlay.${ending}?${query}`;
    link.hidden = parcels.length === 0;
  }
}

function drawChips() {
  const total = LEVELS.reduce((sum, each) => sum + (counts[each] ?? 0), 0);
  const chip = (code, label, count) =>
    h("button", { type: "button", class: `chip ${code}`, "aria-pressed": String(level === code), onclick: () => { level = code; drawChips(); drawList(); } }, code && mark(code), label, " ", h("b", null, number(count)));
  chips.replaceChildren(chip("", said.all, total), ...LEVELS.map((each) => chip(each, said[each], counts[each] ?? 0)));
}

function drawList() {
  const shown = parcels.filter((told) => !level || levelOf(told) === level);
  const rows = shown.map((told) =>
    h(
      "li",
      { class: levelOf(told) },
      h(
        "button",
        { type: "button", "data-place": told.place, "aria-pressed": String(chosen === told.place), onclick: () => choose(told, { fromList: true }) },
        mark(levelOf(told)),
        h("span", { class: "named" }, h("b", null, told.parcel.number), told.parcel.name && h("small", null, told.parcel.name)),
        h("span", { class: "amount" }, mu(told.parcel.area), h("small", null, said.mu)),
        h("small", { class: "why" }, told.verdicts[0] ? word(told.verdicts[0].sentence) : said.clear),
      ),
    ),
  );
  found.replaceChildren(...(rows.length ? rows : [h("li", { class: "calm" }, said.none_here)]));
  more.hidden = next === null;
}

/** Shows one parcel; `asked` by the reader, the drawing goes there. */
function choose(told, { byHand = true, fromList = false } = {}) {
  if (!told) return;
  chosen = told.place;
  for (const button of found.querySelectorAll("[data-place]")) button.setAttribute("aria-pressed", String(Number(button.dataset.place) === chosen));
  const levels = levelsOf(told);
  const findings = [...told.lists.concerned, ...told.lists.not_concerned];
  const common = findings.flatMap((each) =>
    [...each.pieces, ...each.near].filter(({ geometry }) => geometry).map((piece) => ({ geometry: piece.geometry, level: levels.get(piece.feature) ?? "plain", label: `${word(each.label)} ${piece.name || piece.code}` })),
  );
  map.choose(told.place, common, { zooms: byHand });
  one.replaceChildren(...detail(told, { ...known, asOf: told.as_of }).flat().filter(Boolean));
  if (fromList && matchMedia("(max-width: 900px)").matches) one.scrollIntoView({ block: "start" });
}

/** Results to the page, what stands against parcels most first. */
function show(results, { fresh }) {
  parcels = fresh ? results : [...parcels, ...results];
  map.levels(new Map(parcels.map((told) => [String(told.place), levelOf(told)])));
  drawChips();
  drawList();
  take();
  const named = parcels.find(({ id }) => `#${id}` === location.hash);
  if (fresh && parcels.length) choose(named ?? parcels[0], { byHand: Boolean(named) });
}

async function page(offset) {
  const answer = await request(`/api/overlay-jobs/${job}/result?limit=${PAGE}&offset=${offset}`);
  next = answer.next;
  show(answer.parcels, { fresh: offset === 0 });
}

/** Looks after a job until it rests. */
async function follow() {
  for (;;) {
    let told;
    try {
      told = await request(`/api/overlay-jobs/${job}`);
    } catch (error) {
      if (!(error instanceof TypeError)) return fail(error);
      tell(h("p", { class: "warned" }, said.waiting_for_network));
      await new Promise((done) => setTimeout(done, 3000));
      continue;
    }
    if (told.state === "done") {
      counts = told.levels;
      tell();
      return page(0);
    }
    if (told.state === "failed" || told.state === "cancelled") {
      found.replaceChildren();
      return tell(h("p", { class: "warned" }, told.problem ? said.failed + word(told.problem.text) : said.cancelled));
    }
    const running = told.state === "running";
    tell(
      h("p", null, running ? fill(said.running, { done: number(told.done), whole: number(told.whole) }) : said.waiting),
      h("progress", { max: told.whole || 1, value: running ? told.done : null, "aria-label": said.waiting }),
      h("button", { type: "button", class: "button", onclick: () => request(`/api/overlay-jobs/${job}`, { method: "DELETE" }) }, said.cancel),
    );
    await new Promise((done) => setTimeout(done, PAUSE));
  }
}

async function run(wanted) {
  asked = wish();
  next = null;
  try {
    if (!wanted && !known.at_once) {
      if (known.job && ["waiting", "running", "done"].includes(known.job.state)) {
        job = known.job.job;
        asked.as_of = known.job.as_of;
        return await follow();
      }
      found.replaceChildren();
      return tell(h("p", null, fill(said.begin, { n: number(known.parcels) })));
    }
    tell(h("p", null, said.sending), h("progress", { "aria-label": said.sending }));
    const answer = await post(`/api/parcel-batches/${known.batch}/overlay`, asked);
    job = answer.job ?? null;
    if (job) return await follow();
    counts = {};
    for (const told of answer.parcels) counts[levelOf(told)] = (counts[levelOf(told)] ?? 0) + 1;
    tell();
    show(answer.parcels, { fresh: true });
  } catch (error) {
    fail(error);
  }
}

async function ground() {
  const [batch, towns] = await Promise.all([
    request(`/api/parcel-batches/${known.batch}?limit=${MOST_DRAWN}`),
    request("/api/org-units?level=township"),
  ]);
  map.parcels(batch.features.map(({ geometry, properties }) => ({ key: properties.place, geometry, label: [properties.number, properties.name].filter(Boolean).join(" ") })));
  map.towns(towns.features);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  run(true);
});
form.addEventListener("change", wish);
more.addEventListener("click", () => page(next).catch(fail));
sendForms();
drawChips();
ground().then(() => run(false), fail);
