/** The panel: whose figures, the headline and what it is made of, status chips, features and townships. */
import { shareBar, stackedBar } from "./bars.js";
import { choose } from "./choropleth.js";
import { byId, h, icon, layerSign } from "./dom.js";
import { featureList } from "./feature_list.js";
import { countMeasure, shareOf } from "./figures.js";
import { figuresOf, isMine, known, measure, monitored, placeName, scope, subject, subjectName } from "./known.js";
import { address } from "./request.js";
import { change, onChange, state, toggled } from "./state.js";
import { moneyHeadline } from "./money_headline.js";
import { statusOf, statusSign } from "./status.js";
import { syncPill } from "./sync.js";
import { townshipList } from "./township_list.js";
import { headed, label, listed, number, percent, quantity, t, withUnit } from "./text.js";
import { config, isFile } from "./config.js";
import { menuButton } from "./menu.js";

/** Chips in the order of the work, what is late last. */
const CHIPS = ["not_started", "under_way", "completed", "accepted", "overdue"];

/** "259 / 486 处", with what the denominator is where it is not simply all of them. */
export function fraction(row, unit) {
  return `${number(row.numerator)} / ${quantity(row.denominator, label(unit.label))}`;
}

function measureChoice() {
  const layer = subject();
  if (!layer || layer.measures.length < 2) return null;
  const options = layer.measures.map(({ code, label: name, unit }) =>
    h("option", { value: code, selected: code === measure().code }, withUnit(label(name), label(unit.label))),
  );
  return h(
    "label",
    { class: "choice" },
    h("span", { class: "sr-only" }, t("计量")),
    h("select", { id: "measure", onchange: (event) => change({ measure: event.target.value }) }, options),
  );
}

/** What the share was divided from; with a target, also how much there is in all, which bars and rings show. */
function denominatorSaid({ denominator, denominator_kind, population }) {
  if (denominator_kind !== "target") return t("分母为全部登记");
  const total = quantity(population, label(measure().unit.label));
  return denominator > 0 ? t("分母为目标，登记共 {total}", { total }) : t("没有任务，登记共 {total}", { total });
}

/** The way to the page of the township chosen, where its features are listed with what comes next. */
function townshipPage() {
  if (isFile || !known.townships.has(state.township) || !isMine(state.township)) return null;
  const asked = new URLSearchParams(location.search);
  const query = { as_of: state.asOf === known.last ? asked.get("as_of") : state.asOf, lang: asked.get("lang") };
  return h("a", { class: "to-page", href: address(`/township/${state.township}`, query).href }, t("乡镇页面"), icon("chevron-right", 16));
}

/** The big number, and the numbers it was divided from. */
function headline() {
  const figure = figuresOf(scope());
  const { share, row } = figure;
  const late = figure.mix.overdue ?? 0;
  const crumb = state.township
    ? h("button", { type: "button", class: "crumb", onclick: () => choose(null) }, icon("chevron-left", 16), t("全县"))
    : h("span", { class: "small" }, subjectName());
  const basis = row
    ? [
        h("p", { class: "fraction" }, fraction(row, measure().unit)),
        shareBar(share ?? 0),
        h("p", { class: "small" }, denominatorSaid(row)),
      ]
    : h("p", { class: "small" }, share === null ? t("还没有可算的数") : t("{n} 类完成率的简单平均", { n: figure.layers }));
  return h(
    "section",
    { class: "headline" },
    h(
      "div",
      null,
      crumb,
      h("p", { class: "big", id: "headline" }, share === null ? "–" : percent(share), h("small", null, share === null ? "" : "%")),
      state.township && h("p", { class: "scope" }, placeName(state.township)),
      townshipPage(),
    ),
    h(
      "div",
      { class: "basis" },
      h("p", { class: late ? "late" : "small" }, h("b", null, number(late)), " ", row ? label(measure().unit.label) : "", " ", t("逾期")),
      basis,
    ),
    measureChoice(),
  );
}

/** Every layer with its share, bar and fraction; each leads to its own figures. */
function subjects() {
  const missing = [];
  const cells = monitored().map((layer) => {
    const { unit } = layer.measures[0];
    const row = known.figures.row(scope(), layer, layer.measures[0]);
    const counted = known.figures.row(scope(), layer, countMeasure(layer));
    const share = shareOf(row);
    if (share === null) {
      missing.push(label(layer.label));
      return null;
    }
    return h(
      "button",
      { type: "button", class: "subject", title: label(layer.label), "data-layer": layer.code, onclick: () => change({ layer: layer.code, measure: null, money: false }) },
      h("span", { class: "subject-name" }, layerSign(layer), h("span", null, label(layer.label)), h("b", null, `${percent(share)}%`)),
      stackedBar((counted ?? row).status),
      h("span", { class: "small" }, fraction(row, unit)),
    );
  });
  return h(
    "section",
    { class: "subjects", "aria-label": t("各类进展") },
    cells,
    missing.length > 0 && cells.some(Boolean) && h("p", { class: "small missing" }, headed(t("暂无数据"), listed(missing))),
  );
}

/** How many reached each milestone of the chosen layer. */
function ladder() {
  const row = known.figures.row(scope(), subject(), measure());
  if (!row) return h("p", { class: "calm" }, t("这里没有这一类的数据。"));
  const reached = row.milestones ?? {};
  const steps = subject().milestones.filter(({ code }) => code in reached);
  return h(
    "section",
    { class: "ladder", "aria-label": t("各环节") },
    stackedBar(row.status),
    h(
      "ol",
      null,
      steps.map(({ code, label: name, completes }) =>
        h(
          "li",
          { class: completes ? "completes" : "" },
          h("span", { class: "step" }, label(name)),
          shareBar(row.population ? reached[code] / row.population : 0),
          h("b", null, number(reached[code])),
        ),
      ),
    ),
    h("p", { class: "small" }, t("加粗的环节为完成；条长为占登记总数 {total} 的比例", {
      total: quantity(row.population, label(measure().unit.label)),
    })),
  );
}

/** Counts by status; a chip pressed leaves only its status on the map. */
function chips() {
  const { mix } = figuresOf(scope());
  const unit = subject() ? label(measure().unit.label) : t("个要素");
  return h(
    "section",
    { class: "chips", role: "group", "aria-label": t("按状态筛选") },
    CHIPS.map((code) => statusOf[code]).map(({ code, label: name }) =>
      h(
        "button",
        {
          type: "button",
          class: "filter",
          "data-status": code,
          "aria-pressed": String(state.statuses.has(code)),
          title: quantity(mix[code] ?? 0, unit),
          onclick: () => change({ statuses: toggled(state.statuses, code) }),
        },
        statusSign(code),
        label(name),
        h("b", null, number(mix[code] ?? 0)),
      ),
    ),
  );
}

/** Nothing to show: because nothing was imported yet, or because the day chosen is before everything. */
function emptyCard() {
  const sentences = config.empty
    ? [
        h("h2", null, t("还没有数据")),
        h("p", null, t("地图已经就绪，只差第一份数据。导入后，各乡镇的进度会显示在这里。")),
        !isFile && h("p", null, t("在服务器上运行：")),
        !isFile && h("pre", null, ["shanhe import", t("隐患点.gpkg"), "--layer hazard_point"].join(" ")),
      ]
    : [h("h2", null, t("这一天还没有数据")), h("p", null, t("这一天之前没有登记。请把时间往后移。"))];
  return h("section", { class: "empty" }, sentences);
}

/** Builds the panel and keeps it true to the state. @returns its redraw */
export function makePanel(popup) {
  const body = h("div", { class: "panel-body" });
  byId("panel").querySelector(".head").replaceChildren(
    h("h1", { id: "title" }, label(config.title)),
    h("p", { id: "as-of" }),
    syncPill(),
    menuButton() ?? "",
  );
  const top = h("div", null, h("div", { class: "waiting", "aria-hidden": "true" }, Array.from({ length: 4 }, () => h("p", { class: "skeleton" }))));
  const middle = featureList(popup);
  const list = townshipList();
  const slot = h("div", { id: "timeline-slot" });
  body.append(top, slot, middle.element, list.element);
  byId("panel").querySelector("noscript")?.remove();
  byId("panel").append(body);

  function redraw() {
    byId("as-of").textContent = [t("数据截至"), state.asOf].join(" ");
    const focused = document.activeElement?.closest?.("#panel [data-status], #panel [data-layer], #measure");
    const empty = known.figures.isEmpty;
    document.body.classList.toggle("is-empty", empty && config.empty);
    top.replaceChildren(...(empty ? [emptyCard()] : [state.money ? moneyHeadline() : headline(), state.layer ? ladder() : subjects(), chips()]));
    list.redraw();
    if (focused) refocus(top, focused);
  }

  onChange(redraw, ["layer", "measure", "money", "township", "statuses", "sort"]);
  return redraw;
}

/** The panel is drawn anew; who came by keyboard stays where they were. */
function refocus(root, gone) {
  const name = gone.id ? `#${gone.id}` : gone.dataset.status ? `[data-status="${gone.dataset.status}"]` : ".headline button, .filter";
  root.querySelector(name)?.focus({ preventScroll: true });
}
