"""The page of claims in a real browser, on a desk and a phone: what a reader opens, says and finds again."""

import re
import time
from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
import uvicorn
from people import signed_in
from playwright.sync_api import Browser
from test_page import Guard, pytestmark  # noqa: F401 - marks this module too
from whole import EVERYWHERE

from geo.settings import settings


@pytest.fixture(scope="module")
def address(make_database: Any) -> Iterator[str]:
    """A server of its own over a demonstration."""
    settings.cache_clear()
    server = uvicorn.Server(uvicorn.Config(signed_in(make_database("demo")), port=0, log_level="error"))
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


@EVERYWHERE
def test_a_reader_opens_the_arithmetic_and_says_what_is_to_be_done(
    browser: Browser,
    address: str,
    device: dict[str, Any],
    language: str,
) -> None:
    guard = Guard(address)
    context = browser.new_context(**device)
    guard.watch(context)
    page = context.new_page()
    page.goto(f"{address}/claims?lang={language}")
    assert page.locator(".claim").count() == 104
    page.locator(".figure.error").click()
    page.wait_for_selector(".figure.error[aria-current]")
    errors = page.locator(".claim").count()
    assert 0 < errors < 104
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    row = page.locator("#C050")
    row.locator("summary").click()
    assert "474.75" in row.inner_text()
    assert re.search("[\u4e00-\u9fff]", row.locator(".findings").inner_text()) is None or language == "zh"
    for box in (row.locator("summary"), row.locator("button"), page.locator(".sheet-head .switch")):
        size = box.bounding_box()
        assert size is not None and size["height"] >= 44
    record = row.locator("a.record").first.get_attribute("href")
    behind = context.new_page()
    behind.goto(f"{address}{record}&lang={language}")
    assert behind.locator("tbody tr").count() == int(behind.locator(".figures dd").nth(1).inner_text())
    assert behind.evaluate("document.documentElement.scrollWidth <= innerWidth")
    behind.locator("tbody a").first.click()
    behind.wait_for_url(re.compile("feature="))
    behind.close()
    row.locator("select").select_option("to_correct")
    row.locator("input[name=note]").fill("<img src=x onerror=alert(1)>")
    row.locator("button").click()
    page.wait_for_url(re.compile(r"verdict=error.*#C050$"))
    assert page.locator(".claim").count() == errors
    page.locator("#C050 summary").click()
    assert "<img src=x" in page.locator("#C050").inner_text()
    page.locator(".sheet-head .switch").click()
    page.wait_for_url(re.compile(r"lang=" + ("en" if language == "zh" else "zh")))
    assert page.locator(".claim").count() == errors
    context.close()
    assert (guard.left, guard.errors, guard.dialogs) == ([], [], [])
