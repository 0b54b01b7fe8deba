"""The money as it is booked: activities, channels, budget lines, and transactions that are corrected, never erased."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

import psycopg

from geo.database import Connection, one, rows, statement, the
from geo.errors import NotFound, ShanheError
from geo.text import Text

Kind = Literal["incoming", "commitment", "disbursement", "expenditure", "carry_over"]
Phase = Literal["initial", "adjusted", "executed"]

KINDS: dict[Kind, Text] = {
    "incoming": Text(zh="下达", en="Incoming"),
    "commitment": Text(zh="承诺", en="Commitment"),
    "disbursement": Text(zh="拨付", en="Disbursement"),
    "expenditure": Text(zh="支出", en="Expenditure"),
    "carry_over": Text(zh="结转", en="Carry-over"),
}
"""The transaction types of IATI; what was spent is disbursement and expenditure."""

PHASES: dict[Phase, Text] = {
    "initial": Text(zh="年初", en="Initial"),
    "adjusted": Text(zh="调整后", en="Adjusted"),
    "executed": Text(zh="执行", en="Executed"),
}

BARRED: dict[str, Text] = {
    "allocation_within_transaction": Text(
        zh="已分摊到要素的金额会超过这笔收支", en="more would be allocated to features than the transaction has"
    ),
    "allocation_of_spending": Text(
        zh="只有项目的拨付和支出可以分摊", en="only disbursements and expenditure of an activity are allocated"
    ),
    "transaction_voucher_once": Text(zh="凭证号在该年度已有", en="the voucher number is already used in that year"),
    "transaction_amount_sane": Text(zh="金额应大于零", en="the amount must be more than zero"),
    "transaction_date_sane": Text(zh="日期不可用", en="the date cannot be used"),
    "transaction_kept": Text(zh="收支只能更正或撤销一次", en="a transaction that was withdrawn stays as it is"),
    "transaction_activity_known": Text(zh="未知的项目", en="unknown activity"),
    "transaction_fund_source_known": Text(zh="未知的资金渠道", en="unknown funding channel"),
    "activity_fund_source_activity_known": Text(zh="未知的项目", en="unknown activity"),
    "activity_fund_source_source_known": Text(zh="未知的资金渠道", en="unknown funding channel"),
    "activity_name_once": Text(zh="已有同名项目", en="another activity has this name"),
    "link_rule_org_unit_known": Text(zh="未知的行政区", en="unknown unit"),
}


class EntryRefused(ShanheError):
    """The ledger does not take what was entered."""

    code = "entry_refused"
    sentence = Text(zh="不能入账：{reason}", en="This cannot be entered: {reason}")


class ChangedMeanwhile(ShanheError):
    """Somebody else has changed a record since it was read."""

    code = "changed_meanwhile"
    sentence = Text(
        zh="这条记录刚被别人改过，请刷新后再改", en="Somebody else has just changed this record: load it anew first"
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """A transaction as it is entered; ``activity`` None where the books name the channel only, amounts in 元."""

    fund_source: str
    activity: str | None
    kind: Kind
    value_date: date
    amount: Decimal
    document: str | None = None
    voucher: str | None = None
    note: str | None = None
    illustrative: bool = False


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """A year's budget in one of its phases, of an activity or, where the books name none, of a channel, in 元."""

    fund_source: str
    activity: str | None
    year: int
    phase: Phase
    amount: Decimal
    document: str | None = None
    note: str | None = None
    illustrative: bool = False


@contextmanager
def refusing() -> Generator[None]:
    """Turn what the database refuses into a sentence; raises :class:`EntryRefused`."""
    try:
        yield
    except psycopg.IntegrityError as error:
        reason = BARRED.get(error.diag.constraint_name or "")
        if reason is None:
            raise
        raise EntryRefused(reason=reason) from None


def activities(connection: Connection) -> str:
    """``{"activities", "fund_sources", "whole_channels"}``; amounts are 元 with two decimals."""
    return the(connection, "ledger_activities", str)


def record(connection: Connection, entry: Entry, *, by: str, source: int | None = None) -> int:
    """Enter a transaction and return its number; raises :class:`EntryRefused`."""
    with refusing():
        return the(connection, "ledger_transaction", int, **_written(connection, entry), source=source, by=by)


def correct(
    connection: Connection, transaction: int, entry: Entry, *, by: str, reason: str, version: int | None = None
) -> None:
    """Put a transaction right; what it was, who changed it and why is kept. Its allocations stay as they are.

    ``version`` is that which whoever corrects it saw. Raises :class:`NotFound`, :class:`ChangedMeanwhile` where it is
    another one now, and :class:`EntryRefused` where less would be left than is allocated.
    """
    with refusing():
        changed = {**_written(connection, entry), "id": transaction, "by": by, "reason": reason, "version": version}
        if one(connection, "ledger_correct", int, **changed) is not None:
            return
    _hold(connection, transaction)
    raise ChangedMeanwhile


def withdraw(connection: Connection, transaction: int, *, by: str, reason: str) -> None:
    """Withdraw a transaction that should not have been entered, with its allocations; raises :class:`NotFound`."""
    _hold(connection, transaction)
    connection.execute(statement("ledger_unspread"), {"id": transaction})
    connection.execute(statement("ledger_withdraw"), {"id": transaction, "by": by, "reason": reason})


def _hold(connection: Connection, transaction: int) -> None:
    """Lock a transaction by a statement of its own: the next one then sees what others have allocated meanwhile."""
    if one(connection, "ledger_hold", bool, id=transaction) is None:
        raise NotFound(noun=Text(zh="收支", en="transaction"), key=transaction)


def budget(connection: Connection, line: BudgetLine, *, by: str, source: int | None = None) -> None:
    """State a budget line in place of the one for the same year, phase, channel and activity, which is kept."""
    with refusing():
        written = {**asdict(line), "document": _document(connection, line), "source": source, "by": by}
        connection.execute(statement("ledger_budget"), written)


def add_channel(connection: Connection, code: str, name: Text) -> None:
    """Add a funding channel, or name it anew."""
    connection.execute(statement("ledger_fund_source"), {"code": code, "name_zh": name.zh, "name_en": name.en})


def state_activity(
    connection: Connection, code: str, name: Text, *, starts_on: date | None = None, due_on: date | None = None
) -> None:
    """Add an activity or state it anew; raises :class:`EntryRefused` where another one has its Chinese name."""
    with refusing():
        stated = {
            "code": code,
            "name_zh": name.zh,
            "name_en": name.en or None,
            "starts_on": starts_on,
            "due_on": due_on,
        }
        connection.execute(statement("ledger_activity_state"), stated)


def add_activity(connection: Connection, code: str, name: str, starts_on: date) -> str:
    """Add an activity and return its code; one of the same name is the same activity and keeps its own."""
    return the(connection, "ledger_activity", str, code=code, name_zh=name, starts_on=starts_on)


def pays(connection: Connection, fund_source: str, activity: str, document: str | None = None) -> int | None:
    """State that a channel pays for an activity, by a document; returns the number under which that is kept."""
    number = _number(connection, document)
    written = {"activity": activity, "fund_source": fund_source, "document": number}
    connection.execute(statement("ledger_channel"), written)
    return number


def whole(connection: Connection) -> list[dict[str, Any]]:
    """All budget lines and transactions, withdrawn ones marked, in the order of the export."""
    return rows(connection, "ledger_all")


def names(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """``fund_source`` and ``activity`` -> code, name_zh, name_en of each."""
    found: dict[str, list[dict[str, Any]]] = {"fund_source": [], "activity": []}
    for row in rows(connection, "ledger_names"):
        found[row["noun"]].append(row)
    return found


def _written(connection: Connection, entry: Entry) -> dict[str, Any]:
    """An entry as its statements take it."""
    values = asdict(entry)
    return {"type": values.pop("kind"), **values, "document": _document(connection, entry)}


def _document(connection: Connection, line: Entry | BudgetLine) -> int | None:
    """The document a line names; an activity is from then on paid by the line's channel."""
    if line.activity is not None:
        return pays(connection, line.fund_source, line.activity, line.document)
    return _number(connection, line.document)


def _number(connection: Connection, document: str | None) -> int | None:
    return one(connection, "ledger_document", int, number=document) if document else None
