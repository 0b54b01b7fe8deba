"""The records around some parcels, read from the database in as few boxes as they lie in."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, TypeVar
from uuid import UUID

import numpy as np
import numpy.typing as npt
import shapely

from geo.crs import METRES_PER_DEGREE, Geometries
from geo.database import Connection, statement
from geo.layers import layers as declared

T = TypeVar("T")
WINDOW = 2_048
"""Parcels that are worked on at once: this, and not how many there are in all, decides how much memory they take."""

_ROOMY = 1.6  # a box may be so many times as large as what it is made of


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

    def without(self, left_out: frozenset[UUID]) -> "Records":
        """All but some of them."""
        out = {each.bytes for each in left_out}
        if out.isdisjoint(self.id):
            return self
        kept = [place for place, each in enumerate(self.id) if each not in out]

        def of(column: list[T]) -> list[T]:
            return [column[place] for place in kept]

        return Records(
            of(self.id),
            of(self.org_unit),
            of(self.code),
            of(self.name),
            of(self.group),
            of(self.owner),
            self.geom[kept],
        )


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
    with connection.cursor(binary=True) as cursor:
        cursor.execute(statement("overlay_record"), values, prepare=False)
        found = cursor.fetchall()
    columns = list(zip(*found, strict=True)) or [()] * 8
    layer, order = _ordered(columns[0], columns[1])
    cuts = np.searchsorted(layer, np.arange(1, len(wanted) + 2)).tolist()
    return [_records(columns, order[begin:end]) for begin, end in pairwise(cuts)]


def reach(around: npt.NDArray[np.float64], within_m: float) -> float:
    """Degrees by which boxes are widened to hold all that lies within a distance of what is in them."""
    widest = float(np.abs(around[:, [1, 3]]).max(initial=0.0))
    return within_m / (METRES_PER_DEGREE * math.cos(math.radians(min(widest, 89))) * 0.99)


def _ordered(layers: Sequence[int], ids: Sequence[bytes]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.intp]]:
    """The rows of records in order of layer and id, each record once, and the layer of each."""
    layer, halves = np.array(layers, np.int64), np.frombuffer(b"".join(ids), ">u8").reshape(-1, 2).astype(np.uint64)
    order = np.lexsort((halves[:, 1], halves[:, 0], layer))
    layer, halves = layer[order], halves[order]
    first = np.ones(len(order), np.bool_)
    first[1:] = (layer[1:] != layer[:-1]) | (halves[1:] != halves[:-1]).any(axis=1)
    return layer[first], order[first]


def _records(columns: Sequence[Sequence[Any]], rows: npt.NDArray[np.intp]) -> Records:
    if not len(rows):
        return Records([], [], [], [], [], [], np.empty(0, object))
    _, ids, org_unit, code, name, group, owner, wkb = ([column[row] for row in rows.tolist()] for column in columns)
    geom = shapely.from_wkb(np.array(wkb, object), on_invalid="fix")
    return Records(ids, org_unit, code, name, group, owner, geom)


def boxes(bounds: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Few boxes (west, south, east, north) that hold all of ``bounds`` and not much more, shape (n, 4) both."""
    # A box costs the database about as much as reading this wide a strip: in degrees, some twenty metres.
    size = bounds[:, 2:] - bounds[:, :2] + 2e-4
    area = size[:, 0] * size[:, 1]
    order, starts = np.arange(len(bounds)), np.array([0])
    found: list[npt.NDArray[np.float64]] = []
    while len(order):  # all groups are halved at once: the rows of group n are order[starts[n]:starts[n + 1]]
        low = np.minimum.reduceat(bounds[order, :2], starts)
        high = np.maximum.reduceat(bounds[order, 2:], starts)
        span, count = high - low, np.diff(starts, append=len(order))
        room = (span[:, 0] + 2e-4) * (span[:, 1] + 2e-4)
        done = (count == 1) | (room <= _ROOMY * np.add.reduceat(area[order], starts))
        found.append(np.hstack([low, high])[done])
        left = np.repeat(~done, count)
        upright, group = np.repeat(span[:, 1] > span[:, 0], count)[left], np.repeat(np.arange(len(count)), count)[left]
        order, count = order[left], count[~done]
        middle = (bounds[:, :2] + bounds[:, 2:])[order, upright.astype(np.intp)]
        order = order[np.lexsort((middle, group))]
        begin = np.cumsum(count) - count
        starts = np.column_stack([begin, begin + count // 2]).ravel()
    return np.concatenate(found) if found else np.empty((0, 4))
