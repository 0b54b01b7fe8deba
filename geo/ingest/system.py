"""The coordinate system of a file: what is declared, stated or told from the numbers, and the way to what is stored."""

from dataclasses import dataclass

import pyproj
import shapely

from geo import crs
from geo.errors import CrsMissing
from geo.ingest.source import Source
from geo.org_unit import Geometries, Places
from geo.text import Text


@dataclass(frozen=True)
class System:
    """How the coordinates of a file become stored ones; ``assumed`` says what the file itself did not state."""

    crs: pyproj.CRS
    assumed: tuple[Text, ...] = ()

    @property
    def name(self) -> str:
        """The name people know it by."""
        return self.crs.name

    @property
    def stored(self) -> bool:
        """Whether coordinates are stored as they are."""
        return self.crs.to_epsg() in (crs.STORED, crs.WGS84)

    def to_stored(self, geometries: Geometries) -> Geometries:
        """``geometries`` of the file as lon/lat CGCS2000 without heights."""
        return shapely.force_2d(geometries) if self.stored else crs.to_stored(geometries, self.crs)


def settle(source: Source, declared: str | None, places: Places) -> System:
    """What the user declares, else what the file states.

    Raises :class:`CrsMissing` where neither tells, and :class:`geo.crs.CrsNeedsParameters`.
    """
    stated = declared or source.crs
    system = crs.known_crs(stated) if stated else None
    if system is None:
        raise CrsMissing(file=source.path.name, guess=_guess(source, places))
    return System(system)


def _guess(source: Source, places: Places) -> str:
    outline = places.county.geom if places.county else None
    first = next(source.batches(), None)
    if outline is None or first is None:
        return "?"
    bounds = shapely.total_bounds(shapely.from_wkb(first[2].to_numpy(zero_copy_only=False), on_invalid="ignore"))
    west, _, east, _ = shapely.bounds(outline)
    found = crs.crs_of_eastings(float(bounds[0]), float(bounds[2]), float(west), float(east))
    return f"EPSG:{found.to_epsg()} {found.name}" if found else "?"
