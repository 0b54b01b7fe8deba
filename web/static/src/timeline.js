/** The day of every figure: a slider over months, with the course of the chosen layer behind it. */
import { isFile, isPhone, onLayout } from "./config.js";
import { byId, debounced, h, s } from "./dom.js";
import { known, measure, scope, subject } from "./known.js";
import { loadSeries } from "./source.js";
import { change, onChange, state } from "./state.js";
import { monthEnd, monthsBetween, t } from "./text.js";

const WIDTH = 200;
const HEIGHT = 22;

/** Puts the time line into the legend, or into the panel on a phone. @param {HTMLElement} slot */
export function makeTimeline(slot) {
  if (isFile) return;
  const months = monthsBetween(known.first.slice(0, 7), known.last.slice(0, 7));
  const last = months.length - 1;
  if (last < 1) return;
  const dayOf = (index) => (index === last ? known.last : monthEnd(months[index]));
  const indexOf = (day) => Math.max(0, months.indexOf(day.slice(0, 7)));

  const course = s("svg", { class: "course", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" });
  const slider = h("input", { type: "range", id: "month", min: 0, max: last, step: 1, "aria-label": t("数据截至") });
  const shown = h("output", { for: "month" });
  const line = h("div", { class: "timeline" }, h("div", { class: "slide" }, course, slider), shown);

  const tell = () => {
    const month = months[slider.valueAsNumber];
    shown.textContent = month;
    slider.setAttribute("aria-valuetext", month);
    slider.style.setProperty("--done", `${(slider.valueAsNumber / last) * 100}%`);
  };
  const choose = debounced(() => change({ asOf: dayOf(slider.valueAsNumber) }), 140);
  slider.addEventListener("input", () => { tell(); choose(); });

  function follow() {
    if (dayOf(slider.valueAsNumber) !== state.asOf) slider.value = String(indexOf(state.asOf));
    tell();
  }

  let asking = new AbortController();
  async function drawCourse() {
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    const layer = subject();
    if (!layer) {
      course.replaceChildren();
      return;
    }
    try {
      const series = await loadSeries(layer.code, scope(), signal);
      if (!signal.aborted) course.replaceChildren(...area(series, layer, months));
    } catch {
      if (!signal.aborted) course.replaceChildren();
    }
  }

  const place = () => (isPhone() ? byId("timeline-slot") : slot).append(line);
  onLayout(place);
  place();
  slider.value = String(indexOf(state.asOf));
  follow();
  drawCourse();
  onChange(follow, ["asOf"]);
  onChange(drawCourse, ["layer", "measure", "township"]);
}

/** The completing milestone's values over the slider's months, as an area; the course is a hint, not a figure. */
function area(series, layer, months) {
  const completing = layer.milestones.find(({ completes }) => completes).code;
  const row = series?.rows.find((each) => each.measure === measure().code && each.milestone === completing);
  if (!row) return [];
  const values = new Map(series.months.map((month, i) => [month, row.values[i]]));
  let latest = 0;
  const heights = months.map((month) => (latest = values.get(month) ?? latest));
  const most = Math.max(...heights);
  if (!(most > 0)) return [];
  const at = (value, i) => `${((i / (months.length - 1)) * WIDTH).toFixed(1)} ${(HEIGHT - (value / most) * (HEIGHT - 2)).toFixed(1)}`;
  return [s("path", { d: `M0 ${HEIGHT}L${heights.map(at).join("L")}L${WIDTH} ${HEIGHT}Z` })];
}
