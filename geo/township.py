"""A township to the features that are to be seen to there, page by page, and what it has received."""

import base64
import binascii
import json
import re
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from geo import progress as sums
from geo.database import Connection, one, rows
from geo.errors import BadValue, NotFound
from geo.feature import StatusCode
from geo.text import Text
from geo.viewer import viewer

_DAY = re.compile(r"infinity|[0-9]{4}-[0-9]{2}-[0-9]{2}")
RANKS: tuple[tuple[tuple[StatusCode, ...], bool | None], ...] = (
    (("overdue",), True),
    (("not_started", "under_way"), False),
    (("completed",), None),
    (("accepted",), None),
)
"""What is to be seen to first: statuses, and whether that is what is due before the day, where they imply it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which features of a township: of a layer, in a village or the township itself, with a status, by a text.

    ``status`` holds on ``as_of``; ``text`` is looked for in code and name; None is all.
    """

    org_unit: str
    as_of: date
    layer: str | None = None
    village: str | None = None
    status: StatusCode | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: after the feature with this place in the order. ``due`` is a day or ``"infinity"``."""

    rank: int
    due: str
    layer: str
    code: str

    @classmethod
    def read(cls, written: str) -> "Cursor":
        """The cursor that an earlier page gave; raises :class:`BadValue`."""
        try:
            padded = written + "=" * (-len(written) % 4)
            rank, due, layer, code = base64.b64decode(padded, "-_", validate=True).decode().split("/", 3)
            if int(rank) in range(len(RANKS)) and _DAY.fullmatch(due) and "\0" not in layer + code:
                due = due if due == "infinity" else date.fromisoformat(due).isoformat()
                return cls(int(rank), due, layer, code)
        except (ValueError, binascii.Error):
            pass
        raise BadValue(name="after", value=written[:40], reason=Text(zh="不是上一页给出的", en="no page gave it"))

    def written(self) -> str:
        """The form in which it stands in an address."""
        text = f"{self.rank}/{self.due}/{self.layer}/{self.code}"
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Township:
    """A township: its names, the code of its county, its villages code -> name, and its outline as GeoJSON if drawn."""

    code: str
    name: Text
    county: str
    villages: dict[str, Text]
    outline: dict[str, Any] | None
    illustrative: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Features in the order in which they are to be seen to, each as the query tells it.

    ``after`` begins the next page. ``statuses`` is how many there are of each status, whatever status was asked for,
    where they were to be counted; ``illustrative`` whether any is.
    """

    features: tuple[dict[str, Any], ...]
    statuses: dict[str, int] | None
    illustrative: bool
    after: Cursor | None


def township(connection: Connection, code: str) -> Township:
    """The township with a code, if the viewer sees something of it; raises :class:`NotFound` if not."""
    who = viewer(connection)
    found = place(connection, code) if who.sees_all_places or code in who.units else None
    if found is None:
        raise NotFound(noun=Text(zh="乡镇", en="township"), key=code)
    return found


def place(connection: Connection, code: str) -> Township | None:
    """The township with a code, whoever looks: names and outlines are nobody's; None where there is none."""
    units = [] if "\0" in code else rows(connection, "township_places", org_unit=code)
    if not units or units[0]["code"] != code:
        return None
    names = {each["code"]: Text(zh=each["name_zh"], en=each["name_en"]) for each in units}
    own = units[0]
    return Township(code, names.pop(code), own["parent"], names, own["outline"], own["illustrative"])


def progress(connection: Connection, town: Township, *, as_of: date) -> list[dict[str, Any]]:
    """The progress of a township, as :func:`geo.progress.units` tells it of all of them at once.

    Townships are compared on one denominator: where another has a target and this one has none, it has no task.
    """
    tasks = {
        (row["layer"], row["measure"]) for row in rows(connection, "township_tasks", county=town.county, as_of=as_of)
    }
    found = json.loads(sums.units(connection, as_of=as_of, org_unit=town.code, by="self"))["rows"]
    for row in found:
        if row["denominator_kind"] == "population" and (row["layer"], row["measure"]) in tasks:
            row |= {"denominator_kind": "target", "denominator": 0}
    return found


def page(
    connection: Connection, wanted: Wanted, *, limit: int, after: Cursor | None = None, counted: bool = False
) -> Page:
    """At most ``limit`` features of layers that have milestones, by rank (:data:`RANKS`) and the day they are due.

    ``counted`` asks how many there are of each status, which takes a look at all of them. Features of a later rank are
    looked at only where earlier ones leave room.
    """
    told = {**asdict(wanted), "q": wanted.text or None}
    found: list[dict[str, Any]] = []
    for rank, (statuses, due_before) in enumerate(RANKS):
        asked = [each for each in statuses if wanted.status in (None, each)]
        if not asked or (after is not None and rank < after.rank) or len(found) > limit:
            continue
        begin = after if after is not None and rank == after.rank else None
        place = {
            "after_due": begin and begin.due,
            "after_layer": begin and begin.layer,
            "after_code": begin and begin.code,
        }
        room = limit + 1 - len(found)
        rest = rows(connection, "township_page", **told, **place, statuses=asked, due_before=due_before, limit=room)
        found += [{**row, "rank": rank} for row in rest]
    (counts,) = rows(connection, "township_counts", **told, counted=counted)
    shown = tuple(found[:limit])
    last = Cursor(*(shown[-1][name] for name in ("rank", "due", "layer", "code"))) if len(found) > limit else None
    return Page(shown, counts["statuses"], counts["illustrative"], last)


def received(connection: Connection, code: str, *, as_of: date) -> Decimal | None:
    """What was spent on the features of a township by a day, in 元; None where nothing ever reached any."""
    return one(connection, "township_received", Decimal, org_unit=code, as_of=as_of)
