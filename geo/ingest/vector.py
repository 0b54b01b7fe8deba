"""A data file to its tables through GDAL with the one driver of its format; runs in the child process only."""

# The functions of pyarrow.compute are made when it is imported.
# pyright: reportAttributeAccessIssue=false

import mmap
import os
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.errors import FileUnreadable
from geo.ingest import encoding, shapefile
from geo.ingest import format as formats
from geo.ingest.archive import Part
from geo.ingest.plain_text import written_in
from geo.ingest.source import BATCH, Batch, Source
from geo.text import Text

_CONFIG = {
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "DXF_CLOSED_LINE_AS_POLYGON": "TRUE",
    "GDAL_HTTP_MAX_RETRY": "0",
    "GDAL_HTTP_TIMEOUT": "1",
    "GDAL_PAM_ENABLED": "NO",
    "LIBKML_LAUNDER_FIELD_NAMES": "NO",
    "OGR_ARROW_MEM_LIMIT": str(64 << 20),
    "OGR_GEOJSON_MAX_OBJ_SIZE": "200",
    "OGR_SQLITE_LOAD_EXTENSIONS": "",
    "PROJ_NETWORK": "OFF",
}
"""What is set in GDAL: no address is followed, and one feature of GeoJSON may take 200 MB while it is read."""

_OF_OTHERS = {"layer_styles", "qgis_projects"}  # tables that QGIS keeps of its own
_HOW_TO_DRAW = {"tessellate", "extrude", "visibility", "drawOrder", "icon", "altitudeMode"}  # of KML, not of the data
_OF_ELEMENTS = {
    "id": rb"<(?:\w+:)?Placemark\s[^>]*?\bid\s*=", "timestamp": rb"<(?:\w+:)?when\b", "begin": rb"<(?:\w+:)?begin\b",
    "end": rb"<(?:\w+:)?end\b", "description": rb"<(?:\w+:)?description\b",
}  # fmt: skip
"""Columns that GDAL gives to every table of KML, and what a document that fills them holds."""

_AS_IT_IS, _LATIN = "UTF-8", "ISO-8859-1"
_CURVES = (8, 9, 10, 11, 12, 13, 14)  # types of ISO 19125 that are no straight lines


@dataclass(frozen=True)
class Prepared:
    """A data file that GDAL can open as it is: what it is, where, what its text is in, and what was assumed so far."""

    part: Part
    path: Path
    told: encoding.Encoding
    notes: tuple[Text, ...] = ()


def prepare(part: Part, path: Path, upload: Path, chosen: str | None) -> Prepared:
    """Look at the parts and the text of a data file before GDAL does, which fills gaps without a word.

    ``chosen`` is the encoding of the text where the user states one. Raises :class:`FileUnreadable`.
    """
    if chosen and not part.format.chosen_encoding and encoding.known(chosen) != "UTF-8":
        name = part.format.name
        reason = Text(zh=f"{name} 的文字总是 UTF-8", en=f"the text of a {name} is always in UTF-8")
        raise FileUnreadable(file=upload.name, reason=reason)
    if part.format is formats.SHAPEFILE:
        return _shapefile(part, path, upload, chosen)
    if part.format is formats.DXF:
        return _drawing(part, path, upload, chosen)
    if not part.format.chosen_encoding:
        return Prepared(part, path, encoding.Encoding("UTF-8"))
    path, told = _in_utf8(path, upload, chosen)
    return Prepared(part, path, told, (told.note,) if told.note else ())


def tables(file: Prepared) -> list[str]:
    """The names of the tables of a data file."""
    if file.part.format is formats.SHAPEFILE:
        return [file.part.stem]
    pyogrio = _pyogrio(file.part.format.driver)
    return [str(name) for name in pyogrio.list_layers(str(file.path))[:, 0] if str(name) not in _OF_OTHERS]


def read(file: Prepared, upload: Path, table: str) -> Source:
    """One table of a data file."""
    part, path, told = file.part, file.path, file.told.name
    pyogrio = _pyogrio(part.format.driver)
    layer = path.stem if part.format is formats.SHAPEFILE else table
    kept = _bytes_kept(part, path)
    options: dict[str, Any] = {"layer": layer, "encoding": kept}
    if part.format is formats.GEOPACKAGE:
        options["IMMUTABLE"] = "YES"
    info: dict[str, Any] = pyogrio.read_info(str(path), force_feature_count=True, **options)
    columns = [str(name) for name in info["fields"]]
    if part.format is formats.KML:
        left = _HOW_TO_DRAW | _not_there(path)
        columns = [name for name in columns if name not in left]
    return Source(
        path=upload,
        table=table,
        crs=info["crs"],
        fields=tuple(_heading(name, told, kept) for name in columns),
        features=int(info["features"]),
        encoding=told,
        sha256="",
        opened=lambda: _batches(pyogrio, path, options | {"columns": columns}, told),
        notes=file.notes,
    )


def _not_there(path: Path) -> set[str]:
    """The columns of ``_OF_ELEMENTS`` that nothing in a document fills."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
        return {name for name, element in _OF_ELEMENTS.items() if not re.search(element, text)}


def _batches(pyogrio: Any, path: Path, options: dict[str, Any], told: str) -> Iterator[Batch]:
    """The columns of the file by heading, and its WKB; text comes as ``binary`` where the encoding is mixed."""
    done, kept = 0, options["encoding"]
    with pyogrio.open_arrow(str(path), batch_size=BATCH, use_pyarrow=True, **options) as (meta, reader):
        geometry: str | None = meta["geometry_name"] or None
        for batch in reader:
            if geometry is None and "wkb_geometry" in batch.schema.names:
                geometry = "wkb_geometry"
            wkb = _flat(batch.column(geometry)) if geometry else pa.nulls(batch.num_rows, pa.binary())
            columns = {
                _heading(name, told, kept): _decode(_flat(batch.column(name)), told, kept)
                for name in options["columns"]
                if name in batch.schema.names
            }
            yield columns, _straight(pyogrio, path, options, done, wkb)
            done += batch.num_rows


def _straight(pyogrio: Any, path: Path, options: dict[str, Any], done: int, wkb: pa.Array) -> pa.Array:
    """Arcs as the lines that GDAL makes of them: no reader of geometries here knows arcs."""
    starts = pc.binary_slice(wkb, 0, 5)
    curved = pc.is_in(starts, pa.array(_CURVE_STARTS, pa.binary()))
    if not pc.any(curved).as_py():
        return wkb
    chosen = {name: value for name, value in options.items() if name != "columns"}
    made: Any = import_module("pyogrio.raw").read(
        str(path), columns=[], skip_features=done, max_features=len(wkb), **chosen
    )[2]
    return pa.array(made, pa.binary())


_CURVE_STARTS = [
    order + struct.pack(sign, kind + dimension)
    for order, sign in ((b"\1", "<I"), (b"\0", ">I"))
    for kind in _CURVES
    for dimension in (0, 1000, 2000, 3000)
]


def _pyogrio(driver: str) -> Any:
    """GDAL with this driver and no other."""
    os.environ.update(_CONFIG)
    import pyogrio
    from pyogrio.core import _register_drivers  # pyright: ignore[reportPrivateUsage]

    others = {str(name) for name in pyogrio.list_drivers()} - {driver}
    if others:  # GDAL drops what GDAL_SKIP names whenever drivers are registered
        os.environ["GDAL_SKIP"] = ",".join(sorted(others))
        _register_drivers()
    if set(pyogrio.list_drivers()) != {driver}:
        raise RuntimeError(f"GDAL has no driver {driver} that can be had alone")
    return pyogrio


def _shapefile(part: Part, path: Path, upload: Path, chosen: str | None) -> Prepared:
    shapefile.check(upload, path)
    told = encoding.of_table(upload, _beside(path, ".dbf"), _declared(path), chosen)
    notes = (told.note,) if told.note else ()
    if not path.with_suffix(".shx").is_file():
        os.environ["SHAPE_RESTORE_SHX"] = "YES"
        notes += (Text(zh="缺少 .shx，已重建", en="The .shx is missing and was made anew"),)
    return Prepared(part, path, told, notes)


def _drawing(part: Part, path: Path, upload: Path, chosen: str | None) -> Prepared:
    """A drawing is in UTF-8 from 2007 on and in the code page of its author before, whatever its header says."""
    notes = (Text(zh="闭合线已作为面读取", en="Closed lines were read as polygons"),)
    try:
        told = encoding.of_text(upload, path, chosen)
    except FileUnreadable:
        if chosen:
            raise
        return Prepared(part, path, encoding.Encoding("UTF-8"), notes)
    os.environ["DXF_ENCODING"] = told.name
    return Prepared(part, path, told, notes + ((told.note,) if told.note else ()))


def _in_utf8(path: Path, upload: Path, chosen: str | None) -> tuple[Path, encoding.Encoding]:
    """GDAL replaces without a word what is not UTF-8, so text is looked at first and copied where it has to be."""
    declared = chosen
    if path.suffix == ".kml":
        declared = _xml_encoding(path, upload, chosen)
    told = encoding.of_text(upload, path, declared)
    copied = encoding.in_utf8(path, told.name, path.with_name(f"{path.stem}.utf8{path.suffix}"))
    if copied != path and path.suffix == ".kml":
        text = copied.read_bytes()
        copied.write_bytes(re.sub(rb"(?s)^(\xef\xbb\xbf)?\s*<\?xml.*?\?>", b"", text, count=1))
    return copied, told


def _xml_encoding(path: Path, upload: Path, chosen: str | None) -> str | None:
    """The encoding that XML declares; refuses a document type: data has none, and entities come with one."""
    with path.open("rb") as file:
        start = file.read(1 << 16).replace(b"\0", b"")
    prolog = re.sub(rb"(?s)<!--.*?-->|<\?.*?\?>", b"", start)
    if not re.match(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*<[A-Za-z]", prolog):
        reason = Text(zh="XML 带有文档类型或实体声明", en="the XML declares a document type or entities")
        raise FileUnreadable(file=upload.name, reason=reason)
    declared = re.search(rb"<\?xml[^>]*encoding=[\"']([\w.-]+)", start)
    name = declared[1].decode() if declared else ""
    return chosen or (encoding.known(name) if encoding.known(name) != "UTF-8" and name.lower() != "utf-16" else None)


def _beside(path: Path, ending: str) -> Path | None:
    found = path.with_suffix(ending)
    return found if found.is_file() else None


def _declared(path: Path) -> str:
    """What the .cpg says; GDAL is not to see it, it is told the encoding."""
    page = path.with_suffix(".cpg")
    if not page.is_file():
        return ""
    with page.open("rb") as file:
        return file.read(64).decode("latin-1")


def _bytes_kept(part: Part, path: Path) -> str | None:
    """What GDAL is told of a shapefile's text: converting it value by value takes it longer than reading.

    UTF-8 it hands on as it is. Where headings are not ASCII that would break them, so there it is Latin-1, which keeps
    every byte too.
    """
    if part.format is not formats.SHAPEFILE:
        return None
    table = _beside(path, ".dbf")
    return _AS_IT_IS if table is None or encoding.headings_are_ascii(table) else _LATIN


def _heading(name: str, told: str, kept: str | None) -> str:
    """A heading in the encoding of the text; in a file of mixed encoding in the one it decodes in."""
    if kept != _LATIN or name.isascii():
        return name
    raw = name.encode("latin-1")
    return raw.decode((written_in(raw) or "GB18030") if told == encoding.MIXED else told, "ignore")


def _decode(column: pa.Array, told: str, kept: str | None) -> pa.Array:
    """Text that GDAL handed on as bytes, a column at a time; mixed text as ``binary``."""
    if kept is None or not pa.types.is_string(column.type):
        return column
    raw = column.view(pa.binary())
    data = raw.buffers()[2]
    if data is None or not (np.frombuffer(data, np.uint8) >= 0x80).any():
        return raw if told == encoding.MIXED else column
    if told == "UTF-8" and kept == _AS_IT_IS:
        return column
    values: list[bytes | None] = raw.to_pylist()
    if kept == _LATIN:
        values = [None if value is None else value.decode().encode("latin-1") for value in values]
    if told == encoding.MIXED:
        return pa.array(values, pa.binary())
    words = b"\n".join(value or b"" for value in values).decode(told).split("\n")
    if len(words) != len(values):  # a value has a line end of its own
        words = [(value or b"").decode(told) for value in values]
    return pa.array(words, pa.string(), mask=np.asarray(raw.is_null()))


def _flat(column: pa.Array) -> pa.Array:
    """A column without extension or view types."""
    return column.storage if isinstance(column, pa.ExtensionArray) else column


def words(error: Exception, path: Path | None) -> str:
    """GDAL's own words without the address."""
    said = re.sub(r"\s+", " ", str(error)).replace(str(path), "").strip(" ':;")
    return said[:300] or type(error).__name__
