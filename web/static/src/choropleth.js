/** The townships coloured by progress or by money; hatched where there is no data. */
import { byId, h, s } from "./dom.js";
import { polygonsOf, insidePolygons } from "./geometry.js";
import { countyZoom } from "./ground.js";
import { isMine, known, placeName } from "./known.js";
import { GeoJSON, SVG } from "./leaflet.js";
import { isMeasuring } from "./measure.js";
import { paintOf } from "./paint.js";
import { change, onChange, state } from "./state.js";

/** A township that the reader sees nothing of. */
const BLANK = "#F1EFEA";
/** How much of a fill is left where a base map shall be seen through it. */
const OVER_BASE = 0.6;

/** The hatch that means "no data", for fills on the map; one for the whole page. */
function drawHatch() {
  const pattern = s(
    "pattern",
    { id: "no-data", width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    s("rect", { width: 7, height: 7, fill: "#FBFAF7" }),
    s("rect", { width: 1.6, height: 7, fill: "#CBD0CC" }),
  );
  document.body.append(s("svg", { class: "definitions", width: 0, height: 0, "aria-hidden": "true" }, pattern));
}

/** The township of the reader at a position, or undefined. */
export function townshipAt({ lat, lng }) {
  for (const [code, feature] of known.townships) {
    if (isMine(code) && insidePolygons(lng, lat, polygonsOf(feature.geometry))) return code;
  }
  return undefined;
}

/** Draws the townships and keeps them true to the state. @returns the layer's own redraw */
export function drawChoropleth(map) {
  drawHatch();
  let hovered;
  const zoomedIn = () => map.getZoom() > countyZoom(map) + 0.75;

  const styled = (faint) => (feature) => {
    const { code } = feature.properties;
    const paint = paintOf(code);
    const chosen = code === state.township;
    return {
      fillColor: isMine(code) ? (paint?.colour ?? "url(#no-data)") : BLANK,
      fillOpacity: (state.base ? OVER_BASE : 1) * (faint ? (chosen ? 0.34 : 0.2) : state.township && !chosen ? 0.45 : 1),
      color: chosen || code === hovered ? "#17252E" : paint === null ? "#AEB8B2" : "#fff",
      weight: chosen ? 2.4 : code === hovered ? 1.8 : 1.3,
      opacity: chosen || code === hovered ? 1 : 0.9,
      lineJoin: "round",
    };
  };

  const layer = new GeoJSON(
    { type: "FeatureCollection", features: [...known.townships.values()] },
    { pane: "choropleth", renderer: new SVG({ pane: "choropleth", padding: 0.5 }), interactive: false, style: styled(zoomedIn()) },
  ).addTo(map);

  function redraw() {
    layer.setStyle(styled(zoomedIn()));
    layer.eachLayer((shape) => {
      if (shape.feature.properties.code === state.township) shape.bringToFront();
    });
  }

  const tip = byId("map").appendChild(h("div", { class: "tip", hidden: true }));
  map.on("mousemove", (event) => {
    const code = event.originalEvent.target.closest?.(".leaflet-popup, .badge") ? undefined : townshipAt(event.latlng);
    if (code !== hovered) {
      hovered = code;
      redraw();
    }
    tip.hidden = !code || !zoomedIn() || code === state.township;
    if (!tip.hidden) {
      tip.textContent = placeName(code);
      tip.style.transform = `translate(${event.containerPoint.x + 14}px, ${event.containerPoint.y + 14}px)`;
    }
    byId("map").classList.toggle("over-township", !isMeasuring() && Boolean(code) && code !== state.township);
  });
  map.on("mouseout", () => {
    hovered = undefined;
    tip.hidden = true;
    redraw();
  });
  map.on("zoomend", redraw);
  onChange(redraw, ["layer", "measure", "money", "township", "base"]);
  return redraw;
}

/** Chooses a township, or the county with null. */
export const choose = (code) => change({ township: code, village: null, feature: null });
