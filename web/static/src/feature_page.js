/** The page of a feature: its personal columns for those who may see them, its documents, and its print. */
import { personal } from "./card_personal.js";
import { documents } from "./documents.js";
import { byId } from "./dom.js";

byId("print").addEventListener("click", () => window.print());

const section = byId("personal");
if (section) section.append(personal({ id: section.dataset.feature }, { code: section.dataset.layer, personal: true }));

documents(byId("documents"));
