/** The map as a picture file: what is seen, with title, day, source, legend, scale and north. */
import { config } from "./config.js";
import { h, layerSign } from "./dom.js";
import { layersShown, rampOf } from "./legend.js";
import { fontOf, paintMap, seenPart, tilesOf } from "./map_canvas.js";
import { county, placeName, subjectName } from "./known.js";
import { remark } from "./notice.js";
import { hatch, paintPicture, wrapped, write } from "./painter.js";
import { state } from "./state.js";
import { statuses, statusSign } from "./status.js";
import { label, t } from "./text.js";

const INK = "#17252E";
const QUIET = "#51626D";
const EDGE = 20;
const ROW = 24;
/** Pixels of the picture for each of the screen. */
const DENSITY = 2;

/** Whose figures of what and of which day is shown, in a line. */
export const matter = () =>
  [state.township && placeName(state.township), subjectName(), [t("数据截至"), state.asOf].join(" ")].filter(Boolean).join(" · ");

/** The name of the file, without what file systems refuse. */
export function fileName() {
  const parts = [label(county.name), state.township && placeName(state.township), subjectName(), state.asOf];
  return `${parts.filter(Boolean).join("_").replace(/[\\/:*?"<>|\s]+/g, "-")}.png`;
}

/** The entries of the legend: signs of the layers, then those of the statuses. */
const entries = () => [
  ...layersShown().map((layer) => ({ sign: layerSign(layer), text: label(layer.label) })),
  ...statuses.map(({ code, label: name }) => ({ sign: statusSign(code), text: label(name) })),
];

/** Places for the legend's entries in lines of a width. */
function flow(canvas, width) {
  canvas.font = fontOf(12.5);
  let [x, line] = [0, 0];
  return entries().map((entry) => {
    const long = 20 + canvas.measureText(entry.text).width + 18;
    if (x > 0 && x + long > width) [x, line] = [0, line + 1];
    const placed = { ...entry, x, line };
    x += long;
    return placed;
  });
}

function paintRamp(canvas, x, y) {
  const { colours, edges } = rampOf();
  const step = 46;
  colours.forEach((colour, i) => {
    canvas.fillStyle = colour;
    canvas.fillRect(x + i * step, y, step - 1, 11);
  });
  edges.forEach((edge, i) => write(canvas, edge, x + i * step, y + 22, { font: fontOf(11), colour: QUIET, align: i ? (i === edges.length - 1 ? "right" : "center") : "left" }));
  const after = x + colours.length * step + 16;
  canvas.save();
  canvas.translate(after, y - 1);
  canvas.fillStyle = hatch(canvas);
  canvas.fillRect(0, 0, 13, 13);
  canvas.restore();
  write(canvas, t("暂无数据"), after + 20, y + 6, { font: fontOf(12.5), colour: INK });
}

/** The texts above and below the map, in lines that fit; each with where it stands from the upper or lower edge. */
function texts(canvas, width) {
  const styles = { title: [fontOf(20, 650), INK, 27], about: [fontOf(13), QUIET, 20], source: [fontOf(11.5), QUIET, 17] };
  const lines = (kind, text) => wrapped(canvas, text, styles[kind][0], width).map((line) => ({ line, kind }));
  const head = [...lines("title", label(config.title)), ...lines("about", matter())];
  const foot = lines("source", t("数据来源：本县自然资源局的要素、进度和资金台账"));
  const tall = (some) => some.reduce((sum, { kind }) => sum + styles[kind][2], 0);
  function put(on, some, y) {
    for (const { line, kind } of some) {
      const [font, colour, height] = styles[kind];
      write(on, line, EDGE, y + height / 2, { font, colour });
      y += height;
    }
  }
  return { head, foot, tall, put };
}

/** The whole picture on a canvas. @param {{tiles?: any[], attribution?: any}} base */
export function compose(map, features, base) {
  const part = seenPart(map);
  const room = part.width - 2 * EDGE;
  const measuring = new OffscreenCanvas(1, 1).getContext("2d");
  const { head, foot, tall, put } = texts(measuring, room);
  const placed = flow(measuring, room);
  const top = tall(head) + 24;
  const legend = 44 + ROW * ((placed.at(-1)?.line ?? 0) + 1);
  const height = top + part.height + 16 + legend + tall(foot) + 16;
  const sheet = h("canvas", { width: Math.round(part.width * DENSITY), height: Math.round(height * DENSITY) });
  const canvas = sheet.getContext("2d");
  canvas.scale(DENSITY, DENSITY);
  canvas.fillStyle = "#fff";
  canvas.fillRect(0, 0, part.width, height);
  put(canvas, head, 12);
  canvas.save();
  canvas.translate(0, top);
  paintMap(canvas, map, features, part, base);
  canvas.restore();
  const below = top + part.height + 16;
  paintRamp(canvas, EDGE, below);
  for (const { sign, text, x, line } of placed) {
    const y = below + 40 + line * ROW;
    paintPicture(canvas, sign, EDGE + x, y, 13, INK);
    write(canvas, text, EDGE + x + 19, y + 7, { font: fontOf(12.5), colour: INK });
  }
  put(canvas, foot, below + legend);
  return sheet;
}

/** The tiles once more, asked for so that a canvas that holds them can be saved; those that are refused are left out. */
async function openTiles(map) {
  const asked = tilesOf(map).map(
    (tile) =>
      new Promise((resolve) => {
        const image = new Image();
        image.crossOrigin = "anonymous";
        image.onload = () => resolve({ ...tile, image });
        image.onerror = () => resolve(null);
        image.src = tile.image.src;
      }),
  );
  return (await Promise.all(asked)).filter(Boolean);
}

/** Makes the picture and hands it to the reader as a file. */
export async function savePicture(map, features, attribution) {
  const tiles = await openTiles(map);
  const sheet = compose(map, features, { tiles, attribution: attribution() });
  const blob = await new Promise((resolve) => sheet.toBlob(resolve, "image/png"));
  if (!blob) return remark(t("这台设备做不出这么大的图片。"));
  const link = h("a", { href: URL.createObjectURL(blob), download: fileName() });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  return undefined;
}
