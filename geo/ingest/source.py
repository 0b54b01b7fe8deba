"""One table of one file, ready to be read in batches of attributes and WKB."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
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

    def batches(self) -> Iterator[tuple[int, dict[str, pa.Array], pa.Array]]:
        """Yield (number of rows before, columns by heading, WKB) in file order, at most ``BATCH`` rows at a time.

        Raises :class:`FileUnreadable` where the file breaks off.
        """
        done = 0
        for columns, wkb in self.opened():
            yield done, columns, wkb
            done += len(wkb)
        if self.features >= 0 and done < self.features:
            reason = Text(zh=f"只读到 {done} 行，应有 {self.features} 行", en=f"{done} of {self.features} rows")
            raise FileUnreadable(file=self.path.name, reason=reason)
