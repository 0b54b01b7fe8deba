"""The money: activities with their channels, budgets and transactions; and the ledger of a year's report taken in."""

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

from geo.database import Connection, statement, the

WAN = Decimal(10_000)


def activities(connection: Connection) -> str:
    """``{"activities", "fund_sources", "whole_channels"}``; amounts are 元 with two decimals."""
    return the(connection, "ledger_activities", str)


def load(connection: Connection, path: Path, *, year: int) -> int:
    """Take in a ledger as ``report_2024_ledger.csv`` has it, in 万元; loading it again changes nothing.

    A row ``channel`` states what a whole channel paid and carried over, a row ``activity`` what the channel is for. An
    activity that two channels pay is one activity. Returns how many activities there are.
    """
    first, last = date(year, 1, 1), date(year, 12, 31)
    codes: dict[str, str] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            channel = row["fund_source"]
            document = _document(connection, row["document"])
            activity = None
            if row["row"] == "channel":
                name_en = channel.replace("_", " ").capitalize()
                connection.execute(
                    statement("ledger_fund_source"),
                    {"code": channel, "name_zh": row["fund_source_zh"], "name_en": name_en},
                )
            else:
                name = row["activity_zh"]
                known = {"code": f"{year}-{len(codes) + 1:02d}", "name_zh": name, "starts_on": first}
                activity = codes.get(name) or the(connection, "ledger_activity", str, **known)
                codes[name] = activity
                connection.execute(
                    statement("ledger_channel"), {"activity": activity, "fund_source": channel, "document": document}
                )
            common = {"activity": activity, "fund_source": channel}
            if (paid := _yuan(row["paid_wan"])) is not None:
                connection.execute(
                    statement("ledger_budget"), {**common, "year": year, "phase": "executed", "amount": paid}
                )
            for kind, amount in (("expenditure", paid), ("carry_over", _yuan(row["carried_over_wan"]))):
                if amount is not None:
                    connection.execute(
                        statement("ledger_transaction"),
                        {**common, "kind": kind, "value_date": last, "amount": amount, "document": document},
                    )
    return len(codes)


def _yuan(wan: str) -> Decimal | None:
    """元 of an amount in 万元; None where none is stated."""
    return (Decimal(wan) * WAN).quantize(Decimal("0.01")) if wan.strip() else None


def _document(connection: Connection, number: str) -> int | None:
    return the(connection, "ledger_document", int, number=number) if number.strip() else None
