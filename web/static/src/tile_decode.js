/** Mapbox Vector Tiles (version 2) to typed arrays: decoded once, without an object for each feature. */

const words = new TextDecoder();

/** Reads the fields of a protocol buffer one after another. */
class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }
  number() {
    let [value, weight, byte] = [0, 1, 0];
    do {
      byte = this.bytes[this.at++];
      value += (byte & 127) * weight;
      weight *= 128;
    } while (byte > 127);
    return value;
  }
  /** The bytes of a field that says its length. */
  part() {
    const length = this.number();
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
  /** Calls `take` for each field with its number; what it does not read is passed over. */
  fields(take) {
    while (this.at < this.bytes.length) {
      const head = this.number();
      const kind = head & 7;
      if (take(head >> 3)) continue;
      if (kind === 0) this.number();
      else if (kind === 2) this.part();
      else this.at += kind === 1 ? 8 : 4;
    }
  }
}

function valueOf(bytes) {
  const reader = new Reader(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let value = null;
  reader.fields((field) => {
    if (field === 1) value = words.decode(reader.part());
    else if (field === 2) [value, reader.at] = [view.getFloat32(reader.at, true), reader.at + 4];
    else if (field === 3) [value, reader.at] = [view.getFloat64(reader.at, true), reader.at + 8];
    else if (field === 6) value = unfold(reader.number());
    else value = reader.number();
    return true;
  });
  return value;
}

const unfold = (number) => (number % 2 ? -(number + 1) / 2 : number / 2);

/**
 * A layer of a tile.
 * @typedef {object} TileLayer
 * @property {number} count of features
 * @property {Uint8Array} kind 1 point, 2 line, 3 polygon
 * @property {Int16Array} xy positions of all features one after another, 4096 across the tile
 * @property {Uint32Array} rings where each ring or line begins in `xy`, and the end
 * @property {Uint32Array} first the first ring of each feature, and the end
 * @property {Int16Array} boxes west, north, east, south of each feature
 * @property {any[]} values that properties of its features have
 * @property {(name: string) => Int32Array} column which of the values each feature has of a property, -1 for none
 * @property {(feature: number, name: string) => any} value of a property; undefined where it has none
 */

/** @returns {TileLayer & {name: string}} */
function layerOf(bytes) {
  const reader = new Reader(bytes);
  const [keys, values, parts] = [[], [], []];
  let name = "";
  reader.fields((field) => {
    if (field === 1) name = words.decode(reader.part());
    else if (field === 2) parts.push(reader.part());
    else if (field === 3) keys.push(words.decode(reader.part()));
    else if (field === 4) values.push(valueOf(reader.part()));
    else return false;
    return true;
  });
  const [xy, rings, tags] = [[], [], []];
  const count = parts.length;
  const kind = new Uint8Array(count);
  const first = new Uint32Array(count + 1);
  const tagged = new Uint32Array(count + 1);
  const boxes = new Int16Array(count * 4);
  parts.forEach((part, i) => {
    first[i] = rings.length;
    tagged[i] = tags.length;
    const feature = new Reader(part);
    feature.fields((field) => {
      if (field === 2) numbers(feature.part(), tags);
      else if (field === 3) kind[i] = feature.number();
      else if (field === 4) trace(feature.part(), xy, rings, boxes, 4 * i);
      else return false;
      return true;
    });
  });
  first[count] = rings.length;
  tagged[count] = tags.length;
  rings.push(xy.length);
  const pairs = Uint32Array.from(tags);
  const columns = new Map();
  function column(wanted) {
    let found = columns.get(wanted);
    if (!found) {
      columns.set(wanted, (found = new Int32Array(count).fill(-1)));
      const key = keys.indexOf(wanted);
      for (let i = 0; i < count; i++) {
        for (let at = tagged[i]; at < tagged[i + 1]; at += 2) if (pairs[at] === key) found[i] = pairs[at + 1];
      }
    }
    return found;
  }
  return {
    name, count, kind, first, boxes, values, column,
    xy: Int16Array.from(xy),
    rings: Uint32Array.from(rings),
    value: (feature, wanted) => values[column(wanted)[feature]],
  };
}

function numbers(bytes, into) {
  const reader = new Reader(bytes);
  while (reader.at < bytes.length) into.push(reader.number());
}

/** The commands of a geometry: 1 moves, 2 draws, 7 closes; positions are steps from the one before. */
function trace(bytes, xy, rings, boxes, box) {
  const reader = new Reader(bytes);
  let [x, y, west, north, east, south] = [0, 0, 32767, 32767, -32768, -32768];
  while (reader.at < bytes.length) {
    const command = reader.number();
    if ((command & 7) === 7) continue;
    for (let left = command >> 3; left > 0; left--) {
      x += unfold(reader.number());
      y += unfold(reader.number());
      if ((command & 7) === 1) rings.push(xy.length);
      xy.push(x, y);
      if (x < west) west = x;
      if (x > east) east = x;
      if (y < north) north = y;
      if (y > south) south = y;
    }
  }
  boxes.set([west, north, east, south], box);
}

/** The layers of a tile by name. @param {Uint8Array} bytes @returns {Map<string, TileLayer>} */
export function decode(bytes) {
  const reader = new Reader(bytes);
  const layers = new Map();
  reader.fields((field) => {
    if (field !== 3) return false;
    const layer = layerOf(reader.part());
    layers.set(layer.name, layer);
    return true;
  });
  return layers;
}
