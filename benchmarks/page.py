"""The first visit of the map beside stock folium with the same content, on a slow line and a slow processor."""

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

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from benchmarks import server
from benchmarks.bench import scratch, table
from geo import boundary, feature
from geo.database import Database
from geo.demo_load import load_demo
from geo.settings import settings, today

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True}
BYTES_A_SECOND = 750_000 / 8
SLOWER = 4
PORT = 8123
# What stock folium asks of CDNs, in the packages of npm; what is in none is answered empty, in its favour.
PACKAGES = {
    "leaflet.js": ("leaflet@1.9.3", "dist/leaflet.js"),
    "leaflet.css": ("leaflet@1.9.3", "dist/leaflet.css"),
    "jquery-3.7.1.min.js": ("jquery@3.7.1", "dist/jquery.min.js"),
    "bootstrap.bundle.min.js": ("bootstrap@5.2.2", "dist/js/bootstrap.bundle.min.js"),
    "bootstrap.min.css": ("bootstrap@5.2.2", "dist/css/bootstrap.min.css"),
    "all.min.css": ("@fortawesome/fontawesome-free@6.2.0", "css/all.min.css"),
    "leaflet.markercluster.js": ("leaflet.markercluster@1.1.0", "dist/leaflet.markercluster.js"),
    "MarkerCluster.css": ("leaflet.markercluster@1.1.0", "dist/MarkerCluster.css"),
    "MarkerCluster.Default.css": ("leaflet.markercluster@1.1.0", "dist/MarkerCluster.Default.css"),
}


def run(rows: int, repeat: int) -> str:
    """The table of bytes, requests and seconds; of the demonstration, whatever ``rows`` is."""
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
        served = {"shanhe": median(_ask(port, secret) for _ in range(30)), "stock folium": built}
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
        f"750 kbit/s, 40 ms, processor {SLOWER} x slower, telephone, medians of {repeat} in turn. Server: a kept"
        " connection, signed in, the page whole; of folium, building the page once."
    )
    return table("The first visit of the map", heads, lines, note)


def _visit(browser: Browser, address: str, ready: str, headers: dict[str, str]) -> tuple[float, float, int, float]:
    """Seconds until it is ready, bytes, requests, and seconds when it is visited again."""
    context = browser.new_context(extra_http_headers=headers, **PHONE)
    first = _open(context, address, ready)
    again = _open(context, address, ready)
    context.close()
    return (*first, again[0])


def _open(context: BrowserContext, address: str, ready: str) -> tuple[float, float, int]:
    page = context.new_page()
    session = context.new_cdp_session(page)
    lengths: list[float] = []
    session.on("Network.loadingFinished", lambda event: lengths.append(event["encodedDataLength"]))
    session.send("Network.enable")
    line = {"offline": False, "latency": 40, "downloadThroughput": BYTES_A_SECOND, "uploadThroughput": BYTES_A_SECOND}
    session.send("Network.emulateNetworkConditions", line)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    begun = time.perf_counter()
    page.goto(address, wait_until="commit", timeout=120_000)
    page.wait_for_selector(ready, state="attached", timeout=120_000)
    taken = time.perf_counter() - begun
    counted = sum(lengths), len(lengths)
    page.close()
    return taken, *counted


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
    drawn = folium.Map([29.0, 103.26], zoom_start=10, tiles=None)
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
