/** Bars of statuses: the same colours in the same order everywhere. */
import { h } from "./dom.js";
import { state } from "./state.js";
import { statuses } from "./status.js";
import { label, listed, number } from "./text.js";

/** A bar of a mix, in words for those who do not see it. @param {Record<string, number>} mix */
export function stackedBar(mix) {
  const parts = statuses.filter(({ code }) => mix[code] > 0);
  const words = listed(parts.map(({ code, label: name }) => `${label(name)} ${number(mix[code])}`));
  return h(
    "span",
    { class: "stack", role: "img", "aria-label": words },
    parts.map(({ code, colour }) =>
      h("i", {
        class: state.statuses.size && !state.statuses.has(code) ? "off" : "",
        style: { flexGrow: String(mix[code]), background: colour },
      }),
    ),
  );
}

/** A bar of one share, in the accent. */
export const shareBar = (share) =>
  h("span", { class: "share", "aria-hidden": "true" }, h("i", { style: { width: `${Math.min(share, 1) * 100}%` } }));
