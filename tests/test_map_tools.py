# ruff: noqa: F811 - a fixture is imported under the name by which tests ask for it
"""The tools of the overview map in a real browser: the menu, measuring, layers, pictures, print, base maps."""

import re
import subprocess
from collections.abc import Iterator
from math import atan, exp, log, pi, tan
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from conftest import CHROMIUM
from fake_county import AS_OF, Server, features, progress, townships, view
from people import READER, client_of
from playwright.sync_api import Browser, Page, Route, expect
from pyproj import Geod
from test_page import DESKTOP, PHONE, SHAPING, Guard, Open, guard, open_page, server  # noqa: F401 - fixtures
from whole import EVERYWHERE

from geo.database import Database
from geo.settings import settings
from web.base_map import tianditu
from web.legend import PROGRESS_COLOURS, STATUS_SIGNS
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


@EVERYWHERE
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


@pytest.mark.parametrize("size", [(360, 640), (390, 844)], ids=["small", "phone"])
def test_no_township_lies_below_the_tools_or_the_legend(open_page: Open, size: tuple[int, int]) -> None:
    page = open_page("/", **{**PHONE, "viewport": {"width": size[0], "height": size[1]}})
    badges = [each.bounding_box() for each in page.locator(".badge-body").all()]
    assert len(badges) > 10
    for panel in (".tabs", "#tools", "#legend", "#panel"):
        over = page.locator(panel).bounding_box()
        assert over
        for badge in badges:
            assert badge
            beside = badge["x"] + badge["width"] <= over["x"] or over["x"] + over["width"] <= badge["x"]
            below = badge["y"] + badge["height"] <= over["y"] or over["y"] + over["height"] <= badge["y"]
            assert beside or (below and panel != "#tools"), (
                panel,
                badge,
            )  # how many tools there are depends on who asks


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


# -- the whole screen, pictures, paper


def test_the_page_takes_the_whole_screen_and_gives_it_back(open_page: Open) -> None:
    page = open_page()
    page.locator("#fullscreen").click()
    page.wait_for_selector(":fullscreen")
    expect(page.locator("#fullscreen")).to_have_attribute("aria-label", "退出全屏")
    page.locator("#fullscreen").click()
    expect(page.locator("#fullscreen")).to_have_attribute("aria-label", "全屏")
    expect(page.locator(":fullscreen")).to_have_count(0)


def test_a_browser_that_cannot_offers_no_whole_screen(browser: Browser, server: Server) -> None:
    context = browser.new_context(**DESKTOP)
    page = context.new_page()
    page.add_init_script("Object.defineProperty(Document.prototype, 'fullscreenEnabled', { get: () => false })")
    page.goto(server.address)
    page.wait_for_selector("body.ready", state="attached")
    expect(page.locator("#fullscreen")).to_have_count(0)
    context.close()


def saved(page: Page, folder: Path) -> tuple[str, Any]:
    """The name of the picture that the page makes, and its pixels as [row, column, colour]."""
    page.locator("#picture").click()
    with page.expect_download() as download:
        page.locator("#save-picture").click()
    file = folder / "picture.png"
    download.value.save_as(file)
    plain = file.with_suffix(".ppm")
    bands = ("-b", "1", "-b", "2", "-b", "3")
    subprocess.run(["gdal_translate", "-q", "-of", "PNM", *bands, file, plain], check=True)
    return download.value.suggested_filename, pixels_of(plain)


def pixels_of(file: Path) -> Any:
    """The pixels of a binary PPM file as [row, column, colour]."""
    magic, width, height, most, body = file.read_bytes().split(maxsplit=4)
    assert (magic, most) == (b"P6", b"255")
    rows, columns = int(height), int(width)
    return np.frombuffer(body[-rows * columns * 3 :], np.uint8).reshape(rows, columns, 3).astype(int)


def share_of(pixels: Any, colour: str) -> float:
    """How much of a picture is very nearly of a colour #RRGGBB."""
    wanted = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
    return float((np.abs(pixels - wanted).max(axis=2) <= 3).mean())


@DEVICES
def test_the_map_is_saved_as_a_picture(open_page: Open, device: dict[str, Any], tmp_path: Path) -> None:
    page = open_page("/", **device)
    name, pixels = saved(page, tmp_path)
    assert name == "峨边彝族自治县_总进度_2026-11-20.png"
    size = page.locator("#map").bounding_box()
    assert size
    assert pixels.shape[1] == size["width"] * 2
    for colour in PROGRESS_COLOURS[1:4]:
        assert share_of(pixels, colour) > 0.001, colour
    for sign in STATUS_SIGNS:  # rings, and the legend
        assert share_of(pixels, sign.colour) > 0.00002, sign
    assert share_of(pixels, "#F6F5F1") > 0.05  # paper
    head, foot = pixels[: 2 * 60], pixels[-2 * 40 :]
    for band in (head, foot):
        assert 0.002 < share_of(band, "#17252E") + share_of(band, "#51626D") < 0.2
    assert (pixels[-2:] == 255).all()
    expect(page.locator("#picture-menu")).to_be_hidden()
    expect(page.locator("#picture")).to_be_focused()


def test_a_picture_of_a_township_holds_its_features_and_says_that_they_are_illustrative(
    open_page: Open, tmp_path: Path
) -> None:
    page = open_page(f"/#layer=farmland_patch&town={SHAPING}")
    expect(page.locator(".entry").first).to_be_visible()
    name, pixels = saved(page, tmp_path)
    assert name == "峨边彝族自治县_沙坪镇_耕地恢复图斑_2026-11-20.png"
    shown = share_of(pixels, "#123B5D")
    marked = share_of(pixels, "#C8321F")
    page.locator(".strip [data-layer=all]").click()
    page.locator("#layers").click()
    page.get_by_label("监测图层", exact=True).uncheck()
    page.keyboard.press("Escape")
    expect(page.locator(".feature-list header .small")).to_have_text("0")
    _, bare = saved(page, tmp_path)
    assert share_of(bare, "#123B5D") < shown, "the control: without features there is less of their colour"
    assert share_of(bare, "#C8321F") < marked


def test_the_one_file_map_makes_pictures_too(open_page: Open, file_address: str, tmp_path: Path) -> None:
    name, pixels = saved(open_page(f"{file_address}?lang=en"), tmp_path)
    assert name == "Ebian-Yi-Autonomous-County_Overall_2026-11-20.png"
    assert share_of(pixels, PROGRESS_COLOURS[2]) > 0.001


@EVERYWHERE
@pytest.mark.parametrize("chosen", ["", "#layer=relocation_household"], ids=["overall", "layer"])
def test_the_map_is_printed_on_one_page_with_its_table(
    open_page: Open, device: dict[str, Any], language: str, chosen: str, tmp_path: Path
) -> None:
    page = open_page(f"/?lang={language}{chosen}", **device)
    file = tmp_path / "map.pdf"
    page.pdf(path=file, prefer_css_page_size=True, print_background=True)
    information = subprocess.run(["pdfinfo", file], capture_output=True, text=True, check=True).stdout
    assert re.search(r"Pages: +1\n", information)
    width, height = map(float, re.findall(r"Page size: +([\d.]+) x ([\d.]+)", information)[0])
    assert (width, height) == (pytest.approx(842, abs=1), pytest.approx(595, abs=1))
    text = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True).stdout
    for township in townships()["features"]:
        assert township["properties"]["name"][language] in text
    assert "2026-11-20" in text
    for word in ("数据来源", "逾期", "暂无数据") if language == "zh" else ("Source", "overdue", "No data"):
        assert word in text
    subprocess.run(["pdftoppm", "-r", "72", "-singlefile", file, file.with_suffix("")], check=True)
    pixels = pixels_of(file.with_suffix(".ppm"))
    assert share_of(pixels, "#F6F5F1") > 0.05, "the map is on it"
    for colour in PROGRESS_COLOURS[1:4]:
        assert share_of(pixels, colour) > 0.0002
    expect(page.locator("#printed")).to_have_count(0)


def test_nothing_of_the_table_is_cut_off_on_paper(open_page: Open) -> None:
    page = open_page("/?lang=en#layer=relocation_household")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    side = page.locator(".printed-side").bounding_box()
    table = page.locator("#printed table").bounding_box()
    legend = page.locator(".printed-legend").bounding_box()
    assert side and table and legend
    assert table["width"] <= side["width"] + 1
    assert table["y"] + table["height"] <= legend["y"]
    assert legend["y"] + legend["height"] <= side["y"] + side["height"] + 1
    rates = page.locator("#printed tbody td:nth-child(3)").all_inner_texts()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    assert rates[:13] == page.locator(".townships li:not(.outside) .row > b").all_inner_texts()
    expect(page.locator("#printed")).to_have_count(0)


# -- the base map

KEY = "0123456789abcdef0123456789abcdef"
TILES = "https://*.tianditu.gov.cn/**"


@pytest.fixture
def grey_tile(tmp_path: Path) -> bytes:
    """A tile of one colour that nothing else on the map has, as a PNG."""
    source, made = tmp_path / "tile.ppm", tmp_path / "tile.png"
    source.write_bytes(b"P6 256 256 255\n" + bytes((120, 90, 200)) * 256 * 256)
    subprocess.run(["gdal_translate", "-q", "-of", "PNG", source, made], check=True)
    return made.read_bytes()


def with_tiles(page: Page, tile: bytes | None) -> list[str]:
    """Answers for the tile servers, with an error where there is no tile; what they were asked for."""
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        if tile is None:
            route.fulfill(status=403)
        else:
            route.fulfill(body=tile, content_type="image/png", headers={"Access-Control-Allow-Origin": "*"})

    page.route(TILES, answer)
    return asked


@EVERYWHERE
def test_a_key_offers_base_maps_and_a_link_keeps_the_one_chosen(
    open_page: Open, server: Server, grey_tile: bytes, device: dict[str, Any], language: str, tmp_path: Path
) -> None:
    server.tianditu = KEY
    page = open_page(f"/?lang={language}", **device)
    asked = with_tiles(page, grey_tile)
    page.wait_for_timeout(300)
    assert asked == [], "no base map is on from the start"
    page.locator("#layers").click()
    kinds = page.locator(".bases label")
    expect(kinds).to_have_text(
        ["无", "矢量", "影像", "地形"] if language == "zh" else ["None", "Streets", "Imagery", "Terrain"]
    )
    page.locator(".bases input[value=img]").check()
    page.keyboard.press("Escape")
    expect(page.locator("img.leaflet-tile-loaded").first).to_be_attached()
    expect(page.locator("#attribution")).to_contain_text("天地图" if language == "zh" else "Tianditu")
    page.wait_for_url(re.compile("base=img"))
    page.wait_for_load_state("networkidle")
    first = urlsplit(asked[0])
    query = {name: values[0] for name, values in parse_qs(first.query).items()}
    assert re.fullmatch(r"t[0-7]\.tianditu\.gov\.cn", str(first.hostname))
    assert (query["tk"], query["TILEMATRIXSET"], query["REQUEST"]) == (KEY, "w", "GetTile")
    assert {parse_qs(urlsplit(each).query)["LAYER"][0] for each in asked} == {"img", "cia"}
    assert {urlsplit(each).path for each in asked} == {"/img_w/wmts", "/cia_w/wmts"}
    _, pixels = saved(page, tmp_path)
    paper = share_of(pixels, "#F6F5F1")
    assert paper < 0.01, "the tiles are in the picture, under the veil"
    page.locator("#layers").click()
    page.locator(".bases input[value='']").check()
    expect(page.locator("#attribution")).to_be_hidden()
    expect(page.locator("img.leaflet-tile")).to_have_count(0)
    page.wait_for_url(re.compile("^(?!.*base=)"))


def test_a_link_restores_the_base_map_up_to_zoom_18(open_page: Open, server: Server, grey_tile: bytes) -> None:
    server.tianditu = KEY
    page = open_page("/")
    asked = with_tiles(page, grey_tile)
    page.evaluate("location.hash = 'v=19/29.20000/103.25000&base=ter'")
    expect(page.locator("img.leaflet-tile-loaded").first).to_be_attached()
    page.wait_for_load_state("networkidle")
    zooms = {parse_qs(urlsplit(each).query)["TILEMATRIX"][0] for each in asked if "/ter_w/" in each}
    assert "19" not in zooms and "18" in zooms
    page.locator("#layers").click()
    expect(page.locator(".bases input[value=ter]")).to_be_checked()


def test_tiles_that_do_not_load_are_told_of_once_and_the_map_works(
    open_page: Open, server: Server, guard: Guard
) -> None:
    server.tianditu = KEY
    page = open_page("/")
    asked = with_tiles(page, None)
    page.locator("#layers").click()
    page.locator(".bases input[value=vec]").check()
    expect(page.locator("#notice")).to_contain_text("天地图没有加载出来")
    page.wait_for_load_state("networkidle")
    assert len(asked) > 2
    page.keyboard.press("Escape")
    page.evaluate("document.getElementById('notice').replaceChildren()")
    page.locator(f".row[data-township='{SHAPING}']").click()
    expect(page.locator(".scope")).to_have_text("沙坪镇")
    page.wait_for_load_state("networkidle")
    expect(page.locator("#notice")).to_be_empty()
    page.close()  # tiles that are still asked for would be told of later
    assert all("403" in said for said in guard.errors)
    guard.errors.clear()


def test_without_a_key_there_is_no_base_map_and_no_way_to_one(open_page: Open, guard: Guard) -> None:
    page = open_page("/#base=img")
    asked = with_tiles(page, None)
    page.locator("#layers").click()
    expect(page.locator(".bases")).to_have_count(0)
    assert asked == []
    page.evaluate("new Image().src = 'https://t0.tianditu.gov.cn/x.png'")
    page.wait_for_timeout(200)
    assert asked == [], "the policy keeps it from being asked for"
    assert all("Content Security Policy" in said for said in guard.errors) and guard.errors
    guard.errors.clear()


def test_the_program_lets_the_tiles_in_only_where_a_key_is_set(
    placed: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    client = client_of(placed, who=READER)

    def served() -> tuple[str, str]:
        settings.cache_clear()
        answer = client.get("/")
        assert answer.status_code == 200
        return answer.headers["content-security-policy"], answer.text

    policy, text = served()
    assert "tianditu" not in policy + text
    monkeypatch.setenv("SHANHE_TIANDITU_KEY", KEY)
    policy, text = served()
    assert KEY in text and KEY not in policy
    images = policy.partition("img-src ")[2].split(";")[0].split()
    assert images == ["'self'", *(f"https://t{n}.tianditu.gov.cn" for n in range(8))]
    assert "tianditu" not in client.get("/money").headers["content-security-policy"]
    file = tmp_path / "key"
    file.write_text("fromfile\n")
    monkeypatch.setenv("SHANHE_TIANDITU_KEY_FILE", str(file))
    assert "tk=fromfile" in served()[1]
    assert KEY not in repr(settings())
    file.unlink()
    assert "tianditu" not in "".join(served())
    monkeypatch.undo()
    settings.cache_clear()


def test_the_one_file_map_holds_no_key() -> None:
    assert KEY not in one_file(view(townships=townships(), progress=progress(AS_OF), base_maps=tianditu(KEY)))
