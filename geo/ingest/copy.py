"""Columns to the bytes of PostgreSQL's binary COPY, a whole batch at once.

Format: https://www.postgresql.org/docs/15/sql-copy.html (file formats, binary format).

A column is one of two things. A *fixed* one is a structured numpy array whose every item is a field as it is sent, its
length first. A *ragged* one is a list with the bytes of each field, None for NULL. Neighbouring fixed columns are sent
as one piece of each row, which is what makes this fast.
"""

import struct
from collections.abc import Sequence
from typing import TypeAlias, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack("!ii", 0, 0)
TRAILER = b"\xff\xff"
_EPOCH = int(np.datetime64("2000-01-01", "D").astype(np.int64))

Ragged: TypeAlias = list[bytes | None]
Fixed: TypeAlias = npt.NDArray[np.void]
Column: TypeAlias = Ragged | Fixed


def text(values: pa.Array) -> Ragged:
    """A string or binary column as ``text`` or ``bytea``."""
    return values.cast(pa.binary()).to_pylist()


def jsonb(values: pa.Array) -> Ragged:
    """A string column that holds JSON, without nulls, as ``jsonb``: version 1 and the text."""
    return [b"\x01" + value for value in values.cast(pa.binary()).to_pylist()]


def constant(value: bytes | None, count: int) -> Fixed:
    """The same field in every row, None for NULL."""
    return _null(count) if value is None else _fixed(np.full(count, np.void(value)))


def uuids(values: npt.NDArray[np.void]) -> Fixed:
    """Sixteen bytes a row as ``uuid``."""
    return _fixed(values)


def integer(values: npt.NDArray[np.integer]) -> Fixed:
    """Whole numbers as ``integer``."""
    return _fixed(values.astype(">i4"))


def date(values: pa.Array) -> Column:
    """A date32 column as ``date``: days since 2000-01-01."""
    days = values.cast(pa.int32()).fill_null(_EPOCH).to_numpy(zero_copy_only=False).astype(np.int64) - _EPOCH
    return _nullable(days.astype(">i4"), np.asarray(values.is_null()))


def cents(values: npt.NDArray[np.float64]) -> Column:
    """Non-negative numbers below 10**15 as ``numeric`` with two decimals; NaN is NULL.

    A numeric is sent as base-10000 digits; leading zero digits are allowed, so every value has the same width.
    """
    null = np.isnan(values)
    whole = np.rint(np.where(null, 0, values) * 100).astype(np.int64)
    record = np.empty(len(whole), [("head", ">i2", (4,)), ("digits", ">i2", (5,))])
    record["head"] = (5, 3, 0, 2)
    units, fraction = np.divmod(whole, 100)
    for place in range(3, -1, -1):
        units, digit = np.divmod(units, 10_000)
        record["digits"][:, place] = digit
    record["digits"][:, 4] = fraction * 100
    return _nullable(record, null)


def rows(columns: Sequence[Column]) -> bytes:
    """The rows of a batch: for each the number of fields, then length and bytes of every field."""
    count = len(columns[0])
    pieces: list[list[bytes]] = []
    waiting: list[npt.NDArray[np.generic]] = [np.full(count, len(columns), ">i2")]
    for column in columns:
        if isinstance(column, list):
            fields, lengths = _ragged(column)
            pieces += [_joined([*waiting, lengths]), fields]
            waiting = []
        else:
            waiting.append(column)
    if waiting:
        pieces.append(_joined(waiting))
    parts = [b""] * (count * len(pieces))
    for place, piece in enumerate(pieces):
        parts[place :: len(pieces)] = piece
    return b"".join(parts)


def _ragged(column: Ragged) -> tuple[list[bytes], npt.NDArray[np.generic]]:
    """The fields and their lengths, -1 for NULL."""
    if None in column:
        lengths = np.fromiter((-1 if field is None else len(field) for field in column), ">i4", len(column))
        return [field or b"" for field in column], lengths
    fields = cast("list[bytes]", column)
    return fields, np.fromiter(map(len, fields), ">i4", len(fields))


def _joined(columns: list[npt.NDArray[np.generic]]) -> list[bytes]:
    """Fixed-width columns side by side, as the bytes of each row."""
    record = np.empty(len(columns[0]), [(f"f{place}", column.dtype) for place, column in enumerate(columns)])
    for place, column in enumerate(columns):
        record[f"f{place}"] = column
    return record.view(f"V{record.dtype.itemsize}").tolist()


def _fixed(values: npt.NDArray[np.generic]) -> Fixed:
    record = np.empty(len(values), [("length", ">i4"), ("value", values.dtype)])
    record["length"] = values.dtype.itemsize
    record["value"] = values
    return record


def _null(count: int) -> Fixed:
    return np.full(count, -1, ">i4").view([("length", ">i4")])


def _nullable(values: npt.NDArray[np.generic], null: npt.NDArray[np.bool_]) -> Column:
    """Fixed where every row or none has a value, ragged otherwise."""
    if not null.any():
        return _fixed(values)
    if null.all():
        return _null(len(values))
    fields: Ragged = np.ascontiguousarray(values).view(f"V{values.dtype.itemsize}").tolist()
    for row in np.flatnonzero(null):
        fields[row] = None
    return fields
