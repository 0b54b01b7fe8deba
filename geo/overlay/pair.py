"""Parcels and records of one layer to their common parts: exact, without a database, the same in whatever order."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo import crs
from geo.crs import Geometries
from geo.ingest.overlap import candidates
from geo.layer import Geometry
from geo.overlay.distance import Floats, length_m
from geo.overlay.least import Least
from geo.overlay.shared import shared_m2

Places = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]

_SLICE = 2_048
"""Most pairs that are worked on at once, so that the scratch arrays stay in the processor's cache."""

_SURE_M2, _NONE_M2 = 1e-4, 1e-8
"""Between these it is decided by construction whether two polygons share an area; less is none, they only touch."""

# The type of geometry that counts of a common part, and how the insides of two records must meet to overlap.
_COUNTED = {Geometry.POLYGON: (3, 6), Geometry.LINE: (1, 2, 5), Geometry.POINT: (0, 4)}
_OVERLAP = {Geometry.POLYGON: "2********", Geometry.LINE: "1********", Geometry.POINT: "0********"}


@dataclass(frozen=True, slots=True)
class Common:
    """The common parts of parcels and records, in order of parcel, then record.

    ``parcel`` and ``record`` are places in the arrays that were given; ``amount`` is ellipsoidal m², m, or the number
    of points; ``geom`` the common part. For each parcel ``whole`` is what its parts cover together and ``slivers`` how
    many parts were left out as such.
    """

    parcel: Places
    record: Places
    amount: Floats
    geom: Geometries
    whole: Floats
    slivers: Places


def common(parcels: Geometries, records: Geometries, kind: Geometry, least: Least, *, shapes: bool = True) -> Common:
    """What each of ``parcels`` (valid polygons) has in common with each of ``records`` (all of ``kind``).

    Both are longitude, latitude in degrees. Touching is not overlapping. Parts of different records that lie on one
    another count once in ``whole``. A record that is faulty is taken as what it can be mended to. Without ``shapes``
    only those geometries are made that amounts depend on, the others are None; amounts are the same.

    An outline is cut on the straight line in degrees between its points, and areas are bounded by geodesics: what an
    edge of 150 m adds to the parts on both sides of a cut may differ by some 0.02 m² from what it adds to the whole.
    """
    parcel, record = _meeting(parcels, records)
    records = _mended(records, record)
    parts = _Parts(parcels, records, parcel, record, kind)
    parts.find()
    sliver = parts.slivers(least)
    keep = (parts.amount > 0) & ~sliver
    slivers = np.bincount(parcel[sliver], minlength=len(parcels)).astype(np.intp)
    parts = parts.only(keep)
    if shapes:
        parts.draw(np.arange(len(parts.parcel)))
    whole = _whole(parts)
    return Common(parts.parcel, parts.record, parts.amount, parts.geom, whole, slivers)


def covered(parts: Geometries, kind: Geometry) -> float:
    """What parts cover together: m² of their union, m of it, or the number of points."""
    ordered = parts[np.argsort(shapely.to_wkb(parts))]  # a union depends on the order in its last digits
    union = np.array([shapely.union_all(ordered)], object)
    return float(_measured(union, kind)[0])


def _meeting(parcels: Geometries, records: Geometries) -> tuple[Places, Places]:
    """The pairs whose boxes share a point, sorted."""
    if not len(parcels) or not len(records):
        return np.empty(0, np.intp), np.empty(0, np.intp)
    parcel, record = shapely.STRtree(records).query(parcels)
    order = np.lexsort((record, parcel))
    return parcel[order], record[order]


def _mended(records: Geometries, wanted: Places) -> Geometries:
    """The records, those that are wanted made valid."""
    seen = np.unique(wanted)
    wrong = seen[~_spread(shapely.is_valid, np.arange(len(seen)), records[seen])]
    if len(wrong):
        records = records.copy()
        records[wrong] = shapely.make_valid(records[wrong], method="structure", keep_collapsed=False)
    return records


@dataclass
class _Parts:
    """Pairs of parcels and records on the way to their common parts; every array has one entry for each pair.

    ``settled`` are the pairs of which one is wholly in the other, whose common part is not a new geometry.
    """

    parcels: Geometries
    records: Geometries
    parcel: Places
    record: Places
    kind: Geometry
    amount: Floats = field(init=False)
    geom: Geometries = field(init=False)
    settled: Bools = field(init=False)

    def __post_init__(self) -> None:
        self.amount = np.zeros(len(self.parcel))
        self.geom = np.full(len(self.parcel), None, object)
        self.settled = np.zeros(len(self.parcel), np.bool_)
        shapely.prepare(self.parcels)

    def only(self, keep: Bools) -> "_Parts":
        """Some of the pairs."""
        found = _Parts(self.parcels, self.records, self.parcel[keep], self.record[keep], self.kind)
        found.amount, found.geom, found.settled = self.amount[keep], self.geom[keep], self.settled[keep]
        return found

    def find(self) -> None:
        """Find the amounts, and the geometries that they depend on."""
        rest = self._inside()
        if self.kind is Geometry.POLYGON and len(rest):
            rest = self._around(rest)
            rest = self._by_edges(rest)
        rest = self._that(shapely.intersects, rest)
        if self.kind is not Geometry.POLYGON:  # of a line along the outline or a point on it nothing lies on the parcel
            rest = self._that(partial(shapely.relate_pattern, pattern="T********"), rest)
        self.draw(rest)
        self.amount[rest] = _measured(self.geom[rest], self.kind)

    def draw(self, rows: Places) -> None:
        """Construct the common part of those pairs that have none yet."""
        rows = rows[shapely.is_missing(self.geom[rows])]
        left, right = self.parcels[self.parcel[rows]], self.records[self.record[rows]]
        made: Geometries = _spread(_intersection, self.parcel[rows], left, right)
        if self.kind is Geometry.POINT:
            made = _off_the_outline(made, left)
        self.geom[rows] = _of_kind(made, self.kind)

    def slivers(self, least: Least) -> Bools:
        """Which common parts are slivers; one of which most of the record or of the parcel is made is none."""
        thin = np.zeros(len(self.amount), np.bool_)
        if self.kind is Geometry.POINT:
            return thin
        rows = np.flatnonzero((self.amount > 0) & ~self.settled)
        amount = self.amount[rows]
        if self.kind is Geometry.LINE:
            rows = rows[amount < least.length_m]
            thin[rows] = self.amount[rows] < length_m(self.records[self.record[rows]]) / 2
            return thin
        # No outline is longer than those of parcel and record together, no degree than one of latitude.
        longest = shapely.length(self.parcels)[self.parcel[rows]] + shapely.length(self.records)[self.record[rows]]
        may = 2 * amount < least.width_m * longest * crs.METRES_PER_DEGREE * 1.01
        thin[rows] = amount < least.area_m2
        rows = rows[may & ~thin[rows]]
        self.draw(rows)
        thin[rows] = 2 * self.amount[rows] < least.width_m * length_m(self.geom[rows])
        rows = np.flatnonzero(thin)
        if len(rows):
            parcel, record = self.parcels[self.parcel[rows]], self.records[self.record[rows]]
            thin[rows] = self.amount[rows] < np.minimum(crs.area_m2(parcel), crs.area_m2(record)) / 2
        return thin

    def _inside(self) -> Places:
        """Settle the records that lie within a parcel; gives the pairs that are left."""
        inside: Bools = _spread(
            shapely.contains_properly, self.parcel, self.parcels[self.parcel], self.records[self.record]
        )
        seen, back = np.unique(self.record[inside], return_inverse=True)
        self.amount[inside] = _measured(self.records[seen], self.kind)[back]
        self.geom[inside] = self.records[self.record[inside]]
        self.settled |= inside
        return np.flatnonzero(~inside)

    def _around(self, rest: Places) -> Places:
        """Settle the parcels that lie within a record."""
        held = _holds(self.records, self.parcels, self.record[rest], self.parcel[rest])
        around = rest[held]
        seen, back = np.unique(self.parcel[around], return_inverse=True)
        self.amount[around] = _measured(self.parcels[seen], self.kind)[back]
        self.geom[around] = self.parcels[self.parcel[around]]
        self.settled[around] = True
        return rest[~held]

    def _by_edges(self, rest: Places) -> Places:
        """Find areas without constructing anything; left are pairs that hardly meet, and large polygons."""
        right = self.records[self.record[rest]]
        rest = rest[np.isin(shapely.get_type_id(right), _COUNTED[self.kind]) & ~shapely.is_empty(right)]
        if not len(rest):
            return rest
        area: Floats = _spread(shared_m2, rest, self.parcels[self.parcel[rest]], self.records[self.record[rest]])
        found = area > _SURE_M2
        self.amount[rest[found]] = area[found]
        return rest[~found & ~(area <= _NONE_M2)]

    def _that(self, holds: Callable[..., Any], rest: Places) -> Places:
        """Those of the pairs for which a predicate of parcel and record holds."""
        there: Bools = _spread(
            holds, self.parcel[rest], self.parcels[self.parcel[rest]], self.records[self.record[rest]]
        )
        return rest[there]


def _holds(records: Geometries, parcels: Geometries, record: Places, parcel: Places) -> Bools:
    """Whether the inside of a record holds the whole parcel, for each pair."""
    outer, inner = shapely.bounds(records)[record], shapely.bounds(parcels)[parcel]
    may = np.flatnonzero((outer[:, :2] < inner[:, :2]).all(axis=1) & (outer[:, 2:] > inner[:, 2:]).all(axis=1))
    holds = np.zeros(len(record), np.bool_)
    order = may[np.argsort(record[may], kind="stable")]
    shapely.prepare(records[np.unique(record[may])])
    holds[order] = _spread(shapely.contains_properly, record[order], records[record[order]], parcels[parcel[order]])
    return holds


def _intersection(left: Geometries, right: Geometries) -> Geometries:
    try:
        return shapely.intersection(left, right)
    except shapely.errors.GEOSException:
        if len(left) > 1:
            single = [_intersection(left[[row]], right[[row]]) for row in range(len(left))]
            return np.concatenate(single)
        # What floating point cannot settle is settled on a grid of a hundredth of a micrometre.
        return shapely.intersection(left, right, grid_size=1e-13)


def _of_kind(geometries: Geometries, kind: Geometry) -> Geometries:
    """The geometries without the parts of lower dimension, None where nothing is left."""
    counted = np.isin(shapely.get_type_id(geometries), _COUNTED[kind]) & ~shapely.is_empty(geometries)
    found: Geometries = np.full(len(geometries), None, object)
    found[counted] = geometries[counted]
    for place in np.flatnonzero(shapely.get_type_id(geometries) == 7):
        parts = shapely.get_parts(geometries[place])
        parts = shapely.get_parts(parts[np.isin(shapely.get_type_id(parts), _COUNTED[kind])])
        if len(parts):
            found[place] = shapely.union_all(parts)
    return found


def _off_the_outline(points: Geometries, parcels: Geometries) -> Geometries:
    """The points of several that do not lie on the outline of their parcel."""
    return shapely.difference(points, shapely.boundary(parcels))


def _measured(geometries: Geometries, kind: Geometry) -> Floats:
    if not len(geometries):
        return np.empty(0)
    if kind is Geometry.POLYGON:
        return np.nan_to_num(crs.area_m2(geometries))
    if kind is Geometry.LINE:
        return length_m(geometries)
    return shapely.get_num_coordinates(geometries).astype(np.float64)


def _whole(parts: _Parts) -> Floats:
    """What the parts on each parcel cover together; a union only where records lie on one another."""
    kind, amount = parts.kind, parts.amount
    starts = np.searchsorted(parts.parcel, np.arange(len(parts.parcels) + 1))
    count = np.diff(starts)
    whole = np.zeros(len(count))
    whole[count == 1] = amount[starts[:-1][count == 1]]
    several = np.flatnonzero(count > 1)
    if len(several):
        # Added from the smallest on, a sum is the same in whatever order records come.
        ordered = amount[np.lexsort((amount, parts.parcel))]
        sums = np.add.reduceat(ordered, starts[:-1][count > 0])
        whole[count > 0] = sums
    if kind is not Geometry.POINT and len(several):
        laid = _laid_on_one_another(parts.records, np.unique(parts.record[np.repeat(count > 1, count)]), kind)
        for place in several.tolist() if laid else ():
            mine = np.arange(starts[place], starts[place + 1])
            if _any_laid(parts.record[mine].tolist(), laid):
                parts.draw(mine)
                whole[place] = covered(parts.geom[mine], kind)
    if kind is Geometry.POLYGON:
        there = np.flatnonzero(count)
        whole[there] = np.minimum(whole[there], _measured(parts.parcels[there], kind))
    return whole


def _laid_on_one_another(records: Geometries, seen: Places, kind: Geometry) -> dict[int, set[int]]:
    """Of the records ``seen``, those whose insides meet: record -> later ones."""
    shapes = records[seen]
    if len(shapes) < 2:
        return {}
    bounds = shapely.bounds(shapes)
    if kind is Geometry.LINE:  # the box of a line along an axis has no inside
        bounds = bounds + np.array([-1, -1, 1, 1]) * 1e-12
    pairs, left = candidates(bounds)
    if left:
        pairs = shapely.STRtree(shapes).query(shapes).T.astype(np.int64)
        pairs = pairs[pairs[:, 0] < pairs[:, 1]]
    if kind is Geometry.POLYGON and len(pairs):
        # Records side by side, as those of a survey, share nothing but outlines: of most this is told at once.
        beside = np.unique(pairs)
        odd = np.zeros(len(shapes), np.bool_)
        odd[beside] = ~np.asarray(shapely.is_empty(shapely.coverage_invalid_edges(shapes[beside])), np.bool_)
        pairs = pairs[odd[pairs].any(axis=1)]
    pairs = np.sort(pairs, axis=1)
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    meets = partial(shapely.relate_pattern, pattern=_OVERLAP[kind])
    found: dict[int, set[int]] = {}
    hold: Bools = _spread(meets, pairs[:, 0].astype(np.intp), shapes[pairs[:, 0]], shapes[pairs[:, 1]])
    for one, other in pairs[hold].tolist():
        found.setdefault(int(seen[one]), set()).add(int(seen[other]))
    return found


def _any_laid(records: list[int], laid: dict[int, set[int]]) -> bool:
    there = set(records)
    return any(record in laid and not laid[record].isdisjoint(there) for record in records)


def _spread(function: Callable[..., Any], by: Places, *arrays: Geometries) -> Any:
    """A function of rows, worked out in as many threads as there are cores.

    GEOS works without holding Python's lock. Rows with the same ``by``, which is sorted, stay in one thread: what is
    prepared of a geometry is not made for two at once.
    """
    if len(by) <= _SLICE:
        return function(*arrays)
    cuts = np.unique(np.searchsorted(by, by[np.arange(_SLICE, len(by), _SLICE)]))
    cuts = [0, *cuts[cuts > 0].tolist(), len(by)]
    pieces = [[array[begin:end] for array in arrays] for begin, end in pairwise(cuts)]
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return np.concatenate(list(threads.map(lambda piece: function(*piece), pieces)))
