/** Elements from values: text goes in as text, so nothing a user wrote can become markup. */
import { icons } from "./icons.js";

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") Object.assign(element.style, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/**
 * An HTML element.
 * @param {string} tag
 * @param {Record<string, any> | null} [attributes] `on…` are listeners, `style` an object of properties
 * @param {...any} children elements, strings, numbers, nested lists; null and false are left out
 */
export const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children.map(text));

/** An SVG element; as {@link h}. */
export const s = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children.map(text));

const text = (child) => (typeof child === "number" ? String(child) : child);

/** The element with this id. */
export const byId = (id) => document.getElementById(id);

/**
 * An icon of Lucide; which ones are in the bundle is read from these calls by scripts/vendor.sh.
 * @param {string} name
 * @param {number} [size] in CSS pixels
 */
export function icon(name, size = 20) {
  return s(
    "svg",
    { class: "icon", viewBox: "0 0 24 24", width: size, height: size, "aria-hidden": "true" },
    icons[name].map(([tag, attributes]) => s(tag, attributes)),
  );
}

/**
 * The sign of a layer: its path in a 16 x 16 box, in the colour of the text around it.
 * @param {{icon: string}} layer
 */
export function layerSign(layer, size = 14) {
  return s(
    "svg",
    { class: "layer-sign", viewBox: "0 0 16 16", width: size, height: size, "aria-hidden": "true" },
    s("path", { d: layer.icon, fill: "currentColor", "fill-rule": "evenodd" }),
  );
}

/** A function that runs once, after calls have paused for some milliseconds. */
export function debounced(run, pause) {
  let timer;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => run(...values), pause);
  };
}
