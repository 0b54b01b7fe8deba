"""The page of the audit trail from values: who did what, newest first, and the state of the seal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from geo.audit.event import Event, Page, Wanted
from geo.audit.seal import Head
from geo.audit.sentence import Change, changes, sentence
from geo.audit.word import NOUNS
from geo.settings import settings
from geo.text import Text
from web.sheet import Sheet


@dataclass(frozen=True, slots=True)
class Line:
    """An event as the page shows it: when in the county, the sentence, and what changed."""

    event: Event
    time: str
    sentence: Text
    changes: Sequence[Change]


@dataclass(frozen=True, slots=True)
class Day:
    """The events of a day of the county, last first."""

    day: str
    lines: Sequence[Line]


def audit_page(sheet: Sheet, page: Page, wanted: Wanted, head: Head) -> str:
    """Events by day with the filter that is set, a link to earlier ones, and the head."""
    zone = ZoneInfo(settings().timezone)
    days: dict[str, list[Line]] = {}
    for event in page.events:
        at = event.happened_at.astimezone(zone)
        line = Line(event, at.strftime("%H:%M"), sentence(event), changes(event))
        days.setdefault(at.date().isoformat(), []).append(line)

    def when(moment: datetime | None) -> str:
        return "" if moment is None else moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")

    asked: dict[str, object] = {"actor": wanted.actor, "action": wanted.action, "code": wanted.code}
    asked |= {"since": str(wanted.since or ""), "until": str(wanted.until or "")}
    return sheet.render(
        "audit.html", days=[Day(*each) for each in days.items()], asked=asked, nouns=NOUNS, head=head, when=when,
        earlier=None if page.before is None else sheet.link("/audit", **asked, before=page.before),
    )  # fmt: skip
