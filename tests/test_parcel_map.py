"""Parcels on the map: a planner draws one and sees what it touches, keeps it, and sees the batch again."""

from collections.abc import Iterator
from typing import Any

import pytest
from conftest import CHROMIUM
from people import served, signed_in
from playwright.sync_api import Browser, Page, expect
from test_page import DESKTOP, PHONE, Guard

from geo.database import Database

pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture(scope="module")
def address(demo: Database) -> Iterator[str]:
    with served(signed_in(demo)) as found:
        yield found


@pytest.fixture
def guard(address: str) -> Guard:
    return Guard(address)


@pytest.fixture
def open_page(browser: Browser, address: str, guard: Guard) -> Iterator[Any]:
    contexts = []

    def opened(path: str, **options: Any) -> Page:
        context = browser.new_context(locale="zh-CN", **{**DESKTOP, **options})
        contexts.append(context)
        guard.watch(context)
        page = context.new_page()
        page.goto(address + path)
        page.wait_for_selector("body.ready", state="attached")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert (guard.left, guard.errors, guard.dialogs) == ([], [], [])


def draw(page: Page, *corners: tuple[int, int]) -> None:
    """Draws a parcel by pixels from the middle of the map, and asks what lies there."""
    page.click("#parcel")
    page.click("#draw-parcel")
    box = page.locator("#map").bounding_box()
    assert box is not None
    for x, y in corners:
        page.mouse.click(box["x"] + box["width"] / 2 + x, box["y"] + box["height"] / 2 + y)
    page.click("#measure-end")
    page.click("#lay")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_planner_draws_a_parcel_and_sees_what_it_touches(
    open_page: Any, demo: Database, device: dict[str, Any], language: str
) -> None:
    with demo.owner() as connection:
        lon, lat = connection.execute(
            "SELECT st_x(st_centroid(geom)), st_y(st_centroid(geom)) FROM feature"
            " WHERE layer = 'permanent_farmland' ORDER BY area_m2 DESC, code LIMIT 1"
        ).fetchone() or (0, 0)
    page = open_page(f"/?lang={language}#v=15/{lat:.5f}/{lon:.5f}", **device)
    draw(page, (-60, -60), (60, -60), (60, 40), (-60, 40))
    laid = page.locator("#laid")
    name = "永久基本农田" if language == "zh" else "Permanent basic farmland"
    expect(laid.locator(".laid-findings")).to_contain_text(name)
    expect(laid.locator(".laid-area b")).to_contain_text("亩" if language == "zh" else "mu")
    expect(laid).to_contain_text("无数据" if language == "zh" else "No data")
    assert page.locator(".leaflet-parcels-pane path").count() > 2, "the parcel, its halo and a piece of it"
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # pyright: ignore
    laid.locator("input").fill("画的一块")
    laid.locator("form button").click()
    page.wait_for_url("**/parcels/*")
    expect(page.locator("h1")).to_have_text("画的一块")
    batch = page.url.split("/parcels/")[1].split("?")[0].split("#")[0]
    page.goto(f"{page.url.split('/parcels/')[0]}/?lang={language}&parcels={batch}")
    expect(laid.locator("h2")).to_have_text("画的一块")
    expect(laid.locator(".laid-findings")).to_contain_text(name)
    laid.locator(".close").click()
    expect(laid).to_have_count(0)
    assert "parcels=" not in page.url


def test_a_parcel_outside_the_county_is_told_why_not(open_page: Any) -> None:
    page = open_page("/#v=9/30.6/105.2")
    draw(page, (-50, -50), (50, -50), (50, 50))
    expect(page.locator("#laid .late")).not_to_be_empty()
    page.locator("#laid .close").click()
    expect(page.locator("#laid")).to_have_count(0)
    assert page.locator(".leaflet-parcels-pane path").count() == 0


def test_a_ring_that_crosses_itself_is_not_laid_over_anything(open_page: Any) -> None:
    page = open_page("/#v=14/29.23/103.26")
    page.click("#parcel")
    page.click("#draw-parcel")
    for x, y in ((800, 300), (1000, 500), (1000, 300), (800, 500)):
        page.mouse.click(x, y)
    page.click("#measure-end")
    expect(page.locator("#lay")).to_be_hidden()
    for _ in range(3):
        page.click("#measure-undo")
    page.mouse.click(800, 500)
    page.click("#measure-end")
    expect(page.locator("#lay")).to_be_visible()


def test_a_batch_that_is_not_there_is_told(open_page: Any, guard: Guard) -> None:
    page = open_page("/?parcels=00000000-0000-4000-8000-000000000000")
    expect(page.locator("#laid .late")).not_to_be_empty()
    assert all("404" in each for each in guard.errors)
    guard.errors.clear()
