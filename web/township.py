"""The page of a township from values: how far it is, and its features with what comes next for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from geo.layer import STATUS_LABELS, Layer, Milestone
from geo.next_step import next_step
from geo.township import Page, Township, Wanted
from web import written
from web.figure import Json, figures, mixed, overall, percent
from web.legend import STATUS_SIGNS
from web.sheet import Sheet
from web.talk import may_report, talk

# In the order of the work, what is late first: the order of the list.
CHIPS = ("overdue", "not_started", "under_way", "completed", "accepted")


@dataclass(frozen=True, slots=True)
class TownshipView:
    """What the page shows: ``rows`` is the progress of the township, ``counted`` that of what the list is of.

    ``account`` is who looks, ``now`` when that is; ``first`` whether this is the first page of the list, ``dated``
    whether a day was chosen. ``callable`` says whether the viewer may see whom to call, ``downloadable`` whether they
    may take a map away.
    """

    town: Township
    wanted: Wanted
    page: Page
    rows: Sequence[Json]
    counted: Sequence[Json]
    received: Decimal | None
    layers: Mapping[str, Layer]
    account: str
    now: str
    first: bool
    callable: bool
    downloadable: bool
    dated: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A feature in the list; ``days`` until it is due, negative where overdue, None where it no longer matters."""

    record: Json
    layer: Layer
    step: Milestone | None
    days: int | None

    @property
    def reached(self) -> list[tuple[str, str]]:
        """The milestones that were reached, as the form of a report takes them: days are not in the list."""
        return [(code, "") for code in self.record["milestones"]]

    @property
    def name(self) -> str:
        """What people call it."""
        return self.record["name"] or self.record["code"]


def township_page(sheet: Sheet, view: TownshipView) -> str:
    """The page at ``/township/{code}``; the same view gives the same bytes."""
    wanted = view.wanted
    of_layers = figures(view.rows, view.layers)
    share = overall(of_layers)
    mix = (
        view.page.statuses
        if view.page.statuses is not None
        else mixed(figures(view.counted, view.layers), wanted.layer)
    )
    late = sum(each.mix.get("overdue", 0) for each in of_layers)

    def address(**other: object) -> str:
        """This page narrowed the same, with some of it chosen otherwise; the list begins anew."""
        kept: dict[str, object] = {
            "as_of": wanted.as_of if view.dated else None,
            "layer": wanted.layer,
            "village": wanted.village,
            "status": wanted.status,
            "q": wanted.text,
        }
        return sheet.link(f"/township/{view.town.code}", **(kept | other))

    def feature(entry: Entry) -> str:
        return sheet.link(f"/feature/{entry.record['id']}", as_of=wanted.as_of if view.dated else None)

    return sheet.render(
        "township.html",
        view=view,
        wanted=wanted,
        figures=of_layers,
        share=None if share is None else percent(share),
        averaged=sum(each.share is not None for each in of_layers),
        late=int(late),
        total=sum(mix.values()),
        registered=int(sum(sum(each.mix.values()) for each in of_layers)),
        chips=[(code, STATUS_LABELS[code], int(mix.get(code, 0))) for code in CHIPS],
        entries=[entry(each, view.layers[each["layer"]], wanted.as_of) for each in view.page.features],
        narrowed=bool(wanted.layer or wanted.village or wanted.status or wanted.text),
        address=address,
        feature=feature,
        on_map=lambda record=None: on_map(sheet, view, record),
        village=lambda code: sheet.say(view.town.villages[code]) if code in view.town.villages else "",
        signs={sign.code: sign for sign in STATUS_SIGNS},
        labels=STATUS_LABELS,
        percent=percent,
        number=written.number,
        money=lambda value: written.large_yuan(value, sheet.language),
        next_page=address(after=view.page.after.written()) if view.page.after else None,
        talk=talk(sheet, "app/township.js", layers=_words(sheet, view.layers)),
        reportable=[code for code, layer in view.layers.items() if layer.milestones and may_report(sheet, code)],
    )


def _words(sheet: Sheet, layers: Mapping[str, Layer]) -> dict[str, object]:
    """What the script calls layers and milestones."""
    return {
        code: {
            "label": sheet.say(each.label),
            "milestones": {step.code: sheet.say(step.label) for step in each.milestones},
        }
        for code, each in layers.items()
    }


def entry(record: Json, layer: Layer, as_of: date) -> Entry:
    """A record of the list with what comes next for it, and how many days are left where it is not completed yet."""
    due = record["due_on"]
    open_ = record["status"] in ("overdue", "not_started", "under_way")
    days = (date.fromisoformat(due) - as_of).days if due and open_ else None
    return Entry(record, layer, next_step(layer, record["milestones"]), days)


def on_map(sheet: Sheet, view: TownshipView, record: Json | None) -> str:
    """The address of the map with the township chosen, or with the card of a feature open."""
    parts = [f"at={view.wanted.as_of.isoformat()}"] if view.dated else []
    parts += [f"town={view.town.code}"]
    if record is not None:
        parts += [f"layer={record['layer']}", f"feature={record['id']}"]
    return f"{sheet.link('/')}#{'&'.join(parts)}"
