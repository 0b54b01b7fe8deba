"""The settings: what they are read from, and what follows from them."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from geo.settings import settings, today


@pytest.fixture(autouse=True)
def _read_anew() -> Iterator[None]:
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_today_is_the_day_of_the_county(monkeypatch: pytest.MonkeyPatch) -> None:
    """These two places are 25 hours apart: they never have the same day."""
    monkeypatch.setenv("SHANHE_TIMEZONE", "Pacific/Kiritimati")
    east = today()
    settings.cache_clear()
    monkeypatch.setenv("SHANHE_TIMEZONE", "Pacific/Pago_Pago")
    assert east - today() in {timedelta(1), timedelta(2)}
