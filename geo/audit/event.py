"""The trail to events, newest first, a page at a time."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from geo.database import Connection, rows
from geo.errors import BadValue
from geo.settings import settings
from geo.text import Text


@dataclass(frozen=True, slots=True)
class Event:
    """Who did what; ``old`` and ``new`` hold what changed of one record, ``subject`` says which, or how many."""

    id: int
    happened_at: datetime
    actor: str
    action: str
    subject: dict[str, Any]
    old: dict[str, Any] | None
    new: dict[str, Any] | None
    sealed: bool

    def told(self) -> dict[str, Any]:
        """The form in which it is sent."""
        return {
            "id": self.id,
            "happened_at": self.happened_at.isoformat(),
            "actor": self.actor,
            "action": self.action,
            "subject": self.subject,
            "old": self.old,
            "new": self.new,
            "sealed": self.sealed,
        }


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events: by whom, what (``noun.verb`` or the noun), of the record with a code, from one day to another."""

    actor: str = ""
    action: str = ""
    code: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Events, and the number before which the next page begins; None where it is the last."""

    events: tuple[Event, ...]
    before: int | None


def page(connection: Connection, wanted: Wanted, *, limit: int, before: int | None = None) -> Page:
    """Events in the order in which they were written, the last first; days are those of the county."""
    zone = ZoneInfo(settings().timezone)
    found = rows(
        connection, "audit_page",
        actor=wanted.actor or None, action=wanted.action or None, code=wanted.code or None,
        since=wanted.since and datetime.combine(wanted.since, datetime.min.time(), zone),
        until=wanted.until and datetime.combine(wanted.until + timedelta(1), datetime.min.time(), zone),
        before=before, limit=limit + 1,
    )  # fmt: skip
    events = tuple(Event(**row) for row in found[:limit])
    return Page(events, events[-1].id if len(found) > limit else None)


def day_of(written: str, name: str) -> date | None:
    """A day as it is written, None where nothing is; raises :class:`BadValue`."""
    try:
        day = date.fromisoformat(written) if written else None
    except ValueError:
        day = date.max
    if day is not None and not 1949 < day.year < 2200:
        raise BadValue(name=name, value=written[:20], reason=Text(zh="应为 YYYY-MM-DD", en="use YYYY-MM-DD"))
    return day
