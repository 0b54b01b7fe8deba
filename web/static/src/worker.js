/**
 * The service worker: the pages of the field open at once or without a network, from what was last seen. The program's files
 * are kept for ever, as their addresses name their content; the map is shown as it was and asked for anew meanwhile; townships,
 * records and what they are made of are asked for first, and taken from what is kept where nobody answers. Nothing else is
 * kept, and whoever signs out leaves nothing behind.
 */

const FILES = "files";
const PAGES = "pages";
const ANSWERS = "answers";
/** So many are kept, the latest. */
const MOST = { [FILES]: 60, [PAGES]: 30, [ANSWERS]: 400 };
/** Milliseconds without an answer after which what is kept is better than nothing. */
const PATIENCE = 5000;
/** Pages that are kept beside the map, and answers that they and the map are made of. */
const FIELD = /^\/(township|feature)\/[^/]+$/;
const MADE_OF = /^\/(api\/(features|layers|org-units|townships)|ogc\/tiles)\b/;
/** Kinds of answers that are kept; files to be downloaded are not. */
const KINDS = /^application\/(json|geo\+json|vnd\.mapbox-vector-tile)\b/;

/**
 * Written before this text by the server: addresses of the program's files, and by language of the page to show without a
 * network, and what is said over a page of earlier.
 */
const { files, offline, earlier } = self.shanhe;

async function keep(name, request, response) {
  const cache = await caches.open(name);
  await cache.delete(request, { ignoreVary: true });
  await cache.put(request, response);
  const all = await cache.keys();
  for (const each of all.slice(0, Math.max(0, all.length - MOST[name]))) await cache.delete(each);
}

/** How often somebody left: what was asked for before that is not kept when it is answered. */
let partings = 0;

function forget() {
  partings += 1;
  return Promise.all([PAGES, ANSWERS].map((name) => caches.delete(name)));
}

async function install() {
  const cache = await caches.open(FILES);
  const there = new Set((await cache.keys()).map(({ url }) => url));
  await cache.addAll([...files.filter((each) => !there.has(new URL(each, location.href).href)), ...Object.values(offline)]);
  await self.skipWaiting();
}

/** Takes over the maps that are open, which were asked for before there was a worker to keep them. */
async function begin() {
  await self.clients.claim();
  for (const { url } of await self.clients.matchAll({ type: "window" })) {
    if (new URL(url).pathname !== "/") continue;
    const page = new Request(url.split("#")[0], { headers: { Accept: "text/html" }, redirect: "manual" });
    await ask(page, PAGES).catch(() => {});
  }
}

/** A file of the program: from what is kept, else asked for once; under an address of another version it is not kept. */
async function file(request) {
  const kept = await caches.match(request, { cacheName: FILES });
  if (kept) return kept;
  const response = await fetch(request);
  if (response.headers.get("Cache-Control")?.includes("immutable")) await keep(FILES, request, response.clone());
  return response;
}

/** Whether an answer may be kept on the device. */
const isKept = (response) =>
  response.status === 200 &&
  !response.redirected &&
  !response.headers.has("Content-Disposition") &&
  !(response.headers.get("Cache-Control") ?? "").includes("no-store");

/** Whether somebody is no longer, or is not yet, who may see this. */
const isTurnedAway = ({ type, status }) => type === "opaqueredirect" || status === 401;

/** Asks, and keeps what was answered; whose session has ended leaves nothing behind. */
async function ask(request, name) {
  const before = partings;
  const response = await fetch(request);
  if (response.status === 401) await forget();
  else if (before === partings && isKept(response) && (name === PAGES || KINDS.test(response.headers.get("Content-Type")))) {
    await keep(name, request, response.clone());
  }
  return response;
}

async function tell(id, message) {
  const page = await self.clients.get(id);
  page?.postMessage(message);
}

/** The map as it was last seen; what the server says by now is told to the page. */
async function shownAtOnce(event) {
  const { request, resultingClientId: page } = event;
  const kept = await caches.match(request, { cacheName: PAGES, ignoreVary: true });
  if (!kept) return elseOffline(request, ask(request, PAGES));
  const [etag, seen] = ["ETag", "Date"].map((name) => kept.headers.get(name));
  const compare = async () => {
    try {
      const fresh = await ask(request, PAGES);
      if (isTurnedAway(fresh)) {
        await forget();
        await tell(page, { kind: "left" });
      } else if (!fresh.ok) await tell(page, { kind: "unreached", seen });
      else if (fresh.headers.get("ETag") !== etag) await tell(page, { kind: "changed" });
    } catch {
      await tell(page, { kind: "unreached", seen });
    }
  };
  event.waitUntil(compare());
  return kept;
}

/** A page of earlier, which says so itself. */
async function dated(page) {
  const text = await page.text();
  const [language, locale] = text.includes('<html lang="zh') ? ["zh", "zh-CN"] : ["en", "en-GB"];
  const time = new Date(page.headers.get("Date")).toLocaleString(locale, { dateStyle: "medium", timeStyle: "short" });
  const said = `<p class="earlier" role="status">${earlier[language].replace("{time}", time)}</p>`;
  return new Response(text.replace(/<main\b[^>]*>/, (main) => main + said), { headers: page.headers });
}

/** What the server answers; what is kept where it does not, or takes too long, which the page is told. */
async function askedFirst({ request, clientId }, name) {
  const asked = ask(request, name);
  const kept = await caches.match(request, { cacheName: name, ignoreVary: true });
  if (!kept) return asked;
  const late = new Promise((done) => setTimeout(done, PATIENCE));
  const answer = await Promise.race([asked.catch(() => undefined), late]);
  if (answer) return answer;
  if (name === PAGES) return dated(kept);
  await tell(clientId, { kind: "unreached", seen: kept.headers.get("Date") });
  return kept;
}

async function elseOffline(request, answer) {
  try {
    return await answer;
  } catch (error) {
    const asked = new URL(request.url).searchParams.get("lang");
    const language = asked in offline ? asked : navigator.language.startsWith("zh") ? "zh" : "en";
    const page = await caches.match(offline[language], { cacheName: FILES });
    if (page) return page;
    throw error;
  }
}

addEventListener("install", (event) => event.waitUntil(install()));
addEventListener("activate", (event) => event.waitUntil(begin()));
addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname, searchParams } = new URL(request.url);
  if (origin !== location.origin) return;
  if (/^\/(login|logout)\b/.test(pathname)) event.waitUntil(forget());
  else if (request.method !== "GET") return;
  else if (pathname.startsWith("/static/") && searchParams.has("v")) event.respondWith(file(request));
  else if (request.mode !== "navigate") {
    if (MADE_OF.test(pathname)) event.respondWith(askedFirst(event, ANSWERS));
  } else if (pathname === "/") event.respondWith(shownAtOnce(event));
  else if (FIELD.test(pathname)) event.respondWith(elseOffline(request, askedFirst(event, PAGES)));
  // What the API is asked for by hand may be done by asking, as an extract is issued: the browser asks that itself.
  else if (!/^\/(api|ogc)\//.test(pathname)) event.respondWith(elseOffline(request, fetch(request)));
});
