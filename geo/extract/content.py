"""An overlaid parcel to what its extract says: what was found, boundary points, ground of the map, sources."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime
from itertools import count
from typing import Any

from geo import boundary
from geo.database import Connection, rows
from geo.extract import word
from geo.extract.corner import rings
from geo.extract.plane import Plane, plane
from geo.extract.sheet import Sheet, sheet
from geo.layers import layers as declared
from geo.overlay.result import Level, Overlaid, Problem, Verdict
from geo.overlay.told import told, told_problem
from geo.settings import settings
from geo.text import Text

Json = dict[str, Any]
MOST_BESIDE = 400
"""Features around a parcel that its map shows."""
_SIDES = ("west", "south", "east", "north")


def said(
    connection: Connection,
    overlaid: Sequence[Overlaid],
    problems: Sequence[Problem],
    *,
    as_of: date,
    at: datetime,
    by: str,
    origin: str,
) -> Json:
    """What an extract says of parcels, but for its number: each as :func:`geo.overlay.told.told` tells it, and more.

    Every piece has its number on the map (``mark``) and the most that a rule says against it (``level``). ``problems``
    are of these parcels and of those that were left out. Issued ``by`` an account ``at`` a moment; ``origin`` is where
    it can be checked, such as https://shanhe.example.
    """
    county = boundary.county(connection, settings().county)
    name = county.name if county is not None else Text(zh=settings().county, en=settings().county)
    layers = [finding.layer for finding in overlaid[0].findings]
    sources = _sources(connection, layers)
    parcels = [_parcel(connection, each, as_of, layers) for each in overlaid]
    invented = any(each["illustrative"] for parcel in parcels for each in parcel["map"]["townships"])
    return {
        "title": word.TITLE.both(),
        "office": word.OFFICE.format(county=name).both(),
        "county": {"code": settings().county, "name": name.both()},
        "origin": origin,
        "as_of": as_of.isoformat(),
        "issued_at": at.isoformat(timespec="seconds"),
        "issued_by": by,
        "parcels": parcels,
        "problems": [told_problem(each) for each in problems],
        "sources": sources,
        "illustrative": invented or any(each["illustrative"] for each in sources),
        "basis": word.BASIS.both(),
        "disclaimer": word.DISCLAIMER.both(),
    }


def _parcel(connection: Connection, overlaid: Overlaid, as_of: date, layers: Sequence[str]) -> Json:
    found = told(connection, overlaid, as_of)
    on, levels, marks = plane(overlaid.parcel.geom), _levels(overlaid.verdicts), count(1)
    for standing in found["lists"].values():
        for finding in standing:
            for piece in finding["pieces"]:
                piece |= {"mark": next(marks), "level": levels.get(piece["feature"])}
            for piece in finding["near"]:
                piece["level"] = levels.get(piece["feature"])
    corners = rings(overlaid.parcel.geom, on)
    kind = overlaid.parcel.kind
    return {
        **found,
        "parcel": {**found["parcel"], "use": None if kind is None else _label(kind)},
        "verdicts": [{**verdict, "records": _records(found, verdict["features"])} for verdict in found["verdicts"]],
        "boundary": {
            "zone": on.zone,
            "epsg": on.epsg,
            "system": word.COORDINATES.format(zone=on.zone, epsg=on.epsg).both(),
            "points": sum(len(ring.corners) for ring in corners),
            "rings": [asdict(ring) for ring in corners],
        },
        "map": _map(connection, overlaid, on, layers),
    }


def _levels(verdicts: Iterable[Verdict]) -> dict[str, str]:
    """The most that is said against each record, by its id."""
    order, found = list(Level), dict[str, Level]()
    for verdict in verdicts:
        for each in map(str, verdict.features):
            found[each] = max(found.get(each, verdict.level), verdict.level, key=order.index)
    return {feature: level.value for feature, level in found.items()}


def _records(found: Json, features: Sequence[str]) -> list[Json]:
    """The records that a verdict names, as people know them."""
    named = {
        piece["feature"]: {
            "layer": finding["layer"], "feature": piece["feature"], "code": piece["code"], "name": piece["name"]
        }
        for standing in found["lists"].values()
        for finding in standing
        for piece in (*finding["pieces"], *finding["near"])
    }  # fmt: skip
    return [named[each] for each in features if each in named]


def _map(connection: Connection, overlaid: Overlaid, on: Plane, layers: Sequence[str]) -> Json:
    frame = sheet(overlaid.parcel.geom, on)
    ground = {**dict(zip(_SIDES, frame.bounds(), strict=True)), "hair": frame.hair_degrees}
    beside = rows(connection, "extract_beside", **ground, layers=list(layers), limit=MOST_BESIDE)
    return {
        "scale": frame.scale,
        "frame": _frame(frame),
        "beside": beside,
        "townships": [
            {
                "code": row["code"],
                "name": {"zh": row["name_zh"], "en": row["name_en"]},
                "illustrative": row["illustrative"],
                "geometry": row["geometry"],
            }
            for row in rows(connection, "extract_places", **ground)
        ],
    }


def _frame(frame: Sheet) -> Json:
    return {side: round(getattr(frame, side), 3) for side in _SIDES}


def _sources(connection: Connection, layers: Sequence[str]) -> list[Json]:
    """The last import of each layer; its file only for whoever may see it."""
    found = {row["layer"]: row for row in rows(connection, "extract_sources", layers=list(layers))}
    none: Json = {"file": None, "imported_at": None, "illustrative": False}
    return [
        {
            "layer": code,
            "label": _label(code),
            "file": row["file"],
            "imported_on": None if row["imported_at"] is None else row["imported_at"].date().isoformat(),
            "illustrative": row["illustrative"],
        }
        for code in layers
        for row in (found.get(code, none),)
    ]


def _label(code: str) -> dict[str, str]:
    layer = declared().get(code)
    return {"zh": code, "en": code} if layer is None else layer.label.both()
