# ruff: noqa: F811 - a fixture is imported under the name by which tests ask for it
"""The tools of the overview map in a real browser: the menu, measuring, layers, pictures, print, base maps."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import CHROMIUM
from fake_county import AS_OF, progress, townships, view
from playwright.sync_api import Browser, expect
from test_page import DESKTOP, PHONE, Guard, Open, guard, open_page, server  # noqa: F401 - fixtures

from geo.database import Database
from web.offline import one_file
from web.sheet import PAGES

pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
DEVICES = pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
SMALL = {**PHONE, "viewport": {"width": 360, "height": 640}}


@pytest.fixture
def file_address(tmp_path: Path) -> Iterator[str]:
    """The map as one file."""
    file = tmp_path / "map.html"
    file.write_text(one_file(view(townships=townships(), progress=progress(AS_OF))), "utf-8")
    yield file.as_uri()


# -- the way to the other pages


@DEVICES
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_menu_leads_to_every_page_that_there_is(open_page: Open, device: dict[str, Any], language: str) -> None:
    page = open_page(f"/?lang={language}", **device)
    menu, pages = page.locator("#menu"), page.locator("#pages")
    expect(pages).to_be_hidden()
    menu.click()
    expect(pages.get_by_role("link")).to_have_text(["地图", "资金"] if language == "zh" else ["Map", "Money"])
    expect(pages.locator("[aria-current=page]")).to_have_text("地图" if language == "zh" else "Map")
    expect(pages.get_by_role("link").last).to_have_attribute("href", f"/money?lang={language}")
    expect(pages.get_by_role("link").first).to_be_focused()
    for link in pages.get_by_role("link").all():
        box = link.bounding_box()
        assert box and box["height"] >= 44 and box["x"] >= 0
        assert box["y"] + box["height"] <= device["viewport"]["height"]
    page.keyboard.press("Escape")
    expect(pages).to_be_hidden()
    expect(menu).to_be_focused()
    assert menu.get_attribute("aria-expanded") == "false"
    menu.click()
    page.mouse.click(device["viewport"]["width"] / 2, 300)
    expect(pages).to_be_hidden()


def test_leaving_the_menu_by_keyboard_closes_it(open_page: Open) -> None:
    page = open_page()
    page.locator("#menu").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+Tab")
    expect(page.locator("#pages")).to_be_hidden()


def test_a_press_on_the_menu_does_not_move_the_sheet(open_page: Open) -> None:
    page = open_page(**PHONE)
    page.locator("#menu").click()
    expect(page.locator("#pages")).to_be_visible()
    expect(page.locator("#panel")).to_have_attribute("data-stop", "0")


def test_the_one_file_map_leads_nowhere(open_page: Open, file_address: str) -> None:
    page = open_page(file_address)
    expect(page.locator("#menu")).to_have_count(0)
    expect(page.locator("#pages")).to_have_count(0)


def test_the_menu_of_the_program_holds_its_pages_the_account_and_the_way_out(
    browser: Browser, placed: Database
) -> None:
    from people import served, session

    from api.app import create_app

    name, _, value = session(placed, "cadre").partition("=")
    with served(create_app(placed)) as address:
        context = browser.new_context(locale="zh-CN", **DESKTOP)
        watching = Guard(address)
        watching.watch(context)
        context.add_cookies([{"name": name, "value": value, "url": address}])
        page = context.new_page()
        page.goto(address)
        page.locator("#menu").click()
        expect(page.locator("#pages li a")).to_have_text([each.label.zh for each in PAGES])
        for link in page.locator("#pages a").all():
            answer = context.request.get(f"{address}{link.get_attribute('href')}")
            assert answer.ok, answer.url
        expect(page.locator("#account")).to_have_text("cadre")
        page.locator("#pages form button").click()
        page.wait_for_load_state()
        page.goto(address)
        page.wait_for_url("**/login**")
        context.close()
    assert (watching.left, watching.errors, watching.dialogs) == ([], [], [])
