"""Tables with coordinates: where the headings are, which columns hold positions, and how those are written."""

import re
import zipfile
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import shapely
from openpyxl import Workbook

from geo.crs import CrsNeedsParameters, known_crs
from geo.errors import FileUnreadable
from geo.ingest import sheet, workbook
from geo.ingest.boundary_text import read_text
from geo.ingest.coordinate_table import read_table, table_names
from geo.ingest.degree import degrees, pair
from geo.ingest.source import Source, runs

PLACE = (103 + 15 / 60 + 57.13 / 3600, 29 + 13 / 60 + 51 / 3600)
PLANE = (34_623_000.5, 3_235_000.25)


def csv(folder: Path, text: str, encoding: str = "utf-8") -> Source:
    (folder / "t.csv").write_bytes(text.encode(encoding))
    return read_table(folder / "t.csv")


def xlsx(folder: Path, lines: list[list[Any]], merged: tuple[str, ...] = ()) -> Source:
    book = Workbook()
    page = book.worksheets[0]
    for line in lines:
        page.append(line)
    for cells in merged:
        page.merge_cells(cells)
    book.save(folder / "t.xlsx")
    return read_table(folder / "t.xlsx")


def rows(source: Source) -> tuple[list[dict[str, Any]], list[tuple[float, float] | None]]:
    """All rows by heading, and the position of each."""
    attributes: list[dict[str, Any]] = []
    places: list[tuple[float, float] | None] = []
    for _, columns, wkb in source.batches():
        attributes += pa.table(columns).to_pylist()
        for each in shapely.from_wkb(wkb.to_numpy(zero_copy_only=False)):
            places.append(None if each is None else (each.x, each.y))
    return attributes, places


def said(source: Source) -> str:
    return " ".join(note.zh + note.en for note in source.notes)


# --- how degrees are written ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        "103°15′57.13″",
        "103°15'57.13\"",
        "103°15’57.13”",
        "103º15´57.13˝",
        "103˚15`57.13``",
        "103°15′57.13''",
        "103度15分57.13秒",
        "103 15 57.13",
        "103-15-57.13",
        "103:15:57.13",
        "103d15m57.13s",
        "１０３°１５′５７．１３″",
        "东经103°15′57.13″",
        "E103°15′57.13″",
        "103°15′57.13″E",
        "103°15′57.13″东",
        "E 103° 15′ 57.13″",
        "１０３度１５分５７．１３秒",
        "103°15＇57.13＂",
        "东经：103°15′57.13″",
        " 103°15′57.13″ ",
    ],
)
def test_degrees_minutes_and_seconds_in_any_marks_are_one_number(written: str) -> None:
    found = degrees(written)
    assert found is not None
    assert found == (pytest.approx(PLACE[0], abs=1e-12), True)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("103.2658", (103.2658, False)), ("１０３．２６５８", (103.2658, False)), ("E103.2658", (103.2658, False)),
        ("103.2658°", (103.2658, True)), ("103°15.5′", (103 + 15.5 / 60, True)), ("W103.5", (-103.5, False)),
        ("-29.5", (-29.5, False)), ("3,235,000.5", (3_235_000.5, False)), ("103°60′00″", None), ("103°15′61″", None),
        ("103°15′60.00″", (103 + 16 / 60, True)),
        ("103.5°15′57″", None), ("滑坡", None), ("", None), ("2024-05-01x", None), ("nan", None), ("1e5", None),
        ("103..5", None),
    ],
)  # fmt: skip
def test_other_numbers_are_read_as_they_stand_and_what_is_none_is_not(written: str, value: Any) -> None:
    assert degrees(written) == (value if value is None else (pytest.approx(value[0]), value[1]))


@pytest.mark.parametrize(
    "written",
    [
        "103.2658,29.2308", "103.2658 29.2308", "(103.2658, 29.2308)", "103.2658，29.2308", "103.2658;29.2308",
        "E103.2658 N29.2308", "东经103.2658，北纬29.2308", "经度:103.2658 纬度:29.2308", "X:103.2658,Y:29.2308",
        "[103.2658、29.2308]", "E103.2658N29.2308",
    ],
)  # fmt: skip
def test_a_pair_in_one_cell_is_taken_apart(written: str) -> None:
    found = pair(written)
    assert found is not None
    assert found[:2] == pytest.approx((103.2658, 29.2308))


# --- columns ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headings",
    [
        "经度,纬度",
        "lon,lat",
        "Longitude,Latitude",
        "东经,北纬",
        "经度（°）,纬度（°）",
        "中心点经度,中心点纬度",
        "X,Y",
        "x坐标,y坐标",
        "东坐标,北坐标",
        "横坐标,纵坐标",
        "JD,WD",
        "经 度,纬 度",
        "a,b",
    ],
)
@pytest.mark.parametrize("values", ["103.2658,29.2308", "34623000.5,3235000.25"])
@pytest.mark.parametrize("swapped", [False, True])
def test_coordinates_are_found_by_heading_or_value_and_either_way_round(
    tmp_path: Path, headings: str, values: str, swapped: bool
) -> None:
    first, second = values.split(",")
    line = f"{second},{first}" if swapped else values
    source = csv(tmp_path, f"编号,{headings},人数\nA1,{line},12\nA2,{line},13\n")
    attributes, places = rows(source)
    assert places == [(float(first), float(second))] * 2
    assert [row["人数"] for row in attributes] == ["12", "13"]
    assert source.crs is None
    assert ("按数值取" in said(source)) is (headings == "a,b")
    assert ("在前" in said(source)) is swapped


def test_the_surveyors_x_is_the_northing(tmp_path: Path) -> None:
    _, places = rows(csv(tmp_path, f"编号,X,Y\nA,{PLANE[1]},{PLANE[0]}\n"))
    assert places == [PLANE]


@pytest.mark.parametrize("heading", ["坐标", "经纬度", "位置坐标", "中心坐标", "geometry", "WKT"])
def test_one_column_may_hold_both(tmp_path: Path, heading: str) -> None:
    source = csv(
        tmp_path, f"编号\t{heading}\nA\t103.2658,29.2308\nB\tN29.2308 E103.2658\nC\tPOINT (103.2658 29.2308)\n"
    )
    assert rows(source)[1] == [(103.2658, 29.2308)] * 3


def test_a_polygon_in_wkt_is_one(tmp_path: Path) -> None:
    ring = ", ".join(f"{103.2 + place / 1e6} 29.2" for place in range(20_000))
    source = csv(tmp_path, f'编号,wkt\nA,"SRID=4490;POLYGON(({ring}, 103.2 29.3, 103.2 29.2))"\n')
    (wkb,) = [wkb for _, _, wkb in source.batches()]
    assert shapely.from_wkb(wkb[0].as_py()).geom_type == "Polygon"
    assert source.crs == "4490"


def test_degrees_minutes_and_seconds_in_columns_of_their_own(tmp_path: Path) -> None:
    source = xlsx(
        tmp_path,
        [
            ["编号", "经度", None, None, "纬度", None, None],
            [None, "度", "分", "秒", "度", "分", "秒"],
            ["A", 103, 15, 57.13, 29, 13, 51],
        ],
        ("B1:D1", "E1:G1"),
    )
    assert rows(source)[1] == [pytest.approx(PLACE)]


def test_degrees_with_marks_are_known_to_be_degrees(tmp_path: Path) -> None:
    source = csv(tmp_path, '编号,经度,纬度\nA,103°15′57.13″,"29°13\'51"""\n', "gb18030")
    assert rows(source)[1] == [pytest.approx(PLACE)]
    assert (source.crs, source.encoding) == ("EPSG:4490", "GB18030")


def test_areas_and_people_are_no_coordinates(tmp_path: Path) -> None:
    source = csv(tmp_path, "编号,面积,人数,年度,电话\nA,103.26,29.23,2024,8332001\nB,110,30,2023,8332002\n")
    assert rows(source)[1] == [None, None]
    assert "没有坐标" in said(source)
    assert source.fields == ("编号", "面积", "人数", "年度", "电话")


def test_a_row_whose_coordinates_are_not_understood_is_named(tmp_path: Path) -> None:
    source = csv(tmp_path, "编号,经度,纬度\nA,103.2658,29.2308\nB,见附图,\nC,,\nD,103°75′,29.23\n")
    assert rows(source)[1] == [(103.2658, 29.2308), None, None, None]
    assert "2 条记录的坐标不能识别：2（见附图）、4（103°75′ 29.23）" in said(source)


def test_rows_may_differ_in_the_order_of_their_axes(tmp_path: Path) -> None:
    source = csv(tmp_path, "编号,经度,纬度\nA,103.2658,29.2308\nB,29.2308,103.2658\n")
    assert rows(source)[1] == [(103.2658, 29.2308)] * 2
    assert "1 条记录北（纬度、纵坐标）在前" in said(source)


# --- the system it states ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("above", "heading", "stated"),
    [
        ("坐标系：2000国家大地坐标系", "", None),  # of a plane that is not yet its zone
        ("坐标系：EPSG:4522", "", "EPSG:4522"),
        ("坐标系：西安80坐标系", "", "old"),
        ("", "（北京54坐标系）", "old"),
        ("编制单位：北京某测绘公司", "", None),
    ],
)
def test_what_stands_above_or_in_a_heading_states_the_system(
    tmp_path: Path, above: str, heading: str, stated: str | None
) -> None:
    lines: list[list[Any]] = [
        ["隐患点一览表"],
        [above or None],
        ["编号", f"X{heading}", f"Y{heading}", "备注"],
        ["A", PLANE[1], PLANE[0], "无"],
    ]
    source = xlsx(tmp_path, lines)
    assert rows(source)[1] == [PLANE]
    if stated == "old":
        assert source.crs is not None
        with pytest.raises(CrsNeedsParameters):
            known_crs(source.crs)
    else:
        assert source.crs == stated


def test_a_column_may_state_the_system_if_it_states_one(tmp_path: Path) -> None:
    both = "编号,X,Y,EPSG\nA,3235000,623000,4543\nB,3235000,623000,{}\n"
    assert csv(tmp_path, both.format("4543")).crs == "4543"
    assert csv(tmp_path, both.format("4544")).crs is None


# --- headings ---------------------------------------------------------------------------------------------------------

TITLED: list[list[Any]] = [
    ["峨边彝族自治县地质灾害隐患点一览表"],
    ["填报单位：自然资源局", None, None, None, None, "单位：人"],
    ["序号", "统一编号", "位置", None, "排查日期", "威胁人数"],
    [None, None, "经度", "纬度", None, None],
    [1, "511132010001", 103.2658, 29.2308, datetime(2024, 5, 1), 12],
    [],
    [2, 511132010002, "１０３．２６５８", "29.2308", datetime(2024, 5, 2), 13],
    ["合计", None, None, None, None, 25],
    ["注：人数为常住人口"],
]


def test_titles_merged_headings_totals_and_remarks_are_told_from_records(tmp_path: Path) -> None:
    source = xlsx(tmp_path, TITLED, ("A1:F1", "C3:D3", "A3:A4", "A9:F9"))
    attributes, places = rows(source)
    assert source.fields == ("序号", "统一编号", "经度", "纬度", "排查日期", "威胁人数")
    assert places == [(103.2658, 29.2308)] * 2
    assert [row["统一编号"] for row in attributes] == ["511132010001", "511132010002"]
    assert [row["威胁人数"] for row in attributes] == [12, 13]
    assert [row["排查日期"] for row in attributes] == [date(2024, 5, 1), date(2024, 5, 2)]
    assert "第 1 条记录在文件第 5 行" in said(source)
    assert "表下 2 行不是记录，未读入：合计 25；注：人数为常住人口" in said(source)


def test_a_plain_table_needs_no_note(tmp_path: Path) -> None:
    assert csv(tmp_path, "编号,经度,纬度\nA,103.2658,29.2308\n").notes == ()


def test_headings_are_all_different_and_none_is_lost(tmp_path: Path) -> None:
    source = csv(tmp_path, "编号,名称,名称,,空\nA,甲,乙,丙,\nB,甲,乙,丙,\n")
    assert source.fields == ("编号", "名称", "名称_2", "D列", "空")
    assert rows(source)[0][0] == {"编号": "A", "名称": "甲", "名称_2": "乙", "D列": "丙", "空": None}


def test_a_group_stands_before_headings_that_would_not_differ(tmp_path: Path) -> None:
    lines = [
        ["编号", "起点", None, "终点", None],
        [None, "经度", "纬度", "经度", "纬度"],
        ["A", 103.26, 29.23, 103.27, 29.24],
    ]
    source = xlsx(tmp_path, lines)
    assert source.fields == ("编号", "起点 经度", "起点 纬度", "终点 经度", "终点 纬度")
    assert rows(source)[1] == [(103.26, 29.23)]


def test_a_table_of_text_alone_keeps_all_its_rows(tmp_path: Path) -> None:
    source = csv(tmp_path, "编号,名称\n甲,一\n乙,二\n丙,三\n")
    assert [row["编号"] for row in rows(source)[0]] == ["甲", "乙", "丙"]


def test_formulas_are_read_by_their_value(tmp_path: Path) -> None:
    xlsx(tmp_path, [["编号", "经度", "纬度", "人数"], ["A", 103.2658, 29.2308, "=3+4"], ["B", 103.2658, 29.2308, 8]])
    computed = tmp_path / "c.xlsx"
    assert "1 个公式没有算出的结果" in said(read_table(tmp_path / "t.xlsx"))
    assert "第 2 行“人数”" in said(read_table(tmp_path / "t.xlsx"))
    with zipfile.ZipFile(tmp_path / "t.xlsx") as old, zipfile.ZipFile(computed, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith("sheet1.xml"):
                content = re.sub(rb"<f>3\+4</f><v ?/?>(</v>)?", b"<f>3+4</f><v>7</v>", content)
            new.writestr(name, content)
    assert [row["人数"] for row in rows(read_table(computed))[0]] == [7, 8]
    assert read_table(computed).notes == ()


def test_a_formula_that_gives_an_empty_text_or_belongs_to_a_remark_is_not_missing(tmp_path: Path) -> None:
    xlsx(tmp_path, [["编号", "经度", "纬度", "人数"], ["A", 103.2658, 29.2308, "=3+4"], ["合计", None, None, "=D2"]])
    asked = tmp_path / "c.xlsx"
    with zipfile.ZipFile(tmp_path / "t.xlsx") as old, zipfile.ZipFile(asked, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith("sheet1.xml"):
                content = content.replace(b'<c r="D2">', b'<c r="D2" t="str">')
            new.writestr(name, content)
    assert "公式" in said(read_table(tmp_path / "t.xlsx"))
    assert "公式" not in said(read_table(asked))


def test_formulas_and_merged_cells_are_found_under_any_prefix_and_across_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[list[Any]] = [["编号", "村", "经度", "纬度"]]
    lines += [[f"A{row}", None if row % 2 else "前进村", 103.2658, 29.2308] for row in range(200)]
    lines[3][2] = "=1+1"
    xlsx(tmp_path, lines, tuple(f"B{row}:B{row + 1}" for row in range(2, 202, 2)))
    prefixed = tmp_path / "p.xlsx"
    with zipfile.ZipFile(tmp_path / "t.xlsx") as old, zipfile.ZipFile(prefixed, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith("sheet1.xml"):
                content = re.sub(rb"<(/?)(?=[a-zA-Z])", rb"<\1x:", content)
                content = content.replace(b"xmlns=", b"xmlns:x=", 1)
            new.writestr(name, content)
    for path in (tmp_path / "t.xlsx", prefixed):
        for size in (97, 4 << 20):
            monkeypatch.setattr(workbook, "_CHUNK", size)
            source = read_table(path)
            assert {row["村"] for row in rows(source)[0]} == {"前进村"}
            assert "1 个公式没有算出的结果" in said(source)


def test_a_cell_that_is_merged_downwards_holds_its_value_in_every_row_that_it_covers(tmp_path: Path) -> None:
    lines: list[list[Any]] = [
        ["乡镇", "编号", "位置", None, "备注"],
        [None, None, "经度", "纬度", None],
        ["沙坪镇", "A", 103.26, 29.23, "同批"],
        [None, "B", 103.27, 29.24],
        [],
        [None, "C", 103.28, 29.25],
        ["大堡镇", "D", 103.29, 29.26],
        [None, "E", 103.29, 29.26],
    ]
    blocks = ("A1:A2", "B1:B2", "C1:D1", "E1:E2", "A3:A6", "E3:E4")
    source = xlsx(tmp_path, lines, blocks)
    assert source.fields == ("乡镇", "编号", "经度", "纬度", "备注")
    attributes, _ = rows(source)
    assert [row["乡镇"] for row in attributes] == ["沙坪镇", "沙坪镇", "沙坪镇", "大堡镇", None]
    assert [row["备注"] for row in attributes] == ["同批", "同批", None, None, None]
    bare, _ = rows(xlsx(tmp_path, lines, blocks[:4]))  # the control: cells that are only empty stay empty
    assert [row["乡镇"] for row in bare] == ["沙坪镇", None, None, "大堡镇", None]


def test_records_are_counted_as_the_sheet_counts_its_rows(tmp_path: Path) -> None:
    source = xlsx(tmp_path, TITLED)
    assert source.numbers(0, 2).tolist() == [5, 7]
    assert source.numbers(1, 1).tolist() == [7]
    plain = csv(tmp_path, "编号,经度,纬度\nA,103.26,29.23\nB,103.26,29.23\n\nC,103.26,29.23\n")
    assert plain.numbers(0, 3).tolist() == [2, 3, 5]
    assert runs([2, 3, 5, 6, 9]) == ((0, 2), (2, 5), (4, 9))
    assert replace(plain, rows=()).numbers(3, 2).tolist() == [4, 5]


def test_hidden_sheets_and_remarks_are_no_tables_and_that_is_said(tmp_path: Path) -> None:
    book = Workbook()
    for name in ("填表说明", "字典", "隐患点"):
        page = book.create_sheet(name)
        for line in (["编号", "经度", "纬度"], ["A", 103.2658, 29.2308]):
            page.append(line)
    book["字典"].sheet_state = "hidden"
    book.save(tmp_path / "b.xlsx")
    assert table_names(tmp_path / "b.xlsx") == ["隐患点"]
    assert "填表说明、字典" in said(read_table(tmp_path / "b.xlsx"))
    book.remove(book["隐患点"])
    book.save(tmp_path / "b.xlsx")
    assert table_names(tmp_path / "b.xlsx") == ["填表说明", "字典"]  # nothing else is there


def test_sheets_are_listed_and_chosen(tmp_path: Path) -> None:
    book = Workbook()
    book.worksheets[0].title = "说明"
    for name, code in (("一季度", "A"), ("二季度", "B")):
        page = book.create_sheet(name)
        for line in (["编号", "经度", "纬度"], [code, 103.2658, 29.2308]):
            page.append(line)
    book.save(tmp_path / "b.xlsx")
    assert table_names(tmp_path / "b.xlsx") == ["一季度", "二季度"]
    assert rows(read_table(tmp_path / "b.xlsx", "二季度"))[0][0]["编号"] == "B"
    with pytest.raises(FileUnreadable, match="一季度"):
        read_table(tmp_path / "b.xlsx", "三季度")
    csv(tmp_path, "编号\nA\n")
    assert table_names(tmp_path / "t.csv") == ["t"]


# --- encodings, separators, limits ------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("separator", [",", "\t", ";", "，"])
def test_encodings_and_separators_are_told(tmp_path: Path, encoding: str, separator: str) -> None:
    text = "编号,名称,经度,纬度\nA,沙坪镇滑坡,103.2658,29.2308\n".replace(",", separator)
    attributes, places = rows(csv(tmp_path, text, encoding))
    assert attributes[0]["名称"] == "沙坪镇滑坡"
    assert places == [(103.2658, 29.2308)]


def test_the_first_line_may_name_the_separator(tmp_path: Path) -> None:
    assert rows(csv(tmp_path, "sep=;\n编号;坐标\nA;103.2658,29.2308\n"))[1] == [(103.2658, 29.2308)]


def test_an_endless_line_and_too_many_columns_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileUnreadable):
        csv(tmp_path, "编号,名称\nA," + "x" * (sheet.FIELD + 10))
    with pytest.raises(FileUnreadable, match="1000"):
        csv(tmp_path, "编号" + ",x" * sheet.COLUMNS + "\n")
    assert csv(tmp_path, "编号" + ",x" * (sheet.COLUMNS - 1) + "\nA,1\n").features == 1  # the control
    monkeypatch.setattr(sheet, "ROWS", 3)
    with pytest.raises(FileUnreadable):
        csv(tmp_path, "编号,名称\n" + "A,1\n" * 3)
    assert csv(tmp_path, "编号,名称\n" + "A,1\n" * 2).features == 2


def test_a_sheet_that_says_it_is_vast_is_read_as_it_is(tmp_path: Path) -> None:
    xlsx(tmp_path, [["编号", "经度", "纬度"], ["A", 103.2658, 29.2308]])
    vast = tmp_path / "v.xlsx"
    with zipfile.ZipFile(tmp_path / "t.xlsx") as old, zipfile.ZipFile(vast, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith("sheet1.xml"):
                content = re.sub(rb'<dimension ref="[^"]+"', b'<dimension ref="A1:XFD1048576"', content)
                assert b"XFD1048576" in content
            new.writestr(name, content)
    assert rows(read_table(vast))[1] == [(103.2658, 29.2308)]


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    for name, content in (
        ("e.csv", b""),
        ("b.csv", bytes(range(256)) * 10),
        ("e.xlsx", b""),
        ("x.xlsx", b"PK\3\4rubbish"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(FileUnreadable):
            read_table(tmp_path / name)
    with pytest.raises(FileUnreadable):
        read_table(tmp_path / "absent.csv")


@pytest.mark.parametrize("middle", [" ", "°", "'", '"', "(", ",", ":", "1 "])
def test_a_long_cell_is_no_coordinate(tmp_path: Path, middle: str) -> None:
    """Where an expression looks back, each of these takes minutes."""
    for cell in (f"1{middle * 200_000}x", f"{middle * 200_000}1x", f"[{middle * 200_000}x"):
        assert degrees(cell) is None
        assert pair(cell) is None
        (tmp_path / "t.txt").write_text(f"[属性描述]\n{cell}\n[地块坐标]\n{cell}\n", "utf-8")
        assert read_text(tmp_path / "t.txt").notes
    assert degrees("1" + " " * 70 + "°") == (1, True)  # the control: what is not long is looked at
