"""Events to batches that follow from one another: each batch is hashed together with the hash of the one before."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from geo.database import Connection, rows, statement, the

LOCK = 7233615
MOST = 10_000
"""As many events a batch holds at most: that much is in memory at once."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Events in order, with the SHA-256 of each one after the other; ``moment`` is in seconds since 1970, as text.

    ``total`` is how many events there are up to here.
    """

    batch: int
    total: int
    events: list[int]
    digests: bytes
    moment: str

    def hash_after(self, previous: str) -> str:
        """Its hash after a batch with the hash ``previous``, of the first after the identity of the database."""
        text = json.dumps([previous, self.batch, self.total, self.moment, self.events])
        return sha256(sha256(text.encode()).digest() + self.digests).hexdigest()


@dataclass(frozen=True, slots=True)
class Head:
    """The last batch: whoever keeps it elsewhere can tell later that nothing up to it was changed.

    ``events`` is how many are sealed in all; ``hash`` is SHA-256 in hexadecimal digits. Before the first batch
    ``batch`` and ``events`` are 0 and ``hash`` is empty. ``waiting`` events are not sealed yet and no part of it.
    """

    database: str
    batch: int
    events: int
    hash: str
    sealed_at: datetime | None
    waiting: int

    def told(self) -> dict[str, Any]:
        """The form in which it is written to a file and sent."""
        at = None if self.sealed_at is None else self.sealed_at.astimezone(UTC).isoformat()
        return {
            "database": self.database,
            "batch": self.batch,
            "events": self.events,
            "hash": self.hash,
            "sealed_at": at,
        }


def head(connection: Connection) -> Head:
    """The last batch, and how many events wait for the next."""
    return Head(**rows(connection, "audit_head")[0])


def seal(connection: Connection) -> int:
    """Put all events that are there into batches; returns how many there were.

    One at a time: whoever comes second waits. An event of a transaction that goes on is sealed after it has ended.
    """
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    sealed = 0
    while events := the(connection, "audit_take", list, most=MOST):
        digests = digests_of(connection, events)
        _seal(connection, sorted(events), b"".join(digests[event] for event in sorted(events)))
        sealed += len(events)
    return sealed


def _seal(connection: Connection, events: list[int], digests: bytes) -> None:
    last = head(connection)
    moment = f"{time.time_ns() // 1000 / Decimal(10**6):.6f}"
    batch = Batch(last.batch + 1, last.events + len(events), events, digests, moment)
    connection.execute(statement("audit_seal"), {**asdict(batch), "hash": batch.hash_after(last.hash or last.database)})


def digests_of(connection: Connection, events: Sequence[int]) -> dict[int, bytes]:
    """The SHA-256 of each event that is there, of its text as the database writes JSON, whatever its settings."""
    found = connection.execute(statement("audit_text"), {"events": list(events)}, prepare=False)
    return {event: sha256(text.encode()).digest() for event, text in found}
