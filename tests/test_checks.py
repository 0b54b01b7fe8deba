"""What is wrong with rows: where they lie, on what they lie, whose they are; and what is mended on request."""

import json
import re
import struct
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import numpy.typing as npt
import psycopg
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from people import READER, client_of
from psycopg import sql
from typer.testing import CliRunner

from api.cli import app
from geo.crs import area_m2
from geo.database import Database
from geo.errors import BadValue, FileRefused
from geo.ingest import marked_sheet, overlap, personal
from geo.ingest.load import Choice, Report, load
from geo.ingest.overlap import Least, Neighbours, candidates
from geo.ingest.problem import REPAIRS, SENTENCES, WARNINGS, Problem, Problems
from geo.ingest.read import read
from geo.ingest.repair import Mender, Repair
from geo.ingest.staging import Staging, named
from geo.ingest.undo import NotUndone
from geo.layer import Geometry
from geo.layers import layer
from geo.settings import settings

X, Y = 103.26587, 29.23082
CHOICE = Choice(today=date(2026, 11, 23))
ROOT = Path(__file__).resolve().parent.parent


def square(x: float = X, y: float = Y, size: float = 1e-3) -> shapely.Polygon:
    return shapely.box(x, y, x + size, y + size)


def written(path: Path, drawn: list[Any], heading: str = "BSM", crs: str = "EPSG:4490", **columns: Any) -> Path:
    """Features with these geometries, named P0, P1 … where no codes are given."""
    frame = {heading: [f"P{place}" for place in range(len(drawn))]} | columns
    geopandas.GeoDataFrame(frame, geometry=drawn, crs="EPSG:4490").to_crs(crs).to_file(path, engine="pyogrio")
    return path


def patches(database: Database, path: Path, drawn: list[Any], choice: Choice = CHOICE, **columns: Any) -> Report:
    return load(database, layer("farmland_patch"), written(path, drawn, **columns), choice)


def refusal(database: Database, path: Path, choice: Choice = CHOICE, code: str = "farmland_patch") -> Report:
    with pytest.raises(FileRefused) as refused:
        load(database, layer(code), path, choice)
    report = refused.value.values["report"]
    assert isinstance(report, Report)
    return report


def found(report: Report, code: str) -> list[Problem]:
    return [problem for problem in report.problems if problem.code == code]


def rows(database: Database, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database.dsn) as connection:
        return connection.execute(query).fetchall()  # pyright: ignore


# --- overlaps and duplicates ------------------------------------------------------------------------------------------


def test_an_overlap_names_the_other_row_and_the_area(placed: Database, tmp_path: Path) -> None:
    drawn = [square(), square(X + 5e-4), square(X + 2e-3)]
    report = patches(placed, tmp_path / "p.gpkg", drawn)
    (problem,) = found(report, "overlap")
    area = area_m2(np.array([shapely.intersection(drawn[0], drawn[1])]))[0]
    assert (problem.row, problem.value, problem.severity) == (2, "P1", "warning")
    assert f"“P0”（第 1 行）重叠 {area:.2f} 平方米" in problem.text.zh
    assert f"“P0” (row 1) by {area:.2f} m²" in problem.text.en
    assert report.new == 3


def test_touching_is_not_overlapping_nor_is_a_strip_below_the_threshold(placed: Database, tmp_path: Path) -> None:
    drawn = [square(), square(X + 1e-3), square(X, Y + 1e-3), square(X + 1e-3, Y + 1e-3 - 1e-9)]
    assert "overlap" not in patches(placed, tmp_path / "p.gpkg", drawn).counts


def test_the_same_geometry_is_a_duplicate_whatever_its_first_vertex(placed: Database, tmp_path: Path) -> None:
    turned = shapely.Polygon([*square().exterior.coords[2:], *square().exterior.coords[1:3]])
    report = patches(placed, tmp_path / "p.gpkg", [square(), turned])
    assert [(p.row, p.text.zh) for p in found(report, "duplicate_geometry")] == [(2, "图形与“P0”（第 1 行）完全相同")]
    assert "overlap" not in report.counts


def test_an_overlap_with_what_is_stored_names_it(placed: Database, tmp_path: Path) -> None:
    patches(placed, tmp_path / "a.gpkg", [square(), square(X + 1e-2)])
    report = patches(placed, tmp_path / "b.gpkg", [square(X + 5e-4)], BSM=["Q"])
    (problem,) = found(report, "overlap")
    assert (problem.row, problem.value) == (1, "Q")
    assert "“P0”重叠" in problem.text.zh
    again = patches(placed, tmp_path / "c.gpkg", [square(), square(X + 1e-2)])
    assert (again.unchanged, again.counts.get("overlap")) == (2, 1)  # what it does not replace, Q, lies on one of them


def test_what_lies_beside_the_rows_of_a_file_is_looked_up_and_not_compared_with_all_of_them(
    placed: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans: list[str] = []
    against = Staging._against_stored  # pyright: ignore[reportPrivateUsage]

    def explained(self: Staging, check: Any) -> None:
        beside = sql.SQL("EXPLAIN ") + named("staging_beside", self.layer.code)
        plans.append("\n".join(line for (line,) in self.connection.execute(beside, {"near": check.neighbours.reach()})))
        against(self, check)

    monkeypatch.setattr(Staging, "_against_stored", explained)
    drawn = [square(X + column * 2e-4, Y + row * 2e-4, 1e-4) for column in range(40) for row in range(40)]
    for name, some in (("a", drawn[:60]), ("b", drawn[60:])):
        codes = [f"{name}{place}" for place in range(len(some))]
        report = patches(placed, tmp_path / f"{name}.gpkg", some, BSM=codes)
        assert "overlap" not in report.counts
    (plan,) = plans
    assert re.search(r"Index Scan using \w*geom\w* on feature_of_farmland_patch feature\b", plan), plan
    assert not re.search(r"Seq Scan on feature_of_farmland_patch feature\b", plan), plan


def test_a_feature_that_the_file_moves_away_is_not_overlapped(placed: Database, tmp_path: Path) -> None:
    patches(placed, tmp_path / "a.gpkg", [square()])
    report = patches(placed, tmp_path / "b.gpkg", [square(X + 1e-2), square()], BSM=["P0", "Q"])
    assert "overlap" not in report.counts
    assert "duplicate_geometry" not in report.counts


def test_plans_lie_on_one_another_by_their_nature(placed: Database, tmp_path: Path) -> None:
    path = written(tmp_path / "p.gpkg", [shapely.Point(X, Y)] * 2)
    assert "duplicate_point" not in load(placed, layer("spatial_plan"), path, CHOICE).counts
    assert "duplicate_point" in load(placed, layer("hazard_point"), path, CHOICE).counts  # the control


def test_points_within_a_metre_of_another_code_are_pointed_out(placed: Database, tmp_path: Path) -> None:
    metre = 1 / 97_200
    drawn = [shapely.Point(X, Y), shapely.Point(X + 0.9 * metre, Y), shapely.Point(X, Y + 1e-3)]
    report = load(placed, layer("hazard_point"), written(tmp_path / "p.gpkg", drawn), CHOICE)
    (problem,) = found(report, "duplicate_point")
    assert (problem.row, problem.value) == (2, "P1")
    assert "“P0”（第 1 行）相距 0.90 米" in problem.text.zh
    stored = written(
        tmp_path / "q.gpkg", [shapely.Point(X, Y + 1e-3 + 0.5e-5), shapely.Point(X, Y + 1.2e-3)], BSM=["Q", "R"]
    )
    assert [p.value for p in found(load(placed, layer("hazard_point"), stored, CHOICE), "duplicate_point")] == ["Q"]


def test_overlaps_across_batches_of_a_file_are_found(
    placed: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overlap, "_CHUNK", 7)
    side = range(20)
    drawn = [square(X + i * 1e-4, Y + j * 1e-4, 9e-5) for i in side for j in side]
    drawn += [square(X + i * 1e-3 + 4e-5, Y + i * 1e-3 + 4e-5, 4e-5) for i in range(2)]
    report = patches(placed, tmp_path / "p.gpkg", drawn)
    assert [p.row for p in found(report, "overlap")] == [401, 402]


boxes = st.integers(1, 40).flatmap(
    lambda count: st.tuples(
        arrays(np.float64, (count, 2), elements=st.integers(0, 30)),
        arrays(np.float64, (count, 2), elements=st.integers(1, 9)),
    )
)


@given(boxes, st.integers(0, 3))
def test_candidates_are_all_pairs_of_boxes_that_share_an_inside(
    drawn: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]], large: int
) -> None:
    low, size = drawn
    size[:large] *= 20
    bounds = np.column_stack([low, low + size])
    pairs, left = candidates(bounds)
    got = [tuple(sorted(pair)) for pair in pairs.tolist()]
    wanted = {
        (one, other)
        for one in range(len(bounds))
        for other in range(one + 1, len(bounds))
        if (np.maximum(bounds[one, :2], bounds[other, :2]) < np.minimum(bounds[one, 2:], bounds[other, 2:])).all()
    }
    assert len(got) == len(set(got))
    assert (set(got), left) == (wanted, 0)


def neighbours(bounds: npt.NDArray[np.float64]) -> Neighbours:
    """Boxes as polygons of a file, in batches of seven rows."""
    made = Neighbours(Geometry.POLYGON, Least(0, 0, 0))
    for start in range(0, len(bounds), 7):
        part = bounds[start : start + 7]
        made.add(np.arange(start, start + len(part)) + 1, shapely.box(*part.T), np.ones(len(part)))
    return made


@given(boxes, st.integers(0, 3))
def test_strips_find_what_comparing_all_at_once_finds(
    drawn: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]], large: int
) -> None:
    low, size = drawn
    size[:large] *= 20
    made = neighbours(np.column_stack([low, low + size]) / 10)
    ((whole, _),) = made.pairs()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(overlap, "_STRIP", max(3, len(low) // 2))
        strips = list(made.pairs())
    got = [tuple(pair) for pairs, _ in strips for pair in pairs.tolist()]
    assert len(got) == len(set(got))
    assert set(got) <= set(map(tuple, whole.tolist()))
    if not any(left for _, left in strips):
        assert len(got) == len(whole)


def test_many_boxes_are_compared_in_strips_and_too_many_in_one_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = (side.ravel() for side in np.meshgrid(np.arange(20), np.arange(20)))
    made = neighbours(np.column_stack([x, y, x + 1.5, y + 1.5]) / 10)
    ((whole, _),) = made.pairs()
    monkeypatch.setattr(overlap, "_STRIP", 100)
    strips = list(made.pairs())
    assert len(strips) == 4
    assert [left for _, left in strips] == [0, 0, 0, 0]
    assert sorted(np.concatenate([pairs for pairs, _ in strips]).tolist()) == sorted(whole.tolist())
    alike = neighbours(np.tile([0, 0, 1.0, 1], (300, 1)))
    monkeypatch.setattr(overlap, "_STRIP", 70)
    (strip,) = alike.pairs()
    assert (len(strip[0]), strip[1]) == (140 * 139 // 2, 160)


def test_refused_rows_are_a_set() -> None:
    rows, told = np.random.default_rng(1).integers(1, 5000, 300).tolist(), Problems()
    for row in [*rows, 0]:
        told.add(Problem(row, "", "", "required"))
    told.add(Problem(6000, "", "", "sliver"))
    assert [row for row in range(7000) if row in told.refused] == sorted({0, *rows})
    assert (len(told.refused), told.refused_rows) == (len(set(rows)) + 1, len(set(rows)))


def test_a_file_of_equal_polygons_is_not_compared_for_ever(
    placed: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overlap, "LIMIT", 1000)
    report = patches(placed, tmp_path / "p.gpkg", [square()] * 200)
    assert report.counts["overlap_more"] == 1
    assert report.new == 200


def test_an_empty_geometry_is_told_and_not_stored(placed: Database, tmp_path: Path) -> None:
    report = patches(placed, tmp_path / "p.gpkg", [square(), shapely.Polygon()])
    assert [problem.row for problem in found(report, "geometry_missing")] == [2]
    assert rows(placed, "SELECT code, geom IS NULL, area_m2 FROM feature WHERE code = 'P1'") == [("P1", True, None)]


# --- outlines ---------------------------------------------------------------------------------------------------------


def test_a_sliver_is_told_with_its_width(placed: Database, tmp_path: Path) -> None:
    strip = shapely.box(X, Y, X + 1e-2, Y + 3e-6)  # a third of a metre wide
    report = patches(placed, tmp_path / "p.gpkg", [square(X, Y + 1e-2), strip])
    assert [(p.row, p.reason) for p in found(report, "sliver")] == [(2, "0.33")]
    assert report.new == 2


def test_a_spike_is_told_with_its_place(placed: Database, tmp_path: Path) -> None:
    ring = [(X, Y), (X + 1e-3, Y), (X + 1e-3, Y + 5e-4), (X + 3e-3, Y + 5.1e-4), (X + 1e-3, Y + 5.2e-4),
            (X + 1e-3, Y + 1e-3), (X, Y + 1e-3)]  # fmt: skip
    holed = shapely.Polygon(
        square(X, Y + 1e-2).exterior, [shapely.box(X + 2e-4, Y + 1.02e-2, X + 4e-4, Y + 1.04e-2).exterior]
    )
    many = shapely.MultiPolygon([square(X, Y + 2e-2), shapely.Polygon(ring)])
    report = patches(placed, tmp_path / "p.gpkg", [holed, shapely.Polygon(ring).buffer(0), square(X, Y + 3e-2), many])
    assert [p.row for p in found(report, "spike")] == [2, 4]
    assert f"{X + 3e-3:.5f}" in found(report, "spike")[0].text.en


def test_a_fault_is_placed_in_degrees_and_in_the_coordinates_of_the_file(placed: Database, tmp_path: Path) -> None:
    bow = shapely.Polygon([(X, Y), (X + 1e-3, Y + 1e-3), (X + 1e-3, Y), (X, Y + 1e-3)])
    report = refusal(placed, written(tmp_path / "p.gpkg", [bow], crs="EPSG:4522"))
    (problem,) = found(report, "geometry_invalid")
    assert f"{X + 5e-4:.5f}" in problem.text.zh
    assert "文件坐标 34623" in problem.text.zh
    assert "in the file's coordinates 34623" in problem.text.en


# --- codes and people -------------------------------------------------------------------------------------------------


def test_a_code_that_another_layer_uses_is_pointed_out(placed: Database, tmp_path: Path) -> None:
    patches(placed, tmp_path / "a.gpkg", [square(), square(X + 1e-2)])
    path = written(tmp_path / "b.gpkg", [shapely.Point(X, Y)], BSM=["P1"])
    (problem,) = found(load(placed, layer("hazard_point"), path, CHOICE), "code_elsewhere")
    assert (problem.row, problem.value) == (1, "P1")
    assert "耕地恢复图斑" in problem.text.zh
    assert "Farmland restoration patches" in problem.text.en


@pytest.mark.parametrize(
    ("heading", "value", "kind"),
    [
        ("备注", "张三 13912345678", "电话"),
        ("备注", "11010519491231002X", "身份证号"),
        ("备注", "6222021234567890120", None),
        ("备注", "4111111111111111", "银行账号"),
        ("联系电话", "见档案", "电话"),
        ("图斑编号", "11010519491231002X", "身份证号"),
        ("备注", "511132200100001234", None),
        ("备注", "110105194912310021", None),
        ("备注", "第139号", None),
    ],
)
def test_personal_data_in_a_public_column_is_pointed_out_and_not_shown(
    placed: Database, tmp_path: Path, heading: str, value: str, kind: str | None
) -> None:
    report = patches(placed, tmp_path / "p.gpkg", [square()], CHOICE, **{heading: [value]})
    assert [(p.column, p.reason.partition(" / ")[0]) for p in found(report, "column_personal")] == (
        [(heading, kind)] if kind else []
    )
    if kind:
        assert value not in str(report.report())


def test_personal_values_are_masked_in_problems_and_in_changes(placed: Database, tmp_path: Path) -> None:
    number = "11010519491231002X"
    patches(placed, tmp_path / "a.gpkg", [square()], 图斑编号=[number], 种植人=["张三"])
    changed = patches(placed, tmp_path / "b.gpkg", [square()], 图斑编号=["13912345678"], 种植人=["李四"])
    assert [(c.field, c.old, c.new) for c in changed.changes] == [
        ("farmer", "***", "***"), ("patch_number", "***", "***")
    ]  # fmt: skip
    bad = refusal(placed, written(tmp_path / "c.gpkg", [square()], DLBM=[number]))
    assert found(bad, "value")[0].value == "***"


def test_a_column_that_is_kept_apart_is_no_reason_to_warn(placed: Database, tmp_path: Path) -> None:
    report = patches(placed, tmp_path / "p.gpkg", [square()], 种植人电话=["13912345678"])
    assert "column_personal" not in report.counts


@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014"])
def test_the_checksum_of_an_identity_number(number: str) -> None:
    assert personal.is_identity_number(number)
    assert not personal.is_identity_number("2" + number[1:])


# --- the dry run ------------------------------------------------------------------------------------------------------


def test_a_dry_run_tells_every_change_field_by_field(placed: Database, tmp_path: Path) -> None:
    patches(placed, tmp_path / "a.gpkg", [square(), square(X + 1e-2)], 名称=["甲", "乙"], 作物=["玉米", None],
            实施日期=[date(2024, 1, 1), None])  # fmt: skip
    path = tmp_path / "b.gpkg"
    drawn = [square(), square(X + 1.1e-2), square(X + 2e-2)]
    choice = replace(CHOICE, dry=True)
    report = patches(placed, path, drawn, choice, 名称=["甲", "丙", "丁"], 作物=["水稻", None, None],
                     实施日期=[date(2024, 2, 2), date(2024, 3, 3), date(2024, 3, 3)])  # fmt: skip
    assert (report.new, report.changed, report.unchanged, report.applied) == (1, 2, 0, False)
    assert [(c.row, c.code, c.field, c.old, c.new) for c in report.changes if c.field != "area_m2"] == [
        (1, "P0", "crop", "玉米", "水稻"),
        (1, "P0", "milestone:works", "2024-01-01", "2024-02-02"),
        (2, "P1", "geometry", "POLYGON (5)", "POLYGON (5)"),
        (2, "P1", "milestone:works", None, "2024-03-03"),
        (2, "P1", "name", "乙", "丙"),
    ]
    assert report.fields["milestone:works"] == 2
    assert report.new_codes == ["P2"]
    assert rows(placed, "SELECT name FROM feature ORDER BY code") == [("甲",), ("乙",)]
    applied = load(placed, layer("farmland_patch"), path, CHOICE)
    assert (applied.changes, applied.fields, applied.new_codes) == (report.changes, report.fields, report.new_codes)


def test_unchanged_rows_are_no_changes(placed: Database, tmp_path: Path) -> None:
    for name in ("a", "b"):
        report = patches(placed, tmp_path / f"{name}.gpkg", [square()], 名称=["甲"], 实施日期=[date(2024, 1, 1)])
    assert (report.unchanged, report.changes, report.fields) == (1, [], {})


# --- repair -----------------------------------------------------------------------------------------------------------


def test_what_is_not_asked_for_is_not_mended_and_what_is_asked_for_is_told(placed: Database, tmp_path: Path) -> None:
    bow = shapely.Polygon([(X, Y), (X + 1e-3, Y + 1e-3), (X + 1e-3, Y), (X, Y + 1e-3)])
    path = written(tmp_path / "p.gpkg", [square(X + 1e-2), bow])
    assert refusal(placed, path).counts["geometry_invalid"] == 1
    report = load(placed, layer("farmland_patch"), path, replace(CHOICE, repair=Repair(valid=True)))
    (problem,) = found(report, "repaired_valid")
    assert (problem.row, problem.severity) == (2, "info")
    (area,) = rows(placed, "SELECT area_m2 FROM feature WHERE code = 'P1'")[0]
    assert f"→ {area}" in problem.reason
    assert rows(placed, "SELECT st_isvalid(geom), geometrytype(geom) FROM feature WHERE code = 'P1'") == [
        (True, "MULTIPOLYGON")
    ]


def test_repeated_vertices_are_dropped_on_request(placed: Database, tmp_path: Path) -> None:
    coordinates = list(square().exterior.coords)
    path = written(tmp_path / "p.gpkg", [shapely.Polygon([coordinates[0], *coordinates]), square(X + 1e-2)])
    assert load(placed, layer("farmland_patch"), path, replace(CHOICE, dry=True)).counts.get("repaired_points") is None
    report = load(placed, layer("farmland_patch"), path, replace(CHOICE, repair=Repair(repeated_points=True)))
    assert [p.row for p in found(report, "repaired_points")] == [1]
    assert rows(placed, "SELECT st_npoints(geom) FROM feature") == [(5,), (5,)]


def test_an_open_ring_that_geos_refuses_is_closed_on_request() -> None:
    corners = list(square().exterior.coords)[:4]
    wkb = struct.pack("<BIII", 1, 3, 1, 4) + b"".join(struct.pack("<dd", *corner) for corner in corners)
    both = np.array([wkb, shapely.to_wkb(square()), None, b"\1damaged"], object)
    faults: list[Any] = []
    assert Mender(Repair()).read(both, faults).tolist() == [None, square(), None, None]
    mended = Mender(Repair(close_rings=True)).read(both, faults)
    assert mended[0].equals(square())
    assert mended[2:].tolist() == [None, None]
    assert [(row, code) for row, _, code, _ in faults] == [(0, "repaired_ring")]


def test_vertices_within_the_tolerance_become_one(placed: Database, tmp_path: Path) -> None:
    gap = 4e-7  # about four centimetres
    drawn = [square(), square(X + 1e-3 + gap), square(X + 1e-2)]
    path = written(tmp_path / "p.gpkg", drawn)
    report = load(placed, layer("farmland_patch"), path, replace(CHOICE, repair=Repair(snap_m=0.05)))
    (problem,) = found(report, "repaired_snap")
    assert problem.row == 2
    assert "2 个顶点" in problem.text.zh
    (shared,) = rows(placed, "SELECT st_touches(a.geom, b.geom) AND st_length(st_intersection(a.geom, b.geom)) > 9e-4"
                             " FROM feature AS a, feature AS b WHERE a.code = 'P0' AND b.code = 'P1'")[0]  # fmt: skip
    assert shared
    plain = load(placed, layer("farmland_patch"), path, CHOICE)  # the control: unmended, the file has its gap
    assert (plain.changed, "repaired_snap" in plain.counts) == (1, False)


def test_a_chain_of_vertices_is_not_drawn_together() -> None:
    step = 4e-7
    line = shapely.LineString([(X + place * step, Y) for place in range(4)])
    mender = Mender(Repair(snap_m=0.05))
    geometries = np.array([line], object)
    mender.mend(geometries, np.array([True]), [])
    x = shapely.get_coordinates(geometries[0])[:, 0]
    assert x.tolist() == [X, X, X + 2 * step, X + 2 * step]


def test_a_later_batch_is_snapped_to_an_earlier_one() -> None:
    mender = Mender(Repair(snap_m=0.05))
    for x in (X, X + 3e-7):
        geometries = np.array([shapely.Point(x, Y)], object)
        mender.mend(geometries, np.array([True]), [])
        assert geometries[0].x == X


@pytest.mark.parametrize("words", ["fly", "snap", "snap=0", "snap=-1", "snap=nan", "snap=11", "valid=1"])
def test_a_repair_that_there_is_not_is_refused(words: str) -> None:
    with pytest.raises(BadValue):
        Repair.of(words)
    assert Repair.of("valid, close,repeated,snap=0.05") == Repair(True, True, True, 0.05)


# --- the catalogue ----------------------------------------------------------------------------------------------------


def test_the_documents_tell_every_problem_with_its_severity() -> None:
    text = (ROOT / "docs" / "import-checks.md").read_text("utf-8")
    for code, sentence in SENTENCES.items():
        severity = Problem(1, "", "", code).severity
        (line,) = [line for line in text.splitlines() if line.startswith(f"| `{code}` |")]
        assert f"| {severity} |" in line, code
        assert sentence.zh.partition("{")[0].strip("：") in line, code
    assert {*WARNINGS, *REPAIRS} <= set(SENTENCES)


# --- the workbook -----------------------------------------------------------------------------------------------------


def _sheets(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    from openpyxl import load_workbook

    book = load_workbook(path)
    return {page.title: [tuple(cell.value for cell in row) for row in page.iter_rows()] for page in book.worksheets}


def test_the_workbook_marks_the_rows_and_holds_all_changes(placed: Database, tmp_path: Path) -> None:
    from openpyxl import load_workbook

    patches(placed, tmp_path / "a.gpkg", [square()], 名称=["甲"])
    path = written(
        tmp_path / "b.gpkg", [square(), square(X + 5e-4), square(X + 1e-2)], 名称=["=1+1", "乙", "丙"],
        乡镇=["511132100"] * 3,
        图斑面积=["1,000", "x", None], 种植人电话=["13912345678", None, None],
    )  # fmt: skip
    report = load(placed, layer("farmland_patch"), path, replace(CHOICE, dry=True, partial=True))
    for language, names in (("zh", ["汇总", "数据行", "变更"]), ("en", ["Summary", "Rows", "Changes"])):
        marked_sheet.write(read(path), report, tmp_path / "r.xlsx", language)  # pyright: ignore[reportArgumentType]
        sheets = _sheets(tmp_path / "r.xlsx")
        assert list(sheets) == names
    marked_sheet.write(read(path), report, tmp_path / "r.xlsx", "zh")
    book = load_workbook(tmp_path / "r.xlsx")
    page = book["数据行"]
    fills = [page.cell(row, 1).fill.fgColor.rgb[2:] for row in (2, 3, 4)]
    assert fills == ["FFE699", "F8CBAD", "000000"]
    assert page.cell(2, 4).data_type == "s"  # a name that begins with = is text
    assert page.cell(2, 4).value == "=1+1"
    lines = _sheets(tmp_path / "r.xlsx")
    assert lines["数据行"][0][:3] == ("行", "问题", "BSM")
    assert "[图斑面积]" in str(lines["数据行"][2][1])
    assert "13912345678" not in str(lines)
    assert (1, "P0", "名称", "甲", "=1+1") in lines["变更"]
    assert ("拒绝", 1) in [line[:2] for line in lines["汇总"]]


def test_of_a_long_file_only_the_rows_with_problems_are_written(
    placed: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marked_sheet, "ROWS", 2)
    path = written(tmp_path / "b.gpkg", [square(X + place * 1e-2) for place in range(4)], 图斑面积=["1", "1", "x", "1"])
    report = refusal(placed, path)
    report.problems = [problem for problem in report.problems if problem.code == "value"]
    marked_sheet.write(read(path), report, tmp_path / "r.xlsx", "zh")
    assert [line[0] for line in _sheets(tmp_path / "r.xlsx")["数据行"]] == ["行", 3]


def test_the_command_writes_the_workbook_of_a_refused_file(
    placed: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHANHE_DATABASE", placed.dsn)
    settings.cache_clear()
    bow = shapely.Polygon([(X, Y), (X + 1e-3, Y + 1e-3), (X + 1e-3, Y), (X, Y + 1e-3)])
    path = written(tmp_path / "p.gpkg", [bow], heading="图斑的编码")
    told = ["import", str(path), "--layer", "farmland_patch", "--column", "图斑的编码=code"]
    run = CliRunner()
    try:
        refused = run.invoke(app, [*told, "--report", str(tmp_path / "r.xlsx")])
        assert isinstance(refused.exception, FileRefused)
        assert "自相交" in str(_sheets(tmp_path / "r.xlsx")["数据行"])
        done = run.invoke(app, [*told, "--repair", "valid", "--save-mapping", "镇上的表"])
        assert done.exit_code == 0, done.output
        again = run.invoke(app, [*told[:4], "--repair", "valid", "--dry-run", "--json"])
        (report,) = json.loads(again.stdout)
        assert (report["unchanged"], report["saved_mapping"]) == (1, "镇上的表")
        listed = json.loads(run.invoke(app, ["imports", "--json"]).stdout)["imports"]
        assert "p.gpkg" in run.invoke(app, ["imports"]).stdout
        undone = run.invoke(app, ["import-undo", str(listed[0]["id"]), "--json"])
        assert json.loads(undone.stdout)["removed"] == 1
        twice = run.invoke(app, ["import-undo", str(listed[0]["id"])])
        assert isinstance(twice.exception, NotUndone)
        assert "已撤销" in run.invoke(app, ["imports"]).stdout
    finally:
        settings.cache_clear()


def test_the_workbook_is_read_in_the_encoding_that_was_chosen(
    placed: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHANHE_DATABASE", placed.dsn)
    settings.cache_clear()
    path = tmp_path / "p.csv"
    path.write_text(f"code,name,longitude,latitude\n1,中文,{X},{Y}\n", "utf-8")
    told = ["import", str(path), "--layer", "hazard_point", "--dry-run", "--report", str(tmp_path / "r.xlsx")]
    try:
        for chosen, shown in (([], "中文"), (["--encoding", "GB18030"], "中文".encode().decode("gb18030"))):
            done = CliRunner().invoke(app, [*told, *chosen])
            assert done.exit_code == 0, done.output
            assert _sheets(tmp_path / "r.xlsx")["数据行"][1][3] == shown
    finally:
        settings.cache_clear()


# --- the API ----------------------------------------------------------------------------------------------------------


def test_the_api_tells_undoes_and_forgets(placed: Database, tmp_path: Path) -> None:
    path = written(tmp_path / "p.gpkg", [square(), square(X + 5e-4)], heading="甲")
    choice = replace(CHOICE, columns={"甲": "code"}, save_mapping="镇上的表")
    report = load(placed, layer("farmland_patch"), path, choice)
    with client_of(placed, client=("127.0.0.1", 5000)) as client:
        (told,) = client.get("/api/imports").json()["imports"]
        assert told["report"]["mapping"] == [{"heading": "甲", "target": "code", "how": "chosen"}]
        sheet = client.get(f"/api/imports/{report.import_id}/report.xlsx?lang=en")
        (tmp_path / "r.xlsx").write_bytes(sheet.content)
        assert (2, "geometry", "P1") in [line[:3] for line in _sheets(tmp_path / "r.xlsx")["Problems"]]
        assert client.get("/api/imports/999/report.xlsx").status_code == 404
        done = client.post(f"/api/imports/{report.import_id}/undo")
        assert (done.status_code, done.json()["removed"]) == (200, 2)
        again = client.post(f"/api/imports/{report.import_id}/undo")
        assert (again.status_code, again.json()["code"]) == (409, "not_undone")
        assert client.get("/api/imports").json()["imports"][0]["undone_at"]
        listed = client.get("/api/layers/farmland_patch/mappings").json()
        assert listed == {"mappings": [{"name": "镇上的表", "mapping": {"甲": "code"}}]}
        assert client.get("/api/layers/nothing/mappings").status_code == 404
        assert client.delete("/api/layers/farmland_patch/mappings/镇上的表").status_code == 204
        assert client.delete("/api/layers/farmland_patch/mappings/镇上的表").status_code == 404
    with client_of(placed, who=READER) as stranger:
        assert stranger.post(f"/api/imports/{report.import_id}/undo").status_code == 403
        assert stranger.get(f"/api/imports/{report.import_id}/report.xlsx").status_code == 403
