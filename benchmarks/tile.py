"""Vector tiles of polygons over HTTP, against tipg on the same table and pgbench on the same function."""

import random
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

import psycopg

from benchmarks import server
from benchmarks.bench import execute, polygons, scratch, table
from benchmarks.traffic import CLIENTS, SECONDS, Pace, middle, pace
from geo.database import Database
from geo.ingest.load import load
from geo.layers import layer
from geo.postgres import installed
from geo.settings import today
from geo.tile import fold, make_all

ZOOMS = (14, 12, 10, 8)


def run(rows: int, repeat: int) -> str:
    """The table of requests per second."""
    with scratch() as (folder, database):
        load(database, layer("farmland_patch"), polygons(database, folder / "patch.gpkg", rows))
        make_all(database)
        with database.owner() as connection:
            fold(connection)
        execute(database, "VACUUM ANALYZE")
        return compared(database, rows, repeat)


def compared(database: Database, rows: int, repeat: int) -> str:
    """The table, of a database that has the polygons."""
    who = {"Authorization": f"Bearer {server.signed_in(database, 'tiles', None)}"}
    with ExitStack() as stack:
        bare, kept = server.ours(stack, database, 8791), server.ours(stack, database, 8792, cache=512)
        tipg = server.tipg(stack, database, 8793)
        lines = [_line(database, zoom, (bare, kept, tipg), who, repeat) for zoom in ZOOMS]
    heads = [
        "zoom", "shanhe/s", "tipg/s", "times tipg", "pgbench/s", "of pgbench", "cached/s", "304/s", "p99 ms",
        "tipg p99", "KB", "tipg KB",
    ]  # fmt: skip
    note = (
        f"{CLIENTS} clients on kept connections, medians of {repeat} interleaved runs of {SECONDS:.0f} s; random tiles"
        " with features, no compression asked for."
    )
    return table(f"Vector tiles of {rows:,} polygons", heads, lines, note)


def _line(
    database: Database, zoom: int, servers: tuple[int, int, int | None], who: Mapping[str, str], repeat: int
) -> Sequence[object]:
    bare, kept, tipg = servers
    tiles = _tiles(database, zoom)
    ours = [f"/ogc/collections/farmland_patch/tiles/WebMercatorQuad/{zoom}/{y}/{x}" for x, y in tiles]
    theirs = [f"/collections/public.{server.TABLE}/tiles/WebMercatorQuad/{zoom}/{x}/{y}" for x, y in tiles]
    version = _version(kept, ours, who)
    found: dict[str, list[Pace]] = {name: [] for name in ("bare", "tipg", "kept", "known")}
    floor: list[float] = []
    for _ in range(repeat):
        found["bare"].append(pace(bare, ours, who))
        if tipg is not None:
            found["tipg"].append(pace(tipg, theirs))
        floor.append(_pgbench(database, zoom, tiles))
        found["kept"].append(pace(kept, ours, who))
        found["known"].append(pace(kept, ours, {**who, "If-None-Match": version}))
    bare_told, tipg_told = (middle(found[name]) for name in ("bare", "tipg"))
    speed = {name: middle(paces).speed for name, paces in found.items()}
    lowest = median(floor)
    return [
        zoom, f"{speed['bare']:.0f}", f"{speed['tipg']:.1f}", f"{speed['bare'] / speed['tipg']:.1f}",
        f"{lowest:.0f}", f"{speed['bare'] / lowest:.2f}", f"{speed['kept']:.0f}", f"{speed['known']:.0f}",
        f"{bare_told.worst * 1e3:.1f}", f"{tipg_told.worst * 1e3:.1f}",
        f"{bare_told.size / 1e3:.1f}", f"{tipg_told.size / 1e3:.1f}",
    ]  # fmt: skip


def _tiles(database: Database, zoom: int) -> list[tuple[int, int]]:
    """Columns and rows of tiles that hold features, each as often as features do: where people look."""
    with psycopg.connect(database.dsn) as connection:
        places = connection.execute(
            "SELECT st_x(place), st_y(place) FROM (SELECT st_centroid(geom) AS place FROM feature"
            " TABLESAMPLE system (1) WHERE layer = 'farmland_patch' LIMIT 2000) AS some_places"
        ).fetchall()
    found = [server.tile_at(zoom, x, y) for x, y in places]
    random.Random(zoom).shuffle(found)
    return found[:500]


def _version(port: int, paths: Sequence[str], who: Mapping[str, str]) -> str:
    """The ETag of all tiles; asks for each once, so that the cache has them."""
    connection = HTTPConnection("127.0.0.1", port)
    for path in paths:
        connection.request("GET", path, headers=dict(who))
        answer = connection.getresponse()
        answer.read()
        found = answer.headers["ETag"]
    connection.close()
    return found


def _pgbench(database: Database, zoom: int, tiles: Sequence[tuple[int, int]]) -> float:
    """Calls per second of the function that draws a tile, by pgbench with prepared statements."""
    with tempfile.TemporaryDirectory() as name:
        script = Path(name) / "tile.sql"
        chosen = tiles[:: max(len(tiles) // 50, 1)]
        draw = "SELECT tile_web_mercator('farmland_patch', '{}', {}, {}, {});"
        script.write_text("\n".join(draw.format(today(), zoom, x, y) for x, y in chosen))
        programs = installed()
        done = subprocess.run(
            [programs[max(programs)] / "pgbench", "-n", "-M", "prepared", "-c", str(CLIENTS), "-T", f"{SECONDS:.0f}",
             "-f", script, database.dsn],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
    (speed,) = (line.split()[2] for line in done.stdout.splitlines() if line.startswith("tps"))
    return float(speed) * len(chosen)
