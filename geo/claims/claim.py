"""A claim: a figure that a document states, as it is written there; read from CSV, stored, and stored again alike."""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, get_args

from geo.claims.qualifier import Qualifier, qualifiers
from geo.claims.span import Span, shown
from geo.claims.unit import PERCENT, quantity, unit_of
from geo.database import Connection, rows, statement, the
from geo.errors import BadValue, FileUnreadable
from geo.layer import Dimension
from geo.text import Text

Kind = Literal["actual", "forecast", "target", "rate"]
KINDS: dict[Kind, Text] = {
    "actual": Text(zh="实际", en="Actual"),
    "forecast": Text(zh="预计", en="Forecast"),
    "target": Text(zh="任务", en="Target"),
    "rate": Text(zh="比率", en="Rate"),
}
COLUMNS = ("id", "section", "system", "metric", "unit", "kind", "value", "as_of", "scope")
NAME = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")
METRIC = re.compile(rf"{NAME.pattern}( / {NAME.pattern}| growth on [0-9]{{4}})?")
LONGEST = 500


@dataclass(frozen=True)
class Claim:
    """A figure of a document.

    ``section`` is where it stands, ``metric`` a name, a quotient ``a / b`` or ``a growth on 2023``, all within
    ``system``. ``value`` keeps its printed decimals. ``year`` is the document's: what is undated is as of its end.
    """

    document: str
    id: str
    section: str
    system: str
    metric: str
    value: Decimal
    unit: str
    kind: Kind
    as_of: date | None = None
    scope: str = ""
    sentence: str = ""
    year: int = 0

    @property
    def day(self) -> date:
        """The day that the figure is reckoned to."""
        return self.as_of or date(self.year, 12, 31)

    @cached_property
    def terms(self) -> tuple[str, ...]:
        """The full names of the metrics in it: one, or numerator and denominator."""
        named = self.metric.partition(" growth on ")[0].split(" / ")
        return tuple(f"{self.system}.{each.strip()}" for each in named)

    @property
    def is_quotient(self) -> bool:
        """Whether it is one metric divided by another."""
        return len(self.terms) == 2

    @property
    def is_growth(self) -> bool:
        """Whether it is the growth of a metric on an earlier year."""
        return " growth on " in self.metric

    @property
    def is_plain(self) -> bool:
        """Whether it is the value of one metric."""
        return not self.is_quotient and not self.is_growth

    @property
    def dimension(self) -> Dimension | Literal[""]:
        """What its unit measures; empty where there is no unit."""
        unit = unit_of(self.unit)
        return unit.dimension if unit else ""

    @property
    def factor(self) -> Any:
        """What turns the stored base unit into the unit of the claim."""
        unit = unit_of(self.unit)
        return unit.factor if unit else PERCENT.factor / 100

    @property
    def is_counted(self) -> bool:
        """Whether it counts things, of which there are no fractions."""
        return self.dimension == "count"

    @cached_property
    def span(self) -> Span:
        """The values it may stand for, in its own unit; a whole count is exact."""
        exact = self.dimension in ("count", "") and self.value == self.value.to_integral_value()
        return Span.exact(int(self.value)) if exact else Span.printed(self.value)

    @property
    def base(self) -> Span:
        """The same in the base unit (m², 元, one)."""
        return self.span * (1 / self.factor)

    @cached_property
    def says(self) -> frozenset[Qualifier]:
        """The qualifiers in its scope."""
        return qualifiers(self.scope)

    @property
    def figure(self) -> Text:
        """Value and unit, with the decimals that are written."""
        return quantity(f"{self.value:,}", self.unit)

    def like(self, value: Fraction, digits: int = 4) -> Text:
        """Another value in the unit of this one, with at most so many decimals."""
        return quantity(shown(value, digits), self.unit)


@dataclass(frozen=True, slots=True)
class Document:
    """A document that states figures; ``year`` is the one it reports on."""

    code: str
    title: str
    year: int
    illustrative: bool = False


def read(path: Path, document: Document) -> list[Claim]:
    """The claims of a CSV with the columns of ``report_2024_claims.csv``; raises :class:`FileUnreadable`."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if not set(COLUMNS) <= set(reader.fieldnames or ()):
                reason = Text(zh=f"缺少列，应有 {'、'.join(COLUMNS)}", en=f"it needs the columns {', '.join(COLUMNS)}")
                raise FileUnreadable(file=path.name, reason=reason)
            return [claim_of(row, document) for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise FileUnreadable(file=path.name, reason=str(error)) from None


def claim_of(row: dict[str, str], document: Document) -> Claim:
    """The claim that texts by column name state; raises :class:`BadValue` with the name of what cannot be used."""
    told = {name: (row.get(name) or "").strip() for name in (*COLUMNS, "sentence")}
    kind = next((kind for kind in get_args(Kind) if kind == told["kind"]), None)
    if kind is None:
        raise _bad("kind", told["kind"], Text(zh="可用 " + "、".join(KINDS), en="use " + ", ".join(KINDS)))
    if not METRIC.fullmatch(told["metric"]) or not NAME.fullmatch(told["system"]):
        reason = Text(zh="应为小写字母、数字和下划线，可写 a / b", en="use small letters, digits and _, or a / b")
        raise _bad("metric", f"{told['system']} {told['metric']}", reason)
    if told["unit"] and unit_of(told["unit"]) is None:
        raise _bad("unit", told["unit"], Text(zh="未知的计量单位", en="no such unit is known"))
    if not told["id"] or any(len(text) > LONGEST for text in told.values()):
        raise _bad("id", told["id"], Text(zh="为空或文字过长", en="it is empty, or a text is too long"))
    return Claim(
        document=document.code, id=told["id"], section=told["section"], system=told["system"], metric=told["metric"],
        value=_number(told["value"]), unit=told["unit"], kind=kind, as_of=_day(told["as_of"]), scope=told["scope"],
        sentence=told["sentence"], year=document.year,
    )  # fmt: skip


def _number(text: str) -> Decimal:
    try:
        value = Decimal(text.replace(",", "").replace("，", ""))
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or value < 0 or abs(value.adjusted()) > 15:
        raise _bad("value", text, Text(zh="应为不小于零的数", en="state a number that is not negative"))
    return value


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise _bad("as_of", text, Text(zh="日期应写作 2024-12-31", en="write the date as 2024-12-31")) from None


def _bad(name: str, value: str, reason: Text) -> BadValue:
    return BadValue(name=name, value=value[:100], reason=reason)


def store(connection: Connection, document: Document, claims: Iterable[Claim], *, by: str) -> int:
    """Keep a document and its claims and return how many were new or changed; the same again changes nothing."""
    known = {"code": document.code, "title": document.title, "year": document.year}
    connection.execute(statement("claim_document"), {**known, "illustrative": document.illustrative})
    changed = 0
    for claim in claims:
        told = {name: getattr(claim, name) for name in ("id", *COLUMNS[1:], "document", "sentence")}
        changed += connection.execute(statement("claim_store"), {**told, "by": by}).rowcount
    return changed


def documents(connection: Connection) -> list[Document]:
    """The documents that state figures, newest first."""
    return [Document(**row) for row in rows(connection, "claim_documents")]


def claims(connection: Connection, document: str | None = None) -> list[Claim]:
    """The claims of a document, or all, in their order."""
    return [Claim(**row) for row in rows(connection, "claim_all", document=document)]


def next_number(connection: Connection, document: str) -> int:
    """A number that no claim of the document has in its id yet."""
    return the(connection, "claim_next_number", int, document=document)
