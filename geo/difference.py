"""Two versions of a feature to what differs between them, from the steps in between."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Changed:
    """A column with its value in the older version and in the newer one."""

    column: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between two versions; ``geometry`` says that the drawing was changed on the way."""

    older: int
    newer: int
    columns: tuple[Changed, ...]
    geometry: bool


def difference(versions: Sequence[Mapping[str, Any]], one: int, other: int) -> Difference | None:
    """What differs between two versions of those that :func:`geo.feature.feature` tells, None where one is not there.

    A column that was changed and changed back does not differ.
    """
    older, newer = sorted((one, other))
    if older == newer or not {older, newer} <= {each["version"] for each in versions}:
        return None
    steps = [each for each in reversed(versions) if older < each["version"] <= newer]
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for step in steps:
        for change in step["changes"]:
            before.setdefault(change["column"], change["before"])
            after[change["column"]] = change["after"]
    columns = tuple(Changed(name, before[name], after[name]) for name in sorted(after) if before[name] != after[name])
    return Difference(older, newer, columns, any(step["geometry_changed"] for step in steps))
