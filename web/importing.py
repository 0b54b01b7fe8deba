"""The page where files come in and go out, from values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from geo.export import FORMATS
from geo.ingest.mapping import targets
from geo.layer import STATUS_LABELS, Layer
from geo.text import Text
from web.page import inert_json
from web.sheet import Sheet

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class System:
    """A coordinate system that people choose by its name."""

    code: str
    name: Text


@dataclass(frozen=True, slots=True)
class ImportView:
    """What the page shows: ``history`` is what /api/imports answers, ``chosen`` the layer that was asked for.

    ``complete`` are the units, the county first, for which a file may be stated to hold all there is.
    """

    layers: Sequence[Layer]
    townships: Mapping[str, Text]
    systems: Sequence[System]
    history: Json
    chosen: str = ""
    complete: Mapping[str, Text] = field(default_factory=dict[str, Text])


def import_page(sheet: Sheet, view: ImportView, *, editable: bool) -> str:
    """The page at ``/import``: send a file, look at what was found, enter it; download a layer; take an import back."""
    known = {
        "layers": [
            {
                "code": layer.code,
                "label": layer.label.both(),
                "targets": [
                    {"code": target, "label": layer.called(target).both()}
                    for target in dict.fromkeys(targets(layer).values())
                ],
            }
            for layer in view.layers
        ],
        "units": [{"code": code, "label": label.both()} for code, label in view.complete.items()],
        "systems": [{"code": system.code, "name": system.name.both()} for system in view.systems],
    }
    return sheet.render(
        "import.html",
        layers=view.layers,
        labels={layer.code: layer.label for layer in view.layers},
        chosen=view.chosen,
        townships=view.townships,
        systems=view.systems,
        formats=FORMATS,
        statuses=STATUS_LABELS,
        history=view.history["imports"],
        next=view.history["next"],
        known=inert_json(known),
        editable=editable,
    )
