"""Numbers as the pages write them, against the browser's own `Intl` in both languages."""

import random

import pytest
from conftest import CHROMIUM
from playwright.sync_api import Browser

from web.page import STATIC

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")

INTL = """(values) => ["zh-CN", "en-GB"].map((locale) => values.map((value) => {
    const size = Math.abs(value);
    const most = Number.isInteger(value) || size >= 1000 ? 0 : size >= 100 ? 1 : 2;
    return new Intl.NumberFormat(locale, { maximumFractionDigits: most, signDisplay: "negative" }).format(value);
}))"""


def test_numbers_are_written_as_intl_writes_them_in_both_languages(browser: Browser) -> None:
    page = browser.new_page()
    source = (STATIC / "src/number.js").read_text("utf-8")
    page.add_script_tag(type="module", content=f"{source}\nwindow.number = number;")
    page.wait_for_function("window.number")
    dice = random.Random(4490)
    values = [
        0, -0.0, 1, -1, 12, 999, 1000, -1000, 12345, 1234567, 0.001, -0.001, 0.005, 0.5, 2.5, 99.999, 100.04, 181.35,
        999.95, 999.99, 1000.5, 1001.5, -1234567.5, 1e-9, 1e9, 123456789.123, 1e15, 9007199254740991,
    ]  # fmt: skip
    values += [dice.choice((-1, 1)) * 10 ** dice.uniform(-3, 12) for _ in range(3000)]
    values += [round(dice.uniform(0, 1000), 2) for _ in range(3000)] + [dice.randint(0, 10**9) for _ in range(1000)]
    written = page.evaluate("(values) => values.map(window.number)", values)
    for intl in page.evaluate(INTL, values):
        assert [(v, a, b) for v, a, b in zip(values, written, intl, strict=True) if a != b] == []
    page.close()
