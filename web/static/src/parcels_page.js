/** The page of batches: parcels are kept from files, from pasted coordinates, or from records that are there. */
import { dropped, put } from "./import_files.js";
import { fill, said, say } from "./said.js";
import { ask, sendForms, sentenceOf } from "./send.js";

const upload = document.getElementById("send-file");
const zone = document.getElementById("drop");

/** How coordinates are to be read, as far as the form says. */
function placing({ crs, packed, offset, swapped, table, encoding }) {
  const wish = {};
  for (const field of [crs, offset, table, encoding]) if (field?.value.trim()) wish[field.name] = field.value.trim();
  if (packed?.value) wish.packed = packed.value === "true";
  if (swapped?.checked) wish.swapped = true;
  return wish;
}

/** Keeps a batch; sent again after the network failed it is kept once. */
async function keep(form, source) {
  const { name, shared, kind } = form.elements;
  const sent = { name: name.value.trim() || source.called, shared: shared.checked, ...source.sent };
  if (kind?.value) sent.kind = kind.value;
  const body = JSON.stringify(sent);
  form.dataset.key = form.dataset.body === body ? form.dataset.key : crypto.randomUUID();
  form.dataset.body = body;
  const headers = { "Content-Type": "application/json", "Idempotency-Key": `"${form.dataset.key}"` };
  const made = await ask(form, "/api/parcel-batches", { method: "POST", headers, body }, said.failed);
  if (!made || made.problem) return;
  const here = new URLSearchParams(location.search).get("lang");
  location.assign(`/parcels/${made.id}${here ? `?lang=${here}` : ""}`);
}

async function sendFiles(files) {
  if (files.length === 0) return say(upload, said.nofile);
  const id = crypto.randomUUID();
  const whole = files.reduce((sum, [, { size }]) => sum + size, 0) || 1;
  let before = 0;
  for (const [name, file] of files) {
    const answer = await put(`/api/parcel-files/${id}/${encodeURIComponent(name.split("/").at(-1))}`, file, (sent) => {
      say(upload, fill(said.sending_file, { share: Math.round((100 * (before + sent)) / whole) }), "calm");
    });
    if (answer.offline) return say(upload, said.offline);
    if (answer.problem) return say(upload, said.failed + sentenceOf(answer.problem));
    before += file.size;
  }
  say(upload, said.reading, "calm");
  const [main] = files.find(([name]) => /\.shp$/i.test(name)) ?? files[0];
  await keep(upload, { called: main.replace(/\.[^.]+$/, ""), sent: { upload: id, placing: placing(upload.elements) } });
}

upload?.addEventListener("submit", (event) => {
  event.preventDefault();
  sendFiles([...upload.elements.files.files].map((file) => [file.name, file]));
});
for (const kind of ["dragenter", "dragover"]) {
  zone?.addEventListener(kind, (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
}
for (const kind of ["dragleave", "drop"]) zone?.addEventListener(kind, () => zone.classList.remove("over"));
zone?.addEventListener("drop", async (event) => {
  event.preventDefault();
  sendFiles(await dropped(event.dataTransfer.items));
});
document.getElementById("send-text")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const { elements } = event.target;
  keep(event.target, { sent: { coordinates: elements.coordinates.value, placing: placing(elements) } });
});
document.getElementById("send-codes")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const { layer, codes } = event.target.elements;
  keep(event.target, { sent: { features: { layer: layer.value, codes: codes.value.split(/[\s,，、;；]+/).filter(Boolean) } } });
});
sendForms();
