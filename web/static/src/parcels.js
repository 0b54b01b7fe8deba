/** The way from the map to parcels: what lies on one is a script of its own, fetched where somebody asks. */
import { config, isFile } from "./config.js";
import { known } from "./known.js";
import { CircleMarker, GeoJSON, LayerGroup, SVG } from "./leaflet.js";
import { complain } from "./notice.js";
import { script } from "./request.js";
import { state } from "./state.js";

/** Whether the reader may lay parcels over the layers. */
export const laysParcels = !isFile && Boolean(config.account);

const leaflet = { CircleMarker, GeoJSON, LayerGroup, SVG };

async function lay(how, what, map) {
  try {
    const laid = await script(config.urls.laid_script);
    await laid[how](what, { map, leaflet, layers: known.layers, asOf: state.asOf });
  } catch (error) {
    complain(error, () => lay(how, what, map));
  }
}

/** Shows what lies on a polygon that was drawn. @param {number[][]} ring longitude, latitude */
export const layRing = (map, ring) => lay("layDrawing", ring, map);

/** Shows the batch of parcels that the address names. */
export function layNamed(map) {
  const batch = new URLSearchParams(location.search).get("parcels");
  if (batch && laysParcels) lay("layBatch", batch, map);
}
