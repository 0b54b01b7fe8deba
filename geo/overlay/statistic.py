"""What parcels cover in all, by layer and by land class, township and owner: sums that add up result by result."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from geo.layer import Geometry
from geo.layers import layer as declared
from geo.overlay.pair import covered
from geo.overlay.result import Finding, Overlaid, Piece
from geo.text import Text


class By(StrEnum):
    """What is summed by."""

    LAYER = "layer"
    GROUP = "group"
    TOWNSHIP = "township"
    OWNER = "owner"


BY_LABELS = {
    By.LAYER: Text(zh="合计", en="In all"),
    By.GROUP: Text(zh="类别", en="Class"),
    By.TOWNSHIP: Text(zh="乡镇", en="Township"),
    By.OWNER: Text(zh="权属", en="Owner"),
}


@dataclass(frozen=True, slots=True)
class Sum:
    """A layer by one value: what it covers of all parcels (m², m or points) and how many pieces there are of it."""

    layer: str
    by: By
    value: str
    amount: float
    pieces: int
    parcels: int


@dataclass
class Statistic:
    """Sums over results as they come; on one parcel records that lie on one another count once."""

    _amounts: dict[tuple[str, By, str], list[float]] = field(default_factory=dict[tuple[str, By, str], list[float]])
    _pieces: dict[tuple[str, By, str], int] = field(default_factory=dict[tuple[str, By, str], int])

    def add(self, overlaid: Overlaid) -> None:
        """Take in one result."""
        for finding in overlaid.findings:
            if not finding.pieces:
                continue
            self._take((finding.layer, By.LAYER, ""), finding.amount, len(finding.pieces))
            for by in (By.GROUP, By.TOWNSHIP, By.OWNER):
                for value, pieces in _apart(finding, by):
                    self._take((finding.layer, by, value), _together(finding, pieces), len(pieces))

    def sums(self) -> list[Sum]:
        """The sums, the same in whatever order results came; the largest of a layer first."""
        found = [
            Sum(*key, math.fsum(amounts), self._pieces[key], len(amounts)) for key, amounts in self._amounts.items()
        ]
        return sorted(
            found, key=lambda each: (declared(each.layer).order, list(By).index(each.by), -each.amount, each.value)
        )

    def _take(self, key: tuple[str, By, str], amount: float, pieces: int) -> None:
        self._amounts.setdefault(key, []).append(amount)
        self._pieces[key] = self._pieces.get(key, 0) + pieces


def counted(results: Iterable[Overlaid], statistic: Statistic) -> Iterator[Overlaid]:
    """The results as they come, each taken into the sums on its way."""
    for each in results:
        statistic.add(each)
        yield each


def _apart(finding: Finding, by: By) -> list[tuple[str, list[Piece]]]:
    """The pieces by what a column says; nothing where it says nothing of any of them."""
    found: dict[str, list[Piece]] = {}
    for piece in finding.pieces:
        value = {By.GROUP: piece.group, By.TOWNSHIP: piece.township, By.OWNER: piece.owner}[by]
        found.setdefault(value or "", []).append(piece)
    return [] if set(found) == {""} else sorted(found.items())


def _together(finding: Finding, pieces: list[Piece]) -> float:
    """What some of the pieces cover together; where none of all lie on one another their sum is that."""
    total = math.fsum(piece.amount for piece in pieces)
    whole = math.fsum(piece.amount for piece in finding.pieces)
    if len(pieces) == len(finding.pieces):
        return finding.amount
    if math.isclose(whole, finding.amount, rel_tol=1e-12):
        return total
    kind = declared(finding.layer).geometry
    return total if kind is Geometry.POINT else covered(np.array([piece.geom for piece in pieces], object), kind)
