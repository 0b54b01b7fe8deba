"""Results to a GeoPackage as they come: the parcels, and the pieces that lie on them by kind of geometry."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import shapely

from geo.layer import Geometry
from geo.layers import layer as declared
from geo.overlay.result import Overlaid, Piece

BATCH = 10_000
"""Rows that are kept before they are written."""

_GEOMETRY = ("geometry", pa.binary())
_PARCEL = pa.schema([
    ("parcel", pa.string()), ("name", pa.string()), ("drawn_m2", pa.float64()), ("registered_m2", pa.float64()),
    ("townships", pa.string()), ("level", pa.string()), ("rules", pa.string()), _GEOMETRY,
])  # fmt: skip
_PIECE = pa.schema([
    ("parcel", pa.string()), ("layer", pa.string()), ("feature", pa.string()), ("code", pa.string()),
    ("name", pa.string()), ("township", pa.string()), ("class", pa.string()), ("owner", pa.string()),
    ("amount", pa.float64()), ("share", pa.float64()), ("level", pa.string()), ("rules", pa.string()), _GEOMETRY,
])  # fmt: skip
_KINDS = {Geometry.POLYGON: "MultiPolygon", Geometry.LINE: "MultiLineString", Geometry.POINT: "MultiPoint"}


def write(path: Path, overlaid: Iterable[Overlaid]) -> int:
    """Write results as they come to a new GeoPackage 1.3 in EPSG:4490, and return how many pieces there are.

    Tables: ``parcel``, and ``piece_polygon``, ``piece_line`` and ``piece_point`` with the part of a record that lies on
    a parcel; ``amount`` is in m², m or points, ``level`` the most that a rule says because of the record.
    """
    path.unlink(missing_ok=True)
    tables = {"parcel": _Table(path, "parcel", _PARCEL, "MultiPolygon")}
    for kind, name in _KINDS.items():
        tables[kind.value] = _Table(path, f"piece_{kind.value}", _PIECE, name)
    written = 0
    for each in overlaid:
        tables["parcel"].add(_parcel(each))
        for finding in each.findings:
            for piece in finding.pieces:
                tables[declared(piece.layer).geometry.value].add(_piece(each, piece))
                written += 1
    for table in tables.values():
        table.flush(last=True)
    return written


def _parcel(overlaid: Overlaid) -> dict[str, Any]:
    parcel = overlaid.parcel
    return {
        "parcel": parcel.number, "name": parcel.name, "drawn_m2": overlaid.area_m2,
        "registered_m2": parcel.registered_area_m2, "townships": " ".join(overlaid.townships),
        "level": overlaid.level, "rules": " ".join(verdict.rule for verdict in overlaid.verdicts),
        "geometry": parcel.geom,
    }  # fmt: skip


def _piece(overlaid: Overlaid, piece: Piece) -> dict[str, Any]:
    against = [verdict for verdict in overlaid.verdicts if piece.feature in verdict.features]
    area = declared(piece.layer).geometry is Geometry.POLYGON
    return {
        "parcel": overlaid.parcel.number, "layer": piece.layer, "feature": str(piece.feature), "code": piece.code,
        "name": piece.name, "township": piece.township, "class": piece.group, "owner": piece.owner,
        "amount": piece.amount, "share": piece.amount / overlaid.area_m2 if area else None,
        "level": against[0].level if against else None, "rules": " ".join(verdict.rule for verdict in against),
        "geometry": piece.geom,
    }  # fmt: skip


class _Table:
    """One table of a GeoPackage, filled batch by batch."""

    def __init__(self, path: Path, name: str, form: pa.Schema, kind: str) -> None:
        self._path, self._name, self._form, self._kind = path, name, form, kind
        self._waiting: list[dict[str, Any]] = []
        self._begun = False

    def add(self, row: dict[str, Any]) -> None:
        self._waiting.append(row)
        if len(self._waiting) >= BATCH:
            self.flush()

    def flush(self, *, last: bool = False) -> None:
        """Write what waits; a table of which nothing came is made all the same."""
        if not self._waiting and (self._begun or not last):
            return
        import pyogrio

        names = [name for name in self._form.names if name != "geometry"]
        columns = [pa.array([row[name] for row in self._waiting], self._form.field(name).type) for name in names]
        geoms = [shapely.to_wkb(_multi(row["geometry"])) for row in self._waiting]
        table = pa.table([*columns, pa.array(geoms, pa.binary())], schema=self._form)
        options: dict[str, Any] = {} if self._path.exists() else {"dataset_options": {"VERSION": "1.3"}}
        pyogrio.write_arrow(
            table, self._path, layer=self._name, driver="GPKG", geometry_name="geometry", geometry_type=self._kind,
            crs="EPSG:4490", append=self._begun, **options,
        )  # fmt: skip
        self._waiting, self._begun = [], True


def _multi(geom: Any) -> Any:
    """A geometry of one part as one of several, so that a table holds one type."""
    make = {0: shapely.multipoints, 1: shapely.multilinestrings, 3: shapely.multipolygons}.get(
        shapely.get_type_id(geom)
    )
    return geom if make is None else make([geom])
