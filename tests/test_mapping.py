"""Headings of a file: what they are taken for, what is only proposed, and what is kept for the next file."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import geopandas
import psycopg
import pytest
import shapely
from pydantic_core import PydanticCustomError

from geo.database import Database
from geo.errors import BadValue, FileRefused, NotFound
from geo.ingest import mapping
from geo.ingest.load import Choice, Report, load
from geo.ingest.mapping import Saved, meaning
from geo.layer import Code, CodeList
from geo.layers import layer
from geo.text import Text

SEAT = (103.26587, 29.23082)
CHOICE = Choice(today=date(2026, 11, 23))
HAZARD = layer("hazard_point")


def written(path: Path, **columns: Any) -> Path:
    """Points with these columns, as GeoPackage."""
    count = len(next(iter(columns.values())))
    drawn = [shapely.Point(SEAT[0] + place * 1e-4, SEAT[1]) for place in range(count)]
    geopandas.GeoDataFrame(columns, geometry=drawn, crs="EPSG:4490").to_file(path, engine="pyogrio")
    return path


def rows(database: Database, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database.dsn) as connection:
        return connection.execute(query).fetchall()  # pyright: ignore


def how(*headings: str, **options: Any) -> dict[str, tuple[str | None, str]]:
    found = meaning(HAZARD, headings, **options)
    return {match.heading: (match.target, match.how) for match in found.matches}


@pytest.mark.parametrize(
    "heading", ["威胁人数", " 威胁人数 ", "威胁 人数", "WXRS", "wxrs", "ＷＸＲＳ", "threatened_people"]
)
def test_width_case_and_blanks_do_not_make_another_heading(heading: str) -> None:
    assert how(heading) == {heading: ("threatened_people", "alias")}


@pytest.mark.parametrize(
    ("heading", "target"),
    [
        ("威胁人数（人）", "threatened_people"),
        ("受威胁的人数", "threatened_people"),
        ("威胁_人数", "threatened_people"),
        ("threatened", "threatened_households"),  # ten bytes of a dbf; of two that begin so the first
        ("自动化监", "automatic_monitoring"),
        ("竣工验收日", "milestone:final_accepted"),
    ],
)
def test_a_likeness_is_only_proposed(heading: str, target: str) -> None:
    assert how("统一编号", heading)[heading] == (target, "likeness")
    assert target not in meaning(HAZARD, ("统一编号", heading)).columns


@pytest.mark.parametrize("heading", ["备注", "FID_1", "x", "描述", "经办单位"])
def test_what_resembles_nothing_is_not_proposed(heading: str) -> None:
    assert how(heading) == {heading: (None, "none")}


def test_two_headings_are_not_proposed_for_one_column_nor_one_that_is_taken() -> None:
    found = how("威胁人数（人）", "受威胁的人数", "威胁户数", "威胁户数2")
    assert [target for target, _ in found.values()].count("threatened_people") == 1
    assert [target for target, _ in found.values()].count("threatened_households") == 1


def test_what_was_chosen_comes_before_what_was_saved_and_that_before_aliases() -> None:
    saved = Saved("hazard_point", "镇上的表", "", {"甲": "name", "乙": "kind", "威胁人数": ""})
    found = how("甲", "乙", "威胁人数", "统一编号", chosen={"甲": "code", "统一编号": ""}, saved=saved)
    assert found == {
        "甲": ("code", "chosen"), "乙": ("kind", "saved"), "威胁人数": (None, "saved"), "统一编号": (None, "chosen"),
    }  # fmt: skip


def test_a_heading_or_column_that_is_not_there_cannot_be_chosen() -> None:
    with pytest.raises(BadValue, match="丙"):
        how("甲", chosen={"丙": "code"})
    with pytest.raises(BadValue, match="threatened_people"):
        how("甲", chosen={"甲": "nothing"})


def test_a_proposal_is_shown_and_read_once_it_is_confirmed(placed: Database, tmp_path: Path) -> None:
    path = written(tmp_path / "p.gpkg", 隐患点编号=["1", "2"], 受威胁的人数=[5, 6])
    with pytest.raises(FileRefused) as refusal:
        load(placed, HAZARD, path, CHOICE)
    report = refusal.value.values["report"]
    assert isinstance(report, Report)
    assert [(m.heading, m.target, m.how) for m in report.mapping] == [
        ("隐患点编号", None, "none"), ("受威胁的人数", "threatened_people", "likeness"),
    ]  # fmt: skip
    (problem,) = [p for p in report.problems if p.code == "column_likely"]
    assert "威胁人数" in problem.text.zh
    assert "Threatened people" in problem.text.en
    chosen = {"隐患点编号": "code", "受威胁的人数": "threatened_people"}
    assert load(placed, HAZARD, path, replace(CHOICE, columns=chosen)).new == 2
    assert rows(placed, "SELECT attributes FROM feature ORDER BY code") == [
        ({"threatened_people": 5},), ({"threatened_people": 6},)
    ]  # fmt: skip


def test_a_saved_mapping_is_used_for_the_next_file_with_the_same_headings(placed: Database, tmp_path: Path) -> None:
    first = written(tmp_path / "a.gpkg", 甲=["1"], 乙=[5], 丙=["x"])
    chosen = {"甲": "code", "乙": "threatened_people"}
    load(placed, HAZARD, first, replace(CHOICE, columns=chosen, save_mapping="镇上的表"))
    same = written(tmp_path / "b.gpkg", 乙=[6], 丙=["x"], 甲=["2"])
    report = load(placed, HAZARD, same, CHOICE)
    assert (report.new, report.saved_mapping) == (1, "镇上的表")
    assert "镇上的表" in report.notes[-1].zh
    assert "镇上的表" in report.notes[-1].en
    other = written(tmp_path / "c.gpkg", 甲=["3"], 乙=[6])
    with pytest.raises(FileRefused):  # other headings: it is not taken for the same table
        load(placed, HAZARD, other, CHOICE)
    assert load(placed, HAZARD, other, replace(CHOICE, mapping="镇上的表")).new == 1
    with pytest.raises(NotFound):
        load(placed, HAZARD, other, replace(CHOICE, mapping="没有"))


def test_mappings_are_listed_replaced_and_dropped(placed: Database, tmp_path: Path) -> None:
    path = written(tmp_path / "a.gpkg", 甲=["1"], 乙=[5])
    for people in ("threatened_people", "threatened_households"):
        choice = replace(CHOICE, columns={"甲": "code", "乙": people}, save_mapping="表", dry=True)
        load(placed, HAZARD, path, choice)
    with placed.session() as connection:
        (saved,) = mapping.listed(connection, HAZARD)
        assert saved.mapping == {"甲": "code", "乙": "threatened_households"}
        assert mapping.listed(connection, layer("farmland_patch")) == []
        mapping.forget(connection, HAZARD, "表")
        assert mapping.listed(connection, HAZARD) == []
        with pytest.raises(NotFound):
            mapping.forget(connection, HAZARD, "表")


def test_a_heading_that_states_another_unit_is_pointed_out(placed: Database, tmp_path: Path) -> None:
    path = written(tmp_path / "a.gpkg", 统一编号=["1"], **{"治理投资（万元）": [5.0]})
    choice = replace(CHOICE, columns={"治理投资（万元）": "investment"})
    report = load(placed, HAZARD, path, choice)
    assert [p.column for p in report.problems if p.code == "column_unit"] == ["治理投资（万元）"]
    same = written(tmp_path / "b.gpkg", 统一编号=["1"], **{"治理投资（元）": [5.0]})
    assert "column_unit" not in load(placed, HAZARD, same, CHOICE).counts


# --- code lists -------------------------------------------------------------------------------------------------------

KIND: Callable[[str], str] = CodeList(
    Code("00", Text(zh="斜坡", en="Slope")),
    Code("01", Text(zh="滑坡", en="Landslide")),
    Code("10", Text(zh="其它", en="Other")),
).read


@pytest.mark.parametrize(
    "spelling",
    [
        "01",
        "1",
        "滑坡",
        "01滑坡",
        "滑坡01",
        "滑坡(01)",
        "滑坡（01）",
        "01-滑坡",
        "01 滑坡",
        "（01）滑坡",
        "LANDSLIDE",
        "０１",
    ],
)
def test_a_code_is_read_in_every_spelling(spelling: str) -> None:
    assert KIND(spelling) == "01"


@pytest.mark.parametrize("spelling", ["001", "1.0", "-1", "02滑坡", "滑坡体", "", "1 0 0"])
def test_what_spells_no_code_is_refused(spelling: str) -> None:
    with pytest.raises(PydanticCustomError):
        KIND(spelling)


def test_a_number_that_could_be_two_codes_is_neither() -> None:
    two = CodeList(Code("01", Text(zh="甲", en="First")), Code("001", Text(zh="乙", en="Second")))
    assert two.read("01") == "01"
    with pytest.raises(PydanticCustomError):
        two.read("1")


# --- places -----------------------------------------------------------------------------------------------------------


def test_codes_and_names_of_abolished_townships_are_moved_forward(placed: Database, tmp_path: Path) -> None:
    path = written(tmp_path / "p.gpkg", 统一编号=["1", "2"], 乡镇=["511132200", "红花乡"])
    load(placed, HAZARD, path, CHOICE)
    assert rows(placed, "SELECT DISTINCT org_unit FROM feature") == [("511132100",)]


def test_a_village_code_of_an_abolished_township_says_the_township_only(placed: Database, tmp_path: Path) -> None:
    path = written(tmp_path / "p.gpkg", 统一编号=["1", "2"], 村代码=["511132200001", "5111322000010000000"])
    report = load(placed, HAZARD, path, CHOICE)
    assert report.counts["former_village"] == 2
    assert rows(placed, "SELECT DISTINCT org_unit FROM feature") == [("511132100",)]


def test_a_village_code_of_nineteen_digits_is_that_of_the_village(placed: Database, tmp_path: Path) -> None:
    path = written(tmp_path / "p.gpkg", 统一编号=["1"], ZLDWDM=["5111321000010000000"])
    assert "former_village" not in load(placed, HAZARD, path, CHOICE).counts
    ((unit,),) = rows(placed, "SELECT org_unit FROM feature")
    assert unit.startswith("511132100")
    assert len(unit) == 12


def test_a_village_of_a_township_without_successor_is_reported(placed: Database, tmp_path: Path) -> None:
    path = written(tmp_path / "p.gpkg", 统一编号=["1"], 村代码=["511132210001"])
    with pytest.raises(FileRefused) as refusal:
        load(placed, HAZARD, path, CHOICE)
    report = refusal.value.values["report"]
    assert isinstance(report, Report)
    assert [(p.row, p.code) for p in report.problems if p.severity == "error"] == [(1, "no_successor")]
