/** That a file holds all there is: for which townships, or the whole county, and as of which day. */
import { h } from "./dom.js";
import { word } from "./import_report.js";
import { said } from "./said.js";

/**
 * The fields of the statement.
 * @param {{code: string, label: any}[]} units the county first
 * @param {{org_units: string[], as_of?: string} | undefined} stated
 * @param {(stated: any) => void} choose called with null where nothing is stated
 */
export function completeness(units, stated, choose) {
  const picked = new Set(stated?.org_units ?? []);
  const day = h("input", { type: "date", value: stated?.as_of ?? "", disabled: picked.size === 0, onchange: tell });
  const list = h(
    "select",
    { multiple: true, size: 5, name: "complete", onchange: tell },
    units.map(({ code, label }) => h("option", { value: code, selected: picked.has(code) }, word(label))),
  );
  function tell() {
    const codes = [...list.selectedOptions].map(({ value }) => value);
    choose(codes.length ? { org_units: codes, ...(day.value ? { as_of: day.value } : {}) } : null);
  }
  return h(
    "div",
    { class: "fields complete" },
    h("label", { class: "wide" }, said.complete, list, h("small", { class: "calm" }, said.complete_help)),
    h("label", { class: "narrow" }, said.complete_as_of, day),
  );
}
