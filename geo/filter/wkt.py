"""Geometries, boxes and signed numbers within CQL2 text."""

from decimal import Decimal
from typing import Any

from shapely.geometry.base import BaseGeometry

from geo.filter import literal
from geo.filter.fault import FilterFault
from geo.filter.limits import Budget
from geo.filter.token import NUMBER, Cursor, Token
from geo.filter.tree import Place
from geo.text import Text

_NAMES = {name.upper(): name for name in (*literal.LEVELS, literal.COLLECTION)}
_WANTED = Text(zh="此处应为图形，如 POINT(103.2 29.2)", en="expected here: a geometry such as POINT(103.2 29.2)")
_SIXTH = Text(zh="第六个数", en="a sixth number")


def number(cursor: Cursor, budget: Budget, sign: Token | None = None) -> tuple[Decimal, Place]:
    """A number and where it begins; ``sign`` is one that has been read before it."""
    sign = sign or cursor.sign("-", "+")
    if cursor.here.kind != "number":
        raise cursor.unexpected(NUMBER)
    taken = cursor.take()
    at = sign.at if sign else taken.at
    return literal.number(f"{sign.text}{taken.text}" if sign else taken.text, at, budget), at


def corners(cursor: Cursor, budget: Budget) -> tuple[Decimal, ...]:
    """The four or six numbers of a box and the bracket behind them."""
    found = [number(cursor, budget)[0]]
    while len(found) < 6 and (len(found) < 4 or cursor.here.is_sign(",")):
        cursor.must(",")
        found.append(number(cursor, budget)[0])
    if len(found) == 5:
        raise cursor.unexpected(_SIXTH)
    cursor.must(")")
    return tuple(found)


def begins(cursor: Cursor, name: Token) -> bool:
    """Whether a geometry begins with ``name``, which has been read: ``POINT (``, ``POINT Z (``, ``POINTZ (``."""
    return _kind(name) is not None and (cursor.here.is_sign("(") or cursor.here.is_word("Z"))


def geometry(cursor: Cursor, name: Token, budget: Budget, *, member: bool = False) -> BaseGeometry:
    """What stands in the brackets behind the name of a geometry; collections do not stand in one another."""
    kind = _kind(name)
    if kind is None or (member and kind == literal.COLLECTION):
        raise FilterFault(_WANTED, name.at)
    cursor.word("Z")
    if kind == literal.COLLECTION:
        cursor.must("(")
        members = [geometry(cursor, cursor.take(), budget, member=True)]
        while cursor.sign(","):
            members.append(geometry(cursor, cursor.take(), budget, member=True))
        cursor.must(")")
        return literal.geometry(kind, members, name.at)
    # WKT has brackets around the position of every point, GeoJSON none around those of a MultiPoint and one Point.
    points = kind in ("Point", "MultiPoint")
    nested = _nested(cursor, literal.LEVELS[kind] + points, budget)
    if points:
        nested = nested[0] if kind == "Point" else [each[0] for each in nested]
    return literal.geometry(kind, nested, name.at)


def _kind(name: Token) -> str | None:
    """The type of geometry that a word names, spelt as in GeoJSON."""
    return _NAMES.get(name.text.upper().removesuffix("Z")) if name.kind == "name" else None


def _nested(cursor: Cursor, levels: int, budget: Budget) -> list[Any]:
    """Lists within lists, the innermost of positions."""
    if levels == 0:
        return _position(cursor, budget)
    cursor.must("(")
    found = [_nested(cursor, levels - 1, budget)]
    while cursor.sign(","):
        found.append(_nested(cursor, levels - 1, budget))
    cursor.must(")")
    return found


def _position(cursor: Cursor, budget: Budget) -> list[float]:
    budget.vertex(cursor.here.at)
    found = [float(number(cursor, budget)[0]), float(number(cursor, budget)[0])]
    if not cursor.here.is_sign(",", ")"):
        found.append(float(number(cursor, budget)[0]))
    return found
