"""Parcels and what was found of them as GeoParquet in parts, neighbours in one part."""

import json
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pyarrow as pa
import shapely

from geo.crs import Geometries
from geo.errors import FileUnreadable
from geo.overlay.parcel import Parcel
from geo.overlay.result import Overlaid, Piece, Problem
from geo.text import Text

SYSTEM = "EPSG:4490"
GEOMETRY = "geometry"
_ROW_GROUP = 2_048  # records that are read together, if the box of any is asked for

_PARCEL = pa.schema([
    ("place", pa.int64()), ("number", pa.string()), ("name", pa.string()), ("registered_area_m2", pa.float64()),
    ("kind", pa.string()), ("source_row", pa.int64()), ("attributes", pa.string()),
])  # fmt: skip
_TOTAL = pa.schema([
    ("place", pa.int64()), ("parcel", pa.string()), ("name", pa.string()), ("drawn_m2", pa.float64()),
    ("registered_m2", pa.float64()), ("townships", pa.string()), ("level", pa.string()), ("rules", pa.string()),
])  # fmt: skip
_FINDING = pa.schema([
    ("place", pa.int64()), ("parcel", pa.string()), ("layer", pa.string()), ("standing", pa.string()),
    ("amount", pa.float64()), ("records", pa.int64()), ("slivers", pa.int64()), ("why_zh", pa.string()),
    ("why_en", pa.string()),
])  # fmt: skip
_PIECE = pa.schema([
    ("place", pa.int64()), ("parcel", pa.string()), ("layer", pa.string()), ("feature", pa.string()),
    ("code", pa.string()), ("name", pa.string()), ("township", pa.string()), ("class", pa.string()),
    ("owner", pa.string()), ("amount", pa.float64()), ("distance_m", pa.float64()), ("level", pa.string()),
    ("rules", pa.string()),
])  # fmt: skip
_PROBLEM = pa.schema([
    ("parcel", pa.string()), ("code", pa.string()), ("refused", pa.bool_()), ("zh", pa.string()), ("en", pa.string()),
])  # fmt: skip

TABLES = ("total", "finding", "piece", "problem")
"""The folders of a result: a row for each parcel, for each parcel and layer, for each piece, for each problem."""


def write(
    path: Path, columns: Mapping[str, Sequence[Any]], geom: Geometries | None, form: pa.Schema | None = None
) -> None:
    """Write columns and geometries in EPSG:4490 as one GeoParquet 1.1 file with a box for each row.

    Without geometries it is a plain Parquet file. The file is whole or not there at all, however often it is written
    and by how many at once.
    """
    from pyarrow import parquet

    table = pa.table(dict(columns), schema=form)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        if geom is None:
            parquet.write_table(table, partial, compression="zstd")
        else:
            _frame(table, geom).to_parquet(
                partial, index=False, compression="zstd", schema_version="1.1.0", write_covering_bbox=True,
                row_group_size=_ROW_GROUP,
            )  # fmt: skip
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def read(path: Path, box: tuple[float, ...] | None = None) -> dict[str, Sequence[Any]]:
    """The columns of a file that :func:`write` wrote, of the rows whose boxes meet ``box`` where one is given.

    Raises :class:`geo.errors.FileUnreadable`.
    """
    from pyarrow import compute, parquet

    filters: Any = None
    if box is not None:
        west, south, east, north = (pa.scalar(each) for each in box)
        corner = [compute.field("bbox", name) for name in ("xmin", "ymin", "xmax", "ymax")]
        filters = (corner[0] <= east) & (corner[1] <= north) & (corner[2] >= west) & (corner[3] >= south)
    with damage_told(path):
        table = parquet.ParquetFile(path).read() if filters is None else parquet.read_table(path, filters=filters)
    found: dict[str, Sequence[Any]] = {
        name: table[name].to_pylist() for name in table.column_names if name not in (GEOMETRY, "bbox")
    }
    if GEOMETRY in table.column_names:
        found[GEOMETRY] = shapely.from_wkb(table[GEOMETRY].to_numpy())  # pyright: ignore[reportArgumentType]
    return found


def box_of(path: Path) -> list[float]:
    """The box of all that lies in a GeoParquet file, as its metadata states it; raises like :func:`read`."""
    from pyarrow import parquet

    with damage_told(path):
        about: dict[str, Any] = json.loads((parquet.read_metadata(path).metadata or {})[b"geo"])
        return about["columns"]["geometry"]["bbox"]


@contextmanager
def damage_told(path: Path) -> Generator[None]:
    """What cannot be read, or lacks something, is a :class:`geo.errors.FileUnreadable` by the name of its file."""
    try:
        yield
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise FileUnreadable(file=path.name, reason=Text(zh="文件已损坏", en="it is damaged")) from error


def frame_of(parcels: Sequence[Parcel]) -> Any:
    """Parcels as a GeoDataFrame in EPSG:4490; ``place`` is where each stands among them."""

    rows = [
        (place, each.number, each.name, each.registered_area_m2, each.kind, each.source_row,
         json.dumps(each.attributes, ensure_ascii=False, default=str))
        for place, each in enumerate(parcels)
    ]  # fmt: skip
    columns = {name: [row[at] for row in rows] for at, name in enumerate(_PARCEL.names)}
    geoms: Geometries = np.empty(len(rows), object)
    geoms[:] = [parcel.geom for parcel in parcels]
    return _frame(pa.table(columns, schema=_PARCEL), geoms)


def typed(frame: Any) -> Any:
    """A GeoDataFrame with the columns that parcels have, in their types: what is lacking is empty, all else dropped."""
    columns: dict[str, Any] = {}
    for field in _PARCEL:
        lacking = field.name not in frame.columns
        values = pa.nulls(len(frame)) if lacking else pa.Array.from_pandas(frame[field.name])
        columns[field.name] = values.cast(field.type)
    return _frame(pa.table(columns, schema=_PARCEL), frame.geometry.to_numpy())


def _frame(table: pa.Table, geoms: Geometries) -> Any:
    import geopandas

    return geopandas.GeoDataFrame(table.to_pandas(types_mapper=_typed), geometry=geoms, crs=SYSTEM)


def parcels_of(frame: Any) -> Iterator[tuple[int, Parcel]]:
    """The parcels of such a GeoDataFrame with their places."""
    table = pa.Table.from_pandas(frame.drop(columns=frame.geometry.name), preserve_index=False)
    geoms = frame.geometry.to_numpy()
    for row, geom in zip(table.to_pylist(), geoms, strict=True):
        yield row["place"], Parcel(
            str(row["number"]), geom, row.get("name"), row.get("registered_area_m2"), row.get("kind"),
            row.get("source_row"), json.loads(row.get("attributes") or "{}"),
        )  # fmt: skip


def write_part(folder: Path, part: int, overlaid: Iterable[tuple[int, Overlaid]], problems: Iterable[Problem]) -> int:
    """Write what was found of the parcels of one part, with their places, to ``<table>/part-NNNNNN.parquet``.

    Returns the number of pieces.
    """
    total: list[tuple[Any, ...]] = []
    finding: list[tuple[Any, ...]] = []
    piece: list[tuple[Any, ...]] = []
    for place, each in overlaid:
        total.append(_total(place, each))
        for found in each.findings:
            why = found.why
            finding.append((
                place, each.parcel.number, found.layer, str(found.standing), found.amount, len(found.pieces),
                found.slivers, why.zh if why else None, why.en if why else None,
            ))  # fmt: skip
            piece += (_piece(place, each, one) for one in (*found.pieces, *found.near))
    problem = [(each.parcel, each.code, each.refused, each.sentence.zh, each.sentence.en) for each in problems]
    for name, form, rows, drawn in (
        ("total", _TOTAL, total, True), ("finding", _FINDING, finding, False), ("piece", _PIECE, piece, True),
        ("problem", _PROBLEM, problem, False),
    ):  # fmt: skip
        columns = {field: [row[at] for row in rows] for at, field in enumerate(form.names)}
        geom: Geometries | None = np.array([row[-1] for row in rows] + [None], object)[:-1] if drawn else None
        write(folder / name / f"part-{part:06d}.parquet", columns, geom, form)
    return len(piece)


def _total(place: int, overlaid: Overlaid) -> tuple[Any, ...]:
    parcel = overlaid.parcel
    return (
        place, parcel.number, parcel.name, overlaid.area_m2, parcel.registered_area_m2, " ".join(overlaid.townships),
        None if overlaid.level is None else str(overlaid.level),
        " ".join(verdict.rule for verdict in overlaid.verdicts), parcel.geom,
    )  # fmt: skip


def _piece(place: int, overlaid: Overlaid, piece: Piece) -> tuple[Any, ...]:
    against = [verdict for verdict in overlaid.verdicts if piece.feature in verdict.features]
    return (
        place, overlaid.parcel.number, piece.layer, str(piece.feature), piece.code, piece.name, piece.township,
        piece.group, piece.owner, piece.amount, piece.distance_m, str(against[0].level) if against else None,
        " ".join(verdict.rule for verdict in against), piece.geom,
    )  # fmt: skip


def _typed(kind: pa.DataType) -> Any:
    """Columns stay what they are in Arrow: a missing number is none, not a fraction."""
    import pandas

    return pandas.ArrowDtype(kind)
