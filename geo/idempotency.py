"""A request sent twice is carried out once: its answer is kept by the key that it brings, in the same transaction.

Header and behaviour: IETF draft "The Idempotency-Key HTTP Header Field" (draft-ietf-httpapi-idempotency-key-header).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

from psycopg.types.json import Jsonb

from geo.database import Connection, rows, statement, the
from geo.errors import BadValue, ShanheError
from geo.text import Text

HOURS = 24
"""How long an answer is kept."""

_KEY = re.compile(r'"([\x21\x23-\x7e]{1,200})"|([\x21\x23-\x2b\x2d-\x7e]{1,200})')


class KeyReused(ShanheError):
    """A key that came with another request."""

    code = "key_reused"
    sentence = Text(
        zh="这个 Idempotency-Key 已用于另一个请求，请换一个",
        en="This Idempotency-Key was used for another request: choose another one",
    )


class StillRunning(ShanheError):
    """The first request with a key is not finished yet."""

    code = "still_running"
    sentence = Text(
        zh="带这个 Idempotency-Key 的请求仍在处理，请稍后再试",
        en="The request with this Idempotency-Key is still being worked on: try again in a moment",
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered: status, headers, body."""

    status: int
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""


def read_key(header: str | None) -> str | None:
    """The key of an Idempotency-Key header: a quoted string, or the same without quotes; raises :class:`BadValue`."""
    if header is None:
        return None
    found = _KEY.fullmatch(header.strip())
    if found is None:
        reason = Text(zh="应为 1–200 个可见 ASCII 字符", en="state 1 to 200 visible ASCII characters")
        shown = header[:40].encode("utf-8", "replace").decode()
        raise BadValue(name="Idempotency-Key", value=shown, reason=reason)
    return found[1] or found[2]


def fingerprint(*parts: str | bytes) -> str:
    """What tells one request from another: its method, address, the headers that count and the body."""
    digest = sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.hexdigest()


def once(connection: Connection, key: str | None, act: Callable[[], Answer], *, by: str, told: str) -> Answer:
    """The answer of ``act``, or the one that was kept when it was carried out for this key and fingerprint ``told``.

    ``act`` changes what it changes on the same connection, so that a crash leaves neither the change nor the answer; a
    refusal keeps nothing, and the request may be sent again. Raises :class:`KeyReused`, :class:`StillRunning` and what
    ``act`` raises.
    """
    if key is None:
        return act()
    named = {"actor": by, "key": key}
    if not the(connection, "idempotency_lock", bool, **named):
        raise StillRunning
    connection.execute(statement("idempotency_tidy"), {"hours": HOURS})
    for kept in rows(connection, "idempotency_answer", **named, hours=HOURS):
        if kept["fingerprint"] != told:
            raise KeyReused
        return Answer(kept["status"], kept["headers"], bytes(kept["body"]))
    answer = act()
    values = {"fingerprint": told, "status": answer.status, "headers": Jsonb(answer.headers), "body": answer.body}
    connection.execute(statement("idempotency_keep"), {**named, **values})
    return answer
