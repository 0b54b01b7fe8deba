/** Features on one canvas: points gathered into clusters, areas and lines drawn exactly, all of it clickable. */
import Supercluster from "supercluster";
import { paintArea, paintChosen, paintCluster, paintLine, paintReference, paintSign } from "./brush.js";
import { DomUtil, Layer, LatLng } from "./leaflet.js";
import { hits, middleOf } from "./shapes.js";
import { FEATURES_FROM } from "./tile_source.js";

/** How far the canvas reaches beyond the window, so that a short drag shows no edge. */
const MARGIN = 160;
const touch = matchMedia("(pointer: coarse)");

export const FeatureLayer = Layer.extend({
  /** @param {any} tiles the layer of vector tiles below, whose points are gathered here */
  initialize(tiles) {
    this.tiles = tiles;
    this.shapes = [];
    this.held = null;
    this.chosen = null;
    this.marked = new Set();
    this.drawn = [];
  },

  onAdd(map) {
    this.canvas = DomUtil.create("canvas", "features leaflet-zoom-hide", map.getPane("features"));
    this.isBlank = true;
    map.on("moveend resize viewreset", this.draw, this);
    this.tiles.on("painted", this.gather, this);
    this.draw();
  },

  onRemove(map) {
    map.off("moveend resize viewreset", this.draw, this);
    this.tiles.off("painted", this.gather, this);
    this.canvas.remove();
  },

  /** Shows these and no others, with what the tiles hold. @param {import("./shapes.js").Shape[]} shapes */
  show(shapes) {
    this.shapes = shapes;
    this.gather();
  },

  /** Gathers the points of shapes and tiles into clusters. */
  gather() {
    const points = this.shapes
      .filter((shape) => shape.points.length && !shape.layer.reference)
      .map((shape) => pointOf(shape.feature.geometry.coordinates.flat().slice(0, 2), { [shape.status]: 1 }, shape));
    const tiled = this.tiles.points().map(({ place: { lng, lat }, mix, shape }) => pointOf([lng, lat], mix, shape));
    this.index = points.length + tiled.length ? clustered([...points, ...tiled]) : null;
    this.draw();
  },

  /** Marks the feature with this id. */
  choose(id) {
    this.chosen = id;
    if (this.held?.feature.id !== id) this.held = null;
    this.draw();
  },

  /** The feature whose card is open, which may lie in a tile. @param {import("./shapes.js").Shape} shape */
  hold(shape) {
    this.held = shape;
    this.draw();
  },

  /** Rings the features with these ids. @param {Set<string>} ids */
  mark(ids) {
    this.marked = ids;
    this.tiles.mark(ids);
    this.draw();
  },

  /** Where a shape lies: its point, or the middle of its box. */
  middle(shape) {
    return placeOf(this._map, shape);
  },

  draw() {
    const map = this._map;
    const hasNothing = !this.shapes.length && !this.index && !this.held;
    if (!map || (hasNothing && this.isBlank)) return;
    this.isBlank = hasNothing;
    const size = map.getSize();
    const density = Math.min(window.devicePixelRatio || 1, 2);
    const [width, height] = [size.x + 2 * MARGIN, size.y + 2 * MARGIN];
    const corner = map.containerPointToLayerPoint([-MARGIN, -MARGIN]);
    Object.assign(this.canvas, { width: width * density, height: height * density });
    Object.assign(this.canvas.style, { width: `${width}px`, height: `${height}px` });
    DomUtil.setPosition(this.canvas, corner);
    const canvas = this.canvas.getContext("2d");
    canvas.scale(density, density);
    this.paint(canvas, corner, width, height);
  },

  /** Paints what lies in a part of the map, whose corner is a position of Leaflet's layers, on any canvas. */
  paint(canvas, corner, width, height) {
    const map = this._map;
    const scale = 2 ** map.getZoom();
    const origin = map.getPixelOrigin().add(corner);
    const at = ([x, y]) => [x * scale - origin.x, y * scale - origin.y];
    const view = [origin.x / scale, origin.y / scale, (origin.x + width) / scale, (origin.y + height) / scale];
    const seen = this.shapes.filter(
      ({ box }) => box[0] <= view[2] && box[2] >= view[0] && box[1] <= view[3] && box[3] >= view[1],
    );
    this.areas = seen.filter((shape) => shape.polygons.length || shape.lines.length);
    for (const shape of this.areas.filter(({ layer }) => layer.reference)) paintReference(canvas, shape, at);
    for (const shape of this.areas.filter(({ layer }) => !layer.reference)) {
      const { box } = shape;
      if (shape.lines.length) paintLine(canvas, shape, at);
      else paintArea(canvas, shape, at, Math.max(box[2] - box[0], box[3] - box[1]) * scale);
    }
    const chosen = seen.find(({ feature }) => feature.id === this.chosen) ?? this.held;
    this.drawPoints(canvas, at);
    // The feature whose card is open stands out of its cluster.
    if (chosen?.points.length) paintSign(canvas, chosen, ...at(chosen.points[0]), 17);
    if (chosen) paintChosen(canvas, chosen, at);
    for (const shape of seen.filter(({ feature }) => this.marked.has(feature.id))) {
      if (shape.points.length) paintSign(canvas, shape, ...at(shape.points[0]), 14);
      paintChosen(canvas, shape, at);
    }
  },

  drawPoints(canvas, at) {
    this.drawn = [];
    if (!this.index) return;
    const map = this._map;
    const bounds = map.getBounds().pad(0.2);
    const box = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
    const found = this.index.getClusters(box, Math.round(map.getZoom()));
    const size = map.getZoom() < 13 ? 14 : 17;
    this.font ??= getComputedStyle(document.body).fontFamily;
    for (const { properties, geometry, id } of found.sort((one) => (one.properties.cluster ? 1 : -1))) {
      const place = new LatLng(geometry.coordinates[1], geometry.coordinates[0]);
      const world = map.project(place, 0);
      const [x, y] = at([world.x, world.y]);
      const { mix } = properties;
      const count = Object.values(mix).reduce((sum, each) => sum + each, 0);
      if (properties.cluster || !properties.shape) {
        const radius = paintCluster(canvas, mix, count, x, y, this.font);
        this.drawn.push({ x: world.x, y: world.y, radius: radius + 3, cluster: properties.cluster ? id : null, place });
      } else {
        paintSign(canvas, properties.shape, x, y, size);
        this.drawn.push({ x: world.x, y: world.y, radius: touch.matches ? 22 : 13, shape: properties.shape, place });
      }
    }
  },

  /**
   * What is drawn at a position.
   * @returns {{shape?: import("./shapes.js").Shape, cluster?: number | null, place: LatLng} | null}
   */
  at(place) {
    const map = this._map;
    const { x, y } = map.project(place, 0);
    const scale = 2 ** map.getZoom();
    let nearest = null;
    let best = Infinity;
    for (const drawn of this.drawn) {
      const distance = Math.hypot(drawn.x - x, drawn.y - y) * scale;
      if (distance <= drawn.radius && distance < best) [nearest, best] = [drawn, distance];
    }
    if (nearest) return nearest;
    const slack = touch.matches ? 12 : 6;
    const under = (this.areas ?? []).filter((shape) => hits(shape, x, y, slack / scale));
    const tiled = this.tiles.at(place, slack);
    if (tiled) under.unshift(tiled);
    const shape = under.findLast(({ layer }) => !layer.reference) ?? under.at(-1);
    return shape ? { shape, place } : null;
  },

  /** The zoom at which a cluster falls apart; one of the server's does so where its tiles hold features. */
  zoomOf(cluster) {
    const further = Math.min(Math.ceil(this._map.getZoom()) + 2, FEATURES_FROM);
    if (cluster === null) return further;
    return Math.min(Math.max(this.index.getClusterExpansionZoom(cluster), this._map.getZoom() + 0.5), 17);
  },
});

const clustered = (points) =>
  new Supercluster({
    radius: 56,
    maxZoom: 15,
    minPoints: 4,
    map: ({ mix }) => ({ mix }),
    reduce: (gathered, { mix }) => {
      gathered.mix = { ...gathered.mix };
      for (const [status, count] of Object.entries(mix)) gathered.mix[status] = (gathered.mix[status] ?? 0) + count;
    },
  }).load(points);

const pointOf = (coordinates, mix, shape) => ({
  type: "Feature",
  properties: { mix, shape },
  geometry: { type: "Point", coordinates },
});

/** Where the card of a shape points at: the point itself, or the middle of its box. */
export function placeOf(map, shape) {
  const [x, y] = shape.points[0] ?? middleOf(shape);
  return map.unproject([x, y], 0);
}
