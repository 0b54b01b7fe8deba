/** Reports on their way: kept on the device until the server has them, photographs included. */
import { config } from "./config.js";
import { t } from "./text.js";

const NAME = "shanhe";
const STORE = "reports";
const AGAIN = 30_000;
/** Answers after which the same request may well succeed. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

const heard = new Set();
/** @param {(waiting: any[]) => void} listener called whenever the queue has changed */
export function onQueue(listener) {
  heard.add(listener);
  all().then(listener);
}

let opened;
function store() {
  opened ??= new Promise((done, failed) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "id" });
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });
  return opened;
}

async function within(mode, act) {
  const database = await store();
  return new Promise((done, failed) => {
    const transaction = database.transaction(STORE, mode);
    const asked = act(transaction.objectStore(STORE));
    transaction.oncomplete = () => done(asked?.result);
    transaction.onerror = transaction.onabort = () => failed(transaction.error);
  });
}

/** The reports of this account that are still here, oldest first. */
export async function all() {
  const kept = (await within("readonly", (reports) => reports.getAll())) ?? [];
  return kept.filter(({ by }) => by === config.account).sort((one, other) => one.at - other.at);
}

async function changed() {
  const waiting = await all();
  for (const listener of heard) listener(waiting);
}

const put = (report) => within("readwrite", (reports) => reports.put(report));
export async function drop(id) {
  await within("readwrite", (reports) => reports.delete(id));
  await changed();
}

/**
 * Keeps a report here and begins to send it.
 * @param {{id: string, title: string, sent: any, photographs: Blob[]}} report
 */
export async function add(report) {
  await put({ ...report, by: config.account, at: Date.now(), kept: false, done: 0, problem: null });
  await changed();
  return flush();
}

/** Tries again what the server has refused. */
export async function retry(id) {
  const report = (await all()).find((each) => each.id === id);
  if (report) await put({ ...report, problem: null });
  return flush();
}

class Refused extends Error {}
class Later extends Error {}

async function send(path, body, type) {
  let response;
  try {
    response = await fetch(path, { method: "PUT", body, credentials: "same-origin", headers: { "Content-Type": type, Accept: "application/json" } });
  } catch {
    throw new Later("offline");
  }
  if (response.ok) return;
  if (response.status === 401) throw new Later("signed out");
  if (PASSING.has(response.status)) throw new Later("busy");
  const problem = await response.json().catch(() => null);
  throw new Refused((document.documentElement.lang.startsWith("zh") ? problem?.detail_zh : problem?.detail_en) ?? t("服务器没有接受。"));
}

/** Sends one report as far as it gets; what is done is noted, so that nothing is sent twice over a poor line. */
async function sendOne(report) {
  const address = `/api/reports/${report.id}`;
  if (!report.kept) {
    await send(address, JSON.stringify(report.sent), "application/json");
    report.kept = true;
    await put(report);
  }
  while (report.done < report.photographs.length) {
    await send(`${address}/photographs/${report.done + 1}`, report.photographs[report.done], "image/jpeg");
    report.done += 1;
    await put(report);
  }
}

let running = null;
/** "sent" where nothing waits any more, else why it does: "offline", "signed out", "busy", "refused". */
export function flush() {
  running ??= sendAll().finally(() => { running = null; });
  return running;
}

async function sendAll() {
  let outcome = "sent";
  for (const report of await all()) {
    if (report.problem) {
      outcome = "refused";
      continue;
    }
    try {
      await sendOne(report);
      await drop(report.id);
      dispatchEvent(new CustomEvent("shanhe:reported", { detail: report.sent.feature }));
    } catch (error) {
      if (error instanceof Later) return error.message;
      if (!(error instanceof Refused)) throw error;
      outcome = "refused";
      await put({ ...report, problem: error.message });
      await changed();
    }
  }
  return outcome;
}

/** From now on the queue is emptied whenever that may succeed. */
export function keepSending() {
  const attempt = () => flush().catch(() => {});
  addEventListener("online", attempt);
  document.addEventListener("visibilitychange", () => document.hidden || attempt());
  setInterval(async () => (await all()).some(({ problem }) => !problem) && attempt(), AGAIN);
  attempt();
}
