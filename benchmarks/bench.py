"""A cluster of its own, a file of polygons, and tables of figures."""

import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psycopg
import pyarrow as pa
import pyogrio
import shapely

from geo.cluster import Cluster
from geo.crs import area_m2
from geo.database import Database
from geo.migrate import upgrade
from geo.org_unit import load_places, places
from geo.settings import Settings, settings


def machine() -> str:
    """One line on what the figures were measured with."""
    gdal = pyogrio.__gdal_version_string__
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, GDAL {gdal}"


@contextmanager
def scratch() -> Generator[tuple[Path, Database]]:
    """A folder that anyone may enter and an upgraded database with the county's places in a durable cluster."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        with (
            Cluster(folder / "db", settings().postgres_account) as cluster,
            Database(Settings(database=cluster.dsn())) as database,  # pyright: ignore[reportCallIssue]
        ):
            upgrade(database)
            with database.session() as connection:
                load_places(connection, settings().county)
            yield folder, database


def polygons(database: Database, path: Path, count: int) -> Path:
    """Write ``count`` farmland patches of ten vertices, each within a township, as GeoPackage in EPSG:4490."""
    random = np.random.default_rng(20241231)
    with database.session() as connection:
        townships = places(connection).townships
    share = random.integers(0, len(townships), count)
    centre = np.empty((count, 2))
    for place, township in enumerate(townships):
        mine = np.flatnonzero(share == place)
        west, south, east, north = shapely.bounds(township.geom)
        shapely.prepare(township.geom)
        while len(mine):
            centre[mine] = random.uniform((west, south), (east, north), (len(mine), 2))
            mine = mine[~shapely.contains_xy(township.geom, centre[mine, 0], centre[mine, 1])]
    angle = np.linspace(0, 2 * np.pi, 10, endpoint=False)
    radius = random.uniform(0.6, 1, (count, 10)) * random.uniform(1e-4, 3e-4, (count, 1))
    x, y = centre[:, :1] + radius * np.cos(angle), centre[:, 1:] + radius * np.sin(angle)
    geometries = shapely.polygons(np.stack([np.c_[x, x[:, :1]], np.c_[y, y[:, :1]]], -1))
    codes = np.array([township.code for township in townships])
    table = pa.table(
        {
            "BSM": [f"{place:018d}" for place in range(count)],
            "TBBH": [f"{place % 9999:04d}" for place in range(count)],
            "XZQDM": codes[share],
            "TBMJ": np.round(area_m2(geometries), 2),
            "DLBM": np.array(["0101", "0102", "0103"])[random.integers(0, 3, count)],
            "ZZSXDM": np.array(["JKHF", "GCHF"])[random.integers(0, 2, count)],
            "geometry": shapely.to_wkb(geometries),
        }
    )
    pyogrio.write_arrow(
        table, path, driver="GPKG", layer="patch", geometry_name="geometry", geometry_type="Polygon", crs="EPSG:4490"
    )
    return path


def median(repeat: int, work: Callable[[], None], before: Callable[[], None] = lambda: None) -> float:
    """The median of the seconds that ``work`` takes, with ``before`` done each time outside of them."""
    taken: list[float] = []
    for _ in range(repeat):
        before()
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def execute(database: Database, *statements: str) -> None:
    """Run statements, each by itself."""
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)  # pyright: ignore[reportArgumentType]


def table(title: str, heads: Sequence[str], lines: Sequence[Sequence[object]], note: str = "") -> str:
    """A Markdown table under a heading."""
    written = [f"### {title}", "", " | ".join(["", *heads, ""]).strip(), "|".join(["", *["---"] * len(heads), ""])]
    written += [" | ".join(["", *map(str, line), ""]).strip() for line in lines]
    return "\n".join([*written, "", note]).strip()
