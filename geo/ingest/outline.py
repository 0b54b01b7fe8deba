"""The outlines of polygons: what they enclose, and slivers and spikes, which digitising leaves behind."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geo import crs
from geo.ingest.column import Fault
from geo.org_unit import Geometries

_BLOCK = 16_384  # polygons looked at at once, so that the scratch arrays stay in the processor's cache


@dataclass(frozen=True, slots=True)
class Limits:
    """Least mean width of a polygon in metres, and least angle between two of its edges in degrees."""

    width_m: float
    angle: float


def areas_and_faults(
    geometries: Geometries, there: npt.NDArray[np.bool_], limits: Limits
) -> tuple[npt.NDArray[np.float64], list[Fault]]:
    """The areas in m² of valid polygons (degrees), NaN for those not ``there``, and the slivers and spikes among them.

    The mean width is twice the area by the perimeter, which of a long rectangle is its width. Of a polygon the sharpest
    spike is told.
    """
    area = np.full(len(geometries), np.nan)
    found: list[Fault] = []
    rows = np.flatnonzero(there)
    for start in range(0, len(rows), _BLOCK):
        owner = rows[start : start + _BLOCK]
        polygons = geometries[owner]
        if not (shapely.get_type_id(polygons) == shapely.GeometryType.POLYGON).all():
            polygons, part = shapely.get_parts(polygons, return_index=True)
            drawn = ~shapely.is_empty(polygons)
            polygons, owner = polygons[drawn], owner[part[drawn]]
        rings = crs.rings(polygons)
        areas = crs.ring_areas(polygons, rings)
        first = np.flatnonzero(np.diff(owner, prepend=-1))
        area[owner[first]] = np.add.reduceat(areas, first)
        found += _block(rings, owner, first, area, limits)
    return area, found


def _block(
    drawn: crs.Rings,
    owner: npt.NDArray[np.intp],
    of_first: npt.NDArray[np.intp],
    area: npt.NDArray[np.float64],
    limits: Limits,
) -> list[Fault]:
    """The faults of polygons whose rings are known; ``owner`` is the row of each, which begins at ``of_first``."""
    degrees, rings, ends = drawn
    x = np.diff(degrees[:, 0]) * (crs.METRES_PER_DEGREE * math.cos(math.radians(float(degrees[:, 1].mean()))))
    y = np.diff(degrees[:, 1]) * crs.METRES_PER_DEGREE
    length = np.sqrt(x * x + y * y)
    length[rings[1:-1] - 1] = 0  # from the end of one ring to the start of the next is no edge
    around = np.add.reduceat(length, rings[ends[:-1]])
    around, row = np.add.reduceat(around, of_first), owner[of_first]
    narrow = np.flatnonzero(2 * area[row] < limits.width_m * around)
    found: list[Fault] = [(int(row[i]), "", "sliver", f"{2 * area[row[i]] / around[i]:.2f}") for i in narrow]

    def turn(edges: npt.NDArray[np.integer], before: npt.NDArray[np.integer]) -> npt.NDArray[np.float64]:
        """Cosine of the angle between edges and those before them, 0 where one has no length."""
        product = length[edges] * length[before]
        dot = x[edges] * x[before] + y[edges] * y[before]
        return np.divide(-dot, product, out=np.zeros(len(edges)), where=product > 0)

    # Most vertices are no spikes: a product without root or quotient tells.
    dot = x[1:] * x[:-1] + y[1:] * y[:-1]
    limit = math.cos(math.radians(limits.angle))
    inner = np.flatnonzero((dot < 0) & (-dot > limit * length[1:] * length[:-1])) + 1
    edges = np.concatenate([inner, rings[:-1]])
    before = np.concatenate([inner - 1, rings[1:] - 2])  # the edge before that of a ring's first vertex is its last
    cosine = turn(edges, before)
    sharp = np.flatnonzero(cosine > limit)
    if not len(sharp):
        return found
    ring = np.searchsorted(rings, edges[sharp], "right") - 1
    rows = owner[np.searchsorted(ends, ring, "right") - 1]
    return found + _spikes(degrees[edges[sharp]], cosine[sharp], rows)


def _spikes(
    vertices: npt.NDArray[np.float64], cosine: npt.NDArray[np.float64], rows: npt.NDArray[np.intp]
) -> list[Fault]:
    """The sharpest of the spikes of each row."""
    found: dict[int, Fault] = {}
    for place in np.argsort(-cosine).tolist():
        row = int(rows[place])
        if row not in found:
            degree = math.degrees(math.acos(min(1.0, float(cosine[place]))))
            x, y = vertices[place]
            said = f"{degree:.1f}°（{x:.7f} {y:.7f}） / {degree:.1f}° at {x:.7f} {y:.7f}"
            found[row] = (row, "", "spike", said)
    return list(found.values())
