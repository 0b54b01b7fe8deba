"""Tables to an XLSX workbook: numbers as numbers, dates as dates, text never as a formula."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from geo.text import Language, Text

A4 = 9
"""The size of paper, as Office Open XML numbers it."""

Cell = str | int | Decimal | date | None


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet: its name, what is said above it line by line, headings, rows, and which columns are shares of one."""

    title: Text
    said: Sequence[Text]
    headings: Sequence[Text]
    rows: Sequence[Sequence[Cell]]
    shares: frozenset[int] = frozenset()


def workbook(tables: Sequence[Table], language: Language) -> bytes:
    """The workbook as it is sent, without control characters; a table of which nothing is said begins in row one."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book, heavy = Workbook(write_only=True), Font(bold=True)
    for table in tables:
        page = book.create_sheet(table.title.in_(language)[:31])
        print_whole(page)
        for column, width in enumerate(_widths(table, language), 1):
            page.column_dimensions[get_column_letter(column)].width = width

        def cell(value: Cell, column: int = -1, *, bold: bool = False, page: Any = page, of: Table = table) -> Any:
            made = WriteOnlyCell(page, value=None)
            made.value = ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value
            if isinstance(value, str):
                made.data_type = "s"  # openpyxl takes text that begins with = for a formula
            elif isinstance(value, Decimal):
                made.number_format = "0.0%" if column in of.shares else "#,##0.00"
            elif isinstance(value, date):
                made.number_format = "yyyy-mm-dd"
            if bold:
                made.font = heavy
            return made

        for line in table.said:
            page.append([cell(line.in_(language))])
        page.append([cell(heading.in_(language), bold=True) for heading in table.headings])
        page.print_title_rows = f"{len(table.said) + 1}:{len(table.said) + 1}"
        for row in table.rows:
            page.append([cell(value, column) for column, value in enumerate(row)])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def number(value: float | None, *, share: bool = False) -> int | Decimal | None:
    """A figure as a cell: whole ones as they are, others and shares of one with their decimals."""
    if value is None:
        return None
    return int(value) if not share and value == int(value) else Decimal(str(value))


def print_whole(page: Any) -> None:
    """Print a sheet across A4, as wide as the paper and as long as it is."""
    page.page_setup.orientation, page.page_setup.paperSize, page.page_setup.fitToHeight = "landscape", A4, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True


def _widths(table: Table, language: Language) -> list[float]:
    """Wide enough for the longest of the first rows; Chinese characters are two wide, amounts have separators."""

    def wide(value: Cell) -> int:
        if isinstance(value, Decimal):
            return len(f"{value:,.2f}")
        return sum(2 if ord(letter) > 0x2E7F else 1 for letter in str(value or ""))

    columns = [[wide(heading.in_(language))] for heading in table.headings]
    for row in table.rows[:200]:
        for column, value in zip(columns, row, strict=True):
            column.append(wide(value))
    return [min(60, max(column) + 2) for column in columns]
