"""A table to GeoPackage or FlatGeobuf, and the rows of a shapefile, by GDAL and batch by batch."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from geo.export.arrow import GEOMETRY, Stream, record_batch, schema
from geo.export.table import Table
from geo.layer import Geometry

_KINDS = {Geometry.POINT: "Point", Geometry.LINE: "MultiLineString", Geometry.POLYGON: "MultiPolygon"}


def write(table: Table, path: Path) -> int:
    """Write a GeoPackage 1.3 or a FlatGeobuf, as the ending of ``path`` says, and return the number of features.

    A GeoPackage says what it holds in ``gpkg_contents`` and in its table of metadata, a FlatGeobuf in its head. The
    type of geometry is left open where single and multi parts are mixed.
    """
    said = "\n".join(table.about.lines(table.language))
    title = table.about.title.in_(table.language)
    form = schema(table.columns)
    rows = (record_batch(batch, form) for batch in table.batches)
    if path.suffix == ".gpkg":
        return through_gdal(
            table, path, form, rows, driver="GPKG", dataset_options={"VERSION": "1.3"},
            layer_options={"IDENTIFIER": title, "DESCRIPTION": said},
            layer_metadata={name.en: text.in_(table.language) for name, text in table.about.statements},
        )  # fmt: skip
    # Its index holds no feature without a geometry.
    index = "YES" if table.drawn else "NO"
    options = {"SPATIAL_INDEX": index, "TITLE": title, "DESCRIPTION": said, "TEMPORARY_DIR": str(path.parent)}
    return through_gdal(table, path, form, rows, driver="FlatGeobuf", layer_options=options)


def through_gdal(
    table: Table,
    path: Path,
    form: pa.Schema,
    rows: Iterator[pa.RecordBatch],
    *,
    geometry_type: str = "",
    **options: str | Mapping[str, str],
) -> int:
    """Write ``rows`` of the form ``form`` with the named driver; raises what they raise, and pyogrio's errors."""
    import pyogrio

    stream = Stream(rows)
    kind = geometry_type or (_KINDS[table.layer.geometry] if table.layer.geometry is Geometry.POINT else "Unknown")
    code = table.system.to_epsg()
    chosen: dict[str, Any] = {"layer": table.layer.code, "geometry_name": GEOMETRY, **options}
    try:
        pyogrio.write_arrow(
            pa.RecordBatchReader.from_batches(form, iter(stream)),
            path,
            geometry_type=kind,
            crs=f"EPSG:{code}" if code else table.system.to_wkt(),
            **chosen,
        )
    except Exception:
        if stream.fault is not None:
            raise stream.fault from None
        raise
    return stream.written
