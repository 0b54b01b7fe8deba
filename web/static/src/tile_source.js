/** Vector tiles from the server: asked for once, decoded once, the last ones kept. */
import { config, isFile } from "./config.js";
import { address, answerOf } from "./request.js";
import { state } from "./state.js";
import { decode } from "./tile_decode.js";

/** A layer with more features than this is drawn from tiles; one with fewer comes whole, and exact at every zoom. */
export const FEW = 2000;
/** Tiles show counts by cell below this zoom, features from it on. */
export const FEATURES_FROM = 13;
/** The last zoom that the server draws. */
export const LAST_ZOOM = 16;
const TILE = "application/vnd.mapbox-vector-tile, application/problem+json";
/** Decoded tiles that are kept; a large screen shows 40. */
const KEPT = 90;

/** Whether a layer is drawn from tiles. In a village there are few of anything. */
export const isTiled = (layer) => !isFile && layer.features > FEW && !state.village;

/** Address -> what is decoded, or the promise of it; the one asked for last is the last. */
const kept = new Map();

/** Asks anew for every tile that is shown next. */
export const forgetTiles = () => kept.clear();

const addressOf = ({ x, y, z }, { layers, asOf }) =>
  address(`${config.urls.tiles}/${z}/${y}/${x}`, { collections: layers.join(","), as_of: asOf });

/**
 * The layers of a tile by code.
 * @param {{x: number, y: number, z: number}} place
 * @param {{layers: string[], asOf: string}} wanted
 * @returns {Map<string, any> | Promise<Map<string, any>>} at once where it is known
 * @throws {import("./request.js").Problem}
 */
export function tileAt(place, wanted) {
  const url = addressOf(place, wanted);
  const had = kept.get(url.href);
  if (had) {
    kept.delete(url.href);
    kept.set(url.href, had);
    return had;
  }
  const asked = fetchTile(url).then(
    (layers) => {
      if (kept.get(url.href) === asked) kept.set(url.href, layers);
      return layers;
    },
    (error) => {
      if (kept.get(url.href) === asked) kept.delete(url.href);
      throw error;
    },
  );
  kept.set(url.href, asked);
  if (kept.size > KEPT) kept.delete(kept.keys().next().value);
  return asked;
}

async function fetchTile(url) {
  const response = await answerOf(url, undefined, { headers: { Accept: TILE } });
  return response.status === 204 ? new Map() : decode(new Uint8Array(await response.arrayBuffer()));
}
