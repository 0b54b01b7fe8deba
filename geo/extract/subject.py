"""What an extract is asked of: a feature that is an area, or an area that somebody draws, as a parcel."""

import json
import math
import unicodedata
from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

import shapely
from shapely import MultiPolygon, Polygon

from geo.database import Connection, rows
from geo.errors import NotFound, ShanheError
from geo.layer import Geometry
from geo.layers import layer as declared
from geo.overlay.parcel import Parcel
from geo.settings import settings
from geo.text import Text

DRAWN = Text(zh="图上绘制", en="Drawn")
_NO_AREA = Text(zh="“{layer}”不是面，不能出具查询单", en="{layer} is no layer of areas: there is no extract of it")
_NO_GEOMETRY = Text(zh="没有登记图形", en="no geometry is on record")
_NOT_GEOJSON = Text(
    zh="正文应为 GeoJSON 面（Polygon、MultiPolygon 或其 Feature），CGCS2000 经纬度",
    en="send a GeoJSON Polygon or MultiPolygon, or a Feature of one, in CGCS2000 longitude, latitude",
)
_TOO_MANY = Text(zh="超过 {most} 个顶点", en="it has more than {most} vertices")
_NOT_DEGREES = Text(zh="坐标应为经纬度，先经度后纬度", en="positions are longitude, latitude in degrees")
_NOT_POSITIVE = Text(zh="registered_area_m2 应为大于 0 的平方米数", en="registered_area_m2 is a number of m² above 0")
_LONGEST = 64


class ParcelRefused(ShanheError):
    """A parcel of which no extract can be made."""

    code = "parcel_refused"
    sentence = Text(zh="不能出具查询单：{reason}", en="No extract can be made: {reason}")


def of_feature(connection: Connection, layer: str, feature: UUID) -> Parcel:
    """A feature of a layer of areas; raises :class:`NotFound` also without the right, and :class:`ParcelRefused`."""
    of = declared(layer)
    for row in rows(connection, "extract_feature", layer=of.code, feature=feature):
        if of.geometry is not Geometry.POLYGON:
            raise ParcelRefused(reason=_NO_AREA.format(layer=of.label))
        if row["geom"] is None:
            raise ParcelRefused(reason=_NO_GEOMETRY)
        drawn = cast("MultiPolygon", shapely.from_wkb(row["geom"]))
        return Parcel(row["code"], drawn, row["name"], row["registered_area_m2"], of.code)
    raise NotFound(noun=Text(zh="要素", en="feature"), key=feature)


def of_drawing(document: object) -> Parcel:
    """The area that a GeoJSON geometry or Feature (RFC 7946) draws, in degrees of CGCS2000.

    ``number``, ``name`` and ``registered_area_m2`` (m²) of a Feature's properties are taken over. Whether the drawing
    is sound is not looked at here. Raises :class:`ParcelRefused`.
    """
    if not isinstance(document, dict):
        raise ParcelRefused(reason=_NOT_GEOJSON)
    found = cast("Mapping[str, Any]", document)
    stated: Any = found.get("properties") if found.get("type") == "Feature" else {}
    properties = cast("Mapping[str, Any]", stated) if isinstance(stated, dict) else {}
    geometry = found.get("geometry") if found.get("type") == "Feature" else found
    drawn = _area(geometry)
    number = _word(properties.get("number")) or DRAWN.in_(settings().language)
    return Parcel(number, drawn, _word(properties.get("name")), _positive(properties.get("registered_area_m2")))


def _area(geometry: object) -> Polygon | MultiPolygon:
    try:
        drawn = shapely.force_2d(shapely.from_geojson(json.dumps(geometry, allow_nan=False)))
    except (shapely.GEOSException, ValueError, TypeError, RecursionError):
        raise ParcelRefused(reason=_NOT_GEOJSON) from None
    if not isinstance(drawn, (Polygon, MultiPolygon)) or drawn.is_empty:
        raise ParcelRefused(reason=_NOT_GEOJSON)
    if shapely.get_num_coordinates(drawn) > settings().vertex_limit:
        raise ParcelRefused(reason=_TOO_MANY.format(most=settings().vertex_limit))
    west, south, east, north = drawn.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise ParcelRefused(reason=_NOT_DEGREES)
    return drawn


def _word(value: object) -> str | None:
    """A short text as it may stand in a document; None for what is none."""
    if not isinstance(value, (str, int)) or isinstance(value, bool):
        return None
    plain = "".join(" " if unicodedata.category(each)[0] == "C" else each for each in str(value))
    return " ".join(plain.split())[:_LONGEST] or None


def _positive(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value <= 0:
        raise ParcelRefused(reason=_NOT_POSITIVE)
    return float(value)
