"""A table in XLSX or CSV to its rows as they stand, opened with limits on its size."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo.errors import FileUnreadable
from geo.ingest import workbook
from geo.ingest.plain_text import MIXED, plain_text
from geo.ingest.workbook import Beside
from geo.text import Text

LIMIT = 50_000_000
"""Most bytes of a file; a ledger of a hundred thousand rows has about five million."""

ROWS = 1_048_576
"""Most rows of a table, those of a full sheet."""

COLUMNS = 1_000
"""Most columns of a table."""

FIELD = 10_000_000
"""Most characters of a cell of a CSV; a polygon written as WKT has some thousands."""

SEPARATORS = (",", "\t", ";", "，")  # of equally likely ones the first
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class Lines:
    """All rows of one table as they stand, without the empty cells at their ends.

    ``others`` are the sheets of the workbook that hold something and are no tables.
    """

    table: str
    encoding: str
    rows: list[list[Any]]
    beside: Beside
    others: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """The first table of a file: its headings, and its rows with their place in the file counted from 1."""

    table: str
    encoding: str
    headings: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, Any]], ...]


def read_sheet(path: Path) -> Sheet:
    """Read the first table of an XLSX or a CSV, whose first row holds the headings; raises :class:`FileUnreadable`.

    Empty rows are left out. Cells of a CSV are text; those of an XLSX are what the program that wrote it kept.
    """
    found = lines(path)
    if found.encoding == MIXED:  # money is not read out of text that is partly guessed
        raise _unreadable(path, Text(zh="文字编码前后不一", en="its text is in more than one encoding"))
    headings = tuple("" if cell is None else str(cell).strip() for cell in next(iter(found.rows), []))
    if not any(headings):
        raise _unreadable(path, Text(zh="第一行没有列名", en="the first row holds no headings"))
    rows = tuple(
        (number, {heading: _at(line, place) for place, heading in enumerate(headings) if heading})
        for number, line in enumerate(found.rows[1:], 1)
        if any(cell is not None and str(cell).strip() for cell in line)
    )
    return Sheet(found.table, found.encoding, tuple(heading for heading in headings if heading), rows)


def quoted(text: str) -> str:
    """Text that a spreadsheet would compute, with a quote before it; a quote of its own is doubled."""
    return f"'{text}" if text.startswith((*FORMULA, "'")) else text


def unquoted(text: str) -> str:
    """The text that :func:`quoted` was given."""
    return text[1:] if text.startswith("'") and text[1:].startswith((*FORMULA, "'")) else text


def lines(path: Path, table: str | None = None, encoding: str | None = None) -> Lines:
    """All rows of one table of a file; without ``table`` of its first one. Raises :class:`FileUnreadable`.

    A CSV may have commas, semicolons or tabs, in any encoding of :func:`geo.ingest.plain_text.plain_text`. More than
    ``ROWS`` rows or ``COLUMNS`` columns are refused.
    """
    if _checked(path) == ".csv":
        if table not in {None, path.stem}:
            raise _unreadable(path, Text(zh=f"没有表 {table}", en=f"no table {table}"))
        written, found = _separated(path, encoding)
        return Lines(path.stem, written, list(_limited(path, found)), Beside(), ())
    with workbook.book(path) as book:
        names, others = workbook.tables(book)
        if table is not None and table not in names:
            listed = "、".join(names)
            raise _unreadable(path, Text(zh=f"没有表 {table}，有 {listed}", en=f"no table {table}; it has {listed}"))
        name = table or names[0]
        rows = list(_limited(path, workbook.rows(book, name)))
        return Lines(name, "UTF-8", rows, workbook.beside(path, book, name), tuple(others))


def table_names(path: Path) -> list[str]:
    """The sheets of a workbook that are tables; a CSV is one table with the name of the file."""
    if _checked(path) == ".csv":
        return [path.stem]
    with workbook.book(path) as book:
        return workbook.tables(book)[0]


def _limited(path: Path, found: Iterator[list[Any]]) -> Iterator[list[Any]]:
    for number, row in enumerate(found, 1):
        while row and (row[-1] is None or row[-1] == ""):
            row.pop()
        if number > ROWS or len(row) > COLUMNS:
            size = Text(zh=f"超过 {ROWS} 行或 {COLUMNS} 列", en=f"more than {ROWS} rows or {COLUMNS} columns")
            raise _unreadable(path, size)
        yield row


def _separated(path: Path, encoding: str | None) -> tuple[str, Iterator[list[Any]]]:
    try:
        text, written = plain_text(path.read_bytes(), encoding)
    except (UnicodeDecodeError, LookupError):
        raise _unreadable(path, Text(zh=f"不是 {encoding} 文本", en=f"not text in {encoding}")) from None
    if "\0" in text:
        raise _unreadable(path, Text(zh="不是文本", en="not text"))
    file = io.StringIO(text, newline="")
    if text[:4].lower() == "sep=":  # a line for the spreadsheet, not of the table
        file.readline()
    start = text[:20_000].splitlines()[:20]
    separator = max(SEPARATORS, key=lambda mark: sum(mark in line for line in start))
    csv.field_size_limit(FIELD)
    rows = csv.reader(file, delimiter=separator, strict=True)

    def found() -> Iterator[list[Any]]:
        try:
            for line in rows:
                yield [unquoted(cell) for cell in line]
        except csv.Error:
            raise _unreadable(path, Text(zh="不是完整的 CSV", en="not a whole CSV")) from None

    return written, found()


def _checked(path: Path) -> str:
    """The ending of a file that may be opened."""
    if not path.is_file():
        raise _unreadable(path, Text(zh="文件不存在", en="there is no such file"))
    if path.stat().st_size > LIMIT:
        raise _unreadable(path, Text(zh="文件过大", en="the file is too large"))
    ending = path.suffix.lower()
    if ending not in {".xlsx", ".csv"}:
        raise _unreadable(path, Text(zh="只读取 .xlsx 和 .csv", en="only .xlsx and .csv are read"))
    return ending


def _at(line: list[Any], place: int) -> Any:
    return line[place] if place < len(line) else None


def _unreadable(path: Path, reason: Text) -> FileUnreadable:
    return FileUnreadable(file=path.name, reason=reason)
