/** Features of large layers: a canvas for each vector tile, painted anew when a filter changes, hit exactly. */
import { paintTileCells, paintTileFeatures, paintTileReference, paintTileRings } from "./tile_brush.js";
import { DomUtil, GridLayer } from "./leaflet.js";
import { known } from "./known.js";
import { hits } from "./shapes.js";
import { statuses } from "./status.js";
import { FEATURES_FROM, LAST_ZOOM, tileAt } from "./tile_source.js";

const UNITS = 4096;

/**
 * What is shown of the tiles.
 * @typedef {object} Shown
 * @property {string[]} layers codes, in the order in which they are asked for
 * @property {string} asOf
 * @property {string} filter says what `wants` wants: the same for the same
 * @property {(layer: any, status: string | undefined, township: string | undefined) => boolean} wants
 */

export const FeatureTiles = GridLayer.extend({
  options: { pane: "tiles", maxNativeZoom: LAST_ZOOM, keepBuffer: 1, updateWhenZooming: false },

  initialize(options) {
    GridLayer.prototype.initialize.call(this, options);
    /** @type {Shown} */
    this.shown = { layers: [], asOf: "", filter: "", wants: () => true };
    this.marked = new Set();
  },

  /** Shows this: asks for tiles where others are wanted, paints those that are there where not. @param {Shown} shown */
  show(shown) {
    const before = this.shown;
    this.shown = shown;
    if (!this._map) return;
    if (shown.asOf !== before.asOf || String(shown.layers) !== String(before.layers)) this.redraw();
    else if (shown.filter !== before.filter) this.repaint();
  },

  onAdd(map) {
    GridLayer.prototype.onAdd.call(this, map);
    map.on("zoomend", this.repaint, this);
  },

  onRemove(map) {
    map.off("zoomend", this.repaint, this);
    GridLayer.prototype.onRemove.call(this, map);
    this.fire("painted");
  },

  createTile(coords, done) {
    const tile = DomUtil.create("canvas", "feature-tile");
    const { shown } = this;
    const found = tileAt(coords, shown);
    const put = (layers) => {
      tile.layers = layers;
      tile.coords = coords;
      if (this._map) this._paint(tile);
    };
    if (found instanceof Map) {
      put(found);
      setTimeout(done, 0, null, tile);
    } else {
      found.then(
        (layers) => {
          put(layers);
          done(null, tile);
        },
        (error) => {
          done(error, tile);
          if (this._map) this.fire("failed", { error });
        },
      );
    }
    return tile;
  },

  /** Rings the features with these ids. @param {Set<string>} ids */
  mark(ids) {
    this.marked = ids;
    this.repaint();
  },

  repaint() {
    for (const { el } of Object.values(this._tiles ?? {})) if (el.layers) this._paint(el);
  },

  /** As many pixels as it has on the screen, so that it stays sharp between two zooms. */
  _paint(tile) {
    const density = Math.min(window.devicePixelRatio || 1, 2);
    const side = Math.ceil(this.getTileSize().x * this._map.getZoomScale(this._map.getZoom(), tile.coords.z) * density);
    if (tile.width !== side) Object.assign(tile, { width: side, height: side });
    const canvas = tile.getContext("2d");
    canvas.setTransform(1, 0, 0, 1, 0, 0);
    canvas.clearRect(0, 0, side, side);
    this._paintLayers(canvas, tile, side / UNITS, density);
    this._tell();
  },

  _paintLayers(canvas, { layers, coords }, scale, density) {
    for (const [code, found] of layers) {
      const layer = known.layers.get(code);
      if (!layer) continue;
      const seen = this._seen(layer, found);
      if (coords.z < FEATURES_FROM && layer.geometry === "polygon") {
        if (!layer.reference) paintTileCells(canvas, found, this._cells(layer, found), scale, density);
      } else if (layer.reference) paintTileReference(canvas, found, seen, scale, density);
      else if (layer.geometry !== "point") {
        paintTileFeatures(canvas, found, seen, scale, density);
        const ringed = this.marked.size ? seen.filter((i) => this.marked.has(found.value(i, "id"))) : [];
        if (ringed.length) paintTileRings(canvas, found, ringed, scale, density);
      }
    }
  },

  /** The features of a layer that are wanted; which they are is looked up once for each pair of values. */
  _seen(layer, found) {
    const { values } = found;
    const [statuses, townships] = [found.column("status"), found.column("township")];
    const wanted = new Map();
    const seen = [];
    for (let i = 0; i < found.count; i++) {
      const key = (statuses[i] + 1) * (values.length + 1) + townships[i];
      if (!wanted.has(key)) wanted.set(key, this.shown.wants(layer, values[statuses[i]], values[townships[i]]));
      if (wanted.get(key)) seen.push(i);
    }
    return seen;
  },

  /** The cells of which something is wanted: [feature, {status: number}]. */
  _cells(layer, found) {
    const cells = [];
    for (let i = 0; i < found.count; i++) {
      const township = found.value(i, "township");
      const mix = {};
      let any = false;
      for (const { code: status } of statuses) {
        const count = found.value(i, status);
        if (count && this.shown.wants(layer, status, township)) any = Boolean((mix[status] = count));
      }
      if (any) cells.push([i, mix]);
    }
    return cells;
  },

  /** Says once for all tiles of a moment that what is painted has changed. */
  _tell() {
    if (this._telling) return;
    this._telling = requestAnimationFrame(() => {
      this._telling = 0;
      this.fire("painted");
    });
  },

  /** The tiles that are shown and decoded, and no others. */
  _current() {
    if (!this._map) return [];
    return Object.values(this._tiles ?? {})
      .map(({ el }) => el)
      .filter((el) => el.layers && el.coords.z === this._tileZoom);
  },

  /** What lies in the tiles as points: features, and clusters of them, each with its place in degrees. */
  points() {
    const points = [];
    for (const { layers, coords } of this._current()) {
      for (const [code, found] of layers) {
        const layer = known.layers.get(code);
        if (layer?.geometry !== "point" || layer.reference) continue;
        const cells = coords.z < FEATURES_FROM ? this._cells(layer, found) : this._seen(layer, found).map((i) => [i, null]);
        for (const [i, mix] of cells) {
          const [x, y] = [found.xy[found.rings[found.first[i]]], found.xy[found.rings[found.first[i]] + 1]];
          // A point beside a tile is in the next tile too.
          if (x < 0 || y < 0 || x >= UNITS || y >= UNITS) continue;
          const shape = this._pointShape(layer, found, i, coords, mix);
          points.push({ mix: mix ?? { [shape.status]: 1 }, shape, place: this._placeOf(coords, x, y) });
        }
      }
    }
    return points;
  },

  /** A point, or what is the only one of a cluster; null for a cluster of several. */
  _pointShape(layer, found, i, coords, mix) {
    if (!mix) return this._shape(layer, found, i, coords);
    const [status, ...others] = Object.keys(mix);
    return others.length || mix[status] > 1 ? null : this._shape(layer, found, i, coords, status);
  },

  _placeOf({ x, y, z }, dx, dy) {
    const side = this.getTileSize().x;
    return this._map.unproject([(x + dx / UNITS) * side, (y + dy / UNITS) * side], z);
  },

  /** A feature of a tile as the canvas above takes it; what the tile does not say comes with its card. */
  _shape(layer, found, i, { x, y, z }, status = found.value(i, "status") ?? "not_started") {
    const step = this.getTileSize().x / 2 ** z;
    const at = (ring) => {
      const positions = [];
      for (let k = found.rings[ring]; k < found.rings[ring + 1]; k += 2) {
        positions.push([(x + found.xy[k] / UNITS) * step, (y + found.xy[k + 1] / UNITS) * step]);
      }
      return positions;
    };
    const rings = Array.from({ length: found.first[i + 1] - found.first[i] }, (_, n) => at(found.first[i] + n));
    const box = [...found.boxes.subarray(4 * i, 4 * i + 4)].map((unit, n) => ((n % 2 ? y : x) + unit / UNITS) * step);
    const value = (name) => found.value(i, name) ?? null;
    const middle = this._map.unproject([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2], 0);
    const kind = found.kind[i];
    return {
      layer,
      status,
      polygons: kind === 3 ? [rings] : [],
      lines: kind === 2 ? rings : [],
      points: kind === 1 ? rings.flat() : [],
      box,
      feature: {
        id: value("id"),
        geometry: { type: "Point", coordinates: [middle.lng, middle.lat] },
        properties: { layer: layer.code, code: value("code"), name: value("name"), township: value("township"), status },
      },
    };
  },

  /** Calls `take` with every wanted line or polygon of the shown tiles at their first zoom with features and beyond. */
  _each(take) {
    for (const { layers, coords } of this._current()) {
      if (coords.z < FEATURES_FROM) continue;
      for (const [code, found] of layers) {
        const layer = known.layers.get(code);
        if (!layer || layer.geometry === "point") continue;
        for (const i of this._seen(layer, found)) take(layer, found, i, coords);
      }
    }
  },

  /**
   * The line or polygon at a position, the last one painted first; monitored ones before those of reference layers.
   * @param {any} place @param {number} slack how far beside it still counts, in CSS pixels
   */
  at(place, slack) {
    const tile = this._tileUnder(place);
    if (!tile) return null;
    const { x, y } = this._map.project(place, 0);
    const reach = slack / 2 ** this._map.getZoom();
    let hit = null;
    for (const [code, found] of tile.layers) {
      const layer = known.layers.get(code);
      if (!layer || layer.geometry === "point" || (hit && layer.reference)) continue;
      hit = this._hit(layer, found, tile.coords, { x, y, reach }) ?? hit;
    }
    return hit;
  },

  /** What lies at a position in the world's pixels, else what lies beside it; the last painted first. */
  _hit(layer, found, coords, { x, y, reach }) {
    let beside = null;
    for (const i of this._seen(layer, found).reverse()) {
      if (!this._near(found, i, coords, x, y, reach)) continue;
      const shape = this._shape(layer, found, i, coords);
      if (hits(shape, x, y, 0)) return shape;
      if (!beside && hits(shape, x, y, reach)) beside = shape;
    }
    return beside;
  },

  /** Whether a position in the world's pixels is in the box of a feature, or so far beside it. */
  _near({ boxes }, i, coords, x, y, reach) {
    const units = (UNITS * 2 ** coords.z) / this.getTileSize().x;
    const [left, top, more] = [x * units - coords.x * UNITS, y * units - coords.y * UNITS, reach * units];
    return left >= boxes[4 * i] - more && top >= boxes[4 * i + 1] - more && left <= boxes[4 * i + 2] + more && top <= boxes[4 * i + 3] + more;
  },

  _tileUnder(place) {
    if (!this._map || this._tileZoom < FEATURES_FROM) return null;
    const { x, y } = this._map.project(place, this._tileZoom).divideBy(this.getTileSize().x)._floor();
    return this._current().find(({ coords }) => coords.x === x && coords.y === y) ?? null;
  },

  /** The ids of monitored lines and polygons whose middle lies within some bounds. */
  idsIn(bounds) {
    const ids = new Set();
    this._each((layer, found, i, coords) => {
      if (layer.reference) return;
      const [west, north, east, south] = found.boxes.subarray(4 * i, 4 * i + 4);
      const id = found.value(i, "id");
      if (id && bounds.contains(this._placeOf(coords, (west + east) / 2, (north + south) / 2))) ids.add(id);
    });
    return ids;
  },
});

