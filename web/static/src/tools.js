/** The buttons beside the map: zoom, where am I, measuring, layers, pictures, the whole screen, the other language. */
import { config, isFile, isStill } from "./config.js";
import { attribution } from "./base_map.js";
import { disclose } from "./disclosure.js";
import { byId, h, icon } from "./dom.js";
import { layerTree } from "./layer_tree.js";
import { Circle, CircleMarker, LayerGroup } from "./leaflet.js";
import { measureTool } from "./measure.js";
import { laysParcels } from "./parcels.js";
import { remark } from "./notice.js";
import { savePicture } from "./picture.js";
import { keepPrintSheet } from "./print_sheet.js";
import { address } from "./request.js";
import { otherLanguage, t } from "./text.js";

const BLUE = "#2C7FB8";

const button = (name, sign, act, more = {}) =>
  h("button", { type: "button", class: "tool", "aria-label": name, title: name, onclick: act, ...more }, sign);

/** Puts the tools beside the map. */
export function makeTools(map, features) {
  const measuring = measureTool(map);
  const groups = [
    h(
      "div",
      { class: "tool-group zoom" },
      button(t("放大"), icon("plus"), () => map.zoomIn()),
      button(t("缩小"), icon("minus"), () => map.zoomOut()),
    ),
    h("div", { class: "tool-group" }, button(t("我的位置"), icon("locate-fixed"), () => locate(map), { id: "locate" }), measuring.opener, ...parcelTool(measuring.begin), ...layerTree(), ...pictureTool(map, features), fullscreen()),
    h("div", { class: "tool-group" }, languageSwitch()),
  ];
  byId("tools").append(...groups);
}

/** A button that opens a menu of things to do: [id, icon, words, act]. */
function choices(name, sign, id, entries) {
  const box = h("div", { class: "menu", id: `${id}-menu`, role: "group", "aria-label": name, hidden: true });
  const opener = button(name, sign, null, { id });
  const close = disclose(opener, box);
  box.append(
    ...entries.map(([entry, picture, words, act]) =>
      h("button", { type: "button", class: "choice-entry", id: entry, onclick: () => { close(false); opener.focus(); act(); } }, picture, words),
    ),
  );
  return [opener, box];
}

/** The map as a picture file, and on paper. */
function pictureTool(map, features) {
  keepPrintSheet(map, features, attribution);
  return choices(t("图片和打印"), icon("image-down"), "picture", [
    ["save-picture", icon("image-down", 18), t("保存为图片（PNG）"), () => savePicture(map, features, attribution)],
    ["print", icon("printer", 18), t("打印（A4 横向）"), () => window.print()],
  ]);
}

/** What lies on a piece of land: one that is drawn, or those of a file. */
function parcelTool(begin) {
  if (!laysParcels) return [];
  return choices(t("地块叠加"), icon("land-plot"), "parcel", [
    ["draw-parcel", icon("pencil", 18), t("画一块地"), () => begin("area")],
    ["upload-parcels", icon("upload", 18), t("上传或已保存的地块"), () => location.assign(address(config.urls.parcels, { lang: new URLSearchParams(location.search).get("lang") }))],
  ]);
}

/** The whole screen for the page, where the browser can. */
function fullscreen() {
  if (!document.fullscreenEnabled) return null;
  const opener = button("", icon("maximize"), toggle, { id: "fullscreen" });
  function toggle() {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen().catch(() => remark(t("浏览器不允许全屏。")));
  }
  function follow() {
    const on = Boolean(document.fullscreenElement);
    const name = on ? t("退出全屏") : t("全屏");
    opener.title = name;
    opener.setAttribute("aria-label", name);
    opener.replaceChildren(on ? icon("minimize") : icon("maximize"));
  }
  document.addEventListener("fullscreenchange", follow);
  follow();
  return opener;
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
