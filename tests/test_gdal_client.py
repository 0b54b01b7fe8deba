"""GDAL at the standards door, Debian's and the one inside pyogrio: it counts, finds and copies what is stored."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pyogrio
import pyproj
import pytest
import shapely
from test_real_page import serving

from geo.database import Database

LAYER = "farmland_patch"
BOX = (103.2, 29.15, 103.3, 29.3)
# GDAL asks for ten items at a time unless it is told otherwise.
PAGE = "1000"


@pytest.fixture(scope="module")
def door(demo: Database) -> Iterator[str]:
    """The standards door over the demonstration, as GDAL names it."""
    with serving(demo) as address:
        yield f"OAPIF:{address}/ogc"


@pytest.fixture(scope="module")
def stored(demo: Database) -> dict[str, Any]:
    """What the database holds: geometries by id."""
    with psycopg.connect(demo.dsn) as connection:
        found = connection.execute(
            "SELECT id::text, st_asbinary(geom) FROM feature WHERE layer = %s AND deleted_at IS NULL", [LAYER]
        ).fetchall()
    return {key: shapely.from_wkb(drawn) for key, drawn in found}


def debian(door: str, path: Path, *options: str) -> Any:
    """A copy of the layer made by Debian's ogr2ogr, as a table by id."""
    subprocess.run(
        ["ogr2ogr", "-f", "GPKG", path, door, LAYER, "-oo", f"PAGE_SIZE={PAGE}", *options], check=True, timeout=300
    )
    return pyogrio.read_dataframe(path, columns=["id"]).set_index("id")


def wheel(door: str, path: Path, **options: Any) -> Any:
    """A copy made by pyogrio, in a process of its own: it lets no other thread answer while it waits."""
    told = json.dumps({"layer": LAYER, "PAGE_SIZE": PAGE, **options})
    program = (
        "import json, pyogrio, sys; told = json.loads(sys.argv[3]);"
        " options = {key: tuple(each) if isinstance(each, list) else each for key, each in told.items()};"
        " pyogrio.write_dataframe(pyogrio.read_dataframe(sys.argv[1], **options), sys.argv[2])"
    )
    subprocess.run([sys.executable, "-c", program, door, path, told], check=True, timeout=300)
    return pyogrio.read_dataframe(path, columns=["id"]).set_index("id")


def misplaced(table: Any, stored: dict[str, Any], system: int = 4490) -> list[str]:
    """Ids that are missing, too many, or more than a millimetre from where they are stored."""
    wanted = np.array([stored[key] for key in stored], dtype=object)
    tolerance = 1e-8
    if system not in (4326, 4490):
        way = pyproj.Transformer.from_crs(4490, system, always_xy=True)
        wanted = shapely.transform(wanted, lambda xy: np.column_stack(way.transform(xy[:, 0], xy[:, 1])))
        tolerance = 1e-3
    truth = dict(zip(stored, wanted, strict=True))
    odd = set(truth) ^ set(table.index)
    return sorted(odd | {
        key for key in set(truth) & set(table.index)
        if not shapely.equals_exact(shapely.normalize(table.geometry[key]), shapely.normalize(truth[key]), tolerance)
    })  # fmt: skip


def test_debian_s_gdal_copies_everything_to_where_it_is(door: str, stored: dict[str, Any], tmp_path: Path) -> None:
    table = debian(door, tmp_path / "copy.gpkg")
    assert len(table) == len(stored) > 1000
    assert misplaced(table, stored) == []
    table.loc[table.index[0], "geometry"] = shapely.transform(table.geometry.iloc[0], lambda xy: xy + 1e-6)
    assert misplaced(table, stored) == [table.index[0]], "a decimetre is seen"


@pytest.mark.parametrize("system", [None, "EPSG:4490", "EPSG:4522"])
def test_the_wheel_s_gdal_copies_everything_in_every_system(
    door: str, stored: dict[str, Any], tmp_path: Path, system: str | None
) -> None:
    table = wheel(door, tmp_path / "copy.gpkg", **({"CRS": system} if system else {}))
    code = int((system or "EPSG:4490").removeprefix("EPSG:"))
    assert table.crs.to_epsg() == code
    assert len(table) == len(stored)
    assert misplaced(table, stored, code) == []


def test_both_count_and_bound_as_the_database_does(door: str, stored: dict[str, Any]) -> None:
    west, south, east, north = shapely.total_bounds(list(stored.values()))
    said = subprocess.run(["ogrinfo", "-so", door, LAYER], check=True, capture_output=True, text=True).stdout
    summary = [re.findall(rf"^{word}: (.*)$", said, re.MULTILINE)[0] for word in ("Feature Count", "Extent")]
    program = (
        "import json, pyogrio, sys; told = pyogrio.read_info(sys.argv[1], layer=sys.argv[2], force_feature_count=True);"
        " print(json.dumps([told['features'], *told['total_bounds']]))"
    )
    done = subprocess.run([sys.executable, "-c", program, door, LAYER], check=True, capture_output=True, text=True)
    for count, *bounds in (
        [int(summary[0]), *map(float, re.findall(r"-?\d+\.\d+", summary[1]))],
        json.loads(done.stdout),
    ):
        assert count == len(stored)
        assert bounds == pytest.approx([west, south, east, north], abs=1e-4)
        assert bounds[0] <= west
        assert bounds[3] >= north


def test_both_find_what_lies_in_a_box(door: str, stored: dict[str, Any], tmp_path: Path) -> None:
    box = shapely.box(*BOX)
    wanted = {key: each for key, each in stored.items() if shapely.intersects(each, box)}
    assert 0 < len(wanted) < len(stored)
    numbers = [str(each) for each in BOX]
    assert misplaced(debian(door, tmp_path / "one.gpkg", "-spat", *numbers), wanted) == []
    assert misplaced(wheel(door, tmp_path / "other.gpkg", bbox=BOX), wanted) == []


def test_both_find_what_a_condition_names(door: str, stored: dict[str, Any], tmp_path: Path, demo: Database) -> None:
    with psycopg.connect(demo.dsn) as connection:
        rows = connection.execute(
            "SELECT id::text FROM feature WHERE layer = %s AND deleted_at IS NULL"
            " AND attributes ->> 'way' = 'JKHF' AND registered_area_m2 > 2000",
            [LAYER],
        ).fetchall()
    wanted = {key: stored[key] for (key,) in rows}
    assert 0 < len(wanted) < len(stored)
    where = "way = 'JKHF' AND registered_area_m2 > 2000"
    assert misplaced(debian(door, tmp_path / "one.gpkg", "-where", where), wanted) == []
    assert misplaced(wheel(door, tmp_path / "other.gpkg", where=where), wanted) == []
