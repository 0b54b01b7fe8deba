/** The ground of the map: paper, the county's outline, and the veil over what lies outside it. */
import { config, isPhone, isStill } from "./config.js";
import { s } from "./dom.js";
import { polygonsOf } from "./geometry.js";
import { GeoJSON, LatLngBounds, Map as LeafletMap, Polygon, Scale, SVG } from "./leaflet.js";
import { known } from "./known.js";
import { onChange, state } from "./state.js";

const INK = "#17252E";
const PAPER = "#F6F5F1";
/** Order of the drawings from below; popups are above all of them. */
const PANES = ["choropleth", "veil", "edge", "tiles", "features", "badges"];
const [west, south, east, north] = config.bounds;
const bounds = new LatLngBounds([south, west], [north, east]);

/** The window's size is asked of media queries: its numbers would have all of the page laid out first. */
const low = matchMedia("(max-height: 560px)");
const broad = matchMedia("(min-width: 1251px)");

/** Room that panels over the map take from it, in pixels. */
function covered() {
  if (isPhone() && low.matches) return { paddingTopLeft: [14, 66], paddingBottomRight: [14, 176 + 8] };
  if (isPhone()) return { paddingTopLeft: [14, 124], paddingBottomRight: [60, 176 + 100] };
  const wide = broad.matches;
  return { paddingTopLeft: [wide ? 316 : 24, wide ? 84 : 130], paddingBottomRight: [wide ? 88 : 72, wide ? 40 : 120] };
}

/** The map without anything on it yet; it shows nothing before its view is set. */
export function makeMap() {
  const map = new LeafletMap("map", {
    attributionControl: false,
    zoomControl: false,
    zoomSnap: 0.1,
    zoomDelta: 1,
    wheelPxPerZoomLevel: 90,
    maxZoom: 19,
    zoomAnimation: !isStill,
    fadeAnimation: !isStill,
    markerZoomAnimation: !isStill,
    inertia: !isStill,
  });
  PANES.forEach((name, order) => {
    map.createPane(name).style.zIndex = String(410 + order * 10);
  });
  map.setMinZoom(countyZoom(map) - 1);
  map.setMaxBounds(bounds.pad(2));
  map.addControl(new Scale({ imperial: false, position: "bottomright", maxWidth: 80 }));
  return map;
}

/** Zoom at which the whole county fills the room there is. */
export function countyZoom(map) {
  const { paddingTopLeft, paddingBottomRight } = covered();
  const room = [paddingTopLeft[0] + paddingBottomRight[0], paddingTopLeft[1] + paddingBottomRight[1]];
  return map.getBoundsZoom(bounds, false, room);
}

export const showCounty = (map, options) => map.fitBounds(bounds, { ...covered(), ...options });

/** Brings a GeoJSON feature into the room there is. */
export const showPlace = (map, feature) =>
  map.fitBounds(new GeoJSON(feature).getBounds(), { ...covered(), maxZoom: 14, animate: !isStill });

/** Paths with a halo of wider strokes below them, which are the same path: it is projected and simplified once. */
const Haloed = SVG.extend({
  _initPath(layer) {
    const stroke = (width, opacity) =>
      s("path", { fill: "none", stroke: INK, "stroke-width": width, "stroke-opacity": opacity, "stroke-linejoin": "round" });
    layer.halo = [stroke(11, 0.03), stroke(6, 0.05)];
    SVG.prototype._initPath.call(this, layer);
  },
  _addPath(layer) {
    this._rootGroup.append(...layer.halo);
    SVG.prototype._addPath.call(this, layer);
  },
  _setPath(layer, path) {
    for (const each of [...layer.halo, layer._path]) each.setAttribute("d", path);
  },
});

/** Draws the outline and veils what is outside. */
export function drawGround(map) {
  const shells = known.outline.flatMap((feature) => polygonsOf(feature.geometry)).map(([shell]) => flipped(shell));
  if (shells.length) {
    const world = [[-60, -40], [-60, 240], [84, 240], [84, -40]];
    const veil = new Polygon([world, ...shells], {
      pane: "veil",
      renderer: new SVG({ pane: "veil", padding: 0.5 }),
      interactive: false,
      stroke: false,
      fillColor: PAPER,
      fillOpacity: 1,
    }).addTo(map);
    const follow = () => veil.setStyle({ fillOpacity: state.base ? 0.6 : 1 });
    onChange(follow, ["base"]);
    follow();
  }
  const outline = { type: "FeatureCollection", features: known.outline };
  const edge = { pane: "edge", renderer: new Haloed({ pane: "edge", padding: 0.5 }), interactive: false };
  new GeoJSON(outline, { ...edge, style: { color: INK, weight: 1.6, opacity: 0.78, fill: false, lineJoin: "round" } }).addTo(map);
}

const flipped = (ring) => ring.map(([lon, lat]) => [lat, lon]);
