/** Parcels on a still drawing of the county that can be moved and zoomed; sizes of signs do not change with it. */
import { h, s } from "./dom.js";
import { said } from "./said.js";

const METRES_PER_DEGREE = 111_195;
/** Pixels below which a parcel is shown by a sign. */
const SMALL = 10;
const STEP = 1.6;
/** Metres across that are looked at most closely, and pixels left free around what is zoomed to. */
const CLOSEST = 60;
const MARGIN = 0.14;

const rings = ({ type, coordinates }) => (type === "Polygon" ? [coordinates] : type === "MultiPolygon" ? coordinates : []).flat();
const lines = ({ type, coordinates }) => (type === "LineString" ? [coordinates] : type === "MultiLineString" ? coordinates : []);
const points = ({ type, coordinates }) => (type === "Point" ? [coordinates] : type === "MultiPoint" ? coordinates : []);
const parts = (geometry) => (geometry.type === "GeometryCollection" ? geometry.geometries : [geometry]);
const positions = (geometry) => parts(geometry).flatMap((each) => [...rings(each).flat(), ...lines(each).flat(), ...points(each)]);

/** @param {HTMLElement} place @param {(key: any) => void} chosen called with the key of a parcel that is clicked */
export function drawing(place, chosen) {
  let middle = [103.3, 29.1];
  let shrink = 1;
  let whole = null;
  let view = null;
  const shapes = new Map();
  const ground = s("g", { class: "towns" });
  const areas = s("g", { class: "areas" });
  const pieces = s("g", { class: "pieces" });
  const marks = s("g", { class: "marks" });
  const svg = s("svg", { class: "parcels-drawing", role: "application", tabindex: "0", "aria-label": said.map_of }, ground, areas, pieces, marks);
  const bar = h("span", { class: "bar" });
  const tools = [["+", said.zoom_in, () => zoom(1 / STEP)], ["−", said.zoom_out, () => zoom(STEP)], ["◱", said.whole_batch, () => fit(whole)]];
  place.replaceChildren(
    svg,
    h("div", { class: "tools" }, tools.map(([sign, label, act]) => h("button", { type: "button", "aria-label": label, title: label, onclick: act }, sign))),
    bar,
  );

  const project = ([lon, lat]) => [(lon - middle[0]) * shrink * METRES_PER_DEGREE, (middle[1] - lat) * METRES_PER_DEGREE];
  const written = (path) => path.map((each) => project(each).map((value) => value.toFixed(2)).join(" ")).join("L");
  const dataOf = (geometry) =>
    parts(geometry).map((each) => rings(each).map((ring) => `M${written(ring)}Z`).join("") + lines(each).map((line) => `M${written(line)}`).join("")).join("");
  function boxOf(geometries) {
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    for (const each of geometries) {
      for (const position of positions(each)) {
        const [x, y] = project(position);
        box[0] = Math.min(box[0], x);
        box[1] = Math.min(box[1], y);
        box[2] = Math.max(box[2], x);
        box[3] = Math.max(box[3], y);
      }
    }
    return Number.isFinite(box[0]) ? box : null;
  }

  /** Metres that one pixel is. */
  const pixel = () => view.w / (svg.clientWidth || 600);
  function look() {
    const tall = (view.w * (svg.clientHeight || 400)) / (svg.clientWidth || 600);
    svg.setAttribute("viewBox", [view.x - view.w / 2, view.y - tall / 2, view.w, tall].join(" "));
    const size = pixel();
    for (const { mark, width } of shapes.values()) {
      mark.setAttribute("transform", `translate(${mark.dataset.x} ${mark.dataset.y}) scale(${size})`);
      mark.toggleAttribute("data-shown", width / size < SMALL);
    }
    for (const dot of pieces.querySelectorAll("[data-x]")) dot.setAttribute("transform", `translate(${dot.dataset.x} ${dot.dataset.y}) scale(${size})`);
    const most = 90 * size;
    const ten = 10 ** Math.floor(Math.log10(most));
    const metres = [5, 2, 1].map((each) => each * ten).find((each) => each <= most);
    bar.style.width = `${metres / size}px`;
    bar.textContent = metres >= 1000 ? `${metres / 1000} km` : `${metres} m`;
  }
  function fit(box) {
    if (!box) return;
    const [west, north, east, south] = box;
    const ratio = (svg.clientWidth || 600) / (svg.clientHeight || 400);
    const w = Math.max(east - west, (south - north) * ratio, CLOSEST) * (1 + 2 * MARGIN);
    view = { x: (west + east) / 2, y: (north + south) / 2, w };
    look();
  }
  function zoom(factor, at = [view.x, view.y]) {
    const w = Math.min(Math.max(view.w * factor, CLOSEST), 400_000);
    const real = w / view.w;
    view = { x: at[0] + (view.x - at[0]) * real, y: at[1] + (view.y - at[1]) * real, w };
    look();
  }
  const placeOf = ({ clientX, clientY }) => {
    const box = svg.getBoundingClientRect();
    const size = pixel();
    return [view.x + (clientX - box.left - box.width / 2) * size, view.y + (clientY - box.top - box.height / 2) * size];
  };

  const fingers = new Map();
  let moved = false;
  svg.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && document.activeElement !== svg) return;
    event.preventDefault();
    zoom(event.deltaY > 0 ? 1.25 : 0.8, placeOf(event));
  }, { passive: false });
  svg.addEventListener("pointerdown", (event) => {
    fingers.set(event.pointerId, event);
    moved = false;
  });
  svg.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before || !view) return;
    const [dx, dy] = [event.clientX - before.clientX, event.clientY - before.clientY];
    if (!moved && Math.hypot(dx, dy) < 4) return;
    moved = true;
    if (fingers.size === 1) {
      const size = pixel();
      view = { ...view, x: view.x - dx * size, y: view.y - dy * size };
      look();
    } else {
      const [other] = [...fingers.values()].filter(({ pointerId }) => pointerId !== event.pointerId);
      const apart = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) || 1;
      zoom(apart(before) / apart(event), placeOf(other));
    }
    fingers.set(event.pointerId, event);
  });
  for (const kind of ["pointerup", "pointercancel", "pointerleave"]) svg.addEventListener(kind, (event) => fingers.delete(event.pointerId));
  svg.addEventListener("click", ({ target }) => {
    const found = target.closest("[data-key]");
    if (found && !moved) chosen(found.dataset.key);
  });
  svg.addEventListener("keydown", (event) => {
    const by = view.w / 6;
    const ways = { ArrowLeft: [-by, 0], ArrowRight: [by, 0], ArrowUp: [0, -by], ArrowDown: [0, by] };
    if (ways[event.key]) {
      view = { ...view, x: view.x + ways[event.key][0], y: view.y + ways[event.key][1] };
      look();
    } else if (event.key === "+" || event.key === "=") zoom(1 / STEP);
    else if (event.key === "-") zoom(STEP);
    else if (event.key === "0") fit(whole);
    else return;
    event.preventDefault();
  });
  new ResizeObserver(() => view && look()).observe(svg);

  function add({ key, geometry, label }) {
    const data = dataOf(geometry);
    const box = boxOf([geometry]);
    const width = Math.max(box[2] - box[0], box[3] - box[1]);
    const area = s("path", { d: data, "data-key": key, "fill-rule": "evenodd" }, s("title", null, label));
    const mark = s("g", { "data-key": key, "data-x": (box[0] + box[2]) / 2, "data-y": (box[1] + box[3]) / 2 }, s("circle", { r: 6 }), s("title", null, label));
    areas.append(area);
    marks.append(mark);
    shapes.set(String(key), { area, mark, box, width });
    return box;
  }

  return {
    /** The outlines of townships, GeoJSON features. */
    towns(features) {
      const there = features.filter(({ geometry }) => geometry);
      ground.replaceChildren(...there.map(({ geometry, properties }) => s("path", { d: dataOf(geometry), "fill-rule": "evenodd" }, s("title", null, properties.name[document.documentElement.lang.startsWith("zh") ? "zh" : "en"] ?? ""))));
    },
    /** All parcels: {key, geometry, label}; what is drawn is drawn around the first of them. */
    parcels(list) {
      if (list.length === 0) return;
      middle = positions(list[0].geometry)[0];
      shrink = Math.cos((middle[1] * Math.PI) / 180);
      areas.replaceChildren();
      marks.replaceChildren();
      shapes.clear();
      const boxes = list.map(add);
      whole = [0, 1, 2, 3].map((side) => boxes.reduce((most, box) => Math[side < 2 ? "min" : "max"](most, box[side]), boxes[0][side]));
      fit(whole);
    },
    /** What stands against each parcel: key to level. */
    levels(found) {
      for (const [key, { area, mark }] of shapes) {
        const level = found.get(key) ?? "";
        area.setAttribute("class", level);
        mark.setAttribute("class", level);
      }
    },
    /** The common parts of one parcel with records, each {geometry, level, label}; the view goes there if it `zooms`. */
    choose(key, common, { zooms }) {
      for (const [other, { area, mark }] of shapes) {
        area.classList.toggle("chosen", other === String(key));
        mark.classList.toggle("chosen", other === String(key));
      }
      pieces.replaceChildren(
        ...common.map(({ geometry, level, label }) => {
          const [dot] = parts(geometry).flatMap(points);
          const title = s("title", null, label);
          if (!dot) return s("path", { class: level, d: dataOf(geometry), "fill-rule": "evenodd" }, title);
          const [x, y] = project(dot);
          return s("g", { class: level, "data-x": x, "data-y": y }, s("circle", { r: 5 }), title);
        }),
      );
      const shape = shapes.get(String(key));
      if (shape && zooms) fit(shape.box);
    },
  };
}
