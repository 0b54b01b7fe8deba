/** The address bar: view, layer, day, township and filters after the #, so that a link shows what its sender saw. */
import { baseMaps } from "./base_map.js";
import { debounced } from "./dom.js";
import { hasMoney } from "./spend.js";
import { change, onChange, state } from "./state.js";
import { statusOf } from "./status.js";

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const VILLAGE = /^\d{12}$/;

/**
 * What an address asks for; parts that make no sense are left out.
 * @param {string} hash
 * @param {{layers: Map<string, any>, townships: Map<string, any>, first: string, last: string}} known
 */
export function readLink(hash, known) {
  const asked = new URLSearchParams(hash.replace(/^#/, ""));
  const list = (name) => (asked.get(name) ?? "").split(",").filter(Boolean);
  const patch = {};
  const layer = known.layers.get(asked.get("layer"));
  if (layer && !layer.reference) {
    patch.layer = layer.code;
    if (layer.measures.some((measure) => measure.code === asked.get("measure"))) patch.measure = asked.get("measure");
  }
  if (asked.get("show") === "money") Object.assign(patch, { layer: null, measure: null, money: hasMoney });
  const day = asked.get("at") ?? "";
  if (DAY.test(day) && day >= known.first && day <= known.last) patch.asOf = day;
  if (known.townships.has(asked.get("town"))) patch.township = asked.get("town");
  if (patch.township && VILLAGE.test(asked.get("village"))) patch.village = asked.get("village");
  patch.statuses = new Set(list("status").filter((code) => code in statusOf));
  patch.hidden = new Set(list("hide").filter((code) => known.layers.has(code) && code !== patch.layer));
  patch.references = new Set(list("under").filter((code) => known.layers.get(code)?.reference));
  patch.base = baseMaps.find(({ code }) => code === asked.get("base"))?.code ?? null;
  if (asked.get("sort") === "delay") patch.sort = "delay";
  if (asked.get("feature")) patch.feature = asked.get("feature");
  const [zoom, lat, lon] = (asked.get("v") ?? "").split("/").map(Number);
  const view = Math.abs(lat) <= 90 && Math.abs(lon) <= 180 && zoom >= 0 && zoom <= 22 ? { zoom, lat, lon } : null;
  return { patch, view };
}

/** The address of what is shown now. @param {import("./leaflet.js").Map} map */
export function writeLink(map, latest) {
  const centre = map.getCenter();
  const parts = [["v", `${map.getZoom()}/${centre.lat.toFixed(5)}/${centre.lng.toFixed(5)}`]];
  if (state.money) parts.push(["show", "money"]);
  if (state.layer) parts.push(["layer", state.layer]);
  if (state.measure) parts.push(["measure", state.measure]);
  if (state.asOf !== latest) parts.push(["at", state.asOf]);
  if (state.township) parts.push(["town", state.township]);
  if (state.village) parts.push(["village", state.village]);
  if (state.statuses.size) parts.push(["status", [...state.statuses].join(",")]);
  if (state.hidden.size) parts.push(["hide", [...state.hidden].join(",")]);
  if (state.references.size) parts.push(["under", [...state.references].join(",")]);
  if (state.base) parts.push(["base", state.base]);
  if (state.sort !== "progress") parts.push(["sort", state.sort]);
  if (state.feature) parts.push(["feature", state.feature]);
  return `#${parts.map(([name, value]) => `${name}=${value}`).join("&")}`;
}

/** Keeps the address true while the reader moves and chooses, and follows an address that is pasted over it. */
export function keepLink(map, known, apply) {
  let written = location.hash;
  const write = debounced(() => {
    written = writeLink(map, known.last);
    history.replaceState(history.state, "", written);
  }, 150);
  map.on("moveend", write);
  onChange(write);
  if (location.hash) write();
  addEventListener("hashchange", () => {
    if (location.hash === written) return;
    const { patch, view } = readLink(location.hash, known);
    change({ layer: null, measure: null, money: false, asOf: known.last, township: null, village: null, sort: "progress", feature: null, ...patch });
    apply(view);
  });
}
