"""The ledger as it is read: a page of transactions, one with its history, one activity with its features; as JSON."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from geo.database import Connection, one, the
from geo.errors import NotFound
from geo.ledger import Kind
from geo.text import Text


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which transactions are asked for.

    ``unallocated`` leaves only spending that has not wholly reached features; ``org_unit`` what reached some of a unit,
    ``""`` of none.
    """

    as_of: date
    year: int | None = None
    fund_source: str | None = None
    activity: str | None = None
    kind: Kind | None = None
    unallocated: bool = False
    org_unit: str | None = None


def page(connection: Connection, wanted: Wanted, *, limit: int, before: int | None = None) -> str:
    """``{"as_of", "matched", "spent", "unallocated", "placed", "transactions", "more"}``, newest first; amounts are 元.

    ``placed`` is what of them reached the unit asked for, else null.

    ``before`` is the number of the last transaction of the page before.
    """
    asked = asdict(wanted)
    asked["type"] = asked.pop("kind")
    return the(connection, "ledger_page", str, **asked, limit=limit, before=before)


def transaction(connection: Connection, number: int) -> str:
    """One transaction with earlier states and allocations, withdrawn or not; raises :class:`NotFound`."""
    return _found(one(connection, "ledger_one", str, id=number), Text(zh="收支", en="transaction"), number)


def activity(connection: Connection, code: str) -> str:
    """One activity with budget lines, link rules and features; raises :class:`NotFound`."""
    return _found(one(connection, "ledger_activity_one", str, activity=code), Text(zh="项目", en="activity"), code)


def _found(text: str | None, noun: Text, key: Any) -> str:
    if text is None:
        raise NotFound(noun=noun, key=key)
    return text
