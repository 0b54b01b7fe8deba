/** Shares from counted rows; a share is never shown without what it was divided from. */
import { OUTSIDE } from "./source.js";

/** Units of which one is one; the others have a factor between what is stored and what is shown. */
export const COUNTED = new Set(["place", "household", "person", "visit", "patch", "parcel", "mine", "piece", "batch"]);
const PEOPLE = new Set(["person", "visit"]);

/** The measure that counts the features themselves, so that layers can be added up. */
export const countMeasure = (layer) =>
  layer.measures.find((measure) => measure.counts) ??
  layer.measures.find(({ unit }) => COUNTED.has(unit.code) && !PEOPLE.has(unit.code)) ??
  layer.measures[0];

/** Completed of what was to be completed; null where there was nothing. */
export const shareOf = (row) => (row && row.denominator > 0 ? row.numerator / row.denominator : null);

/**
 * @typedef {object} Figure
 * @property {number | null} share of one; null is "no data"
 * @property {any} row the row behind the share; null when it is a mean
 * @property {number} layers how many layers the mean is of
 * @property {Record<string, number>} mix value by status
 * @property {number} total sum of the mix
 */

/** The rows of one day, by unit, layer and measure. */
export class Figures {
  /** @param {any[]} rows as /api/progress answers @param {Map<string, any>} layers */
  constructor(rows, layers) {
    this.layers = [...layers.values()].filter((layer) => !layer.reference);
    this.rows = new Map(rows.map((row) => [`${row.org_unit ?? OUTSIDE} ${row.layer} ${row.measure}`, row]));
  }

  get isEmpty() {
    return this.rows.size === 0;
  }

  /** The row of a unit, or undefined where it has no feature of the layer. */
  row(unit, layer, measure) {
    const row = this.rows.get(`${unit} ${layer.code} ${measure.code}`);
    return row && (row.population > 0 || row.denominator > 0) ? row : undefined;
  }

  /**
   * The figure of a unit: of one layer in one measure, or of all layers.
   *
   * Over all layers the share is the plain mean of the layers' shares, each in its first measure and at most one, and
   * the mix counts features.
   * @returns {Figure}
   */
  of(unit, layer, measure) {
    return layer ? this.ofLayer(unit, layer, measure) : this.ofAll(unit);
  }

  ofLayer(unit, layer, measure) {
    const row = this.row(unit, layer, measure) ?? null;
    const mix = row ? row.status : {};
    return { share: shareOf(row), row, layers: row ? 1 : 0, mix, total: sum(mix) };
  }

  ofAll(unit) {
    const shares = [];
    const mix = {};
    for (const layer of this.layers) {
      const share = shareOf(this.row(unit, layer, layer.measures[0]));
      if (share !== null) shares.push(Math.min(share, 1));
      const counted = this.row(unit, layer, countMeasure(layer));
      for (const [status, value] of Object.entries(counted?.status ?? {})) mix[status] = (mix[status] ?? 0) + value;
    }
    const share = shares.length ? shares.reduce((one, other) => one + other, 0) / shares.length : null;
    return { share, row: null, layers: shares.length, mix, total: sum(mix) };
  }
}

const sum = (mix) => Object.values(mix).reduce((one, other) => one + other, 0);
