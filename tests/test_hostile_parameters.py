"""Hostile filters and parameters over HTTP: none breaks the program, holds it up, or shows what it must not show."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

import psycopg
import pytest
from people import header
from whole import some, times
from wire import Answer, Asked, answers

from api.app import create_app
from api.entry import COOKIE
from geo.database import Database
from geo.settings import Settings
from geo.viewer import secret_hash

TOWN = "511132100"
HIDDEN, ELSEWHERE = "绝密-7f3a9c", "外乡-5b1d2e"
DELETED = "deadbeef-0000-4000-8000-00000000dead"
POINTS = "/ogc/collections/hazard_point/items"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

SQL = (
    "'", "''", '"', "' OR '1'='1", "' OR 1=1 --", "') OR ('1'='1", "' OR '1'='1' /*", "1 OR 1=1", "1; SELECT 1",
    "'; DROP TABLE feature; --", "' UNION SELECT attributes::text FROM feature_private --", "'||(SELECT version())||'",
    "' AND 1=(SELECT 1 FROM pg_sleep(5)) --", "$$x$$", "$1", "%(x)s", "%s", "{x}", "\\'; --", "a'/**/OR/**/'a'='a",
    "E'\\x27'", "U&'\\0027'", "'::int", "1::text", "null", "NULL", "*", "a.b", "public.feature", "pg_catalog.pg_user",
    "-- x", "/* x", "*/", ";", "\\", "`x`", "xmin", "ctid", "tableoid", "current_user", "@@version", "0x27",
)  # fmt: skip
ENCODED = (
    "%00", "a%00b", "%ff", "%c0%af", "%c0%a7", "%e0%80%a7", "%f8%80%80%80%a7", "%ed%a0%80", "%2527", "%252500",
    "%u0027", "%", "%2", "%zz", "%0d%0aX: y", "%09", "%1b", "%ef%bc%87", "%ca%bc", "%e2%80%ae", "%ef%bb%bf",
    "%f4%90%80%80", "..%2f..%2fetc%2fpasswd", "%2e%2e%2f", "file%3a%2f%2f%2fetc%2fpasswd", "%26x%3d1", "%23", "%3b",
)  # fmt: skip
NUMBERS = (
    "-1", "0", "99999999999999999999", "1e308", "1e999", "-0", "NaN", "Infinity", "1.", ".1", "0x10", "1_000", "%2b1",
    "١٢", "9223372036854775808", "2147483648", "9" * 400, "0001-01-01", "9999-12-31", "2024-02-30", "2024-13-01",
    "infinity", "epoch", "now", "2024-01-01T00:00:00Z", "../..", "-infinity/..", "1,2,3,4", "180,90,-180,-90",
    "nan,nan,nan,nan", "1e400,0,1,1",
)  # fmt: skip
BOMBS = (
    "(" * 200, "a" * 5000, "%E5%B1%B1" * 1000, "(a%2B)%2B" * 200, "NOT%20" * 2000, "%5B" * 3000, "%7B%22op%22:" * 400,
    "," * 3000, "a%CC%81" * 1000, "&a=b" * 500, "%27" * 3000, quote("𠜎" * 500), "1^" * 800 + "1", "%" * 1000,
    quote("ﷺ" * 1000), quote("Ｅ'"), quote("İıſK"), quote("\u202e\u2066'\u200b"),
)  # fmt: skip
VALUES = (*(quote(each) for each in SQL), *ENCODED, *NUMBERS, *BOMBS)
CALLED = (
    "{name}()", "{name}() = 1", "{name}(code) = 'a'", "code = {name}('a')", "{name}(5) IS NULL",
    "S_INTERSECTS(geometry, {name}(1 2))",
)  # fmt: skip
NAMED = ("{name}", "{name} = 1", '"{name}" = 1', "CASEI({name}) = 'a'", "code LIKE {name}", "{name} IS NULL")
PLACES = {"code": "hazard_point", "collection": "hazard_point", "layer": "hazard_point", "number": "1", "job": DELETED,
          "transaction": "1", "document": "report_2024", "claim_id": "C001", "matrix": "WebMercatorQuad", "zoom": "13",
          "row": "3400", "column": "6445", "rule": "1", "document_id": DELETED,
          "ending": "csv", "name": "a.csv", "session": "1"}  # fmt: skip
SHARE = 5
"""One in so many is asked where not everything is tested."""

FILES = ("/export", ".xlsx", ".docx", "{ending}")
"""A file is made only to be thrown away: one value that is refused is as good as any."""


@dataclass
class Person:
    """Who asks: headers, the ids of what may come back (None: anything), and what must not."""

    headers: dict[str, str]
    known: frozenset[str] | None
    hidden: tuple[str, ...]
    matched: int = 0


@dataclass
class Probe:
    """Looks at answers, and notes what must not be: faults, what was hidden, rows that no honest answer has."""

    asked: int = 0
    broken: list[str] = field(default_factory=list)
    leaked: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0, "")
    statuses: Counter[int] = field(default_factory=Counter)

    def look(self, answer: Answer) -> None:
        """At one answer to a person, who is the tag of the request."""
        who: Person = answer.asked.tag
        line = f"{answer.status} {answer.asked.method} {answer.asked.target[:300]}"
        self.asked += 1
        self.statuses[answer.status] += 1
        self.slowest = max(self.slowest, (answer.seconds, line))
        if answer.status >= 500:  # 503 too: the database was there all the time, and no statement takes 5 s
            self.broken.append(f"{line} {answer.text[-300:]}")
        text, sent = answer.text, answer.asked.target + answer.asked.body.decode("utf-8", "replace")
        strange = set(UUID.findall(text)) - (who.known or set()) - set(UUID.findall(sent))
        more = re.search(r'"numberMatched": ?(\d+)', text)
        if (
            any(each in text for each in who.hidden)
            or (strange and who.known is not None and answer.status < 300)
            or (more and POINTS in answer.asked.target and int(more[1]) > who.matched > 0)
        ):
            self.leaked.append(line)


@dataclass
class Office:
    """The program over the demonstration, and who asks."""

    app: Any
    database: Database
    people: dict[str, Person]
    item: str

    def ask(self, requests: Iterator[Asked]) -> Probe:
        """Everything, four at a time."""
        probe = Probe()
        for answer in answers(self.app, requests):
            probe.look(answer)
        return probe


@pytest.fixture(scope="module")
def office(make_database: Any) -> Iterator[Office]:
    """A demonstration with a deleted feature and personal columns that nobody may see; statements end after 5 s."""
    made = make_database("demo")
    with psycopg.connect(made.dsn) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "INSERT INTO feature (layer, id, code, name, org_unit, attributes, deleted_at)"
            " VALUES ('hazard_point', %s, %s, %s, %s, '{}', now())",
            [DELETED, HIDDEN, HIDDEN, TOWN],
        )
        connection.execute(
            "INSERT INTO feature_private SELECT layer, id, jsonb_build_object('head', %s::text) FROM feature"
            " ON CONFLICT (layer, feature) DO UPDATE SET attributes = excluded.attributes",
            [HIDDEN],
        )
        within = "(SELECT unit FROM org_unit_ancestor WHERE ancestor = %s)"  # of the officer's township
        connection.execute(
            f"UPDATE feature SET name = %s || coalesce(name, '') WHERE org_unit IS NULL OR org_unit NOT IN {within}",  # pyright: ignore
            [ELSEWHERE, TOWN],
        )
        found = connection.execute(
            f"SELECT id::text, org_unit IN {within} FROM feature WHERE deleted_at IS NULL ORDER BY id",  # pyright: ignore
            [TOWN],
        ).fetchall()
    everything, own = frozenset(each for each, _ in found), frozenset(each for each, here in found if here)
    people = {
        "reader": Person(header(made, "reader", (("planner", None),)), everything, (HIDDEN,)),
        "officer": Person(header(made, "officer", (("officer", TOWN),)), own, (HIDDEN, ELSEWHERE)),
        "keeper": Person(keeper(made), None, (HIDDEN,)),
    }
    with Database(Settings(database=made.dsn, statement_timeout=5)) as database:  # pyright: ignore
        told = Office(create_app(database), database, people, min(own))
        for who in people.values():
            (answer,) = answers(told.app, [Asked("GET", f"{POINTS}?limit=1", who.headers)])
            who.matched = json.loads(answer.content)["numberMatched"]
        assert 0 < people["officer"].matched < people["reader"].matched
        yield told


def keeper(database: Database) -> dict[str, str]:
    """The headers of somebody who may do everything, by a session and from a page of this program."""
    header(database, "keeper")
    with psycopg.connect(database.dsn) as connection:
        connection.execute(
            "INSERT INTO session (hash, account, idle, expires_at) SELECT %s, id, '1 day', now() + interval '1 day'"
            " FROM account WHERE name = 'keeper'",
            [secret_hash("kept")],
        )
    return {"cookie": f"{COOKIE}=kept", "origin": "http://testserver"}


def harmless(office: Office, probe: Probe, least: int) -> None:
    """Nothing was broken or shown, and the program still answers."""
    print(f"{probe.asked} requests, {dict(probe.statuses)}, slowest {probe.slowest[0]:.2f} s: {probe.slowest[1]}")
    assert (probe.broken[:20], len(probe.broken)) == ([], 0)
    assert (probe.leaked[:20], len(probe.leaked)) == ([], 0)
    assert probe.asked >= times(least, SHARE)
    for who in office.people.values():
        asked = [Asked("GET", path, who.headers) for path in ("/health", "/ready", "/api/account", f"{POINTS}?limit=1")]
        found = answers(office.app, asked, 1)
        assert [each.status for each in found] == [200] * 4
        if who.known is not None:
            assert json.loads(found[3].content)["numberMatched"] == who.matched


def test_no_function_of_the_database_is_reached_by_a_filter(office: Office) -> None:
    with office.database.owner() as connection:
        functions = [row[0] for row in connection.execute("SELECT DISTINCT proname FROM pg_proc ORDER BY 1")]
    assert len(functions) > 2500

    def requests() -> Iterator[Asked]:
        for place, name in enumerate(functions):
            document = {"op": "=", "args": [{"op": name, "args": [{"property": "code"}]}, "a"]}
            shapes = (
                (CALLED[place % len(CALLED)].format(name=name), "cql2-text", "reader"),
                (NAMED[place // 2 % len(NAMED)].format(name=name), "cql2-text", "officer")
                if place % 2
                else (json.dumps(document), "cql2-json", "officer"),
            )
            for written, language, name_of in shapes:
                who = office.people[name_of]
                asked = f"{POINTS}?limit=1&filter-lang={language}&filter={quote(written)}"
                yield Asked("GET", asked, who.headers, tag=who)

    harmless(office, office.ask(some(requests(), SHARE)), 2 * len(functions))


def example(schema: dict[str, Any], told: dict[str, Any], text: str) -> Any:
    """The smallest value of a JSON schema, with ``text`` wherever any text will do."""
    if "$ref" in schema:
        schema = told["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for name in ("const", "default"):
        if schema.get(name) is not None:
            return schema[name]
    if "enum" in schema:
        return schema["enum"][0]
    if several := schema.get("anyOf") or schema.get("oneOf"):
        return example(several[0], told, text)
    match schema.get("type"):
        case "object":
            return {name: example(each, told, text) for name, each in schema.get("properties", {}).items()}
        case "array":
            return [example(schema["items"], told, text)] if schema.get("items") else []
        case "string":
            return {"date": "2024-01-01", "uuid": DELETED}.get(schema.get("format", ""), text)
        case "integer" | "number":
            return 1
        case "boolean":
            return True
        case _:
            return text


@dataclass(frozen=True)
class Operation:
    """An operation that is described: where its parameters stand, and the schema of a body of JSON."""

    method: str
    path: str
    places: tuple[str, ...]
    queries: tuple[str, ...]
    body: dict[str, Any] | None
    told: dict[str, Any]

    def sent(self, text: str) -> bytes:
        """A body that its schema allows."""
        return b"" if self.body is None else json.dumps(example(self.body, self.told, text)).encode()


def operations(office: Office) -> Iterator[Operation]:
    told = office.app.openapi()
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            given = operation.get("parameters", [])
            places, queries = (
                tuple(each["name"] for each in given if each["in"] == kind) for kind in ("path", "query")
            )
            content = operation.get("requestBody", {}).get("content", {})
            body = next((each.get("schema") for kind, each in content.items() if "json" in kind), None)
            yield Operation(method.upper(), path, places, queries, body, told)


def who_asks(office: Office, operation: Operation) -> tuple[Person, ...]:
    if operation.method != "GET" or operation.path.startswith("/api/account"):
        return (office.people["keeper"],)
    return office.people["reader"], office.people["officer"]


def test_every_parameter_of_every_operation_stands_hostile_values(office: Office) -> None:
    counted = 0

    def requests() -> Iterator[Asked]:
        nonlocal counted
        good = PLACES | {"item_id": office.item, "feature_id": office.item}
        for operation in operations(office):
            method, path = operation.method, operation.path
            places = {name: good.get(name, "1") for name in operation.places}
            addresses = [
                *(lambda value, name=name: f"{path.format_map(places)}?{name}={value}" for name in operation.queries),
                *(
                    lambda value, name=name: path.format_map(places | {name: value.strip("/") or "a"})
                    for name in operation.places
                ),
            ]  # fmt: skip
            body = operation.sent("a")
            for address in addresses:
                counted += 1
                people = who_asks(office, operation)
                step = 12 if path.endswith(FILES) else 3
                # A third of the values for each parameter, in turn: both people meet every kind of value everywhere.
                for turn, value in enumerate(VALUES[counted % step :: step]):
                    who = people[(turn + counted) % len(people)]
                    yield Asked(method, address(value), {**who.headers, "content-type": "application/json"}, body, who)
            if operation.body is not None:
                for value in VALUES[::6]:
                    who, text = office.people["keeper"], unquote(value)
                    sent = {**who.headers, "content-type": "application/json"}
                    yield Asked(method, path.format_map(places), sent, operation.sent(text), who)

    probe = office.ask(some(requests(), SHARE))
    assert counted > 200
    harmless(office, probe, 6_000)


def test_names_of_parameters_pages_and_headers_stand_hostile_values(office: Office) -> None:
    def requests() -> Iterator[Asked]:
        for turn, value in enumerate(VALUES):
            who = list(office.people.values())[turn % 2]
            for path in (POINTS, "/api/features?limit=5", "/ogc", "/ledger"):
                yield Asked("GET", f"{path}{'&' if '?' in path else '?'}{value}=1", who.headers, tag=who)
            for path in ("/ledger?activity=", "/ledger?year=", "/claims?section=", "/money?org_unit=", "/import?layer=",
                         "/tiles/hazard_point/", "/?township=", "/x/"):  # fmt: skip
                yield Asked("GET", f"{path}{value}", who.headers, tag=who)
            for path in ("/", "/claims", "/money") if turn % 4 == 0 else ():
                yield Asked("GET", f"{path}?{value}=1", who.headers, tag=who)
            for name in ("accept-language", "accept", "if-none-match", "range", "content-type", "cookie", "origin"):
                yield Asked("GET", "/api/layers", {**who.headers, name: unquote(value)[:2_000]}, tag=who)

    harmless(office, office.ask(some(requests(), SHARE)), 2_000)


def test_a_route_that_trusts_what_it_is_sent_would_be_found(office: Office) -> None:
    """The control: the same values to a route that builds its statement from them, as the owner of everything."""
    app = create_app(office.database)

    @app.get("/vulnerable")
    def vulnerable(q: str) -> object:
        with office.database.owner() as connection:
            built: Any = f"SELECT id, name FROM feature WHERE name = '{q}'"
            return [str(row) for row in connection.execute(built).fetchall()]

    who = office.people["officer"]
    probe = Office(app, office.database, office.people, office.item).ask(
        Asked("GET", f"/vulnerable?q={value}", who.headers, tag=who) for value in VALUES
    )
    assert len(probe.broken) > 5
    assert len(probe.leaked) >= 2
