"""Parcels against layers of the database, window by window: one result for each parcel, in their order."""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import islice
from uuid import UUID

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from geo import crs
from geo.crs import Geometries
from geo.database import Connection
from geo.layer import Geometry
from geo.layers import layer as declared
from geo.layers import layers
from geo.org_unit import Places, places
from geo.overlay.block import WINDOW, Records, Wanted
from geo.overlay.distance import distance_m
from geo.overlay.ground import Ground, InDatabase
from geo.overlay.known import Known
from geo.overlay.least import NOTHING_LEFT_OUT, least
from geo.overlay.pair import Common, common
from geo.overlay.parcel import Parcel
from geo.overlay.result import Finding, Overlaid, Piece, Standing
from geo.overlay.rule import GROUPED, OWNED, reach_m, verdicts

PAUSE = 0.3
"""Seconds after which it is told again how far a run is while the database is waited for."""

_FEW = 4  # layers over which a whole window of parcels is laid at once


@dataclass(frozen=True, slots=True)
class Against:
    """What parcels are laid over: codes of layers (None: every layer) as they were listed on a day.

    ``within_m`` says for layers how far around a parcel records are named too; rules ask for some by themselves.
    ``without`` are records that are left out, such as the one whose area the parcel is.
    """

    layers: tuple[str, ...] | None
    as_of: date
    within_m: Mapping[str, float] = field(default_factory=dict[str, float])
    without: frozenset[UUID] = frozenset()

    def wanted(self) -> tuple[Wanted, ...]:
        """The layers in the order in which they are shown; raises :class:`geo.errors.NotFound` for an unknown one."""
        for code in (*(self.layers or ()), *self.within_m):
            declared(code)
        return tuple(
            Wanted(code, max(self.within_m.get(code, 0.0), reach_m(code)), GROUPED.get(code), OWNED.get(code))
            for code in layers()
            if self.layers is None or code in self.layers
        )


def overlay(
    connection: Connection,
    parcels: Iterable[Parcel],
    against: Against,
    *,
    progress: Callable[[int], None] = lambda _: None,
    shapes: bool = True,
    there: Places | None = None,
) -> Generator[Overlaid]:
    """Lay parcels, whose geometry is valid, over layers as the viewer of ``connection`` sees them.

    Yields one result for each, in their order, and takes and holds those of two windows: while one is worked on, a
    thread reads what lies around the next. Whoever leaves off before the last has to close what this gives before the
    connection goes to somebody else. ``progress`` is called with the number of parcels done, also while that stays the
    same: what it raises ends the run. Without ``shapes`` pieces have a geometry only where their amount depends on it,
    which is much faster; amounts are the same. ``there`` are the places of the database, where they are at hand.
    Raises :class:`geo.errors.NotFound` for an unknown layer.
    """
    ground = InDatabase(connection, there or places(connection))
    return overlay_on(ground, parcels, against, progress=progress, shapes=shapes)


def overlay_on(
    ground: Ground,
    parcels: Iterable[Parcel],
    against: Against,
    *,
    progress: Callable[[int], None] = lambda _: None,
    shapes: bool = True,
) -> Generator[Overlaid]:
    """Like :func:`overlay`, on the records of any ground: what comes out depends on the records alone."""
    wanted = against.wanted()
    lying = _Lying(ground, wanted, against, shapes)
    waiting, done = iter(parcels), 0
    # Of many layers fewer parcels are as much to read, and whoever else asks on the connection waits no longer.
    size = min(WINDOW, max(1, _FEW * WINDOW // max(1, len(wanted))))
    with ThreadPoolExecutor(1, "overlay") as ahead:
        window = list(islice(waiting, size))
        reading = ahead.submit(lying.around, window)
        while window:
            going = partial(progress, done)
            around = _awaited(reading, going)
            following = list(islice(waiting, size))
            if following:
                reading = ahead.submit(lying.around, following)
            yield from _window(window, around, lying, going)
            done += len(window)
            progress(done)
            window = following


def _awaited(reading: "Future[_Around]", going: Callable[[], None]) -> "_Around":
    while not wait([reading], PAUSE).done:
        going()
    return reading.result()


@dataclass(frozen=True, slots=True)
class _Around:
    """The parcels of a window and what may lie on them: the records of each layer."""

    geoms: Geometries
    area: npt.NDArray[np.float64]
    townships: list[tuple[str, ...]]
    known: Known
    records: list[Records]


@dataclass(frozen=True)
class _Lying:
    """In which townships parcels lie, and what is known of the layers there; asked for once in a run."""

    ground: Ground
    wanted: tuple[Wanted, ...]
    against: Against
    shapes: bool
    _known: dict[frozenset[str], Known] = field(default_factory=dict[frozenset[str], Known])

    def around(self, parcels: Sequence[Parcel]) -> _Around:
        """All that has to be read for some parcels."""
        geoms: Geometries = np.array([parcel.geom for parcel in parcels], object)
        townships = self.townships(geoms)
        known = self.known(frozenset(code for each in townships for code in each))
        read = self.ground.records(geoms, self.wanted, self.against.as_of)
        found = [each.without(self.against.without) for each in read]
        return _Around(geoms, crs.area_m2(geoms), townships, known, found)

    def townships(self, geoms: Geometries) -> list[tuple[str, ...]]:
        """For each parcel the codes of its townships, most of it first."""
        drawn = self.ground.places.townships
        found: list[list[tuple[float, str]]] = [[] for _ in geoms]
        if drawn:
            inside = self.ground.places.locate(geoms)
            for place in np.flatnonzero(inside >= 0).tolist():
                found[place].append((1.0, drawn[inside[place]].code))
            straddling = np.flatnonzero(inside < 0)
            shapes = np.array([unit.geom for unit in drawn], object)
            parts = common(geoms[straddling], shapes, Geometry.POLYGON, NOTHING_LEFT_OUT)
            for parcel, township, amount in zip(parts.parcel, parts.record, parts.amount, strict=True):
                found[straddling[parcel]].append((float(amount), drawn[township].code))
        return [tuple(code for _, code in sorted(each, key=lambda one: (-one[0], one[1]))) for each in found]

    def known(self, townships: frozenset[str]) -> Known:
        """What is known of the layers in some townships."""
        if townships not in self._known:
            layers = [each.layer for each in self.wanted]
            self._known[townships] = self.ground.known(layers, townships, self.against.as_of)
        return self._known[townships]

    def township(self, org_unit: str | None) -> str | None:
        """The township of a unit."""
        unit = self.ground.places.units.get(org_unit or "")
        return None if unit is None else unit.parent if unit.level == "village" else unit.code


def _window(parcels: Sequence[Parcel], around: _Around, lying: _Lying, going: Callable[[], None]) -> Iterator[Overlaid]:
    laid: list[_Laid] = []
    for each, near in zip(lying.wanted, around.records, strict=True):
        laid.append(_Laid(each, near, around.geoms, lying))
        going()
    drawn = zip(parcels, around.area.tolist(), around.townships, strict=True)
    for place, (parcel, area, townships) in enumerate(drawn):
        findings = tuple(each.finding(place, townships, around.known) for each in laid)
        yield Overlaid(parcel, area, townships, findings, verdicts(parcel, area, findings))


class _Laid:
    """One layer against the parcels of a window."""

    def __init__(self, wanted: Wanted, found: Records, parcels: Geometries, lying: _Lying) -> None:
        self._layer, self._records, self._lying = wanted.layer, found, lying
        kind = declared(wanted.layer).geometry
        self._parts: Common = common(parcels, found.geom, kind, least(wanted.layer), shapes=lying.shapes)
        self._starts = np.searchsorted(self._parts.parcel, np.arange(len(parcels) + 1)).tolist()
        self._amount: list[float] = self._parts.amount.tolist()
        self._record: list[int] = self._parts.record.tolist()
        self._near = _near(parcels, found.geom, self._parts, wanted.within_m)

    def finding(self, place: int, townships: tuple[str, ...], there: Known) -> Finding:
        """The layer against one parcel."""
        parts = self._parts
        begin, end = self._starts[place], self._starts[place + 1]
        near = tuple(self._piece(record, 0.0, distance) for distance, record in self._near.get(place, ()))
        slivers = int(parts.slivers[place])
        if begin == end:
            why = there.why_not(self._layer, townships)
            standing = Standing.NOT_CONCERNED if why is None else Standing.NO_DATA
            basis = there.basis(self._layer, townships) if why is None else None
            return Finding(self._layer, standing, slivers=slivers, near=near, why=why, basis=basis)
        pieces = sorted(
            (self._piece(self._record[row], self._amount[row], 0.0, parts.geom[row]) for row in range(begin, end)),
            key=lambda piece: (-piece.amount, piece.code),
        )
        whole = float(parts.whole[place])
        return Finding(self._layer, Standing.CONCERNED, tuple(pieces), whole, slivers, near)

    def _piece(self, record: int, amount: float, distance: float, geom: BaseGeometry | None = None) -> Piece:
        found = self._records
        return Piece(
            self._layer, found.feature(record), found.code[record], found.name[record],
            self._lying.township(found.org_unit[record]), amount, distance, geom, found.group[record],
            found.owner[record],
        )  # fmt: skip


def _near(parcels: Geometries, found: Geometries, parts: Common, within_m: float) -> dict[int, list[tuple[float, int]]]:
    """For places of parcels the (distance in m, record) of what lies beside them within the distance, nearest first."""
    if not within_m or not len(found):
        return {}
    bounds = shapely.bounds(parcels)
    latitude = np.radians(np.abs(bounds[:, [1, 3]]).max(axis=1))
    reach = within_m / (crs.METRES_PER_DEGREE * np.cos(latitude) * 0.99)
    around = shapely.box(*(bounds + np.column_stack([-reach, -reach, reach, reach])).T)
    parcel, record = shapely.STRtree(found).query(around)
    on: set[tuple[int, int]] = set(zip(parts.parcel.tolist(), parts.record.tolist(), strict=True))
    beside: npt.NDArray[np.bool_] = np.array(
        [pair not in on for pair in zip(parcel.tolist(), record.tolist(), strict=True)], np.bool_
    )
    parcel, record = parcel[beside], record[beside]
    nearest: dict[int, list[tuple[float, int]]] = {}
    metres = distance_m(parcels[parcel], found[record])
    for place, other, distance in zip(parcel.tolist(), record.tolist(), metres.tolist(), strict=True):
        if distance <= within_m:
            nearest.setdefault(place, []).append((distance, other))
    for each in nearest.values():
        each.sort()
    return nearest
