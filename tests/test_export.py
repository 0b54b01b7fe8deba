"""Every layer out in every format, looked at with other programs, and in again without a change."""

import csv
import gc
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import geopandas
import numpy as np
import psycopg
import pyogrio
import pyproj
import pytest
import shapely
from conftest import awaited
from openpyxl import load_workbook
from people import client_of, header
from psycopg.types.json import Jsonb
from pyarrow import parquet
from starlette.testclient import TestClient
from whole import some

from api.app import create_app
from geo import feature
from geo.crs import area_m2
from geo.database import Database
from geo.errors import BadValue, FileRefused, NotFound
from geo.export import FORMATS, Choice, FileUnwritable, export, record
from geo.export.boundary_text import write as write_boundary_text
from geo.export.column import columns
from geo.export.format import format_of, system
from geo.export.shapefile import KEY, LONGEST
from geo.feature import Wanted
from geo.heading import shortened
from geo.ingest.load import Choice as LoadChoice
from geo.ingest.load import Report, load
from geo.layer import Geometry, Layer, is_private
from geo.layers import layer, layers
from geo.settings import today
from web.legend import STATUS_SIGNS

TOWN = "511132100"
DAY = date(2024, 12, 31)
POINTS, PATCHES = "hazard_point", "farmland_patch"
EVERY = list(FORMATS)
KML = {"k": "http://www.opengis.net/kml/2.2"}
EVIL = "<script>alert('x')</script>&amp;\x07 ]]> =1+1 \"“"


def written(database: Database, code: str, path: Path, **options: Any) -> int:
    return export(database, layer(code), path, choice=Choice(**options))


def ending(code: str) -> str:
    return FORMATS[code].endings[0]


def fitting(code: str) -> list[Layer]:
    return [each for each in layers().values() if code != "txt" or each.geometry is Geometry.POLYGON]


def content(path: Path) -> str:
    """Everything a file says, decoded and taken out of archives."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            raw = b"\n".join(name.encode() + archive.read(name) for name in archive.namelist())
    elif path.suffix == ".parquet":
        return str(parquet.read_table(path).to_pylist()) + str(parquet.read_metadata(path).metadata)
    else:
        raw = path.read_bytes()
    return raw.decode("utf-8", "replace") + raw.decode("gb18030", "replace")


def rows(database: Database, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database.dsn) as connection:
        return connection.execute(query).fetchall()  # pyright: ignore


def imported(database: Database, code: str, path: Path, *, dry: bool = True) -> Report:
    try:
        return load(database, layer(code), path, LoadChoice(dry=dry))
    except FileRefused as refusal:
        report = refusal.values["report"]
        assert isinstance(report, Report)
        return report


# --- what comes out ---------------------------------------------------------------------------------------------------


def count_of(path: Path) -> int:
    """The features of a file, counted by a program that did not write it."""
    match path.suffix:
        case ".parquet":
            return len(geopandas.read_parquet(path))
        case ".xlsx":
            return len(list(load_workbook(path, read_only=True).worksheets[0].iter_rows())) - 1
        case ".csv":
            return len(list(csv.reader(io.StringIO(path.read_text("utf-8-sig"))))) - 1
        case ".geojsonl":
            return len([json.loads(line) for line in path.read_text("utf-8").splitlines()])
        case ".kml":
            return len(ET.parse(path).getroot().findall(".//k:Placemark", KML))
        case ".txt":
            return path.read_text("gb18030").count("@")
        case _:
            return int(pyogrio.read_info(path, force_feature_count=True)["features"])


@pytest.mark.parametrize("code", EVERY)
def test_every_format_holds_every_feature_of_every_layer(demo: Database, tmp_path: Path, code: str) -> None:
    for each in fitting(code):
        path = tmp_path / f"{each.code}{ending(code)}"
        assert written(demo, each.code, path) == count_of(path) > 0, each.code
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("headings", ["zh", "en", "code"])
@pytest.mark.parametrize("code", [code for code in EVERY if code != "txt"])
def test_every_heading_is_one_that_the_importer_knows(demo: Database, code: str, headings: Any) -> None:
    for each in layers().values():
        known = each.headings()
        found = columns(each, headings, short=code == "shp")
        assert [known[column.heading.casefold()] for column in found] == [column.target for column in found]
        public = {name for name, info in each.columns.items() if not is_private(info)}
        assert {column.target for column in found} == public | {f"milestone:{step.code}" for step in each.milestones}


def test_a_shapefile_heading_has_ten_bytes_and_is_nobody_elses() -> None:
    for each in layers().values():
        known = each.headings()
        short = each.short_headings()
        assert len(set(short.values())) == len(short)
        for target, heading in short.items():
            assert heading.isascii()
            assert len(heading) <= 10
            assert known[heading] == target
        for column in columns(each, "zh", short=True):
            assert len(column.heading.encode("gbk")) <= 10


def test_headings_that_would_be_the_same_are_told_apart() -> None:
    names = ["people_threatened_before", "people_threatened_behind", "people_threatened_beside"]
    short = shortened(names, {})
    assert len(set(short.values())) == 3
    assert shortened(["code"], {"code": "other"}) == {"code": "code2"}
    assert shortened(["code"], {"code": "code"}) == {"code": "code"}
    (tiny,) = shortened(["a_b_c_d_e_f_g_h"], {}).values()
    assert len(tiny) <= 10


@pytest.mark.parametrize("code", EVERY)
def test_no_personal_column_and_nothing_undeclared_gets_out(fresh: Any, tmp_path: Path, code: str) -> None:
    """Canaries are planted where personal columns are, and in the attributes under their names and under others."""
    database = fresh("demo")
    place = "rural_housing" if code == "txt" else "relocation_household"
    private = layer(place).private
    canary = {name: f"CANARY{number}" for number, name in enumerate(private)} | {"undeclared": "CANARY99"}
    with psycopg.connect(database.dsn) as connection:
        connection.execute(
            "INSERT INTO feature_private (layer, feature, attributes) SELECT layer, id, %s FROM feature"
            " WHERE layer = %s ON CONFLICT ON CONSTRAINT feature_private_key DO UPDATE"
            " SET attributes = excluded.attributes",
            [Jsonb(canary), place],
        )
        connection.execute(
            "UPDATE feature SET attributes = attributes || %s, name = 'VISIBLE' WHERE layer = %s",
            [Jsonb(canary), place],
        )
    for headings in ("zh", "en", "code"):
        path = tmp_path / f"{headings}{ending(code)}"
        assert written(database, place, path, headings=headings) > 0
        told = content(path)
        assert "VISIBLE" in told
        assert "CANARY" not in told
        for name, info in private.items():
            assert info.title
            assert f'"{name}"' not in told


# --- what is wanted ---------------------------------------------------------------------------------------------------

FILTERS: list[tuple[str, Wanted]] = [
    (POINTS, Wanted(DAY, org_unit=TOWN)),
    (POINTS, Wanted(DAY, org_unit=f"{TOWN}202")),
    (POINTS, Wanted(DAY, status="completed")),
    (PATCHES, Wanted(DAY, status="overdue")),
    (PATCHES, Wanted(DAY, milestone="planted", org_unit="511132")),
    (PATCHES, Wanted(date(2023, 5, 1))),
    (POINTS, Wanted(DAY, text="滑坡")),
    (POINTS, Wanted(DAY, bounds=(103.2, 29.1, 103.3, 29.3))),
    ("permanent_farmland", Wanted(DAY, org_unit=TOWN)),
    (PATCHES, Wanted(DAY, org_unit="")),
    (POINTS, Wanted(date(1950, 1, 1))),
]


@pytest.mark.parametrize(("code", "wanted"), FILTERS)
def test_an_export_holds_what_the_list_of_features_shows(
    demo: Database, tmp_path: Path, code: str, wanted: Wanted
) -> None:
    path = tmp_path / "some.csv"
    count = written(demo, code, path, wanted=wanted, headings="code")
    shown: list[str] = []
    cursor = None
    with demo.session() as connection:
        asked = replace(wanted, layer=code)
        while True:
            page = json.loads(feature.page(connection, asked, limit=1000, here="", cursor=cursor))
            shown += [each["properties"]["code"] for each in page["features"]]
            if page["next"] is None:
                break
            cursor = feature.Cursor.read(page["next"])
    assert [row["code"] for row in csv.DictReader(path.read_text("utf-8-sig").splitlines())] == shown
    assert count == len(shown)
    whole = rows(demo, f"SELECT count(*) FROM feature WHERE layer = '{code}'")[0][0]
    assert count < whole or wanted == Wanted(DAY, org_unit=TOWN)


def test_milestones_reached_later_are_not_in_it(demo: Database, tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    steps = [step.code for step in layer(PATCHES).milestones]

    def dates(day: date) -> list[str]:
        written(demo, PATCHES, path, wanted=Wanted(day), headings="code")
        found = csv.DictReader(path.read_text("utf-8-sig").splitlines())
        return [row[step] for row in found for step in steps if row[step]]

    early, late = dates(date(2024, 3, 1)), dates(today())
    assert max(early) <= "2024-03-01" < max(late)
    assert 0 < len(early) < len(late)


def test_what_cannot_be_had_is_refused_in_a_sentence(demo: Database, tmp_path: Path) -> None:
    path = tmp_path / "x.gpkg"
    for choice in (
        Choice(crs="EPSG:99999"), Choice(crs="+proj=merc"), Choice(crs="4978"), Choice(crs="5773"),
        Choice(format="dwg"), Choice(format="txt"), Choice(format="kml", crs="3857"),
        Choice(format="geojson", crs="4522"),
    ):  # fmt: skip
        with pytest.raises(BadValue) as refusal:
            export(demo, layer(POINTS), path, choice=choice)
        assert refusal.value.text.zh != refusal.value.text.en
    for crs in ("4490", "3857", "4326"):
        with pytest.raises(BadValue, match="4513"):
            export(demo, layer(PATCHES), path, choice=Choice(format="txt", crs=crs))
    with pytest.raises(Exception, match="七参数"):
        export(demo, layer(POINTS), path, choice=Choice(crs="2379"))
    with pytest.raises(NotFound):
        export(demo, layer(POINTS), path, choice=Choice(wanted=Wanted(DAY, org_unit="999999")))
    with pytest.raises(BadValue, match="没有从 CGCS2000 到该坐标系的转换"):
        export(demo, layer(POINTS), path, choice=Choice(crs="2985"))
    assert list(tmp_path.iterdir()) == []


def test_what_lies_where_a_system_has_no_coordinates_is_refused(fresh: Any, tmp_path: Path) -> None:
    database = fresh("placed")
    with psycopg.connect(database.dsn) as connection:
        connection.execute(
            "INSERT INTO feature (layer, code, geom) VALUES ('hazard_point', '1', 'SRID=4490;POINT(12 0)')"
        )
    with pytest.raises(BadValue, match="范围之外"):
        written(database, POINTS, tmp_path / "h.gpkg", crs="4543")
    assert written(database, POINTS, tmp_path / "h.gpkg") == 1


def test_an_export_that_breaks_off_leaves_the_file_that_was_there(
    demo: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "_ROWS", 50)
    for code in EVERY:
        path = tmp_path / f"kept{ending(code)}"
        path.write_bytes(b"as it was")

        def stop(done: int, whole: int) -> None:
            if done >= 50:
                raise FileUnwritable(file="kept", reason="told to stop")

        with pytest.raises(FileUnwritable, match="told to stop"):
            export(demo, layer("linked_reclamation"), path, stop)
        assert path.read_bytes() == b"as it was"
    assert {each.name for each in tmp_path.iterdir()} == {f"kept{ending(code)}" for code in EVERY}


def test_features_come_in_batches_while_the_file_is_written(
    demo: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "_ROWS", 100)
    told: list[tuple[int, int]] = []
    count = export(demo, layer("linked_reclamation"), tmp_path / "p.gpkg", lambda done, all_: told.append((done, all_)))
    assert told == [(done, count) for done in (0, 100, 200, 300, 400, count)]
    monkeypatch.setattr(record, "_BYTES", 1)
    told.clear()
    wanted = Choice(wanted=Wanted(today(), org_unit=TOWN))
    few = export(
        demo, layer("land_disposal"), tmp_path / "q.gpkg", lambda done, all_: told.append((done, all_)), choice=wanted
    )
    assert told == [(done, -1) for done in range(few + 1)]


# --- in again ---------------------------------------------------------------------------------------------------------


TOLD = {"illustrative_township"}
"""What may be said of a table that is as it was: that a township was taken from a boundary drawn for illustration."""

OF_KML = {"column_unknown", "column_repeated"}
"""A placemark has a name and a description of its own besides the columns."""


@pytest.mark.parametrize(("code", "place"), some(product(EVERY, layers()), 4))
def test_what_was_exported_is_imported_without_a_change(demo: Database, tmp_path: Path, code: str, place: str) -> None:
    if layer(place) not in fitting(code):
        return
    path = tmp_path / f"{place}{ending(code)}"
    count = written(demo, place, path)
    report = imported(demo, place, path)
    assert (report.rows, report.unchanged, report.refused) == (count, count, 0), (report.fields, report.counts)
    assert set(report.counts) <= TOLD | {"column_personal"} | (OF_KML if code == "kml" else set())


@pytest.mark.parametrize("headings", ["en", "code"])
@pytest.mark.parametrize("code", EVERY)
def test_other_headings_are_imported_without_a_change(demo: Database, tmp_path: Path, code: str, headings: Any) -> None:
    for place in ("relocation_household", "mining_site") if code != "txt" else ("rural_housing",):
        path = tmp_path / f"{place}{ending(code)}"
        count = written(demo, place, path, headings=headings)
        report = imported(demo, place, path)
        assert (report.unchanged, set(report.counts) - TOLD) == (count, {"column_unknown"} if code == "kml" else set())


@pytest.mark.parametrize("crs", ["4522", "4544", "3857"])
@pytest.mark.parametrize("code", ["gpkg", "shp", "fgb", "parquet", "xlsx", "csv", "txt"])
def test_another_system_is_imported_without_a_change(demo: Database, tmp_path: Path, code: str, crs: str) -> None:
    if code == "txt" and crs == "3857":  # it has no zone
        return
    for place in ("rural_housing",) if code == "txt" else ("mining_site", "rural_housing"):
        path = tmp_path / f"{place}{ending(code)}"
        count = written(demo, place, path, crs=crs)
        report = imported(demo, place, path)
        assert (report.rows, report.unchanged, report.refused) == (count, count, 0), (report.fields, report.counts)


def test_a_change_is_seen_when_it_is_imported(demo: Database, tmp_path: Path) -> None:
    """The control of the tests above: one word, one date and one metre are three changes."""
    path = tmp_path / "p.csv"
    count = written(demo, "mining_site", path, headings="code")
    table = list(csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline="")))
    place = {heading: column for column, heading in enumerate(table[0])}
    table[1][place["name"]] += "改"
    table[2][place["starts_on"]] = "2020-02-02"
    table[3][place["longitude"]] = str(float(table[3][place["longitude"]]) + 1e-5)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(table)
    report = imported(demo, "mining_site", path)
    assert (report.changed, report.unchanged) == (3, count - 3)
    assert report.fields == {"name": 1, "starts_on": 1, "geometry": 1}


def test_a_table_without_unit_leaves_the_stored_one_unless_a_feature_has_moved_away(
    demo: Database, tmp_path: Path
) -> None:
    path = tmp_path / "p.csv"
    written(demo, "mining_site", path, headings="code")
    table = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))
    kept = [{name: row[name] for name in ("code", "longitude", "latitude")} for row in table]

    def again() -> Report:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(kept[0]))
            writer.writeheader()
            writer.writerows(kept)
        return imported(demo, "mining_site", path)

    assert again().changed == 0
    near, far = kept[0], next(row for row in kept if row["latitude"] < "28.95" < kept[0]["latitude"])
    near["latitude"] = str(float(near["latitude"]) + 1e-5)
    assert again().fields == {"geometry": 1}
    near["longitude"], near["latitude"] = far["longitude"], str(float(far["latitude"]) + 1e-5)
    assert again().fields == {"geometry": 1, "org_unit": 1}


def test_a_day_in_the_past_takes_nothing_back_when_it_is_imported(demo: Database, tmp_path: Path) -> None:
    path = tmp_path / "p.gpkg"
    count = written(demo, PATCHES, path, wanted=Wanted(date(2024, 3, 1)))
    report = imported(demo, PATCHES, path)
    assert (report.rows, report.unchanged) == (count, count)


STORED = "SELECT code, st_asbinary(geom) FROM feature WHERE layer = '{}' ORDER BY code"


def geometries(path: Path) -> dict[str, Any]:
    match path.suffix:
        case ".parquet":
            frame = geopandas.read_parquet(path)
        case ".csv":
            table = list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))
            return {row["code"]: shapely.from_wkt(row["coordinates"]) for row in table}
        case _:
            frame = geopandas.read_file(path)
    return dict(zip(frame["code"], frame.geometry, strict=True))


@pytest.mark.parametrize("code", ["gpkg", "fgb", "parquet", "csv", "geojson", "geojsonl", "kml", "shp"])
def test_coordinates_are_those_that_are_stored(demo: Database, tmp_path: Path, code: str) -> None:
    path = tmp_path / f"p{ending(code)}"
    written(demo, PATCHES, path, headings="code")
    found = geometries(path)
    for name, wkb in rows(demo, STORED.format(PATCHES)):
        stored = shapely.from_wkb(bytes(wkb))
        assert shapely.equals_exact(shapely.normalize(found[name]), shapely.normalize(stored), 0.0), name


@pytest.mark.parametrize("crs", ["4326", "EPSG:4522", "4523", "4543", "epsg:4544", "3857", "4549", "32648", "4479"])
def test_another_system_is_right_to_a_millimetre(demo: Database, tmp_path: Path, crs: str) -> None:
    path = tmp_path / "p.gpkg"
    if crs == "4479":  # geocentric: no map has three such axes
        with pytest.raises(BadValue):
            written(demo, PATCHES, path, crs=crs)
        return
    written(demo, PATCHES, path, crs=crs, headings="code")
    frame = geopandas.read_file(path)
    assert frame.crs == pyproj.CRS.from_epsg(int(crs[-4:]) if len(crs) != 5 else int(crs))
    back = dict(zip(frame["code"], frame.to_crs(4490).geometry, strict=True))
    stored = rows(demo, STORED.format(PATCHES))
    assert len(back) == len(stored)
    for name, wkb in stored:
        away = shapely.get_coordinates(back[name]) - shapely.get_coordinates(shapely.from_wkb(bytes(wkb)))
        assert np.abs(away).max() < 9e-9, name
    zone = {"EPSG:4522": (34_500_000, 1e6), "4543": (500_000, 2e5), "4523": (35_300_000, 2e5)}.get(crs)
    if zone:
        assert abs(frame.total_bounds[[0, 2]].mean() - zone[0]) < zone[1]


def test_boundary_points_are_in_the_zone_of_the_county_and_read_back_to_a_millimetre(
    demo: Database, tmp_path: Path
) -> None:
    path = tmp_path / "p.txt"
    for crs, zone, easting in (("", "34", 34_600_000), ("4543", "34", 600_000), ("4523", "35", 35_300_000)):
        count = written(demo, PATCHES, path, crs=crs)
        head, _, body = path.read_bytes().decode("gb18030").partition("[地块坐标]\r\n")
        assert f"带号={zone}\r\n" in head
        assert "坐标系=2000国家大地坐标系\r\n" in head
        parcels: list[tuple[list[str], list[list[str]]]] = []
        for line in body.splitlines():
            fields = line.split(",")
            if line.endswith("@"):
                parcels.append((fields, []))
            else:
                parcels[-1][1].append(fields)
        assert len(parcels) == count
        used = pyproj.Transformer.from_crs(system(crs, FORMATS["txt"], 103.25), 4490, always_xy=True)
        stored: dict[str, Any] = {
            code: shapely.from_wkb(bytes(wkb)) for code, wkb in rows(demo, STORED.format(PATCHES))
        }
        for fields, points in parcels:
            assert len(fields) == 9
            assert int(fields[0]) == len(points)
            assert points[0][0] == points[-1][0] == "J1"
            assert abs(float(points[0][3]) - easting) < 100_000
            ring = np.column_stack(used.transform([float(p[3]) for p in points], [float(p[2]) for p in points]))
            drawn = shapely.get_coordinates(stored[fields[2]])
            assert np.abs(ring - drawn).max() < 1e-8
            assert float(fields[1]) * 10_000 == pytest.approx(area_m2(stored[fields[2]])[0], rel=0.2)


def test_holes_and_parts_of_boundary_points_follow_their_outside(fresh: Any, tmp_path: Path) -> None:
    database = fresh("placed")
    shell = shapely.box(103.2, 29.2, 103.21, 29.21)
    holed: Any = shell.difference(shapely.box(103.203, 29.203, 103.206, 29.206))
    both = shapely.MultiPolygon([holed, shapely.box(103.22, 29.2, 103.23, 29.21)])
    with psycopg.connect(database.dsn) as connection:
        for code, shape in (("A,1", both), ("B", None)):
            connection.execute(
                "INSERT INTO feature (layer, code, name, geom) VALUES ('farmland_patch', %s, E'甲,@\\n乙',"
                " st_geomfromwkb(%s, 4490))",
                [code, None if shape is None else shapely.to_wkb(shape)],
            )
    notes: list[str] = []
    path = tmp_path / "p.txt"
    assert export(database, layer(PATCHES), path, note=lambda text: notes.append(text.en)) == 1
    assert notes == [
        "1 features have no geometry and are not among the boundary points",
        "2 codes, names and other words hold commas, @ or line ends and were changed; a GeoPackage keeps them",
    ]
    lines = path.read_bytes().decode("gb18030").partition("[地块坐标]\r\n")[2].splitlines()
    assert lines[0].startswith("15,")
    assert lines[0].split(",")[2:5] == ["A，1", "甲，＠ 乙", "面"]
    labels = [line.split(",")[0] for line in lines[1:]]
    assert labels == ["J1", "J2", "J3", "J4", "J1", "J5", "J6", "J7", "J8", "J5", "J9", "J10", "J11", "J12", "J9"]
    assert [line.split(",")[1] for line in lines[1:]] == ["1"] * 5 + ["2"] * 5 + ["3"] * 5


# --- formats by their standards ---------------------------------------------------------------------------------------


def test_a_geopackage_is_valid_and_says_what_it_is(demo: Database, tmp_path: Path) -> None:
    path = tmp_path / "p.gpkg"
    wanted = Wanted(DAY, org_unit=TOWN, status="completed")
    written(demo, PATCHES, path, wanted=wanted, crs="4522")
    checked = subprocess.run(
        ["/usr/bin/python3", "-m", "osgeo_utils.samples.validate_gpkg", "--extra", "--warning-as-error", str(path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    info = pyogrio.read_info(path)
    assert info["crs"] == "EPSG:4522"
    said = info["layer_metadata"]["DESCRIPTION"]
    for words in ("耕地恢复图斑", "2024-12-31", "沙坪镇；已完成", "EPSG:4522", "shanhe", today().isoformat(), "示意"):
        assert words in said
    assert info["layer_metadata"]["As of"] == "2024-12-31"
    if "No module named" in checked.stderr:
        pytest.skip("Debian's validate_gpkg is not on this machine")
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
    broken = tmp_path / "broken.gpkg"
    shutil.copy(path, broken)
    with sqlite3.connect(broken) as connection:
        connection.execute("UPDATE gpkg_contents SET table_name = 'nix'")
    connection.close()
    control = subprocess.run(
        ["/usr/bin/python3", "-m", "osgeo_utils.samples.validate_gpkg", str(broken)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert control.returncode != 0


def test_geojson_keeps_to_its_standard(fresh: Any, tmp_path: Path) -> None:
    database = fresh("demo")
    with psycopg.connect(database.dsn) as connection:  # stored polygons may run either way
        connection.execute("UPDATE feature SET geom = st_forcepolygoncw(geom) WHERE layer = 'farmland_patch'")
    path, lines = tmp_path / "p.geojson", tmp_path / "p.ndjson"
    count = written(database, PATCHES, path)
    told = json.loads(path.read_text("utf-8"))
    assert told["type"] == "FeatureCollection"
    assert "crs" not in told
    assert len(told["features"]) == count
    shapes: list[Any] = [shapely.from_geojson(json.dumps(each["geometry"])) for each in told["features"]]
    assert all(shapely.is_ccw(each.exterior) for each in shapes)
    assert told["bbox"] == list(shapely.total_bounds(np.array(shapes)))
    assert told["about"]["As of"] == today().isoformat()
    assert written(database, PATCHES, lines) == count
    assert [json.loads(line) for line in lines.read_text("utf-8").splitlines()] == told["features"]
    assert told["features"][0]["properties"]["下达"] == "2023-03-24"


def test_a_zipped_shapefile_is_gbk_with_its_key(demo: Database, tmp_path: Path) -> None:
    path = tmp_path / "h.zip"
    count = written(demo, POINTS, path, wanted=Wanted(DAY))
    with zipfile.ZipFile(path) as archive:
        assert {Path(name).suffix for name in archive.namelist()} == {".shp", ".shx", ".dbf", ".prj", ".cpg", ".csv"}
        assert archive.read("hazard_point.cpg").strip() == b"GBK"
        key = list(csv.reader(io.StringIO(archive.read(KEY).decode("utf-8-sig"))))
        dbf = archive.read("hazard_point.dbf")
    assert "灾害类型".encode("gbk") in dbf[:2000]
    assert "滑坡".encode("gbk") in dbf
    frame = geopandas.read_file(path)
    assert len(frame) == count
    listed = {row[0]: row[1:] for row in key[1 : key.index([])]}
    assert list(listed) == [name for name in frame.columns if name != "geometry"]
    assert listed["威胁财产"] == ["威胁财产（元）", "Threatened property (yuan)", "threatened_property"] or listed
    assert ["截至日期：2024-12-31"] in key
    assert any(frame["列入日期"].notna())


def test_text_that_a_shapefile_cannot_hold_is_told(fresh: Any, tmp_path: Path) -> None:
    database = fresh("placed")
    with psycopg.connect(database.dsn) as connection:
        for code, name in (("1", "长" * 180), ("2", "ꆈꌠ𠮷"), ("3", "短")):
            connection.execute("INSERT INTO feature (layer, code, name) VALUES ('hazard_point', %s, %s)", [code, name])
    notes: list[str] = []
    path = tmp_path / "h.zip"
    export(database, layer(POINTS), path, note=lambda text: notes.append(text.zh))
    assert len(notes) == 2
    assert "名称（名称）：1 个值超过 254 字节" in notes[0]
    assert "1 个值含 GBK 没有的字" in notes[1]
    names = geopandas.read_file(path)["名称"].tolist()
    assert names == ["长" * (LONGEST // 2), "???", "短"]
    with zipfile.ZipFile(path) as archive:
        assert "1 个值超过 254 字节" in archive.read(KEY).decode("utf-8-sig")
    notes.clear()
    export(database, layer(POINTS), tmp_path / "h.gpkg", note=lambda text: notes.append(text.zh))
    assert notes == []
    assert set(geopandas.read_file(tmp_path / "h.gpkg")["名称"]) == {"长" * 180, "ꆈꌠ𠮷", "短"}


def test_large_amounts_keep_their_cents_in_a_shapefile(fresh: Any, tmp_path: Path) -> None:
    database = fresh("placed")
    with psycopg.connect(database.dsn) as connection:
        connection.execute(
            "INSERT INTO feature (layer, code, registered_area_m2, attributes)"
            """ VALUES ('hazard_point', '1', 2381410000.37, '{"investment": 12345678.125, "threatened_people": 7}')"""
        )
    export(database, layer(POINTS), tmp_path / "h.zip")
    (row,) = geopandas.read_file(tmp_path / "h.zip").to_dict("records")
    assert (row["登记面积"], row["治理投资"], row["威胁人数"]) == (2381410000.37, 12345678.125, 7)


def test_kml_is_coloured_by_status_as_the_legend_is(demo: Database, tmp_path: Path) -> None:
    path = tmp_path / "h.kml"
    colours = {sign.code: sign.colour for sign in STATUS_SIGNS}
    written(demo, POINTS, path, wanted=Wanted(DAY), colours=colours)
    document = ET.parse(path).getroot()
    for sign in STATUS_SIGNS:
        colour = document.findtext(f".//k:Style[@id='{sign.code}']/k:IconStyle/k:color", namespaces=KML) or ""
        assert f"#{colour[6:8]}{colour[4:6]}{colour[2:4]}".upper() == sign.colour.upper()
    marks = document.findall(".//k:Placemark", KML)
    used = {mark.findtext("k:styleUrl", namespaces=KML) for mark in marks}
    assert used == {f"#{status}" for status in used_statuses(demo)}
    assert "2024-12-31" in (document.findtext(".//k:Document/k:description", namespaces=KML) or "")


def used_statuses(database: Database) -> set[str]:
    found = rows(
        database,
        "SELECT DISTINCT at_day.status FROM feature, feature_at(layer, id, starts_on, due_on, '2024-12-31') AS at_day"
        " WHERE layer = 'hazard_point'",
    )
    return {row[0] for row in found}


@pytest.mark.parametrize("code", [code for code in EVERY if code != "txt"])
def test_hostile_text_stays_text(fresh: Any, tmp_path: Path, code: str) -> None:
    database = fresh("placed")
    with psycopg.connect(database.dsn) as connection:
        connection.execute(
            "INSERT INTO feature (layer, code, name, attributes, geom) VALUES ('hazard_point', %s, %s, %s,"
            " st_setsrid(st_makepoint(103.25, 29.25), 4490))",
            ["=HYPERLINK(1)", EVIL, Jsonb({"kind": EVIL})],
        )
    path = tmp_path / f"h{ending(code)}"
    written(database, POINTS, path)
    plain = EVIL.replace("\x07", "") if code in {"kml", "xlsx"} else EVIL
    match code:
        case "kml":
            root = ET.parse(path).getroot()
            found = (
                root.findtext(".//k:Placemark/k:name", namespaces=KML),
                root.findtext(".//k:SimpleData[@name='编号']", namespaces=KML),
            )
            assert root.find(".//k:script", KML) is None
        case "xlsx":
            page = load_workbook(path).worksheets[0]
            found = page["B2"].value, page["A2"].value
            assert page["A2"].data_type == "s"
        case "csv":
            (row,) = csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline=""))
            found = row["名称"], row["编号"].removeprefix("'")
            assert row["编号"].startswith("'=")
        case "parquet":
            row = geopandas.read_parquet(path).iloc[0]
            found = row["名称"], row["编号"]
        case _:
            row = geopandas.read_file(path).iloc[0]
            found = row["名称"], row["编号"]
    assert found == (plain, "=HYPERLINK(1)")


def test_a_workbook_says_what_it_is_and_leaves_out_what_no_cell_holds(fresh: Any, tmp_path: Path) -> None:
    database = fresh("placed")
    ring = shapely.Point(103.25, 29.25).buffer(0.01, quad_segs=800)
    with psycopg.connect(database.dsn) as connection:
        for code, shape in (("1", ring), ("2", shapely.box(103.2, 29.2, 103.21, 29.21))):
            connection.execute(
                "INSERT INTO feature (layer, code, geom) VALUES ('farmland_patch', %s, st_geomfromwkb(%s, 4490))",
                [code, shapely.to_wkb(shape)],
            )
    notes: list[str] = []
    path = tmp_path / "p.xlsx"
    export(database, layer(PATCHES), path, note=lambda text: notes.append(text.zh))
    book = load_workbook(path)
    assert book.sheetnames == ["耕地恢复图斑", "说明"]
    last = [row[-1] for row in book.worksheets[0].iter_rows(values_only=True)]
    assert last[:2] == ["坐标", None]
    assert str(last[2]).startswith("POLYGON")
    assert notes
    assert notes[0].startswith("1 个图形")
    about = list(book["说明"].iter_rows(values_only=True))
    assert ("截至日期", today().isoformat()) in about
    assert about[-1][1] == notes[0]


def test_a_sheet_with_too_many_rows_is_refused(demo: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from geo.export import workbook

    assert workbook.ROWS == 1_048_575
    monkeypatch.setattr(workbook, "ROWS", 100)
    with pytest.raises(BadValue, match="1048575"):
        export(demo, layer(POINTS), tmp_path / "h.xlsx")
    assert export(demo, layer("mining_site"), tmp_path / "m.xlsx") == 55


@pytest.mark.parametrize("code", EVERY)
def test_nothing_and_no_geometry_can_be_written(fresh: Any, tmp_path: Path, code: str) -> None:
    database = fresh("placed")
    path = tmp_path / f"p{ending(code)}"
    assert written(database, PATCHES, path) == 0
    assert count_of(path) == 0
    with psycopg.connect(database.dsn) as connection:
        connection.execute("INSERT INTO feature (layer, code) VALUES ('farmland_patch', '1')")
    expected = 0 if code == "txt" else 1
    assert written(database, PATCHES, path) == expected
    assert count_of(path) == expected
    assert written(database, PATCHES, path, crs="" if FORMATS[code].lonlat_only else "4522") == expected


def test_geoparquet_has_its_metadata(demo: Database, tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    written(demo, PATCHES, path, crs="4522")
    metadata = parquet.read_schema(path).metadata
    geo = json.loads(metadata[b"geo"])
    assert (geo["version"], geo["primary_column"]) == ("1.1.0", "geometry")
    assert geo["columns"]["geometry"]["crs"]["id"] == {"authority": "EPSG", "code": 4522}
    assert json.loads(metadata[b"shanhe"])["Layer"] == "耕地恢复图斑"
    assert geopandas.read_parquet(path).crs == pyproj.CRS.from_epsg(4522)


@pytest.mark.parametrize("code", ["gpkg", "geojson", "geojsonl", "kml", "fgb", "shp", "xlsx", "csv"])
def test_another_program_reads_it(demo: Database, tmp_path: Path, code: str) -> None:
    program = shutil.which("ogrinfo")
    if program is None:
        pytest.skip("GDAL's programs are not on this machine")
    path = tmp_path / f"h{ending(code)}"
    count = written(demo, POINTS, path)
    address = f"/vsizip/{path}" if code == "shp" else str(path)
    plain = {name: value for name, value in os.environ.items() if name != "GDAL_SKIP"}  # the importer sets it
    done = subprocess.run(
        [program, "-ro", "-al", "-so", address], env=plain, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "ERROR" not in done.stderr
    assert f"Feature Count: {count}" in done.stdout
    assert "编号: String" in done.stdout
    assert "灾害类型: String" in done.stdout


# --- the ways in ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def client(demo: Database) -> Iterator[TestClient]:
    with client_of(demo) as client:
        yield client


@pytest.mark.parametrize("code", EVERY)
def test_the_api_sends_every_format_under_its_name(client: TestClient, tmp_path: Path, code: str) -> None:
    address = f"/api/layers/{PATCHES}/export?format={code}&org_unit={TOWN}&as_of=2024-12-31&lang=zh"
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == FORMATS[code].media_type
    plain, _, name = answer.headers["content-disposition"].partition("; filename*=UTF-8''")
    assert plain == f'attachment; filename="{PATCHES}_{TOWN}_2024-12-31{ending(code)}"'
    assert unquote(name) == f"耕地恢复图斑_沙坪镇_2024-12-31{ending(code)}"
    assert name.isascii()
    assert answer.headers["x-content-type-options"] == "nosniff"
    path = tmp_path / f"p{ending(code)}"
    path.write_bytes(answer.content)
    listed = client.get(f"/api/features?layer={PATCHES}&org_unit={TOWN}&as_of=2024-12-31&limit=1").json()
    assert count_of(path) == listed["number_matched"] > 0
    head = client.head(address)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-disposition"):
        assert head.headers[name] == answer.headers[name]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/api/layers/nix/export", 404),
        (f"/api/layers/{POINTS}/export?org_unit=999999", 404),
        (f"/api/layers/{POINTS}/export?format=dwg", 422),
        (f"/api/layers/{POINTS}/export?format=txt", 422),
        (f"/api/layers/{POINTS}/export?crs=EPSG:2379", 422),
        (f"/api/layers/{POINTS}/export?crs=gcj02", 422),
        (f"/api/layers/{POINTS}/export?format=kml&crs=4522", 422),
        (f"/api/layers/{POINTS}/export?status=done", 422),
        (f"/api/layers/{POINTS}/export?bbox=1,2,3", 422),
        (f"/api/layers/{POINTS}/export?as_of=gestern", 422),
    ],
)
def test_the_api_refuses_with_a_problem_document(client: TestClient, address: str, status: int) -> None:
    answer = client.get(address)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail_zh"] != answer.json()["detail_en"]
    assert client.head(address).status_code == status


def test_the_name_is_safe_and_in_the_language_of_the_reader(client: TestClient) -> None:
    answer = client.head(f"/api/layers/{PATCHES}/export?org_unit=outside&as_of=2024-12-31&lang=en")
    name = answer.headers["content-disposition"].partition("; filename*=UTF-8''")[2]
    assert unquote(name) == "Farmland restoration patches_In no township_2024-12-31.gpkg"


def temporary(prefix: str = "shanhe-export-") -> list[str]:
    return [each.name for each in Path(tempfile.gettempdir()).glob(f"{prefix}*")]


def descriptors() -> int:
    """How many files of exports this process has open."""
    found = 0
    for each in Path("/proc/self/fd").iterdir():
        try:
            found += "shanhe-export-" in str(each.readlink())
        except FileNotFoundError:  # the one that the list itself was read from
            continue
    return found


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at /proc")
def test_nothing_stays_behind_when_the_reader_goes_away(demo: Database) -> None:
    import anyio

    before = temporary()
    app = create_app(demo)
    who = [(name.lower().encode(), value.encode()) for name, value in header(demo).items()]
    sent: list[int] = []
    seen: list[int] = []

    async def run() -> None:
        scope = {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "method": "GET",
            "scheme": "http", "path": f"/api/layers/{PATCHES}/export", "raw_path": b"", "headers": who,
            "query_string": b"format=geojson", "server": ("test", 80), "client": ("127.0.0.1", 1), "root_path": "",
        }  # fmt: skip

        async def receive() -> dict[str, Any]:
            await anyio.sleep(0)
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.body":
                sent.append(len(message["body"]))
                seen.append(descriptors())
                raise OSError("the reader has gone")

        try:
            await app(scope, receive, send)
        except BaseException as error:
            assert "gone" in str(error) or "Disconnect" in type(error).__name__, error

    awaited(run())
    gc.collect()
    assert len(sent) == 1
    assert 0 < sent[0] <= 1 << 18
    assert seen == [1]  # the control: while it is sent the file is there, without a name
    assert descriptors() == 0
    assert temporary() == before


def test_a_large_geojson_is_not_held_back_for_its_hash(client: TestClient) -> None:
    answer = client.get(f"/api/layers/{PATCHES}/export?format=geojson")
    assert "etag" not in answer.headers
    assert "etag" in client.get(f"/api/features?layer={PATCHES}").headers


def test_the_command_takes_the_same_choices(demo: Database, tmp_path: Path) -> None:
    root = Path(__file__).resolve().parent.parent
    plain = {name: value for name, value in os.environ.items() if not name.startswith("SHANHE_")}

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", "from api.cli import main; main()", "export", *map(str, arguments)],
            env=plain | {"PYTHONPATH": str(root), "SHANHE_DATABASE": demo.dsn},
            capture_output=True, text=True, check=False, cwd=tmp_path,
        )  # fmt: skip

    path = tmp_path / "p.data"
    done = run(PATCHES, "-o", path, "--format", "gpkg", "--as-of", "2024-12-31", "--unit", TOWN, "--status",
               "completed", "--crs", "4522", "--language", "code")  # fmt: skip
    assert done.returncode == 0, done.stderr
    path.rename(tmp_path / "p.gpkg")
    info = pyogrio.read_info(tmp_path / "p.gpkg")
    assert info["crs"] == "EPSG:4522"
    assert "registered_area_m2" in info["fields"]
    assert info["features"] == written(
        demo, PATCHES, tmp_path / "q.csv", wanted=Wanted(DAY, org_unit=TOWN, status="completed")
    )
    for wrong, code in ((("-o", path, "--status", "done"), 2), (("-o", path, "--crs", "1"), 1), (("-o", "x.dwg"), 1)):
        done = run(PATCHES, *wrong)
        assert done.returncode == code
        assert "Traceback" not in done.stderr


def test_an_ending_says_the_format() -> None:
    assert format_of(Path("a.NDJSON")).code == "geojsonl"
    assert format_of(Path("a.zip")).code == "shp"
    assert format_of(Path("a.zip"), "kml").code == "kml"
    assert write_boundary_text.__module__ == "geo.export.boundary_text"
    with pytest.raises(BadValue):
        format_of(Path("a"))
