"""All claims of the documents checked: each with its findings, what the records say, and what people said of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from geo.claims.book import SEVERITIES, Book, Finding, Severity, named_places, wanted
from geo.claims.catalogue import label, parts
from geo.claims.claim import Claim, Document, claims, documents
from geo.claims.records import Link, Wanted, links, recorded
from geo.claims.rules import findings
from geo.claims.rules.record import Comparison, compared
from geo.database import Connection, rows, statement
from geo.errors import BadValue, NotFound
from geo.text import Text

Verdict = Literal["error", "warning", "remark", "agrees", "unchecked"]
VERDICTS: dict[Verdict, Text] = {
    **SEVERITIES,
    "agrees": Text(zh="与记录相符", en="Agrees"),
    "unchecked": Text(zh="未见矛盾", en="Nothing found"),
}
Status = Literal["open", "accepted", "to_correct", "corrected"]
STATUSES: dict[Status, Text] = {
    "open": Text(zh="待处理", en="Open"),
    "accepted": Text(zh="认可（附理由）", en="Accepted with reason"),
    "to_correct": Text(zh="待更正", en="To correct"),
    "corrected": Text(zh="已更正", en="Corrected"),
}
_ORDER: tuple[Severity, ...] = ("error", "warning", "remark")


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody said of a claim."""

    status: Status
    note: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True)
class Checked:
    """A claim with everything that is known of it."""

    claim: Claim
    label: Text
    findings: tuple[Finding, ...]
    comparison: Comparison
    links: tuple[Link, ...]
    notes: tuple[Note, ...]

    @property
    def verdict(self) -> Verdict:
        """The heaviest finding; without any, whether the records agree."""
        found = {finding.severity for finding in self.findings}
        for severity in _ORDER:
            if severity in found:
                return severity
        return "agrees" if self.comparison.state == "agrees" else "unchecked"

    @property
    def status(self) -> Status:
        """What was said last."""
        return self.notes[0].status if self.notes else "open"


def check(connection: Connection, document: str | None = None) -> list[Checked]:
    """The claims of a document, or of all, checked; raises :class:`NotFound` for a document that is not there."""
    if document is not None and document not in {each.code for each in documents(connection)}:
        raise NotFound(noun=Text(zh="文件", en="document"), key=document)
    stated = claims(connection, document)
    places: dict[str, Any] = {row["name"]: row["codes"] for row in rows(connection, "claim_places")}
    figures = recorded(connection, wanted(stated, places))
    notes: dict[tuple[str, str], list[Note]] = {}
    for row in rows(connection, "claim_notes"):
        notes.setdefault((row.pop("document"), row.pop("claim")), []).append(Note(**row))
    checked: list[Checked] = []
    for code in dict.fromkeys(claim.document for claim in stated):
        book = Book([claim for claim in stated if claim.document == code], figures, places)
        checked += _checked(book, notes)
    return checked


def _checked(book: Book, notes: dict[tuple[str, str], list[Note]]) -> list[Checked]:
    found: dict[str, list[Finding]] = {}
    for finding in findings(book):
        found.setdefault(finding.claim.id, []).append(finding)
    return [
        Checked(
            claim=claim,
            label=label_of(claim),
            findings=tuple(sorted(found.get(claim.id, ()), key=_weight)),
            comparison=compared(claim, book),
            links=tuple(_links(claim, book)),
            notes=tuple(notes.get((claim.document, claim.id), ())),
        )
        for claim in book.claims
    ]


def _weight(finding: Finding) -> tuple[int, bool]:
    """The heaviest first; what the document itself shows before what the records add."""
    return _ORDER.index(finding.severity), not finding.beside


def _links(claim: Claim, book: Book) -> list[Link]:
    places = named_places(claim, book.places)
    names = [name for term in claim.terms for name in parts(term)]
    found = [link for name in names for link in links(Wanted(name, claim.day, places))]
    return list(dict.fromkeys(found))


def label_of(claim: Claim) -> Text:
    """What a claim is about, in words."""
    first = label(claim.terms[0])
    if claim.is_quotient:
        return Text(zh="{one} ÷ {other}", en="{one} ÷ {other}").format(one=first, other=label(claim.terms[1]))
    if claim.is_growth:
        year = claim.metric.rpartition(" ")[2]
        return Text(zh="{one}较 {year} 年增长", en="{one}, growth on {year}").format(one=first, year=year)
    return first


def status_of(spelled: str) -> Status:
    """The status with this code; raises :class:`BadValue`."""
    for status in STATUSES:
        if status == spelled:
            return status
    raise BadValue(name="status", value=spelled[:50], reason=Text(zh="未知", en="there is no such one"))


def judge(connection: Connection, document: str, claim: str, *, status: Status, note: str, by: str) -> None:
    """Add what somebody says of a claim; raises :class:`NotFound`, or :class:`BadValue` where a reason is missing."""
    if status == "accepted" and not note.strip():
        raise BadValue(name="note", value="", reason=Text(zh="认可须写明理由", en="accepting needs a reason"))
    told = {"document": document, "claim": claim, "status": status, "note": note.strip(), "by": by}
    if not connection.execute(statement("claim_note"), told).rowcount:
        raise NotFound(noun=Text(zh="数据项", en="claim"), key=f"{document}/{claim}")


def document_of(connection: Connection, code: str) -> Document:
    """The document with this code; raises :class:`NotFound`."""
    found = next((each for each in documents(connection) if each.code == code), None)
    if found is None:
        raise NotFound(noun=Text(zh="文件", en="document"), key=code)
    return found


def counts(checked: Sequence[Checked]) -> dict[Verdict, int]:
    """How many claims have each verdict."""
    return {verdict: sum(each.verdict == verdict for each in checked) for verdict in VERDICTS}
