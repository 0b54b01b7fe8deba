"""A parcel to the frame of its map: the largest round scale at which it fits, and the ground that the frame shows."""

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon

from geo.extract.plane import Plane

WIDTH, HEIGHT = 170.0, 104.0
"""Millimetres of the frame on paper."""
SCALES = (500, 1_000, 2_000, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000)
"""Those of Chinese map series (GB/T 20257), down to what shows a parcel as large as a county."""
_FILLED = 0.86


@dataclass(frozen=True, slots=True)
class Sheet:
    """``west`` … ``north`` are metres on ``plane``; a millimetre of the map is ``scale`` / 1000 metres."""

    plane: Plane
    scale: int
    west: float
    south: float
    east: float
    north: float

    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of the frame in degrees."""
        edge = shapely.segmentize(
            shapely.box(self.west, self.south, self.east, self.north), (self.east - self.west) / 8
        )
        west, south, east, north = self.plane.back(edge).bounds
        return float(west), float(south), float(east), float(north)

    @property
    def hair_degrees(self) -> float:
        """A fifth of a millimetre of the map, in degrees of latitude: less than that is not seen."""
        return 0.0002 * self.scale / 111_195


def sheet(geometry: Polygon | MultiPolygon, plane: Plane) -> Sheet:
    """The frame of a geometry in degrees, which lies in its middle with something around it."""
    west, south, east, north = plane.onto(geometry).bounds
    needed = max((east - west) / (WIDTH * _FILLED), (north - south) / (HEIGHT * _FILLED)) * 1000
    scale = SCALES[min(int(np.searchsorted(SCALES, needed)), len(SCALES) - 1)]
    across, up = WIDTH * scale / 2000, HEIGHT * scale / 2000
    x, y = (west + east) / 2, (south + north) / 2
    return Sheet(plane, scale, x - across, y - up, x + across, y + up)
