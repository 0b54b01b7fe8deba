"""The page of one feature from values: all that is known of it but personal columns, and how it came to be so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote

from geo.difference import Difference
from geo.document_file import FORMATS
from geo.feature_document import KINDS, MOST
from geo.layer import STATUS_LABELS, Layer, Milestone
from geo.next_step import next_step
from geo.position import Position
from geo.settings import settings
from geo.text import Text
from geo.township import Township
from web import written
from web.drawing import drawing
from web.legend import STATUS_SIGNS
from web.sheet import Sheet
from web.talk import may_report, talk

Json = Mapping[str, Any]
DELETED = Text(zh="已删除", en="Deleted")
_PICTURES = ("image/jpeg", "image/png", "image/webp")
_OPEN = ("overdue", "not_started", "under_way")


@dataclass(frozen=True, slots=True)
class FeatureView:
    """What the page shows: ``feature`` is what /api/features/{id} answers.

    ``dated`` is whether a day was chosen, ``personal`` whether the viewer may see personal columns of it; ``channels``
    and ``units`` are names by code, ``printed`` is the moment that a print of it states; ``parcels`` are those of
    planners that share ground with it and that the viewer may see; ``documents`` are as
    /api/features/{id}/documents lists them, ``edits`` and ``approves`` what the viewer may do with it.
    """

    feature: Json
    layer: Layer
    township: Township | None
    position: Position | None
    difference: Difference | None
    channels: Mapping[str, Text]
    as_of: date
    printed: str
    dated: bool
    personal: bool
    units: Mapping[str, Text]
    parcels: Sequence[Json] = ()
    documents: Sequence[Json] = ()
    edits: bool = False
    approves: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A milestone of the layer: its valid record by the day shown, and those that do not count, newest first."""

    milestone: Milestone
    valid: Json | None
    others: Sequence[Json]

    @property
    def is_pending(self) -> bool:
        """Whether a record of it waits to be judged."""
        return self.valid is None and any(each["state"] == "pending" for each in self.others)


def feature_page(sheet: Sheet, view: FeatureView) -> str:
    """The page at ``/feature/{id}``; the same view gives the same bytes."""
    feature, layer, language = view.feature, view.layer, sheet.language
    record: dict[str, Any] = dict(feature["properties"])
    name = record["name"] or record["code"]
    found = steps(layer, record["milestones"], view.as_of)
    reached = [each.milestone.code for each in found if each.valid is not None]
    measures = [
        (each, value)
        for each in layer.measures
        if each.source != "count" and (value := written.value_of(each, record)) is not None
        if not (each.source == "area_m2" and layer.geometry != "polygon")
    ]
    told = {each.source for each, _ in measures}
    attributes = [
        (sheet.say(layer.called(column)), written.cell(layer, column, record["attributes"][column], language))
        for column in layer.public
        if column not in told and record["attributes"].get(column) not in (None, "")
    ]
    versions = {each["version"]: each for each in record["versions"]}

    def column(code: str) -> str:
        return sheet.say(DELETED if code == "deleted" else layer.called(code))

    def value(code: str, stated: Any) -> str | None:
        """What a version says of a column, in words; None where it says nothing."""
        if stated is None:
            return None
        if code == "org_unit" and stated in view.units:
            return sheet.say(view.units[stated])
        return written.cell(layer, code, stated, language)

    return sheet.render(
        "feature.html",
        view=view,
        record=record,
        layer=layer,
        name=name,
        feature_id=feature["id"],
        steps=found,
        step=next_step(layer, reached) if record["status"] is not None else None,
        days=_days(record, view.as_of),
        measures=[(sheet.say(each.label), written.measured(amount, each, language)) for each, amount in measures],
        attributes=attributes,
        versions=list(versions.values()),
        status=record["status"],
        sign={each.code: each for each in STATUS_SIGNS}.get(record["status"] or ""),
        signs={each.code: each for each in STATUS_SIGNS},
        labels=STATUS_LABELS,
        column=column,
        value=value,
        money=lambda amount: written.yuan(amount, language),
        number=written.number,
        when=lambda moment: str(moment)[:16].replace("T", " "),
        where=drawing(feature["geometry"], view.township.outline if view.township else None)
        if feature["geometry"]
        else None,
        shape=drawing(feature["geometry"], None)
        if feature["geometry"] and not feature["geometry"]["type"].endswith("Point")
        else None,
        on_map=_on_map(sheet, view),
        navigate=_navigate(view.position, name),
        kinds=KINDS,
        formats=FORMATS,
        size=written.size,
        withdrawable=lambda each: _withdrawable(sheet, view, each),
        talk=talk(sheet, "app/feature.js", personal=view.personal, documents=_documents(view) if view.edits else None),
        reportable=bool(layer.milestones) and may_report(sheet, layer.code),
        reached=[(each.milestone.code, each.valid["reached_on"]) for each in found if each.valid is not None],
    )


def steps(layer: Layer, records: Sequence[Json], as_of: date) -> list[Step]:
    """The milestones of a layer in their order, each with what was recorded of it."""
    day = as_of.isoformat()
    found: list[Step] = []
    for milestone in layer.milestones:
        own = [each for each in records if each["milestone"] == milestone.code]
        valid = next((each for each in own if each["state"] == "approved" and each["reached_on"] <= day), None)
        others = sorted((each for each in own if each is not valid), key=lambda each: each["recorded_at"], reverse=True)
        found.append(Step(milestone, valid, others))
    return found


def _withdrawable(sheet: Sheet, view: FeatureView, document: Json) -> bool:
    """Whether the viewer may withdraw a document; the database judges it again."""
    own = sheet.viewer is not None and document["recorded_by"] == sheet.viewer.name
    return document["withdrawn_at"] is None and (view.approves or (view.edits and own))


def _documents(view: FeatureView) -> Json:
    """What the form needs in which a document is added."""
    return {
        "kinds": [{"code": code, "label": label.both()} for code, label in KINDS.items()],
        "accept": ",".join([*(f".{each}" for one in FORMATS.values() for each in one.suffixes), *_PICTURES]),
        "most_mb": settings().document_mb,
        "left": MOST - len(view.documents),
    }


def _days(record: Json, as_of: date) -> int | None:
    """The days until it is due, negative where it is overdue; None where it is completed or due on no day."""
    if record["due_on"] is None or record["status"] not in _OPEN:
        return None
    return (date.fromisoformat(record["due_on"]) - as_of).days


def _on_map(sheet: Sheet, view: FeatureView) -> str:
    parts = [f"at={view.as_of.isoformat()}"] if view.dated else []
    if view.township is not None:
        parts += [f"town={view.township.code}"]
    parts += [f"layer={view.layer.code}", f"feature={view.feature['id']}"]
    return f"{sheet.link('/')}#{'&'.join(parts)}"


def _navigate(position: Position | None, name: str) -> str | None:
    """The address that a telephone hands to whatever it finds the way with (RFC 5870)."""
    if position is None:
        return None
    place = f"{position.latitude:.6f},{position.longitude:.6f}"
    return f"geo:{place}?q={place}({quote(name, safe='')})"
