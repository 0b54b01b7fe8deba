"""What is written on the map of an extract, and where: names, numbers, lengths and grid, in millimetres of paper."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from geo.extract.sheet import HEIGHT, WIDTH

Json = dict[str, Any]
Spot = tuple[float, float]
_BARS = (1, 2, 5)
_MOST_MARKS, _MOST_NAMES, _MOST_SIDES = 40, 60, 24
_APART, _SIDE = 5.5, 13.0


@dataclass(frozen=True, slots=True)
class Label:
    """A text at a place, ``turn`` in degrees clockwise."""

    x: float
    y: float
    text: str
    turn: float = 0.0


@dataclass(frozen=True, slots=True)
class Grid:
    """Crosses of the plane's grid as a path, and the kilometres of its lines along the frame."""

    crosses: str
    eastings: tuple[Label, ...]
    northings: tuple[Label, ...]


def towns(drawn: Sequence[tuple[str, BaseGeometry]]) -> tuple[Label, ...]:
    """Names of townships, each where there is most room for it within the frame."""
    labels: list[Label] = []
    for name, geometry in drawn:
        inside = shapely.intersection(geometry, shapely.box(12, 8, WIDTH - 12, HEIGHT - 8))
        if inside.area > 200:
            x, y = _roomiest(inside)
            labels.append(Label(round(x, 1), round(y, 1), name))
    return tuple(labels)


def marks(pieces: Sequence[tuple[Json, BaseGeometry]]) -> tuple[Label, ...]:
    """The number of each piece on it, where there is room for one."""
    found: list[Label] = []
    for piece, geometry in pieces:
        if geometry.is_empty or len(found) == _MOST_MARKS:
            continue
        x, y = _roomiest(geometry) if geometry.area > 0 else spot(shapely.point_on_surface(geometry))
        if all(math.hypot(x - each.x, y - each.y) > 3.4 for each in found):
            found.append(Label(round(x, 2), round(y, 2), str(piece["mark"])))
    return tuple(found)


def names(rings: Sequence[tuple[Json, Sequence[Spot]]], outline: BaseGeometry) -> tuple[Label, ...]:
    """Names of boundary points outside of the parcel, thinned out where they would lie on one another."""
    middle_x, middle_y = spot(outline.centroid)
    found: list[Label] = []
    for ring, spots in rings:
        outward = -1 if ring["hole"] else 1
        for corner, (at_x, at_y) in zip(ring["corners"], spots, strict=True):
            if len(found) == _MOST_NAMES:
                return tuple(found)
            away = math.hypot(at_x - middle_x, at_y - middle_y) or 1
            x = at_x + outward * (at_x - middle_x) / away * 3.4
            y = at_y + outward * (at_y - middle_y) / away * 2.8 + 0.8
            if all(math.hypot(x - each.x, y - each.y) >= _APART for each in found):
                found.append(Label(round(x, 2), round(y, 2), corner["name"]))
    return tuple(found)


def sides(rings: Sequence[tuple[Json, Sequence[Spot]]]) -> tuple[Label, ...]:
    """The lengths of the sides that are long enough for one, inside of the parcel, as long as there are few."""
    if sum(len(spots) for _, spots in rings) > _MOST_SIDES:
        return ()
    found: list[Label] = []
    for ring, spots in rings:
        for corner, one, other in zip(ring["corners"], spots, [*spots[1:], *spots[:1]], strict=True):
            length = math.hypot(other[0] - one[0], other[1] - one[1])
            if length < _SIDE:
                continue
            # The way is clockwise, around a hole the other way: the parcel is always to the right of it.
            right = ((one[1] - other[1]) / length * 1.8, (other[0] - one[0]) / length * 1.8)
            turn = math.degrees(math.atan2(other[1] - one[1], other[0] - one[0]))
            upright = turn - 180 if turn > 90 else turn + 180 if turn <= -90 else turn
            x, y = (one[0] + other[0]) / 2 + right[0], (one[1] + other[1]) / 2 + right[1]
            found.append(Label(round(x, 2), round(y, 2), f"{corner['side']:.2f}", round(upright, 1)))
    return tuple(found)


def grid(frame: Json, scale: int) -> Grid:
    """The grid of a frame in metres on the plane, lines four to five centimetres apart."""
    step, factor = round_metres(45 * scale / 1000), 1000 / scale
    xs = [(round((each - frame["west"]) * factor, 2), each) for each in _lines(frame["west"], frame["east"], step)]
    ys = [(round((frame["north"] - each) * factor, 2), each) for each in _lines(frame["south"], frame["north"], step)]
    digits = max(3 - round(math.log10(step)), 0) if step < 1000 else 0
    return Grid(
        "".join(f"M{x - 1.5:g} {y:g}h3M{x:g} {y - 1.5:g}v3" for x, _ in xs for y, _ in ys),
        tuple(Label(x, 0, f"{each / 1000:.{digits}f}") for x, each in xs if 8 < x < WIDTH - 8),
        tuple(Label(0, y, f"{each / 1000:.{digits}f}") for y, each in ys if 8 < y < HEIGHT - 8),
    )


def round_metres(most: float) -> int:
    """The longest of 1, 2, 5, 10, … metres that is no longer than ``most``."""
    size = 10 ** max(math.floor(math.log10(max(most, 1))), 0)
    return max(each * size for each in _BARS if each * size <= max(most, 1))


def spot(point: BaseGeometry) -> Spot:
    """Where a point is."""
    return float(shapely.get_x(point)), float(shapely.get_y(point))


def _roomiest(geometry: BaseGeometry) -> Spot:
    """Where there is most room in the largest part of an area; its finest edges do not matter for that."""
    largest = max(shapely.get_parts(shapely.simplify(geometry, 0.1)), key=shapely.area)
    return spot(shapely.get_point(shapely.maximum_inscribed_circle(largest, 0.3), 0))


def _lines(low: float, high: float, step: int) -> range:
    return range(math.ceil(low / step) * step, math.floor(high) + 1, step)
