/** The townships as a list: class, mix of statuses, what is overdue, the share or the money; by these or by delay. */
import { stackedBar } from "./bars.js";
import { choose } from "./choropleth.js";
import { h } from "./dom.js";
import { figuresOf, isMine, known, measure, placeName, subject } from "./known.js";
import { paintOf } from "./paint.js";
import { OUTSIDE } from "./source.js";
import { notPlaced } from "./spend.js";
import { change, state } from "./state.js";
import { label, number, quantity, t, yuan } from "./text.js";

const late = ({ mix }) => mix.overdue ?? 0;

/** Best first by progress, most first by delay; without data last. */
const orders = {
  progress: (one, other) => (other.paint?.value ?? -1) - (one.paint?.value ?? -1),
  delay: (one, other) => late(other.figure) - late(one.figure) || orders.progress(one, other),
};

/** What the number of a row was made from. */
function basisOf({ row: behind, layers }) {
  if (state.money) return null;
  return behind
    ? `${number(behind.numerator)} / ${quantity(behind.denominator, label(measure().unit.label))}`
    : t("{n} 类平均", { n: layers });
}

function row({ code, figure, paint }) {
  const basis = basisOf(figure);
  return h(
    "li",
    null,
    h(
      "button",
      {
        type: "button",
        class: "row",
        "data-township": code,
        "aria-pressed": String(state.township === code),
        onclick: () => choose(state.township === code ? null : code),
      },
      h("i", { class: paint ? "swatch" : "swatch none", style: paint ? { background: paint.colour } : {} }),
      h("span", { class: "name" }, placeName(code)),
      paint
        ? h("span", { class: "mix" }, stackedBar(figure.mix), basis && h("span", { class: "small" }, basis))
        : h("span", { class: "no-data" }, figure.row ? t("没有任务") : t("暂无数据")),
      h("span", { class: late(figure) ? "late" : "late none", title: t("逾期") }, paint ? number(late(figure)) : ""),
      h("b", null, paint?.long ?? "–"),
    ),
  );
}

/** Features outside every township: never dropped, listed last. */
function outside() {
  const figure = figuresOf(OUTSIDE);
  if (!figure.total) return null;
  const unit = subject() ? label(measure().unit.label) : t("个要素");
  return h(
    "li",
    { class: "outside" },
    h(
      "button",
      {
        type: "button",
        class: "row",
        "data-township": OUTSIDE,
        "aria-pressed": String(state.township === OUTSIDE),
        onclick: () => choose(state.township === OUTSIDE ? null : OUTSIDE),
      },
      h("i", { class: "swatch outside" }),
      h("span", { class: "name" }, t("乡镇界外")),
      h("span", { class: "mix" }, stackedBar(figure.mix), h("span", { class: "small" }, t("不在任何乡镇内，请核对坐标或归属"))),
      h("span", { class: "late" }, number(late(figure))),
      h("b", { title: quantity(figure.total, unit) }, number(figure.total)),
    ),
  );
}

/** Money that no feature has received yet: as visible as what has been placed. */
function remainder() {
  const amount = notPlaced();
  if (!state.money || !amount) return null;
  const name = h("span", { class: "name" }, t("尚未落到图上"));
  const link = h("a", { class: "row", href: "/money" }, h("i", { class: "swatch outside" }), name, h("b", null, yuan(amount)));
  return h("li", { class: "outside" }, link);
}

/** @returns {{element: HTMLElement, redraw: () => void}} */
export function townshipList() {
  const sorts = () => ({ progress: state.money ? t("按支出") : t("按进度"), delay: t("按逾期") });
  const heads = h("div", { class: "sorts", role: "group", "aria-label": t("排序") });
  const list = h("ol", { class: "townships" });
  const element = h("section", { class: "township-list" }, h("header", null, h("h2", null, t("乡镇进展")), heads), list);

  function redraw() {
    const focused = list.contains(document.activeElement) ? document.activeElement.dataset.township : null;
    heads.replaceChildren(
      ...Object.entries(sorts()).map(([code, name]) =>
        h("button", { type: "button", "data-sort": code, "aria-pressed": String(state.sort === code), onclick: () => change({ sort: code }) }, name),
      ),
    );
    const rows = [...known.townships.keys()].filter(isMine).map((code) => ({ code, figure: figuresOf(code), paint: paintOf(code) }));
    list.replaceChildren(...rows.sort(orders[state.sort]).map(row), outside() ?? "", remainder() ?? "");
    if (focused) list.querySelector(`[data-township="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }
  return { element, redraw };
}
