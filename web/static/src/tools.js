/** The buttons beside the map: zoom, where am I, reference layers, the other language. */
import { isFile, isStill } from "./config.js";
import { disclose } from "./disclosure.js";
import { byId, h, icon, layerSign } from "./dom.js";
import { references } from "./known.js";
import { Circle, CircleMarker, LayerGroup } from "./leaflet.js";
import { measureTool } from "./measure.js";
import { remark } from "./notice.js";
import { change, onChange, state, toggled } from "./state.js";
import { label, number, otherLanguage, t } from "./text.js";

const BLUE = "#2C7FB8";

const button = (name, sign, act, more = {}) =>
  h("button", { type: "button", class: "tool", "aria-label": name, title: name, onclick: act, ...more }, sign);

/** Puts the tools beside the map. */
export function makeTools(map) {
  const groups = [
    h(
      "div",
      { class: "tool-group zoom" },
      button(t("放大"), icon("plus"), () => map.zoomIn()),
      button(t("缩小"), icon("minus"), () => map.zoomOut()),
    ),
    h("div", { class: "tool-group" }, button(t("我的位置"), icon("locate-fixed"), () => locate(map), { id: "locate" }), measureTool(map), ...layerMenu()),
    h("div", { class: "tool-group" }, languageSwitch()),
  ];
  byId("tools").append(...groups);
}

/** The same address in the other language. */
function languageSwitch() {
  const follow = (link) => {
    const url = new URL(location.href);
    url.searchParams.set("lang", otherLanguage);
    link.href = isFile ? `?lang=${otherLanguage}${location.hash}` : `${url.pathname}${url.search}${url.hash}`;
  };
  const name = otherLanguage === "en" ? "EN" : "中";
  const spoken = otherLanguage === "en" ? "English" : "中文";
  const link = h("a", { class: "tool text", id: "language", lang: otherLanguage === "en" ? "en" : "zh-CN", "aria-label": spoken, title: spoken }, name);
  follow(link);
  link.addEventListener("pointerdown", () => follow(link));
  link.addEventListener("click", () => follow(link));
  return link;
}

/** Reference layers to lay under the others. */
function layerMenu() {
  if (references().length === 0) return [];
  const menu = h("div", { class: "menu", id: "layer-menu", hidden: true, role: "group", "aria-label": t("参考图层") });
  const opener = button(t("参考图层"), icon("layers"), null, { id: "layers" });

  function redraw() {
    menu.replaceChildren(
      h("h2", null, t("参考图层")),
      ...references().map((layer) =>
        h(
          "label",
          { class: layer.features ? "" : "without", title: label(layer.about) },
          h("input", {
            type: "checkbox",
            value: layer.code,
            checked: state.references.has(layer.code),
            disabled: !layer.features,
            onchange: () => change({ references: toggled(state.references, layer.code) }),
          }),
          layerSign(layer),
          h("span", { class: "name" }, label(layer.label)),
          h("span", { class: "small" }, layer.features ? number(layer.features) : t("暂无数据")),
        ),
      ),
      h("p", { class: "small" }, t("虚线为参考图层；图形多的在选定乡镇或放大后显示。")),
    );
  }
  onChange(() => {
    for (const box of menu.querySelectorAll("input")) box.checked = state.references.has(box.value);
  }, ["references"]);
  redraw();
  disclose(opener, menu);
  return [opener, menu];
}

/** Where the reader stands, asked of the device each time. */
function locate(map) {
  if (!navigator.geolocation || !window.isSecureContext) {
    remark(t("定位需要 HTTPS 或本机访问。"));
    return;
  }
  if (!map.here) {
    map.here = new LayerGroup().addTo(map);
    map.on("locationerror", () => remark(t("没有得到位置，请检查定位权限。")));
    map.on("locationfound", ({ latlng, accuracy }) => {
      map.here.clearLayers();
      map.here.addLayer(new Circle(latlng, { radius: accuracy, weight: 1, color: BLUE, fillOpacity: 0.1, interactive: false }));
      map.here.addLayer(new CircleMarker(latlng, { radius: 7, weight: 3, color: "#fff", fillColor: BLUE, fillOpacity: 1, interactive: false }));
      if (!map.options.maxBounds.contains(latlng)) remark(t("您现在不在本县附近。"));
      else map.setView(latlng, Math.max(map.getZoom(), 14), { animate: !isStill });
    });
  }
  map.locate({ enableHighAccuracy: true, timeout: 15_000 });
}
