"""Batches of an export to Arrow: a column for each heading, then the geometry as WKB."""

from collections.abc import Iterator

import pyarrow as pa

from geo.export.column import Column
from geo.export.record import Batch

GEOMETRY = "geom"


def schema(columns: tuple[Column, ...]) -> pa.Schema:
    """The columns by heading, and ``geom``."""
    fields = [pa.field(column.heading, column.arrow) for column in columns]
    return pa.schema([*fields, pa.field(GEOMETRY, pa.binary())])


def record_batch(batch: Batch, form: pa.Schema) -> pa.RecordBatch:
    """One batch in the form of :func:`schema`."""
    values = [*batch.cells, batch.wkb]
    arrays = [pa.array(cells, field.type) for cells, field in zip(values, form, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=form)


class Stream:
    """Record batches for a reader that swallows exceptions: ``fault`` keeps the one that broke it off.

    ``written`` counts the rows handed out.
    """

    def __init__(self, batches: Iterator[pa.RecordBatch]) -> None:
        self.batches = batches
        self.written = 0
        self.fault: Exception | None = None

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        try:
            for batch in self.batches:
                self.written += batch.num_rows
                yield batch
        except Exception as error:
            self.fault = error
            raise
