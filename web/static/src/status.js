/** The five statuses: colour and shape, the same on map, bar, chip and table. */
import { config } from "./config.js";
import { s } from "./dom.js";

/** Best first: the order of bars and rings. @type {{code: string, label: any, colour: string, shape: string}[]} */
export const statuses = config.legend.statuses;

export const statusOf = Object.fromEntries(statuses.map((status) => [status.code, status]));

/** The sign of a status as a small picture. */
export function statusSign(code, size = 12) {
  const { colour, shape } = statusOf[code];
  const parts = {
    ring: [s("circle", { cx: 6, cy: 6, r: 4.6, fill: "#fff", stroke: colour, "stroke-width": 2 })],
    half: [
      s("circle", { cx: 6, cy: 6, r: 5, fill: "none", stroke: colour, "stroke-width": 1.8 }),
      s("path", { d: "M6 1a5 5 0 0 1 0 10Z", fill: colour }),
    ],
    disc: [s("circle", { cx: 6, cy: 6, r: 5.6, fill: colour })],
    tick: [
      s("circle", { cx: 6, cy: 6, r: 5.6, fill: colour }),
      s("path", { d: "m3.4 6.2 1.9 1.9 3.4-4", fill: "none", stroke: "#fff", "stroke-width": 1.5 }),
    ],
    bang: [
      s("circle", { cx: 6, cy: 6, r: 5.6, fill: colour }),
      s("path", { d: "M6 2.8v3.6M6 8.2v1.2", fill: "none", stroke: "#fff", "stroke-width": 1.6 }),
    ],
  };
  return s(
    "svg",
    { class: "status-sign", viewBox: "0 0 12 12", width: size, height: size, "aria-hidden": "true" },
    parts[shape],
  );
}

/** Colour of a share of one in the five fixed classes; shares above one are in the last. */
export function progressClass(share) {
  return Math.min(Math.floor(share * 5 + 1e-9), 4);
}
export const progressColour = (share) => config.legend.progress.colours[progressClass(share)];
