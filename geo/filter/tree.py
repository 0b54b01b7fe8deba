"""A filter as a tree: what CQL2 text and CQL2 JSON both say, every node with the place where it was written."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar, TypeAlias

from shapely.geometry.base import BaseGeometry

from geo.text import Text


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node was written: a character of the text, counted from 0, or a JSON pointer; and what stands there."""

    position: int | None = None
    path: str | None = None
    excerpt: str = ""

    def told(self) -> Text:
        """The place within a sentence; people count characters from 1."""
        if self.position is not None:
            zh, en = f"第 {self.position + 1} 个字符处", f" at character {self.position + 1}"
        elif self.path is not None:
            zh, en = f"在 {self.path or '/'} 处", f" at {self.path or '/'}"
        else:
            zh, en = "", ""
        return Text(
            zh=f"筛选条件{zh}{_quoted(self.excerpt, '“{}”')}", en=f"The filter{en}{_quoted(self.excerpt, ' “{}”')}"
        )


def _quoted(excerpt: str, form: str) -> str:
    return form.format(excerpt) if excerpt else ""


@dataclass(frozen=True)
class _Leaf:
    at: Place = field(compare=False, repr=False, kw_only=True)
    depth: ClassVar[int] = 1


@dataclass(frozen=True)
class Value(_Leaf):
    """A text, a number or a truth value."""

    value: str | bool | Decimal


@dataclass(frozen=True)
class Property(_Leaf):
    """What a feature says of itself under a name."""

    name: str


@dataclass(frozen=True)
class Instant(_Leaf):
    """A day, or a moment with its offset from UTC."""

    value: date | datetime


@dataclass(frozen=True)
class Geometry(_Leaf):
    """A geometry in the axis order of the filter's system, as written: not yet known to be valid."""

    geometry: BaseGeometry


@dataclass(frozen=True)
class Box(_Leaf):
    """Four or six numbers: the lower corner, then the upper one."""

    numbers: tuple[Decimal, ...]


@dataclass(frozen=True)
class _Branch:
    at: Place = field(compare=False, repr=False, kw_only=True)
    depth: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "depth", 1 + max((each.depth for each in self.below()), default=0))

    def below(self) -> "tuple[Node, ...]":
        """The nodes that this one is made of."""
        return ()


@dataclass(frozen=True)
class Interval(_Branch):
    """A time from one instant to another; None is an open end."""

    start: "Node | None"
    end: "Node | None"

    def below(self) -> "tuple[Node, ...]":
        """The ends that are not open."""
        return tuple(each for each in (self.start, self.end) if each is not None)


@dataclass(frozen=True)
class Sequence(_Branch):
    """A list: what IN looks through, or an array."""

    items: "tuple[Node, ...]"

    def below(self) -> "tuple[Node, ...]":
        """The items."""
        return self.items


@dataclass(frozen=True)
class Call(_Branch):
    """An operator or function with its arguments, spelt as in CQL2 JSON: ``and``, ``<=``, ``isNull``, ``s_within``."""

    op: str
    args: "tuple[Node, ...]"

    def below(self) -> "tuple[Node, ...]":
        """The arguments."""
        return self.args


Node: TypeAlias = Value | Property | Instant | Geometry | Box | Interval | Sequence | Call

SPATIAL = ("s_contains", "s_crosses", "s_disjoint", "s_equals", "s_intersects", "s_overlaps", "s_touches", "s_within")
TEMPORAL = (
    *("t_after", "t_before", "t_contains", "t_disjoint", "t_during", "t_equals", "t_finishedBy", "t_finishes"),
    *("t_intersects", "t_meets", "t_metBy", "t_overlappedBy", "t_overlaps", "t_startedBy", "t_starts"),
)
ARRAY = ("a_containedBy", "a_contains", "a_equals", "a_overlaps")
COMPARISON = ("=", "<>", "<", "<=", ">", ">=")
ARITHMETIC = ("+", "-", "*", "/", "div", "%", "^")
OPERATORS = ("and", "or", "not", "like", "between", "in", "isNull", *COMPARISON, *ARITHMETIC)
_SPELT = {each.lower(): each for each in (*SPATIAL, *TEMPORAL, *ARRAY, *OPERATORS, "casei", "accenti")}


def spelt(op: str) -> str:
    """The spelling in the tree of an operator or function; one that the standard does not name stays as it is."""
    return _SPELT.get(op.lower(), op)
