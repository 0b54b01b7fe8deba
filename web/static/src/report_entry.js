/** Reporting, for every page that offers it: buttons that open the form, and the queue that is sent. */
import { openReport } from "./report_form.js";
import { keepSending } from "./report_queue.js";
import { showWaiting } from "./report_waiting.js";

export { openReport };

addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-report]");
  if (!button) return;
  const { report: id, layer, code, name, milestone, reached } = button.dataset;
  openReport({ id, layer, code, name, reached: JSON.parse(reached || "[]") }, { milestone: milestone || undefined });
});
showWaiting();
keepSending();
