"""A table in XLSX or CSV to rows of cells by heading, opened with limits on its size."""

import codecs
import csv
import io
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo.errors import FileUnreadable
from geo.ingest.read import written_in
from geo.text import Text

LIMIT = 50_000_000
"""Most bytes of a file; a ledger of a hundred thousand rows has about five million."""

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
    if not path.is_file():
        raise _unreadable(path, Text(zh="文件不存在", en="there is no such file"))
    if path.stat().st_size > LIMIT:
        raise _unreadable(path, Text(zh="文件过大", en="the file is too large"))
    ending = path.suffix.lower()
    if ending == ".xlsx":
        return _xlsx(path)
    if ending == ".csv":
        return _csv(path)
    raise _unreadable(path, Text(zh="只读取 .xlsx 和 .csv", en="only .xlsx and .csv are read"))


def quoted(text: str) -> str:
    """Text that a spreadsheet would compute, with a quote before it; a quote of its own is doubled."""
    return f"'{text}" if text.startswith((*FORMULA, "'")) else text


def unquoted(text: str) -> str:
    """The text that :func:`quoted` was given."""
    return text[1:] if text.startswith("'") and text[1:].startswith((*FORMULA, "'")) else text


def _csv(path: Path) -> Sheet:
    raw = path.read_bytes()
    encoding = written_in(raw)
    if encoding is None or b"\0" in raw:
        raise _unreadable(path, Text(zh="不是 UTF-8 或 GB18030 文本", en="not text in UTF-8 or GB18030"))
    text = raw.removeprefix(codecs.BOM_UTF8).decode(encoding)
    try:
        lines = [[unquoted(cell) for cell in line] for line in csv.reader(io.StringIO(text, newline=""), strict=True)]
    except csv.Error:
        raise _unreadable(path, Text(zh="不是完整的 CSV", en="not a whole CSV")) from None
    return _sheet(path, path.stem, encoding, iter(lines))


def _xlsx(path: Path) -> Sheet:
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
                first = book.worksheets[0]
                return _sheet(path, first.title, "UTF-8", (list(row) for row in first.iter_rows(values_only=True)))
            finally:
                book.close()
    except FileUnreadable:
        raise
    except Exception as error:  # openpyxl raises whatever its parsers do
        reason = (str(error).splitlines() or [""])[0][:200] or type(error).__name__
        damaged = Text(zh=f"工作簿已损坏（{reason}）", en=f"the workbook is damaged ({reason})")
        raise _unreadable(path, damaged) from None


def _sheet(path: Path, table: str, encoding: str, lines: Iterator[list[Any]]) -> Sheet:
    first = next(lines, [])
    headings = tuple("" if cell is None else str(cell).strip() for cell in first)
    if not any(headings):
        raise _unreadable(path, Text(zh="第一行没有列名", en="the first row holds no headings"))
    rows = tuple(
        (number, {heading: cell for heading, cell in zip(headings, line, strict=False) if heading})
        for number, line in enumerate(lines, 1)
        if any(cell is not None and str(cell).strip() for cell in line)
    )
    return Sheet(table, encoding, tuple(heading for heading in headings if heading), rows)


def _unreadable(path: Path, reason: Text) -> FileUnreadable:
    return FileUnreadable(file=path.name, reason=reason)
