/** What keys do to an outline: metres that a corner goes, and steps that are taken back. */
/** Metres that a key moves a corner, and with Shift. */
export const STEP = 1;
export const STRIDE = 10;
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** Metres to the east and to the north that a key means, null for another key. */
export function wayOf({ key, shiftKey, ctrlKey, metaKey, altKey }) {
  const way = ctrlKey || metaKey || altKey ? null : WAYS[key];
  return way ? way.map((each) => each * (shiftKey ? STRIDE : STEP)) : null;
}

/** Whether keys mean a step back or one forth, null for neither; in a field they are the field's. */
export function stepOf({ key, shiftKey, ctrlKey, metaKey, target }) {
  if (!(ctrlKey || metaKey) || target.matches?.("input")) return null;
  const letter = key.toLowerCase();
  if (letter === "y" || (letter === "z" && shiftKey)) return "redo";
  return letter === "z" ? "undo" : null;
}
