/** Sentences, names, numbers and dates in the reader's language. */
import { config, isFile } from "./config.js";
import { number } from "./number.js";

export { number };

const asked = new URLSearchParams(location.search).get("lang");

/** The language of the page, "zh" or "en"; a one-file map holds both and obeys ?lang=. */
export const language = isFile && asked in config.sentences ? asked : config.language;
export const otherLanguage = language === "zh" ? "en" : "zh";

const sentences = config.sentences[language] ?? {};
export const locale = language === "zh" ? "zh-CN" : "en-GB";

/**
 * A sentence of the catalogue, which is keyed by the Chinese one.
 * @param {string} sentence with {placeholders}
 * @param {Record<string, string | number>} [values]
 */
export function t(sentence, values = {}) {
  const text = sentences[sentence] ?? sentence;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/**
 * One language of a text the API sends as {zh, en}; a plain string is itself.
 * @param {{zh: string, en: string} | string | null | undefined} text
 */
export function label(text) {
  if (text === null || text === undefined) return "";
  return typeof text === "string" ? text : text[language] || text.zh || text.en || "";
}

const formats = new Map();

/** A number as `Intl` writes it; each way of writing costs milliseconds to make ready, when it is first wanted. */
function written(value, name, options) {
  if (!formats.has(name)) formats.set(name, new Intl.NumberFormat(locale, options));
  return formats.get(name).format(value);
}

/** A large number in as few characters as it can be told: 1690万, 16.9M. */
export const compact = (value) => written(value, "compact", { notation: "compact", maximumSignificantDigits: 3 });

/** An amount of money without a unit, for where there is only room for digits: 万元, or millions. */
export const bareMoney = (value) => 
  written(value / (language === "zh" ? 1e4 : 1e6), "few", { maximumSignificantDigits: 3, useGrouping: false });

/** An amount of money. */
export const yuan = (value) => t("{amount} 元", { amount: compact(value) });

/** A share of one as whole percent; not 0 where something is done, not 100 where more than a trace is left. */
export function percent(share) {
  if (share > 0 && share < 0.01) return "<1";
  if (share > 0.99 && share < 0.9995) return "99";
  return String(Math.round(share * 100));
}

const unitsInParentheses = /[(（][^()（）]*[)）]\s*$/;

/** A value and its unit as they are written in this language: 12 处, 12 sites. */
export const quantity = (value, unit) => (unit ? `${number(value)} ${unit}` : number(value));

/** A name and the unit it is counted in. */
export const withUnit = (name, unit) => (language === "zh" ? `${name}（${unit}）` : `${name} (${unit})`);

/** Things one after another in a sentence. */
export const listed = (things) => things.join(language === "zh" ? "、" : ", ");

/** A heading and what it is about. */
export const headed = (heading, matter) => (language === "zh" ? `${heading}：${matter}` : `${heading}: ${matter}`);

/** Whether a label already says its unit, as in 面积（亩）. */
export const saysUnit = (text) => unitsInParentheses.test(text);

/** The last day of a month, YYYY-MM, as YYYY-MM-DD. */
export function monthEnd(month) {
  const [year, index] = month.split("-").map(Number);
  return `${month}-${String(new Date(Date.UTC(year, index, 0)).getUTCDate()).padStart(2, "0")}`;
}

/** The months from one to another, both YYYY-MM, first to last. */
export function monthsBetween(first, last) {
  const months = [];
  let [year, index] = first.split("-").map(Number);
  for (let month = first; month <= last && months.length < 1200; ) {
    months.push(month);
    index = (index % 12) + 1;
    if (index === 1) year += 1;
    month = `${String(year).padStart(4, "0")}-${String(index).padStart(2, "0")}`;
  }
  return months;
}
