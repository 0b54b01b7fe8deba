"""A result as JSON: what the API answers, the page draws and an extract is made of."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any
from uuid import UUID

import numpy as np
import shapely

from geo.database import Connection, rows
from geo.layer import HECTARE, MU, CodeList, Geometry, Layer
from geo.layers import layer as declared
from geo.org_unit import Places, places
from geo.overlay.least import least
from geo.overlay.result import Finding, Level, Overlaid, Piece, Problem, Standing
from geo.overlay.rule import GROUPED
from geo.text import Text

Json = dict[str, Any]

DIGITS = 9
"""Decimals of degrees that are told: a tenth of a millimetre."""

BLOCK = 200
"""Results that are told at once, of whose records the database is asked in one statement."""

LEVELS = {
    Level.NOTE: Text(zh="提示", en="Note"),
    Level.REVIEW: Text(zh="需审查", en="Needs review"),
    Level.BLOCKED: Text(zh="禁止", en="Blocked"),
}
STANDINGS = {
    Standing.CONCERNED: Text(zh="涉及", en="Concerned"),
    Standing.NOT_CONCERNED: Text(zh="不涉及", en="Not concerned"),
    Standing.NO_DATA: Text(zh="无数据", en="No data"),
}


def told(connection: Connection, overlaid: Overlaid, as_of: date, there: Places | None = None) -> Json:
    """All of a result, with what the program knows of every record on the parcel or near it, as the viewer sees it.

    ``lists`` has the layers under ``concerned``, ``not_concerned`` and ``no_data``. An area is in ``m2``, ``mu`` and
    ``ha``; ``share`` is the part of the drawing that is covered, ``of_registered`` that part of the registered area.
    Texts are ``{"zh": …, "en": …}``, geometries GeoJSON in longitude, latitude. ``there`` are the places of the
    database, for whoever tells many.
    """
    ((_, only),) = told_many(connection, [overlaid], as_of, there)
    return only


def told_many(
    connection: Connection, results: Iterable[Overlaid], as_of: date, there: Places | None = None
) -> Iterator[tuple[Overlaid, Json]]:
    """Each result with all of it as :func:`told` tells it, in their order, holding :data:`BLOCK` of them.

    Planning what is asked of a record takes the database longer than finding it: of a block it is asked once, and the
    files that layers came from once for all.
    """
    there = there or places(connection)
    sources: dict[tuple[str, ...], dict[str, Json]] = {}
    waiting = iter(results)
    while block := list(islice(waiting, BLOCK)):
        states, drawn = _states(connection, block, as_of), _drawn(block)
        for overlaid in block:
            layers = tuple(finding.layer for finding in overlaid.findings)
            if layers not in sources:
                sources[layers] = _sources(connection, layers)
            yield overlaid, _Writing(overlaid, there, states, sources[layers], drawn).all(as_of)


def told_problem(problem: Problem) -> Json:
    """What is wrong with a parcel, as JSON; ``place`` is longitude, latitude."""
    return {
        "parcel": problem.parcel, "code": problem.code, "sentence": problem.sentence.both(), "refused": problem.refused,
        "place": problem.place and list(problem.place),
    }  # fmt: skip


def area(m2: float) -> Json:
    """An area in m², 亩 and hectares, rounded to what is written on paper."""
    return {
        "m2": round(m2, 2),
        "mu": round(m2 * float(MU.factor), 4),
        "ha": round(m2 * float(HECTARE.factor), 6),
    }


def group_label(layer: Layer, value: str) -> Text:
    """What a value of the column by which records of a layer are told apart is called."""
    info = layer.columns[GROUPED[layer.code]]
    for part in (info.metadata, *(getattr(each, "__metadata__", ()) for each in _arguments(info.annotation))):
        for each in part:
            if isinstance(each, CodeList):
                return next((code.label for code in each.codes if code.code == value), Text(zh=value, en=value))
    return Text(zh=value, en=value)


def _arguments(annotation: Any) -> tuple[Any, ...]:
    return getattr(annotation, "__args__", ())


@dataclass(frozen=True)
class _Writing:
    """What is needed to write the parts of one result; ``drawn`` are geometries by their ``id()``."""

    overlaid: Overlaid
    places: Places
    states: dict[tuple[str, UUID], Json]
    sources: dict[str, Json]
    drawn: dict[int, Json]

    def all(self, as_of: date) -> Json:
        """The whole of it."""
        parcel = self.overlaid.parcel
        ratio = self.overlaid.drawn_to_registered
        return {
            "as_of": as_of.isoformat(),
            "parcel": {
                "number": parcel.number,
                "name": parcel.name,
                "kind": parcel.kind,
                "source_row": parcel.source_row,
                "area": area(self.overlaid.area_m2),
                "registered_area": None if parcel.registered_area_m2 is None else area(parcel.registered_area_m2),
                "drawn_to_registered": None if ratio is None else round(ratio, 6),
                "geometry": self.drawn[id(parcel.geom)],
            },
            "townships": [self.unit(code) for code in self.overlaid.townships],
            "level": None if self.overlaid.level is None else self.level(self.overlaid.level),
            "verdicts": [
                {
                    "rule": verdict.rule,
                    "level": self.level(verdict.level),
                    "sentence": verdict.sentence.both(),
                    "features": [str(feature) for feature in verdict.features],
                }
                for verdict in self.overlaid.verdicts
            ],
            "lists": {
                standing.value: [self.finding(each) for each in self.overlaid.findings if each.standing is standing]
                for standing in Standing
            },
        }

    def finding(self, finding: Finding) -> Json:
        layer = declared(finding.layer)
        written: Json = {
            "layer": layer.code,
            "label": layer.label.both(),
            "geometry": layer.geometry.value,
            "reference": layer.reference,
            "source": self.sources.get(layer.code),
            "slivers": finding.slivers,
            "pieces": [self.piece(piece, layer) for piece in finding.pieces],
            "near": [self.piece(piece, layer) for piece in finding.near],
            "why": None if finding.why is None else finding.why.both(),
            "basis": None if finding.basis is None else finding.basis.both(),
        }
        written |= self.amount(finding.amount, layer)
        if finding.slivers:
            limits = least(layer.code)
            written["sliver_below"] = {"m2": limits.area_m2, "width_m": limits.width_m, "length_m": limits.length_m}
        return written

    def piece(self, piece: Piece, layer: Layer) -> Json:
        labels = {milestone.code: milestone.label.both() for milestone in layer.milestones}
        state = self.states.get((piece.layer, piece.feature), {})
        known = {
            **state,
            "milestone": _labelled(state.get("milestone"), labels),
            "pending": [
                {**each, "milestone": _labelled(each["milestone"], labels)} for each in state.get("pending", ())
            ],
        }
        return {
            "feature": str(piece.feature),
            "code": piece.code,
            "name": piece.name,
            "township": None if piece.township is None else self.unit(piece.township),
            "group": None
            if piece.group is None
            else {"code": piece.group, "label": group_label(layer, piece.group).both()},
            "owner": piece.owner,
            "distance_m": round(piece.distance_m, 2),
            **self.amount(piece.amount, layer),
            "geometry": None if piece.geom is None else self.drawn[id(piece.geom)],
            **known,
        }

    def amount(self, amount: float, layer: Layer) -> Json:
        """What there is of a layer, in its measure, and for areas the share of the parcel."""
        if layer.geometry is Geometry.POINT:
            return {"count": round(amount)}
        if layer.geometry is Geometry.LINE:
            return {"length_m": round(amount, 2)}
        share = amount / self.overlaid.area_m2 if self.overlaid.area_m2 else 0.0
        registered = self.overlaid.parcel.registered_area_m2
        return {
            "area": area(amount),
            "share": round(share, 6),
            "of_registered": None if registered is None else area(share * registered),
        }

    def unit(self, code: str) -> Json:
        found = self.places.units.get(code)
        return {"code": code, "name": Text(zh=code, en=code).both() if found is None else found.label.both()}

    def level(self, level: Level) -> Json:
        return {"code": level.value, "label": LEVELS[level].both()}


def _labelled(code: str | None, labels: dict[str, dict[str, str]]) -> Json | None:
    return None if code is None else {"code": code, "label": labels.get(code, {"zh": code, "en": code})}


def _pieces(block: Sequence[Overlaid]) -> Iterator[Piece]:
    for overlaid in block:
        for finding in overlaid.findings:
            yield from finding.pieces
            yield from finding.near


def _states(connection: Connection, block: Sequence[Overlaid], as_of: date) -> dict[tuple[str, UUID], Json]:
    """What is known of each record that lies on one of the parcels or near it."""
    named = list(dict.fromkeys((piece.layer, piece.feature) for piece in _pieces(block)))
    if not named:
        return {}
    layers, features = zip(*named, strict=True)
    found = rows(connection, "overlay_told", layers=list(layers), features=list(features), as_of=as_of)
    return {(row["layer"], row["id"]): row["told"] for row in found}


def _sources(connection: Connection, layers: Sequence[str]) -> dict[str, Json]:
    """The file that each layer last came from and when."""
    return {
        row["layer"]: {
            "file": row["file"], "imported_on": row["imported_on"].isoformat(), "illustrative": row["illustrative"],
        }
        for row in rows(connection, "overlay_source", layers=list(layers))
    }  # fmt: skip


def _drawn(block: Sequence[Overlaid]) -> dict[int, Json]:
    """GeoJSON of the parcels and of the parts that have a geometry, by its ``id()``."""
    seen = {id(overlaid.parcel.geom): overlaid.parcel.geom for overlaid in block}
    seen |= {id(piece.geom): piece.geom for piece in _pieces(block) if piece.geom is not None}
    plain = shapely.transform(np.array([*seen.values()], object), lambda xy: xy.round(DIGITS))
    return dict(zip(seen, map(json.loads, shapely.to_geojson(plain)), strict=True))
