/** An outline whose corners are dragged by mouse and finger, or moved by keys; every step can be taken back. */
import { byId, h } from "./dom.js";
import { cornersOf, crossing, geometryOf, kept, moved, MOST_CORNERS, partsOf, squareMetres } from "./outline.js";
import { STEP, stepOf, STRIDE, wayOf } from "./outline_keys.js";
import { headed, number, quantity, t } from "./text.js";

/** Pixels that a pointer goes before it drags, and that an edge needs for a sign in its middle. */
const DRAGGED = 4;
const ROOM = 36;
/** Milliseconds that a finger rests on a corner to delete it. */
const LONG = 600;
const STEPS_KEPT = 200;
const COLOUR = "#24705F";
const CROSSED = "#C8321F";

/**
 * Puts corners on the map.
 * @param {{map: any, leaflet: any, line: object}} on the map and what lines are drawn with
 * @param {any} geometry a polygon or several, in longitude and latitude
 * @param {{fields: HTMLElement[], action: string, save: (geometry: any) => Promise<void>, cancel: () => void}} wish
 * @returns {{body: HTMLElement, end: () => void}}
 */
export function outlineEditor({ map, leaflet: { GeoJSON, LayerGroup, CircleMarker }, line }, geometry, { fields, action, save, cancel }) {
  let parts = partsOf(geometry);
  const begun = JSON.stringify(parts);
  let past = [];
  let future = [];
  /** The corner that was last touched: part, ring, place in the ring. */
  let chosen = null;
  let handles = [];
  let saving = false;
  const drawn = new LayerGroup().addTo(map);
  if (!map.getPane("corners")) map.createPane("corners").style.zIndex = "640";
  const holder = h("div", { class: "corners leaflet-zoom-hide", role: "group", "aria-label": t("角点") });
  map.getPane("corners").append(holder);

  const area = h("p", { class: "laid-area" });
  const fault = h("p", { class: "late", role: "alert", hidden: true });
  const said = h("p", { class: "sr-only", role: "status" });
  const button = (words, act, more = {}) => h("button", { type: "button", class: "button", onclick: act, ...more }, words);
  const undoing = button(t("撤回一步"), undo);
  const redoing = button(t("重做"), redo);
  const deleting = button(t("删除角点"), () => remove(chosen));
  const saver = h("button", { class: "button primary" }, action);
  const touched = matchMedia("(pointer: coarse)").matches;
  const keys = t("键盘：Tab 选角点，方向键移动 {step} 米，加 Shift 移动 {stride} 米，+ 增加，Delete 删除，Ctrl+Z 撤回。", { step: STEP, stride: STRIDE });
  const body = h(
    "form",
    { class: "laid-edit", onsubmit: submit },
    area,
    h("div", { class: "laid-steps" }, undoing, redoing, deleting),
    h("p", { class: "small" }, t("拖动角点；拖动或点一下边的中点，增加角点。"), " ", touched ? t("长按角点可删除。") : keys),
    fault,
    fields,
    h("footer", null, saver, button(t("取消"), cancel)),
    said,
  );

  const ringOf = ([part, ring]) => parts[part][ring];
  const cornerAt = (at) => ringOf(at)[at[2]];
  const nextTo = ([part, ring, i]) => [part, ring, (i + 1) % parts[part][ring].length];
  const pointOf = ([lon, lat]) => map.latLngToLayerPoint([lat, lon]);
  const isSame = (one, other) => one?.join() === other?.join();
  const copied = () => structuredClone(parts);

  /** Draws lines and figures as they are now; `telling` says them to whoever does not see them. */
  function draw(telling = false) {
    const cross = crossing(parts);
    const shape = geometryOf(parts);
    const colour = cross ? CROSSED : COLOUR;
    drawn.clearLayers();
    drawn.addLayer(new GeoJSON(shape, { ...line, style: { ...line, color: "#fff", weight: 5, opacity: 0.9, fill: false } }));
    drawn.addLayer(new GeoJSON(shape, { ...line, style: { ...line, color: colour, weight: 2.5, fillColor: colour, fillOpacity: 0.14 } }));
    if (cross) drawn.addLayer(new CircleMarker([cross[1], cross[0]], { ...line, color: CROSSED, weight: 3, radius: 11, fill: false }));
    const metres = squareMetres(parts);
    const mu = quantity(metres / (2000 / 3), t("亩"));
    area.replaceChildren(h("b", null, cross ? "—" : mu), cross ? "" : h("span", { class: "small" }, `${number(metres)} m² · ${number(metres / 10_000)} ha`));
    fault.hidden = !cross;
    fault.textContent = cross ? t("边线相交，没有面积") : "";
    undoing.disabled = past.length === 0;
    redoing.disabled = future.length === 0;
    deleting.disabled = !chosen || ringOf(chosen).length < 4;
    saver.disabled = saving || Boolean(cross) || JSON.stringify(parts) === begun;
    if (!telling) return;
    const at = chosen && cornerAt(chosen).map((each) => each.toFixed(7)).join(" ");
    said.textContent = [at && headed(nameOf(chosen), at), cross ? fault.textContent : mu].filter(Boolean).join(" · ");
  }

  /** Where the corners and the middles of edges are on the map as it is. */
  function place() {
    for (const { at, middle, element } of handles) {
      const here = pointOf(cornerAt(at));
      if (middle) {
        const next = pointOf(cornerAt(nextTo(at)));
        element.hidden = here.distanceTo(next) < ROOM;
        here._add(next)._divideBy(2);
      }
      element.style.transform = `translate(${here.x}px, ${here.y}px)`;
      element.toggleAttribute("data-chosen", !middle && isSame(at, chosen));
    }
  }

  const nameOf = ([, ring, i]) => (ring ? t("洞的角点 {n}", { n: i + 1 }) : t("角点 {n}", { n: i + 1 }));

  function handle(at, middle) {
    const element = middle
      ? h("span", { class: "corner middle", "aria-hidden": "true" })
      : h("button", { type: "button", class: "corner", "aria-label": nameOf(at), onkeydown: (event) => press(event, at), onfocus: () => choose(at) });
    element.addEventListener("pointerdown", (event) => grab(event, element, at, middle));
    for (const kind of ["mousedown", "touchstart", "click", "dblclick", "contextmenu"]) {
      element.addEventListener(kind, (event) => {
        event.stopPropagation();
        if (kind === "contextmenu") event.preventDefault();
      });
    }
    return { at, middle, element };
  }

  function build() {
    const focused = holder.contains(document.activeElement);
    handles = parts.flatMap((part, p) =>
      part.flatMap((ring, r) => ring.flatMap((_, i) => [handle([p, r, i], false), handle([p, r, i], true)])),
    );
    holder.replaceChildren(...handles.map(({ element }) => element));
    place();
    if (focused) handles.find(({ at, middle }) => !middle && isSame(at, chosen))?.element.focus({ preventScroll: true });
  }

  function choose(at) {
    chosen = at;
    place();
    deleting.disabled = !chosen || ringOf(chosen).length < 4;
  }

  /** What follows a change: it can be taken back to what was before. */
  function changed(before) {
    past = [...past, before].slice(-STEPS_KEPT);
    future = [];
    settle();
  }
  function settle() {
    if (chosen && !parts[chosen[0]][chosen[1]]?.[chosen[2]]) chosen = null;
    if (handles.length === 2 * cornersOf(parts)) place();
    else build();
    draw(true);
  }
  function undo() {
    if (past.length === 0) return;
    future.push(parts);
    parts = past.pop();
    settle();
  }
  function redo() {
    if (future.length === 0) return;
    past.push(parts);
    parts = future.pop();
    settle();
  }
  function insert(at, corner) {
    ringOf(at).splice(at[2] + 1, 0, corner);
    chosen = [at[0], at[1], at[2] + 1];
  }
  const between = (at) => {
    const [one, other] = [cornerAt(at), cornerAt(nextTo(at))];
    return kept([(one[0] + other[0]) / 2, (one[1] + other[1]) / 2]);
  };
  function add(at) {
    if (cornersOf(parts) >= MOST_CORNERS) return;
    const before = copied();
    insert(at, between(at));
    changed(before);
  }
  function remove(at) {
    if (!at) return;
    if (ringOf(at).length < 4) {
      said.textContent = t("至少要有三个角点");
      return;
    }
    const before = copied();
    ringOf(at).splice(at[2], 1);
    chosen = [at[0], at[1], at[2] % ringOf(at).length];
    changed(before);
  }

  /** A pointer on a corner or on the middle of an edge, until it is lifted. */
  function grab(event, element, at, middle) {
    if (event.button !== 0 || (middle && cornersOf(parts) >= MOST_CORNERS)) return;
    event.preventDefault();
    event.stopPropagation();
    element.setPointerCapture(event.pointerId);
    const before = copied();
    const from = map.mouseEventToContainerPoint(event);
    const offset = map.latLngToContainerPoint((middle ? between(at) : cornerAt(at)).slice().reverse()).subtract(from);
    let target = at;
    let dragged = false;
    const resting = !middle && event.pointerType !== "mouse" && setTimeout(() => {
      leave();
      remove(at);
    }, LONG);
    const leave = () => {
      clearTimeout(resting);
      element.classList.remove("dragged");
      for (const [kind, act] of listening) element.removeEventListener(kind, act);
    };
    const go = (moving) => {
      const point = map.mouseEventToContainerPoint(moving);
      if (!dragged && point.distanceTo(from) < DRAGGED) return;
      if (!dragged) {
        dragged = true;
        clearTimeout(resting);
        element.classList.add("dragged");
        if (middle) {
          insert(at, between(at));
          target = chosen;
        }
      }
      const { lng, lat } = map.containerPointToLatLng(point.add(offset));
      ringOf(target)[target[2]] = kept([lng, lat]);
      const here = pointOf(cornerAt(target));
      element.style.transform = `translate(${here.x}px, ${here.y}px)`;
      if (!middle) place();
      draw();
    };
    const drop = () => {
      leave();
      if (!middle) {
        choose(at);
        element.focus({ preventScroll: true });
      }
      if (dragged) {
        changed(before);
        if (middle) handles.find((each) => !each.middle && isSame(each.at, chosen))?.element.focus({ preventScroll: true });
      } else if (middle) add(at);
    };
    const giveUp = () => {
      leave();
      parts = before;
      settle();
    };
    const listening = [["pointermove", go], ["pointerup", drop], ["pointercancel", giveUp]];
    for (const [kind, act] of listening) element.addEventListener(kind, act);
  }

  function press(event, at) {
    const way = wayOf(event);
    if (way) {
      const before = copied();
      ringOf(at)[at[2]] = moved(cornerAt(at), ...way);
      changed(before);
    } else if (event.key === "Delete" || event.key === "Backspace") remove(at);
    else if (event.key === "+" || event.key === "Insert") add(at);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
  function shortcut(event) {
    const step = stepOf(event);
    if (!step) return;
    (step === "undo" ? undo : redo)();
    event.preventDefault();
  }
  /** Clicks beside corners choose nothing on the map meanwhile. */
  function swallow(event) {
    if (!event.target.closest("button, a")) event.stopPropagation();
  }

  async function submit(event) {
    event.preventDefault();
    saving = true;
    draw();
    try {
      await save(geometryOf(parts));
    } catch (error) {
      saving = false;
      draw();
      fault.hidden = false;
      fault.replaceChildren(error.sentence ?? String(error), ...(error.way ? [" ", error.way] : []));
    }
  }

  map.on("zoomend viewreset moveend", place);
  byId("map").addEventListener("click", swallow, true);
  addEventListener("keydown", shortcut);
  document.body.classList.add("editing-outline");
  build();
  draw();
  return {
    body,
    end() {
      map.off("zoomend viewreset moveend", place);
      byId("map").removeEventListener("click", swallow, true);
      removeEventListener("keydown", shortcut);
      document.body.classList.remove("editing-outline");
      holder.remove();
      drawn.remove();
    },
  };
}
