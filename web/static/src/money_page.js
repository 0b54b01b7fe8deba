/** The picture of the money page: from channel to activity to township, drawn by ECharts from the page's own numbers. */
import { SankeyChart } from "echarts/charts";
import { AriaComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([SankeyChart, TooltipComponent, AriaComponent, CanvasRenderer]);

const COLOURS = ["#24705F", "#A66D2C", "#7A4A16"];
const REST = "#97A3AE";
const NARROW = 700;
/** Height that one node of the fullest column needs. */
const ROW = { wide: 34, narrow: 52 };

const { nodes, links, unit } = JSON.parse(document.getElementById("data-flow").textContent);
const box = document.getElementById("flow");
const amount = new Intl.NumberFormat(document.documentElement.lang, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const names = new Map(nodes.map(({ id, name }) => [id, name]));
const isRest = (id) => /^place (unallocated|outside)|^activity $/.test(id);

function options(width) {
  const narrow = width < NARROW;
  const font = { fontFamily: getComputedStyle(document.body).fontFamily, color: "#17252E" };
  return {
    animation: false,
    textStyle: font,
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
        ...font,
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

function draw() {
  const columns = [0, 1, 2].map((depth) => nodes.filter((node) => node.depth === depth).length);
  const row = box.clientWidth < NARROW ? ROW.narrow : ROW.wide;
  box.style.height = `${Math.max(220, Math.max(...columns) * row)}px`;
  const chart = init(box);
  const fit = () => {
    chart.resize();
    chart.setOption(options(box.clientWidth));
  };
  fit();
  new ResizeObserver(fit).observe(box);
  // A canvas is printed as it is: wide enough for the sheet before it goes there.
  addEventListener("beforeprint", fit);
}

if (links.length) draw();
else box.hidden = true;
