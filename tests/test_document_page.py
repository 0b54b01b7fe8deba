"""Documents on the page of a record, in a real browser: added with progress, refused, opened, withdrawn, printed."""

import re
from pathlib import Path
from typing import Any

import psycopg
import pytest
from papers import PDF, every, picture
from people import client_of, served, signed_in
from playwright.sync_api import Browser, Page, expect
from test_document import ELSEWHERE, MANAGER, OFFICER, PLANNER, SAID, TOWN, listed, sent
from test_page import Guard, pytestmark  # noqa: F401 # pyright: ignore[reportUnusedImport]
from whole import EVERYWHERE

from geo.database import Database

HTML = {"accept": "text/html"}


@pytest.fixture
def household(placed: Database) -> tuple[Database, str]:
    """A household in TOWN, and its id."""
    with psycopg.connect(placed.dsn) as connection:
        row = connection.execute(
            "INSERT INTO feature (layer, code, name, org_unit) VALUES ('relocation_household', 'H1', '一户', %s)"
            " RETURNING id",
            [TOWN],
        ).fetchone()
    return placed, str((row or ("",))[0])


def fill(page: Page, name: str, content: bytes, **said: str) -> None:
    """Choose a file in the form, and say something of it."""
    page.set_input_files("#documents input[type=file]", {"name": name, "mimeType": "x/y", "buffer": content})
    for field, value in said.items():
        page.fill(f"#documents [name={field}]", value)


@EVERYWHERE
def test_a_document_is_added_opened_and_withdrawn(
    browser: Browser, household: tuple[Database, str], device: dict[str, Any], language: str, tmp_path: Path
) -> None:
    database, feature = household
    zh = language == "zh"
    with served(signed_in(database, **OFFICER)) as address:
        guard = Guard(address)
        context = browser.new_context(locale="zh-CN" if zh else "en-US", **device)
        guard.watch(context)
        page = context.new_page()
        page.goto(f"{address}/feature/{feature}")
        documents = page.locator("#documents")
        expect(documents).to_contain_text("还没有文件。" if zh else "There are no documents yet.")
        documents.locator("summary").click()
        fill(page, "关于安置的批复.pdf", PDF, number="峨府〔2026〕12号", dated_on="2026-03-01")
        expect(page.locator("#documents [name=title]")).to_have_value("关于安置的批复")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        documents.locator(".add button.primary").click()
        row = documents.locator(".documents > li")
        expect(row).to_have_count(1)
        kind = "批复" if zh else "Approval"
        for said in (kind, "峨府〔2026〕12号", "2026-03-01", "officer", "关于安置的批复.pdf", f"PDF {len(PDF)} B"):
            expect(row).to_contain_text(said)
        expect(row).to_contain_text("含个人信息，打开会被记录" if zh else "opening it is recorded")
        with page.expect_download() as download:
            row.locator(".titled a").click()
        assert download.value.suggested_filename == "关于安置的批复.pdf"
        download.value.save_as(tmp_path / "a.pdf")
        assert (tmp_path / "a.pdf").read_bytes() == PDF
        row.locator(".withdraw button").click()
        row.locator("form input").fill("传错了要素")
        row.locator("form button").click()
        expect(row.locator("del")).to_have_text("关于安置的批复")
        expect(row.locator(".gone")).to_contain_text("传错了要素")
        expect(row.locator("a, button")).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.emulate_media(media="print")
        expect(row.locator(".gone")).to_be_visible()
        expect(documents.locator("summary")).to_be_hidden()
        context.close()
    assert (guard.left, guard.errors, guard.dialogs) == ([], [], [])
    with psycopg.connect(database.dsn) as connection:
        query = "SELECT count(*) FROM audit_event WHERE action = 'feature_document.read'"
        assert connection.execute(query).fetchone() == (1,)


def test_what_is_refused_is_said_beside_the_form_and_what_was_typed_stays(
    browser: Browser, household: tuple[Database, str]
) -> None:
    database, feature = household
    with served(signed_in(database, **OFFICER)) as address:
        context = browser.new_context(locale="zh-CN")
        page = context.new_page()
        page.goto(f"{address}/feature/{feature}")
        page.locator("#documents summary").click()
        said, add = page.locator("#documents .add .said"), page.locator("#documents .add button.primary")
        fill(page, "a.pdf", b"")
        expect(said).to_have_text("文件是空的。")
        fill(page, "a.pdf", every()["png"], title="图")
        add.click()
        expect(said).to_have_text(re.compile("文件名以 .pdf 结尾，内容却是 PNG 图片"))
        expect(page.locator("#documents [name=title]")).to_have_value("图")
        page.route("**/documents", lambda route: route.abort())
        fill(page, "a.png", every()["png"])
        add.click()
        expect(said).to_have_text(re.compile("连不上服务器|没有网络"))
        page.unroute("**/documents")
        add.click()
        expect(page.locator("#documents .documents > li")).to_have_count(1)
        page.locator("#documents summary").click()
        fill(page, "b.pdf", PDF, title="x")
        page.locator("#documents [name=kind]").select_option("contract")
        add.click()
        expect(page.locator("#documents .documents > li")).to_have_count(2)
        page.locator("#documents summary").click()
        fill(page, "c.pdf", PDF, title="y")
        add.click()
        expect(said).to_have_text(re.compile("这个文件已有：《x》，officer 于"))
        context.close()


def test_how_much_was_sent_is_shown_and_sending_can_be_stopped(
    browser: Browser, household: tuple[Database, str]
) -> None:
    database, feature = household
    with served(signed_in(database, **OFFICER)) as address:
        context = browser.new_context(locale="zh-CN")
        page = context.new_page()
        page.goto(f"{address}/feature/{feature}")
        page.locator("#documents summary").click()
        fill(page, "a.pdf", PDF[:-6] + b"%" * 3_000_000 + PDF[-6:], title="x")
        held: list[Any] = []
        page.route("**/documents", lambda route: held.append(route))
        page.locator("#documents .add button.primary").click()
        expect(page.locator("#documents progress")).to_be_visible()
        expect(page.locator("#documents .add button.primary")).to_be_disabled()
        page.locator("#documents .going button").click()
        expect(page.locator("#documents .add .said")).to_have_text("已取消，没有保存。")
        expect(page.locator("#documents progress")).to_be_hidden()
        expect(page.locator("#documents .add button.primary")).to_be_enabled()
        context.close()
    with client_of(database, who=OFFICER) as client:
        assert listed(client, f"/api/features/{feature}/documents") == []


def test_a_picture_is_shown_and_nothing_in_it_may_run(browser: Browser, household: tuple[Database, str]) -> None:
    database, feature = household
    with client_of(database, who=OFFICER) as client:
        where = sent(client, f"/api/features/{feature}/documents", picture("PNG"), "a.png", personal="false")
    with served(signed_in(database, **PLANNER)) as address:
        page = browser.new_page()
        page.goto(f"{address}/feature/{feature}")
        with page.context.expect_page() as opened:
            page.locator("#documents .titled a").click()
        opened.value.wait_for_load_state()
        assert opened.value.url.endswith(where.headers["location"])
        assert opened.value.evaluate("document.images[0].naturalWidth") == 64
        assert opened.value.evaluate("origin") == "null", "it is in a sandbox"
        page.close()


def test_the_page_offers_what_one_may_do(household: tuple[Database, str]) -> None:
    database, feature = household
    with client_of(database, who=OFFICER) as client:
        sent(client, f"/api/features/{feature}/documents")
    for who, adds, withdraws, opens in (
        (OFFICER, True, True, True), (MANAGER, False, True, False), (PLANNER, False, False, False)
    ):  # fmt: skip
        with client_of(database, who=who) as client:
            page = client.get(f"/feature/{feature}", headers=HTML).text
        section = page.partition('id="documents"')[2].partition("</section>")[0]
        assert SAID["title"] in section
        assert ('class="withdraw"' in section) == withdraws
        assert (f"/api/features/{feature}/documents/" in section) == opens
        assert ("批复.pdf" in section) == opens
        assert ("您没有权限打开" in section) != opens
        assert ('"accept": ' in page or '"accept":' in page) == adds
    with client_of(database, who=ELSEWHERE) as client:
        assert client.get(f"/feature/{feature}", headers=HTML).status_code == 404
