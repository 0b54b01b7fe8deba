/** Positions as a page holds them: whole steps from one to the next (web/steps.py). */

function positions(steps, units) {
  if (typeof steps[0] !== "number") return steps.map((part) => positions(part, units));
  const found = [];
  let [x, y] = [0, 0];
  for (let i = 0; i < steps.length; i += 2) {
    x += steps[i];
    y += steps[i + 1];
    found.push([x / units, y / units]);
  }
  return found;
}

/** A geometry with coordinates in place of steps, `units` of which are a degree. */
export function unsteppedGeometry(geometry, units) {
  if (!geometry) return null;
  const coordinates = positions(geometry.steps, units);
  return { type: geometry.type, coordinates: geometry.type === "Point" ? coordinates[0] : coordinates };
}

/** The features of a collection with coordinates in place of steps. */
export const unstepped = ({ features, units }) =>
  features.map((feature) => ({ ...feature, geometry: unsteppedGeometry(feature.geometry, units) }));
