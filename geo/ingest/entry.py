"""The rows of a ledger of this program's own shape to transactions and budget lines, or to what is wrong with them."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from geo import ledger
from geo.amount import yuan
from geo.database import Connection
from geo.errors import BadValue
from geo.ingest.problem import Problem, Problems
from geo.ingest.sheet import Sheet
from geo.ledger import KINDS, PHASES, BudgetLine, Entry
from geo.text import Text

COLUMNS: dict[str, tuple[str, ...]] = {
    "fund_source": ("渠道", "资金渠道", "channel", "fund_source"),
    "activity": ("项目", "项目名称", "activity"),
    "kind": ("类型", "type", "kind"),
    "value_date": ("日期", "date", "value_date"),
    "amount": ("金额", "amount"),
    "unit": ("单位", "unit"),
    "document": ("文号", "document"),
    "voucher": ("凭证号", "voucher"),
    "year": ("年度", "year"),
    "phase": ("阶段", "phase"),
    "note": ("备注", "note"),
}
"""What a column is for -> its headings; the first is the one that is written."""

_KNOWN = {heading: name for name, headings in COLUMNS.items() for heading in headings}
_KINDS = {each: code for code, text in KINDS.items() for each in (code, text.zh, text.en.casefold())} | {
    "收入": "incoming", "到位": "incoming", "合同": "commitment", "carryover": "carry_over", "carry-over": "carry_over",
}  # fmt: skip
_PHASES = {each: code for code, text in PHASES.items() for each in (code, text.zh, text.en.casefold())} | {
    "年初预算": "initial", "调整预算": "adjusted", "调整": "adjusted", "执行数": "executed",
}  # fmt: skip
_DAY = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?:[ T]00:00:00)?")
_LONGEST = {"document": 100, "voucher": 60, "note": 1000}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Names:
    """Channels and activities by code and by either name; ``add`` adds those that are not known."""

    def __init__(self, connection: Connection, *, add: bool) -> None:
        self.connection, self.add = connection, add
        self.known: dict[str, dict[str, str]] = {"fund_source": {}, "activity": {}}
        for noun, entries in ledger.names(connection).items():
            for each in entries:
                for spelling in (each["name_en"], each["name_zh"], each["code"]):
                    if spelling:
                        self.known[noun][spelling] = each["code"]

    def channel(self, written: str, name: Text | None = None) -> str | None:
        """The code of a channel; ``name`` is how it is called where it is new."""
        known = self.known["fund_source"]
        if written not in known and self.add:
            code = written if name else f"channel_{len(set(known.values())) + 1:02d}"
            ledger.add_channel(self.connection, code, name or Text(zh=written, en=written))
            known |= {written: code, **({name.zh: code} if name else {})}
        return known.get(written)

    def activity(self, written: str, year: int) -> str | None:
        """The code of an activity; a new one begins with the year."""
        known = self.known["activity"]
        if written not in known and self.add:
            taken = set(known.values())
            number = next(each for each in range(1, 10_000) if f"{year}-{each:02d}" not in taken)
            code = f"{year}-{number:02d}"
            known[written] = ledger.add_activity(self.connection, code, written, date(year, 1, 1))
        return known.get(written)


def entry_rows(sheet: Sheet, names: Names, problems: Problems) -> Iterator[tuple[int, list[Entry | BudgetLine]]]:
    """Yield what each row states; nothing of a row that is refused. A row with a phase and no type is a budget line."""
    headings: dict[str, str] = {}
    for heading in sheet.headings:
        name = _KNOWN.get(heading.strip().casefold())
        if name is None:
            problems.add(Problem(0, heading, "", "column_unknown"))
        elif name in headings:
            problems.add(Problem(0, heading, "", "column_repeated", headings[name]))
        else:
            headings[name] = heading
    for number, cells in sheet.rows:
        row = _Row(number, {name: cells.get(heading) for name, heading in headings.items()}, headings, problems)
        stated = row.budget(names) if row.text("phase") and not row.text("kind") else row.entry(names)
        yield number, [] if stated is None else [stated]


class _Row:
    """One row that is being read; what is wrong with it goes to the problems."""

    def __init__(self, number: int, cells: dict[str, Any], headings: dict[str, str], problems: Problems) -> None:
        self.number, self.cells, self.headings, self.problems = number, cells, headings, problems

    def entry(self, names: Names) -> Entry | None:
        """The transaction it states."""
        kind = self._listed("kind", _KINDS, KINDS)
        day = self._day()
        year = self._year()
        if day is not None and year is not None and day.year != year:
            self._problem("value_date", "date_outside_year", str(year))
        amount = self._amount(least=Decimal("0.01"))
        channel = self._channel(names)
        activity = self._activity(names, day.year if day else None)
        document, voucher, note = (self.text(name) for name in ("document", "voucher", "note"))
        if kind is None or day is None or amount is None or channel is None or self.number in self.problems.refused:
            return None
        return Entry(channel, activity, kind, day, amount, document, voucher, note)

    def budget(self, names: Names) -> BudgetLine | None:
        """The budget line it states."""
        phase = self._listed("phase", _PHASES, PHASES)
        year = self._year()
        if year is None and self.text("year") is None:
            self._problem("year", "required")
        amount = self._amount(least=Decimal(0))
        channel = self._channel(names)
        activity = self._activity(names, year)
        document, note = self.text("document"), self.text("note")
        if phase is None or year is None or amount is None or channel is None or self.number in self.problems.refused:
            return None
        return BudgetLine(channel, activity, year, phase, amount, document, note)

    def text(self, name: str) -> str | None:
        """A cell as text; None where it is empty."""
        value = self.cells.get(name)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        written = "" if value is None else str(value).replace("\r\n", "\n").replace("\r", "\n").strip()
        if _CONTROL.search(written) or len(written) > _LONGEST.get(name, 1000):
            self._problem(name, "value", "文字过长或含控制字符 / too long, or with control characters")
            return None
        return written or None

    def _channel(self, names: Names) -> str | None:
        written = self.text("fund_source")
        if written is None:
            self._problem("fund_source", "required")
            return None
        found = names.channel(written)
        if found is None:
            self._problem("fund_source", "unknown_channel")
        return found

    def _activity(self, names: Names, year: int | None) -> str | None:
        written = self.text("activity")
        if written is None or year is None:
            return None
        found = names.activity(written, year)
        if found is None:
            self._problem("activity", "unknown_activity")
        return found

    def _listed(self, name: str, spelled: dict[str, Any], allowed: dict[Any, Text]) -> Any:
        written = self.text(name)
        if written is None:
            self._problem(name, "required")
            return None
        if written.casefold() not in spelled:
            zh, en = (" ".join(text.in_(language) for text in allowed.values()) for language in _LANGUAGES)
            self._problem(name, "unknown_kind", f"{zh} / {en}")
            return None
        return spelled[written.casefold()]

    def _day(self) -> date | None:
        value = self.cells.get("value_date")
        if value is None or not str(value).strip():
            self._problem("value_date", "required")
            return None
        try:
            day = read_day(value)
        except ValueError:
            self._problem("value_date", "value", "不是日期 / not a date")
            return None
        return day

    def _year(self) -> int | None:
        written = self.text("year")
        if written is None:
            return None
        if not re.fullmatch(r"\d{4}", written.removesuffix("年")) or not 1950 <= int(written[:4]) <= 2199:
            self._problem("year", "value", "不是年度 / not a year")
            return None
        return int(written[:4])

    def _amount(self, *, least: Decimal) -> Decimal | None:
        value = self.cells.get("amount")
        if value is None or not str(value).strip():
            self._problem("amount", "required")
            return None
        try:
            amount = yuan(value, self.text("unit") or "元")
        except BadValue as error:
            reason = error.values["reason"]
            said = f"{reason.zh} / {reason.en}" if isinstance(reason, Text) else str(reason)
            self._problem(str(error.values["name"]), "value", said)
            return None
        if amount < least:
            self._problem("amount", "value", "应大于零 / it must be more than zero")
            return None
        return amount

    def _problem(self, name: str, code: str, reason: str = "") -> None:
        value = self.cells.get(name)
        heading = self.headings.get(name, COLUMNS[name][0])
        self.problems.add(Problem(self.number, heading, "" if value is None else str(value)[:80], code, reason))


_LANGUAGES: tuple[Literal["zh", "en"], ...] = ("zh", "en")


def read_day(value: object) -> date:
    """A date cell or a written date as 2024-12-31, 2024/12/31, 20241231, 2024年12月31日; raises ValueError."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    found = _DAY.fullmatch(str(value).strip())
    if found is None:
        raise ValueError(value)
    day = date(*(int(part) for part in found.groups()))
    if not 1950 <= day.year <= 2199:
        raise ValueError(value)
    return day
