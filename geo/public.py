"""Totals of townships for everybody, without counts so small that they could tell of a person."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from geo import boundary, progress
from geo.database import Connection
from geo.layers import layers
from geo.text import Text

NOWHERE = Text(zh="乡镇界外", en="In no township")
SMALLEST = 5
"""A count below this, 0 aside, is not told of a layer with personal columns."""


@dataclass(frozen=True, slots=True)
class Count:
    """Features, and how many of them are completed; ``None`` where it is not told."""

    population: int
    completed: int

    def __add__(self, other: "Count") -> "Count":
        return Count(self.population + other.population, self.completed + other.completed)

    @property
    def is_safe(self) -> bool:
        """Whether neither part is small; what is left open is the rest."""
        return all(part == 0 or part >= SMALLEST for part in (self.completed, self.population - self.completed))


@dataclass(frozen=True, slots=True)
class Place:
    """A township, or what lies in none, with its count; None is not told."""

    org_unit: str
    name: Text
    count: Count | None


@dataclass(frozen=True, slots=True)
class Totals:
    """What is told of a layer: of the whole county, and of each township."""

    layer: str
    label: Text
    county: Count | None
    townships: tuple[Place, ...]


def told(counts: Mapping[str, Count]) -> tuple[Count | None, dict[str, Count | None]]:
    """The total and the counts of townships that may be told together.

    What is too small is held back, and with it as many of the next larger ones as it takes that the difference between
    the total and what is told is not small either (complementary suppression); without them the total is held back.
    """
    total = sum(counts.values(), Count(0, 0))
    held = [code for code, count in counts.items() if not count.is_safe]
    others = sorted(
        (code for code, count in counts.items() if count.is_safe and count.population),
        key=lambda code: (counts[code].population, code),
    )
    while held and not (len(held) > 1 and sum((counts[code] for code in held), Count(0, 0)).is_safe):
        if not others:
            return None, {code: None if code in held else count for code, count in counts.items()}
        held.append(others.pop(0))
    return total, {code: None if code in held else count for code, count in counts.items()}


def totals(connection: Connection, *, county: str, as_of: date) -> list[Totals]:
    """The totals of every layer that is monitored and has features, in order of layers."""
    found = json.loads(progress.units(connection, as_of=as_of, org_unit=county, by="township"))["rows"]
    places = json.loads(boundary.collection(connection, level="township", geometry=False))["features"]
    names = {each["id"]: Text(**each["properties"]["name"]) for each in places} | {boundary.OUTSIDE: NOWHERE}
    answer: list[Totals] = []
    for layer in layers().values():
        measure = next((each.code for each in layer.measures if each.source == "count"), None)
        rows = {
            row["org_unit"] or boundary.OUTSIDE: _count(row)
            for row in found
            if (row["layer"], row["measure"]) == (layer.code, measure) and row["org_unit"] != county
        }
        if layer.reference or not any(count.population for count in rows.values()):
            continue
        counts = {code: rows.get(code, Count(0, 0)) for code in names}
        total, known = told(counts) if layer.private else (sum(counts.values(), Count(0, 0)), counts)
        townships = tuple(Place(code, names[code], count) for code, count in known.items())
        answer.append(Totals(layer.code, layer.label, total, townships))
    return answer


def _count(row: Mapping[str, Any]) -> Count:
    status = row["status"]
    return Count(int(row["population"]), int(status["completed"] + status["accepted"]))
