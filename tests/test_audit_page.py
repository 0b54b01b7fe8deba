"""The page of the audit trail over the real program: who may see it, filters, paging, and how it looks."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Page, expect
from starlette.testclient import TestClient
from test_account_page import (
    GOOD,
    HOSTILE,
    client_of,
    fits,
    office,  # noqa: F401 # pyright: ignore[reportUnusedImport]
    open_page,  # noqa: F401 # pyright: ignore[reportUnusedImport]
    pytestmark,  # noqa: F401 # pyright: ignore[reportUnusedImport]
)
from whole import EVERYWHERE

from geo import audit
from geo.audit.event import Event
from geo.audit.seal import seal
from geo.audit.sentence import changes, sentence
from geo.audit.word import NOUNS
from geo.database import Database

# Where the pictures go that a person looks at; none are kept by default.
PICTURES = os.environ.get("TRAIL_PICTURES", "")


@pytest.fixture
def told(office: Database) -> Database:  # noqa: F811 - the fixture of that name
    """Some events of several kinds, most of them sealed."""
    with psycopg.connect(office.dsn) as connection:
        connection.execute("SELECT set_config('shanhe.actor', 'li', true)")
        connection.execute(
            "INSERT INTO feature (layer, code, name, org_unit, attributes) VALUES"
            " ('hazard_point', 'HP-77', '滑坡一', '511132100', '{\"threatened_people\": 3}')"
        )
        connection.execute(
            "UPDATE feature SET name = '滑坡二', attributes = '{\"threatened_people\": 5}', reason = '现场核实'"
        )
        connection.execute(
            "INSERT INTO milestone (layer, feature, milestone, reached_on)"
            " SELECT layer, id, 'works_completed', '2024-03-01' FROM feature"
        )
        connection.execute(
            "INSERT INTO feature_private (layer, feature, attributes)"
            ' SELECT layer, id, \'{"responsible_phone": "13900000000"}\' FROM feature'
        )
        connection.execute("UPDATE milestone SET revoked_at = now(), revoked_by = 'li'")
        connection.execute("INSERT INTO fund_source (code, name_zh, name_en) VALUES ('bond', '国债', 'Bond')")
        connection.execute(
            "INSERT INTO transaction (fund_source, kind, value_date, amount) VALUES ('bond', 'incoming', now(), 12.5)"
        )
        connection.execute("UPDATE transaction SET amount = 13, reason = '录错'")
    with office.owner() as connection:
        seal(connection)
        audit.note(connection, "li", "personal.read", {"layer": "hazard_point", "code": "HP-77", "reason": "核对"})
        audit.note(connection, HOSTILE, "layer.export", {"layer": "hazard_point", "format": "csv", "records": 1})
    return office


# --- who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/audit", "/api/audit", "/api/audit/head"])
def test_only_an_administrator_sees_the_trail(told: Database, address: str) -> None:
    with client_of(told, "li") as client:
        assert client.get(address).status_code == 403
    with client_of(told) as client:
        assert client.get(address, follow_redirects=False).status_code in {303, 401}
    with client_of(told, "zhang") as client:  # the control
        answer = client.get(address)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"


# --- what is asked for ------------------------------------------------------------------------------------------------


def events(client: TestClient, query: str = "") -> list[dict[str, Any]]:
    answer = client.get(f"/api/audit{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()["events"]


def test_events_are_asked_for_by_person_action_code_and_day(told: Database) -> None:
    with client_of(told, "zhang") as client:
        every = events(client, "?limit=1000")
        assert [each["id"] for each in every] == sorted((each["id"] for each in every), reverse=True)
        for query, fits in (
            ("actor=li", lambda each: each["actor"] == "li"),
            ("action=feature.update", lambda each: each["action"] == "feature.update"),
            ("action=personal", lambda each: each["action"].startswith("personal.")),
            ("code=HP-77", lambda each: each["subject"].get("code") == "HP-77"),
        ):
            found = events(client, f"?limit=1000&{query}")
            assert found
            assert found == [each for each in every if fits(each)], query
        assert events(client, "?until=2020-01-01") == []
        assert len(events(client, "?since=2020-01-01&limit=1000")) == len(every)
        assert client.get("/api/audit?since=tomorrow").status_code == 422
        assert client.get("/audit?since=tomorrow").status_code in {400, 422}
        for odd in ("action=%25", "code=%7B%22", "actor='", "before=9223372036854775808"):
            assert client.get(f"/api/audit?{odd}").status_code in {200, 422}


def test_pages_follow_one_another_without_a_gap(told: Database) -> None:
    with client_of(told, "zhang") as client:
        every = [each["id"] for each in events(client, "?limit=1000")]
        seen: list[int] = []
        before = ""
        while True:
            page = client.get(f"/api/audit?limit=7{before}").json()
            seen += [each["id"] for each in page["events"]]
            if page["before"] is None:
                break
            before = f"&before={page['before']}"
        assert seen == every


def test_the_head_is_that_of_the_trail(told: Database) -> None:
    with client_of(told, "zhang") as client:
        head = client.get("/api/audit/head").json()
        assert head["batch"] == 1
        assert head["hash"] in client.get("/audit").text
        assert [each["sealed"] for each in events(client, "?limit=2")] == [False, False]


# --- sentences --------------------------------------------------------------------------------------------------------


def test_each_event_is_a_sentence_in_both_languages(told: Database) -> None:
    with client_of(told, "zhang") as client:
        page = client.get("/audit?lang=zh").text
        for said in (
            "li 修改要素 HP-77（地质灾害",
            "滑坡一",
            "滑坡二",
            "li 查看个人信息 HP-77（地质灾害",
            "威胁人数",
            "核对",
        ):
            assert said in page, said
        page = client.get("/audit?lang=en").text
        for said in ("li changed the feature HP-77 (Hazard points)", "li read the personal data of HP-77"):
            assert said in page, said
        assert "13900000000" not in page
        assert HOSTILE not in page
        assert "&lt;img" in page


def test_every_action_that_a_trigger_can_note_has_words(told: Database) -> None:
    with psycopg.connect(told.dsn) as connection:
        found = connection.execute(
            "SELECT DISTINCT noun || '.' || verb FROM audit_watched()"
            " CROSS JOIN unnest(verbs || gone[2:3] || '{truncate}') AS verb"
        ).fetchall()
    assert len(found) > 80
    for (action,) in found:
        noun = action.partition(".")[0]
        event = Event(1, datetime.now(UTC), "li", action, {"rows": 7, "import": 3}, None, None, True)
        said = sentence(event)
        assert NOUNS[noun].zh in said.zh, said
        assert action not in said.en, said
        assert "7" in said.zh
        assert changes(event) == []


# --- how it looks -----------------------------------------------------------------------------------------------------


def sign_in(page: Page) -> None:
    page.locator("input[name=name]").fill("zhang")
    page.locator("input[name=password]").fill(GOOD)
    page.locator("form button.primary").first.click()


@EVERYWHERE
def test_an_administrator_looks_for_a_record_and_takes_the_head_away(
    open_page: Any,  # noqa: F811 - the fixture of that name
    told: Database,
    device: dict[str, Any],
    language: str,
) -> None:
    page = open_page(f"/login?lang={language}&next=/accounts", **device)
    sign_in(page)
    page.goto(f"{page.url.partition('/accounts')[0]}/accounts?lang={language}")
    page.locator("a[href^='/audit']").click()
    expect(page.locator(".events").first).to_be_visible()
    assert fits(page)
    _picture(page, f"audit-all-{language}-{device['viewport']['width']}.png")
    page.locator("input[name=code]").fill("HP-77")
    page.locator(".audit-sheet form button.primary").click()
    expect(page.locator(".events li")).to_have_count(6)
    assert fits(page)
    _picture(page, f"audit-{language}-{device['viewport']['width']}.png")
    with page.expect_download() as download:
        page.locator("a[download]").click()
    head = json.loads(download.value.path().read_text("utf-8"))
    with told.owner() as connection:
        assert connection.execute("SELECT FROM audit_seal WHERE hash = %s", [head["hash"]]).fetchone() is not None


def _picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / name, full_page=True)
