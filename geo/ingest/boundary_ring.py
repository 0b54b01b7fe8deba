"""The rings of parcels to geometries: which ring is a hole and which another part is told by what contains what."""

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo.crs import Coordinates, Geometries


def rings(points: Coordinates, numbers: list[str]) -> list[Coordinates]:
    """The rings, open, of the points (n, 2) of a parcel, whose ring each point states.

    A new number begins a new ring. Files that number all rings alike are taken apart where a ring has come back to its
    first point and goes on.
    """
    found: list[Coordinates] = []
    if numbers.count(numbers[0]) == len(numbers):
        starts = [0]
    else:
        starts = [place for place, number in enumerate(numbers) if not place or number != numbers[place - 1]]
    for start, end in zip(starts, [*starts[1:], len(points)], strict=True):
        found += _closures(points[start:end])
    return found


def _closures(run: Coordinates) -> list[Coordinates]:
    """A run of points cut where it returns to its first point; what is left over must be a ring of its own."""
    back = np.flatnonzero((run == run[0]).all(axis=1))[1:]
    if len(back) and back[0] < 3:
        return [_open(run)]
    if not len(back) or len(run) - back[0] <= 3:
        return [_open(run)]
    return [run[: back[0]], *_closures(run[back[0] + 1 :])]


def _open(run: Coordinates) -> Coordinates:
    """A ring without the repetitions of its first point at its end."""
    end = len(run)
    while end > 1 and bool((run[end - 1] == run[0]).all()):
        end -= 1
    return run[:end]


def polygons(parcels: list[list[Coordinates]]) -> Geometries:
    """One polygon or multipolygon for each parcel, None where it has no ring or one of fewer than three points."""
    whole = np.array([bool(parcel) and all(_is_ring(ring) for ring in parcel) for parcel in parcels], np.bool_)
    single = np.array([len(parcel) == 1 for parcel in parcels], np.bool_)
    made: Geometries = np.full(len(parcels), None, object)
    simple = np.flatnonzero(whole & single)
    if len(simple):
        lengths = [len(parcels[place][0]) for place in simple]
        points = np.concatenate([parcels[place][0] for place in simple])
        made[simple] = shapely.polygons(shapely.linearrings(points, indices=np.repeat(np.arange(len(simple)), lengths)))
    for place in np.flatnonzero(whole & ~single):
        made[place] = assembled(parcels[place])
    return made


def assembled(parcel: list[Coordinates]) -> Any:
    """Rings to a polygon, or to a multipolygon where several lie in none or in a hole of another."""
    filled = np.array([shapely.Polygon(ring) for ring in parcel], object)
    size = shapely.area(filled)
    order = np.argsort(-size, kind="stable")
    inside = shapely.point_on_surface(filled)
    holders: dict[int, list[int]] = {}
    for rank, ring in enumerate(order):
        larger: npt.NDArray[np.intp] = order[:rank]
        holders[int(ring)] = [int(each) for each in larger[shapely.contains(filled[larger], inside[ring])]]
    shells = [ring for ring in range(len(parcel)) if len(holders[ring]) % 2 == 0]
    holes: dict[int, list[Coordinates]] = {shell: [] for shell in shells}
    for ring in range(len(parcel)):
        if ring not in holes:
            # The smallest ring around a hole is the last that was met; it is a shell, being one level further out.
            holes[holders[ring][-1]].append(parcel[ring])
    parts = [shapely.Polygon(parcel[shell], holes[shell]) for shell in shells]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _is_ring(ring: Coordinates) -> bool:
    return len(ring) >= 3 and len(np.unique(ring, axis=0)) >= 3
