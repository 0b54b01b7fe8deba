/** Measuring on the map: points set by click, touch or keyboard; length of the line or area of the ring they make. */
import { byId, h, icon } from "./dom.js";
import { areaOf, crossesItself, lengthOf } from "./geodesy.js";
import { CircleMarker, DivIcon, LayerGroup, Marker, Polygon, Polyline, SVG } from "./leaflet.js";
import { laysParcels, layRing } from "./parcels.js";
import { change } from "./state.js";
import { number, t } from "./text.js";

const INK = "#17252E";
const MU = 2000 / 3;
const HECTARE = 10_000;
/** Pixels within which a point is the one before: the second click of a double click. */
const SAME = 5;

const position = ({ lng, lat }) => [lng, lat];

/** A length in metres, or in kilometres from one on. */
export const lengthText = (metres) =>
  metres < 1000 ? `${number(Math.round(metres * 10) / 10)} m` : `${number(Math.round(metres / 10) / 100)} km`;

/** An area in the three units that are in use. */
const areaText = (squareMetres) =>
  t("{mu} 亩 · {ha} 公顷 · {m2} m²", {
    mu: number(squareMetres / MU),
    ha: number(squareMetres / HECTARE),
    m2: number(squareMetres),
  });

let active = false;

/** Whether clicks on the map set points now. */
export const isMeasuring = () => active;

/**
 * @param {import("./leaflet.js").Map} map
 * @returns {{opener: HTMLButtonElement, begin: (kind?: "distance" | "area") => void}} the button, and a way to begin without it
 */
export function measureTool(map) {
  map.createPane("measure").style.zIndex = "470";
  const drawn = new LayerGroup();
  const renderer = new SVG({ pane: "measure", padding: 0.5 });
  const line = { pane: "measure", renderer, interactive: false, color: INK, weight: 2.5 };
  let kind = "distance";
  let points = [];
  let pointer = null;
  let done = false;

  const name = t("测量距离和面积");
  const opener = h("button", { type: "button", class: "tool", id: "measuring", "aria-label": name, title: name, "aria-pressed": "false", onclick: () => (active ? leave() : begin()) }, icon("ruler"));
  const result = h("output", { id: "measured", role: "status" });
  const kinds = { distance: t("距离"), area: t("面积") };
  const choices = Object.entries(kinds).map(([code, label]) =>
    h("button", { type: "button", "data-kind": code, onclick: () => { kind = code; done = false; redraw(); } }, label),
  );
  const laying = laysParcels && h("button", { type: "button", class: "button primary", id: "lay", hidden: true, onclick: lay }, t("查这块地"));
  const undoing = h("button", { type: "button", class: "button", id: "measure-undo", onclick: undo }, icon("undo-2", 18), t("退一点"));
  const ending = h("button", { type: "button", class: "button", id: "measure-end", onclick: () => (done ? clear() : finish()) });
  const bar = h(
    "section",
    { id: "measure-bar", "aria-label": name, hidden: true },
    h("div", { class: "choose-kind", role: "group", "aria-label": t("量什么") }, choices),
    h("div", { class: "measured" }, result, h("small", { id: "measure-hint" })),
    h("div", { class: "measure-actions" }, undoing, ending, laying),
    h("button", { type: "button", class: "close", "aria-label": t("结束测量"), title: t("结束测量"), onclick: leave }, icon("x", 18)),
  );
  byId("notice").before(bar);

  const least = () => (kind === "area" ? 3 : 2);
  function textOf(path) {
    const positions = path.map(position);
    if (path.length < least()) return "";
    if (kind === "distance") return lengthText(lengthOf(positions));
    return crossesItself(positions) ? t("边线相交，没有面积") : areaText(areaOf(positions));
  }

  function hint() {
    if (done) return t("再点地图重新开始");
    if (points.length === 0) return t("点地图加点；键盘用方向键移动地图，回车在中心加点");
    return points.length < least() ? t("继续加点") : t("双击或按“完成测量”结束，退格撤销一点");
  }

  function draw() {
    drawn.clearLayers();
    const path = pointer && !done && points.length ? [...points, pointer] : points;
    if (path.length > 1) {
      const shape = kind === "area" && path.length > 2 ? Polygon : Polyline;
      const halo = { ...line, color: "#fff", weight: 5.5, opacity: 0.9, fill: false };
      drawn.addLayer(new shape(path, halo));
      drawn.addLayer(new shape(path, { ...line, dashArray: done ? null : "6 5", fillColor: INK, fillOpacity: 0.1, fill: shape === Polygon }));
    }
    for (const point of points) {
      drawn.addLayer(new CircleMarker(point, { ...line, radius: 4.5, fill: true, fillColor: "#fff", fillOpacity: 1 }));
    }
    const text = textOf(path);
    if (text) {
      const label = h("span", null, text.split(" · ")[0]);
      const html = new DivIcon({ className: "measure-label", html: label, iconSize: [0, 0] });
      drawn.addLayer(new Marker(path.at(-1), { icon: html, pane: "measure", interactive: false, keyboard: false }));
      label.parentElement?.setAttribute("aria-hidden", "true");
    }
  }

  function redraw() {
    for (const choice of choices) choice.setAttribute("aria-pressed", String(choice.dataset.kind === kind));
    result.textContent = textOf(points) || t("{n} 个点", { n: points.length });
    byId("measure-hint").textContent = hint();
    undoing.disabled = points.length === 0;
    ending.disabled = points.length < least();
    ending.replaceChildren(done ? t("重新测量") : t("完成测量"));
    if (laying) laying.hidden = !(done && kind === "area") || crossesItself(points.map(position));
    draw();
  }

  function add(place) {
    if (done) points = [];
    done = false;
    const near = points.length && map.latLngToContainerPoint(points.at(-1)).distanceTo(map.latLngToContainerPoint(place)) < SAME;
    if (!near) points = [...points, place];
    redraw();
  }
  function undo() {
    if (done) done = false;
    else points = points.slice(0, -1);
    redraw();
  }
  function finish() {
    if (points.length < least()) return;
    done = true;
    redraw();
  }
  /** What lies on the area that was drawn. */
  function lay() {
    const ring = points.map(position);
    leave();
    layRing(map, ring);
  }
  function clear() {
    points = [];
    done = false;
    redraw();
  }

  const onClick = ({ latlng }) => add(latlng);
  const onMove = ({ latlng }) => { pointer = latlng; draw(); };
  const onOut = () => { pointer = null; draw(); };
  function onKey(event) {
    if (event.key === "Escape") leave();
    if (event.target !== byId("map")) return;
    if (event.key === "Enter") add(map.getCenter());
    else if (event.key === "Backspace" || event.key === "Delete") undo();
    else return;
    event.preventDefault();
  }

  function listen(way) {
    map[way]("click", onClick);
    map[way]("dblclick", finish);
    map[way]("mouseout", onOut);
    // A finger leaves no pointer behind that a line could follow.
    if (matchMedia("(hover: hover)").matches) map[way]("mousemove", onMove);
    map.doubleClickZoom[way === "on" ? "disable" : "enable"]();
  }

  function show(on) {
    active = on;
    opener.setAttribute("aria-pressed", String(on));
    bar.hidden = !on;
    document.body.classList.toggle("measuring", on);
    listen(on ? "on" : "off");
  }

  function begin(wanted = kind) {
    if (active) leave();
    kind = wanted;
    change({ feature: null });
    drawn.addTo(map);
    show(true);
    addEventListener("keydown", onKey);
    clear();
  }
  function leave() {
    if (!active) return;
    const inside = bar.contains(document.activeElement);
    removeEventListener("keydown", onKey);
    show(false);
    pointer = null;
    drawn.remove();
    if (inside) opener.focus();
  }
  return { opener, begin };
}
