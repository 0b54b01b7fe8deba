/** What the reader has chosen; every part of the page draws itself from here. */

/**
 * @typedef {object} State
 * @property {string | null} layer code of the layer chosen, null for all of them together
 * @property {string | null} measure code of the layer's measure, null for its first
 * @property {boolean} money whether townships are coloured by what was spent there
 * @property {string} asOf the day of every figure, YYYY-MM-DD
 * @property {string | null} township
 * @property {string | null} village code of the village whose features alone are listed and drawn
 * @property {Set<string>} statuses shown; empty means all
 * @property {"progress" | "delay"} sort
 * @property {Set<string>} hidden codes of the monitored layers that are not drawn
 * @property {string | null} base code of the base map under everything
 * @property {Set<string>} references codes of the reference layers laid under
 * @property {string | null} feature id of the feature whose card is open
 */

/** @type {State} */
export const state = {
  layer: null,
  measure: null,
  money: false,
  asOf: "",
  township: null,
  village: null,
  statuses: new Set(),
  sort: "progress",
  hidden: new Set(),
  base: null,
  references: new Set(),
  feature: null,
};

const listeners = [];

/**
 * @param {(changed: Set<keyof State>, before: State) => void} listener
 * @param {(keyof State)[]} [keys] called only when one of these changed
 */
export function onChange(listener, keys) {
  listeners.push({ listener, keys });
}

/** Changes the state and tells those who asked. @param {Partial<State>} patch */
export function change(patch) {
  const before = { ...state };
  const changed = new Set(Object.keys(patch).filter((key) => patch[key] !== state[key]));
  if (changed.size === 0) return;
  Object.assign(state, patch);
  for (const { listener, keys } of listeners) {
    if (!keys || keys.some((key) => changed.has(key))) listener(changed, before);
  }
}

/** A copy of a set with one member put in or taken out. */
export function toggled(set, member) {
  const copy = new Set(set);
  if (!copy.delete(member)) copy.add(member);
  return copy;
}
