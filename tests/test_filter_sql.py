"""What a filter means in the database: the same as the tree means in Python, row by row, and by an index."""

import random
import re
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import psycopg
import pytest
import shapely
from filter_writing import HERE, call, conditions, named, spans, value
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import sql

from geo.crs import CRS84, uri
from geo.database import Connection, Database
from geo.filter import Queryable, compiled, read
from geo.filter.term import Kind
from geo.filter.tree import SPATIAL, TEMPORAL, Call, Geometry, Instant, Interval, Node, Property, Sequence, Value

Row = dict[str, Any]
KINDS: dict[str, Kind] = {
    "t": "text",
    "u": "text",
    "i": "integer",
    "n": "number",
    "b": "boolean",
    "d": "date",
    "e": "date",
    "m": "timestamp",
    "g": "geometry",
}
QUERYABLES = {name: Queryable(kind, sql.Identifier("item", name)) for name, kind in KINDS.items()}
COUNTY = timezone(timedelta(hours=8))


def _rows() -> list[Row]:
    """Rows with every property now and then missing; the same each time."""
    chosen = random.Random(5)
    texts = ["", "a", "ab", "B", "%", "_", "a\\b", "山", "河 山", "é", "É", "e\u0301", "ß", "it's", 'a"b']

    def drawn() -> Row:
        day = date(2024, 1, 1) + timedelta(days=chosen.randrange(6))
        return {
            "t": chosen.choice(texts),
            "u": chosen.choice(texts),
            "i": chosen.randrange(-5, 6),
            "n": Decimal(chosen.randrange(-500, 500)) / 100,
            "b": chosen.random() < 0.5,
            "d": day,
            "e": day + timedelta(days=chosen.randrange(3)),
            "m": datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=chosen.randrange(0, 140, 4)),
            "g": shapely.from_wkt(chosen.choice(SHAPES)),
        }

    return [{name: each if chosen.random() < 0.9 else None for name, each in drawn().items()} for _ in range(80)]


SHAPES = [
    *("POINT (0 0)", "POINT (1 1)", "POINT (2 2)", "MULTIPOINT (1 1, 3 3)"),
    *("LINESTRING (0 0, 2 2)", "LINESTRING (0 1, 4 1)", "LINESTRING (2 0, 2 4)", "LINESTRING (0 0, 1 1, 2 2)"),
    *("POLYGON ((0 0, 2 0, 2 2, 0 2, 0 0))", "POLYGON ((2 0, 4 0, 4 2, 2 2, 2 0))"),
    "POLYGON ((1 1, 3 1, 3 3, 1 3, 1 1))",
    *("POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0), (1 1, 3 1, 3 3, 1 3, 1 1))", "POLYGON ((0 0, 4 0, 4 4, 0 0))"),
    "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 1, 0 0)), ((3 3, 4 3, 4 4, 3 4, 3 3)))",
]  # fmt: skip
ROWS = _rows()


@pytest.fixture(scope="module")
def connection(make_database: Any) -> Any:
    """A table ``item`` of the rows, numbered, in a session that is far from the county."""
    with psycopg.connect(make_database("upgraded").dsn, autocommit=True) as connection:
        connection.execute("SET TIME ZONE 'America/St_Johns'")
        connection.execute(
            "CREATE TEMPORARY TABLE item (k integer, t text, u text, i integer, n numeric, b boolean, d date, e date,"
            " m timestamptz, g geometry (geometry, 4490))"
        )
        for number, row in enumerate(ROWS):
            drawn = row["g"] and shapely.to_wkb(shapely.set_srid(row["g"], 4490), hex=True, include_srid=True)
            connection.execute(
                "INSERT INTO item VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s::geometry)",
                (number, *(row[name] for name in KINDS if name != "g"), drawn),
            )
        yield connection


def found(connection: Connection, tree: Node, crs: str = CRS84) -> dict[int, bool | None]:
    """Whether the filter holds, by the number of the row."""
    written = compiled(tree, QUERYABLES, crs=crs)
    query = sql.SQL("SELECT item.k, {} FROM item").format(written.condition)
    return dict(connection.execute(query, written.parameters).fetchall())  # pyright: ignore


def held(connection: Connection, text: str, crs: str = CRS84) -> list[int]:
    """The rows for which a filter in text holds."""
    return [number for number, holds in found(connection, read(text, "cql2-text"), crs).items() if holds]


# --- the same in Python -----------------------------------------------------------------------------------------------


def meant(node: Node, row: Row) -> Any:
    """What a tree means of a row, by the standard; None for unknown."""
    match node:
        case Value(found) | Instant(found):
            return found
        case Property(name):
            return row[name]
        case Call(("and" | "or") as op, args):
            ending = op == "or"
            told = [meant(each, row) for each in args]
            return ending if ending in told else None if None in told else not ending
        case Call("in", (left, Sequence(items))):
            return meant(call("or", *(call("=", left, each) for each in items), value(False)), row)
        case Call("between", (middle, low, high)):
            return meant(call("and", call(">=", middle, low), call("<=", middle, high)), row)
        case Call("isNull", (inner,)):
            return meant(inner, row) is None
        case Call(op, args):
            told = [meant(each, row) for each in args]
            return None if None in told else _WAYS[op](*told)
        case _:
            raise AssertionError(node)


def _like(text: str, pattern: str) -> bool:
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    signs = {"%": ".*", "_": "."}
    return bool(re.fullmatch("".join(signs.get(each, re.escape(each[-1])) for each in parts), text, re.DOTALL))


def _bare(text: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFD", text) if not 0x300 <= ord(each) <= 0x36F)


def _sides(one: Any, other: Any) -> tuple[Any, Any]:
    """A day and a moment compare as days of the county."""
    if isinstance(one, date) and isinstance(one, datetime) != isinstance(other, datetime):
        return tuple(each.astimezone(COUNTY).date() if isinstance(each, datetime) else each for each in (one, other))  # pyright: ignore
    return one, other


def _comparing(holds: Any) -> Any:
    return lambda one, other: holds(*_sides(one, other))


_WAYS: dict[str, Any] = {
    "not": lambda inner: not inner,
    "=": _comparing(lambda one, other: one == other),
    "<>": _comparing(lambda one, other: one != other),
    "<": _comparing(lambda one, other: one < other),
    "<=": _comparing(lambda one, other: one <= other),
    ">": _comparing(lambda one, other: one > other),
    ">=": _comparing(lambda one, other: one >= other),
    "like": _like,
    "casei": str.lower,
    "accenti": _bare,
    "+": lambda one, other: Decimal(one) + other,
    "-": lambda one, other: Decimal(one) - other,
    "*": lambda one, other: Decimal(one) * other,
    "div": lambda one, other: Decimal(one) // other if other else None,
    "%": lambda one, other: Decimal(one) % other if other else None,
}


@given(conditions())
@settings(max_examples=200)
def test_a_filter_means_the_same_in_the_database_and_in_python(connection: Connection, tree: Node) -> None:
    assert found(connection, tree) == {number: meant(tree, row) for number, row in enumerate(ROWS)}


def test_what_is_missing_is_neither_equal_nor_unequal(connection: Connection) -> None:
    missing = {number for number, row in enumerate(ROWS) if row["i"] is None}
    one, other = set(held(connection, "i = 1")), set(held(connection, "NOT (i = 1)"))
    assert missing
    assert one | other == set(range(len(ROWS))) - missing
    assert set(held(connection, "i <> 1")) == other
    assert set(held(connection, "i IS NULL")) == missing
    assert set(held(connection, "NOT (i IN (1, 2)) OR i IN (1, 2)")) == one | other


@pytest.mark.parametrize(
    ("written", "holds"),
    [
        ("1 / 2 = 0.5", True),
        ("7 DIV 2 = 3", True),
        ("-7 DIV 2 = -3", True),
        ("-7 % 2 = -1", True),
        ("2 ^ 10 = 1024", True),
        ("4 ^ 0.5 = 2", True),
        ("2 ^ -1 = 0.5", True),
        ("0 ^ 0 = 1", True),
        ("-2 ^ 2 = 4", True),
        ("1 / 0 = 1", None),
        ("1 % 0 = 1", None),
        ("1 DIV 0 = 1", None),
        ("-1 ^ 0.5 = 1", None),
        ("0 ^ -1 = 1", None),
        ("10 ^ 1000000 = 1", None),
        ("(10 ^ 60) ^ 60 = 1", None),
        ("0.1 + 0.2 = 0.3", True),
        (r"'50%' LIKE '50\%'", True),
        (r"'50x' LIKE '50\%'", False),
        (r"'a\b' LIKE 'a\\b'", True),
        ("'Straße' LIKE CASEI('STRASSE')", False),
        ("CASEI('ΟΔΟΣ') = CASEI('οδος')", True),
        ("CASEI('É') = 'é'", True),
        ("ACCENTI('débárquér') = 'debarquer'", True),
        ("ACCENTI(CASEI('ÀB')) = 'ab'", True),
        ("'山' < '河'", "山" < "河"),
        ("'B' < 'a'", True),
        ("TIMESTAMP('2024-01-01T16:00:00Z') = DATE('2024-01-02')", True),
        ("TIMESTAMP('2024-01-01T15:59:59Z') = DATE('2024-01-01')", True),
        ("DATE('2024-01-02') > TIMESTAMP('2024-01-01T15:59:59Z')", True),
        ("TIMESTAMP('2024-01-01T16:00:00Z') IN (DATE('2023-01-02'), DATE('2024-01-02'))", True),
        ("DATE('2024-01-02') IN (DATE('2023-01-02'), TIMESTAMP('2024-01-01T16:00:00Z'))", True),
        ("TIMESTAMP('2024-01-01T16:00:00Z') IN (DATE('2024-01-01'), TIMESTAMP('2024-01-01T15:00:00Z'))", False),
        ("DATE('0001-01-01') < TIMESTAMP('0001-01-01T00:00:00+09:00')", False),
        ("T_BEFORE(INTERVAL('0001-01-01T00:00:00+23:00', '9999-12-31T00:00:00-23:00'), DATE('9999-12-31'))", False),
        ("TRUE = FALSE", False),
        ("TRUE OR 1 / 0 = 1", True),
    ],
)
def test_operators_on_values(connection: Connection, written: str, holds: bool | None) -> None:
    assert set(found(connection, read(written, "cql2-text")).values()) == {holds}


# --- times ------------------------------------------------------------------------------------------------------------

FIRST, LAST = -2000, 20_000


def _ticks(node: Node | None, row: Row) -> tuple[int, int, int] | None:
    """First and last half an hour of a time, and the one at which a time that it meets begins; times are whole hours.

    The last instant of a day lies behind the last whole hour in it.
    """
    if isinstance(node, Interval):
        ends = [FIRST, LAST, LAST]
        for place, each in enumerate((node.start, node.end)):
            if each is not None:
                ticks = _ticks(each, row)
                if ticks is None:
                    return None
                ends[place : place + 1 + place] = ticks[place : place + 1 + place]
        return (ends[0], ends[1], ends[2])
    told = meant(node, row)  # pyright: ignore
    if told is None:
        return None
    if isinstance(told, datetime):
        hour = int((told - datetime(2024, 1, 1, tzinfo=COUNTY)).total_seconds() // 3600)
        return (2 * hour, 2 * hour, 2 * hour)
    day = (told - date(2024, 1, 1)).days
    return (48 * day, 48 * day + 47, 48 * day + 48)


ALLEN: dict[str, Any] = {
    "t_after": lambda a, b: a[0] > b[1],
    "t_before": lambda a, b: a[1] < b[0],
    "t_contains": lambda a, b: a[0] < b[0] <= b[1] < a[1],
    "t_disjoint": lambda a, b: not (a[0] <= b[1] and b[0] <= a[1]),
    "t_during": lambda a, b: b[0] < a[0] <= a[1] < b[1],
    "t_equals": lambda a, b: a[:2] == b[:2],
    "t_finishedBy": lambda a, b: a[0] < b[0] and a[1] == b[1],
    "t_finishes": lambda a, b: a[0] > b[0] and a[1] == b[1],
    "t_intersects": lambda a, b: a[0] <= b[1] and b[0] <= a[1],
    "t_meets": lambda a, b: a[2] == b[0],
    "t_metBy": lambda a, b: b[2] == a[0],
    "t_overlappedBy": lambda a, b: b[0] < a[0] < b[1] < a[1],
    "t_overlaps": lambda a, b: a[0] < b[0] < a[1] < b[1],
    "t_startedBy": lambda a, b: a[0] == b[0] and a[1] > b[1],
    "t_starts": lambda a, b: a[0] == b[0] and a[1] < b[1],
}


@given(st.sampled_from(TEMPORAL), spans(), spans())
@settings(max_examples=200)
def test_times_lie_to_each_other_as_allen_says(connection: Connection, op: str, left: Node, right: Node) -> None:
    told = found(connection, call(op, left, right))
    for number, row in enumerate(ROWS):
        sides = [_ticks(left, row), _ticks(right, row)]
        if None not in sides:
            # Rows may end before they begin: what such a time is, nobody says.
            if all(side[0] <= side[1] for side in sides):  # pyright: ignore
                assert told[number] is ALLEN[op](*sides), row
        elif not isinstance(left, Interval) and not isinstance(right, Interval):
            assert told[number] is None, row


@pytest.mark.parametrize(
    ("written", "holds"),
    [
        ("T_MEETS(INTERVAL('2024-01-01','2024-01-31'), INTERVAL('2024-02-01','2024-02-29'))", True),
        ("T_MEETS(INTERVAL('2024-01-01','2024-01-31'), INTERVAL('2024-01-31','2024-02-29'))", False),
        ("T_OVERLAPS(INTERVAL('2024-01-01','2024-01-31'), INTERVAL('2024-01-31','2024-02-29'))", True),
        ("T_MEETS(INTERVAL('..','2024-01-01T00:00:00Z'), INTERVAL('2024-01-01T00:00:00Z','..'))", True),
        ("T_INTERSECTS(TIMESTAMP('2024-01-31T15:59:59Z'), INTERVAL('..','2024-01-31'))", True),
        ("T_INTERSECTS(TIMESTAMP('2024-01-31T16:00:00Z'), INTERVAL('..','2024-01-31'))", False),
        ("T_EQUALS(INTERVAL('..','..'), INTERVAL('..','..'))", True),
        ("T_DURING(DATE('2024-01-01'), INTERVAL('2024-01-01','2024-01-31'))", False),
        ("T_STARTS(DATE('2024-01-01'), INTERVAL('2024-01-01','2024-01-31'))", True),
        ("T_AFTER(DATE('9999-12-31'), DATE('0001-01-01'))", True),
    ],
)
def test_days_are_whole_days_of_the_county(connection: Connection, written: str, holds: bool) -> None:
    assert set(found(connection, read(written, "cql2-text")).values()) == {holds}


# --- places -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("op", SPATIAL)
@pytest.mark.parametrize("turned", [False, True])
def test_places_lie_to_each_other_as_shapely_says(connection: Connection, op: str, turned: bool) -> None:
    answers: set[bool | None] = set()
    for shape in SHAPES:
        written: Node = Geometry(shapely.from_wkt(shape), at=HERE)
        sides = (written, named("g")) if turned else (named("g"), written)
        for number, holds in found(connection, call(op, *sides)).items():
            drawn = [ROWS[number]["g"], shapely.from_wkt(shape)]
            if drawn[0] is None:
                assert holds is None
                continue
            one, other = reversed(drawn) if turned else drawn
            assert holds is getattr(shapely, op.removeprefix("s_"))(one, other).item(), (drawn, op)
            answers.add(holds)
    assert answers == {True, False}


def test_a_collection_is_met_by_what_meets_a_part_of_it(connection: Connection) -> None:
    parts = held(connection, "S_INTERSECTS(g, POINT(0 0)) OR S_INTERSECTS(g, LINESTRING(3 3, 4 4))")
    whole = held(connection, "S_INTERSECTS(g, GEOMETRYCOLLECTION(POINT(0 0), LINESTRING(3 3, 4 4)))")
    apart = held(connection, "S_DISJOINT(g, GEOMETRYCOLLECTION(POINT(0 0), LINESTRING(3 3, 4 4)))")
    assert 0 < len(parts) < len(ROWS)
    assert whole == parts
    assert sorted(whole + apart) == [number for number, row in enumerate(ROWS) if row["g"] is not None]


def test_a_box_may_be_a_point_a_line_or_go_across_the_180th_meridian(connection: Connection) -> None:
    assert held(connection, "S_INTERSECTS(g, BBOX(1,1,1,1))") == held(connection, "S_INTERSECTS(g, POINT(1 1))")
    assert held(connection, "S_INTERSECTS(g, BBOX(0,1,4,1))") == held(
        connection, "S_INTERSECTS(g, LINESTRING(0 1,4 1))"
    )
    assert held(connection, "S_INTERSECTS(g, BBOX(0,0,-9,1,1,9))") == held(connection, "S_INTERSECTS(g, BBOX(0,0,1,1))")
    everything = held(connection, "g IS NOT NULL")
    assert held(connection, "S_WITHIN(g, BBOX(170,-10,10,10))") == everything
    assert held(connection, "S_WITHIN(g, BBOX(170,-10,-170,10))") == []


def test_a_literal_is_read_in_the_order_of_its_system(connection: Connection) -> None:
    asked = "S_INTERSECTS(g, BBOX({},{},{},{}))"
    plain, flipped = asked.format(2.5, 0, 4, 0.5), asked.format(0, 2.5, 0.5, 4)
    assert held(connection, plain)
    assert held(connection, plain) != held(connection, flipped)
    for code in (4326, 4490):
        assert held(connection, flipped, uri(code)) == held(connection, plain)
    mercator = asked.format(278298.7, 0, 445277.9, 55660.5)
    assert held(connection, mercator, uri(3857)) == held(connection, plain)


# --- plans ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def many(make_database: Any) -> Database:
    """Twenty thousand hazard points."""
    database = make_database("placed")
    with psycopg.connect(database.dsn) as connection:
        connection.execute(
            "INSERT INTO feature (layer, code, org_unit, geom)"
            " SELECT 'hazard_point', n::text, '511132100001', st_setsrid(st_makepoint(103 + n / 4e4, 29), 4490)"
            " FROM generate_series(1, 20000) AS n"
        )
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE feature")
    return database


@pytest.mark.parametrize(
    ("written", "index"),
    [
        ("S_INTERSECTS(geometry, BBOX(103, 29, 103.001, 29.001))", "geom"),
        ("S_WITHIN(geometry, POLYGON((103 28, 103.001 28, 103.001 30, 103 28)))", "geom"),
        ("S_EQUALS(geometry, POINT(103.001 29))", "geom"),
        ("code = '77'", "code"),
        ("code IN ('77', '78')", "code"),
    ],
)
def test_a_filter_uses_an_index(many: Database, written: str, index: str) -> None:
    from geo import item
    from geo.collection import collection
    from geo.condition import fulfilling
    from geo.item import Asked

    of = collection("hazard_point")
    asked = Asked(of, date(2024, 6, 15), "zh", condition=fulfilling(written, "cql2-text", CRS84, of))
    query = sql.SQL("EXPLAIN SELECT item.id FROM ({}) AS item WHERE {}").format(item.source(of), asked.condition.sql)
    with psycopg.connect(many.dsn) as connection:
        plan = "\n".join(row[0] for row in connection.execute(query, asked.values))  # pyright: ignore
    scanned = [line for line in plan.splitlines() if "Scan using" in line or "Index Scan on" in line]
    assert any(index in line for line in scanned), plan
    assert not re.search(r"Seq Scan on \w*hazard_point", plan), plan
