/** One line above the map: what went wrong and a way to try again, or a short remark that goes away. */
import { byId, h, icon } from "./dom.js";
import { t } from "./text.js";

let timer;

function say(kind, sentence, ...actions) {
  clearTimeout(timer);
  byId("notice").replaceChildren(h("div", { class: `notice ${kind}` }, icon("triangle-alert", 18), h("p", null, sentence), actions));
}

export const hush = () => byId("notice").replaceChildren();

/** A remark that goes away by itself. */
export function remark(sentence) {
  say("remark", sentence);
  timer = setTimeout(hush, 6000);
}

/** Something that can be done, and a button that does it. */
export function offer(sentence, words, act) {
  say("remark", sentence, h("button", { type: "button", class: "button", onclick: () => { hush(); act(); } }, words));
}

/**
 * A failure and what can be done about it; what was shown before stays.
 * @param {unknown} error a Problem, or a defect of this page
 * @param {() => void} retry
 */
export function complain(error, retry) {
  const again = h("button", { type: "button", class: "button", onclick: () => { hush(); retry(); } }, t("重试"));
  const close = h("button", { type: "button", class: "close", "aria-label": t("关闭"), onclick: hush }, icon("x", 18));
  if (!error.sentence) console.error(error);
  say("failure", error.sentence ?? t("这一页出了差错。"), again, close);
}
