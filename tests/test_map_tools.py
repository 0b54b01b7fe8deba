# ruff: noqa: F811 - a fixture is imported under the name by which tests ask for it
"""The tools of the overview map in a real browser: the menu, measuring, layers, pictures, print, base maps."""

import re
from collections.abc import Iterator
from math import atan, exp, log, pi, tan
from pathlib import Path
from typing import Any

import pytest
from conftest import CHROMIUM
from fake_county import AS_OF, Server, features, progress, townships, view
from playwright.sync_api import Browser, Page, expect
from pyproj import Geod
from test_page import DESKTOP, PHONE, SHAPING, Guard, Open, guard, open_page, server  # noqa: F401 - fixtures

from geo.database import Database
from web.offline import one_file
from web.sheet import PAGES

pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
GEOD = Geod(ellps="GRS80")
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


# -- measuring


def measuring(page: Page) -> Any:
    """Puts the view on a known place and begins to measure; gives where a position is on the screen."""
    page.locator("#measuring").click()
    expect(page.locator("#measure-bar")).to_be_visible()
    box = page.locator("#map").bounding_box()
    assert box
    return lambda dx, dy: (box["x"] + box["width"] / 2 + dx, box["y"] + box["height"] / 2 + dy)


def degrees(dx: float, dy: float, lat: float = 29.1, zoom: float = 12) -> tuple[float, float]:
    """Where the pixel at (dx, dy) from the middle of a map around 103.5 E lies."""
    world = 256 * 2**zoom
    north = log(tan(pi / 4 + lat * pi / 360)) - dy / world * 2 * pi
    return 103.5 + dx / world * 360, (2 * atan(exp(north)) - pi / 2) * 180 / pi


VIEW = "#v=12/29.10000/103.50000"


@pytest.mark.parametrize("where", ["served", "file"])
def test_a_distance_is_measured_with_the_mouse(open_page: Open, file_address: str, where: str) -> None:
    page = open_page(("/" if where == "served" else file_address) + VIEW)
    at = measuring(page)
    page.mouse.click(*at(-120, 40))
    expect(page.locator("#measured")).to_have_text("1 个点")
    page.mouse.click(*at(60, 90))
    wanted = GEOD.line_length(*zip(degrees(-120, 40), degrees(60, 90), strict=True))
    expect(page.locator("#measured")).to_have_text(f"{wanted / 1000:.2f} km")
    page.mouse.move(*at(150, -60))
    expect(page.locator(".measure-label")).not_to_contain_text(f"{wanted / 1000:.2f}")
    expect(page.locator("#measured")).to_have_text(f"{wanted / 1000:.2f} km")
    page.mouse.dblclick(*at(150, -60))
    wanted += GEOD.line_length(*zip(degrees(60, 90), degrees(150, -60), strict=True))
    expect(page.locator("#measured")).to_have_text(f"{wanted / 1000:.2f} km".replace(".00", ""))
    expect(page.locator("#measure-end")).to_have_text("重新测量")
    page.locator("#measure-end").click()
    expect(page.locator("#measured")).to_have_text("0 个点")
    expect(page.locator(".card")).to_have_count(0)


def test_an_area_across_the_zone_border_is_measured_in_three_units(open_page: Open) -> None:
    page = open_page(f"/{VIEW}")
    at = measuring(page)
    page.locator("[data-kind=area]").click()
    corners = [(-150, -100), (160, -90), (140, 110), (-130, 120)]
    for corner in corners:
        page.mouse.click(*at(*corner))
    area = abs(GEOD.polygon_area_perimeter(*zip(*(degrees(*c) for c in corners), strict=True))[0])
    shown = page.locator("#measured").inner_text()
    mu, hectares, metres = (float(re.sub("[^0-9.]", "", part)) for part in shown.removesuffix("m²").split("·"))
    assert mu == pytest.approx(area * 3 / 2000, rel=1e-4)
    assert hectares == pytest.approx(area / 10_000, rel=1e-4)
    assert metres == pytest.approx(area, rel=1e-4)
    page.mouse.click(*at(0, -260))
    page.mouse.click(*at(0, 200))
    expect(page.locator("#measured")).to_have_text("边线相交，没有面积")
    page.locator("#measure-undo").click()
    page.locator("#measure-undo").click()
    expect(page.locator("#measured")).to_have_text(shown)


def test_measuring_opens_nothing_and_escape_leaves_it(open_page: Open) -> None:
    page = open_page()
    page.locator("#measuring").click()
    badge = page.locator(f".badge[data-township='{SHAPING}'] .ring").bounding_box()
    assert badge
    page.mouse.click(badge["x"] + 20, badge["y"] + 20)
    expect(page.locator("#measured")).to_have_text("1 个点")
    expect(page.locator(".crumb")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator("#measure-bar")).to_be_hidden()
    expect(page.locator("#measuring")).to_have_attribute("aria-pressed", "false")
    page.mouse.click(badge["x"] + 20, badge["y"] + 20)
    expect(page.locator(".crumb")).to_be_visible()


def test_the_keyboard_alone_measures(open_page: Open) -> None:
    page = open_page(f"/{VIEW}")
    page.locator("#measuring").focus()
    page.keyboard.press("Enter")
    page.locator("#map").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile("103.527"))
    page.keyboard.press("Enter")
    expect(page.locator("#measured")).to_have_text(re.compile("km$"))
    wanted = GEOD.line_length(*zip(degrees(0, 0), degrees(80, 0), strict=True)) / 1000  # Leaflet rounds to whole pixels
    assert float(page.locator("#measured").inner_text().split()[0]) == pytest.approx(wanted, rel=0.01)
    assert page.locator("#measured").get_attribute("role") == "status"
    page.keyboard.press("Backspace")
    expect(page.locator("#measured")).to_have_text("1 个点")
    page.keyboard.press("Escape")
    expect(page.locator("#measure-bar")).to_be_hidden()


def test_a_finger_measures_on_a_small_phone(open_page: Open) -> None:
    page = open_page(f"/?lang=en{VIEW}", **SMALL)
    page.locator("#measuring").tap()
    for place in ((100, 260), (250, 300), (200, 400)):
        page.touchscreen.tap(*place)
        page.wait_for_timeout(350)  # else Leaflet takes two for a double tap
    expect(page.locator("#measured")).to_contain_text("km")
    page.locator("[data-kind=area]").tap()
    expect(page.locator("#measured")).to_contain_text("mu")
    bar = page.locator("#measure-bar").bounding_box()
    tools = page.locator("#tools").bounding_box()
    assert bar and tools
    assert bar["x"] >= 0 and bar["x"] + bar["width"] <= 360
    for button in page.locator("#measure-bar .button, #measure-bar .close").all():
        box = button.bounding_box()
        assert box and box["height"] >= 44 and box["width"] >= 44
    page.locator("#measure-end").tap()
    expect(page.locator("#measure-end")).to_have_text("Measure anew")


@pytest.mark.parametrize("size", [(360, 640), (390, 844), (844, 390)], ids=["small", "phone", "lying"])
def test_the_tools_neither_cover_the_sheet_nor_leave_the_screen(open_page: Open, size: tuple[int, int]) -> None:
    width, height = size
    page = open_page("/", **{**PHONE, "viewport": {"width": width, "height": height}})
    tools, tabs, sheet = (page.locator(each).bounding_box() for each in ("#tools", ".tabs", "#panel"))
    assert tools and tabs and sheet
    assert tabs["y"] + tabs["height"] <= tools["y"]
    assert tools["y"] + tools["height"] <= sheet["y"]
    assert tools["x"] >= 0 and tools["x"] + tools["width"] <= width
    for tool in page.locator(".tool:visible").all():
        box = tool.bounding_box()
        assert box and box["width"] >= 44 and box["height"] >= 44


# -- layers


def asked_for_features(server: Server) -> int:
    return sum(address.startswith("/api/features") for address in server.asked)


def test_a_layer_is_hidden_and_shown_without_asking_again(open_page: Open, server: Server) -> None:
    page = open_page(f"/#town={SHAPING}")
    mine = [f["properties"] for f in features() if f["properties"]["township"] == SHAPING and f["properties"]["due_on"]]
    count = page.locator(".feature-list header .small")
    expect(count).to_have_text(str(len(mine)))
    before = asked_for_features(server)
    page.locator("#layers").click()
    box = page.locator("#layer-menu input[value=hazard_point]")
    expect(box).to_be_checked()
    line = page.locator("#layer-menu li", has=page.locator("input[value=hazard_point]"))
    expect(line).to_contain_text("地质灾害隐患点")
    expect(line).to_contain_text(str(sum(f["properties"]["layer"] == "hazard_point" for f in features())))
    expect(line.locator("svg.layer-sign")).to_be_visible()
    box.uncheck()
    hidden = sum(each["layer"] == "hazard_point" for each in mine)
    assert hidden
    expect(count).to_have_text(str(len(mine) - hidden))
    page.wait_for_url(re.compile("hide=hazard_point"))
    everything = page.get_by_label("监测图层", exact=True)
    assert everything.evaluate("(e) => e.indeterminate")
    everything.check()
    expect(count).to_have_text(str(len(mine)))
    page.wait_for_url(re.compile("^(?!.*hide=)"))
    everything.uncheck()
    expect(count).to_have_text("0")
    assert asked_for_features(server) == before


def test_a_hidden_layer_is_not_on_the_map(open_page: Open) -> None:
    feature = next(f for f in features() if f["properties"]["layer"] == "hazard_point" and f["properties"]["township"])
    lon, lat = feature["geometry"]["coordinates"]
    town = feature["properties"]["township"]
    page = open_page(f"/#v=17/{lat:.5f}/{lon:.5f}&town={town}&hide=hazard_point")
    expect(page.locator(".entry").first).to_be_visible()
    box = page.locator("#map").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_timeout(300)
    expect(page.locator(".card")).to_have_count(0)
    page.locator("#layers").click()
    page.locator("#layer-menu input[value=hazard_point]").check()
    page.keyboard.press("Escape")
    page.wait_for_timeout(300)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator(".card h2")).to_have_text(feature["properties"]["name"])


def test_a_link_keeps_hidden_layers_and_a_tab_shows_its_layer(open_page: Open) -> None:
    page = open_page("/#hide=hazard_point,mining_site,nothing&under=ecological_redline")
    page.locator("#layers").click()
    expect(page.locator("#layer-menu input[value=mining_site]")).not_to_be_checked()
    expect(page.locator("#layer-menu input[value=ecological_redline]")).to_be_checked()
    page.keyboard.press("Escape")
    page.locator(".strip [data-layer=hazard_point]").click()
    page.wait_for_url(re.compile("hide=mining_site(&|$)"))
    page.locator("#layers").click()
    expect(page.locator("#layer-menu input[value=hazard_point]")).to_be_checked()


def test_the_layers_fit_a_small_phone(open_page: Open) -> None:
    page = open_page("/?lang=en", **SMALL)
    page.locator("#layers").tap()
    box = page.locator("#layer-menu").bounding_box()
    assert box and box["x"] >= 0 and box["y"] >= 0
    last = page.locator("#layer-menu label").last
    last.scroll_into_view_if_needed()
    label = last.bounding_box()
    sheet = page.locator("#panel").bounding_box()
    assert label and sheet and label["height"] >= 44
    assert label["y"] + label["height"] <= sheet["y"]
