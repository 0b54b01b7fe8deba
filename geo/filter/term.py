"""What a filter becomes: SQL of a known kind, values as parameters, properties as the caller allows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, LiteralString

from psycopg import sql

from geo.text import Text

Kind = Literal["text", "integer", "number", "boolean", "date", "timestamp", "geometry"]
KINDS: dict[Kind, Text] = {
    "text": Text(zh="文字", en="a text"),
    "integer": Text(zh="整数", en="a whole number"),
    "number": Text(zh="数字", en="a number"),
    "boolean": Text(zh="真假值或条件", en="a truth value or condition"),
    "date": Text(zh="日期", en="a date"),
    "timestamp": Text(zh="时刻", en="a moment"),
    "geometry": Text(zh="图形", en="a geometry"),
}
NUMERIC: tuple[Kind, ...] = ("integer", "number")
TIMES: tuple[Kind, ...] = ("date", "timestamp")


@dataclass(frozen=True, slots=True)
class Queryable:
    """A property that a filter may name, and the SQL that it stands for.

    ``expression`` is of the type ``text``, an integer, ``numeric`` or ``double precision``, ``boolean``, ``date``,
    ``timestamptz`` or ``geometry`` in EPSG:4490. It is part of the condition as often as the filter needs it.
    """

    kind: Kind
    expression: sql.Composable


@dataclass(frozen=True, slots=True)
class Term:
    """A part of a filter in SQL."""

    kind: Kind
    sql: sql.Composable


@dataclass(frozen=True, slots=True)
class Compiled:
    """A filter as a condition of SQL, true, false or NULL, and its parameters, ``f0`` and so on."""

    condition: sql.Composable
    parameters: Mapping[str, object]


class Parameters:
    """The values of a filter: none of them is ever part of the SQL."""

    def __init__(self) -> None:
        self.values: dict[str, object] = {}

    def bind(self, value: object, cast: LiteralString) -> sql.Composed:
        """The placeholder of a value, cast to a type of PostgreSQL."""
        name = f"f{len(self.values)}"
        self.values[name] = value
        return sql.SQL("{}::{}").format(sql.Placeholder(name), sql.SQL(cast))
