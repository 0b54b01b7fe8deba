"""Every page as axe-core sees it: no serious fault, on a desk and on a telephone."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from screens import DESKTOP, PHONE, SCREENS, Screen, Site, demonstration, show, signed_in

GRAVE = {"serious", "critical"}


@pytest.fixture(scope="module")
def site(make_database: Any) -> Iterator[Site]:
    with demonstration(make_database("demo")) as served:
        yield served


def faults(page: Page) -> list[tuple[str, str]]:
    """The serious faults of a page, each with the first element that has it."""
    found = Axe().run(page).response["violations"]
    return [(each["id"], each["nodes"][0]["html"][:160]) for each in found if each["impact"] in GRAVE]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("screen", SCREENS, ids=[screen.name for screen in SCREENS])
def test_no_page_has_a_serious_fault(browser: Browser, site: Site, screen: Screen, size: dict[str, Any]) -> None:
    context = signed_in(browser, site, screen.who, locale="zh-CN", **size)
    page = context.new_page()
    show(page, site, screen)
    assert faults(page) == []
    context.close()


def test_a_fault_is_seen(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content(
        '<html lang="zh"><title>x</title><main><input><p style="color:#999;background:#aaa">words</p></main>'
    )
    assert {name for name, _ in faults(page)} == {"color-contrast", "label"}
    page.close()
