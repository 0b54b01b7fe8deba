/** Which features are on the map: those of the township chosen or looked at, loaded page by page and kept for a while. */
import { debounced } from "./dom.js";
import { FeatureLayer } from "./feature_layer.js";
import { insidePolygons, polygonsOf } from "./geometry.js";
import { countyZoom } from "./ground.js";
import { countMeasure } from "./figures.js";
import { county, known, monitored, references, subject } from "./known.js";
import { GeoJSON } from "./leaflet.js";
import { complain } from "./notice.js";
import { loadFeatures } from "./source.js";
import { shapeOf } from "./shapes.js";
import { onChange, state } from "./state.js";

/** At most so many townships, and so many answers at a time. */
const TOWNSHIPS = 4;
const AT_ONCE = 3;
/** A reference layer with no more features than this is drawn for the whole county at once. */
const FEW = 2000;

const listeners = [];
/** @param {(loaded: {shapes: any[], matched: number, loading: boolean, cut: boolean}) => void} listener */
export const onFeatures = (listener) => listeners.push(listener);

/** Keeps the features on the map true to the state. @returns the canvas layer */
export function keepFeatures(map) {
  const layer = new FeatureLayer().addTo(map);
  const boxes = [...known.townships].map(([code, feature]) => [code, new GeoJSON(feature).getBounds(), feature]);
  /** "layer unit day" -> {shapes, matched, done, abort} */
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

  function queries() {
    const chosen = subject() ? [subject()] : monitored();
    const list = units().flatMap((unit) =>
      chosen
        .filter((each) => known.figures.row(unit, each, countMeasure(each)))
        .map((each) => ({ layer: each, unit })),
    );
    for (const each of references().filter(({ code }) => state.references.has(code))) {
      const places = each.features <= FEW ? [county.code] : units();
      list.push(...places.map((unit) => ({ layer: each, unit })));
    }
    return list;
  }

  function update() {
    const next = new Map();
    for (const query of queries()) {
      const key = `${query.layer.code} ${query.unit} ${state.asOf}`;
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
    const query = { layer: entry.layer.code, unit: entry.unit, asOf: entry.asOf, signal: entry.abort.signal };
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
    layer.show(entries.flatMap((entry) => entry.shapes).filter(visible));
    const inScope = entries.filter((entry) => entry.unit === state.township && !entry.layer.reference);
    const loaded = {
      shapes: inScope.flatMap((entry) => entry.shapes).filter(visible),
      matched: inScope.reduce((sum, entry) => sum + entry.matched, 0),
      loading: inScope.some((entry) => !entry.done),
      cut: inScope.some((entry) => entry.done && entry.taken < entry.matched),
    };
    for (const listener of listeners) listener(loaded);
  }, 16);

  map.on("moveend", debounced(update, 120));
  onChange(update, ["layer", "township", "references"]);
  onChange(show, ["statuses", "village", "hidden", "feature"]);
  /** Gives up what was loaded, so that the next update asks anew. */
  function drop() {
    for (const entry of wanted.values()) entry.abort?.abort();
    wanted = new Map();
  }
  return { layer, update, drop };
}
