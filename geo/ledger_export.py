"""The ledger to XLSX or CSV in the shape that its import reads: what comes back has equal values."""

import csv
import io
from pathlib import Path

from geo import audit, ledger
from geo.database import Connection
from geo.errors import BadValue
from geo.ingest.entry import COLUMNS
from geo.ingest.sheet import quoted
from geo.ledger import KINDS, PHASES
from geo.sheet import Cell, Table, workbook
from geo.text import Text

ENDINGS = (".xlsx", ".csv")
HEADINGS = tuple(headings[0] for headings in COLUMNS.values())


def export_ledger(connection: Connection, path: Path) -> int:
    """Write budget lines and transactions, without withdrawn ones, in 元; returns how many there are.

    Raises :class:`BadValue` for an ending other than .xlsx and .csv.
    """
    lines = _lines(connection)
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        reason = Text(zh=f"可用 {'、'.join(ENDINGS)}", en=f"use {', '.join(ENDINGS)}")
        raise BadValue(name="output", value=path.name, reason=reason)
    path.write_bytes(_xlsx(lines) if ending == ".xlsx" else _csv(lines))
    audit.taken(connection, "ledger", format=ending[1:], records=len(lines))
    return len(lines)


def _lines(connection: Connection) -> list[list[Cell]]:
    """The cells of each line in the order of the headings."""
    return [
        [
            row["fund_source_name"],
            row["activity_name"],
            KINDS[row["kind"]].zh if row["kind"] else None,
            row["value_date"],
            row["amount"],
            "元",
            row["document"],
            row["voucher"],
            row["year"],
            PHASES[row["phase"]].zh if row["phase"] else None,
            row["note"],
        ]
        for row in ledger.whole(connection)
        if not row["withdrawn"]
    ]


def _xlsx(lines: list[list[Cell]]) -> bytes:
    headings = [Text(zh=headings[0], en=headings[-1]) for headings in COLUMNS.values()]
    return workbook([Table(Text(zh="台账", en="Ledger"), (), headings, lines)], "zh")


def _csv(lines: list[list[Cell]]) -> bytes:
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(HEADINGS)
    for line in lines:
        writer.writerow([quoted(value) if isinstance(value, str) else value for value in line])
    return written.getvalue().encode("utf-8-sig")
