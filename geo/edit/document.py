"""A GeoJSON feature as somebody sent it to the columns it states, and what of it cannot be read."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyproj
import shapely

from geo import crs
from geo.collection import collection
from geo.errors import ShanheError
from geo.ingest.placing import System
from geo.ingest.problem import Problem
from geo.layer import Layer
from geo.text import Text

Document = Mapping[str, Any]
"""What a JSON object reads as."""

_GEOMETRIES = {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"}
_SAME = 1e-8
"""Degrees, about a millimetre: a shape that is answered in any system and sent back lies closer to itself."""


class NotAFeature(ShanheError):
    """What was sent is JSON, but no GeoJSON feature."""

    code = "not_a_feature"
    sentence = Text(zh="应为一个 GeoJSON 要素：{reason}", en="A GeoJSON feature is wanted: {reason}")


@dataclass(frozen=True)
class Sent:
    """What a feature states of a layer's columns.

    ``columns`` has every public one, None where nothing is stated; ``private`` has the personal ones that are stated,
    None where they shall go. ``drawn`` is in the coordinates of ``system``.
    """

    columns: dict[str, object]
    private: dict[str, object]
    drawn: shapely.Geometry | None
    system: System
    problems: tuple[Problem, ...]

    def stays(self, held: bytes | None) -> bool:
        """Whether the geometry is the stored one (WKB) but for what rounding does to it."""
        if held is None or self.drawn is None or shapely.is_empty(self.drawn):
            return held is None and self.drawn is None
        there = self.system.to_stored(np.array([self.drawn], object))
        if not np.isfinite(shapely.total_bounds(there)).all():
            return False
        known = shapely.from_wkb(held)
        turned = shapely.normalize(known), shapely.normalize(there[0])
        return bool(shapely.equals_exact(known, there[0], _SAME) or shapely.equals_exact(*turned, _SAME))


def read(layer: Layer, document: object, uri: str) -> Sent:
    """What a feature states, with its coordinates in one of :data:`geo.crs.CRS_URIS`.

    What the program itself says of a feature (``id``, ``status``, ``area_m2``, dates of milestones…) is passed over,
    so that an answer can be sent back; a property that the layer does not have is a problem. Raises
    :class:`NotAFeature`.
    """
    if not isinstance(document, dict) or document.get("type") != "Feature":
        raise NotAFeature(reason=Text(zh='缺少 "type": "Feature"', en='"type": "Feature" is missing'))
    if "geometry" not in document:
        raise NotAFeature(
            reason=Text(zh="缺少 geometry（没有图形写 null）", en="geometry is missing: state null for none")
        )
    properties = document.get("properties") or {}
    if not isinstance(properties, dict):
        raise NotAFeature(reason=Text(zh="properties 应为对象", en="properties must be an object"))
    known, own = collection(layer.code).named, layer.columns
    problems = [
        Problem(1, shown(name), "", "property_unknown") for name in properties if name not in known and name not in own
    ]
    columns: dict[str, object] = {name: properties.get(name) for name in own if name not in layer.private}
    private: dict[str, object] = {name: properties[name] for name in layer.private if name in properties}
    problems += _unstorable(columns | private)
    code, flipped = crs.registered(uri)
    system = System(pyproj.CRS.from_epsg(code), swapped=flipped)
    drawn, faults = _drawn(document.get("geometry"))
    return Sent(columns, private, drawn, system, (*problems, *faults))


def merged(target: object, patch: Document) -> dict[str, Any]:
    """A document with a merge patch applied (RFC 7396): members are replaced, those that are null are removed.

    Raises :class:`NotAFeature` for one that is nested deeper than any feature.
    """
    kept: dict[str, Any] = dict(target) if isinstance(target, dict) else {}
    try:
        for name, value in patch.items():
            if value is None:
                kept.pop(name, None)
            else:
                kept[name] = merged(kept.get(name), value) if isinstance(value, dict) else value
    except RecursionError:
        raise NotAFeature(reason=Text(zh="嵌套过深", en="it is nested too deep")) from None
    return kept


def written(geometry: bytes | None, uri: str) -> Any:
    """A stored geometry (WKB) as a GeoJSON object in one of :data:`geo.crs.CRS_URIS`."""
    if geometry is None:
        return None
    moved = crs.in_registry_order(np.array([shapely.from_wkb(geometry)], object), uri)
    return json.loads(shapely.to_geojson(moved[0]))


def shown(name: str) -> str:
    """A name as it can be told: short, and of characters that can be sent."""
    return _sendable(name[:80])


def _unstorable(columns: Mapping[str, object]) -> Iterator[Problem]:
    """Values that are no single ones, and text that PostgreSQL or UTF-8 cannot hold."""
    for name, value in columns.items():
        if isinstance(value, (dict, list)):
            yield Problem(1, name, "", "value", "应为单个值 / a single value is wanted")
        elif isinstance(value, float) and not math.isfinite(value):
            yield Problem(1, name, "", "value", "应为数字 / a finite number is wanted")
        elif isinstance(value, str) and ("\0" in value or value != _sendable(value)):
            yield Problem(1, name, "", "value", "含有不能存储的字符 / it holds characters that cannot be stored")


def _sendable(text: str) -> str:
    """Text with what is no character replaced."""
    return text.encode("utf-8", "replace").decode()


def _drawn(geometry: object) -> tuple[shapely.Geometry | None, list[Problem]]:
    if geometry is None:
        return None, []
    if not isinstance(geometry, dict) or geometry.get("type") not in _GEOMETRIES:
        return None, [Problem(1, "geometry", "", "geometry_unreadable")]
    try:
        return shapely.from_geojson(json.dumps(geometry)), []
    except RecursionError:
        return None, [Problem(1, "geometry", "", "geometry_unreadable")]
    except shapely.errors.GEOSException as error:
        said = shown(str(error).partition(":")[2].strip() or str(error))
        return None, [Problem(1, "geometry", "", "geometry_invalid", f"{said} / {said}")]
