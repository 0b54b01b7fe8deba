/** The pages of the ledger: their forms, the columns that a rule can ask for, and a file that is checked first. */
import { fill, language, said, say } from "./said.js";
import { ask, sendForms } from "./send.js";

sendForms();

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
