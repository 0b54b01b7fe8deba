"""Land that the parcels of a batch leave between them: strips from parcel to parcel, and holes that they enclose."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo import crs
from geo.crs import Geometries

Pairs = npt.NDArray[np.int64]
_TOUCHING = 5e-3  # metres: what is nearer lies side by side
_HAIR = 1e-8  # degrees, a millimetre: corners on edges of neighbours are seldom on them to the last digit
_CLOSE: Any = 0.01  # metres to which a width is found; shapely's stubs ask for an array
_LONG = 2.0  # how many times longer than wide a strip is: less is where two corners face each other
_EVEN = 0.75  # mean to largest width of a strip between parcels that meet: less is the angle in which they part
_ARC = 4  # segments of a quarter circle
_BLOCK = 500  # pairs of which the drawings are held at once


@dataclass(frozen=True, slots=True)
class Gap:
    """Land between parcels: the rows of those beside it, in their order, a point on it in degrees, m² and metres."""

    beside: tuple[int, ...]
    place: tuple[float, float]
    area_m2: float
    width_m: float


def holes(shapes: Geometries, *, most_m2: float, least_m: float) -> list[tuple[Gap, shapely.Polygon]]:
    """What two parcels or more enclose entirely, up to an area, and wider than ``least_m`` somewhere; with its drawing.

    ``shapes`` are valid polygons in degrees, longitude first. What one parcel encloses alone was drawn that way.
    """
    union = shapely.union_all(shapely.buffer(shapes, _HAIR, join_style="mitre"))
    polygons = shapely.get_parts(union)
    rings: list[shapely.Polygon] = []
    for polygon in polygons[shapely.get_num_interior_rings(polygons) > 0]:
        rings += [shapely.buffer(shapely.Polygon(ring), _HAIR, join_style="mitre") for ring in polygon.interiors]
    if not rings:
        return []
    drawn: Geometries = np.array(rings, object)
    areas = crs.area_m2(drawn)
    plane, tree = _plane(shapes), shapely.STRtree(shapes)
    found: list[tuple[Gap, shapely.Polygon]] = []
    for hole, area in zip(drawn, areas.tolist(), strict=True):
        if area > most_m2:
            continue
        flat = _metric(np.array([hole], object), shapes)[0]
        width = _widest(flat)
        if width <= least_m:
            continue
        near = np.sort(tree.query(shapely.buffer(hole, _HAIR)))
        beside = near[shapely.distance(plane[near], flat) < _TOUCHING]
        if len(beside) > 1:
            found.append((Gap(tuple(beside.tolist()), _on(hole), area, width), hole))
    return found


def strips(
    shapes: Geometries,
    pairs: Pairs,
    *,
    most_m: float,
    least_m: float,
    least_m2: float,
    beside: Sequence[shapely.Polygon],
) -> Iterator[Gap]:
    """Strips between two parcels, for each of the pairs; those within ``beside``, which is told already, are left out.

    A strip is land that no parcel covers, nowhere wider than ``most_m``, in its mean wider than ``least_m``, larger
    than ``least_m2`` and longer than wide. It is found by closing the two parcels (Serra, "Image analysis and
    mathematical morphology", 1982): grown by half the width and shrunk again they cover it.
    """
    if not len(pairs):
        return
    plane = _plane(shapes)
    tree = shapely.STRtree(plane)
    told = shapely.STRtree(_metric(np.array(beside, object), shapes)) if beside else None
    for start in range(0, len(pairs), _BLOCK):
        block = pairs[start : start + _BLOCK]
        block = block[shapely.dwithin(plane[block[:, 0]], plane[block[:, 1]], most_m)]
        parts, of = _between(plane, block, most_m)
        parts, of = _uncovered(parts, of, block, plane, tree)
        area, half = shapely.area(parts), shapely.length(parts) / 2
        # Width and length of the rectangle of the same area and outline.
        width = (half - np.sqrt(np.maximum(half**2 - 4 * area, 0))) / 2
        strip = (area > np.maximum(_LONG * width**2, least_m2)) & (width > least_m) & (width <= most_m)
        parts, of, width = parts[strip], of[strip], width[strip]
        one, other = plane[block[of, 0]], plane[block[of, 1]]
        strip = np.maximum(shapely.distance(one, parts), shapely.distance(other, parts)) < _TOUCHING
        if told is not None:
            within, _ = told.query(shapely.point_on_surface(parts), predicate="intersects")
            strip[within] = False
        for place in np.flatnonzero(strip & (shapely.distance(one, other) < _TOUCHING)).tolist():
            strip[place] = width[place] >= _EVEN * _widest(parts[place])
        drawn = _degrees(parts[strip], shapes)
        amounts = crs.area_m2(drawn).tolist() if len(drawn) else []
        for part, pair, amount, wide in zip(
            drawn, block[of[strip]].tolist(), amounts, width[strip].tolist(), strict=True
        ):
            yield Gap(tuple(pair), _on(part), amount, wide)


def _between(plane: Geometries, pairs: Pairs, most_m: float) -> tuple[Geometries, npt.NDArray[np.int64]]:
    """The land that closes the parcels of each pair, in parts, and of which pair each part is."""
    one, other = plane[pairs[:, 0]], plane[pairs[:, 1]]
    first, second = shapely.bounds(one), shapely.bounds(other)
    low, high = np.maximum(first[:, :2], second[:, :2]), np.minimum(first[:, 2:], second[:, 2:])
    low, high = np.minimum(low, high) - most_m, np.maximum(low, high) + most_m
    near = shapely.box(*low.T, *high.T)
    # Of a large parcel only what lies where the other one may be near.
    room = shapely.box(*(low - 2 * most_m).T, *(high + 2 * most_m).T)
    both = shapely.union(shapely.intersection(one, room), shapely.intersection(other, room))
    grown = shapely.buffer(both, most_m / 2, quad_segs=_ARC)
    closed = shapely.buffer(grown, -most_m / 2, quad_segs=_ARC)
    between = shapely.intersection(shapely.difference(closed, both), near)
    return _polygons(between, np.arange(len(pairs)))


def _uncovered(
    parts: Geometries, of: npt.NDArray[np.int64], pairs: Pairs, plane: Geometries, tree: shapely.STRtree
) -> tuple[Geometries, npt.NDArray[np.int64]]:
    """The same parts without what any other parcel covers of them."""
    at, rows = tree.query(parts, predicate="intersects")
    others = (rows != pairs[of[at], 0]) & (rows != pairs[of[at], 1])
    at, rows = at[others], rows[others]
    for place in np.unique(at).tolist():
        parts[place] = shapely.difference(parts[place], shapely.union_all(plane[rows[at == place]]))
    return _polygons(parts, of)


def _polygons(geoms: Geometries, of: npt.NDArray[np.int64]) -> tuple[Geometries, npt.NDArray[np.int64]]:
    parts, places = shapely.get_parts(geoms, return_index=True)
    flat = shapely.get_dimensions(parts) == 2
    return np.asarray(parts[flat], object), of[places[flat]]


def _widest(part: Any) -> float:
    """The width of a polygon in a plane where it is widest, in its units."""
    return 2 * float(shapely.length(shapely.maximum_inscribed_circle(part, tolerance=_CLOSE)))


def _origin(shapes: Geometries) -> npt.NDArray[np.float64]:
    """The corner of a plane in metres that is true to length in the middle of the parcels, and metres of a degree."""
    west, south, _, north = shapely.total_bounds(shapes)
    across = crs.METRES_PER_DEGREE * np.cos(np.radians((south + north) / 2))
    return np.array([[west, south], [across, crs.METRES_PER_DEGREE]])


def _metric(geoms: Geometries, shapes: Geometries) -> Geometries:
    corner, metres = _origin(shapes)
    return np.asarray(shapely.transform(geoms, lambda xy: (xy - corner) * metres), object)


def _degrees(geoms: Geometries, shapes: Geometries) -> Geometries:
    corner, metres = _origin(shapes)
    return np.asarray(shapely.transform(geoms, lambda xy: xy / metres + corner), object)


def _plane(shapes: Geometries) -> Geometries:
    return _metric(shapes, shapes)


def _on(geom: shapely.Geometry) -> tuple[float, float]:
    x, y = shapely.get_coordinates(shapely.point_on_surface(geom))[0]
    return float(x), float(y)
