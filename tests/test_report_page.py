"""Reporting in a real browser: the officer's journey, without a network, and the manager's decision."""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import PIL.Image
import psycopg
import pytest
from people import header, served, session
from playwright.sync_api import Browser, BrowserContext, Page, expect
from screens import DESKTOP, PHONE
from whole import EVERYWHERE

from api.app import create_app
from geo.database import Database

TOWN = "511132100"


@pytest.fixture(scope="module")
def demo_site(make_database: Any) -> Iterator[tuple[Database, str]]:
    database = make_database("demo")
    header(database, "officer", (("officer", TOWN),))
    header(database, "manager", (("manager", None),))
    with served(create_app(database)) as address:
        yield database, address


@pytest.fixture
def site(demo_site: tuple[Database, str]) -> tuple[Database, str]:
    with psycopg.connect(demo_site[0].dsn) as connection:
        connection.execute("UPDATE report SET withdrawn_at = now() WHERE withdrawn_at IS NULL")
        connection.execute(
            "UPDATE milestone SET revoked_at = now(), revoked_by = 'test'"
            " WHERE revoked_at IS NULL AND state = 'pending'"
        )
    return demo_site


def photograph(side: int = 1200) -> bytes:
    """A photograph that lies on its side, taken in the township."""
    noted = PIL.Image.Exif()
    noted[0x0112] = 6
    noted.get_ifd(0x8769)[0x9003] = "2026:05:01 10:20:30"
    noted.get_ifd(0x8825).update({1: "N", 2: (29.0, 13.0, 51.0), 3: "E", 4: (103.0, 15.0, 57.0), 17: 128.5})
    written = BytesIO()
    PIL.Image.effect_noise((side * 2, side), 40).convert("RGB").save(written, "JPEG", exif=noted)
    return written.getvalue()


def opened(browser: Browser, site: tuple[Database, str], who: str, **options: Any) -> tuple[BrowserContext, Page]:
    """A browser of somebody, which fails for an error on the console and a request to elsewhere."""
    database, address = site
    context = browser.new_context(locale=options.pop("locale", "zh-CN"), **options)
    name, _, value = session(database, who, ()).partition("=")
    context.add_cookies([{"name": name, "value": value, "url": address}])
    page = context.new_page()
    page.set_default_timeout(30_000)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("request", lambda asked: faults.append(asked.url) if not asked.url.startswith((address, "blob:")) else None)
    page.faults = faults  # type: ignore[attr-defined]
    return context, page


def household(database: Database, status: str = "signed") -> str:
    """A household of the township for which a milestone is not on record."""
    with psycopg.connect(database.dsn) as connection:
        row = connection.execute(
            "SELECT feature.id::text FROM feature INNER JOIN org_unit ON org_unit.code = feature.org_unit"
            " WHERE layer = 'relocation_household' AND %s IN (org_unit.code, org_unit.parent) AND NOT EXISTS ("
            " SELECT FROM milestone WHERE milestone.feature = feature.id AND milestone.milestone = %s"
            " AND milestone.state = 'approved' AND milestone.revoked_at IS NULL) ORDER BY feature.code LIMIT 1",
            [TOWN, status],
        ).fetchone()
    assert row is not None
    return row[0]


def standing(database: Database, feature: str) -> list[tuple[str, str]]:
    with psycopg.connect(database.dsn) as connection:
        return connection.execute(
            "SELECT milestone, state FROM milestone WHERE feature = %s AND report IS NOT NULL AND revoked_at IS NULL"
            " ORDER BY id", [feature]
        ).fetchall()  # fmt: skip


def open_form(page: Page, address: str, feature: str) -> None:
    page.goto(f"{address}/#feature={feature}")
    page.locator(".card >> text=/上报进度|Report progress/").click()
    expect(page.locator("dialog.report")).to_be_visible(timeout=20_000)


@EVERYWHERE
def test_an_officer_reports_a_manager_approves_and_the_map_changes(
    browser: Browser, site: tuple[Database, str], device: dict[str, Any], language: str
) -> None:
    database, address = site
    feature = household(database)
    locale = {"zh": "zh-CN", "en": "en-GB"}[language]
    here = {"longitude": 103.2659, "latitude": 29.2308, "accuracy": 8}
    context, page = opened(
        browser, site, "officer", locale=locale, **device, geolocation=here, permissions=["geolocation"]
    )
    open_form(page, address, feature)
    page.locator("dialog label", has_text="签约" if locale == "zh-CN" else "Agreement signed").click()
    page.set_input_files("#report-photographs", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photograph()})
    expect(page.locator("dialog canvas")).to_have_count(1)
    page.fill("dialog textarea", "<b>已签</b>")
    expect(page.locator("dialog .where")).to_contain_text("8")
    page.locator("dialog footer .button").click()
    expect(page.locator(".toast.fresh")).to_be_visible()
    expect(page.locator(".milestones .pending")).to_have_count(1)
    assert standing(database, feature) == [("signed", "pending")]
    page.goto(f"{address}/reports?mine=true")
    expect(page.locator(".report .standing.pending")).to_have_count(1)
    assert page.faults == []  # type: ignore[attr-defined]
    context.close()

    context, page = opened(browser, site, "manager", locale=locale, **device)
    page.goto(f"{address}/reports")
    report = page.locator(".report").first
    expect(report.locator(".note")).to_have_text("<b>已签</b>")
    shown = report.locator(".photographs img")
    shown.scroll_into_view_if_needed()
    expect(shown).to_have_js_property("complete", True)
    assert shown.evaluate("image => image.naturalHeight > image.naturalWidth"), "upright"
    report.locator(".judging .primary").click()
    expect(page.locator(".report .judging")).to_have_count(0)
    assert standing(database, feature) == [("signed", "approved")]
    page.goto(f"{address}/#feature={feature}")
    expect(
        page.locator(".card .milestones .reached", has_text="签约" if locale == "zh-CN" else "Agreement")
    ).to_be_visible()
    assert page.faults == []  # type: ignore[attr-defined]
    context.close()
    # What the camera noted came along although the picture was redrawn.
    with psycopg.connect(database.dsn) as connection:
        noted = connection.execute(
            "SELECT width < height, taken_at::date::text, round(st_x(attachment.geom)::numeric, 4)::float,"
            " bearing::float FROM attachment INNER JOIN report ON report.id = attachment.report"
            " WHERE report.feature = %s", [feature]
        ).fetchone()  # fmt: skip
        connection.execute(
            "UPDATE milestone SET revoked_at = now(), revoked_by = 'test'"
            " WHERE feature = %s AND report IS NOT NULL AND revoked_at IS NULL", [feature]
        )  # fmt: skip
    assert noted == (True, "2026-05-01", 103.2658, 128.5)


def test_without_a_network_a_report_waits_and_is_sent_once_there_is_one(
    browser: Browser, site: tuple[Database, str]
) -> None:
    database, address = site
    feature = household(database)
    context, page = opened(browser, site, "officer", **PHONE)
    open_form(page, address, feature)
    page.set_input_files("#report-photographs", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photograph(300)})
    expect(page.locator("dialog canvas")).to_have_count(1)
    context.set_offline(True)
    page.locator("dialog footer .button").click()
    expect(page.locator(".toast.stale")).to_contain_text("没有网络")
    expect(page.locator(".waiting-pill")).to_contain_text("1 条上报待发送")
    assert standing(database, feature) == []
    page.locator(".waiting-pill").click()
    expect(page.locator("dialog.waiting li")).to_have_count(1)
    page.locator("dialog.waiting .close").click()
    context.set_offline(False)
    expect(page.locator(".waiting-pill")).to_be_hidden()
    assert [state for _, state in standing(database, feature)] == ["pending"]
    with psycopg.connect(database.dsn) as connection:
        assert connection.execute(
            "SELECT count(*) FROM attachment INNER JOIN report ON report.id = attachment.report"
            " WHERE report.feature = %s AND report.withdrawn_at IS NULL", [feature]
        ).fetchone() == (1,)  # fmt: skip
    context.close()


def test_a_page_that_is_closed_forgets_no_report(browser: Browser, site: tuple[Database, str]) -> None:
    database, address = site
    feature = household(database)
    context, page = opened(browser, site, "officer", **PHONE)
    open_form(page, address, feature)
    context.set_offline(True)
    page.locator("dialog footer .button").click()
    expect(page.locator(".waiting-pill")).to_be_visible()
    page.close()
    context.set_offline(False)
    again = context.new_page()
    again.goto(f"{address}/reports")
    expect(again.locator(".report .standing.pending").or_(again.locator(".empty"))).not_to_have_count(0)
    expect(again.locator(".waiting-pill")).to_be_hidden()
    again.reload()
    expect(again.locator(".report .standing.pending")).to_have_count(1)
    context.close()


def test_what_the_server_refuses_stays_and_says_why(browser: Browser, site: tuple[Database, str]) -> None:
    database, address = site
    feature = household(database)
    context, page = opened(browser, site, "officer", **PHONE)
    open_form(page, address, feature)
    with psycopg.connect(database.dsn) as connection:
        connection.execute("UPDATE feature SET deleted_at = now() WHERE id = %s", [feature])
    try:
        page.locator("dialog footer .button").click()
        expect(page.locator(".toast")).to_contain_text("没有接受")
        page.locator(".waiting-pill").click()
        expect(page.locator("dialog.waiting .refused")).to_contain_text("找不到")
        page.on("dialog", lambda dialog: dialog.accept())
        page.locator("dialog.waiting li .late").click()
        expect(page.locator(".waiting-pill")).to_be_hidden()
    finally:
        with psycopg.connect(database.dsn) as connection:
            connection.execute("UPDATE feature SET deleted_at = NULL WHERE id = %s", [feature])
    context.close()


def test_a_manager_returns_with_a_reason_and_the_author_reports_again(
    browser: Browser, site: tuple[Database, str]
) -> None:
    database, address = site
    feature = household(database)
    context, page = opened(browser, site, "officer", **PHONE)
    open_form(page, address, feature)
    page.locator("dialog footer .button").click()
    expect(page.locator(".toast.fresh")).to_be_visible()
    context.close()

    context, page = opened(browser, site, "manager", **DESKTOP)
    page.goto(f"{address}/reports")
    page.locator(".report summary", has_text="退回").first.click()
    page.fill("input[name=reason] >> nth=0", "照片看不清")
    page.locator(".report .late").first.click()
    expect(page.locator(".empty")).to_be_visible()
    context.close()

    context, page = opened(browser, site, "officer", **PHONE)
    page.goto(f"{address}/reports?state=returned&mine=true")
    expect(page.locator(".report .judged").first).to_contain_text("照片看不清")
    page.locator("[data-report]").first.click()
    expect(page.locator("dialog.report")).to_be_visible(timeout=20_000)
    page.locator("dialog footer .button").click()
    expect(page.locator(".toast.fresh")).to_be_visible()
    assert [state for _, state in standing(database, feature)] == ["returned", "pending"]
    context.close()


def test_whoever_may_not_report_is_not_offered_it(browser: Browser, site: tuple[Database, str]) -> None:
    database, address = site
    context, page = opened(browser, site, "manager", **DESKTOP)
    page.goto(f"{address}/#feature={household(database)}")
    expect(page.locator(".card .milestones")).to_be_visible()
    expect(page.locator(".card footer")).not_to_contain_text("上报进度")
    context.close()


def test_a_form_that_does_not_come_is_said_so_and_comes_when_asked_again(
    browser: Browser, site: tuple[Database, str]
) -> None:
    database, address = site
    context, page = opened(browser, site, "officer", **PHONE)
    script = re.compile(r"/report[^/]*\.js")
    context.route(script, lambda route: route.abort())
    page.goto(f"{address}/#feature={household(database)}")
    page.locator(".card >> text=上报进度").click()
    expect(page.locator("#notice")).to_contain_text("连不上服务器")
    context.unroute(script)
    page.locator("#notice button", has_text="重试").click()
    expect(page.locator("dialog.report")).to_be_visible()
    context.close()
