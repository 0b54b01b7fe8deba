/** What to look at: all layers together or one of them; more tabs than room scroll under arrows. */
import { isStill } from "./config.js";
import { h, icon } from "./dom.js";
import { monitored } from "./known.js";
import { hasMoney } from "./spend.js";
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

  const offer = (name, code, title, chosen) =>
    strip.append(h("button", { type: "button", "data-layer": code, title, onclick: () => change({ measure: null, ...chosen }) }, name));
  offer(t("总进度"), "all", null, { layer: null, money: false });
  if (hasMoney) offer(t("资金"), "money", t("已落到各乡镇的支出"), { layer: null, money: true });
  for (const { code, label: name, about } of monitored()) offer(label(name), code, label(about), { layer: code, money: false });

  function edges() {
    const end = strip.scrollWidth - strip.clientWidth - strip.scrollLeft;
    back.hidden = strip.scrollLeft < 2;
    on.hidden = end < 2;
  }
  function mark() {
    for (const tab of strip.children) {
      const chosen = tab.dataset.layer === (state.money ? "money" : (state.layer ?? "all"));
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
  onChange(mark, ["layer", "money"]);
  mark();
  return tabs;
}
