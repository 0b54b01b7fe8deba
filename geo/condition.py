"""What narrows a question to some items: a box, a time, values of properties, a filter, as SQL with parameters."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from psycopg import sql

from geo import filter
from geo.collection import Collection, Property
from geo.errors import BadValue
from geo.filter.spatial import ewkb
from geo.filter.tree import Box, Place
from geo.text import Text

ITEM = "item"
"""The table of which conditions speak."""


@dataclass(frozen=True)
class Condition:
    """What an item must fulfil: SQL over the columns of :data:`ITEM`, and its parameters."""

    sql: sql.Composable
    parameters: Mapping[str, object] = field(default_factory=dict[str, object])

    def __and__(self, other: "Condition") -> "Condition":
        both = sql.SQL("({} AND {})").format(self.sql, other.sql)
        return Condition(both, {**self.parameters, **other.parameters})


EVERY = Condition(sql.SQL("TRUE"))


def within(written: str, uri: str) -> Condition:
    """Items that touch a box of four or six numbers, lower corner first, in the order of the system's registry.

    A box in degrees whose first meridian is east of its second goes across the 180th. Edges in metres are followed as
    they run on the ground. Raises :class:`BadValue`.
    """
    try:
        box = Box(tuple(Decimal(part) for part in written.split(",", 6)), at=Place())
        if len(box.numbers) not in (4, 6) or not all(each.is_finite() for each in box.numbers):
            raise ValueError
        drawn = ewkb(box, uri)
    except (ValueError, InvalidOperation, filter.FilterFault):
        raise _bad_box(written) from None
    geometry = sql.Identifier(ITEM, "geometry")
    # The first of both says nothing more, but it may be asked of an index before the rights to a row are looked at.
    touching = sql.SQL("({0} && {1}::geometry AND st_intersects({0}, {1}::geometry))")
    return Condition(touching.format(geometry, sql.Placeholder("box")), {"box": drawn})


def during(written: str, of: Collection) -> Condition:
    """Items that are listed at some time of an instant or interval (RFC 3339, ``..`` for an open end).

    An item is listed from its first day on; one without a first day is there at any time.
    Raises :class:`BadValue`.
    """
    parts = written.split("/")
    ends = [None if part in ("", "..") else _instant(part, written) for part in parts]
    if len(ends) > 2 or ends == [None] or (len(ends) == 2 and ends[0] and ends[1] and ends[0] > ends[1]):
        raise _bad_time(written)
    last = ends[-1]
    if last is None or of.first_day is None:
        return EVERY
    column = sql.Identifier(ITEM, of.first_day)
    return Condition(
        sql.SQL("({} IS NULL OR {} <= {}::date)").format(column, column, sql.Placeholder("listed")), {"listed": last}
    )


def equal(of: Property, written: str) -> Condition:
    """Items whose property has a value; raises :class:`BadValue` where it cannot have it."""
    name = f"is_{of.name}"
    return Condition(
        sql.SQL("{} = {}").format(sql.Identifier(ITEM, of.name), sql.Placeholder(name)), {name: _typed(of, written)}
    )


def fulfilling(written: str, language: filter.Language, uri: str, of: Collection) -> Condition:
    """Items for which a CQL2 filter holds; raises :class:`geo.filter.FilterFault`.

    ``language`` is ``cql2-text`` or ``cql2-json``, ``uri`` the system of the geometries written in the filter.
    """
    found = filter.compiled(filter.read(written, language), queryables(of), crs=uri)
    return Condition(found.condition, found.parameters)


def queryables(of: Collection) -> dict[str, filter.Queryable]:
    """What a filter may name: every property, and the geometry."""
    named = {each.name: filter.Queryable(each.kind, sql.Identifier(ITEM, each.name)) for each in of.properties}
    return {**named, "geometry": filter.Queryable("geometry", sql.Identifier(ITEM, "geometry"))}


def _typed(of: Property, written: str) -> object:
    try:
        match of.kind:
            case "integer":
                return int(written)
            case "number":
                number = Decimal(written)
                if not number.is_finite():
                    raise ValueError
                return number
            case "boolean":
                return {"true": True, "false": False}[written.lower()]
            case "date":
                return date.fromisoformat(written)
            case "timestamp":
                return datetime.fromisoformat(written.replace("Z", "+00:00"))
            case _:
                if "\0" in written:
                    raise ValueError
                return written
    except (ValueError, KeyError, InvalidOperation):
        reason = Text(zh=f"应为 {of.kind} 型", en=f"must be of type {of.kind}")
        raise BadValue(name=of.name, value=written[:40], reason=reason) from None


def _instant(part: str, written: str) -> date:
    try:
        if len(part) == 10:
            return date.fromisoformat(part)
        return datetime.fromisoformat(part.replace("Z", "+00:00").replace("z", "+00:00")).date()
    except ValueError:
        raise _bad_time(written) from None


def _bad_box(written: str) -> BadValue:
    reason = Text(
        zh="应为四个或六个数：先低后高的两个角，顺序同其坐标系",
        en="four or six numbers: lower corner before upper corner, in the axis order of its system",
    )
    return BadValue(name="bbox", value=written[:80], reason=reason)


def _bad_time(written: str) -> BadValue:
    reason = Text(
        zh="应为 RFC 3339 的时刻或区间，如 2024-01-01/..",
        en="an instant or interval by RFC 3339, such as 2024-01-01/..",
    )
    return BadValue(name="datetime", value=written[:80], reason=reason)
