/** Elements of the page painted on a canvas: SVG shapes, and text with its halo. */

const attribute = (element, name, fallback) => element.getAttribute(name) ?? fallback;
const numeric = (element, name, fallback = 0) => Number(attribute(element, name, fallback));

/** The outline of a shape in its own coordinates; null for an element that has none. */
function outline(element) {
  const path = new Path2D();
  switch (element.tagName) {
    case "path":
      return new Path2D(attribute(element, "d", ""));
    case "circle":
      path.arc(numeric(element, "cx"), numeric(element, "cy"), numeric(element, "r"), 0, Math.PI * 2);
      return path;
    case "rect":
      path.rect(numeric(element, "x"), numeric(element, "y"), numeric(element, "width"), numeric(element, "height"));
      return path;
    default:
      return null;
  }
}

/** The hatch of "no data", as on the map. */
export function hatch(canvas) {
  const tile = new OffscreenCanvas(14, 14);
  const on = tile.getContext("2d");
  on.fillStyle = "#FBFAF7";
  on.fillRect(0, 0, 14, 14);
  on.strokeStyle = "#CBD0CC";
  on.lineWidth = 1.6;
  for (const shift of [-14, -7, 0, 7, 14, 21]) {
    on.beginPath();
    on.moveTo(shift, 14);
    on.lineTo(shift + 14, 0);
    on.stroke();
  }
  return canvas.createPattern(tile, "repeat");
}

/** A colour as a canvas takes it; `ink` is what currentColor means. */
function paintFor(canvas, value, ink) {
  if (value === "currentColor") return ink;
  return value.startsWith("url(") ? hatch(canvas) : value;
}

/** Paints one shape as its attributes say. */
export function paintShape(canvas, element, ink) {
  const path = outline(element);
  if (!path) return;
  const whole = canvas.globalAlpha;
  const opacity = whole * numeric(element, "opacity", 1);
  const fill = attribute(element, "fill", "#000");
  const stroke = attribute(element, "stroke", "none");
  if (fill !== "none") {
    canvas.globalAlpha = opacity * numeric(element, "fill-opacity", 1);
    canvas.fillStyle = paintFor(canvas, fill, ink);
    canvas.fill(path, attribute(element, "fill-rule", "nonzero"));
  }
  if (stroke !== "none") {
    canvas.globalAlpha = opacity * numeric(element, "stroke-opacity", 1);
    canvas.strokeStyle = paintFor(canvas, stroke, ink);
    canvas.lineWidth = numeric(element, "stroke-width", 1);
    canvas.lineJoin = attribute(element, "stroke-linejoin", "miter");
    canvas.lineCap = attribute(element, "stroke-linecap", "butt");
    canvas.setLineDash((element.getAttribute("stroke-dasharray") ?? "").split(/[ ,]+/).filter(Boolean).map(Number));
    canvas.stroke(path);
    canvas.setLineDash([]);
  }
  canvas.globalAlpha = whole;
}

/** Paints a small SVG picture with its upper left corner at a place, `size` pixels wide. */
export function paintPicture(canvas, svg, x, y, size, ink) {
  const [, , width] = svg.getAttribute("viewBox").split(" ").map(Number);
  canvas.save();
  canvas.translate(x, y);
  canvas.scale(size / width, size / width);
  for (const element of svg.children) paintShape(canvas, element, ink);
  canvas.restore();
}

/** A text in lines no wider than `width`: broken between words, and between Chinese characters. */
export function wrapped(canvas, text, font, width) {
  canvas.font = font;
  const lines = [""];
  for (const word of text.match(/[\u2e80-\uffef]|[^\u2e80-\uffef\s]+\s*|\s+/g) ?? []) {
    const longer = lines.at(-1) + word;
    if (lines.at(-1) && canvas.measureText(longer.trimEnd()).width > width) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

/** Writes a line of text over its halo; `halo` is a colour, or null for none. */
export function write(canvas, text, x, y, { font, colour, halo = null, align = "left", width = 3 }) {
  canvas.font = font;
  canvas.textAlign = align;
  canvas.textBaseline = "middle";
  if (halo) {
    canvas.strokeStyle = halo;
    canvas.lineWidth = width;
    canvas.lineJoin = "round";
    canvas.strokeText(text, x, y);
  }
  canvas.fillStyle = colour;
  canvas.fillText(text, x, y);
}
