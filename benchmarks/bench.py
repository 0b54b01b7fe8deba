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
import numpy.typing as npt
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
    """Write ``count`` farmland patches of ten vertices, as GeoPackage in EPSG:4490.

    Each has its centre in a township, and none touches another, as in a land survey.
    """
    random = np.random.default_rng(20241231)
    with database.session() as connection:
        townships = places(connection).townships
    share, centre, reach = cells([township.geom for township in townships], count, random)
    angle = np.linspace(0, 2 * np.pi, 10, endpoint=False)
    radius = random.uniform(0.6, 1, (count, 10)) * random.uniform(reach / 3, reach, (count, 1))
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


def cells(
    grounds: Sequence[shapely.Geometry], count: int, random: np.random.Generator
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64], float]:
    """For ``count`` cells of a grid over ``grounds``, in random order: the ground, the centre, and half their width."""
    west, south, east, north = shapely.total_bounds(np.array(grounds, object))
    width = float(np.sqrt(sum(shapely.area(np.array(grounds, object))) / count * 0.98))
    while True:
        across, up = np.meshgrid(np.arange(west, east, width), np.arange(south, north, width))
        centre = np.column_stack((across.ravel(), up.ravel()))
        ground = np.full(len(centre), -1, np.intp)
        for place, shape in enumerate(grounds):
            shapely.prepare(shape)
            ground[shapely.contains_xy(shape, centre[:, 0], centre[:, 1])] = place
        inside = random.permutation(np.flatnonzero(ground >= 0))
        if len(inside) >= count:
            return ground[inside[:count]], centre[inside[:count]], width / 2
        width *= 0.99


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
