"""A parcel's boundary points as surveyors list them: J1, J2, … ring by ring, northing, easting, length of each side."""

import math
from dataclasses import dataclass

import shapely
from shapely import LinearRing, MultiPolygon, Polygon

from geo.extract.plane import Plane


@dataclass(frozen=True, slots=True)
class Corner:
    """A boundary point in metres on the plane of its zone; ``side`` is how far it is to the next of its ring."""

    name: str
    northing: float
    easting: float
    side: float


@dataclass(frozen=True, slots=True)
class Ring:
    """A closed line of boundary points, the first not repeated; a ``hole`` is cut out of the ring before it."""

    hole: bool
    corners: tuple[Corner, ...]


def rings(geometry: Polygon | MultiPolygon, plane: Plane) -> tuple[Ring, ...]:
    """The boundary of a geometry in degrees; numbering runs on from ring to ring.

    Each ring begins at its north-westernmost point and goes clockwise, as cadastral maps are numbered, and holes the
    other way round, whatever point the file began with.
    """
    drawn = shapely.orient_polygons(plane.onto(geometry), exterior_cw=True)
    found: list[Ring] = []
    number = 0
    for polygon in shapely.get_parts(drawn):
        for ring, hole in ((polygon.exterior, False), *((each, True) for each in polygon.interiors)):
            corners = _corners(ring, number)
            number += len(corners)
            found.append(Ring(hole, corners))
    return tuple(found)


def _corners(ring: LinearRing, before: int) -> tuple[Corner, ...]:
    points = list(ring.coords)[:-1]
    first = min(range(len(points)), key=lambda place: (points[place][0] - points[place][1], place))
    points = points[first:] + points[:first]
    return tuple(
        Corner(f"J{before + place}", round(y, 3), round(x, 3), round(math.hypot(to_x - x, to_y - y), 2))
        for place, ((x, y), (to_x, to_y)) in enumerate(zip(points, points[1:] + points[:1], strict=True), 1)
    )
