/** The map as it is seen, painted on a canvas: ground, townships, features, badges, with scale, north and marks. */
import { config, isPhone } from "./config.js";
import { lengthOf } from "./geodesy.js";
import { lengthText } from "./measure.js";
import { paintPicture, paintShape, write } from "./painter.js";
import { label, t } from "./text.js";
import { tiledLayers } from "./feature_loader.js";

const INK = "#17252E";
const QUIET = "#51626D";
const PAPER = "#F6F5F1";
/** What Leaflet draws as SVG, from below; the canvas of features and the badges follow. */
const BELOW = ["overlayPane", "choropleth", "veil", "edge"];
/** Lengths that a scale bar may stand for, up to a power of ten. */
const ROUND = [5, 2, 1];

export const fontOf = (size, weight = 400) => `${weight} ${size}px ${getComputedStyle(document.body).fontFamily}`;

/** The part of the map that nothing lies over on a phone; all of it on a desk. In pixels of the map's container. */
export function seenPart(map) {
  const { x: width, y: height } = map.getSize();
  if (!isPhone()) return { x: 0, y: 0, width, height };
  const top = document.getElementById("top").getBoundingClientRect().bottom + 8;
  const bottom = document.getElementById("panel").getBoundingClientRect().top;
  return { x: 0, y: top, width, height: Math.max(120, Math.min(height, bottom) - top) };
}

/** The tiles of a pane that have arrived, by default the base map's: image, x, y, width, height in the container's pixels. */
export function tilesOf(map, pane = "tilePane") {
  const origin = map.getContainer().getBoundingClientRect();
  return [...map.getPane(pane).querySelectorAll(".leaflet-tile-loaded")].map((image) => {
    const box = image.getBoundingClientRect();
    return { image, x: box.x - origin.x, y: box.y - origin.y, width: box.width, height: box.height };
  });
}

function paintPane(canvas, map, name) {
  const { x, y } = map.layerPointToContainerPoint([0, 0]);
  canvas.save();
  canvas.translate(x, y);
  for (const path of map.getPane(name).querySelectorAll("svg path")) paintShape(canvas, path, INK);
  canvas.restore();
}

function paintBadges(canvas, map) {
  const origin = map.getContainer().getBoundingClientRect();
  const place = (element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    return { x: x - origin.x, y: y - origin.y, width, height };
  };
  for (const badge of map.getPane("badges").querySelectorAll(".badge-body")) {
    canvas.save();
    canvas.globalAlpha = Number(getComputedStyle(badge).opacity);
    const ring = badge.querySelector(".ring");
    if (ring) {
      const { x, y, width, height } = place(ring);
      paintPicture(canvas, ring, x, y, width, INK);
      const number = ring.querySelector("text");
      write(canvas, number.textContent, x + width / 2, y + height / 2, { font: fontOf(Number.parseFloat(getComputedStyle(number).fontSize), 680), colour: INK, align: "center" });
    }
    for (const name of badge.querySelectorAll(".badge-name, .badge-figure")) {
      const { x, y, width, height } = place(name);
      const { color, fontSize, fontWeight } = getComputedStyle(name);
      const dark = badge.classList.contains("on-dark");
      const font = fontOf(Number.parseFloat(fontSize), fontWeight);
      write(canvas, name.textContent, x + width / 2, y + height / 2, { font, colour: color, halo: dark ? "rgba(10,45,38,.85)" : "rgba(255,255,255,.92)", align: "center" });
    }
    canvas.restore();
  }
}

function paintMeasure(canvas, map) {
  paintPane(canvas, map, "measure");
  const origin = map.getContainer().getBoundingClientRect();
  for (const text of map.getPane("measure").querySelectorAll(".measure-label span")) {
    const box = text.getBoundingClientRect();
    pill(canvas, text.textContent, box.x - origin.x, box.y - origin.y, { back: INK, colour: "#fff" });
  }
}

/** A text in a rounded box; the corner is the upper left one. */
function pill(canvas, text, x, y, { back, colour, edge = null }) {
  canvas.font = fontOf(12.5, 600);
  const width = canvas.measureText(text).width + 18;
  canvas.beginPath();
  if (canvas.roundRect) canvas.roundRect(x, y, width, 24, 7);
  else canvas.rect(x, y, width, 24);
  canvas.fillStyle = back;
  canvas.fill();
  if (edge) {
    canvas.strokeStyle = edge;
    canvas.lineWidth = 1.2;
    canvas.stroke();
  }
  write(canvas, text, x + 9, y + 12.5, { font: fontOf(12.5, 600), colour });
}

/** A bar of a round length, measured on the ellipsoid in the middle of what is shown. */
function paintScale(canvas, map, { x, y, width, height }) {
  const at = (dx) => {
    const { lng, lat } = map.containerPointToLatLng([x + width / 2 + dx, y + height / 2]);
    return [lng, lat];
  };
  const most = 130;
  const metres = lengthOf([at(-most / 2), at(most / 2)]);
  const power = 10 ** Math.floor(Math.log10(metres));
  const round = ROUND.map((each) => each * power).find((each) => each <= metres);
  const long = (most * round) / metres;
  const [left, low] = [x + width - 24 - long, y + height - 18];
  canvas.fillStyle = "rgba(255,255,255,.9)";
  canvas.fillRect(left - 1.5, low - 7.5, long + 3, 10);
  canvas.fillStyle = INK;
  canvas.fillRect(left, low - 6, long, 7);
  canvas.fillStyle = "#fff";
  canvas.fillRect(left + long / 2, low - 4.5, long / 2 - 1.5, 4);
  write(canvas, lengthText(round), left + long / 2, low - 17, { font: fontOf(12, 600), colour: INK, halo: "#fff", align: "center" });
}

function paintNorth(canvas, { x, y, width }) {
  const [middle, top] = [x + width - 34, y + 34];
  canvas.beginPath();
  canvas.moveTo(middle, top - 2);
  canvas.lineTo(middle + 9, top + 26);
  canvas.lineTo(middle, top + 20);
  canvas.lineTo(middle - 9, top + 26);
  canvas.closePath();
  canvas.fillStyle = INK;
  canvas.strokeStyle = "#fff";
  canvas.lineWidth = 2.5;
  canvas.stroke();
  canvas.fill();
  write(canvas, t("北"), middle, top - 14, { font: fontOf(13, 650), colour: INK, halo: "#fff", align: "center" });
}

/** Whether anything that is drawn is only illustrative. */
const isInvented = (shapes) =>
  shapes.some(({ feature }) => feature.properties.illustrative) || tiledLayers().some(({ illustrative }) => illustrative);

/** What is only illustrative says so on the map itself, and whose the base map is. */
function paintMarks(canvas, { x, y, width, height }, shapes, attribution) {
  const marks = [
    config.illustrative && t("示意界线，非法定界线"),
    isInvented(shapes) && t("示意数据，非真实登记"),
  ].filter(Boolean);
  // On a narrow map the scale has the lowest line for itself.
  let low = y + height - (attribution ? 26 : 8) - (width < 520 ? 32 : 0);
  for (const mark of marks) {
    low -= 30;
    pill(canvas, mark, x + 14, low, { back: "rgba(255,255,255,.92)", colour: "#C8321F", edge: "#C8321F" });
  }
  if (attribution) write(canvas, label(attribution), x + 16, y + height - 14, { font: fontOf(11), colour: QUIET, halo: "#fff" });
}

/**
 * Paints the map with its upper left corner at the canvas's origin.
 * @param {CanvasRenderingContext2D} canvas
 * @param {any} features the layer of features
 * @param {{tiles?: any[], attribution?: any}} [base] the tiles of the base map, and whose it is
 */
export function paintMap(canvas, map, features, part, { tiles = [], attribution = null } = {}) {
  canvas.save();
  canvas.beginPath();
  canvas.rect(0, 0, part.width, part.height);
  canvas.clip();
  canvas.fillStyle = PAPER;
  canvas.fillRect(0, 0, part.width, part.height);
  canvas.translate(-part.x, -part.y);
  const lay = ({ image, x, y, width, height }) => canvas.drawImage(image, x, y, width, height);
  tiles.forEach(lay);
  for (const name of BELOW) paintPane(canvas, map, name);
  tilesOf(map, "tiles").forEach(lay);
  canvas.save();
  canvas.translate(part.x, part.y);
  features.paint(canvas, map.containerPointToLayerPoint([part.x, part.y]), part.width, part.height);
  canvas.restore();
  paintBadges(canvas, map);
  paintMeasure(canvas, map);
  paintScale(canvas, map, part);
  paintNorth(canvas, part);
  paintMarks(canvas, part, features.shapes, tiles.length ? attribution : null);
  canvas.restore();
  features.draw();
}
