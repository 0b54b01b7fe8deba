/** The sentences that a page brings along, and saying one of them under a form. */

export const said = document.getElementById("sentences").dataset;
export const language = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
export const fill = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

/** A line of text under a form that a screen reader speaks. */
export function say(form, text, kind = "failure") {
  let line = form.querySelector(":scope > .said");
  if (!line) {
    line = document.createElement("p");
    line.setAttribute("role", "alert");
    form.append(line);
  }
  line.className = `said ${kind}`;
  line.textContent = text;
}
