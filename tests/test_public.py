"""What everybody is told: totals of townships, from which no small count can be worked out."""

import itertools
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api.app import create_app
from geo.database import Database
from geo.public import SMALLEST, Count, told

TOWNS = ["511132100", "511132101", "511132102", "511132103"]


def small(number: int) -> bool:
    return 0 < number < SMALLEST


Counts = st.dictionaries(
    st.sampled_from([f"t{i:02}" for i in range(14)]),
    st.integers(0, 30).flatmap(lambda n: st.integers(0, n).map(lambda c: Count(n, c))),
)


@given(Counts)
def test_no_small_count_can_be_worked_out(counts: dict[str, Count]) -> None:
    total, shown = told(counts)
    for count in filter(None, shown.values()):
        assert not small(count.completed)
        assert not small(count.population - count.completed)
    held = [code for code, count in shown.items() if count is None]
    if total is not None and held:
        rest = [
            total.population - sum(c.population for c in shown.values() if c),
            total.completed - sum(c.completed for c in shown.values() if c),
        ]
        assert len(held) > 1
        assert not small(rest[1])
        assert not small(rest[0] - rest[1])


@given(Counts)
def test_what_is_told_is_true_and_nothing_is_held_back_for_nothing(counts: dict[str, Count]) -> None:
    total, shown = told(counts)
    assert shown.keys() == counts.keys()
    assert all(count is None or count == counts[code] for code, count in shown.items())
    if total is not None:
        assert total == sum(counts.values(), Count(0, 0))
    if all(count.is_safe for count in counts.values()):
        assert total is not None
        assert None not in shown.values()


def test_without_the_complement_the_difference_would_tell() -> None:
    counts = {"a": Count(3, 0), "b": Count(20, 10), "c": Count(40, 20)}
    naive = {code: count if count.is_safe else None for code, count in counts.items()}
    total = sum(counts.values(), Count(0, 0))
    assert total.population - sum(c.population for c in naive.values() if c) == 3, "the control: one is worked out"
    _, shown = told(counts)
    assert [code for code, count in shown.items() if count is None] == ["a", "b"]


@pytest.fixture(scope="module")
def client(make_database: Any) -> Any:
    """Households in four townships, few in the first; parcels without personal columns would not be held back."""
    database = make_database("placed")
    with psycopg.connect(database.dsn) as connection:
        for town, number in zip(TOWNS, (2, 8, 9, 0), strict=True):
            for layer, i in itertools.product(("relocation_household", "plan_village"), range(number)):
                connection.execute(
                    "INSERT INTO feature (layer, code, org_unit) SELECT %s, %s, %s WHERE EXISTS"
                    " (SELECT FROM layer WHERE code = %s)",
                    [layer, f"{town}-{i}", town, layer],
                )
    with TestClient(create_app(database)) as client:
        yield client


def test_nobody_is_told_anything_where_it_is_not_switched_on(client: TestClient) -> None:
    assert client.get("/api/public/progress").status_code == 404
    assert client.get("/public").status_code == 404
    assert client.get("/login").text.find("/public") < 0


def test_everybody_is_told_totals_where_it_is_switched_on(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    database: Database = client.app.state.database  # type: ignore[attr-defined]
    monkeypatch.setattr(database, "settings", database.settings.model_copy(update={"public": True}))
    answer = client.get("/api/public/progress")
    assert answer.status_code == 200
    (households,) = [each for each in answer.json()["layers"] if each["layer"] == "relocation_household"]
    shown = {each["org_unit"]: each["count"] for each in households["townships"]}
    assert households["county"] == {"population": 19, "completed": 0}
    assert [shown[town] for town in TOWNS] == [None, None, {"population": 9, "completed": 0},
                                               {"population": 0, "completed": 0}]  # fmt: skip
    page = client.get("/public?lang=en")
    assert page.status_code == 200
    assert page.text.count("too few to show") == 2
    assert "/public" in client.get("/login").text
    assert client.get("/api/progress").status_code == 401, "nothing else is open"
