"""Documents of a feature: kept as they were sent, listed, opened, and withdrawn for a reason that is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args
from uuid import UUID

from geo import audit
from geo.database import Connection, one, rows, statement
from geo.document_file import FORMATS, DocumentFile, Format
from geo.errors import BadValue, NotFound, ShanheError
from geo.ledger import ChangedMeanwhile
from geo.personal import LONGEST_REASON, SHORTEST_REASON, stated
from geo.text import Text
from geo.viewer import NotAllowed, viewer

Kind = Literal["approval", "acceptance", "agreement", "contract", "survey", "other"]
KINDS: dict[Kind, Text] = {
    "approval": Text(zh="批复", en="Approval"),
    "acceptance": Text(zh="验收", en="Acceptance"),
    "agreement": Text(zh="协议", en="Agreement"),
    "contract": Text(zh="合同", en="Contract"),
    "survey": Text(zh="调查", en="Survey"),
    "other": Text(zh="其他", en="Other"),
}
"""What a document is, in the order in which it is chosen."""
MOST = 200
"""Documents of one feature, with those that were withdrawn."""
LONGEST_TITLE, LONGEST_NUMBER = 200, 100
_OTHERS = Text(zh="只有添加人和审核人员可以撤回", en="only who added it and who approves may withdraw it")
_PERSONAL = Text(zh="文件含个人信息", en="the document holds personal data")

__all__ = [
    "KINDS", "LONGEST_NUMBER", "LONGEST_REASON", "LONGEST_TITLE", "MOST", "SHORTEST_REASON", "DocumentThere",
    "DocumentWithdrawn", "Kind", "Opened", "Stated", "TooManyDocuments", "add", "content", "opened", "page", "withdraw",
]  # fmt: skip


class DocumentThere(ShanheError):
    """The feature has a document of the very same bytes; ``document`` is its id."""

    code = "document_there"
    sentence = Text(
        zh="这个文件已有：《{title}》，{by} 于 {day} 添加",
        en="The same file is there already: “{title}”, added by {by} on {day}",
    )


class TooManyDocuments(ShanheError):
    """A feature has as many documents as one may have."""

    code = "too_many_documents"
    sentence = Text(zh="一个要素最多 {most} 份文件", en="One record has {most} documents at most")


class DocumentWithdrawn(ShanheError):
    """A document that was withdrawn opens for nobody, and is not withdrawn again."""

    code = "document_withdrawn"
    sentence = Text(
        zh="文件《{title}》已由 {by} 撤回：{reason}", en="The document “{title}” was withdrawn by {by}: {reason}"
    )


@dataclass(frozen=True, slots=True)
class Stated:
    """What whoever adds a document says of it: ``number`` is the one it bears, ``dated_on`` its own day."""

    kind: Kind
    title: str
    number: str | None = None
    dated_on: date | None = None
    personal: bool = True


@dataclass(frozen=True, slots=True)
class Opened:
    """A document that opens for the viewer; ``sha256`` in hexadecimal digits is that of its content."""

    id: UUID
    name: str
    format: Format
    sha256: str
    personal: bool


def page(connection: Connection, feature: UUID) -> str:
    """``{"documents"}``: all of a feature, the last added first, with those that were withdrawn; as JSON text.

    ``opens`` is whether it opens for the viewer, who else is not told the ``name`` of the file. Raises
    :class:`NotFound` for the feature.
    """
    told = one(connection, "feature_document_page", str, feature=feature)
    if told is None:
        raise NotFound(noun=Text(zh="要素", en="feature"), key=feature)
    return told


def add(connection: Connection, feature: UUID, said: Stated, file: DocumentFile, *, by: str) -> UUID:
    """Keep a document; returns its id.

    Raises :class:`NotFound` for the feature, :class:`BadValue`, :class:`DocumentThere`, :class:`TooManyDocuments`, and
    :class:`NotAllowed` where the viewer may not edit the feature.
    """
    title = _said("title", said.title, LONGEST_TITLE)
    number = _said("number", said.number, LONGEST_NUMBER) if said.number and said.number.strip() else None
    if said.kind not in get_args(Kind):
        codes = "、".join(KINDS)
        raise BadValue(name="kind", value=said.kind, reason=Text(zh=f"可用 {codes}", en=f"use {codes}"))
    for place in rows(connection, "feature_document_place", feature=feature):
        if place["documents"] >= MOST:
            raise TooManyDocuments(most=MOST)
        told = {
            "of_kind": said.kind, "dated_on": said.dated_on, "personal": said.personal, "title": title,
            "number": number, "layer": place["layer"], "feature": feature, "by": by,
            "media_type": file.format.media_type, "size": len(file.content), "sha256": file.sha256,
        }  # fmt: skip
        made = one(connection, "feature_document_insert", UUID, **told)
        if made is None:
            raise _there(connection, told)
        kept = {"document": made, "called": file.name, "content": file.content}
        connection.execute(statement("feature_document_content"), {**told, **kept})
        return made
    raise NotFound(noun=Text(zh="要素", en="feature"), key=feature)


def opened(connection: Connection, feature: UUID, document: UUID) -> Opened:
    """A document that the viewer may open; of one that holds personal data it is kept who opened it.

    Raises :class:`NotFound`, :class:`DocumentWithdrawn` and :class:`NotAllowed`.
    """
    for row in rows(connection, "feature_document_one", feature=feature, document=document):
        if row["withdrawn"]:
            raise DocumentWithdrawn(title=row["title"], by=row["withdrawn_by"], reason=row["reason"])
        if row["name"] is None:
            raise NotAllowed(reason=_PERSONAL)
        if row["personal"]:
            about = {name: row[name] for name in ("layer", "code", "title", "number") if row[name] is not None}
            subject = {**about, "feature": str(feature), "id": str(document)}
            audit.note(connection, viewer(connection).name, "feature_document.read", subject)
        return Opened(document, row["name"], FORMATS[row["media_type"]], row["sha256"], row["personal"])
    raise _missing(document)


def content(connection: Connection, document: UUID) -> bytes:
    """The file of a document that the viewer may open; raises :class:`NotFound`."""
    found = one(connection, "feature_document_file", bytes, document=document)
    if found is None:
        raise _missing(document)
    return found


def withdraw(connection: Connection, feature: UUID, document: UUID, *, reason: str, by: str) -> None:
    """Withdraw a document for a reason: it stays on the list, struck, and opens for nobody.

    Raises :class:`BadValue` for no reason, :class:`NotFound`, :class:`DocumentWithdrawn`, and :class:`NotAllowed` for
    who neither added it nor may approve.
    """
    told = {"feature": feature, "document": document, "reason": stated(reason), "by": by}
    if one(connection, "feature_document_withdraw", UUID, **told) is not None:
        return
    for row in rows(connection, "feature_document_state", feature=feature, document=document):
        if row["withdrawn_by"] is not None:
            raise DocumentWithdrawn(title=row["title"], by=row["withdrawn_by"], reason=row["reason"])
        raise NotAllowed(reason=_OTHERS)
    raise _missing(document)


def _said(name: str, text: str, most: int) -> str:
    written = " ".join(text.split())
    if not 1 <= len(written) <= most:
        told = Text(zh=f"应为 1 到 {most} 个字", en=f"state 1 to {most} characters")
        raise BadValue(name=name, value=written[:80], reason=told)
    return written


def _there(connection: Connection, told: Mapping[str, object]) -> ShanheError:
    for row in rows(connection, "feature_document_same", **told):
        return DocumentThere(title=row["title"], by=row["recorded_by"], day=row["recorded_on"], document=row["id"])
    return ChangedMeanwhile()  # withdrawn since


def _missing(document: UUID) -> NotFound:
    return NotFound(noun=Text(zh="文件", en="document"), key=document)
