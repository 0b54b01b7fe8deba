"""How much is tested: all repetitions that are required (``make test-whole``), or a share of them (``make test``)."""

import os
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

import pytest
from screens import DESKTOP, PHONE

T = TypeVar("T")

WHOLE = os.environ.get("TESTS_WHOLE") == "1"

_EVERYWHERE = {
    "zh-desktop": (DESKTOP, "zh"), "en-phone": (PHONE, "en"), "en-desktop": (DESKTOP, "en"), "zh-phone": (PHONE, "zh"),
}  # fmt: skip

EVERYWHERE = pytest.mark.parametrize(
    ("device", "language"), [pytest.param(*each, id=name) for name, each in _EVERYWHERE.items()][: 4 if WHOLE else 2]
)
"""On a desk and on a telephone, in Chinese and in English; both together only where everything is tested."""


def times(whole: int, share: int = 10) -> int:
    """How often something is done that ``whole`` times are required of."""
    return whole if WHOLE else whole // share


def some(everything: Iterable[T], share: int, first: int = 0) -> Iterator[T]:
    """Everything, or one in ``share`` of it, from the one at ``first`` on."""
    return iter(everything) if WHOLE else islice(everything, first, None, share)
