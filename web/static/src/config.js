/** What the server wrote into the page: the configuration, and data that need not be fetched. */

let opened = {};

/** Takes the blocks that a one-file map held packed. */
export function hold(blocks) {
  opened = blocks;
}

/**
 * The value of a JSON block of the page.
 * @param {string} name
 * @returns {any} undefined where the page has no such block
 */
export function inlined(name) {
  if (name in opened) return opened[name];
  const block = document.getElementById(`data-${name}`);
  return block ? JSON.parse(block.textContent) : undefined;
}

export const config = inlined("config");

/** Whether the page is a single file that may not ask anybody for anything. */
export const isFile = config.mode === "file";

/** Whether there is only room for a bottom sheet; the width is the one in sheet.css. */
const narrow = matchMedia("(max-width: 900px)");
export const isPhone = () => narrow.matches;
/** @param {() => void} changed called when the window changes between the two layouts */
export const onLayout = (changed) => narrow.addEventListener("change", changed);

/** Whether the reader asked for less movement. */
export const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
