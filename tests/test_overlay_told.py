"""Results as JSON, many at once: the same as one by one, with few statements."""

import json
from collections.abc import Iterator
from datetime import date

import psycopg
import pytest
import shapely
from conftest import Recorder

from geo.database import Connection, Database
from geo.overlay import told as telling
from geo.overlay.parcel import Parcel
from geo.overlay.result import Overlaid
from geo.overlay.run import Against, overlay
from geo.overlay.told import told, told_many

DAY = date(2026, 6, 1)


@pytest.fixture(scope="module")
def reader(demo: Database) -> Iterator[Connection]:
    with demo.session() as connection:
        yield connection


@pytest.fixture(scope="module")
def results(demo: Database, reader: Connection) -> list[Overlaid]:
    """Parcels around records of several layers, some of which wait for approval, over every layer."""
    with psycopg.connect(demo.dsn) as connection:
        found = connection.execute(
            "SELECT st_asbinary(st_envelope(st_buffer(feature.geom, 0.001))) FROM feature"
            " LEFT JOIN milestone ON milestone.feature = feature.id AND milestone.state = 'pending'"
            " WHERE feature.layer <> 'spatial_plan' AND st_area(feature.geom) < 1e-4"
            " ORDER BY milestone.id IS NULL, md5(feature.code) LIMIT 40"
        ).fetchall()
    parcels = [
        Parcel(str(place), shapely.from_wkb(geom), registered_area_m2=1_000 if place % 2 else None)
        for place, (geom,) in enumerate(found)
    ]
    return list(overlay(reader, parcels, Against(None, DAY)))


@pytest.mark.parametrize("size", [1, 7, 200])
def test_many_are_told_as_each_is_by_itself(
    reader: Connection, results: list[Overlaid], size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = [json.dumps(told(reader, each, DAY)) for each in results]
    monkeypatch.setattr(telling, "BLOCK", size)
    together = list(told_many(reader, iter(results), DAY))
    assert [json.dumps(each) for _, each in together] == alone
    assert [each for each, _ in together] == results
    pieces = [
        piece for _, each in together for layer in each["lists"]["concerned"]
        for piece in (*layer["pieces"], *layer["near"])
    ]  # fmt: skip
    assert len({piece["feature"] for piece in pieces}) < len(pieces), "a record that lies on several parcels"
    for known in ("received", "activities", "milestone", "pending"):
        assert any(piece[known] for piece in pieces), known


def test_more_results_take_no_more_statements(
    reader: Connection, results: list[Overlaid], recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def statements(some: list[Overlaid]) -> int:
        recorder.statements.clear()
        assert len(list(told_many(reader, some, DAY))) == len(some)
        return len(recorder.statements)

    concerned = [each for each in results if any(finding.pieces for finding in each.findings)]
    few = statements(concerned[:2])
    assert statements(concerned) == few
    monkeypatch.setattr(telling, "BLOCK", 2)
    assert statements(concerned) > few, "the control"
