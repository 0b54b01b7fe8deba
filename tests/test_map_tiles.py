"""Large layers on the map: drawn from vector tiles, filtered without asking again, found under the finger."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from math import cos, radians
from typing import Any

import PIL.Image
import psycopg
import pytest
from conftest import CHROMIUM, MakeDatabase
from people import served, signed_in
from playwright.sync_api import Browser, Page, expect
from test_page import DESKTOP, PHONE, Guard

from geo.database import Database

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")

TOWN, OTHER = "511132100", "511132101"
X, Y = 103.2659, 29.2308
STEP = 0.0004
"""Degrees between the corners of squares half as wide."""
SIDE = 60
"""Squares in a row and in a column around the place: more of them than come one by one."""
PATCHES = """
    INSERT INTO feature (layer, code, name, org_unit, area_m2, registered_area_m2, starts_on, geom)
    SELECT 'farmland_patch', format('T%%s-%%s', x, y), format('地块 %%s-%%s', x, y),
        CASE WHEN y < 30 THEN %(town)s ELSE %(other)s END, 400, 400, '2024-01-01',
        st_makeenvelope(
            %(x)s + (x - 30) * %(step)s, %(y)s + (y - 30) * %(step)s,
            %(x)s + (x - 29.5) * %(step)s, %(y)s + (y - 29.5) * %(step)s, 4490
        )
    FROM generate_series(0, %(side)s - 1) AS x, generate_series(0, %(side)s - 1) AS y
"""
REACHED = """
    INSERT INTO milestone (layer, feature, milestone, reached_on, recorded_by, state)
    SELECT layer, id, 'restored', '2024-06-01', 'test', 'approved'
    FROM feature WHERE layer = 'farmland_patch' AND code LIKE 'T%-%' AND split_part(code, '-', 2)::integer % 2 = 0
"""


@dataclass
class Opened:
    """A page, and the addresses of the tiles that it asked for."""

    page: Page
    tiles: list[str] = field(default_factory=list)

    def at(self, x: int, y: int) -> tuple[float, float]:
        """Where in the window the middle of a square is, by the view that the address tells."""
        self.page.wait_for_timeout(300)
        box = self.page.locator("#map").bounding_box()
        assert box is not None
        zoom, lat, lon = map(float, self.page.url.split("v=")[1].split("&")[0].split("/"))
        pixels = 256 * 2**zoom / 360
        right, up = X + (x - 29.75) * STEP - lon, Y + (y - 29.75) * STEP - lat
        # A degree of latitude is longer in Mercator's projection, by the secant of the latitude.
        return box["x"] + box["width"] / 2 + right * pixels, box["y"] + box["height"] / 2 - up * pixels / cos(
            radians(Y)
        )

    def tap(self, x: int, y: int) -> None:
        self.page.mouse.click(*self.at(x, y))


@pytest.fixture(scope="module")
def address(make_database: MakeDatabase) -> Iterator[str]:
    """The program over a township with 3,600 patches."""
    database: Database = make_database("placed")
    with psycopg.connect(database.dsn) as connection:
        connection.execute(PATCHES, {"town": TOWN, "other": OTHER, "x": X, "y": Y, "step": STEP, "side": SIDE})
        connection.execute(REACHED)
        connection.execute("SELECT progress_fold()")
    with served(signed_in(database)) as found:
        yield found


@pytest.fixture
def guard(address: str) -> Guard:
    return Guard(address)


@pytest.fixture
def show(browser: Browser, address: str, guard: Guard) -> Iterator[Any]:
    """Opens the map in a view; nothing may leave the origin or be complained about."""
    contexts = []

    def opened(view: str, **device: Any) -> Opened:
        context = browser.new_context(locale="zh-CN", **(device or DESKTOP))
        contexts.append(context)
        guard.watch(context)
        found = Opened(context.new_page())
        found.page.on("request", lambda each: "/ogc/tiles/" in each.url and found.tiles.append(each.url))
        found.page.goto(f"{address}/#{view}")
        found.page.wait_for_selector("body.ready", state="attached")
        found.page.wait_for_load_state("networkidle")
        return found

    yield opened
    for context in contexts:
        context.close()
    assert (guard.left, guard.errors, guard.dialogs) == ([], [], [])


def view(zoom: float, more: str = "") -> str:
    middle = STEP / 4
    return f"v={zoom}/{Y + middle:.5f}/{X + middle:.5f}&layer=farmland_patch{more}"


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("zoom", [16, 14.5, 13], ids=["near", "between two zooms", "crowded"])
def test_the_patch_under_the_finger_is_found(show: Any, device: dict[str, Any], zoom: float) -> None:
    opened = show(view(zoom), **device)
    assert opened.tiles, "they come as tiles"
    opened.tap(31, 32)
    expect(opened.page.locator(".card .kicker")).to_contain_text("T31-32")
    expect(opened.page.locator(".card .milestones")).to_be_visible()


def test_a_click_between_two_patches_opens_nothing(show: Any) -> None:
    opened = show(view(17))
    x, y = opened.at(30, 30)
    right, _ = opened.at(31, 30)
    opened.page.mouse.click((x + right) / 2, y)
    opened.page.wait_for_timeout(300)
    assert opened.page.locator(".card").count() == 0


def test_a_filter_paints_what_is_there_and_asks_for_nothing(show: Any) -> None:
    opened = show(view(16))
    before = len(opened.tiles)
    opened.page.click('.filter[data-status="accepted"]')
    opened.page.wait_for_load_state("networkidle")
    assert len(opened.tiles) == before
    opened.tap(30, 30)
    expect(opened.page.locator(".card .kicker")).to_contain_text("T30-30")
    opened.page.click(".card .close")
    expect(opened.page.locator(".card")).to_have_count(0)
    opened.tap(30, 31)  # an odd one, which has not got so far
    opened.page.wait_for_timeout(300)
    assert opened.page.locator(".card").count() == 0


def test_of_a_township_only_its_own_is_there_and_the_list_says_how_much_it_leaves_out(show: Any) -> None:
    opened = show(view(16, f"&town={TOWN}"))
    expect(opened.page.locator(".feature-list .entry").first).to_be_visible()
    assert "200" in opened.page.locator(".feature-list").inner_text()
    opened.tap(30, 33)  # across the border
    opened.page.wait_for_timeout(300)
    assert opened.page.locator(".card").count() == 0
    opened.tap(30, 27)
    expect(opened.page.locator(".card .kicker")).to_contain_text("T30-27")


def test_the_county_is_seen_without_a_single_tile(show: Any) -> None:
    assert show("").tiles == []


def test_a_picture_of_the_map_holds_what_tiles_show(show: Any) -> None:
    opened = show(view(15))
    with opened.page.expect_download() as download:
        opened.page.click("#picture")
        opened.page.click("#save-picture")
    image = PIL.Image.open(BytesIO(download.value.path().read_bytes())).convert("RGB")
    colours = {colour for _, colour in image.getcolors(1 << 24) or []}
    dark = [each for each in colours if each[0] < 90 and each[2] - each[0] > 45]
    assert dark, "patches that are accepted are dark blue, as nothing else in the picture"


def test_tiles_that_do_not_come_are_said_so_and_come_when_asked_again(show: Any, guard: Guard) -> None:
    opened = show(view(15))
    opened.page.route("**/ogc/tiles/**", lambda route: route.fulfill(status=503))
    opened.page.click('[aria-label="放大"]')
    expect(opened.page.locator("#notice .failure")).to_be_visible()
    opened.page.unroute("**/ogc/tiles/**")
    opened.page.click("#notice .button")
    expect(opened.page.locator("#notice .failure")).to_have_count(0)
    opened.tap(30, 30)
    expect(opened.page.locator(".card .kicker")).to_contain_text("T30-30")
    assert all("503" in each for each in guard.errors)
    guard.errors.clear()
