"""Positions and areas, held against pyproj's own geodesics."""

import math
import time

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Geod, Transformer

from geo.crs import (
    STORED,
    CrsNeedsParameters,
    area_m2,
    bd09_to_cgcs2000,
    cgcs2000_to_gcj02,
    gauss_kruger,
    gcj02_to_cgcs2000,
    known_crs,
    to_stored,
)

GEOD = Geod(ellps="GRS80")


def karney(polygon: shapely.Polygon) -> float:
    shell, *holes = (abs(GEOD.geometry_area_perimeter(r)[0]) for r in (polygon.exterior, *polygon.interiors))
    return shell - sum(holes)


def star(lon: float, lat: float, radius_m: float, reach: list[float]) -> shapely.Polygon:
    """A star-shaped ring around a point, one vertex for each share of the radius."""
    turn = np.linspace(0, 2 * math.pi, len(reach), endpoint=False)
    r = radius_m * np.array(reach)
    x = lon + r * np.cos(turn) / (111_320 * math.cos(math.radians(lat)))
    return shapely.Polygon(np.column_stack((x, lat + r * np.sin(turn) / 110_862)))


REACH = st.lists(st.floats(0.3, 1), min_size=3, max_size=40)
# pyproj itself rounds at about 0.0001 m² for each polygon, whatever its size.
ROUNDING = 0.001


@given(st.floats(73, 135), st.floats(3, 54), st.floats(0.5, 5), REACH)
def test_area_of_any_parcel_in_china_is_karneys(lon: float, lat: float, digits: float, reach: list[float]) -> None:
    polygon = star(lon, lat, 10**digits, reach)
    expected = karney(polygon)
    assert area_m2(np.array([polygon]))[0] == pytest.approx(expected, rel=1e-7, abs=ROUNDING)


@given(REACH, REACH)
def test_holes_are_subtracted_and_parts_added(shell: list[float], hole: list[float]) -> None:
    outer, inner = star(103.2, 29, 900, shell), star(103.2, 29, 40, hole)
    pierced = shapely.Polygon(outer.exterior, [inner.exterior])
    far = star(103.5, 28.8, 50, hole)
    collection = shapely.GeometryCollection([shapely.MultiPolygon([pierced, far]), shapely.Point(103, 29)])
    nested = shapely.GeometryCollection([collection, shapely.LineString([(103, 29), (104, 30)])])
    expected = karney(outer) - karney(inner)
    areas = area_m2(np.array([pierced, shapely.MultiPolygon([pierced, far]), nested], dtype=object))
    assert areas[0] == pytest.approx(expected, rel=1e-7, abs=ROUNDING)
    assert areas[1:] == pytest.approx([expected + karney(far)] * 2, rel=1e-7, abs=ROUNDING)


def test_an_area_is_the_same_to_the_last_digit_wherever_it_stands() -> None:
    random = np.random.default_rng(5)

    def star(count: int) -> shapely.Polygon:
        turn, reach = np.sort(random.uniform(0, 2 * np.pi, count)), random.uniform(5e-4, 2e-3, count)
        return shapely.Polygon(np.c_[103.2 + reach * np.cos(turn), 29.2 + reach * np.sin(turn)])

    stars = np.array([star(int(random.integers(4, 40))) for _ in range(300)], object)
    alone = [float(area_m2(stars[[place]])[0]) for place in range(300)]
    assert area_m2(stars).tolist() == alone
    assert area_m2(stars[::-1]).tolist() == alone[::-1]


def test_the_winding_of_a_ring_does_not_matter() -> None:
    ring = [(103.0, 29.0), (103.01, 29.0), (103.01, 29.01)]
    forth, back = area_m2(np.array([shapely.Polygon(ring), shapely.Polygon(ring[::-1])]))
    assert forth == pytest.approx(back, rel=1e-12)


def test_what_has_no_surface_has_no_area() -> None:
    geometries = np.array(
        [
            shapely.Point(103, 29),
            shapely.LineString([(103, 29), (104, 30)]),
            shapely.Polygon(),
            shapely.MultiPolygon(),
            None,
        ]
    )
    areas = area_m2(geometries)
    assert areas[:4].tolist() == [0, 0, 0, 0]
    assert math.isnan(areas[4])
    assert area_m2(np.array([], dtype=object)).size == 0


def test_long_edges_and_heights_are_handled() -> None:
    wide = shapely.box(102.9, 28.67, 103.59, 29.33)
    raised = shapely.force_3d(wide, 2000)
    across = shapely.Polygon([(179, 10), (181, 10), (181, 11), (179, 11)])
    assert area_m2(np.array([wide, raised, across])) == pytest.approx(
        [karney(wide), karney(wide), karney(across)], rel=1e-9
    )


def test_a_million_parcels_take_seconds() -> None:
    turn = np.linspace(0, 2 * math.pi, 10)
    ring = np.column_stack((0.0003 * np.cos(turn), 0.0003 * np.sin(turn)))
    ring[-1] = ring[0]
    centres = np.random.default_rng(1).uniform((103, 28.7), (103.6, 29.3), (100_000, 2))
    parcels = shapely.polygons(centres[:, None, :] + ring)
    area_m2(parcels[:1000])
    start = time.process_time()
    area_m2(parcels)
    assert time.process_time() - start < 1.0  # 0.15 s measured; the bound leaves room for a busy machine


@pytest.mark.parametrize("zone", [34, 35])
@pytest.mark.parametrize("prefixed", [True, False])
def test_a_gauss_kruger_zone_goes_to_longitude_latitude(zone: int, prefixed: bool) -> None:
    crs = gauss_kruger(zone, prefixed=prefixed)
    assert crs.to_epsg() == (4488 if prefixed else 4509) + zone
    there = Transformer.from_crs(STORED, crs, always_xy=True)
    easting, northing = there.transform(103.26587, 29.23082)
    assert (easting > 10_000_000) is prefixed
    back = to_stored(np.array([shapely.Point(easting, northing, 812)]), crs)[0]
    assert not back.has_z
    assert (back.x, back.y) == pytest.approx((103.26587, 29.23082), abs=1e-9)


def test_wgs84_is_taken_as_cgcs2000_and_axis_order_is_longitude_first() -> None:
    point = np.array([shapely.Point(103.2, 29.1)])
    for crs in (4326, 4490, "OGC:CRS84", CRS.from_epsg(4490).to_wkt("WKT1_ESRI")):
        assert to_stored(point, crs)[0].equals(point[0])
    mercator = Transformer.from_crs(4326, 3857, always_xy=True).transform(103.2, 29.1)
    moved = to_stored(np.array([shapely.Point(mercator)]), 3857)[0]
    assert (moved.x, moved.y) == pytest.approx((103.2, 29.1), abs=1e-8)


@pytest.mark.parametrize("code", [2379, 2380, 2358, 2359, 4610, 2431, 2432, 2410, 2411, 4214])
def test_old_datums_are_refused_with_a_sentence(code: int) -> None:
    point = np.array([shapely.Point(500_000, 3_200_000)])
    for crs in (CRS.from_epsg(code), CRS.from_epsg(code).to_wkt("WKT1_ESRI")):
        with pytest.raises(CrsNeedsParameters, match="七参数"):
            to_stored(point, crs)
    with pytest.raises(CrsNeedsParameters):
        known_crs(f"EPSG:{code}")


@pytest.mark.parametrize("name", ["西安80坐标系", "1980西安坐标系", "北京54", "1954年北京坐标系"])
def test_old_datums_are_known_by_their_chinese_names(name: str) -> None:
    with pytest.raises(CrsNeedsParameters):
        known_crs(name)


def test_an_old_datum_with_its_own_parameters_is_accepted() -> None:
    text = "+proj=tmerc +lat_0=0 +lon_0=102 +x_0=500000 +a=6378140 +rf=298.257 +towgs84=1,2,3,0.1,0.2,0.3,4 +units=m"
    crs = known_crs(text)
    assert crs is not None
    moved = to_stored(np.array([shapely.Point(620_000, 3_230_000)]), crs)[0]
    assert moved.x == pytest.approx(103.24, abs=0.02)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2000国家大地坐标系", 4490),
        ("CGCS2000", 4490),
        ("CGCS2000国家大地坐标系", 4490),
        ("GCS_China_Geodetic_Coordinate_System_2000", 4490),
        ("CGCS2000_3_Degree_GK_Zone_35", 4523),
        ("EPSG:4544", 4544),
        ("4522", 4522),
    ],
)
def test_a_crs_is_known_by_code_name_or_wkt(text: str, code: int) -> None:
    crs = known_crs(text)
    assert crs is not None
    assert crs.to_epsg() == code


@pytest.mark.parametrize("text", ["", "  ", "unknown", "999999", "城市坐标系"])
def test_an_unknown_crs_is_none(text: str) -> None:
    assert known_crs(text) is None


@settings(max_examples=200)
@given(st.floats(75, 134), st.floats(4, 53))
def test_consumer_map_offset_is_undone_below_a_centimetre(lon: float, lat: float) -> None:
    true = np.array([shapely.Point(lon, lat)])
    shown = cgcs2000_to_gcj02(true)
    moved = GEOD.inv(lon, lat, shown[0].x, shown[0].y)[2]
    assert 1 < moved < 1500
    back = gcj02_to_cgcs2000(shown)[0]
    assert GEOD.inv(lon, lat, back.x, back.y)[2] < 0.01


def test_the_offset_at_the_county_seat() -> None:
    """378 m for GCJ-02 and 887 m for BD-09."""
    seat = np.array([shapely.Point(103.26587, 29.23082)])
    for back, metres in ((gcj02_to_cgcs2000, 378), (bd09_to_cgcs2000, 887)):
        moved = back(seat)[0]
        assert GEOD.inv(103.26587, 29.23082, moved.x, moved.y)[2] == pytest.approx(metres, abs=3)


def test_there_are_no_zones_outside_china() -> None:
    with pytest.raises(ValueError, match="zone"):
        gauss_kruger(24, prefixed=True)


def test_parameters_in_a_text_are_followed_and_not_passed_over() -> None:
    plain = "+proj=longlat +a=6378140 +rf=298.257"
    bound = f"{plain} +towgs84=-12.5,63.25,40.75,0.51,-1.13,2.04,-3.6 +type=crs"
    for text in (bound, CRS.from_user_input(bound).to_wkt()):
        crs = known_crs(text)
        assert crs is not None
        moved = to_stored(np.array([shapely.Point(103.26, 29.15)]), crs)[0]
        assert GEOD.inv(103.26, 29.15, moved.x, moved.y)[2] == pytest.approx(71.8, abs=0.2)
