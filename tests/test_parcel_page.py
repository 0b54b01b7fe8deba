"""The pages of parcels in a browser: kept from pasted text, shown with what stands against them, as a job too."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any
from uuid import UUID

import psycopg
import pytest
from people import session
from playwright.sync_api import Browser, Page, expect
from screens import DESKTOP, PHONE, Site, demonstration, signed_in

from api.routes import overlays, parcels_page
from geo import overlay_job

TRIANGLES = """甲地
J1 103.26587 29.23082
J2 103.26702 29.23082
J3 103.26702 29.22991

103.27 29.23
103.271 29.23
103.271 29.231"""


@pytest.fixture(scope="module")
def site(make_database: Any) -> Iterator[Site]:
    with demonstration(make_database("demo")) as served:
        yield served


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    context = signed_in(browser, site, "manager", locale="zh-CN", **DESKTOP)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    assert faults == []
    context.close()


def test_pasted_coordinates_lead_to_their_parcels_and_a_faulty_line_is_told(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/parcels")
    page.click("#paste summary")
    page.fill("#send-text [name=name]", "试粘贴")
    page.fill("#send-text [name=coordinates]", "103.26 29.23\n103.27 29.24 xx 29.25")
    page.click("#send-text .primary")
    expect(page.locator("#send-text .said")).to_contain_text("第 2 行不是坐标")
    page.fill("#send-text [name=coordinates]", TRIANGLES)
    page.click("#send-text .primary")
    page.wait_for_selector("#one h2")
    assert "/parcels/" in page.url
    expect(page.locator("h1")).to_have_text("试粘贴")
    expect(page.locator("#found [data-place]")).to_have_count(2)
    expect(page.locator("#found")).to_contain_text("甲地")


def test_the_list_is_filtered_and_zooms_by_keyboard_and_the_record_behind_a_rule_is_linked(
    page: Page, site: Site
) -> None:
    page.goto(f"{site.address}/parcels/{site.names['batch']}")
    page.wait_for_selector("#one h2")
    every = page.locator("#found [data-place]").count()
    assert page.locator("#found .blocked").count() == int(page.inner_text(".chip.blocked b")) > 0
    whole = page.get_attribute(".parcels-drawing", "viewBox")
    page.click(".chip.blocked")
    blocked = page.locator("#found [data-place]")
    assert 0 < blocked.count() < every
    blocked.first.focus()
    page.keyboard.press("Enter")
    assert page.get_attribute(".parcels-drawing", "viewBox") != whole
    page.wait_for_selector(".pieces .blocked")
    link = page.locator("#one .finding.blocked tr.blocked a").first.get_attribute("href")
    assert link is not None
    assert page.request.get(site.address + link).status == 200
    with page.expect_download() as download:
        page.click("#take-xlsx")
    assert download.value.suggested_filename == "parcels.xlsx"


def test_a_record_names_the_parcels_on_it_and_leads_to_the_one(page: Page, site: Site) -> None:
    with psycopg.connect(site.database.dsn) as connection:
        row = connection.execute(
            "SELECT feature.id FROM feature INNER JOIN parcel ON st_intersects(feature.geom, parcel.geom)"
            " WHERE layer = 'permanent_farmland' AND number = '511132100001JC00005' LIMIT 1"
        ).fetchone()
    assert row is not None
    page.goto(f"{site.address}/feature/{row[0]}")
    page.click("#parcels a:text('JC00005')")
    page.wait_for_selector("#one h2")
    expect(page.locator("#one h2")).to_contain_text("JC00005")


def test_a_large_batch_is_a_job_that_is_looked_after(
    page: Page, site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(overlay_job, "folder", lambda settings, job: tmp_path / str(job))  # pyright: ignore
    for module in (overlays, overlay_job, parcels_page):
        monkeypatch.setattr(module, "AT_ONCE", 1)
    page.goto(f"{site.address}/parcels/{site.names['batch']}")
    expect(page.locator("#progress")).to_contain_text("宗，点")
    page.click("#against .primary")
    expect(page.locator("#progress")).to_contain_text("排队")
    with psycopg.connect(site.database.dsn) as connection:
        row = connection.execute("SELECT id FROM overlay_job WHERE state = 'waiting'").fetchone()
    assert row is not None
    overlay_job.run(site.database, UUID(str(row[0])), Event())
    page.wait_for_selector("#one h2")
    expect(page.locator("#progress")).to_be_hidden()
    assert "/api/overlay-jobs/" in (page.get_attribute("#take-xlsx", "href") or "")


def test_who_may_see_nothing_is_told_so(browser: Browser, site: Site) -> None:
    context = browser.new_context(locale="zh-CN", **PHONE)
    name, _, value = session(site.database, "newcomer", ()).partition("=")
    context.add_cookies([{"name": name, "value": value, "url": site.address}])
    page = context.new_page()
    page.goto(f"{site.address}/parcels")
    expect(page.locator(".nothing h2")).to_have_text("您的账号还没有权限")
    assert page.locator("form[id]").count() == 0
    context.close()
