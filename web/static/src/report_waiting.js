/** What of one's reports is still on the device: a pill that tells how many, and the list behind it. */
import { h, icon } from "./dom.js";
import { drop, flush, onQueue, retry } from "./report_queue.js";
import { t } from "./text.js";

/** One line that goes away by itself. */
export function toast(sentence, kind) {
  document.querySelector(".toast")?.remove();
  const line = h("p", { class: `toast ${kind}`, role: "status" }, icon(kind === "fresh" ? "cloud-check" : "cloud-off", 18), sentence);
  (document.querySelector("dialog[open]") ?? document.body).append(line);
  setTimeout(() => line.remove(), 6000);
}

function entry({ id, title, sent, photographs, problem }) {
  return h(
    "li",
    null,
    h("b", null, title),
    h("span", { class: "calm" }, sent.seen_on, photographs.length > 0 && [" · ", t("{n} 张照片", { n: photographs.length })]),
    problem && h("p", { class: "refused" }, problem),
    h(
      "p",
      { class: "actions" },
      h("button", { type: "button", class: "button", onclick: () => retry(id) }, t("重新发送")),
      h("button", { type: "button", class: "button late", onclick: () => confirm(t("删除这条还没有发送的上报？")) && drop(id) }, t("删除")),
    ),
  );
}

/** Keeps the pill where something waits. */
export function showWaiting() {
  // On a phone the title is what the panel is dragged by: a tap on the pill is none of that.
  const pill = h("button", { type: "button", class: "waiting-pill", hidden: true, onclick: open, onpointerdown: (event) => event.stopPropagation() });
  const list = h("ul");
  let dialog = null;
  function open() {
    dialog = h(
      "dialog",
      { class: "report waiting", "aria-labelledby": "waiting-title", onclose: () => { dialog.remove(); dialog = null; } },
      h("header", null, h("h2", { id: "waiting-title" }, t("待发送的上报")), h("button", { type: "button", class: "close", "aria-label": t("关闭"), onclick: () => dialog.close() }, icon("x", 20))),
      h("div", { class: "report-body" }, list),
      h("footer", null, h("button", { type: "button", class: "button primary", onclick: () => flush() }, t("全部发送"))),
    );
    document.body.append(dialog);
    dialog.showModal();
  }
  // The map tells beside the title how fresh it is; other pages have it at their foot.
  (document.querySelector("#panel .head") ?? document.body).append(pill);
  onQueue((waiting) => {
    pill.hidden = waiting.length === 0;
    pill.replaceChildren(icon("cloud-off", 16), t("{n} 条上报待发送", { n: waiting.length }));
    list.replaceChildren(...waiting.map(entry));
    if (waiting.length === 0) dialog?.close();
  });
}
