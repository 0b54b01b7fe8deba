"""Milestones that wait: approved, so that they count, or returned with a reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from geo.database import Connection, one, rows, statement, the
from geo.edit.held import hold_off_imports
from geo.errors import BadValue, NotFound
from geo.layers import layer as declared
from geo.report import AlreadyJudged
from geo.text import Text

LOCK = 7233603
SHORTEST_REASON, LONGEST_REASON = 2, 400


@dataclass(frozen=True, slots=True)
class Of:
    """Whose milestones are judged: those of a report, or all that an import left waiting."""

    report: UUID | None = None
    source: int | None = None


def approve(connection: Connection, of: Of, *, by: str, note: str = "") -> int:
    """Have what waits count; what was on record for the same milestone gives way. The number of milestones.

    In a transaction of :attr:`geo.right.Verb.APPROVE`. Raises :class:`NotFound` for what one may not approve either,
    :class:`AlreadyJudged` and :class:`geo.edit.LayerBusy`.
    """
    told = _hold(connection, of, by, " ".join(note.split())[:LONGEST_REASON] or None)
    connection.execute(statement("review_revoke"), told)
    return connection.execute(statement("review_approve"), told).rowcount


def give_back(connection: Connection, of: Of, *, by: str, reason: str) -> int:
    """Return what waits to who reported it; raises what :func:`approve` does, and :class:`BadValue` for no reason."""
    stated = " ".join(reason.split())
    if not SHORTEST_REASON <= len(stated) <= LONGEST_REASON:
        said = Text(zh="请写明原因，2 到 400 个字", en="state a reason of 2 to 400 characters")
        raise BadValue(name="reason", value=stated[:80], reason=said)
    return connection.execute(statement("review_return"), _hold(connection, of, by, stated)).rowcount


def imports(connection: Connection, *, layer: str | None = None, org_unit: str | None = None) -> str:
    """Imports of which milestones wait, as JSON, the last first."""
    return the(connection, "review_imports", str, layer=layer, org_unit=org_unit)


def _hold(connection: Connection, of: Of, by: str, reason: str | None) -> Mapping[str, object]:
    """Have no one else judge in the layer, and no import write, until the transaction ends."""
    told = {"report": of.report, "source": of.source}
    layer = one(connection, "review_layer", str, **told)
    if layer is None:
        raise NotFound(noun=Text(zh="待审核的上报", en="report to approve"), key=of.report or of.source or "")
    hold_off_imports(connection, declared(layer))
    connection.execute(statement("review_hold"), {"lock": LOCK, "layer": layer})
    for row in rows(connection, "review_standing", report=of.report):
        if row["state"] != "pending":
            raise AlreadyJudged(by=row["judged_by"])
    return {**told, "by": by, "reason": reason}
