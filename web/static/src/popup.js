/** The popup that holds a feature's card: opens at once with what is known, fills in when the rest arrives. */
import { card, isWhole } from "./card.js";
import { isPhone, isStill } from "./config.js";
import { placeOf } from "./feature_layer.js";
import { countyZoom } from "./ground.js";
import { known } from "./known.js";
import { Popup } from "./leaflet.js";
import { complain } from "./notice.js";
import { loadFeature, loadFeatureAt, refresh } from "./source.js";
import { shapeOf } from "./shapes.js";
import { change, onChange, state } from "./state.js";

/** Half a finger, and how far a polygon is drawn beside where it lies: in degrees of longitude at zoom 0. */
const REACH = (10 / 256) * 360;
const DRAWN = (1.5 / 256) * 360;

/** @returns {{open: (shape: any, place: any) => void, find: (feature: any) => void, restore: (id: string) => void}} */
export function makePopup(map, features) {
  const popup = new Popup({
    closeButton: false,
    minWidth: 264,
    maxWidth: 300,
    autoPan: !isPhone(),
    autoPanPaddingTopLeft: [24, 84],
    autoPanPaddingBottomRight: [76, 24],
    className: "feature-popup",
  });
  let asking = new AbortController();
  const close = () => map.closePopup(popup);

  /** Where a keyboard user came from; a card opened by pointer takes no focus. */
  let opener = null;

  function render(feature, layer, shown) {
    const inside = popup.getElement()?.contains(document.activeElement);
    popup.setContent(card(feature, layer, { ...shown, close }));
    if (inside) focusCard();
  }
  /** The list may have been drawn anew since: its entry for the feature is looked up again. */
  function comeBack() {
    const entry = document.querySelector(`.entry[data-feature="${CSS.escape(String(state.feature))}"]`);
    (opener.isConnected ? opener : entry)?.focus({ preventScroll: true });
  }
  const focusCard = () => popup.getElement()?.querySelector(".close").focus({ preventScroll: true });

  async function open(shape, place) {
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    const { layer } = shape;
    let { feature } = shape;
    features.hold(shape);
    if (!feature.id) {
      feature = await whatLies(shape, place, signal);
      if (signal.aborted) return;
      features.hold(feature && { ...shape, feature });
      if (!feature) return;
    }
    const held = isWhole(feature);
    render(feature, layer, { loading: !held, problem: null });
    popup.setLatLng(place);
    if (!map.hasLayer(popup)) popup.openOn(map);
    if (opener) focusCard();
    change({ feature: feature.id });
    if (isPhone()) showAboveSheet(place);
    if (held) return;
    try {
      const whole = await loadFeature(feature.id, state.asOf, signal);
      if (signal.aborted) return;
      render(whole ?? feature, layer, { loading: false, problem: null });
      // What a tile shows is rounded.
      if (whole) features.hold(shapeOf(map, whole, layer) ?? shape);
    } catch (error) {
      if (!signal.aborted) render(feature, layer, { loading: false, problem: error.sentence ?? String(error) });
    }
  }

  /** The feature behind a shape that does not say which it is: a tile with many leaves that out. */
  async function whatLies(shape, place, signal) {
    const reach = (shape.polygons.length ? DRAWN : REACH) / 2 ** map.getZoom();
    try {
      return await loadFeatureAt(shape.layer.code, place, reach, state.asOf, signal);
    } catch (error) {
      if (!signal.aborted) complain(error, () => open(shape, place));
      return null;
    }
  }

  /** On a phone the card stands between the tabs and the sheet. */
  function showAboveSheet(place) {
    const { y } = map.latLngToContainerPoint(place);
    const wanted = window.innerHeight - 176 - 34;
    map.panBy([map.latLngToContainerPoint(place).x - map.getSize().x / 2, y - wanted], { animate: !isStill });
  }

  /** Goes to a feature and opens its card once it is in view. */
  function find(feature) {
    // Leaflet takes no new view while a zoom is animated.
    if (map.getPane("mapPane").classList.contains("leaflet-zoom-anim")) return map.once("zoomend", () => find(feature));
    opener = document.activeElement?.matches(":focus-visible") ? document.activeElement : null;
    const layer = known.layers.get(feature.properties.layer);
    const shape = layer && shapeOf(map, feature, layer);
    if (!shape) return undefined;
    const place = placeOf(map, shape);
    change({
      township: feature.properties.township ?? state.township,
      layer: layer.reference || !state.layer ? state.layer : layer.code,
      feature: feature.id,
    });
    const zoom = Math.max(map.getZoom(), Math.min(15, countyZoom(map) + 4));
    // A movement under way would end with a moveend of its own, before the view is where the card belongs.
    map.stop();
    map.once("moveend", () => open(shape, place));
    return map.setView(place, zoom, { animate: false });
  }

  async function restore(id) {
    try {
      const feature = await loadFeature(id, state.asOf);
      if (feature) find(feature);
    } catch (error) {
      complain(error, () => restore(id));
    }
  }

  addEventListener("shanhe:reported", async ({ detail }) => {
    if (state.feature !== detail || !map.hasLayer(popup)) return;
    refresh();
    const whole = await loadFeature(detail, state.asOf).catch(() => null);
    if (whole && state.feature === detail) render(whole, known.layers.get(whole.properties.layer), { loading: false, problem: null });
  });

  /** Closed once more while it closes, Leaflet would take it away a moment later though it was opened again. */
  let closing = false;

  map.on("popupclose", () => {
    closing = true;
    asking.abort();
    if (opener) comeBack();
    opener = null;
    change({ feature: null });
    closing = false;
  });
  onChange(() => {
    features.choose(state.feature);
    document.body.classList.toggle("has-card", Boolean(state.feature));
    if (!state.feature && !closing) close();
  }, ["feature"]);
  addEventListener("keydown", (event) => event.key === "Escape" && close());
  return { open, find, restore };
}
