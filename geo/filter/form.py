"""The SQL of operators on texts, numbers and truth values."""

from typing import LiteralString

from psycopg import sql

from geo.filter.term import Term


def true(form: LiteralString, *parts: sql.Composable) -> Term:
    """A condition of a form of SQL and the parts that it has places for."""
    return Term("boolean", sql.SQL(form).format(*parts))


COMPARISONS: dict[str, LiteralString] = {
    "=": "({} = {})",
    "<>": "({} <> {})",
    "<": "({} < {})",
    "<=": "({} <= {})",
    ">": "({} > {})",
    ">=": "({} >= {})",
}
FOLDED: dict[str, LiteralString] = {
    "casei": 'lower({} COLLATE "und-x-icu")',
    "accenti": "regexp_replace(normalize({}, NFD), '[\\u0300-\\u036f]', '', 'g')",
}
# Dividing by zero and powers that are no numbers, or too large to be worked out in time, give NULL: one odd feature
# does not refuse the others. OFFSET keeps PostgreSQL from writing the operands of a power out wherever they are named.
NUMBERS: dict[str, LiteralString] = {
    "+": "({}::numeric + {}::numeric)",
    "-": "({}::numeric - {}::numeric)",
    "*": "({}::numeric * {}::numeric)",
    "/": "({}::numeric / nullif({}::numeric, 0))",
    "div": "div({}::numeric, nullif({}::numeric, 0))",
    "%": "mod({}::numeric, nullif({}::numeric, 0))",
    "^": "(SELECT CASE WHEN abs(power.base) < 1e15 AND abs(power.exponent) <= 64"
    " AND (power.base > 0 OR power.exponent = trunc(power.exponent))"
    " AND (power.base <> 0 OR power.exponent >= 0)"
    " THEN power(power.base, power.exponent) END"
    " FROM (SELECT {}::numeric AS base, {}::numeric AS exponent OFFSET 0) AS power)",
}
