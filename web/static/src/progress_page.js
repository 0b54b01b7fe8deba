/** The pictures of the progress page, drawn by ECharts from the page's own numbers: by month, and what is overdue. */
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { axes, font, keepDrawn, NARROW, savePicture } from "./chart.js";

use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, AriaComponent, CanvasRenderer]);

const COMPLETED = "#2C7FB8";
const OVERDUE = "#C8321F";
const TARGET = "#17252E";
/** Overdue for longer is darker; the first is for what has only just become so. */
const LATE = ["#F0B7AE", "#E0796B", OVERDUE, "#7D170B"];
/** Days before this one in which no longer every month has its name on the axis. */
const MONTHS_NAMED = 14;

const series = JSON.parse(document.getElementById("data-progress").textContent);
const words = document.getElementById("picture-words").dataset;
const number = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 2 });
const charts = {};

const common = (width) => ({
  animation: false,
  textStyle: font(),
  grid: { left: 8, right: 16, top: width < NARROW ? 64 : 44, bottom: 8, containLabel: true },
  legend: { top: 0, right: 0, itemWidth: 14, itemHeight: 10, textStyle: { ...font(), fontSize: 12 } },
  tooltip: { trigger: "axis", confine: true, renderMode: "richText", axisPointer: { type: "shadow" } },
});

function drawTrend(box) {
  const months = series.days.map((day) => day.slice(0, 7));
  box.style.height = "300px";
  charts.trend = keepDrawn(box, (width) => ({
    ...common(width),
    tooltip: { ...common(width).tooltip, valueFormatter: (value) => (value === null ? "–" : `${number.format(value)} ${words.unit}`) },
    xAxis: {
      type: "category",
      data: months,
      ...axes.names(),
      axisLabel: { ...font(), interval: months.length > MONTHS_NAMED ? (place) => months[place].endsWith("-01") || place === months.length - 1 : 0, hideOverlap: true },
    },
    yAxis: { type: "value", name: words.unit, nameTextStyle: { ...font(), align: "left" }, ...axes.values() },
    series: [
      { type: "bar", name: words.overdue, data: series.overdue, itemStyle: { color: OVERDUE }, barMaxWidth: 18 },
      {
        type: "line",
        name: words.completed,
        data: series.completed,
        itemStyle: { color: COMPLETED },
        lineStyle: { color: COMPLETED, width: 2.5 },
        symbol: "circle",
        symbolSize: months.length > MONTHS_NAMED ? 0 : 7,
      },
      ...(series.target
        ? [{ type: "line", name: words.target, data: series.target, itemStyle: { color: TARGET }, lineStyle: { color: TARGET, width: 2, type: "dashed" }, symbol: "none" }]
        : []),
    ],
  }));
}

function drawLate(box) {
  const { classes, rows } = series.late;
  const shown = rows.toReversed();
  box.style.height = `${80 + shown.length * 28}px`;
  charts.late = keepDrawn(box, (width) => ({
    ...common(width),
    tooltip: { ...common(width).tooltip, valueFormatter: (value) => `${number.format(value)} ${words.lateUnit}` },
    xAxis: { type: "value", minInterval: 1, ...axes.values() },
    yAxis: { type: "category", data: shown.map(({ name }) => name), ...axes.names() },
    series: classes.map((name, place) => ({
      type: "bar",
      name,
      stack: "all",
      data: shown.map(({ values }) => values[place]),
      itemStyle: { color: LATE[place] },
      barMaxWidth: 18,
    })),
  }));
}

const boxes = { trend: [document.getElementById("chart-trend"), drawTrend], late: [document.getElementById("chart-late"), drawLate] };
for (const [name, [box, draw]] of Object.entries(boxes)) {
  if (!box) continue;
  draw(box);
  const button = document.querySelector(`[data-picture="${name}"]`);
  button.hidden = false;
  button.addEventListener("click", () =>
    savePicture(charts[name], { title: words[name], said: [words.said, words.source, words.illustrative], file: `${name}-${words.day}.png` }),
  );
}

/** A new target is of a measure that its layer has. */
const measures = document.querySelector('#new-target select[name="measure"]');
if (measures) {
  const layer = document.querySelector('#new-target select[name="layer"]');
  const all = [...measures.options];
  const offer = () => {
    measures.replaceChildren(...all.filter((each) => each.dataset.layer === layer.value));
  };
  layer.addEventListener("change", offer);
  offer();
}
