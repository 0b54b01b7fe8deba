"""Checked claims as values for programs, lines for a terminal, a spreadsheet and a document."""

import re
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any

from geo.claims.check import STATUSES, VERDICTS, Checked, counts
from geo.claims.claim import KINDS
from geo.claims.rules import rules
from geo.claims.rules.record import STATES
from geo.errors import BadValue
from geo.sheet import print_whole
from geo.text import Language, Text

HEADINGS: dict[str, Text] = {
    "id": Text(zh="编号", en="Id"),
    "document": Text(zh="文件", en="Document"),
    "section": Text(zh="章节", en="Section"),
    "metric": Text(zh="指标", en="Metric"),
    "value": Text(zh="数值", en="Value"),
    "unit": Text(zh="单位", en="Unit"),
    "kind": Text(zh="类别", en="Kind"),
    "as_of": Text(zh="截至", en="As of"),
    "scope": Text(zh="说明", en="Scope"),
    "verdict": Text(zh="结论", en="Verdict"),
    "arithmetic": Text(zh="依据", en="Arithmetic"),
    "records": Text(zh="记录", en="Records"),
    "links": Text(zh="记录地址", en="Address of the records"),
    "status": Text(zh="处理", en="Status"),
    "note": Text(zh="备注", en="Note"),
}
_WIDTHS = (8, 14, 11, 34, 12, 8, 8, 12, 26, 14, 64, 18, 40, 14, 30)
_IN_DOCUMENT = ("id", "section", "metric", "value", "as_of", "verdict", "arithmetic", "status")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""What XML, and so neither a workbook nor a document, can hold."""
TITLE = Text(zh="文件数字核对", en="Figures checked against the records")
SUMMARY = Text(
    zh="共 {all} 个数字：矛盾 {error}，存疑 {warning}，提示 {remark}，与记录相符 {agrees}，未见矛盾 {unchecked}",
    en="{all} figures: {error} contradict, {warning} are doubtful, {remark} have a remark, {agrees} agree with the"
    " records, of {unchecked} nothing was found",
)


def answer(checked: Sequence[Checked]) -> dict[str, Any]:
    """``{"counts", "claims"}`` with every text in both languages."""
    return {"counts": counts(checked), "claims": [_claim(each) for each in checked]}


def summary(checked: Sequence[Checked]) -> Text:
    """How many figures have which verdict, as a sentence."""
    return SUMMARY.format(all=len(checked), **counts(checked))


def lines(checked: Sequence[Checked], language: Language) -> Iterator[str]:
    """Every claim with a finding and its arithmetic, then the summary."""
    for each in checked:
        if each.findings:
            claim = each.claim
            verdict = VERDICTS[each.verdict].in_(language)
            yield f"{claim.id}  {claim.section}  {each.label.in_(language)}  {claim.figure.in_(language)}  [{verdict}]"
            for finding in each.findings:
                yield f"    {rules()[finding.rule].label.in_(language)}: {finding.arithmetic.in_(language)}"
    yield summary(checked).in_(language)


def written(checked: Sequence[Checked], ending: str, language: Language) -> bytes:
    """The file with this ending; raises :class:`BadValue` for another than .xlsx and .docx."""
    if ending not in (".xlsx", ".docx"):
        reason = Text(zh="可用 .xlsx、.docx", en="use .xlsx or .docx")
        raise BadValue(name="output", value=ending, reason=reason)
    return (xlsx if ending == ".xlsx" else docx)(checked, language)


def xlsx(checked: Sequence[Checked], language: Language) -> bytes:
    """A spreadsheet with a row for each claim; values are numbers with their decimals, texts are never formulas."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet: Any = book.active
    sheet.title = TITLE.in_(language)[:31]
    sheet.append([heading.in_(language) for heading in HEADINGS.values()])
    for each in checked:
        row = _row(each, language)
        sheet.append([None] * len(row))
        for cell, name in zip(sheet[sheet.max_row], HEADINGS, strict=True):
            if name == "value":
                digits = max(0, -int(each.claim.value.as_tuple().exponent))
                cell.value, cell.number_format = each.claim.value, "#,##0" + ("." + "0" * digits if digits else "")
            elif row[name]:
                # The type is set after the value: text that begins with = stays text.
                cell.value, cell.data_type = row[name], "s"
            cell.alignment = Alignment(vertical="top", wrap_text=name in ("metric", "scope", "arithmetic", "note"))
    for cell in sheet[1]:
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="EAF3EF")
    for place, width in enumerate(_WIDTHS, 1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    print_whole(sheet)
    sheet.print_title_rows = "1:1"
    sheet.freeze_panes = "E2"
    sheet.auto_filter.ref = sheet.dimensions
    return _bytes(book)


def docx(checked: Sequence[Checked], language: Language) -> bytes:
    """A document: the summary, then every claim with a finding, then the others, on A4 across."""
    from docx import Document
    from docx.enum.section import WD_ORIENT
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt

    paper: Any = Document()
    normal = paper.styles["Normal"]
    normal.font.name, normal.font.size = "Arial", Pt(9)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), "宋体")
    for level in ("Title", "Heading 1"):
        paper.styles[level].element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "黑体")
    section = paper.sections[0]
    section.orientation, section.page_width, section.page_height = WD_ORIENT.LANDSCAPE, Cm(29.7), Cm(21)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(1.8)
    paper.add_heading(TITLE.in_(language), 0)
    paper.add_paragraph(summary(checked).in_(language))
    found = [each for each in checked if each.findings]
    rest = [each for each in checked if not each.findings]
    for heading, part in ((Text(zh="有问题的数字", en="Figures with findings"), found),
                          (Text(zh="其余数字", en="All other figures"), rest)):  # fmt: skip
        if part:
            paper.add_heading(heading.in_(language), 1)
            _table(paper, part, language)
    return _bytes(paper)


def _table(paper: Any, checked: Sequence[Checked], language: Language) -> None:
    from docx.oxml import OxmlElement
    from docx.shared import Cm

    widths = (1.4, 2, 5, 2.6, 2.3, 2.2, 8.4, 2.2)
    table = paper.add_table(1, len(_IN_DOCUMENT), style="Light Grid Accent 1")
    table.autofit = False
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for cell, name in zip(table.rows[0].cells, _IN_DOCUMENT, strict=True):
        cell.text = HEADINGS[name].in_(language)
    for each in checked:
        row = {**_row(each, language), "value": each.claim.figure.in_(language)}
        row["arithmetic"] = row["arithmetic"] or row["records"]
        for cell, name in zip(table.add_row().cells, _IN_DOCUMENT, strict=True):
            cell.text = row[name]
    for column, width in zip(table.columns, widths, strict=True):  # Word goes by the cells, others by the columns
        column.width = Cm(width)
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Cm(width)


def _row(each: Checked, language: Language) -> dict[str, str]:
    claim = each.claim
    told = [f"{rules()[f.rule].label.in_(language)}：{f.arithmetic.in_(language)}" for f in each.findings]
    row = {
        "id": claim.id, "document": claim.document, "section": claim.section, "metric": each.label.in_(language),
        "value": "", "unit": claim.unit, "kind": KINDS[claim.kind].in_(language), "as_of": str(claim.as_of or ""),
        "scope": claim.scope, "verdict": VERDICTS[each.verdict].in_(language), "arithmetic": "\n".join(told),
        "records": STATES[each.comparison.state].in_(language),
        "links": "\n".join(link.address for link in each.links), "status": STATUSES[each.status].in_(language),
        "note": each.notes[0].note if each.notes else "",
    }  # fmt: skip
    return {name: _CONTROL.sub("", value) for name, value in row.items()}


def _claim(each: Checked) -> dict[str, Any]:
    claim, comparison = each.claim, each.comparison
    return {
        "document": claim.document, "id": claim.id, "section": claim.section, "system": claim.system,
        "metric": claim.metric, "label": each.label.both(), "value": str(claim.value), "unit": claim.unit,
        "kind": claim.kind, "as_of": claim.as_of, "day": claim.day, "scope": claim.scope, "sentence": claim.sentence,
        "verdict": each.verdict,
        "findings": [
            {
                "rule": finding.rule, "label": rules()[finding.rule].label.both(), "severity": finding.severity,
                "arithmetic": finding.arithmetic.both(), "beside": [other.id for other in finding.beside],
            }
            for finding in each.findings
        ],
        "records": {
            "state": comparison.state,
            "value": None if comparison.found is None else round(float(comparison.found), 6),
            "difference": None if comparison.difference is None else round(float(comparison.difference), 6),
        },
        "links": [{"label": link.label.both(), "address": link.address} for link in each.links],
        "status": each.status,
        "notes": [
            {"status": n.status, "note": n.note, "recorded_at": n.recorded_at, "recorded_by": n.recorded_by}
            for n in each.notes
        ],
    }  # fmt: skip


def _bytes(made: Any) -> bytes:
    into = BytesIO()
    made.save(into)
    return into.getvalue()
