"""Where money and work are apart, overdue or at a standstill: facts of activities and townships held against rules."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from geo.database import Connection, rows
from geo.settings import settings
from geo.text import Text

Kind = Literal["money_ahead", "work_ahead", "overdue", "stale"]

_OF: dict[str, Text] = {
    "adjusted": Text(zh="调整后预算", en="adjusted budget"),
    "allotted": Text(zh="下达资金", en="money allotted"),
    "initial": Text(zh="年初预算", en="initial budget"),
}
_AHEAD: dict[Kind, Text] = {
    "money_ahead": Text(
        zh="资金快于实物：已支出{of}的 {financial}，实物完成 {physical}，相差超过 {limit}",
        en="Money is ahead of work: {financial} of the {of} is spent and {physical} of the work is done,"
        " more than {limit} apart",
    ),
    "work_ahead": Text(
        zh="实物快于资金：实物完成 {physical}，已支出{of}的 {financial}，相差超过 {limit}",
        en="Work is ahead of money: {physical} of the work is done and {financial} of the {of} is spent,"
        " more than {limit} apart",
    ),
}
_OVERDUE = Text(
    zh="逾期：{features} 个要素中有 {overdue} 个超过计划完成日期，最早逾期 {days} 天",
    en="Overdue: {overdue} of {features} features are past their due date, the first of them by {days} days",
)
_LATE = Text(
    zh="逾期：项目计划完成日期已过 {days} 天，实物完成 {physical}",
    en="Overdue: the activity was due {days} days ago and {physical} of the work is done",
)
_STALE = Text(
    zh="停滞：已有 {days} 天没有支付和进度（超过 {limit} 天），实物完成 {physical}",
    en="At a standstill: no payment and no milestone for {days} days (more than {limit}),"
    " {physical} of the work is done",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that one activity breaks, as a whole or (``org_unit``) in a township; shares are of one.

    ``financial`` is what was spent over the adjusted budget; over the money allotted, else the initial budget, where
    no adjusted one is stated; None where none is. In a township it is what reached its features over its part of that
    money by the measure of the work.
    """

    kind: Kind
    activity: str
    name: Text
    org_unit: str | None
    physical: float
    financial: float | None
    days: int | None
    sentence: Text

    def told(self) -> dict[str, Any]:
        """The form in which it is sent."""
        return {
            "kind": self.kind,
            "activity": self.activity,
            "name": self.name.both(),
            "org_unit": self.org_unit,
            "physical": self.physical,
            "financial": self.financial,
            "days": self.days,
            "sentence": self.sentence.both(),
        }


def findings(
    connection: Connection,
    *,
    as_of: date,
    activity: str | None = None,
    fund_source: str | None = None,
    org_unit: str | None = None,
) -> list[Finding]:
    """What the rules find on a day, activity by activity, the activity as a whole before its townships.

    The thresholds are the settings ``ahead`` and ``stale_days``. ``org_unit`` is a township, ``""`` for what lies in
    none, or the county for everything.
    """
    facts = rows(
        connection, "divergence_facts", as_of=as_of, activity=activity, fund_source=fund_source, org_unit=org_unit
    )  # fmt: skip
    return [finding for fact in facts for finding in _judge(fact, as_of)]


def _judge(fact: dict[str, Any], as_of: date) -> list[Finding]:
    found = [_ahead(fact), _overdue(fact, as_of), _stale(fact, as_of)]
    return [finding for finding in found if finding is not None]


def _ahead(fact: dict[str, Any]) -> Finding | None:
    """Whether money and work are further apart than the setting ``ahead``."""
    financial = _financial(fact)
    if financial is None:
        return None
    apart = financial - fact["physical"]
    limit = Decimal(str(settings().ahead))
    if abs(apart) <= limit:
        return None
    kind: Kind = "money_ahead" if apart > 0 else "work_ahead"
    sentence = _AHEAD[kind].format(
        of=_OF[fact["available_kind"]],
        financial=_percent(financial),
        physical=_percent(fact["physical"]),
        limit=_percent(limit),
    )
    return _finding(kind, fact, None, sentence)


def _overdue(fact: dict[str, Any], as_of: date) -> Finding | None:
    """Whether features, or the activity as a whole, are past the day on which they were due."""
    if fact["physical"] >= 1:
        return None
    if fact["overdue"]:
        days = (as_of - fact["due_on"]).days
        sentence = _OVERDUE.format(features=fact["features"], overdue=fact["overdue"], days=days)
        return _finding("overdue", fact, days, sentence)
    due_on = fact["activity_due_on"]
    if fact["org_unit"] != "*" or due_on is None or due_on >= as_of:
        return None
    days = (as_of - due_on).days
    return _finding("overdue", fact, days, _LATE.format(days=days, physical=_percent(fact["physical"])))


def _stale(fact: dict[str, Any], as_of: date) -> Finding | None:
    """Whether nothing was paid and nothing reached for longer than the setting ``stale_days``."""
    if fact["physical"] >= 1 or fact["moved_on"] is None:
        return None
    days, limit = (as_of - fact["moved_on"]).days, settings().stale_days
    if days <= limit:
        return None
    sentence = _STALE.format(days=days, limit=limit, physical=_percent(fact["physical"]))
    return _finding("stale", fact, days, sentence)


def _financial(fact: dict[str, Any]) -> Decimal | None:
    part = Decimal(1) if fact["org_unit"] == "*" else fact["part"]
    if not fact["available"] or not part:
        return None
    return fact["spent"] / (fact["available"] * part)


def _finding(kind: Kind, fact: dict[str, Any], days: int | None, sentence: Text) -> Finding:
    financial = _financial(fact)
    return Finding(
        kind=kind,
        activity=fact["activity"],
        name=Text(zh=fact["name_zh"], en=fact["name_en"]),
        org_unit=None if fact["org_unit"] == "*" else fact["org_unit"],
        physical=round(float(fact["physical"]), 6),
        financial=None if financial is None else round(float(financial), 6),
        days=days,
        sentence=sentence,
    )


def _percent(share: Decimal) -> str:
    return f"{share:.1%}"
