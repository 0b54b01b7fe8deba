"""Every page as axe-core sees it: no serious fault, on a desk and on a telephone."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from screens import DESKTOP, PHONE, SCREENS, Screen, Site, demonstration, show, signed_in
from whole import WHOLE

GRAVE = {"serious", "critical"}


@pytest.fixture(scope="module")
def site(make_database: Any) -> Iterator[Site]:
    with demonstration(make_database("demo")) as served:
        yield served


def faults(page: Page) -> list[tuple[str, str]]:
    """The serious faults of a page, each with the first element that has it."""
    found = Axe().run(page).response["violations"]
    return [(each["id"], each["nodes"][0]["html"][:160]) for each in found if each["impact"] in GRAVE]


@pytest.mark.parametrize(
    ("screen", "size"),
    # One page on a desk and the next on a telephone where not everything is tested.
    [
        pytest.param(screen, size, id=f"{screen.name}-{name}")
        for place, screen in enumerate(SCREENS)
        for turn, (name, size) in enumerate((("desktop", DESKTOP), ("phone", PHONE)))
        if WHOLE or (place + turn) % 2 == 0
    ],
)
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


@pytest.mark.parametrize("width", [1440, 1280, 1180, 1024, 768, 360])
def test_the_ways_to_other_pages_never_lie_on_one_another(browser: Browser, site: Site, width: int) -> None:
    context = signed_in(browser, site, "officer", locale="en-GB", viewport={"width": width, "height": 600})
    page = context.new_page()
    show(page, site, Screen("township", "/township/{town}"))
    boxes = page.eval_on_selector_all(
        ".sheet-head nav a, .sheet-head .viewer > *", "all => all.map(e => e.getBoundingClientRect().toJSON())"
    )
    assert len(boxes) > 8
    links = boxes[:-2]
    assert all(one["right"] <= other["left"] for one, other in itertools.pairwise(links))
    assert all(box["height"] <= 48 for box in boxes), "none is broken into two lines"
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_every_page_has_its_pictures() -> None:
    there = {file.stem for file in (Path(__file__).parents[1] / "docs" / "screens").glob("*.png")}
    kinds = list(itertools.product(("desktop", "phone"), ("zh", "en")))
    assert there == {"-".join((screen.name, *kind)) for screen, kind in itertools.product(SCREENS, kinds)}
