/** Picking the features an activity is for: clicks on the map gather them, one request links them. */
import { h } from "./dom.js";
import { complain } from "./notice.js";
import { address, getJson, postJson } from "./request.js";
import { loadFeatureAt } from "./source.js";
import { state } from "./state.js";
import { headed, label, t } from "./text.js";

/** The code of the activity that the address asks to pick for; null in every other visit. */
export const picking = new URLSearchParams(location.search).get("pick");

/** Where the activity is read and changed; the language of the address goes along. */
function activityPage() {
  const url = new URL(`/ledger/activities/${encodeURIComponent(picking)}`, location.href);
  const asked = new URLSearchParams(location.search).get("lang");
  if (asked) url.searchParams.set("lang", asked);
  return url.href;
}

/**
 * Shows what is picked and a way to save it.
 * @param {import("./leaflet.js").Map} map
 * @param {any} features the layer that draws them
 * @returns {Promise<(shape: import("./shapes.js").Shape, place: any) => void>} takes one more, or gives one back
 */
export async function makePicker(map, features) {
  const path = `/api/activities/${encodeURIComponent(picking)}`;
  const activity = await getJson(address(path), { keep: false });
  const linked = new Set(activity.features.map(({ id }) => id));
  const picked = new Set();
  const count = h("b", null, "0");
  const save = h("button", { type: "button", class: "button primary", disabled: true, onclick: send }, t("关联"));
  const view = h("button", { type: "button", class: "button", onclick: takeView }, t("加入视野内全部"));
  const leave = h("a", { class: "button", href: activityPage() }, t("取消"));
  document.body.classList.add("picking");
  document.body.append(
    h(
      "section",
      { id: "pick", "aria-label": t("选择对象") },
      h("p", null, headed(t("选择项目的对象"), label(activity.name)), h("small", null, t("选定乡镇或放大后，点对象加入，再点去掉；有圈的是已关联或已选的。"))),
      h("p", { class: "picked", role: "status" }, t("已选"), " ", count),
      h("div", { class: "pick-actions" }, view, save, leave),
    ),
  );

  function redraw() {
    count.textContent = String(picked.size);
    save.disabled = picked.size === 0;
    features.mark(new Set([...linked, ...picked]));
  }
  async function toggle({ feature: { id: said }, layer }, { lng, lat }) {
    if (layer.reference) return;
    // A tile with many features does not say which they are.
    const id = said ?? (await loadFeatureAt(layer.code, { lng, lat }, 0.0001, state.asOf))?.id;
    if (!id || linked.has(id)) return;
    if (!picked.delete(id)) picked.add(id);
    redraw();
  }
  function takeView() {
    const bounds = map.getBounds();
    for (const shape of features.shapes) {
      const place = features.middle(shape);
      if (!shape.layer.reference && !linked.has(shape.feature.id) && bounds.contains(place)) picked.add(shape.feature.id);
    }
    for (const id of features.tiles.idsIn(bounds)) if (!linked.has(id)) picked.add(id);
    redraw();
  }
  async function send() {
    save.disabled = true;
    try {
      await postJson(address(`${path}/features`), { features: [...picked] });
      location.assign(activityPage());
    } catch (error) {
      save.disabled = false;
      complain(error, send);
    }
  }
  redraw();
  return toggle;
}
