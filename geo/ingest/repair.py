"""Faulty geometries to mended ones, where the user asked for it; what was done to which row is always told."""

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import shapely

from geo import crs
from geo.errors import BadValue
from geo.ingest.column import Fault
from geo.org_unit import Geometries
from geo.text import Text

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Repair:
    """What may be mended: ``snap_m`` is the distance in metres within which vertices become one, None for never."""

    valid: bool = False
    close_rings: bool = False
    repeated_points: bool = False
    snap_m: float | None = None

    @classmethod
    def of(cls, words: str) -> "Repair":
        """The repairs that ``valid,close,repeated,snap=0.05`` names; raises :class:`BadValue`."""
        asked = [word.strip() for word in words.split(",") if word.strip()]
        snap: float | None = None
        for word in asked:
            name, _, distance = word.partition("=")
            if name == "snap":
                snap = _distance(distance)
            elif word not in {"valid", "close", "repeated"}:
                reason = Text(zh="可用 valid、close、repeated、snap=米", en="use valid, close, repeated, snap=METRES")
                raise BadValue(name="repair", value=word, reason=reason)
        return cls("valid" in asked, "close" in asked, "repeated" in asked, snap)


NO_REPAIR = Repair()


def _distance(written: str) -> float:
    try:
        metres = float(written)
    except ValueError:
        metres = math.nan
    if not 0 < metres <= 10:
        reason = Text(zh="应大于 0、不超过 10 米", en="more than 0 and at most 10 metres")
        raise BadValue(name="snap", value=written, reason=reason)
    return metres


@dataclass
class Mender:
    """Mends the batches of one file; it remembers the vertices that earlier batches were snapped to."""

    repair: Repair
    _anchors: npt.NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 2)))

    def read(self, wkb: npt.NDArray[np.object_], faults: list[Fault]) -> Geometries:
        """Geometries of the file, None where GEOS takes none; open rings are closed where that was asked for."""
        geometries: Geometries = shapely.from_wkb(wkb, on_invalid="ignore")
        if self.repair.close_rings:
            lost = np.flatnonzero(
                shapely.is_missing(geometries) & np.array([each is not None for each in wkb], np.bool_)
            )
            mended: Geometries = shapely.from_wkb(wkb[lost], on_invalid="fix")
            for row, geometry in zip(lost, mended, strict=True):
                if geometry is not None:
                    geometries[row] = geometry
                    count = shapely.get_num_coordinates(geometry)
                    said = f"闭合后 {count} 个顶点 / {count} vertices once closed"
                    faults.append((int(row), "", "repaired_ring", said))
        return geometries

    def mend(self, geometries: Geometries, there: Bools, faults: list[Fault]) -> Bools:
        """Mend stored geometries in place where ``there``; returns which were changed."""
        changed = np.zeros(len(geometries), np.bool_)
        if self.repair.snap_m is not None:
            changed |= self._snap(geometries, there, self.repair.snap_m, faults)
        if self.repair.repeated_points:
            changed |= _without_repeated(geometries, there, faults)
        if self.repair.valid:
            changed |= _made_valid(geometries, there, faults)
        return changed

    def _snap(self, geometries: Geometries, there: Bools, metres: float, faults: list[Fault]) -> Bools:
        """Move every vertex onto the earliest vertex of the file within the distance, if there is one."""
        rows = np.flatnonzero(there)
        coordinates, owner = shapely.get_coordinates(geometries[rows], return_index=True)
        changed = np.zeros(len(geometries), np.bool_)
        if not len(coordinates):
            return changed
        known = len(self._anchors)
        points, inverse = _distinct(np.concatenate([self._anchors, coordinates]))
        target = _anchored(points, metres)
        self._anchors = points[target == np.arange(len(points))]
        place = inverse[known:]
        moved = target[place] != place
        if not moved.any():
            return changed
        count = np.bincount(owner[moved], minlength=len(rows))
        touched = np.flatnonzero(count)
        before = geometries[rows[touched]]
        after = shapely.set_coordinates(geometries[rows].copy(), points[target[place]])[touched]
        old, new = crs.area_m2(before), crs.area_m2(after)
        for place_, row in enumerate(rows[touched]):
            n = int(count[touched[place_]])
            zh = f"{n} 个顶点移到 {metres:g} 米内先出现的顶点上，面积 {old[place_]:.2f} → {new[place_]:.2f} 平方米"
            en = f"{n} moved onto an earlier vertex within {metres:g} m, area {old[place_]:.2f} → {new[place_]:.2f} m²"
            faults.append((int(row), "", "repaired_snap", f"{zh} / {en}"))
        geometries[rows[touched]] = after
        changed[rows[touched]] = True
        return changed


def _distinct(points: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.intp]]:
    """Different points in the order in which they first occur, and for each point its place among them."""
    _, first, inverse = np.unique(points, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return points[first[order]], rank[inverse.ravel()]


def _anchored(points: npt.NDArray[np.float64], metres: float) -> npt.NDArray[np.intp]:
    """For each point (degrees) the first one within the distance that does not move itself, else itself."""
    flat = points * (crs.METRES_PER_DEGREE * np.cos(np.radians(points[:, 1].mean())), crs.METRES_PER_DEGREE)
    marks: Geometries = np.asarray(shapely.points(flat), dtype=object)
    left, right = shapely.STRtree(marks).query(marks, predicate="dwithin", distance=metres)
    later = left > right
    pairs = np.column_stack([left[later], right[later]])
    target = np.arange(len(points))
    for point, earlier in pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))].tolist():
        if target[point] == point and target[earlier] == earlier:
            target[point] = earlier
    return target


def _without_repeated(geometries: Geometries, there: Bools, faults: list[Fault]) -> Bools:
    single = shapely.remove_repeated_points(geometries, 0)
    fewer = shapely.get_num_coordinates(geometries) - shapely.get_num_coordinates(single)
    changed = there & (fewer > 0)
    for row in np.flatnonzero(changed):
        said = f"{fewer[row]} 个，面积不变 / {fewer[row]}, the area is the same"
        faults.append((int(row), "", "repaired_points", said))
        geometries[row] = single[row]
    return changed


def _made_valid(geometries: Geometries, there: Bools, faults: list[Fault]) -> Bools:
    """Polygons are made of what :func:`shapely.make_valid` leaves of area; lines and points it leaves are dropped."""
    changed = there & ~shapely.is_valid(geometries) & np.isin(shapely.get_type_id(geometries), (3, 6))
    for row in np.flatnonzero(changed):
        whole = geometries[row]
        mended = _polygons(shapely.make_valid(whole, method="structure", keep_collapsed=False))
        if mended is None:
            changed[row] = False
            continue
        old, new = crs.area_m2(np.array([whole, mended], object))
        zh = f"原因 {shapely.is_valid_reason(whole)}，面积 {old:.2f} → {new:.2f} 平方米"
        en = f"{shapely.is_valid_reason(whole)}, area {old:.2f} → {new:.2f} m²"
        faults.append((int(row), "", "repaired_valid", f"{zh} / {en}"))
        geometries[row] = mended
    return changed


def _polygons(geometry: shapely.Geometry) -> shapely.Geometry | None:
    """The polygons of a geometry of any kind, None where it has none."""
    parts: list[shapely.Geometry] = shapely.get_parts(shapely.get_parts([geometry])).tolist()
    polygons = [part for part in parts if isinstance(part, shapely.Polygon) and not part.is_empty]
    return shapely.MultiPolygon(polygons) if len(polygons) > 1 else next(iter(polygons), None)
