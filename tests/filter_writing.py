"""Trees of filters written as CQL2 text and CQL2 JSON, and drawn at random."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import shapely
from hypothesis import strategies as st

from geo.filter.tree import (
    ARITHMETIC,
    COMPARISON,
    Box,
    Call,
    Geometry,
    Instant,
    Interval,
    Node,
    Place,
    Property,
    Sequence,
    Value,
)

HERE = Place()


def call(op: str, *args: Node) -> Call:
    return Call(op, args, at=HERE)


def value(of: str | bool | Decimal | int) -> Value:
    return Value(of if isinstance(of, (str, bool)) else Decimal(of), at=HERE)


def named(name: str) -> Property:
    return Property(name, at=HERE)


def instant(of: date | datetime) -> Instant:
    return Instant(of, at=HERE)


def as_json(node: Node | None) -> Any:
    """The document of a tree, numbers as double precision."""
    match node:
        case None:
            return ".."
        case Value(found):
            return float(found) if isinstance(found, Decimal) else found
        case Property(name):
            return {"property": name}
        case Instant(datetime() as found):
            return {"timestamp": _stamp(found)}
        case Instant(found):
            return {"date": found.isoformat()}
        case Geometry(drawn):
            return json.loads(shapely.to_geojson(drawn))
        case Box(numbers):
            return {"bbox": [float(each) for each in numbers]}
        case Interval(start, end):
            ends = [as_json(each) for each in (start, end)]
            plain = [each.get("date", each.get("timestamp", each)) if isinstance(each, dict) else each for each in ends]
            return {"interval": plain}
        case Sequence(items):
            return [as_json(each) for each in items]
        case Call(op, args):
            return {"op": op, "args": [as_json(each) for each in args]}


def as_text(node: Node | None) -> str:
    """The text of a tree, every operator in brackets."""
    match node:
        case None:
            return "'..'"
        case Value(bool() as found):
            return str(found).upper()
        case Value(str() as found):
            return "'" + found.replace("'", "''") + "'"
        case Value(found):
            return str(found)
        case Property(name):
            return '"' + name.replace('"', '""') + '"'
        case Instant(datetime() as found):
            return f"TIMESTAMP('{_stamp(found)}')"
        case Instant(found):
            return f"DATE('{found.isoformat()}')"
        case Geometry(drawn):
            return drawn.wkt
        case Box(numbers):
            return f"BBOX({', '.join(map(str, numbers))})"
        case Interval(start, end):
            return f"INTERVAL({_end(start)}, {_end(end)})"
        case Sequence(items):
            return f"({', '.join(map(as_text, items))})"
        case Call(op, args):
            return _called(op, [as_text(each) for each in args])


def _called(op: str, args: list[str]) -> str:
    if op in ("and", "or"):
        return "(" + f" {op.upper()} ".join(args) + ")"
    if op in COMPARISON or op in ARITHMETIC or op in ("like", "in"):
        return f"({args[0]} {op.upper()} {args[1]})"
    if op == "not":
        return f"(NOT {args[0]})"
    if op == "isNull":
        return f"({args[0]} IS NULL)"
    if op == "between":
        return f"({args[0]} BETWEEN {args[1]} AND {args[2]})"
    return f"{op.upper()}({', '.join(args)})"


def _end(node: Node | None) -> str:
    written = as_text(node)
    return written[written.index("(") + 1 : -1] if isinstance(node, Instant) else written


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


# --- at random --------------------------------------------------------------------------------------------------------

CHARACTERS = "ab%_'\"山河Éé ß"
LETTERS = st.text(st.sampled_from(CHARACTERS), max_size=4)
NUMBERS = st.decimals(-50, 50, places=2, allow_nan=False) | st.integers(-5, 5).map(Decimal)
DAYS = st.dates(date(2024, 1, 1), date(2024, 1, 6))
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2024, 1, 6)).map(
    lambda found: found.replace(tzinfo=UTC, minute=0, second=0, microsecond=0)
)


def _texts() -> st.SearchStrategy[Node]:
    plain = LETTERS.map(value) | st.sampled_from(["t", "u"]).map(named)
    return plain | st.tuples(st.sampled_from(["casei", "accenti"]), plain).map(lambda drawn: call(*drawn))


def _numbers() -> st.SearchStrategy[Node]:
    plain = NUMBERS.map(value) | st.sampled_from(["i", "n"]).map(named)
    # A quotient is rounded, and a power has bounds: those are asked for one by one.
    signs = st.sampled_from([each for each in ARITHMETIC if each not in "/^"])
    return st.recursive(plain, lambda inner: st.builds(call, signs, inner, inner), max_leaves=4)


def _times() -> st.SearchStrategy[Node]:
    return DAYS.map(instant) | MOMENTS.map(instant) | st.sampled_from(["d", "e", "m"]).map(named)


def _in(node: Node, listed: list[Node]) -> Node:
    return call("in", node, Sequence(tuple(listed), at=HERE))


def _predicates() -> st.SearchStrategy[Node]:
    compared = st.sampled_from(COMPARISON)
    alike = [_texts(), _numbers(), _times()]
    pattern = st.text(st.sampled_from("ab%_山é"), max_size=4).map(value)
    kinds: list[st.SearchStrategy[Node]] = [
        *(st.builds(call, compared, each, each) for each in alike),
        *(st.builds(lambda a, b, c: call("between", a, b, c), each, each, each) for each in alike),
        *(st.builds(_in, each, st.lists(each, min_size=1, max_size=3)) for each in alike),
        st.builds(lambda a, b: call("like", a, b), _texts(), pattern),
        st.builds(lambda a: call("isNull", a), st.one_of(*alike)),
        st.builds(lambda a: call("=", named("b"), value(a)), st.booleans()),
    ]
    return st.one_of(*kinds)


def conditions() -> st.SearchStrategy[Node]:
    """Conditions over the properties t u (texts), i n (numbers), d e (days), m (a moment), b (a truth value)."""
    return st.recursive(
        _predicates(),
        lambda inner: (
            st.builds(call, st.sampled_from(["and", "or"]), inner, inner)
            | st.builds(lambda each: call("not", each), inner)
        ),
        max_leaves=6,
    )


SPANS = ("d", "e", "m")


def spans() -> st.SearchStrategy[Node]:
    """Instants, days, properties of days and moments, and intervals of them; none of two literals runs backwards."""
    ends = st.none() | DAYS.map(instant) | MOMENTS.map(instant) | st.sampled_from(SPANS).map(named)
    forward = st.tuples(ends, ends).filter(_is_forward)
    return _times() | forward.map(lambda pair: Interval(*pair, at=HERE))


def _is_forward(ends: tuple[Node | None, Node | None]) -> bool:
    days = [each.value for each in ends if isinstance(each, Instant)]
    if len(days) < 2:
        return True
    first, last = (each.replace(tzinfo=None) if isinstance(each, datetime) else None for each in days)
    if first is not None and last is not None:
        return first <= last
    # A moment and a day: a day between them keeps them in order in every time zone.
    one, other = (each.date() if isinstance(each, datetime) else each for each in days)
    return (other - one).days > 1 or (first is None and last is None and one <= other)
