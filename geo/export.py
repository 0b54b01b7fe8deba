"""A layer to a file that the importer reads back unchanged: its headings, codes spelled out, dated milestones."""

import csv
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from geo.crs import STORED
from geo.database import Database, statement
from geo.errors import BadValue, ShanheError
from geo.feature import counts
from geo.layer import Geometry, Layer, is_private, label_of
from geo.text import Text
from geo.vocabulary import code_list

ENDINGS = (".gpkg", ".geojson", ".csv")
_BATCH = 10_000
_STORED_COLUMNS = ("code", "name", "township", "village", "registered_area_m2", "starts_on", "due_on")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


class FileUnwritable(ShanheError):
    """A file cannot be written."""

    code = "file_unwritable"
    sentence = Text(zh="无法写入文件 {file}：{reason}", en="Cannot write {file}: {reason}")


def export(
    database: Database,
    layer: Layer,
    path: Path,
    progress: Callable[[int, int], None] = lambda done, whole: None,
) -> int:
    """Write the features of a layer and return how many there are; the ending of ``path`` says in which format.

    Coordinates are lon/lat CGCS2000 (EPSG:4490). Personal columns are never written. In CSV, which is for reading and
    not for importing, points are two columns and other geometries WKT, and what a spreadsheet would take for a formula
    is quoted. A file at ``path`` is replaced when the new one is whole. ``progress`` is called with (features written,
    features of the layer). Raises :class:`BadValue` for another ending and
    :class:`FileUnwritable`.
    """
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        reason = Text(zh=f"可用 {'、'.join(ENDINGS)}", en=f"use {', '.join(ENDINGS)}")
        raise BadValue(name="output", value=path.name, reason=reason)
    partial = path.with_name(f".{path.stem}.partial{ending}")
    try:
        with database.session() as connection, connection.cursor("export") as cursor:
            cursor.itersize = _BATCH
            cursor.execute(statement("feature_export"), {"layer": layer.code})
            names = [column.name for column in cursor.description or ()]
            whole = counts(connection).get(layer.code, 0)
            records = _told((dict(zip(names, row, strict=True)) for row in cursor), whole, progress)
            written = _csv(layer, partial, records) if ending == ".csv" else _ogr(layer, partial, records, ending)
        partial.replace(path)
    except (OSError, RuntimeError) as error:  # those of pyogrio are RuntimeErrors
        reason = str(error).replace(str(partial), path.name).splitlines()[0]
        raise FileUnwritable(file=path.name, reason=reason) from None
    finally:
        with suppress(FileNotFoundError):
            partial.unlink()
    return written


def _told(
    records: Iterator[dict[str, Any]], whole: int, progress: Callable[[int, int], None]
) -> Iterator[dict[str, Any]]:
    """The records as they come, with word of each batch of them."""
    for done, record in enumerate(records):
        if done % _BATCH == 0:
            progress(done, whole)
        yield record
    progress(whole, whole)


def _schema(layer: Layer) -> pa.Schema:
    from geo.ingest.column import Reader

    fields: list[pa.Field] = [
        pa.field(label_of(info).zh, pa.string() if code_list(info) else Reader.of(info).arrow)
        for info in layer.columns.values()
        if not is_private(info)
    ]
    fields += [pa.field(milestone.label.zh, pa.date32()) for milestone in layer.milestones]
    return pa.schema([*fields, pa.field("geom", pa.binary())])


def _cells(layer: Layer, record: dict[str, Any]) -> list[Any]:
    """The values of one feature in the order of the schema, without its geometry."""
    cells: list[Any] = []
    for name, info in layer.columns.items():
        if is_private(info):
            continue
        value: Any = record[name] if name in _STORED_COLUMNS else record["attributes"].get(name)
        listed = code_list(info)
        if listed is not None and value is not None:
            value = next((entry.label.zh for entry in listed.codes if entry.code == value), value)
        cells.append(value)
    reached: dict[str, str] = record["milestones"] or {}
    cells += [
        date.fromisoformat(reached[milestone.code]) if milestone.code in reached else None
        for milestone in layer.milestones
    ]
    return cells


def _ogr(layer: Layer, path: Path, records: Iterator[dict[str, Any]], ending: str) -> int:
    import pyogrio

    schema = _schema(layer)
    written = 0

    def batches() -> Iterator[pa.RecordBatch]:
        nonlocal written
        waiting: list[list[Any]] = []
        for record in records:
            waiting.append([*_cells(layer, record), record["geom"]])
            if len(waiting) == _BATCH:
                written += len(waiting)
                yield _batch(schema, waiting)
                waiting = []
        written += len(waiting)
        yield _batch(schema, waiting)

    # Seventeen digits are what a coordinate needs to come back as the same number.
    options: dict[str, Any] = (
        {"driver": "GPKG", "dataset_options": {"VERSION": "1.3"}}
        if ending == ".gpkg"
        else {"driver": "GeoJSON", "layer_options": {"COORDINATE_PRECISION": "17", "SIGNIFICANT_FIGURES": "17"}}
    )
    kinds = {Geometry.POINT: "Point", Geometry.LINE: "MultiLineString", Geometry.POLYGON: "MultiPolygon"}
    path.unlink(missing_ok=True)
    pyogrio.write_arrow(
        pa.RecordBatchReader.from_batches(schema, batches()),
        path,
        layer=layer.code,
        geometry_name="geom",
        geometry_type=kinds[layer.geometry] if layer.geometry is Geometry.POINT else "Unknown",
        crs=f"EPSG:{STORED}",
        **options,
    )
    return written


def _batch(schema: pa.Schema, rows: list[list[Any]]) -> pa.RecordBatch:
    columns = list(zip(*rows, strict=True)) if rows else [() for _ in schema]
    arrays = [pa.array(_fitting(values, field.type), field.type) for values, field in zip(columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _fitting(values: tuple[Any, ...], kind: pa.DataType) -> list[Any]:
    """Values of attributes, which JSON keeps, as the type of their column."""
    if pa.types.is_date(kind):
        return [date.fromisoformat(value) if isinstance(value, str) else value for value in values]
    if pa.types.is_string(kind):
        return [value if value is None or isinstance(value, str) else json.dumps(value) for value in values]
    return list(values)


def _csv(layer: Layer, path: Path, records: Iterator[dict[str, Any]]) -> int:
    import shapely

    point = layer.geometry is Geometry.POINT
    headings = [field.name for field in _schema(layer)][:-1]
    written = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*headings, *(("经度", "纬度") if point else ("图形",))])
        for record in records:
            geometry: Any = shapely.from_wkb(record["geom"])
            place: list[object] = [None, None] if point else [None]
            if geometry is not None:
                centre: Any = geometry if geometry.geom_type == "Point" else geometry.centroid
                place = [centre.x, centre.y] if point else [shapely.to_wkt(geometry, rounding_precision=7)]
            writer.writerow([*(_safe(value) for value in _cells(layer, record)), *place])
            written += 1
    return written


def _safe(value: object) -> object:
    """Text that a spreadsheet would compute, with a quote before it."""
    if isinstance(value, bool):
        return "是" if value else "否"
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
