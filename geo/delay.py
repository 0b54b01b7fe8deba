"""What is overdue on a day, by layer and township, and for how long: classes by the day it was due; as JSON."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from geo.database import Connection, the
from geo.text import Text

DelayCode = Literal["under_30", "under_90", "under_365", "over_365"]


@dataclass(frozen=True, slots=True)
class Delay:
    """A class of delays: from ``first`` to ``last`` days past the day something was due, None without end."""

    code: DelayCode
    label: Text
    first: int
    last: int | None

    def due(self, as_of: date) -> tuple[date | None, date]:
        """The first and the last day on which that was due which is in this class on ``as_of``."""
        earliest = None if self.last is None else as_of - timedelta(self.last)
        return earliest, as_of - timedelta(self.first)


DELAYS: dict[DelayCode, Delay] = {
    each.code: each
    for each in (
        Delay("under_30", Text(zh="不足 30 天", en="under 30 days"), 1, 29),
        Delay("under_90", Text(zh="30–89 天", en="30–89 days"), 30, 89),
        Delay("under_365", Text(zh="90–364 天", en="90–364 days"), 90, 364),
        Delay("over_365", Text(zh="一年以上", en="over a year"), 365, None),
    )
}
"""The classes, the shortest first."""


LONGEST = 10
"""How many of the records that are overdue longest are told beside the numbers; the list of records has all."""


def delays(connection: Connection, *, as_of: date, layers: list[str], org_unit: str | None = None) -> dict[str, Any]:
    """``{"as_of", "classes", "rows", "longest"}``: a row for each layer and township, worst first.

    ``classes`` of a row are its numbers of features in the order of the classes, ``longest`` the most days that one of
    them is overdue; ``org_unit`` is null outside of all townships. An ``org_unit`` of ``""`` asks for that only.
    ``longest`` are the first records of all that are overdue, those due first before others.
    """
    found = the(
        connection,
        "progress_delays",
        str,
        as_of=as_of,
        layers=layers,
        org_unit=org_unit,
        from_days=[each.first for each in DELAYS.values()],
        limit=LONGEST,
    )
    classes = [
        {"code": each.code, "label": each.label.both(), "first": each.first, "last": each.last}
        for each in DELAYS.values()
    ]
    return {"as_of": as_of.isoformat(), "classes": classes, **json.loads(found)}
