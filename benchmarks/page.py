"""The map in a browser beside stock folium of the same data: the first visit on a slow line, and a large layer."""

import gzip
import json
import re
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, sync_playwright

from api.routes.map import view
from benchmarks import server
from benchmarks.bench import polygons, scratch, table
from geo import boundary, feature
from geo.database import Database
from geo.demo_load import load_demo
from geo.ingest.load import load
from geo.layers import layer
from geo.settings import settings, today
from geo.tile import fold, make_all
from web.map import overview

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
    "--disable-features=HttpsUpgrades,LensOverlay,MediaRouter,OptimizationHints,PreconnectToSearch,"
    "WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup",
)  # fmt: skip
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True}
BYTES_A_SECOND = 750_000 / 8
SLOWER = 4
PORT = 8123
ZOOMS = (12, 13, 14, 16)
_PAN = """async () => {
    const map = document.querySelector("#map, .folium-map");
    const fire = (on, type, x, y) => on.dispatchEvent(new MouseEvent(
        type, { bubbles: true, cancelable: true, clientX: x, clientY: y, button: 0, buttons: 1, view: window }));
    const frame = () => new Promise(requestAnimationFrame);
    let x = 900;
    fire(map.querySelector(".leaflet-map-pane") ?? map, "mousedown", x, 450);
    await frame();
    const begun = performance.now();
    let frames = 0;
    while (performance.now() - begun < 3000) {
        x += Math.floor((performance.now() - begun) / 750) % 2 ? 6 : -6;
        fire(document, "mousemove", x, 450);
        await frame();
        frames += 1;
    }
    const taken = performance.now() - begun;
    fire(document, "mouseup", x, 450);
    return (frames * 1000) / taken;
}"""
_FILTER = """async () => {
    const frame = () => new Promise(requestAnimationFrame);
    const taken = [];
    for (let turn = 0; turn < 6; turn++) {
        const begun = performance.now();
        document.querySelector('.filter[data-status="overdue"]').click();
        await frame();
        await new Promise((done) => setTimeout(done));
        taken.push(performance.now() - begun);
        await new Promise((done) => setTimeout(done, 300));
    }
    return taken.sort((one, other) => one - other)[4];
}"""
_CLICKS = """() => {
    window.clicked = [];
    addEventListener("mousedown", () => { window.begun = performance.now(); }, true);
    new MutationObserver(() => {
        if (window.begun) window.clicked.push(performance.now() - window.begun);
        window.begun = 0;
    }).observe(document.querySelector(".leaflet-popup-pane"), { childList: true, subtree: true });
}"""
# What stock folium asks of CDNs, in the packages of npm; what is in none is answered empty, in its favour.
PACKAGES = {
    "leaflet.js": ("leaflet@1.9.3", "dist/leaflet.js"),
    "leaflet.css": ("leaflet@1.9.3", "dist/leaflet.css"),
    "jquery-3.7.1.min.js": ("jquery@3.7.1", "dist/jquery.min.js"),
    "bootstrap.bundle.min.js": ("bootstrap@5.2.2", "dist/js/bootstrap.bundle.min.js"),
    "bootstrap.min.css": ("bootstrap@5.2.2", "dist/css/bootstrap.min.css"),
    "all.min.css": ("@fortawesome/fontawesome-free@6.2.0", "css/all.min.css"),
    "leaflet.awesome-markers.js": ("leaflet.awesome-markers@2.0.5", "dist/leaflet.awesome-markers.js"),
    "leaflet.awesome-markers.css": ("leaflet.awesome-markers@2.0.5", "dist/leaflet.awesome-markers.css"),
    "leaflet.markercluster.js": ("leaflet.markercluster@1.1.0", "dist/leaflet.markercluster.js"),
    "MarkerCluster.css": ("leaflet.markercluster@1.1.0", "dist/MarkerCluster.css"),
    "MarkerCluster.Default.css": ("leaflet.markercluster@1.1.0", "dist/MarkerCluster.Default.css"),
}


def run(rows: int, repeat: int) -> str:
    """Both tables: of the demonstration, whatever ``rows`` is, and of 100,000 and of ``rows`` polygons."""
    large = [_large(count, repeat, beside=count <= 100_000) for count in sorted({min(100_000, rows), rows})]
    note = (
        f"1440 x 900, software rendering, no GPU, at zooms {', '.join(map(str, ZOOMS))}: the worst of them, each the"
        f" median of {repeat} visits. Heap after a collection. Filter: from the click to the next frame. Click: to the"
        " card. Pan: three seconds of dragging. Stock folium: GeoJson of the same polygons, at the first of the zooms."
    )
    heads = ["", "polygons", "heap MB", "filter ms", "click ms", "frames/s", "largest tile KB", "painted s"]
    lines = [line for county in large for line in county]
    return f"{_first(repeat)}\n\n{table('A large layer on the map', heads, lines, note)}"


def _first(repeat: int) -> str:
    with scratch() as (folder, database), ExitStack() as stack:
        load_demo(database, force=True)
        secret = server.signed_in(database, "everything", None)
        port = server.ours(stack, database, PORT)
        begun = time.perf_counter()
        page = _stock(database)
        built = time.perf_counter() - begun
        stock = stack.enter_context(_site(page, folder))
        browser = stack.enter_context(sync_playwright()).chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        asked = {"Authorization": f"Bearer {secret}"}
        visits: dict[str, Callable[[], tuple[float, float, int, float]]] = {
            "shanhe": lambda: _visit(browser, f"http://127.0.0.1:{port}/", "body.ready", asked),
            "stock folium": lambda: _visit(browser, f"{stock}/", ".marker-cluster, .leaflet-marker-icon", {}),
        }
        found: dict[str, list[tuple[float, float, int, float]]] = {name: [] for name in visits}
        for _ in range(repeat):
            for name, visit in visits.items():
                found[name].append(visit())
        answered = median(_ask(port, secret) for _ in range(30))
        served = {"shanhe": _built(database), "stock folium": built}
        browser.close()
    lines = [
        [
            name,
            f"{median(each[2] for each in told):.0f}",
            f"{median(each[1] for each in told) / 1000:.0f}",
            f"{served[name] * 1000:.1f}",
            f"{median(each[0] for each in told):.2f}",
            f"{median(each[3] for each in told):.2f}",
        ]
        for name, told in found.items()
    ]
    first = {name: median(each[0] for each in told) for name, told in found.items()}
    lines.append(["times", "", "", "", f"{first['stock folium'] / first['shanhe']:.1f}", ""])
    heads = ["", "requests", "KB", "server ms", "first visit s", "again s"]
    note = (
        f"750 kbit/s, 40 ms, processor {SLOWER} x slower, telephone, medians of {repeat} in turn, {LOOKED_AT} s of"
        " looking before the next visit. Server: building the page from values; the whole answer to somebody signed"
        f" in, with questions to the database and compression, takes {answered * 1000:.0f} ms."
    )
    return table("The first visit of the map", heads, lines, note)


def _large(count: int, repeat: int, *, beside: bool) -> list[list[object]]:
    """The lines of a county with so many polygons, with stock folium ``beside`` ours where that can still be opened."""
    with scratch() as (folder, database), ExitStack() as stack:
        load(database, layer("farmland_patch"), polygons(database, folder / "patch.gpkg", count))
        make_all(database)
        with database.owner() as connection:
            fold(connection)
            places = connection.execute(_PLACES).fetchall()
        asked = {"Authorization": f"Bearer {server.signed_in(database, 'everything', None)}"}
        port = server.ours(stack, database, PORT, cache=256)
        browser = stack.enter_context(sync_playwright()).chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        found = [
            [_seen(browser, f"http://127.0.0.1:{port}/", zoom, places, asked) for zoom in ZOOMS] for _ in range(repeat)
        ]
        middle = [[median(visit[place][each] for visit in found) for each in range(6)] for place in range(len(ZOOMS))]
        heap, filtered, clicked, frames, tile, painted = zip(*middle, strict=True)
        worst = max(heap), max(filtered), max(clicked), min(frames), max(tile), max(painted)
        lines: list[list[object]] = [["shanhe", f"{count:,}", *(f"{each:.1f}" for each in worst)]]
        if beside:
            drawn = stack.enter_context(_site(_stock_polygons(database), folder))
            lines.append(["stock folium", f"{count:,}", *_stock_seen(browser, drawn)])
        browser.close()
    return lines


# The middles of polygons in the middle of the county, to click on.
_PLACES = """
    SELECT st_x(st_centroid(geom)), st_y(st_centroid(geom)) FROM feature
    WHERE layer = 'farmland_patch' ORDER BY geom <-> st_setsrid(st_point(103.26, 29.0), 4490) LIMIT 1
"""


def _seen(
    browser: Browser, address: str, zoom: int, places: list[tuple[float, float]], headers: dict[str, str]
) -> tuple[float, ...]:
    """Heap in MB, filter and click in ms, frames a second, KB of the largest tile, seconds until tiles were painted."""
    ((lon, lat),) = places
    context = browser.new_context(extra_http_headers=headers, viewport={"width": 1440, "height": 900}, locale="zh-CN")
    page = context.new_page()
    session = context.new_cdp_session(page)
    named: dict[str, str] = {}
    tiles = [0.0]
    session.on("Network.responseReceived", lambda event: named.update({event["requestId"]: event["response"]["url"]}))
    session.on(
        "Network.loadingFinished",
        lambda event: "/ogc/tiles/" in named.get(event["requestId"], "") and tiles.append(event["encodedDataLength"]),
    )
    for domain in ("Network", "Performance", "HeapProfiler"):
        session.send(f"{domain}.enable")
    begun = time.perf_counter()
    page.goto(f"{address}#v={zoom}/{lat:.6f}/{lon:.6f}&layer=farmland_patch")
    page.wait_for_selector("body.ready", state="attached", timeout=120_000)
    page.wait_for_selector("canvas.feature-tile.leaflet-tile-loaded", state="attached", timeout=120_000)
    page.wait_for_load_state("networkidle")
    painted = time.perf_counter() - begun
    heap = _heap(session)
    filtered = page.evaluate(_FILTER)
    page.evaluate(_CLICKS)
    clicked = 0.0
    if zoom >= 13:
        box = page.locator("#map").bounding_box() or {"x": 0, "y": 0, "width": 0, "height": 0}
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.wait_for_selector(".card")
        clicked = page.evaluate("window.clicked[0]")
        page.locator(".card .close").click()
    frames = page.evaluate(_PAN)
    context.close()
    return heap, filtered, clicked, frames, max(tiles) / 1000, painted


def _heap(session: CDPSession) -> float:
    session.send("HeapProfiler.collectGarbage")
    told = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
    return told["JSHeapUsedSize"] / 1e6


def _stock_seen(browser: Browser, address: str) -> list[str]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    session = context.new_cdp_session(page)
    for domain in ("Performance", "HeapProfiler"):
        session.send(f"{domain}.enable")
    begun = time.perf_counter()
    page.goto(address, wait_until="commit", timeout=300_000)
    page.wait_for_selector("path.leaflet-interactive", state="attached", timeout=300_000)
    painted = time.perf_counter() - begun
    heap = _heap(session)
    frames = page.evaluate(_PAN)
    context.close()
    return [f"{heap:.1f}", "none", "", f"{frames:.1f}", "", f"{painted:.1f}"]


def _stock_polygons(database: Database) -> str:
    """The polygons of the large layer as folium's own GeoJson draws them."""
    import folium

    with database.owner() as connection:
        whole = connection.execute(
            "SELECT json_build_object('type', 'FeatureCollection', 'features', json_agg(json_build_object("
            "'type', 'Feature', 'geometry', st_asgeojson(geom, 7, 0)::json, 'properties',"
            " json_build_object('code', code, 'township', org_unit)))) FROM feature WHERE layer = 'farmland_patch'"
        ).fetchone()
    drawn = folium.Map([29.0, 103.26], zoom_start=ZOOMS[0], tiles=None)
    popup = folium.GeoJsonPopup(["code", "township"])
    folium.GeoJson(whole[0] if whole else {}, popup=popup).add_to(drawn)
    return drawn.get_root().render()


def _visit(browser: Browser, address: str, ready: str, headers: dict[str, str]) -> tuple[float, float, int, float]:
    """Seconds until it is ready, bytes, requests, and seconds when it is visited again."""
    context = browser.new_context(extra_http_headers=headers, **PHONE)
    first = _open(context, address, ready)
    again = _open(context, address, ready)
    context.close()
    return (*first, again[0])


# The page itself notes when it is ready: looking from outside runs a script in it again and again.
_WATCH = """(() => {
    const watched = new MutationObserver(() => {
        if (!document.body || !document.querySelector(READY)) return;
        window.readyAt = performance.now();
        watched.disconnect();
    });
    watched.observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ["class"] });
})()"""
LOOKED_AT = 4
"""Seconds for which somebody looks at the page: time for a worker to keep what it will need."""


def _open(context: BrowserContext, address: str, ready: str) -> tuple[float, float, int]:
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Page.enable")
    session.send("Page.addScriptToEvaluateOnNewDocument", {"source": _WATCH.replace("READY", json.dumps(ready))})
    lengths: list[float] = []
    session.on("Network.loadingFinished", lambda event: lengths.append(event["encodedDataLength"]))
    session.send("Network.enable")
    line = {"offline": False, "latency": 40, "downloadThroughput": BYTES_A_SECOND, "uploadThroughput": BYTES_A_SECOND}
    session.send("Network.emulateNetworkConditions", line)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(address, timeout=120_000)
    page.wait_for_selector(ready, state="attached", timeout=120_000)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    counted = sum(lengths), len(lengths)
    time.sleep(LOOKED_AT)
    taken = page.evaluate("window.readyAt") / 1000
    page.close()
    return taken, *counted


def _built(database: Database) -> float:
    """Seconds in which our page is built from values, as folium's is."""
    with database.owner() as connection:
        county = boundary.county(connection, settings().county)
        if county is None:
            raise LookupError("the county is not there")
        values = view(connection, county, as_of=today(), language="zh")
    taken: list[float] = []
    for _ in range(30):
        begun = time.perf_counter()
        overview(values)
        taken.append(time.perf_counter() - begun)
    return median(taken)


def _ask(port: int, secret: str, kept: list[HTTPConnection] = []) -> float:  # noqa: B006 - one connection for all
    if not kept:
        kept.append(HTTPConnection("127.0.0.1", port, timeout=30))
    begun = time.perf_counter()
    kept[0].request("GET", "/", headers={"Authorization": f"Bearer {secret}", "Accept-Encoding": "gzip"})
    kept[0].getresponse().read()
    return time.perf_counter() - begun


def _stock(database: Database) -> str:
    """The same content as folium's own elements draw it: townships, polygons with popups, clustered points."""
    import folium
    from folium.plugins import FastMarkerCluster

    county = settings().county
    with database.owner() as connection:
        places = json.loads(boundary.collection(connection, level="township"))
        whole = json.loads(feature.whole(connection, org_unit=county, as_of=today(), limit=20_000))["features"]
    drawn = folium.Map([29.0, 103.26], zoom_start=10, tiles=None, maxZoom=18)
    folium.GeoJson(places, tooltip=folium.GeoJsonTooltip(["code"])).add_to(drawn)
    areas = [each for each in whole if each["geometry"] and each["geometry"]["type"].endswith("Polygon")]
    points = [each for each in whole if each["geometry"] and each["geometry"]["type"] == "Point"]
    popup = folium.GeoJsonPopup(["code", "name", "status"])
    folium.GeoJson({"type": "FeatureCollection", "features": areas}, popup=popup).add_to(drawn)
    rows = [
        [*each["geometry"]["coordinates"][1::-1], each["properties"]["code"], each["properties"]["name"]]
        for each in points
    ]
    FastMarkerCluster(rows).add_to(drawn)
    return drawn.get_root().render()


@contextmanager
def _site(page: str, folder: Path) -> Generator[str]:
    """Stock folium's page with its assets beside it, compressed and kept by the browser; its address."""
    files: dict[str, bytes] = {"/": re.sub(r'"https://[^"]*?/([^/"]+)"', r'"/\1"', page).encode()}
    cache = Path(tempfile.mkdtemp(dir=folder))
    for name, (package, path) in PACKAGES.items():
        told = subprocess.run(
            ["npm", "pack", "--silent", "--ignore-scripts", package],
            cwd=cache,
            check=True,
            capture_output=True,
            text=True,
        )
        taken = subprocess.run(
            ["tar", "-xzOf", cache / told.stdout.strip().splitlines()[-1], f"package/{path}"], check=True,
            capture_output=True,
        )  # fmt: skip
        files[f"/{name}"] = taken.stdout

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = gzip.compress(files.get(self.path, b""), 6)
            self.send_response(200)
            kind = "text/html" if self.path == "/" else "text/css" if self.path.endswith("css") else "text/javascript"
            for header, value in {
                "Content-Type": f"{kind}; charset=utf-8", "Content-Encoding": "gzip", "Content-Length": str(len(body)),
                "Cache-Control": "no-cache" if self.path == "/" else "max-age=31536000, immutable",
            }.items():  # fmt: skip
                self.send_header(header, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{listening.server_address[1]}"
    listening.shutdown()
