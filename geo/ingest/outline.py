"""The outlines of polygons: slivers and spikes, which digitising leaves behind."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geo.ingest.column import Fault
from geo.org_unit import Geometries

_METRES = math.pi * 6371008.8 / 180  # of one degree on a sphere of the earth's mean radius
_BLOCK = 16_384  # polygons looked at at once, so that the scratch arrays stay in the processor's cache


@dataclass(frozen=True, slots=True)
class Limits:
    """Least mean width of a polygon in metres, and least angle between two of its edges in degrees."""

    width_m: float
    angle: float


def faults(
    geometries: Geometries, area: npt.NDArray[np.float64], there: npt.NDArray[np.bool_], limits: Limits
) -> list[Fault]:
    """The slivers and spikes among valid polygons (degrees) of these areas (m²); of a polygon the sharpest spike.

    The mean width is twice the area by the perimeter, which of a long rectangle is its width.
    """
    found: list[Fault] = []
    rows = np.flatnonzero(there)
    for start in range(0, len(rows), _BLOCK):
        block = rows[start : start + _BLOCK]
        parts, owner = shapely.get_parts(geometries[block], return_index=True)
        found += _block(parts, block[owner], area, limits)
    return found


def _block(
    polygons: Geometries, owner: npt.NDArray[np.intp], area: npt.NDArray[np.float64], limits: Limits
) -> list[Fault]:
    _, degrees, (rings, ends) = shapely.to_ragged_array(polygons, include_z=False)
    flat = degrees * np.array([_METRES * math.cos(math.radians(float(degrees[:, 1].mean()))), _METRES])
    edge = np.diff(flat, axis=0)
    length = np.hypot(edge[:, 0], edge[:, 1])
    steps = rings[1:-1] - 1  # from the end of one ring to the start of the next is no edge
    length[steps] = 0
    perimeter = np.add.reduceat(length, rings[ends[:-1]])
    row, place = np.unique(owner, return_inverse=True)
    around = np.bincount(place, perimeter)
    with np.errstate(invalid="ignore", divide="ignore"):
        width = 2 * area[row] / around
    found: list[Fault] = [
        (int(row[i]), "", "sliver", f"{width[i]:.2f}") for i in np.flatnonzero(width < limits.width_m)
    ]
    of_ring = owner[np.searchsorted(ends, np.arange(len(rings) - 1), "right") - 1]
    return found + _spikes(degrees, edge, length, rings, of_ring, angle=limits.angle)


def _spikes(
    degrees: npt.NDArray[np.float64],
    edge: npt.NDArray[np.float64],
    length: npt.NDArray[np.float64],
    rings: npt.NDArray[np.integer],
    owner: npt.NDArray[np.intp],
    *,
    angle: float,
) -> list[Fault]:
    """Vertices where a ring turns back; ``owner`` is the row of each ring."""
    # The edge before each edge: that of a ring's first is its last.
    before = np.arange(-1, len(edge) - 1)
    before[rings[:-1]] = rings[1:] - 2
    with np.errstate(invalid="ignore", divide="ignore"):
        cosine = -(edge * edge[before]).sum(axis=1) / (length * length[before])
    cosine[rings[1:-1] - 1] = -1
    sharp = np.flatnonzero(cosine > math.cos(math.radians(angle)))
    sharpest: dict[int, int] = {}
    ring = np.searchsorted(rings, sharp, "right") - 1
    for vertex, row in zip(sharp.tolist(), owner[ring].tolist(), strict=True):
        if row not in sharpest or cosine[vertex] > cosine[sharpest[row]]:
            sharpest[row] = vertex
    found: list[Fault] = []
    for row, vertex in sharpest.items():
        degree = math.degrees(math.acos(min(1.0, float(cosine[vertex]))))
        x, y = degrees[vertex]
        found.append((row, "", "spike", f"{degree:.1f}°（{x:.7f} {y:.7f}） / {degree:.1f}° at {x:.7f} {y:.7f}"))
    return found
