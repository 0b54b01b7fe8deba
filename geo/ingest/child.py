"""A file to the Arrow stream of a child process that reads it, started, timed and validated here."""

import io
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, NoReturn

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError, field_validator

from geo.errors import FileUnreadable
from geo.ingest.sandbox import FAILED, HEAD, MOST, Request
from geo.ingest.source import Batch
from geo.text import Text

_Words = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
_Row = Annotated[int, Field(ge=0, lt=2**31)]
_RUNS = 1 << 20
_ROOT = Path(__file__).resolve().parents[2]
_PIPE = 1 << 20
_MESSAGE = 2 * MOST
_PLAIN = (pa.types.is_string, pa.types.is_binary, pa.types.is_boolean, pa.types.is_integer, pa.types.is_floating,
          pa.types.is_date, pa.types.is_timestamp, pa.types.is_time)  # fmt: skip


class _Sentence(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")
    zh: _Words
    en: _Words

    def text(self) -> Text:
        return Text(zh=self.zh, en=self.en)


_Name = Annotated[str, StringConstraints(max_length=1000)]


class Head(BaseModel):
    """What a child says of the table that it reads."""

    model_config = ConfigDict(strict=True, extra="forbid")
    table: _Name
    crs: Annotated[str, StringConstraints(max_length=100_000)] | None
    fields: Annotated[list[_Name], Field(max_length=5000)]
    features: Annotated[int, Field(ge=-1)]
    encoding: Annotated[str, StringConstraints(max_length=40)]
    notes: Annotated[list[_Sentence], Field(max_length=100)]
    placed: Annotated[list[_Name], Field(max_length=10)]
    rows: Annotated[list[list[_Row]], Field(max_length=_RUNS)]

    @field_validator("rows")
    @classmethod
    def _are_runs(cls, rows: list[list[int]]) -> list[list[int]]:
        if any(len(run) != 2 for run in rows) or any(one >= other for (one, _), (other, _) in pairwise(rows)):
            raise ValueError("no runs")
        return rows


_NAMES = TypeAdapter(list[_Name])


class Child:
    """A process that reads one table of one file, or lists the tables; ends when it is closed or this one ends.

    Raises :class:`FileUnreadable` wherever the child says so, ends before it is done, takes too much time or memory,
    or sends what is not to be believed. Time counts while it is waited for.
    """

    def __init__(self, file: str, request: Request) -> None:
        self._file, self._request = file, request
        self._left = float(request.seconds)
        self._complaint = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the child
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "geo.ingest.sandbox", json.dumps(asdict(request))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaint,
            cwd=request.folder,
            env=_environment(request.folder),
        )
        self._stream: Any = None

    def names(self) -> list[str]:
        """The names of the tables, of a child that was asked for them."""
        names = self._said(_NAMES)
        self._finish()
        return names

    def head(self) -> Head:
        """What is read; before :meth:`batches`."""
        head = self._said(TypeAdapter(Head))
        kinds = self._stream.schema.types
        if self._stream.schema.names != [*head.fields, ""] or not pa.types.is_binary(kinds[-1]):
            raise self._unreadable(_NOT_BELIEVED)
        if not all(any(is_kind(kind) for is_kind in _PLAIN) for kind in kinds):
            raise self._unreadable(_NOT_BELIEVED)
        return head

    def batches(self) -> Iterator[Batch]:
        """The batches, to the end."""
        names = self._stream.schema.names[:-1]
        while True:
            try:
                batch = self._stream.read_next_batch()
                batch.validate(full=True)  # a child that was taken over must not make this process read elsewhere
            except StopIteration:
                break
            except (pa.ArrowException, OSError, EOFError):
                self._blame()
            columns = batch.columns
            yield dict(zip(names, columns[:-1], strict=True)), columns[-1]
        self._finish()

    def close(self) -> None:
        """End the child, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()
        self._complaint.close()

    def _said(self, kind: TypeAdapter[Any]) -> Any:
        """What the schema of the stream says in its metadata."""
        if self._process.stdout is None:
            raise ValueError("a child without a pipe")
        _widen(self._process.stdout.fileno())
        pipe: Any = io.BufferedReader(_Timed(self, self._process.stdout.fileno()), 1 << 16)
        try:
            self._stream = pa.ipc.open_stream(pa.PythonFile(_Short(pipe), "r"))
            return kind.validate_json((self._stream.schema.metadata or {}).get(HEAD, b""))
        except ValidationError:
            raise self._unreadable(_NOT_BELIEVED) from None
        except (pa.ArrowException, OSError, EOFError):
            self._blame()

    def wait(self, descriptor: int) -> None:
        """Wait until there is something to read; raises where that takes too long."""
        start = time.monotonic()
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        ready = poll.poll(max(self._left, 0) * 1000)
        self._left -= time.monotonic() - start
        if not ready or self._left < 0:
            raise _TooLong

    def _finish(self) -> None:
        """Wait for the end; a child that read everything ends well."""
        try:
            status = self._process.wait(max(self._left, 1))
        except subprocess.TimeoutExpired:
            raise self._unreadable(_too_long(self._request.seconds)) from None
        if status:
            self._blame()

    def _blame(self) -> NoReturn:
        """Raise what was wrong: what the child says, else how it ended."""
        if self._left < 0:
            raise self._unreadable(_too_long(self._request.seconds))
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        status = self._process.poll()
        self._complaint.seek(0, os.SEEK_END)
        self._complaint.seek(max(0, self._complaint.tell() - 20_000))
        last = self._complaint.read().rstrip().rpartition(b"\n")[2]
        if status == FAILED:
            with suppress(ValidationError):
                raise self._unreadable(_Sentence.model_validate_json(last).text())
        raise self._unreadable(_ended(status, last, self._request))

    def _unreadable(self, reason: Text) -> FileUnreadable:
        self.close()
        return FileUnreadable(file=self._file, reason=reason)


class _TooLong(OSError):
    """The child did not send anything in the time it has."""


class _Timed(io.RawIOBase):
    """The pipe from a child, waited for no longer than it may take."""

    def __init__(self, child: Child, descriptor: int) -> None:
        self._child, self._descriptor = child, descriptor

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._child.wait(self._descriptor)
        return os.readv(self._descriptor, [buffer])


class _Short:
    """A file that is not asked for more at once than a batch can be: the length comes from the child."""

    closed = False

    def __init__(self, file: Any) -> None:
        self._file = file

    def read(self, size: int) -> bytes:
        if not 0 <= size <= _MESSAGE:
            raise OSError("a message that is too long")
        return self._file.read(size)

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self.closed = True


_NOT_BELIEVED = Text(
    zh="读取程序的答复无效（文件可能有害）", en="the reader gave no valid answer: the file may be harmful"
)


def _too_long(seconds: int) -> Text:
    return Text(zh=f"读取超过 {seconds} 秒", en=f"reading it takes more than {seconds} seconds")


def _ended(status: int | None, last: bytes, request: Request) -> Text:
    """A sentence on how a child ended that did not say anything."""
    if status in {-signal.SIGXCPU, -signal.SIGKILL}:
        return _too_long(request.seconds)
    if b"emory" in last or b"bad_alloc" in last:
        memory = request.memory
        return Text(zh=f"读取所需内存超过 {memory} MB", en=f"reading it takes more than {memory} MB of memory")
    name = signal.Signals(-status).name if status and status < 0 else str(status)
    return Text(
        zh=f"读取时程序中止，文件可能已损坏（{name}）", en=f"the reader broke off, the file may be damaged ({name})"
    )


def _environment(folder: str) -> dict[str, str]:
    """What the child may know: where Python's modules are, and nothing of this process."""
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH") if name in os.environ}
    return kept | {
        "PYTHONPATH": str(_ROOT), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8",
        "HOME": folder, "TMPDIR": folder, "PATH": "", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
    }  # fmt: skip


def _widen(descriptor: int) -> None:
    """A pipe that holds more needs fewer turns; a kernel may allow less."""
    with suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, _PIPE)


def discard(children: list[Child], folder: str) -> None:
    """End the children and remove their folder."""
    for child in children:
        child.close()
    shutil.rmtree(folder, ignore_errors=True)
