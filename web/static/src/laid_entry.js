/** Parcels laid over the map, a drawing or a batch that was kept: pieces coloured by what stands against them, a list that zooms. */
import { config, isPhone, isStill } from "./config.js";
import { byId, h, icon, layerSign } from "./dom.js";
import { here, keeper, revising } from "./laid_keep.js";
import { isEditable } from "./outline.js";
import { outlineEditor } from "./outline_editor.js";
import { levelOf, levelsOf } from "./parcel_level.js";
import { address, getJson, postJson } from "./request.js";
import { headed, label, listed, number, percent, quantity, t } from "./text.js";

const { urls } = config;
/** What stands against a parcel or a piece of it, most first: its colour on the map and its words. */
const LEVELS = {
  blocked: { colour: "#C8321F", name: t("禁止"), sign: "!" },
  review: { colour: "#17252E", name: t("需审查"), sign: "?" },
  note: { colour: "#51626D", name: t("提示"), sign: "i" },
  clear: { colour: "#24705F", name: t("无冲突"), sign: "✓" },
};
const PIECE = "#6B4FA0";

const mark = (level) => h("i", { class: "level", "data-level": level, title: LEVELS[level].name }, LEVELS[level].sign);

/** An area or a length or a number, as a finding tells it. */
function amount({ area, length_m: metres, count }) {
  if (area) return t("{mu} 亩 · {m2} m²", { mu: number(area.mu), m2: number(area.m2) });
  return metres === undefined ? t("{n} 个", { n: number(count ?? 0) }) : `${number(Math.round(metres))} m`;
}

function finding(each, layers) {
  const layer = layers.get(each.layer);
  const share = each.share === undefined ? "" : `${percent(each.share)}%`;
  const names = each.pieces.map(({ name, code }) => name || code);
  return h(
    "li",
    null,
    h("span", { class: "laid-layer" }, layer && layerSign(layer, 13), label(each.label), h("b", null, share)),
    h("span", { class: "small" }, amount(each), " · ", listed(names.slice(0, 3)), names.length > 3 ? [" ", t("等 {n} 条", { n: number(names.length) })] : ""),
  );
}

/** What was found on one parcel. */
function detail(told, layers) {
  const { concerned, not_concerned: others, no_data: unknown } = told.lists;
  const { area, registered_area: registered } = told.parcel;
  const names = (list) => listed(list.map((each) => label(each.label)));
  return h(
    "div",
    { class: "laid-detail" },
    h("p", { class: "laid-area" }, h("b", null, quantity(area.mu, t("亩"))), h("span", { class: "small" }, `${number(area.m2)} m² · ${number(area.ha)} ha`)),
    registered && h("p", { class: "small" }, headed(t("登记面积"), quantity(registered.mu, t("亩")))),
    h(
      "ul",
      { class: "laid-verdicts" },
      told.verdicts.length
        ? told.verdicts.map(({ level, sentence }) => h("li", null, mark(level.code), h("span", null, label(sentence))))
        : h("li", null, mark("clear"), h("span", null, t("没有规则与之冲突。"))),
    ),
    h("h3", null, t("涉及的图层"), h("b", null, number(concerned.length))),
    concerned.length ? h("ul", { class: "laid-findings" }, concerned.map((each) => finding(each, layers))) : h("p", { class: "small" }, t("没有")),
    h("p", { class: "small" }, headed(t("不涉及"), others.length ? names(others) : t("没有"))),
    others.filter(({ basis }) => basis).map((each) => h("p", { class: "small" }, headed(label(each.label), label(each.basis)))),
    unknown.length > 0 && h("p", { class: "small" }, headed(t("无数据"), names(unknown))),
  );
}

/** Opens the list beside the map. @param {{map: any, leaflet: any, layers: Map<string, any>, ending: () => void}} on */
function opened({ map, leaflet, layers, ending }) {
  const { GeoJSON, LayerGroup, SVG, CircleMarker } = leaflet;
  byId("laid")?.close();
  if (!map.getPane("parcels")) map.createPane("parcels").style.zIndex = "455";
  const renderer = new SVG({ pane: "parcels", padding: 0.5 });
  const drawn = new LayerGroup().addTo(map);
  const line = { pane: "parcels", renderer, interactive: false };
  const body = h("div", { class: "laid-body", role: "status" });
  const box = h("section", { id: "laid", "aria-label": t("地块叠加") }, body);
  let editor = null;
  const endEditing = () => {
    editor?.end();
    editor = null;
    body.setAttribute("role", "status");
  };
  box.close = () => {
    endEditing();
    drawn.remove();
    renderer.remove();
    box.remove();
    document.body.classList.remove("has-laid");
    ending();
  };
  document.body.append(box);
  document.body.classList.add("has-laid");
  let chosen = null;

  function draw(results) {
    drawn.clearLayers();
    for (const told of results) {
      const { colour } = LEVELS[levelOf(told)];
      const one = told === chosen;
      drawn.addLayer(new GeoJSON(told.parcel.geometry, { ...line, style: { ...line, color: "#fff", weight: one ? 6 : 4.5, opacity: 0.9, fill: false } }));
      drawn.addLayer(new GeoJSON(told.parcel.geometry, { ...line, style: { ...line, color: colour, weight: one ? 3 : 2, fillColor: colour, fillOpacity: one ? 0.04 : 0.2 } }));
    }
    if (!chosen) return;
    const levels = levelsOf(chosen);
    for (const { geometry, feature } of chosen.lists.concerned.flatMap(({ pieces }) => pieces)) {
      if (!geometry) continue;
      const colour = levels.has(feature) ? LEVELS[levels.get(feature)].colour : PIECE;
      const style = { ...line, color: colour, weight: 1.5, dashArray: "3 3", fillColor: colour, fillOpacity: 0.35 };
      drawn.addLayer(new GeoJSON(geometry, { ...line, style, pointToLayer: (_, place) => new CircleMarker(place, { ...style, radius: 6 }) }));
    }
  }

  /** Brings a parcel to the part of the map that nothing lies over. */
  function zoomTo(geometry) {
    const phone = isPhone();
    const room = phone ? { paddingTopLeft: [24, 124], paddingBottomRight: [24, innerHeight * 0.56] } : { paddingTopLeft: [330, 90], paddingBottomRight: [440, 60] };
    map.fitBounds(new GeoJSON(geometry).getBounds(), { ...room, maxZoom: 17, animate: !isStill });
  }

  /**
   * Shows what was found.
   * @param {(told: any, edit: () => void) => any} actions what stands below a parcel
   * @param {(told: any) => any} changing what an outline is saved as
   * @param {number} [first] the place of the parcel to begin with, the first one otherwise
   */
  function show(title, results, actions, changing, first) {
    const pick = (told, zooms) => {
      chosen = told;
      draw(results);
      if (zooms) zoomTo(told.parcel.geometry);
      render();
    };
    function render() {
      const rows = results.length > 1 && h("ol", { class: "laid-list" }, results.map((told) =>
        h("li", null, h("button", { type: "button", "aria-pressed": String(told === chosen), onclick: () => pick(told, true) }, mark(levelOf(told)), h("span", null, told.parcel.name || told.parcel.number), h("b", null, quantity(told.parcel.area.mu, t("亩"))))),
      ));
      const heading = results.length > 1 ? t("{title}（{n} 宗）", { title, n: number(results.length) }) : title;
      body.replaceChildren(head(heading), ...[rows, chosen && detail(chosen, layers), h("footer", null, actions(chosen, () => edit(chosen)))].filter(Boolean));
    }
    /** Lets the outline of a parcel be changed; whatever ends it without saving shows all as it was. */
    function edit(told) {
      const back = () => {
        endEditing();
        drawn.addTo(map);
        render();
        body.querySelector(".laid-change")?.focus();
      };
      drawn.remove();
      body.removeAttribute("role");
      const { title: named, ...wish } = changing(told);
      editor = outlineEditor({ map, leaflet, line }, told.parcel.geometry, { ...wish, cancel: back });
      body.replaceChildren(head(named, back), editor.body);
      zoomTo(told.parcel.geometry);
      body.querySelector("h2").focus();
    }
    const asked = results.find(({ place }) => place === first);
    pick(asked ?? results[0], results.length === 1);
    if (results.length > 1) map.fitBounds(drawn.getLayers().reduce((all, each) => all.extend(each.getBounds()), drawn.getLayers()[0].getBounds()), { padding: [60, 60], animate: !isStill });
  }

  const head = (title, leave = box.close) =>
    h("header", null, h("h2", { tabindex: "-1" }, title), h("button", { type: "button", class: "close", "aria-label": t("关闭"), title: t("关闭"), onclick: leave }, icon("x", 18)));

  return {
    show,
    wait: () => body.replaceChildren(head(t("地块叠加")), h("p", { class: "skeleton" }), h("p", { class: "skeleton" })),
    fail: (sentence, retry) =>
      body.replaceChildren(head(t("地块叠加")), h("p", { class: "late" }, sentence), retry && h("button", { type: "button", class: "button", onclick: retry }, t("重试"))),
  };
}

/** The button that lets an outline be changed; what has too many corners for that says so. */
const changer = (told, edit) =>
  isEditable(told.parcel.geometry)
    ? h("button", { type: "button", class: "button laid-change", onclick: edit }, icon("pencil", 16), t("修改边界"))
    : h("p", { class: "small" }, t("角点太多，不能在地图上修改。"));

/** Lays a polygon that was drawn over every layer. @param {number[][]} ring longitude, latitude */
export const layDrawing = (ring, on) => layGeometry({ type: "Polygon", coordinates: [[...ring, ring[0]]] }, on);

async function layGeometry(geometry, on) {
  const panel = opened({ ...on, ending: () => {} });
  panel.wait();
  try {
    showDrawing(panel, geometry, await foundOn(geometry, on), on);
  } catch (error) {
    panel.fail(error.sentence ?? String(error), error instanceof Refused ? null : () => layGeometry(geometry, on));
  }
}

/** A drawing that is no parcel, with what is wrong with it. */
class Refused extends Error {
  constructor(sentence) {
    super(sentence);
    this.sentence = sentence;
  }
}

async function foundOn(geometry, { asOf }) {
  const { parcels, problems } = await postJson(address(urls.overlay), { geometry, as_of: asOf });
  if (parcels.length === 0) throw new Refused(problems.map((each) => label(each.text)).join(" "));
  return parcels;
}

/** Shows what lies on a drawing, which is changed or kept where the reader says so. */
function showDrawing(panel, geometry, parcels, on) {
  const save = async (changed) => {
    const found = await foundOn(changed, on);
    showDrawing(opened({ ...on, ending: () => {} }), changed, found, on);
  };
  const changing = () => ({ title: t("修改边界"), fields: [], action: t("重新叠加"), save });
  panel.show(t("画的地块"), parcels, (told, edit) => [changer(told, edit), keeper(geometry)], changing);
}

/** Shows a batch that was kept, laid over every layer as of a day. @param {string} id @param {number} [first] the place of a parcel */
export async function layBatch(id, { asOf, ...on }, first) {
  const leave = () => {
    const url = new URL(location.href);
    url.searchParams.delete("parcels");
    history.replaceState(history.state, "", url);
  };
  const panel = opened({ ...on, ending: leave });
  panel.wait();
  try {
    const batch = await getJson(address(`${urls.batches}/${encodeURIComponent(id)}`), { keep: false });
    const found = await postJson(address(`${urls.batches}/${encodeURIComponent(id)}/overlay`), { as_of: asOf });
    if (!found.parcels) return panel.fail(t("这个批次较大，请在地块页面查看。"));
    if (found.parcels.length === 0) return panel.fail(t("这个批次没有地块。"));
    const follow = (newer, place) => {
      layBatch(newer, { asOf, ...on }, place);
      const url = new URL(location.href);
      url.searchParams.set("parcels", newer);
      history.replaceState(history.state, "", url);
    };
    const page = (told, edit) => [
      h("a", { class: "button primary", href: here(`${urls.parcels}/${id}`) + (told?.id ? `#${told.id}` : "") }, t("地块页面")),
      told?.id && h("a", { class: "button", href: here("/api/extract/pdf", { parcel: told.id, as_of: asOf }) }, t("出具查询单")),
      told?.id && batch.mine && batch.origin !== "features" && changer(told, edit),
    ];
    return panel.show(batch.name, found.parcels, page, (told) => revising(batch, told, follow), first);
  } catch (error) {
    return panel.fail(error.sentence ?? String(error), () => layBatch(id, { asOf, ...on }, first));
  }
}
