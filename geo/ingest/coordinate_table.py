"""A table in CSV or XLSX, with coordinates in its columns or without, to batches of attributes and positions."""

import hashlib
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pyarrow as pa
import shapely

from geo.ingest import sheet
from geo.ingest.coordinate_column import positions
from geo.ingest.heading_row import headed
from geo.ingest.source import Source, pieces, runs
from geo.text import Text


def table_names(path: Path) -> list[str]:
    """The sheets of a workbook that are tables, or the one table of a CSV; raises :class:`FileUnreadable`."""
    return sheet.table_names(path)


def read_table(path: Path, table: str | None = None, encoding: str | None = None) -> Source:
    """Read one table of a CSV or XLSX; without ``table`` the first sheet.

    Positions are points, or what WKT says, longitude or easting first. Where no column holds coordinates every row is
    without geometry. Raises :class:`FileUnreadable`.
    """
    lines = sheet.lines(path, table, encoding)
    read = headed(path.name, lines)
    found = positions(read)
    columns = {heading: _column([cells[place] for cells in read.rows]) for place, heading in enumerate(read.headings)}
    notes = [*read.notes, *found.notes]
    if read.rows and bool(shapely.is_missing(found.geometries).all()):
        notes.append(Text(zh="表中没有坐标，只读属性", en="The table holds no coordinates, only attributes"))
    if lines.others:
        zh, en = "、".join(lines.others)[:300], ", ".join(lines.others)[:300]
        notes.append(
            Text(zh=f"隐藏的或说明性的工作表未读取：{zh}", en=f"Sheets that are hidden or remarks were not read: {en}")
        )
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Source(
        path=path,
        table=lines.table,
        crs=found.crs,
        fields=read.headings,
        features=len(read.rows),
        encoding=lines.encoding,
        sha256=digest,
        opened=lambda: pieces(columns, pa.array(shapely.to_wkb(found.geometries), pa.binary())),
        notes=tuple(notes),
        rows=runs(read.numbers),
        placed=found.headings,
    )


def _column(cells: list[Any]) -> pa.Array:
    """Cells of one kind as that kind, dates without a time as dates, a mixture as text."""
    cells = [None if isinstance(cell, str) and not cell.strip() else cell for cell in cells]
    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds == {bool}:
        return pa.array(cells, pa.bool_())
    if kinds == {int} and all(cell is None or -(2**63) <= cell < 2**63 for cell in cells):
        return pa.array(cells, pa.int64())
    if kinds and kinds <= {int, float}:
        return pa.array([None if cell is None else float(cell) for cell in cells], pa.float64())
    if kinds and kinds <= {date, datetime}:
        moments = [cell for cell in cells if isinstance(cell, datetime)]
        if all(moment.time() == time() for moment in moments):
            return pa.array([cell.date() if isinstance(cell, datetime) else cell for cell in cells], pa.date32())
        whole = [
            cell if cell is None or isinstance(cell, datetime) else datetime.combine(cell, time()) for cell in cells
        ]
        return pa.array(whole, pa.timestamp("us"))
    return pa.array([None if cell is None else _text(cell) for cell in cells], pa.string())


def _text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    return str(cell).strip()
