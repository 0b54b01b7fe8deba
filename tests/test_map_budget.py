"""What the first visit of the map costs: bytes over the wire, requests, and nothing from elsewhere."""

import re
from dataclasses import dataclass, field
from typing import Any

import pytest
from babel.messages.extract import extract_from_file
from conftest import CHROMIUM
from fake_county import view
from people import served, signed_in
from playwright.sync_api import Browser
from test_page import DESKTOP

from geo.database import Database
from web.map import draw
from web.page import STATIC

BYTES = 150_000
REQUESTS = 12

needs_browser = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")


@dataclass
class Wire:
    """What came over the wire, headers included, by address."""

    names: dict[str, str] = field(default_factory=dict)
    lengths: dict[str, float] = field(default_factory=dict)

    def listen(self, session: Any) -> None:
        session.on("Network.requestWillBeSent", lambda e: self.names.update({e["requestId"]: e["request"]["url"]}))
        session.on("Network.loadingFinished", lambda e: self.lengths.update({e["requestId"]: e["encodedDataLength"]}))
        session.send("Network.enable")

    def by_address(self) -> dict[str, float]:
        return {url: self.lengths.get(request, 0) for request, url in self.names.items()}


@needs_browser
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_first_visit_stays_within_its_budget(browser: Browser, demo: Database, language: str) -> None:
    with served(signed_in(demo)) as address:
        context = browser.new_context(locale="zh-CN", **DESKTOP)
        page = context.new_page()
        wire = Wire()
        wire.listen(context.new_cdp_session(page))
        page.goto(f"{address}/?lang={language}")
        page.wait_for_selector("body.ready", state="attached")
        page.wait_for_load_state("networkidle")
        asked = wire.by_address()
        assert all(url.startswith(address) for url in asked), asked
        assert set(wire.names) == set(wire.lengths), "every answer was counted to its end"
        assert len(asked) <= REQUESTS, asked
        assert sum(asked.values()) <= BYTES, asked
        script = next(length for url, length in asked.items() if "/app/map.js" in url)
        assert 10_000 < script < (STATIC / "app/map.js").stat().st_size, "the control: it was counted, compressed"
        context.close()


def modules_of(first: str) -> set[str]:
    """The modules that one brings into its bundle."""
    found: set[str] = set()
    waiting = [first]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += re.findall(r'from "\./(\w+\.js)"', (STATIC / "src" / name).read_text("utf-8"))
    return found


def test_the_map_brings_the_sentences_it_says_and_not_those_of_other_pages() -> None:
    config: Any = draw(view("en")).config()
    brought = config["sentences"]["en"]
    modules = modules_of("main.js") | modules_of("laid_entry.js")
    assert len(modules) > 40
    said = {
        message
        for name in modules
        for _, message, *_ in extract_from_file("javascript", STATIC / "src" / name, keywords={"t": None})
    }
    assert said - brought.keys() == set()
    assert len(brought) < len(said) + 10
