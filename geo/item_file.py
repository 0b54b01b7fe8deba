"""Items to a file: FlatGeobuf, GeoParquet, CSV or XLSX, by the writers of the export."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyproj

from geo import audit, crs, item
from geo.collection import Kind, Property
from geo.condition import EVERY
from geo.database import Connection
from geo.export import comma, parquet, vector, workbook
from geo.export.about import About
from geo.export.choice import Choice
from geo.export.column import Column
from geo.export.format import mover
from geo.export.record import Batch, moved
from geo.export.table import Table
from geo.item import Asked
from geo.text import Text

WRITERS = {"fgb": vector.write, "parquet": parquet.write, "csv": comma.write, "xlsx": workbook.write}
_TOGETHER = 5_000
_ARROW: dict[Kind, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.string(),
}


def write(connection: Connection, asked: Asked, path: Path, *, limit: int, after: str | None = None) -> str | None:
    """Write at most ``limit`` items to ``path`` and return the key after which more follow, None where none do.

    The ending of ``path`` is a key of :data:`WRITERS`. Columns are called as the properties are; a workbook, which
    people read, has their titles and the meanings of codes. Coordinates are x, y, as in every such file, in the system
    of ``asked``. A ``version`` and a time are written as they are known to the database.
    """
    ending = path.suffix.removeprefix(".")
    code, _ = crs.registered(asked.uri)
    system = pyproj.CRS.from_epsg(code)
    spoken = ending == "xlsx"
    columns = tuple(_column(each, asked, spoken=spoken) for each in asked.collection.properties)
    found = item.rows(connection, asked, limit=limit + 1, after=after)
    batches = _Batches(found, columns, system, limit)
    title = asked.collection.title
    told = (
        (Text(zh="数据集", en="Collection"), title),
        (Text(zh="截至日期", en="As of"), Text(zh=asked.as_of.isoformat(), en=asked.as_of.isoformat())),
        (
            Text(zh="坐标系", en="Coordinate system"),
            Text(zh=f"EPSG:{code} {system.name}", en=f"EPSG:{code} {system.name}"),
        ),
    )
    choice = Choice(headings="en" if asked.language == "en" else "zh")
    table = Table(
        asked.collection, choice, columns, system, About(title, asked.as_of, told), False, iter(batches),
        lambda _: None,
    )  # fmt: skip
    WRITERS[ending](table, path)
    filtered = asked.condition != EVERY or None
    audit.taken(
        connection, "layer", layer=asked.collection.code, format=ending, as_of=asked.as_of, filtered=filtered, by="ogc"
    )
    return batches.next


_Row = tuple[str, tuple[Any, ...], bytes | None]


class _Batches:
    """Batches of at most ``limit`` items; ``next`` is the key to go on from once all have been taken."""

    def __init__(self, found: Iterator[_Row], columns: tuple[Column, ...], system: pyproj.CRS, limit: int) -> None:
        self.found = found
        self.columns = columns
        self.system = system
        self.limit = limit
        self.next: str | None = None

    def __iter__(self) -> Iterator[Batch]:
        move = mover(self.system)
        last: str | None = None
        left = self.limit
        while waiting := list(islice(self.found, min(left, _TOGETHER))):
            left -= len(waiting)
            last = waiting[-1][0]
            cells = [
                [_cell(values[place], column) for _, values, _ in waiting] for place, column in enumerate(self.columns)
            ]
            drawn = moved([wkb for _, _, wkb in waiting], self.system, move)
            yield Batch(cells, [None] * len(waiting), drawn)
            if left == 0:
                self.next = last if next(self.found, None) is not None else None
                return


def _column(of: Property, asked: Asked, *, spoken: bool) -> Column:
    heading = of.title.in_(asked.language) if spoken else of.name
    codes = {code: said.in_(asked.language) for code, said in of.codes} if spoken and of.codes else None
    return Column(of.name, heading, of.title, _ARROW[of.kind], codes)


def _cell(value: Any, column: Column) -> Any:
    """A value of the database by the Arrow type of its column."""
    if value is None:
        return None
    if column.codes is not None:
        return column.codes.get(value, value)
    if column.arrow == pa.float64():
        return float(value)
    return value.isoformat() if isinstance(value, datetime) else value
