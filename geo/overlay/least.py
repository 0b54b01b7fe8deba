"""Slivers: how much a common part has to measure before it counts, by layer."""

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Least:
    """A common part of polygons with a smaller area (m²) or mean width (m), of a line with a smaller length (m), is one
    that drawing leaves behind.

    What is at least half of the parcel or half of the record is none, however small. The mean width is twice the area
    by the perimeter, which of a long rectangle is its width.
    """

    area_m2: float = 1.0
    width_m: float = 0.1
    length_m: float = 0.1


NOTHING_LEFT_OUT = Least(0, 0, 0)
"""Every common part counts."""

# Risk zones are drawn at 1:10 000 and smaller, where a line is as wide as this.
_OF_LAYER = MappingProxyType({"risk_zone": Least(10.0, 1.0, 1.0)})


def least(layer: str) -> Least:
    """The thresholds of a layer."""
    return _OF_LAYER.get(layer, Least())
