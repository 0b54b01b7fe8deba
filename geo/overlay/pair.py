"""Parcels and records of one layer to their common parts: exact, without a database, the same in whatever order."""

import math
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
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

Places = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]

_SLICE = 512
"""Fewest pairs that a thread is worth."""

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


def common(parcels: Geometries, records: Geometries, kind: Geometry, least: Least) -> Common:
    """What each of ``parcels`` (valid polygons) has in common with each of ``records`` (all of ``kind``).

    Both are longitude, latitude in degrees. Touching is not overlapping. Parts of different records that lie on one
    another count once in ``whole``. A record that is faulty is taken as what it can be mended to. An outline is cut on
    the straight line in degrees between its points, and areas are bounded by geodesics: what an edge of 150 m adds to
    the parts on both sides of a cut may differ by some 0.02 m² from what it adds to the whole.
    """
    parcel, record = _meeting(parcels, records)
    records = _mended(records, record)
    amount, geom, straddles = _parts(parcels, records, (parcel, record), kind)
    keep = amount > 0
    sliver = keep & straddles
    if kind is not Geometry.POINT and bool(sliver.any()):
        rows = np.flatnonzero(sliver)
        sliver[rows] = _slivers((parcels[parcel[rows]], records[record[rows]]), amount[rows], geom[rows], kind, least)
    else:
        sliver[:] = False
    slivers = np.bincount(parcel[sliver], minlength=len(parcels)).astype(np.intp)
    keep &= ~sliver
    parcel, record, amount, geom = parcel[keep], record[keep], amount[keep], geom[keep]
    whole = _whole(parcels, records, (parcel, record, amount, geom), kind)
    return Common(parcel, record, amount, geom, whole, slivers)


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


def _parts(
    parcels: Geometries, records: Geometries, pairs: tuple[Places, Places], kind: Geometry
) -> tuple[Floats, Geometries, Bools]:
    """Amount and geometry of the common part of each pair, and whether it had to be constructed."""
    parcel, record = pairs
    amount = np.zeros(len(parcel))
    geom: Geometries = np.full(len(parcel), None, object)
    shapely.prepare(parcels)
    inside: Bools = _spread(shapely.contains_properly, parcel, parcels[parcel], records[record])
    seen, back = np.unique(record[inside], return_inverse=True)
    amount[inside] = _measured(records[seen], kind)[back]
    geom[inside] = records[record[inside]]
    rest = np.flatnonzero(~inside)
    if kind is Geometry.POLYGON and len(rest):
        around = rest[_holds(records, parcels, record[rest], parcel[rest])]
        held, back = np.unique(parcel[around], return_inverse=True)
        amount[around] = crs.area_m2(parcels[held])[back] if len(held) else 0
        geom[around] = parcels[parcel[around]]
        rest = np.setdiff1d(rest, around, assume_unique=True)
    rest = rest[_spread(shapely.intersects, parcel[rest], parcels[parcel[rest]], records[record[rest]])]
    if kind is not Geometry.POLYGON:  # of a line along the outline or a point on it nothing lies on the parcel
        meets = partial(shapely.relate_pattern, pattern="T********")
        rest = rest[_spread(meets, parcel[rest], parcels[parcel[rest]], records[record[rest]])]
    made = _spread(_intersection, parcel[rest], parcels[parcel[rest]], records[record[rest]])
    if kind is Geometry.POINT:
        made = _off_the_outline(made, parcels[parcel[rest]])
    geom[rest] = _of_kind(made, kind)
    amount[rest] = _measured(geom[rest], kind)
    straddles = np.zeros(len(parcel), np.bool_)
    straddles[rest] = True
    return amount, geom, straddles


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


def _slivers(
    of: tuple[Geometries, Geometries], amount: Floats, geom: Geometries, kind: Geometry, least: Least
) -> Bools:
    """Which common parts (of parcels and records) are slivers; most of a record or of a parcel is none."""
    parcels, records = of
    if kind is Geometry.LINE:
        thin: Bools = amount < least.length_m
        rows = np.flatnonzero(thin)
        thin[rows] = amount[rows] < length_m(records[rows]) / 2
        return thin
    thin = amount < least.area_m2
    # Longer than this no outline is: a degree of latitude is the longest there is.
    longest = shapely.length(geom) * crs.METRES_PER_DEGREE * 1.01
    rows = np.flatnonzero(~thin & (2 * amount < least.width_m * longest))
    thin[rows] = 2 * amount[rows] < least.width_m * length_m(geom[rows])
    rows = np.flatnonzero(thin)
    smaller = np.minimum(crs.area_m2(parcels[rows]), crs.area_m2(records[rows])) if len(rows) else np.empty(0)
    thin[rows] = amount[rows] < smaller / 2
    return thin


def _whole(
    parcels: Geometries, records: Geometries, parts: tuple[Places, Places, Floats, Geometries], kind: Geometry
) -> Floats:
    """What the parts on each parcel cover together; a union only where records lie on one another."""
    parcel, record, amount, geom = parts
    starts = np.searchsorted(parcel, np.arange(len(parcels) + 1))
    whole = np.zeros(len(parcels))
    single = np.flatnonzero(np.diff(starts) == 1)
    whole[single] = amount[starts[single]]
    if kind is Geometry.POLYGON and len(single):
        whole[single] = np.minimum(whole[single], crs.area_m2(parcels[single]))
    several = np.flatnonzero(np.diff(starts) > 1)
    if kind is Geometry.POINT:
        whole[several] = [math.fsum(amount[starts[place] : starts[place + 1]]) for place in several]
        return whole
    laid = _laid_on_one_another(records, np.unique(record[np.isin(parcel, several)]), kind)
    area = crs.area_m2(parcels[several]) if kind is Geometry.POLYGON and len(several) else np.full(len(several), np.inf)
    for place, most in zip(several.tolist(), area.tolist(), strict=True):
        mine = slice(starts[place], starts[place + 1])
        if laid and _any_laid(record[mine].tolist(), laid):
            whole[place] = min(covered(geom[mine], kind), most)
        else:
            whole[place] = min(math.fsum(amount[mine]), most)
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
        odd = ~shapely.is_empty(shapely.coverage_invalid_edges(shapes))
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
    cores = os.cpu_count() or 1
    if len(by) < 2 * _SLICE or cores == 1:
        return function(*arrays)
    length = max(_SLICE, len(by) // (4 * cores))
    cuts = np.unique(np.searchsorted(by, by[np.arange(length, len(by), length)]))
    cuts = [0, *cuts[cuts > 0].tolist(), len(by)]
    pieces = [[array[begin:end] for array in arrays] for begin, end in pairwise(cuts)]
    with ThreadPoolExecutor(cores) as threads:
        return np.concatenate(list(threads.map(lambda piece: function(*piece), pieces)))
