/** How fresh the figures are: asked for just now, from earlier, or part of the file. */
import { h, icon } from "./dom.js";
import { isFile } from "./config.js";
import { t } from "./text.js";

const pill = h("span", { class: "sync", role: "status" });
let standing = isFile ? "file" : "fresh";

const looks = {
  fresh: () => [icon("cloud-check", 15), t("已是最新")],
  loading: () => [icon("refresh-cw", 15), t("更新中")],
  stale: () => [icon("cloud-off", 15), t("未能更新")],
  offline: () => [icon("cloud-off", 15), t("离线")],
  file: () => [icon("file-check", 15), t("单文件")],
};

function redraw() {
  const look = standing !== "file" && !navigator.onLine ? "offline" : standing;
  pill.className = `sync ${look}`;
  pill.replaceChildren(...looks[look]());
}

/** @param {"fresh" | "loading" | "stale" | "file"} next */
export function setSync(next) {
  if (standing !== "file") standing = next;
  redraw();
}

/** The pill itself. */
export function syncPill() {
  addEventListener("online", redraw);
  addEventListener("offline", redraw);
  redraw();
  return pill;
}
