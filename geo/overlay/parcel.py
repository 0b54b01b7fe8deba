"""A parcel: a piece of land that somebody asks about, from a file, a drawing or a record."""

from dataclasses import dataclass, field
from typing import Any

from shapely import MultiPolygon, Polygon

from geo.text import Text

ORIGINS: dict[str, Text] = {
    "file": Text(zh="文件", en="File"),
    "drawing": Text(zh="绘制", en="Drawing"),
    "coordinates": Text(zh="坐标", en="Coordinates"),
    "features": Text(zh="已有要素", en="Records"),
}
"""Where parcels come from, as a batch of them says it."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A piece of land in EPSG:4490, longitude before latitude, in degrees.

    ``number`` is unique among the parcels of a batch. ``registered_area_m2`` is what the register or the file states;
    ``source_row`` is the row of the file, from 1. ``kind`` is what is meant to be there, as a rule may ask for it
    (:mod:`geo.overlay.rule`): the code of a layer such as ``rural_housing``, or None.
    """

    number: str
    geom: Polygon | MultiPolygon
    name: str | None = None
    registered_area_m2: float | None = None
    kind: str | None = None
    source_row: int | None = None
    attributes: dict[str, Any] = field(default_factory=dict[str, Any])
