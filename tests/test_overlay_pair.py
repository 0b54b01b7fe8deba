"""Common parts of parcels and records: against shapely on exact cases, against Geod, and what must always hold."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pyproj import Geod, Transformer

from geo.crs import METRES_PER_DEGREE, area_m2
from geo.layer import Geometry
from geo.overlay.distance import distance_m, length_m
from geo.overlay.least import NOTHING_LEFT_OUT, Least
from geo.overlay.pair import Common, common, covered

GEOD = Geod(ellps="GRS80")
WEST, SOUTH = 103.2, 29.2
METRE = 1 / METRES_PER_DEGREE
UNIT = 1e-3
POLYGON = Geometry.POLYGON


def array(*geometries: shapely.Geometry) -> np.ndarray:
    return np.array(geometries, object)


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    """A box in thousandths of a degree from the corner."""
    x, y = np.array([west, east]) * UNIT + WEST, np.array([south, north]) * UNIT + SOUTH
    return shapely.box(x[0], y[0], x[1], y[1])


def star(x: float, y: float, size: float, radii: list[float]) -> shapely.Polygon:
    angles = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    points = np.column_stack([np.cos(angles), np.sin(angles)]) * np.array(radii)[:, None] * size + (x, y)
    return shapely.Polygon(points * UNIT + (WEST, SOUTH))


def laid(parcel: shapely.Geometry, *records: shapely.Geometry, least: Least = NOTHING_LEFT_OUT) -> Common:
    return common(array(parcel), array(*records), POLYGON, least)


def geod(geometry: shapely.Geometry) -> float:
    return abs(GEOD.geometry_area_perimeter(geometry)[0])


def bend(*geometries: shapely.Geometry) -> float:
    """m² between the edges as straight lines in degrees, where they are cut, and as geodesics, by which areas are."""
    rings = array(*(shapely.boundary(each) for each in geometries))
    xy, index = shapely.get_coordinates(shapely.get_parts(rings), return_index=True)
    step = (np.diff(xy, axis=0) * (math.cos(math.radians(SOUTH)), 1) / METRE)[np.diff(index) == 0]
    return float((np.hypot(*step.T) ** 3).sum() * math.tan(math.radians(SOUTH)) / 12 / 6.37e6) * 1.1 + 1e-6


RADII = st.lists(st.floats(0.3, 1), min_size=3, max_size=12)
PLACE = st.floats(0, 6)
STARS = st.builds(star, PLACE, PLACE, st.floats(0.5, 3), RADII)


# --- oracles ----------------------------------------------------------------------------------------------------------


def test_pieces_and_areas_are_those_of_shapely_and_geod() -> None:
    random = np.random.default_rng(8)
    stars = [star(*random.uniform(0, 20, 2), 2, random.uniform(0.4, 1, 20).tolist()) for _ in range(400)]
    parcels, records = array(*stars[:80]), array(*stars[80:])
    found = common(parcels, records, POLYGON, NOTHING_LEFT_OUT)
    expected = {
        (i, j): part
        for i, parcel in enumerate(parcels)
        for j, record in enumerate(records)
        if (part := parcel.intersection(record)).area > 0
    }
    assert set(zip(found.parcel.tolist(), found.record.tolist(), strict=True)) == set(expected)
    for parcel, record, amount, geom in zip(found.parcel, found.record, found.amount, found.geom, strict=True):
        part = expected[int(parcel), int(record)]
        assert part.symmetric_difference(geom).area < 1e-18
        # Geod sums areas down to the equator: of small ones it is right to some hundredths of a square decimetre.
        assert amount == pytest.approx(geod(part), rel=1e-6, abs=1e-4)
    for place, parcel in enumerate(parcels):
        union = shapely.union_all([part for (i, _), part in expected.items() if i == place])
        assert found.whole[place] == pytest.approx(geod(union), rel=1e-6, abs=1e-4)
    assert found.whole.sum() < 0.9 * found.amount.sum()  # the records do lie on one another


def test_a_parcel_in_a_record_and_a_record_in_a_parcel_are_whole_and_unchanged() -> None:
    outer, inner = box(0, 0, 10, 10), box(4, 4, 5, 5)
    held, holding = laid(inner, outer), laid(outer, inner)
    assert held.geom[0] is inner
    assert holding.geom[0] is inner
    assert held.amount[0] == holding.amount[0] == area_m2(array(inner))[0]


@pytest.mark.parametrize("metres", [0.5, 200, 20_000])
def test_distances_are_geodesic(metres: float) -> None:
    parcel = box(0, 0, 1, 1)
    for azimuth in (0, 37, 90, 200):
        centre = parcel.centroid
        x, y, _ = GEOD.fwd(centre.x, centre.y, azimuth, metres + 100)
        point = shapely.Point(x, y)
        ring = [parcel.exterior.interpolate(t, normalized=True) for t in np.linspace(0, 1, 20_001)]
        xs, ys = np.array([(each.x, each.y) for each in ring]).T
        truth = GEOD.inv(xs, ys, np.full(len(xs), x), np.full(len(ys), y))[2].min()
        assert distance_m(array(parcel), array(point))[0] == pytest.approx(truth, rel=1e-5)


def test_what_touches_is_at_no_distance() -> None:
    assert distance_m(array(box(0, 0, 1, 1)), array(box(1, 0, 2, 1))).tolist() == [0.0]


def test_lengths_are_geodesic_along_every_part_and_around_holes() -> None:
    line = shapely.MultiLineString([[(103, 29), (103.1, 29.05), (103.2, 29)], [(103.5, 29), (103.5, 29.2)]])
    holed = box(0, 0, 10, 10).difference(box(4, 4, 6, 6))
    rings = [holed.exterior, *holed.interiors]
    found = length_m(array(line, holed, shapely.Point(103, 29), shapely.MultiPolygon([box(0, 0, 1, 1)])))
    assert found[0] == pytest.approx(GEOD.geometry_length(line), rel=1e-12)
    assert found[1] == pytest.approx(sum(GEOD.geometry_length(ring) for ring in rings), rel=1e-12)
    assert found[2] == 0
    assert found[3] == pytest.approx(GEOD.geometry_length(box(0, 0, 1, 1).exterior), rel=1e-12)


# --- what must always hold --------------------------------------------------------------------------------------------


@given(STARS, st.lists(STARS, max_size=6))
@hypothesis_settings(max_examples=60)
def test_the_union_and_what_is_left_are_the_parcel(parcel: shapely.Polygon, records: list[shapely.Polygon]) -> None:
    found = laid(parcel, *records)
    rest = parcel.difference(shapely.union_all(records)) if records else parcel
    whole = float(area_m2(array(parcel))[0])
    assert found.whole[0] + area_m2(array(rest))[0] == pytest.approx(whole, rel=1e-9, abs=bend(parcel, *records))
    assert found.whole[0] <= whole
    assert found.whole[0] <= math.fsum(found.amount) * (1 + 1e-12)


@given(STARS, st.lists(STARS, min_size=1, max_size=6), st.randoms())
@hypothesis_settings(max_examples=60)
def test_the_order_of_records_does_not_matter_to_the_last_digit(
    parcel: shapely.Polygon, records: list[shapely.Polygon], random: object
) -> None:
    order = list(range(len(records)))
    random.shuffle(order)  # pyright: ignore
    one, other = laid(parcel, *records), laid(parcel, *(records[place] for place in order))
    assert one.whole.tolist() == other.whole.tolist()
    told = dict(zip(one.record.tolist(), one.amount.tolist(), strict=True))
    assert {
        order[place]: amount for place, amount in zip(other.record.tolist(), other.amount.tolist(), strict=True)
    } == told


@given(STARS, STARS, st.floats(0, 6))
@hypothesis_settings(max_examples=60)
def test_splitting_a_record_does_not_change_the_union(
    parcel: shapely.Polygon, record: shapely.Polygon, cut: float
) -> None:
    halves = [record.intersection(box(-9, -9, cut, 19)), record.intersection(box(cut, -9, 19, 19))]
    parts = [each for each in halves if each.area > 0 and each.geom_type in {"Polygon", "MultiPolygon"}]
    whole, split = laid(parcel, record).whole[0], laid(parcel, *parts).whole[0]
    assert split == pytest.approx(whole, rel=1e-9, abs=bend(parcel, record))


@given(STARS)
@hypothesis_settings(max_examples=60)
def test_a_parcel_against_itself_is_all_of_it_however_often(parcel: shapely.Polygon) -> None:
    whole = area_m2(array(parcel))[0]
    for found in (laid(parcel, shapely.from_wkb(parcel.wkb)), laid(parcel, parcel, shapely.reverse(parcel), parcel)):
        assert found.whole[0] == pytest.approx(whole, rel=1e-9)
        assert found.whole[0] <= whole


def test_parcels_in_parts_or_together_give_the_same_to_the_last_digit() -> None:
    """What a partition of them gives is what all of them give: also where threads are used for many."""
    random = np.random.default_rng(80)
    stars = [star(*random.uniform(0, 40, 2), 2, random.uniform(0.4, 1, 20).tolist()) for _ in range(2_400)]
    parcels, records = array(*stars[:600]), array(*stars[600:])
    together = common(parcels, records, POLYGON, Least())
    assert len(together.parcel) > 4_000
    for start in range(0, 600, 150):
        near = np.unique(shapely.STRtree(records).query(parcels[start : start + 150])[1])
        part = common(parcels[start : start + 150], records[near], POLYGON, Least())
        mine = (together.parcel >= start) & (together.parcel < start + 150)
        assert part.whole.tolist() == together.whole[start : start + 150].tolist()
        assert near[part.record].tolist() == together.record[mine].tolist()
        assert part.amount.tolist() == together.amount[mine].tolist()


# --- nasty geometry ---------------------------------------------------------------------------------------------------


def test_touching_is_not_overlapping() -> None:
    found = laid(box(0, 0, 1, 1), box(1, 0, 2, 1), box(1, 1, 2, 2), box(-1, -1, 0, 0.5))
    assert len(found.parcel) == 0
    assert found.whole.tolist() == [0.0]
    assert found.slivers.tolist() == [0]


def test_a_tenth_of_a_millimetre_is_a_sliver_and_is_counted() -> None:
    edge = 1 - 1e-4 * METRE / UNIT
    parcel, beside = box(0, 0, 1, 1), box(edge, 0, 2, 1)
    found = laid(parcel, beside, least=Least())
    assert len(found.parcel) == 0
    assert found.slivers.tolist() == [1]
    assert laid(parcel, beside).amount[0] == pytest.approx(1e-4 * UNIT / METRE, rel=0.2)  # 11 cm² on 111 m


def test_a_long_strip_is_a_sliver_by_its_width_and_a_small_record_is_none() -> None:
    strip = box(1 - 0.05 * METRE / UNIT, 0, 2, 1)
    assert laid(box(0, 0, 1, 1), strip, least=Least(area_m2=1, width_m=0.1)).slivers.tolist() == [1]
    assert laid(box(0, 0, 1, 1), strip, least=Least(area_m2=1, width_m=0.01)).slivers.tolist() == [0]
    tiny = box(0, 0, 0.5 * METRE / UNIT, 0.5 * METRE / UNIT)  # a quarter of a square metre, at the edge
    assert len(laid(box(0, 0, 1, 1), tiny, least=Least()).parcel) == 1


def test_a_bowtie_is_taken_as_what_it_can_be_mended_to() -> None:
    bowtie = shapely.Polygon([(WEST, SOUTH), (WEST + UNIT, SOUTH + UNIT), (WEST + UNIT, SOUTH), (WEST, SOUTH + UNIT)])
    assert not bowtie.is_valid
    found = laid(box(0, 0, 1, 1), bowtie, box(0, 0, 0.5, 1))
    assert found.amount[0] == pytest.approx(geod(shapely.make_valid(bowtie)), rel=1e-6)
    assert found.whole[0] == pytest.approx(geod(shapely.make_valid(bowtie).union(box(0, 0, 0.5, 1))), rel=1e-6)


def test_holes_and_parts_are_kept() -> None:
    holed = box(0, 0, 10, 10).difference(box(4, 4, 6, 6))
    parts = shapely.MultiPolygon([box(0, 0, 1, 1), box(5, 5, 5.5, 5.5), box(9, 9, 11, 11)])
    found = laid(holed, parts)
    assert found.amount[0] == pytest.approx(geod(box(0, 0, 1, 1)) + geod(box(9, 9, 10, 10)), rel=1e-9)
    assert laid(box(4.5, 4.5, 5, 5), holed).whole.tolist() == [0.0]


def test_a_hundred_thousand_vertices_and_one_giant_record() -> None:
    radii = (1 + 0.01 * np.sin(np.arange(100_000))).tolist()
    giant = star(5, 5, 4, radii)
    inside, across, outside = box(4, 4, 5, 5), box(8, 4, 10, 6), box(20, 20, 21, 21)
    found = common(array(inside, across, outside), array(giant), POLYGON, NOTHING_LEFT_OUT)
    assert found.parcel.tolist() == [0, 1]
    assert found.whole[0] == area_m2(array(inside))[0]
    assert found.whole[1] == pytest.approx(geod(giant.intersection(across)), rel=1e-6)


def test_a_parcel_across_the_zones_34_and_35_is_measured_as_one() -> None:
    wide = shapely.box(103.49, 29.0, 103.51, 29.01)
    for zone in (4543, 4544):  # drawn in either zone it comes back the same
        there = Transformer.from_crs(4490, zone, always_xy=True)
        back = Transformer.from_crs(zone, 4490, always_xy=True)
        plane = shapely.transform(shapely.segmentize(wide, 1e-4), lambda xy: np.column_stack(there.transform(*xy.T)))
        again = shapely.transform(plane, lambda xy: np.column_stack(back.transform(*xy.T)))
        found = common(array(again), array(wide), POLYGON, NOTHING_LEFT_OUT)
        assert found.whole[0] == pytest.approx(geod(wide), rel=1e-6)


def test_empty_layers_and_no_parcels_give_nothing() -> None:
    for kind in Geometry:
        assert common(array(box(0, 0, 1, 1)), array(), kind, Least()).whole.tolist() == [0.0]
        assert len(common(array(), array(box(0, 0, 1, 1)), kind, Least()).parcel) == 0
    assert len(laid(box(0, 0, 1, 1), shapely.Polygon()).parcel) == 0


def test_lines_are_measured_on_the_parcel_and_not_along_its_outline() -> None:
    def line(*points: tuple[float, float]) -> shapely.LineString:
        return shapely.LineString([(WEST + x * UNIT, SOUTH + y * UNIT) for x, y in points])

    across, again, along, off = (
        line((-1, 0.5), (2, 0.5)),
        line((0.5, 0.5), (3, 0.5)),
        line((0, 0), (1, 0)),
        line((2, 2), (3, 3)),
    )
    found = common(array(box(0, 0, 1, 1)), array(across, again, along, off), Geometry.LINE, NOTHING_LEFT_OUT)
    assert found.record.tolist() == [0, 1]
    whole = GEOD.geometry_length(line((0, 0.5), (1, 0.5)))
    assert found.amount.tolist() == pytest.approx([whole, whole / 2], rel=1e-7)
    assert found.whole[0] == pytest.approx(whole, rel=1e-7)  # the half they share once


def test_points_are_counted_on_the_parcel_and_not_on_its_outline() -> None:
    def points(*places: tuple[float, float]) -> shapely.MultiPoint:
        return shapely.MultiPoint([(WEST + x * UNIT, SOUTH + y * UNIT) for x, y in places])

    inner, outline = points((0.5, 0.5)).geoms[0], points((1, 0.5)).geoms[0]
    several = points((0.25, 0.25), (0.75, 0.25), (1, 0.75), (5, 5))
    found = common(array(box(0, 0, 1, 1)), array(inner, outline, several), Geometry.POINT, Least())
    assert found.record.tolist() == [0, 2]
    assert found.amount.tolist() == [1.0, 2.0]
    assert found.whole.tolist() == [3.0]


def test_what_parts_cover_does_not_depend_on_their_order() -> None:
    parts = array(*(star(1, 1, 1 + place / 7, [1, 0.5, 0.8, 0.4, 0.9]) for place in range(5)))
    assert covered(parts, POLYGON) == covered(parts[::-1], POLYGON)
