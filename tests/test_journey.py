"""From the demonstration through the database, the sums and the HTTP API: what the report states is what is shown."""

import json
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import psycopg
import pytest
from test_demo import CLAIMS, COUNTY, DEC5, END, Figure, agrees

from geo import progress
from geo.database import Database
from geo.export import export
from geo.ingest.load import Choice, load
from geo.layers import layer, layers


def computed(database: Database, figure: Figure) -> Fraction:
    """The figure from the database, in the unit people read."""
    declared = layer(figure.layer)
    measure = next((each for each in declared.measures if each.code == figure.measure), None)
    source = measure.source if measure else figure.measure
    factor = figure.factor or (measure.unit.factor if measure else Fraction(1))
    value = "measure_value(%(source)s, area_m2, registered_area_m2, attributes)"
    total = "count(DISTINCT attributes ->> %(source)s)" if figure.distinct else f"sum({value})"
    query = f"SELECT coalesce({total}, 0) FROM feature WHERE layer = %(layer)s AND deleted_at IS NULL"
    values: dict[str, Any] = {"source": source, "layer": figure.layer, "as_of": figure.as_of}
    if figure.milestone:
        query += (
            " AND EXISTS (SELECT FROM milestone AS m WHERE (m.layer, m.feature) = (feature.layer, feature.id)"
            " AND m.milestone = %(milestone)s AND reached_on <= %(as_of)s AND state = 'approved'"
            " AND revoked_at IS NULL)"
        )
        values["milestone"] = figure.milestone
    else:
        query += " AND coalesce(starts_on, '-infinity') <= %(as_of)s"
    for place, (name, wanted) in enumerate(figure.where.items()):
        column = "org_unit" if name in {"village", "township"} else f"attributes ->> %(column{place})s"
        values[f"column{place}"] = name
        options = wanted if isinstance(wanted, tuple) else (wanted,)
        values[f"wanted{place}"] = [str(each).lower() if isinstance(each, bool) else str(each) for each in options]
        query += f" AND {column} = ANY (%(wanted{place})s)"
    with psycopg.connect(database.dsn) as connection:
        row = connection.execute(query, values).fetchone()  # pyright: ignore
    assert row is not None
    return Fraction(row[0]) * (1 if figure.distinct else factor)


@pytest.mark.parametrize("claim_id", CLAIMS)
def test_a_claim_is_what_the_database_gives(demo: Database, claim_id: str) -> None:
    agrees(claim_id, lambda figure: computed(demo, figure))


def rows(database: Database, as_of: date, unit: str = COUNTY, by: Any = "township") -> list[dict[str, Any]]:
    with database.session() as connection:
        return json.loads(progress.units(connection, as_of=as_of, org_unit=unit, by=by))["rows"]


def test_the_sums_say_what_the_report_says(demo: Database) -> None:
    def county(layer_code: str, measure: str, day: date) -> dict[str, Any]:
        (row,) = [
            row for row in rows(demo, day)
            if (row["org_unit"], row["layer"], row["measure"]) == (COUNTY, layer_code, measure)
        ]  # fmt: skip
        return row

    assert county("relocation_household", "households", DEC5)["milestones"]["demolished"] == 955
    assert county("relocation_household", "households", END)["milestones"]["accepted"] == 966
    assert county("relocation_household", "households", END)["population"] == 1101
    farmland = county("farmland_patch", "registered_area", DEC5)
    assert (farmland["numerator"], farmland["denominator"], farmland["denominator_kind"]) == (1305, 4900, "target")
    assert county("enforcement_parcel", "parcels", DEC5)["numerator"] == 33


def test_townships_and_outside_sum_to_the_county(demo: Database) -> None:
    for day in (date(2023, 6, 30), DEC5, END, date(2026, 11, 23)):
        total: dict[tuple[str, str], float] = {}
        whole: dict[tuple[str, str], float] = {}
        for row in rows(demo, day):
            into = whole if row["org_unit"] == COUNTY else total
            key = row["layer"], row["measure"]
            into[key] = into.get(key, 0) + row["population"]
        assert whole
        for key, value in whole.items():
            assert total[key] == pytest.approx(value, abs=1e-4), (day, key)


def test_villages_never_exceed_their_township(demo: Database) -> None:
    for township in ("511132100", "511132101"):
        mine = [row for row in rows(demo, END, township, "village") if row["layer"] == "relocation_household"]
        own = [row for row in mine if row["org_unit"] == township]
        assert own
        for whole in own:
            parts = [r for r in mine if r["measure"] == whole["measure"] and r["org_unit"] != township]
            assert sum(row["population"] for row in parts) <= whole["population"] + 1e-6


def test_the_kept_sums_equal_a_full_count(demo: Database) -> None:
    with demo.session() as connection:
        assert progress.differences(connection) == []


@pytest.mark.parametrize("code", layers())
def test_what_is_exported_is_imported_without_a_change(fresh: Any, tmp_path: Path, code: str) -> None:
    database = fresh("demo")
    path = tmp_path / "layer.gpkg"
    count = export(database, layer(code), path)
    assert count > 0
    report = load(database, layer(code), path, Choice())
    assert (report.new, report.changed, report.unchanged) == (0, 0, count), report.counts
