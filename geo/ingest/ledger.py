"""A ledger in XLSX or CSV to budget lines and transactions: every row checked, all of them entered or none."""

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from psycopg.types.json import Jsonb

from geo import audit, ledger
from geo.database import Connection, Database, the
from geo.errors import FileRefused
from geo.ingest import entry
from geo.ingest.entry import Names
from geo.ingest.problem import Problem, Problems
from geo.ingest.report_ledger import is_report, report_rows
from geo.ingest.sheet import Sheet, read_sheet
from geo.ledger import BudgetLine, Entry

LOCK = 7233603


@dataclass
class Report:
    """What an import of a ledger did, or would have done.

    ``rows`` is all rows of the file: ``new`` + ``changed`` + ``unchanged`` + ``refused``. Only budget lines change.
    """

    file: str
    table: str
    encoding: str
    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    applied: bool = False
    problems: list[Problem] = field(default_factory=list[Problem])
    counts: dict[str, int] = field(default_factory=dict[str, int])

    def report(self) -> dict[str, Any]:
        """The form in which the report is stored and sent."""
        return vars(self) | {"problems": [problem.report() for problem in self.problems]}


@dataclass(frozen=True)
class Choice:
    """What the user chose.

    ``partial`` enters good rows although others are refused; ``dry`` writes nothing; ``add`` adds channels and
    activities that are not known yet; ``year`` is that of a report's ledger, which states none.
    """

    partial: bool = False
    dry: bool = False
    add: bool = False
    year: int | None = None
    by: str = "import"


def load_ledger(database: Database, path: Path, choice: Choice = Choice(), *, name: str = "") -> Report:
    """Import a ledger, all of it in one transaction; importing it again changes nothing.

    ``name`` is what the user calls the file. Raises :class:`FileRefused` with ``report`` among its values where rows
    are refused and ``choice.partial`` is off, and :class:`geo.errors.FileUnreadable`.
    """
    sheet = read_sheet(path)
    called = name or path.name
    with database.session() as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        audit.by(connection, choice.by)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        source = the(
            connection, "ledger_import", int, file=called, sha256=digest, by=choice.by, report=Jsonb({})
        )  # fmt: skip
        audit.by(connection, choice.by, within=source)
        report = enter(connection, sheet, choice, file=called, source=source)
        if choice.dry or (report.refused and not choice.partial):
            connection.rollback()
        else:
            report.applied = True
            the(connection, "ledger_import_finish", int, id=source, report=Jsonb(_stored(report)))
    if report.refused and not choice.partial:
        raise FileRefused(file=called, refused=report.refused, report=report)
    return report


def enter(connection: Connection, sheet: Sheet, choice: Choice, *, file: str, source: int | None = None) -> Report:
    """Check the rows of a sheet and enter the good ones on a connection whose transaction the caller ends."""
    problems = Problems()
    book = _Book(connection, choice.by, source)
    report = Report(file, sheet.table, sheet.encoding, rows=len(sheet.rows))
    names = Names(connection, add=choice.add or is_report(sheet))
    if is_report(sheet):
        lines = report_rows(sheet, names, problems, year=choice.year, file=file)
    else:
        lines = entry.entry_rows(sheet, names, problems)
    for row, entered in lines:
        outcome = book.take(row, entered, problems) if row not in problems.refused else None
        if row not in problems.refused:
            report.new += outcome == "new"
            report.changed += outcome == "changed"
            report.unchanged += outcome == "unchanged"
    report.refused = problems.refused_rows
    report.problems, report.counts = problems.kept, problems.counts
    return report


class _Book:
    """What the ledger holds, so that a row which is there already is not entered again.

    Rows without a voucher are told apart by all their values; as many equal ones as a file has are kept.
    """

    def __init__(self, connection: Connection, by: str, source: int | None) -> None:
        self.connection, self.by, self.source = connection, by, source
        self.there: Counter[tuple[Any, ...]] = Counter()
        self.gone: Counter[tuple[Any, ...]] = Counter()
        self.vouchers: dict[tuple[int, str], str] = {}
        self.budgets: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        self.stated: dict[tuple[Any, ...], int] = {}
        for row in ledger.whole(connection):
            if row["phase"] is not None:
                key = row["fund_source"], row["activity"], row["year"], row["phase"]
                self.budgets[key] = row["amount"], row["document"], row["note"]
                continue
            values = tuple(row[name] for name in _VALUES)
            (self.gone if row["withdrawn"] else self.there)[values] += 1
            if row["voucher"] is not None and not row["withdrawn"]:
                self.vouchers[row["year"], row["voucher"]] = f"{row['value_date']} {row['amount']}"

    def take(self, row: int, entered: list[Entry | BudgetLine], problems: Problems) -> str:
        """Enter what a row states: ``new``, ``changed`` or ``unchanged``."""
        outcomes = {
            self._budget(row, each, problems) if isinstance(each, BudgetLine) else self._entry(row, each, problems)
            for each in entered
        }
        return next((each for each in ("new", "changed") if each in outcomes), "unchanged")

    def _entry(self, row: int, entered: Entry, problems: Problems) -> str:
        values = tuple(getattr(entered, name) for name in _VALUES)
        if self.there[values] > 0:
            self.there[values] -= 1
            return "unchanged"
        if entered.voucher is not None:
            key = entered.value_date.year, entered.voucher
            if key in self.vouchers:
                problems.add(Problem(row, "凭证号", entered.voucher, "duplicate_voucher", self.vouchers[key]))
                return "unchanged"
            self.vouchers[key] = f"{entered.value_date} {entered.amount}"
        if self.gone[values] > 0:
            self.gone[values] -= 1
            problems.add(Problem(row, "金额", str(entered.amount), "withdrawn"))
            return "unchanged"
        ledger.record(self.connection, entered, by=self.by, source=self.source)
        return "new"

    def _budget(self, row: int, line: BudgetLine, problems: Problems) -> str:
        key = line.fund_source, line.activity, line.year, line.phase
        if key in self.stated:
            problems.add(Problem(row, "阶段", line.phase, "duplicate_budget", str(self.stated[key])))
            return "unchanged"
        self.stated[key] = row
        before = self.budgets.get(key)
        if before == (line.amount, line.document, line.note):
            return "unchanged"
        ledger.budget(self.connection, line, by=self.by, source=self.source)
        return "new" if before is None else "changed"


_VALUES = ("fund_source", "activity", "kind", "value_date", "amount", "document", "voucher", "note")


def _stored(report: Report) -> dict[str, Any]:
    """The report as the history keeps it."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: plain(each) for name, each in value.items()}
        if isinstance(value, list):
            return [plain(each) for each in value]
        return str(value) if isinstance(value, (date, Decimal)) else value

    return plain(report.report())
