"""People of different townships who ask at the same time, over few connections, never get a row of each other's."""

import itertools
import re
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from people import header
from whole import times
from wire import Asked, answers

from api.app import create_app, fold_once
from geo import viewer
from geo.database import Database
from geo.settings import Settings

TOWNS = ("511132100", "511132101", "511132102", "511132103")
LAYER = "hazard_point"
MARK = re.compile(rb"of-(511132\d{3})")
"""In the code and the name of every feature: where it lies."""
MARKED = (
    "/api/features?limit=5",
    f"/api/features?layer={LAYER}&q=of-511&limit=30",
    f"/ogc/collections/{LAYER}/items?limit=10",
    f"/ogc/collections/{LAYER}/items?limit=30&f=csv",
    f"/ogc/collections/{LAYER}/items?filter=name%20LIKE%20%27of-%25%27",
    f"/ogc/collections/{LAYER}/tiles/WebMercatorQuad/14/6798/12891",
    f"/api/layers/{LAYER}/export?format=csv",
)
COUNTED = (f"/api/progress?by=township&layer={LAYER}", "/api/features/{other}", "/api/layers", "/api/account")
"""Answers that hold no mark: they must be what the same person gets when nobody else asks."""
ASKED = (*MARKED[:-1], *COUNTED) * 3 + MARKED[-1:]
"""The export, which takes longest, less often."""


@dataclass
class Office:
    """The program, with three connections, and an officer in each township."""

    database: Database
    people: dict[str, dict[str, str]]
    others: dict[str, str]

    def requests(self, number: int) -> Iterator[Asked]:
        """So many, of everybody in turn; who asks is the tag."""
        everything = itertools.product(ASKED, TOWNS)
        for path, town in itertools.islice(itertools.cycle(everything), number):
            yield Asked("GET", path.format(other=self.others[town]), self.people[town], tag=town)

    def told(self, number: int, at_once: int) -> tuple[list[str], dict[tuple[str, str], set[tuple[int, bytes]]], int]:
        """What came to whom it does not belong, all answers without a mark, and how many answers held a mark."""
        wrong: list[str] = []
        plain: dict[tuple[str, str], set[tuple[int, bytes]]] = {}
        marked = 0
        for answer in answers(create_app(self.database), self.requests(number), at_once):
            found = {each.decode() for each in MARK.findall(answer.content)}
            marked += bool(found)
            if found - {answer.asked.tag} or answer.status >= 500:
                wrong.append(f"{answer.status} {answer.asked.tag} {answer.asked.target} {sorted(found)}")
            if not answer.asked.target.startswith(tuple(each.partition("?")[0] + "?" for each in MARKED[:1])):
                key = answer.asked.tag, answer.asked.target
                plain.setdefault(key, set()).add((answer.status, b"" if found else answer.content))
        return wrong, plain, marked


@pytest.fixture
def office(placed: Database) -> Iterator[Office]:
    """Thirty points in each of four townships, all in one tile."""
    with psycopg.connect(placed.dsn) as connection:
        for town in TOWNS:
            connection.execute(
                "INSERT INTO feature (layer, code, name, org_unit, geom, starts_on)"
                " SELECT %s, 'of-' || %s || '-' || n, 'of-' || %s, %s,"
                " st_setsrid(st_makepoint(103.262 + n * 0.0001, 29.232), 4490), '2024-01-01'"
                " FROM generate_series(1, 30) AS n",
                [LAYER, town, town, town],
            )
        ids = dict(connection.execute("SELECT org_unit, min(id::text) FROM feature GROUP BY 1").fetchall())
    fold_once(placed)
    people = {town: header(placed, f"of{town}", (("officer", town),)) for town in TOWNS}
    others = {town: ids[TOWNS[place - 1]] for place, town in enumerate(TOWNS)}
    with Database(Settings(database=placed.dsn, pool_size=3)) as database:  # pyright: ignore[reportCallIssue]
        yield Office(database, people, others)


def test_of_many_answers_at_once_none_holds_a_row_of_anothers(office: Office) -> None:
    alone = office.told(len(TOWNS) * len(ASKED), 1)
    wrong, plain, marked = office.told(times(10_000), 16)
    assert (wrong[:10], len(wrong)) == ([], 0)
    assert marked > times(5_000)
    assert plain == alone[1]


class Shared:
    """In place of a variable of each request: one of the whole process, as in a program that forgot."""

    def __init__(self) -> None:
        self.value: Any = ""

    def get(self, other: Any = None) -> Any:
        """What anybody put in last."""
        return self.value if self.value != "" else other

    def set(self, value: Any) -> None:
        """For everybody."""
        self.value = value

    def reset(self, token: Any) -> None:
        """Keeps it."""


def test_a_program_that_forgets_whose_request_it_is_would_be_seen(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(viewer._CREDENTIAL, ContextVar)  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(viewer, "_CREDENTIAL", Shared())
    wrong, _, marked = office.told(500, 16)
    assert marked > 100
    assert len(wrong) > 10
