/** Layers, places, figures and features: from the page itself where it holds them, from the API otherwise. */
import { config, inlined, isFile } from "./config.js";
import { address, forget, getJson } from "./request.js";
import { withSums } from "./sums.js";

const { urls, county } = config;
const PAGE = 1000;
/** Most features of one layer that are drawn at once; beyond it the reader is told. */
export const MOST = 10_000;

/** The declared layers in their order. */
export async function loadLayers() {
  const { layers } = inlined("layers") ?? (await getJson(address(urls.layers)));
  return [...layers].sort((one, other) => one.order - other.order);
}

/** The townships as GeoJSON features. */
export async function loadTownships() {
  const url = isFile || address(urls.org_units, { level: "township", geometry: true });
  return (inlined("townships") ?? (await getJson(url))).features;
}

/** The county's outline as GeoJSON features. */
export async function loadOutline() {
  const given = inlined("outline");
  if (given) return given.features ?? [given];
  const { features } = await getJson(address(urls.org_units, { level: "county", geometry: true }));
  return features.filter((feature) => feature.properties.code === county.code);
}

let first = inlined("progress");

/** Asks anew for everything that may have changed on the server. */
export function refresh() {
  if (isFile) return;
  first = undefined;
  forget();
}

/** The rows of every township and the county on a day. */
export async function loadProgress(asOf, signal) {
  const url = isFile || address(urls.progress, { as_of: asOf, org_unit: county.code, by: "township" });
  const { rows } = first && first.as_of === asOf ? first : await getJson(url, { signal });
  return config.mine ? withSums(rows, county.code, config.mine) : rows;
}

/** What was spent by a day: in all, and in each township. */
export const loadMoney = (asOf, signal) => getJson(address(urls.money, { as_of: asOf }), { signal });

/** The months of a layer's measures; null where the page may not ask. */
export async function loadSeries(layer, unit, signal) {
  if (isFile) return null;
  return getJson(address(urls.series, { layer, org_unit: unit, as_of: config.as_of }), { signal });
}

/** Features that lie in no township are asked for under this name. */
export const OUTSIDE = "outside";

const held = isFile ? (inlined("features")?.features ?? []) : [];
const lies = (feature, unit) =>
  unit === county.code || (unit === OUTSIDE ? !feature.properties.township : feature.properties.township === unit);

/**
 * The features of a layer in a unit on a day, page after page.
 * @param {{layer: string, unit: string, asOf: string, signal: AbortSignal}} query
 * @param {(features: any[], matched: number) => void} onPage called with all that came so far
 */
export async function loadFeatures({ layer, unit, asOf, signal }, onPage) {
  if (isFile) {
    const found = held.filter((feature) => feature.properties.layer === layer && lies(feature, unit));
    onPage(found, found.length);
    return;
  }
  const features = [];
  let url = address(urls.features, { layer, org_unit: unit, as_of: asOf, limit: PAGE });
  while (url) {
    const page = await getJson(url, { signal });
    features.push(...page.features);
    onPage(features, page.number_matched ?? features.length);
    url = page.next && features.length < MOST ? here(page.next) : null;
  }
}

/** An address the server wrote, on the origin the reader uses: behind a proxy the server may know another one. */
function here(link) {
  const { pathname, search } = new URL(link, location.href);
  return new URL(pathname + search, location.href);
}

/** One feature with attributes and milestones. */
export async function loadFeature(id, asOf, signal) {
  if (isFile) return held.find((feature) => feature.id === id) ?? null;
  return getJson(address(`${urls.features}/${encodeURIComponent(id)}`, { as_of: asOf }), { signal });
}

/** Letters that may be the pinyin initials of a name. */
const INITIALS = /^[a-z]{2,12}$/i;
const FOUND = 8;

/** Features whose code or name holds some letters, then those whose name they are the initials of. */
export async function searchFeatures(text, asOf, signal) {
  if (isFile) {
    const wanted = text.toLowerCase();
    const has = (value) => String(value ?? "").toLowerCase().includes(wanted);
    return held.filter(({ properties }) => has(properties.code) || has(properties.name)).slice(0, FOUND);
  }
  const ask = async (how) => (await getJson(address(urls.features, { ...how, as_of: asOf, limit: FOUND }), { signal })).features;
  const answers = await Promise.all([ask({ q: text }), INITIALS.test(text) ? ask({ initials: text }) : []]);
  return [...new Map(answers.flat().map((feature) => [feature.id, feature])).values()].slice(0, FOUND);
}

/** Villages by name, code or pinyin initials. */
export async function searchVillages(text, signal) {
  if (isFile) return [];
  const { features } = await getJson(address(urls.org_units, { level: "village", q: text }), { signal });
  return features.map(({ properties: { name, short_name: short, ...more }, ...feature }) => ({
    ...feature,
    properties: { ...more, name: { ...name, zh: short ?? name.zh } },
  }));
}
