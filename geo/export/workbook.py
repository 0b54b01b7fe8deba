"""A table to an XLSX workbook row by row, with a second sheet that says what it is."""

from pathlib import Path
from typing import Any

from geo.errors import BadValue
from geo.export.place import place_cells, place_headings
from geo.export.table import Table
from geo.text import Text

ROWS = 1_048_575
"""Most rows of a sheet below its headings."""

LONGEST = 32_767
"""Most characters of a cell."""

_TITLE = Text(zh="说明", en="About")
_TOO_LONG = Text(
    zh="{count} 个图形的坐标超过单元格的 32767 字，未写入；需要图形请用 GeoPackage",
    en="The coordinates of {count} geometries are longer than the 32767 characters of a cell and were left out;"
    " a GeoPackage holds them",
)
_TOO_MANY = Text(
    zh="工作表最多 1048575 行，请筛选后再导出，或改用 GeoPackage",
    en="a sheet has at most 1048575 rows: filter, or use GeoPackage",
)


def write(table: Table, path: Path) -> int:
    """Write the workbook and return the number of features; raises :class:`BadValue` beyond what a sheet holds.

    Text is stored as text whatever it begins with. Control characters, which a workbook cannot hold, are left out.
    """
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    try:
        written, long = _features(table, book.create_sheet(table.about.title.in_(table.language)[:31]))
        notes = [_TOO_LONG.format(count=long)] if long else []
        about = book.create_sheet(_TITLE.in_(table.language))
        for name, said in table.about.statements:
            about.append([_cell(about, text.in_(table.language)) for text in (name, said)])
        for note in notes:
            table.note(note)
            about.append([None, note.in_(table.language)])
    finally:
        book.save(path)  # rows wait in a file of openpyxl's own, which only saving removes
    return written


def _features(table: Table, page: Any) -> tuple[int, int]:
    """Fill the first sheet; how many features it holds, and how many of their geometries were too long."""
    page.freeze_panes = "A2"
    headings = [*(column.heading for column in table.columns), *place_headings(table)]
    page.append([_cell(page, heading, bold=True) for heading in headings])
    yes, no = ("是", "否") if table.language == "zh" else ("yes", "no")
    written = long = 0
    for batch in table.batches:
        written += len(batch)
        if written > ROWS:
            raise BadValue(name="format", value="xlsx", reason=_TOO_MANY)
        for cells, place in zip(batch.rows(), place_cells(table, batch), strict=True):
            fits = not isinstance(place[0], str) or len(place[0]) <= LONGEST
            long += not fits
            row = [(yes if value else no) if isinstance(value, bool) else _cell(page, value) for value in cells]
            page.append([*row, *(place if fits else [None])])
    return written, long


def _cell(page: Any, value: Any, *, bold: bool = False) -> Any:
    """What is appended for a value: itself where openpyxl takes it for what it is, else a cell of text."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Font

    if not isinstance(value, str):
        return value
    value = ILLEGAL_CHARACTERS_RE.sub("", value)[:LONGEST]
    if not bold and not value.startswith(("=", "#")):
        return value
    made = WriteOnlyCell(page, value=value)
    made.data_type = "s"  # openpyxl takes text that begins with = for a formula, and #REF! for an error
    if bold:
        made.font = Font(bold=True)
    return made
