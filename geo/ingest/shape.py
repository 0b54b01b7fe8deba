"""The geometries of a batch to stored ones: readable, of the layer's kind, valid, in the county, with their area."""

# The functions of pyarrow.compute are made when it is imported.
# pyright: reportAttributeAccessIssue=false

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from geo.ingest import outline
from geo.ingest.column import Fault
from geo.ingest.outline import Limits
from geo.ingest.repair import Mender
from geo.ingest.system import System
from geo.layer import Geometry
from geo.org_unit import Geometries, Places

_KINDS = {
    Geometry.POINT: (0, 4),
    Geometry.LINE: (1, 5),
    Geometry.POLYGON: (3, 6),
}
_KIND_NAMES = {Geometry.POINT: "点 / points", Geometry.LINE: "线 / lines", Geometry.POLYGON: "面 / polygons"}


SEEN = 500
"""About how many geometries of a batch are kept to be shown."""


@dataclass(frozen=True)
class Shapes:
    """``geometries`` in lon/lat CGCS2000, None where a row has none or a faulty one.

    ``wkb`` is what is stored of them; ``area`` is m², NaN where there is none; ``township`` is the index of the
    township that covers the geometry, -1 where none does. ``seen`` are some of those that lie anywhere, also outside
    the county.
    """

    geometries: Geometries
    wkb: pa.Array
    area: npt.NDArray[np.float64]
    township: npt.NDArray[np.intp]
    faults: list[Fault]
    seen: Geometries


def shapes(
    wkb: pa.Array,
    kind: Geometry,
    system: System,
    places: Places,
    *,
    vertex_limit: int,
    limits: Limits,
    mender: Mender,
) -> Shapes:
    """Check the geometries of a batch, one WKB or None a row, in the system of the file, and mend what was asked for.

    A faulty geometry becomes None.
    """
    faults: list[Fault] = []
    written: npt.NDArray[np.object_] = wkb.to_numpy(zero_copy_only=False)
    geometries = mender.read(written, faults)
    closed = [row for row, _, code, _ in faults if code == "repaired_ring"]
    there = ~(shapely.is_missing(geometries) | shapely.is_empty(geometries))

    def refuse(bad: npt.NDArray[np.bool_], code: str, reason: str = "") -> None:
        """Take rows out of what follows."""
        for row in np.flatnonzero(bad):
            faults.append((int(row), _written(geometries[row]), code, reason))
        there[bad] = False

    for row in np.flatnonzero(~there):
        damaged = written[row] is not None and geometries[row] is None
        faults.append((int(row), "", "geometry_unreadable" if damaged else "geometry_missing", ""))
    refuse(there & ~np.isin(shapely.get_type_id(geometries), _KINDS[kind]), "geometry_type", _KIND_NAMES[kind])
    refuse(there & (shapely.get_num_coordinates(geometries) > vertex_limit), "geometry_vertices", str(vertex_limit))
    moved = not system.stored or bool(shapely.has_z(geometries).any())
    if moved:
        geometries = system.to_stored(geometries)
    refuse(there & ~np.isfinite(shapely.bounds(geometries)).all(axis=1), "geometry_unreadable")
    mended = mender.mend(geometries, there, faults)
    mended[closed] = True
    if kind is not Geometry.POINT:
        wrong = there & ~shapely.is_valid(geometries)
        for row in np.flatnonzero(wrong):
            own = None if system.stored else shapely.from_wkb(written[row], on_invalid="ignore")
            faults.append((int(row), _written(geometries[row]), "geometry_invalid", fault(geometries[row], own)))
        there &= ~wrong
    township = np.full(len(geometries), -1, np.intp)
    township[there] = places.locate(geometries[there])
    far = np.flatnonzero(there & (township < 0))
    outside = np.zeros(len(geometries), np.bool_)
    outside[far] = ~places.in_county(geometries[far])
    lying = np.flatnonzero(there)
    refuse(outside, "outside_county")
    seen = geometries[lying[:: max(1, len(lying) // SEEN)]]
    geometries[~there] = None
    fresh = there if moved else there & mended
    if fresh.any():
        written[fresh] = shapely.to_wkb(geometries[fresh])
        wkb = pa.array(written, pa.binary())
    if not there.all():
        wkb = pc.if_else(pa.array(there), wkb, None)
    area = np.full(len(geometries), np.nan)
    if kind is Geometry.POLYGON:
        area, unfit = outline.areas_and_faults(geometries, there, limits)
        faults += unfit
    return Shapes(geometries, wkb, area, township, faults, seen)


def fault(geometry: shapely.Geometry, own: shapely.Geometry | None) -> str:
    """GEOS' reason with the place of the fault in degrees, and in the file's coordinates where these are others."""
    what, _, place = str(shapely.is_valid_reason(geometry)).partition("[")
    names = {
        "Self-intersection": "自相交",
        "Ring Self-intersection": "环自相交",
        "Hole lies outside shell": "洞在外环之外",
        "Holes are nested": "洞嵌套",
        "Nested shells": "外环嵌套",
        "Interior is disconnected": "内部不连通",
        "Too few points in geometry component": "点数不足",
        "Invalid Coordinate": "坐标无效",
        "Duplicate Rings": "环重复",
    }
    zh = en = place.rstrip("]").strip()
    if own is not None and not shapely.is_valid(own):
        there = str(shapely.is_valid_reason(own)).partition("[")[2].rstrip("]").strip()
        zh, en = f"{zh}，文件坐标 {there}", f"{en}, in the file's coordinates {there}"
    return f"{names.get(what.strip(), what.strip())}（{zh}） / {what.strip()} at {en}"


def _written(geometry: shapely.Geometry | None) -> str:
    """A geometry as short text: its first position and how many there are."""
    if geometry is None or shapely.is_empty(geometry):
        return ""
    first = shapely.get_coordinates(geometry)[0]
    kind = shapely.GeometryType(shapely.get_type_id(geometry)).name.title()
    return f"{kind} {first[0]:.6f} {first[1]:.6f} ({shapely.get_num_coordinates(geometry)})"
