/** On a phone the panel is a sheet with three stops: a glance, half the screen, all of it. */
import { isPhone, onLayout } from "./config.js";
import { byId, h } from "./dom.js";
import { onChange } from "./state.js";
import { t } from "./text.js";

const GLANCE = 176;
const tops = () => [window.innerHeight - GLANCE, window.innerHeight * 0.42, 12];

/** Makes the panel a sheet that can be dragged, tapped and moved by keyboard. */
export function makeSheet() {
  const panel = byId("panel");
  const grip = h("button", { type: "button", class: "grip", "aria-controls": "panel" }, h("i"));
  panel.prepend(grip);
  let stop = 0;
  let drag = null;

  function settle(next) {
    stop = Math.max(0, Math.min(2, next));
    panel.style.transform = "";
    panel.dataset.stop = String(stop);
    document.body.dataset.stop = String(stop);
    grip.setAttribute("aria-label", stop === 2 ? t("收起面板") : t("展开面板"));
    grip.setAttribute("aria-expanded", String(stop > 0));
  }

  const handle = panel.querySelector(".head");
  for (const part of [grip, handle]) {
    part.addEventListener("pointerdown", (event) => {
      if (!isPhone() || event.button !== 0) return;
      drag = { from: event.clientY, top: tops()[stop], moved: 0 };
      part.setPointerCapture(event.pointerId);
    });
    part.addEventListener("pointermove", (event) => {
      if (!drag) return;
      drag.moved = event.clientY - drag.from;
      panel.classList.add("dragged");
      panel.style.transform = `translateY(${Math.max(12, drag.top + drag.moved)}px)`;
    });
    const release = () => {
      if (!drag) return;
      const { top, moved } = drag;
      drag = null;
      panel.classList.remove("dragged");
      if (Math.abs(moved) < 6) settle(part === grip ? stop : (stop + 1) % 3);
      else settle(nearest(top + moved + Math.sign(moved) * 60));
    };
    part.addEventListener("pointerup", release);
    part.addEventListener("pointercancel", release);
  }
  grip.addEventListener("click", () => Math.abs(drag?.moved ?? 0) < 6 && settle((stop + 1) % 3));
  grip.addEventListener("keydown", (event) => {
    if (event.key === "ArrowUp") settle(stop + 1);
    if (event.key === "ArrowDown") settle(stop - 1);
  });

  addEventListener("resize", () => settle(stop));
  onLayout(() => settle(0));
  onChange((changed, before) => {
    if (isPhone() && changed.has("township") && before.township === null && stop === 2) settle(1);
    if (isPhone() && changed.has("feature")) settle(0);
  }, ["township", "feature"]);
  settle(0);
}

function nearest(top) {
  const distances = tops().map((each) => Math.abs(each - top));
  return distances.indexOf(Math.min(...distances));
}
