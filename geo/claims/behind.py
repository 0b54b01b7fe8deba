"""The records behind one figure: what each counts, and where it can be opened."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any
from urllib.parse import quote, urlencode

from geo.claims.catalogue import known
from geo.claims.metric import Counted, Paid
from geo.claims.records import Recorded, Wanted, counted, paid, recorded
from geo.database import Connection, rows
from geo.errors import NotFound
from geo.layer import Unit
from geo.text import Text

NO_ACTIVITY = Text(zh="未分到项目", en="No activity named")
SHOWN = 2_000


@dataclass(frozen=True, slots=True)
class Behind:
    """One record behind a figure: a feature, or a transaction, budget line or activity of the ledger.

    ``value`` is what it counts, in the base unit, None where it states nothing; ``different`` stands for it where
    different values are counted. ``address`` opens it.
    """

    code: str
    name: Text
    place: Text | None
    day: date | None
    value: Fraction | None
    different: str | None
    address: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A figure of the records with what it is made of; ``unit`` is what values are told in."""

    label: Text
    day: date
    total: Recorded | None
    unit: Unit
    rows: tuple[Behind, ...]


def opened(connection: Connection, wanted: Wanted) -> Opened:
    """The records behind a figure, the first ``SHOWN`` of them; raises :class:`NotFound` where nothing records it."""
    found = known(wanted.name)
    total = recorded(connection, [wanted]).get(wanted)
    if found is None or not isinstance(found.metric.source, Counted | Paid):
        raise NotFound(noun=Text(zh="记录所据的指标", en="metric that is recorded"), key=wanted.name)
    if isinstance(found.metric.source, Counted):
        listed = rows(connection, "claim_feature_rows", wanted=json.dumps(counted([wanted])), limit=SHOWN)
        behind = tuple(_feature(row, wanted.day) for row in listed)
    else:
        listed = rows(connection, "claim_entry_rows", wanted=json.dumps(paid([wanted])), limit=SHOWN)
        behind = tuple(_entry(row) for row in listed)
    return Opened(found.label, wanted.day, total, found.unit, behind)


def _feature(row: Mapping[str, Any], day: date) -> Behind:
    view = urlencode({"layer": row["layer"], "at": day.isoformat(), "feature": str(row["id"])})
    name = row["name"] or row["code"]
    place = Text(zh=row["place_zh"], en=row["place_en"]) if row["place_zh"] else None
    value = None if row["value"] is None else Fraction(row["value"])
    return Behind(row["code"], Text(zh=name, en=name), place, row["day"], value, row["different"], f"/#{view}")


def _entry(row: Mapping[str, Any]) -> Behind:
    transaction = row["noun"] == "transaction"
    address = f"/ledger/{row['number']}" if transaction else f"/ledger/activities/{quote(row['code'] or '')}"
    channel = Text(zh=row["channel_zh"], en=row["channel_en"]) if row["channel_zh"] else None
    name = Text(zh=row["name_zh"], en=row["name_en"]) if row["code"] else NO_ACTIVITY
    if not transaction and not row["code"]:
        address = "/ledger"
    return Behind(row["code"] or "", name, channel, row["day"], Fraction(row["amount"]), None, address)
