"""The map of an extract from values: paths in millimetres of paper, north up, at the scale that it states."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.extract.plane import Plane
from geo.extract.sheet import HEIGHT, WIDTH

Json = dict[str, Any]
LEVEL_COLOURS = {"blocked": "#C8321F", "review": "#C27C00", "note": "#2C7FB8", "": "#51626D"}
"""Of what lies on a parcel, by what a rule says of it."""
_HATCHES = {"blocked": (45.0, 1.5), "review": (135.0, 2.2)}
"""Degrees and millimetres between lines, for those who cannot tell colours and for copies in black and white."""
_BARS = (1, 2, 5)
_MOST_MARKS, _MOST_NAMES = 40, 60
_APART, _SIDE = 5.5, 13.0


@dataclass(frozen=True, slots=True)
class Label:
    """A text at a place, ``turn`` in degrees clockwise."""

    x: float
    y: float
    text: str
    turn: float = 0.0


@dataclass(frozen=True, slots=True)
class Area:
    """What lies on the parcel, all of one level: outline, hatching, and where it is a line or a point."""

    level: str
    colour: str
    path: str
    hatch: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """An SVG of ``width`` x ``height`` millimetres. ``bar`` millimetres are ``metres``."""

    width: float
    height: float
    scale: int
    beside: str
    beside_points: tuple[tuple[float, float], ...]
    townships: str
    towns: tuple[Label, ...]
    areas: tuple[Area, ...]
    marks: tuple[Label, ...]
    outline: str
    corners: tuple[tuple[float, float], ...]
    names: tuple[Label, ...]
    sides: tuple[Label, ...]
    crosses: str
    eastings: tuple[Label, ...]
    northings: tuple[Label, ...]
    bar: float
    metres: int


@dataclass(frozen=True, slots=True)
class _Paper:
    """Metres on the plane to millimetres on paper."""

    plane: Plane
    west: float
    north: float
    scale: int

    def laid(self, geometry: Json) -> BaseGeometry:
        """A GeoJSON geometry in degrees, on paper."""
        return self.of_plane(self.plane.onto(_shape(geometry)))

    def of_plane(self, geometry: BaseGeometry) -> BaseGeometry:
        """A geometry on the plane, on paper."""
        factor = 1000 / self.scale
        return shapely.transform(
            geometry, lambda xy: np.column_stack(((xy[:, 0] - self.west) * factor, (self.north - xy[:, 1]) * factor))
        )


def drawn(parcel: Json, language: str) -> Drawn:
    """The map of a parcel as an extract's content holds it."""
    told = parcel["map"]
    frame, scale = told["frame"], told["scale"]
    paper = _Paper(Plane(parcel["boundary"]["zone"]), frame["west"], frame["north"], scale)
    box = shapely.box(0, 0, WIDTH, HEIGHT)
    beside = [_seen(paper.laid(each["geometry"]), box) for each in told["beside"]]
    towns = [(each, _seen(paper.laid(each["geometry"]), box)) for each in told["townships"]]
    pieces = [
        (piece, paper.laid(piece["geometry"]))
        for layer in parcel["concerned"]
        for piece in layer["pieces"]
        if piece["geometry"] is not None
    ]
    outline = paper.laid(parcel["geometry"])
    corners = [
        (corner, shapely.Point(corner["easting"], corner["northing"]), ring)
        for ring in parcel["boundary"]["rings"]
        for corner in ring["corners"]
    ]
    places = [(corner, paper.of_plane(point), ring) for corner, point, ring in corners]
    metres = _round(WIDTH / 4 * scale / 1000)
    crosses, eastings, northings = _grid(frame, scale)
    return Drawn(
        width=WIDTH,
        height=HEIGHT,
        scale=scale,
        beside="".join(map(_path, beside)),
        beside_points=_points(beside),
        townships="".join(_edges(each, box) for _, each in towns),
        towns=_towns(towns, language) if len(towns) > 1 else (),
        areas=_areas(pieces),
        marks=_marks(pieces),
        outline=_path(outline),
        corners=tuple((round(each.x, 2), round(each.y, 2)) for _, each, _ in places[:2000]),
        names=_names(places, outline),
        sides=_sides(parcel["boundary"]["rings"], paper),
        crosses=crosses,
        eastings=eastings,
        northings=northings,
        bar=round(metres * 1000 / scale, 2),
        metres=metres,
    )


def _shape(geometry: Json) -> BaseGeometry:
    kind, coordinates = geometry["type"], geometry["coordinates"]
    match kind:
        case "GeometryCollection":
            return shapely.GeometryCollection([_shape(each) for each in geometry["geometries"]])
        case _:
            return shapely.geometry.shape({"type": kind, "coordinates": coordinates})


def _seen(geometry: BaseGeometry, box: BaseGeometry) -> BaseGeometry:
    """What of a geometry lies in the frame, with a margin, so that its cut edges do not."""
    west, south, east, north = box.bounds
    return shapely.clip_by_rect(geometry, west - 2, south - 2, east + 2, north + 2)


def _lines(geometry: BaseGeometry) -> Iterable[tuple[Any, bool]]:
    """The coordinates of rings and lines, and whether they are closed."""
    for part in _parts(geometry):
        if isinstance(part, shapely.Polygon):
            yield from ((ring.coords, True) for ring in (part.exterior, *part.interiors))
        elif isinstance(part, shapely.LineString):
            yield part.coords, False


def _parts(geometry: BaseGeometry) -> Iterable[BaseGeometry]:
    for part in shapely.get_parts(geometry):
        if isinstance(part, shapely.geometry.base.BaseMultipartGeometry):
            yield from _parts(part)
        elif not part.is_empty:
            yield part


def _path(geometry: BaseGeometry) -> str:
    """The data of an SVG path to a hundredth of a millimetre; positions that fall together are left out."""
    written: list[str] = []
    for coordinates, closed in _lines(geometry):
        steps: list[tuple[float, float]] = []
        for x, y in coordinates:
            step = (round(x, 2), round(y, 2))
            if not steps or steps[-1] != step:
                steps.append(step)
        if len(steps) > 1:
            written.append("M" + "L".join(f"{x:g} {y:g}" for x, y in steps) + ("Z" if closed else ""))
    return "".join(written)


def _points(geometries: Iterable[BaseGeometry]) -> tuple[tuple[float, float], ...]:
    return tuple(
        (round(part.x, 2), round(part.y, 2))
        for geometry in geometries
        for part in _parts(geometry)
        if isinstance(part, shapely.Point)
    )


def _edges(geometry: BaseGeometry, box: BaseGeometry) -> str:
    """The boundary of a township within the frame, without the edges along which it was cut."""
    return _path(shapely.intersection(geometry.boundary, box))


def _towns(towns: Sequence[tuple[Json, BaseGeometry]], language: str) -> tuple[Label, ...]:
    """Names of townships, each where there is most room for it within the frame."""
    labels: list[Label] = []
    for each, geometry in towns:
        inside = shapely.intersection(geometry, shapely.box(12, 8, WIDTH - 12, HEIGHT - 8))
        if inside.area > 200:
            point = shapely.get_point(shapely.maximum_inscribed_circle(inside, 1), 0)
            labels.append(Label(round(point.x, 1), round(point.y, 1), each["name"][language]))
    return tuple(labels)


def _areas(pieces: Sequence[tuple[Json, BaseGeometry]]) -> tuple[Area, ...]:
    """What lies on the parcel by level, what is least against it first."""
    found: list[Area] = []
    for level in ("", "note", "review", "blocked"):
        those = [geometry for piece, geometry in pieces if (piece["level"] or "") == level]
        if those:
            path = "".join(map(_path, those))
            found.append(Area(level, LEVEL_COLOURS[level], path, _hatched(those, level), _points(those)))
    return tuple(found)


def _hatched(geometries: Sequence[BaseGeometry], level: str) -> str:
    if level not in _HATCHES:
        return ""
    turn, apart = _HATCHES[level]
    whole = shapely.union_all([shapely.make_valid(each) for each in geometries])
    if whole.area == 0:
        return ""
    west, south, east, north = whole.bounds
    reach = math.hypot(east - west, north - south)
    count = min(int(reach / apart) + 2, 400)
    middle = ((west + east) / 2, (south + north) / 2)
    lines = [
        shapely.LineString([(middle[0] - reach, middle[1] + step * apart), (middle[0] + reach, middle[1] + step * apart)])
        for step in range(-count // 2, count // 2 + 1)
    ]
    turned = shapely.affinity.rotate(shapely.MultiLineString(lines), -turn, origin=middle)
    return _path(shapely.intersection(turned, whole))


def _marks(pieces: Sequence[tuple[Json, BaseGeometry]]) -> tuple[Label, ...]:
    """The number of each piece on it, where there is room for one."""
    found: list[Label] = []
    for piece, geometry in pieces:
        if len(found) == _MOST_MARKS or geometry.is_empty:
            break
        point = shapely.point_on_surface(geometry)
        if geometry.area > 0:
            largest = max(shapely.get_parts(geometry), key=shapely.area)
            point = shapely.get_point(shapely.maximum_inscribed_circle(largest, 0.3), 0)
        if all(math.hypot(point.x - each.x, point.y - each.y) > 3.4 for each in found):
            found.append(Label(round(point.x, 2), round(point.y, 2), str(piece["mark"])))
    return tuple(found)


def _names(places: Sequence[tuple[Json, Any, Json]], outline: BaseGeometry) -> tuple[Label, ...]:
    """Names of boundary points outside of the parcel, thinned out where they would lie on one another."""
    middle = outline.centroid
    found: list[Label] = []
    for corner, place, ring in places:
        inward = -1 if ring["hole"] else 1
        away = math.hypot(place.x - middle.x, place.y - middle.y) or 1
        x = place.x + inward * (place.x - middle.x) / away * 3.4
        y = place.y + inward * (place.y - middle.y) / away * 2.8 + 0.8
        if all(math.hypot(x - each.x, y - each.y) >= _APART for each in found):
            found.append(Label(round(x, 2), round(y, 2), corner["name"]))
        if len(found) == _MOST_NAMES:
            break
    return tuple(found)


def _sides(all_rings: Sequence[Json], paper: _Paper) -> tuple[Label, ...]:
    """The lengths of the sides that are long enough for one, inside of them, as long as there are few."""
    if sum(len(ring["corners"]) for ring in all_rings) > 24:
        return ()
    found: list[Label] = []
    for ring in all_rings:
        points = [paper.of_plane(shapely.Point(each["easting"], each["northing"])) for each in ring["corners"]]
        for corner, one, other in zip(ring["corners"], points, points[1:] + points[:1], strict=True):
            length = math.hypot(other.x - one.x, other.y - one.y)
            if length < _SIDE:
                continue
            # Clockwise on paper: inside is to the right of the way.
            right = ((one.y - other.y) / length, (other.x - one.x) / length)
            turn = math.degrees(math.atan2(other.y - one.y, other.x - one.x))
            upright = turn - 180 if turn > 90 else turn + 180 if turn <= -90 else turn
            x, y = (one.x + other.x) / 2 + right[0] * 1.8, (one.y + other.y) / 2 + right[1] * 1.8
            found.append(Label(round(x, 2), round(y, 2), f"{corner['side']:.2f}", round(upright, 1)))
    return tuple(found)


def _grid(frame: Json, scale: int) -> tuple[str, tuple[Label, ...], tuple[Label, ...]]:
    """Crosses of the plane's grid, and the kilometres of its lines along the frame."""
    step = _round(45 * scale / 1000)
    factor = 1000 / scale
    eastings = _multiples(frame["west"], frame["east"], step)
    northings = _multiples(frame["south"], frame["north"], step)
    xs = [(round((each - frame["west"]) * factor, 2), each) for each in eastings]
    ys = [(round((frame["north"] - each) * factor, 2), each) for each in northings]
    crosses = "".join(f"M{x - 1.5:g} {y:g}h3M{x:g} {y - 1.5:g}v3" for x, _ in xs for y, _ in ys)
    digits = max(3 - round(math.log10(step)), 0) if step < 1000 else 0
    across = tuple(Label(x, 0, f"{each / 1000:.{digits}f}") for x, each in xs if 8 < x < WIDTH - 8)
    up = tuple(Label(0, y, f"{each / 1000:.{digits}f}") for y, each in ys if 8 < y < HEIGHT - 8)
    return crosses, across, up


def _multiples(low: float, high: float, step: int) -> list[int]:
    return list(range(math.ceil(low / step) * step, math.floor(high) + 1, step))


def _round(most: float) -> int:
    """The longest of 1, 2, 5, 10, … metres that is no longer than ``most``."""
    size = 10 ** max(math.floor(math.log10(max(most, 1))), 0)
    return max(each * size for each in _BARS if each * size <= max(most, 1))
