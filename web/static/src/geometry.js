/** Positions in GeoJSON geometries: which ring a point is in, how far a line is. Degrees or pixels alike. */

/** The polygons of a Polygon or MultiPolygon, each a list of rings. */
export const polygonsOf = ({ type, coordinates }) =>
  type === "Polygon" ? [coordinates] : type === "MultiPolygon" ? coordinates : [];

/** The lines of a LineString or MultiLineString. */
export const linesOf = ({ type, coordinates }) =>
  type === "LineString" ? [coordinates] : type === "MultiLineString" ? coordinates : [];

/** The points of a Point or MultiPoint. */
export const pointsOf = ({ type, coordinates }) =>
  type === "Point" ? [coordinates] : type === "MultiPoint" ? coordinates : [];

/** Whether a position is inside one ring of positions [x, y]. */
export function insideRing(x, y, ring) {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [xi, yi] = ring[i];
    const [xj, yj] = ring[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

/** Whether a position is inside any of some polygons; holes count as outside. */
export const insidePolygons = (x, y, polygons) =>
  polygons.some((rings) => rings.filter((ring) => insideRing(x, y, ring)).length % 2 === 1);

/** Distance of a position from a line of positions. */
export function distanceToLine(x, y, line) {
  let nearest = Infinity;
  for (let i = 1; i < line.length; i++) {
    const [ax, ay] = line[i - 1];
    const [bx, by] = line[i];
    const length = (bx - ax) ** 2 + (by - ay) ** 2;
    const along = length ? Math.max(0, Math.min(1, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length)) : 0;
    nearest = Math.min(nearest, Math.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay)));
  }
  return nearest;
}

/** [west, south, east, north] of nested positions. */
export function boxOf(positions, box = [Infinity, Infinity, -Infinity, -Infinity]) {
  if (typeof positions[0] === "number") {
    box[0] = Math.min(box[0], positions[0]);
    box[1] = Math.min(box[1], positions[1]);
    box[2] = Math.max(box[2], positions[0]);
    box[3] = Math.max(box[3], positions[1]);
  } else {
    for (const each of positions) boxOf(each, box);
  }
  return box;
}

/** Where to point at a geometry: the point itself, or the middle of its box. */
export function anchorOf(geometry) {
  const [west, south, east, north] = boxOf(geometry.coordinates);
  return [(west + east) / 2, (south + north) / 2];
}
