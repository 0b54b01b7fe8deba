/** What a township is coloured by, and the number that says it: a share of work done, or money spent. */
import { figuresOf } from "./known.js";
import { spendClass, spendColour, spentIn } from "./spend.js";
import { state } from "./state.js";
import { progressClass, progressColour } from "./status.js";
import { bareMoney, compact, percent } from "./text.js";

/** From this class on, text over the colour is light. */
const DARK = 3;

/**
 * @typedef {object} Paint
 * @property {string} colour of the class
 * @property {boolean} dark whether text over it is light
 * @property {string} short the number as a badge holds it
 * @property {string} long the number with its unit
 * @property {number} value to sort by
 */

/** The paint of a unit; null where there is no data. @returns {Paint | null} */
export function paintOf(code) {
  if (state.money) {
    const spent = spentIn(code);
    if (spent === null) return null;
    const dark = spendClass(spent) >= DARK;
    return { colour: spendColour(spent), dark, short: bareMoney(spent), long: compact(spent), value: spent };
  }
  const { share } = figuresOf(code);
  if (share === null) return null;
  const short = percent(share);
  return { colour: progressColour(share), dark: progressClass(share) >= DARK, short, long: `${short}%`, value: share };
}
