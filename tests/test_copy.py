"""Columns as PostgreSQL's binary COPY takes them."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import numpy as np
import pyarrow as pa

from geo.database import Database
from geo.ingest import copy

WORDS = ["", None, "耕地", "a\\b\t\n", "x" * 70_000]
DAYS = [date(1999, 12, 31), None, date(2000, 1, 1), date(9999, 12, 31), None]
SIZES = [0.0, np.nan, 0.005, 1234.5, 12_345_678_901_234.25]


def test_every_kind_of_column_arrives_as_it_was(placed: Database) -> None:
    ids = np.arange(5 * 16, dtype=np.uint8).view("V16")
    columns = [
        copy.constant(b"layer", 5),
        copy.raw(pa.array(WORDS)),
        copy.uuids(ids),
        copy.date(pa.array(DAYS, pa.date32())),
        copy.raw(pa.array([None] * 5, pa.string())),
        copy.cents(np.array(SIZES)),
        copy.cents(np.full(5, np.nan)),
        copy.integer(np.arange(5)),
        copy.jsonb(pa.array(['{"a":1}', "{}", '["山"]', "null", "1"])),
        copy.constant(None, 5),
    ]
    with placed.session() as connection:
        connection.execute(
            "CREATE TEMPORARY TABLE arrived (layer text, word text, id uuid, day date, nothing text,"
            " size numeric(16, 2), none numeric(16, 2), place integer, value jsonb, void text)"
        )
        with connection.cursor().copy("COPY arrived FROM STDIN (FORMAT binary)") as stream:
            stream.write(copy.HEADER)
            stream.write(copy.rows(columns))
            stream.write(copy.rows([column[:0] for column in columns]))
            stream.write(copy.TRAILER)
        arrived = connection.execute("SELECT * FROM arrived ORDER BY place").fetchall()
    sizes = [Decimal("0.00"), None, Decimal("0.00"), Decimal("1234.50"), Decimal("12345678901234.25")]
    values = [{"a": 1}, {}, ["山"], None, 1]
    assert arrived == [
        ("layer", word, UUID(bytes=ids[place].tobytes()), day, None, size, None, place, value, None)
        for place, (word, day, size, value) in enumerate(zip(WORDS, DAYS, sizes, values, strict=True))
    ]
