"""The townships of a county to invented sites and plots that lie inside them."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import shapely
from numpy.random import Generator
from numpy.typing import NDArray
from shapely import Polygon

from geo.crs import area_m2
from geo.errors import NotFound
from geo.settings import SHIPPED

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Geometries = NDArray[np.object_]

METRES_NORTH = 110_860.0
"""Length of a degree of latitude, near enough to place things by."""


@dataclass(frozen=True)
class Village:
    """A village; ``seat`` is an invented lon/lat inside its township."""

    code: str
    name: str
    seat: tuple[float, float]


@dataclass(frozen=True)
class Township:
    """A township with its drawn boundary and its villages; ``seat`` is lon/lat."""

    code: str
    name: str
    seat: tuple[float, float]
    polygon: Polygon
    villages: tuple[Village, ...]


@dataclass(frozen=True)
class Sites:
    """Places for features: lon/lat and the indices of the township and of the village in it."""

    xy: Floats
    town: Indices
    village: Indices

    def __len__(self) -> int:
        return len(self.town)

    def take(self, index: Indices) -> "Sites":
        """The sites at these places of the list."""
        return Sites(self.xy[index], self.town[index], self.village[index])

    @property
    def points(self) -> Geometries:
        """The sites as points."""
        return np.asarray(shapely.points(self.xy), dtype=object)


@dataclass(frozen=True)
class Ground:
    """All townships of a county."""

    county: str
    county_name: str
    towns: tuple[Township, ...]

    @property
    def metres_east(self) -> float:
        """Length of a degree of longitude in the middle of the county."""
        middle = float(np.mean([town.seat[1] for town in self.towns]))
        return 111_320 * math.cos(math.radians(middle))

    def named(self, town: str) -> int:
        """The index of a township by name; 0 where the county has none of that name."""
        return next((index for index, each in enumerate(self.towns) if each.name == town), 0)

    def village_named(self, town: str, village: str) -> tuple[int, int]:
        """The indices of a township and a village by their short names; the first ones where there are none."""
        place = self.named(town)
        names = [each.name for each in self.towns[place].villages]
        return place, names.index(village) if village in names else 0

    def village_of(self, sites: Sites, index: int) -> Village:
        """The village of one site."""
        return self.towns[sites.town[index]].villages[sites.village[index]]

    def sites(
        self,
        random: Generator,
        count: int,
        spacing: float,
        *,
        towns: dict[int, float] | None = None,
        near: float = 1500,
        named: Sequence[tuple[int, int]] = (),
    ) -> Sites:
        """``count`` different sites that lie ``spacing`` metres apart and half of that inside their township.

        ``towns`` weighs the townships (all by the number of their villages unless given); sites crowd within ``near``
        metres of village seats. The first sites lie in the villages ``named`` (indices of township and village).
        """
        cells = self._cells(random, spacing)
        shares = towns if towns is not None else {i: len(t.villages) + 2.0 for i, t in enumerate(self.towns)}
        distance = self._distance(cells)
        weight = np.exp(-((distance / near) ** 2)) + 0.01
        each = np.bincount(cells.town, weight, len(self.towns))
        share = np.array([shares.get(index, 0.0) for index in range(len(self.towns))])
        weight *= (share / np.where(each > 0, each, 1))[cells.town]
        first: list[int] = []
        for town, village in named:
            here = np.flatnonzero((cells.town == town) & (cells.village == village))
            first.append(next(int(cell) for cell in here[np.argsort(distance[here])] if int(cell) not in first))
        weight[first] = 0
        others = random.choice(len(cells), count - len(first), replace=False, p=weight / weight.sum())
        return cells.take(np.concatenate((np.array(first, np.intp), others)))

    def _cells(self, random: Generator, spacing: float) -> Sites:
        """A shaken hexagonal lattice over the county, without what lies near a township's border."""
        dx, dy = spacing / self.metres_east, spacing * math.sqrt(3) / 2 / METRES_NORTH
        bounds = shapely.total_bounds([town.polygon for town in self.towns])
        shift = random.uniform(0, 1, 2)
        columns = np.arange(bounds[0] - dx, bounds[2] + dx, dx)
        lines = np.arange(bounds[1] - dy, bounds[3] + dy, dy)
        x, y = np.meshgrid(columns + shift[0] * dx, lines + shift[1] * dy)
        x[1::2] += dx / 2
        xy = np.column_stack((x.ravel(), y.ravel()))
        angle, far = random.uniform(0, 2 * math.pi, len(xy)), random.uniform(0, 0.08 * spacing, len(xy))
        xy += np.column_stack((far * np.cos(angle) / self.metres_east, far * np.sin(angle) / METRES_NORTH))
        margin = 0.6 * spacing / min(self.metres_east, METRES_NORTH)
        town = np.full(len(xy), -1)
        for index, each in enumerate(self.towns):
            town[shapely.contains_xy(each.polygon.buffer(-margin), xy)] = index
        xy, town = xy[town >= 0], town[town >= 0]
        village = np.zeros(len(xy), np.intp)
        for index, each in enumerate(self.towns):
            seats = np.array([place.seat for place in each.villages])
            village[town == index] = np.argmin(self._metres(xy[town == index], seats), axis=1)
        return Sites(xy, town.astype(np.intp), village)

    def _distance(self, sites: Sites) -> Floats:
        """Metres from each site to the seat of its village."""
        distance = np.empty(len(sites))
        for index, town in enumerate(self.towns):
            here = sites.town == index
            seats = np.array([village.seat for village in town.villages])[sites.village[here]]
            away = sites.xy[here] - seats
            distance[here] = np.hypot(away[:, 0] * self.metres_east, away[:, 1] * METRES_NORTH)
        return distance

    def _metres(self, xy: Floats, seats: Floats) -> Floats:
        east = (xy[:, None, 0] - seats[None, :, 0]) * self.metres_east
        north = (xy[:, None, 1] - seats[None, :, 1]) * METRES_NORTH
        return np.hypot(east, north)

    def plots(self, random: Generator, xy: Floats, areas: Floats, corners: int = 11) -> Geometries:
        """A plot around each position whose ellipsoidal area is the one wanted, in m², to a thousandth of a m².

        No plot reaches farther from its position than the root of its area, so plots on sites that are 2.4 such
        roots apart do not overlap.
        """
        count = len(areas)
        step = 2 * math.pi / corners
        turn = step * (np.arange(corners) + random.uniform(-0.3, 0.3, (count, corners)))
        reach = random.uniform(0.8, 1.2, (count, corners))
        for _ in range(corners // 10):  # many corners make a bay, not a saw
            reach = (np.roll(reach, 1, axis=1) + reach + np.roll(reach, -1, axis=1)) / 3
        long = np.sqrt(random.uniform(1, 1.7, (count, 1)))
        east, north = reach * np.cos(turn) * long, reach * np.sin(turn) / long
        bearing = random.uniform(0, math.pi, (count, 1))
        east, north = east * np.cos(bearing) - north * np.sin(bearing), east * np.sin(bearing) + north * np.cos(bearing)
        shape = np.stack((east / self.metres_east, north / METRES_NORTH), axis=2)
        size = np.sqrt(areas / math.pi)
        for _ in range(4):
            size *= np.sqrt(areas / area_m2(_rings(xy, shape, size)))
        return _rings(xy, shape, size)


def _rings(xy: Floats, shape: Floats, size: Floats) -> Geometries:
    return np.asarray(shapely.polygons(xy[:, None, :] + shape * size[:, None, None]), dtype=object)


@cache
def ground(county: str) -> Ground:
    """The ground of a county whose places are shipped; raises :class:`geo.errors.NotFound`."""
    folder = SHIPPED / county
    if not (folder / "townships.geojson").is_file():
        raise NotFound(noun="county", key=county)
    places: dict[str, Any] = json.loads((folder / "places.json").read_text("utf-8"))
    drawn: dict[str, Any] = json.loads((folder / "townships.geojson").read_text("utf-8"))
    polygons: dict[str, Any] = {
        f["properties"]["code"]: shapely.from_geojson(json.dumps(f["geometry"])) for f in drawn["features"]
    }
    random = np.random.default_rng(int(county))
    towns: list[Township] = []
    for town in places["townships"]:
        polygon = polygons[town["code"]]
        seats = _village_seats(random, polygon, town["sketch"]["seat"], len(town["villages"]))
        villages = [Village(v["code"], v["short_name"], s) for v, s in zip(town["villages"], seats, strict=True)]
        towns.append(Township(town["code"], town["name"], tuple(town["sketch"]["seat"]), polygon, tuple(villages)))
    return Ground(county, places["county"]["name"], tuple(towns))


def _village_seats(
    random: Generator, polygon: Polygon, seat: tuple[float, float], count: int
) -> list[tuple[float, float]]:
    """Invented places of villages: the first at the seat, the others each the farthest of some random ones."""
    west, south, east, north = polygon.bounds
    xy = random.uniform((west, south), (east, north), (4000, 2))
    xy = xy[shapely.contains_xy(polygon.buffer(-0.008), xy)]
    chosen = [np.asarray(seat)]
    for _ in range(count - 1):
        some = xy[random.integers(0, len(xy), 25)]
        nearest = np.min([np.hypot(*(some - other).T) for other in chosen], axis=0)
        chosen.append(some[np.argmax(nearest)])
    return [(float(x), float(y)) for x, y in chosen]
