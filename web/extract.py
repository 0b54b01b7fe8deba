"""An extract from its content: the document as a page that stands by itself, and as a PDF; the page that checks one."""

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any

import segno
from markupsafe import Markup

from geo.extract.archive import Checked, Document, Issued
from geo.layer import STATUS_LABELS
from geo.layers import layers
from geo.overlay.result import Level
from geo.overlay.told import LEVELS as LEVEL_LABELS
from geo.text import Language, Text
from web import written
from web.extract_map import LEVEL_COLOURS, drawn
from web.extract_pdf import on_paper
from web.page import CONTENT_SECURITY_POLICY, other_language, render, static_bytes
from web.sheet import Sheet

Json = dict[str, Any]
STYLE = "extract.css"
LEVELS = {level.value: LEVEL_LABELS[level] for level in reversed(Level)}
"""What rules say against a parcel, the most first."""
FORMATS = {"pdf": "application/pdf", "html": "text/html; charset=utf-8", "json": "application/json"}
"""Media types of the documents."""
MOST_CORNERS, MOST_PIECES, MOST_NEAR = 80, 40, 10
"""How much of a long list a document shows, the number of all stated; the JSON holds all of it."""
_COLUMNS = 2
_SWATCH = '<rect x=".5" y=".5" width="15" height="8" fill="{0}" fill-opacity=".2" stroke="{0}"/>{1}'
_KEYS = {
    level: Markup(  # noqa: S704 - nothing in it but colours of ours
        _SWATCH.format(colour, f'<path d="{hatch}" stroke="{colour}" stroke-width=".8"/>' if hatch else "")
    )
    for level, colour, hatch in (
        ("", LEVEL_COLOURS[""], ""),
        ("note", LEVEL_COLOURS["note"], ""),
        ("review", LEVEL_COLOURS["review"], "M1 1l7 7M8 1l7 7"),
        ("blocked", LEVEL_COLOURS["blocked"], "M1 8l7-7M5 8l7-7M9 8l6-6"),
    )
}


@dataclass(frozen=True, slots=True)
class ExtractView:
    """What the page of an extract shows: ``checked`` to anybody, ``issued`` to whoever may see the document.

    ``digest`` is the hash that was asked about, if any.
    """

    checked: Checked
    digest: str | None
    issued: Issued | None
    documents: Sequence[Document]


def html(issued: Issued, language: Language) -> str:
    """The document as one page that asks for nothing else."""
    return render("extract_document.html", language, style=_style(), **_values(issued, language))


def policy() -> str:
    """The content security policy of :func:`html`: its style is the one that is written into it, and no other."""
    digest = base64.b64encode(sha256(_style().encode()).digest()).decode()
    return CONTENT_SECURITY_POLICY.replace("style-src 'self'", f"style-src 'sha256-{digest}'")


def pdf(issued: Issued, language: Language) -> bytes:
    """The document on A4, PDF/A-2u with subset fonts; the same extract gives the same bytes, whenever it is made."""
    page = render("extract_document.html", language, style="", **_values(issued, language))
    return on_paper(page, _style(), issued.sha256[:32])


def extract_page(sheet: Sheet, view: ExtractView) -> str:
    """The page at ``/extract/{number}``."""
    values: dict[str, object] = {"say": sheet.say, "moment": _moment}
    if view.issued is not None:
        values = _values(view.issued, sheet.language)
    return render(
        "extract.html",
        sheet.language,
        sheet=sheet,
        other_language=other_language(sheet.language),
        view=view,
        checking=view.digest is not None,
        formats=FORMATS,
        **values,
    )


@cache
def _style() -> str:
    text = static_bytes(STYLE).decode()
    if "</" in text:
        raise ValueError(f"{STYLE} could end its element")
    return text


def _values(issued: Issued, language: Language) -> dict[str, object]:
    """What the templates of a document are filled with."""
    content = issued.content
    address = f"{content['origin']}/extract/{issued.number}"

    def say(text: Text | dict[str, str] | None) -> str:
        return "" if text is None else text.in_(language) if isinstance(text, Text) else text[language]

    return {
        "extract": content,
        "issued": issued,
        "address": address,
        "qr": _qr(address),
        "say": say,
        "levels": LEVELS,
        "keys": _KEYS,
        "status_labels": STATUS_LABELS,
        "sheets": [(parcel, drawn(parcel, language), _corner_table(parcel)) for parcel in content["parcels"]],
        "totals": _totals(content) if len(content["parcels"]) > 1 else None,
        "moment": _moment,
        "amount": lambda each: _amount(each, language),
        "number": written.number,
        "square": lambda value: f"{value:,.2f}",
        "percent": _percent,
        "of_registered": _of_registered,
        "distance": _distance,
        "money": lambda value: written.yuan(value, language),
        "icon": lambda code: Markup(f'<path d="{layers()[code].icon}"/>') if code in layers() else "",  # noqa: S704 - declared by us
        "most_pieces": MOST_PIECES,
        "most_near": MOST_NEAR,
    }


def _moment(when: datetime | str) -> str:
    told = when if isinstance(when, str) else when.isoformat()
    return told[:16].replace("T", " ")


def _percent(share: float) -> str:
    return f"{share * 100:.2f}%"


def _of_registered(each: Json, parcel: Json) -> str:
    """The share of the registered area, where one is stated."""
    registered = parcel["parcel"]["registered_area"]
    return _percent(each["area"]["m2"] / registered["m2"]) if registered and "area" in each else ""


def _distance(metres: float) -> str:
    return f"{metres / 1000:,.1f} km" if metres >= 1000 else f"{metres:,.0f} m"


def _amount(each: Json, language: Language) -> str:
    if "area" in each:
        return f"{each['area']['m2']:,.2f} m²"
    if "length_m" in each:
        return f"{each['length_m']:,.2f} m"
    unit = Text(zh="处", en="of them").in_(language)
    return f"{each['count']} {unit}"


def _corner_table(parcel: Json) -> Json:
    """The boundary points in columns beside each other, ``left`` of them left out."""
    corners = [corner for ring in parcel["boundary"]["rings"] for corner in ring["corners"]]
    shown = corners[:MOST_CORNERS]
    height = max(math.ceil(len(shown) / _COLUMNS), 1)
    columns = [shown[start : start + height] for start in range(0, len(shown), height)]
    lines = [[column[line] if line < len(column) else None for column in columns] for line in range(height)]
    return {"lines": lines, "columns": len(columns), "left": len(corners) - len(shown)}


def _totals(content: Json) -> Json:
    """What the parcels of a batch come to together, and how many are concerned by each layer."""
    parcels = content["parcels"]
    by_layer: dict[str, Json] = {}
    for parcel in parcels:
        for standing, findings in parcel["lists"].items():
            for each in findings:
                row = by_layer.setdefault(each["layer"], dict.fromkeys(parcel["lists"], 0) | {"label": each["label"]})
                row[standing] += 1
                if "area" in each:
                    row["m2"] = row.get("m2", 0.0) + each["area"]["m2"]
    levels = [parcel["level"] and parcel["level"]["code"] for parcel in parcels]
    return {
        "m2": sum(each["parcel"]["area"]["m2"] for each in parcels),
        "levels": {level: levels.count(level) for level in (*LEVELS, None)},
        "layers": sorted(by_layer.values(), key=lambda row: -row["concerned"]),
    }


def _qr(address: str) -> Json:
    """A QR code as the path of an SVG: a row of modules a step."""
    code = segno.make_qr(address, error="m", boost_error=False)
    steps: list[str] = []
    for y, row in enumerate(code.matrix):
        x = 0
        while x < len(row):
            if row[x]:
                run = next((place for place in range(x, len(row)) if not row[place]), len(row)) - x
                steps.append(f"M{x} {y}h{run}v1h-{run}z")
                x += run
            else:
                x += 1
    return {"size": len(code.matrix), "path": "".join(steps)}
