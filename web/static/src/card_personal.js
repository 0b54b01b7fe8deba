/** The personal columns of a feature in its card: masked first, whole for a reason, which is kept. */
import { config, isFile } from "./config.js";
import { h } from "./dom.js";
import { address, getJson, postJson } from "./request.js";
import { label, t } from "./text.js";

const here = (feature) => address(`${config.urls.features}/${encodeURIComponent(feature.id)}/personal`);

/** Whether the reader may see personal columns of this layer somewhere; of a foreign feature there are none to be had. */
const offered = (layer) => !isFile && config.personal && layer.personal;

const list = (columns) => h("dl", null, columns.map(({ label: name, value }) => [h("dt", null, label(name)), h("dd", null, value)]));

/** The form that asks why; `shown` is called with the columns as they are. */
function ask(feature, shown) {
  const reason = h("input", { name: "reason", required: true, minlength: 2, maxlength: 200, autocomplete: "off", placeholder: t("查看原因，例如：核对补助账号") });
  const said = h("p", { class: "small", role: "alert" });
  async function submit(event) {
    event.preventDefault();
    try {
      shown((await postJson(here(feature), { reason: reason.value })).columns);
    } catch (error) {
      said.textContent = error.sentence ?? String(error);
    }
  }
  return h(
    "form",
    { onsubmit: submit },
    h("label", null, h("span", { class: "small" }, t("查看全部须写明原因，查看会被记录")), reason),
    h("button", { class: "button" }, t("查看全部")),
    said,
  );
}

/** The section of a card, or null where there is nothing that the reader may see. */
export function personal(feature, layer) {
  if (!offered(layer)) return null;
  const section = h("section", { class: "personal" });
  function show(...parts) {
    section.replaceChildren(h("h3", null, t("个人信息")), ...parts);
    section.scrollIntoView({ block: "nearest" });
  }
  async function open() {
    try {
      const { columns } = await getJson(here(feature), { keep: false });
      show(list(columns), ask(feature, (whole) => show(list(whole), h("p", { class: "small" }, t("已记录这次查看")))));
    } catch (error) {
      show(h("p", { class: "calm" }, error.status === 404 ? t("没有登记个人信息") : (error.sentence ?? String(error))));
    }
  }
  section.append(h("button", { type: "button", class: "button", onclick: open }, t("个人信息")));
  return section;
}
