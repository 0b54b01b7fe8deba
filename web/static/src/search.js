/** Search by name, code or pinyin initials: over townships at once, over villages and features when the server answers. */
import { choose } from "./choropleth.js";
import { config } from "./config.js";
import { byId, debounced, h, icon, layerSign } from "./dom.js";
import { isMine, known, placeName } from "./known.js";
import { searchFeatures, searchVillages } from "./source.js";
import { change, state } from "./state.js";
import { label, t } from "./text.js";

const MOST_TOWNSHIPS = 4;
const MOST_VILLAGES = 4;

/** Whether typed letters are initials of a name, anywhere in it; `initials` holds those of each character. */
const begins = (initials, letters) =>
  letters.length > 1 &&
  initials.some((_, start) => [...letters].every((letter, i) => initials[start + i]?.includes(letter)));

/** @param {{find: (feature: any) => void}} popup @returns {HTMLElement} */
export function makeSearch(popup) {
  const input = h("input", {
    type: "search",
    id: "search",
    role: "combobox",
    autocomplete: "off",
    spellcheck: "false",
    enterkeyhint: "search",
    placeholder: t("搜索编号、名称、乡镇、村"),
    "aria-label": t("搜索编号、名称、乡镇、村"),
    "aria-controls": "found",
    "aria-expanded": "false",
    "aria-autocomplete": "list",
  });
  const list = h("ul", { id: "found", role: "listbox", "aria-label": t("搜索结果"), hidden: true });
  let active = -1;
  let asking = new AbortController();

  function townships(text) {
    const wanted = text.toLowerCase();
    const has = ({ zh, en }) => zh?.includes(wanted) || en?.toLowerCase().startsWith(wanted);
    const found = [...known.townships].filter(
      ([code, { properties }]) => has(properties.name) || code === text || begins(config.initials[code] ?? [], wanted),
    );
    return found.slice(0, MOST_TOWNSHIPS).map(([code]) => ({
      sign: icon("layers", 16),
      name: placeName(code),
      note: t("乡镇"),
      go: () => choose(code),
    }));
  }

  const village = (each) => {
    const { code, parent, name } = each.properties;
    return {
      sign: icon("map-pin", 16),
      name: label(name),
      note: [t("村（社区）"), placeName(parent)].join(" · "),
      go: () => {
        known.villages.set(code, each);
        change({ township: parent, village: code, feature: null });
      },
    };
  };

  const feature = (each) => {
    const { code, name, layer, township } = each.properties;
    const declared = known.layers.get(layer);
    const where = township ? placeName(township) : t("乡镇界外");
    return {
      sign: declared ? layerSign(declared, 14) : "",
      name: name || code,
      note: [name && code, declared && label(declared.label), where].filter(Boolean).join(" · "),
      go: () => popup.find(each),
    };
  };

  function show(options, remark) {
    active = -1;
    list.replaceChildren(
      ...options.map(({ sign, name, note, go }, i) =>
        h(
          "li",
          { role: "option", id: `found-${i}`, "aria-selected": "false", onpointerdown: (event) => event.preventDefault(), onclick: () => { go(); close(); } },
          sign,
          h("span", { class: "name" }, name),
          h("span", { class: "small" }, note),
        ),
      ),
      remark ? h("li", { class: "small remark", role: "presentation" }, remark) : "",
    );
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
  }

  function close() {
    asking.abort();
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    input.value = "";
    input.blur();
  }

  const ask = debounced(async (text) => {
    const { signal } = asking;
    if (signal.aborted) return;
    const places = townships(text);
    try {
      const [villages, features] = await Promise.all([
        searchVillages(text, signal),
        searchFeatures(text, state.asOf, signal),
      ]);
      const mine = villages.filter(({ properties }) => isMine(properties.parent)).slice(0, MOST_VILLAGES);
      const options = [...places, ...mine.map(village), ...features.filter(({ geometry }) => geometry).map(feature)];
      if (!signal.aborted) show(options, options.length ? "" : t("没有找到“{text}”", { text }));
    } catch (error) {
      if (!signal.aborted) show(places, error.sentence ?? String(error));
    }
  }, 220);

  input.addEventListener("input", () => {
    asking.abort();
    asking = new AbortController();
    const text = input.value.trim();
    if (!text) {
      list.hidden = true;
      return;
    }
    show(townships(text), t("正在搜索"));
    ask(text);
  });
  input.addEventListener("keydown", (event) => {
    const options = [...list.querySelectorAll("[role=option]")];
    if (event.key === "Escape") close();
    else if (event.key === "Enter") {
      // The card takes the focus within this key press; its close button must not be pressed by the same key.
      event.preventDefault();
      (options[active] ?? options[0])?.click();
    }
    else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && options.length) {
      event.preventDefault();
      active = (active + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length;
      options.forEach((option, i) => option.setAttribute("aria-selected", String(i === active)));
      input.setAttribute("aria-activedescendant", options[active].id);
      options[active].scrollIntoView({ block: "nearest" });
    }
  });
  input.addEventListener("blur", () => { list.hidden = true; });
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.closest?.("input, select, textarea")) return;
    event.preventDefault();
    byId("search").focus();
  });
  return h("div", { class: "search", role: "search" }, icon("search", 18), input, list);
}
