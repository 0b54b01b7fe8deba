/** The map on paper: one A4 page across with map, legend and the table of townships, made when it is printed. */
import { config } from "./config.js";
import { byId, h } from "./dom.js";
import { figuresOf, isMine, known, measure, placeName, scope, county } from "./known.js";
import { paintMap, seenPart, tilesOf } from "./map_canvas.js";
import { paintOf } from "./paint.js";
import { matter } from "./picture.js";
import { OUTSIDE } from "./source.js";
import { notPlaced } from "./spend.js";
import { state } from "./state.js";
import { label, number, quantity, t, yuan } from "./text.js";

/** Pixels on paper for each of the screen. */
const DENSITY = 3;

function row(code, name = placeName(code)) {
  const figure = figuresOf(code);
  const paint = paintOf(code);
  const basis = figure.row
    ? `${number(figure.row.numerator)} / ${quantity(figure.row.denominator, label(measure().unit.label))}`
    : t("{n} 类平均", { n: figure.layers });
  const late = figure.mix.overdue ?? 0;
  const swatch = h("i", { class: paint ? "swatch" : "swatch none", style: paint ? { background: paint.colour } : {} });
  return h(
    "tr",
    { class: state.township === code ? "chosen" : null },
    h("th", { scope: "row" }, swatch, name),
    !state.money && h("td", null, paint ? basis : figure.row ? t("没有任务") : t("暂无数据")),
    h("td", null, h("b", null, paint?.long ?? "–")),
    h("td", { class: late ? "late" : null }, figure.total ? number(late) : "–"),
  );
}

/** Features in no township, and money that no feature has received: as visible as the rest. */
function remainders() {
  const outside = figuresOf(OUTSIDE);
  const unplaced = state.money ? notPlaced() : 0;
  const unit = state.layer ? label(measure().unit.label) : t("个要素");
  return [
    outside.total ? h("tr", null, h("th", { scope: "row" }, t("乡镇界外")), !state.money && h("td", null, quantity(outside.total, unit)), h("td", null, "–"), h("td", null, number(outside.mix.overdue ?? 0))) : null,
    unplaced ? h("tr", null, h("th", { scope: "row" }, t("尚未落到图上")), h("td", null, h("b", null, yuan(unplaced))), h("td", null, "–")) : null,
  ];
}

function table() {
  const codes = [...known.townships.keys()].filter(isMine);
  const value = (code) => paintOf(code)?.value ?? -1;
  const late = (code) => figuresOf(code).mix.overdue ?? 0;
  codes.sort((one, other) => (state.sort === "delay" ? late(other) - late(one) : 0) || value(other) - value(one));
  const heads = [t("乡镇"), !state.money && t("完成情况"), state.money ? t("支出") : t("完成率"), t("逾期")].filter(Boolean);
  return h(
    "table",
    null,
    h("thead", null, h("tr", null, heads.map((head) => h("th", { scope: "col" }, head)))),
    h("tbody", null, codes.map((code) => row(code)), remainders()),
    h("tfoot", null, row(county.code, config.mine ? t("合计") : t("全县"))),
  );
}

function legend() {
  const copy = byId("legend").cloneNode(true);
  copy.removeAttribute("id");
  copy.className = "printed-legend";
  copy.querySelector(".timeline-slot")?.remove();
  return copy;
}

/** Makes the page whenever the browser is about to print, and takes it away afterwards. */
export function keepPrintSheet(map, features, attribution) {
  function make() {
    byId("printed")?.remove();
    const part = seenPart(map);
    const sheet = h("canvas", { width: Math.round(part.width * DENSITY), height: Math.round(part.height * DENSITY) });
    const canvas = sheet.getContext("2d");
    canvas.scale(DENSITY, DENSITY);
    paintMap(canvas, map, features, part, { tiles: tilesOf(map), attribution: attribution() });
    document.body.append(
      h(
        "section",
        { id: "printed", "data-scope": scope() },
        h("header", null, h("h1", null, label(config.title)), h("p", null, matter())),
        h("div", { class: "printed-map" }, sheet),
        h("div", { class: "printed-side" }, table(), legend()),
        h("footer", null, t("数据来源：本县自然资源局的要素、进度和资金台账")),
      ),
    );
  }
  addEventListener("beforeprint", make);
  addEventListener("afterprint", () => byId("printed")?.remove());
}
