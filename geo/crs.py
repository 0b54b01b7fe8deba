"""Positions: every coordinate reference system by name, and the true area of what is drawn.

Stored geometry is CGCS2000 (EPSG:4490) in longitude, latitude order, two-dimensional. Areas are ellipsoidal areas of
geodesic polygons on GRS80, the legal area of Chinese land survey.
"""

import math
import re
from collections.abc import Callable
from functools import cache
from typing import Any

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


def _polygon_areas(polygons: Geometries) -> NDArray[np.float64]:
    """Areas of non-empty polygons, block by block."""
    areas = np.empty(polygons.size)
    for start in range(0, polygons.size, _BLOCK):
        block = polygons[start : start + _BLOCK]
        areas[start : start + _BLOCK] = _block_areas(block)
    return areas


def _block_areas(polygons: Geometries) -> NDArray[np.float64]:
    _, degrees, (ring_ends, polygon_ends) = shapely.to_ragged_array(polygons, include_z=False)
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
    rings = np.abs(np.add.reduceat(doubled, starts)) * (_RADIUS2 / 2)
    shells = polygon_ends[:-1]
    areas = 2 * rings[shells] - np.add.reduceat(rings, shells)
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
_OLD_DATUMS = frozenset(
    {6378140.0, 6378245.0}
)  # semi-major axes of IAG 1975 (Xi'an 1980) and Krassovsky (Beijing 1954)
_OLD_NAMES = re.compile(r"西安|北京|(?<!\d)(80|54)\s*坐标|xi.?an\W*_?1980|beijing\W*_?1954", re.IGNORECASE)
_CGCS2000_NAMES = re.compile(
    r"(?=.*2000)(cgcs|gcs|国家|大地|坐标系?|china|geodetic|coordinate|system|2000|[\s_])+", re.IGNORECASE
)


def gauss_kruger(zone: int, *, prefixed: bool) -> CRS:
    """CGCS2000 three-degree Gauss-Kruger ``zone`` (25 to 45, central meridian 3 x zone).

    ``prefixed``: eastings have eight digits and begin with the zone (EPSG 4488 + zone); otherwise six (4509 + zone).
    """
    if zone not in ZONES:
        raise ValueError(f"no three-degree zone {zone}")
    return _crs((4488 if prefixed else 4509) + zone)


def known_crs(text: str) -> CRS | None:
    """The system that an EPSG code, a name or a WKT means; ``None`` where it cannot be told.

    Raises :class:`CrsNeedsParameters` for Xi'an 1980 and Beijing 1954, unless the text brings its own seven parameters
    (``+towgs84=…`` or a bound CRS).
    """
    text = text.strip()
    if not text:
        return None
    if _CGCS2000_NAMES.fullmatch(text):
        return _crs(STORED)
    try:
        crs = CRS.from_user_input(int(text) if text.isdecimal() else text)
    except CRSError:
        if _OLD_NAMES.search(text):
            raise CrsNeedsParameters(crs=text) from None
        return None
    return allowed(crs)


def allowed(crs: CRS) -> CRS:
    """``crs`` itself, or :class:`CrsNeedsParameters` where converting it takes parameters that are not public."""
    ellipsoid = crs.ellipsoid
    if not crs.is_bound and ellipsoid is not None and ellipsoid.semi_major_metre in _OLD_DATUMS:
        raise CrsNeedsParameters(crs=crs.name)
    return crs


def crs_of_eastings(least: float, greatest: float, west: float, east: float) -> CRS | None:
    """The system in which eastings (or longitudes) from ``least`` to ``greatest`` can lie between two meridians.

    ``west`` and ``east`` bound the county in degrees. ``None`` where no system or more than one fits.
    """
    if west - 1 <= least and greatest <= east + 1:
        return _crs(STORED)
    if ZONES.start * 1e6 <= least and greatest < ZONES.stop * 1e6:
        zone = int(least // 1e6)
        near = 3 * zone - 3 <= east and west <= 3 * zone + 3
        return gauss_kruger(zone, prefixed=True) if near and greatest // 1e6 == zone else None
    fitting: list[CRS] = []
    for zone in (z for z in ZONES if abs(3 * z - (west + east) / 2) <= 3 + (east - west) / 2):
        # Within these latitudes of China a degree of longitude is 67 to 106 km long.
        metres = [500_000 + (degree - 3 * zone) * length for degree in (west, east) for length in (67_000, 106_000)]
        if min(metres) <= least and greatest <= max(metres):
            fitting.append(gauss_kruger(zone, prefixed=False))
    return fitting[0] if len(fitting) == 1 else None


def to_stored(geometries: Geometries, crs: CRS | int | str) -> Geometries:
    """``geometries`` in ``crs`` as CGCS2000 longitude, latitude, without heights.

    Geographic coordinates on WGS 84 are taken as CGCS2000 as they are: the two differ by centimetres, less than a
    survey of land can show. Raises :class:`CrsNeedsParameters` for Xi'an 1980 and Beijing 1954 without parameters.
    """
    crs = allowed(CRS.from_user_input(crs))
    flat: Geometries = shapely.force_2d(geometries)
    ellipsoid = crs.ellipsoid
    if crs.is_geographic and not crs.is_bound and ellipsoid is not None:
        shape = (ellipsoid.semi_major_metre, round(ellipsoid.inverse_flattening, 9))
        unit = crs.axis_info[0].unit_conversion_factor
        if shape in _SAME_POSITION and math.isclose(unit, math.radians(1)) and _at_greenwich(crs):
            return flat
    transformer = Transformer.from_crs(crs, _crs(STORED), always_xy=True)

    def stored(xy: Coordinates) -> Coordinates:
        return np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))

    return shapely.transform(flat, stored)


def _at_greenwich(crs: CRS) -> bool:
    return crs.prime_meridian is None or crs.prime_meridian.longitude == 0


@cache
def _crs(code: int) -> CRS:
    return CRS.from_epsg(code)


# --- coordinates of consumer maps -------------------------------------------------------------------------------------

_GCJ_A = 6378245.0
_GCJ_E2 = 0.006_693_421_622_965_943_23
_BD_TURNS = math.pi * 3000 / 180


def cgcs2000_to_gcj02(geometries: Geometries) -> Geometries:
    """CGCS2000 positions moved to where consumer maps (AMap and others) show them, longitude and latitude."""
    return shapely.transform(geometries, _gcj02)


def gcj02_to_cgcs2000(geometries: Geometries) -> Geometries:
    """GCJ-02 positions moved back to CGCS2000; the inverse is iterated to below a millimetre."""
    return _back(geometries, _gcj02)


def bd09_to_cgcs2000(geometries: Geometries) -> Geometries:
    """BD-09 positions (Baidu) moved back to CGCS2000, iterated likewise."""
    return _back(geometries, lambda xy: _bd09(_gcj02(xy)))


def _back(geometries: Geometries, forward: Callable[[Coordinates], Coordinates]) -> Geometries:
    def back(shown: Coordinates) -> Coordinates:
        true = shown.copy()
        for _ in range(12):
            true += shown - forward(true)
        return true

    return shapely.transform(geometries, back)


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
