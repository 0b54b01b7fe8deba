/** How features look on the canvas: shape says the layer, colour says the status. */
import { arcs } from "./ring.js";
import { statusOf } from "./status.js";

export const INK = "#17252E";
const TURN = Math.PI * 2;
const signs = new Map();

/** The path of a layer's sign in its 16 x 16 box. */
function signOf(layer) {
  let path = signs.get(layer.code);
  if (!path) signs.set(layer.code, (path = new Path2D(layer.icon)));
  return path;
}

/** A point feature: its layer's sign in the colour of its status, haloed; hollow when not started, "!" when overdue. */
export function paintSign(canvas, { layer, status }, x, y, size) {
  const { colour, shape } = statusOf[status];
  const path = signOf(layer);
  const scale = size / 16;
  canvas.save();
  canvas.translate(x - size / 2, y - size / 2);
  canvas.scale(scale, scale);
  canvas.lineJoin = "round";
  canvas.strokeStyle = "rgba(255,255,255,.96)";
  canvas.lineWidth = 4 / scale;
  canvas.stroke(path);
  canvas.fillStyle = shape === "ring" ? "#fff" : colour;
  canvas.fill(path, "evenodd");
  if (shape === "ring") {
    canvas.strokeStyle = colour;
    canvas.lineWidth = 1.7 / scale;
    canvas.stroke(path);
  }
  canvas.restore();
  if (shape === "bang" && size >= 14) {
    canvas.fillStyle = "#fff";
    canvas.fillRect(x - 0.9, y - size * 0.14, 1.8, size * 0.26);
    canvas.fillRect(x - 0.9, y + size * 0.2, 1.8, 1.8);
  }
}

/** A cluster: how many features, and the mix of their statuses as a ring. @returns its radius */
export function paintCluster(canvas, mix, count, x, y, font) {
  const radius = count < 10 ? 13 : count < 60 ? 16 : count < 250 ? 19 : 23;
  const width = radius > 17 ? 5 : 4;
  canvas.beginPath();
  canvas.arc(x, y, radius + 1.5, 0, TURN);
  canvas.fillStyle = "rgba(23,37,46,.16)";
  canvas.fill();
  canvas.beginPath();
  canvas.arc(x, y, radius, 0, TURN);
  canvas.fillStyle = "#fff";
  canvas.fill();
  canvas.lineWidth = width;
  for (const { start, end, colour } of arcs(mix, 0.07)) {
    canvas.beginPath();
    canvas.arc(x, y, radius - width / 2 - 0.5, start - TURN / 4, end - TURN / 4);
    canvas.strokeStyle = colour;
    canvas.stroke();
  }
  canvas.fillStyle = INK;
  canvas.font = `600 ${radius > 17 ? 13 : 11.5}px ${font}`;
  canvas.textAlign = "center";
  canvas.textBaseline = "middle";
  canvas.fillText(String(count), x, y + 0.5);
  return radius;
}

/** Traces rings or lines that `at` places on the canvas. */
function trace(canvas, paths, at, closed) {
  canvas.beginPath();
  for (const path of paths) {
    path.forEach((position, i) => (i ? canvas.lineTo(...at(position)) : canvas.moveTo(...at(position))));
    if (closed) canvas.closePath();
  }
}

/** How strongly an area is filled; what is not started stands back. */
export const areaStrength = (status) => (status === "not_started" ? 0.5 : 0.72);

/** A polygon feature: filled in the colour of its status; a dot while it is smaller than one could see. */
export function paintArea(canvas, shape, at, pixels) {
  const { colour } = statusOf[shape.status];
  if (pixels < 5) {
    const [x, y] = at([(shape.box[0] + shape.box[2]) / 2, (shape.box[1] + shape.box[3]) / 2]);
    canvas.fillStyle = colour;
    canvas.fillRect(x - 1.6, y - 1.6, 3.2, 3.2);
    return;
  }
  trace(canvas, shape.polygons.flat(), at, true);
  canvas.globalAlpha = areaStrength(shape.status);
  canvas.fillStyle = colour;
  canvas.fill("evenodd");
  canvas.globalAlpha = 1;
  canvas.lineJoin = "round";
  canvas.strokeStyle = colour;
  canvas.lineWidth = pixels > 14 ? 1.4 : 0.7;
  canvas.stroke();
  if (shape.status === "overdue" && pixels > 26) paintBang(canvas, ...at(centre(shape)));
}

const centre = ({ box }) => [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];

export function paintBang(canvas, x, y) {
  canvas.fillStyle = "#fff";
  canvas.fillRect(x - 1, y - 6, 2, 7);
  canvas.fillRect(x - 1, y + 3, 2, 2);
}

/** A line feature in the colour of its status. */
export function paintLine(canvas, shape, at) {
  trace(canvas, shape.lines, at, false);
  canvas.lineCap = canvas.lineJoin = "round";
  canvas.strokeStyle = "rgba(255,255,255,.9)";
  canvas.lineWidth = 5.5;
  canvas.stroke();
  canvas.strokeStyle = statusOf[shape.status].colour;
  canvas.lineWidth = 3;
  canvas.stroke();
}

/** A feature of a reference layer is an outline in ink, dashed, so that it never reads as a status. */
export const REFERENCE = { fill: "rgba(23,37,46,.07)", stroke: "rgba(23,37,46,.62)", width: 1.2, dash: [5, 3] };

export function paintReference(canvas, shape, at) {
  trace(canvas, [...shape.polygons.flat(), ...shape.lines], at, shape.polygons.length > 0);
  canvas.fillStyle = REFERENCE.fill;
  if (shape.polygons.length) canvas.fill("evenodd");
  canvas.setLineDash(REFERENCE.dash);
  canvas.strokeStyle = REFERENCE.stroke;
  canvas.lineWidth = REFERENCE.width;
  canvas.stroke();
  canvas.setLineDash([]);
}

/** The mark around the feature whose card is open. */
export function paintChosen(canvas, shape, at) {
  canvas.strokeStyle = INK;
  canvas.lineWidth = 2.4;
  canvas.lineJoin = "round";
  if (shape.points.length) {
    canvas.beginPath();
    canvas.arc(...at(shape.points[0]), 14, 0, TURN);
    canvas.stroke();
    return;
  }
  trace(canvas, [...shape.polygons.flat(), ...shape.lines], at, shape.polygons.length > 0);
  canvas.stroke();
}
