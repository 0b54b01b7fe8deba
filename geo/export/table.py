"""One export on its way: the layer, its columns, its system, what is said of it, and its batches."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyproj

from geo.collection import Collection
from geo.errors import ShanheError
from geo.export.about import About
from geo.export.choice import Choice
from geo.export.column import Column
from geo.export.record import Batch
from geo.layer import Layer
from geo.text import Language, Text


class FileUnwritable(ShanheError):
    """A file cannot be written."""

    code = "file_unwritable"
    sentence = Text(zh="无法写入文件 {file}：{reason}", en="Cannot write {file}: {reason}")


@dataclass(frozen=True)
class Table:
    """What a writer gets of a layer or another collection.

    ``drawn`` is False where the layer has features without geometry. ``batches`` can be gone through once; ``note``
    takes what the file could not keep.
    """

    layer: Layer | Collection
    choice: Choice
    columns: tuple[Column, ...]
    system: pyproj.CRS
    about: About
    drawn: bool
    batches: Iterator[Batch] = field(repr=False)
    note: Callable[[Text], None] = field(repr=False)

    @property
    def language(self) -> Language:
        """The language of what stands around the data."""
        return "zh" if self.choice.headings == "zh" else "en"


Writer = Callable[[Table, Path], int]
"""Writes a table to a path where nothing is yet, and returns how many features it held."""
