"""An XLSX workbook to the sheets that are tables, and to the rows of one with what only its XML tells of them."""

import re
import warnings
import zipfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from geo.errors import FileUnreadable
from geo.text import Text

EXPANSION = 200  # a sheet of equal cells shrinks about a hundredfold; more is a bomb

Cell = tuple[int, int]
"""Row and column of a sheet, both from 0."""

_CHUNK = 4 << 20
_SEARCHED = 50  # rows of a sheet that are looked at to tell whether it holds anything
_REMARKS = re.compile(r"^\W*((填表|填报|使用|字段|数据)?说明|填表须知|about|notes?|read ?me)\W*$", re.IGNORECASE)
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*?\bref="([A-Z]{1,3})(\d{1,7}):[A-Z]{1,3}(\d{1,7})"')
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_UNCALCULATED = re.compile(
    rb'<(?:\w+:)?c\b(?![^>]*\bt="str")[^>]*?\br="([A-Z]{1,3})(\d{1,7})"[^>]*>\s*'
    rb"<(?:\w+:)?f\b[^>]*?(?:/>|>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)


@dataclass(frozen=True)
class Beside:
    """What openpyxl does not tell of a sheet that it reads by values.

    ``merged`` is the first cell and the last row of each block of cells that are merged downwards; ``uncalculated``
    are the cells whose formula has no result, because no spreadsheet program has opened the workbook since.
    """

    merged: tuple[tuple[Cell, int], ...] = ()
    uncalculated: tuple[Cell, ...] = ()


@contextmanager
def book(path: Path) -> Generator[Any]:
    """A workbook open for reading values, formulas as their last result; raises :class:`FileUnreadable`."""
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
            opened = load_workbook(path, read_only=True, data_only=True)
            try:
                yield opened
            finally:
                opened.close()
    except FileUnreadable:
        raise
    except Exception as error:  # openpyxl raises whatever its parsers do
        reason = (str(error).splitlines() or [""])[0][:200] or type(error).__name__
        damaged = Text(zh=f"工作簿已损坏（{reason}）", en=f"the workbook is damaged ({reason})")
        raise _unreadable(path, damaged) from None


def tables(opened: Any) -> tuple[list[str], list[str]]:
    """The sheets that are tables, and those with something in them that are none: hidden ones, and remarks.

    Where every sheet is one of these, all that hold anything are tables.
    """
    full: list[str] = []
    left: list[str] = []
    for page in opened.worksheets:
        page.reset_dimensions()  # what a workbook says of its size is often the whole of a sheet
        if any(cell is not None for row in page.iter_rows(values_only=True, max_row=_SEARCHED) for cell in row):
            aside = page.sheet_state != "visible" or _REMARKS.match(page.title)
            (left if aside else full).append(str(page.title))
    if full:
        return full, left
    return left or [str(page.title) for page in opened.worksheets[:1]], []


def rows(opened: Any, name: str) -> Iterator[list[Any]]:
    """The values of a sheet, row by row from the first one on."""
    opened[name].reset_dimensions()
    for row in opened[name].iter_rows(values_only=True):
        yield list(row)


def beside(path: Path, opened: Any, name: str) -> Beside:
    """What the XML of a sheet tells besides values, read in pieces."""
    member = str(opened[name]._worksheet_path).removeprefix("/")  # nothing public tells it
    merged: list[tuple[Cell, int]] = []
    empty: list[Cell] = []
    with zipfile.ZipFile(path) as archive, archive.open(member) as file:
        for piece in _pieces(file):
            if _FORMULA.search(piece):
                empty += [(int(row) - 1, _column(letters)) for letters, row in _UNCALCULATED.findall(piece)]
            for letters, first, last in _MERGED.findall(piece):
                if int(first) < int(last):
                    merged.append(((int(first) - 1, _column(letters)), int(last) - 1))
    return Beside(tuple(merged), tuple(empty))


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    """The XML of a sheet cut before its rows; what follows the last row comes as a whole."""
    waiting = b""
    while chunk := file.read(_CHUNK):
        waiting += chunk
        cut = max(waiting.rfind(b"<row"), waiting.rfind(b":row "))
        if cut > 0:
            yield waiting[:cut]
            waiting = waiting[cut:]
    yield waiting


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def letters(column: int) -> str:
    """The name of a column, from 0, in a spreadsheet."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def _unreadable(path: Path, reason: Text) -> FileUnreadable:
    return FileUnreadable(file=path.name, reason=reason)
