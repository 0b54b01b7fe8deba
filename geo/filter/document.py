"""CQL2 JSON to a tree, by the schema of OGC 21-065r2; what is wrong is named by a JSON pointer."""

import json
import re
from decimal import Decimal
from typing import Any

from shapely.geometry.base import BaseGeometry

from geo.filter import literal
from geo.filter.fault import FilterFault
from geo.filter.limits import Budget
from geo.filter.token import place
from geo.filter.tree import Box, Call, Geometry, Instant, Interval, Node, Place, Property, Sequence, Value, spelt
from geo.text import Text

_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)
_ROOM = 10  # a geometry of several polygons is written this much deeper than the node it is
_SHOWN = 24


class _Number(str):
    """A number as it is written: how many digits it has is looked at before it is read."""

    __slots__ = ()


class _Object(dict[str, Any]):
    """An object, and the name that stands twice in it."""

    twice: str | None = None


def read(text: str, budget: Budget) -> Node:
    """The tree of a whole document; raises :class:`FilterFault`."""
    _keep_shallow(text, budget)
    try:
        document = json.loads(
            text, parse_int=_Number, parse_float=_Number, parse_constant=_Number, object_pairs_hook=_object
        )
    except json.JSONDecodeError as error:
        reason = Text(zh="不是完整的 JSON", en="is not whole JSON")
        raise FilterFault(reason, place(text, min(error.pos, len(text)))) from None
    return _Reader(budget).node(document, "")


def _keep_shallow(text: str, budget: Budget) -> None:
    """The module json goes down a level of the stack for every bracket, so they are counted before it begins."""
    depth = 0
    for found in _BRACKETS.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
        if depth > 2 * budget.limits.depth + _ROOM:
            budget.keep("depth", depth, place(text, found.start()))


def _object(pairs: list[tuple[str, Any]]) -> _Object:
    found = _Object(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        found.twice = next(name for name in names if names.count(name) > 1)
    return found


class _Reader:
    """Reads one value of the document after the other; ``path`` is the JSON pointer to it (RFC 6901)."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget

    def node(self, value: object, path: str) -> Node:
        """The node that a value of the document means."""
        at = Place(None, path, _excerpt(value))
        if isinstance(value, _Number):
            return self._budget.node(Value(literal.number(value, at, self._budget), at=at))
        if isinstance(value, bool):
            return self._budget.node(Value(value, at=at))
        if isinstance(value, str):
            return self._budget.node(Value(_clean(value, at), at=at))
        if isinstance(value, list):
            return self._budget.node(Sequence(self._nodes(value, path, at), at=at))
        if not isinstance(value, _Object):
            raise FilterFault(Text(zh="空值用 isNull 判断", en="use isNull to ask for what is missing"), at)
        if value.twice is not None:
            name = _shown(value.twice)
            raise FilterFault(Text(zh=f"名称 {name} 出现两次", en=f"has the name {name} twice"), at)
        return self._budget.node(self._named(value, path, at))

    def _nodes(self, value: list[Any], path: str, at: Place) -> tuple[Node, ...]:
        self._budget.keep("items", len(value), at)
        return tuple(self.node(each, f"{path}/{index}") for index, each in enumerate(value))

    def _named(self, value: _Object, path: str, at: Place) -> Node:
        """An object is known by the names that it has, and has no others."""
        match sorted(value):
            case ["args", "op"] if isinstance(value["args"], list):
                args = self._nodes(value["args"], f"{path}/args", at)
                found = Call(spelt(self._text(value, "op", path)), args, at=at)
            case ["property"]:
                found = Property(self._text(value, "property", path), at=at)
            case ["date"]:
                found = Instant(literal.day(self._text(value, "date", path), at), at=at)
            case ["timestamp"]:
                found = Instant(literal.moment(self._text(value, "timestamp", path), at), at=at)
            case ["interval"] if isinstance(value["interval"], list) and len(value["interval"]) == 2:
                first, last = (self._end(each, f"{path}/interval/{i}") for i, each in enumerate(value["interval"]))
                found = Interval(first, last, at=at)
            case ["bbox"] if isinstance(value["bbox"], list) and len(value["bbox"]) in (4, 6):
                found = Box(tuple(self._coordinate(each, at) for each in value["bbox"]), at=at)
            case [*_, "type"]:
                found = Geometry(self._geometry(value, path), at=at)
            case _:
                raise _unknown(at)
        return found

    def _text(self, value: _Object, name: str, path: str) -> str:
        found = value[name]
        at = Place(None, f"{path}/{name}", _excerpt(found))
        if not isinstance(found, str) or isinstance(found, _Number):
            raise FilterFault(Text(zh="应为文字", en="must be a text"), at)
        return _clean(found, at)

    def _end(self, value: object, path: str) -> Node | None:
        if not isinstance(value, str) or isinstance(value, _Number):
            return self.node(value, path)
        at = Place(None, path, _excerpt(value))
        return None if value == ".." else self._budget.node(Instant(literal.instant(value, at), at=at))

    def _geometry(self, value: object, path: str, *, member: bool = False) -> BaseGeometry:
        """A geometry of RFC 7946; collections do not stand in one another."""
        at = Place(None, path, _excerpt(value))
        match value:
            case {"type": str(kind), "coordinates": nested} if kind in literal.LEVELS:
                return literal.geometry(kind, self._nested(nested, literal.LEVELS[kind], at), at)
            case {"type": literal.COLLECTION, "geometries": [*each]} if not member:
                members = [
                    self._geometry(one, f"{path}/geometries/{index}", member=True) for index, one in enumerate(each)
                ]
                return literal.geometry(literal.COLLECTION, members, at)
            case _:
                raise _unknown(at)

    def _nested(self, value: object, levels: int, at: Place) -> list[Any]:
        if not isinstance(value, list) or not value:
            raise FilterFault(Text(zh="坐标的层次不对", en="has coordinates nested in another way than its type"), at)
        if levels:
            return [self._nested(each, levels - 1, at) for each in value]
        self._budget.vertex(at)
        if len(value) not in (2, 3):
            raise FilterFault(Text(zh="坐标应为两个或三个数", en="has positions of neither two nor three numbers"), at)
        return [float(self._coordinate(each, at)) for each in value]

    def _coordinate(self, value: object, at: Place) -> Decimal:
        if not isinstance(value, _Number):
            raise FilterFault(Text(zh="坐标应为数字", en="has coordinates that are no numbers"), at)
        return literal.number(value, at, self._budget)


def _clean(value: str, at: Place) -> str:
    """``value`` where a database can hold it: JSON can write characters that no text may have."""
    if "\0" in value or any("\ud800" <= each <= "\udfff" for each in value):
        raise FilterFault(Text(zh="文字中有不可用的字符", en="has a character that no text can hold"), at)
    return value


def _unknown(at: Place) -> FilterFault:
    return FilterFault(
        Text(
            zh="不是 CQL2 JSON 的条件、字段、值或图形", en="is no condition, property, value or geometry of CQL2 JSON"
        ),
        at,
    )


def _excerpt(value: object) -> str:
    """What a reader recognises a value by."""
    match value:
        case dict():
            known = next((value[name] for name in ("op", "property", "type") if name in value), "")
            return _shown(known) if isinstance(known, str) else ""
        case str():
            return _shown(value)
        case _:
            return ""


def _shown(value: str) -> str:
    """The beginning of a text of the document, as an answer can hold it."""
    return value[:_SHOWN].encode("utf-8", "replace").decode().replace("\0", "?")
