"""Items within a box as GeoJSON over HTTP, against tipg and pygeoapi on the same table."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import psycopg

from benchmarks import server
from benchmarks.bench import execute, polygons, scratch, table
from benchmarks.traffic import CLIENTS, SECONDS, Pace, middle, pace
from geo.database import Database
from geo.ingest.load import load
from geo.layers import layer
from geo.tile import make_all

_IN_BOX = 1_000
# Squares around random polygons, of the area of the circle that reaches the 900th neighbour: with what touches their
# edges they hold about 1,000.
_BOXES = """
    WITH chosen AS MATERIALIZED (
        SELECT st_centroid(geom) AS centre
        FROM feature TABLESAMPLE system (1) REPEATABLE (7)
        WHERE layer = 'farmland_patch'
        ORDER BY hashtext(code)
        LIMIT 200
    )
    SELECT st_xmin(box), st_ymin(box), st_xmax(box), st_ymax(box)
    FROM chosen
    CROSS JOIN LATERAL (
        SELECT st_distance(feature.geom, chosen.centre) * sqrt(pi()) / 2 AS half
        FROM feature
        WHERE feature.layer = 'farmland_patch'
        ORDER BY feature.geom <-> chosen.centre
        OFFSET 900 LIMIT 1
    ) AS neighbour
    CROSS JOIN LATERAL st_expand(chosen.centre, neighbour.half) AS box
"""


def run(rows: int, repeat: int) -> str:
    """The table of requests per second."""
    with scratch() as (folder, database):
        load(database, layer("farmland_patch"), polygons(database, folder / "patch.gpkg", rows))
        make_all(database)  # else the server would while it is measured
        execute(database, "VACUUM ANALYZE")
        return compared(database, folder, rows, repeat)


def compared(database: Database, folder: Path, rows: int, repeat: int) -> str:
    """The table, of a database that has the polygons."""
    boxes = _boxes(database)
    asked = {
        "shanhe": [f"/ogc/collections/farmland_patch/items?f=json&limit={_IN_BOX}&bbox={box}" for box in boxes],
        "tipg 1.6": [f"/collections/public.{server.TABLE}/items?f=geojson&limit={_IN_BOX}&bbox={box}" for box in boxes],
        "pygeoapi 0.21": [f"/collections/polygons/items?f=json&limit={_IN_BOX}&bbox={box}" for box in boxes],
    }
    who = {"Authorization": f"Bearer {server.signed_in(database, 'items', None)}"}
    with ExitStack() as stack:
        ports = {
            "shanhe": server.ours(stack, database, 8791),
            "tipg 1.6": server.tipg(stack, database, 8793),
            "pygeoapi 0.21": server.pygeoapi(stack, database, folder, 8794),
        }
        found: dict[str, list[Pace]] = {name: [] for name, port in ports.items() if port is not None}
        for _ in range(repeat):
            for name, paces in found.items():
                paces.append(pace(ports[name] or 0, asked[name], who if name == "shanhe" else None))
    first = middle(found["shanhe"]).speed
    return table(
        f"Items in a box of about {_IN_BOX:,}, of {rows:,} polygons",
        ["", "requests/s", "shanhe is", "p50 ms", "p99 ms", "KB"],
        [_line(name, paces, first) for name, paces in found.items()],
        f"{CLIENTS} clients on kept connections, medians of {repeat} interleaved runs of {SECONDS:.0f} s; GeoJSON, all"
        " columns, no compression asked for.",
    )


def _line(name: str, paces: Sequence[Pace], first: float) -> Sequence[object]:
    each = middle(paces)
    times = f"{each.half * 1e3:.0f}", f"{each.worst * 1e3:.0f}"
    return name, f"{each.speed:.1f}", f"{first / each.speed:.1f} x", *times, f"{each.size / 1e3:.0f}"


def _boxes(database: Database) -> list[str]:
    """Boxes as west,south,east,north."""
    with psycopg.connect(database.dsn) as connection:
        return [",".join(f"{each:.6f}" for each in box) for box in connection.execute(_BOXES)]
