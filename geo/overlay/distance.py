"""Lengths and distances on the ellipsoid, of whole arrays at once."""

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Geod

from geo.crs import Geometries

Floats = npt.NDArray[np.float64]
_GEOD = Geod(ellps="GRS80")
_FLATTENING2 = _GEOD.es


def length_m(geometries: Geometries) -> Floats:
    """The geodesic length in m of each line or multi-line (longitude, latitude in degrees), of a polygon its outline.

    Points and what is missing or empty have length 0.
    """
    parts, owner = shapely.get_parts(geometries, return_index=True)
    polygons = np.isin(shapely.get_type_id(parts), (3, 6, 7))
    while bool(polygons.any()):
        rings, index = shapely.get_parts(shapely.boundary(parts[polygons]), return_index=True)
        parts = np.concatenate([parts[~polygons], rings])
        owner = np.concatenate([owner[~polygons], owner[polygons][index]])
        polygons = np.isin(shapely.get_type_id(parts), (5, 7))
    lines = np.isin(shapely.get_type_id(parts), (1, 2))
    xy, line = shapely.get_coordinates(parts[lines], return_index=True)
    if len(xy) < 2:
        return np.zeros(len(geometries))
    step = line[1:] == line[:-1]
    begin, end = xy[:-1][step], xy[1:][step]
    _, _, metres = _GEOD.inv(begin[:, 0], begin[:, 1], end[:, 0], end[:, 1])
    return np.bincount(owner[lines][line[1:][step]], metres, len(geometries)).astype(np.float64)


def plane(latitude: float) -> Floats:
    """Metres in a degree of longitude and of latitude on the ellipsoid at a latitude in degrees."""
    sine = np.sin(np.radians(latitude))
    across = _GEOD.a / np.sqrt(1 - _FLATTENING2 * sine * sine)
    along = across * (1 - _FLATTENING2) / (1 - _FLATTENING2 * sine * sine)
    return np.radians(np.array([across * np.cos(np.radians(latitude)), along]))


def distance_m(left: Geometries, right: Geometries) -> Floats:
    """The geodesic distance in m between each pair of geometries, 0 where they share a point.

    The places nearest to each other are found on a plane that is true at the middle of the left one; the distance
    between them is the geodesic of GRS80. Up to 20 km that is below a millionth of the true one.
    """
    found = np.zeros(len(left))
    bounds = shapely.bounds(left)
    for place, latitude in enumerate((bounds[:, 1] + bounds[:, 3]) / 2):
        scale = plane(float(latitude))
        near = shapely.shortest_line(
            shapely.transform(left[place], lambda xy, scale=scale: xy * scale),
            shapely.transform(right[place], lambda xy, scale=scale: xy * scale),
        )
        (x0, y0), (x1, y1) = shapely.get_coordinates(near) / scale
        found[place] = 0.0 if (x0, y0) == (x1, y1) else _GEOD.inv(x0, y0, x1, y1)[2]
    return found
