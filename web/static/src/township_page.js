/** The page of a township: what changed there since the reader was there last. */
import { byId, h } from "./dom.js";
import { address, getJson } from "./request.js";
import { number, t } from "./text.js";
import { inlined } from "./config.js";
import { lastVisit } from "./visit.js";

const { layers } = inlined("config");
/** Chosen by the address: pages that this one leads to speak it too. */
const lang = new URLSearchParams(location.search).get("lang");

/** A moment in the county's time, as all times of this site. */
const moment = (at) => String(at).slice(0, 16).replace("T", " ");

const KINDS = {
  listed: () => t("新登记"),
  changed: () => t("登记有修改"),
  deleted: () => t("已删除"),
  reached: (step, day) => t("完成“{step}”（{day}）", { step, day }),
  pending: (step, day) => t("上报“{step}”（{day}），待审核", { step, day }),
  returned: (step, day) => t("“{step}”（{day}）被退回", { step, day }),
  revoked: (step, day) => t("撤销“{step}”（{day}）", { step, day }),
};

function event(layer, { at, by, kind, milestone, reached_on: day, note }) {
  return h(
    "li",
    null,
    h("span", null, KINDS[kind](layer?.milestones[milestone] ?? milestone, day), note && h("span", { class: "calm" }, ` ${note}`)),
    h("span", { class: "calm who" }, [by, moment(at)].join(" · ")),
  );
}

function feature({ id, layer: of, name, code, deleted, events }) {
  const layer = layers[of];
  const called = name || code;
  return h(
    "li",
    null,
    h("p", null, deleted ? h("b", null, called) : h("a", { href: address(`/feature/${encodeURIComponent(id)}`, { lang }).href }, called), " ", h("span", { class: "calm" }, layer?.label ?? of)),
    h("ol", null, events.map((each) => event(layer, each))),
  );
}

async function show(section) {
  const { address: path, account, township, now } = section.dataset;
  const { since, first } = lastVisit(`shanhe-visit ${account} ${township}`, new Date(now));
  const heading = section.querySelector("summary span");
  const found = section.querySelector(".found");
  section.hidden = false;
  try {
    const { number_matched: matched, features, since: from } = await getJson(address(path, { since: since.toISOString() }), { keep: false });
    const values = { day: moment(from), n: number(matched) };
    const said = matched ? t("{n} 个要素有变化", values) : t("没有变化");
    heading.textContent = first ? t("近 7 天：{said}", { said }) : t("自上次（{day}）以来：{said}", { ...values, said });
    found.replaceChildren(
      features.length ? h("ol", null, features.map(feature)) : h("p", { class: "calm" }, t("同事登记或导入的变化会列在这里。")),
      matched > features.length ? h("p", { class: "calm" }, t("只列出最近的 {n} 个。", { n: number(features.length) })) : "",
    );
  } catch (error) {
    heading.textContent = t("最近的变化");
    const again = h("button", { type: "button", class: "button", onclick: () => show(section) }, t("重试"));
    found.replaceChildren(h("p", { class: "calm", role: "alert" }, error.sentence ?? String(error)), again);
  }
}

const section = byId("changes");
if (section) show(section);
