/** Vector tiles from the server: asked for once, decoded once, the last ones kept. */
import { config, isFile } from "./config.js";
import { t } from "./text.js";
import { Problem } from "./request.js";
import { state } from "./state.js";
import { decode } from "./tile_decode.js";

/** A layer with more features than this is drawn from tiles; one with fewer comes whole, and exact at every zoom. */
export const FEW = 2000;
/** Tiles show counts by cell below this zoom, features from it on. */
export const FEATURES_FROM = 13;
/** The last zoom that the server draws. */
export const LAST_ZOOM = 16;
/** Decoded tiles that are kept; a large screen shows 40. */
const KEPT = 90;

/** Whether a layer is drawn from tiles. In a village there are few of anything. */
export const isTiled = (layer) => !isFile && layer.features > FEW && !state.village;

/** Address -> what is decoded, or the promise of it; the one asked for last is the last. */
const kept = new Map();

/** Asks anew for every tile that is shown next. */
export const forgetTiles = () => kept.clear();

function addressOf({ x, y, z }, { layers, asOf }) {
  const url = new URL(`${config.urls.tiles}/${z}/${y}/${x}`, location.href);
  url.searchParams.set("collections", layers.join(","));
  url.searchParams.set("as_of", asOf);
  return url.href;
}

/**
 * The layers of a tile by code.
 * @param {{x: number, y: number, z: number}} place
 * @param {{layers: string[], asOf: string}} wanted
 * @returns {Map<string, any> | Promise<Map<string, any>>} at once where it is known
 * @throws {Problem}
 */
export function tileAt(place, wanted) {
  const address = addressOf(place, wanted);
  const had = kept.get(address);
  if (had) {
    kept.delete(address);
    kept.set(address, had);
    return had;
  }
  const asked = fetchTile(address).then(
    (layers) => {
      if (kept.get(address) === asked) kept.set(address, layers);
      return layers;
    },
    (error) => {
      if (kept.get(address) === asked) kept.delete(address);
      throw error;
    },
  );
  kept.set(address, asked);
  if (kept.size > KEPT) kept.delete(kept.keys().next().value);
  return asked;
}

async function fetchTile(address) {
  let response;
  try {
    response = await fetch(address, { credentials: "same-origin" });
  } catch {
    throw new Problem(navigator.onLine ? t("连不上服务器。") : t("现在没有网络。"));
  }
  if (response.status === 204) return new Map();
  if (!response.ok) throw new Problem(t("服务器没有给出数据（{status}）。", { status: response.status }), response.status);
  return decode(new Uint8Array(await response.arrayBuffer()));
}

