/** What was spent in each township by the day chosen, and the classes of money that colour it. */
import { config } from "./config.js";
import { loadMoney, OUTSIDE } from "./source.js";
import { county } from "./known.js";
import { onChange, state } from "./state.js";
import { complain, hush } from "./notice.js";

const { colours } = config.legend.spend;

const money = { answer: null, edges: [0] };

/** Whether the server can be asked about money. */
export const hasMoney = Boolean(config.urls.money);

/** Numbers that read as round, up to a power of ten. */
const ROUND = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

/** A round number that is not less. */
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return ROUND.map((each) => each * power).find((each) => each >= value - 1e-9);
}

/** Edges of five classes of equal width, from what is known of the last day: so that months compare. */
function edgesOf(townships) {
  const most = Math.max(0, ...townships.filter(({ kind }) => kind === "township").map(({ spent }) => spent));
  const step = most > 0 ? roundUp(most / colours.length) : 1;
  return [...colours, null].map((_, place) => place * step);
}

export const spendEdges = () => money.edges;

/** All sums of the day, null while nothing is known. */
export const spendTotal = () => money.answer?.total ?? null;

const rowOf = (code) =>
  money.answer?.townships.find(({ kind, org_unit: unit }) =>
    code === OUTSIDE ? kind === "outside" : kind === "township" && unit === code,
  );

/** Yuan spent in a township, in the county, or outside of all; null where nothing is booked: that is not zero. */
export function spentIn(code) {
  if (!spendTotal()?.spent) return null;
  return (code === county.code ? spendTotal().spent : rowOf(code)?.spent) ?? null;
}

/** Yuan that no feature has received yet. */
export const notPlaced = () => spendTotal()?.unallocated ?? 0;

/** The class, 0 to 4, of an amount. */
export const spendClass = (amount) => Math.min(Math.floor(amount / money.edges[1] + 1e-9), colours.length - 1);
export const spendColour = (amount) => colours[spendClass(amount)];

/** Keeps the sums those of the day chosen while money is looked at. @param {(() => void)[]} redraws */
export function keepSpend(redraws) {
  let asking = new AbortController();
  async function load() {
    asking.abort();
    if (!state.money) return;
    asking = new AbortController();
    const { signal } = asking;
    try {
      const [latest, answer] = await Promise.all([loadMoney(config.as_of, signal), loadMoney(state.asOf, signal)]);
      if (signal.aborted) return;
      Object.assign(money, { answer, edges: edgesOf(latest.townships) });
      hush();
      for (const redraw of redraws) redraw();
    } catch (error) {
      if (!signal.aborted) complain(error, load);
    }
  }
  onChange(load, ["money", "asOf"]);
  return load;
}
