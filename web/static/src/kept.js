/** What the service worker (worker.js) tells a page, and its beginning; only where the browser trusts the connection. */
import { config, isFile } from "./config.js";
import { complain, offer } from "./notice.js";
import { Problem } from "./request.js";
import { setSync } from "./sync.js";
import { locale, t } from "./text.js";

const worker = isFile ? undefined : navigator.serviceWorker;

/** Has pages kept from now on; asked for when there is nothing else to do. */
export const keepPages = () => worker?.register("/worker.js").catch(() => {});

/** The JSON blocks of a page, by name, as text. */
const blocksOf = (page) =>
  new Map([...page.querySelectorAll('script[type="application/json"]')].map(({ id, textContent }) => [id, textContent]));

/** The figures of the page that came by now, where nothing else in it is different; undefined otherwise. */
async function freshFigures() {
  const kept = await (await caches.open("pages")).match(location.href.split("#")[0], { ignoreVary: true });
  if (!kept) return undefined;
  const [now, then] = [blocksOf(new DOMParser().parseFromString(await kept.text(), "text/html")), blocksOf(document)];
  const progress = now.get("data-progress");
  const same = [...now].every(([name, text]) => name === "data-progress" || then.get(name) === text);
  return same && progress ? JSON.parse(progress) : undefined;
}

/**
 * Shows what changed since the page was kept: new figures at once, anything else by loading it anew, of which somebody who
 * has begun to work is asked.
 * @param {(figures: any) => void} take given the figures that came by now
 */
export function followWorker(take) {
  let hasBegun = false;
  for (const type of ["pointerdown", "keydown"]) addEventListener(type, () => { hasBegun = true; }, { once: true, capture: true });
  const reload = () => location.reload();
  worker?.addEventListener("message", async ({ data: { kind, seen } }) => {
    if (kind === "left") reload();
    else if (kind === "changed") {
      const figures = await freshFigures();
      if (figures) take(figures);
      else if (!hasBegun) reload();
      else offer(t("地图有了更新。"), t("重新载入"), reload);
    } else {
      setSync("stale");
      const time = new Date(seen).toLocaleString(locale, { dateStyle: "medium", timeStyle: "short" });
      complain(new Problem(t("连不上服务器，显示的是 {time} 的内容。", { time })), reload);
    }
  });
}
