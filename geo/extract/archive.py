"""Extracts issued and kept: each has the next number of the year, its content, and the hash of every document of it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Literal
from uuid import UUID

from geo.database import Connection, rows, statement, the
from geo.errors import BadValue, NotFound
from geo.idempotency import KeyReused
from geo.settings import settings
from geo.text import Language, Text

FormatCode = Literal["json", "html", "pdf"]
NOUN = Text(zh="查询单", en="extract")
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Asked:
    """What an extract is asked of, with the key of the request that asks and what tells that from another request.

    One of a ``feature`` of a ``layer``, a ``parcel`` and a ``batch`` of parcels is named, or none of a drawing.
    """

    as_of: date
    layer: str | None = None
    feature: UUID | None = None
    parcel: UUID | None = None
    batch: UUID | None = None
    key: str | None = None
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Issued:
    """An extract as it is kept: ``text`` is its content as JSON, of which ``sha256`` is the hash."""

    number: str
    text: str
    sha256: str
    as_of: date
    issued_at: datetime
    issued_by: str
    parcels: int

    @property
    def content(self) -> dict[str, Any]:
        """The content as values."""
        return json.loads(self.text)


@dataclass(frozen=True, slots=True)
class Document:
    """A document that was made of an extract; ``size`` in bytes."""

    format: FormatCode
    language: Language
    sha256: str
    size: int
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Checked:
    """What anybody signed in is told of a number and a hash."""

    number: str
    issued_at: datetime
    as_of: date
    matches: bool


def written(content: Mapping[str, Any]) -> str:
    """Content as the one JSON text that is hashed: members in order of their names, no space between."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def issue(connection: Connection, asked: Asked, said: Mapping[str, Any], *, by: str, at: datetime) -> Issued:
    """Keep an extract under the next number of the year, which is put into what it says; it is there once this commits.

    Asked again with the key of an earlier request it is the extract that was issued then. Raises
    :class:`geo.idempotency.KeyReused` where that was another request.
    """
    county = settings().county
    serial = the(connection, "extract_next", int, county=county, year=at.year)  # others wait from here
    if asked.key is not None and (earlier := _earlier(connection, asked, by)) is not None:
        return earlier
    number = f"{county}-{at.year}-{serial:06d}"
    text = written({"number": number, **said})
    digest = sha256(text.encode()).hexdigest()
    parcels = len(said["parcels"])
    connection.execute(
        statement("extract_insert"),
        {
            "number": number, "county": county, "year": at.year, "serial": serial, "layer": asked.layer,
            "feature": asked.feature, "parcel": asked.parcel, "batch": asked.batch, "as_of": asked.as_of,
            "parcels": parcels, "content": text, "sha256": digest, "request_key": asked.key,
            "fingerprint": None if asked.key is None else asked.fingerprint, "issued_at": at, "by": by,
        },
    )  # fmt: skip
    return Issued(number, text, digest, asked.as_of, at, by, parcels)


def _earlier(connection: Connection, asked: Asked, by: str) -> Issued | None:
    for row in rows(connection, "extract_request", by=by, request_key=asked.key):
        if row["fingerprint"] != asked.fingerprint:
            raise KeyReused
        return kept(connection, row["number"])
    return None


def made(
    connection: Connection, issued: Issued, format: FormatCode, language: Language, document: bytes, *, by: str
) -> None:
    """Keep the hash of a document that is about to be sent, so that it can be held against the extract."""
    told = {"number": issued.number, "format": format, "language": language, "by": by, "size": len(document)}
    connection.execute(statement("extract_made"), {**told, "sha256": sha256(document).hexdigest()})


def kept(connection: Connection, number: str) -> Issued:
    """An extract for whoever issued it, and for administrators; raises :class:`NotFound` for all else."""
    for row in rows(connection, "extract_one", number=_number(number)):
        row["text"] = row.pop("content")
        return Issued(**row)
    raise NotFound(noun=NOUN, key=number[:40])


def documents(connection: Connection, issued: Issued) -> tuple[Document, ...]:
    """The documents that were made of an extract, the first one first."""
    return tuple(Document(**row) for row in rows(connection, "extract_documents", number=issued.number))


def check(connection: Connection, number: str, digest: str | None = None) -> Checked:
    """Whether there is such an extract, and whether a SHA-256 is that of its content or of a document of it.

    Raises :class:`NotFound`, and :class:`BadValue` for what is no SHA-256 in hexadecimal digits.
    """
    hexadecimal = (digest or "").strip().lower()
    if digest is not None and not _HASH.fullmatch(hexadecimal):
        reason = Text(zh="应为 64 位十六进制校验值", en="state the 64 hexadecimal digits of a SHA-256")
        raise BadValue(name="sha256", value=digest[:80], reason=reason)
    for row in rows(connection, "extract_check", number=_number(number), sha256=hexadecimal):
        return Checked(number, **row)
    raise NotFound(noun=NOUN, key=number[:40])


def _number(number: str) -> str:
    """A number as it may stand in a statement; what is none is that of no extract."""
    if "\0" in number:
        raise NotFound(noun=NOUN, key=number[:40].replace("\0", " "))
    return number
