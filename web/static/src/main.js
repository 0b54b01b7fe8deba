/** The overview map: reads the page's configuration, loads what is missing, and draws. */
import { keepBaseMap } from "./base_map.js";
import { drawBadges } from "./badges.js";
import { choose, drawChoropleth, townshipAt } from "./choropleth.js";
import { config, isStill, onLayout } from "./config.js";
import { byId } from "./dom.js";
import { keepFeatures } from "./feature_loader.js";
import { Figures } from "./figures.js";
import { drawGround, makeMap, showCounty, showPlace } from "./ground.js";
import { followWorker, keepPages } from "./kept.js";
import { known } from "./known.js";
import { makeLegend } from "./legend.js";
import { complain, hush } from "./notice.js";
import { isMeasuring } from "./measure.js";
import { makePanel } from "./panel.js";
import { layNamed } from "./parcels.js";
import { keepLink, readLink } from "./permalink.js";
import { makePicker, picking } from "./pick.js";
import { makePopup } from "./popup.js";
import { makeSearch } from "./search.js";
import { makeSheet } from "./sheet.js";
import { keepSpend } from "./spend.js";
import { loadLayers, loadOutline, loadProgress, loadTownships, open, OUTSIDE, refresh, renew } from "./source.js";
import { change, onChange, state } from "./state.js";
import { setSync } from "./sync.js";
import { makeTabs } from "./tabs.js";
import { label, language } from "./text.js";
import { makeTimeline } from "./timeline.js";
import { makeTools } from "./tools.js";

/** Two years are offered where the server states no beginning. */
const YEARS = 2;

/** Milliseconds away from the page after which its figures are asked for anew. */
const STALE = 5 * 60_000;

async function loadPlaces() {
  await open();
  const [layers, townships, outline] = await Promise.all([loadLayers(), loadTownships(), loadOutline()]);
  known.layers = new Map(layers.map((layer) => [layer.code, layer]));
  known.townships = new Map(townships.map((feature) => [feature.properties.code, feature]));
  known.outline = outline;
  known.first = config.since ?? `${Number(config.as_of.slice(0, 4)) - YEARS}${config.as_of.slice(4)}`;
}

/** Keeps the figures those of the day chosen; an answer that comes too late is given up. `drop` forgets the features. */
function keepFigures(redraws, drop) {
  let asking = new AbortController();
  async function load() {
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    const asOf = state.asOf;
    setSync("loading");
    try {
      known.figures = new Figures(await loadProgress(asOf, signal), known.layers);
      if (signal.aborted) return;
      setSync("fresh");
      hush();
      for (const redraw of redraws) redraw();
    } catch (error) {
      if (signal.aborted) return;
      setSync("stale");
      complain(error, load);
    }
  }
  onChange(load, ["asOf"]);
  let left = Date.now();
  const again = () => { refresh(); drop(); load(); };
  addEventListener("online", again);
  addEventListener("shanhe:reported", again);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) left = Date.now();
    else if (Date.now() - left > STALE) again();
  });
  return load;
}

/** Clicks on the map: what is drawn there first, then the township under it. */
function listen(map, features, popup, pick) {
  let hadCard = false;
  map.on("preclick", () => { hadCard = Boolean(state.feature); });
  map.on("click", ({ latlng }) => {
    if (isMeasuring()) return undefined;
    const found = features.at(latlng);
    if (found?.shape) return pick ? pick(found.shape, found.place) : popup.open(found.shape, found.place);
    if (found) return map.setView(found.place, features.zoomOf(found.cluster), { animate: !isStill });
    const code = townshipAt(latlng);
    if (hadCard) return undefined;
    if (code && code !== state.township) choose(code);
    else if (!code && state.township) choose(null);
    return undefined;
  });
  map.on("mousemove", ({ latlng }) => {
    byId("map").classList.toggle("over-feature", !isMeasuring() && Boolean(features.at(latlng)));
  });
  onChange(() => {
    const village = known.villages.get(state.village);
    if (village?.geometry) showPlace(map, village);
  }, ["village"]);
  onChange(() => {
    if (state.feature || known.villages.get(state.village)?.geometry) return;
    const township = known.townships.get(state.township);
    if (township) showPlace(map, township);
    else if (state.township !== OUTSIDE) showCounty(map, { animate: !isStill });
  }, ["township"]);
}

async function start() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.title = label(config.title);
  await loadPlaces();
  const latest = config.as_of;
  const link = readLink(location.hash, known);
  change({ asOf: latest, township: known.townships.has(config.selected_township) ? config.selected_township : null });
  const { feature, ...chosen } = link.patch;
  change(chosen);

  const map = makeMap();
  function show(view) {
    if (view) map.setView([view.lat, view.lon], view.zoom, { animate: false });
    else if (known.townships.has(state.township)) showPlace(map, known.townships.get(state.township));
    else showCounty(map, { animate: false });
  }
  show(link.view);
  drawGround(map);
  keepBaseMap(map);
  const { layer: features, update, drop } = keepFeatures(map);
  const popup = makePopup(map, features);
  byId("top").append(makeSearch(popup), makeTabs());
  const legend = makeLegend();
  const panel = makePanel(popup);
  makeTools(map, features);
  makeTimeline(legend.slot);
  makeSheet();
  const redraws = [panel, legend.redraw, drawChoropleth(map), drawBadges(map), update];
  const load = keepFigures(redraws, drop);
  const loadSpend = keepSpend(redraws);
  listen(map, features, popup, picking ? await makePicker(map, features) : null);
  onLayout(() => { map.invalidateSize(); show(null); });
  await Promise.all([load(), loadSpend()]);
  keepLink(map, known, show);
  if (feature) popup.restore(feature);
  layNamed(map);
  document.body.classList.add("ready");
  // Where there is no network later, the form is there; and what waits on the device is sent.
  setTimeout(() => {
    if (config.reportable.length > 0) import(config.urls.report_script).catch(() => {});
    keepPages();
  }, 1500);
  return (figures) => { renew(figures); drop(); load(); };
}

let started;
function begin() {
  started = start().catch((error) => complain(error, begin));
}
begin();
followWorker(async (figures) => (await started)?.(figures));
