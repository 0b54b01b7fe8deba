"""The file formats that are read: the endings of their names, how their content begins, and what opens them."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from geo.text import Text


@dataclass(frozen=True)
class Format:
    """One format. ``driver`` is GDAL's name of it, ``""`` where GDAL does not read it.

    ``begins`` tells from the first bytes of a file whether it can be of the format; ``chosen_encoding`` is whether its
    text may be in another encoding than UTF-8.
    """

    name: str
    suffixes: tuple[str, ...]
    driver: str
    begins: Callable[[bytes], bool]
    chosen_encoding: bool = False


@dataclass(frozen=True)
class Reader:
    """A reader in Python, run in the child process as ``read(path, table=None, encoding=None) -> Source``.

    ``tables`` is the name of ``tables(path) -> list[str]`` in the same module, ``""`` where there is always one table,
    named like the file. It sees no setting and no database, and only the one file.
    """

    module: str
    read: str
    tables: str = ""


READERS: dict[str, Reader] = {
    ".txt": Reader("geo.ingest.boundary_text", "read_text"),
    ".csv": Reader("geo.ingest.coordinate_table", "read_table", "table_names"),
    ".xlsx": Reader("geo.ingest.coordinate_table", "read_table", "table_names"),
}
"""The readers in Python by ending, the only functions that the child process runs by name."""


def _unmarked(start: bytes) -> bytes:
    """The ASCII of a text in UTF-8 or UTF-16 without its byte order mark."""
    return re.sub(rb"^(\xef\xbb\xbf|\xff\xfe|\xfe\xff)|\0", b"", start)


def _is_json(start: bytes) -> bool:
    return _unmarked(start).lstrip(b" \t\r\n\x1e").startswith(b"{")


def _is_xml(start: bytes) -> bool:
    return _unmarked(start).lstrip(b" \t\r\n").startswith(b"<")


def _is_dxf(start: bytes) -> bool:
    return start.startswith(b"AutoCAD Binary DXF\r\n\x1a\0") or b"SECTION" in start or start.lstrip().startswith(b"999")


SHAPEFILE = Format(
    "Shapefile", (".shp",), "ESRI Shapefile", lambda start: start.startswith(b"\0\0\x27\x0a"), chosen_encoding=True
)
GEOPACKAGE = Format("GeoPackage", (".gpkg",), "GPKG", lambda start: start.startswith(b"SQLite format 3\0"))
GEOJSON = Format("GeoJSON", (".geojson", ".json"), "GeoJSON", _is_json, chosen_encoding=True)
GEOJSON_LINES = Format(
    "GeoJSON (RFC 8142)", (".geojsonl", ".geojsons", ".ndjson", ".jsonl"), "GeoJSONSeq", _is_json, chosen_encoding=True
)
GEODATABASE = Format("File Geodatabase", (".gdb",), "OpenFileGDB", lambda _: True)
KML = Format("KML", (".kml",), "LIBKML", _is_xml, chosen_encoding=True)
DXF = Format("DXF", (".dxf",), "DXF", _is_dxf, chosen_encoding=True)
FLATGEOBUF = Format("FlatGeobuf", (".fgb",), "FlatGeobuf", lambda start: start.startswith(b"fgb\x03"))
PARQUET = Format("GeoParquet", (".parquet", ".geoparquet"), "", lambda start: start.startswith(b"PAR1"))

FORMATS = (SHAPEFILE, GEOPACKAGE, GEOJSON, GEOJSON_LINES, GEODATABASE, KML, DXF, FLATGEOBUF, PARQUET)
_BY_SUFFIX = {suffix: each for each in FORMATS for suffix in each.suffixes}
ARCHIVES = (".zip", ".kmz")
"""Endings of files that hold one of the formats inside."""

ABSENT = Text(zh="文件不存在", en="there is no such file")
EMPTY = Text(zh="文件是空的", en="the file is empty")


def format_of(suffix: str) -> Format | None:
    """The format with this ending; that of a reader in Python begins as it likes."""
    if suffix in READERS:
        return Format(suffix.removeprefix(".").upper(), (suffix,), "", lambda _: True, chosen_encoding=True)
    return _BY_SUFFIX.get(suffix)


def suffixes() -> list[str]:
    """Every ending that is read."""
    return sorted({*_BY_SUFFIX, *READERS, *ARCHIVES})


def unknown(suffix: str) -> Text:
    """That a file with this ending is not read, and what is."""
    known = ", ".join(suffixes())
    return Text(zh=f"不支持 {suffix or '无扩展名'}，可读取 {known}", en=f"only {known} are read")


def not_one(what: Format) -> Text:
    """That a file is not what its ending says."""
    return Text(zh=f"不是 {what.name}", en=f"it is not a {what.name}")
