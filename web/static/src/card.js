/** The card of one feature: status, milestones with their dates, measures, attributes, and the way there. */
import { personal } from "./card_personal.js";
import { config, isFile } from "./config.js";
import { h, icon, layerSign } from "./dom.js";
import { COUNTED } from "./figures.js";
import { anchorOf } from "./geometry.js";
import { known, placeName } from "./known.js";
import { complain } from "./notice.js";
import { script } from "./request.js";
import { state } from "./state.js";
import { statusOf, statusSign } from "./status.js";
import { label, listed, quantity, saysUnit, t, yuan } from "./text.js";

const SQUARE_METRES_PER_MU = 2000 / 3;

/** What the API tells of one feature only; it stands among the properties or beside them. */
const told = (feature, name) => feature.properties[name] ?? feature[name];

/** Whether the feature came with everything there is to show. */
export const isWhole = (feature) => Boolean(told(feature, "milestones"));

/** The unit of a column, which names it by code, where one of it is one. */
function unitOf(column) {
  const code = column.unit?.code ?? column.unit;
  if (!COUNTED.has(code) || saysUnit(label(column.label))) return "";
  const measures = [...known.layers.values()].flatMap((layer) => layer.measures);
  return label(measures.find(({ unit }) => unit.code === code)?.unit.label);
}

/** A value of a column in words: code lists by their labels, yes and no, numbers with their unit. */
function attribute(column, value) {
  const coded = column.codes?.find(({ code }) => code === value);
  if (coded) return label(coded.label);
  if (typeof value === "boolean") return value ? t("是") : t("否");
  if (typeof value === "number") return quantity(value, unitOf(column));
  return Array.isArray(value) ? listed(value) : String(value);
}

const mu = (area) => quantity(area / SQUARE_METRES_PER_MU, t("亩"));

/** [name, value] of everything the feature states, most asked for first. */
function facts(feature, layer) {
  const { due_on, registered_area_m2, area_m2 } = feature.properties;
  const attributes = told(feature, "attributes") ?? {};
  const activities = told(feature, "activities") ?? [];
  const named = (layer.columns ?? [])
    .filter(({ name }) => attributes[name] !== null && attributes[name] !== undefined && attributes[name] !== "")
    .map((column) => [label(column.label), attribute(column, attributes[column.name])]);
  return [
    due_on && [t("计划完成"), due_on],
    registered_area_m2 && [t("登记面积"), mu(registered_area_m2)],
    area_m2 && layer.geometry === "polygon" && [t("图形面积"), mu(area_m2)],
    ...named,
    activities.length > 0 && [t("资金项目"), listed(activities.map(({ name }) => label(name)))],
  ].filter(Boolean);
}

/** The milestones in their order, reached ones with date and sign, pending ones said to be so. */
function milestones(feature, layer) {
  const records = told(feature, "milestones").filter(
    ({ state: standing, reached_on }) => (standing === "approved" || standing === "pending") && reached_on <= state.asOf,
  );
  const approvedLast = records.sort((one, other) => (other.state === "pending") - (one.state === "pending"));
  const reached = new Map(approvedLast.map((each) => [each.milestone, each]));
  return h(
    "ol",
    { class: "milestones" },
    layer.milestones.map(({ code, label: name, status }) => {
      const record = reached.get(code);
      const pending = record?.state === "pending";
      return h(
        "li",
        { class: record ? (pending ? "pending" : "reached") : "" },
        statusSign(record && !pending ? status : "not_started", 11),
        h("span", null, label(name)),
        h("span", { class: "day" }, record ? (pending ? t("待审核") : (record.reached_on ?? "")) : "–"),
      );
    }),
  );
}

/** Opens the form of a report; it is a script of its own, fetched ahead where there is a network. */
async function report(feature, layer) {
  const { id, properties: { code, name } } = feature;
  const reached = told(feature, "milestones").filter((each) => each.state === "approved").map((each) => [each.milestone, each.reached_on]);
  try {
    const { openReport } = await script(config.urls.report_script);
    openReport({ id, layer: layer.code, code, name, reached }, { layer });
  } catch (error) {
    complain(error, () => report(feature, layer));
  }
}

const SHOWN = 3;

/** What the feature looked like last, and when somebody was there. */
function seen(feature) {
  const taken = told(feature, "photographs") ?? [];
  const day = told(feature, "last_seen_on");
  if (!day) return null;
  return h(
    "section",
    { class: "seen" },
    h("h3", null, t("最近现场查看"), h("span", { class: "day" }, day)),
    taken.length > 0 &&
      h(
        "ul",
        null,
        taken.slice(0, SHOWN).map(({ report: id, number: n, seen_on: on }) => {
          const address = `${config.urls.report}/${id}/photographs/${n}`;
          return h("li", null, h("a", { href: address, target: "_blank", rel: "noopener" }, h("img", { src: `${address}?small=true`, alt: t("{day} 的照片", { day: on }), loading: "lazy" })));
        }),
      ),
  );
}

/** The payments that reached the feature by the day shown, and their sum. */
function money(feature) {
  const payments = told(feature, "money") ?? [];
  if (payments.length === 0) return null;
  return h(
    "section",
    { class: "money" },
    h("h3", null, t("收到的资金"), h("b", null, yuan(told(feature, "received")))),
    h(
      "ol",
      null,
      payments.map(({ name, value_date: day, amount }) =>
        h("li", null, h("span", null, label(name)), h("span", { class: "day" }, day), h("b", null, yuan(amount))),
      ),
    ),
  );
}

const township = ({ township: code, village }) =>
  [code ? placeName(code) : t("乡镇界外"), village && label(village.name)].filter(Boolean).join(" · ");

/**
 * The card of a feature.
 * @param {any} feature GeoJSON feature; `attributes` and `milestones` may still be missing
 * @param {any} layer its declaration
 * @param {{loading: boolean, problem: string | null, close: () => void}} shown
 */
export function card(feature, layer, { loading, problem, close }) {
  const { properties } = feature;
  const [lon, lat] = anchorOf(feature.geometry).map((degrees) => degrees.toFixed(6));
  const name = properties.name || properties.code;
  const chip = layer.reference
    ? null
    : h("span", { class: "chip" }, statusSign(properties.status), label(statusOf[properties.status].label));
  return h(
    "article",
    { class: "card", "aria-label": name },
    h(
      "header",
      null,
      h("p", { class: "kicker" }, layerSign(layer, 12), label(layer.label), " · ", properties.code),
      h("button", { type: "button", class: "close", "aria-label": t("关闭"), onclick: close }, icon("x", 18)),
    ),
    h("h2", null, isFile ? name : h("a", { href: `${config.urls.record}/${encodeURIComponent(feature.id)}${location.search}` }, name)),
    h("p", { class: "place" }, township(properties), chip),
    h(
      "div",
      { class: "card-body" },
      problem && h("p", { class: "calm" }, problem),
      loading && h("p", { class: "skeleton", "aria-label": t("正在读取") }),
      isWhole(feature) && layer.milestones.length > 0 && milestones(feature, layer),
      !isFile && seen(feature),
      money(feature),
      h("dl", null, facts(feature, layer).map(([term, value]) => [h("dt", null, term), h("dd", null, value)])),
      isWhole(feature) && personal(feature, layer),
      properties.illustrative && h("p", { class: "calm" }, t("示意数据，非真实登记")),
    ),
    h(
      "footer",
      null,
      h("span", { class: "position" }, `${lat.slice(0, -1)}°N ${lon.slice(0, -1)}°E`),
      isWhole(feature) && config.reportable.includes(layer.code) && h("button", { type: "button", class: "button primary", onclick: () => report(feature, layer) }, icon("pencil", 16), t("上报进度")),
      h(
        "a",
        { class: "button", href: `geo:${lat},${lon}?q=${lat},${lon}(${encodeURIComponent(name)})` },
        icon("navigation", 16),
        t("导航"),
      ),
    ),
  );
}
