/** The headline of the panel while money is looked at. */
import { shareBar } from "./bars.js";
import { choose } from "./choropleth.js";
import { h, icon } from "./dom.js";
import { placeName, scope } from "./known.js";
import { spendTotal, spentIn } from "./spend.js";
import { address } from "./request.js";
import { state } from "./state.js";
import { compact, headed, t, yuan } from "./text.js";

/** What was spent, and how much of it has reached a place on the map. */
export function moneyHeadline() {
  const total = spendTotal();
  const spent = spentIn(scope());
  const placed = state.township ? spent : total?.allocated;
  const crumb = state.township
    ? h("button", { type: "button", class: "crumb", onclick: () => choose(null) }, icon("chevron-left", 16), t("全县"))
    : h("span", { class: "small" }, t("支出"));
  return h(
    "section",
    { class: "headline" },
    h(
      "div",
      null,
      crumb,
      h("p", { class: "big amount", id: "headline" }, spent === null ? "–" : compact(spent), h("small", null, spent === null ? "" : t("元"))),
      state.township && h("p", { class: "scope" }, placeName(state.township)),
    ),
    total &&
      h(
        "div",
        { class: "basis" },
        h("p", { class: "fraction" }, headed(t("已落到图上"), yuan(placed ?? 0))),
        shareBar(total.spent > 0 ? (placed ?? 0) / total.spent : 0),
        h("p", { class: "small" }, headed(t("尚未落到图上"), yuan(total.unallocated))),
        h("a", { class: "small", href: address("/money", { as_of: state.asOf, org_unit: state.township, lang: new URLSearchParams(location.search).get("lang") }).href }, t("资金明细")),
      ),
  );
}
