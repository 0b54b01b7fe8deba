/** How the features of a tile look on its canvas: as on the map's own, in one stroke for all that look the same. */
import { areaStrength, INK, paintBang, REFERENCE } from "./brush.js";
import { statuses, statusOf } from "./status.js";

/** Smaller than this, in CSS pixels, a polygon is a dot, has no edge of its own, has no room for a bang. */
const SPECK = 5;
const EDGED = 12;
const BANG = 26;
/** Neighbours that are painted at once: a path of a whole tile takes several times as long. */
const PART = 60;
const TURN = Math.PI * 2;

/** Adds the rings or lines of a feature to the path of a canvas. */
function trace(canvas, { first, rings, xy, kind }, i, scale) {
  for (let ring = first[i]; ring < first[i + 1]; ring++) {
    canvas.moveTo(xy[rings[ring]] * scale, xy[rings[ring] + 1] * scale);
    for (let k = rings[ring] + 2; k < rings[ring + 1]; k += 2) canvas.lineTo(xy[k] * scale, xy[k + 1] * scale);
    if (kind[i] === 3) canvas.closePath();
  }
}

/** Traces features in parts, and calls `paint` for each part. */
function traceAll(canvas, found, features, scale, paint) {
  for (let start = 0; start < features.length; start += PART) {
    canvas.beginPath();
    for (const i of features.slice(start, start + PART)) trace(canvas, found, i, scale);
    paint();
  }
}

const sizeOf = ({ boxes }, i) => Math.max(boxes[4 * i + 2] - boxes[4 * i], boxes[4 * i + 3] - boxes[4 * i + 1]);
const middleOf = ({ boxes }, i) => [(boxes[4 * i] + boxes[4 * i + 2]) / 2, (boxes[4 * i + 1] + boxes[4 * i + 3]) / 2];

/** @returns {Map<string, number[]>} the features by their status */
function byStatus(found, features) {
  const { values } = found;
  const column = found.column("status");
  const groups = new Map(statuses.map(({ code }) => [code, []]));
  for (const i of features) groups.get(values[column[i]] ?? "not_started").push(i);
  return groups;
}

/** Polygons and lines in the colours of their statuses; `scale` is pixels for a unit of the tile. */
export function paintTileFeatures(canvas, found, features, scale, density) {
  canvas.lineJoin = canvas.lineCap = "round";
  for (const [status, all] of byStatus(found, features)) {
    canvas.fillStyle = canvas.strokeStyle = statusOf[status].colour;
    const lines = all.filter((i) => found.kind[i] === 2);
    const polygons = all.filter((i) => found.kind[i] === 3);
    const least = (pixels) => (i) => sizeOf(found, i) * scale >= pixels * density;
    const shapes = polygons.filter(least(SPECK));
    canvas.lineWidth = density;
    const edged = shapes.filter(least(EDGED));
    traceAll(canvas, found, edged, scale, () => {
      canvas.globalAlpha = areaStrength(status);
      canvas.fill("evenodd");
      canvas.globalAlpha = 1;
      canvas.stroke();
    });
    canvas.globalAlpha = (1 + areaStrength(status)) / 2;
    if (edged.length < shapes.length) {
      const plain = shapes.filter((i) => !least(EDGED)(i));
      traceAll(canvas, found, plain, scale, () => canvas.fill("evenodd"));
    }
    canvas.globalAlpha = 1;
    if (shapes.length < polygons.length) paintSpecks(canvas, found, polygons.filter((i) => !least(SPECK)(i)), scale, density);
    if (lines.length) paintLines(canvas, found, lines, scale, density, statusOf[status].colour);
    if (status === "overdue") for (const i of shapes.filter(least(BANG))) bang(canvas, found, i, scale, density);
  }
}

function paintSpecks(canvas, found, specks, scale, density) {
  const side = 3.2 * density;
  for (const i of specks) {
    const [x, y] = middleOf(found, i);
    canvas.fillRect(x * scale - side / 2, y * scale - side / 2, side, side);
  }
}

/** Lines over a light edge. */
function paintLines(canvas, found, lines, scale, density, colour) {
  for (const [stroke, width] of [["rgba(255,255,255,.9)", 5.5], [colour, 3]]) {
    canvas.strokeStyle = stroke;
    canvas.lineWidth = width * density;
    traceAll(canvas, found, lines, scale, () => canvas.stroke());
  }
}

function bang(canvas, found, i, scale, density) {
  const [x, y] = middleOf(found, i);
  const { fillStyle } = canvas;
  canvas.save();
  canvas.translate(x * scale, y * scale);
  canvas.scale(density, density);
  paintBang(canvas, 0, 0);
  canvas.restore();
  canvas.fillStyle = fillStyle;
}

/** Rings around features. */
export function paintTileRings(canvas, found, features, scale, density) {
  canvas.strokeStyle = INK;
  canvas.lineWidth = 2.4 * density;
  traceAll(canvas, found, features, scale, () => canvas.stroke());
}

/** Features of a reference layer, as on the map's own canvas. */
export function paintTileReference(canvas, found, features, scale, density) {
  canvas.fillStyle = REFERENCE.fill;
  canvas.setLineDash(REFERENCE.dash.map((each) => each * density));
  canvas.strokeStyle = REFERENCE.stroke;
  canvas.lineWidth = REFERENCE.width * density;
  traceAll(canvas, found, features, scale, () => {
    if (found.kind[features[0]] === 3) canvas.fill("evenodd");
    canvas.stroke();
  });
  canvas.setLineDash([]);
}

/** Cells as dots: as large as there is much in them, in the colour of the status that most of it has. */
export function paintTileCells(canvas, found, cells, scale, density) {
  const groups = new Map(statuses.map(({ code }) => [code, []]));
  for (const [i, mix] of cells) {
    const most = Object.entries(mix).reduce((one, other) => (other[1] > one[1] ? other : one));
    const all = Object.values(mix).reduce((sum, each) => sum + each, 0);
    groups.get(most[0]).push([i, Math.min(4, 1.5 + Math.sqrt(all) * 0.35) * density]);
  }
  canvas.globalAlpha = 0.85;
  for (const [status, dots] of groups) {
    canvas.fillStyle = statusOf[status].colour;
    canvas.beginPath();
    for (const [i, radius] of dots) {
      const [x, y] = middleOf(found, i);
      canvas.moveTo(x * scale + radius, y * scale);
      canvas.arc(x * scale, y * scale, radius, 0, TURN);
    }
    canvas.fill();
  }
  canvas.globalAlpha = 1;
}
