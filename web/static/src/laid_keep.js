/** What is laid over the map is kept: a drawing as a batch, a changed outline as another one. */
import { config } from "./config.js";
import { h } from "./dom.js";
import { address, getJson, postJson } from "./request.js";
import { headed, t } from "./text.js";

const { urls } = config;

/** The address of a page in the language that the reader asked for. */
export const here = (path, more = {}) => address(path, { ...more, lang: new URLSearchParams(location.search).get("lang") }).href;

const newKey = () => `"${crypto.randomUUID?.() ?? Math.random().toString(36).slice(2)}"`;

/** Keeps the drawing as a batch of one parcel, and leads to its page. */
export function keeper(geometry) {
  const told = h("p", { class: "late", role: "alert", hidden: true });
  const key = newKey();
  const save = async (event) => {
    event.preventDefault();
    const [name, button] = event.target.elements;
    button.disabled = true;
    try {
      const { id } = await postJson(address(urls.batches), { name: name.value, drawing: geometry }, { "Idempotency-Key": key });
      location.assign(here(`${urls.parcels}/${id}`));
    } catch (error) {
      button.disabled = false;
      told.hidden = false;
      told.textContent = error.sentence ?? String(error);
    }
  };
  return h(
    "form",
    { class: "laid-keep", onsubmit: save },
    h("label", null, h("span", { class: "sr-only" }, t("批次名称")), h("input", { required: true, maxlength: 200, autocomplete: "off", placeholder: t("批次名称") })),
    h("button", { class: "button primary" }, t("保存地块")),
    told,
  );
}

/**
 * An outline of a parcel that was kept is saved as a batch of its own: what was found and issued before stays.
 * @param {any} batch as it was told @param {(id: string, place: number) => void} follow shows the new one
 */
export function revising(batch, { id: parcel, place }, follow) {
  const name = h("input", { required: true, maxlength: 200, autocomplete: "off", value: t("{name}（改）", { name: batch.name }).slice(-200) });
  let last = null;
  const save = async (geometry) => {
    const sent = { parcel, geometry, name: name.value };
    const body = JSON.stringify(sent);
    if (last?.body !== body) last = { body, key: newKey() };
    const of = `${urls.batches}/${batch.id}`;
    try {
      const { id } = await postJson(address(`${of}/revisions`), sent, { "Idempotency-Key": last.key });
      follow(id, place);
    } catch (error) {
      if (error.status === 409) {
        const { revised } = await getJson(address(of), { keep: false });
        if (revised) error.way = h("a", { href: here(location.pathname, { parcels: revised.id }) + location.hash }, headed(t("看新批次"), revised.name));
      }
      throw error;
    }
  };
  return {
    title: t("修改边界"),
    fields: [h("label", { class: "laid-name" }, h("span", { class: "small" }, t("新批次名称")), name), h("p", { class: "small" }, t("存为新批次；原批次和已出具的查询单不变。"))],
    action: t("保存并叠加"),
    save,
  };
}

