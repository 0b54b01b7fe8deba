"""The map of an extract from values: paths in millimetres of paper, north up, at the scale that it states."""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from geo.extract.plane import Plane
from geo.extract.sheet import HEIGHT, WIDTH
from web import extract_label as label
from web.extract_label import Grid, Label

Json = dict[str, Any]
LEVEL_COLOURS = {"blocked": "#C8321F", "review": "#B87400", "note": "#2C7FB8", "": "#51626D"}
"""Of what lies on a parcel, by what a rule says of it."""
_HATCHES = {"blocked": (45.0, 1.5), "review": (135.0, 2.2)}
"""Degrees and millimetres between lines, for those who cannot tell colours and for copies in black and white."""
_MOST_CORNERS = 2000
_FRAME = shapely.box(0, 0, WIDTH, HEIGHT)


@dataclass(frozen=True, slots=True)
class Area:
    """What lies on the parcel, all of one level: ground covered, its hatching, outlines, and where it is a point."""

    level: str
    colour: str
    ground: str
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
    grid: Grid
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
        shape = shapely.from_geojson(json.dumps(geometry))
        return shapely.transform(self.plane.onto(shape), lambda xy: self._onto(xy[:, 0], xy[:, 1]))

    def spots(self, corners: Sequence[Json]) -> list[tuple[float, float]]:
        """Where boundary points are on paper."""
        placed = self._onto(
            np.array([each["easting"] for each in corners]), np.array([each["northing"] for each in corners])
        )
        return [(x, y) for x, y in placed.tolist()]

    def _onto(self, easting: npt.NDArray[np.float64], northing: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack((easting - self.west, self.north - northing)) * (1000 / self.scale)


def drawn(parcel: Json, language: str) -> Drawn:
    """The map of a parcel as an extract's content holds it."""
    told = parcel["map"]
    frame, scale = told["frame"], told["scale"]
    paper = _Paper(Plane(parcel["boundary"]["zone"]), frame["west"], frame["north"], scale)
    beside = [_seen(paper.laid(each["geometry"])) for each in told["beside"]]
    towns = [(each["name"][language], _seen(paper.laid(each["geometry"]))) for each in told["townships"]]
    pieces = [
        (piece, paper.laid(piece["geometry"]))
        for layer in parcel["lists"]["concerned"]
        for piece in layer["pieces"]
        if piece["geometry"] is not None
    ]
    outline = paper.laid(parcel["parcel"]["geometry"])
    rings = [(ring, paper.spots(ring["corners"])) for ring in parcel["boundary"]["rings"]]
    metres = label.round_metres(WIDTH / 4 * scale / 1000)
    return Drawn(
        width=WIDTH,
        height=HEIGHT,
        scale=scale,
        beside="".join(map(_path, beside)),
        beside_points=_points(beside),
        townships="".join(_path(shapely.intersection(each.boundary, _FRAME)) for _, each in towns),
        towns=label.towns(towns) if len(towns) > 1 else (),
        areas=_areas(pieces),
        marks=label.marks(pieces),
        outline=_path(outline),
        corners=tuple((round(x, 2), round(y, 2)) for _, spots in rings for x, y in spots)[:_MOST_CORNERS],
        names=label.names(rings, outline),
        sides=label.sides(rings),
        grid=label.grid(frame, scale),
        bar=round(metres * 1000 / scale, 2),
        metres=metres,
    )


def _seen(geometry: BaseGeometry) -> BaseGeometry:
    """What of a geometry lies in the frame and a margin around it, so that its cut edges are not seen."""
    return shapely.clip_by_rect(geometry, -2, -2, WIDTH + 2, HEIGHT + 2)


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


def _areas(pieces: Sequence[tuple[Json, BaseGeometry]]) -> tuple[Area, ...]:
    """What lies on the parcel by level, what is least against it first."""
    found: list[Area] = []
    for level in ("", "note", "review", "blocked"):
        those = [geometry for piece, geometry in pieces if (piece["level"] or "") == level]
        if those:
            outlines = "".join(map(_path, those))
            solid = [part for each in those for part in _parts(each) if part.area > 0]
            ground = shapely.union_all([shapely.make_valid(each) for each in solid])
            hatch = _hatched(ground, level)
            found.append(Area(level, LEVEL_COLOURS[level], _path(ground), outlines, hatch, _points(those)))
    return tuple(found)


def _hatched(whole: BaseGeometry, level: str) -> str:
    if level not in _HATCHES or whole.area == 0:
        return ""
    turn, apart = _HATCHES[level]
    west, south, east, north = whole.bounds
    reach = math.hypot(east - west, north - south)
    count = min(int(reach / apart) + 2, 400)
    middle = ((west + east) / 2, (south + north) / 2)
    west, east = middle[0] - reach, middle[0] + reach
    steps = range(-count // 2, count // 2 + 1)
    lines = [((west, middle[1] + step * apart), (east, middle[1] + step * apart)) for step in steps]
    turned = shapely.affinity.rotate(shapely.MultiLineString(lines), -turn, origin=middle)
    return _path(shapely.intersection(turned, whole))
