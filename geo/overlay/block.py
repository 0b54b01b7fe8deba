"""The records around some parcels, read from the database in as few boxes as they lie in."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt
import shapely

from geo.crs import METRES_PER_DEGREE, Geometries
from geo.database import Connection, statement
from geo.layers import layers as declared

WINDOW = 2_048
"""Parcels that are worked on at once: this, and not how many there are in all, decides how much memory they take."""

_ROOMY = 3.0  # a box may be so many times as large as what it is made of


@dataclass(frozen=True, slots=True)
class Wanted:
    """A layer that is read: how far around the parcels, in metres, and the columns that say what and whose it is."""

    layer: str
    within_m: float
    group: str | None = None
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Records:
    """Records of one layer in order of their ids; every field has one entry for each."""

    id: list[bytes]
    org_unit: list[str | None]
    code: list[str]
    name: list[str | None]
    group: list[str | None]
    owner: list[str | None]
    geom: Geometries

    def __len__(self) -> int:
        return len(self.id)

    def feature(self, place: int) -> UUID:
        """The id of a record."""
        return UUID(bytes=self.id[place])


def records(connection: Connection, parcels: Geometries, wanted: Sequence[Wanted], as_of: date) -> list[Records]:
    """For each wanted layer the records that may lie on or near any of the parcels, as the viewer sees them."""
    around = boxes(shapely.bounds(parcels)) if len(parcels) else np.empty((0, 4))
    west, south, east, north = around.T.tolist()
    values = {
        "layers": [each.layer for each in wanted],
        "reach": [reach(around, each.within_m) for each in wanted],
        "groups": [each.group for each in wanted],
        "owners": [each.owner for each in wanted],
        "with_milestones": [code for code, layer in declared().items() if not layer.reference],
        "west": west, "south": south, "east": east, "north": north, "as_of": as_of,
    }  # fmt: skip
    found: list[dict[bytes, tuple[Any, ...]]] = [{} for _ in wanted]
    with connection.cursor(binary=True) as cursor:
        cursor.execute(statement("overlay_record"), values, prepare=False)
        for row in cursor.fetchall():
            found[row[0] - 1][row[1]] = row
    return [_sorted(each) for each in found]


def reach(around: npt.NDArray[np.float64], within_m: float) -> float:
    """Degrees by which boxes are widened to hold all that lies within a distance of what is in them."""
    widest = float(np.abs(around[:, [1, 3]]).max(initial=0.0))
    return within_m / (METRES_PER_DEGREE * math.cos(math.radians(min(widest, 89))) * 0.99)


def _sorted(found: dict[bytes, tuple[Any, ...]]) -> Records:
    ids = sorted(found)
    if not ids:
        return Records([], [], [], [], [], [], np.empty(0, object))
    _, _, org_unit, code, name, group, owner, wkb = zip(*(found[key] for key in ids), strict=True)
    geom = shapely.from_wkb(np.array(wkb, object), on_invalid="fix")
    return Records(ids, list(org_unit), list(code), list(name), list(group), list(owner), geom)


def boxes(bounds: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Few boxes (west, south, east, north) that hold all of ``bounds`` and not much more, shape (n, 4) both."""
    waiting = [np.arange(len(bounds))]
    found: list[npt.NDArray[np.float64]] = []
    # A box costs the database about as much as reading this wide a strip: in degrees, some twenty metres.
    size = bounds[:, 2:] - bounds[:, :2] + 2e-4
    area = size[:, 0] * size[:, 1]
    while waiting:
        group = waiting.pop()
        low, high = bounds[group, :2].min(axis=0), bounds[group, 2:].max(axis=0)
        span = high - low
        if len(group) == 1 or (span[0] + 2e-4) * (span[1] + 2e-4) <= _ROOMY * area[group].sum():
            found.append(np.concatenate([low, high]))
            continue
        middle = bounds[group, :2] + bounds[group, 2:]
        order = np.argsort(middle[:, int(span[1] > span[0])], kind="stable")
        waiting += [group[order[: len(group) // 2]], group[order[len(group) // 2 :]]]
    return np.array(found)
