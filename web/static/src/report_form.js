/** The form in which whoever is on the spot says what they saw: milestone, day, photographs, where they stand, a note. */
import { config } from "./config.js";
import { h, icon } from "./dom.js";
import { shrink } from "./photo.js";
import { add } from "./report_queue.js";
import { toast } from "./report_waiting.js";
import { label, t } from "./text.js";

const MOST = 9;
const FIX_WITHIN = 60_000;

/** Today where the reader is, as YYYY-MM-DD. */
const today = () => new Date(Date.now() - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 10);

/** An id nobody else makes; crypto.randomUUID wants a secure origin, which an intranet may not have. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** What was begun and left, by feature: opened again it is as it was. */
const drafts = new Map();

function choices(layer, draft, reached) {
  const next = layer.milestones.find(({ code }) => !reached.has(code))?.code ?? "";
  draft.milestone ??= next;
  const choice = (code, name, more) =>
    h(
      "label",
      { class: "step" },
      h("input", { type: "radio", name: "milestone", value: code, checked: draft.milestone === code, onchange: () => { draft.milestone = code; } }),
      h("span", null, name, more && h("small", null, more)),
    );
  return h(
    "fieldset",
    { class: "steps" },
    h("legend", null, t("到了哪一步")),
    layer.milestones.map(({ code, label: name }) => choice(code, label(name), reached.get(code) && t("已有 {day}", { day: reached.get(code) }))),
    choice("", t("没有新进展，仅记录")),
  );
}

/** A photograph on a canvas: what is shown comes from this origin alone, a file of the reader's not even. */
function preview(photo, name) {
  const canvas = h("canvas", { width: 240, height: 240, role: "img", "aria-label": name });
  createImageBitmap(photo).then((picture) => {
    const side = Math.min(picture.width, picture.height);
    canvas.getContext("2d").drawImage(picture, (picture.width - side) / 2, (picture.height - side) / 2, side, side, 0, 0, 240, 240);
    picture.close();
  });
  return canvas;
}

function photographs(draft, said) {
  const shown = h("ul", { class: "photographs" });
  const input = h("input", { type: "file", accept: "image/*", multiple: true, class: "hidden", id: "report-photographs", onchange: take });
  function redraw() {
    shown.replaceChildren(
      ...draft.photographs.map((photo, i) =>
        h(
          "li",
          null,
          preview(photo, t("照片 {n}", { n: i + 1 })),
          h("button", { type: "button", class: "close", "aria-label": t("去掉照片 {n}", { n: i + 1 }), onclick: () => { draft.photographs.splice(i, 1); redraw(); } }, icon("x", 16)),
        ),
      ),
    );
    add_.hidden = draft.photographs.length >= MOST;
  }
  async function take() {
    const files = [...input.files];
    input.value = "";
    for (const file of files.slice(0, MOST - draft.photographs.length)) {
      said.textContent = t("正在缩小照片");
      try {
        draft.photographs.push(await shrink(file));
        said.textContent = "";
      } catch {
        said.textContent = t("浏览器读不了这张照片：{name}", { name: file.name });
      }
      redraw();
    }
  }
  const add_ = h("label", { class: "button", for: "report-photographs" }, icon("camera", 18), t("拍照或选照片"));
  redraw();
  return h("div", { class: "photo-row" }, input, add_, shown);
}

/** Where the reader stands, asked of the device while the form is open; the best answer is kept. */
function position(draft) {
  const line = h("p", { class: "where", role: "status" });
  const show = (sign, sentence) => line.replaceChildren(sign, h("span", null, sentence));
  const found = ({ accuracy_m: accuracy }) => show(icon("locate-fixed", 16), t("已记录位置，精度 ±{m} 米", { m: Math.round(accuracy) }));
  if (draft.position) found(draft.position);
  if (!navigator.geolocation || !window.isSecureContext) {
    if (!draft.position) show(icon("map-pin-off", 16), t("这里不能定位，可不填位置"));
    return { line, stop: () => {} };
  }
  if (!draft.position) show(icon("locate-fixed", 16), t("正在定位"));
  const watch = navigator.geolocation.watchPosition(
    ({ coords }) => {
      if (draft.position && draft.position.accuracy_m <= coords.accuracy) return;
      draft.position = { lon: coords.longitude, lat: coords.latitude, accuracy_m: coords.accuracy };
      found(draft.position);
    },
    () => draft.position || show(icon("map-pin-off", 16), t("没有得到位置，可不填")),
    { enableHighAccuracy: true, maximumAge: 10_000, timeout: FIX_WITHIN },
  );
  return { line, stop: () => navigator.geolocation.clearWatch(watch) };
}

const outcomes = {
  sent: () => [t("已上报，等待审核"), "fresh"],
  offline: () => [t("没有网络，已存在本机，联网后自动发送"), "stale"],
  "signed out": () => [t("已存在本机，请登录后发送"), "stale"],
  busy: () => [t("服务器忙，已存在本机，稍后自动发送"), "stale"],
  refused: () => [t("服务器没有接受，请看待发送的上报"), "stale"],
};

/**
 * Opens the form.
 * @param {{id: string, layer: string, code: string, name?: string, reached?: [string, string][]}} feature
 *   `reached` are the milestones that count, with their days
 * @param {{milestone?: string, layer?: any}} [known] the milestone that is chosen first; the layer's declaration
 */
export function openReport(feature, { milestone, layer: declared } = {}) {
  const layer = declared ?? config.reporting.layers.find(({ code }) => code === feature.layer);
  if (!layer || document.querySelector("dialog.report")) return;
  const draft = drafts.get(feature.id) ?? { milestone, seen_on: today(), note: "", photographs: [], position: null };
  drafts.set(feature.id, draft);
  const said = h("p", { class: "said", role: "alert" });
  const where = position(draft);
  const dialog = h(
    "dialog",
    { class: "report", "aria-labelledby": "report-title", onclose: () => { where.stop(); dialog.remove(); } },
    h(
      "form",
      { method: "dialog", onsubmit: save },
      h(
        "header",
        null,
        h("div", null, h("p", { class: "kicker" }, label(layer.label), " · ", feature.code), h("h2", { id: "report-title" }, t("上报进度")), feature.name && h("p", { class: "calm" }, feature.name)),
        h("button", { type: "button", class: "close", "aria-label": t("关闭"), onclick: () => dialog.close() }, icon("x", 20)),
      ),
      h(
        "div",
        { class: "report-body" },
        choices(layer, draft, new Map(feature.reached ?? [])),
        h("label", { class: "field" }, h("span", null, t("哪一天")), h("input", { type: "date", name: "seen_on", required: true, max: today(), value: draft.seen_on, onchange: ({ target }) => { draft.seen_on = target.value; } })),
        photographs(draft, said),
        h("label", { class: "field" }, h("span", null, t("说明（可不填）")), h("textarea", { name: "note", rows: 3, maxlength: 1000, oninput: ({ target }) => { draft.note = target.value; } }, draft.note)),
        where.line,
        said,
      ),
      h("footer", null, h("button", { class: "button primary" }, icon("check", 18), t("上报"))),
    ),
  );

  async function save(event) {
    event.preventDefault();
    const button = dialog.querySelector("footer .button");
    button.disabled = true;
    const report = {
      id: newId(),
      title: feature.name || feature.code,
      photographs: [...draft.photographs],
      sent: {
        feature: feature.id,
        milestone: draft.milestone || null,
        seen_on: draft.seen_on,
        note: draft.note,
        position: draft.position,
        photographs: draft.photographs.length,
      },
    };
    try {
      const outcome = await add(report);
      drafts.delete(feature.id);
      dialog.close();
      toast(...outcomes[outcome]());
    } catch {
      button.disabled = false;
      said.textContent = t("本机存不下这次上报，请减少照片再试");
    }
  }

  document.body.append(dialog);
  dialog.showModal();
}
