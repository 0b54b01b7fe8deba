/**
 * Which features are on the map: those of the township chosen or looked at, loaded page by page and kept for a while; large
 * layers come as tiles, and of the township chosen as the first of a list.
 */
import { debounced } from "./dom.js";
import { FeatureLayer } from "./feature_layer.js";
import { insidePolygons, polygonsOf } from "./geometry.js";
import { countyZoom } from "./ground.js";
import { countMeasure } from "./figures.js";
import { county, known, monitored, references, subject } from "./known.js";
import { GeoJSON } from "./leaflet.js";
import { complain } from "./notice.js";
import { loadFeatures, MOST, OUTSIDE } from "./source.js";
import { shapeOf } from "./shapes.js";
import { onChange, state } from "./state.js";
import { FeatureTiles } from "./tile_layer.js";
import { FEW, forgetTiles, isTiled } from "./tile_source.js";

/** At most so many townships, and so many answers at a time. */
const TOWNSHIPS = 4;
const AT_ONCE = 3;
/** So many of a large layer are listed. */
const LISTED = 200;

/** The layers that are drawn from tiles where the map is near enough. */
export function tiledLayers() {
  const laid = references().filter(({ code }) => state.references.has(code));
  return [...(subject() ? [subject()] : monitored()), ...laid].filter(isTiled);
}

const listeners = [];
/** @param {(loaded: {shapes: any[], matched: number, loading: boolean, cut: number}) => void} listener */
export const onFeatures = (listener) => listeners.push(listener);

/** Keeps the features on the map true to the state. @returns the canvas layer */
export function keepFeatures(map) {
  const tiles = new FeatureTiles({ maxZoom: map.getMaxZoom() });
  const layer = new FeatureLayer(tiles).addTo(map);
  const boxes = [...known.townships].map(([code, feature]) => [code, new GeoJSON(feature).getBounds(), feature]);
  /** "layer unit day status" -> {shapes, matched, done, abort} */
  let wanted = new Map();

  function units() {
    if (state.township) return [state.township];
    const found = new Set();
    if (map.getZoom() > countyZoom(map) + 1.4) {
      const view = map.getBounds().pad(-0.2);
      const { lat, lng } = map.getCenter();
      const distance = ([, box]) => box.getCenter().distanceTo(map.getCenter());
      const middle = boxes.find(([, , feature]) => insidePolygons(lng, lat, polygonsOf(feature.geometry)));
      if (middle) found.add(middle[0]);
      const near = boxes.filter(([, box]) => box.intersects(view)).sort((one, other) => distance(one) - distance(other));
      for (const [code] of near) if (found.size < TOWNSHIPS) found.add(code);
    }
    return [...found];
  }

  /** A township's features of a large layer as a list, those of each status by themselves where some are chosen. */
  const listed = (each) => (state.statuses.size ? [...state.statuses] : [null]).map((status) => ({ layer: each, unit: state.township, status, most: LISTED }));

  function queries(shown) {
    const chosen = subject() ? [subject()] : monitored();
    const list = shown.flatMap((unit) =>
      chosen
        .filter((each) => known.figures.row(unit, each, countMeasure(each)))
        .flatMap((each) => (!isTiled(each) ? [{ layer: each, unit: unitOf(each, unit) }] : unit === state.township ? listed(each) : [])),
    );
    for (const each of references().filter(({ code }) => state.references.has(code))) {
      if (isTiled(each)) continue;
      const places = each.features <= FEW ? [county.code] : shown;
      list.push(...places.map((unit) => ({ layer: each, unit: unitOf(each, unit) })));
    }
    return list;
  }

  /** In a village only what lies in it is asked for where there would be much of a layer. */
  const unitOf = (each, unit) => (state.village && unit === state.township && each.features > FEW ? state.village : unit);

  /** Tiles are asked for where the map is near enough that features are shown. */
  function updateTiles(shown) {
    const codes = tiledLayers().map(({ code }) => code);
    if (!codes.length || !shown.length) return tiles.remove();
    const filter = [state.township, ...state.statuses, "", ...state.hidden].join(" ");
    tiles.show({ layers: codes, asOf: state.asOf, filter, wants });
    if (!map.hasLayer(tiles)) tiles.addTo(map);
    return undefined;
  }
  tiles.on("failed", ({ error }) => complain(error, () => tiles.redraw()));

  const wants = ({ code, reference }, status, township) =>
    reference ||
    (!state.hidden.has(code) &&
      (state.statuses.size === 0 || state.statuses.has(status)) &&
      (!state.township || (township ?? OUTSIDE) === state.township));

  function update() {
    const shown = units();
    updateTiles(shown);
    const next = new Map();
    for (const query of queries(shown)) {
      const key = `${query.layer.code} ${query.unit} ${state.asOf} ${query.status ?? ""}`;
      next.set(key, wanted.get(key) ?? { ...query, asOf: state.asOf, shapes: [], matched: 0, done: false, abort: null });
    }
    for (const [key, entry] of wanted) if (!next.has(key)) entry.abort?.abort();
    wanted = next;
    show();
    work();
  }

  /** What the card is open for is drawn in any case. */
  const visible = ({ layer: { code, reference }, status, feature: { id, properties } }) =>
    reference ||
    id === state.feature ||
    (!state.hidden.has(code) &&
      (state.statuses.size === 0 || state.statuses.has(status)) &&
      (!state.village || properties.village?.code === state.village));

  function work() {
    const entries = [...wanted.values()];
    let free = AT_ONCE - entries.filter((entry) => entry.abort && !entry.done).length;
    for (const entry of entries) {
      if (free <= 0) return;
      if (entry.done || entry.abort) continue;
      free -= 1;
      load(entry);
    }
  }

  async function load(entry) {
    entry.abort = new AbortController();
    const { layer: { code }, unit, asOf, status, most, abort: { signal } } = entry;
    const query = { layer: code, unit, asOf, status, most: most ?? MOST, signal };
    try {
      await loadFeatures(query, (features, matched) => {
        const fresh = features.slice(entry.taken ?? 0).map((feature) => shapeOf(map, feature, entry.layer));
        entry.taken = features.length;
        entry.shapes = entry.shapes.concat(fresh.filter(Boolean));
        entry.matched = matched;
        show();
      });
    } catch (error) {
      if (entry.abort.signal.aborted) return;
      complain(error, () => {
        Object.assign(entry, { abort: null, done: false, shapes: [], taken: 0 });
        update();
      });
    }
    entry.done = true;
    show();
    work();
  }

  const show = debounced(() => {
    const entries = [...wanted.values()];
    layer.show(entries.filter((entry) => !entry.most).flatMap((entry) => entry.shapes).filter(visible));
    const inScope = entries.filter(({ unit, layer: { reference } }) => !reference && (unit === state.township || unit === state.village));
    const loaded = {
      shapes: inScope.flatMap((entry) => entry.shapes).filter(visible),
      matched: inScope.reduce((sum, entry) => sum + entry.matched, 0),
      loading: inScope.some((entry) => !entry.done),
      cut: Math.min(...inScope.filter((entry) => entry.done && entry.taken < entry.matched).map((entry) => entry.most ?? MOST)),
    };
    for (const listener of listeners) listener(loaded);
  }, 16);

  map.on("moveend", debounced(update, 120));
  onChange(update, ["layer", "township", "references", "statuses", "village", "hidden"]);
  onChange(show, ["feature"]);
  /** Gives up what was loaded, so that the next update asks anew. */
  function drop() {
    for (const entry of wanted.values()) entry.abort?.abort();
    wanted = new Map();
    forgetTiles();
    tiles.redraw();
  }
  return { layer, update, drop };
}
