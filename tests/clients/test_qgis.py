"""QGIS itself at the standards door: layers, counts, extents, boxes and positions are what is stored."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import shapely
from test_real_page import serving

from geo.database import Database

PYTHON = "/usr/bin/python3"
BOX = (103.2, 29.15, 103.3, 29.3)
COLLECTIONS = ("hazard_point", "farmland_patch", "progress_by_township")


@pytest.fixture(scope="module")
def read(demo: Database) -> Iterator[dict[str, Any]]:
    """What QGIS found in each of :data:`COLLECTIONS`."""
    with serving(demo) as address:
        program = Path(__file__).with_name("qgis_reads.py")
        done = subprocess.run(
            [PYTHON, program, f"{address}/ogc", json.dumps(BOX), *COLLECTIONS],
            check=True, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
    yield json.loads(done.stdout)


@pytest.mark.parametrize("layer", ["hazard_point", "farmland_patch"])
def test_qgis_reads_every_feature_where_it_is(read: dict[str, Any], demo: Database, layer: str) -> None:
    with psycopg.connect(demo.dsn) as connection:
        rows = connection.execute(
            "SELECT code, st_asbinary(geom) FROM feature WHERE layer = %s AND deleted_at IS NULL", [layer]
        ).fetchall()
    found = read[layer]
    assert found["valid"], found
    assert found["crs"] == "EPSG:4326"
    assert found["count"] == len(rows) == len(found["wkt"])
    stored = {code: shapely.normalize(shapely.from_wkb(drawn)) for code, drawn in rows}
    misplaced = [
        code
        for code, wkt in found["wkt"].items()
        if not shapely.equals_exact(shapely.normalize(shapely.from_wkt(wkt)), stored[code], 1e-8)
    ]
    assert misplaced == []
    box = shapely.box(*BOX)
    assert set(found["inside"]) == {code for code, drawn in stored.items() if shapely.intersects(drawn, box)}
    bounds = shapely.total_bounds(list(stored.values()))
    assert found["extent"] == pytest.approx(list(bounds), abs=1e-4)


def test_qgis_takes_dates_and_numbers_for_what_they_are(read: dict[str, Any]) -> None:
    fields = read["farmland_patch"]["fields"]
    assert fields["reached_on"] == "Date"
    assert fields["registered_area_m2"] == "Real"
    assert fields["recorded_at"] == "DateTime"


def test_qgis_reads_progress_as_a_map_of_townships(read: dict[str, Any], demo: Database) -> None:
    with psycopg.connect(demo.dsn) as connection:
        row = connection.execute("SELECT count(*) FROM org_unit WHERE level = 'township'").fetchone()
    assert row
    assert read["progress_by_township"]["count"] == row[0] == 13
    assert read["progress_by_township"]["fields"]["hazard_point_percent"] == "Real"
