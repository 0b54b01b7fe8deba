"""Figures of progress as a page shows them: shares with what they were divided from, and bars of statuses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from geo.layer import Layer, Measure
from web.legend import STATUS_SIGNS

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar that is 100 wide."""

    x: float
    width: float
    colour: str


@dataclass(frozen=True, slots=True)
class LayerFigure:
    """How far one layer is in a place: ``row`` in its first measure, ``mix`` as features by status; share of one."""

    layer: Layer
    measure: Measure
    row: Json
    mix: Mapping[str, float]

    @property
    def share(self) -> float | None:
        """Completed of what was to be completed; None where there was nothing."""
        return self.row["numerator"] / self.row["denominator"] if self.row["denominator"] > 0 else None

    @property
    def has_target(self) -> bool:
        """Whether it was divided from a target, which may be nothing, and not from all that is registered."""
        return self.row["denominator_kind"] == "target"

    @property
    def bar(self) -> list[Segment]:
        """The mix as parts of a bar, best first."""
        return segments(self.mix)


def figures(rows: Sequence[Json], layers: Mapping[str, Layer]) -> list[LayerFigure]:
    """The figures of the rows of one unit (:func:`geo.progress.units`), in the order of the layers."""
    by_key = {(row["layer"], row["measure"]): row for row in rows}
    found: list[LayerFigure] = []
    for layer in layers.values():
        first = layer.measures[0]
        row = by_key.get((layer.code, first.code))
        if row is None or not (row["population"] > 0 or row["denominator"] > 0):
            continue
        counting = next((each for each in layer.measures if each.source == "count"), first)
        counted = by_key.get((layer.code, counting.code), row)
        found.append(LayerFigure(layer, first, row, counted["status"]))
    return found


def mixed(of_layers: Sequence[LayerFigure], layer: str | None = None) -> dict[str, float]:
    """Features by status over all layers, or of one."""
    found: dict[str, float] = {}
    for each in of_layers:
        for status, value in each.mix.items() if layer in (None, each.layer.code) else ():
            found[status] = found.get(status, 0) + value
    return found


def overall(of_layers: Sequence[LayerFigure]) -> float | None:
    """The plain mean of the layers' shares, each at most one; None where no layer has one. The map says the same."""
    shares = [min(each.share, 1) for each in of_layers if each.share is not None]
    return sum(shares) / len(shares) if shares else None


def segments(mix: Mapping[str, float]) -> list[Segment]:
    """Values by status as parts of a bar 100 wide, best first."""
    total = sum(mix.values())
    found: list[Segment] = []
    x = 0.0
    for sign in STATUS_SIGNS:
        width = 100 * mix.get(sign.code, 0) / total if total else 0
        if width:
            found.append(Segment(round(x, 3), round(width, 3), sign.colour))
        x += width
    return found


def percent(share: float) -> str:
    """A share of one as whole percent; not 0 where something is done, not 100 where more than a trace is left."""
    if 0 < share < 0.01:
        return "<1"
    if 0.99 < share < 0.9995:
        return "99"
    return str(int(share * 100 + 0.5))
