"""The list of records from values: what a filter leaves on a day, with what it comes to, and where each leads."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from geo.boundary import OUTSIDE
from geo.delay import DELAYS
from geo.layer import STATUS_LABELS, Layer
from geo.public import NOWHERE
from geo.record import Wanted
from geo.record_sheet import described
from geo.text import Text
from web.progress import figure
from web.sheet import Sheet

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RecordsView:
    """What the page shows: ``page`` is what /api/records answers, ``first`` whether it is the first page.

    ``part`` names the townships of somebody who does not see all, None for who does; ``units`` are all units by code.
    """

    wanted: Wanted
    page: Json
    layers: Mapping[str, Layer]
    townships: Mapping[str, Text]
    units: Mapping[str, Text]
    first: bool = True
    part: Sequence[Text] | None = None
    empty: bool = False


def records_page(view: RecordsView, sheet: Sheet) -> str:
    """The page at ``/features`` within ``sheet``."""
    asked = _asked(view.wanted)

    def address(path: str = "/features", **other: object) -> str:
        return sheet.link(path, **(asked | other))

    def total(each: Json) -> str:
        measure = next(m for m in view.layers[each["layer"]].measures if m.code == each["measure"])
        return f"{figure(each['value'])} {sheet.say(measure.unit.label)}"

    layer = view.layers.get(view.wanted.layer or "")
    return sheet.render(
        "records.html",
        view=view,
        wanted=view.wanted,
        chosen=asked,
        known=layer,
        page=view.page,
        filters=[sheet.say(each) for each in described(view.wanted, view.units)],
        part=[sheet.say(each) for each in view.part or ()],
        address=address,
        map=lambda each: _map(view, sheet, each),
        figure=figure,
        total=total,
        measured=lambda each: sheet.say(
            next(m.label for m in view.layers[each["layer"]].measures if m.code == each["measure"])
        ),
        statuses=STATUS_LABELS,
        classes=DELAYS,
        place=lambda code: sheet.say(view.units.get(code or "", NOWHERE)),
    )


def _asked(wanted: Wanted) -> dict[str, object]:
    """A filter as the parameters of an address."""
    told: dict[str, object] = asdict(wanted)
    told["q"] = told.pop("text")
    told["org_unit"] = OUTSIDE if wanted.org_unit == "" else wanted.org_unit
    told["completing"] = "true" if wanted.completing else None
    return told


def _map(view: RecordsView, sheet: Sheet, each: Json | None) -> str:
    """Where the map shows a record, or what the list is of."""
    parts = {"at": view.wanted.as_of.isoformat()}
    if each is not None:
        parts |= {"layer": each["layer"], "feature": each["id"]}
    else:
        parts |= {"layer": view.wanted.layer or "", "town": view.wanted.org_unit or ""}
        parts["status"] = "overdue" if view.wanted.overdue else view.wanted.status or ""
    return f"{sheet.link('/')}#{'&'.join(f'{name}={value}' for name, value in parts.items() if value)}"
