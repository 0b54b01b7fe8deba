"""Positions: every coordinate reference system by name, and the true area of what is drawn.

Stored geometry is CGCS2000 (EPSG:4490) in longitude, latitude order, two-dimensional. Areas are ellipsoidal areas of
geodesic polygons on GRS80, the legal area of Chinese land survey.
"""

import math
import re
from collections.abc import Callable
from functools import cache
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Geod, Transformer
from pyproj.exceptions import CRSError

from geo.errors import ShanheError
from geo.text import Text

Geometries = NDArray[np.object_]
Coordinates = NDArray[np.float64]

STORED = 4490
WGS84 = 4326
WEB_MERCATOR = 3857
ZONES = range(25, 46)
METRES_PER_DEGREE = math.pi * 6371008.8 / 180
"""Of a degree of latitude on a sphere of the earth's mean radius (IUGG): for lengths, never for areas."""
SIX_DEGREE_ZONES = range(13, 24)
Datum = Literal["cgcs2000", "xian1980", "beijing1954"]
Offset = Literal["gcj02", "bd09"]


class CrsNeedsParameters(ShanheError):
    """Coordinates on Xi'an 1980 or Beijing 1954, which PROJ can only place to about 100 m."""

    code = "crs_needs_parameters"
    sentence = Text(
        zh="坐标系 {crs} 转换到 CGCS2000 需要七参数，缺少参数时误差约 100 米；请先转换为 CGCS2000，或提供七参数",
        en="Converting {crs} to CGCS2000 needs seven parameters; without them positions are about 100 m wrong."
        " Convert the data to CGCS2000 first, or supply the parameters",
    )


# --- ellipsoidal area -------------------------------------------------------------------------------------------------

_A = 6378137.0
_F = 1 / 298.257222101
_E2 = _F * (2 - _F)
_E = math.sqrt(_E2)
_Q_POLE = 1 + (1 - _E2) / _E * math.atanh(_E)
_RADIUS2 = _A * _A * _Q_POLE / 2  # of the sphere with the ellipsoid's surface
# Sine of the authalic latitude as an odd series in the sine of the latitude; the first term left out is below 1e-16.
_SERIES = tuple((1 - _E2) / _Q_POLE * _E2**k * (1 + 1 / (2 * k + 1)) for k in range(7))
_LONG_EDGE = math.radians(0.02)  # about 2 km: up to here the edge term below is exact to a square millimetre
_HIGH_SINE = math.sin(math.radians(75))
_BLOCK = 32_768  # polygons worked on at once, so that the scratch arrays stay in the processor's cache
_GEOD = Geod(ellps="GRS80")


def area_m2(geometries: Geometries) -> NDArray[np.float64]:
    """The ellipsoidal area in m² of each of ``geometries`` (longitude, latitude in degrees, CGCS2000).

    Edges are geodesics of GRS80, holes are subtracted, the parts of collections are added; points and lines have
    area 0, a missing geometry has ``nan``. Agrees with Karney's algorithm (J. Geodesy 87, 2013; ``pyproj.Geod``) below
    0.01 ppm: a ring is mapped by (longitude, sine of authalic latitude), where areas are true and a sum over the edges
    gives them, and each edge adds the sliver between the geodesic and its chord on that map. Polygons with edges
    beyond 2 km are handed to ``pyproj.Geod`` itself.
    """
    geometries = np.atleast_1d(np.asarray(geometries, dtype=object))
    kinds = shapely.get_type_id(geometries)
    if bool(np.all(kinds == shapely.GeometryType.POLYGON)) and not bool(np.any(shapely.is_empty(geometries))):
        return _polygon_areas(geometries)
    parts, owner = shapely.get_parts(geometries, return_index=True)
    while bool(np.any(shapely.get_type_id(parts) >= shapely.GeometryType.MULTIPOINT)):
        parts, index = shapely.get_parts(parts, return_index=True)
        owner = owner[index]
    polygons = (shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & ~shapely.is_empty(parts)
    total = np.bincount(owner[polygons], _polygon_areas(parts[polygons]), geometries.size)
    return np.where(kinds == shapely.GeometryType.MISSING, np.nan, total)


Rings = tuple[Coordinates, NDArray[np.intp], NDArray[np.intp]]


def rings(polygons: Geometries) -> Rings:
    """Positions of all rings of non-empty polygons, where each ring ends, and at which ring each polygon does.

    Both begin with 0; the first ring of a polygon is its outline.
    """
    if not bool(np.any(shapely.get_num_interior_rings(polygons))):  # of one ring each it takes a fifth of the time
        ends = np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(polygons))]).astype(np.intp)
        return shapely.get_coordinates(polygons), ends, np.arange(len(polygons) + 1)
    _, degrees, (ring_ends, polygon_ends) = shapely.to_ragged_array(polygons, include_z=False)
    return degrees, np.asarray(ring_ends, np.intp), np.asarray(polygon_ends, np.intp)


def equal_area(degrees: Coordinates) -> Coordinates:
    """Positions (n, 2) in degrees on a plane in m on which areas are those of GRS 80; shapes are not kept.

    It is the map by (longitude, sine of authalic latitude) that :func:`area_m2` counts on.
    """
    sine = np.sin(np.radians(degrees[:, 1]))
    square = sine * sine
    height = np.full_like(sine, _SERIES[-1])
    for term in _SERIES[-2::-1]:
        height *= square
        height += term
    return np.column_stack([np.radians(degrees[:, 0]), height * sine]) * math.sqrt(_RADIUS2)


def _polygon_areas(polygons: Geometries) -> NDArray[np.float64]:
    """Areas of non-empty polygons, block by block."""
    areas = np.empty(polygons.size)
    for start in range(0, polygons.size, _BLOCK):
        block = polygons[start : start + _BLOCK]
        areas[start : start + _BLOCK] = ring_areas(block, rings(block))
    return areas


def ring_areas(polygons: Geometries, of: Rings) -> NDArray[np.float64]:
    """The areas that :func:`area_m2` gives of non-empty polygons whose :func:`rings` are known."""
    degrees, ring_ends, polygon_ends = of
    starts = ring_ends[:-1]
    first = np.repeat(starts, np.diff(ring_ends))
    sine = np.sin(np.radians(degrees[:, 1]))
    square = sine * sine
    height = np.full_like(sine, _SERIES[-1])
    for term in _SERIES[-2::-1]:
        height *= square
        height += term
    height *= sine
    # Every ring is counted from its own first point: the products are small and nothing cancels.
    x = np.radians(degrees[:, 0] - degrees[first, 0])
    y = height - height[first]
    dx, dy = np.diff(x), np.diff(y)
    middle = 0.5 * (sine[:-1] + sine[1:])
    square = middle * middle
    stretch = (1 - square) / (1 - _E2 * square) * (_A * _A / _RADIUS2)
    # Area between geodesic and chord: -sin(latitude) / 12 * (3 dx dy² / stretch + dx³ stretch).
    doubled = x[:-1] * dy - y[:-1] * dx
    doubled -= middle / 6 * dx * (3 * dy * dy / stretch + dx * dx * stretch)
    steps = starts[1:] - 1  # from the end of one ring to the start of the next is no edge
    doubled[steps] = 0
    long = (np.abs(dx) > _LONG_EDGE) | (np.abs(dy) > _LONG_EDGE) | (np.abs(middle) > _HIGH_SINE)
    long[steps] = False
    # With a step behind the last ring as behind the others, a sum has the same last digit wherever its ring stands.
    around = np.abs(np.add.reduceat(np.append(doubled, 0.0), starts)) * (_RADIUS2 / 2)
    shells = polygon_ends[:-1]
    areas = 2 * around[shells] - np.add.reduceat(around, shells)
    if bool(long.any()):
        ring = np.searchsorted(ring_ends, np.flatnonzero(long), side="right") - 1
        for polygon in np.unique(np.searchsorted(polygon_ends, ring, side="right") - 1):
            areas[polygon] = _karney_area(polygons[polygon])
    return areas


def _karney_area(polygon: Any) -> float:
    shell, *holes = (abs(_GEOD.geometry_area_perimeter(ring)[0]) for ring in (polygon.exterior, *polygon.interiors))
    return shell - sum(holes)


# --- coordinate reference systems -------------------------------------------------------------------------------------

_SAME_POSITION = frozenset({(6378137.0, 298.257222101), (6378137.0, 298.257223563)})


def _names(zh: str, en: str, year: str) -> re.Pattern[str]:
    """The names of a datum; a city by itself is none."""
    short, grid = rf"(?<!\d)(19)?{year}(?!\d)年?\W*", "(国家|大地|平面|直角)*坐标"
    names = rf"{short}{zh}|{zh}\W*(19)?{year}(?!\d)|{zh}{grid}|{short}{grid}|{en}[\W_]*(19)?{year}(?!\d)"
    return re.compile(names, re.IGNORECASE)


# What an old datum is called, and the semi-major axis of its ellipsoid: IAG 1975 and Krassovsky.
_OLD: dict[Datum, tuple[re.Pattern[str], float]] = {
    "xian1980": (_names("西安", "xi.?an", "80"), 6378140.0),
    "beijing1954": (_names("北京", "beijing", "54"), 6378245.0),
}
# EPSG codes less the zone: eastings with the zone before them, and without.
_THREE_DEGREES: dict[Datum, tuple[int, int]] = {
    "cgcs2000": (4488, 4509), "xian1980": (2324, 2345), "beijing1954": (2376, 2397),
}  # fmt: skip
_SIX_DEGREES: dict[Datum, tuple[int, int]] = {
    "cgcs2000": (4478, 4489), "xian1980": (2314, 2325), "beijing1954": (21400, 21440),
}  # fmt: skip
_GEOGRAPHIC: dict[Datum, int] = {"cgcs2000": STORED, "xian1980": 4610, "beijing1954": 4214}
_CGCS2000_NAMES = re.compile(
    r"(?=.*2000)(cgcs|gcs|国家|大地|坐标系?|china|geodetic|coordinate|system|2000|[\s_])+", re.IGNORECASE
)


def gauss_kruger(zone: int, *, prefixed: bool, datum: Datum = "cgcs2000") -> CRS:
    """A Gauss-Kruger zone: 25 to 45 are three degrees wide (central meridian 3 x zone), 13 to 23 six (6 x zone - 3).

    ``prefixed``: eastings have eight digits and begin with the zone; otherwise six. On CGCS2000 the three-degree zones
    are EPSG 4488 + zone and 4509 + zone.
    """
    if zone in ZONES:
        return _crs(_THREE_DEGREES[datum][not prefixed] + zone)
    if zone in SIX_DEGREE_ZONES:
        return _crs(_SIX_DEGREES[datum][not prefixed] + zone)
    raise ValueError(f"no zone {zone}")


def usual(longitude: float) -> list[tuple[str, Text]]:
    """(EPSG code, name) of the systems in use around a longitude, the stored one first."""
    found = [(_crs(STORED), Text(zh="CGCS2000 经纬度", en="CGCS2000 longitude, latitude"))]
    for zone in sorted(ZONES, key=lambda zone: abs(3 * zone - longitude))[:2]:
        found += [
            (
                gauss_kruger(zone, prefixed=True),
                Text(zh=f"CGCS2000 三度带 {zone} 带，加带号", en=f"CGCS2000 Gauss-Kruger zone {zone}, prefixed"),
            ),
            (
                gauss_kruger(zone, prefixed=False),
                Text(zh=f"CGCS2000 三度带 {3 * zone}°E，不加带号", en=f"CGCS2000 Gauss-Kruger {3 * zone}°E"),
            ),
        ]
    found.append((_crs(WGS84), Text(zh="WGS 84 经纬度", en="WGS 84 longitude, latitude")))
    found.append((_crs(WEB_MERCATOR), Text(zh="WGS 84 网络墨卡托", en="WGS 84 web Mercator")))
    return [(str(each.to_epsg()), name) for each, name in found]


def geographic(datum: Datum = "cgcs2000") -> CRS:
    """Longitude and latitude on a datum."""
    return _crs(_GEOGRAPHIC[datum])


def datum_of(crs: CRS) -> Datum:
    """The datum a system lies on, by its ellipsoid and by what it calls itself; all that is not old is CGCS2000."""
    ellipsoid = crs.ellipsoid
    axis = None if ellipsoid is None else ellipsoid.semi_major_metre
    for datum, (names, old_axis) in _OLD.items():
        if axis == old_axis or names.search(crs.name) or (crs.datum is not None and names.search(crs.datum.name)):
            return datum
    return "cgcs2000"


def old_datum_named(text: str) -> Datum | None:
    """The old datum that a text names, such as 西安80坐标系."""
    return next((datum for datum, (names, _) in _OLD.items() if names.search(text)), None)


def stated_crs(text: str) -> CRS | None:
    """The system that an EPSG code, a name or a WKT means, on whatever datum; ``None`` where it cannot be told."""
    text = text.strip()
    if not text:
        return None
    if _CGCS2000_NAMES.fullmatch(text):
        return _crs(STORED)
    try:
        return CRS.from_user_input(int(text) if text.isdecimal() else text)
    except CRSError:
        datum = old_datum_named(text)
        return None if datum is None else geographic(datum)


def known_crs(text: str) -> CRS | None:
    """The system that an EPSG code, a name or a WKT means; ``None`` where it cannot be told.

    Raises :class:`CrsNeedsParameters` for Xi'an 1980 and Beijing 1954, unless the text brings its own seven parameters
    (``+towgs84=…`` or a bound CRS).
    """
    crs = stated_crs(text)
    return None if crs is None else allowed(crs)


def allowed(crs: CRS) -> CRS:
    """``crs`` itself, or :class:`CrsNeedsParameters` where converting it takes parameters that are not public."""
    if not crs.is_bound and datum_of(crs) != "cgcs2000":
        raise CrsNeedsParameters(crs=crs.name)
    return crs


def to_stored(geometries: Geometries, crs: CRS | int | str) -> Geometries:
    """``geometries`` in ``crs`` as CGCS2000 longitude, latitude, without heights.

    Raises :class:`CrsNeedsParameters` for Xi'an 1980 and Beijing 1954 without parameters.
    """
    way = way_to_stored(CRS.from_user_input(crs))
    flat: Geometries = shapely.force_2d(geometries)
    return flat if way is None else shapely.transform(flat, way)


def way_to_stored(crs: CRS) -> Callable[[Coordinates], Coordinates] | None:
    """What turns positions (n, 2) in ``crs``, easting or longitude first, to stored ones; None where nothing does.

    Geographic coordinates on WGS 84 are taken as CGCS2000 as they are: the two differ by centimetres, less than a
    survey of land can show. Raises :class:`CrsNeedsParameters`.
    """
    crs = allowed(crs)
    ellipsoid = crs.ellipsoid
    if crs.is_geographic and not crs.is_bound and ellipsoid is not None:
        shape = (ellipsoid.semi_major_metre, round(ellipsoid.inverse_flattening, 9))
        unit = crs.axis_info[0].unit_conversion_factor
        if shape in _SAME_POSITION and math.isclose(unit, math.radians(1)) and _at_greenwich(crs):
            return None
    # Asked for CGCS2000 from a system bound to WGS 84, PROJ passes the parameters over: it is led to the hub instead.
    hub = crs.target_crs if crs.is_bound else None
    onward = None if hub is None else way_to_stored(hub)
    transformer = Transformer.from_crs(crs, hub or _crs(STORED), always_xy=True)

    def way(xy: Coordinates) -> Coordinates:
        there = np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))
        return there if onward is None else onward(there)

    return way


def _at_greenwich(crs: CRS) -> bool:
    return crs.prime_meridian is None or crs.prime_meridian.longitude == 0


@cache
def _crs(code: int) -> CRS:
    return CRS.from_epsg(code)


# --- systems by the names of the OGC ----------------------------------------------------------------------------------

_EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
"""Longitude, latitude."""
CRS_URIS = (CRS84, *(f"{_EPSG}{code}" for code in (STORED, WGS84, 4522, 4523, 4543, 4544, WEB_MERCATOR)))
"""The systems in which features are asked for and answered, by the registry's URIs (OGC 18-058r1)."""


def uri(code: int) -> str:
    """The URI of an EPSG code."""
    return f"{_EPSG}{code}"


@cache
def registered(uri: str) -> tuple[int, bool]:
    """The EPSG code of one of :data:`CRS_URIS`, and whether its registry puts north before east."""
    if uri == CRS84:
        return WGS84, False
    code = int(uri.removeprefix(_EPSG))
    return code, _crs(code).axis_info[0].direction == "north"


def in_degrees(uri: str) -> bool:
    """Whether coordinates of a system are degrees."""
    return _crs(registered(uri)[0]).is_geographic


def from_registry_order(geometries: Geometries, uri: str) -> Geometries:
    """``geometries`` in one of :data:`CRS_URIS`, axes as its registry orders them, as stored ones."""
    code, flipped = registered(uri)
    return to_stored(_flipped(geometries) if flipped else geometries, code)


def in_registry_order(geometries: Geometries, uri: str) -> Geometries:
    """Stored ``geometries`` in one of :data:`CRS_URIS`, axes as its registry orders them."""
    code, flipped = registered(uri)
    moved = geometries
    if code not in (STORED, WGS84):
        way = Transformer.from_crs(STORED, code, always_xy=True)
        moved = shapely.transform(geometries, lambda xy: np.column_stack(way.transform(xy[:, 0], xy[:, 1])))
    return _flipped(moved) if flipped else moved


def _flipped(geometries: Geometries) -> Geometries:
    return shapely.transform(geometries, lambda xy: xy[:, ::-1])


# --- coordinates of consumer maps -------------------------------------------------------------------------------------

_GCJ_A = 6378245.0
_GCJ_E2 = 0.006_693_421_622_965_943_23
_BD_TURNS = math.pi * 3000 / 180


def cgcs2000_to_gcj02(geometries: Geometries) -> Geometries:
    """CGCS2000 positions moved to where consumer maps (AMap and others) show them, longitude and latitude."""
    return shapely.transform(geometries, _FORWARD["gcj02"])


def gcj02_to_cgcs2000(geometries: Geometries) -> Geometries:
    """GCJ-02 positions moved back to CGCS2000; the inverse is iterated to below a millimetre."""
    return shapely.transform(geometries, lambda shown: without_offset(shown, "gcj02"))


def cgcs2000_to_bd09(geometries: Geometries) -> Geometries:
    """CGCS2000 positions moved to where Baidu's map shows them."""
    return shapely.transform(geometries, _FORWARD["bd09"])


def bd09_to_cgcs2000(geometries: Geometries) -> Geometries:
    """BD-09 positions (Baidu) moved back to CGCS2000, iterated likewise."""
    return shapely.transform(geometries, lambda shown: without_offset(shown, "bd09"))


def without_offset(shown: Coordinates, offset: Offset) -> Coordinates:
    """Positions (n, 2) of a consumer map moved back to CGCS2000, so that the way there meets them below 1 mm.

    The maps' makers do not publish the offset; the approximation in use is a few metres off here and there.
    """
    true = shown.copy()
    for _ in range(12):
        true += shown - _FORWARD[offset](true)
    return true


def _gcj02(xy: Coordinates) -> Coordinates:
    """The published approximation of the GCJ-02 offset."""
    lon, lat = xy[:, 0], xy[:, 1]
    x, y = lon - 105, lat - 35
    root = np.sqrt(np.abs(x))

    def waves(*terms: tuple[float, Any]) -> Any:
        return sum(size * np.sin(angle * math.pi) for size, angle in terms) * 2 / 3

    common = waves((20, 6 * x), (20, 2 * x))
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + common
    north += waves((20, y), (40, y / 3), (160, y / 12), (320, y / 30))
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + common
    east += waves((20, x), (40, x / 3), (150, x / 12), (300, x / 30))
    latitude = np.radians(lat)
    w2 = 1 - _GCJ_E2 * np.sin(latitude) ** 2
    w = np.sqrt(w2)
    dlat = np.degrees(north / (_GCJ_A * (1 - _GCJ_E2) / (w2 * w)))
    dlon = np.degrees(east / (_GCJ_A / w * np.cos(latitude)))
    return np.column_stack((lon + dlon, lat + dlat))


def _bd09(xy: Coordinates) -> Coordinates:
    lon, lat = xy[:, 0], xy[:, 1]
    distance = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD_TURNS)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD_TURNS)
    return np.column_stack((distance * np.cos(angle) + 0.0065, distance * np.sin(angle) + 0.006))


_FORWARD: dict[Offset, Callable[[Coordinates], Coordinates]] = {"gcj02": _gcj02, "bd09": lambda xy: _bd09(_gcj02(xy))}
