"""One table of one file, ready to be read in batches of attributes and WKB."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from geo.errors import FileUnreadable
from geo.text import Text

BATCH = 65_536
"""Most rows of a batch."""

Batch: TypeAlias = tuple[dict[str, pa.Array], pa.Array]
"""Columns by heading, and one WKB or null for each row."""


@dataclass(frozen=True)
class Source:
    """One table of one file.

    ``crs`` is WKT or an authority code, or None where the file states none; ``features`` is -1 where the file cannot
    tell before it is read; ``encoding`` is what text columns are decoded with, ``"mixed"`` where the file holds both
    UTF-8 and GB18030. ``opened`` starts reading anew, in file order. ``notes`` say what was assumed in reading.
    ``rows`` are the :func:`runs` of a table whose records are not simply counted from 1 on, ``placed`` the headings of
    columns that geometries were made of.
    """

    path: Path
    table: str
    crs: str | None
    fields: tuple[str, ...]
    features: int
    encoding: str
    sha256: str
    opened: Callable[[], Iterator[Batch]] = field(repr=False)
    notes: tuple[Text, ...] = ()
    rows: tuple[tuple[int, int], ...] = ()
    placed: tuple[str, ...] = ()
    _begun: list[tuple[Batch, Iterator[Batch]]] = field(default_factory=list, repr=False, compare=False)

    def first(self) -> Batch | None:
        """The first batch, None where there is none; :meth:`batches` goes on from it without reading it again."""
        if not self._begun:
            rest = self.opened()
            batch = next(rest, None)
            if batch is None:
                return None
            self._begun.append((batch, rest))
        return self._begun[0][0]

    def close(self) -> None:
        """Let go of a file whose first batch was looked at and that will not be read."""
        self._begun.clear()

    def numbers(self, before: int, count: int) -> npt.NDArray[np.int64]:
        """The rows of the file, from 1, that hold ``count`` records, ``before`` of which precede them."""
        records = np.arange(before, before + count, dtype=np.int64)
        if not self.rows:
            return records + 1
        starts, firsts = np.array(self.rows, np.int64).T
        run = np.maximum(np.searchsorted(starts, records, "right") - 1, 0)
        return firsts[run] + records - starts[run]

    def batches(self) -> Iterator[tuple[int, dict[str, pa.Array], pa.Array]]:
        """Yield (number of rows before, columns by heading, WKB) in file order, at most ``BATCH`` rows at a time.

        Raises :class:`FileUnreadable` where the file breaks off.
        """
        done = 0
        batch, rest = self._begun.pop() if self._begun else (None, self.opened())
        for columns, wkb in chain([] if batch is None else [batch], rest):
            yield done, columns, wkb
            done += len(wkb)
        if self.features >= 0 and done < self.features:
            reason = Text(zh=f"只读到 {done} 行，应有 {self.features} 行", en=f"{done} of {self.features} rows")
            raise FileUnreadable(file=self.path.name, reason=reason)


def runs(numbers: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Rows of a file that hold records as runs: how many records precede one, and in which row it begins."""
    rows = np.array(numbers, np.int64)
    begins = np.flatnonzero(np.diff(rows, prepend=-1) != 1)
    return tuple((int(begin), int(rows[begin])) for begin in begins)


def pieces(columns: dict[str, pa.Array], wkb: pa.Array) -> Iterator[Batch]:
    """A table that is in memory as a whole, in batches."""
    for start in range(0, len(wkb), BATCH):
        yield {name: column.slice(start, BATCH) for name, column in columns.items()}, wkb.slice(start, BATCH)
