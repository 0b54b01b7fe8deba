"""A parcel to the plane it is drawn on: CGCS2000 in the three-degree Gauss-Kruger zone that it lies in most."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import shapely
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from geo.crs import STORED, ZONES, gauss_kruger


@dataclass(frozen=True, slots=True)
class Plane:
    """A zone; eastings have the zone before them, eight digits."""

    zone: int

    @property
    def epsg(self) -> int:
        """Its EPSG code."""
        return 4488 + self.zone

    def onto(self, geometry: BaseGeometry) -> BaseGeometry:
        """A geometry in degrees in metres, easting before northing."""
        way = _way(self.zone)
        return shapely.transform(geometry, lambda xy: np.column_stack(way.transform(xy[:, 0], xy[:, 1])))

    def back(self, geometry: BaseGeometry) -> BaseGeometry:
        """A geometry in metres, easting before northing, in degrees."""
        way = _way(self.zone)
        return shapely.transform(
            geometry, lambda xy: np.column_stack(way.transform(xy[:, 0], xy[:, 1], direction="INVERSE"))
        )


def plane(geometry: BaseGeometry) -> Plane:
    """The zone of a geometry in degrees, by its centre; the nearest where it lies in none of China's."""
    west, _, east, _ = geometry.bounds
    return Plane(min(max(round((west + east) / 6), ZONES[0]), ZONES[-1]))


@cache
def _way(zone: int) -> Transformer:
    return Transformer.from_crs(STORED, gauss_kruger(zone, prefixed=True), always_xy=True)
