"""Documents read for figures, and checked figures written out: what is proposed, what is refused, what is read back."""

import csv
import zipfile
from datetime import date
from io import BytesIO, StringIO
from typing import Any

import docx
import openpyxl
import pytest

from geo.claims import document
from geo.claims.check import check
from geo.claims.claim import Document, claim_of, store
from geo.claims.report import HEADINGS, written
from geo.database import Database
from geo.errors import BadValue, FileUnreadable

TEXT = """一、耕地保护
（一）截至2024年12月5日，全县已恢复耕地1,305亩，预计年底可恢复耕地４９００亩。
避险搬迁任务1101户，已拆除旧房955户，完成验收942户；资金拨付率73.86%。
第3批次共涉及11个乡镇，3个月内完成，国债资金1.72亿元。
"""


def as_docx(*lines: str, table: tuple[tuple[str, ...], ...] = ()) -> bytes:
    made = docx.Document()
    for line in lines:
        made.add_paragraph(line)
    if table:
        grid = made.add_table(len(table), len(table[0]))
        for row, texts in zip(grid.rows, table, strict=True):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text
    into = BytesIO()
    made.save(into)
    return into.getvalue()


def told(name: str, content: bytes) -> list[tuple[Any, ...]]:
    return [
        (p.value, p.unit, p.kind, p.as_of, f"{p.system}.{p.metric}", p.section) for p in document.propose(name, content)
    ]


EXPECTED = [
    ("1305", "亩", "actual", date(2024, 12, 5), "farmland.restored", "（一）"),
    ("4900", "亩", "forecast", None, "farmland.restored", "（一）"),
    ("1101", "户", "target", None, "relocation.households", "（一）"),
    ("955", "户", "actual", None, "relocation.households_demolished", "（一）"),
    ("942", "户", "actual", None, "relocation.households_accepted", "（一）"),
    ("73.86", "%", "rate", None, ".", "（一）"),
    ("1.72", "亿元", "actual", None, "funding.bond_funds_won", "（一）"),
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_a_text_is_read_in_whatever_it_is_written(encoding: str) -> None:
    assert told("report.txt", TEXT.encode(encoding)) == EXPECTED


def test_a_docx_gives_the_same_as_its_text() -> None:
    assert told("report.docx", as_docx(*TEXT.splitlines())) == EXPECTED


def test_tables_of_a_docx_are_read_row_by_row() -> None:
    made = as_docx("表", table=(("指标", "数值"), ("隐患点", "128处"), ("明白卡", "1522张")))
    assert [(p.value, p.metric) for p in document.propose("t.DOCX", made)] == [
        ("128", "points"), ("1522", "warning_cards"),
    ]  # fmt: skip


def test_every_proposal_stands_in_its_sentence() -> None:
    for proposal in document.propose("r.txt", TEXT.encode()):
        plain = proposal.sentence.replace(",", "")
        assert proposal.value + proposal.unit in plain
        assert proposal.sentence in TEXT.translate(document.FULL_WIDTH)


def bomb(size: int = 80_000_000) -> bytes:
    into = BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * size)
    return into.getvalue()


def other_zip() -> bytes:
    into = BytesIO()
    with zipfile.ZipFile(into, "w") as archive:
        archive.writestr("a.txt", "a")
    return into.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.docx", b"no zip", "not a DOCX"), ("a.docx", other_zip(), "not a DOCX"), ("a.docx", bomb(), "suspicious"),
        ("a.docx", bomb(100), "damaged"), ("a.docx", as_docx("x")[:-200], "not a DOCX"), ("a.pdf", b"%PDF", "only"),
        ("a.txt", b"", "empty"), ("a.txt", b"\x00\x01\xff", "encoding"), ("a.txt", b"1" * 10_000_001, "larger"),
    ],
    ids=lambda value: str(value)[:20] if isinstance(value, str) else "",
)  # fmt: skip
def test_what_is_no_document_is_refused_with_the_reason(name: str, content: bytes, words: str) -> None:
    with pytest.raises(FileUnreadable, match=words):
        document.propose(name, content)


def test_the_check_of_the_zip_takes_what_word_writes() -> None:
    assert document.text("a.docx", as_docx("甲", "乙")) == "甲\n乙"


# --- written out ------------------------------------------------------------------------------------------------------

NASTY = '=HYPERLINK("http://evil.example")'


@pytest.fixture
def nasty(fresh: Any) -> Database:
    database = fresh("upgraded")
    made = Document("made", NASTY, 2030)
    row = {"id": "1", "section": "+1", "system": "x", "metric": "a", "value": "6.90", "unit": "亩", "kind": "actual"}
    second = row | {"id": "2", "value": "7.10", "scope": "@x"}
    with database.session() as connection:
        store(connection, made, [claim_of(row | {"scope": NASTY}, made), claim_of(second, made)], by="test")
    return database


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_spreadsheet_holds_every_figure_and_no_formula(nasty: Database, language: Any) -> None:
    with nasty.session() as connection:
        content = written(check(connection), ".xlsx", language)
    sheet: Any = openpyxl.load_workbook(BytesIO(content)).active
    rows = list(sheet.iter_rows())
    assert [cell.value for cell in rows[0]] == [heading.in_(language) for heading in HEADINGS.values()]
    place = {name: index for index, name in enumerate(HEADINGS)}
    first, second = rows[1:]
    assert (first[place["value"]].value, first[place["value"]].number_format) == (6.9, "#,##0.00")
    assert first[place["scope"]].value == NASTY
    assert all(cell.data_type != "f" for row in rows for cell in row)
    assert second[place["arithmetic"]].value


def test_the_same_text_as_a_plain_value_would_be_a_formula() -> None:
    """The control: openpyxl takes a text that begins with = for a formula."""
    book: Any = openpyxl.Workbook()
    book.active["A1"] = NASTY
    assert book.active["A1"].data_type == "f"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_document_holds_every_figure_and_the_findings_first(demo: Database, language: Any) -> None:
    with demo.session() as connection:
        checked = check(connection, "report_2024")
    made: Any = docx.Document(BytesIO(written(checked, ".docx", language)))
    found, rest = made.tables
    assert len(found.rows) - 1 == sum(bool(each.findings) for each in checked)
    assert len(found.rows) + len(rest.rows) - 2 == len(checked)
    ids = [row.cells[0].text for row in found.rows[1:]]
    assert ids == [each.claim.id for each in checked if each.findings]
    assert all(row.cells[6].text for row in found.rows)
    assert made.sections[0].page_width > made.sections[0].page_height


def test_another_ending_is_refused() -> None:
    with pytest.raises(BadValue):
        written([], ".pdf", "zh")


def test_a_csv_with_a_mark_at_its_start_is_read(tmp_path: Any) -> None:
    from geo.claims.claim import COLUMNS, read

    text = StringIO()
    csv.writer(text).writerows([COLUMNS, ("1", "1.1", "x", "a", "户", "actual", "1,234", "", "")])
    path = tmp_path / "claims.csv"
    path.write_text("\ufeff" + text.getvalue(), "utf-8")
    assert read(path, Document("made", "made", 2030))[0].value == 1234
