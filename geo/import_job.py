"""An import as a job: files that were sent, what is asked of them, how far that is, and what came of it."""

import logging
import re
import shutil
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path, PurePosixPath
from threading import Event
from typing import Any, Literal
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from geo.database import Connection, Database, one, rows, statement, the
from geo.errors import BadValue, FileRefused, NotFound, ShanheError
from geo.ingest.load import load
from geo.ingest.read import read, tables
from geo.ingest.report import Report
from geo.layer import Layer
from geo.layers import layer as declared
from geo.right import Verb
from geo.settings import Settings
from geo.text import Language, Text
from geo.viewer import units
from geo.wish import choice_of

log = logging.getLogger("shanhe")

Action = Literal["check", "apply"]

KEPT_DAYS = 30
"""Days after which what was sent is deleted; what came of it stays."""

Chunks = Iterable[bytes]

FILES = 400
"""Most files of one job; a file geodatabase has some hundred."""

PAUSE = 0.3
"""Seconds between two notes of how far a job is."""

_NAME = re.compile(r"(?:[^/\\\x00-\x1f.][^/\\\x00-\x1f]{0,80}\.gdb/)?[^/\\\x00-\x1f.][^/\\\x00-\x1f]{0,119}")


class Busy(ShanheError):
    """A job is being worked on and takes nothing new meanwhile."""

    code = "job_busy"
    sentence = Text(
        zh="正在处理这个文件，请等待或先取消", en="The file is being worked on: wait until it is done, or cancel"
    )


class JobBroke(ShanheError):
    """A defect of the program ended a job; nothing was written."""

    code = "job_broke"
    sentence = Text(
        zh="处理时程序出错，已记入日志；没有写入任何数据",
        en="The program failed at this and logged it; nothing was written",
    )


class Stopped(Exception):
    """A job was cancelled while it ran; nothing was written."""


class Interrupted(Exception):
    """The worker has to end while a job runs; nothing was written."""


def begin(connection: Connection, layer: Layer, *, by: str) -> UUID:
    """A new job for a layer, waiting for its files."""
    return the(connection, "import_job_insert", UUID, layer=layer.code, by=by)


def folder(settings: Settings, job: UUID) -> Path:
    """Where the files of a job are kept."""
    return settings.home / "uploads" / str(job)


def keep(database: Database, job: UUID, name: str, chunks: Chunks) -> None:
    """Keep one file of a job under its own name; a file geodatabase is sent as ``NAME.gdb/FILE``.

    Raises :class:`NotFound`, :class:`Busy`, and :class:`BadValue` for a name that is none, or where there are too many
    or too large ones.
    """
    settings = database.settings
    if not _NAME.fullmatch(name):
        raise BadValue(name="name", value=name[:100], reason=Text(zh="文件名不可用", en="no name of a file"))
    with database.connection() as connection:
        _idle(connection, job)
    place = folder(settings, job)
    place.mkdir(parents=True, exist_ok=True, mode=0o700)  # what is sent may be personal
    path = place.joinpath(*PurePosixPath(name).parts)
    path.parent.mkdir(exist_ok=True)
    before = [each for each in place.rglob("*") if each.is_file() and each != path]
    if len(before) >= FILES:
        raise BadValue(name="name", value=name[:100], reason=Text(zh="文件太多", en="there are too many files"))
    room = (settings.upload_mb << 20) - sum(each.stat().st_size for each in before)
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            for chunk in chunks:
                room -= len(chunk)
                if room < 0:
                    most = f"{settings.upload_mb} MB"
                    reason = Text(zh=f"超过 {most}", en=f"it is larger than {most}")
                    raise BadValue(name="name", value=name[:100], reason=reason)
                file.write(chunk)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def ask(connection: Connection, job: UUID, action: Action, wish: dict[str, Any]) -> None:
    """Ask for a job to be checked or applied; raises :class:`NotFound` and :class:`Busy`.

    ``wish`` is what the user chose, see :mod:`geo.wish`.
    """
    from geo.work import defer

    choice_of(wish)
    _idle(connection, job)
    connection.execute(statement("import_job_ask"), {"job": job, "action": action, "choice": Jsonb(wish)})
    defer(connection, job)


def stop(connection: Connection, job: UUID) -> None:
    """Cancel a job: at once where it waits, else as soon as it looks up; raises :class:`NotFound`."""
    if one(connection, "import_job_stop", UUID, job=job) is None:
        raise _missing(job)


def tell(connection: Connection, job: UUID) -> str:
    """A job as JSON; raises :class:`NotFound`."""
    found = one(connection, "import_job_tell", str, job=job)
    if found is None:
        raise _missing(job)
    return found


def marked(database: Database, job: UUID, path: Path, language: Language) -> bytes:
    """The rows of a job's file with what is wrong with each, as a workbook written at ``path``.

    Raises :class:`NotFound` where there is no report, or the file is gone.
    """
    from geo.ingest import marked_sheet

    with database.connection() as connection:
        row = _row(connection, job)
    sent = main_file(folder(database.settings, job))
    if row["report"] is None or sent is None:
        raise NotFound(noun=Text(zh="检查结果", en="report of job"), key=job)
    report, choice = marked_sheet.restored(row["report"]), choice_of(row["choice"])
    marked_sheet.write(read(sent, report.table, choice.encoding), report, path, language)
    return path.read_bytes()


def run(database: Database, job: UUID, ending: Event) -> None:
    """Do what is asked of a job; what goes wrong with the file is kept in the job.

    Raises :class:`Interrupted` where ``ending`` is set meanwhile: the job then waits for another worker.
    """
    with database.session() as connection:
        row = one(connection, "import_job_claim", str, job=job)
        if row is None:  # cancelled while it waited, or done by a worker that ended before it could say so
            return
        asked = _row(connection, job)
    path = main_file(folder(database.settings, job))
    with psycopg.connect(database.dsn, autocommit=True) as notes:
        try:
            if path is None:
                raise BadValue(name="file", value="", reason=Text(zh="没有可读的文件", en="there is no file to read"))
            _do(database, job, path, asked, _Ticker(notes, job, ending))
        except Interrupted:
            notes.execute(statement("import_job_wait"), {"job": job})
            raise
        except Stopped:
            _end(notes, job, "cancelled")
        except FileRefused as refused:
            report = refused.values["report"]
            stored = Jsonb(report.report()) if isinstance(report, Report) else None
            _end(notes, job, "checked" if asked["action"] == "check" else "refused", report=stored)
        except ShanheError as error:
            _fail(notes, job, error)
        except psycopg.OperationalError:  # without the database nothing can be said: another worker takes the job up
            raise
        except Exception:
            log.exception("import job %s", job)
            _fail(notes, job, JobBroke())
            raise


def forget_old(database: Database) -> None:
    """Delete what was sent for jobs that nothing has happened to for ``KEPT_DAYS``."""
    with database.session() as connection:
        for row in rows(connection, "import_job_old", days=KEPT_DAYS):
            shutil.rmtree(folder(database.settings, row["id"]), ignore_errors=True)


def main_file(place: Path) -> Path | None:
    """The one of the files sent that is read: the only one, or the .shp or .gdb among its companions."""
    if not place.is_dir():
        return None
    found = sorted(each for each in place.iterdir() if not each.name.endswith(".part"))
    leading = [each for each in found if each.suffix.lower() in {".shp", ".gdb"}]
    chosen = leading or found
    return chosen[0] if len(chosen) == 1 else None


def _do(database: Database, job: UUID, path: Path, asked: dict[str, Any], ticker: "_Ticker") -> None:
    action, choice = asked["action"], choice_of(asked["choice"], by=asked["created_by"])
    if action == "check":  # what would become of the good rows is told also where others are refused
        choice = replace(choice, dry=True, partial=True)
    with database.owner() as connection:
        may = {verb: units(connection, asked["created_by"], verb, asked["layer"]) for verb in (Verb.EDIT, Verb.APPROVE)}
    choice = replace(choice, within=may[Verb.EDIT], approving=may[Verb.APPROVE])
    if choice.table is None:
        names = tables(path)
        ticker.notes.execute(statement("import_job_tables"), {"job": job, "tables": Jsonb(names)})
        if len(names) > 1:
            _end(ticker.notes, job, "sent")
            return

    def applied(connection: Connection, report: Report) -> None:
        """The job is done exactly if the import is: both are of one transaction."""
        _end(connection, job, "applied", report=Jsonb(report.report()))

    report = load(database, declared(asked["layer"]), path, choice, ticker, applied)
    if action == "check":
        _end(ticker.notes, job, "checked", report=Jsonb(report.report()))


class _Ticker:
    """Notes how far a job is, now and then, and ends it where that was asked for."""

    def __init__(self, notes: Connection, job: UUID, ending: Event) -> None:
        self.notes, self.job, self.ending = notes, job, ending
        self.next = 0.0

    def __call__(self, done: int, whole: int) -> None:
        if self.ending.is_set():
            raise Interrupted
        if time.monotonic() < self.next:
            return
        self.next = time.monotonic() + PAUSE
        if one(self.notes, "import_job_note", bool, job=self.job, done=done, whole=max(whole, done)):
            raise Stopped


def _end(connection: Connection, job: UUID, state: str, *, report: Any = None, problem: Any = None) -> None:
    connection.execute(statement("import_job_end"), {"job": job, "state": state, "report": report, "problem": problem})


def _fail(connection: Connection, job: UUID, error: ShanheError) -> None:
    _end(connection, job, "failed", problem=Jsonb({"code": error.code, "text": error.text.both()}))


def _idle(connection: Connection, job: UUID) -> None:
    if _row(connection, job)["state"] in {"waiting", "running"}:
        raise Busy


def _row(connection: Connection, job: UUID) -> dict[str, Any]:
    found = rows(connection, "import_job_one", job=job)
    if not found:
        raise _missing(job)
    return found[0]


def _missing(job: UUID) -> NotFound:
    return NotFound(noun=Text(zh="导入任务", en="import job"), key=job)
