"""The pages of parcels from values: the batches somebody may see, and one of them laid over the layers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from geo.extract.issue import MOST_PARCELS
from geo.layer import STATUS_LABELS, Layer
from geo.overlay.parcel import ORIGINS
from web.importing import System
from web.page import inert_json
from web.progress import figure
from web.sheet import Sheet

Json = Mapping[str, Any]
SQUARE_METRES_PER_MU = 2000 / 3


@dataclass(frozen=True, slots=True)
class ParcelsView:
    """What the list shows: ``page`` is what /api/parcel-batches answers; ``sees`` whether anything may be seen.

    ``kinds`` are what rules ask parcels for, as layers.
    """

    page: Json
    layers: Sequence[Layer]
    kinds: Sequence[Layer]
    systems: Sequence[System]
    first: bool
    sees: bool


@dataclass(frozen=True, slots=True)
class BatchView:
    """What the page of a batch shows: ``batch`` as /api/parcel-batches tells it, without its parcels.

    ``at_once`` is whether it is small enough to be overlaid while somebody waits, ``extract`` whether extracts are
    issued; ``changes`` and ``withdraws`` are what the reader may do with it.
    """

    batch: Json
    layers: Sequence[Layer]
    as_of: date
    at_once: bool
    changes: bool
    withdraws: bool
    extract: bool


def parcels_page(sheet: Sheet, view: ParcelsView) -> str:
    """The page at ``/parcels``: keep parcels from a file, from coordinates or from records; batches, newest first."""
    batches = view.page["batches"]
    return sheet.render(
        "parcels.html",
        view=view,
        mine=[each for each in batches if each["mine"]],
        others=[each for each in batches if not each["mine"]],
        next=view.page["next"],
        origins=ORIGINS,
        number=figure,
        mu=lambda area: figure(round(area / SQUARE_METRES_PER_MU, 2)),
        when=_when,
    )


def parcel_page(sheet: Sheet, view: BatchView) -> str:
    """The page at ``/parcels/{batch}``: its parcels on a drawing of the county, with what was found on each."""
    known = {
        "batch": view.batch["id"],
        "parcels": view.batch["parcels"],
        "at_once": view.at_once,
        "extract": view.extract,
        "job": view.batch["overlay"],
        "statuses": {code: label.both() for code, label in STATUS_LABELS.items()},
        "icons": {layer.code: layer.icon for layer in view.layers},
    }
    return sheet.render(
        "parcel.html",
        view=view,
        batch=view.batch,
        refused=[each for each in view.batch["problems"] if each["refused"]],
        origins=ORIGINS,
        number=figure,
        mu=lambda area: figure(round(area / SQUARE_METRES_PER_MU, 2)),
        when=_when,
        known=inert_json(known),
        few=view.batch["parcels"] <= MOST_PARCELS,
    )


def _when(moment: str) -> str:
    return moment[:16].replace("T", " ")
