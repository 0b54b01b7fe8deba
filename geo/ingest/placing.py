"""How the coordinates of a file become stored ones: system, order of axes, way of writing degrees, consumer offset."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import pyproj
import shapely

from geo import crs as systems
from geo.crs import Coordinates, Offset
from geo.datum import Seven
from geo.ingest.degree import unpacked
from geo.org_unit import Geometries
from geo.text import Text

OFFSETS: dict[Offset, str] = {"gcj02": "GCJ-02", "bd09": "BD-09"}


@dataclass(frozen=True)
class Declared:
    """What the user says of a file's coordinates, in place of what it states itself.

    ``offset`` is that of a consumer map; ``parameters`` lead from Xi'an 1980 or Beijing 1954; ``swapped`` says that
    northing or latitude comes first, ``packed`` that degrees are written ddd.mmss; None lets the coordinates decide.
    """

    crs: str | None = None
    offset: Offset | None = None
    parameters: Seven | None = None
    swapped: bool | None = None
    packed: bool | None = None


UNDECLARED = Declared()
"""Nothing said: what the file states and its coordinates decide."""


@dataclass(frozen=True)
class System:
    """How the coordinates of a file become stored ones; ``assumed`` says what the file itself did not state.

    ``placed`` is False where the file holds no geometry at all.
    """

    crs: pyproj.CRS
    assumed: tuple[Text, ...] = ()
    swapped: bool = False
    packed: bool = False
    offset: Offset | None = None
    placed: bool = True

    @property
    def name(self) -> str:
        """The name people know it by."""
        return self.crs.name

    @property
    def label(self) -> Text:
        """Its code and name, and what else is peculiar to the coordinates."""
        code = self.crs.to_epsg()
        name = f"EPSG:{code} {self.name}" if code else self.name
        offset = f" + {OFFSETS[self.offset]}" if self.offset else ""
        zh = ("，纵坐标在前" if self.swapped else "") + ("，度分秒写作 ddd.mmss" if self.packed else "")
        en = (", northing first" if self.swapped else "") + (", degrees as ddd.mmss" if self.packed else "")
        return Text(zh=name + offset + zh, en=name + offset + en)

    @cached_property
    def _way(self) -> Callable[[Coordinates], Coordinates] | None:
        return systems.way_to_stored(self.crs)

    @property
    def stored(self) -> bool:
        """Whether coordinates are stored as they are."""
        return self._way is None and not self.swapped and not self.packed and self.offset is None

    def positions(self, xy: Coordinates) -> Coordinates:
        """Positions (n, 2) of the file as lon/lat CGCS2000."""
        if self.swapped:
            xy = xy[:, ::-1]
        if self.packed:
            xy = unpacked(xy)
        if self._way is not None:
            xy = self._way(xy)
        return xy if self.offset is None else systems.without_offset(xy, self.offset)

    def to_stored(self, geometries: Geometries) -> Geometries:
        """``geometries`` of the file as lon/lat CGCS2000 without heights."""
        flat: Geometries = shapely.force_2d(geometries)
        return flat if self.stored else shapely.transform(flat, self.positions)
