"""Parcels before they are laid over anything: files of any kind, and every fault named with parcel and point."""

from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import shapely
from pyproj import Transformer

from geo.crs import METRES_PER_DEGREE, area_m2
from geo.ingest.choice import Choice
from geo.overlay.check import check, refused
from geo.overlay.parcel import Parcel
from geo.overlay.read import read_parcels
from geo.overlay.result import Problem
from geo.settings import settings

FILES = Path(__file__).parent / "files"
X, Y = 103.26, 29.23
METRE = 1 / METRES_PER_DEGREE
COUNTY = shapely.box(103.0, 29.0, 103.5, 29.4)


def square(east: float = 0, north: float = 0, size: float = 100) -> shapely.Polygon:
    """A box some metres from the corner (across it is a little narrower)."""
    return shapely.box(X + east * METRE, Y + north * METRE, X + (east + size) * METRE, Y + (north + size) * METRE)


def parcels(*geoms: Any, **more: Any) -> list[Parcel]:
    return [Parcel(f"P{place}", geom, **more) for place, geom in enumerate(geoms)]


def codes(problems: list[Problem]) -> list[tuple[str, str, bool]]:
    return [(each.parcel, each.code, each.refused) for each in problems]


def named(problem: Problem) -> None:
    """A sentence names the parcel and the point in both languages."""
    for said in (problem.sentence.zh, problem.sentence.en):
        assert problem.parcel in said
        assert problem.place is not None
        assert f"{problem.place[0]:.4f}"[:-1] in said


def file(path: Path, geoms: list[Any], crs: str = "EPSG:4490", **columns: Any) -> Path:
    frame = {"编号": [f"P{place}" for place in range(len(geoms))], **columns}
    geopandas.GeoDataFrame(frame, geometry=geoms, crs=crs).to_file(path, engine="pyogrio")
    return path


def reading(*paths: Path, **options: Any) -> tuple[list[Parcel], list[Problem]]:
    return read_parcels(paths, Choice(), settings(), **options)


BOWTIE = shapely.Polygon([(X, Y), (X + 100 * METRE, Y + 100 * METRE), (X + 100 * METRE, Y), (X, Y + 100 * METRE)])


@pytest.mark.parametrize(
    ("geom", "code"),
    [
        (BOWTIE, "not_valid"),
        (shapely.Polygon([(X, Y), (X + METRE, Y), (X, Y)]), "no_area"),
        (shapely.Polygon([(X, Y), (X + METRE, Y + METRE), (X + 2 * METRE, Y + 2 * METRE), (X, Y)]), "no_area"),
        (shapely.transform(square(), lambda xy: xy[:, ::-1]), "axes_swapped"),
        (shapely.transform(square(), lambda xy: xy + 2), "outside_county"),
    ],
)
def test_a_parcel_that_cannot_be_used_is_refused_by_name_and_point(geom: Any, code: str) -> None:
    problems = check([Parcel("good", square(500)), Parcel("bad", geom)], COUNTY)
    assert codes(problems) == [("bad", code, True)]
    named(problems[0])
    assert refused(problems) == {"bad"}


def test_a_parcel_without_a_drawing_is_refused_and_the_county_need_not_be_known() -> None:
    problems = check(parcels(shapely.Polygon(), shapely.transform(square(), lambda xy: xy + 2)), None)
    assert codes(problems) == [("P0", "no_geometry", True)]


def test_what_lies_beyond_the_county_is_told_with_its_area() -> None:
    across = shapely.box(103.499, 29.1, 103.501, 29.101)
    (problem,) = check(parcels(across, square()), COUNTY)
    assert (problem.parcel, problem.code, problem.refused) == ("P0", "partly_outside", False)
    beyond = area_m2(np.array([shapely.box(103.5, 29.1, 103.501, 29.101)], object))[0]
    assert f"{beyond:.2f}" in problem.sentence.zh
    named(problem)


def test_overlaps_and_gaps_among_parcels_are_told_once_and_shared_edges_are_neither() -> None:
    found = check(parcels(square(0), square(100), square(199), square(299.5, 0)), COUNTY)
    assert codes(found) == [("P2", "overlap", False), ("P3", "gap", False)]
    assert "P1" in found[0].sentence.en
    assert "P2" in found[1].sentence.en
    for problem in found:
        named(problem)
    assert check(parcels(square(0), square(105)), COUNTY) == []  # five metres are a road


def test_drawn_and_registered_area_are_held_against_each_other() -> None:
    drawn = float(area_m2(np.array([square()], object))[0])
    assert check([Parcel("a", square(), registered_area_m2=drawn * 1.04)], COUNTY) == []
    (problem,) = check([Parcel("a", square(), registered_area_m2=drawn * 2)], COUNTY)
    assert (problem.code, problem.refused) == ("area_differs", False)
    assert "50.0%" in problem.sentence.en


def test_three_broken_of_ten_thousand_are_three_problems() -> None:
    grid = [square(150 * (place % 100), 150 * (place // 100)) for place in range(10_000)]
    for place in (17, 4_711, 9_999):
        grid[place] = BOWTIE
    problems = check(parcels(*grid), None)
    assert refused(problems) == {"P17", "P4711", "P9999"}
    assert len(problems) == 3


# --- files ------------------------------------------------------------------------------------------------------------


def test_a_boundary_point_file_gives_number_name_registered_area_and_row() -> None:
    (parcel,), problems = reading(FILES / "boundary_plain.txt", kind="rural_housing")
    assert (parcel.number, parcel.name, parcel.registered_area_m2) == ("DK-1", "沙坪地块一", 10_000.0)
    assert (parcel.source_row, parcel.kind) == (13, "rural_housing")
    assert parcel.attributes == {"use": "建设用地", "land_class": "0201", "sheet": "H48G012034"}
    assert area_m2(np.array([parcel.geom], object))[0] == pytest.approx(10_000, rel=1e-3)
    assert problems == []


def test_rows_without_numbers_are_numbered_and_numbers_that_come_again_get_the_row(tmp_path: Path) -> None:
    plain = tmp_path / "plain.geojson"
    geopandas.GeoDataFrame({"a": [1, 2]}, geometry=[square(), square(200)], crs="EPSG:4490").to_file(plain)
    found, _ = reading(plain)
    assert [each.number for each in found] == ["1", "2"]
    twice, problems = reading(file(tmp_path / "twice.gpkg", [square(), square(200)], 编号=["7", "7"]))
    assert [each.number for each in twice] == ["7", "7#2"]
    assert codes(problems) == [("7", "number_repeated", False)]


def test_a_file_on_xian_1980_is_refused_with_its_first_parcel_and_point() -> None:
    found, (problem,) = reading(FILES / "boundary_xian_1980.txt")
    assert found == []
    assert (problem.code, problem.refused) == ("crs_needs_parameters", True)
    assert "DK-1" in problem.sentence.zh
    assert "34623000 3235000" in problem.sentence.en


def test_good_parcels_of_a_file_are_read_although_others_are_not(tmp_path: Path) -> None:
    turned = shapely.transform(square(), lambda xy: xy[:, ::-1])
    geoms = [square(), square(200), square(400), BOWTIE, turned, shapely.transform(square(), lambda xy: xy + 3)]
    found, problems = reading(file(tmp_path / "mixed.gpkg", geoms))
    assert [each.number for each in found] == ["P0", "P1", "P2"]
    assert codes(problems) == [
        ("P3", "geometry_invalid", True),
        ("P4", "axes_swapped", True),
        ("P5", "outside_county", True),
    ]
    for problem in problems:
        named(problem)


def test_a_file_all_of_whose_axes_are_swapped_is_turned_and_this_is_said(tmp_path: Path) -> None:
    geoms = [shapely.transform(square(200 * place), lambda xy: xy[:, ::-1]) for place in range(3)]
    found, problems = reading(file(tmp_path / "turned.geojson", geoms))
    assert [each.geom.equals_exact(square(200 * place), 1e-9) for place, each in enumerate(found)] == [True] * 3
    assert [problem.refused for problem in problems] == [False]


def test_parcels_in_zone_34_and_in_zone_35_land_in_the_same_place(tmp_path: Path) -> None:
    wide = shapely.box(103.49, 29.1, 103.505, 29.11)
    drawn = []
    for zone in (4522, 4523):
        way = Transformer.from_crs(4490, zone, always_xy=True)
        plane = shapely.transform(wide, lambda xy, way=way: np.column_stack(way.transform(*xy.T)))
        (parcel,), _ = reading(file(tmp_path / f"{zone}.shp", [plane], crs=f"EPSG:{zone}"))
        drawn.append(parcel.geom)
    assert drawn[0].equals_exact(drawn[1], 1e-8)


def test_a_file_that_is_none_and_one_that_is_not_there_are_told_and_the_others_read(tmp_path: Path) -> None:
    found, problems = reading(FILES / "boundary_not_one.txt", tmp_path / "absent.gpkg", FILES / "boundary_plain.txt")
    assert [each.number for each in found] == ["DK-1"]
    assert codes(problems) == [
        ("boundary_not_one.txt", "file_unreadable", True),
        ("absent.gpkg", "file_unreadable", True),
    ]
