/** The features of the township chosen as a list, so that each can be reached without aiming at the map. */
import { isFile } from "./config.js";
import { h, icon, layerSign } from "./dom.js";
import { onFeatures } from "./feature_loader.js";
import { villageName } from "./known.js";
import { change, onChange, state } from "./state.js";
import { statusOf, statusSign } from "./status.js";
import { label, number, t } from "./text.js";

const STEP = 8;
const MORE = 50;

/** @param {{find: (feature: any) => void}} popup @returns {{element: HTMLElement}} */
export function featureList(popup) {
  const element = h("section", { class: "feature-list", hidden: true });
  let shown = STEP;
  let loaded = { shapes: [], matched: 0, loading: false, cut: Infinity };

  const entry = ({ feature, layer, status }) =>
    h(
      "li",
      null,
      h(
        "button",
        { type: "button", class: "entry", "data-feature": feature.id, onclick: () => popup.find(feature) },
        layerSign(layer, 12),
        h("span", { class: "name" }, feature.properties.name || feature.properties.code),
        h("span", { class: "small" }, feature.properties.village ? label(feature.properties.village.name) : ""),
        statusSign(status),
        h("span", { class: "sr-only" }, label(statusOf[status].label)),
      ),
    );

  const villageChip = (feature) =>
    h(
      "button",
      { type: "button", class: "filter", id: "village", "aria-pressed": "true", title: t("显示全乡镇"), onclick: () => change({ village: null }) },
      villageName(feature),
      icon("x", 14),
    );

  function redraw() {
    element.hidden = !state.township;
    if (element.hidden) return;
    const { shapes, matched, loading, cut } = loaded;
    const count = loading ? t("正在读取 {n} / {total}", { n: number(shapes.length), total: number(matched) }) : number(shapes.length);
    const focused = element.contains(document.activeElement) ? document.activeElement.dataset.feature : null;
    element.replaceChildren(
      h("header", null, h("h2", null, t("要素")), state.village ? villageChip(shapes[0]?.feature) : "", h("span", { class: "small", role: "status" }, count)),
      h("ol", null, shapes.slice(0, shown).map(entry)),
      shapes.length === 0 && !loading ? h("p", { class: "small" }, isFile && matched === 0 ? t("单文件地图不含这部分数据。") : t("没有符合条件的要素。")) : "",
      cut < Infinity ? h("p", { class: "small" }, t("每类只列出前 {n} 个要素，全部见乡镇页面，或再加筛选。", { n: number(cut) })) : "",
      shapes.length > shown
        ? h("button", { type: "button", class: "more", onclick: () => { shown += MORE; redraw(); } }, t("再看 {n} 个", { n: Math.min(MORE, shapes.length - shown) }))
        : "",
    );
    if (focused) element.querySelector(`[data-feature="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }

  onFeatures((next) => {
    loaded = next;
    redraw();
  });
  onChange(() => {
    shown = STEP;
    redraw();
  }, ["township", "layer", "village"]);
  return { element };
}
