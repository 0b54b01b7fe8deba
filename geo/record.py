"""The records behind a figure: the list of what a filter leaves on a day, in pages, with what it comes to; as JSON."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from geo.database import Connection, one, the
from geo.delay import DELAYS, DelayCode
from geo.errors import BadValue
from geo.feature import StatusCode
from geo.layers import layers
from geo.right import Verb
from geo.settings import settings
from geo.text import Text
from geo.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records are asked for; every figure of the progress page is the number of some of them.

    ``layer`` None is every layer that has progress. ``org_unit`` is a code of any level, ``""`` for outside every
    township. ``status`` and ``overdue`` (how long) hold on ``as_of``. ``milestone`` must have been reached by then,
    with ``completing`` the one that completes; ``since`` and ``until`` narrow when. ``text`` is looked for in code and
    name.
    """

    as_of: date
    layer: str | None = None
    org_unit: str | None = None
    status: StatusCode | None = None
    milestone: str | None = None
    completing: bool = False
    since: date | None = None
    until: date | None = None
    overdue: DelayCode | None = None
    text: str | None = None

    @property
    def by_due(self) -> bool:
        """Whether the list begins with what was due first, not with the first code."""
        return self.overdue is not None or self.status == "overdue"

    @property
    def hits(self) -> bool:
        """Whether a milestone has to be reached."""
        return self.completing or any(each is not None for each in (self.milestone, self.since, self.until))


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: after this record; ``due_on`` is null where the list goes by codes."""

    due_on: date | None
    layer: str
    code: str

    def __str__(self) -> str:
        told = json.dumps([self.due_on and self.due_on.isoformat(), self.layer, self.code], ensure_ascii=False)
        return base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, written: str) -> "Cursor":
        """The cursor that an earlier page gave; raises :class:`BadValue`."""
        try:
            padded = written + "=" * (-len(written) % 4)
            due_on, layer, code = json.loads(base64.b64decode(padded, "-_", validate=True))
            if not (isinstance(layer, str) and isinstance(code, str)) or "\x00" in layer + code:
                raise ValueError(written)
            return cls(None if due_on is None else date.fromisoformat(due_on), layer, code)
        except (ValueError, TypeError, binascii.Error, RecursionError):
            reason = Text(zh="不是上一页给出的游标", en="not what an earlier page gave")
            raise BadValue(name="cursor", value=written[:40], reason=reason) from None


def visible(who: Viewer, org_unit: str | None) -> list[str]:
    """The layers with progress of which somebody may see the figures of a unit; None is the whole county.

    The figures of the county are of layers that are seen in every place.
    """
    whole = org_unit is None or org_unit == settings().county
    return [
        code
        for code, layer in layers().items()
        if not layer.reference
        and (
            Verb.VIEW in who.everywhere
            or code in who.keys.get(Verb.VIEW, ())
            or (not whole and who.may(Verb.VIEW, code))
        )
    ]


def is_empty(connection: Connection) -> bool:
    """Whether there is nothing at all that the viewer may see."""
    return one(connection, "record_any", bool) is None


def page(
    connection: Connection, wanted: Wanted, who: Viewer, *, limit: int, cursor: Cursor | None = None
) -> dict[str, Any]:
    """``{"as_of", "number_matched", "totals", "records", "next"}``: at most ``limit`` records, and the cursor behind.

    ``totals`` are what all that match come to in each measure of their layers, in the unit people read; ``next`` is a
    :class:`Cursor` as text, or None on the last page.
    """
    due_from, due_to = (None, None) if wanted.overdue is None else DELAYS[wanted.overdue].due(wanted.as_of)
    status = "overdue" if wanted.overdue is not None and wanted.status is None else wanted.status
    chosen = [wanted.layer] if wanted.layer is not None else visible(who, wanted.org_unit)
    found = the(
        connection,
        "record_page",
        str,
        as_of=wanted.as_of,
        layers=chosen,
        org_unit=wanted.org_unit,
        units=[settings().county if wanted.org_unit is None else wanted.org_unit],
        status=status,
        milestone=wanted.milestone,
        completing=wanted.completing,
        since=wanted.since,
        until=wanted.until,
        hits=wanted.hits,
        due_from=due_from,
        due_to=due_to,
        q=wanted.text or None,
        by_due=wanted.by_due,
        sums=_summed(wanted, who),
        after_due=cursor and cursor.due_on,
        after_layer=cursor and cursor.layer,
        after_code=cursor and cursor.code,
        limit=limit,
    )
    told: dict[str, Any] = json.loads(found)
    records = told["records"]
    told["next"] = None
    if len(records) > limit:
        del records[limit:]
        last = records[-1]
        due_on = date.fromisoformat(last["due_on"]) if wanted.by_due else None
        told["next"] = str(Cursor(due_on, last["layer"], last["code"]))
    return told


def _summed(wanted: Wanted, who: Viewer) -> bool:
    """Whether the kept sums say what the records come to, to somebody who sees all of these."""
    if Verb.VIEW not in who.everywhere or wanted.text or wanted.overdue is not None:
        return False
    if wanted.layer is not None and layers()[wanted.layer].reference and wanted.status is not None:
        return False
    stated = wanted.milestone is not None or wanted.completing
    return stated == wanted.hits and not (wanted.hits and wanted.status is not None)
