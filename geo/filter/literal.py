"""Literals that text and JSON write alike: numbers, days and moments, and geometries from nested positions."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from geo.filter.fault import FilterFault
from geo.filter.limits import Budget
from geo.filter.tree import Place
from geo.text import Text

_NUMBER = re.compile(r"[+-]?(?P<whole>[0-9]*)\.?(?P<part>[0-9]*)(?:[eE](?P<power>[+-]?[0-9]+))?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})"
)
LEVELS = {"Point": 0, "LineString": 1, "MultiPoint": 1, "Polygon": 2, "MultiLineString": 2, "MultiPolygon": 3}
"""How many lists stand around a position of each type of geometry (RFC 7946)."""
COLLECTION = "GeometryCollection"


def number(written: str, at: Place, budget: Budget) -> Decimal:
    """The number, exactly; its digits are counted before they are read, so that none takes long."""
    found = _NUMBER.fullmatch(written)
    if found is None or not found["whole"] + found["part"]:
        raise FilterFault(Text(zh="不是可用的数字", en="is not a number that can be used"), at)
    power = found["power"] or "0"
    budget.keep("digits", len(power.lstrip("+-0")), at)
    budget.keep("digits", len(found["whole"].lstrip("0")) + max(int(power), 0), at)
    budget.keep("digits", len(found["part"]) + max(-int(power), 0), at)
    return Decimal(written)


def day(written: str, at: Place) -> date:
    """A day, ``2024-06-30``."""
    try:
        if _DAY.fullmatch(written):
            return date.fromisoformat(written)
    except ValueError:
        pass
    raise FilterFault(Text(zh="应为日期，如 2024-06-30", en="must be a date such as 2024-06-30"), at)


def moment(written: str, at: Place) -> datetime:
    """A moment, ``2024-06-30T08:00:00Z``, to the microsecond; an offset such as ``+08:00`` may stand for ``Z``."""
    try:
        if _MOMENT.fullmatch(written):
            return datetime.fromisoformat(written)
    except ValueError:
        pass
    reason = Text(zh="应为时刻，如 2024-06-30T08:00:00Z", en="must be a moment such as 2024-06-30T08:00:00Z")
    raise FilterFault(reason, at)


def instant(written: str, at: Place) -> date | datetime:
    """A day or a moment."""
    return moment(written, at) if "T" in written else day(written, at)


def geometry(kind: str, nested: Any, at: Place) -> BaseGeometry:
    """A geometry of a type of RFC 7946 from lists within lists, as deep as :data:`LEVELS` says."""
    try:
        return _MAKERS[kind](nested)
    except (shapely.GEOSException, ValueError, TypeError, IndexError):
        raise FilterFault(
            Text(
                zh="图形的坐标不完整：环要闭合，线至少两点",
                en="has a geometry that is not whole: rings must close, lines have two positions",
            ),
            at,
        ) from None


def _line(nested: Any) -> BaseGeometry:
    return shapely.LineString(nested)


def _polygon(nested: Any) -> shapely.Polygon:
    if any(list(ring[0]) != list(ring[-1]) for ring in nested):
        raise ValueError
    return shapely.Polygon(nested[0], nested[1:])


_MAKERS: dict[str, Any] = {
    "Point": shapely.Point,
    "LineString": _line,
    "MultiPoint": shapely.MultiPoint,
    "Polygon": _polygon,
    "MultiLineString": shapely.MultiLineString,
    "MultiPolygon": lambda nested: shapely.MultiPolygon([_polygon(each) for each in nested]),
    COLLECTION: shapely.GeometryCollection,
}
