"""Columns to the bytes of PostgreSQL's binary COPY, a whole batch at once.

Format: https://www.postgresql.org/docs/15/sql-copy.html (file formats, binary format).

A column is one of two things. A *fixed* one is a structured numpy array whose every item is a field as it is sent, its
length first. A *ragged* one is a binary Arrow array with the bytes of each field. Neighbouring fixed columns are sent
as one piece of each row, and Arrow joins the pieces: no field becomes an object of Python's.
"""

# The functions of pyarrow.compute are made when it is imported.
# pyright: reportAttributeAccessIssue=false

import struct
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack("!ii", 0, 0)
TRAILER = b"\xff\xff"
_EPOCH = int(np.datetime64("2000-01-01", "D").astype(np.int64))

Fixed: TypeAlias = npt.NDArray[np.void]
Column: TypeAlias = pa.Array | Fixed


def raw(values: pa.Array) -> Column:
    """A string or binary column as ``text``, ``bytea`` or ``geometry``."""
    return values.cast(pa.binary())


def jsonb(values: pa.Array) -> Column:
    """A string column that holds JSON, without nulls, as ``jsonb``: version 1 and the text."""
    return pc.binary_join_element_wise(b"\x01", values.cast(pa.binary()), b"")


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


def rows(columns: Sequence[Column]) -> memoryview:
    """The rows without header and trailer: each the number of fields, then length and bytes of every field."""
    waiting: list[npt.NDArray[np.generic]] = [np.full(len(columns[0]), len(columns), ">i2")]
    pieces: list[pa.Array] = []
    for column in columns:
        if isinstance(column, pa.Array):
            lengths = pc.fill_null(pc.binary_length(column), -1).to_numpy().astype(">i4")
            pieces += [_binary(_joined([*waiting, lengths])), pc.fill_null(column, b"")]
            waiting = []
        else:
            waiting.append(column)
    if waiting:
        pieces.append(_binary(_joined(waiting)))
    joined = pc.binary_join_element_wise(*pieces, b"")
    _, ends, written = joined.buffers()
    return memoryview(written)[: np.frombuffer(ends, np.int32)[len(joined)]]


def _joined(columns: list[npt.NDArray[np.generic]]) -> npt.NDArray[np.void]:
    """Fixed-width columns side by side."""
    record = np.empty(len(columns[0]), [(f"f{place}", column.dtype) for place, column in enumerate(columns)])
    for place, column in enumerate(columns):
        record[f"f{place}"] = column
    return record


def _binary(values: npt.NDArray[np.generic]) -> pa.Array:
    """The bytes of each item."""
    ends = np.arange(len(values) + 1, dtype=np.int32) * np.int32(values.dtype.itemsize)
    return pa.Array.from_buffers(pa.binary(), len(values), [None, pa.py_buffer(ends), pa.py_buffer(values)])


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
    return pc.if_else(pa.array(null), None, _binary(np.ascontiguousarray(values)))
