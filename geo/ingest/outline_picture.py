"""Where data fell against the county's outline, as a small SVG that a page can show as it is."""

import math
from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Geod

from geo.org_unit import Geometries

WIDTH = 320
"""Units across; the height follows the county's shape."""

_MARGIN = 0.12  # of the county's extent, on every side
_DOTS = 600  # most places that are dotted
_DRAWN = 40  # most geometries that are large enough to be drawn as what they are
_SECTORS = 12  # directions in which what lies outside the picture is gathered
_GEOD = Geod(ellps="GRS80")

Xy = npt.NDArray[np.float64]


def picture(geometries: Geometries, outline: shapely.Geometry | None) -> str:
    """An SVG of ``geometries`` (lon/lat CGCS2000; missing ones are left out) against the county's ``outline``.

    At most about 20 kB whatever the data. What lies outside the frame is an arrow at the edge for each direction, with
    the distance from the county of the nearest in kilometres. Colours are the page's: the classes are ``county``,
    ``data`` and ``away``, on ``currentColor``.
    """
    there = geometries[~(shapely.is_missing(geometries) | shapely.is_empty(geometries))]
    bounds: Xy = shapely.bounds(there) if len(there) else np.empty((0, 4))
    finite = np.isfinite(bounds).all(axis=1)
    there, bounds = there[finite], bounds[finite]
    frame = _frame(outline, bounds)
    if frame is None:
        return _svg(WIDTH, WIDTH * 3 // 4, [])
    west, south, east, north = frame
    stretch = math.cos(math.radians(min(89.0, abs(south + north) / 2)))
    scale = WIDTH / ((east - west) * stretch)
    height = max(1, round((north - south) * scale))

    def onto(lon_lat: Xy) -> Xy:
        return np.column_stack(((lon_lat[:, 0] - west) * stretch * scale, (north - lon_lat[:, 1]) * scale))

    parts: list[str] = []
    if outline is not None:
        parts.append(_rings("county", _simple(outline, scale, 400), onto))
    middle = np.column_stack(((bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2))
    inside = (middle >= (west, south)).all(axis=1) & (middle <= (east, north)).all(axis=1)
    size = np.maximum((bounds[:, 2] - bounds[:, 0]) * stretch, bounds[:, 3] - bounds[:, 1]) * scale
    large = np.flatnonzero(inside & (size > 6))[:_DRAWN]
    for geometry in there[large]:
        parts.append(_rings("data", _simple(geometry, scale, 24), onto))
    dotted: npt.NDArray[np.bool_] = np.array(inside)
    dotted[large] = False
    if dotted.any():
        parts.append(_dots(onto(middle[dotted])))
    if not inside.all():
        centre = np.array([(west + east) / 2, (south + north) / 2])
        parts += _arrows(middle[~inside], centre, outline, WIDTH, height)
    return _svg(WIDTH, height, parts)


def _frame(outline: shapely.Geometry | None, bounds: Xy) -> tuple[float, float, float, float] | None:
    """The county, else the data, with a margin; None where there is neither."""
    if outline is not None:
        west, south, east, north = (float(value) for value in shapely.bounds(outline))
    elif len(bounds):
        west, south = (float(value) for value in bounds[:, :2].min(axis=0))
        east, north = (float(value) for value in bounds[:, 2:].max(axis=0))
    else:
        return None
    margin = max(east - west, north - south, 1e-4) * _MARGIN
    return west - margin, south - margin, east + margin, north + margin


def _simple(geometry: shapely.Geometry, scale: float, most: int) -> shapely.Geometry:
    """A geometry without what cannot be seen, and with few enough vertices."""
    tolerance = 0.5 / scale
    simple = shapely.simplify(geometry, tolerance)
    while shapely.get_num_coordinates(simple) > most and tolerance < 1e3 / scale:
        tolerance *= 2
        simple = shapely.simplify(geometry, tolerance, preserve_topology=False)
    return geometry if shapely.is_empty(simple) and shapely.get_num_coordinates(geometry) <= most else simple


def _rings(kind: str, geometry: shapely.Geometry, onto: Callable[[Xy], Xy]) -> str:
    """A path of all rings or lines of a geometry."""
    drawn: list[str] = []
    for part in shapely.get_parts(geometry):
        polygon = isinstance(part, shapely.Polygon)
        lines: Iterable[shapely.Geometry] = (part.exterior, *part.interiors) if polygon else (part,)
        for line in lines:
            points = onto(shapely.get_coordinates(line))
            if len(points):
                drawn.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + ("Z" if polygon else ""))
    fill = ' fill="currentColor" fill-opacity="0.12"' if kind == "data" else ' fill="none"'
    return f'<path class="{kind}" d="{"".join(drawn)}" stroke="currentColor" fill-rule="evenodd"{fill}/>'


def _dots(points: Xy) -> str:
    """Strokes without length and with round ends: the shortest way to write many dots; one for each place."""
    places = np.unique(np.round(points).astype(np.int64), axis=0)
    if len(places) > _DOTS:
        places = places[np.linspace(0, len(places) - 1, _DOTS).astype(np.intp)]
    drawn = "".join(f"M{x} {y}h0" for x, y in places)
    return f'<path class="data" d="{drawn}" fill="none" stroke="currentColor" stroke-width="4" stroke-linecap="round"/>'


def _arrows(away: Xy, centre: Xy, outline: shapely.Geometry | None, width: int, height: int) -> list[str]:
    """A triangle at the edge and a distance, for each direction in which something lies outside."""
    turn = np.arctan2(away[:, 1] - centre[1], away[:, 0] - centre[0])
    sector = np.round(turn / (2 * math.pi) * _SECTORS).astype(np.int64) % _SECTORS
    drawn: list[str] = []
    for each in np.unique(sector):
        those = away[sector == each]
        nearest = those[np.argmin(np.hypot(*(those - centre).T))]
        angle = 2 * math.pi * float(each) / _SECTORS
        dx, dy = math.cos(angle), -math.sin(angle)
        reach = min((width / 2 - 12) / max(abs(dx), 1e-9), (height / 2 - 12) / max(abs(dy), 1e-9))
        x, y = width / 2 + dx * reach, height / 2 + dy * reach
        anchor = "end" if dx > 0.3 else "start" if dx < -0.3 else "middle"
        label = f"{_kilometres(nearest, centre, outline)} km" + (f" ×{len(those)}" if len(those) > 1 else "")
        drawn.append(
            f'<g class="away" fill="currentColor"><path d="M10 0L-5 -5L-5 5Z"'
            f' transform="translate({x:.1f} {y:.1f}) rotate({math.degrees(math.atan2(dy, dx)):.0f})"/>'
            f'<text x="{x - dx * 12:.1f}" y="{y - dy * 12 + 4:.1f}" font-size="11" text-anchor="{anchor}">'
            f"{label}</text></g>"
        )
    return drawn


def _kilometres(position: Xy, centre: Xy, outline: shapely.Geometry | None) -> str:
    """How far a position lies from the county, or from the middle of the picture."""
    near = centre
    if outline is not None:
        near = shapely.get_coordinates(shapely.shortest_line(outline, shapely.Point(position)))[0]
    lon, lat = position
    if abs(lon) > 180 or abs(lat) > 90:  # plane coordinates that were taken for degrees
        return "∞"
    metres = _GEOD.inv(near[0], near[1], lon, lat)[2]
    return f"{metres / 1000:.0f}" if metres >= 10_000 else f"{metres / 1000:.1f}"


def _svg(width: int, height: int, parts: list[str]) -> str:
    inner = "".join(parts)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">{inner}</svg>'
