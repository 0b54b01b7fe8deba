/** The pictures of the money page, drawn by ECharts from the page's own numbers: where it went, and month by month. */
import { BarChart, SankeyChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { axes, font, keepDrawn, NARROW } from "./chart.js";

use([BarChart, SankeyChart, GridComponent, LegendComponent, TooltipComponent, AriaComponent, CanvasRenderer]);

const COLOURS = ["#24705F", "#A66D2C", "#7A4A16"];
const REST = "#97A3AE";
/** Height that one node of the fullest column needs. */
const ROW = { wide: 34, narrow: 52 };

const { nodes, links, unit } = JSON.parse(document.getElementById("data-flow").textContent);
const box = document.getElementById("flow");
const amount = new Intl.NumberFormat(document.documentElement.lang, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const names = new Map(nodes.map(({ id, name }) => [id, name]));
const isRest = (id) => /^place (unallocated|outside)|^activity $/.test(id);

function options(width) {
  const narrow = width < NARROW;
  return {
    animation: false,
    textStyle: font(),
    tooltip: {
      confine: true,
      renderMode: "richText",
      formatter: ({ dataType, data, value }) =>
        dataType === "edge"
          ? `${names.get(data.source)} → ${names.get(data.target)}\n${amount.format(value)} ${unit}`
          : `${names.get(data.name)}\n${amount.format(value)} ${unit}`,
    },
    series: {
      type: "sankey",
      left: 0,
      right: narrow ? 76 : 150,
      top: 8,
      bottom: 8,
      nodeWidth: 10,
      nodeGap: narrow ? 8 : 10,
      draggable: false,
      emphasis: { focus: "adjacency" },
      label: {
        ...font(),
        fontSize: narrow ? 11 : 13,
        width: narrow ? 72 : 190,
        overflow: narrow ? "break" : "truncate",
        formatter: ({ name }) => names.get(name),
      },
      lineStyle: { color: "source", opacity: 0.22, curveness: 0.5 },
      data: nodes.map(({ id, depth }) => ({ name: id, depth, itemStyle: { color: isRest(id) ? REST : COLOURS[depth] } })),
      links,
    },
  };
}

const CHANNELS = ["#24705F", "#A66D2C", "#4F7CAC", "#7A4A16", "#8A9A5B", "#9B5C7B", "#97A3AE"];

/** What each channel had spent by the end of each month, one upon the other. */
function drawMonths(box, { months, rows, unit: spoken }) {
  box.style.height = "280px";
  keepDrawn(box, (width) => ({
    animation: false,
    color: CHANNELS,
    textStyle: font(),
    grid: { left: 8, right: 8, top: width < NARROW ? 72 : 40, bottom: 8, containLabel: true },
    legend: { top: 0, left: 0, itemWidth: 12, itemHeight: 12, textStyle: { ...font(), fontSize: 12 } },
    tooltip: {
      trigger: "axis",
      confine: true,
      renderMode: "richText",
      axisPointer: { type: "shadow" },
      valueFormatter: (value) => `${amount.format(value)} ${spoken}`,
    },
    xAxis: { type: "category", data: months.map((month) => month.slice(5)), ...axes.names() },
    yAxis: { type: "value", ...axes.values() },
    series: rows.map(({ name, values }) => ({ type: "bar", name, data: values, stack: "all", barMaxWidth: 44 })),
  }));
}

function draw() {
  const columns = [0, 1, 2].map((depth) => nodes.filter((node) => node.depth === depth).length);
  const row = box.clientWidth < NARROW ? ROW.narrow : ROW.wide;
  box.style.height = `${Math.max(220, Math.max(...columns) * row)}px`;
  keepDrawn(box, options);
}

if (links.length) draw();
else box.hidden = true;

const monthly = document.getElementById("months");
if (monthly) drawMonths(monthly, JSON.parse(document.getElementById("data-months").textContent));
