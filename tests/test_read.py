"""Every format that is read, as tables with columns, geometries, encoding and coordinate system."""

import json
import os
import shutil
import sqlite3
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from geo.errors import FileUnreadable
from geo.ingest import format as formats
from geo.ingest.column import decoded
from geo.ingest.format import Reader
from geo.ingest.read import read, tables
from geo.ingest.sandbox import Request
from geo.ingest.source import Source

NAMES = ["滑坡一号", "崩塌二号"]
POINTS = [shapely.Point(103.26, 29.23), shapely.Point(103.27, 29.24)]


def frame(**columns: Any) -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame({"名称": NAMES, "人数": [3, 5]} | columns, geometry=POINTS, crs="EPSG:4490")


def rows(source: Source) -> tuple[dict[str, list[Any]], list[Any]]:
    """All columns of a source, and its geometries."""
    columns: dict[str, list[Any]] = {name: [] for name in source.fields}
    wkb: list[Any] = []
    for before, batch, geometry in source.batches():
        assert before == len(wkb)
        for name in source.fields:
            columns[name] += batch[name].to_pylist()
        wkb += geometry.to_pylist()
    return columns, [None if each is None else shapely.from_wkb(each) for each in wkb]


def zipped(path: Path, *files: tuple[str, Path]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, file in files:
            archive.write(file, name)
    return path


def shapefile(folder: Path, encoding: str = "GBK", *, cpg: str | None = None, language: int | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "p.shp"
    frame().to_file(path, encoding=encoding)
    (folder / "p.cpg").unlink(missing_ok=True)
    if cpg:
        (folder / "p.cpg").write_text(cpg)
    table = bytearray((folder / "p.dbf").read_bytes())
    table[29] = language or 0
    (folder / "p.dbf").write_bytes(table)
    return path


def gpkg(path: Path) -> Path:
    frame().to_file(path, layer="点")
    return path


def geodatabase(path: Path) -> Path:
    frame().astype({"人数": "int32"}).to_file(path, driver="OpenFileGDB", layer="点")
    return path


def kml(path: Path) -> Path:
    marks = "".join(
        f"<Placemark><name>{name}</name><description><![CDATA[<!DOCTYPE html><table><tr><td>人数</td></tr></table>]]>"
        f"</description><ExtendedData><Data name='人数'><value>{people}</value></Data></ExtendedData>"
        f"<Point><coordinates>{point.x},{point.y},1234</coordinates></Point></Placemark>"
        for name, people, point in zip(NAMES, (3, 5), POINTS, strict=True)
    )
    other = (
        "<Folder><name>道路</name><Placemark><name>x</name><Point><coordinates>103,29</coordinates></Point></Placemark>"
    )
    path.write_text(
        "<?xml version='1.0' encoding='UTF-8'?><kml xmlns='http://www.opengis.net/kml/2.2'><Document>"
        f"<Folder><name>隐患点</name>{marks}</Folder>{other}</Folder></Document></kml>",
        "utf-8",
    )
    return path


def dxf(path: Path) -> Path:
    """A closed polyline and an open one on layer 图斑, as CAD of 2007 and later writes them."""
    ring = [(10, 20), (11, 20), (11, 21), (10, 21)]
    entities = ""
    for flag in (1, 0):
        vertices = "".join(f"10\n{x}\n20\n{y}\n" for x, y in ring)
        entities += f"0\nLWPOLYLINE\n8\n图斑\n100\nAcDbEntity\n100\nAcDbPolyline\n90\n4\n70\n{flag}\n{vertices}"
    head = "0\nSECTION\n2\nHEADER\n9\n$ACADVER\n1\nAC1021\n0\nENDSEC\n"
    path.write_text(f"{head}0\nSECTION\n2\nENTITIES\n{entities}0\nENDSEC\n0\nEOF\n", "utf-8")
    return path


def geojson_lines(path: Path, start: str = "") -> Path:
    lines = [
        json.dumps(
            {
                "type": "Feature",
                "properties": {"名称": name, "人数": people},
                "geometry": shapely.geometry.mapping(point),
            },
            ensure_ascii=False,
        )
        for name, people, point in zip(NAMES, (3, 5), POINTS, strict=True)
    ]
    path.write_text("".join(f"{start}{line}\n" for line in lines), "utf-8")
    return path


def written(path: Path) -> Path:
    frame().to_file(path)
    return path


def parquet(path: Path) -> Path:
    frame().to_parquet(path)
    return path


ALIKE: dict[str, Callable[[Path], Path]] = {
    "shp": lambda folder: shapefile(folder),
    "gpkg": lambda folder: gpkg(folder / "p.gpkg"),
    "geojson": lambda folder: written(folder / "p.geojson"),
    "geojsonl": lambda folder: geojson_lines(folder / "p.geojsonl"),
    "ndjson": lambda folder: geojson_lines(folder / "p.ndjson"),
    "RFC 8142": lambda folder: geojson_lines(folder / "p.geojsons", "\x1e"),
    "lines named json": lambda folder: geojson_lines(folder / "p.json"),
    "records named geojson": lambda folder: geojson_lines(folder / "p.geojson", "\x1e"),
    "gdb": lambda folder: geodatabase(folder / "p.gdb"),
    "fgb": lambda folder: written(folder / "p.fgb"),
    "parquet": lambda folder: parquet(folder / "p.parquet"),
    "geoparquet": lambda folder: parquet(folder / "p.geoparquet"),
}


@pytest.mark.parametrize("kind", ALIKE)
def test_every_format_gives_the_same_rows(tmp_path: Path, kind: str) -> None:
    source = read(ALIKE[kind](tmp_path))
    columns, geometries = rows(source)
    found = sorted(zip(columns["名称"], columns["人数"], geometries, strict=True), key=lambda row: row[1])
    assert [(name, int(people)) for name, people, _ in found] == list(zip(NAMES, (3, 5), strict=True))
    assert all(shapely.equals_exact(a, b, 1e-7) for (_, _, a), b in zip(found, POINTS, strict=True))
    assert source.features == 2
    assert source.crs in {"EPSG:4490", "EPSG:4326"}
    assert len(source.sha256) == 64
    assert rows(source)[0] == columns  # it can be read again


@pytest.mark.parametrize("kind", ["gpkg", "geojson", "geojsonl", "fgb", "parquet"])
def test_a_zip_may_hold_any_one_format(tmp_path: Path, kind: str) -> None:
    path = ALIKE[kind](tmp_path)
    notice = tmp_path / "说明.docx"
    notice.write_bytes(b"PK")
    source = read(
        zipped(tmp_path / "z.zip", (f"数据/{path.name}", path), ("__MACOSX/._p.gpkg", notice), ("说明.docx", notice))
    )
    assert sorted(rows(source)[0]["名称"]) == sorted(NAMES)


@pytest.mark.parametrize("inside", ["省厅/p.gdb/", ""])
def test_a_zipped_geodatabase_is_read(tmp_path: Path, inside: str) -> None:
    folder = geodatabase(tmp_path / "p.gdb")
    path = zipped(tmp_path / "z.zip", *((f"{inside}{file.name}", file) for file in folder.iterdir()))
    assert tables(path) == ["点"]
    assert rows(read(path))[0]["名称"] == NAMES


def test_a_zip_made_on_windows_has_names_in_gb18030_and_backslashes(tmp_path: Path) -> None:
    path = shapefile(tmp_path / "s")
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        for file in sorted(path.parent.iterdir()):
            member = zipfile.ZipInfo(f"AA\\BBBB{file.suffix.upper()}")
            archive.writestr(member, file.read_bytes())
    raw = (tmp_path / "z.zip").read_bytes().replace(b"AA\\BBBB", "图\\斑块".encode("gb18030"))
    (tmp_path / "z.zip").write_bytes(raw)
    assert tables(tmp_path / "z.zip") == ["斑块"]
    assert rows(read(tmp_path / "z.zip"))[0]["名称"] == NAMES


def test_a_kml_has_a_table_for_each_folder_with_heights_descriptions_and_extended_data(tmp_path: Path) -> None:
    path = kml(tmp_path / "p.kml")
    assert tables(path) == ["隐患点", "道路"]
    with pytest.raises(FileUnreadable, match="隐患点, 道路"):
        read(path)
    source = read(path, "隐患点")
    columns, geometries = rows(source)
    assert (columns["Name"], [int(value) for value in columns["人数"]]) == (NAMES, [3, 5])
    assert "<td>人数</td>" in columns["description"][0]
    assert geometries[0].z == 1234
    assert "tessellate" not in source.fields
    assert any("道路" in note.zh and "道路" in note.en for note in source.notes)


def test_a_kmz_is_its_document(tmp_path: Path) -> None:
    path = kml(tmp_path / "doc.kml")
    picture = tmp_path / "a.png"
    picture.write_bytes(b"\x89PNG")
    packed = zipped(tmp_path / "p.kmz", ("files/a.png", picture), ("doc.kml", path))
    assert rows(read(packed, "隐患点"))[0]["Name"] == NAMES


def test_a_kml_in_gb2312_is_read_as_it_declares(tmp_path: Path) -> None:
    text = kml(tmp_path / "p.kml").read_text("utf-8").replace("UTF-8", "gb2312")
    (tmp_path / "p.kml").write_bytes(text.encode("gb2312"))
    source = read(tmp_path / "p.kml", "隐患点")
    assert rows(source)[0]["Name"] == NAMES
    assert source.encoding == "GB18030"


def test_closed_lines_of_a_drawing_are_polygons(tmp_path: Path) -> None:
    source = read(dxf(tmp_path / "p.dxf"))
    columns, geometries = rows(source)
    assert source.table == "entities"
    assert columns["Layer"] == ["图斑", "图斑"]
    assert [geometry.geom_type for geometry in geometries] == ["Polygon", "LineString"]
    assert geometries[0].area == 1
    assert any("闭合线" in note.zh for note in source.notes)


def test_arcs_become_lines(tmp_path: Path) -> None:
    path = tmp_path / "p.gpkg"
    pyogrio.write_arrow(
        pa.table({"n": [1], "geometry": shapely.to_wkb(np.array([shapely.Point(0, 0)], object))}),
        path, geometry_name="geom", geometry_type="Unknown", crs="EPSG:4490",
    )  # fmt: skip
    arc = struct.pack("<BIIdddddd", 1, 8, 3, 0, 0, 1, 1, 2, 0)  # CIRCULARSTRING (0 0, 1 1, 2 0), half a circle
    with sqlite3.connect(path) as database:
        for name, count in (("ST_IsEmpty", 1), ("ST_MinX", 1), ("ST_MaxX", 1), ("ST_MinY", 1), ("ST_MaxY", 1)):
            database.create_function(name, count, lambda _: 0)
        database.execute("UPDATE p SET geom = ?", [b"GP\0\x01" + struct.pack("<i", 4490) + arc])
    database.close()
    (line,) = rows(read(path))[1]
    assert line.geom_type == "LineString"
    assert line.length == pytest.approx(np.pi, rel=1e-3)


def test_several_tables_are_listed_and_one_is_chosen(tmp_path: Path) -> None:
    path = gpkg(tmp_path / "p.gpkg")
    frame(名称=["甲", "乙"]).to_file(path, layer="面")
    frame().drop(columns="geometry").iloc[:0].pipe(pyogrio.write_dataframe, path, layer="空表", append=False)
    assert tables(path) == ["点", "面", "空表"]
    with pytest.raises(FileUnreadable, match="点, 面, 空表"):
        read(path)
    with pytest.raises(FileUnreadable, match="没有图层 线"):
        read(path, "线")
    assert rows(read(path, "面"))[0]["名称"] == ["甲", "乙"]
    empty = read(path, "空表")
    assert (empty.features, set(empty.fields), rows(empty)[1]) == (0, {"名称", "人数"}, [])


def test_a_zip_with_several_shapefiles_has_a_table_for_each(tmp_path: Path) -> None:
    first, second = shapefile(tmp_path / "a").parent, shapefile(tmp_path / "b").parent
    members = [
        (f"{name}/{file.name}", file) for name, folder in (("甲", first), ("乙", second)) for file in folder.iterdir()
    ]
    path = zipped(tmp_path / "z.zip", *members)
    assert tables(path) == ["甲/p", "乙/p"]
    with pytest.raises(FileUnreadable, match="甲/p, 乙/p"):
        read(path)
    source = read(path, "乙/p")
    assert (source.table, rows(source)[0]["名称"]) == ("乙/p", NAMES)


def test_a_zip_with_two_kinds_of_data_is_not_guessed_at(tmp_path: Path) -> None:
    first, second = gpkg(tmp_path / "p.gpkg"), written(tmp_path / "q.geojson")
    with pytest.raises(FileUnreadable, match=r"p\.gpkg, q\.geojson"):
        read(zipped(tmp_path / "z.zip", ("p.gpkg", first), ("q.geojson", second)))


def test_a_table_without_geometry_is_read(tmp_path: Path) -> None:
    pyogrio.write_dataframe(frame().drop(columns="geometry"), tmp_path / "p.gpkg", layer="t")
    pq.write_table(pa.table({"名称": NAMES}), tmp_path / "p.parquet")
    for name in ("p.gpkg", "p.parquet"):
        columns, geometries = rows(read(tmp_path / name))
        assert (columns["名称"], geometries) == (NAMES, [None, None])


@pytest.mark.parametrize(("stated", "crs"), [({}, "EPSG:4326"), ({"crs": None}, None)])
def test_geoparquet_without_a_system_is_crs84_and_null_is_none(
    tmp_path: Path, stated: dict[str, Any], crs: str | None
) -> None:
    column = {"encoding": "WKB", "geometry_types": []} | stated
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    table = pa.table({"n": [1, 2], "geometry": shapely.to_wkb(np.array(POINTS, object))})
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), tmp_path / "p.parquet")
    source = read(tmp_path / "p.parquet")
    assert source.crs == crs
    assert rows(source)[1] == POINTS


def test_values_of_every_type_arrive(tmp_path: Path) -> None:
    geometry = shapely.to_wkb(np.array(POINTS[:1], object))
    table = pa.table(
        {
            "字": pa.array(["x"]).dictionary_encode(), "列": pa.array([["a", "b"]]), "真": [True], "数": [1.5],
            "长": pa.array(["y"], pa.large_string()), "geometry": geometry,
        }
    )  # fmt: skip
    pq.write_table(table, tmp_path / "p.parquet")
    columns, _ = rows(read(tmp_path / "p.parquet"))
    assert (columns["字"], columns["真"], columns["数"], columns["长"]) == (["x"], [True], [1.5], ["y"])
    feature = {"type": "Feature", "properties": {"列": ["a", "b"], "空": None}, "geometry": None}
    (tmp_path / "p.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    columns, geometries = rows(read(tmp_path / "p.geojson"))
    assert (json.loads(columns["列"][0]), columns["空"], geometries) == (["a", "b"], [None], [None])


# --- encoding ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "cpg", "language", "told", "by"),
    [
        ("GBK", "GBK", None, "GB18030", ".cpg"),
        ("GBK", "936", None, "GB18030", ".cpg"),
        ("GBK", None, 0x4D, "GB18030", "语言标识"),
        ("GBK", None, None, "GB18030", "按文字判定"),
        ("GBK", None, 0x57, "GB18030", "按文字判定"),
        ("GBK", "ISO-8859-1", None, "GB18030", "按文字判定"),
        ("GBK", "UTF-8", 0x4D, "GB18030", "但文字是"),
        ("UTF-8", "UTF-8", None, "UTF-8", ".cpg"),
        ("UTF-8", None, None, "UTF-8", "按文字判定"),
        ("UTF-8", "GBK", 0x4D, "UTF-8", "但文字是"),
        ("BIG5", "950", None, "BIG5", ".cpg"),
    ],
)
def test_the_encoding_is_as_declared_unless_the_text_contradicts(
    tmp_path: Path, encoding: str, cpg: str | None, language: int | None, told: str, by: str
) -> None:
    path = shapefile(tmp_path / "s", "GBK" if encoding == "BIG5" else encoding, cpg=cpg, language=language)
    names = NAMES
    if encoding == "BIG5":
        names = ["滑坡一號", "崩塌二號"]
        table = path.with_suffix(".dbf").read_bytes()
        for old, new in zip(["名称", *NAMES], ["名稱", *names], strict=True):
            table = table.replace(old.encode("gbk"), new.encode("big5"))
        path.with_suffix(".dbf").write_bytes(table)
    source = read(path)
    assert source.encoding == told
    assert rows(source)[0]["名稱" if encoding == "BIG5" else "名称"] == names
    assert any(by in note.zh for note in source.notes), source.notes
    for note in source.notes:
        assert note.en.isascii()


def test_two_characters_that_are_both_gb18030_and_utf8_are_what_the_cpg_says(tmp_path: Path) -> None:
    for cpg, text in (("GBK", "模省"), (None, "ģʡ")):
        folder = tmp_path / (cpg or "none")
        folder.mkdir()
        geopandas.GeoDataFrame({"n": ["模省"]}, geometry=POINTS[:1], crs=4490).to_file(folder / "p.shp", encoding="GBK")
        (folder / "p.cpg").unlink()
        if cpg:
            (folder / "p.cpg").write_text(cpg)
        table = bytearray((folder / "p.dbf").read_bytes())
        table[29] = 0
        (folder / "p.dbf").write_bytes(table)
        assert rows(read(folder / "p.shp"))[0]["n"] == [text]


def gbk(folder: Path, columns: dict[str, list[str]], cpg: str | None) -> Path:
    folder.mkdir()
    points = np.full(len(next(iter(columns.values()))), POINTS[0], object)
    geopandas.GeoDataFrame(columns, geometry=points, crs=4490).to_file(folder / "p.shp", encoding="GBK")
    (folder / "p.cpg").unlink()
    if cpg:
        (folder / "p.cpg").write_text(cpg)
    return folder / "p.shp"


def test_gbk_some_of_which_is_also_utf8_is_gbk(tmp_path: Path) -> None:
    """Of 模省 and 违法 the first is two letters in UTF-8 too; neither is read as anything else, whoever says so."""
    names = ["模省"] * 14 + ["违法用地"] * 10
    for place, cpg in enumerate(("GBK", "936", None)):
        source = read(gbk(tmp_path / f"s{place}", {"名称": names}, cpg))
        assert (source.encoding, rows(source)[0]["名称"]) == ("GB18030", names), cpg


def test_utf8_that_also_decodes_as_gbk_is_utf8_whatever_the_cpg_says(tmp_path: Path) -> None:
    names = ["斜坡", "滑坡", "山体滑坡"]  # six and twelve bytes, which are Chinese characters of another meaning in GBK
    path = gbk(tmp_path / "s", {"n": ["甲" * 9 for _ in names]}, "GBK")
    table = path.with_suffix(".dbf").read_bytes()
    for name in names:
        assert name.encode().decode("gbk") != name  # the control: GBK decodes it
        written_name = name.encode().ljust(18)
        table = table.replace(("甲" * 9).encode("gbk"), written_name, 1)
    path.with_suffix(".dbf").write_bytes(table)
    source = read(path)
    assert (source.encoding, rows(source)[0]["n"]) == ("UTF-8", names)
    assert any("但文字是" in note.zh for note in source.notes)


def test_rows_in_utf8_among_rows_in_gbk_are_never_read_as_gbk(tmp_path: Path) -> None:
    path = gbk(tmp_path / "s", {"n": ["甲" * 9] * 6 + ["违法用地"]}, "GBK")
    table = path.with_suffix(".dbf").read_bytes()
    path.with_suffix(".dbf").write_bytes(table.replace(("甲" * 9).encode("gbk"), "滑坡".encode().ljust(18), 3))
    source = read(path)
    assert source.encoding == "mixed"
    text, faults = decoded(pa.array(rows(source)[0]["n"], pa.binary()))
    assert [row for row, *_ in faults] == [0, 1, 2]
    assert str(text[6]).strip() == "违法用地"


def test_headings_in_gbk_over_values_in_ascii_are_read(tmp_path: Path) -> None:
    for place, cpg in enumerate(("GBK", None)):
        source = read(gbk(tmp_path / f"s{place}", {"编号": ["A", "B"], "名称": ["x", "y"]}, cpg))
        assert (source.fields, source.encoding) == (("编号", "名称"), "GB18030"), cpg


def test_a_chosen_encoding_is_used_and_one_that_cannot_be_is_refused(tmp_path: Path) -> None:
    path = shapefile(tmp_path / "s")
    source = read(path, encoding="gbk")
    assert (source.encoding, rows(source)[0]["名称"]) == ("GB18030", NAMES)
    assert any("用户指定" in note.zh for note in source.notes)
    with pytest.raises(FileUnreadable, match="UTF-8"):
        read(path, encoding="utf-8")
    with pytest.raises(FileUnreadable, match="klingon"):
        read(path, encoding="klingon")
    with pytest.raises(FileUnreadable, match="always in UTF-8"):
        read(gpkg(tmp_path / "p.gpkg"), encoding="GBK")


def test_one_value_far_down_a_large_table_is_noticed(tmp_path: Path) -> None:
    count = 150_000
    values = ["好人"] * count
    geometry = np.full(count, POINTS[0], object)
    folder = tmp_path / "s"
    folder.mkdir()
    geopandas.GeoDataFrame({"n": values}, geometry=geometry, crs=4490).to_file(folder / "p.shp", encoding="GBK")
    assert read(folder / "p.shp").encoding == "GB18030"
    table = bytearray((folder / "p.dbf").read_bytes())
    place = len(table) - 1 - 80
    table[place : place + 4] = b"\xff\xff\xff\xff"
    (folder / "p.dbf").write_bytes(table)
    assert read(folder / "p.shp").encoding == "mixed"


def test_geojson_in_gb18030_is_read_and_said_so(tmp_path: Path) -> None:
    text = written(tmp_path / "p.geojson").read_text("utf-8")
    (tmp_path / "p.geojson").write_bytes(text.encode("gb18030"))
    source = read(tmp_path / "p.geojson")
    assert (source.encoding, rows(source)[0]["名称"]) == ("GB18030", NAMES)
    assert any("GB18030" in note.zh for note in source.notes)
    damaged = text.encode().replace("滑坡一号".encode(), "滑坡一号".encode()[:-1])
    (tmp_path / "p.geojson").write_bytes(damaged)
    with pytest.raises(FileUnreadable, match="UTF-8"):
        read(tmp_path / "p.geojson")
    (tmp_path / "p.geojson").write_bytes(text.encode("utf-16"))
    assert rows(read(tmp_path / "p.geojson"))[0]["名称"] == NAMES


# --- parts and state --------------------------------------------------------------------------------------------------


def test_a_shapefile_in_capitals_or_without_index_is_read(tmp_path: Path) -> None:
    path = shapefile(tmp_path / "s")
    for file in list(path.parent.iterdir()):
        file.rename(file.with_suffix(file.suffix.upper()))
    assert rows(read(path.with_suffix(".SHP")))[0]["名称"] == NAMES
    path.with_suffix(".SHX").unlink()
    source = read(path.with_suffix(".SHP"))
    assert rows(source)[0]["名称"] == NAMES
    assert any(".shx" in note.zh for note in source.notes)
    assert not path.with_suffix(".shx").exists()
    assert not path.with_suffix(".SHX").exists()


def test_the_sum_of_a_shapefile_is_that_of_all_its_parts(tmp_path: Path) -> None:
    path = shapefile(tmp_path / "s")
    before = read(path).sha256
    assert read(path).sha256 == before
    table = path.with_suffix(".dbf")
    table.write_bytes(table.read_bytes().replace("滑".encode("gbk"), "坡".encode("gbk")))
    assert read(path).sha256 != before


def test_a_geopackage_that_another_program_writes_to_is_refused(tmp_path: Path) -> None:
    path = gpkg(tmp_path / "p.gpkg")
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA journal_mode = wal")
        other.execute("CREATE TABLE more (n)")
        other.commit()
        with pytest.raises(FileUnreadable, match="another program"):
            read(path)
    other.close()
    assert rows(read(path, "点"))[0]["名称"] == NAMES


def test_rows_are_read_in_pieces_whatever_their_size(tmp_path: Path) -> None:
    """Sixty megabytes of text and more in one row group come in several pieces, none of them large."""
    pq.write_table(pa.table({"t": ["x" * 20_000] * 10_000}), tmp_path / "p.parquet")
    sizes = [batch["t"].nbytes for _, batch, _ in read(tmp_path / "p.parquet").batches()]
    assert len(sizes) > 2
    assert max(sizes) <= 64 << 20


_PARENT = """
import sys, time
from pathlib import Path
from geo.ingest.read import read
source = read(Path(sys.argv[1]))
batches = source.batches()
next(batches)
print("reading", flush=True)
time.sleep(60)
"""


def test_a_child_ends_with_its_parent(tmp_path: Path) -> None:
    path = many(tmp_path / "p.gpkg")
    parent = subprocess.Popen([sys.executable, "-c", _PARENT, str(path)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    assert parent.stdout.readline() == "reading\n"
    assert len(_children(path)) == 1  # the control: it is there while its parent is
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 20
    while _children(path) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _children(path)


def many(path: Path) -> Path:
    """More rows than a pipe holds."""
    count = 300_000
    geopandas.GeoDataFrame({"n": np.arange(count)}, geometry=np.full(count, POINTS[0], object), crs=4490).to_file(path)
    return path


def _children(path: Path) -> list[int]:
    """The processes that read ``path``."""
    found: list[int] = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = entry.read_bytes()
        except OSError:
            continue
        if b"geo.ingest.sandbox" in command and os.fsencode(path) in command:
            found.append(int(entry.parent.name))
    return found


def test_a_source_that_is_not_read_leaves_no_process_and_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "t"))
    (tmp_path / "t").mkdir()
    path = many(tmp_path / "p.gpkg")
    source = read(path)
    assert len(_children(path)) == 1
    assert list((tmp_path / "t").iterdir())
    del source
    assert not _children(path)
    assert not list((tmp_path / "t").iterdir())


# --- readers in Python ------------------------------------------------------------------------------------------------


def test_a_reader_in_python_that_is_not_there_is_named_as_unsupported(tmp_path: Path) -> None:
    (tmp_path / "p.odt").write_text("x")
    with pytest.raises(FileUnreadable, match="odt"):
        read(tmp_path / "p.odt")


def test_readers_in_python_exist_under_their_names() -> None:
    from importlib import import_module

    for ending, reader in formats.READERS.items():
        assert isinstance(reader, Reader)
        module = import_module(reader.module)
        assert callable(getattr(module, reader.read)), ending
        assert not reader.tables or callable(getattr(module, reader.tables)), ending


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "parquet", "csv", "xlsx", "txt"])
def test_a_child_loads_nothing_that_it_does_not_need(tmp_path: Path, ending: str) -> None:
    path, folder = tmp_path / f"a.{ending}", tmp_path / "own"
    folder.mkdir()
    table = frame(经度=[103.26, 103.27], 纬度=[29.23, 29.24])
    match ending:
        case "parquet":
            table.to_parquet(path)
        case "csv":
            table.drop(columns="geometry").to_csv(path, index=False)
        case "xlsx":
            table.drop(columns="geometry").to_excel(path, index=False)
        case "txt":
            shutil.copy(Path(__file__).parent / "files" / "boundary_plain.txt", path)
        case _:
            table.to_file(path)
    request = Request((str(path),), str(folder), False, None, None, 2048, 300)
    command = [sys.executable, "-P", "-X", "importtime", "-m", "geo.ingest.sandbox", json.dumps(asdict(request))]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    with (
        (tmp_path / "said").open("w+") as said,
        # It lives as long as its standard input is open.
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, cwd=folder, env=environment
        ) as child,
    ):
        assert child.stdout
        sent = child.stdout.read()
        assert child.wait() == 0, said.seek(0) or said.read()[-500:]
        said.seek(0)
        loaded = {line.rpartition("|")[2].strip() for line in said if line.startswith("import time:")}
    assert len(pa.ipc.open_stream(sent).read_all()) > 0
    assert "pyarrow" in loaded, "the control"
    # What is refused is in this list too; its parts are not.
    assert not loaded & {"pandas._libs", "geopandas._compat", "geo.database", "psycopg", "fastapi"}
