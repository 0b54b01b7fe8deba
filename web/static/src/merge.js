/** Somebody else has saved a record first: what only one of both changed is taken from each, the rest is shown to choose. */
import { fill, said, say } from "./said.js";

const YUAN = { yuan: 1, wan_yuan: 10_000 };

/** What stood in a field when the page, or the last merge, filled it. */
const before = (field) => (field.options ? ([...field.options].find((each) => each.defaultSelected)?.value ?? "") : field.defaultValue);

/** A value as people read it in the field. */
const shown = (field, value) => (field.options ? [...field.options].find((each) => each.value === value)?.text : value) || "–";

/** Whether two values are the same: amounts as numbers of yuan, everything else as it is written. */
function alike(field, one, other) {
  return field.name === "amount" && one !== "" && other !== "" ? Number(one) === Number(other) : one === other;
}

/** What the reader has put into a field; an amount in yuan. */
function typed(form, field) {
  const value = field.value.trim();
  const unit = field.name === "amount" ? form.elements.unit?.value : undefined;
  return unit && unit !== "yuan" && value !== "" ? String(Number(value) * YUAN[unit]) : value;
}

/** Has a field hold what is stored now. */
function take(form, field, value) {
  field.value = value;
  if (field.name === "amount" && form.elements.unit) form.elements.unit.value = "yuan";
}

/** From now on a field is compared with what is stored now. */
function compareWith(field, value) {
  if (!field.options) field.defaultValue = value;
  for (const each of field.options ?? []) each.defaultSelected = each.value === value;
}

function row(form, field, { was, theirs, mine }) {
  const line = document.createElement("tr");
  const name = field.closest("label").firstChild.textContent;
  line.append(Object.assign(document.createElement("th"), { className: "words", textContent: name }));
  for (const [called, value] of [[said.before, was], [said.theirs, theirs], [said.mine, mine]]) {
    const cell = Object.assign(document.createElement("td"), { className: "words", textContent: shown(field, value) });
    cell.dataset.label = called;
    line.append(cell);
  }
  const choice = document.createElement("td");
  const button = (text, act) => Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: text, onclick: act });
  const chosen = (text) => choice.replaceChildren(Object.assign(document.createElement("span"), { className: "calm", textContent: text }));
  if (alike(field, mine, was)) chosen(said.taken);
  else {
    choice.append(
      button(said.take, () => { take(form, field, theirs); chosen(said.taken); }),
      button(said.keep, () => chosen(said.kept)),
    );
  }
  line.append(choice);
  return line;
}

/** Brings a form whose sending came too late up to what is stored now, and shows what differs. */
export async function merge(form) {
  const response = await fetch(form.dataset.current, { credentials: "same-origin" });
  if (!response.ok) return;
  const now = await response.json();
  if (now.withdrawn_at) return say(form, said.withdrawn);
  const lines = [];
  for (const field of form.elements) {
    if (!(field.name in now) || field.name === "version") continue;
    const differing = { was: before(field), theirs: String(now[field.name] ?? ""), mine: typed(form, field) };
    const mine = field.value;
    compareWith(field, differing.theirs);
    field.value = mine;
    if (alike(field, differing.theirs, differing.was) || alike(field, differing.theirs, differing.mine)) continue;
    if (alike(field, differing.mine, differing.was)) take(form, field, differing.theirs);
    lines.push(row(form, field, differing));
  }
  form.elements.version.value = now.version;
  say(form, fill(said.merged, { by: now.recorded_by, at: now.recorded_at.slice(0, 16).replace("T", " ") }), "warned");
  const table = document.createElement("table");
  const head = table.createTHead().insertRow();
  for (const text of [said.field, said.before, said.theirs, said.mine, ""]) {
    head.append(Object.assign(document.createElement("th"), { className: "words", textContent: text }));
  }
  table.createTBody().append(...lines);
  form.querySelector(":scope > .merge")?.remove();
  form.append(Object.assign(document.createElement("div"), { className: "wide merge" }));
  form.lastElementChild.append(table);
}
