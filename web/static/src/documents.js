/** Documents of a feature: the form in which one is added, and the one in which one is withdrawn for a reason. */
import { config } from "./config.js";
import { h, icon } from "./dom.js";
import { address, answerOf } from "./request.js";
import { label, number, t } from "./text.js";

/** A key nobody else makes; crypto.randomUUID wants a secure origin, which an intranet may not have. */
const newKey = () => `"${[...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("")}"`;

/** The page anew, at its documents. */
function again() {
  history.replaceState(null, "", "#documents");
  location.reload();
}

const sentence = (problem) => label({ zh: problem.detail_zh ?? problem.detail, en: problem.detail_en ?? problem.detail });

/**
 * Sends a form, telling how much of it has gone.
 * @param {URL} url @param {FormData} sent @param {string} key @param {(share: number) => void} progress
 * @returns {{done: Promise<string | null>, stop: () => void}} what was wrong, null for nothing, "" where it was stopped
 */
function post(url, sent, key, progress) {
  const request = new XMLHttpRequest();
  const done = new Promise((resolve) => {
    request.open("POST", url);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Idempotency-Key", key);
    request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0);
    request.onerror = () => resolve(navigator.onLine ? t("连不上服务器。") : t("现在没有网络。"));
    request.onabort = () => resolve("");
    request.onload = () => {
      if (request.status < 300) return resolve(null);
      try {
        return resolve(sentence(JSON.parse(request.responseText)));
      } catch {
        return resolve(t("服务器没有接受（{status}）。", { status: request.status }));
      }
    };
    request.send(sent);
  });
  return { done, stop: () => request.abort() };
}

/** What a title may begin as: the name of the file without its ending. */
const titled = (name) => name.replace(/\.[A-Za-z0-9]{1,8}$/, "").slice(0, 200);

function addForm(url, { kinds, accept, most_mb: most }) {
  const file = h("input", { type: "file", name: "file", required: true, accept, onchange: chosen });
  const title = h("input", { name: "title", required: true, maxlength: 200, autocomplete: "off" });
  const said = h("p", { class: "said", role: "alert" });
  const bar = h("progress", { max: 1, value: 0, "aria-label": t("发送进度") });
  const share = h("span", { class: "calm", role: "status" });
  const stop = h("button", { type: "button", class: "button" }, t("取消发送"));
  const going = h("div", { class: "going", hidden: true }, bar, share, stop);
  const submit = h("button", { class: "button primary" }, icon("upload", 18), t("添加"));
  let key = newKey();

  function chosen() {
    const [one] = file.files;
    if (one && !title.value.trim()) title.value = titled(one.name);
    const wrong = one && one.size === 0 ? t("文件是空的。") : one && one.size > most * 1e6 ? t("文件超过 {most} MB。", { most }) : "";
    file.setCustomValidity(wrong);
    said.textContent = wrong;
    key = newKey();
  }

  async function send(event) {
    event.preventDefault();
    said.textContent = "";
    const sent = new FormData(form);
    sent.set("personal", String(personal.checked));
    const sending = post(url, sent, key, (part) => {
      bar.value = part;
      share.textContent = part < 1 ? t("已发送 {percent}%", { percent: Math.round(part * 100) }) : t("正在检查文件");
    });
    stop.onclick = sending.stop;
    going.hidden = false;
    submit.disabled = true;
    const wrong = await sending.done;
    if (wrong === null) return again();
    going.hidden = true;
    submit.disabled = false;
    said.textContent = wrong || t("已取消，没有保存。");
  }

  const personal = h("input", { type: "checkbox", checked: true });
  const form = h(
    "form",
    { class: "add", onsubmit: send, oninput: ({ target }) => { if (target !== file) key = newKey(); } },
    h("label", { class: "wide" }, h("span", null, t("文件（PDF、图片、DOCX、XLSX、ODT、ODS、OFD，最大 {most} MB）", { most: number(most) })), file),
    h("label", null, h("span", null, t("种类")), h("select", { name: "kind", required: true }, kinds.map(({ code, label: name }) => h("option", { value: code }, label(name))))),
    h("label", null, h("span", null, t("标题（能看到此要素的人都能看到，勿写个人信息）")), title),
    h("label", null, h("span", null, t("文号（可不填）")), h("input", { name: "number", maxlength: 100, autocomplete: "off" })),
    h("label", null, h("span", null, t("文件日期（可不填）")), h("input", { name: "dated_on", type: "date", min: "1949-10-01", max: "2199-12-31" })),
    h("label", { class: "tick wide" }, personal, h("span", null, t("含个人信息：只有可查看个人信息的人能打开，打开会被记录"))),
    h("div", { class: "sending wide" }, submit, going),
    said,
  );
  return h("details", { class: "adding" }, h("summary", null, t("添加文件")), form);
}

function withdrawForm(url, place) {
  const about = place.dataset.title;
  const button = h("button", { type: "button", class: "button", "aria-expanded": "false", "aria-label": t("撤回《{title}》", { title: about }), onclick: toggle }, t("撤回"));
  const reason = h("input", { required: true, minlength: 2, maxlength: 200, autocomplete: "off" });
  const said = h("p", { class: "said", role: "alert" });
  const form = h(
    "form",
    { hidden: true, onsubmit: send },
    h("label", null, h("span", null, t("撤回原因（撤回后任何人都不能打开，清单上保留并写明原因）")), reason),
    h("button", { class: "button" }, t("确认撤回")),
    said,
  );
  function toggle() {
    form.hidden = !form.hidden;
    button.setAttribute("aria-expanded", String(!form.hidden));
    if (!form.hidden) reason.focus();
  }
  async function send(event) {
    event.preventDefault();
    said.textContent = "";
    const headers = { "Content-Type": "application/json", Accept: "application/json" };
    try {
      await answerOf(url, undefined, { method: "POST", body: JSON.stringify({ reason: reason.value }), headers });
      again();
    } catch (error) {
      said.textContent = error.sentence ?? String(error);
    }
  }
  place.append(button);
  place.after(form);
}

/** Puts the forms into the section that lists the documents, for whoever may use them. */
export function documents(section) {
  const list = address(`${config.urls.features}/${encodeURIComponent(section.dataset.feature)}/documents`);
  for (const place of section.querySelectorAll(".withdraw")) {
    withdrawForm(address(`${list.pathname}/${encodeURIComponent(place.dataset.document)}/withdraw`), place);
  }
  if (config.documents?.left > 0) section.append(addForm(list, config.documents));
  else if (config.documents) section.append(h("p", { class: "calm" }, t("这个要素的文件已满，不能再添加。")));
  if (location.hash === "#documents") section.scrollIntoView();
}
