"""CQL2 text and JSON to trees: the cases of the language, where its faults are, what is too large, a second opinion."""

import json
import re
from pathlib import Path
from typing import Any

import cql2
import numpy as np
import pytest
import shapely
from filter_writing import as_json, as_text, conditions
from hypothesis import given
from hypothesis import strategies as st
from psycopg import sql

from geo.crs import CRS84, CRS_URIS, in_degrees, in_registry_order
from geo.filter import FilterFault, Limits, Queryable, compiled, read
from geo.filter.tree import Node

OGC = Path(__file__).resolve().parent.parent.parent / "shared" / "reference" / "cql2"
A, B, C = {"property": "a"}, {"property": "b"}, {"property": "c"}


def op(name: str, *args: Any) -> dict[str, Any]:
    return {"op": name, "args": list(args)}


CASES: dict[str, Any] = {
    # comparison
    "a = 1": op("=", A, 1),
    "a <> 1": op("<>", A, 1),
    "a < 1": op("<", A, 1),
    "a <= 1": op("<=", A, 1),
    "a > 1": op(">", A, 1),
    "a >= 1": op(">=", A, 1),
    "1 = a": op("=", 1, A),
    "a=b": op("=", A, B),
    "a\n=\t1": op("=", A, 1),
    "a = TRUE": op("=", A, True),
    "a = false": op("=", A, False),
    "a = b + 1": op("=", A, op("+", B, 1)),
    # numbers
    "a = 1.5": op("=", A, 1.5),
    "a = 1.": op("=", A, 1),
    "a = .5": op("=", A, 0.5),
    "a = 1e3": op("=", A, 1000),
    "a = 1.5E-3": op("=", A, 0.0015),
    "a = -5": op("=", A, -5),
    "a = +5": op("=", A, 5),
    "a = - 5": op("=", A, -5),
    "a = 007": op("=", A, 7),
    # texts and names
    "a = ''": op("=", A, ""),
    "a = 'x'": op("=", A, "x"),
    "a = 'it''s'": op("=", A, "it's"),
    r"a = 'it\'s'": op("=", A, "it's"),
    r"a = 'a\b'": op("=", A, "a\\b"),
    "a = '山 河'": op("=", A, "山 河"),
    "a = '-- /* ; \"'": op("=", A, '-- /* ; "'),
    '"a" = 1': op("=", A, 1),
    '"a b" = 1': op("=", {"property": "a b"}, 1),
    '"a""b" = 1': op("=", {"property": 'a"b'}, 1),
    '"and" = 1': op("=", {"property": "and"}, 1),
    "eo:cloud_cover = 1": op("=", {"property": "eo:cloud_cover"}, 1),
    "a.b = 1": op("=", {"property": "a.b"}, 1),
    "_a1 = 1": op("=", {"property": "_a1"}, 1),
    "名称 = '甲'": op("=", {"property": "名称"}, "甲"),
    "Android = 1": op("=", {"property": "Android"}, 1),
    "date = 1": op("=", {"property": "date"}, 1),
    "point = 1": op("=", {"property": "point"}, 1),
    # predicates
    "a IS NULL": op("isNull", A),
    "a is not null": op("not", op("isNull", A)),
    "NOT a IS NULL": op("not", op("isNull", A)),
    "a LIKE 'x%'": op("like", A, "x%"),
    "a NOT LIKE 'x%'": op("not", op("like", A, "x%")),
    r"a LIKE '\%_'": op("like", A, r"\%_"),
    "CASEI(a) LIKE CASEI('X%')": op("like", op("casei", A), op("casei", "X%")),
    "accenti(casei(a)) = 'e'": op("=", op("accenti", op("casei", A)), "e"),
    "a BETWEEN 1 AND 2": op("between", A, 1, 2),
    "a NOT BETWEEN 1 AND 2": op("not", op("between", A, 1, 2)),
    "a BETWEEN 1 AND 2 AND b = 3": op("and", op("between", A, 1, 2), op("=", B, 3)),
    "a BETWEEN b - 1 AND b + 1": op("between", A, op("-", B, 1), op("+", B, 1)),
    "a IN (1)": op("in", A, [1]),
    "a IN (1, 'x', TRUE)": op("in", A, [1, "x", True]),
    "a NOT IN ('x','y')": op("not", op("in", A, ["x", "y"])),
    "a IN (-1, b)": op("in", A, [-1, B]),
    # logic and its precedence
    "a = 1 AND b = 2": op("and", op("=", A, 1), op("=", B, 2)),
    "a = 1 and b = 2 And c = 3": op("and", op("=", A, 1), op("=", B, 2), op("=", C, 3)),
    "a = 1 OR b = 2 AND c = 3": op("or", op("=", A, 1), op("and", op("=", B, 2), op("=", C, 3))),
    "a = 1 AND b = 2 OR c = 3": op("or", op("and", op("=", A, 1), op("=", B, 2)), op("=", C, 3)),
    "(a = 1 OR b = 2) AND c = 3": op("and", op("or", op("=", A, 1), op("=", B, 2)), op("=", C, 3)),
    "NOT a = 1 AND b = 2": op("and", op("not", op("=", A, 1)), op("=", B, 2)),
    "NOT (a = 1 AND b = 2)": op("not", op("and", op("=", A, 1), op("=", B, 2))),
    "NOT (NOT (a = 1))": op("not", op("not", op("=", A, 1))),
    "((a = 1))": op("=", A, 1),
    "TRUE": True,
    "FALSE OR a = 1": op("or", False, op("=", A, 1)),
    # arithmetic and its precedence
    "a + 1 - 2 = 0": op("=", op("-", op("+", A, 1), 2), 0),
    "a - (1 - 2) = 0": op("=", op("-", A, op("-", 1, 2)), 0),
    "a-150.0 > 0": op(">", op("-", A, 150), 0),
    "a + 2 * 3 = 0": op("=", op("+", A, op("*", 2, 3)), 0),
    "(a + 2) * 3 = 0": op("=", op("*", op("+", A, 2), 3), 0),
    "a / b * c = 0": op("=", op("*", op("/", A, B), C), 0),
    "a DIV 2 % 3 = 0": op("=", op("%", op("div", A, 2), 3), 0),
    "2 ^ a * 3 = 0": op("=", op("*", op("^", 2, A), 3), 0),
    "a * b ^ 2 = 0": op("=", op("*", A, op("^", B, 2)), 0),
    "(a ^ b) ^ c = 0": op("=", op("^", op("^", A, B), C), 0),
    "-a = 0": op("=", op("*", -1, A), 0),
    "-a ^ 2 = 0": op("=", op("^", op("*", -1, A), 2), 0),
    "a - -5 = 0": op("=", op("-", A, -5), 0),
    "-(a + 1) = 0": op("=", op("*", -1, op("+", A, 1)), 0),
    # times
    "a = DATE('2024-02-29')": op("=", A, {"date": "2024-02-29"}),
    "a = date ( '2024-02-29' )": op("=", A, {"date": "2024-02-29"}),
    "a < TIMESTAMP('2024-01-01T00:00:00Z')": op("<", A, {"timestamp": "2024-01-01T00:00:00Z"}),
    "a < TIMESTAMP('2024-01-01T00:00:00.123456Z')": op("<", A, {"timestamp": "2024-01-01T00:00:00.123456Z"}),
    "a < TIMESTAMP('2024-01-01T08:00:00+08:00')": op("<", A, {"timestamp": "2024-01-01T00:00:00Z"}),
    "T_AFTER(a, DATE('2024-01-01'))": op("t_after", A, {"date": "2024-01-01"}),
    "t_before(a, b)": op("t_before", A, B),
    "T_DURING(a, INTERVAL('2024-01-01', '..'))": op("t_during", A, {"interval": ["2024-01-01", ".."]}),
    "T_MEETS(INTERVAL(a, b), INTERVAL('..', '2024-01-01T00:00:00Z'))": op(
        "t_meets", {"interval": [A, B]}, {"interval": ["..", "2024-01-01T00:00:00Z"]}
    ),
    "T_FINISHEDBY(a, b)": op("t_finishedBy", A, B),
    "T_METBY(a, b)": op("t_metBy", A, B),
    "T_OVERLAPPEDBY(a, b)": op("t_overlappedBy", A, B),
    "T_STARTEDBY(a, b)": op("t_startedBy", A, B),
    # places
    "S_INTERSECTS(a, POINT(1 2))": op("s_intersects", A, {"type": "Point", "coordinates": [1, 2]}),
    "s_within(a, point z (1 2 3))": op("s_within", A, {"type": "Point", "coordinates": [1, 2, 3]}),
    "S_WITHIN(a, POINTZ(1 2 3))": op("s_within", A, {"type": "Point", "coordinates": [1, 2, 3]}),
    "S_CROSSES(a, LINESTRING(1 2, 3 -4))": op("s_crosses", A, {"type": "LineString", "coordinates": [[1, 2], [3, -4]]}),
    "S_TOUCHES(POLYGON((0 0, 1 0, 1 1, 0 0)), a)": op(
        "s_touches", {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}, A
    ),
    "S_EQUALS(a, MULTIPOINT((1 2), (3 4)))": op("s_equals", A, {"type": "MultiPoint", "coordinates": [[1, 2], [3, 4]]}),
    "S_OVERLAPS(a, MULTILINESTRING((1 2, 3 4)))": op(
        "s_overlaps", A, {"type": "MultiLineString", "coordinates": [[[1, 2], [3, 4]]]}
    ),
    "S_CONTAINS(a, MULTIPOLYGON(((0 0, 1 0, 1 1, 0 0))))": op(
        "s_contains", A, {"type": "MultiPolygon", "coordinates": [[[[0, 0], [1, 0], [1, 1], [0, 0]]]]}
    ),
    "S_DISJOINT(a, GEOMETRYCOLLECTION(POINT(1 2), POINT(3 4)))": op(
        "s_disjoint",
        A,
        {
            "type": "GeometryCollection",
            "geometries": [{"type": "Point", "coordinates": [1, 2]}, {"type": "Point", "coordinates": [3, 4]}],
        },
    ),
    "S_INTERSECTS(a, BBOX(1, 2, 3, 4))": op("s_intersects", A, {"bbox": [1, 2, 3, 4]}),
    "S_INTERSECTS(a, BBOX(1,2,0, 3,4,9))": op("s_intersects", A, {"bbox": [1, 2, 0, 3, 4, 9]}),
    # functions and arrays, read though not all of them can be asked
    "avg(a) < 4": op("<", op("avg", A), 4),
    "now() = a": op("=", op("now"), A),
    "S_WITHIN(a, Buffer(b, 10, 'm'))": op("s_within", A, op("Buffer", B, 10, "m")),
    "A_CONTAINS(a, ('x', 'y'))": op("a_contains", A, ["x", "y"]),
    "A_CONTAINEDBY(a, ())": op("a_containedBy", A, []),
}


@pytest.mark.parametrize("written", CASES)
def test_text_and_json_of_a_case_are_one_tree(written: str) -> None:
    assert read(written, "cql2-text") == read(json.dumps(CASES[written]), "cql2-json")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a = 1", "a = 2"),
        ("a = 1", "b = 1"),
        ("a = '1'", "a = 1"),
        ("a < b", "a > b"),
        ("S_WITHIN(a, POINT(1 2))",) * 2,
    ],
)
def test_trees_differ_where_filters_do(one: str, other: str) -> None:
    assert (read(one, "cql2-text") == read(other, "cql2-text")) is (one == other)


# --- faults -----------------------------------------------------------------------------------------------------------

FAULTS: dict[str, tuple[int, str]] = {
    "a =": (3, "expected here: a property"),
    "= 1": (0, "expected here: a property"),
    "a": (0, "not a text"),
    "a = 1 AND": (9, "expected here: a property"),
    "a = 1 b = 2": (6, "AND, OR"),
    "a = b = n": (6, "AND, OR"),
    "(a = 'x'": (8, "expected here: )"),
    "a = 'x')": (7, "AND, OR"),
    "a = 'x": (4, "quotation mark"),
    '"a = 1': (0, "quotation mark"),
    r"a = 'x\'": (4, "quotation mark"),
    "a = “x”": (4, "plain ASCII"),
    "（a = 'x'）": (0, "plain ASCII"),
    "a == 'x'": (3, "expected here"),
    "a != 'x'": (2, "plain ASCII"),
    "a = 'x'; b = 1": (7, "plain ASCII"),
    "a = 'x' -- b": (4, "number is expected"),
    "a = $1": (4, "plain ASCII"),
    "a = NULL": (4, "IS NULL"),
    "a IS 'x'": (5, "NULL"),
    "a NOT 'x'": (6, "LIKE, BETWEEN or IN"),
    "n BETWEEN 1 OR 2": (12, "AND"),
    "a IN 'x'": (5, "("),
    "a IN ()": (6, "a property"),
    "a IN ('x',)": (10, "a property"),
    "and = 1": (0, "double quotes"),
    "n = 2 ^ 3 ^ 4": (10, "AND, OR"),
    "n = +n": (5, "a number"),
    "a LIKE b": (7, "single quotes"),
    "a LIKE n": (7, "single quotes"),
    "a LIKE CASEI(a)": (13, "single quotes"),
    "a LIKE 'x\\\\\\'": (7, "quotation mark"),
    "n LIKE 'x'": (0, "text is expected"),
    "nobody = 1": (0, "no property nobody"),
    "a = 1": (4, "cannot be compared"),
    "n = '1'": (4, "cannot be compared"),
    "d = '2024-01-01'": (4, "DATE('2024-06-30')"),
    "t = TRUE": (4, "cannot be compared"),
    "b > TRUE": (4, "no order"),
    "a IN ('x', 1)": (11, "cannot be compared"),
    "n BETWEEN 1 AND 'x'": (16, "cannot be compared"),
    "a + 1 = 2": (0, "number is expected"),
    "n AND b": (0, "condition is expected"),
    "NOT a": (4, "condition is expected"),
    "g = g": (0, "S_EQUALS"),
    "g = POINT(1 2)": (0, "S_EQUALS"),
    "CASEI(n) = 'x'": (6, "text is expected"),
    "CASEI(a, a) = 'x'": (0, "takes 1"),
    "pg_sleep(10) = 1": (0, "no function pg_sleep"),
    "avg(n) = 1": (0, "no function avg"),
    "S_RELATE(g, g, 'T********')": (0, "no function S_RELATE"),
    "A_CONTAINS(a, ('x','y'))": (0, "no function a_contains"),
    "a = ('x', 'y')": (4, "no arrays"),
    "d = INTERVAL('2024-01-01','..')": (4, "T_"),
    "S_INTERSECTS(g)": (0, "takes 2"),
    "S_INTERSECTS(g, a)": (16, "geometry is expected"),
    "S_INTERSECTS(g, 'POINT(1 2)')": (16, "geometry is expected"),
    "S_INTERSECTS(g, POINT(1))": (23, "a number"),
    "S_INTERSECTS(g, POINT(1 2 3 4))": (28, ")"),
    "S_INTERSECTS(g, POINT EMPTY)": (22, "expected here: )"),
    "S_INTERSECTS(g, POINT M (1 2 3))": (22, "expected here: )"),
    "S_INTERSECTS(g, LINESTRING(1 2))": (16, "not whole"),
    "S_INTERSECTS(g, POLYGON((0 0, 1 0, 1 1)))": (16, "not whole"),
    "S_INTERSECTS(g, POLYGON((0 0, 1 1, 1 0, 0 1, 0 0)))": (16, "not valid"),
    "S_INTERSECTS(g, POINT(181 2))": (16, "outside"),
    "S_INTERSECTS(g, POINT(29 103))": (16, "outside"),
    "S_INTERSECTS(g, GEOMETRYCOLLECTION(GEOMETRYCOLLECTION(POINT(1 2))))": (35, "a geometry such as"),
    "S_WITHIN(g, GEOMETRYCOLLECTION(POINT(1 2)))": (12, "S_DISJOINT"),
    "S_INTERSECTS(g, BBOX(1,2,3))": (26, ","),
    "S_INTERSECTS(g, BBOX(1,2,3,4,5))": (30, "sixth"),
    "S_INTERSECTS(g, BBOX(1,4,3,2))": (16, "lower corner"),
    "d = DATE('2023-02-29')": (9, "2024-06-30"),
    "d = DATE('2024-1-1')": (9, "2024-06-30"),
    "d = DATE('now')": (9, "2024-06-30"),
    "d = DATE(2024)": (9, "single quotes"),
    "t = TIMESTAMP('2024-01-01')": (14, "T08:00:00Z"),
    "t = TIMESTAMP('2024-01-01T00:00:00')": (14, "T08:00:00Z"),
    "t = TIMESTAMP('2024-01-01T24:00:00Z')": (14, "T08:00:00Z"),
    "T_AFTER(a, DATE('2024-01-01'))": (8, "moment is expected"),
    "T_AFTER(d, '2024-01-01')": (11, "moment is expected"),
    "T_AFTER(d, INTERVAL('2024', '..'))": (20, "2024-06-30"),
    "T_AFTER(d, INTERVAL('2024-02-01', '2024-01-31'))": (11, "before it begins"),
    "T_AFTER(d, INTERVAL(n, '..'))": (20, "moment is expected"),
    "n = 1e400": (4, "30 digits"),
    f"n = {'9' * 31}": (4, "30 digits"),
    f"n = 1e{'9' * 5000}": (4, "30 digits"),
    "a = 'x\0'": (6, "character"),
    "a = '\ud800'": (5, "character"),
    "": (0, "empty"),
    "  ": (0, "empty"),
}
QUERYABLES = {
    "a": Queryable("text", sql.Identifier("item", "a")),
    "n": Queryable("number", sql.Identifier("item", "n")),
    "b": Queryable("boolean", sql.Identifier("item", "b")),
    "d": Queryable("date", sql.Identifier("item", "d")),
    "t": Queryable("timestamp", sql.Identifier("item", "t")),
    "g": Queryable("geometry", sql.Identifier("item", "g")),
}


def fault(written: str, language: Any = "cql2-text", limits: Limits = Limits(), crs: str = CRS84) -> dict[str, Any]:
    with pytest.raises(FilterFault) as raised:
        compiled(read(written, language, limits=limits), QUERYABLES, crs=crs)
    assert raised.value.text.zh
    json.dumps(raised.value.values["excerpt"], ensure_ascii=False).encode()
    return raised.value.values


@pytest.mark.parametrize("system", CRS_URIS)
def test_a_place_that_its_system_does_not_hold_is_refused(system: str) -> None:
    for far in ("1e29 1", "1 1e29", "181 1", "1 1e8") if in_degrees(system) else ("1e29 1", "1 1e29", "9e7 9e7"):
        assert "outside" in fault(f"S_INTERSECTS(g, POINT({far}))", crs=system)["reason"].en
    inside = json.dumps(
        shapely.get_coordinates(in_registry_order(np.array([shapely.Point(103, 29)]), system)).tolist()[0]
    )
    near = f'{{"op": "s_within", "args": [{{"property": "g"}}, {{"type": "Point", "coordinates": {inside}}}]}}'
    assert compiled(read(near, "cql2-json"), QUERYABLES, crs=system)


@pytest.mark.parametrize("written", FAULTS)
def test_a_fault_is_found_where_it_stands(written: str) -> None:
    values = fault(written)
    assert (values["position"], values["path"]) == (FAULTS[written][0], None)
    assert FAULTS[written][1] in values["reason"].en


DOCUMENT_FAULTS: dict[str, tuple[str | int, str]] = {
    "{": (1, "whole JSON"),
    "'a'": (0, "whole JSON"),
    '{"op": "=", "args": [{"property": "a"}, "x"]} x': (46, "whole JSON"),
    "null": ("", "isNull"),
    "[]": ("", "no arrays"),
    "{}": ("", "no condition"),
    '{"op": "="}': ("", "no condition"),
    '{"op": "=", "args": {}}': ("", "no condition"),
    '{"op": 1, "args": []}': ("/op", "a text"),
    '{"op": "=", "args": [], "more": 1}': ("", "no condition"),
    '{"op": "=", "args": [{"property": "a"}]}': ("", "takes 2"),
    '{"op": "and", "args": [true]}': ("", "takes 2"),
    '{"op": "=", "args": [{"property": 1}, 1]}': ("/args/0/property", "a text"),
    '{"op": "=", "args": [{"property": "n"}, null]}': ("/args/1", "isNull"),
    '{"op": "=", "args": [{"property": "n"}, NaN]}': ("/args/1", "number"),
    '{"op": "=", "args": [{"property": "n"}, -Infinity]}': ("/args/1", "number"),
    f'{{"op": "=", "args": [{{"property": "n"}}, {"9" * 4000}]}}': ("/args/1", "30 digits"),
    '{"op": "=", "args": [{"property": "a"}, "x\\u0000"]}': ("/args/1", "character"),
    '{"op": "=", "args": [{"property": "a"}, "\\ud800"]}': ("/args/1", "character"),
    '{"op": "=", "op": "<", "args": [{"property": "n"}, 1]}': ("", "twice"),
    '{"op": "in", "args": [{"property": "n"}, 1]}': ("/args/1", "list"),
    '{"op": "in", "args": [{"property": "n"}, []]}': ("/args/1", "at least one"),
    '{"op": "pg_sleep", "args": [10]}': ("", "no function"),
    '{"op": "not", "args": [{"type": "Point", "coordinates": [1]}]}': ("/args/0", "positions"),
    '{"op": "not", "args": [{"type": "Point", "coordinates": ["1", 2]}]}': (
        "/args/0",
        "no numbers",
    ),
    '{"op": "not", "args": [{"type": "Point", "coordinates": 1}]}': ("/args/0", "nested"),
    '{"op": "not", "args": [{"type": "Circle", "coordinates": [1, 2]}]}': (
        "/args/0",
        "no condition",
    ),
    '{"op": "s_within", "args": [{"property": "g"}, {"bbox": [1, 2, 3]}]}': ("/args/1", "no condition"),
    '{"op": "t_after", "args": [{"property": "d"}, {"date": "2023-02-29"}]}': ("/args/1", "2024-06-30"),
    '{"op": "not", "args": [{"interval": ["2023", ".."]}]}': (
        "/args/0/interval/0",
        "2024-06-30",
    ),
    '{"op": "t_after", "args": [{"property": "d"}, {"interval": [".."]}]}': ("/args/1", "no condition"),
}


@pytest.mark.parametrize("written", DOCUMENT_FAULTS)
def test_a_fault_in_json_is_found_where_it_stands(written: str) -> None:
    values = fault(written, "cql2-json")
    where, reason = DOCUMENT_FAULTS[written]
    assert (values["position"] if isinstance(where, int) else values["path"]) == where
    assert reason in values["reason"].en


def test_the_guide_tells_the_limits() -> None:
    guide = (Path(__file__).resolve().parent.parent / "docs" / "filter.md").read_text("utf-8")
    told = re.findall(r"^\| .* \| (\d+) \|$", guide, re.MULTILINE)
    limits = Limits()
    counted = (limits.length, limits.depth, limits.nodes, limits.vertices, limits.items, limits.digits)
    assert [int(each) for each in told] == list(counted)


# --- what is too large ------------------------------------------------------------------------------------------------

ROOMY = Limits(length=10**8, nodes=10**7)
RING = "0 0, 1 0, 1 1, 0 0"
LARGE: dict[str, tuple[str, str, str, Limits]] = {
    "length": (f"a = '{'x' * 10**6}'", f"a = '{'x' * 8000}'", "8192 characters", Limits()),
    "brackets": ("(" * 10_000 + "n = 1" + ")" * 10_000, "(" * 39 + "n = 1" + ")" * 39, "40 levels", ROOMY),
    "not": ("NOT (" * 10_000 + "n = 1" + ")" * 10_000, "NOT (" * 30 + "n = 1" + ")" * 30, "40 levels", ROOMY),
    "calls": (
        "CASEI(" * 10_000 + "a" + ")" * 10_000 + " = 'x'", "CASEI(" * 30 + "a" + ")" * 30 + " = 'x'", "40 levels", ROOMY
    ),
    "sums": ("n" + " + 1" * 10_000 + " = 1", "n" + " + 1" * 30 + " = 1", "40 levels", ROOMY),
    "minus": ("n = " + "- " * 10_000 + "1", "n = - 1", "expected here", ROOMY),
    "or": (" OR ".join(["n = 1"] * 10_000), " OR ".join(["n = 1"] * 300), "1000 values", Limits(length=10**8)),
    "in": (f"n IN ({','.join(['1'] * 100_000)})", f"n IN ({','.join(['1'] * 500)})", "500 entries", ROOMY),
    "vertices": (
        f"S_WITHIN(g, POLYGON(({'0 0,' * 1_000_000}0 0)))", f"S_WITHIN(g, POLYGON(({RING})))", "1000 positions", ROOMY
    ),
    "name": (f"{'x' * 10**6} = 1", "n = 1", "no property xxx", ROOMY),
}  # fmt: skip


@pytest.mark.parametrize("name", LARGE)
def test_what_is_too_large_is_refused_and_its_smaller_twin_is_not(name: str) -> None:
    large, small, reason, limits = LARGE[name]
    assert reason in fault(large, limits=limits)["reason"].en
    assert compiled(read(small, "cql2-text", limits=limits), QUERYABLES, crs=CRS84)


@pytest.mark.parametrize(
    ("opening", "closing"),
    [("[", "]"), ('{"op":"not","args":[', "]}"), ('{"property":', "}"), ('{"type":"Point","coordinates":[', "]}")],
)
def test_deep_json_is_refused_before_it_is_read(opening: str, closing: str) -> None:
    deep = opening * 10_000 + "true" + closing * 10_000
    assert "40 levels" in fault(deep, "cql2-json", limits=ROOMY)["reason"].en
    shallow = '{"op":"not","args":[' * 30 + "true" + "]}" * 30
    assert compiled(read(shallow, "cql2-json"), QUERYABLES, crs=CRS84)


@pytest.mark.parametrize("sign", ["'", '"', "\\'", "''", '"a', "1.", "((", "a:", "\\"])
def test_no_text_is_read_more_than_once(sign: str) -> None:
    """A megabyte of what might make a reader go back and try again is answered."""
    fault(sign * 500_000, limits=ROOMY)


@given(st.text(max_size=60) | st.text(st.sampled_from("ab ()'\"=<>,.-+*/^%1eE\\NOTANDIlike"), max_size=60))
def test_whatever_is_written_is_read_or_is_a_fault_with_a_place(written: str) -> None:
    try:
        compiled(read(written, "cql2-text"), QUERYABLES, crs=CRS84)
    except FilterFault as found:
        assert 0 <= found.values["position"] <= len(written)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["op", "args", "property", "type", "coordinates", "bbox", "interval"]),
            inner,
            max_size=3,
        )
    ),
)


@given(_JSON)
def test_whatever_json_is_sent_is_read_or_is_a_fault(document: Any) -> None:
    try:
        compiled(read(json.dumps(document), "cql2-json"), QUERYABLES, crs=CRS84)
    except FilterFault as found:
        assert found.values["path"] is not None or found.values["position"] is not None


# --- nothing that is written becomes SQL ------------------------------------------------------------------------------

INJECTIONS = ["x'; DROP TABLE feature; --", 'x" OR TRUE --', "x\\' OR 1=1 --", "%(f0)s", "%s", "{}", "$$x$$", "/*"]


@pytest.mark.parametrize("hostile", INJECTIONS)
def test_nothing_that_is_written_becomes_sql(hostile: str) -> None:
    document = json.dumps({"op": "like", "args": [{"op": "casei", "args": [{"property": "a"}]}, hostile]})
    found = compiled(read(document, "cql2-json"), QUERYABLES, crs=CRS84)
    harmless = compiled(read(document.replace(json.dumps(hostile), '"x"'), "cql2-json"), QUERYABLES, crs=CRS84)
    assert found.condition.as_string() == harmless.condition.as_string()
    assert found.parameters == {"f0": hostile}
    for where in ({"property": hostile}, {"op": hostile, "args": [1, 1]}):
        assert "there is no" in fault(json.dumps({"op": "=", "args": [where, 1]}), "cql2-json")["reason"].en


# --- other people's opinion -------------------------------------------------------------------------------------------


@pytest.mark.skipif(not OGC.is_dir(), reason="the examples of the standard are not here")
def test_the_examples_of_the_standard_are_read_and_their_twins_are_equal() -> None:
    texts = sorted((OGC / "text").glob("*.txt"))
    for path in texts:
        twin = OGC / "json" / f"{path.stem.partition('-alt')[0]}.json"
        assert read(path.read_text("utf-8"), "cql2-text") == read(twin.read_text("utf-8"), "cql2-json"), path
    assert len(texts) == 120
    assert len([read(path.read_text("utf-8"), "cql2-json") for path in (OGC / "json").glob("*.json")]) == 109


_OTHERWISE = {
    r"a = 'it\'s'": "annex B, escapeQuote: either '' or \\'",
    "a = .5": "annex B, unsignedNumericLiteral: digits before the point may be left out",
    "_a1 = 1": "annex B, identifierStart: _ is one",
    "A_CONTAINEDBY(a, ())": "annex B, array: may hold nothing",
}
"""What the other reader refuses, and the rule that allows it."""


@pytest.mark.parametrize("written", CASES)
def test_another_reader_understands_a_case_alike(written: str) -> None:
    if written in _OTHERWISE:
        with pytest.raises(cql2.ParseError):
            cql2.parse_text(written)
    else:
        assert _flat(cql2.parse_text(written).to_json()) == _flat(as_json(read(written, "cql2-text")))


@given(conditions())
def test_another_reader_understands_any_tree_alike(tree: Node) -> None:
    written = as_text(tree)
    assert read(written, "cql2-text") == tree
    assert read(json.dumps(as_json(tree)), "cql2-json") == tree
    assert _flat(cql2.parse_text(written).to_json()) == _flat(as_json(tree))


def _flat(document: Any) -> Any:
    """The other reader takes the brackets off ``(a AND b) AND c``, which means the same."""
    if isinstance(document, list):
        return [_flat(each) for each in document]
    if not isinstance(document, dict):
        return document
    found = {name: _flat(each) for name, each in document.items()}
    if found.get("op") in ("and", "or"):
        args: list[Any] = []
        for each in found["args"]:
            args += each["args"] if isinstance(each, dict) and each.get("op") == found["op"] else [each]
        found["args"] = args
    return found
