"""The pages over the real program: demonstration, database, API, browser."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from conftest import CHROMIUM
from people import client_of, served, signed_in
from playwright.sync_api import Browser, Page, expect
from test_page import DESKTOP, SHAPING, Guard
from whole import EVERYWHERE

from geo.database import Database

DAY = "2024-12-31"

pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@contextmanager
def serving(database: Database) -> Generator[str]:
    """The program itself over a database; its address."""
    with served(signed_in(database)) as address:
        yield address


@pytest.fixture(scope="module")
def address(demo: Database) -> Iterator[str]:
    """The program over the demonstration."""
    with serving(demo) as found:
        yield found


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[Any]:
    """Opens an address in a fresh context; nothing may leave the origin or be complained about."""
    guard, contexts = Guard(address), []

    def opened(path: str, *, wait: str = "body.ready", **options: Any) -> Page:
        context = browser.new_context(locale="zh-CN", **{**DESKTOP, **options})
        contexts.append(context)
        guard.watch(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.goto(address + path)
        page.wait_for_selector(wait, state="attached")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert (guard.left, guard.errors, guard.dialogs) == ([], [], [])


@EVERYWHERE
def test_the_map_shows_what_the_report_states(open_page: Any, device: dict[str, Any], language: str) -> None:
    page = open_page(f"/?lang={language}&as_of={DAY}#layer=relocation_household", **device)
    expect(page.locator(".badge")).to_have_count(13)
    expect(page.locator(".headline .fraction")).to_contain_text("976 / 1,101")
    expect(page.locator("#illustrative")).to_be_visible()


def test_a_feature_of_a_township_opens_with_its_milestones(open_page: Any) -> None:
    page = open_page(f"/?as_of={DAY}#layer=hazard_point&town={SHAPING}")
    page.locator(".feature-list button, .features button").first.click()
    card = page.locator(".card")
    expect(card.locator(".milestones li.reached").first).to_be_visible()
    expect(card.get_by_text("示意数据，非真实登记")).to_be_visible()


# --- money ------------------------------------------------------------------------------------------------------------


@EVERYWHERE
def test_the_money_page_says_where_it_went_and_what_has_no_place(
    open_page: Any, device: dict[str, Any], language: str
) -> None:
    page = open_page(f"/money?lang={language}&as_of={DAY}", wait="#flow canvas", **device)
    expect(page.locator("#channels tbody tr")).to_have_count(7)
    expect(page.locator("#channels tfoot td").nth(3)).to_have_text("24,510.20")
    expect(page.locator("#townships tr.rest").last).to_be_visible()
    expect(page.locator("nav [aria-current]")).to_have_text("资金" if language == "zh" else "Money")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_filters_of_the_money_page_narrow_it_and_stay(open_page: Any) -> None:
    page = open_page(f"/money?as_of={DAY}", wait="#flow canvas")
    page.select_option("[name=fund_source]", "fiscal_risk_fund")
    page.click(".filters button")
    page.wait_for_url("**fund_source=fiscal_risk_fund**")
    expect(page.locator("[name=fund_source]")).to_have_value("fiscal_risk_fund")
    expect(page.locator(".figures dd").nth(1)).to_have_text("579.62")
    page.select_option("[name=unit]", "yuan")
    page.click(".filters button")
    expect(page.locator(".figures dd").nth(1)).to_have_text("5,796,200.00")


def test_the_map_colours_townships_by_money_and_shows_the_rest(open_page: Any) -> None:
    page = open_page(f"/?as_of={DAY}")
    page.click("[data-layer=money]")
    expect(page.locator("#legend h2")).to_have_text("资金")
    expect(page.locator(".townships li.outside").last).to_contain_text("尚未落到图上")
    expect(page.locator("#headline")).to_contain_text("亿")
    assert "show=money" in page.evaluate("location.hash") or page.wait_for_url("**show=money**") is None
    page.click("[data-layer=hazard_point]")
    expect(page.locator("#legend h2")).to_have_text("地质灾害隐患点")


@EVERYWHERE
def test_a_manager_goes_from_the_most_expensive_township_to_its_payments(
    open_page: Any, demo: Database, device: dict[str, Any], language: str
) -> None:
    with client_of(demo) as client:
        rows = client.get(f"/api/money?as_of={DAY}").json()["townships"]
    most = max((row for row in rows if row["kind"] == "township"), key=lambda row: row["spent"])
    page = open_page(f"/?lang={language}&as_of={DAY}#show=money", **device)
    page.locator(".township-list .row").first.evaluate("e => e.click()")
    page.wait_for_url(f"**town={most['org_unit']}*")
    page.locator("#panel .headline a[href*='/money']").evaluate("e => e.click()")
    page.wait_for_url("**/money?*")
    assert f"org_unit={most['org_unit']}" in page.url
    page.locator("dl.figures a[href*='/ledger']").first.click()
    page.wait_for_url("**/ledger?*")
    assert f"org_unit={most['org_unit']}" in page.url
    placed = page.locator("dl.figures div", has_text="落在这里" if language == "zh" else "Of it here").locator("dd")
    expect(placed).to_have_text(f"{most['spent']:,.2f}")
    page.locator(".entries tbody th a").first.click()
    page.wait_for_url("**/ledger/*")
    expect(page.locator("h1")).not_to_be_empty()


def test_a_feature_shows_the_money_it_received(open_page: Any) -> None:
    page = open_page(f"/?as_of={DAY}#layer=relocation_household&town={SHAPING}")
    page.locator(".feature-list button, .features button").first.click()
    expect(page.locator(".card .money")).to_contain_text("地质灾害避险搬迁")


def test_without_any_money_nothing_is_zero(browser: Browser, placed: Database) -> None:
    with serving(placed) as address:
        context = browser.new_context(locale="zh-CN", **DESKTOP)
        guard = Guard(address)
        guard.watch(context)
        page = context.new_page()
        page.goto(f"{address}/money")
        expect(page.locator("#channels tbody")).to_have_text("没有记录")
        expect(page.locator("#flow")).to_have_count(0)
        page.goto(f"{address}/#show=money")
        page.wait_for_selector("body.ready", state="attached")
        expect(page.locator(".badge .ring-number").first).to_have_text("–")
        context.close()
    assert (guard.left, guard.errors, guard.dialogs) == ([], [], [])
