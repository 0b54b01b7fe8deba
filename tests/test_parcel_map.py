"""Parcels on the map: a planner draws one and sees what it touches, keeps it, and sees the batch again."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
import shapely
from conftest import CHROMIUM
from people import header, served, signed_in
from playwright.sync_api import Browser, Locator, Page, expect
from test_page import DESKTOP, PHONE, Guard
from whole import EVERYWHERE

from geo import parcel_batch
from geo.database import Database
from geo.overlay.parcel import Parcel
from geo.parcel_batch import Read
from geo.viewer import acting

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


@EVERYWHERE
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


# --- another outline --------------------------------------------------------------------------------------------------

FARMLAND = "永久基本农田"


@pytest.fixture(scope="module")
def middle(demo: Database) -> str:
    """Where the map is opened: on a piece of permanent farmland."""
    with demo.owner() as connection:
        lon, lat = connection.execute(
            "SELECT st_x(st_centroid(geom)), st_y(st_centroid(geom)) FROM feature"
            " WHERE layer = 'permanent_farmland' ORDER BY area_m2 DESC, code LIMIT 1"
        ).fetchone() or (0, 0)
    return f"v=15/{lat:.5f}/{lon:.5f}"


def editing(page: Page) -> Locator:
    """The corners of the parcel that is shown, as they can be taken hold of."""
    page.locator("#laid .laid-change").click()
    corners = page.locator("button.corner")
    corners.first.click(trial=True)  # once the map has come to rest
    return corners


def centre(handle: Locator) -> tuple[float, float]:
    box = handle.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Page, handle: Locator, right: float, down: float) -> None:
    x, y = centre(handle)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + right / 2, y + down / 2)
    page.mouse.move(x + right, y + down)
    page.mouse.up()


class Finger:
    """A finger on the glass, by the browser's own touch events."""

    def __init__(self, page: Page) -> None:
        self.page, self.session = page, page.context.new_cdp_session(page)

    def _tell(self, kind: str, *points: tuple[float, float]) -> None:
        sent = [{"x": x, "y": y} for x, y in points]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": sent})

    def drag(self, handle: Locator, right: float, down: float) -> None:
        x, y = centre(handle)
        self._tell("touchStart", (x, y))
        for part in (0.3, 0.6, 1):
            self._tell("touchMove", (x + right * part, y + down * part))
        self._tell("touchEnd")

    def rest(self, handle: Locator, milliseconds: int) -> None:
        self._tell("touchStart", centre(handle))
        self.page.wait_for_timeout(milliseconds)
        self._tell("touchEnd")


def area(page: Page) -> str:
    return page.locator("#laid .laid-area b").inner_text()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_corners_are_dragged_added_deleted_and_taken_back(open_page: Any, middle: str, language: str) -> None:
    page = open_page(f"/?lang={language}#{middle}")
    draw(page, (-60, -60), (60, -60), (60, 40), (-60, 40))
    expect(page.locator("#laid .laid-findings")).to_be_visible()
    corners = editing(page)
    expect(corners).to_have_count(4)
    save = page.locator("#laid .laid-edit .primary")
    expect(save).to_be_disabled()
    begun = area(page)
    where = "document.querySelector('.leaflet-map-pane').style.transform"
    rested = page.evaluate(where)
    drag(page, corners.nth(2), 40, 30)
    larger = area(page)
    assert larger != begun
    assert page.evaluate(where) == rested, "the map stayed where it was"
    drag(page, page.locator(".corner.middle").nth(1), 30, 0)
    expect(corners).to_have_count(5)
    assert area(page) not in (begun, larger)
    page.keyboard.press("Delete")
    expect(corners).to_have_count(4)
    assert area(page) == larger
    page.keyboard.press("Control+z")
    expect(corners).to_have_count(5)
    page.keyboard.press("Control+y")
    expect(corners).to_have_count(4)
    undo, redo = page.locator("#laid .laid-steps button").nth(0), page.locator("#laid .laid-steps button").nth(1)
    for _ in range(3):
        undo.click()
    assert area(page) == begun
    expect(save).to_be_disabled()
    expect(undo).to_be_disabled()
    redo.click()
    assert area(page) == larger
    page.locator("#laid .laid-steps button").nth(2).click()
    expect(corners).to_have_count(3)
    expect(page.locator("#laid .laid-steps button").nth(2)).to_be_disabled()
    undo.click()
    save.click()
    expect(page.locator("#laid .laid-findings")).to_contain_text(
        FARMLAND if language == "zh" else "Permanent basic farmland"
    )
    assert area(page) == larger, "what was found is on the changed outline"
    expect(page.locator("button.corner")).to_have_count(0)


def test_corners_are_reached_and_moved_by_keys_a_metre_at_a_time(open_page: Any, middle: str) -> None:
    page = open_page(f"/?lang=en#{middle}")
    draw(page, (-60, -60), (60, -60), (60, 40), (-60, 40))
    corners = editing(page)
    corners.first.focus()
    page.keyboard.press("Tab")
    expect(corners.nth(1)).to_be_focused()
    said = page.locator("#laid .laid-edit [role=status]")
    page.keyboard.press("ArrowUp")
    first = said.inner_text().split()
    page.keyboard.press("Shift+ArrowUp")
    second = said.inner_text().split()
    assert first[:2] == second[:2] == ["Corner", "2:"]
    metres = (float(second[3]) - float(first[3])) * 111_195
    assert metres == pytest.approx(10, rel=0.01)
    page.keyboard.press("+")
    expect(corners).to_have_count(5)
    expect(corners.nth(2)).to_be_focused()
    page.keyboard.press("Delete")
    expect(corners).to_have_count(4)
    expect(corners.nth(2)).to_be_focused()


def test_edges_that_cross_are_told_while_they_are_dragged_and_cancelling_leaves_all_as_it_was(
    open_page: Any, middle: str
) -> None:
    page = open_page(f"/#{middle}")
    draw(page, (-60, -60), (60, -60), (60, 40), (-60, 40))
    expect(page.locator("#laid .laid-findings")).to_be_visible()
    before = area(page)
    corners = editing(page)
    x, y = centre(corners.nth(0))
    across, down = centre(corners.nth(1))[0] - x, centre(corners.nth(2))[1] - y
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + across * 1.4, y + down / 2)
    expect(page.locator("#laid .laid-edit .late")).to_have_text("边线相交，没有面积")
    page.mouse.up()
    expect(page.locator("#laid .laid-edit .primary")).to_be_disabled()
    page.locator("#laid .laid-edit footer button").nth(1).click()
    assert area(page) == before
    expect(page.locator("button.corner")).to_have_count(0)
    expect(page.locator("#laid .laid-keep")).to_be_visible()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_finger_drags_adds_and_deletes_corners(open_page: Any, middle: str, language: str) -> None:
    page = open_page(f"/?lang={language}#{middle}", **PHONE)
    draw(page, (-60, -60), (60, -60), (60, 40), (-60, 40))
    expect(page.locator("#laid .laid-findings")).to_be_visible()
    corners = editing(page)
    finger = Finger(page)
    begun = area(page)
    finger.drag(corners.nth(0), 20, 15)
    assert area(page) != begun
    finger.drag(page.locator(".corner.middle").nth(0), 0, 25)
    expect(corners).to_have_count(5)
    finger.rest(corners.nth(1), 900)
    expect(corners).to_have_count(4)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("#laid .laid-edit .primary").click()
    expect(page.locator("#laid .laid-findings")).to_be_visible()


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_kept_parcel_is_changed_into_a_new_batch_and_who_comes_second_is_told(
    open_page: Any, demo: Database, guard: Guard, middle: str, device: dict[str, Any]
) -> None:
    latitude, longitude = (float(each) for each in middle.split("/")[1:])
    shell = shapely.box(longitude, latitude, longitude + 0.002, latitude + 0.0015)
    hole = shapely.box(longitude + 0.0006, latitude + 0.0005, longitude + 0.0012, latitude + 0.001)
    beside = shapely.box(longitude + 0.003, latitude, longitude + 0.004, latitude + 0.001)
    whole = shapely.MultiPolygon([shell.difference(hole), beside])
    read = Read("file", [Parcel("甲", beside.buffer(-0.0004)), Parcel("乙", whole)], file="宗地.shp", sha256="0" * 64)
    with acting("shp_web"), demo.connection() as connection:
        batch = parcel_batch.keep(connection, "原来的", read, shared=False, by="web")
    first, second = (open_page(f"/?parcels={batch}#{middle}", **device) for _ in range(2))
    for page in (first, second):
        page.locator("#laid .laid-list button", has_text="乙").click()
        corners = editing(page)
        expect(corners).to_have_count(12)
        corners.nth(6).focus()
        page.keyboard.press("Shift+ArrowRight")
        expect(page.locator("#laid .laid-name input")).to_have_value("原来的（改）")
    first.locator("#laid .laid-edit .primary").click()
    expect(first.locator("#laid h2")).to_contain_text("原来的（改）", timeout=30_000)
    expect(first.locator("#laid .laid-list [aria-pressed=true]")).to_contain_text("乙")
    newer = first.evaluate("new URLSearchParams(location.search).get('parcels')")
    assert newer != str(batch)
    second.locator("#laid .laid-edit .primary").click()
    told = second.locator("#laid .laid-edit .late")
    expect(told).to_contain_text("原来的（改）")
    expect(second.locator("button.corner")).to_have_count(12)
    told.locator("a").click()
    expect(second.locator("#laid h2")).to_contain_text("原来的（改）", timeout=30_000)
    assert all("409" in each for each in guard.errors)
    guard.errors.clear()
    with acting("shp_web"), demo.connection() as connection:
        old, new = (
            {each.number: each.geom for _, _, each in parcel_batch.parcels(connection, UUID(str(number)))}
            for number in (batch, newer)
        )
    assert shapely.equals_exact(old["乙"], whole, 1e-12), "the old batch is what it was"
    assert shapely.equals_exact(new["甲"], old["甲"], 1e-12)
    corners = shapely.get_coordinates(new["乙"])
    assert (shapely.get_num_geometries(new["乙"]), shapely.get_num_interior_rings(new["乙"].geoms[0])) == (2, 1)
    assert (abs(corners - shapely.get_coordinates(old["乙"])).max(axis=1) > 1e-8).sum() in (1, 2), "one corner, no more"


def test_somebody_elses_parcels_are_not_for_changing(open_page: Any, demo: Database, middle: str) -> None:
    latitude, longitude = (float(each) for each in middle.split("/")[1:])
    read = Read("drawing", [Parcel("1", shapely.box(longitude, latitude, longitude + 0.002, latitude + 0.001))])
    header(demo, "colleague", (("planner", None),))
    with acting("shp_colleague"), demo.connection() as connection:
        batch = parcel_batch.keep(connection, "别人的", read, shared=True, by="colleague")
    page = open_page(f"/?parcels={batch}#{middle}")
    expect(page.locator("#laid .laid-findings")).to_be_visible()
    expect(page.locator("#laid .laid-change")).to_have_count(0)
