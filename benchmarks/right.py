"""What row-level security costs: the same questions by the program, by who sees everything, by who sees a part."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial

import psycopg
from psycopg_pool import ConnectionPool

from benchmarks import server
from benchmarks.bench import execute, median, polygons, scratch, table
from geo import feature, item, progress
from geo.collection import collection
from geo.condition import within
from geo.crs import CRS84
from geo.database import Connection, Database
from geo.ingest.load import load
from geo.item import Asked
from geo.layers import layer
from geo.settings import settings, today
from geo.tile import fold, make_all
from geo.viewer import acting

ROWS = 600_000
TIMES = 20
# A box and a tile of zoom 14 in the township that has most polygons.
_PLACE = """
    WITH most AS (
        SELECT org_unit, count(*) FROM feature WHERE layer = 'farmland_patch' GROUP BY org_unit ORDER BY 2 DESC LIMIT 1
    )
    SELECT most.org_unit, st_x(place), st_y(place)
    FROM most
    INNER JOIN org_unit ON org_unit.code = most.org_unit
    CROSS JOIN LATERAL st_pointonsurface(org_unit.geom) AS place
"""


def run(rows: int, repeat: int) -> str:
    """The table of milliseconds; of at most :data:`ROWS` polygons."""
    rows = min(rows, ROWS)
    with scratch() as (folder, database):
        load(database, layer("farmland_patch"), polygons(database, folder / "patch.gpkg", rows))
        make_all(database)
        with database.owner() as connection:
            fold(connection)
        execute(database, "VACUUM ANALYZE")
        with psycopg.connect(database.dsn) as connection:
            town, x, y = connection.execute(_PLACE).fetchone() or ("", 0.0, 0.0)
        secrets = {
            "who sees everything": server.signed_in(database, "everything", None),
            "who sees one township": server.signed_in(database, "part", town),
        }
        lines = [_line(database, what, ask, secrets, repeat) for what, ask in _questions(database, town, x, y).items()]
    heads = ["", "the program, ms", *(f"{name}, ms | times" for name in secrets)]
    heads = [part for head in heads for part in head.split(" | ")]
    note = (
        f"Each {TIMES} times in turn, medians of {repeat}, a transaction of a pool each time; finding out who asks and"
        " what they may is a part."
    )
    return table(f"Row-level security, {rows:,} polygons", heads, lines, note)


def _questions(database: Database, town: str, x: float, y: float) -> dict[str, Callable[[Connection], object]]:
    """What is asked, by name; all of it lies in the township."""
    box = within(f"{x - 0.01},{y - 0.01},{x + 0.01},{y + 0.01}", CRS84)
    items = partial(Asked, collection("farmland_patch"), today(), "zh")
    column, row = server.tile_at(14, x, y)
    values = {
        "layers": ["farmland_patch"], "matrix_set": "WebMercatorQuad", "as_of": today(), "zoom": 14,
        "tile_y": row, "tile_x": column, "known": [],
    }  # fmt: skip
    return {
        "items in a box": lambda connection: item.page(connection, items(condition=box), limit=1000),
        "items of the box counted": lambda connection: item.number(connection, items(condition=box)),
        "a page of features of the township": lambda connection: feature.page(
            connection, feature.Wanted(today(), "farmland_patch", town), limit=1000, here=""
        ),
        "progress of the townships": lambda connection: progress.units(
            connection, as_of=today(), org_unit=settings().county
        ),
        "a tile of zoom 14": lambda connection: connection.execute(
            "SELECT tile_web_mercator('farmland_patch', %(as_of)s, 14, %(tile_x)s, %(tile_y)s)", values
        ).fetchall(),
    }


def _line(
    database: Database, what: str, ask: Callable[[Connection], object], secrets: dict[str, str], repeat: int
) -> list[str]:
    def often(opened: Callable[[], Generator[Connection]]) -> None:
        for _ in range(TIMES):
            with contextmanager(opened)() as connection:
                ask(connection)

    with ConnectionPool(database.dsn, min_size=1, max_size=1, check=ConnectionPool.check_connection) as pool:

        def program() -> Generator[Connection]:
            with pool.connection() as connection:
                yield connection

        def viewer() -> Generator[Connection]:
            with database.connection() as connection:
                yield connection

        taken = {"": median(repeat, partial(often, program))}
        for name, secret in secrets.items():
            with acting(secret):
                taken[name] = median(repeat, partial(often, viewer))
    base = taken.pop("")
    told = [f"{base / TIMES * 1e3:.1f}"]
    for each in taken.values():
        told += [f"{each / TIMES * 1e3:.1f}", f"{each / base:.2f} x"]
    return [what, *told]
