"""One table of one file, ready to be read in batches of attributes and WKB."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TypeAlias

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
