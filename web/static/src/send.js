/** The forms of pages that are not the map: sent to the API as JSON, with a refusal said beside the form. */

import { merge } from "./merge.js";
import { fill, language, said, say } from "./said.js";

/** The fields of a form as the object that is sent: dots nest, empty fields are left out. */
function sentBy(form) {
  const sent = {};
  const path = {};
  for (const { name, value, type, checked, dataset } of form.elements) {
    const written = value.trim();
    if (!name || (type === "checkbox" ? !checked : written === "")) continue;
    if (name.startsWith("{")) {
      path[name.slice(1, -1)] = written;
      continue;
    }
    const steps = name.split(".");
    const last = steps.pop();
    let place = sent;
    for (const step of steps) place = place[step] ??= {};
    if (dataset.kind === "lines") place[last] = written.split(/[\s,，、;；]+/).filter(Boolean);
    else place[last] = dataset.kind === "number" ? Number(written) : written;
  }
  return { sent, path };
}

/** What went wrong, from a problem document. */
async function refusal(response) {
  try {
    return await response.json();
  } catch {
    return { detail_zh: String(response.status), detail_en: String(response.status) };
  }
}

export const sentenceOf = (problem) => problem[`detail_${language}`] ?? problem.detail ?? "";

/** One request; null where it failed, which was then said. */
export async function ask(form, address, options, failed) {
  const buttons = form.querySelectorAll("button");
  for (const button of buttons) button.disabled = true;
  say(form, said.sending, "calm");
  try {
    const response = await fetch(address, { credentials: "same-origin", ...options });
    if (response.ok) {
      say(form, "", "calm");
      return response.status === 204 ? {} : await response.json();
    }
    const problem = await refusal(response);
    say(form, failed + sentenceOf(problem));
    return { problem };
  } catch {
    say(form, said.offline);
    return null;
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

async function send(form) {
  const { sent, path } = sentBy(form);
  let address = fill(form.dataset.address, path);
  const options = { method: form.dataset.send };
  if ("query" in form.dataset) address += `?${new URLSearchParams(sent)}`;
  else if (form.dataset.send !== "DELETE") {
    options.headers = { "Content-Type": "application/json" };
    options.body = JSON.stringify(sent);
  }
  const answer = await ask(form, address, options, said.failed);
  if (answer?.problem?.code === "changed_meanwhile" && form.dataset.current) await merge(form);
  if (!answer || answer.problem) return;
  if (form.dataset.said) {
    const unknown = answer.problems.map(({ value }) => value);
    const done = fill(said[form.dataset.said], answer);
    if (unknown.length) return say(form, `${done} ${said.unknown}${unknown.join(" ")}`, "warned");
  }
  if (form.dataset.then) location.assign(fill(form.dataset.then, { ...path, ...answer }));
  else location.reload();
}

/** Sends every form of the page that says where it goes. */
export function sendForms() {
  for (const form of document.querySelectorAll("form[data-send]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      send(form);
    });
  }
}
