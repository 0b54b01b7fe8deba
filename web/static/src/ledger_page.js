/** The forms of the ledger's pages: sent to the API as JSON, refusals said beside the form, a file checked first. */

const said = document.getElementById("sentences").dataset;
const language = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
const fill = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

/** A line of text under a form that a screen reader speaks. */
function say(form, text, kind = "failure") {
  let line = form.querySelector(":scope > .said");
  if (!line) {
    line = document.createElement("p");
    line.setAttribute("role", "alert");
    form.append(line);
  }
  line.className = `said ${kind}`;
  line.textContent = text;
}

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

const sentenceOf = (problem) => problem[`detail_${language}`] ?? problem.detail ?? "";

/** One request; null where it failed, which was then said. */
async function ask(form, address, options, failed) {
  const buttons = form.querySelectorAll("button");
  for (const button of buttons) button.disabled = true;
  say(form, said.sending, "calm");
  try {
    const response = await fetch(address, { credentials: "same-origin", ...options });
    if (response.ok) return response.status === 204 ? {} : await response.json();
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
  if (!answer || answer.problem) return;
  if (form.dataset.said) {
    const unknown = answer.problems.map(({ value }) => value);
    const done = fill(said[form.dataset.said], answer);
    if (unknown.length) return say(form, `${done} ${said.unknown}${unknown.join(" ")}`, "warned");
  }
  if (form.dataset.then) location.assign(fill(form.dataset.then, { ...path, ...answer }));
  else location.reload();
}

for (const form of document.querySelectorAll("form[data-send]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
}

/** The columns of the layer that a rule is about, and the codes of the column. */
const columns = document.getElementById("known-columns");
if (columns) {
  const known = JSON.parse(columns.textContent);
  const [layer, column] = ["rule.layer", "rule.column"].map((name) => document.getElementsByName(name)[0]);
  const offer = (id, entries) =>
    document.getElementById(id).replaceChildren(...entries.map(({ name, code, label }) => new Option(label[language], name ?? code)));
  layer.addEventListener("change", () => offer("columns", known[layer.value] ?? []));
  column.addEventListener("change", () => {
    offer("values", (known[layer.value] ?? []).find(({ name }) => name === column.value)?.codes ?? []);
  });
}

/** A file is checked first; what was found is shown, and entering sends the same file again. */
const importing = document.getElementById("ledger-import");
if (importing) {
  const enter = document.getElementById("enter-file");
  const report = document.getElementById("import-report");
  const forget = () => {
    enter.hidden = true;
    report.replaceChildren();
  };

  const list = (problems) => {
    const items = problems.map(({ row, column, text, severity }) => {
      const item = document.createElement("li");
      item.className = severity;
      item.textContent = `${row ? fill(said.row, { row }) : said.file} · ${column} · ${text[language]}`;
      return item;
    });
    const all = document.createElement("ol");
    all.append(...items);
    return all;
  };

  const upload = async (dry) => {
    const { file, year, add, partial } = importing.elements;
    const asked = new URLSearchParams({ file: file.files[0].name, dry_run: dry, add: add.checked, partial: partial.checked });
    if (year.value) asked.set("year", year.value);
    const options = { method: "POST", headers: { "Content-Type": "application/octet-stream" }, body: file.files[0] };
    const answer = await ask(importing, `/api/ledger?${asked}`, options, said.refused);
    forget();
    if (!answer) return;
    if (answer.problem) {
      report.replaceChildren(list((answer.problem.errors ?? []).filter(({ text }) => text)));
      return;
    }
    const counts = document.createElement("p");
    counts.textContent = fill(said.counts, answer);
    report.replaceChildren(counts, list(answer.problems));
    say(importing, dry ? "" : said.done, "calm");
    enter.hidden = !dry;
    if (!dry) setTimeout(() => location.reload(), 1200);
  };
  importing.addEventListener("submit", (event) => {
    event.preventDefault();
    upload(true);
  });
  importing.addEventListener("change", forget);
  enter.addEventListener("click", () => upload(false));
}
