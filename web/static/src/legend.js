/** The legend: what the classes, the hatch, the shapes and the colours mean, and how the share is made. */
import { config } from "./config.js";
import { byId, h, layerSign } from "./dom.js";
import { countMeasure } from "./figures.js";
import { county, known, measure, monitored, subject, subjectName } from "./known.js";
import { spendEdges } from "./spend.js";
import { onChange, state } from "./state.js";
import { statuses, statusSign } from "./status.js";
import { compact, label, t } from "./text.js";

const { progress, spend } = config.legend;

function meaning() {
  if (state.money) return t("已落到该乡镇各对象上的支出，圆圈中以万元计；没有分摊到对象的支出单列。");
  const layer = subject();
  if (!layer) return t("各类完成率的简单平均：每类先按各自的计量算，超过 100% 的按 100% 计。");
  const completing = layer.milestones.find(({ completes }) => completes);
  return t("完成率＝已到“{milestone}”的{measure} ÷ 应完成的{measure}", {
    milestone: label(completing.label),
    measure: label(measure().label),
  });
}

/** The classes that colour townships: their colours, and the edges between them as text. */
export function rampOf() {
  const edges = state.money ? spendEdges().map(compact) : progress.edges;
  const unit = state.money ? "" : "%";
  const { colours } = state.money ? spend : progress;
  return { colours, edges: edges.map((edge, i) => (i === edges.length - 1 ? `${edge}${unit}` : String(edge))) };
}

/** The layers whose features may be on the map. */
export function layersShown() {
  const shown = state.layer ? [subject()] : monitored().filter((layer) => known.figures.row(county.code, layer, countMeasure(layer)));
  return shown.filter(({ code }) => !state.hidden.has(code));
}

/** Builds the legend and keeps it true to the state. @returns its redraw, and where the time line goes */
export function makeLegend() {
  const slot = h("div", { class: "timeline-slot" });
  const title = h("h2");
  const about = h("p", { class: "small meaning" });
  const signs = h("ul", { class: "signs" });
  const ramp = h("div", { class: "ramp", "aria-hidden": "true" });
  const scale = h("div", { class: "ramp-edges" });
  const noData = h("span", { class: "no-data-key" }, h("i", { class: "swatch none" }), t("暂无数据"));
  byId("legend").append(
    h("div", { class: "legend-head" }, title, noData),
    h("div", { class: "ramp-box" }, ramp, scale),
    about,
    slot,
    signs,
    h("ul", { class: "signs" }, statuses.map(({ code, label: name }) => h("li", null, statusSign(code), label(name)))),
    config.notes.map((note) => h("p", { class: "small" }, label(note))),
  );

  function redraw() {
    title.textContent = subjectName();
    const { colours, edges } = rampOf();
    ramp.replaceChildren(...colours.map((colour) => h("i", { style: { background: colour } })));
    scale.replaceChildren(...edges.map((edge) => h("span", null, edge)));
    about.textContent = meaning();
    signs.replaceChildren(...layersShown().map((layer) => h("li", null, layerSign(layer, 12), label(layer.label))));
  }
  onChange(redraw, ["layer", "measure", "money", "hidden"]);
  return { redraw, slot };
}
