"""The pages of the ledger in a real browser: enter, spread, correct, import, link by rule and on the map."""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from people import READER, client_of
from playwright.sync_api import Browser, Page, expect
from test_page import DESKTOP, PHONE, SHAPING, Guard, pytestmark  # noqa: F401 - marks this module too
from test_real_page import serving
from whole import EVERYWHERE

from geo.database import Database, rows
from geo.ledger_export import export_ledger
from geo.settings import settings

HOSTILE = "<img src=x onerror=alert(1)>${alert(1)}"


@pytest.fixture
def books(make_database: Any, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A demonstration that may be changed."""
    monkeypatch.delenv("SHANHE_EDITING", raising=False)
    settings.cache_clear()
    return make_database("demo")


@pytest.fixture
def open_page(browser: Browser, books: Database) -> Iterator[Any]:
    """Opens an address of the program over ``books``; nothing may leave the origin or run what a user wrote."""
    with serving(books) as address:
        guard, contexts = Guard(address), []

        def opened(path: str, **options: Any) -> Page:
            context = browser.new_context(locale="zh-CN", **{**DESKTOP, **options})
            contexts.append(context)
            guard.watch(context)
            page = context.new_page()
            page.set_default_timeout(30_000)
            page.goto(address + path)
            return page

        opened.guard = guard  # pyright: ignore[reportFunctionMemberAccess]
        yield opened
        for context in contexts:
            context.close()
        assert (guard.left, guard.dialogs) == ([], [])


def spread(books: Database) -> list[Decimal]:
    with books.session() as connection:
        found = connection.execute("SELECT amount FROM allocation ORDER BY transaction DESC, amount LIMIT 3").fetchall()
    return [row[0] for row in found]


@EVERYWHERE
def test_a_clerk_enters_spreads_corrects_and_withdraws_a_payment(
    open_page: Any, books: Database, device: dict[str, Any], language: str
) -> None:
    page = open_page(f"/ledger?lang={language}", **device)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.click("#enter > summary")
    form = page.locator("#enter form")
    form.locator("[name=fund_source]").select_option("treasury_bond")
    form.locator("[name=activity]").select_option("2024-09")
    form.locator("[name=value_date]").fill("2025-03-04")
    form.locator("[name=amount]").fill("12.34")
    form.locator("[name=unit]").select_option("wan_yuan")
    form.locator("[name=voucher]").fill("记-7")
    form.locator("[name=note]").fill(HOSTILE)
    form.locator("button").click()
    page.wait_for_url(re.compile(r"/ledger/\d+"))
    expect(page.locator("h1")).to_contain_text("123,400.00")
    expect(page.locator(".facts")).to_contain_text(HOSTILE)
    page.locator("#allocation details[open] form button").click()
    expect(page.locator("#allocation .figures dd").nth(1)).to_have_text("0.00")
    expect(page.locator("#allocation tbody tr").last).to_contain_text("10,283.")
    assert sum(spread(books)) == Decimal("30850.00") or spread(books)[0] == Decimal("10283.33")
    correcting = page.locator("form[data-send=PUT]")
    correcting.locator("xpath=..").locator("> summary").click()
    correcting.locator("[name=amount]").fill("100000")
    correcting.locator("[name=reason]").fill("发票有误")
    correcting.locator("button").click()
    expect(correcting.locator(".said")).to_contain_text("分摊" if language == "zh" else "allocated")
    correcting.locator("[name=amount]").fill("130000")
    correcting.locator("button").click()
    expect(page.locator("h1")).to_contain_text("130,000.00")
    expect(page.locator("#history tbody")).to_contain_text("123,400.00")
    withdrawing = page.locator("form[data-send=DELETE]")
    withdrawing.locator("xpath=..").locator("> summary").click()
    withdrawing.locator("[name=reason]").fill("重复")
    withdrawing.locator("button").click()
    expect(page.locator(".warned")).to_contain_text("重复")
    page.goto(page.url.partition("/ledger/")[0] + f"/ledger?lang={language}")
    expect(page.locator(".entries")).not_to_contain_text("记-7")
    assert open_page.guard.errors == ["Failed to load resource: the server responded with a status of 409 (Conflict)"]


def test_without_network_nothing_is_lost(open_page: Any) -> None:
    page = open_page("/ledger")
    page.click("#enter > summary")
    form = page.locator("#enter form")
    form.locator("[name=fund_source]").select_option("treasury_bond")
    form.locator("[name=value_date]").fill("2025-03-04")
    form.locator("[name=amount]").fill("5")
    page.context.set_offline(True)
    form.locator("button").click()
    expect(form.locator(".said")).to_contain_text("没有保存")
    expect(form.locator("[name=amount]")).to_have_value("5")
    page.context.set_offline(False)
    form.locator("button").click()
    page.wait_for_url(re.compile(r"/ledger/\d+"))
    expect(page.locator("h1")).to_contain_text("5.00")


def test_amounts_are_stated_by_hand_and_never_more_than_there_is(open_page: Any, books: Database) -> None:
    with books.session() as connection:
        number = rows(connection, "demo_load_unspread")
        assert number == []
        chosen = connection.execute(
            "SELECT id FROM transaction WHERE activity = '2024-09' AND withdrawn_at IS NULL"
        ).fetchone()
    assert chosen is not None
    page = open_page(f"/ledger/{chosen[0]}")
    page.get_by_text("逐个填写金额").click()
    amounts = page.locator("[name^='amounts.']")
    expect(amounts).to_have_count(12)
    amounts.first.fill("60000000")
    form = page.locator("form:has([name=basis][value=by_hand])")
    form.locator("button").click()
    expect(form.locator(".said")).to_contain_text("超过")
    for place in range(1, 12):
        amounts.nth(place).fill("")
    form.locator("button").click()
    expect(page.locator("#allocation .figures dd").first).to_have_text("60,000,000.00")
    expect(page.locator("#allocation .figures dd").nth(1)).to_have_text("8,988,906.00")


def test_a_ledger_is_checked_before_it_is_entered(open_page: Any, books: Database, tmp_path: Path) -> None:
    page = open_page("/ledger")
    page.click("#import > summary")
    form = page.locator("#ledger-import")
    wrong = tmp_path / "台账.xlsx"
    wrong.write_bytes(b"PK\x03\x04 not a workbook")
    form.locator("[name=file]").set_input_files(wrong)
    form.locator("button.primary").click()
    expect(form.locator(".said")).to_contain_text("不是 XLSX 工作簿")
    good = tmp_path / "ledger.csv"
    good.write_text(
        "渠道,项目,类型,日期,金额\n增发国债,地质灾害综合治理,支出,2025-02-03,12.50\n没有这个渠道,,支出,2025-02-03,1\n",
        "utf-8",
    )
    form.locator("[name=file]").set_input_files(good)
    form.locator("button.primary").click()
    expect(page.locator("#import-report li")).to_contain_text("第 2 行 · 渠道 · 未知的资金渠道")
    expect(page.locator("#enter-file")).to_be_hidden()
    form.locator("[name=partial]").check()
    form.locator("button.primary").click()
    expect(page.locator("#enter-file")).to_be_visible()
    with books.session() as connection:
        export_ledger(connection, tmp_path / "before.csv")
    assert "2025-02-03" not in (tmp_path / "before.csv").read_text("utf-8-sig")
    page.click("#enter-file")
    expect(page.locator(".entries tbody tr").first).to_contain_text("12.50")


def corrected(page: Page, **fields: str) -> Any:
    """The form that corrects a transaction, filled in and sent."""
    page.get_by_text("更正这笔收支", exact=True).click()
    form = page.locator("form[data-send=PUT]")
    for name, value in {**fields, "reason": "更正"}.items():
        form.locator(f"[name={name}]").fill(value)
    form.locator("button.primary").click()
    return form


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_who_saves_second_is_shown_what_the_first_changed(
    open_page: Any, books: Database, device: dict[str, Any]
) -> None:
    address = "/ledger/2"
    first, second = open_page(address), open_page(address, **device)
    note, voucher, number = f"甲 {id(device)}", f"乙 {id(device)}", f"丙 {id(device)}"
    with first.expect_navigation():
        corrected(first, note=note, amount="999999999")
    form = corrected(second, note=f"{note}?", voucher=voucher, document=number)
    table = form.locator(".merge tbody")
    expect(form.locator(".said")).to_contain_text("先保存了")
    expect(table.locator("tr")).to_have_count(2)  # what both left or only the second changed is no question
    expect(form.locator("[name=amount]")).to_have_value(re.compile(r"999999999(\.00?)?"))
    expect(form.locator("[name=note]")).to_have_value(f"{note}?")
    expect(form.locator("[name=voucher]")).to_have_value(voucher)
    assert second.evaluate("document.documentElement.scrollWidth <= innerWidth")
    table.locator("tr").filter(has_text="备注").get_by_role("button", name="用现在的").click()
    expect(form.locator("[name=note]")).to_have_value(note)
    with second.expect_navigation():
        form.locator("button.primary").click()
    with books.session() as connection:
        kept = connection.execute("SELECT amount, note, voucher FROM transaction WHERE id = 2").fetchone()
    assert kept == (Decimal("999999999.00"), note, voucher)


def test_features_are_linked_by_rule_by_list_and_unlinked(open_page: Any) -> None:
    page = open_page("/ledger/activities/2024-02")
    page.get_by_text("按规则关联").click()
    form = page.locator("form:has([name='rule.layer'])")
    form.locator("[name='rule.layer']").select_option("hazard_point")
    assert "control" in page.locator("#columns option").evaluate_all("all => all.map((each) => each.value)")
    form.locator("[name='rule.column']").fill("control")
    form.locator("[name='rule.column']").dispatch_event("change")
    assert "works" in page.locator("#values option").evaluate_all("all => all.map((each) => each.value)")
    form.locator("[name='rule.value']").fill("works")
    form.locator("button").click()
    expect(page.get_by_text("防治措施 = 工程治理")).to_be_visible()
    page.get_by_text("按编号清单关联").click()
    form = page.locator("form:has([name=codes])")
    form.locator("[name=layer]").select_option("hazard_point")
    form.locator("[name=codes]").fill("511132000001\nnix")
    form.locator("button").click()
    expect(form.locator(".said")).to_contain_text("没有这些编号：nix")
    page.reload()
    page.get_by_role("button", name="删除规则").last.click()
    expect(page.locator("#features tbody tr").filter(has_text="511132000001")).to_contain_text("手工")
    page.get_by_role("button", name="取消关联").click()
    expect(page.locator("#features")).not_to_contain_text("511132000001")


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_features_are_picked_on_the_map(open_page: Any, books: Database, device: dict[str, Any]) -> None:
    page = open_page("/ledger/activities/2024-02", **device)
    page.get_by_text("在地图上选择").click()
    page.wait_for_selector("body.ready", state="attached")
    page.goto(page.url + f"#layer=hazard_point&town={SHAPING}")
    page.wait_for_timeout(300)
    expect(page.locator("#pick")).to_contain_text("自然资源利用与保护")
    expect(page.locator("#pick .primary")).to_be_disabled()
    page.locator(".feature-list button, .features button").first.wait_for(state="attached")
    page.get_by_text("加入视野内全部").click()
    expect(page.locator("#pick .picked b")).not_to_have_text("0")
    page.locator("#pick .primary").click()
    page.wait_for_url("**/ledger/activities/2024-02")
    with books.session() as connection:
        found = connection.execute(
            "SELECT count(*), bool_and(rule IS NULL) FROM activity_feature WHERE activity = '2024-02'"
        ).fetchone()
    assert found is not None
    expect(page.locator("#features .figures dd").first).to_have_text(str(found[0]))
    assert found[0] > 0
    assert found[1]


@pytest.mark.parametrize(
    "who", [READER, {"name": "town", "grants": (("officer", "511132100"),)}], ids=["reader", "town"]
)
def test_who_may_not_write_sees_no_form(books: Database, who: dict[str, Any]) -> None:
    for path in ("/ledger", "/ledger/activities/2024-09"):
        with client_of(books) as client:
            assert "data-send=" in client.get(path).text, "the control"
        with client_of(books, who=who) as client:
            page = client.get(path)
            assert (page.status_code, "data-send=" in page.text, "ledger-import" in page.text) == (200, False, False)
