"""An overlaid parcel to what its extract says: areas, three lists, verdicts, boundary points, the map's ground, sources."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

import shapely

from geo import boundary
from geo.database import Connection, rows
from geo.extract import word
from geo.extract.corner import rings
from geo.extract.plane import Plane, plane
from geo.extract.sheet import Sheet, sheet
from geo.layer import MU
from geo.layers import layers as declared
from geo.overlay.result import Finding, Level, Overlaid, Piece, Standing, Verdict
from geo.settings import settings
from geo.text import Text

Json = dict[str, Any]
MOST_BESIDE = 400
"""Features around a parcel that its map shows."""
_DEGREES = 8
"""Decimals of a stored position: a millimetre."""


def said(
    connection: Connection,
    overlaid: Sequence[tuple[Overlaid, Mapping[str, Json]]],
    layers: Sequence[str],
    *,
    as_of: date,
    at: datetime,
    by: str,
) -> Json:
    """What an extract says, but for its number; the parts of each parcel by the id of the record they belong to.

    ``overlaid`` is each parcel with what is known of the records on it, by id; ``layers`` were asked for, of which
    sources are told; issued ``by`` an account ``at`` a moment.
    """
    county = boundary.county(connection, settings().county)
    name = county.name if county is not None else Text(zh=settings().county, en=settings().county)
    parcels = [_parcel(connection, each, known, layers) for each, known in overlaid]
    sources = _sources(connection, layers)
    drawn = any(each["illustrative"] for parcel in parcels for each in parcel["map"]["townships"])
    return {
        "title": word.TITLE.both(),
        "office": word.OFFICE.format(county=name).both(),
        "county": {"code": settings().county, "name": name.both()},
        "as_of": as_of.isoformat(),
        "issued_at": at.isoformat(timespec="seconds"),
        "issued_by": by,
        "parcels": parcels,
        "sources": sources,
        "illustrative": drawn or any(each["illustrative"] for each in sources),
        "basis": word.BASIS.both(),
        "disclaimer": word.DISCLAIMER.both(),
    }


def _parcel(connection: Connection, overlaid: Overlaid, known: Mapping[str, Json], layers: Sequence[str]) -> Json:
    parcel, on = overlaid.parcel, plane(overlaid.parcel.geom)
    registered = parcel.registered_area_m2
    corners = rings(parcel.geom, on)
    levels = _levels(overlaid.verdicts)
    lists: dict[Standing, list[Json]] = {standing: [] for standing in Standing}
    mark = 0
    for finding in overlaid.findings:
        told, mark = _finding(finding, overlaid, known, levels, mark)
        lists[finding.standing].append(told)
    ratio = overlaid.drawn_to_registered
    return {
        "number": parcel.number,
        "name": parcel.name,
        "kind": None if parcel.kind is None else _label(parcel.kind),
        "geometry": _geojson(parcel.geom),
        "area": area(overlaid.area_m2),
        "registered_area": None if registered is None else area(registered),
        "drawn_to_registered": None if ratio is None else round(ratio, 6),
        "townships": _names(connection, overlaid.townships),
        "level": overlaid.level,
        "verdicts": [_verdict(each, overlaid) for each in overlaid.verdicts],
        "concerned": lists[Standing.CONCERNED],
        "not_concerned": lists[Standing.NOT_CONCERNED],
        "no_data": lists[Standing.NO_DATA],
        "boundary": {
            "zone": on.zone,
            "epsg": on.epsg,
            "system": word.COORDINATES.format(zone=on.zone, epsg=on.epsg).both(),
            "points": sum(len(ring.corners) for ring in corners),
            "rings": [asdict(ring) for ring in corners],
        },
        "map": _map(connection, overlaid, on, layers),
    }


def area(square_metres: float) -> Json:
    """An area in m², 亩 and 公顷."""
    mu = square_metres * MU.factor.numerator / MU.factor.denominator
    return {"m2": round(square_metres, 2), "mu": round(mu, 4), "ha": round(square_metres / 10_000, 6)}


def _finding(
    finding: Finding, overlaid: Overlaid, known: Mapping[str, Json], levels: Mapping[str, Level], mark: int
) -> tuple[Json, int]:
    """A layer in its list, and the last number that was given to a piece on the map."""
    told: Json = {"layer": finding.layer, "label": _label(finding.layer), "geometry": declared()[finding.layer].geometry}
    if finding.standing is Standing.NO_DATA:
        return {**told, "why": None if finding.why is None else finding.why.both()}, mark
    pieces: list[Json] = []
    for mark, piece in enumerate(finding.pieces, mark + 1):  # noqa: B020 - numbers run on from layer to layer
        pieces.append({"mark": mark, **_piece(piece, overlaid, known, levels)})
    near = [_piece(each, overlaid, known, levels) for each in finding.near]
    if finding.standing is Standing.CONCERNED:
        told |= {**_amount(finding.layer, finding.amount, overlaid), "slivers": finding.slivers, "pieces": pieces}
    return {**told, "near": near}, mark


def _piece(piece: Piece, overlaid: Overlaid, known: Mapping[str, Json], levels: Mapping[str, Level]) -> Json:
    key = str(piece.feature)
    return {
        "feature": key,
        "code": piece.code,
        "name": piece.name,
        "township": piece.township,
        **_amount(piece.layer, piece.amount, overlaid),
        "distance_m": round(piece.distance_m, 2),
        "level": levels.get(key),
        "geometry": None if piece.geom is None else _geojson(piece.geom),
        **known.get(key, {}),
    }


def _amount(layer: str, amount: float, overlaid: Overlaid) -> Json:
    """How much there is of it: an area with its shares, a length in metres, or a count."""
    kind = declared()[layer].geometry
    if kind != "polygon":
        return {"length_m": round(amount, 2)} if kind == "line" else {"count": round(amount)}
    registered = overlaid.parcel.registered_area_m2
    return {
        "area": area(amount),
        "of_drawn": round(amount / overlaid.area_m2, 6) if overlaid.area_m2 else None,
        "of_registered": round(amount / registered, 6) if registered else None,
    }


def _levels(verdicts: Iterable[Verdict]) -> dict[str, Level]:
    """The most that is said against each record, by its id."""
    order, found = list(Level), dict[str, Level]()
    for verdict in verdicts:
        for each in map(str, verdict.features):
            found[each] = max(found.get(each, verdict.level), verdict.level, key=order.index)
    return found


def _verdict(verdict: Verdict, overlaid: Overlaid) -> Json:
    named = {
        piece.feature: {"layer": piece.layer, "feature": str(piece.feature), "code": piece.code, "name": piece.name}
        for finding in overlaid.findings
        for piece in (*finding.pieces, *finding.near)
    }
    records = [named[each] for each in verdict.features if each in named]
    return {"rule": verdict.rule, "level": verdict.level, "sentence": verdict.sentence.both(), "records": records}


def _map(connection: Connection, overlaid: Overlaid, on: Plane, layers: Sequence[str]) -> Json:
    frame = sheet(overlaid.parcel.geom, on)
    west, south, east, north = frame.bounds()
    ground = {"west": west, "south": south, "east": east, "north": north, "hair": frame.hair_degrees}
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
    return {side: round(getattr(frame, side), 3) for side in ("west", "south", "east", "north")}


def _names(connection: Connection, codes: Sequence[str]) -> list[Json]:
    found = {row["code"]: row for row in rows(connection, "extract_names", codes=list(codes))}
    named = ((code, found.get(code)) for code in codes)
    return [
        {"code": code, "name": {"zh": row["name_zh"], "en": row["name_en"]} if row else {"zh": code, "en": code}}
        for code, row in named
    ]


def _sources(connection: Connection, layers: Sequence[str]) -> list[Json]:
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


def _geojson(geometry: Any) -> Json:
    return json.loads(shapely.to_geojson(shapely.set_precision(geometry, 10**-_DEGREES, mode="pointwise")))
