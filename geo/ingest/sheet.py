"""A table in XLSX or CSV to rows of cells by heading, opened with limits on its size."""

import codecs
import csv
import io
import warnings
import zipfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo.errors import FileUnreadable
from geo.ingest.plain_text import plain_text, written_in
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

EXPANSION = 200  # a sheet of equal cells shrinks about a hundredfold; more is a bomb
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class Sheet:
    """The first table of a file: its headings, and its rows with their place in the file counted from 1."""

    table: str
    encoding: str
    headings: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, Any]], ...]


def read_sheet(path: Path) -> Sheet:
    """Read the first sheet of an XLSX, or a CSV in UTF-8 or GB18030; raises :class:`FileUnreadable`.

    Empty rows are left out. Cells of a CSV are text; those of an XLSX are what the program that wrote it kept.
    """
    return _xlsx(path) if _checked(path) == ".xlsx" else _csv(path)


def quoted(text: str) -> str:
    """Text that a spreadsheet would compute, with a quote before it; a quote of its own is doubled."""
    return f"'{text}" if text.startswith((*FORMULA, "'")) else text


def unquoted(text: str) -> str:
    """The text that :func:`quoted` was given."""
    return text[1:] if text.startswith("'") and text[1:].startswith((*FORMULA, "'")) else text


def lines(path: Path, table: str | None = None, encoding: str | None = None) -> tuple[str, str, list[list[Any]]]:
    """All rows of one table of a file as they stand, with its name and encoding; raises :class:`FileUnreadable`.

    Empty cells at the end of a row are left out. A CSV may have commas, semicolons or tabs, in any encoding of
    :func:`geo.ingest.plain_text.plain_text`. More than ``ROWS`` rows or ``COLUMNS`` columns are refused.
    """
    if _checked(path) == ".csv":
        if table not in {None, path.stem}:
            raise _unreadable(path, Text(zh=f"没有表 {table}", en=f"no table {table}"))
        name, written, found = path.stem, *_separated(path, encoding)
    else:
        with _book(path) as book:
            names: list[str] = book.sheetnames
            if table not in {None, *names}:
                listed = "、".join(names)
                raise _unreadable(
                    path, Text(zh=f"没有表 {table}，有 {listed}", en=f"no table {table}; it has {listed}")
                )
            name, written = table or names[0], "UTF-8"
            book[name].reset_dimensions()  # what a workbook says of its size is often the whole of a sheet
            found = (list(row) for row in book[name].iter_rows(values_only=True))
            return name, written, list(_limited(path, found))
    return name, written, list(_limited(path, found))


def table_names(path: Path) -> list[str]:
    """The sheets of a workbook that hold anything; a CSV is one table with the name of the file."""
    if _checked(path) == ".csv":
        return [path.stem]
    with _book(path) as book:
        names: list[str] = book.sheetnames
        full: list[str] = []
        for name in names:
            book[name].reset_dimensions()
            if any(cell is not None for row in book[name].iter_rows(values_only=True, max_row=50) for cell in row):
                full.append(name)
        return full or names[:1]


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


def _csv(path: Path) -> Sheet:
    raw = path.read_bytes()
    encoding = written_in(raw)
    if encoding is None or b"\0" in raw:
        raise _unreadable(path, Text(zh="不是 UTF-8 或 GB18030 文本", en="not text in UTF-8 or GB18030"))
    text = raw.removeprefix(codecs.BOM_UTF8).decode(encoding)
    try:
        found = [[unquoted(cell) for cell in line] for line in csv.reader(io.StringIO(text, newline=""), strict=True)]
    except csv.Error:
        raise _unreadable(path, Text(zh="不是完整的 CSV", en="not a whole CSV")) from None
    return _sheet(path, path.stem, encoding, iter(found))


def _xlsx(path: Path) -> Sheet:
    with _book(path) as book:
        first = book.worksheets[0]
        return _sheet(path, first.title, "UTF-8", (list(row) for row in first.iter_rows(values_only=True)))


@contextmanager
def _book(path: Path) -> Generator[Any]:
    """A workbook open for reading values, formulas as their last result."""
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if member.file_size > EXPANSION * max(member.compress_size, 1024):
                    raise _unreadable(path, Text(zh="压缩比异常", en="suspicious compression"))
    except (zipfile.BadZipFile, OSError):
        raise _unreadable(path, Text(zh="不是 XLSX 工作簿", en="not an XLSX workbook")) from None
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of styles it does not know, which are not read here
            book = load_workbook(path, read_only=True, data_only=True)
            try:
                yield book
            finally:
                book.close()
    except FileUnreadable:
        raise
    except Exception as error:  # openpyxl raises whatever its parsers do
        reason = (str(error).splitlines() or [""])[0][:200] or type(error).__name__
        damaged = Text(zh=f"工作簿已损坏（{reason}）", en=f"the workbook is damaged ({reason})")
        raise _unreadable(path, damaged) from None


def _sheet(path: Path, table: str, encoding: str, found: Iterator[list[Any]]) -> Sheet:
    first = next(found, [])
    headings = tuple("" if cell is None else str(cell).strip() for cell in first)
    if not any(headings):
        raise _unreadable(path, Text(zh="第一行没有列名", en="the first row holds no headings"))
    rows = tuple(
        (number, {heading: cell for heading, cell in zip(headings, line, strict=False) if heading})
        for number, line in enumerate(found, 1)
        if any(cell is not None and str(cell).strip() for cell in line)
    )
    return Sheet(table, encoding, tuple(heading for heading in headings if heading), rows)


def _unreadable(path: Path, reason: Text) -> FileUnreadable:
    return FileUnreadable(file=path.name, reason=reason)
