"""Geometries that lie on one another: candidates by their boxes, then the exact test and the area they share."""

import math
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import IO

import numpy as np
import numpy.typing as npt
import shapely

from geo import crs
from geo.ingest.problem import Problem
from geo.layer import Geometry
from geo.org_unit import Geometries

_CHUNK = 200_000
LIMIT = 40_000_000
"""Most pairs of boxes that are compared at once; a file of equal boxes would have billions."""

_STRIP = 1_200_000
"""About how many boxes are compared at once."""

_RECORD = 6 * 8
"""Bytes of the row, the box and the area of one geometry."""

Bounds = npt.NDArray[np.float64]
Pairs = npt.NDArray[np.int64]
Known = tuple[str, int | None, shapely.Geometry]
"""Code, row of its file, and geometry of a record."""


@dataclass(frozen=True, slots=True)
class Least:
    """What is reported: polygons that share more than an area and a share of the smaller one, points within metres."""

    area_m2: float
    share: float
    near_m: float


@dataclass
class Neighbours:
    """The boxes of all rows of a file, batch by batch: all that is kept of a file, on disk where there are many."""

    kind: Geometry
    least: Least
    may_overlap: bool = False
    _kept: IO[bytes] = field(default_factory=lambda: tempfile.SpooledTemporaryFile(_STRIP * _RECORD))  # noqa: SIM115
    _count: int = 0
    _widest: float = 0.0

    def add(self, rows: npt.NDArray[np.int64], geometries: Geometries, area: npt.NDArray[np.float64]) -> None:
        """Take in the rows of a batch that may be stored."""
        if self.may_overlap:
            return
        bounds = shapely.bounds(geometries)
        drawn = np.isfinite(bounds[:, 0])
        records = np.column_stack([rows, bounds, area])[drawn]
        self._kept.write(records.tobytes())
        self._count += len(records)
        self._widest = max(self._widest, float(np.abs(records[:, [2, 4]]).max(initial=0)))

    def pairs(self) -> Iterator[tuple[Pairs, int]]:
        """Strip by strip, pairs of rows, shape (n, 2), the earlier first, whose boxes allow what is reported.

        With each strip the number of boxes in it that were not compared. Boxes that only touch are no pair. A pair is
        found in the strip where the more northern of its boxes begins, so memory does not grow with the file.
        """
        for low, high in pairwise(self._edges()):
            records, left = self._between(low, high)
            rows, bounds, area = records[:, 0].astype(np.int64), records[:, 1:5], records[:, 5]
            if not len(rows):
                continue
            found, more = candidates(bounds)
            found = found[bounds[found, 1].max(axis=1) >= low]
            found = found[self._may(bounds, area, found)]
            pairs = np.sort(rows[found], axis=1)
            yield pairs[np.lexsort((pairs[:, 0], pairs[:, 1]))], left + more

    def _edges(self) -> list[float]:
        """Latitudes between which lie strips of so many boxes that they can be compared at once."""
        strips = -(-self._count // _STRIP)
        if strips <= 1:
            return [-np.inf, np.inf]
        souths = np.concatenate([part[:: 1 + self._count // _STRIP, 2] for part in self._parts()])
        inner = np.unique(np.quantile(souths, np.arange(1, strips) / strips))
        return [-np.inf, *inner.tolist(), np.inf]

    def _between(self, low: float, high: float) -> tuple[npt.NDArray[np.float64], int]:
        """The boxes that reach into a strip, of very many the first, and how many there are besides."""
        taken = [np.empty((0, 6))]
        room, left = 2 * _STRIP, 0
        for part in self._parts():
            inside = part[(part[:, 4] > low) & (part[:, 2] < high)]
            taken.append(inside[:room])
            left += max(0, len(inside) - room)
            room -= len(taken[-1])
        return np.concatenate(taken), left

    def _parts(self) -> Iterator[npt.NDArray[np.float64]]:
        """What was kept: row, west, south, east, north, area; boxes wide enough for what is near to meet."""
        wider = 0.0
        if self.kind is not Geometry.POLYGON:  # the box of a line along an axis has no inside
            wider = self.reach() / 2 if self.kind is Geometry.POINT else 1e-9
        self._kept.seek(0)
        while piece := self._kept.read(65_536 * _RECORD):
            part = np.frombuffer(piece).reshape(-1, 6)
            yield part + np.array([0, -wider, -wider, wider, wider, 0]) if wider else part

    def reach(self) -> float:
        """How far from a row, in degrees, another record may lie that is held against it.

        Near points are some metres apart, counted in degrees of longitude, which are the shorter ones.
        """
        if self.kind is not Geometry.POINT:
            return 0.0
        return self.least.near_m / (crs.METRES_PER_DEGREE * math.cos(math.radians(min(self._widest, 89))))

    def _may(self, bounds: Bounds, area: npt.NDArray[np.float64], found: Pairs) -> npt.NDArray[np.bool_]:
        one, other = bounds[found[:, 0]], bounds[found[:, 1]]
        same = (one == other).all(axis=1)
        if self.kind is Geometry.LINE:
            return same
        if self.kind is Geometry.POINT:
            return np.ones(len(found), np.bool_)
        size = np.minimum(one[:, 2:], other[:, 2:]) - np.maximum(one[:, :2], other[:, :2])
        shared = size[:, 0] * size[:, 1] * crs.METRES_PER_DEGREE**2 * np.cos(np.radians(one[:, 1])) * 1.01
        smaller = np.minimum(area[found[:, 0]], area[found[:, 1]])
        return same | ((shared > self.least.area_m2) & (shared > self.least.share * smaller))

    def judge(self, rows: Sequence[int], mine: Sequence[Known], others: Sequence[Known]) -> Iterator[Problem]:
        """What is wrong with the rows of a file, each with its own record beside another one."""
        left = np.array([geometry for _, _, geometry in mine], object)
        right = np.array([geometry for _, _, geometry in others], object)
        if self.kind is Geometry.POINT:
            shared = _apart(left, right)
            hits = np.flatnonzero(shared <= self.least.near_m)
        elif self.kind is Geometry.LINE:
            hits = np.flatnonzero(shapely.equals(left, right))
            shared = np.zeros(len(left))
        else:
            shared = np.zeros(len(left))
            inside = np.flatnonzero(shapely.relate_pattern(left, right, "T********"))
            shared[inside] = crs.area_m2(shapely.intersection(left[inside], right[inside]))
            smaller = np.zeros(len(left))
            smaller[inside] = np.minimum(crs.area_m2(left[inside]), crs.area_m2(right[inside]))
            equal = np.zeros(len(left), np.bool_)
            equal[inside] = shapely.equals(left[inside], right[inside])
            enough = (shared > self.least.area_m2) & (shared > self.least.share * smaller)
            hits = np.flatnonzero(equal | enough)
        for place in hits.tolist():
            code, row, _ = others[place]
            name = _named(code, row)
            size = f"{shared[place]:.2f}"
            if self.kind is Geometry.POINT:
                told = ("duplicate_point", f"{name[0]}相距 {size} 米 / {name[1]}, {size} m away")
            elif self.kind is Geometry.LINE or shapely.equals(left[place], right[place]):
                told = ("duplicate_geometry", f"{name[0]} / {name[1]}")
            else:
                told = ("overlap", f"{name[0]}重叠 {size} 平方米 / {name[1]} by {size} m²")
            yield Problem(rows[place], "geometry", mine[place][0], *told)

    def within(self, pairs: Pairs, known: Mapping[int, Known]) -> Iterator[Problem]:
        """The problems of pairs of rows of one file; a row whose record is not known is passed over."""
        there = [(int(one), int(other)) for one, other in pairs if int(one) in known and int(other) in known]
        rows = [later for _, later in there]
        yield from self.judge(rows, [known[later] for _, later in there], [known[earlier] for earlier, _ in there])


def chunks(pairs: Pairs) -> Iterator[Pairs]:
    """Pairs in pieces whose geometries fit into memory; the first are small, for a file that is wrong throughout."""
    start, length = 0, min(_CHUNK, 8_192)
    while start < len(pairs):
        yield pairs[start : start + length]
        start, length = start + length, min(_CHUNK, 2 * length)


def candidates(bounds: Bounds) -> tuple[Pairs, int]:
    """Pairs of places of ``bounds`` (n, 4) whose boxes share an inside, and how many boxes were left to compare.

    Boxes are sorted into cells no smaller than they are, so that one can only meet those of its own and of the
    neighbouring cells; a box that is much larger than most is asked in a tree.
    """
    size = bounds[:, 2:] - bounds[:, :2]
    cell = np.maximum(np.minimum(size.max(axis=0), 2 * np.quantile(size, 0.95, axis=0)) * 1.001, 1e-9)
    whole = bounds.max(axis=0)[2:] - bounds.min(axis=0)[:2]
    cell = np.maximum(cell, whole / 2**20)
    is_large: npt.NDArray[np.bool_] = np.any(size > cell, axis=1)
    found, left = _in_cells(bounds, np.flatnonzero(~is_large), cell)
    large = np.flatnonzero(is_large)
    if not len(large):
        return found, left
    parts = [found]
    for done, pairs in _beside(bounds, large, is_large):
        parts.append(pairs)
        if sum(map(len, parts)) > LIMIT:
            left += len(bounds) - done
            break
    return np.concatenate(parts), left


def _in_cells(bounds: Bounds, small: npt.NDArray[np.intp], cell: npt.NDArray[np.float64]) -> tuple[Pairs, int]:
    """The pairs among boxes no larger than a cell: each with those after it in its row of cells, and those above."""
    low = ((bounds[small, :2] - bounds[:, :2].min(axis=0)) / cell).astype(np.int64)
    key = low[:, 1] << 22 | low[:, 0] + 1
    order = np.argsort(key)
    key, small = key[order], small[order]
    west, south, east, north = (np.ascontiguousarray(side) for side in bounds[small].T)
    above = key + (1 << 22)
    found: list[Pairs] = []
    compared = 0
    for first, end in (
        (np.arange(1, len(key) + 1), np.searchsorted(key, key + 1, "right")),
        (np.searchsorted(key, above - 1, "left"), np.searchsorted(key, above + 1, "right")),
    ):
        step, active = 0, np.flatnonzero(end > first)
        while len(active):
            compared += len(active)
            if compared > LIMIT:
                return np.concatenate(found), len(active)
            other = first[active] + step
            meet = (west[active] < east[other]) & (west[other] < east[active])
            meet &= (south[active] < north[other]) & (south[other] < north[active])
            found.append(np.column_stack([small[active[meet]], small[other[meet]]]))
            step += 1
            active = active[end[active] > first[active] + step]
    return np.concatenate(found) if found else np.empty((0, 2), np.int64), 0


def _beside(
    bounds: Bounds, large: npt.NDArray[np.intp], is_large: npt.NDArray[np.bool_]
) -> Iterator[tuple[int, Pairs]]:
    """How many boxes have been asked, and the pairs of a large box and any other that the last of them gave."""
    tree = shapely.STRtree(shapely.box(*bounds[large].T))
    length = min(65_536, max(1, 2_000_000 // len(large)))  # so many may meet every large box
    for start in range(0, len(bounds), length):
        block = np.arange(start, min(start + length, len(bounds)))
        one, place = tree.query(shapely.box(*bounds[block].T))
        pairs = np.column_stack([block[one], large[place]])
        keep = ~is_large[pairs[:, 0]] | (pairs[:, 0] < pairs[:, 1])
        corner = np.maximum(bounds[pairs[:, 0], :2], bounds[pairs[:, 1], :2])
        keep &= (corner < np.minimum(bounds[pairs[:, 0], 2:], bounds[pairs[:, 1], 2:])).all(axis=1)
        yield start + len(block), pairs[keep]


def _apart(left: Geometries, right: Geometries) -> npt.NDArray[np.float64]:
    """Metres between points, parts of several by the nearest, on a plane that is true where they are."""
    if not len(left):
        return np.empty(0)
    latitude = math.radians(float(np.nanmean(shapely.bounds(left)[:, 1])))
    scale = np.array([crs.METRES_PER_DEGREE * math.cos(latitude), crs.METRES_PER_DEGREE])
    flat = [shapely.transform(side, lambda xy: xy * scale) for side in (left, right)]
    return shapely.distance(*flat)


def _named(code: str, row: int | None) -> tuple[str, str]:
    plain = code.replace(" / ", "/")
    if row is None:
        return f"“{plain}”", f"“{plain}”"
    return f"“{plain}”（第 {row} 行）", f"“{plain}” (row {row})"
