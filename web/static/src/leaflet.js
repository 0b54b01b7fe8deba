/** The parts of Leaflet that the map uses, taken from its sources so that the rest stays out of the bundle. */
import "leaflet/src/layer/vector/Renderer.getRenderer.js";

export { Control } from "leaflet/src/control/Control.js";
export { Scale } from "leaflet/src/control/Control.Scale.js";
export { Point } from "leaflet/src/geometry/index.js";
export { LatLng, LatLngBounds } from "leaflet/src/geo/index.js";
export { Layer } from "leaflet/src/layer/Layer.js";
export { LayerGroup } from "leaflet/src/layer/LayerGroup.js";
export { GeoJSON } from "leaflet/src/layer/GeoJSON.js";
export { GridLayer } from "leaflet/src/layer/tile/GridLayer.js";
export { TileLayer } from "leaflet/src/layer/tile/TileLayer.js";
export { Popup } from "leaflet/src/layer/Popup.js";
export { Marker, DivIcon } from "leaflet/src/layer/marker/index.js";
export { Circle, CircleMarker, Polygon, Polyline, SVG } from "leaflet/src/layer/vector/index.js";
export { Map } from "leaflet/src/map/index.js";
export * as DomEvent from "leaflet/src/dom/DomEvent.js";
export * as DomUtil from "leaflet/src/dom/DomUtil.js";
