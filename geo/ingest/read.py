"""A survey file on disk to Arrow batches of attributes and WKB, opened in a child process only."""

import hashlib
import os
import stat
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path

from geo.errors import FileUnreadable
from geo.ingest import archive
from geo.ingest import format as formats
from geo.ingest.child import Child, Head, discard
from geo.ingest.sandbox import Request
from geo.ingest.source import Batch, Source
from geo.settings import settings
from geo.text import Text

_State = tuple[tuple[int, ...], ...]


def tables(path: Path) -> list[str]:
    """The tables that a file holds; raises :class:`FileUnreadable`."""
    opening = _Opening(path, None, None)
    try:
        return opening.tables()
    finally:
        opening.close()


def read(path: Path, table: str | None = None, encoding: str | None = None) -> Source:
    """Open one table of a file: see :data:`geo.ingest.format.FORMATS` and :data:`geo.ingest.format.READERS`.

    ``table`` may be left out where there is only one; ``encoding`` stands for what the text itself says. Raises
    :class:`FileUnreadable`, also later from the batches where the file is damaged, or changed since.
    """
    opening = _Opening(path, table, encoding)
    sha256, head = opening.start()
    return Source(
        path=path,
        table=head.table,
        crs=head.crs,
        fields=tuple(head.fields),
        features=head.features,
        encoding=head.encoding,
        sha256=sha256,
        opened=opening.batches,
        notes=tuple(note.text() for note in head.notes),
        placed=tuple(head.placed),
        rows=tuple((before, row) for before, row in head.rows),
    )


class _Opening:
    """One file and the children that read it, in a folder that lasts as long as somebody may read."""

    def __init__(self, path: Path, table: str | None, encoding: str | None) -> None:
        self._path, self._table, self._encoding = path, table, encoding
        self._files = _files(path)
        self._state = _state(self._files)
        self._folder = tempfile.mkdtemp(prefix="shanhe-read-")
        self._children: list[Child] = []
        self._waiting: Child | None = None
        self.close = weakref.finalize(self, discard, self._children, self._folder)

    def tables(self) -> list[str]:
        return self._child(listing=True).names()

    def start(self) -> tuple[str, Head]:
        """Start a child, which waits with the first batch until somebody wants it; sum the file up meanwhile."""
        self._waiting = self._child()
        return self._sha256(), self._waiting.head()

    def batches(self) -> Iterator[Batch]:
        """Read anew; only the first time by the child that is waiting."""
        child, self._waiting = self._waiting, None
        if child is None:
            child = self._child()
            child.head()
        try:
            yield from child.batches()
        finally:
            child.close()
            self._children.remove(child)
        if _state(self._files) != self._state:
            raise _unreadable(self._path, Text(zh="文件在读取时被更改", en="the file was changed while it was read"))

    def _sha256(self) -> str:
        """Of the file; of a shapefile or a geodatabase, of the names and contents of all its files."""
        if self._files == [self._path]:
            with self._path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        whole = hashlib.sha256()
        for part in self._files:
            with part.open("rb") as file:
                whole.update(part.suffix.lower().encode() + hashlib.file_digest(file, "sha256").digest())
        return whole.hexdigest()

    def _child(self, *, listing: bool = False) -> Child:
        chosen = settings()
        reads = [self._path.absolute(), *(file.absolute() for file in self._files if not self._path.is_dir())]
        request = Request(
            reads=tuple(dict.fromkeys(map(str, reads))),
            folder=self._folder,
            listing=listing,
            table=self._table,
            encoding=self._encoding,
            memory=chosen.import_memory_mb,
            seconds=chosen.import_seconds,
        )
        child = Child(self._path.name, request)
        self._children.append(child)
        return child


def _files(path: Path) -> list[Path]:
    """The plain files that ``path`` is made of; refuses devices, pipes and sockets without opening them."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        raise _unreadable(path, formats.ABSENT) from None
    if stat.S_ISDIR(mode) and path.suffix.lower() == ".gdb":
        return sorted(path.iterdir())
    if not stat.S_ISREG(mode):
        raise _unreadable(path, Text(zh="不是普通文件", en="it is not a plain file"))
    suffix = path.suffix.lower()
    if suffix not in formats.suffixes():
        raise _unreadable(path, formats.unknown(suffix))
    if suffix == ".gpkg":
        _check_journal(path)
    return archive.siblings(path) if suffix == ".shp" else [path]


def _check_journal(path: Path) -> None:
    """A GeoPackage that another program has open may have rows that are not in the file yet."""
    journal = path.with_name(f"{path.name}-wal")
    if journal.is_file() and journal.stat().st_size:
        reason = Text(
            zh="文件正被其他程序打开且有未写入的内容，请先关闭该程序",
            en="another program has it open with rows not written yet: close that first",
        )
        raise _unreadable(path, reason)


def _state(files: list[Path]) -> _State:
    """What changes when a file is written to or replaced."""
    try:
        found = [os.lstat(file) for file in files]
    except OSError:
        return ()
    return tuple((each.st_dev, each.st_ino, each.st_size, each.st_mtime_ns, each.st_ctime_ns) for each in found)


def _unreadable(path: Path, reason: Text) -> FileUnreadable:
    return FileUnreadable(file=path.name, reason=reason)
