"""The rows of a sheet to one table: which row holds the headings, what stands above, and which below is no record."""

import re
from dataclasses import dataclass
from typing import Any

from geo.errors import FileUnreadable
from geo.ingest.degree import degrees
from geo.ingest.sheet import Lines
from geo.ingest.workbook import Beside, letters
from geo.text import Text

_SEARCHED = 50  # rows in which headings are looked for
_FEW = 20  # cells that are named
_FULL = 0.6  # share of the table's columns that headings fill
_REMARK = re.compile(r"^\W*(注|备注|说明|填表|制表|填报|审核|单位负责|合计|总计|小计|共计|total|note)", re.IGNORECASE)


@dataclass(frozen=True)
class Table:
    """Headings, all different; the rows under them, each as long; what is written outside of them.

    ``numbers`` are the rows of the file, from 1, that hold the records.
    """

    headings: tuple[str, ...]
    rows: list[list[Any]]
    numbers: tuple[int, ...]
    around: tuple[str, ...]
    notes: tuple[Text, ...]


def headed(file: str, found: Lines) -> Table:
    """Find the headings, in one row or in two where the upper one is merged over groups of columns.

    Empty rows are left out; remarks and totals under the records too, which is said. A cell that is merged downwards
    holds its value in every record that it covers. Raises :class:`FileUnreadable` where no row can be the headings.
    """
    lines = found.rows
    place = _heading_row(lines)
    if place is None:
        raise FileUnreadable(file=file, reason=Text(zh="没有找到列名所在的行", en="no row holds headings"))
    upper, start = lines[place], place + 1
    lower = lines[start] if start < len(lines) and _completes(upper, lines[start]) else None
    width = max(len(line) for line in lines[place:])
    headings = _named(upper, lower, width, lines[start + (lower is not None) :])
    start += lower is not None
    rows = [(number, line) for number, line in enumerate(lines[start:], start + 1) if _filled(line)]
    while rows and _is_remark(rows[-1][1], width):
        rows.pop()
    below = [_written(line) for _, line in enumerate(lines[start:], start + 1) if _filled(line)][len(rows) :]
    above = [_written(line) for line in lines[:place] if _filled(line)]
    notes: list[Text] = []
    if rows and (first := rows[0][0]) > 2:
        notes.append(Text(zh=f"第 1 条记录在文件第 {first} 行", en=f"The first record is in row {first} of the file"))
    if below:
        listed = "；".join(below)[:200]
        notes.append(
            Text(
                zh=f"表下 {len(below)} 行不是记录，未读入：{listed}",
                en=f"{len(below)} rows under the table are no records and were left out: {listed}",
            )
        )
    records = {number - 1: line for number, line in rows}
    named = [heading or letters(column) for column, heading in enumerate(headings)]
    notes += _uncalculated(found.beside, records, named)
    _fill_merged(found.beside, records, start)
    kept = [headings[column] is not None for column in range(width)]
    return Table(
        headings=tuple(heading for heading in headings if heading is not None),
        rows=[[cell for cell, keep in zip(_padded(line, width), kept, strict=True) if keep] for _, line in rows],
        numbers=tuple(number for number, _ in rows),
        around=(*above, *below),
        notes=tuple(notes),
    )


def _fill_merged(beside: Beside, records: dict[int, list[Any]], start: int) -> None:
    """Repeat a cell that is merged downwards among the records, by their rows from 0, where they have none there."""
    for (first, column), last in beside.merged:
        value = _at(records.get(first, []), column)
        if first < start or value is None:
            continue
        for row in range(first + 1, min(last, max(records)) + 1):
            line = records.get(row)
            if line is not None and _at(line, column) is None:
                line += [None] * (column + 1 - len(line))
                line[column] = value


def _uncalculated(beside: Beside, records: dict[int, list[Any]], headings: list[str]) -> list[Text]:
    """Which cells of records are empty because nothing has calculated their formula."""
    cells = [(row, column) for row, column in beside.uncalculated if row in records and column < len(headings)]
    if not cells:
        return []
    few = cells[:_FEW]
    more = "…" if len(cells) > len(few) else ""
    zh = "、".join(f"第 {row + 1} 行“{headings[column]}”" for row, column in few)
    en = ", ".join(f"row {row + 1} {headings[column]}" for row, column in few)
    return [
        Text(
            zh=f"{len(cells)} 个公式没有算出的结果，按空值读取，请用表格软件打开并保存后再导入：{zh}{more}",
            en=f"{len(cells)} formulas have no result and were read as empty; open and save the workbook in a"
            f" spreadsheet program first: {en}{more}",
        )
    ]


def _heading_row(lines: list[list[Any]]) -> int | None:
    """The first row of text that, alone or with the row under it, names most columns."""
    width = max((len(_filled(line)) for line in lines[:_SEARCHED]), default=0)
    for place, line in enumerate(lines[:_SEARCHED]):
        filled = _filled(line)
        if len(filled) < min(2, width) or not filled:
            continue
        if sum(_is_text(cell) for cell in filled) < len(filled) * 0.7:
            continue
        named = set(_columns(line))
        if place + 1 < len(lines) and _completes(line, lines[place + 1]):
            named |= set(_columns(lines[place + 1]))
        if len(named) >= width * _FULL:
            return place
    return None


def _completes(upper: list[Any], lower: list[Any]) -> bool:
    """Whether ``lower`` holds the headings of columns that share one above: all text, at least two under a group."""
    under = _columns(lower)
    if not under or not all(_is_text(lower[column]) for column in under):
        return False
    over = set(_columns(upper))
    if not over or not any(column not in over for column in under):
        return False
    # Where both rows name a column, it begins a group: the next one is named below only.
    return all(column not in over or (column + 1 in under and column + 1 not in over) for column in under)


def _named(upper: list[Any], lower: list[Any] | None, width: int, records: list[list[Any]]) -> list[str | None]:
    """A different heading for each column; None for a column that has neither heading nor values.

    The heading of a group stands before those under it only where they would not differ without it.
    """
    names: list[str | None] = []
    group = ""
    beneath = [_cell(lower or [], column) for column in range(width)]
    for column in range(width):
        above, below = _cell(upper, column), beneath[column]
        group = above or (group if below else "")
        name = f"{group} {below}".strip() if beneath.count(below) > 1 else below
        name = name if below else above
        if not name:
            values = any(_cell(line, column) for line in records)
            names.append(f"{letters(column)}列" if values else None)
            continue
        count = sum(other == name for other in names)
        names.append(f"{name}_{count + 1}" if count else name)
        while names.count(names[-1]) > 1:
            names[-1] = f"{names[-1]}_"
    return names


def _is_remark(line: list[Any], width: int) -> bool:
    filled = _filled(line)
    first = str(filled[0]).strip()
    return bool(_REMARK.match(first)) or (len(filled) == 1 and width > 2 and not _is_number(filled[0]))


def _filled(line: list[Any]) -> list[Any]:
    return [cell for cell in line if cell is not None and str(cell).strip()]


def _columns(line: list[Any]) -> list[int]:
    return [column for column in range(len(line)) if _cell(line, column)]


def _cell(line: list[Any], column: int) -> str:
    cell = _at(line, column)
    return "" if cell is None else " ".join(str(cell).split())


def _at(line: list[Any], column: int) -> Any:
    return line[column] if column < len(line) else None


def _is_text(cell: Any) -> bool:
    return isinstance(cell, str) and not _is_number(cell)


def _is_number(cell: Any) -> bool:
    return not isinstance(cell, str) or degrees(cell) is not None


def _padded(line: list[Any], width: int) -> list[Any]:
    return [*line, *[None] * (width - len(line))]


def _written(line: list[Any]) -> str:
    return " ".join(str(cell).strip() for cell in _filled(line))
