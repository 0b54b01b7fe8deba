/** What a one-file map holds, unpacked: gzipped JSON, features as columns (web/packed.py). */
import { unsteppedGeometry } from "./steps.js";

/** The blocks of a page by name. @param {string} text base64 */
export async function unpackBlocks(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const opened = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(opened).json();
}

const GROUPS = ["properties", "attributes"];

/** GeoJSON features from their columns. */
export function rowsOf({ count, units, ...columns }) {
  const row = (table, i) => Object.fromEntries(Object.entries(table).map(([name, values]) => [name, values[i]]));
  return Array.from({ length: count }, (_, i) => {
    const feature = { type: "Feature", ...row(Object.fromEntries(Object.entries(columns).filter(([name]) => !GROUPS.includes(name))), i) };
    for (const name of GROUPS) if (columns[name]) feature[name] = row(columns[name], i);
    const { layer, code } = feature.properties;
    return { ...feature, id: `${layer}/${code}`, geometry: unsteppedGeometry(feature.geometry, units) };
  });
}
