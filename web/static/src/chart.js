/** What all charts share: type, drawing for the width there is, and saving one as a picture with what it needs to be read. */
import { init } from "echarts/core";

export const NARROW = 700;
export const INK = "#17252E";
export const QUIET = "#51626D";

export const font = () => ({ fontFamily: getComputedStyle(document.body).fontFamily, color: INK });

/** The axes of a chart of numbers over days or places. */
export const axes = {
  names: () => ({ axisTick: { show: false }, axisLine: { lineStyle: { color: "#B9C3BD" } }, axisLabel: font() }),
  values: () => ({ splitLine: { lineStyle: { color: "#E3E7E3" } }, axisLabel: { ...font(), color: QUIET } }),
};

/** Draws what `options` says for the width there is, now, when the width changes, and before it is printed. */
export function keepDrawn(box, options) {
  const chart = init(box);
  const fit = () => {
    chart.resize();
    chart.setOption(options(box.clientWidth));
  };
  fit();
  new ResizeObserver(fit).observe(box);
  addEventListener("beforeprint", fit);
  return chart;
}

const EDGE = 28;

/** Text in lines no wider than `width`; Chinese may break anywhere, other words at blanks. */
function lines(context, text, width) {
  const found = [""];
  for (const word of text.match(/[\u2e80-\uffef]|[^\s\u2e80-\uffef]+\s*|\s+/g) ?? []) {
    const longer = found.at(-1) + word;
    if (found.at(-1) && context.measureText(longer).width > width) found.push(word);
    else found[found.length - 1] = longer;
  }
  return found;
}

/**
 * A chart as a PNG: its title above it, below it the day, the source and whether the figures are illustrative.
 * @param {import("echarts/core").EChartsType} chart
 * @param {{title: string, said: string[], file: string}} words
 */
export async function savePicture(chart, { title, said, file }) {
  const ratio = 2;
  const drawn = chart.renderToCanvas({ pixelRatio: ratio, backgroundColor: "#FFFFFF" });
  const [width, height] = [chart.getWidth() + 2 * EDGE, chart.getHeight()];
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  const { fontFamily } = font();
  const parts = [
    { text: title, style: `600 18px ${fontFamily}`, colour: INK, line: 26 },
    ...said.filter(Boolean).map((text) => ({ text, style: `12px ${fontFamily}`, colour: QUIET, line: 18 })),
  ].map((part) => {
    context.font = part.style;
    return { ...part, lines: lines(context, part.text, width - 2 * EDGE) };
  });
  const high = ({ lines, line }) => lines.length * line;
  const head = EDGE + high(parts[0]) + 12;
  const foot = parts.slice(1).reduce((sum, part) => sum + high(part), 0) + 12 + EDGE;
  canvas.width = width * ratio;
  canvas.height = (head + height + foot) * ratio;
  context.scale(ratio, ratio);
  context.fillStyle = "#FFFFFF";
  context.fillRect(0, 0, width, head + height + foot);
  context.drawImage(drawn, EDGE, head, chart.getWidth(), height);
  context.textBaseline = "top";
  let y = EDGE;
  for (const [place, part] of parts.entries()) {
    if (place === 1) y = head + height + 12;
    context.font = part.style;
    context.fillStyle = part.colour;
    for (const line of part.lines) {
      context.fillText(line, EDGE, y);
      y += part.line;
    }
  }
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  const address = URL.createObjectURL(blob);
  const link = Object.assign(document.createElement("a"), { href: address, download: file });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
