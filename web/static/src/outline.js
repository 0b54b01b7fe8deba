/** A polygon or several as parts of rings of corners that can be changed: back to GeoJSON, their area, where edges cross. */
import { areaOf } from "./geodesy.js";

/** Corners above which an outline is not for dragging. */
export const MOST_CORNERS = 500;
/** Metres of a degree of latitude on the sphere of the county's datum. */
const METRES_PER_DEGREE = 111_195;
/** Decimals of degrees that are kept: a tenth of a millimetre. */
const KEPT = 1e9;

/** @returns {number[][][][]} parts, rings, corners as longitude and latitude; the first corner is not written again at the end */
export const partsOf = ({ type, coordinates }) =>
  (type === "Polygon" ? [coordinates] : coordinates).map((part) => part.map((ring) => ring.slice(0, -1).map(([lon, lat]) => [lon, lat])));

export function geometryOf(parts) {
  const closed = parts.map((part) => part.map((ring) => [...ring, ring[0]]));
  return closed.length === 1 ? { type: "Polygon", coordinates: closed[0] } : { type: "MultiPolygon", coordinates: closed };
}

export const cornersOf = (parts) => parts.flat().reduce((sum, ring) => sum + ring.length, 0);

/** Whether an outline has few enough corners to be dragged. */
export const isEditable = (geometry) => cornersOf(partsOf(geometry)) <= MOST_CORNERS;

/** Square metres, holes taken off. */
export const squareMetres = (parts) => parts.reduce((sum, [shell, ...holes]) => sum + holes.reduce((left, hole) => left - areaOf(hole), areaOf(shell)), 0);

export const kept = ([lon, lat]) => [Math.round(lon * KEPT) / KEPT, Math.round(lat * KEPT) / KEPT];

/** A corner so many metres to the east and to the north. */
export const moved = ([lon, lat], east, north) =>
  kept([lon + east / (METRES_PER_DEGREE * Math.cos((lat * Math.PI) / 180)), lat + north / METRES_PER_DEGREE]);

const turn = ([ax, ay], [bx, by], [cx, cy]) => Math.sign((bx - ax) * (cy - ay) - (by - ay) * (cx - ax));
const apart = (i, one, other) => Math.max(one[0][i], one[1][i]) < Math.min(other[0][i], other[1][i]);

/** Where two edges meet, if they do: within a ring a touch is a crossing too, between rings it is none. */
function meeting(one, other, sameRing) {
  if ([0, 1].some((i) => apart(i, one, other) || apart(i, other, one))) return null;
  const [[a, b], [c, d]] = [one, other];
  const [first, second, third, fourth] = [turn(a, b, c), turn(a, b, d), turn(c, d, a), turn(c, d, b)];
  const meets = sameRing ? first !== second && third !== fourth : first * second < 0 && third * fourth < 0;
  if (!meets) return null;
  const across = (b[0] - a[0]) * (d[1] - c[1]) - (b[1] - a[1]) * (d[0] - c[0]);
  const along = across ? ((c[0] - a[0]) * (d[1] - c[1]) - (c[1] - a[1]) * (d[0] - c[0])) / across : 0;
  return [a[0] + along * (b[0] - a[0]), a[1] + along * (b[1] - a[1])];
}

/** A place where edges cross, as longitude and latitude; null where none do. */
export function crossing(parts) {
  const edges = parts.flat().flatMap((ring, of) => ring.map((corner, i) => ({ of, i, last: ring.length - 1, line: [corner, ring[(i + 1) % ring.length]] })));
  for (let m = 0; m < edges.length; m++) {
    for (let n = m + 1; n < edges.length; n++) {
      const [one, other] = [edges[m], edges[n]];
      const sameRing = one.of === other.of;
      if (sameRing && (other.i === one.i + 1 || (one.i === 0 && other.i === other.last))) continue;
      const place = meeting(one.line, other.line, sameRing);
      if (place) return place;
    }
  }
  return null;
}
