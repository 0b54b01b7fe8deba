/** Features as the canvas needs them: projected once to the world at zoom 0, boxed, hit exactly. */
import { boxOf, distanceToLine, insidePolygons, linesOf, pointsOf, polygonsOf } from "./geometry.js";
import { LatLng } from "./leaflet.js";

/**
 * @typedef {object} Shape
 * @property {any} feature GeoJSON feature
 * @property {any} layer its declaration
 * @property {string} status
 * @property {number[][][][]} polygons world positions, as are lines and points
 * @property {number[][][]} lines
 * @property {number[][]} points
 * @property {number[]} box west, north, east, south in the world's pixels
 * @property {number} opacity how strongly it is drawn
 */

/** @returns {Shape | null} null for a feature without a position */
export function shapeOf(map, feature, layer) {
  if (!feature.geometry) return null;
  const flat = (position) => {
    const { x, y } = map.project(new LatLng(position[1], position[0]), 0);
    return [x, y];
  };
  const polygons = polygonsOf(feature.geometry).map((rings) => rings.map((ring) => ring.map(flat)));
  const lines = linesOf(feature.geometry).map((line) => line.map(flat));
  const points = pointsOf(feature.geometry).map(flat);
  if (!polygons.length && !lines.length && !points.length) return null;
  const box = boxOf([...polygons.flat(2), ...lines.flat(), ...points]);
  return { feature, layer, status: feature.properties.status ?? "not_started", polygons, lines, points, box };
}

/** The middle of a shape in the world's pixels. */
export const middleOf = ({ box }) => [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];

/**
 * Whether a world position hits a shape that is drawn as line or area.
 * @param {Shape} shape
 * @param {number} slack how far beside it still counts, in the world's pixels
 */
export function hits({ polygons, lines, box }, x, y, slack) {
  if (x < box[0] - slack || x > box[2] + slack || y < box[1] - slack || y > box[3] + slack) return false;
  if (polygons.length && Math.max(box[2] - box[0], box[3] - box[1]) < slack) return true;
  return insidePolygons(x, y, polygons) || lines.some((line) => distanceToLine(x, y, line) <= slack);
}
