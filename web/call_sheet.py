"""The sheet of whom to call in a township from values: masked with a form that asks why, or whole and to be printed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from geo.call_sheet import MOST, Line, Wanted, contacts
from geo.layer import STATUS_LABELS, Layer
from geo.text import Text
from geo.township import Township
from web.legend import STATUS_SIGNS
from web.sheet import Sheet

_NUMBER = re.compile(r"\+?[0-9][0-9 -]{4,18}[0-9]")


@dataclass(frozen=True, slots=True)
class CallView:
    """What the page shows; ``whole`` is whether names and numbers are whole, ``refused`` why a reason was not taken."""

    town: Township
    wanted: Wanted
    lines: Sequence[Line]
    offered: Mapping[str, Layer]
    whole: bool
    printed: str
    reason: str = ""
    refused: Text | None = None


def call_page(sheet: Sheet, view: CallView) -> str:
    """The page at ``/township/{code}/calls``."""
    layer = view.wanted.layer
    return sheet.render(
        "calls.html",
        view=view,
        layer=layer,
        heads=[sheet.say(layer.called(each.person or each.phone)) for each in contacts(layer)],
        dial=dial,
        cut=len(view.lines) == MOST,
        most=MOST,
        signs={each.code: each for each in STATUS_SIGNS},
        labels=STATUS_LABELS,
        address=lambda code: sheet.link(f"/township/{view.town.code}/calls", layer=code, village=view.wanted.village),
        village=lambda code: sheet.say(view.town.villages[code]) if code in view.town.villages else "",
    )


def dial(number: str | None) -> str | None:
    """The address that calls a number (RFC 3966); None for what is no number, such as a masked one."""
    plain = (number or "").strip()
    return f"tel:{re.sub('[ -]', '', plain)}" if _NUMBER.fullmatch(plain) else None
