"""Whoever sees a part is shown figures of that part, and takes away what may be taken away and no more."""

import json
import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from people import client_of, header, served, signed_in
from playwright.sync_api import Browser, expect
from starlette.testclient import TestClient
from test_page import DESKTOP, PHONE, Guard, pytestmark  # noqa: F401 - marks this module too

from geo.database import Database

DAY = "2024-12-31"
TOWN, OTHER = "511132100", "511132101"
OFFICER: dict[str, Any] = {"name": "officer", "grants": (("officer", TOWN),)}
PAIR: dict[str, Any] = {"name": "pair", "grants": (("officer", TOWN), ("officer", OTHER))}
MANAGER: dict[str, Any] = {"name": "manager", "grants": (("manager", None),)}
LOOKER: dict[str, Any] = {"name": "looker", "grants": (("administrator", None),)}
HALF: dict[str, Any] = {"name": "half", "grants": (("administrator", None), ("officer", TOWN))}
NARROW: dict[str, Any] = {"name": "narrow", "grants": (("manager", None),), "verbs": ["view"]}
NOBODY: dict[str, Any] = {"name": "nobody", "grants": ()}
ITEMS = "/ogc/collections/hazard_point/items?limit=1000"
FILES = (
    *(f"{ITEMS}&f={kind}" for kind in ("csv", "xlsx", "fgb", "parquet")),
    "/api/layers/hazard_point/export?format=csv", "/api/ledger.xlsx", "/api/ledger.csv", "/api/claims.xlsx",
    "/api/claims.docx", f"/api/money.xlsx?as_of={DAY}",
    f"/api/progress.xlsx?as_of={DAY}", f"/api/records.xlsx?as_of={DAY}",
)  # fmt: skip


@pytest.fixture
def asked(demo: Database) -> Iterator[Any]:
    """A client for whoever is described."""
    clients: list[TestClient] = []

    def client(who: dict[str, Any]) -> TestClient:
        clients.append(client_of(demo, who=who))
        return clients[-1]

    yield client
    for each in clients:
        each.close()


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", FILES)
def test_who_may_only_look_takes_no_file_away(asked: Any, address: str) -> None:
    assert asked(MANAGER).get(address).status_code == 200, "the control"
    for who in (LOOKER, NARROW):
        assert asked(who).get(address).status_code == 403


def test_a_plan_that_was_made_for_one_shows_another_no_more_than_theirs(demo: Database) -> None:
    """The statement of a page is prepared: on one connection it is carried out for whoever comes."""
    people = {who["name"]: header(demo, **who) for who in (MANAGER, OFFICER, PAIR, NOBODY)}
    seen: dict[str, set[str | None]] = {}
    with client_of(demo) as client:
        for turn in range(8):  # a plan without values is taken from the sixth time on
            for name in sorted(people, reverse=bool(turn % 2)):
                found = client.get(ITEMS, headers=people[name]).json()["features"]
                there = {each["properties"]["township"] for each in found}
                assert seen.setdefault(name, there) == there, (name, turn)
    assert (seen["officer"], seen["pair"], seen["nobody"]) == ({TOWN}, {TOWN, OTHER}, set())
    assert len(seen["manager"]) > 10


@pytest.mark.parametrize("address", [f"{ITEMS}&f=csv", "/api/layers/hazard_point/export?format=csv&headings=code"])
def test_a_file_holds_what_may_be_downloaded_not_what_may_be_viewed(asked: Any, address: str) -> None:
    client = asked(HALF)
    everywhere = {each["properties"]["code"] for each in client.get(f"{ITEMS}&f=json").json()["features"]}
    own = {each["properties"]["code"] for each in asked(OFFICER).get(f"{ITEMS}&f=json").json()["features"]}
    taken = client.get(address).text
    assert 0 < len(own) < len(everywhere)
    assert {code for code in everywhere if re.search(rf"\b{code}\b", taken)} == own


# --- money ------------------------------------------------------------------------------------------------------------


def test_the_money_of_an_officer_is_that_of_the_township(asked: Any) -> None:
    client = asked(OFFICER)
    own = client.get(f"/api/money?as_of={DAY}").json()
    assert own == client.get(f"/api/money?as_of={DAY}&org_unit={TOWN}").json()
    assert own["total"] == asked(MANAGER).get(f"/api/money?as_of={DAY}&org_unit={TOWN}").json()["total"]
    assert own["total"]["spent"] > 0
    assert client.get(f"/api/money?as_of={DAY}&org_unit={OTHER}").status_code == 404
    assert asked(MANAGER).get(f"/api/money?as_of={DAY}&org_unit={OTHER}").status_code == 200, "the control"
    assert asked(NOBODY).get("/api/money").status_code == 403


def test_the_money_on_the_map_is_of_the_own_townships_alone(asked: Any) -> None:
    every = {row["org_unit"]: row for row in asked(MANAGER).get(f"/api/money/units?as_of={DAY}").json()["rows"]}
    assert {TOWN, OTHER, None} < every.keys()
    for who, towns in ((OFFICER, {TOWN}), (PAIR, {TOWN, OTHER})):
        rows = asked(who).get(f"/api/money/units?as_of={DAY}").json()["rows"]
        assert {row["org_unit"]: row for row in rows} == {town: every[town] for town in towns}


def test_what_is_left_of_a_payment_is_the_same_for_who_sees_a_part_of_it(asked: Any) -> None:
    whole = {each["id"]: each for each in asked(MANAGER).get("/api/transactions").json()["transactions"]}
    partly = asked(OFFICER).get("/api/transactions").json()["transactions"]
    assert 0 < len(partly) < len(whole)
    assert any(each["unallocated"] != each["amount"] for each in partly)
    for each in partly:
        told = asked(OFFICER).get(f"/api/transactions/{each['id']}").json()
        for name in ("allocated", "unallocated"):
            assert each[name] == told[name] == whole[each["id"]][name], name


# --- the map ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_map_sums_the_own_townships_and_leaves_the_others_blank(
    browser: Browser, demo: Database, asked: Any, device: dict[str, Any]
) -> None:
    rows = asked(PAIR).get(f"/api/progress?as_of={DAY}&layer=relocation_household").json()["rows"]
    counted = [row for row in rows if row["measure"] == "households" and row["org_unit"] in (TOWN, OTHER)]
    assert len(counted) == 2
    done, of = (sum(int(row[name]) for row in counted) for name in ("numerator", "denominator"))
    with served(signed_in(demo, **PAIR)) as address:
        guard = Guard(address)
        context = browser.new_context(locale="zh-CN", **device)
        guard.watch(context)
        page = context.new_page()
        page.goto(f"{address}/?as_of={DAY}#layer=relocation_household")
        page.wait_for_selector("body.ready", state="attached")
        expect(page.locator(".headline .fraction")).to_contain_text(f"{done:,} / {of:,}")
        expect(page.locator(".townships .row")).to_have_count(2)
        expect(page.locator(".badge")).to_have_count(2)
        expect(page.locator("#account")).to_have_attribute("href", "/account")
        context.close()
    assert (guard.left, guard.errors, guard.dialogs) == ([], [], [])


def test_who_sees_one_township_begins_there_and_who_sees_nothing_is_told(asked: Any) -> None:
    def config(who: dict[str, Any]) -> dict[str, Any]:
        page = asked(who).get("/", headers={"accept": "text/html"}).text
        return json.loads(re.search(r'id="data-config">(.*?)</script>', page)[1])  # type: ignore[index]

    assert (config(OFFICER)["mine"], config(OFFICER)["selected_township"]) == ([TOWN], TOWN)
    assert (config(PAIR)["mine"], config(PAIR)["selected_township"]) == ([TOWN, OTHER], None)
    assert (config(MANAGER)["mine"], config(MANAGER)["notes"]) == (None, [])
    assert config(NOBODY)["mine"] == []
    assert config(NOBODY)["empty"] is False, "it is not told to import something"
    assert "还没有权限" in config(NOBODY)["notes"][-1]["zh"]


def test_whoever_sees_a_part_is_told_what_is_invented(demo: Database) -> None:
    """Files are told to those who see everything; whether a record is real, to everybody who sees it."""
    with client_of(demo, who={"name": "part", "grants": (("officer", TOWN),)}) as client:
        (first, *_) = client.get(f"/api/features?layer=hazard_point&org_unit={TOWN}&limit=5").json()["features"]
        assert first["properties"]["illustrative"] is True
        assert client.get(f"/api/features/{first['id']}").json()["properties"]["illustrative"] is True
        item = client.get(f"/ogc/collections/hazard_point/items/{first['id']}").json()
        assert item["properties"]["illustrative"] is True
        (record, *_) = client.get("/api/records?layer=hazard_point&limit=1").json()["records"]
        assert record["illustrative"] is True
    with psycopg.connect(demo.dsn) as connection:
        connection.execute("SET ROLE shanhe_web")
        assert connection.execute("SELECT count(*) FROM import").fetchone() == (0,), "the control"
