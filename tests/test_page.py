"""The pages in a real browser: what a reader sees and does, and that nothing leaves the origin."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import CHROMIUM
from fake_county import AS_OF, COUNTY, NASTY, Server, all_layers, features, progress, serving, townships, view
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Route, expect
from screens import DESKTOP, PHONE
from whole import EVERYWHERE

from geo.layers import layers
from web.offline import one_file

SHAPING = "511132100"

pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@dataclass
class Guard:
    """What a page did that it must not do."""

    origin: str
    left: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        def pass_on(route: Route) -> None:
            if route.request.url.startswith((self.origin, "file:", "data:")):
                route.continue_()
            else:
                self.left.append(route.request.url)
                route.abort()

        context.route("**/*", pass_on)
        context.on("page", self._listen)

    def _listen(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._hear)
        page.on("dialog", self._dismiss)

    def _hear(self, said: ConsoleMessage) -> None:
        # Playwright's own, where a context allows no worker.
        if said.type in ("error", "warning") and not said.text.startswith("Service Worker registration blocked"):
            self.errors.append(said.text)

    def _dismiss(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()


Open = Callable[..., Page]


@pytest.fixture
def guard(server: Server) -> Guard:
    return Guard(server.address)


@pytest.fixture
def open_page(browser: Browser, server: Server, guard: Guard) -> Iterator[Open]:
    """Opens an address in a fresh context; afterwards nothing may have left the origin or been complained about."""
    contexts: list[BrowserContext] = []

    def opened(path: str = "/", *, wait: str = "body.ready", **options: Any) -> Page:
        context = browser.new_context(locale="zh-CN", **{**DESKTOP, **options})
        contexts.append(context)
        guard.watch(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.goto(path if "://" in path else server.address + path)
        page.wait_for_selector(wait, state="attached")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert guard.left == []
    assert guard.errors == []
    assert guard.dialogs == []


def mean_of(unit: str, as_of: date = AS_OF) -> str:
    """The overall headline of a unit, worked out apart from the page."""
    shares: list[float] = []
    for layer in layers().values():
        for row in progress(as_of)["rows"]:
            if (row["org_unit"], row["layer"], row["measure"]) == (unit, layer.code, layer.measures[0].code):
                shares.append(row["numerator"] / row["denominator"])
    return str(round(sum(shares) / len(shares) * 100))


def row_of(unit: str | None, layer: str, measure: str) -> Any:
    rows = progress(AS_OF)["rows"]
    return next(r for r in rows if (r["org_unit"], r["layer"], r["measure"]) == (unit, layer, measure))


# -- the overview


@EVERYWHERE
def test_the_overview_shows_every_township_and_how_far_the_county_is(
    open_page: Open, device: dict[str, Any], language: str
) -> None:
    page = open_page(f"/?lang={language}", **device)
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN" if language == "zh" else "en")
    expect(page.locator(".badge")).to_have_count(13)
    expect(page.locator("#headline")).to_have_text(f"{mean_of(COUNTY)}%")
    expect(page.locator("#as-of")).to_contain_text("2026-11-20")
    names = [t["properties"]["name"][language] for t in townships()["features"]]
    assert sorted(page.locator(".badge-name").all_inner_texts()) == sorted(names)
    assert page.locator(".badge-name").first.is_visible()
    expect(page.locator("#illustrative")).to_be_visible()
    expect(page.locator("#legend h2")).to_have_text("总进度" if language == "zh" else "Overall")


def test_badges_do_not_cover_each_other(open_page: Open) -> None:
    page = open_page("/", **PHONE)
    boxes = [each.bounding_box() for each in page.locator(".badge .ring").all()]
    assert len(boxes) == 13
    for i, one in enumerate(boxes):
        for other in boxes[i + 1 :]:
            assert one and other
            apart = max(abs(one["x"] - other["x"]), abs(one["y"] - other["y"]))
            assert apart >= one["width"] * 0.8


def test_a_layer_shows_its_share_with_numerator_and_denominator(open_page: Open) -> None:
    page = open_page()
    page.locator(".strip [data-layer=relocation_household]").click()
    row = row_of(COUNTY, "relocation_household", "households")
    expect(page.locator(".fraction")).to_have_text(f"{row['numerator']} / {row['denominator']} 户")
    expect(page.locator(".ladder li")).to_have_count(len(layers()["relocation_household"].milestones))
    expect(page.locator("#legend .meaning")).to_contain_text("旧房拆除")
    page.locator("#measure").select_option("people")
    expect(page.locator(".fraction")).to_have_text(re.compile("人$"))
    page.wait_for_url(re.compile("layer=relocation_household&measure=people"))


def test_every_layer_with_milestones_has_a_tab_that_can_be_reached(open_page: Open) -> None:
    page = open_page("/", **PHONE)
    wanted = [layer for layer in layers().values() if not layer.reference]
    tabs = page.locator(".strip button")
    expect(tabs).to_have_count(len(wanted) + 2)  # and all layers together, and money
    tabs.last.click()
    expect(tabs.last).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#legend h2")).to_have_text(wanted[-1].label.zh)


def test_a_township_without_the_layer_is_hatched_and_not_zero(open_page: Open) -> None:
    page = open_page("/#layer=mining_site")
    row = page.locator(".row[data-township='511132201']")
    expect(row).to_contain_text("暂无数据")
    expect(row).not_to_contain_text("%")
    expect(page.locator("path[fill='url(#no-data)']")).to_have_count(2)


def test_the_list_sorts_by_delay(open_page: Open) -> None:
    page = open_page()
    page.locator("[data-sort=delay]").click()
    late = [int(text) for text in page.locator(".townships li:not(.outside) .late").all_inner_texts()]
    assert late == sorted(late, reverse=True)
    assert late[0] > 0


# -- places


def test_a_township_opens_with_its_features_and_closes_again(open_page: Open, server: Server) -> None:
    page = open_page()
    page.locator(f".badge[data-township='{SHAPING}']").click(force=True, position={"x": 0, "y": -8})
    expect(page.locator("#headline")).to_have_text(f"{mean_of(SHAPING)}%")
    expect(page.locator(f".row[data-township='{SHAPING}']")).to_have_attribute("aria-pressed", "true")
    mine = [f for f in features() if f["properties"]["township"] == SHAPING and f["properties"]["due_on"]]
    expect(page.locator(".feature-list header .small")).to_have_text(str(len(mine)))
    page.wait_for_url(re.compile(f"town={SHAPING}"))
    asked = {parse_qs(urlsplit(a).query)["org_unit"][0] for a in server.asked if a.startswith("/api/features?")}
    assert asked == {SHAPING}
    page.locator(".crumb").click()
    expect(page.locator("#headline")).to_have_text(f"{mean_of(COUNTY)}%")
    expect(page.locator(".feature-list")).to_be_hidden()


def test_the_keyboard_reaches_townships_and_features(open_page: Open) -> None:
    page = open_page("/#layer=hazard_point")
    page.locator(f".badge[data-township='{SHAPING}']").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".crumb")).to_be_visible()
    page.locator(".entry").nth(1).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".card h2")).to_be_visible()
    expect(page.locator(".card .close")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".card")).to_have_count(0)
    expect(page.locator(".entry").nth(1)).to_be_focused()


def test_long_answers_are_read_page_by_page(open_page: Open, server: Server) -> None:
    server.page = 25
    page = open_page(f"/#layer=farmland_patch&town={SHAPING}")
    mine = [
        f for f in features() if f["properties"]["township"] == SHAPING and f["properties"]["layer"] == "farmland_patch"
    ]
    expect(page.locator(".feature-list header .small")).to_have_text(str(len(mine)))
    cursors = [parse_qs(urlsplit(a).query).get("cursor") for a in server.asked if a.startswith("/api/features?")]
    assert len(cursors) == -(-len(mine) // 25)


def test_features_outside_every_township_are_listed(open_page: Open) -> None:
    page = open_page("/#layer=hazard_point")
    outside = [f for f in features() if f["properties"]["township"] is None]
    assert outside
    row = page.locator(".townships li:last-child .row")
    expect(row).to_contain_text("乡镇界外")
    expect(row.locator("b")).to_have_text(str(len(outside)))
    row.click()
    expect(page.locator(".feature-list header .small")).to_have_text(str(len(outside)))


def test_a_status_chip_leaves_only_its_features(open_page: Open) -> None:
    page = open_page(f"/#layer=hazard_point&town={SHAPING}")
    mine = [f["properties"] for f in features() if f["properties"]["township"] == SHAPING]
    late = [p for p in mine if p["layer"] == "hazard_point" and p["status"] == "overdue"]
    chip = page.locator(".filter[data-status=overdue]")
    expect(chip.locator("b")).to_have_text(str(len(late)))
    chip.click()
    expect(chip).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".feature-list header .small")).to_have_text(str(len(late)))
    page.wait_for_url(re.compile("status=overdue"))


def test_a_reference_layer_is_laid_under(open_page: Open) -> None:
    page = open_page()
    page.locator("#layers").click()
    with page.expect_response(re.compile("layer=ecological_redline")):
        page.locator("#layer-menu input[value=ecological_redline]").check()
    page.wait_for_url(re.compile("under=ecological_redline"))
    page.keyboard.press("Escape")
    expect(page.locator("#layer-menu")).to_be_hidden()
    expect(page.locator("#layers")).to_be_focused()


# -- features


def hazard(index: int = 13) -> Any:
    return [f for f in features() if f["properties"]["layer"] == "hazard_point"][index]


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_click_on_a_feature_opens_its_card(open_page: Open, device: dict[str, Any]) -> None:
    feature = hazard()
    lon, lat = feature["geometry"]["coordinates"]
    page = open_page(f"/#v=17/{lat:.5f}/{lon:.5f}&layer=hazard_point&town={SHAPING}", **device)
    expect(page.locator(".feature-list header .small")).to_have_text(re.compile(r"^\d+$"))
    box = page.locator("#map").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    card = page.locator(".card")
    expect(card.locator("h2")).to_have_text(feature["properties"]["name"])
    expect(card.locator(".kicker")).to_contain_text(feature["properties"]["code"])
    expect(card.locator(".milestones li")).to_have_count(6)
    expect(card.locator(".milestones li").first).to_contain_text(feature["milestones"][0]["reached_on"])
    declared = next(each for each in all_layers() if each["code"] == "hazard_point")
    held = feature["attributes"]
    coded = next(column for column in declared["columns"] if column["name"] in held and "codes" in column)
    spelled = {code["code"]: code["label"]["zh"] for code in coded["codes"]}
    expect(card.locator("dl")).to_contain_text(spelled[held[coded["name"]]])
    href = card.locator("footer a").get_attribute("href")
    assert href and href.startswith(f"geo:{lat:.6f},{lon:.6f}?q=")
    page.wait_for_timeout(500)  # until the map has moved the card into view
    box = card.bounding_box()
    assert box and box["y"] > 60 and box["x"] >= 0
    assert box["x"] + box["width"] <= device["viewport"]["width"]
    card.locator(".close").click()
    expect(card).to_have_count(0)


@pytest.mark.parametrize("height", [640, 740, 844])
def test_a_linked_card_stands_between_tabs_and_sheet(open_page: Open, height: int) -> None:
    page = open_page(f"/#feature={hazard()['id']}", **{**PHONE, "viewport": {"width": 360, "height": height}})
    expect(page.locator(".card .milestones")).to_be_visible()
    page.wait_for_timeout(500)
    card, tabs, sheet = (page.locator(each).bounding_box() for each in (".card", ".tabs", "#panel"))
    assert card and tabs and sheet
    assert tabs["y"] + tabs["height"] <= card["y"]
    assert card["y"] + card["height"] <= sheet["y"]


def test_a_click_on_a_patch_opens_its_card(open_page: Open) -> None:
    feature = next(f for f in features() if f["properties"]["layer"] == "farmland_patch")
    ring = feature["geometry"]["coordinates"][0]
    lon, lat = (sum(position[axis] for position in ring[:-1]) / (len(ring) - 1) for axis in (0, 1))
    page = open_page(f"/#v=16/{lat:.5f}/{lon:.5f}&layer=farmland_patch&town={feature['properties']['township']}")
    expect(page.locator(".feature-list header .small")).to_have_text(re.compile(r"^\d+$"))
    box = page.locator("#map").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator(".card .kicker")).to_contain_text(feature["properties"]["code"])
    expect(page.locator(".card dl")).to_contain_text("亩")


def test_a_nasty_name_shows_literally(open_page: Open) -> None:
    page = open_page(f"/#layer=hazard_point&town={SHAPING}")
    entry = page.locator(".entry").first
    expect(entry.locator(".name")).to_have_text(NASTY)
    entry.click()
    expect(page.locator(".card h2")).to_have_text(NASTY)
    page.keyboard.press("Escape")
    page.locator("#search").fill("<img")
    expect(page.locator("#found .name")).to_have_text(NASTY)
    assert page.locator("img").count() == 0


def test_the_same_name_as_markup_would_be_noticed(browser: Browser) -> None:
    """The control: the guard sees a name that was written as markup, and a request that leaves."""
    watching = Guard("http://127.0.0.1:1")
    context = browser.new_context()
    watching.watch(context)
    page = context.new_page()
    with page.expect_event("dialog"):
        page.set_content(f"<p>{NASTY}</p><img src='http://example.test/x.png'>", wait_until="commit")
    page.wait_for_timeout(100)
    context.close()
    assert watching.dialogs == ["1"]
    assert "http://example.test/x.png" in watching.left


def test_the_policy_is_in_force(open_page: Open, guard: Guard) -> None:
    """The control: a style the policy forbids is refused and heard of."""
    page = open_page()
    page.evaluate("document.body.setAttribute('style', 'color: red')")
    page.wait_for_timeout(100)
    assert len(guard.errors) == 1
    assert "Content Security Policy" in guard.errors[0]
    guard.errors.clear()


# -- search, time, link


def test_a_card_opened_as_another_closes_stays(open_page: Open) -> None:
    page = open_page(f"/#layer=hazard_point&town={SHAPING}")
    page.locator(".entry").first.click()
    page.locator(".card").wait_for()
    page.evaluate("document.querySelector('.card .close').click(); document.querySelectorAll('.entry')[1].click()")
    expect(page.locator(".card")).to_have_count(1)
    page.wait_for_timeout(600)  # a popup that closes fades for a while, and is then taken away
    expect(page.locator(".card")).to_have_count(1)
    assert "feature=" in page.url


def test_search_finds_townships_and_features(open_page: Open) -> None:
    page = open_page("/?lang=en")
    page.locator("#search").fill("heizh")
    page.locator("#found [role=option]").first.click()
    expect(page.locator(".scope")).to_have_text("Heizhugou")
    feature = hazard(20)
    page.locator("#search").fill(feature["properties"]["code"])
    expect(page.locator("#found [role=option]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator(".card .close")).to_be_focused()
    expect(page.locator(".card .kicker")).to_contain_text(feature["properties"]["code"])
    page.keyboard.press("Escape")
    expect(page.locator(".card")).to_have_count(0)
    page.locator("#search").fill("nothing is called this")
    expect(page.locator("#found")).to_contain_text('Nothing found for "nothing is called this"')


def test_the_slider_asks_for_the_figures_of_that_month(open_page: Open, server: Server) -> None:
    page = open_page("/#layer=hazard_point")
    now = page.locator(".fraction").inner_text()
    page.locator("#month").focus()
    for _ in range(12):
        page.keyboard.press("ArrowLeft")
    expect(page.locator("#as-of")).to_contain_text("2025-11-30")
    expect(page.locator(".fraction")).not_to_have_text(now)
    assert any("as_of=2025-11-30" in address for address in server.asked if "/api/progress?" in address)
    between = [a for a in server.asked if "/api/progress?" in a]
    assert len(between) < 8, "the months passed over are not asked for"
    page.wait_for_url(re.compile("at=2025-11-30"))


def test_the_course_of_a_layer_stands_behind_the_slider(open_page: Open) -> None:
    page = open_page("/#layer=hazard_point")
    expect(page.locator(".course path")).to_have_count(1)


def test_a_link_restores_what_was_seen(open_page: Open) -> None:
    chosen = f"layer=hazard_point&measure=people&at=2026-06-30&town={SHAPING}&status=under_way&sort=delay"
    link = f"/#v=12.5/29.20000/103.25000&{chosen}"
    page = open_page(link)
    expect(page.locator("#measure")).to_have_value("people")
    expect(page.locator("#as-of")).to_contain_text("2026-06-30")
    expect(page.locator(f".row[data-township='{SHAPING}']")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-status=under_way]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-sort=delay]")).to_have_attribute("aria-pressed", "true")
    page.mouse.move(900, 450)
    page.mouse.wheel(0, -120)
    page.wait_for_url(re.compile("v=13"))
    assert urlsplit(page.url).fragment.partition("&")[2] == urlsplit(link).fragment.partition("&")[2]


def test_a_link_with_nonsense_shows_the_county(open_page: Open) -> None:
    page = open_page("/#v=a/b/c&layer=nothing&measure=x&at=2026-99-99&town=1&status=red&under=hazard_point")
    expect(page.locator("#headline")).to_have_text(f"{mean_of(COUNTY)}%")


def test_the_other_language_keeps_the_view(open_page: Open) -> None:
    page = open_page(f"/#layer=hazard_point&town={SHAPING}")
    page.wait_for_url(re.compile("v="))
    page.locator("#language").click()
    page.wait_for_url(re.compile(r"lang=en#.*layer=hazard_point"))
    expect(page.locator(".scope")).to_have_text("Shaping")


# -- when things go wrong


def test_a_failure_keeps_the_last_view_and_offers_to_try_again(open_page: Open, server: Server, guard: Guard) -> None:
    page = open_page()
    headline = page.locator("#headline").inner_text()
    server.failing["/api/progress"] = 503
    page.locator("#month").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#notice")).to_contain_text("数据库忙")
    expect(page.locator(".sync")).to_have_text("未能更新")
    assert page.locator("#headline").inner_text() == headline
    server.failing.clear()
    page.locator("#notice .button").click()
    expect(page.locator("#notice")).to_be_empty()
    expect(page.locator("#headline")).to_have_text(f"{mean_of(COUNTY, date(2026, 10, 31))}%")
    assert all("503" in said for said in guard.errors)
    guard.errors.clear()


def test_a_start_without_places_can_be_tried_again(open_page: Open, server: Server, guard: Guard) -> None:
    server.failing["/api/org-units"] = 500
    page = open_page(wait="#notice .button")
    server.failing.clear()
    page.locator("#notice .button").click()
    expect(page.locator(".badge")).to_have_count(13)
    assert all("500" in said for said in guard.errors)
    guard.errors.clear()


def test_being_offline_is_said(open_page: Open, guard: Guard) -> None:
    page = open_page()
    page.context.set_offline(True)
    expect(page.locator(".sync")).to_have_text("离线")
    page.locator("#month").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#notice")).to_contain_text("现在没有网络")
    page.context.set_offline(False)
    expect(page.locator(".sync")).to_have_text("已是最新")
    expect(page.locator("#as-of")).to_contain_text("2026-10-31")
    guard.errors.clear()


def test_an_empty_county_says_what_to_do(open_page: Open, server: Server) -> None:
    server.empty = True
    page = open_page()
    expect(page.locator(".empty")).to_contain_text("shanhe import")
    expect(page.locator("path[fill='url(#no-data)']")).to_have_count(13)
    expect(page.locator(".badge")).to_have_count(13)


def test_a_page_that_is_not_there_leads_back(open_page: Open, guard: Guard) -> None:
    page = open_page("/nowhere", wait=".message h1")
    expect(page.locator("h1")).to_have_text("没有这一页")
    page.locator("a.button").click()
    page.wait_for_selector("body.ready")
    assert all("404" in said for said in guard.errors)
    guard.errors.clear()


# -- phone, movement, file


def test_the_sheet_has_three_stops(open_page: Open) -> None:
    page = open_page("/", **PHONE)
    tops: list[float] = []
    for stop in ("0", "1", "2"):
        page.wait_for_selector(f"#panel[data-stop='{stop}']")
        page.wait_for_timeout(400)
        box = page.locator("#panel").bounding_box()
        assert box
        tops.append(box["y"])
        page.locator(".grip").click()
    assert tops == [844 - 176, pytest.approx(844 * 0.42, abs=1), 12]


def test_fingers_hit_what_they_aim_at(open_page: Open) -> None:
    page = open_page("/", **PHONE)
    reach = (
        "(e) => { const b = e.getBoundingClientRect(); const x = b.x + b.width / 2, y = b.y + b.height / 2;"
        " return [[0, -21], [0, 21], [-21, 0], [21, 0]].every(([dx, dy]) =>"
        " { const hit = document.elementFromPoint(x + dx, y + dy); return hit === e || e.contains(hit); }); }"
    )
    for selector in (".strip button >> nth=0", "#locate", "#layers", "#language"):
        assert page.locator(selector).evaluate(reach), selector
    page.locator(".grip").click()
    page.wait_for_timeout(400)
    assert page.locator(".filter[data-status=completed]").evaluate(
        "(e) => { e.scrollIntoView({ block: 'center' }); return true; }"
    )
    for selector in (".filter[data-status=completed]", ".filter[data-status=not_started]"):
        assert page.locator(selector).evaluate(reach), selector


def test_less_movement_is_obeyed(open_page: Open) -> None:
    page = open_page("/", reduced_motion="reduce")
    page.locator(f".row[data-township='{SHAPING}']").click()
    expect(page.locator(".scope")).to_have_text("沙坪镇")
    assert page.locator(".badge-body").first.evaluate("(e) => getComputedStyle(e).transitionDuration") == "0s"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_one_file_works_without_any_server(open_page: Open, server: Server, tmp_path: Path, language: str) -> None:
    held = {
        "type": "FeatureCollection",
        "features": [f for f in features() if f["properties"]["layer"] == "hazard_point"],
    }
    file = tmp_path / "map.html"
    whole = view(townships=townships(), progress=progress(AS_OF), features=json.loads(json.dumps(held)))
    file.write_text(one_file(whole), "utf-8")
    page = open_page(f"{file.as_uri()}?lang={language}")
    expect(page.locator("#headline")).to_have_text(f"{mean_of(COUNTY)}%")
    expect(page.locator(".sync")).to_have_text("单文件" if language == "zh" else "One file")
    page.locator(".strip [data-layer=hazard_point]").click()
    page.locator(f".row[data-township='{SHAPING}']").click()
    page.locator(".entry").nth(1).click()
    expect(page.locator(".card .milestones li")).to_have_count(6)
    page.keyboard.press("Escape")
    page.locator("#search").fill(hazard(20)["properties"]["code"])
    expect(page.locator("#found [role=option]")).to_have_count(1)
    assert server.asked == []
