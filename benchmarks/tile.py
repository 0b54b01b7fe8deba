"""Vector tiles of polygons over HTTP, against tipg on the same table and pgbench on the same function."""

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from math import asinh, pi, radians, tan
from pathlib import Path

import psycopg

from benchmarks.bench import execute, polygons, scratch, table
from geo.database import Database
from geo.ingest.load import load
from geo.layers import layer
from geo.postgres import installed
from geo.settings import today
from geo.tile import fold, make_all

ZOOMS = (14, 12, 10, 8)
CLIENTS = 4
SECONDS = 5.0
_OURS = """
import sys
import uvicorn
from api.app import create_app
from geo.database import Database
from geo.settings import Settings
with Database(Settings(database=sys.argv[1], tile_cache_mb=int(sys.argv[3]))) as database:
    uvicorn.run(create_app(database), port=int(sys.argv[2]), log_level="warning")
"""
_TIPG = "tipg==1.6.0"
"""Run by uvx in an environment of its own, where uvx is at hand."""


def run(rows: int, repeat: int) -> str:
    """The table of requests per second."""
    with scratch() as (folder, database), ExitStack() as stack:
        load(database, layer("farmland_patch"), polygons(database, folder / "patch.gpkg", rows))
        make_all(database)
        with database.connection() as connection:
            fold(connection)
        execute(database, "VACUUM ANALYZE")
        bare = stack.enter_context(_served([sys.executable, "-c", _OURS, database.dsn], 8791, ["0"]))
        kept = stack.enter_context(_served([sys.executable, "-c", _OURS, database.dsn], 8792, ["512"]))
        tipg = _tipg(stack, database)
        lines = [_line(database, zoom, (bare, kept, tipg), repeat) for zoom in ZOOMS]
    heads = [
        "zoom", "shanhe/s", "tipg/s", "times tipg", "pgbench/s", "of pgbench", "cached/s", "304/s", "p99 ms", "tipg p99"
    ]  # fmt: skip
    note = (
        f"{CLIENTS} clients on kept connections, medians of {repeat} interleaved runs of {SECONDS:.0f} s; random tiles"
        " with features, no compression asked for."
    )
    return table(f"Vector tiles of {rows:,} polygons", heads, lines, note)


def _line(database: Database, zoom: int, servers: tuple[int, int, int | None], repeat: int) -> Sequence[object]:
    bare, kept, tipg = servers
    tiles = _tiles(database, zoom)
    ours = [f"/ogc/collections/farmland_patch/tiles/WebMercatorQuad/{zoom}/{y}/{x}" for x, y in tiles]
    theirs = [f"/collections/public.feature_of_farmland_patch/tiles/WebMercatorQuad/{zoom}/{x}/{y}" for x, y in tiles]
    version = _get(HTTPConnection("127.0.0.1", kept), ours[0], {})
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in ("bare", "tipg", "kept", "known")}
    floor: list[float] = []
    for _ in range(repeat):
        found["bare"].append(_measured(bare, ours))
        if tipg is not None:
            found["tipg"].append(_measured(tipg, theirs))
        floor.append(_pgbench(database, zoom, tiles))
        found["kept"].append(_measured(kept, ours))
        found["known"].append(_measured(kept, ours, {"If-None-Match": version}))
    speed = {name: statistics.median(each[0] for each in runs) if runs else 0 for name, runs in found.items()}
    worst = {name: statistics.median(each[1] for each in runs) * 1e3 if runs else 0 for name, runs in found.items()}
    lowest = statistics.median(floor)
    return [
        zoom, f"{speed['bare']:.0f}", f"{speed['tipg']:.1f}", f"{speed['bare'] / (speed['tipg'] or 1):.1f}",
        f"{lowest:.0f}", f"{speed['bare'] / lowest:.2f}", f"{speed['kept']:.0f}", f"{speed['known']:.0f}",
        f"{worst['bare']:.0f}", f"{worst['tipg']:.0f}",
    ]  # fmt: skip


def _tiles(database: Database, zoom: int) -> list[tuple[int, int]]:
    """Columns and rows of tiles that hold features, each as often as features do: where people look."""
    with psycopg.connect(database.dsn) as connection:
        places = connection.execute(
            "SELECT st_x(place), st_y(place) FROM (SELECT st_centroid(geom) AS place FROM feature"
            " TABLESAMPLE system (1) WHERE layer = 'farmland_patch' LIMIT 2000) AS some_places"
        ).fetchall()
    found = [
        (int((x + 180) / 360 * (1 << zoom)), int((1 - asinh(tan(radians(y))) / pi) / 2 * (1 << zoom)))
        for x, y in places
    ]
    random.Random(zoom).shuffle(found)
    return found[:500]


def _measured(port: int, paths: Sequence[str], headers: dict[str, str] | None = None) -> tuple[float, float]:
    """Requests per second, and the seconds that 99 of 100 stayed below."""
    end = time.perf_counter() + SECONDS

    def ask(client: int) -> list[float]:
        connection = HTTPConnection("127.0.0.1", port)
        taken: list[float] = []
        turn = client * len(paths) // CLIENTS
        while (start := time.perf_counter()) < end:
            _get(connection, paths[turn % len(paths)], headers or {})
            taken.append(time.perf_counter() - start)
            turn += 1
        return taken

    with ThreadPoolExecutor(CLIENTS) as pool:
        taken = sorted(each for part in pool.map(ask, range(CLIENTS)) for each in part)
    return len(taken) / SECONDS, taken[int(len(taken) * 0.99)]


def _get(connection: HTTPConnection, path: str, headers: dict[str, str]) -> str:
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    answer.read()
    if answer.status not in (200, 204, 304):
        raise AssertionError(f"{answer.status} {path}")
    return answer.headers.get("ETag", "")


def _pgbench(database: Database, zoom: int, tiles: Sequence[tuple[int, int]]) -> float:
    """Calls per second of the function that draws a tile, by pgbench with prepared statements."""
    with tempfile.TemporaryDirectory() as name:
        script = Path(name) / "tile.sql"
        chosen = tiles[:: max(len(tiles) // 50, 1)]
        draw = "SELECT length(tile_web_mercator('farmland_patch', '{}', {}, {}, {}));"
        script.write_text("\n".join(draw.format(today(), zoom, x, y) for x, y in chosen))
        programs = installed()
        done = subprocess.run(
            [programs[max(programs)] / "pgbench", "-n", "-M", "prepared", "-c", str(CLIENTS), "-T", f"{SECONDS:.0f}",
             "-f", script, database.dsn],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
    (speed,) = (line.split()[2] for line in done.stdout.splitlines() if line.startswith("tps"))
    return float(speed) * len(chosen)


def _tipg(stack: ExitStack, database: Database) -> int | None:
    """The port of a tipg that serves the table of features, None where uvx is not at hand."""
    uvx = os.environ.get("UVX", "uvx")
    try:
        subprocess.run([uvx, "--version"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    told = psycopg.conninfo.conninfo_to_dict(database.dsn)
    address = f"postgresql://{told['user']}@localhost/{told['dbname']}?host={told['host']}"
    command = [uvx, "--from", _TIPG, "--with", "uvicorn", "uvicorn", "tipg.main:app", "--log-level", "warning"]
    return stack.enter_context(_served([*command, "--port"], 8793, [], {"DATABASE_URL": address}))


@contextmanager
def _served(
    command: Sequence[str], port: int, more: Sequence[str], environment: dict[str, str] | None = None
) -> Generator[int]:
    """A server on a port for as long as the block lasts; the command ends in the port and ``more``."""
    process = subprocess.Popen([*command, str(port), *more], env=os.environ | (environment or {}))
    try:
        for _ in range(600):
            try:
                connection = HTTPConnection("127.0.0.1", port)
                connection.request("GET", "/")
                connection.getresponse().read()
                break
            except OSError:
                if process.poll() is not None:
                    raise AssertionError(f"{command[0]} has ended") from None
                time.sleep(0.2)
        yield port
    finally:
        process.terminate()
        process.wait(20)
