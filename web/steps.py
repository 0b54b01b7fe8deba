"""Positions to steps: whole numbers, each counted from the one before; a third of the bytes."""

from collections.abc import Mapping, Sequence
from typing import Any

Json = Mapping[str, Any]
METRES = 100_000
"""Units in a degree for what is looked at from afar."""


def stepped(collection: Json, units: int = METRES) -> dict[str, Any]:
    """A FeatureCollection with ``steps`` in place of coordinates: x, y, then dx, dy, … in each line, ring or point.

    They are whole numbers, so many ``units`` to a degree, to which positions are rounded. web/static/src/steps.js
    reads them.
    """
    features = [{**feature, "geometry": _geometry(feature["geometry"], units)} for feature in collection["features"]]
    return {**collection, "units": units, "features": features}


def _geometry(geometry: Json | None, units: int) -> Json | None:
    if geometry is None:
        return None
    kind, coordinates = geometry["type"], geometry["coordinates"]
    return {"type": kind, "steps": _steps([coordinates] if kind == "Point" else coordinates, units)}


def _steps(coordinates: Sequence[Any], units: int) -> list[Any]:
    """Lists of positions become lists of numbers, however deep they lie."""
    if isinstance(coordinates[0][0], Sequence):
        return [_steps(part, units) for part in coordinates]
    written: list[int] = []
    before = (0, 0)
    for position in coordinates:
        x, y = round(position[0] * units), round(position[1] * units)
        written += (x - before[0], y - before[1])
        before = x, y
    return written
