"""Boundary-point TXT: every oddity that such files show, one tiny file for each, and the way there and back."""

import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pyproj import CRS

from geo.crs import gauss_kruger, stated_crs
from geo.errors import FileUnreadable
from geo.export.boundary_text import Parcel, head, lines
from geo.ingest.boundary_text import HEADINGS, read_text
from geo.ingest.source import Source

FILES = Path(__file__).resolve().parent / "files"


def box(east: float = 34_623_000, north: float = 3_235_000, size: float = 100) -> shapely.Polygon:
    return shapely.Polygon([(east, north), (east + size, north), (east + size, north + size), (east, north + size)])


PARCEL = box()
HOLE = box(34_623_030, 3_235_030, 40)
BESIDE = box(34_623_300)
PIERCED = shapely.Polygon(PARCEL.exterior, [HOLE.exterior])
BESIDE_PIERCED = shapely.Polygon(BESIDE.exterior, [box(34_623_330, 3_235_030, 40).exterior])
DEGREES = shapely.Polygon([(103.26, 29.23), (103.261, 29.23), (103.261, 29.231), (103.26, 29.231)])


def opened(name: str, **options: Any) -> Source:
    return read_text(FILES / f"boundary_{name}.txt", **options)


def rows(source: Source) -> tuple[list[dict[str, Any]], list[Any]]:
    """All rows by heading, and their geometries."""
    attributes: list[dict[str, Any]] = []
    geometries: list[Any] = []
    for _, columns, wkb in source.batches():
        attributes += pa.table(columns).to_pylist()
        geometries += list(shapely.from_wkb(wkb.to_numpy(zero_copy_only=False)))
    return attributes, geometries


def said(source: Source) -> str:
    return " ".join(note.zh + note.en for note in source.notes)


# --- files that only look different -----------------------------------------------------------------------------------

SAME = [
    "plain", "12_fields", "13_fields", "open_ring", "same_labels_twice", "numeral_labels",
    "precision_empty", "precision_digits", "precision_metres",
    "parameters_absent", "parameters_empty", "parameters_zero", "unknown_key",
    "utf8", "utf8_bom", "utf16le", "utf16le_bom", "line_feed", "carriage_return", "blank_lines", "trailing_commas",
    "full_width", "spaces_for_commas", "mixed_encodings", "section_before", "comma_in_the_name", "wrong_count",
    "axes_swapped", "zone_contradicts_the_eastings", "area_in_square_metres", "area_in_mu",
]  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_a_file_that_only_looks_different_holds_the_same_parcel(name: str) -> None:
    source = opened(name)
    (row,), (geometry,) = rows(source)
    assert shapely.equals_exact(shapely.normalize(geometry), shapely.normalize(PARCEL), 1e-6)
    assert source.crs == "EPSG:4522"
    assert source.features == 1
    assert source.fields[: len(HEADINGS) - 1] == HEADINGS[:-1]
    assert (row["编号"], row["名称"].replace(",", ""), row["地块用途"]) == ("DK-1", "沙坪地块一", "建设用地")
    assert row["登记面积（平方米）"] == pytest.approx(10_000)
    assert row["地类编码"] == "0201"
    assert row["图幅号"] == "H48G012034"
    assert row["点数"] in {4, 5}


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("plain", "GB18030"), ("utf8", "UTF-8"), ("utf8_bom", "UTF-8"), ("utf16le", "UTF-16LE"),
        ("utf16le_bom", "UTF-16LE"), ("mixed_encodings", "mixed"),
    ],
)  # fmt: skip
def test_the_encoding_is_told_and_shown(name: str, encoding: str) -> None:
    assert opened(name).encoding == encoding


def test_an_encoding_can_be_declared_and_one_that_cannot_read_the_file_is_refused() -> None:
    (row,), _ = rows(opened("plain", encoding="GB18030"))
    assert row["名称"] == "沙坪地块一"
    for wrong in ("UTF-8", "no-such-encoding"):
        with pytest.raises(FileUnreadable, match=wrong):
            opened("plain", encoding=wrong)


def test_more_fields_than_nine_become_columns() -> None:
    (row,), _ = rows(opened("13_fields"))
    assert [row[f"附加{place}"] for place in range(1, 5)] == ["国有", "是", "2026", "备用"]
    assert len(rows(opened("12_fields"))[0][0]) == len(rows(opened("plain"))[0][0]) + 3


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("wrong_count", "第 13 行：地块 DK-1 注明 17 点，实有 5 点"),
        ("axes_swapped", "1 个地块的横坐标写在纵坐标之前"),
        ("zone_contradicts_the_eastings", "带号写为 35，横坐标以 34 开头，按 34 带解释"),
        ("area_in_square_metres", "平方米而不是公顷"),
        ("area_in_mu", "亩而不是公顷"),
        ("section_before", "另有 [文件说明] 一节"),
        ("points_without_parcel_line", "界址点之前没有地块属性行"),
        ("parameters_of_xian_1980", "按文件的转换参数换算"),
    ],
)
def test_what_was_assumed_is_said(name: str, words: str) -> None:
    assert words in said(opened(name))
    assert opened("plain").notes == ()  # the control: a plain file needs no assumption


# --- rings ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("hole", PIERCED),
        ("numbers_restart", PIERCED),
        ("rings_all_numbered_1", PIERCED),
        ("ring_2_is_a_part", shapely.MultiPolygon([PARCEL, box(34_623_330, 3_235_030, 40)])),
        ("hole_in_the_second_part", shapely.MultiPolygon([PARCEL, BESIDE_PIERCED])),
        ("ring_number_comes_back", shapely.MultiPolygon([PIERCED, BESIDE])),
    ],
)
def test_a_ring_is_a_hole_or_another_part_by_what_contains_it(name: str, expected: Any) -> None:
    source = opened(name)
    _, (geometry,) = rows(source)
    assert geometry.is_valid
    assert shapely.equals_exact(shapely.normalize(geometry), shapely.normalize(expected), 1e-6)
    assert source.notes == ()


def test_an_island_in_a_hole_is_a_part_again() -> None:
    island = box(34_623_040, 3_235_040, 10)
    expected = shapely.MultiPolygon([PIERCED, island])
    assert _back([expected]) == [expected]


# --- what the head says -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["geographic", "degrees_minutes_seconds"])
def test_degrees_have_no_zone(name: str) -> None:
    source = opened(name)
    _, (geometry,) = rows(source)
    assert source.crs == "EPSG:4490"
    assert shapely.equals_exact(shapely.normalize(geometry), shapely.normalize(DEGREES), 1e-9)


@pytest.mark.parametrize(
    ("name", "crs"),
    [("unprefixed", "EPSG:4543"), ("no_system", None), ("xian_1980", "EPSG:2358"), ("beijing_1954", "EPSG:2410")],
)
def test_the_system_is_what_the_head_and_the_eastings_say(name: str, crs: str | None) -> None:
    assert opened(name).crs == crs


def test_parameters_of_an_old_datum_come_with_its_system() -> None:
    system = stated_crs(opened("parameters_of_xian_1980").crs or "")
    assert system is not None
    assert system.is_bound
    assert system.source_crs is not None
    assert system.source_crs.to_epsg() == 2358


# --- what cannot be read ----------------------------------------------------------------------------------------------


def test_a_parcel_with_an_unreadable_line_has_no_geometry_and_is_named() -> None:
    source = opened("unreadable_point")
    attributes, (good, bad) = rows(source)
    assert [row["编号"] for row in attributes] == ["DK-1", "DK-2"]
    assert good.equals(PARCEL)
    assert bad is None
    assert "第 22 行（地块 DK-2）不能识别" in said(source)
    assert "Line 22 (parcel DK-2)" in said(source)


def test_two_points_are_no_parcel() -> None:
    source = opened("two_points")
    assert rows(source)[1] == [None]
    assert "地块 DK-1 的界址点不能成图" in said(source)


def test_a_line_without_its_at_is_a_parcel_still() -> None:
    attributes, geometries = rows(opened("missing_at"))
    assert [row["编号"] for row in attributes] == ["DK-1", "DK-2"]
    assert [each.area for each in geometries] == [10_000, 10_000]


def test_a_parcel_without_number_has_its_place() -> None:
    assert [row["编号"] for row in rows(opened("no_number"))[0]] == ["1", "2"]


def test_points_without_a_parcel_line_are_one_parcel() -> None:
    (row,), (geometry,) = rows(opened("points_without_parcel_line"))
    assert geometry.equals(PARCEL)
    assert row["编号"] == "1"
    assert "登记面积（平方米）" not in row


def test_a_line_parcel_is_a_line() -> None:
    assert rows(opened("line_parcel"))[1][0].geom_type == "MultiLineString"


def test_what_is_no_such_file_is_refused_with_the_line(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match="第 1 行"):
        opened("not_one")
    for name, content in (
        ("e", b""),
        ("b", bytes(range(256)) * 40),
        ("n", b"\0" * 1000),
        ("h", "[属性描述]\n".encode()),
    ):
        (tmp_path / f"{name}.txt").write_bytes(content)
        with pytest.raises(FileUnreadable):
            read_text(tmp_path / f"{name}.txt")
    with pytest.raises(FileUnreadable, match="没有图层"):
        opened("plain", table="别的")


def test_numbers_that_are_none_do_not_pass(tmp_path: Path) -> None:
    text = (FILES / "boundary_plain.txt").read_text("gb18030")
    for odd in ("nan", "inf", "1e999", "--3"):
        (tmp_path / "n.txt").write_text(text.replace("3235100.000", odd, 1), "utf-8")
        source = read_text(tmp_path / "n.txt")
        assert rows(source)[1] == [None]
        assert odd in said(source)
        (tmp_path / "c.txt").write_text(text.replace("5,1.0000", f"{odd},{odd}", 1), "utf-8")
        (row,), (geometry,) = rows(read_text(tmp_path / "c.txt"))
        assert "登记面积（平方米）" not in row
        assert geometry.equals(PARCEL)


def test_a_thousand_faults_are_counted_not_listed(tmp_path: Path) -> None:
    head, _, body = (FILES / "boundary_two_points.txt").read_text("gb18030").partition("[地块坐标]\n")
    (tmp_path / "m.txt").write_text(head + "[地块坐标]\n" + body * 1000, "utf-8")
    source = read_text(tmp_path / "m.txt")
    assert source.features == 1000
    assert len(source.notes) < 30
    assert "另有 980 处" in said(source)


# --- there and back ---------------------------------------------------------------------------------------------------


def parcel(place: int, shape: Any, *, name: str = "一号，地块＠", area: float = 0, registered: bool = False) -> Parcel:
    return Parcel(f"P{place}", name, ("", "水田", ""), shape, area or shape.area, registered)


def text_of(parcels: list[Parcel], crs: CRS = gauss_kruger(34, prefixed=True)) -> str:
    return "".join([*head(crs, date(2024, 12, 31)), *(line for each in parcels for line in lines(each))])


def _back(polygons: list[Any], crs: CRS = gauss_kruger(34, prefixed=True), encoding: str = "gb18030") -> list[Any]:
    import tempfile

    text = text_of([parcel(place, each) for place, each in enumerate(polygons)], crs)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "w.txt"
        path.write_bytes(text.encode(encoding))
        source = read_text(path)
        assert source.notes == ()
        assert source.crs == f"EPSG:{crs.to_epsg()}"
        return rows(source)[1]


@pytest.mark.parametrize("zone", [34, 35])
@pytest.mark.parametrize("prefixed", [True, False])
def test_what_was_written_is_read_back(zone: int, prefixed: bool) -> None:
    east, north = zone * 1_000_000 * prefixed + 512_345.678, 3_235_000.123
    shape = shapely.Polygon([(east, north), (east + 100, north), (east + 50, north + 100)])
    (back,) = _back([shape], gauss_kruger(zone, prefixed=prefixed))
    assert shapely.equals_exact(shapely.normalize(back), shapely.normalize(shape), 1e-6)


def test_the_file_is_as_the_format_wants_it() -> None:
    written = text_of([parcel(1, PIERCED, name="一号，地块", area=8400, registered=True)]).split("\n")
    assert written[0] == "[属性描述]"
    assert {"坐标系=2000国家大地坐标系", "几度分带=3", "投影类型=高斯克吕格", "计量单位=米", "带号=34"} <= set(written)
    body = written[written.index("[地块坐标]") + 1 :]
    assert body[0] == "10,0.840000,P1,一号，地块,面,,水田,,@"
    assert body[1].split(",")[:2] == ["J1", "1"]
    assert body[5] == body[1]  # the ring is closed by its first point
    assert body[6].split(",")[:2] == ["J5", "2"]
    assert float(body[1].split(",")[2]) == 3_235_000  # northing first
    assert body[-1] == ""


def test_an_area_that_is_only_drawn_is_not_read_as_a_registered_one(tmp_path: Path) -> None:
    path = tmp_path / "w.txt"
    drawn = parcel(1, PARCEL, area=10_000.126)
    registered = parcel(2, BESIDE, area=10_000.126, registered=True)
    for parcels, areas in (([drawn, registered], [None, 10_000.13]), ([drawn], None)):
        path.write_text(text_of(parcels), "gb18030")
        attributes, _ = rows(read_text(path))
        if areas is None:  # no parcel has any: the file says nothing of registered areas
            assert "登记面积（平方米）" not in attributes[0]
        else:
            assert [row["登记面积（平方米）"] for row in attributes] == areas
    other = "\n".join(line for line in text_of([drawn]).splitlines() if not line.startswith("面积说明"))
    path.write_text(other, "gb18030")  # the control: of a file that does not say so every area is registered
    assert rows(read_text(path))[0][0]["登记面积（平方米）"] == 10_000


def test_a_place_that_no_parcel_fills_is_no_column(tmp_path: Path) -> None:
    path = tmp_path / "w.txt"
    path.write_text(text_of([parcel(1, PARCEL), parcel(2, BESIDE, name="")]), "gb18030")
    source = read_text(path)
    assert source.fields == ("编号", "名称", "地块用途", "点数")  # the areas are drawn ones
    assert [row["名称"] for row in rows(source)[0]] == ["一号，地块@", None]


def test_a_parcel_is_in_the_row_of_its_line() -> None:
    source = opened("missing_at")
    listed = (FILES / "boundary_missing_at.txt").read_bytes().decode("gb18030").splitlines()
    for code, row in zip(("DK-1", "DK-2"), source.numbers(0, 2).tolist(), strict=True):
        assert f",{code}," in listed[row - 1]


RING = st.lists(st.floats(0.3, 1), min_size=3, max_size=12)


@hypothesis_settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(RING, RING, st.booleans()), min_size=1, max_size=4),
    st.sampled_from(["gb18030", "utf-8", "utf-16"]),
)
def test_any_parcels_are_read_back_as_they_were_written(parcels: list[Any], encoding: str) -> None:
    def ring(reach: list[float], east: float, size: float) -> Any:
        turn = np.linspace(0, 2 * np.pi, len(reach), endpoint=False)
        return np.round(
            np.column_stack((east + size * np.cos(turn) * reach, 3_235_000 + size * np.sin(turn) * reach)), 3
        )

    shapes = []
    for place, (outer, inner, both) in enumerate(parcels):
        east = 34_600_000 + place * 1000
        pierced = shapely.Polygon(ring(outer, east, 100), [ring(inner, east, 3)])
        if not pierced.is_valid:
            pierced = shapely.Polygon(ring(outer, east, 100))
        shapes.append(
            shapely.MultiPolygon([pierced, shapely.Polygon(ring(inner, east + 400, 90))]) if both else pierced
        )
    back = _back(shapes, encoding=encoding)
    for shape, again in zip(shapes, back, strict=True):
        assert shapely.equals_exact(shapely.normalize(shape), shapely.normalize(again), 1e-6)


def test_ten_thousand_parcels_take_seconds(tmp_path: Path) -> None:
    turn = np.linspace(0, 2 * np.pi, 100, endpoint=False)
    ring = np.column_stack((30 * np.cos(turn), 30 * np.sin(turn)))
    corner = np.random.default_rng(1).uniform((34_600_000, 3_200_000), (34_640_000, 3_240_000), (1000, 2))
    many = [parcel(place, shapely.Polygon(at + ring)) for place, at in enumerate(corner)]
    (tmp_path / "m.txt").write_text(text_of(many), "gb18030")
    start = time.process_time()
    source = read_text(tmp_path / "m.txt")
    assert sum(len(wkb) for _, _, wkb in source.batches()) == 1000
    assert time.process_time() - start < 1.5  # a tenth of the file; 0.3 s measured
