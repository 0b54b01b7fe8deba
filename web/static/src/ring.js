/** A ring whose arcs are the shares of the statuses. */
import { s } from "./dom.js";
import { state } from "./state.js";
import { statuses } from "./status.js";

const TURN = Math.PI * 2;

/**
 * The arcs of a mix as [start, end, colour], clockwise from the top, best status first.
 * @param {Record<string, number>} mix
 * @param {number} gap angle left open between two arcs
 */
export function arcs(mix, gap) {
  const parts = statuses.filter(({ code }) => mix[code] > 0);
  const total = parts.reduce((sum, { code }) => sum + mix[code], 0);
  let angle = 0;
  return parts.map(({ code, colour }) => {
    const start = angle;
    angle += (mix[code] / total) * TURN;
    const open = parts.length > 1 ? Math.min(gap, (angle - start) / 3) : 0;
    return { start: start + open / 2, end: angle - open / 2, colour, code };
  });
}

/** A ring of a mix with a text in it, as SVG. */
export function ring(mix, text, { size, width }) {
  const middle = size / 2;
  const radius = middle - width / 2 - 2;
  const at = (angle) => `${middle + radius * Math.sin(angle)} ${middle - radius * Math.cos(angle)}`;
  const shown = (code) => state.statuses.size === 0 || state.statuses.has(code);
  const parts = arcs(mix, 0.06);
  return s(
    "svg",
    { class: "ring", viewBox: `0 0 ${size} ${size}`, width: size, height: size, "aria-hidden": "true" },
    s("circle", { cx: middle, cy: middle, r: middle - 0.5, fill: "#fff" }),
    parts.length === 0 &&
      s("circle", { cx: middle, cy: middle, r: radius, fill: "none", stroke: "#D8DEDA", "stroke-width": width,
        "stroke-dasharray": "3 3" }),
    parts.map(({ start, end, colour, code }) =>
      s("path", {
        d: end - start > TURN - 1e-6
          ? `M${at(0)}A${radius} ${radius} 0 1 1 ${at(Math.PI)}A${radius} ${radius} 0 1 1 ${at(0)}`
          : `M${at(start)}A${radius} ${radius} 0 ${end - start > Math.PI ? 1 : 0} 1 ${at(end)}`,
        fill: "none",
        stroke: colour,
        "stroke-width": width,
        opacity: shown(code) ? 1 : 0.18,
      }),
    ),
    s("text", { x: middle, y: middle, class: text.length > 3 ? "ring-number long" : "ring-number", "dominant-baseline": "central", "text-anchor": "middle" }, text),
  );
}
