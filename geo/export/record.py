"""The features that are wanted to batches of cells and geometries, never all of them at once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from geo.database import Connection, statement
from geo.errors import BadValue
from geo.export.column import Column
from geo.export.format import mover
from geo.feature import Wanted
from geo.text import Text

_ROWS = 10_000
_BYTES = 32_000_000
_FETCHED = 1_000

Geometries = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Batch:
    """Features: ``cells`` has a list for each column, the others one entry for each feature.

    ``wkb`` is little-endian, in the system of the export, None where a feature has no geometry; ``status`` is that of
    the day, None in a reference layer.
    """

    cells: list[list[Any]]
    status: list[str | None]
    wkb: list[bytes | None]

    def __len__(self) -> int:
        return len(self.wkb)

    @cached_property
    def geometries(self) -> Geometries:
        """The geometries themselves, None where there is none."""
        return shapely.from_wkb(np.array(self.wkb, dtype=object))

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The cells of one feature after the other."""
        return zip(*self.cells, strict=True)


def batches(
    connection: Connection,
    wanted: Wanted,
    columns: tuple[Column, ...],
    system: pyproj.CRS,
    progress: Callable[[int], None],
) -> Iterator[Batch]:
    """Yield the features of ``wanted.layer`` in order of their codes, as a cursor of the server hands them out.

    ``progress`` is called with the number of features done, first with 0. Raises :class:`BadValue` where a geometry
    has no coordinates in ``system``.
    """
    west, south, east, north = wanted.bounds or (None, None, None, None)
    values = {
        "layer": wanted.layer, "org_unit": wanted.org_unit, "as_of": wanted.as_of, "status": wanted.status,
        "milestone": wanted.milestone, "q": wanted.text or None,
        "west": west, "south": south, "east": east, "north": north,
    }  # fmt: skip
    move = mover(system)
    done = 0
    progress(done)
    with connection.cursor("export", binary=True) as cursor:
        cursor.itersize = _FETCHED
        cursor.execute(statement("feature_export"), values)
        names = [column.name for column in cursor.description or ()]
        waiting: list[dict[str, Any]] = []
        size = 0
        for row in cursor:
            waiting.append(dict(zip(names, row, strict=True)))
            size += len(waiting[-1]["geom"] or b"")
            if len(waiting) >= _ROWS or size >= _BYTES:
                yield _batch(waiting, columns, system, move)
                done += len(waiting)
                progress(done)
                waiting, size = [], 0
        if waiting:
            yield _batch(waiting, columns, system, move)
            progress(done + len(waiting))


def _batch(
    records: list[dict[str, Any]], columns: tuple[Column, ...], system: pyproj.CRS, move: pyproj.Transformer | None
) -> Batch:
    wkb = moved([record["geom"] for record in records], system, move)
    return Batch([column.cells(records) for column in columns], [record["status"] for record in records], wkb)


def moved(wkb: list[bytes | None], system: pyproj.CRS, move: pyproj.Transformer | None) -> list[bytes | None]:
    """Stored geometries in ``system``, to which ``move`` leads; raises :class:`BadValue` outside of its range."""
    if move is None:
        return wkb
    drawn = shapely.transform(
        shapely.from_wkb(np.array(wkb, dtype=object)), lambda xy: np.column_stack(move.transform(xy[:, 0], xy[:, 1]))
    )
    if not np.isfinite(shapely.get_coordinates(drawn)).all():
        reason = Text(zh="有要素在该坐标系的范围之外", en="features lie where this system has no coordinates")
        raise BadValue(name="crs", value=system.name, reason=reason)
    return shapely.to_wkb(drawn, byte_order=1).tolist()
