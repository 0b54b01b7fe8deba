"""A GeoParquet file to its one table; runs in the child process only.

Source: GeoParquet 1.1.0, https://geoparquet.org/releases/v1.1.0/
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from geo.errors import FileUnreadable
from geo.ingest.source import Batch, Source
from geo.text import Text

_ROWS = 16_384  # a batch is decoded whole, however wide its rows are


def read(path: Path, upload: Path, table: str) -> Source:
    """The table of a Parquet file, with geometry where its ``geo`` metadata names a WKB column.

    Raises :class:`FileUnreadable` for other encodings of geometry.
    """
    import pyarrow.parquet as pq

    file: Any = pq.ParquetFile(path, memory_map=False)
    schema: pa.Schema = file.schema_arrow
    stated = json.loads((schema.metadata or {}).get(b"geo", b"{}"))
    name = str(stated.get("primary_column", "")) if stated else ""
    column: dict[str, Any] = stated.get("columns", {}).get(name, {}) if stated else {}
    if name and (name not in schema.names or column.get("encoding") != "WKB"):
        written = str(column.get("encoding"))[:40]
        reason = Text(zh=f"图形编码 {written} 不支持，请用 WKB", en=f"geometry encoded as {written}; only WKB is read")
        raise FileUnreadable(file=upload.name, reason=reason)
    nested = [field.name for field in schema if field.name != name and pa.types.is_nested(field.type)]
    others = [*nested, *(other for other in stated.get("columns", {}) if other != name)] if stated else nested
    columns = [field.name for field in schema if field.name != name and field.name not in others]
    left = [other for other in others if other != "bbox"]
    note = Text(zh=f"未读取嵌套列：{'、'.join(left)}", en=f"Nested columns were left out: {', '.join(left)}")
    return Source(
        path=upload,
        table=table,
        crs=_crs(column) if name else None,
        fields=tuple(columns),
        features=int(file.metadata.num_rows),
        encoding="UTF-8",
        sha256="",
        opened=lambda: _batches(file, columns, name),
        notes=(note,) if left else (),
    )


def _batches(file: Any, columns: list[str], geometry: str) -> Iterator[Batch]:
    wanted = [*columns, geometry] if geometry else columns
    for batch in file.iter_batches(_ROWS, columns=wanted, use_threads=False):
        wkb = batch.column(geometry) if geometry else pa.nulls(batch.num_rows, pa.binary())
        storage = wkb.storage if isinstance(wkb, pa.ExtensionArray) else wkb
        yield {name: batch.column(name) for name in columns}, storage


def _crs(column: dict[str, Any]) -> str | None:
    """WKT or authority code; a column that says nothing is in OGC:CRS84, one that says null in none that is known."""
    if "crs" not in column:
        return "EPSG:4326"
    if column["crs"] is None:
        return None
    import pyproj

    system = pyproj.CRS.from_json_dict(column["crs"])
    authority = column["crs"].get("id", {})
    if (authority.get("authority"), authority.get("code")) == ("OGC", "CRS84"):
        return "EPSG:4326"
    code = system.to_epsg()
    return f"EPSG:{code}" if code else system.to_wkt()
