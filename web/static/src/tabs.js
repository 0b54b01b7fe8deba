/** What to look at: all layers together or one of them; more tabs than room scroll under arrows. */
import { isStill } from "./config.js";
import { h, icon } from "./dom.js";
import { monitored } from "./known.js";
import { change, onChange, state } from "./state.js";
import { label, t } from "./text.js";

/** @returns {HTMLElement} */
export function makeTabs() {
  const strip = h("div", { class: "strip", role: "group", "aria-label": t("看哪一类") });
  const arrow = (name, way) =>
    h(
      "button",
      {
        type: "button",
        class: `arrow ${way < 0 ? "back" : "on"}`,
        tabindex: -1,
        "aria-hidden": "true",
        onclick: () => strip.scrollBy({ left: way * strip.clientWidth * 0.7, behavior: isStill ? "auto" : "smooth" }),
      },
      name,
    );
  const back = arrow(icon("chevron-left", 18), -1);
  const on = arrow(icon("chevron-right", 18), 1);
  const tabs = h("nav", { class: "tabs" }, back, strip, on);

  for (const layer of [null, ...monitored()]) {
    const code = layer?.code ?? null;
    const choice = { type: "button", "data-layer": code ?? "all", title: layer && label(layer.about) };
    strip.append(h("button", { ...choice, onclick: () => change({ layer: code, measure: null }) }, layer ? label(layer.label) : t("总进度")));
  }

  function edges() {
    const end = strip.scrollWidth - strip.clientWidth - strip.scrollLeft;
    back.hidden = strip.scrollLeft < 2;
    on.hidden = end < 2;
  }
  function mark() {
    for (const tab of strip.children) {
      const chosen = tab.dataset.layer === (state.layer ?? "all");
      tab.setAttribute("aria-pressed", String(chosen));
      if (!chosen) continue;
      const beside = 44;
      const [left, right] = [tab.offsetLeft - beside, tab.offsetLeft + tab.offsetWidth + beside];
      if (left < strip.scrollLeft) strip.scrollLeft = left;
      else if (right > strip.scrollLeft + strip.clientWidth) strip.scrollLeft = right - strip.clientWidth;
    }
  }
  strip.addEventListener("scroll", edges, { passive: true });
  new ResizeObserver(() => { mark(); edges(); }).observe(strip);
  onChange(mark, ["layer"]);
  mark();
  return tabs;
}
