"""Land that parcels leave between them: strips and enclosed holes are told, roads and what lies apart are not."""

import math
import re

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from geo.crs import METRES_PER_DEGREE, area_m2
from geo.overlay.check import NAMED, Limits, check
from geo.overlay.parcel import Parcel
from geo.overlay.result import Problem

X, Y = 103.26, 29.23
NORTH = 1 / METRES_PER_DEGREE
EAST = NORTH / math.cos(math.radians(Y))
LIMITS = Limits()


def placed(geom: shapely.Geometry, turned: float = 0) -> shapely.Geometry:
    """A drawing in metres as it lies in the county, turned by some degrees."""
    cos, sin = math.cos(math.radians(turned)), math.sin(math.radians(turned))
    return shapely.transform(
        geom, lambda xy: np.column_stack([xy @ [cos, -sin], xy @ [sin, cos]]) * [EAST, NORTH] + [X, Y]
    )


def box(x: float, y: float, wide: float, high: float) -> shapely.Polygon:
    return shapely.box(x, y, x + wide, y + high)


def left(*shapes: shapely.Geometry, turned: float = 0) -> list[Problem]:
    """What is told of land between parcels that are drawn in metres."""
    parcels = [Parcel(f"P{place}", placed(shape, turned)) for place, shape in enumerate(shapes)]  # pyright: ignore
    return [each for each in check(parcels, None) if each.code in ("strip", "hole")]


def figures(problem: Problem) -> tuple[float, float]:
    """Area and width of a sentence."""
    area = re.search(r"([\d.]+) m²", problem.sentence.en)
    width = re.search(r"([\d.]+) m wide", problem.sentence.en)
    assert area is not None
    assert width is not None
    return float(area[1]), float(width[1])


def around(wide: float, high: float, frame: float = 30) -> list[shapely.Polygon]:
    """Four parcels that enclose a hole of some metres."""
    return [
        box(-frame, -frame, wide + 2 * frame, frame),
        box(-frame, high, wide + 2 * frame, frame),
        box(-frame, 0, frame, high),
        box(wide, 0, frame, high),
    ]


TURNS = st.floats(0, 180)


@examples(max_examples=40, deadline=None)
@given(
    apart=st.floats(0.3, 8).filter(lambda d: min(abs(d - LIMITS.gap_m), abs(d - LIMITS.strip_m)) > 0.15),
    long=st.floats(30, 200),
    turned=TURNS,
)
def test_a_strip_is_told_up_to_its_width_whichever_way_it_runs(apart: float, long: float, turned: float) -> None:
    found = left(box(0, 0, long, 40), box(0, 40 + apart, long, 40), turned=turned)
    if not LIMITS.gap_m < apart < LIMITS.strip_m:
        assert found == []
        return
    (problem,) = found
    assert (problem.code, problem.parcel, problem.refused) == ("strip", "P1", False)
    for said in (problem.sentence.zh, problem.sentence.en):
        assert "P0" in said
    area, width = figures(problem)
    assert area == pytest.approx(apart * long, rel=0.15)
    assert width == pytest.approx(apart, abs=0.35)
    assert problem.place is not None
    within = placed(box(0, 40, long, apart), turned)
    assert shapely.dwithin(within, shapely.Point(problem.place), 0.05 * NORTH)


@examples(max_examples=40, deadline=None)
@given(wide=st.floats(1.2, 80), high=st.floats(1.2, 80), turned=TURNS)
def test_a_hole_is_told_once_up_to_its_area_with_all_beside_it(wide: float, high: float, turned: float) -> None:
    if abs(wide * high - LIMITS.hole_m2) < 20:
        return
    found = left(*around(wide, high), turned=turned)
    if wide * high > LIMITS.hole_m2:
        assert [each.code for each in found if each.code == "hole"] == []
        return
    (problem,) = found
    assert (problem.code, problem.parcel) == ("hole", "P3")
    for said in (problem.sentence.zh, problem.sentence.en):
        assert all(name in said for name in ("P0", "P1", "P2"))
    area, width = figures(problem)
    drawn = area_m2(np.array([placed(box(0, 0, wide, high), turned)], object))[0]
    assert area == pytest.approx(drawn, rel=1e-3, abs=0.05)
    assert width == pytest.approx(min(wide, high), abs=0.15)


@examples(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=2, max_size=20, unique=True),
    st.floats(LIMITS.strip_m + 0.2, 40),
    TURNS,
)
def test_blocks_with_roads_between_them_and_parcels_that_lie_apart_are_left_alone(
    cells: list[tuple[int, int]], road: float, turned: float
) -> None:
    shapes = [box((60 + road) * column, (60 + road) * row, 60, 60) for column, row in cells]
    assert left(*shapes, turned=turned) == []


@examples(max_examples=25, deadline=None)
@given(st.permutations(range(6)), st.sampled_from([2.0, 3.0]))
def test_the_order_of_parcels_changes_nothing_but_who_is_named_first(order: list[int], apart: float) -> None:
    shapes = [*around(20, 20), box(50 + apart, -30, 30, 80), box(-30, 80, 30, 20)]

    def told(order: list[int]) -> set[tuple[str, frozenset[int]]]:
        found = left(*[shapes[place] for place in order])
        return {
            (each.code, frozenset(order[int(name)] for name in re.findall(r"P(\d)", each.sentence.en)))
            for each in found
        }

    assert told(order) == told(list(range(6)))
    assert {code for code, _ in told(order)} == {"hole", "strip"}


def test_what_another_parcel_covers_is_no_strip() -> None:
    bare = [box(0, 0, 100, 50), box(0, 53, 100, 50)]
    assert [each.code for each in left(*bare)] == ["strip"], "the control"
    assert left(*bare, box(0, 50, 100, 3)) == []
    half = left(*bare, box(0, 50, 50, 3))
    assert [each.code for each in half] == ["strip"]
    assert figures(half[0])[0] == pytest.approx(150, rel=0.1)


def test_a_slit_that_is_closed_at_one_end_is_a_strip_and_the_angle_between_parcels_is_none() -> None:
    hook = shapely.union(box(0, 0, 100, 40), box(0, 40, 10, 3))
    assert [each.code for each in left(hook, box(0, 43, 100, 40))] == ["strip"]
    wedge = [shapely.Polygon([(0, 0), (100, 0), (100, 60)]), shapely.Polygon([(0, 0), (100, -80), (100, -15)])]
    assert left(*wedge) == []


def test_what_one_parcel_leaves_out_of_itself_and_corners_that_face_each_other_are_left_alone() -> None:
    assert left(box(0, 0, 30, 30).difference(box(10, 10, 5, 5)), box(30, 0, 30, 30)) == []
    assert left(box(0, 0, 50, 50), box(52, 52, 50, 50)) == []


def test_of_many_parcels_around_a_hole_ten_are_named_and_the_rest_counted() -> None:
    step = 4
    ring = [box(0, step * row, 10, step) for row in range(10)] + [box(20, step * row, 10, step) for row in range(10)]
    ends = [box(0, -5, 30, 5), box(0, step * 10, 30, 5)]
    (problem,) = left(*ends, *ring)
    assert problem.parcel == "P21"
    assert problem.sentence.zh.count("P") == NAMED + 1
    assert "21 宗" in problem.sentence.zh
    assert "11 more" in problem.sentence.en


def test_more_than_is_looked_at_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    from geo.overlay import check as checking

    monkeypatch.setattr(checking, "MOST_STRIPS", 1)
    shapes = [box(0, 43 * place, 100, 40) for place in range(4)]
    parcels = [Parcel(f"P{place}", placed(shape)) for place, shape in enumerate(shapes)]  # pyright: ignore
    found = [each.code for each in check(parcels, None)]
    assert sorted(found) == ["strip", "strips_left"]


def test_ten_thousand_parcels_with_a_strip_on_every_side_are_each_told() -> None:
    shapes = [box(103 * (place % 100), 103 * (place // 100), 100, 100) for place in range(10_000)]
    assert len(left(*shapes)) == 2 * 99 * 100
