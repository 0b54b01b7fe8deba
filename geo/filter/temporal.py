"""Instants and intervals as two moments each, and how they may lie to each other (Allen, 1983)."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import LiteralString
from zoneinfo import ZoneInfo

from psycopg import sql

from geo.filter.fault import FilterFault
from geo.filter.term import Term
from geo.filter.tree import Instant, Interval
from geo.settings import settings
from geo.text import Text


@dataclass(frozen=True, slots=True)
class Span:
    """The first and the last moment of a time, and the moment with which one that it meets begins."""

    start: sql.Composable
    end: sql.Composable
    meets: sql.Composable


# A moment is one microsecond, the finest that PostgreSQL knows, and a day all moments from its first to its last, so
# that the same comparisons hold for both. {0} {1} {2} are the span on the left, {3} {4} {5} the one on the right.
_RELATIONS: dict[str, LiteralString] = {
    "t_after": "({0} > {4})",
    "t_before": "({1} < {3})",
    "t_contains": "({0} < {3} AND {1} > {4})",
    "t_disjoint": "({1} < {3} OR {0} > {4})",
    "t_during": "({0} > {3} AND {1} < {4})",
    "t_equals": "({0} = {3} AND {1} = {4})",
    "t_finishedBy": "({0} < {3} AND {1} = {4})",
    "t_finishes": "({0} > {3} AND {1} = {4})",
    "t_intersects": "({0} <= {4} AND {1} >= {3})",
    "t_meets": "({2} = {3})",
    "t_metBy": "({0} = {5})",
    "t_overlappedBy": "({0} > {3} AND {0} < {4} AND {1} > {4})",
    "t_overlaps": "({0} < {3} AND {1} > {3} AND {1} < {4})",
    "t_startedBy": "({0} = {3} AND {1} > {4})",
    "t_starts": "({0} = {3} AND {1} < {4})",
}


def related(op: str, left: Span, right: Span) -> sql.Composable:
    """The condition that two times lie to each other as a function of the standard says."""
    parts = (left.start, left.end, left.meets, right.start, right.end, right.meets)
    return sql.SQL(_RELATIONS[op]).format(*parts)


def span(start: Term | None, end: Term | None, zone: sql.Literal) -> Span:
    """From the beginning of one term to the end of another; None is an open end. Days are those of ``zone``."""
    first = sql.SQL("'-infinity'::timestamptz") if start is None else _midnight(start, zone, 0)
    if end is None:
        open_end = sql.SQL("'infinity'::timestamptz")
        return Span(first, open_end, open_end)
    behind = _midnight(end, zone, 1)
    if end.kind == "timestamp":
        return Span(first, behind, behind)
    return Span(first, sql.SQL("({} - interval '1 microsecond')").format(behind), behind)


def _midnight(term: Term, zone: sql.Literal, days: int) -> sql.Composable:
    """The moment at which a day begins in ``zone``, or the one after ``days``; a moment is itself."""
    if term.kind == "timestamp":
        return term.sql
    return sql.SQL("(({} + {})::timestamp AT TIME ZONE {})").format(term.sql, sql.Literal(days), zone)


def keep_forward(node: Interval) -> None:
    """Raise :class:`FilterFault` for an interval of two literals that ends before it begins."""
    start, end = node.start, node.end
    if isinstance(start, Instant) and isinstance(end, Instant) and _moment(start, time.min) > _moment(end, time.max):
        raise FilterFault(Text(zh="区间的结束早于开始", en="is an interval that ends before it begins"), node.at)


def _moment(instant: Instant, of_day: time) -> datetime:
    if isinstance(instant.value, datetime):
        return instant.value
    return datetime.combine(instant.value, of_day, ZoneInfo(settings().timezone))
