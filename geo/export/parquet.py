"""A table to GeoParquet 1.1: a row group for each batch, and the ``geo`` metadata that says what the WKB is."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa

from geo.export.arrow import record_batch, schema
from geo.export.table import Table
from geo.layer import Geometry

GEOMETRY = "geometry"


def write(table: Table, path: Path) -> int:
    """Write the file and return the number of features; WKB in x, y order whatever the order of the system's axes.

    Metadata: https://geoparquet.org/releases/v1.1.0/. What the export is stands under the key ``shanhe``.
    """
    from pyarrow import parquet

    form = schema(table.columns)
    column: dict[str, Any] = {
        "encoding": "WKB", "geometry_types": _KINDS[table.layer.geometry], "crs": table.system.to_json_dict()
    }  # fmt: skip
    geo = {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}
    about = {name.en: said.in_(table.language) for name, said in table.about.statements}
    said = {"geo": json.dumps(geo), "shanhe": json.dumps(about, ensure_ascii=False)}
    named = pa.schema([*list(form)[:-1], pa.field(GEOMETRY, pa.binary())], metadata=said)
    written = 0
    with parquet.ParquetWriter(path, named, compression="zstd") as writer:
        for batch in table.batches:
            arrays = record_batch(batch, form).columns
            writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=named))
            written += len(batch)
    return written


_KINDS = {
    Geometry.POINT: ["Point", "MultiPoint"],
    Geometry.LINE: ["LineString", "MultiLineString"],
    Geometry.POLYGON: ["Polygon", "MultiPolygon"],
}
