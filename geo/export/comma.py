"""A table to CSV with BOM, which a spreadsheet opens without asking and without computing what is in it."""

import csv
from pathlib import Path

from geo.export.place import place_cells, place_headings
from geo.export.table import Table
from geo.ingest.sheet import quoted


def write(table: Table, path: Path) -> int:
    """Write the table and return the number of features; coordinates stand in the last columns."""
    written = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*(column.heading for column in table.columns), *place_headings(table)])
        for batch in table.batches:
            for cells, place in zip(batch.rows(), place_cells(table, batch), strict=True):
                writer.writerow([*(spelled(value, table) for value in cells), *place])
            written += len(batch)
    return written


def spelled(value: object, table: Table) -> object:
    """Yes and no in the words of the headings, text that looks like a formula with a quote before it."""
    if isinstance(value, bool):
        zh, en = ("是", "yes") if value else ("否", "no")
        return zh if table.language == "zh" else en
    return quoted(value) if isinstance(value, str) else value
