"""A stated total to invented single values, and a stated date to the dates before it."""

from datetime import date
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Dates = NDArray[Any]
"""Arrays of ``datetime64[D]``; numpy does not follow their type through sums."""

MU = 2000 / 3
"""Square metres of a mu."""


def amounts(random: Generator, total: float, count: int, *, digits: int = 2, spread: float = 0.6) -> Floats:
    """``count`` positive values with ``digits`` decimals that add up to ``total`` rounded likewise.

    The values are log-normal with ``spread``, none much above three times their mean.
    """
    wish = np.minimum(random.lognormal(0, spread, count), 3.5)
    return proportional(wish, total, digits=digits)


def proportional(wish: Floats, total: float, *, digits: int = 2) -> Floats:
    """Values in proportion to ``wish`` that add up to ``total`` exactly, in units of the last digit."""
    unit = 10**digits
    target = round(total * unit)
    exact = wish / wish.sum() * target
    whole = np.floor(exact).astype(np.int64)
    rest = np.argsort(whole - exact, kind="stable")[: target - int(whole.sum())]
    whole[rest] += 1
    return whole / unit


def counts(random: Generator, total: int, count: int, *, least: int = 0, spread: float = 0.6) -> NDArray[np.int64]:
    """``count`` whole numbers of at least ``least`` that add up to ``total``."""
    return least + amounts(random, total - least * count, count, digits=0, spread=spread).astype(np.int64)


def days(random: Generator, first: str, last: str, count: int) -> Dates:
    """``count`` dates from ``first`` to ``last``, both included."""
    start, end = np.datetime64(first), np.datetime64(last)
    return start + random.integers(0, int((end - start).astype(int)) + 1, count)


def ladder(random: Generator, first: str, ends: Dates, steps: int) -> list[Dates]:
    """``steps`` dates for each of ``ends``, rising from ``first`` or later; the last is the end itself."""
    start = np.datetime64(first)
    span = (ends - start).astype(int)
    share = np.sort(random.uniform(0, 1, (len(ends), steps - 1)), axis=1)
    before = [start + np.floor(share[:, step] * span).astype(np.int64) for step in range(steps - 1)]
    return [*before, ends]


def only(values: Dates, where: Any) -> Dates:
    """The dates of the rows where the mask ``where`` holds; the others have none."""
    return np.where(where, values, np.datetime64("NaT"))


def day(text: str, count: int) -> Dates:
    """The same date ``count`` times."""
    return np.full(count, np.datetime64(date.fromisoformat(text)))
