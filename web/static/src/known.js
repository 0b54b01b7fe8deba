/** What the page knows once it has started: the layers, the places, and the figures of the day shown. */
import { config } from "./config.js";
import { Figures } from "./figures.js";
import { state } from "./state.js";
import { label, t } from "./text.js";

export const county = config.county;

export const known = {
  /** @type {Map<string, any>} layer by code, in order */
  layers: new Map(),
  /** @type {Map<string, any>} township GeoJSON feature by code */
  townships: new Map(),
  /** @type {Map<string, any>} GeoJSON feature of each village that was searched for, by code */
  villages: new Map(),
  /** @type {any[]} the county's outline as GeoJSON features */
  outline: [],
  figures: new Figures([], new Map()),
  /** First and last day the slider offers, YYYY-MM-DD. */
  first: "",
  last: config.as_of,
};

/** Whether the reader sees what lies in a township. */
export const isMine = (code) => !config.mine || config.mine.includes(code);

/** Layers with milestones. */
export const monitored = () => [...known.layers.values()].filter((layer) => !layer.reference);
export const references = () => [...known.layers.values()].filter((layer) => layer.reference);

/** The layer chosen, null for all together. */
export const subject = () => (state.layer ? known.layers.get(state.layer) : null);

/** The measure in which the chosen layer is counted. */
export function measure() {
  const layer = subject();
  return layer && (layer.measures.find(({ code }) => code === state.measure) ?? layer.measures[0]);
}

/** The unit whose figures the panel shows. */
export const scope = () => state.township ?? county.code;

/** The name of a township or of the county. */
export function placeName(code) {
  if (code === county.code) return label(county.name);
  const township = known.townships.get(code);
  return township ? label(township.properties.name) : t("乡镇界外");
}

/** The name of the village chosen; `feature` is one that lies in it, for a village that only the address names. */
export function villageName(feature) {
  const village = known.villages.get(state.village)?.properties ?? feature?.properties.village;
  return village ? label(village.name) : t("所选的村");
}

/** What the reader looks at, in words. */
export const subjectName = () => (state.money ? t("资金") : state.layer ? label(subject().label) : t("总进度"));

/** The figures of a unit for the chosen layer and measure. */
export const figuresOf = (unit) => known.figures.of(unit, subject(), measure());
