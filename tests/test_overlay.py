"""Parcels over the layers of the database: lists, rights, days, rules, what is told of each, files and the command."""

import json
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import openpyxl
import psycopg
import pyogrio
import pytest
import shapely
from conftest import MakeDatabase
from people import header
from typer.testing import CliRunner

from api.cli import app
from geo.crs import METRES_PER_DEGREE, area_m2
from geo.database import Database
from geo.errors import NotFound
from geo.overlay import block, pieces, workbook
from geo.overlay.nearest import nearest
from geo.overlay.parcel import Parcel
from geo.overlay.result import Finding, Level, Overlaid, Problem, Standing
from geo.overlay.run import Against, overlay
from geo.overlay.statistic import By, Statistic
from geo.overlay.told import told
from geo.settings import settings
from geo.text import Text
from geo.viewer import acting

DAY = date(2026, 6, 1)
X, Y = 103.25, 29.22
METRE = 1 / METRES_PER_DEGREE
TOWN, OTHER = "511132100", "511132101"


def square(east: float = 0, north: float = 0, size: float = 100) -> shapely.Polygon:
    west, south = X + east * METRE, Y + north * METRE
    return shapely.box(west, south, west + size * METRE, south + size * METRE)


def area(*geoms: Any) -> float:
    return float(area_m2(np.array([shapely.union_all(geoms)], object))[0])


def put(database: Database, layer: str, code: str, geom: Any, org_unit: str | None = None, **columns: Any) -> UUID:
    """Store a record as the program does."""
    with psycopg.connect(database.dsn) as connection:
        row = connection.execute(
            "INSERT INTO feature (layer, code, name, org_unit, geom, starts_on, attributes)"
            " VALUES (%s, %s, %s, %s, st_setsrid(%s::geometry, 4490), %s, %s) RETURNING id",
            [
                layer, code, columns.pop("name", None), org_unit, shapely.to_wkb(geom), columns.pop("starts_on", None),
                json.dumps(columns),
            ],
        ).fetchone()  # fmt: skip
    assert row is not None
    return row[0]


def town_of(database: Database) -> tuple[str, str]:
    """The township that the parcels lie in, and another one."""
    with psycopg.connect(database.dsn) as connection:
        rows = connection.execute(
            "SELECT code, st_contains(geom, st_setsrid(st_makepoint(%s, %s), 4490)) FROM org_unit"
            " WHERE level = 'township' ORDER BY 2 DESC, 1",
            [X, Y],
        ).fetchall()
    assert rows[0][1]
    return rows[0][0], rows[1][0]


@pytest.fixture(scope="module")
def land(make_database: MakeDatabase) -> Database:
    """A few records around one place, none of which are in a file."""
    database = make_database("placed")
    town, other = town_of(database)
    put(database, "permanent_farmland", "F1", square(50, 0), town)
    put(database, "permanent_farmland", "F2", square(50, 50), town)  # lies on the half of F1
    put(database, "permanent_farmland", "F9", square(900, 900), town)
    put(database, "land_survey", "S1", square(-100, -100, 150), town, land_class="0101", owner_code="V1")
    put(database, "land_survey", "S2", square(50, -100, 150), town, land_class="0702", owner_code="V1")
    put(database, "risk_zone", "R1", square(20, 20, 10), town, grade="high", name="高风险")
    put(database, "risk_zone", "R2", square(40, 40, 10), town, grade="low")
    put(database, "hazard_point", "H1", shapely.Point(X + 250 * METRE, Y), town, name="滑坡")
    put(database, "ecological_redline", "E1", square(5000, 5000), other)
    put(database, "enforcement_parcel", "W1", square(10, 10, 20), town, starts_on=date(2026, 7, 1))
    with psycopg.connect(database.dsn) as connection:
        connection.execute("ANALYZE feature")
    return database


def laid(database: Database, *parcels: Parcel, **asked: Any) -> list[Overlaid]:
    against = Against(asked.pop("layers", None), asked.pop("as_of", DAY), asked.pop("within_m", {}))
    with database.session() as connection:
        return list(overlay(connection, parcels, against, **asked))


def finding(result: Overlaid, layer: str) -> Finding:
    return next(each for each in result.findings if each.layer == layer)


PLOT = Parcel("1", square(), "甲地", registered_area_m2=20_000, kind="rural_housing")


# --- what lies on a parcel --------------------------------------------------------------------------------------------


def test_records_that_lie_on_one_another_are_counted_once_and_each_is_told(land: Database) -> None:
    (result,) = laid(land, PLOT)
    farmland = finding(result, "permanent_farmland")
    assert [piece.code for piece in farmland.pieces] == ["F1", "F2"]
    parts = [square().intersection(square(50, 0)), square().intersection(square(50, 50))]
    assert [piece.amount for piece in farmland.pieces] == pytest.approx([area(part) for part in parts], rel=1e-9)
    assert farmland.amount == pytest.approx(area(*parts), rel=1e-9)
    assert farmland.amount < sum(piece.amount for piece in farmland.pieces) - 1_000


def test_every_layer_is_in_one_of_three_lists_and_no_data_says_why(land: Database) -> None:
    (result,) = laid(land, PLOT)
    standing = {each.layer: each.standing for each in result.findings}
    assert standing["permanent_farmland"] is Standing.CONCERNED
    assert standing["hazard_point"] is Standing.NOT_CONCERNED
    assert standing["ecological_redline"] is Standing.NO_DATA  # loaded, but for another township
    assert standing["mining_site"] is Standing.NO_DATA  # never loaded
    for each in result.findings:
        assert (each.why is not None) == (each.standing is Standing.NO_DATA)
        assert bool(each.pieces) == (each.standing is Standing.CONCERNED)
    why = finding(result, "ecological_redline").why or Text("-", "-")
    assert "生态保护红线" in why.zh
    assert "沙坪镇" in why.zh
    assert "Shaping" in why.en


def test_a_record_that_is_not_listed_on_the_day_does_not_lie_there_and_its_layer_is_known(land: Database) -> None:
    assert finding(laid(land, PLOT)[0], "enforcement_parcel").standing is Standing.NOT_CONCERNED
    later = finding(laid(land, PLOT, as_of=date(2026, 7, 1))[0], "enforcement_parcel")
    assert [piece.code for piece in later.pieces] == ["W1"]


def test_days_of_a_milestone_list_a_record_as_everywhere_else(fresh: MakeDatabase) -> None:
    database = fresh("placed")
    feature = put(database, "rural_housing", "A", square(), town_of(database)[0])
    with psycopg.connect(database.dsn) as connection:
        connection.execute(
            "INSERT INTO milestone (layer, feature, milestone, reached_on)"
            " VALUES ('rural_housing', %s, 'applied', '2026-03-01')",
            [feature],
        )
    for day, there in ((date(2026, 2, 28), 0), (date(2026, 3, 1), 1)):
        assert len(finding(laid(database, PLOT, as_of=day)[0], "rural_housing").pieces) == there


def test_results_come_in_the_order_of_parcels_whatever_the_window_is(
    land: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(5)
    parcels = [Parcel(str(n), square(*random.uniform(-100, 150, 2), 60)) for n in range(50)]
    done: list[int] = []
    whole = laid(land, *parcels)
    monkeypatch.setattr("geo.overlay.run.WINDOW", 7)
    assert laid(land, *parcels, progress=done.append) == whole
    assert [each.parcel.number for each in whole] == [str(n) for n in range(50)]
    assert done[-1] == 50
    assert sum(bool(finding(each, "permanent_farmland").pieces) for each in whole) > 5


def test_parcels_are_taken_as_they_are_needed(land: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []

    def parcels() -> Iterator[Parcel]:
        for number in range(50):
            taken.append(number)
            yield Parcel(str(number), square())

    monkeypatch.setattr("geo.overlay.run.WINDOW", 7)
    with land.session() as connection, closing(overlay(connection, parcels(), Against(None, DAY))) as results:
        for place, each in enumerate(results):
            assert each.parcel.number == str(place)
            assert len(taken) <= place + 14, "of two windows"
    assert len(taken) == 50


def test_what_progress_raises_ends_the_run(land: Database) -> None:
    def stop(_: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        laid(land, PLOT, progress=stop)


def test_near_records_are_told_by_distance_and_those_on_the_parcel_are_not(land: Database) -> None:
    (result,) = laid(land, PLOT, within_m={"permanent_farmland": 2_000})
    assert [piece.code for piece in finding(result, "permanent_farmland").near] == ["F9"]
    (hazard,) = finding(result, "hazard_point").near
    assert hazard.distance_m == pytest.approx(150 * np.cos(np.radians(Y)), rel=0.01)
    assert hazard.amount == 0


def test_what_is_named_from_afar_meets_no_rule_that_asks_for_less(land: Database) -> None:
    west = Parcel("2", square(-160, 0, 50))  # some 350 m from the hazard point
    for within_m in ({}, {"hazard_point": 500.0}):
        (result,) = laid(land, west, within_m=within_m)
        assert len(finding(result, "hazard_point").near) == len(within_m)
        assert "near_hazard_point" not in {each.rule for each in result.verdicts}


def test_the_nearest_record_is_found_however_far(land: Database) -> None:
    with land.session() as connection:
        found = [nearest(connection, PLOT, code, DAY) for code in ("hazard_point", "ecological_redline", "mining_site")]
        on_it = nearest(connection, PLOT, "permanent_farmland", DAY)
    assert [each and each.code for each in found] == ["H1", "E1", None]
    assert found[1] is not None
    assert 5_000 < found[1].distance_m < 8_000
    assert on_it is not None
    assert on_it.distance_m == 0


def test_an_unknown_layer_is_refused(land: Database) -> None:
    with pytest.raises(NotFound):
        laid(land, PLOT, layers=("moon",))


def test_boxes_hold_every_parcel_and_not_the_land_between(land: Database) -> None:
    random = np.random.default_rng(3)
    corner = np.concatenate([random.uniform(0, 0.01, (500, 2)), random.uniform(1, 1.01, (500, 2))])
    bounds = np.column_stack([corner, corner + 0.001])
    found = block.boxes(bounds)
    for west, south, east, north in bounds:
        inside = (found[:, 0] <= west) & (found[:, 1] <= south) & (found[:, 2] >= east) & (found[:, 3] >= north)
        assert inside.any()
    assert len(found) < 50
    assert ((found[:, 2] - found[:, 0]) * (found[:, 3] - found[:, 1])).sum() < 0.01


# --- rights -----------------------------------------------------------------------------------------------------------


def test_what_a_viewer_may_not_see_is_not_told_and_not_taken_for_absent(land: Database) -> None:
    town, other = town_of(land)
    for name, place, code, standing in (
        ("here", town, "permanent_farmland", Standing.CONCERNED),
        ("elsewhere", other, "permanent_farmland", Standing.NO_DATA),
        ("elsewhere", other, "hazard_point", Standing.NO_DATA),
    ):
        sent = header(land, name, (("planner", place),))["Authorization"].removeprefix("Bearer ")
        with acting(sent), land.connection() as connection:
            (result,) = overlay(connection, [PLOT], Against(None, DAY))
        found = finding(result, code)
        assert found.standing is standing
        if standing is Standing.NO_DATA:
            assert found.near == ()
            assert "开放" in (found.why or Text("-", "-")).zh


# --- rules ------------------------------------------------------------------------------------------------------------


def rules(result: Overlaid) -> dict[str, Level]:
    return {verdict.rule: verdict.level for verdict in result.verdicts}


def test_rules_say_what_stands_against_a_parcel_and_by_which_records(land: Database) -> None:
    (plot, other) = laid(land, PLOT, Parcel("2", square()))
    assert rules(plot) == {
        "housing_on_permanent_farmland": Level.BLOCKED,
        "in_high_risk_zone": Level.BLOCKED,
        "in_risk_zone": Level.REVIEW,
        "near_hazard_point": Level.REVIEW,
    }
    assert plot.level is Level.BLOCKED
    assert rules(other)["on_permanent_farmland"] is Level.REVIEW
    by = {verdict.rule: verdict for verdict in plot.verdicts}
    farmland = finding(plot, "permanent_farmland")
    assert by["housing_on_permanent_farmland"].features == tuple(piece.feature for piece in farmland.pieces)
    assert f"{farmland.amount:.2f}" in by["housing_on_permanent_farmland"].sentence.zh
    assert "高风险" in by["in_high_risk_zone"].sentence.en
    assert "滑坡" in by["near_hazard_point"].sentence.zh


def test_no_rule_is_met_where_nothing_lies_and_none_where_a_layer_was_not_asked_for(land: Database) -> None:
    (far,) = laid(land, Parcel("1", square(-2_000, 0), kind="rural_housing"))
    assert rules(far) == {}
    (result,) = laid(land, PLOT, layers=("land_survey",))
    assert rules(result) == {}


def test_what_lies_outside_the_urban_boundary_is_noted_by_its_area(fresh: MakeDatabase) -> None:
    database = fresh("placed")
    town, _ = town_of(database)
    assert rules(laid(database, PLOT)[0]) == {}  # where there is no data, absence is no statement
    put(database, "urban_boundary", "U", square(-50, -50, 200), town, kind="concentrated")
    inside, across = laid(database, PLOT, Parcel("2", square(100, 0)))
    assert rules(inside) == {}
    assert rules(across) == {"outside_urban_boundary": Level.NOTE}
    assert f"{across.area_m2 - finding(across, 'urban_boundary').amount:.2f}" in across.verdicts[0].sentence.en


# --- what is told -----------------------------------------------------------------------------------------------------


def test_told_knows_progress_money_visits_and_what_waits(fresh: MakeDatabase) -> None:
    database = fresh("placed")
    town, _ = town_of(database)
    feature = put(database, "farmland_patch", "P", square(), town)
    with psycopg.connect(database.dsn) as connection:
        connection.execute(
            "INSERT INTO milestone (layer, feature, milestone, reached_on, state) VALUES"
            " ('farmland_patch', %(id)s, 'surveyed', '2026-01-02', 'approved'),"
            " ('farmland_patch', %(id)s, 'tasked', '2026-02-03', 'pending')",
            {"id": feature},
        )
        connection.execute(
            "INSERT INTO report (id, layer, feature, seen_on, recorded_by) VALUES"
            " (gen_random_uuid(), 'farmland_patch', %s, '2026-03-04', 'somebody')",
            [feature],
        )
    with database.session() as connection:
        (result,) = overlay(connection, [PLOT], Against(("farmland_patch",), DAY))
        answer = told(connection, result, DAY)
    (patch,) = answer["lists"]["concerned"]
    (piece,) = patch["pieces"]
    assert piece["milestone"]["code"] == "surveyed"
    assert piece["reached_on"] == "2026-01-02"
    assert piece["last_seen_on"] == "2026-03-04"
    assert [each["reached_on"] for each in piece["pending"]] == ["2026-02-03"]
    assert piece["activities"] == []
    assert json.dumps(answer, ensure_ascii=False)
    assert answer["parcel"]["drawn_to_registered"] == pytest.approx(area(square()) / 20_000, abs=1e-6)
    assert patch["area"]["mu"] == pytest.approx(area(square()) * 3 / 2000, abs=1e-3)
    assert patch["of_registered"]["m2"] == pytest.approx(20_000 * patch["share"], rel=1e-4)


def test_sums_by_land_class_township_and_owner_add_up(land: Database) -> None:
    results = laid(land, PLOT, Parcel("2", square(-60, -60, 40)))
    plain = laid(land, PLOT, Parcel("2", square(-60, -60, 40)), shapes=False)
    statistic, backwards, undrawn = Statistic(), Statistic(), Statistic()
    for one, other, bare in zip(results, reversed(results), plain, strict=True):
        statistic.add(one)
        backwards.add(other)
        undrawn.add(bare)
    assert statistic.sums() == backwards.sums() == undrawn.sums()
    found = {(each.layer, each.by, each.value): each for each in statistic.sums()}
    survey = found["land_survey", By.LAYER, ""]
    classes = [found["land_survey", By.GROUP, each] for each in ("0101", "0702")]
    assert sum(each.amount for each in classes) == pytest.approx(survey.amount, rel=1e-12)
    assert found["land_survey", By.OWNER, "V1"].amount == pytest.approx(survey.amount, rel=1e-12)
    assert found["land_survey", By.TOWNSHIP, town_of(land)[0]].parcels == 2
    farmland = found["permanent_farmland", By.TOWNSHIP, town_of(land)[0]]
    assert farmland.amount == finding(results[0], "permanent_farmland").amount  # overlaps once here too


# --- files and the command --------------------------------------------------------------------------------------------


def cells(path: Path, sheet: str) -> list[tuple[Any, ...]]:
    return list(openpyxl.load_workbook(path)[sheet].values)


def test_a_workbook_has_totals_pairs_sums_and_problems(land: Database, tmp_path: Path) -> None:
    results = laid(land, PLOT, Parcel("=2", square(-3_000, 0)))
    problems = [Problem("9", "not_valid", Text("地块 9：坏", "Parcel 9: bad"), refused=True, place=(X, Y))]
    path = tmp_path / "result.xlsx"
    assert workbook.write(path, iter(results), problems, "en", as_of=DAY) == 2
    totals = cells(path, "Totals")
    assert [row[0] for row in totals] == ["Parcel", "1", "=2"]
    farmland = totals[0].index("Permanent basic farmland (m²)")
    assert totals[1][farmland] == round(finding(results[0], "permanent_farmland").amount, 2)
    assert totals[2][farmland] == 0
    assert totals[1][totals[0].index("Mining sites (points)")] == "No data"
    assert totals[1][6] == "Blocked"
    pairs = cells(path, "Pairs")
    assert {row[2] for row in pairs[1:]} == {"F1", "F2", "S1", "S2", "R1", "R2", "H1"}
    first = next(row for row in pairs if row[2] == "F1")
    assert first[8] == pytest.approx(first[7] * 3 / 2000, abs=1e-3)
    assert first[11] == pytest.approx(20_000 * first[10], rel=1e-3)
    assert ("Land survey", "Class", "0101") in {row[:3] for row in cells(path, "Sums")}
    data = cells(path, "Data")
    assert data[0] == ("Layer", "Verdict", "By what data", "Parcels")
    assert ("Mining sites", "No data") in {row[:2] for row in data}
    (farm,) = (row for row in data if row[0] == "Permanent basic farmland")
    assert farm[1:] == ("Not concerned", "by what was loaded, which nobody stated to be complete", 1)
    assert cells(path, "Problems")[1][:3] == ("9", "Parcel 9: bad", "yes")
    with zipfile.ZipFile(path) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_a_geopackage_has_the_parcels_and_their_pieces(land: Database, tmp_path: Path) -> None:
    path = tmp_path / "pieces.gpkg"
    count = pieces.write(path, iter(laid(land, PLOT, Parcel("2", square(200, 0, 80)))))
    frame = pyogrio.read_dataframe(path, layer="piece_polygon")
    assert len(frame) + len(pyogrio.read_dataframe(path, layer="piece_point")) == count
    assert str(frame.crs.to_epsg()) == "4490"
    farmland = frame[(frame.layer == "permanent_farmland") & (frame.code == "F1")].iloc[0]
    assert farmland.level == "blocked"
    assert area(farmland.geometry) == pytest.approx(farmland.amount, rel=1e-9)
    assert sorted(pyogrio.read_dataframe(path, layer="parcel").parcel) == ["1", "2"]


@pytest.mark.parametrize("ending", ["xlsx", "gpkg", "json"])
def test_the_command_reads_overlays_and_writes(
    land: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    monkeypatch.setenv("SHANHE_DATABASE", land.dsn)
    settings.cache_clear()
    source, out = tmp_path / "parcels.geojson", tmp_path / f"result.{ending}"
    bad = shapely.Polygon([(X, Y), (X + METRE, Y + METRE), (X + METRE, Y), (X, Y + METRE)])
    features = [
        {"type": "Feature", "properties": {"编号": number}, "geometry": json.loads(shapely.to_geojson(geom))}
        for number, geom in (("A", square()), ("B", bad))
    ]
    source.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    codes = "permanent_farmland,ecological_redline,hazard_point"
    done = CliRunner().invoke(
        app, ["overlay", str(source), "--against", codes, "--out", str(out), "--kind", "rural_housing",
              "--within", "hazard_point=300", "--as-of", DAY.isoformat()],
    )  # fmt: skip
    settings.cache_clear()
    assert done.exit_code == 0, done.output
    assert "B" in done.stderr
    if ending == "xlsx":
        assert [row[0] for row in cells(out, "地块合计")] == ["地块编号", "A"]
        assert cells(out, "问题")[1][0] == "B"
        assert len(cells(out, "地块合计")[0]) == 8 + 3
    elif ending == "gpkg":
        assert set(pyogrio.read_dataframe(out, layer="piece_polygon").code) == {"F1", "F2"}
    else:
        written = json.loads(out.read_text("utf-8"))
        assert [each["layer"] for each in written["parcels"][0]["lists"]["concerned"]] == ["permanent_farmland"]
        assert [each["parcel"] for each in written["problems"]] == ["B"]
    with psycopg.connect(land.dsn) as connection:
        row = connection.execute("SELECT count(*) FROM audit_event WHERE action = 'parcel.export'").fetchone()
    assert row is not None
    assert row[0] >= 1


def test_the_command_says_where_no_parcel_can_be_used(
    land: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHANHE_DATABASE", land.dsn)
    settings.cache_clear()
    out = tmp_path / "result.xlsx"
    file = Path(__file__).parent / "files" / "boundary_xian_1980.txt"
    done = CliRunner().invoke(app, ["overlay", str(file), "--out", str(out)])
    settings.cache_clear()
    assert done.exit_code != 0
    assert "Xian 1980" in done.stderr
    assert not out.exists()
