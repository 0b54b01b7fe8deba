/** One badge a township: its figure in a ring of statuses, and its name; nudged apart where they would collide. */
import { choose } from "./choropleth.js";
import { isPhone } from "./config.js";
import { h } from "./dom.js";
import { anchorOf } from "./geometry.js";
import { countyZoom } from "./ground.js";
import { figuresOf, isMine, known, placeName, subjectName } from "./known.js";
import { DivIcon, Marker } from "./leaflet.js";
import { nudge } from "./nudge.js";
import { paintOf } from "./paint.js";
import { ring } from "./ring.js";
import { onChange, state } from "./state.js";
import { t } from "./text.js";

const spoken = (code, paint) =>
  paint === null
    ? t("{place}：{subject}暂无数据", { place: placeName(code), subject: subjectName() })
    : t("{place}：{subject} {figure}", { place: placeName(code), subject: subjectName(), figure: paint.long });

/** Draws the badges and keeps them true to the state. @returns their redraw */
export function drawBadges(map) {
  const badges = [...known.townships].filter(([code]) => isMine(code)).map(([code, feature]) => {
    const [lon, lat] = feature.properties.label_point ?? anchorOf(feature.geometry);
    const body = h("div", { class: "badge-body" });
    const icon = new DivIcon({ className: "badge", html: body, iconSize: [0, 0] });
    const marker = new Marker([lat, lon], { icon, pane: "badges", keyboard: true, riseOnHover: true }).addTo(map);
    marker.on("click", () => choose(code));
    marker.on("keypress", (event) => event.originalEvent.key === "Enter" && choose(code));
    return { code, marker, body };
  });

  function redraw() {
    const near = map.getZoom() > countyZoom(map) + 0.75;
    const size = isPhone() ? 34 : 42;
    for (const { code, marker, body } of badges) {
      const paint = paintOf(code);
      const dark = paint?.dark && !near && !(state.township && state.township !== code);
      body.className = `badge-body${near ? " near" : ""}${dark ? " on-dark" : ""}`;
      body.replaceChildren(
        near ? "" : ring(figuresOf(code).mix, paint?.short ?? "–", { size, width: isPhone() ? 4 : 4.5 }),
        h("span", { class: "badge-name" }, placeName(code)),
        near && paint ? h("span", { class: "badge-figure" }, paint.long) : "",
      );
      const element = marker.getElement();
      element.setAttribute("aria-label", spoken(code, paint));
      element.dataset.township = code;
      element.tabIndex = near ? -1 : 0;
      element.classList.toggle("inert", near);
      element.classList.toggle("aside", Boolean(state.township) && state.township !== code);
    }
    spread(near);
  }

  /** Moves the bodies apart; their markers stay where the townships are. */
  function spread(near) {
    const boxes = badges.map(({ marker, body }) => {
      const { x, y } = map.latLngToLayerPoint(marker.getLatLng());
      return { x, y, width: body.offsetWidth + 2, height: body.offsetHeight + 1 };
    });
    const moved = near ? boxes.map(() => ({ x: 0, y: 0 })) : nudge(boxes, isPhone() ? 20 : 26);
    badges.forEach(({ body }, i) => {
      body.style.transform = `translate(-50%, -50%) translate(${moved[i].x}px, ${moved[i].y}px)`;
    });
  }

  map.on("zoomend resize", redraw);
  onChange(redraw, ["layer", "measure", "money", "township", "statuses"]);
  return redraw;
}
