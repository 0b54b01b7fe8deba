"""Length and area as the map measures them, against PROJ's geodesics on the same ellipsoid."""

import random
from collections.abc import Iterator
from math import cos, pi, sin
from typing import Any

import pytest
from conftest import CHROMIUM
from playwright.sync_api import Browser, Page
from pyproj import Geod, Transformer

from web.page import STATIC

GEOD = Geod(ellps="GRS80")
WEST, SOUTH, EAST, NORTH = 102.91, 28.67, 103.59, 29.33
TOLERANCE = 1e-6

Ring = list[tuple[float, float]]

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")


@pytest.fixture(scope="module")
def geodesy(browser: Browser) -> Iterator[Page]:
    """A page that holds the functions of geodesy.js."""
    page = browser.new_page()
    source = (STATIC / "src/geodesy.js").read_text("utf-8")
    page.add_script_tag(type="module", content=f"{source}\nwindow.geodesy = {{ lengthOf, areaOf, crossesItself }};")
    page.wait_for_function("window.geodesy")
    yield page
    page.close()


def asked(page: Page, name: str, shapes: list[Any]) -> list[Any]:
    return page.evaluate(f"(shapes) => shapes.map(geodesy.{name})", shapes)


def ring(dice: random.Random, lon: float, lat: float, degrees: float) -> Ring:
    """A star-shaped ring of 3 to 9 corners around a place."""
    turns = sorted(dice.uniform(0, 2 * pi) for _ in range(dice.randint(3, 9)))
    reach = [degrees * dice.uniform(0.4, 1) for _ in turns]
    return [(lon + r * cos(turn), lat + r * sin(turn)) for turn, r in zip(turns, reach, strict=True)]


def test_lengths_are_those_of_geodesics(geodesy: Page) -> None:
    dice = random.Random(4490)
    lines: list[Ring] = [[(103.2, 29.1), (103.2, 29.1)], [(WEST, SOUTH), (EAST, NORTH)], [(103.4, 29), (103.6, 29)]]
    for size in (1e-5, 1e-3, 0.1, 0.6):
        for _ in range(50):
            start = (dice.uniform(WEST, EAST), dice.uniform(SOUTH, NORTH))
            lines.append([start, (start[0] + dice.uniform(-size, size), start[1] + dice.uniform(-size, size))])
    lines += [[(dice.uniform(WEST, EAST), dice.uniform(SOUTH, NORTH)) for _ in range(6)] for _ in range(50)]
    for line, found in zip(lines, asked(geodesy, "lengthOf", lines), strict=True):
        lons, lats = zip(*line, strict=True)
        assert found == pytest.approx(GEOD.line_length(lons, lats), rel=TOLERANCE, abs=1e-9), line


@pytest.mark.parametrize("degrees", [1e-3, 0.02, 0.3], ids=["field", "township", "county"])
def test_areas_are_those_of_geodesic_polygons(geodesy: Page, degrees: float) -> None:
    """Among them rings across 103.5 E, where the zones of the plane coordinates meet."""
    dice = random.Random(2000)
    rings = [ring(dice, dice.uniform(WEST, EAST), dice.uniform(SOUTH, NORTH), degrees) for _ in range(60)]
    rings += [ring(dice, 103.5, dice.uniform(SOUTH, NORTH), degrees) for _ in range(60)]
    wanted = [abs(GEOD.polygon_area_perimeter(*zip(*each, strict=True))[0]) for each in rings]
    assert max(wanted) > min(wanted) > 0
    for each, found, area in zip(rings, asked(geodesy, "areaOf", rings), wanted, strict=True):
        assert found == pytest.approx(area, rel=TOLERANCE), each


def test_areas_of_plots_are_those_of_an_equal_area_projection(geodesy: Page) -> None:
    """Of a few square metres, where PROJ's sums from the equator up have no digits left."""
    dice = random.Random(15)
    for _ in range(60):
        lon, lat = dice.uniform(WEST, EAST), dice.uniform(SOUTH, NORTH)
        plot = ring(dice, lon, lat, 5e-5)
        plane = Transformer.from_crs(4490, f"+proj=laea +ellps=GRS80 +lon_0={lon} +lat_0={lat}", always_xy=True)
        corners = [plane.transform(*position) for position in plot]
        twice = sum(x * v - u * y for (x, y), (u, v) in zip(corners, [*corners[1:], corners[0]], strict=True))
        assert asked(geodesy, "areaOf", [plot])[0] == pytest.approx(abs(twice) / 2, rel=TOLERANCE)


def test_neither_direction_nor_a_closing_point_changes_an_area(geodesy: Page) -> None:
    one = ring(random.Random(7), 103.2, 29, 0.05)
    first, back, closed = asked(geodesy, "areaOf", [one, one[::-1], [*one, one[0]]])
    assert first == pytest.approx(back, rel=1e-9)
    assert first == pytest.approx(closed, rel=1e-9)


def test_a_sphere_would_be_found_wrong(geodesy: Page) -> None:
    """The control: the shortcut of web maps misses the tolerance a thousand times over."""
    one = ring(random.Random(7), 103.2, 29, 0.05)
    sphere = abs(Geod(a=6378137, b=6378137).polygon_area_perimeter(*zip(*one, strict=True))[0])
    assert abs(sphere / asked(geodesy, "areaOf", [one])[0] - 1) > 1000 * TOLERANCE


def test_a_ring_that_crosses_itself_is_told(geodesy: Page) -> None:
    square = [(103, 29), (103.1, 29), (103.1, 29.1), (103, 29.1)]
    bow = [square[0], square[2], square[1], square[3]]
    assert asked(geodesy, "crossesItself", [square, square[::-1], bow, square[:3]]) == [False, False, True, False]
