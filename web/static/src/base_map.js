/** The base map of Tianditu under everything else, where the server holds a key for it. */
import { config } from "./config.js";
import { byId, h } from "./dom.js";
import { GridLayer, TileLayer } from "./leaflet.js";
import { remark } from "./notice.js";
import { onChange, state } from "./state.js";
import { label, t } from "./text.js";

/** Tiles that are given up lose their address; Leaflet would put a data: image there, which the page's policy refuses. */
const Tiles = TileLayer.extend({
  _abortLoading() {
    for (const [key, { coords, el }] of Object.entries(this._tiles)) {
      if (coords.z === this._tileZoom) continue;
      el.onload = el.onerror = null;
      if (el.complete) continue;
      el.removeAttribute("src");
      el.remove();
      delete this._tiles[key];
    }
  },
  _removeTile(key) {
    const tile = this._tiles[key]?.el;
    if (!tile) return;
    tile.onload = tile.onerror = null;
    tile.removeAttribute("src");
    GridLayer.prototype._removeTile.call(this, key);
  },
});

const offered = config.base_maps;

/** The base maps that can be chosen: code and label. */
export const baseMaps = offered?.kinds ?? [];

/** Whose the base map is that is shown; null without one. */
export const attribution = () => (state.base ? offered.attribution : null);

/** Keeps the base map the one chosen. @param {import("./leaflet.js").Map} map */
export function keepBaseMap(map) {
  if (!offered) return;
  const shown = h("p", { id: "attribution", hidden: true }, label(offered.attribution));
  byId("notice").before(shown);
  let layers = [];
  let told = false;

  const layerOf = (kind) =>
    new Tiles(offered.url, {
      kind,
      subdomains: offered.hosts,
      maxNativeZoom: offered.most,
      maxZoom: map.getMaxZoom(),
      referrerPolicy: "strict-origin",
    }).on("tileerror", () => {
      if (told) return;
      told = true;
      remark(t("天地图没有加载出来，其余部分照常可用。"));
    });

  function follow() {
    for (const layer of layers) layer.remove();
    const kind = baseMaps.find(({ code }) => code === state.base);
    layers = kind ? [layerOf(kind.code), layerOf(kind.names)] : [];
    for (const layer of layers) layer.addTo(map);
    shown.hidden = !kind;
  }
  onChange(follow, ["base"]);
  follow();
}
