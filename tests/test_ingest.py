"""Files that offices really send, good and bad, through read, check and load."""

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import psycopg
import pyarrow as pa
import pyogrio
import pytest
import shapely
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from geo.crs import area_m2
from geo.database import Database
from geo.errors import FileRefused, FileUnreadable
from geo.ingest import marked_sheet
from geo.ingest.column import Reader
from geo.ingest.load import Choice, Report, load
from geo.ingest.placing import Declared
from geo.ingest.problem import SENTENCES
from geo.ingest.read import read
from geo.layers import layer

TODAY = date(2026, 11, 23)
SEAT = (103.26587, 29.23082)
CHOICE = Choice(today=TODAY)


def points(count: int = 5, **columns: Any) -> geopandas.GeoDataFrame:
    """Hazard points around the county seat, under the headings of the county's register."""
    frame: dict[str, Any] = {
        "统一编号": [f"511132010{place:03d}" for place in range(count)],
        "名称": [f"滑坡{place}" for place in range(count)],
        "乡镇": ["511132100"] * count,
        "灾害类型": ["滑坡"] * count,
        "威胁人数": [10 + place for place in range(count)],
        "完工日期": [date(2024, 3, 1) + timedelta(place) for place in range(count)],
    } | columns
    geometry = [shapely.Point(SEAT[0] + place * 1e-4, SEAT[1]) for place in range(count)]
    return geopandas.GeoDataFrame({k: v for k, v in frame.items() if k != "geometry"},
                                  geometry=columns.get("geometry", geometry), crs="EPSG:4490")  # fmt: skip


def patches(polygons: list[Any], **columns: Any) -> geopandas.GeoDataFrame:
    """Farmland patches with these polygons."""
    frame: dict[str, Any] = {"BSM": [f"P{place}" for place in range(len(polygons))], "乡镇": "511132100"} | columns
    return geopandas.GeoDataFrame(frame, geometry=polygons, crs="EPSG:4490")


def square(x: float = SEAT[0], y: float = SEAT[1], size: float = 1e-3) -> shapely.Polygon:
    return shapely.box(x, y, x + size, y + size)


def written(frame: Any, path: Path, **options: Any) -> Path:
    frame.to_file(path, engine="pyogrio", **options)
    return path


def zipped(folder: Path, target: Path) -> Path:
    with zipfile.ZipFile(target, "w") as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, file.name)
    return target


def rows(database: Database, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database.dsn) as connection:
        return connection.execute(query).fetchall()  # pyright: ignore


def stored(database: Database) -> int:
    return rows(database, "SELECT count(*) FROM feature")[0][0]


def refused(database: Database, code: str, path: Path, choice: Choice = CHOICE) -> Report:
    """Import a bad file all-or-nothing: it is refused and nothing is written."""
    with pytest.raises(FileRefused) as refusal:
        load(database, layer(code), path, choice)
    assert stored(database) == 0
    assert rows(database, "SELECT count(*) FROM import") == [(0,)]
    assert rows(database, "SELECT count(*) FROM pg_class WHERE relname LIKE '%staged%'") == [(0,)]
    report = refusal.value.values["report"]
    assert isinstance(report, Report)
    for problem in report.problems:
        assert problem.text.zh
        assert problem.text.en
        assert "{" not in problem.text.zh + problem.text.en
    return report


def found(report: Report, code: str) -> list[tuple[int, str, str]]:
    return [(p.row, p.column, p.value) for p in report.problems if p.code == code]


# --- good files -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "zip", "shp"])
def test_every_format_loads_the_same_rows(placed: Database, tmp_path: Path, ending: str) -> None:
    frame = points()
    if ending in {"zip", "shp"}:
        folder = tmp_path / "shape"
        folder.mkdir()
        path = written(frame.rename(columns={"灾害类型": "类型"}), folder / "p.shp", encoding="GBK")
        (folder / "p.cpg").unlink()
        path = zipped(folder, tmp_path / "p.zip") if ending == "zip" else path
    else:
        path = written(frame, tmp_path / f"p.{ending}")
    report = load(placed, layer("hazard_point"), path, CHOICE)
    assert (report.rows, report.new, report.refused) == (5, 5, 0), report
    assert rows(
        placed,
        "SELECT code, name, org_unit, attributes ->> 'kind', (attributes ->> 'threatened_people')::int,"
        " round(st_x(geom)::numeric, 6)::float FROM feature ORDER BY code LIMIT 1",
    ) == [("511132010000", "滑坡0", "511132100", "01", 10, SEAT[0])]
    assert rows(placed, "SELECT milestone, reached_on FROM milestone ORDER BY reached_on LIMIT 1") == [
        ("works_completed", date(2024, 3, 1))
    ]


def test_importing_twice_changes_nothing(placed: Database, tmp_path: Path) -> None:
    path = written(points(), tmp_path / "p.gpkg")
    load(placed, layer("hazard_point"), path, CHOICE)
    before = rows(placed, "SELECT * FROM feature ORDER BY code"), rows(placed, "SELECT * FROM milestone ORDER BY id")
    sums = rows(placed, "SELECT org_unit, layer, measure, stage, day::text, value FROM progress_sum ORDER BY 1,2,3,4,5")
    again = load(placed, layer("hazard_point"), path, CHOICE)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 5)
    assert before == (
        rows(placed, "SELECT * FROM feature ORDER BY code"),
        rows(placed, "SELECT * FROM milestone ORDER BY id"),
    )
    assert sums == rows(
        placed, "SELECT org_unit, layer, measure, stage, day::text, value FROM progress_sum ORDER BY 1,2,3,4,5"
    )


def test_a_second_file_changes_adds_and_keeps(placed: Database, tmp_path: Path) -> None:
    load(placed, layer("hazard_point"), written(points(), tmp_path / "p.gpkg"), CHOICE)
    frame = points(6)
    frame.loc[1, "名称"] = "改名"
    frame.loc[2, "完工日期"] = date(2024, 9, 9)
    report = load(placed, layer("hazard_point"), written(frame, tmp_path / "q.gpkg"), CHOICE)
    assert (report.new, report.changed, report.unchanged) == (1, 2, 3)
    assert rows(placed, "SELECT version, name FROM feature WHERE code = '511132010001'") == [(2, "改名")]
    assert rows(placed, "SELECT version, name FROM feature_version") == [(1, "滑坡1")]
    assert rows(
        placed,
        "SELECT reached_on, revoked_at IS NULL FROM milestone JOIN feature ON feature.id = milestone.feature"
        " WHERE code = '511132010002' ORDER BY 1",
    ) == [(date(2024, 3, 3), False), (date(2024, 9, 9), True)]
    assert _sums_are_true(placed)


def test_every_state_of_a_feature_tells_who_made_it_and_why(placed: Database, tmp_path: Path) -> None:
    first = replace(CHOICE, by="clerk", reason="2024 年排查")
    load(placed, layer("hazard_point"), written(points(2), tmp_path / "p.gpkg"), first)
    second = replace(CHOICE, by="officer", reason="复核")
    load(placed, layer("hazard_point"), written(points(3).assign(威胁人数=99), tmp_path / "q.gpkg"), second)
    load(placed, layer("hazard_point"), written(points(1).assign(威胁人数=98), tmp_path / "r.gpkg"), CHOICE)
    states = "SELECT version, recorded_by, reason FROM {} ORDER BY code, version"
    assert rows(placed, states.format("feature")) == [
        (3, CHOICE.by, None), (2, "officer", "复核"), (1, "officer", "复核"),
    ]  # fmt: skip
    assert rows(placed, states.format("feature_version")) == [
        (1, "clerk", "2024 年排查"), (2, "officer", "复核"), (1, "clerk", "2024 年排查"),
    ]  # fmt: skip


def test_columns_a_file_does_not_have_stay(placed: Database, tmp_path: Path) -> None:
    load(placed, layer("hazard_point"), written(points(), tmp_path / "p.gpkg"), CHOICE)
    slim = points()[["统一编号", "威胁人数", "geometry"]].assign(威胁人数=99)
    report = load(placed, layer("hazard_point"), written(slim, tmp_path / "q.gpkg"), CHOICE)
    assert report.changed == 5
    assert rows(
        placed, "SELECT DISTINCT attributes ->> 'kind', attributes ->> 'threatened_people', name <> '' FROM feature"
    ) == [("01", "99", True)]


def test_a_dry_run_says_what_would_happen_and_writes_nothing(placed: Database, tmp_path: Path) -> None:
    path = written(points(), tmp_path / "p.gpkg")
    report = load(placed, layer("hazard_point"), path, replace(CHOICE, dry=True))
    assert (report.new, report.applied) == (5, False)
    assert stored(placed) == 0


def test_projected_coordinates_and_old_township_codes_are_moved_forward(placed: Database, tmp_path: Path) -> None:
    frame = points(2, 乡镇=["511132207", "共和乡"]).to_crs("EPSG:4522")
    report = load(placed, layer("hazard_point"), written(frame, tmp_path / "p.gpkg"), CHOICE)
    assert report.new == 2
    assert rows(placed, "SELECT DISTINCT org_unit FROM feature") == [("511132100",)]
    x = rows(placed, "SELECT st_x(geom) FROM feature ORDER BY code LIMIT 1")[0][0]
    assert x == pytest.approx(SEAT[0], abs=1e-8)


def test_an_abolished_township_without_successor_is_reported(placed: Database, tmp_path: Path) -> None:
    frame = points(1, 乡镇=["哈曲乡"])
    assert found(refused(placed, "hazard_point", written(frame, tmp_path / "p.gpkg")), "no_successor") == [
        (1, "乡镇", "哈曲乡")
    ]


def test_a_feature_straddling_the_county_border_is_kept_and_listed(placed: Database, tmp_path: Path) -> None:
    with psycopg.connect(placed.dsn) as connection:
        outline = shapely.from_wkb(
            connection.execute("SELECT st_asbinary(geom) FROM org_unit WHERE level = 'county'").fetchone()[0]  # pyright: ignore
        )
    x, y = shapely.get_coordinates(outline)[shapely.get_coordinates(outline)[:, 0].argmin()]
    frame = patches([shapely.box(x - 0.02, y - 1e-3, x + 1e-4, y + 1e-3)]).drop(columns="乡镇")
    report = load(placed, layer("farmland_patch"), written(frame, tmp_path / "p.gpkg"), CHOICE)
    assert report.new == 1
    assert report.counts["outside_townships"] == 1
    assert rows(placed, "SELECT org_unit FROM feature") == [(None,)]
    assert rows(placed, "SELECT sum(value) FROM progress_sum WHERE org_unit = '' AND measure = (SELECT measure FROM"
                " layer_measure WHERE layer = 'farmland_patch' AND source = 'count')") == [(1,)]  # fmt: skip


def test_drawn_area_is_ellipsoidal(placed: Database, tmp_path: Path) -> None:
    polygon = square()
    load(placed, layer("farmland_patch"), written(patches([polygon]), tmp_path / "p.gpkg"), CHOICE)
    area = float(rows(placed, "SELECT area_m2 FROM feature")[0][0])
    assert area == pytest.approx(area_m2(np.array([polygon]))[0], abs=0.005)


def test_personal_columns_are_kept_apart(placed: Database, tmp_path: Path) -> None:
    path = written(points(1, 责任人电话=["13900000000"]), tmp_path / "p.gpkg")
    load(placed, layer("hazard_point"), path, CHOICE)
    assert rows(placed, "SELECT attributes FROM feature_private") == [({"responsible_phone": "13900000000"},)]
    assert "13900000000" not in str(rows(placed, "SELECT feature, attributes FROM feature"))
    assert "13900000000" not in str(rows(placed, "SELECT report FROM import"))


def test_a_personal_value_that_is_refused_is_not_repeated(placed: Database, tmp_path: Path) -> None:
    number = "139" + "0" * 40
    report = refused(placed, "hazard_point", written(points(1, 责任人电话=[number]), tmp_path / "p.gpkg"))
    assert found(report, "value") == [(1, "责任人电话", "***")]
    assert number not in str(report.report())


@pytest.mark.parametrize(
    ("heading", "value"),
    [("威胁人数", "一二〇"), ("灾害类型", "地震"), ("自动化监测", "maybe"), ("统一编号", "")],
)
def test_a_value_that_cannot_be_used_is_named(placed: Database, tmp_path: Path, heading: str, value: str) -> None:
    frame = points(3).astype({"威胁人数": object})
    frame[heading] = [*frame[heading].astype(str)[:2], value] if heading in frame else ["是", "否", value]
    report = refused(placed, "hazard_point", written(frame, tmp_path / "p.geojson"))
    assert [(p.row, p.column, p.value) for p in report.problems if p.severity == "error"] == [(3, heading, value)]


def test_numbers_and_dates_as_people_write_them(placed: Database, tmp_path: Path) -> None:
    frame = points(3, 威胁人数=["1,200", "１２", " 7 "], 完工日期=["2024年5月1日", "2024/5/2", "20240503"])
    load(placed, layer("hazard_point"), written(frame, tmp_path / "p.geojson"), CHOICE)
    assert rows(placed, "SELECT (attributes ->> 'threatened_people')::int FROM feature ORDER BY code") == [
        (1200,), (12,), (7,)
    ]  # fmt: skip
    assert rows(placed, "SELECT reached_on FROM milestone ORDER BY 1") == [
        (date(2024, 5, 1),), (date(2024, 5, 2),), (date(2024, 5, 3),)
    ]  # fmt: skip


# --- bad files --------------------------------------------------------------------------------------------------------


def test_an_empty_file_is_refused(placed: Database, tmp_path: Path) -> None:
    for name in ("e.gpkg", "e.geojson", "e.zip", "e.shp", "e.txt"):
        (tmp_path / name).touch()
        with pytest.raises(FileUnreadable):
            load(placed, layer("hazard_point"), tmp_path / name, CHOICE)
    assert stored(placed) == 0


def test_a_file_without_rows_loads_none(placed: Database, tmp_path: Path) -> None:
    report = load(placed, layer("hazard_point"), written(points(1).iloc[:0], tmp_path / "p.gpkg"), CHOICE)
    assert (report.rows, report.new) == (0, 0)


def test_a_wrong_geometry_type_is_refused(placed: Database, tmp_path: Path) -> None:
    frame = points(3, geometry=[shapely.Point(SEAT), square(), shapely.LineString([SEAT, (103.27, 29.24)])])
    report = refused(placed, "hazard_point", written(frame, tmp_path / "p.geojson"))
    assert [row for row, _, _ in found(report, "geometry_type")] == [2, 3]


def test_the_coordinate_system_of_a_file_without_prj_is_told_from_its_numbers(placed: Database, tmp_path: Path) -> None:
    folder = tmp_path / "s"
    folder.mkdir()
    path = written(points(2).to_crs("EPSG:4543"), folder / "p.shp", encoding="GBK")
    (folder / "p.prj").unlink()
    assert "CM 102E" in load(placed, layer("hazard_point"), path, CHOICE).crs
    report = load(placed, layer("hazard_point"), path, replace(CHOICE, declared=Declared("EPSG:4543")))
    assert (report.new, report.unchanged) == (0, 2)


def test_a_self_intersection_is_refused_with_its_place(placed: Database, tmp_path: Path) -> None:
    x, y = SEAT
    bow = shapely.Polygon([(x, y), (x + 1e-3, y + 1e-3), (x + 1e-3, y), (x, y + 1e-3)])
    report = refused(placed, "farmland_patch", written(patches([square(), bow]), tmp_path / "p.gpkg"))
    (problem,) = [p for p in report.problems if p.code == "geometry_invalid"]
    assert problem.row == 2
    assert f"{x + 5e-4:.5f}"[:9] in problem.reason
    assert "自相交" in problem.text.zh
    assert "Self-intersection" in problem.text.en


def test_every_row_of_a_repeated_code_is_refused(placed: Database, tmp_path: Path) -> None:
    frame = points(4)
    frame.loc[3, "统一编号"] = frame.loc[1, "统一编号"]
    report = refused(placed, "hazard_point", written(frame, tmp_path / "p.gpkg"))
    assert [row for row, _, _ in found(report, "duplicate_code")] == [2, 4]


def test_an_unknown_milestone_is_refused(placed: Database, tmp_path: Path) -> None:
    frame = points(3, 当前进度=["治理完工", "快好了", "初步验收"], 进度日期=["2024-05-01", "2024-05-01", None])
    report = refused(placed, "hazard_point", written(frame.drop(columns="完工日期"), tmp_path / "p.geojson"))
    assert found(report, "unknown_milestone") == [(2, "当前进度", "快好了")]
    assert found(report, "undated_milestone") == [(3, "当前进度", "初步验收")]


def test_a_future_date_is_refused(placed: Database, tmp_path: Path) -> None:
    frame = points(2, 完工日期=[date(2026, 11, 23), date(2026, 11, 24)])
    report = refused(placed, "hazard_point", written(frame, tmp_path / "p.gpkg"))
    assert found(report, "future_date") == [(2, "完工日期", "2026-11-24")]


def test_coordinates_outside_the_county_are_refused(placed: Database, tmp_path: Path) -> None:
    frame = points(2, geometry=[shapely.Point(SEAT), shapely.Point(116.4, 39.9)])
    report = refused(placed, "hazard_point", written(frame, tmp_path / "p.gpkg"))
    assert [row for row, _, _ in found(report, "outside_county")] == [2]


def test_mixed_encodings_are_refused_row_by_row(placed: Database, tmp_path: Path) -> None:
    folder = tmp_path / "s"
    folder.mkdir()
    path = written(points(5)[["统一编号", "名称", "geometry"]], folder / "p.shp", encoding="GBK")
    (folder / "p.cpg").unlink(missing_ok=True)
    table = bytearray((folder / "p.dbf").read_bytes())
    place = table.index("滑坡2".encode("gbk"))
    utf8 = "滑坡2".encode()
    table[place : place + len(utf8)] = utf8
    (folder / "p.dbf").write_bytes(table)
    report = refused(placed, "hazard_point", path)
    assert found(report, "encoding") == [(3, "名称", "滑坡2")]
    partial = load(placed, layer("hazard_point"), path, replace(CHOICE, partial=True))
    assert (partial.new, partial.refused) == (4, 1)
    assert rows(placed, "SELECT name FROM feature ORDER BY 1") == [("滑坡0",), ("滑坡1",), ("滑坡3",), ("滑坡4",)]


def test_a_character_that_was_lost_is_not_stored(placed: Database, tmp_path: Path) -> None:
    report = refused(placed, "hazard_point", written(points(2, 名称=["好", "坏\ufffd"]), tmp_path / "p.gpkg"))
    assert found(report, "encoding") == [(2, "名称", "坏\ufffd")]


def test_a_polygon_of_a_million_vertices_is_refused(placed: Database, tmp_path: Path) -> None:
    angle = np.linspace(0, 2 * np.pi, 1_000_000, endpoint=False)
    big = shapely.Polygon(np.column_stack([SEAT[0] + 0.01 * np.cos(angle), SEAT[1] + 0.01 * np.sin(angle)]))
    report = refused(placed, "farmland_patch", written(patches([square(), big]), tmp_path / "p.gpkg"))
    assert [row for row, _, _ in found(report, "geometry_vertices")] == [2]


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "zip", "shp"])
@pytest.mark.parametrize("share", [0.2, 0.6, 0.97])
def test_a_file_cut_in_the_middle_is_refused(placed: Database, tmp_path: Path, ending: str, share: float) -> None:
    frame = points(500)[["统一编号", "名称", "geometry"]]
    if ending in {"zip", "shp"}:
        folder = tmp_path / "s"
        folder.mkdir()
        path = written(frame, folder / "p.shp", encoding="GBK")
        path = zipped(folder, tmp_path / "p.zip") if ending == "zip" else path
    else:
        path = written(frame, tmp_path / f"p.{ending}")
    assert load(placed, layer("hazard_point"), path, replace(CHOICE, dry=True)).new == 500
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises((FileUnreadable, FileRefused)):
        load(placed, layer("hazard_point"), path, CHOICE)
    assert stored(placed) == 0


def test_good_rows_load_when_the_user_chooses_so(placed: Database, tmp_path: Path) -> None:
    frame = points(4, 完工日期=[date(2024, 1, 1), date(2099, 1, 1), date(2024, 1, 3), date(2024, 1, 4)])
    frame.loc[3, "统一编号"] = frame.loc[0, "统一编号"]
    report = load(placed, layer("hazard_point"), written(frame, tmp_path / "p.gpkg"), replace(CHOICE, partial=True))
    assert (report.rows, report.new, report.refused) == (4, 1, 3)
    assert rows(placed, "SELECT code, source_row FROM feature") == [("511132010002", 3)]
    assert _sums_are_true(placed)


def test_rows_are_those_of_the_sheet_in_problems_in_the_report_and_in_what_is_stored(
    placed: Database, tmp_path: Path
) -> None:
    book = Workbook()
    for line in (
        ["地质灾害隐患点一览表"],
        ["统一编号", "乡镇", "经度", "纬度", "完工日期"],
        ["511132010001", "511132100", *SEAT, date(2024, 3, 1)],
        [],
        ["511132010002", "511132100", *SEAT, "三月"],
        [],
        ["511132010003", "511132100", SEAT[0], SEAT[1] + 0.01, date(2024, 3, 3)],
    ):
        book.worksheets[0].append(line)
    path = tmp_path / "p.xlsx"
    book.save(path)
    report = load(placed, layer("hazard_point"), path, replace(CHOICE, partial=True))
    assert [(problem.row, problem.value) for problem in report.problems if problem.severity == "error"] == [(5, "三月")]
    assert rows(placed, "SELECT code, source_row FROM feature ORDER BY code") == [
        ("511132010001", 3),
        ("511132010003", 7),
    ]
    marked_sheet.write(read(path), report, tmp_path / "r.xlsx", "zh")
    listed = load_workbook(tmp_path / "r.xlsx")["数据行"].iter_rows(min_row=2, values_only=True)
    assert {row[0]: "应为日期" in str(row[1]) for row in listed} == {3: False, 5: True, 7: False}


def test_a_table_without_geometry_keeps_the_places_of_its_features(placed: Database, tmp_path: Path) -> None:
    load(placed, layer("hazard_point"), written(points(), tmp_path / "p.gpkg"), CHOICE)
    places = rows(placed, "SELECT code, st_asbinary(geom), area_m2, org_unit FROM feature ORDER BY code")
    table: Any = points().drop(columns="geometry").assign(威胁人数=[10, 11, 12, 13, 99])
    for path in (tmp_path / "t.csv", tmp_path / "t.xlsx", tmp_path / "t.gpkg"):
        match path.suffix:
            case ".csv":
                table.to_csv(path, index=False)
            case ".xlsx":
                table.to_excel(path, index=False)
            case _:
                pyogrio.write_dataframe(table, path)
        report = load(placed, layer("hazard_point"), path, replace(CHOICE, dry=True))
        assert (report.unchanged, report.changed, report.fields) == (4, 1, {"threatened_people": 1})
        assert "geometry_missing" not in report.counts
    load(placed, layer("hazard_point"), tmp_path / "t.csv", CHOICE)
    assert rows(placed, "SELECT code, st_asbinary(geom), area_m2, org_unit FROM feature ORDER BY code") == places
    some: Any = points()  # the control: a file with places in which one row has none says so
    some.loc[2, "geometry"] = None
    assert found(load(placed, layer("hazard_point"), written(some, tmp_path / "s.gpkg"), CHOICE), "geometry_missing")


def test_a_file_that_asks_for_other_files_is_not_followed(placed: Database, tmp_path: Path) -> None:
    secret = written(points(1), tmp_path / "secret.gpkg")
    source = f"<SrcDataSource>{secret}</SrcDataSource>"
    vrt = f"<OGRVRTDataSource><OGRVRTLayer name='p'>{source}</OGRVRTLayer></OGRVRTDataSource>"
    for name in ("a.geojson", "a.json", "a.gpkg", "a.shp", "a.vrt"):
        (tmp_path / name).write_text(vrt)
        with pytest.raises(FileUnreadable):
            read(tmp_path / name)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("../p.shp", b"\0\0\x27\x0a" + b"\0" * 100)
    with pytest.raises(FileUnreadable):
        read(tmp_path / "a.zip")
    assert read(secret).features == 1  # the control: the file itself can be read


def test_a_zip_bomb_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "b.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("p.shp", b"\0\0\x27\x0a" + b"\0" * 40_000_000)
    with pytest.raises(FileUnreadable, match="compression"):
        read(tmp_path / "b.zip")


_KILLED = """
import sys, time
from pathlib import Path
from geo.database import Database
from geo.ingest import load as importer
from geo.layers import layer
from geo.settings import Settings
merge = importer.Staging.merge
def slow(self, *arguments):
    merge(self, *arguments)
    print("merged", flush=True)
    time.sleep(60)
importer.Staging.merge = slow
with Database(Settings(database=sys.argv[1])) as database:
    importer.load(database, layer("hazard_point"), Path(sys.argv[2]))
"""


def test_an_import_killed_in_the_middle_leaves_nothing(placed: Database, tmp_path: Path) -> None:
    path = written(points(20), tmp_path / "p.gpkg")
    process = subprocess.Popen(
        [sys.executable, "-c", _KILLED, placed.dsn, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "merged\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + 20
    while (
        rows(placed, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")[0][0] and time.monotonic() < deadline
    ):
        time.sleep(0.05)
    assert stored(placed) == 0
    assert rows(placed, "SELECT count(*) FROM pg_class WHERE relname LIKE '%staged%'") == [(0,)]
    assert load(placed, layer("hazard_point"), path, CHOICE).new == 20


def test_two_imports_of_one_layer_wait_for_each_other(placed: Database, tmp_path: Path) -> None:
    path = written(points(25), tmp_path / "p.gpkg")
    script = _KILLED.partition("merge =")[0] + _KILLED.partition("importer.Staging.merge = slow\n")[2]
    running = [subprocess.Popen([sys.executable, "-c", script, placed.dsn, str(path)]) for _ in range(3)]
    assert [process.wait() for process in running] == [0, 0, 0]
    assert stored(placed) == 25
    assert _sums_are_true(placed)


def test_a_feature_that_another_is_just_recording_survives_a_first_import(placed: Database, tmp_path: Path) -> None:
    path = written(points(3), tmp_path / "p.gpkg")
    with psycopg.connect(placed.dsn) as other, ThreadPoolExecutor(1) as beside:
        other.execute("INSERT INTO feature (layer, code, org_unit) VALUES ('hazard_point', 'own', '511132100')")
        done = beside.submit(load, placed, layer("hazard_point"), path, CHOICE)
        deadline = time.monotonic() + 20
        while not done.done() and time.monotonic() < deadline:
            if rows(placed, "SELECT true FROM pg_locks WHERE NOT granted"):
                break
            time.sleep(0.01)
        other.commit()
        assert done.result().new == 3
    assert stored(placed) == 4
    assert _sums_are_true(placed)


def test_every_problem_has_a_sentence_in_both_languages() -> None:
    for code, sentence in SENTENCES.items():
        assert sentence.zh.count("{reason}") == sentence.en.count("{reason}"), code


@hypothesis_settings(
    max_examples=15, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 5),
            st.one_of(st.none(), st.text(st.characters(codec="utf-8", exclude_characters="\0\ufffd"), max_size=12)),
            st.one_of(st.none(), st.integers(0, 10**6)),
        ),
        max_size=8,
    )
)
def test_what_goes_in_comes_out_and_a_second_import_is_none(
    placed: Database, tmp_path: Path, records: list[tuple[int, str | None, int | None]]
) -> None:
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [SEAT[0], SEAT[1]]},
            "properties": {"统一编号": str(code), "名称": name, "威胁人数": people, "乡镇": "511132100"},
        }
        for code, name, people in records
    ]
    path = tmp_path / "p.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), "utf-8")
    choice = replace(CHOICE, partial=True)
    load(placed, layer("hazard_point"), path, choice)
    codes = [str(code) for code, _, _ in records]
    have = {
        code: (name, people)
        for code, name, people in rows(
            placed,
            "SELECT code, name, (attributes ->> 'threatened_people')::int FROM feature WHERE layer = 'hazard_point'",
        )
    }
    for code, name, people in records:
        if codes.count(str(code)) == 1:
            assert have[str(code)] == ((name or "").strip() or None, people)
    again = load(placed, layer("hazard_point"), path, choice)
    assert (again.new, again.changed) == (0, 0)


def _sums_are_true(database: Database) -> bool:
    """Whether the kept sums equal a full count of the records."""
    query = """
        SELECT count(*) FROM (
            SELECT org_unit, layer, measure, stage, day, sum(value) AS value FROM progress_sum
            GROUP BY 1, 2, 3, 4, 5 HAVING sum(value) <> 0
        ) AS kept
        FULL JOIN progress_truth USING (org_unit, layer, measure, stage, day)
        WHERE kept.value IS DISTINCT FROM progress_truth.value
    """
    return rows(database, query) == [(0,)]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2024-01-02", date(2024, 1, 2)), ("20240102", date(2024, 1, 2)), ("2024年1月2日", date(2024, 1, 2)),
        (20240102, date(2024, 1, 2)), (20240102.0, date(2024, 1, 2)),
        ("86400", None), ("864000", None), ("45292", None), (86400, None), (0, None),
    ],
)  # fmt: skip
def test_a_number_of_seconds_or_days_is_no_date(written: object, read: date | None) -> None:
    column, faults = Reader.of(layer("hazard_point").columns["due_on"]).read(pa.array([written]))
    assert column.to_pylist() == [read]
    assert bool(faults) == (read is None)
