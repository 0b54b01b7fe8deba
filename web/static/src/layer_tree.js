/** The layers as a tree: those that are monitored, each shown or hidden, and reference layers to lay under them. */
import { baseMaps } from "./base_map.js";
import { disclose } from "./disclosure.js";
import { h, icon, layerSign } from "./dom.js";
import { monitored, references } from "./known.js";
import { change, onChange, state, toggled } from "./state.js";
import { label, number, t } from "./text.js";

const leaf = (layer, on, choose) =>
  h(
    "li",
    { role: "none" },
    h(
      "label",
      { class: layer.features ? "" : "without", title: label(layer.about) },
      h("input", { type: "checkbox", value: layer.code, checked: on, disabled: !layer.features, onchange: choose }),
      layerSign(layer),
      h("span", { class: "name" }, label(layer.label)),
      h("span", { class: "small" }, layer.features ? number(layer.features) : t("暂无数据")),
    ),
  );

/** A branch: a box for all of its layers at once, and one for each. */
function branch(name, layers, isOn, setAll, choose) {
  const boxes = layers.map((layer) => leaf(layer, isOn(layer), () => choose(layer.code)));
  const all = h("input", { type: "checkbox", onchange: (event) => setAll(event.target.checked) });
  const present = layers.filter(({ features }) => features);
  all.disabled = present.length === 0;
  const element = h(
    "fieldset",
    null,
    h("legend", { class: "sr-only" }, name),
    h("label", { class: "all" }, all, h("span", { class: "name" }, name)),
    h("ul", null, boxes),
  );
  function follow() {
    for (const box of element.querySelectorAll("li input")) box.checked = isOn({ code: box.value });
    const on = present.filter(isOn).length;
    all.checked = on > 0 && on === present.length;
    all.indeterminate = on > 0 && on < present.length;
  }
  follow();
  return { element, follow };
}

const codes = (layers) => layers.filter(({ features }) => features).map(({ code }) => code);

/** Which base map lies under everything; null where none is offered. */
function baseChoice() {
  if (baseMaps.length === 0) return null;
  const choice = (code, name) =>
    h(
      "label",
      null,
      h("input", { type: "radio", name: "base", value: code ?? "", checked: state.base === code, onchange: () => change({ base: code }) }),
      h("span", { class: "name" }, name),
    );
  const element = h(
    "fieldset",
    { class: "bases" },
    h("legend", null, t("底图")),
    choice(null, t("无")),
    baseMaps.map(({ code, label: name }) => choice(code, label(name))),
  );
  onChange(() => {
    for (const box of element.querySelectorAll("input")) box.checked = box.value === (state.base ?? "");
  }, ["base"]);
  return element;
}

/** What the box holds, and what keeps it true to the state. */
function branches() {
  const shown = branch(
    t("监测图层"),
    monitored(),
    ({ code }) => !state.hidden.has(code),
    (on) => change({ hidden: new Set(on ? [] : codes(monitored())) }),
    (code) => change({ hidden: toggled(state.hidden, code) }),
  );
  const under = references().length
    ? branch(
        t("参考图层"),
        references(),
        ({ code }) => state.references.has(code),
        (on) => change({ references: new Set(on ? codes(references()) : []) }),
        (code) => change({ references: toggled(state.references, code) }),
      )
    : null;
  onChange(() => { shown.follow(); under?.follow(); }, ["hidden", "references"]);
  const note = under && h("p", { class: "small" }, t("虚线为参考图层；图形多的在选定乡镇或放大后显示。"));
  return [shown.element, baseChoice(), under?.element, note].filter(Boolean);
}

/** @returns {HTMLElement[]} the button and the box it opens, which is filled when it is first opened */
export function layerTree() {
  const name = t("选择图层");
  const box = h("div", { class: "menu", id: "layer-menu", hidden: true, role: "group", "aria-label": name });
  const opener = h("button", { type: "button", class: "tool", id: "layers", "aria-label": name, title: name }, icon("layers"));
  disclose(opener, box, () => box.firstChild ?? box.append(...branches()));

  const follow = () => opener.classList.toggle("some-hidden", state.hidden.size > 0);
  onChange(follow, ["hidden", "references"]);
  // Whoever asks for a layer by its tab wants to see it.
  onChange(() => state.hidden.has(state.layer) && change({ hidden: toggled(state.hidden, state.layer) }), ["layer"]);
  follow();
  return [opener, box];
}
