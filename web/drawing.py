"""Geometries to a still drawing: paths in a box of pixels, north up, by an equirectangular projection of the place."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Positions = Sequence[Sequence[float]]
Json = Mapping[str, Any]
METRES_PER_DEGREE = 111_195
_BARS = (1, 2, 5)
_SIGN, _MARGIN = 12, 14


@dataclass(frozen=True, slots=True)
class Drawing:
    """Paths for an SVG of ``width`` x ``height``, and a scale bar: ``bar`` pixels for ``metres``.

    ``around`` is what lies around, ``areas`` and ``lines`` what is shown, ``points`` where it is a point, or too small
    to be seen.
    """

    width: int
    height: int
    around: str
    areas: str
    lines: str
    points: tuple[tuple[float, float], ...]
    bar: float
    metres: int


def drawing(
    shown: Json, around: Json | None, *, width: int = 320, height: int = 240, margin: int = 14
) -> Drawing | None:
    """A drawing of a GeoJSON geometry in degrees within another, or by itself; None where there is nothing to draw."""
    box = _box(_positions(around or shown))
    if box is None:
        return None
    west, south, east, north = box
    shrink = math.cos(math.radians((south + north) / 2)) or 1e-9
    # A point by itself is shown with some hundred metres around it, an area with as much as it takes.
    least = 0.004 if (around or shown)["type"].endswith("Point") else 0.0004
    breadth, tall = max((east - west) * shrink, least), max(north - south, least)
    scale = min((width - 2 * _MARGIN) / breadth, (height - 2 * _MARGIN) / tall)
    middle_x, middle_y = (west + east) / 2, (south + north) / 2

    def place(position: Sequence[float]) -> tuple[float, float]:
        x = width / 2 + (position[0] - middle_x) * shrink * scale
        y = height / 2 - (position[1] - middle_y) * scale
        return round(x, 1), round(y, 1)

    metres = _round_metres(width * 0.3 / scale * METRES_PER_DEGREE)
    small = _is_small(shown, scale, shrink)
    return Drawing(
        width=width,
        height=height,
        around=_path(_rings(around), place, closed=True) if around else "",
        areas="" if small else _path(_rings(shown), place, closed=True),
        lines="" if small else _path(_lines(shown), place, closed=False),
        points=_signs(shown, place, small=small),
        bar=round(metres / METRES_PER_DEGREE * scale, 1),
        metres=metres,
    )


def _signs(shown: Json, place: Any, *, small: bool) -> tuple[tuple[float, float], ...]:
    box = _box(_positions(shown))
    if small and box is not None:
        return (place(((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)),)
    points = {"Point": [shown["coordinates"]], "MultiPoint": shown["coordinates"]}.get(shown["type"], [])
    return tuple(place(each) for each in points)


def _is_small(shown: Json, scale: float, shrink: float) -> bool:
    """Whether lines and areas would be smaller than the sign of a point."""
    box = _box(_positions(shown))
    if box is None or shown["type"].endswith("Point"):
        return False
    return max((box[2] - box[0]) * shrink, box[3] - box[1]) * scale < _SIGN


def _path(parts: Iterable[Positions], place: Any, *, closed: bool) -> str:
    """The data of an SVG path; positions that fall on the pixel tenth of the one before are left out."""
    written: list[str] = []
    for part in parts:
        steps: list[tuple[float, float]] = []
        for position in part:
            step = place(position)
            if not steps or steps[-1] != step:
                steps.append(step)
        if len(steps) > 1:
            written.append("M" + "L".join(f"{x:g} {y:g}" for x, y in steps) + ("Z" if closed else ""))
    return "".join(written)


def _rings(geometry: Json) -> list[Positions]:
    kind, coordinates = geometry["type"], geometry["coordinates"]
    polygons = [coordinates] if kind == "Polygon" else coordinates if kind == "MultiPolygon" else []
    return [ring for polygon in polygons for ring in polygon]


def _lines(geometry: Json) -> list[Positions]:
    kind, coordinates = geometry["type"], geometry["coordinates"]
    return [coordinates] if kind == "LineString" else list(coordinates) if kind == "MultiLineString" else []


def _positions(geometry: Json) -> list[Sequence[float]]:
    kind, coordinates = geometry["type"], geometry["coordinates"]
    if kind == "Point":
        return [coordinates]
    if kind == "MultiPoint":
        return list(coordinates)
    return [position for part in (*_rings(geometry), *_lines(geometry)) for position in part]


def _box(positions: Sequence[Sequence[float]]) -> tuple[float, float, float, float] | None:
    if not positions:
        return None
    xs, ys = [each[0] for each in positions], [each[1] for each in positions]
    return min(xs), min(ys), max(xs), max(ys)


def _round_metres(most: float) -> int:
    """The longest of 1, 2, 5, 10, … metres that is no longer than ``most``."""
    size = 10 ** max(math.floor(math.log10(max(most, 1))), 0)
    return max(each * size for each in _BARS if each * size <= max(most, 1))
