"""A geometry to the one position that people are led to, in degrees and on the plane of its zone."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import shapely
from pyproj import Transformer

from geo.crs import STORED, ZONES, gauss_kruger


@dataclass(frozen=True, slots=True)
class Position:
    """CGCS2000 in degrees, and in metres on the three-degree Gauss-Kruger zone nearest to it, zone before the easting.

    Surveyors call the northing X and the easting Y. ``exact`` says that it is the point itself, not one on or in a
    line or area; a position far from China has no zone.
    """

    longitude: float
    latitude: float
    exact: bool
    zone: int | None
    epsg: int | None
    northing: float | None
    easting: float | None


def position(geometry: Mapping[str, Any]) -> Position:
    """Where a GeoJSON geometry (CGCS2000, degrees) is pointed at: the point, else one that lies on or in it."""
    drawn = shapely.from_geojson(json.dumps(geometry))
    point = shapely.point_on_surface(drawn)
    longitude, latitude = float(shapely.get_x(point)), float(shapely.get_y(point))
    exact = bool(shapely.get_type_id(drawn) == shapely.GeometryType.POINT)
    zone = round(longitude / 3)
    if zone not in ZONES:
        return Position(longitude, latitude, exact, None, None, None, None)
    plane = gauss_kruger(zone, prefixed=True)
    easting, northing = _onto(zone).transform(longitude, latitude)
    return Position(longitude, latitude, exact, zone, plane.to_epsg(), northing, easting)


@cache
def _onto(zone: int) -> Transformer:
    return Transformer.from_crs(STORED, gauss_kruger(zone, prefixed=True), always_xy=True)
