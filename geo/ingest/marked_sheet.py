"""The report of an import to a workbook: its file's rows with what is wrong beside them, changes, a summary."""

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from geo.ingest.column import decoded
from geo.ingest.mapping import Match
from geo.ingest.problem import Problem
from geo.ingest.report import Change, Report
from geo.ingest.source import Source
from geo.layers import layer as declared
from geo.text import Language, Text

ROWS = 50_000
"""Most rows of a file that are all shown; of a longer one those with problems are."""

_FILLS = {"error": "F8CBAD", "warning": "FFE699", "info": "DDEBF7"}
_SEVERITIES = {
    "error": Text(zh="错误", en="Error"),
    "warning": Text(zh="警告", en="Warning"),
    "info": Text(zh="已修复", en="Repaired"),
}
_HOW = {
    "alias": Text(zh="别名", en="alias"),
    "saved": Text(zh="已保存", en="saved"),
    "chosen": Text(zh="指定", en="chosen"),
    "likeness": Text(zh="相似，待确认", en="likely, to be confirmed"),
    "none": Text(zh="未识别", en="not known"),
}
_ROW = Text(zh="行", en="Row")
_PROBLEMS = Text(zh="问题", en="Problems")
_SUMMARY = Text(zh="汇总", en="Summary")
_CHANGES = Text(zh="变更", en="Changes")
_ROWS = Text(zh="数据行", en="Rows")
_CHANGE_HEADINGS = (
    _ROW, Text(zh="编号", en="Code"), Text(zh="字段", en="Field"), Text(zh="原值", en="Old"), Text(zh="新值", en="New"),
)  # fmt: skip
_PROBLEM_HEADINGS = (
    _ROW, Text(zh="列", en="Column"), Text(zh="值", en="Value"), Text(zh="级别", en="Severity"),
    Text(zh="代码", en="Code"), Text(zh="说明", en="What"),
)  # fmt: skip
_NUMBERS = {
    "file": Text(zh="文件", en="File"),
    "table": Text(zh="表", en="Table"),
    "layer": Text(zh="图层", en="Layer"),
    "crs": Text(zh="坐标系", en="Coordinate system"),
    "encoding": Text(zh="文字编码", en="Encoding"),
    "rows": Text(zh="行数", en="Rows"),
    "new": Text(zh="新增", en="New"),
    "changed": Text(zh="更新", en="Changed"),
    "unchanged": Text(zh="未变", en="Unchanged"),
    "refused": Text(zh="拒绝", en="Refused"),
}
_PARTS = {
    "notes": Text(zh="所作假定", en="What was assumed"),
    "problems": Text(zh="问题数", en="Problems by kind"),
    "fields": Text(zh="变更数", en="Changes by field"),
    "mapping": Text(zh="列的对应", en="What the columns are"),
    "left": Text(
        zh="文件超过 {rows} 行，“数据行”只列出有问题的行；每类问题最多标注 2000 行",
        en="The file has more than {rows} rows: only those with problems are shown, of each kind at most 2,000",
    ),
}


def write(source: Source, report: Report, path: Path, language: Language) -> None:
    """Write the report with the rows of the file it is about; personal columns are masked, text is never a formula."""
    path.write_bytes(_workbook(report, language, source))


def without_rows(told: Mapping[str, Any], language: Language) -> bytes:
    """The workbook of a report as the history keeps it, with a list of problems in place of the file's rows."""
    return _workbook(restored(told), language, None)


def restored(told: Mapping[str, Any]) -> Report:
    """The report that a stored one was."""
    report = Report(told["file"], told["table"], told["layer"], told["crs"], told["encoding"])
    report.rows, report.refused = told["rows"], told["refused"]
    report.new, report.changed, report.unchanged = told["new"], told["changed"], told["unchanged"]
    report.problems = [
        Problem(each["row"], each["column"], each["value"], each["code"], each["reason"])
        for each in told.get("problems", [])
    ]
    report.personal = told.get("personal", [])
    report.counts, report.fields = told.get("counts", {}), told.get("fields", {})
    report.notes = [Text(**note) for note in told.get("notes", [])]
    report.mapping = [Match(**match) for match in told.get("mapping", [])]
    report.changes = [Change(**change) for change in told.get("changes", [])]
    return report


def _workbook(report: Report, language: Language, source: Source | None) -> bytes:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    pages: list[tuple[Text, Iterator[tuple[list[object], str]]]] = [(_SUMMARY, _summary(report, language))]
    if source is not None:
        pages.append((_ROWS, _marked(source, report, language)))
    else:
        pages.append((_PROBLEMS, _problems(report, language)))
    pages.append((_CHANGES, _changes(report, language)))
    for title, lines in pages:
        page = book.create_sheet(title.in_(language))
        for values, mark in lines:
            page.append([_cell(page, value, mark) for value in values])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _cell(page: Any, value: object, mark: str) -> Any:
    """A cell that holds a number or text as it is, coloured by how bad its row is; a heading is bold."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Font, PatternFill

    plain = value if value is None or isinstance(value, int | float) else ILLEGAL_CHARACTERS_RE.sub("", str(value))
    made = WriteOnlyCell(page, value=None)
    made.value = plain[:32_767] if isinstance(plain, str) else plain
    if isinstance(plain, str):
        made.data_type = "s"  # openpyxl takes text that begins with = for a formula
    if mark in _FILLS:
        made.fill = PatternFill("solid", fgColor=_FILLS[mark])
    elif mark:
        made.font = Font(bold=True)
    return made


def _summary(report: Report, language: Language) -> Iterator[tuple[list[object], str]]:
    for name, label in _NUMBERS.items():
        yield [label.in_(language), getattr(report, name)], ""
    if report.rows > ROWS:
        yield [_PARTS["left"].format(rows=ROWS).in_(language)], ""
    yield [_PARTS["notes"].in_(language)], "heading"
    for note in report.notes:
        yield [note.in_(language)], ""
    yield [_PARTS["problems"].in_(language)], "heading"
    for code, count in sorted(report.counts.items()):
        problem = next((each for each in report.problems if each.code == code), Problem(0, "", "", code))
        severity = problem.severity
        yield [_SEVERITIES[severity].in_(language), code, count, problem.text.in_(language)], severity
    yield [_PARTS["fields"].in_(language)], "heading"
    for field, count in report.fields.items():
        yield [_field(report.layer, field, language), count], ""
    yield [_PARTS["mapping"].in_(language)], "heading"
    for match in report.mapping:
        target = _field(report.layer, match.target, language) if match.target else None
        yield [match.heading, target, _HOW[match.how].in_(language)], "" if match.applies else "warning"


def _marked(source: Source, report: Report, language: Language) -> Iterator[tuple[list[object], str]]:
    """The rows of the file, each with its problems; one with an error is marked as that."""
    of_row: dict[int, list[Problem]] = {}
    for problem in report.problems:
        of_row.setdefault(problem.row, []).append(problem)
    private = declared(report.layer).private
    hidden = {match.heading for match in report.mapping if match.target in private} | set(report.personal)
    yield [_ROW.in_(language), _PROBLEMS.in_(language), *source.fields], "heading"
    for before, columns, wkb in source.batches():
        rows: list[int] = source.numbers(before, len(wkb)).tolist()
        shown = [place for place, row in enumerate(rows) if report.rows <= ROWS or row in of_row]
        texts = {name: decoded(column)[0] for name, column in columns.items()} if shown else {}
        for place in shown:
            problems = of_row.get(rows[place], [])
            said = "\n".join(f"[{each.column}] {each.text.in_(language)}" for each in problems)
            values = [
                None if (value := texts[name][place].as_py()) is None else "***" if name in hidden else value
                for name in source.fields
            ]
            worst = min((each.severity for each in problems), key=list(_FILLS).index, default="")
            yield [rows[place], said, *values], worst


def _problems(report: Report, language: Language) -> Iterator[tuple[list[object], str]]:
    yield [heading.in_(language) for heading in _PROBLEM_HEADINGS], "heading"
    for each in report.problems:
        severity = _SEVERITIES[each.severity].in_(language)
        yield [each.row, each.column, each.value, severity, each.code, each.text.in_(language)], each.severity


def _changes(report: Report, language: Language) -> Iterator[tuple[list[object], str]]:
    yield [heading.in_(language) for heading in _CHANGE_HEADINGS], "heading"
    for each in report.changes:
        yield [each.row, each.code, _field(report.layer, each.field, language), each.old, each.new], ""


def _field(layer: str, field: str, language: Language) -> str:
    """The name of a field as people know it."""
    return declared(layer).called(field).in_(language)
