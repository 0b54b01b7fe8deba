"""The vocabulary in which a metric is declared: the name that documents use for a figure, and where it is recorded."""

import re
from dataclasses import dataclass
from typing import TypeAlias

from geo.text import Text

PLACEHOLDER = re.compile(r"\\\{(\w+)\\\}")


@dataclass(frozen=True, slots=True)
class Counted:
    """A figure counted from the features of a layer.

    ``measure`` is a code of the layer; in its place ``column`` sums a numeric column, and ``distinct`` counts the
    different values of a column. ``milestone`` None counts what is listed. ``where`` are the values that columns have:
    text, ``"{year}"`` for what the metric's name says, or ``"{first}..{last}"`` for every year of a span.
    """

    measure: str = ""
    milestone: str | None = None
    where: tuple[tuple[str, str], ...] = ()
    column: str = ""
    distinct: str = ""


@dataclass(frozen=True, slots=True)
class Paid:
    """Money of the ledger in the year up to the day, in 元; with ``activities`` the number of activities instead.

    ``kinds`` are kinds of transaction, ``phase`` is one of the budget. ``fund_source`` narrows to a channel and
    ``serves`` to activities that are linked to features of a layer.
    """

    kinds: tuple[str, ...] = ()
    phase: str = ""
    fund_source: str = ""
    serves: str = ""
    activities: bool = False


@dataclass(frozen=True, slots=True)
class AllDone:
    """A statement that something is completed: true when the metric ``part`` has reached the metric ``whole``."""

    part: str
    whole: str


Source: TypeAlias = Counted | Paid | AllDone


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure by the name that documents use.

    ``name`` is ``system.metric``; ``{year}``, ``{first}`` and ``{last}`` in it stand for four digits. ``source`` says
    where it is recorded, None: nowhere. ``within`` names the metric of which it is a part, ``base`` the one from which
    its growth is reckoned. ``spellings`` are further words by which a sentence is recognised.
    """

    name: str
    label: Text
    source: Source | None = None
    within: str = ""
    base: str = ""
    spellings: tuple[str, ...] = ()

    def match(self, name: str) -> dict[str, str] | None:
        """The values of the placeholders where ``name`` is this metric, else None."""
        pattern = PLACEHOLDER.sub(r"(?P<\1>[0-9]{4})", re.escape(self.name))
        found = re.fullmatch(pattern, name)
        return None if found is None else found.groupdict()


@dataclass(frozen=True, slots=True)
class Balance:
    """Three metrics of money that belong together: what was budgeted, what was spent, what is left over."""

    budget: str
    spent: str
    left: str


def filled(template: str, values: dict[str, str]) -> str:
    """A declared text with its placeholders filled; other braces cannot occur in names."""
    return template.format(**values)


def options(wanted: str, values: dict[str, str]) -> list[str]:
    """The values that a column may have: one, or every year of ``first..last``."""
    first, dots, last = filled(wanted, values).partition("..")
    return [str(year) for year in range(int(first), int(last) + 1)] if dots else [first]
