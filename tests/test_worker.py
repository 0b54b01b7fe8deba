"""What is kept on a device: pages that open without a network, new figures that follow, nothing after signing out."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from conftest import CHROMIUM
from people import served, session
from playwright.sync_api import Browser, BrowserContext, Page, expect
from screens import PHONE, TOWN
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from api.app import create_app
from geo.database import Database
from geo.text import LANGUAGES
from web.page import asset
from web.worker import FILES, worker_script

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")

KEPT = """async () => Object.fromEntries(await Promise.all((await caches.keys()).map(
    async (name) => [name, (await (await caches.open(name)).keys()).map(({ url }) => url)])))"""
TEXTS = """async () => (await Promise.all((await caches.keys()).map(async (name) => {
    const cache = await caches.open(name);
    return Promise.all((await cache.keys()).map(async (each) => (await cache.match(each)).text()));
}))).flat().join()"""


class Line:
    """The program behind a line that can be cut: nothing is answered then, as where there is no reception."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.is_cut = threading.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self.is_cut.is_set():
            raise ConnectionResetError
        await self.app(scope, receive, send)


@pytest.fixture
def database(fresh: Any) -> Database:
    return fresh("demo")


@contextmanager
def visitor(browser: Browser, address: str, cookie: str, **options: Any) -> Iterator[tuple[BrowserContext, Page]]:
    context = browser.new_context(**{"locale": "zh-CN", **PHONE, "service_workers": "allow", **options})
    name, _, value = cookie.partition("=")
    context.add_cookies([{"name": name, "value": value, "url": address}])
    page = context.new_page()
    page.set_default_timeout(30_000)
    yield context, page
    context.close()


@pytest.fixture
def site(database: Database) -> Iterator[str]:
    with served(create_app(database)) as address:
        yield address


def open_map(page: Page, address: str, path: str = "/") -> None:
    page.goto(address + path)
    page.wait_for_selector("body.ready", state="attached")


def settle(page: Page) -> None:
    """Waits until the page is kept, as it is while somebody looks at it."""
    page.evaluate("() => navigator.serviceWorker.ready.then(() => null)")
    page.wait_for_selector("body.ready", state="attached")
    for _ in range(100):
        if any(url.endswith("/") for url in page.evaluate(KEPT).get("pages", [])):
            return
        page.wait_for_timeout(100)
    raise AssertionError("the page was not kept")


def shown(page: Page) -> tuple[str, list[str]]:
    return page.locator("#headline").inner_text(), page.locator(".badge").all_inner_texts()


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_the_map_and_pages_that_were_seen_open_without_a_network(
    browser: Browser, database: Database, site: str, locale: str
) -> None:
    with visitor(browser, site, session(database), locale=locale) as (context, page):
        open_map(page, site)
        settle(page)
        before = shown(page)
        page.goto(f"{site}/township/{TOWN}")
        titles = page.locator("h1").all_inner_texts()
        context.set_offline(True)
        open_map(page, site)
        assert shown(page) == before
        expect(page.locator(".sync.offline")).to_be_visible()
        expect(page.locator("#notice")).to_contain_text("连不上服务器" if locale == "zh-CN" else "cannot be reached")
        page.goto(f"{site}/township/{TOWN}")
        assert page.locator("h1").all_inner_texts() == titles
        said = (
            "连不上服务器，显示的是" if locale == "zh-CN" else "The server cannot be reached; this is what was there on"
        )
        expect(page.locator("main > .earlier")).to_contain_text(said)
        page.goto(f"{site}/township/511132102")
        expect(page.locator("h1")).to_have_text("现在没有网络" if locale == "zh-CN" else "There is no network")
        page.get_by_role("link").click()
        page.wait_for_selector("body.ready", state="attached")


def test_without_an_answer_from_the_server_the_map_is_the_one_that_was_seen(
    browser: Browser, database: Database
) -> None:
    line = Line(create_app(database))
    with served(line) as address, visitor(browser, address, session(database)) as (_, page):
        open_map(page, address)
        settle(page)
        before = shown(page)
        line.is_cut.set()
        open_map(page, address)
        assert shown(page) == before
        expect(page.locator(".sync.stale")).to_be_visible()
        line.is_cut.clear()
        page.locator("#notice .button").click()
        expect(page.locator(".sync.fresh")).to_be_visible()
        expect(page.locator("#notice")).to_be_empty()


def test_new_figures_follow_by_themselves_and_the_page_is_not_loaded_anew(
    browser: Browser, database: Database, site: str
) -> None:
    with visitor(browser, site, session(database)) as (_, page):
        open_map(page, site, "/#layer=relocation_household")
        settle(page)
        before = page.locator(".headline .fraction").inner_text()
        page.goto("about:blank")
        with psycopg.connect(database.dsn) as connection:
            connection.execute(
                "UPDATE milestone SET revoked_at = now(), revoked_by = 'test' WHERE revoked_at IS NULL"
                " AND feature IN (SELECT id FROM feature WHERE layer = 'relocation_household' ORDER BY code LIMIT 300)"
            )
        loads: list[str] = []
        page.on("load", lambda each: loads.append(each.url))
        open_map(page, site, "/#layer=relocation_household")
        expect(page.locator(".headline .fraction")).not_to_have_text(before)
        assert len(loads) == 1


def test_a_map_that_changed_is_loaded_anew_but_not_under_somebodys_hands(
    browser: Browser, database: Database, site: str
) -> None:
    def rename(name: str) -> None:
        with psycopg.connect(database.dsn) as connection:
            connection.execute("UPDATE org_unit SET name_zh = %s WHERE code = %s", [name, TOWN])

    with visitor(browser, site, session(database)) as (_, page):
        open_map(page, site)
        settle(page)
        rename("甲镇")
        open_map(page, site)
        expect(page.locator(".badge", has_text="甲镇")).to_have_count(1)
        rename("乙镇")
        page.add_init_script("document.addEventListener('DOMContentLoaded', () => dispatchEvent(new Event('keydown')))")
        open_map(page, site)
        expect(page.locator("#notice")).to_contain_text("地图有了更新")
        expect(page.locator(".badge", has_text="甲镇")).to_have_count(1)
        page.locator("#notice .button").click()
        expect(page.locator(".badge", has_text="乙镇")).to_have_count(1)


def test_who_signs_out_leaves_nothing_behind(browser: Browser, database: Database, site: str) -> None:
    with visitor(browser, site, session(database)) as (context, page):
        open_map(page, site)
        settle(page)
        page.goto(f"{site}/township/{TOWN}")
        kept = page.evaluate(KEPT)
        assert [url for url in kept["pages"] if "/township/" in url], "the control"
        page.evaluate("() => fetch('/logout', { method: 'POST' }).then(() => null)")
        expect_nothing(page)
        context.set_offline(True)
        page.goto(f"{site}/township/{TOWN}")
        expect(page.locator("h1")).to_have_text("现在没有网络")


def test_a_session_that_ended_shows_the_map_no_longer(browser: Browser, database: Database, site: str) -> None:
    with visitor(browser, site, session(database)) as (_, page):
        open_map(page, site)
        settle(page)
        with psycopg.connect(database.dsn) as connection:
            connection.execute("DELETE FROM session")
        page.goto(site)
        page.wait_for_url("**/login**")
        expect_nothing(page)


def expect_nothing(page: Page) -> None:
    kept: dict[str, list[str]] = {}
    for _ in range(100):
        kept = page.evaluate(KEPT)
        if not [url for name in ("pages", "answers") for url in kept.get(name, []) if "/login" not in url]:
            return
        page.wait_for_timeout(100)
    raise AssertionError(kept)


def test_what_is_personal_is_never_kept(browser: Browser, database: Database, site: str) -> None:
    planted, mask = "金丝雀七号", "金**"
    with psycopg.connect(database.dsn) as connection:
        (feature,) = connection.execute(
            "SELECT id::text FROM feature WHERE layer = 'relocation_household' AND org_unit LIKE %s LIMIT 1",
            [f"{TOWN[:9]}%"],
        ).fetchone() or (None,)
        connection.execute(
            "INSERT INTO feature_private VALUES ('relocation_household', %s, jsonb_build_object('head', %s::text))"
            " ON CONFLICT (layer, feature) DO UPDATE SET attributes = excluded.attributes",
            [feature, planted],
        )
    with visitor(browser, site, session(database)) as (_, page):
        open_map(page, site)
        settle(page)
        page.goto(f"{site}/township/{TOWN}/calls")
        page.goto(f"{site}/feature/{feature}")
        masked = page.evaluate(
            "(url) => fetch(url).then((answer) => answer.text())", f"/api/features/{feature}/personal"
        )
        assert mask in masked, "the control: it is told to who asks"
        page.goto(f"{site}/progress")
        texts = page.evaluate(TEXTS)
        assert "relocation_household" in texts, "the control: something is kept"
        assert planted not in texts
        assert mask not in texts
        assert not [url for urls in page.evaluate(KEPT).values() for url in urls if url.endswith("/calls")]


def test_only_what_the_field_needs_is_kept_and_the_api_is_not_asked_twice(browser: Browser, database: Database) -> None:
    asked: list[str] = []
    app = create_app(database)

    async def noted(scope: Scope, receive: Receive, send: Send) -> None:
        asked.append(scope.get("path", ""))
        await app(scope, receive, send)

    with served(noted) as address, visitor(browser, address, session(database)) as (context, page):
        beside = context.new_page()
        beside.goto(f"{address}/api/imports")
        open_map(page, address)
        settle(page)
        assert asked.count("/api/imports") == 1, "what stands in another window is not asked for again"
        assert asked.count("/") == 2, "the control: the map is"
        beside.goto(f"{address}/api/imports")
        for path in ("/progress", "/accounts", "/audit", f"/township/{TOWN}"):
            page.goto(address + path)
        kept = page.evaluate(KEPT)
        assert [url.removeprefix(address) for url in kept["pages"]] == ["/", f"/township/{TOWN}"]
        assert not [url for url in kept.get("answers", []) if "/api/imports" in url]


def test_files_to_be_taken_away_are_not_kept(browser: Browser, database: Database, site: str) -> None:
    with visitor(browser, site, session(database)) as (_, page):
        open_map(page, site)
        settle(page)
        sizes = page.evaluate(
            "() => Promise.all(['/api/money.xlsx', '/api/layers'].map((url) => fetch(url)"
            ".then((r) => r.arrayBuffer()).then((b) => b.byteLength)))"
        )
        assert min(sizes) > 100
        answers = page.evaluate(KEPT)["answers"]
        assert [url for url in answers if url.endswith("/api/layers")]
        assert not [url for url in answers if "xlsx" in url]


def test_the_worker_names_the_files_of_this_version_and_pages_of_both_languages() -> None:
    told = worker_script().decode()
    assert all(asset(name) in told for name in FILES)
    assert all(f"/offline?lang={each}" in told for each in LANGUAGES)


def test_the_worker_and_the_page_without_a_network_are_open_to_all(database: Database) -> None:
    client = TestClient(create_app(database))
    worker = client.get("/worker.js")
    assert (worker.status_code, worker.headers["content-type"].partition(";")[0]) == (200, "text/javascript")
    assert worker.headers["content-security-policy"] == "default-src 'none'; connect-src 'self'"
    assert "There is no network" in client.get("/offline?lang=en").text
