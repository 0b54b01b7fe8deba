"""A tree to SQL: operators, functions and properties that are allowed, each of the kinds that it is made for."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal

from psycopg import sql

from geo.filter import form, spatial, temporal
from geo.filter.fault import FilterFault
from geo.filter.term import KINDS, NUMERIC, TIMES, Compiled, Kind, Parameters, Queryable, Term
from geo.filter.tree import (
    ARITHMETIC,
    ARRAY,
    COMPARISON,
    SPATIAL,
    TEMPORAL,
    Box,
    Call,
    Geometry,
    Instant,
    Interval,
    Node,
    Property,
    Sequence,
    Value,
)
from geo.settings import settings
from geo.text import Text


def compiled(node: Node, queryables: Mapping[str, Queryable], *, crs: str) -> Compiled:
    """A filter as a condition over what ``queryables`` allow; raises :class:`FilterFault`.

    ``crs`` is the system of the geometries in the filter, one of :data:`geo.crs.CRS_URIS`, axes in the order of its
    registry. What is asked of a NULL is neither true nor false but NULL, also after NOT, as in SQL.
    """
    compiler = _Compiler(queryables, crs)
    condition = compiler.condition(node)
    return Compiled(condition, compiler.parameters.values)


class _Compiler:
    """One filter on its way to SQL."""

    def __init__(self, queryables: Mapping[str, Queryable], crs: str) -> None:
        self._queryables = queryables
        self._crs = crs
        self._zone = sql.Literal(settings().timezone)
        self.parameters = Parameters()
        self._ways: dict[str, Callable[[Call], Term]] = {
            "and": self._joined,
            "or": self._joined,
            "not": self._negated,
            "isNull": self._is_null,
            "between": self._between,
            "in": self._in,
            "like": self._like,
            "casei": self._folded,
            "accenti": self._folded,
            **dict.fromkeys(COMPARISON, self._compared),
            **dict.fromkeys(ARITHMETIC, self._counted),
            **dict.fromkeys(SPATIAL, self._placed),
            **dict.fromkeys(TEMPORAL, self._timed),
        }

    def condition(self, node: Node) -> sql.Composable:
        """What is true or false of a feature."""
        return self._of(node, "boolean").sql

    def _of(self, node: Node, *kinds: Kind) -> Term:
        """The term of a node, which must be of one of these kinds."""
        term = self.term(node)
        if term.kind not in kinds:
            wanted = KINDS[kinds[-1]]
            raise FilterFault(
                Text(
                    zh=f"此处应为{wanted.zh}，而不是{KINDS[term.kind].zh}",
                    en=f"{wanted.en} is expected here, not {KINDS[term.kind].en}",
                ),
                node.at,
            )
        return term

    def term(self, node: Node) -> Term:
        """The SQL of a node and its kind."""
        match node:
            case Value():
                return self._value(node)
            case Property():
                return self._property(node)
            case Instant():
                if isinstance(node.value, datetime):
                    return Term("timestamp", self.parameters.bind(node.value, "timestamptz"))
                return Term("date", self.parameters.bind(node.value, "date"))
            case Geometry() | Box():
                return Term("geometry", self.parameters.bind(spatial.ewkb(node, self._crs), "geometry"))
            case Interval():
                raise FilterFault(
                    Text(zh="区间只能用于 T_ 开头的函数", en="an interval has its place in the functions T_… only"),
                    node.at,
                )
            case Sequence():
                raise FilterFault(
                    Text(
                        zh="列表只能用于 IN；不支持数组", en="a list has its place behind IN only; there are no arrays"
                    ),
                    node.at,
                )
            case Call():
                return self._call(node)

    def _value(self, node: Value) -> Term:
        if isinstance(node.value, bool):
            return Term("boolean", self.parameters.bind(node.value, "boolean"))
        if isinstance(node.value, str):
            return Term("text", self.parameters.bind(node.value, "text"))
        return Term("number", self.parameters.bind(node.value, "numeric"))

    def _property(self, node: Property) -> Term:
        found = self._queryables.get(node.name)
        if found is None:
            listed = "、".join(list(self._queryables)[:60])
            reason = Text(
                zh=f"没有字段 {node.name[:60]}；可用：{listed}",
                en=f"there is no property {node.name[:60]}; there are {listed.replace('、', ', ')}",
            )
            raise FilterFault(reason, node.at)
        return Term(found.kind, found.expression)

    # --- operators and functions --------------------------------------------------------------------------------------

    def _call(self, node: Call) -> Term:
        op = node.op
        if op in ARRAY or op not in _ARITY:
            reason = Text(
                zh=f"不支持函数 {op[:60]}；可用 CASEI、ACCENTI 和以 S_、T_ 开头的标准函数",
                en=f"there is no function {op[:60]}; there are CASEI, ACCENTI and those of the standard with S_ and T_",
            )
            raise FilterFault(reason, node.at)
        fewest, most = _ARITY[op]
        if not fewest <= len(node.args) <= most:
            reason = Text(zh=f"{op} 应有 {fewest} 个参数", en=f"{op} takes {fewest} arguments")
            raise FilterFault(reason, node.at)
        return self._ways[op](node)

    def _joined(self, node: Call) -> Term:
        word = sql.SQL(" AND ") if node.op == "and" else sql.SQL(" OR ")
        return form.true("({})", word.join([self.condition(each) for each in node.args]))

    def _negated(self, node: Call) -> Term:
        return form.true("(NOT {})", self.condition(node.args[0]))

    def _is_null(self, node: Call) -> Term:
        return form.true("({} IS NULL)", self.term(node.args[0]).sql)

    def _compared(self, node: Call) -> Term:
        left, right = self._alike(node.args[0], node.args[1], ordered=node.op not in ("=", "<>"))
        return form.true(form.COMPARISONS[node.op], left, right)

    def _between(self, node: Call) -> Term:
        value, low, high = node.args
        above, bottom = self._alike(value, low, ordered=True)
        below, top = self._alike(value, high, ordered=True)
        return form.true("({} >= {} AND {} <= {})", above, bottom, below, top)

    def _in(self, node: Call) -> Term:
        """One look through the values of the kind; where there are days and moments, one through the others' days."""
        value, listed = node.args
        if not isinstance(listed, Sequence) or not listed.items:
            reason = Text(zh="IN 后应为括号中的至少一个值", en="IN takes a list of at least one value in brackets")
            raise FilterFault(reason, listed.at)
        sought = self.term(value)
        as_it_is: list[sql.Composable] = []
        as_days: list[sql.Composable] = []
        for each in listed.items:
            term = self.term(each)
            days = self._fitting(sought, value, term, each) == "day"
            (as_days if days else as_it_is).append(self._day(term) if days else term.sql)
        ways = [(sought.sql, as_it_is), (self._day(sought), as_days)] if as_days else [(sought.sql, as_it_is)]
        looks = [form.true("{} IN ({})", side, _COMMA.join(found)).sql for side, found in ways if found]
        return form.true("({})", sql.SQL(" OR ").join(looks))

    def _alike(self, left: Node, right: Node, *, ordered: bool = False) -> tuple[sql.Composable, sql.Composable]:
        """Two sides that can be compared; texts in order compare by code point, a moment with a day as its day."""
        one, other = self.term(left), self.term(right)
        fitting = self._fitting(one, left, other, right)
        if fitting == "day":
            return self._day(one), self._day(other)
        if ordered and fitting == "boolean":
            raise FilterFault(Text(zh="真假值没有大小", en="truth values have no order"), right.at)
        if ordered and fitting == "text":
            return sql.SQL('{} COLLATE "C"').format(one.sql), sql.SQL('{} COLLATE "C"').format(other.sql)
        return one.sql, other.sql

    def _fitting(self, one: Term, left: Node, other: Term, right: Node) -> Kind | Literal["day"]:
        """As what two terms compare; raises :class:`FilterFault` where they do not."""
        kinds: set[Kind] = {"number" if each.kind in NUMERIC else each.kind for each in (one, other)}
        if "geometry" in kinds:
            at = (left if one.kind == "geometry" else right).at
            raise FilterFault(
                Text(zh="图形用 S_EQUALS 等函数比较", en="geometries compare by S_EQUALS and the like"), at
            )
        if kinds == set(TIMES):
            return "day"
        if len(kinds) > 1:
            raise FilterFault(_unlike(one.kind, other.kind), right.at)
        return kinds.pop()

    def _day(self, term: Term) -> sql.Composable:
        """The day of a term, in the county."""
        if term.kind == "date":
            return term.sql
        return sql.SQL("({} AT TIME ZONE {})::date").format(term.sql, self._zone)

    # --- texts and numbers --------------------------------------------------------------------------------------------

    def _like(self, node: Call) -> Term:
        value, pattern = node.args
        innermost = pattern
        while isinstance(innermost, Call) and innermost.op in ("casei", "accenti") and innermost.args:
            innermost = innermost.args[0]
        if not isinstance(innermost, Value) or not isinstance(innermost.value, str):
            raise FilterFault(
                Text(zh="LIKE 后应为单引号中的文字", en="LIKE takes a text in single quotes"), innermost.at
            )
        if (len(innermost.value) - len(innermost.value.rstrip("\\"))) % 2:
            raise FilterFault(Text(zh="反斜杠后应有字符", en="a backslash has nothing behind it"), innermost.at)
        return form.true("({} LIKE {})", self._of(value, "text").sql, self._of(pattern, "text").sql)

    def _folded(self, node: Call) -> Term:
        """Without regard to case or accents, on whatever server: the collation is named, and marks are taken off."""
        text = self._of(node.args[0], "text").sql
        return Term("text", sql.SQL(form.FOLDED[node.op]).format(text))

    def _counted(self, node: Call) -> Term:
        numbers = [self._of(each, *NUMERIC).sql for each in node.args]
        return Term("number", sql.SQL(form.NUMBERS[node.op]).format(*numbers))

    # --- places and times ---------------------------------------------------------------------------------------------

    def _placed(self, node: Call) -> Term:
        spatial.keep_simple(node)
        left, right = (self._of(each, "geometry").sql for each in node.args)
        return Term("boolean", spatial.related(node.op, left, right))

    def _timed(self, node: Call) -> Term:
        left, right = (self._span(each) for each in node.args)
        return Term("boolean", temporal.related(node.op, left, right))

    def _span(self, node: Node) -> temporal.Span:
        if not isinstance(node, Interval):
            term = self._of(node, *TIMES)
            return temporal.span(term, term, self._zone)
        temporal.keep_forward(node)
        start, end = (None if each is None else self._of(each, *TIMES) for each in (node.start, node.end))
        return temporal.span(start, end, self._zone)


def _unlike(one: Kind, other: Kind) -> Text:
    zh, en = f"{KINDS[one].zh}不能与{KINDS[other].zh}比较", f"{KINDS[one].en} cannot be compared with {KINDS[other].en}"
    if other == "text" and one in TIMES:
        zh, en = f"{zh}；日期写作 DATE('2024-06-30')", f"{en}; a date is written DATE('2024-06-30')"
    return Text(zh=zh, en=en)


_COMMA = sql.SQL(", ")
_MANY = 1000
_ARITY = {
    "and": (2, _MANY),
    "or": (2, _MANY),
    "not": (1, 1),
    "isNull": (1, 1),
    "in": (2, 2),
    "like": (2, 2),
    "between": (3, 3),
    "casei": (1, 1),
    "accenti": (1, 1),
    **dict.fromkeys((*COMPARISON, *ARITHMETIC, *SPATIAL, *TEMPORAL), (2, 2)),
}
"""How many arguments an operator or function takes, at least and at most; there are no others."""
