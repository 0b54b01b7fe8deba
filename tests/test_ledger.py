"""The ledger as a file: what is taken in, what is refused and with which sentence, and that it comes back equal."""

import csv
import io
import json
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from geo import ledger
from geo.database import Connection, Database
from geo.errors import FileRefused, FileUnreadable
from geo.ingest.entry import read_day
from geo.ingest.ledger import Choice, Report, enter, load_ledger
from geo.ingest.sheet import quoted, read_sheet, unquoted
from geo.ledger import BudgetLine, Entry
from geo.ledger_export import HEADINGS, export_ledger
from geo.settings import SHIPPED
from geo.text import Text

REAL = SHIPPED / "511132" / "report_2024_ledger.csv"
GOOD = {"渠道": "国债", "项目": "搬迁", "类型": "支出", "日期": "2024-05-01", "金额": "12.5", "单位": "万元"}


def opened(database: Database) -> None:
    with database.session() as connection:
        ledger.add_channel(connection, "bond", Text(zh="国债", en="Bond"))
        ledger.add_activity(connection, "2024-01", "搬迁", date(2024, 1, 1))


def written(path: Path, *rows: dict[str, Any], encoding: str = "utf-8") -> Path:
    headings = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, headings)
        writer.writeheader()
        writer.writerows(rows)
    return path


def book(path: Path, *rows: dict[str, Any]) -> Path:
    made = Workbook()
    page = made.active
    assert page is not None
    headings = list(dict.fromkeys(name for row in rows for name in row))
    page.append(headings)
    for row in rows:
        page.append([row.get(name) for name in headings])
    made.save(path)
    return path


def whole(connection: Connection) -> list[tuple[Any, ...]]:
    return [tuple(value for name, value in row.items() if name != "id") for row in ledger.whole(connection)]


def numbers(report: Report) -> tuple[int, int, int, int, int]:
    return report.rows, report.new, report.changed, report.unchanged, report.refused


# --- the real one -----------------------------------------------------------------------------------------------------


def test_the_report_s_ledger_is_taken_in_once(placed: Database) -> None:
    first, again = load_ledger(placed, REAL), load_ledger(placed, REAL)
    assert (first.rows, first.new, first.refused) == (28, 9, 0)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 28)
    with placed.session() as connection:
        told = json.loads(ledger.activities(connection), parse_float=Decimal)
    assert sum(each["paid"] for each in told["fund_sources"]) == Decimal("245102020.00")
    assert len(told["activities"]) == 18
    single = next(each for each in told["activities"] if "双河村" in each["name"]["zh"])
    assert [each["amount"] for each in single["transactions"]] == [Decimal("843500.00")], "the channel's one project"
    assert sum(each["kind"] == "expenditure" for each in told["whole_channels"]["transactions"]) == 6


def test_a_report_without_a_year_is_asked_for_it(placed: Database, tmp_path: Path) -> None:
    bare = tmp_path / "ledger.csv"
    bare.write_bytes(REAL.read_bytes())
    with pytest.raises(Exception, match="year"):
        load_ledger(placed, bare)
    assert load_ledger(placed, bare, Choice(year=2024)).new == 9


# --- taking in --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_in_any_of_its_encodings(placed: Database, tmp_path: Path, encoding: str) -> None:
    opened(placed)
    file = written(
        tmp_path / "a.csv", GOOD, {**GOOD, "类型": "", "日期": "", "年度": "2024", "阶段": "调整后"}, encoding=encoding
    )
    assert numbers(load_ledger(placed, file)) == (2, 2, 0, 0, 0)
    assert numbers(load_ledger(placed, file)) == (2, 0, 0, 2, 0)
    with placed.session() as connection:
        amounts = connection.execute("SELECT amount FROM transaction UNION ALL SELECT amount FROM budget").fetchall()
    assert amounts == [(Decimal("125000.00"),)] * 2


def test_a_workbook_with_numbers_dates_and_english_headings(placed: Database, tmp_path: Path) -> None:
    opened(placed)
    file = book(tmp_path / "a.xlsx", {
        "channel": "bond", "activity": "2024-01", "type": "expenditure", "date": datetime(2024, 5, 1),
        "amount": 16425.93, "unit": "wan_yuan", "voucher": 12, "year": 2024,
    })  # fmt: skip
    assert numbers(load_ledger(placed, file)) == (1, 1, 0, 0, 0)
    with placed.session() as connection:
        row = connection.execute("SELECT amount, voucher, value_date, recorded_by FROM transaction").fetchone()
    assert row == (Decimal("164259300.00"), "12", date(2024, 5, 1), "import")


def test_equal_rows_are_as_many_transactions_as_there_are(placed: Database, tmp_path: Path) -> None:
    opened(placed)
    file = written(tmp_path / "a.csv", GOOD, GOOD)
    assert load_ledger(placed, file).new == 2
    assert load_ledger(placed, file).unchanged == 2
    assert load_ledger(placed, written(file, GOOD, GOOD, GOOD)).new == 1


def test_a_budget_line_that_changed_is_kept_as_it_was(placed: Database, tmp_path: Path) -> None:
    opened(placed)
    line = {"渠道": "国债", "金额": "10", "年度": "2024", "阶段": "年初"}
    load_ledger(placed, written(tmp_path / "a.csv", line))
    report = load_ledger(placed, written(tmp_path / "a.csv", {**line, "金额": "11"}))
    assert numbers(report) == (1, 0, 1, 0, 0)
    with placed.session() as connection:
        assert connection.execute("SELECT amount FROM budget_version").fetchall() == [(Decimal(10),)]


def test_a_dry_run_writes_nothing_and_says_the_same(placed: Database, tmp_path: Path) -> None:
    opened(placed)
    file = written(tmp_path / "a.csv", GOOD)
    dry, done = load_ledger(placed, file, Choice(dry=True)), load_ledger(placed, file)
    assert (dry.applied, done.applied) == (False, True)
    assert numbers(dry) == numbers(done) == (1, 1, 0, 0, 0)


def test_a_withdrawn_transaction_does_not_come_back(placed: Database, tmp_path: Path) -> None:
    opened(placed)
    file = written(tmp_path / "a.csv", GOOD)
    load_ledger(placed, file)
    with placed.session() as connection:
        ((number,),) = connection.execute("SELECT id FROM transaction").fetchall()
        ledger.withdraw(connection, number, by="t", reason="double")
    report = load_ledger(placed, file)
    assert numbers(report) == (1, 0, 0, 1, 0)
    assert report.counts == {"withdrawn": 1}


# --- refusing ---------------------------------------------------------------------------------------------------------

WRONG = {
    "unknown_channel": {"渠道": "彩票"},
    "unknown_activity": {"项目": "修桥"},
    "unknown_kind": {"类型": "花了"},
    "date_outside_year": {"年度": "2023"},
    "required": {"金额": ""},
    "value": {"单位": "亿元"},
}
VALUES = {
    "negative": {"金额": "-1"}, "cents": {"金额": "0.0000001"}, "nothing": {"金额": "0"}, "words": {"金额": "很多"},
    "day": {"日期": "2024-02-30"}, "year": {"年度": "今年"}, "far": {"日期": "0024-01-01"},
    "long": {"备注": "长" * 1001},
    "control": {"备注": "a\x01b"}, "huge": {"金额": "1e30"},
}  # fmt: skip


@pytest.mark.parametrize("code", [*WRONG, *VALUES])
def test_a_wrong_row_is_refused_with_a_sentence_and_nothing_is_written(
    placed: Database, tmp_path: Path, code: str
) -> None:
    opened(placed)
    wrong = {**GOOD, **(WRONG.get(code) or VALUES[code])}
    file = written(tmp_path / "a.csv", GOOD, wrong)
    with pytest.raises(FileRefused) as refused:
        load_ledger(placed, file)
    report: Any = refused.value.values["report"]
    (problem,) = report.problems
    assert (problem.row, problem.code) == (2, code if code in WRONG else "value")
    assert problem.text.zh != problem.text.en
    with placed.session() as connection:
        assert whole(connection) == []
    assert numbers(load_ledger(placed, file, Choice(partial=True))) == (2, 1, 0, 0, 1)


def test_a_voucher_is_used_once_in_a_year(placed: Database, tmp_path: Path) -> None:
    opened(placed)
    first = {**GOOD, "凭证号": "记-7"}
    load_ledger(placed, written(tmp_path / "a.csv", first))
    assert load_ledger(placed, tmp_path / "a.csv").unchanged == 1
    assert load_ledger(placed, written(tmp_path / "b.csv", {**first, "日期": "2025-05-01"})).new == 1
    for rows in ([{**first, "金额": "13"}], [{**first, "凭证号": "8"}, {**first, "凭证号": "8", "金额": "3"}]):
        with pytest.raises(FileRefused) as refused:
            load_ledger(placed, written(tmp_path / "c.csv", *rows))
        report: Any = refused.value.values["report"]
        assert list(report.counts) == ["duplicate_voucher"]


def test_a_budget_line_is_stated_once(placed: Database, tmp_path: Path) -> None:
    opened(placed)
    line = {"渠道": "国债", "金额": "10", "年度": "2024", "阶段": "年初"}
    with pytest.raises(FileRefused):
        load_ledger(placed, written(tmp_path / "a.csv", line, line))


def test_files_that_are_no_tables_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 50_000_000)
    (tmp_path / "torn.xlsx").write_bytes(book(tmp_path / "a.xlsx", GOOD).read_bytes()[:-200])
    with zipfile.ZipFile(tmp_path / "other.xlsx", "w") as archive:
        archive.writestr("readme", "x")
    for name, content in {
        "bytes.csv": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "empty.csv": b"", "quote.csv": b'a,b\n"c', "a.txt": b"x",
    }.items():  # fmt: skip
        (tmp_path / name).write_bytes(content)
    for name in ("bomb.xlsx", "torn.xlsx", "other.xlsx", "bytes.csv", "empty.csv", "quote.csv", "a.txt", "none.csv"):
        with pytest.raises(FileUnreadable):
            read_sheet(tmp_path / name)


@pytest.mark.parametrize("value", ["2024-05-01", "2024/5/1", "20240501", "2024年5月1日", date(2024, 5, 1)])
def test_a_day_is_read_however_it_is_written(value: Any) -> None:
    assert read_day(value) == date(2024, 5, 1)


# --- and back ---------------------------------------------------------------------------------------------------------

WORDS = st.none() | st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn", "Co", "Zs", "Zl", "Zp")), min_size=1, max_size=20
) | st.sampled_from(["=1+1", "'=x", "''", "@SUM(A1)", "-3", "＋1", "两\n行", '"', "a,b", "'a"])  # fmt: skip
AMOUNTS = st.integers(1, 10**15 - 1).map(lambda cents: Decimal(cents) / 100)
ENTRIES = st.builds(
    Entry, fund_source=st.just("bond"), activity=st.sampled_from([None, "2024-01"]),
    kind=st.sampled_from(list(ledger.KINDS)), value_date=st.dates(date(1950, 1, 1), date(2199, 12, 31)), amount=AMOUNTS,
    document=WORDS, voucher=st.none(), note=WORDS,
)  # fmt: skip
LINES = st.builds(
    BudgetLine, fund_source=st.just("bond"), activity=st.sampled_from([None, "2024-01"]), year=st.integers(1950, 2199),
    phase=st.sampled_from(list(ledger.PHASES)), amount=AMOUNTS, document=WORDS, note=WORDS,
)  # fmt: skip


@hypothesis_settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(ENTRIES, max_size=6), st.lists(LINES, max_size=4), st.sampled_from([".xlsx", ".csv"]))
def test_what_is_exported_comes_back_equal(
    placed: Database, tmp_path: Path, entries: list[Entry], lines: list[BudgetLine], ending: str
) -> None:
    path = tmp_path / f"ledger{ending}"

    def books(connection: Connection) -> None:
        ledger.add_channel(connection, "bond", Text(zh="国债", en="Bond"))
        ledger.add_activity(connection, "2024-01", "搬迁", date(2024, 1, 1))

    with placed.session() as connection:
        books(connection)
        for number, each in enumerate(entries):
            ledger.record(connection, Entry(**{**each_values(each), "voucher": f"={number}"}), by="t")
        for line in lines:
            ledger.budget(connection, line, by="t")
        before = whole(connection)
        count = export_ledger(connection, path)
        sheet = read_sheet(path)
        here = enter(connection, sheet, Choice(), file=path.name)
        assert (here.unchanged, here.refused) == (count, 0), here.problems
        assert whole(connection) == before
        connection.rollback()
    with placed.session() as connection:
        books(connection)
        there = enter(connection, sheet, Choice(), file=path.name)
        assert there.new == count
        assert whole(connection) == before
        connection.rollback()


def each_values(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in entry.__dataclass_fields__}


@given(st.text(max_size=8))
def test_quoting_for_spreadsheets_loses_nothing(text: str) -> None:
    assert unquoted(quoted(text)) == text
    assert not quoted(text).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_no_cell_of_an_export_is_a_formula(placed: Database, tmp_path: Path) -> None:
    with placed.session() as connection:
        ledger.add_channel(connection, "bond", Text(zh="=HYPERLINK(1)", en="Bond"))
        ledger.record(
            connection, Entry("bond", None, "incoming", date(2024, 1, 1), Decimal("0.10"), note="=1+1"), by="t"
        )
        for ending in (".xlsx", ".csv"):
            export_ledger(connection, tmp_path / f"a{ending}")
        connection.rollback()
    page = load_workbook(tmp_path / "a.xlsx").worksheets[0]
    types = {cell.data_type for row in page.iter_rows() for cell in row}
    assert "f" not in types
    assert [cell.value for cell in page[1]] == list(HEADINGS)
    assert page["E2"].value == 0.1
    rows = list(csv.reader(io.StringIO((tmp_path / "a.csv").read_text("utf-8-sig"))))
    assert rows[1][0] == "'=HYPERLINK(1)"
    assert rows[1][4] == "0.10"


def test_a_ledger_goes_into_another_database_with_its_channels_and_activities(fresh: Any, tmp_path: Path) -> None:
    one, other = fresh("placed"), fresh("placed")
    load_ledger(one, REAL)
    with one.session() as connection:
        count = export_ledger(connection, tmp_path / "a.xlsx")
    with pytest.raises(FileRefused):
        load_ledger(other, tmp_path / "a.xlsx")
    assert load_ledger(other, tmp_path / "a.xlsx", Choice(add=True)).new == count
    with other.session() as connection:
        export_ledger(connection, tmp_path / "b.csv")
    with one.session() as connection:
        export_ledger(connection, tmp_path / "a.csv")
    rows = [sorted((tmp_path / name).read_text("utf-8-sig").splitlines()) for name in ("a.csv", "b.csv")]
    assert rows[0] == rows[1]
