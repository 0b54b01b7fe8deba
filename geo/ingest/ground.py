"""Where the coordinates of a file can lie: a sample of them, held against the county under every likely system."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyproj
import shapely
from pyproj.crs import BoundCRS

from geo import crs
from geo.crs import Coordinates
from geo.ingest.degree import is_packed
from geo.ingest.placing import Declared, System
from geo.ingest.source import Source

SAMPLE = 2000
"""Most geometries that are looked at to tell where a file lies."""

VERTICES = 8
"""Most positions of each that are."""

_AROUND = 0.02  # degrees, about 2 km: a file may reach over the county's outline
_SAME = 1e-5  # degrees, about 1 m: readings that differ by less are one


@dataclass(frozen=True)
class Ground:
    """A sample of a file's positions (n, 2), and the county they are to lie in."""

    sample: Coordinates
    outline: shapely.Geometry
    choice: Declared

    @cached_property
    def _reach(self) -> shapely.Geometry:
        reach = shapely.buffer(shapely.simplify(self.outline, _AROUND / 10), _AROUND)
        shapely.prepare(reach)
        return reach

    def share(self, system: System) -> float:
        """How much of the sample lies in the county."""
        lon, lat = system.positions(self.sample).T
        return float(np.mean(shapely.contains_xy(self._reach, lon, lat)))

    def fitting(self, systems: Iterable[System]) -> list[System]:
        """Those that put at least half of the sample into the county, one of those that put it in the same place."""
        found: list[System] = []
        for system in systems:
            if self.share(system) < 0.5:
                continue
            here = system.positions(self.sample)
            if all(_apart(here, other.positions(self.sample)) for other in found):
                found.append(system)
        return found

    def turned(self, system: System) -> Iterator[System]:
        """The same system with its axes the other way round, or with degrees as ddd.mmss, where nobody said which."""
        for swapped in (False, True) if self.choice.swapped is None else (self.choice.swapped,):
            for packed in (False, True) if self.choice.packed is None else (self.choice.packed,):
                if (swapped, packed) != (system.swapped, system.packed) and (not packed or self._packed(swapped)):
                    yield replace(system, swapped=swapped, packed=packed)

    def readings(self, base: pyproj.CRS | None = None) -> Iterator[System]:
        """Every system that such numbers can be in: zones near the county, degrees, web mercator, either axis first.

        ``base`` is a bound system whose datum and parameters they keep.
        """
        for swapped in (False, True) if self.choice.swapped is None else (self.choice.swapped,):
            east, north = np.median(self.sample[:, ::-1] if swapped else self.sample, axis=0)
            for system in self._systems(float(east), float(north), base):
                reading = System(system, swapped=swapped, offset=self.choice.offset)
                if not system.is_geographic:
                    yield reading
                    continue
                if self.choice.packed is not True:
                    yield reading
                if self.choice.packed is not False and self._packed(swapped):
                    yield replace(reading, packed=True)

    def _packed(self, swapped: bool) -> bool:
        return is_packed(self.sample[:, ::-1] if swapped else self.sample)

    def _systems(self, east: float, north: float, base: pyproj.CRS | None) -> Iterator[pyproj.CRS]:
        source = None if base is None else base.source_crs
        datum = "cgcs2000" if source is None else crs.datum_of(source)
        west, _, easternmost, _ = shapely.bounds(self.outline)

        def on_datum(system: pyproj.CRS) -> pyproj.CRS:
            return system if base is None else BoundCRS(system, base.target_crs, base.coordinate_operation)

        if abs(east) <= 180 and abs(north) <= 90:
            yield on_datum(crs.geographic(datum))
        if not 0 < north < 6.3e6:
            return
        if base is None and crs.ZONES.start * 3e5 < east < crs.ZONES.stop * 3.4e5:
            yield pyproj.CRS.from_epsg(crs.WEB_MERCATOR)
        zone = int(east // 1_000_000)
        if zone in crs.ZONES or zone in crs.SIX_DEGREE_ZONES:
            yield on_datum(crs.gauss_kruger(zone, prefixed=True, datum=datum))
        if 0 < east < 1_000_000:
            for near in crs.ZONES:
                if west - 6 <= 3 * near <= easternmost + 6:
                    yield on_datum(crs.gauss_kruger(near, prefixed=False, datum=datum))


def sample(source: Source) -> Coordinates:
    """Some positions of geometries spread over the first batch that has any; (0, 2) where the file has none."""
    batch = source.first()
    found = _positions(batch[1].to_numpy(zero_copy_only=False)) if batch else np.empty((0, 2))
    if len(found) or batch is None:
        return found
    for _, _, wkb in source.batches():
        found = _positions(wkb.to_numpy(zero_copy_only=False))
        if len(found):
            break
    return found


def _positions(wkb: npt.NDArray[np.object_]) -> Coordinates:
    there = np.flatnonzero(wkb != None)  # noqa: E711 - element by element
    if len(there) > SAMPLE:
        there = there[np.linspace(0, len(there) - 1, SAMPLE).astype(np.intp)]
    geometries = shapely.from_wkb(wkb[there], on_invalid="ignore")
    xy, owner = shapely.get_coordinates(geometries, return_index=True)
    _, begins, counts = np.unique(owner, return_index=True, return_counts=True)
    place = np.arange(len(xy)) - np.repeat(begins, counts)
    xy = xy[place < VERTICES]
    return xy[np.isfinite(xy).all(axis=1)]


def _apart(here: Coordinates, there: Coordinates) -> bool:
    """Whether two readings put the positions that both can place more than a metre apart."""
    both = np.isfinite(here).all(axis=1) & np.isfinite(there).all(axis=1)
    return not both.any() or float(np.max(np.abs(here[both] - there[both]))) > _SAME
