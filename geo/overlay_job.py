"""An overlay of a batch: at once where it is small, else as a job that acts for whoever asked, and what it found."""

import json
import logging
import pickle
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from itertools import tee
from pathlib import Path
from threading import Event
from typing import IO, Any, Literal
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from geo import parcel_batch
from geo.database import Connection, Database, one, rows, statement, the
from geo.errors import NotFound, ShanheError
from geo.import_job import PAUSE, Interrupted, JobBroke, Stopped
from geo.layers import layer as declared
from geo.org_unit import places
from geo.overlay.parcel import Parcel
from geo.overlay.result import Level, Overlaid, Problem
from geo.overlay.run import Against, overlay
from geo.overlay.told import told_many
from geo.right import Verb
from geo.settings import Settings
from geo.text import Language, Text
from geo.viewer import NotAllowed, Viewer, acting, secret_hash

log = logging.getLogger("shanhe")

AT_ONCE = 200
"""Parcels that are overlaid while somebody waits; more are a job."""
MOST_WAITING = 5
"""Overlays that one person may have under way."""
KEPT_DAYS = 30
"""Days after which what a job found is deleted."""
_BLOCK = 200  # results of one statement

Ending = Literal["xlsx", "gpkg"]
WEIGHTS: dict[Level | None, int] = {None: 0, Level.NOTE: 1, Level.REVIEW: 2, Level.BLOCKED: 3}
"""By which results are ordered."""


class TooManyParcels(ShanheError):
    """More parcels than are overlaid while somebody waits."""

    code = "too_many_parcels"
    sentence = Text(
        zh="{count} 宗地块超过一次可答的 {most} 宗，请先保存为批次再叠加",
        en="{count} parcels are more than the {most} that are answered at once: keep them as a batch and overlay that",
    )


class TooManyOverlays(ShanheError):
    """Somebody has asked for more overlays than are worked on for one person."""

    code = "too_many_overlays"
    sentence = Text(
        zh="您已有 {most} 个叠加任务未完成，请等待或先取消",
        en="{most} of your overlays are not done: wait, or cancel one",
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """What parcels are laid over: codes of layers, None for every one, on a day, and with records how near (m)."""

    as_of: date
    language: Language
    layers: tuple[str, ...] | None = None
    within_m: Mapping[str, float] = field(default_factory=dict[str, float])

    @property
    def against(self) -> Against:
        """The same for :func:`geo.overlay.run.overlay`; raises :class:`geo.errors.NotFound` for an unknown layer."""
        for code in (*(self.layers or ()), *self.within_m):
            declared(code)
        return Against(self.layers, self.as_of, self.within_m)


def at_once(
    connection: Connection, parcels: Sequence[tuple[UUID | None, int, Parcel]], asked: Asked
) -> list[dict[str, Any]]:
    """What is told of each parcel, what stands against it most first; raises :class:`TooManyParcels`."""
    if len(parcels) > AT_ONCE:
        raise TooManyParcels(count=len(parcels), most=AT_ONCE)
    there = places(connection)
    found = overlay(connection, [parcel for _, _, parcel in parcels], asked.against, there=there)
    pairs = zip(parcels, told_many(connection, found, asked.as_of, there), strict=True)
    named = [(WEIGHTS[each.level], _placed(key, place, told)) for (key, place, _), (each, told) in pairs]
    return [each for _, each in sorted(named, key=lambda pair: (-pair[0], pair[1]["place"]))]


def write(connection: Connection, batch: UUID, asked: Asked, path: Path) -> None:
    """Write a small batch's overlay as a workbook (.xlsx) or its pieces (.gpkg); raises :class:`TooManyParcels`."""
    count = parcel_batch.count(connection, batch)
    if count > AT_ONCE:
        raise TooManyParcels(count=count, most=AT_ONCE)
    parcels = [parcel for _, _, parcel in parcel_batch.parcels(connection, batch)]
    found = list(overlay(connection, parcels, asked.against))
    _write(connection, path, found, parcel_batch.problems(connection, batch), asked)


def begin(connection: Connection, batch: UUID, asked: Asked) -> UUID:
    """Ask for an overlay of a batch as a job; raises :class:`NotFound` and :class:`TooManyOverlays`."""
    from geo.work import defer_overlay

    count = parcel_batch.count(connection, batch)
    _ = asked.against
    if the(connection, "overlay_job_waiting", int) >= MOST_WAITING:
        raise TooManyOverlays(most=MOST_WAITING)
    job = the(
        connection,
        "overlay_job_insert",
        UUID,
        batch=batch,
        layers=None if asked.layers is None else list(asked.layers),
        as_of=asked.as_of,
        within_m=Jsonb(dict(asked.within_m)),
        language=asked.language,
        whole=count,
    )
    defer_overlay(connection, job)
    return job


def tell(connection: Connection, job: UUID) -> str:
    """A job of the viewer's own as JSON; raises :class:`NotFound`."""
    found = one(connection, "overlay_job_tell", str, job=job)
    if found is None:
        raise _missing(job)
    return found


def page(connection: Connection, job: UUID, *, limit: int, offset: int) -> str:
    """``{"parcels", "next"}``: what was found, what stands against parcels most first; raises :class:`NotFound`."""
    tell(connection, job)
    return the(connection, "overlay_result_page", str, job=job, limit=limit, skipped=offset)


def stop(connection: Connection, job: UUID) -> None:
    """Cancel a job: at once where it waits, else as soon as it looks up; raises :class:`NotFound`."""
    if one(connection, "overlay_job_stop", UUID, job=job) is None:
        raise _missing(job)


def file(connection: Connection, settings: Settings, who: Viewer, job: UUID, ending: Ending) -> Path:
    """Where the file of a job lies.

    Raises :class:`NotFound` before it is done, and :class:`NotAllowed` for whoever may see more than take away.
    """
    done = json.loads(tell(connection, job))["state"] == "done"
    path = folder(settings, job) / f"result.{ending}"
    if not done or not path.is_file():
        raise NotFound(noun=Text(zh="叠加结果", en="result of overlay"), key=job)
    everywhere = Verb.DOWNLOAD in who.everywhere
    seen, taken = set(who.keys.get(Verb.VIEW, ())), set(who.keys.get(Verb.DOWNLOAD, ()))
    if not everywhere and (Verb.VIEW in who.everywhere or not seen <= taken):
        reason = Text(zh="结果中有您不能下载的要素", en="the result has records that you may not take away")
        raise NotAllowed(reason=reason)
    return path


def folder(settings: Settings, job: UUID) -> Path:
    """Where the files of a job are kept."""
    return settings.home / "overlays" / str(job)


def run(database: Database, job: UUID, ending: Event) -> None:
    """Do a job with the rights of whoever asked for it; what goes wrong is kept in the job.

    Raises :class:`Interrupted` where ``ending`` is set meanwhile: the job then waits for another worker.
    """
    secret = secrets.token_urlsafe(32)
    with database.session() as connection:
        claimed = rows(connection, "overlay_job_claim", job=job, hash=secret_hash(secret))
    if not claimed:  # cancelled while it waited, or done by a worker that ended before it could say so
        return
    with psycopg.connect(database.dsn, autocommit=True) as notes:
        try:
            _do(database, job, claimed[0], secret, _Ticker(notes, job, ending))
        except Interrupted:
            notes.execute(statement("overlay_job_wait"), {"job": job})
            raise
        except Stopped:
            _end(notes, job, "cancelled")
        except ShanheError as error:
            _fail(notes, job, error)
        except psycopg.OperationalError:  # without the database nothing can be said: another worker takes the job up
            raise
        except Exception:
            log.exception("overlay job %s", job)
            _fail(notes, job, JobBroke())
            raise


def forget_old(database: Database) -> None:
    """Delete what jobs of long ago found, and that of batches that were withdrawn."""
    with database.session() as connection:
        for row in rows(connection, "overlay_job_old", days=KEPT_DAYS):
            shutil.rmtree(folder(database.settings, row["id"]), ignore_errors=True)


def _do(database: Database, job: UUID, claimed: Mapping[str, Any], secret: str, ticker: "_Ticker") -> None:
    """All that was found is there together with the job being done, or nothing is."""
    batch, layers = claimed["batch"], claimed["layers"]
    asked = Asked(claimed["as_of"], claimed["language"], None if layers is None else tuple(layers), claimed["within_m"])
    kept = folder(database.settings, job)
    kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in (kept, *kept.parent.glob(f".{job}-*")):  # by a worker that was killed
        shutil.rmtree(left, ignore_errors=True)
    with (
        tempfile.TemporaryDirectory(prefix=f".{job}-", dir=kept.parent) as made,
        database.owner() as writer,
        acting(secret),
        database.session() as reader,
    ):
        _fill(writer, reader, job, _Wanted(batch, asked, Path(made)), ticker)
        Path(made).rename(kept)
        _end(writer, job, "done")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a job overlays, and the folder for its files."""

    batch: UUID
    asked: Asked
    kept: Path


def _fill(writer: Connection, reader: Connection, job: UUID, wanted: _Wanted, ticker: "_Ticker") -> None:
    """Lay the batch over the layers and keep each result as it comes; never more than some are held."""
    asked, there = wanted.asked, places(reader)
    parcel_batch.count(reader, wanted.batch)  # whoever asked may see it no longer
    sent, placed = tee(parcel_batch.parcels(reader, wanted.batch))
    found = overlay(reader, (parcel for _, _, parcel in sent), asked.against, progress=ticker, there=there)
    with tempfile.TemporaryFile(dir=wanted.kept) as spooled, closing(found):
        spool, block = _Spool(spooled, ticker), list[tuple[int, Overlaid, dict[str, Any]]]()
        for (key, place, _), (each, told) in zip(placed, told_many(reader, found, asked.as_of, there), strict=True):
            block.append((place, each, _placed(key, place, told)))
            if len(block) == _BLOCK:
                _keep(writer, job, block, spool)
                ticker(spool.count)
        _keep(writer, job, block, spool)
        problems = parcel_batch.problems(reader, wanted.batch)
        endings: tuple[Ending, ...] = ("xlsx", "gpkg")
        for ending in endings:
            _write(reader, wanted.kept / f"result.{ending}", spool, problems, asked)


class _Spool:
    """What was found, on disk, where it is read as often as something is written of it, telling that it goes on."""

    def __init__(self, file: IO[bytes], going: Callable[[int], None]) -> None:
        self._file, self._going = file, going
        self._blocks, self.count = 0, 0

    def add(self, block: Sequence[Overlaid]) -> None:
        self._file.seek(0, 2)
        pickle.dump(block, self._file, pickle.HIGHEST_PROTOCOL)
        self._blocks, self.count = self._blocks + 1, self.count + len(block)

    def __iter__(self) -> Iterator[Overlaid]:
        self._file.seek(0)
        for _ in range(self._blocks):
            yield from pickle.load(self._file)  # noqa: S301 - written here, in a file that has no name
            self._going(self.count)


class _Ticker:
    """Notes how far a job is, now and then, and ends it where that was asked for."""

    def __init__(self, notes: Connection, job: UUID, ending: Event) -> None:
        self.notes, self.job, self.ending = notes, job, ending
        self.next, self.done = 0.0, 0

    def __call__(self, done: int) -> None:
        if self.ending.is_set():
            raise Interrupted
        self.done = max(self.done, done)
        if time.monotonic() < self.next:
            return
        self.next = time.monotonic() + PAUSE
        if one(self.notes, "overlay_job_note", bool, job=self.job, done=self.done):
            raise Stopped


def _placed(key: UUID | None, place: int, told: dict[str, Any]) -> dict[str, Any]:
    """What is told of a parcel, with where it is kept and its place among those that were sent."""
    return {"id": None if key is None else str(key), "place": place, **told}


def _write(
    connection: Connection, path: Path, found: Iterable[Overlaid], problems: Sequence[Problem], asked: Asked
) -> None:
    """Write what was found as the file that the ending of ``path`` says."""
    from geo.overlay import pieces, workbook

    if path.suffix == ".xlsx":
        names = {code: unit.label.in_(asked.language) for code, unit in places(connection).units.items()}
        workbook.write(path, found, problems, asked.language, townships=names, as_of=asked.as_of)
    else:
        pieces.write(path, found)


def _keep(writer: Connection, job: UUID, block: list[tuple[int, Overlaid, dict[str, Any]]], spool: _Spool) -> None:
    """Keep results for the pages and for the files, and empty the block."""
    if not block:
        return
    with writer.cursor().copy(statement("overlay_result_copy")) as copy:
        for place, each, told in block:
            copy.write_row((job, place, WEIGHTS[each.level], each.level, json.dumps(told)))
    spool.add([each for _, each, _ in block])
    block.clear()


def _end(connection: Connection, job: UUID, state: str, *, problem: Any = None) -> None:
    connection.execute(statement("overlay_job_end"), {"job": job, "state": state, "problem": problem})


def _fail(connection: Connection, job: UUID, error: ShanheError) -> None:
    _end(connection, job, "failed", problem=Jsonb({"code": error.code, "text": error.text.both()}))


def _missing(job: UUID) -> NotFound:
    return NotFound(noun=Text(zh="叠加任务", en="overlay"), key=job)
