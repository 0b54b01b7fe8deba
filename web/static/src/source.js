/** Layers, places, figures and features: from the page itself where it holds them, from the API otherwise. */
import { config, hold, inlined, isFile } from "./config.js";
import { anchorOf, insidePolygons, polygonsOf } from "./geometry.js";
import { rowsOf, unpackBlocks } from "./packed.js";
import { address, forget, getJson } from "./request.js";
import { unstepped } from "./steps.js";
import { withSums } from "./sums.js";

const { urls, county } = config;
const PAGE = 1000;
/** Most features of one layer that are drawn one by one; beyond it the reader is told. */
export const MOST = 10_000;

/** The declared layers in their order. */
export async function loadLayers() {
  const { layers } = inlined("layers") ?? (await getJson(address(urls.layers)));
  return [...layers].sort((one, other) => one.order - other.order);
}

/** The townships as GeoJSON features. */
export async function loadTownships() {
  const given = inlined("townships");
  return given ? unstepped(given) : (await getJson(address(urls.org_units, { level: "township", geometry: true }))).features;
}

/** The county's outline as GeoJSON features. */
export async function loadOutline() {
  const given = inlined("outline");
  if (given) return unstepped(given);
  const { features } = await getJson(address(urls.org_units, { level: "county", geometry: true }));
  return features.filter((feature) => feature.properties.code === county.code);
}

/** Opens what a one-file map holds; to be awaited before anything is loaded. */
export async function open() {
  if (isFile) hold(await unpackBlocks(inlined("packed")));
  first = inlined("progress");
  held = isFile ? rowsOf(inlined("features")) : [];
}

let first;

/** Asks anew for everything that may have changed on the server. */
export function refresh() {
  if (isFile) return;
  first = undefined;
  forget();
}

/** As {@link refresh}, with the figures of the page's day that came by now. */
export function renew(figures) {
  forget();
  first = figures;
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

/** The features that a one-file map holds. */
let held = [];

const lies = (feature, unit) =>
  unit === county.code || (unit === OUTSIDE ? !feature.properties.township : feature.properties.township === unit);

/**
 * The features of a layer in a unit on a day, page after page, `most` of them.
 * @param {{layer: string, unit: string, asOf: string, status?: string | null, most: number, signal: AbortSignal}} query
 * @param {(features: any[], matched: number) => void} onPage called with all that came so far
 */
export async function loadFeatures({ layer, unit, asOf, status, most, signal }, onPage) {
  if (isFile) {
    const found = held.filter((feature) => feature.properties.layer === layer && lies(feature, unit));
    onPage(found, found.length);
    return;
  }
  const features = [];
  let url = address(urls.features, { layer, org_unit: unit, as_of: asOf, status, limit: Math.min(PAGE, most) });
  while (url) {
    const page = await getJson(url, { signal });
    features.push(...page.features);
    onPage(features, page.number_matched ?? features.length);
    url = page.next && features.length < most ? here(page.next) : null;
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

/** The feature of a layer at a position, or the nearest one within a reach in degrees; null where none is. */
export async function loadFeatureAt(layer, { lng, lat }, reach, asOf, signal) {
  const bbox = [lng - reach, lat - reach, lng + reach, lat + reach].map((degrees) => degrees.toFixed(7)).join(",");
  const { features } = await getJson(address(urls.features, { layer, bbox, as_of: asOf, limit: BESIDE }), { signal, keep: false });
  const inside = features.find(({ geometry }) => insidePolygons(lng, lat, polygonsOf(geometry)));
  const far = ({ geometry }) => Math.hypot(anchorOf(geometry)[0] - lng, anchorOf(geometry)[1] - lat);
  return inside ?? features.sort((one, other) => far(one) - far(other))[0] ?? null;
}

/** Letters that may be the pinyin initials of a name. */
const INITIALS = /^[a-z]{2,12}$/i;
const FOUND = 8;
/** Features around a position among which the one there is looked for. */
const BESIDE = 60;

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
