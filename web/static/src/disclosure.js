/** A button that opens a box of choices; Escape, a press elsewhere, or leaving it by keyboard closes it again. */

/**
 * @param {HTMLElement} opener the button
 * @param {HTMLElement} box what it opens, hidden at first
 * @param {() => void} [opened] called when the box has been opened
 * @returns {(open: boolean) => void}
 */
export function disclose(opener, box, opened) {
  function toggle(open) {
    if (box.hidden === !open) return;
    box.hidden = !open;
    opener.setAttribute("aria-expanded", String(open));
    if (open) opened?.();
  }
  opener.setAttribute("aria-expanded", "false");
  opener.setAttribute("aria-controls", box.id);
  opener.addEventListener("click", () => toggle(box.hidden));
  addEventListener("pointerdown", ({ target }) => {
    if (!box.contains(target) && !opener.contains(target)) toggle(false);
  });
  for (const part of [box, opener]) {
    part.addEventListener("focusout", ({ relatedTarget }) => {
      if (relatedTarget && !box.contains(relatedTarget) && relatedTarget !== opener) toggle(false);
    });
    part.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || box.hidden) return;
      event.stopPropagation();
      toggle(false);
      opener.focus();
    });
  }
  return toggle;
}
