"""The area that two polygons share, of many pairs at once, without constructing what they share.

A point lies in a polygon where more of the edges above it lead back than lead out: with edges signed so, the polygon is
the signed sum of the strips below its edges. What two strips share is the strip below the lower of two lines, so the
area that two polygons share is a sum over pairs of edges, with no crossing to be told from a near miss: it depends
continuously on the coordinates, and holes and parts are edges like others.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geo import crs
from geo.crs import Geometries

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]

LONGEST_M = 50.0
"""Up to this length an edge is, for areas, its chord on the equal-area plane: what is between the two is below 0.001 m²
an edge, against 1e-6 of what it bounds."""

MOST_EDGES = 512
"""More edges of one polygon are cheaper by construction."""


@dataclass(frozen=True, slots=True)
class Edges:
    """The edges of polygons on the equal-area plane, in m; those of polygon n are ``starts[n]`` to ``starts[n + 1]``.

    An edge leads from ``west`` to ``east``, where it is ``low`` and ``high`` (by place, not by size); ``sign`` is 1
    where the polygon lies below it. ``bounds`` are those of polygons, ``fit`` whether :func:`areas` may be asked.
    """

    starts: Places
    west: Floats
    east: Floats
    low: Floats
    slope: Floats
    top: Floats
    sign: Floats
    bounds: Floats
    fit: npt.NDArray[np.bool_]


def edges(polygons: Geometries) -> Edges:
    """The edges of valid polygons or multi-polygons, none of which is missing or empty."""
    if bool(np.all(shapely.get_type_id(polygons) == shapely.GeometryType.POLYGON)):
        degrees, ring_ends, part_ends = crs.rings(polygons)
        polygon_ends = part_ends
    else:
        parts, owner = shapely.get_parts(polygons, return_index=True)
        degrees, ring_ends, part_ends = crs.rings(parts)
        polygon_ends = part_ends[np.searchsorted(owner, np.arange(len(polygons) + 1))]
    x, y = np.ascontiguousarray(crs.equal_area(degrees).T)
    # From the end of one ring to the start of the next is an edge too, of no sign: it counts nowhere.
    x0, y0, x1, y1 = x[:-1], y[:-1], x[1:], y[1:]
    last = ring_ends[1:] - 1
    count = np.diff(ring_ends)
    first = np.repeat(ring_ends[:-1], count)
    dx, dy = x - x[first], y - y[first]
    doubled = dx[:-1] * dy[1:] - dx[1:] * dy[:-1]
    doubled[last[:-1]] = 0
    around = np.add.reduceat(doubled, ring_ends[:-1])
    shell = np.full(len(around), -1.0)
    shell[part_ends[:-1]] = 1.0
    turned = np.repeat(np.sign(around) * shell, count)[:-1]
    turned[last[:-1]] = 0
    across, up = x1 - x0, y1 - y0
    eastward = across > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = up / across
    length2 = across * across + up * up
    length2[last[:-1]] = 0
    starts = ring_ends[polygon_ends]
    starts[-1] -= 1
    begins = starts[:-1]
    bounds = np.column_stack([
        np.minimum.reduceat(x, begins), np.minimum.reduceat(y, begins),
        np.maximum.reduceat(x, begins), np.maximum.reduceat(y, begins),
    ])  # fmt: skip
    return Edges(
        starts, np.minimum(x0, x1), np.maximum(x0, x1), np.where(eastward, y0, y1), slope, np.maximum(y0, y1),
        np.where(eastward, -turned, turned), bounds,
        (np.diff(starts) <= MOST_EDGES) & (np.maximum.reduceat(length2, begins) <= LONGEST_M * LONGEST_M),
    )  # fmt: skip


def shared_m2(parcels: Geometries, records: Geometries) -> Floats:
    """The area in m² that each of ``parcels`` shares with the record beside it, nan where :func:`areas` cannot tell."""
    # Among neighbouring pairs the same polygons come again and again.
    (_, left, mine), (_, right, theirs) = (
        np.unique(np.fromiter(map(id, each), np.int64, len(each)), return_index=True, return_inverse=True)
        for each in (parcels, records)
    )
    one, other = edges(parcels[left]), edges(records[right])
    found = np.full(len(parcels), np.nan)
    fit = np.flatnonzero(one.fit[mine] & other.fit[theirs])
    found[fit] = areas(one, other, mine[fit], theirs[fit])
    return found


def areas(one: Edges, other: Edges, left: Places, right: Places) -> Floats:
    """The area in m² that polygon ``left[n]`` of ``one`` shares with ``right[n]`` of ``other``.

    Right to some 1e-9 m²: what only touches may have an area of this size, with either sign.
    """
    a, b = one.bounds[left], other.bounds[right]
    box = np.column_stack([np.maximum(a[:, :2], b[:, :2]), np.minimum(a[:, 2:], b[:, 2:])])
    mine, theirs = _within(one, left, box), _within(other, right, box)
    count = np.bincount(theirs.pair, minlength=len(left))
    times = count[mine.pair]
    e = np.repeat(np.arange(len(mine.pair)), times)
    f = np.arange(len(e)) - np.repeat(np.cumsum(times) - times - (np.cumsum(count) - count)[mine.pair], times)
    west, east = np.maximum(mine.west[e], theirs.west[f]), np.minimum(mine.east[e], theirs.east[f])
    meet = np.flatnonzero(west < east)
    e, f, west, east = e[meet], f[meet], west[meet], east[meet]
    base, slope = mine.base[e], mine.slope[e]
    p0, p1 = base + slope * west, base + slope * east
    base, slope = theirs.base[f], theirs.slope[f]
    q0, q1 = base + slope * west, base + slope * east
    d0, d1 = p0 - q0, p1 - q1
    lower0, lower1 = np.minimum(p0, q0), np.minimum(p1, q1)
    mean = _above(lower0, lower1)
    crossing = np.flatnonzero(d0 * d1 < 0)
    share = d0[crossing] / (d0[crossing] - d1[crossing])
    middle = p0[crossing] + (p1[crossing] - p0[crossing]) * share
    mean[crossing] = _above(lower0[crossing], middle) * share + _above(middle, lower1[crossing]) * (1 - share)
    mean *= (east - west) * mine.sign[e] * theirs.sign[f]
    return np.bincount(mine.pair[e], mean, len(left)).astype(np.float64)


@dataclass(frozen=True, slots=True)
class _Lines:
    """Edges over the boxes of pairs, from the corner of the box: the line is base + slope x, from west to east."""

    pair: Places
    west: Floats
    east: Floats
    base: Floats
    slope: Floats
    sign: Floats


def _within(of: Edges, polygon: Places, box: Floats) -> _Lines:
    """The edges of each polygon that lie over its box or in it."""
    begin, count = of.starts[polygon], of.starts[polygon + 1] - of.starts[polygon]
    pair = np.repeat(np.arange(len(polygon)), count)
    edge = np.arange(len(pair)) - np.repeat(np.cumsum(count) - count - begin, count)
    origin, floor, end = np.ascontiguousarray(box[:, :3].T)
    west, east = of.west[edge], of.east[edge]
    keep = (east > origin[pair]) & (west < end[pair]) & (of.top[edge] > floor[pair])
    keep &= (of.sign[edge] != 0) & (east > west)
    rows = np.flatnonzero(keep)
    pair, edge = pair[rows], edge[rows]
    left, slope = origin[pair], of.slope[edge]
    west = west[rows] - left
    base = of.low[edge] - floor[pair] - slope * west
    return _Lines(pair, np.maximum(west, 0), np.minimum(east[rows], end[pair]) - left, base, slope, of.sign[edge])


def _above(first: Floats, last: Floats) -> Floats:
    """The mean of what of a line from ``first`` to ``last`` lies above zero, 0 where it lies below."""
    mean = (np.maximum(first, 0) + np.maximum(last, 0)) / 2
    through = np.flatnonzero(first * last < 0)
    upper = np.maximum(first[through], last[through])
    mean[through] = upper * upper / np.abs(first[through] - last[through]) / 2
    return mean
