"""Parcels before they are laid over anything: is each a drawing of land in the county, and do they fit together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from geo import crs
from geo.crs import Geometries
from geo.ingest.overlap import candidates
from geo.ingest.shape import fault
from geo.layer import Geometry
from geo.overlay import gap
from geo.overlay.pair import Bools, Places, covered
from geo.overlay.parcel import Parcel
from geo.overlay.problem import problem
from geo.overlay.result import Problem
from geo.text import Text


@dataclass(frozen=True, slots=True)
class Limits:
    """What is told of parcels: overlaps beyond an area, gaps below a width, areas that differ by a share.

    A gap below ``gap_m`` is a fault of drawing. A strip up to ``strip_m`` is narrower than the bed of a road of one
    lane (4.5 m by JTG 2111-2019), so that a road between parcels is none. A hole up to ``hole_m2``, three 亩, is likely
    to have been forgotten; what is larger, a hamlet, a pond, a field, is land of its own that was left out. A drawing
    of less than ``least_m2`` has no area.
    """

    overlap_m2: float = 1.0
    gap_m: float = 1.0
    strip_m: float = 4.0
    hole_m2: float = 2_000.0
    area_share: float = 0.05
    least_m2: float = 0.01


def check(
    parcels: Sequence[Parcel], county_outline: shapely.Geometry | None, limits: Limits = Limits()
) -> list[Problem]:
    """What is wrong with parcels, in their order; those that are ``refused`` cannot be overlaid, all others can.

    ``county_outline`` is in degrees, longitude first, None where it is not known.
    """
    geoms: Geometries = np.array([parcel.geom for parcel in parcels], object)
    found: list[list[Problem]] = [[] for _ in parcels]
    good = ~(shapely.is_missing(geoms) | shapely.is_empty(geoms))
    for place in np.flatnonzero(~good).tolist():
        found[place].append(problem(parcels[place].number, "no_geometry", refused=True))
    for tell in (_outside(parcels, geoms, good, county_outline), _faulty(parcels, geoms, good, limits)):
        for place, told in tell:
            found[place].append(told)
            good[place] &= not told.refused
    rows = np.flatnonzero(good)
    for tell in (
        _partly_outside(parcels, geoms, rows, county_outline),
        _against_the_register(parcels, geoms, rows, limits),
        _among_themselves(parcels, geoms, rows, limits),
        _left_between(parcels, geoms, rows, limits),
    ):
        for place, told in tell:
            found[place].append(told)
    return [told for each in found for told in each]


def refused(problems: Sequence[Problem]) -> frozenset[str]:
    """The numbers of the parcels that cannot be overlaid."""
    return frozenset(each.parcel for each in problems if each.refused)


Told = Iterator[tuple[int, Problem]]


def _outside(parcels: Sequence[Parcel], geoms: Geometries, good: Bools, outline: shapely.Geometry | None) -> Told:
    """Parcels that share nothing with the county, and whether they do with their axes the other way round."""
    if outline is None:
        return
    shapely.prepare(outline)
    rows = np.flatnonzero(good)
    boxes = shapely.box(*shapely.bounds(geoms[rows]).T)  # a faulty drawing has a box
    for place in rows[~shapely.intersects(outline, boxes)].tolist():
        first = _first(geoms[place])
        turned = shapely.intersects(outline, shapely.Point(first[::-1]))
        yield place, problem(parcels[place].number, "axes_swapped" if turned else "outside_county", first, refused=True)


def _faulty(parcels: Sequence[Parcel], geoms: Geometries, good: Bools, limits: Limits) -> Told:
    rows = np.flatnonzero(good)
    valid = shapely.is_valid(geoms[rows])
    area = crs.area_m2(geoms[rows]) if len(rows) else np.empty(0)
    for place, is_valid, m2 in zip(rows.tolist(), valid.tolist(), area.tolist(), strict=True):
        first = _first(geoms[place])
        if m2 < limits.least_m2 and shapely.area(shapely.convex_hull(geoms[place])) < 1e-12:
            yield place, problem(parcels[place].number, "no_area", first, refused=True)
        elif not is_valid:
            zh, _, en = fault(geoms[place], None).partition(" / ")
            at = _place_of(geoms[place]) or first
            reason = Text(zh=zh, en=en or zh)
            yield place, problem(parcels[place].number, "not_valid", at, refused=True, reason=reason)
        elif m2 < limits.least_m2:
            yield place, problem(parcels[place].number, "no_area", first, refused=True)


def _partly_outside(
    parcels: Sequence[Parcel], geoms: Geometries, rows: Places, outline: shapely.Geometry | None
) -> Told:
    if outline is None:
        return
    shapely.prepare(outline)
    for place in rows[~shapely.covers(outline, geoms[rows])].tolist():
        beyond = shapely.difference(geoms[place], outline)
        amount = float(crs.area_m2(np.array([beyond], object))[0])
        if amount > 1:
            yield place, problem(parcels[place].number, "partly_outside", _on(beyond), amount=f"{amount:.2f}")


def _against_the_register(parcels: Sequence[Parcel], geoms: Geometries, rows: Places, limits: Limits) -> Told:
    area = crs.area_m2(geoms[rows]) if len(rows) else np.empty(0)
    for place, drawn in zip(rows.tolist(), area.tolist(), strict=True):
        registered = parcels[place].registered_area_m2
        if not registered or abs(drawn - registered) <= limits.area_share * registered:
            continue
        yield place, problem(
            parcels[place].number, "area_differs", drawn=f"{drawn:.2f}", registered=f"{registered:.2f}",
            share=f"{abs(drawn - registered) / registered:.1%}",
        )  # fmt: skip


def _among_themselves(parcels: Sequence[Parcel], geoms: Geometries, rows: Places, limits: Limits) -> Told:
    """Overlaps and narrow gaps, each told of the later parcel."""
    if len(rows) < 2:
        return
    shapes = geoms[rows]
    width = limits.gap_m / crs.METRES_PER_DEGREE
    edges: Geometries = np.asarray(shapely.coverage_invalid_edges(shapes, gap_width=width), object)
    odd: Bools = ~np.asarray(shapely.is_empty(edges), np.bool_)
    pairs, left = candidates(shapely.bounds(shapes) + np.array([-1, -1, 1, 1]) * width)
    pairs = np.sort(pairs[odd[pairs].any(axis=1)], axis=1)
    pairs = pairs[np.lexsort((pairs[:, 0], pairs[:, 1]))]
    if left:
        yield int(rows[0]), problem(parcels[int(rows[0])].number, "overlaps_left", left=left)
    for earlier, later in pairs.tolist():
        place, other = int(rows[later]), parcels[int(rows[earlier])].number
        shared = shapely.intersection(shapes[earlier], shapes[later])
        if shapely.area(shared) > 0:
            amount = covered(np.array([shared], object), Geometry.POLYGON)
            if amount > limits.overlap_m2:
                said = f"{amount:.2f}"
                yield place, problem(parcels[place].number, "overlap", _on(shared), other=other, amount=said)
            continue
        at = _narrow(shapes[earlier], shapes[later], shapely.get_parts(edges[[earlier, later]]), width)
        if at is not None:
            yield place, problem(parcels[place].number, "gap", _first(at), other=other, width=f"{limits.gap_m:g}")


MOST_STRIPS = 50_000
"""Pairs of parcels between which strips are looked for: some ten seconds."""
NAMED = 10
"""Parcels beside a hole that are named; of the rest their number is told."""


def _left_between(parcels: Sequence[Parcel], geoms: Geometries, rows: Places, limits: Limits) -> Told:
    """Holes and strips, each told of the last parcel beside it."""
    if len(rows) < 2:
        return
    shapes = geoms[rows]
    found = gap.holes(shapes, most_m2=limits.hole_m2, least_m=limits.gap_m)
    for hole, _ in found:
        *others, place = rows[list(hole.beside)].tolist()
        yield place, _between("hole", parcels, place, others, hole)
    width = limits.strip_m / crs.METRES_PER_DEGREE / np.cos(np.radians(shapely.bounds(shapes)[:, 1].mean()))
    edges: Geometries = np.asarray(shapely.coverage_invalid_edges(shapes, gap_width=width), object)
    odd = np.flatnonzero(~shapely.is_empty(edges))
    if not len(odd):
        return
    pairs, _ = candidates(shapely.bounds(edges[odd]) + np.array([-1, -1, 1, 1]) * width)
    pairs = np.sort(odd[pairs], axis=1)
    pairs = pairs[~shapely.relate_pattern(shapes[pairs[:, 0]], shapes[pairs[:, 1]], "2********")]
    pairs = pairs[np.lexsort((pairs[:, 0], pairs[:, 1]))]
    if len(pairs) > MOST_STRIPS:
        left = problem(parcels[int(rows[0])].number, "strips_left", left=len(pairs) - MOST_STRIPS)
        yield int(rows[0]), left
    strips = gap.strips(
        shapes, pairs[:MOST_STRIPS], most_m=limits.strip_m, least_m=limits.gap_m, least_m2=limits.overlap_m2,
        beside=[drawn for _, drawn in found],
    )  # fmt: skip
    for strip in strips:
        other, place = rows[list(strip.beside)].tolist()
        yield place, _between("strip", parcels, place, [other], strip)


def _between(code: str, parcels: Sequence[Parcel], place: int, others: Sequence[int], left: gap.Gap) -> Problem:
    named = [parcels[other].number for other in others[:NAMED]]
    more = len(others) - len(named)
    zh, en = "、".join(named), ", ".join(named)
    other = Text(zh=f"{zh} 等 {len(others)} 宗", en=f"{en} and {more} more") if more else Text(zh=zh, en=en)
    amount, width = f"{left.area_m2:.2f}", f"{left.width_m:.1f}"
    return problem(parcels[place].number, code, left.place, other=other, amount=amount, width=width)


def _narrow(one: Any, other: Any, edges: Geometries, width: float) -> shapely.Geometry | None:
    """A place on an edge that lies close to both parcels and on one of them only; None where there is none."""
    for edge in edges:
        middle = shapely.line_interpolate_point(edge, 0.5, normalized=True)
        apart = sorted((shapely.distance(middle, one), shapely.distance(middle, other)))
        if apart[0] < width * 1e-3 and width * 1e-6 < apart[1] <= width:
            return middle
    return None


def _first(geom: Any) -> tuple[float, float]:
    x, y = shapely.get_coordinates(geom)[0]
    return float(x), float(y)


def _on(geom: Any) -> tuple[float, float]:
    return _first(shapely.point_on_surface(geom))


def _place_of(geom: shapely.Geometry) -> tuple[float, float] | None:
    """Where GEOS sees the fault of a drawing."""
    _, _, place = str(shapely.is_valid_reason(geom)).partition("[")
    written = place.rstrip("]").split()
    return (float(written[0]), float(written[1])) if len(written) >= 2 else None
