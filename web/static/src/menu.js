/** The way from the map to the other pages, to the own account, and out. */
import { config, isFile } from "./config.js";
import { disclose } from "./disclosure.js";
import { h, icon } from "./dom.js";
import { label, t } from "./text.js";

/** An address of this site in the language that the page was asked for in. */
function inLanguage(path) {
  const asked = new URLSearchParams(location.search).get("lang");
  return asked ? `${path}?${new URLSearchParams({ lang: asked })}` : path;
}

const pageLink = ({ address, label: name }) =>
  h("li", null, h("a", { href: inLanguage(address), "aria-current": address === config.urls.home ? "page" : null }, label(name)));

/** Whoever is signed in: the way to the account, and out. */
const account = () =>
  h(
    "div",
    { class: "who" },
    h("a", { id: "account", href: inLanguage(config.urls.account) }, icon("user", 18), h("span", null, config.viewer)),
    h("form", { method: "post", action: config.urls.logout }, h("button", { type: "submit" }, icon("log-out", 18), t("退出"))),
  );

/** The button that opens the pages, null where there are none to go to: the one-file map stands alone. */
export function menuButton() {
  if (isFile || config.pages.length === 0) return null;
  const box = h(
    "nav",
    { id: "pages", class: "menu", "aria-label": t("页面"), hidden: true },
    h("ul", null, config.pages.map(pageLink)),
    config.viewer && account(),
  );
  const opener = h("button", { type: "button", id: "menu", class: "menu-button", "aria-label": t("菜单"), title: t("菜单") }, icon("menu", 22));
  disclose(opener, box, () => box.querySelector("a").focus({ preventScroll: true }));
  // The head that the button stands in can be dragged on a phone; a press on the button is no drag.
  opener.addEventListener("pointerdown", (event) => event.stopPropagation());
  document.body.append(box);
  return opener;
}
