"""Searching by pinyin initials: letters to patterns, the API, and the search field of the map."""

import re
from typing import Any

import psycopg
import pytest
from conftest import CHROMIUM
from people import READER, client_of
from playwright.sync_api import expect
from starlette.testclient import TestClient
from test_page import Open, guard, open_page, server  # noqa: F401 - fixtures

from geo.database import Database
from geo.pinyin import initials, pattern

# ruff: noqa: F811 - a fixture is imported under the name by which tests ask for it


@pytest.mark.parametrize(
    ("letters", "name"),
    [
        ("spz", "沙坪镇"),
        ("hzgz", "黑竹沟镇"),
        ("HZG", "黑竹沟镇"),
        ("zgz", "黑竹沟镇"),
        ("cq", "重庆沟滑坡"),  # 重 is read zhong and chong
        ("zq", "重庆沟滑坡"),
        ("ebx", "峨边县"),
        ("ak", "A坑"),
    ],
)
def test_initials_match_a_name(letters: str, name: str) -> None:
    assert re.search(pattern(letters) or "$^", name)


@pytest.mark.parametrize(("letters", "name"), [("spz", "沙坪"), ("szp", "沙坪镇"), ("sp", "沙 坪"), ("qc", "重庆")])
def test_other_letters_do_not(letters: str, name: str) -> None:
    assert not re.search(pattern(letters) or "$^", name)


@pytest.mark.parametrize("text", ["", "s", "s" * 13, "s2", "沙p", "s.", "[a", "s p", "ſp"])
def test_only_letters_are_initials(text: str) -> None:
    assert pattern(text) is None


def test_every_reading_of_a_character_counts() -> None:
    assert initials("重K2") == ("zct", "k", "2")
    assert initials("〇") == ("lyx",)


@pytest.fixture(scope="module")
def named(make_database: Any) -> Database:
    """A hazard point with a name, one whose code are the same letters, and one without a name."""
    database = make_database("placed")
    with psycopg.connect(database.dsn) as connection:
        connection.execute(
            "INSERT INTO feature (layer, code, name, org_unit, geom) SELECT 'hazard_point', code, name, '511132100001',"
            " st_setsrid(st_makepoint(103.2, 29.2), 4490) FROM (VALUES ('HP-1', '后坪滑坡'), ('HPHP-2', '大堡崩塌'),"
            " ('3', NULL)) AS given (code, name)"
        )
    return database


@pytest.fixture(scope="module")
def client(named: Database) -> TestClient:
    return client_of(named, who=READER)


def codes(client: TestClient, address: str) -> list[str]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return [each["properties"]["code"] for each in answer.json()["features"]]


def test_the_api_finds_features_by_initials_and_by_code(client: TestClient) -> None:
    assert codes(client, "/api/features?initials=hphp") == ["HP-1"]
    assert codes(client, "/api/features?q=hphp") == ["HPHP-2"]
    assert codes(client, "/api/features?initials=dbbt&layer=hazard_point") == ["HPHP-2"]
    assert client.get("/api/features?initials=hphp").json()["number_matched"] == 1
    assert client.get("/api/features?initials=hphp&layer=hazard_point").json()["number_matched"] == 1
    assert codes(client, "/api/features?initials=xyz") == []
    assert client.get("/api/features?initials=%5Ba").status_code == 422


def test_the_api_finds_villages_and_townships_by_name_code_and_initials(client: TestClient) -> None:
    assert codes(client, "/api/org-units?q=spz&level=township&geometry=false") == ["511132100"]
    assert codes(client, "/api/org-units?q=Heizhu&level=township&geometry=false") == ["511132105"]
    assert "511132100001" in codes(client, "/api/org-units?q=jysq&level=village")
    assert codes(client, "/api/org-units?q=景阳&level=village") == ["511132100001"]
    assert codes(client, "/api/org-units?q=51113210000&level=village")[0] == "511132100001"
    assert codes(client, "/api/org-units?q=.*&level=village") == []
    found = client.get("/api/org-units?q=景阳&level=village").json()["features"][0]["properties"]
    assert (found["short_name"], found["parent"]) == ("景阳社区", "511132100")


# -- in the browser

needs_browser = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")


@needs_browser
@pytest.mark.parametrize(("letters", "name"), [("spz", "沙坪镇"), ("hzg", "黑竹沟镇"), ("HZGZ", "黑竹沟镇")])
def test_initials_find_a_township(open_page: Open, letters: str, name: str) -> None:
    page = open_page()
    page.locator("#search").fill(letters)
    expect(page.locator("#found [role=option]").first).to_contain_text(name)
    page.keyboard.press("Enter")
    expect(page.locator(".scope")).to_have_text(name)


@needs_browser
def test_a_village_opens_its_township_and_narrows_the_list(open_page: Open) -> None:
    page = open_page("/#layer=hazard_point")
    page.locator("#search").fill("jysq")
    option = page.locator("#found [role=option]", has_text="景阳社区")
    expect(option).to_contain_text("沙坪镇")
    option.click()
    expect(page.locator(".scope")).to_have_text("沙坪镇")
    expect(page.locator("#village")).to_have_text("景阳社区")
    expect(page.locator(".feature-list .calm, .feature-list p")).to_contain_text("没有符合条件的要素")
    page.wait_for_url(re.compile("town=511132100&village=511132100001"))
    page.locator("#village").click()
    expect(page.locator(".entry").first).to_be_visible()
    page.wait_for_url(re.compile("^(?!.*village=)"))


@needs_browser
def test_a_link_to_a_village_is_restored(open_page: Open) -> None:
    page = open_page("/#layer=hazard_point&town=511132100&village=511132100201")
    expect(page.locator("#village")).to_be_visible()
    page.locator(".row[data-township='511132102']").click()
    expect(page.locator("#village")).to_have_count(0)
    expect(page.locator(".entry").first).to_be_visible()


@needs_browser
def test_letters_find_codes_before_names(open_page: Open) -> None:
    page = open_page()
    page.locator("#search").fill("hp")
    expect(page.locator("#found [role=option] .small").first).to_contain_text("HP0")
