"""The trail recomputed from its events: what was edited, removed, swapped, put in or cut off, and where."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from geo.audit.seal import MOST, Batch, Head, digests_of, head
from geo.database import Connection, Database, statement
from geo.errors import FileUnreadable, ShanheError
from geo.text import Text

SHOWN = 100
"""As many faults are told; all are counted."""
_TOGETHER = 1_000

EDITED = Text(zh="第 {batch} 批的事件 {event} 被改动", en="event {event} of batch {batch} was changed")
GONE = Text(zh="第 {batch} 批的事件 {event} 不见了", en="event {event} of batch {batch} is gone")
BROKEN = Text(
    zh="第 {batch} 批与前一批不相接：批次记录被改动、调换或重写",
    en="batch {batch} does not follow from the one before: a batch was changed, swapped or rewritten",
)
MISSING = Text(zh="缺少第 {batch} 批", en="batch {batch} is missing")
STRAY = Text(
    zh="事件 {event} 不属于任何批次，也不在待封存之列：是后来塞入的，或其批次被删除",
    en="event {event} is in no batch and does not wait for one: it was put in, or its batch was removed",
)
LOST = Text(zh="待封存的事件 {event} 不见了", en="event {event}, which waits to be sealed, is gone")
FOREIGN = Text(
    zh="留存的封存头属于另一个数据库 {database}", en="the head that was kept is of another database, {database}"
)
CUT = Text(
    zh="留存的封存头是第 {batch} 批，现在只到第 {event} 批：末尾被截去",
    en="the head that was kept is batch {batch}, the trail ends at batch {event}: its end was cut off",
)
REWRITTEN = Text(
    zh="第 {batch} 批与留存的封存头不符：记录被重写",
    en="batch {batch} is not the one of the head that was kept: the trail was rewritten",
)


class HeadUnreadable(ShanheError):
    """A file is not a head that was kept."""

    code = "head_unreadable"
    sentence = Text(zh="{file} 不是封存头文件", en="{file} is not a head of an audit trail")


@dataclass(frozen=True, slots=True)
class Verified:
    """What was recomputed: the head now, the faults that are told, and how many there are in all."""

    head: Head
    faults: tuple[Text, ...]
    count: int


def read_head(path: Path) -> dict[str, Any]:
    """A head that ``shanhe audit head`` wrote; raises :class:`HeadUnreadable` and :class:`FileUnreadable`."""
    try:
        told = json.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise FileUnreadable(file=path.name, reason=error.strerror or str(error)) from None
    except ValueError:
        raise HeadUnreadable(file=path.name) from None
    kinds = {"database": str, "batch": int, "events": int, "hash": str}
    if not isinstance(told, dict) or any(not isinstance(told.get(name), kind) for name, kind in kinds.items()):
        raise HeadUnreadable(file=path.name)
    return told


def verify(database: Database, kept: dict[str, Any] | None = None) -> Verified:
    """Recompute the whole trail as it is at one moment, in constant memory.

    ``kept`` is a head of earlier: without one nothing tells that the end was cut off, or that whoever changed an event
    computed every later batch anew.
    """
    with database.owner() as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        now = head(connection)
        told: list[Text] = []
        count = 0
        for fault in _faults(connection, now, kept):
            count += 1
            if len(told) < SHOWN:
                told.append(fault)
    return Verified(now, tuple(told), count)


def _faults(connection: Connection, now: Head, kept: dict[str, Any] | None) -> Iterator[Text]:
    if kept is not None and kept["database"] != now.database:
        yield FOREIGN.format(database=kept["database"])
        return
    previous, last, total = now.database, 0, 0
    for batches in _together(connection):
        digests = digests_of(connection, [event for each, _ in batches for event in each.events])
        for each, hash in batches:
            for missing in range(last + 1, min(each.batch, last + SHOWN + 1)):
                yield MISSING.format(batch=missing)
            yield from _events(each, digests)
            if each.total != total + len(each.events) or hash != each.hash_after(previous):
                yield BROKEN.format(batch=each.batch)
            if kept is not None and kept["batch"] == each.batch and kept["hash"] != hash:
                yield REWRITTEN.format(batch=each.batch)
            previous, last, total = hash, each.batch, each.total
    if kept is not None and kept["batch"] > last:
        yield CUT.format(batch=kept["batch"], event=last)
    for stray, (event,) in _strays(connection):
        yield (STRAY if stray else LOST).format(event=event)


def _events(each: Batch, digests: dict[int, bytes]) -> Iterator[Text]:
    for place, event in enumerate(each.events):
        if event not in digests:
            yield GONE.format(batch=each.batch, event=event)
        elif digests[event] != each.digests[32 * place : 32 * place + 32]:
            yield EDITED.format(batch=each.batch, event=event)


def _together(connection: Connection) -> Iterator[list[tuple[Batch, str]]]:
    """Batches with their hashes in order, as many together as have the events of a full one: most are of a few."""
    with connection.cursor("batches") as cursor:
        cursor.itersize = 10  # a full batch is a megabyte here
        cursor.execute(statement("audit_seals"))
        batches: list[tuple[Batch, str]] = []
        for *columns, hash in cursor:
            batches.append((Batch(*columns), hash))
            if len(batches) == _TOGETHER or sum(len(each.events) for each, _ in batches) >= MOST:
                yield batches
                batches = []
        if batches:
            yield batches


def _strays(connection: Connection) -> Iterator[tuple[bool, tuple[int]]]:
    """Events that are neither sealed nor wait to be, and lines that wait for events that are not there."""
    for name, stray in (("audit_stray", True), ("audit_lost", False)):
        with connection.cursor(name) as cursor:
            cursor.execute(statement(name))
            for (event,) in cursor:
                yield stray, (event,)
