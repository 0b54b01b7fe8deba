/** One JSON answer from this origin: kept while it is fresh, given up when nobody waits, its problem put in a sentence. */
import { isFile } from "./config.js";
import { label, t } from "./text.js";

/** A request that failed, with a sentence for the reader. */
export class Problem extends Error {
  /** @param {string} sentence @param {number} status HTTP status, 0 without an answer */
  constructor(sentence, status = 0) {
    super(sentence);
    this.sentence = sentence;
    this.status = status;
  }
}

/** Nothing came from the server. */
const unreachable = () => new Problem(navigator.onLine ? t("连不上服务器。") : t("现在没有网络。"));

/** A script that is not loaded with the page. @param {string} url @throws {Problem} where it does not come */
export const script = (url) => import(url).catch(() => { throw unreachable(); });

const KEPT = 80;
const TIMEOUT = 30_000;
const answers = new Map();

/** Forgets every answer, so that the next question is asked anew. */
export const forget = () => answers.clear();

/** The address of `path` with those parameters that have a value. */
export function address(path, parameters = {}) {
  const url = new URL(path, location.href);
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined && value !== "") url.searchParams.set(name, value);
  }
  return url;
}

/**
 * The JSON at an address of this origin.
 * @param {URL} url
 * @param {{signal?: AbortSignal, keep?: boolean}} [options] `keep` remembers the answer for this visit
 * @throws {Problem} and the AbortError of a request that was given up
 */
export async function getJson(url, { signal, keep = true } = {}) {
  const key = url.href;
  if (answers.has(key)) {
    const kept = answers.get(key);
    answers.delete(key);
    answers.set(key, kept);
    return kept;
  }
  if (isFile) throw new Problem(t("单文件地图不含这部分数据。"));
  if (url.origin !== location.origin) throw new Problem(t("服务器的回答无法读取。"));
  const answer = await ask(url, signal);
  if (keep) {
    answers.set(key, answer);
    if (answers.size > KEPT) answers.delete(answers.keys().next().value);
  }
  return answer;
}

/**
 * Sends a change as JSON and gives back the answer.
 * @throws {Problem}
 */
export const postJson = (url, sent, headers = {}) =>
  ask(url, undefined, { method: "POST", body: JSON.stringify(sent), headers: { "Content-Type": "application/json", Accept: "application/json", ...headers } });

/**
 * The answer of this origin, which is a good one.
 * @param {URL} url @param {AbortSignal} [signal] @param {RequestInit} [more]
 * @returns {Promise<Response>}
 * @throws {Problem} and the AbortError of a request that was given up
 */
export async function answerOf(url, signal, more = {}) {
  const limit = AbortSignal.timeout(TIMEOUT);
  let response;
  try {
    response = await fetch(url, {
      signal: signal ? either(signal, limit) : limit,
      credentials: "same-origin",
      headers: { Accept: "application/json, application/geo+json" },
      ...more,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    if (limit.aborted) throw new Problem(t("服务器太久没有回答。"));
    throw unreachable();
  }
  if (!response.ok) throw new Problem(await sentenceOf(response), response.status);
  return response;
}

async function ask(url, signal, more) {
  const response = await answerOf(url, signal, more);
  try {
    return await response.json();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(t("服务器的回答无法读取。"), response.status);
  }
}

/** A signal that fires with the first of two; AbortSignal.any is younger than the browsers served. */
function either(first, second) {
  const joined = new AbortController();
  for (const signal of [first, second]) {
    if (signal.aborted) joined.abort(signal.reason);
    else signal.addEventListener("abort", () => joined.abort(signal.reason), { once: true });
  }
  return joined.signal;
}

/** The sentence of an RFC 9457 problem document, in the reader's language where it has one. */
async function sentenceOf(response) {
  try {
    const problem = await response.json();
    const detail = label({ zh: problem.detail_zh ?? problem.detail, en: problem.detail_en ?? problem.detail });
    return detail || label(problem.title) || fallback(response.status);
  } catch {
    return fallback(response.status);
  }
}

const fallback = (status) =>
  status === 401 || status === 403 ? t("没有查看的权限") : t("服务器没有给出数据（{status}）。", { status });
