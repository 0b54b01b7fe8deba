"""A survey file on disk to Arrow batches of attributes and WKB, opened by an allow-listed driver only."""

import codecs
import hashlib
import os
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa

from geo.errors import FileUnreadable
from geo.ingest.source import BATCH, Batch, Source
from geo.text import Text

DRIVERS = {
    ".gpkg": "GPKG",
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".shp": "ESRI Shapefile",
    ".zip": "ESRI Shapefile",
}
_MEMBERS = {".shp", ".shx", ".dbf", ".prj", ".cpg", ".qix", ".sbn", ".sbx", ".xml"}
_EXPANSION = 100  # a zipped shapefile shrinks at most about this much; more is a bomb


def tables(path: Path) -> list[str]:
    """The tables that a file holds; raises :class:`FileUnreadable`."""
    address = _address(path)
    import pyogrio

    try:
        return [str(name) for name in pyogrio.list_layers(address)[:, 0]]
    except Exception as error:
        raise _unreadable(path, _reason(error, address)) from None


def read(path: Path, table: str | None = None) -> Source:
    """Open one table of a GeoPackage, GeoJSON or (zipped) shapefile.

    ``table`` may be left out where there is only one. Raises :class:`FileUnreadable`.
    """
    found = tables(path)
    if not found:
        raise _unreadable(path, "没有图层 / it holds no table")
    if table is None and len(found) > 1:
        raise _unreadable(path, f"有多个图层，请指定其一 / it holds several tables, name one: {', '.join(found)}")
    if table is not None and table not in found:
        raise _unreadable(path, f"没有图层 {table} / no table {table}; {', '.join(found)}")
    chosen = table or found[0]
    address = _address(path)
    import pyogrio

    encoding = _encoding(path)
    try:
        info: dict[str, Any] = pyogrio.read_info(
            address, layer=chosen, encoding=_gdal_encoding(encoding), force_feature_count=True
        )
    except Exception as error:
        raise _unreadable(path, _reason(error, address)) from None
    if DRIVERS[path.suffix.lower()] == "GeoJSON":
        _check_utf8(path)
    fields = tuple(_heading(str(name), encoding) for name in info["fields"])
    return Source(
        path=path,
        table=chosen,
        crs=info["crs"],
        fields=fields,
        features=int(info["features"]),
        encoding=encoding,
        sha256=_sha256(path),
        opened=lambda: _batches(path, address, chosen, fields, encoding),
    )


def _batches(path: Path, address: str, table: str, fields: tuple[str, ...], encoding: str) -> Iterator[Batch]:
    """The columns of the file by heading, and its WKB; text comes as ``binary`` where the encoding is mixed."""
    import pyogrio

    try:
        with pyogrio.open_arrow(
            address, layer=table, batch_size=BATCH, use_pyarrow=True, encoding=_gdal_encoding(encoding)
        ) as (meta, reader):
            geometry: str | None = meta["geometry_name"] or None
            for batch in reader:
                if geometry is None and "wkb_geometry" in batch.schema.names:
                    geometry = "wkb_geometry"
                columns = {
                    _heading(name, encoding): _flat(batch.column(name))
                    for name in batch.schema.names
                    if name != geometry
                }
                wkb = _flat(batch.column(geometry)) if geometry else pa.nulls(batch.num_rows, pa.binary())
                yield {name: _decode(column, encoding) for name, column in columns.items() if name in fields}, wkb
    except FileUnreadable:
        raise
    except Exception as error:
        raise _unreadable(path, _reason(error, address)) from None


def _address(path: Path) -> str:
    """The name under which GDAL opens the file; refuses what is not what its ending says."""
    if not path.is_file():
        raise _unreadable(path, "文件不存在 / there is no such file")
    suffix = path.suffix.lower()
    if suffix not in DRIVERS:
        raise _unreadable(path, f"不支持 {suffix or '无扩展名'} / only {', '.join(sorted(DRIVERS))} are read")
    if path.stat().st_size == 0:
        raise _unreadable(path, "文件是空的 / the file is empty")
    os.environ["GDAL_SKIP"] = _other_drivers()
    os.environ.setdefault("OGR_GEOJSON_MAX_OBJ_SIZE", "0")
    with path.open("rb") as file:
        start = file.read(512)
    if suffix == ".gpkg" and not start.startswith(b"SQLite format 3\0"):
        raise _unreadable(path, "不是 GeoPackage / it is not a GeoPackage")
    if suffix in {".json", ".geojson"} and not start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        raise _unreadable(path, "不是 GeoJSON / it is not GeoJSON")
    if suffix == ".shp":
        _check_shape(path, start, path.stat().st_size)
    return str(path.resolve()) if suffix != ".zip" else _zipped(path)


def _zipped(path: Path) -> str:
    """The /vsizip address of the folder that holds the shapefiles of a zip."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if archive.testzip() is not None:
                raise _unreadable(path, "压缩包已损坏 / the archive is damaged")
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError):
        raise _unreadable(path, "压缩包已损坏或加密 / the archive is damaged or locked") from None
    shapes = [member for member in members if PurePosixPath(member.filename).suffix.lower() == ".shp"]
    if not shapes:
        raise _unreadable(path, "压缩包里没有 .shp / there is no .shp in the archive")
    for member in members:
        name = PurePosixPath(member.filename)
        if name.is_absolute() or ".." in name.parts:
            raise _unreadable(path, f"压缩包内路径不安全 / unsafe path in the archive: {member.filename}")
        if member.file_size > _EXPANSION * max(member.compress_size, 1024):
            raise _unreadable(path, f"压缩比异常 / suspicious compression: {member.filename}")
        if name.suffix.lower() == ".shp":
            with zipfile.ZipFile(path) as archive, archive.open(member) as file:
                _check_shape(path, file.read(100), member.file_size)
    folder = PurePosixPath(shapes[0].filename).parent
    base = f"/vsizip/{{{path.resolve()}}}"
    return f"{base}/{shapes[0].filename}" if len(shapes) == 1 else f"{base}/{folder}".rstrip("/.")


def _check_shape(path: Path, start: bytes, size: int) -> None:
    """A .shp says how long it is; GDAL reads one that was cut off as if the missing rows had no geometry."""
    if not start.startswith(b"\0\0\x27\x0a"):
        raise _unreadable(path, "不是 shapefile / it is not a shapefile")
    stated = int.from_bytes(start[24:28], "big") * 2
    if size < stated:
        raise _unreadable(
            path, f"文件不完整，只有 {size} 字节，应有 {stated} / it was cut off: {size} of {stated} bytes"
        )


def _other_drivers() -> str:
    """Drivers that follow addresses found inside a file, or answer for the endings read here; GDAL never loads them."""
    return ",".join((
        "VRT", "OGR_VRT", "WMS", "WFS", "WCS", "WMTS", "OAPIF", "HTTP", "PLSCENES", "CSW", "Elasticsearch", "GML",
        "ESRIJSON", "TopoJSON", "GeoJSONSeq", "STACTA", "STACIT",
    ))  # fmt: skip


def _encoding(path: Path) -> str:
    """What the text of a shapefile is written in: UTF-8, GB18030, or both; UTF-8 for all other formats.

    The .cpg and the language byte of real files are often wrong or missing, so the text itself decides: it is UTF-8
    where every value decodes as such, else GB18030. Values in UTF-8 among others that cannot be are a mixture.
    """
    if DRIVERS[path.suffix.lower()] != "ESRI Shapefile":
        return "UTF-8"
    count = Counter(written_in(value) for value in _dbf_values(path) if not value.isascii())
    if set(count) <= {"UTF-8"}:
        return "UTF-8"
    return "GB18030" if count["UTF-8"] <= count["GB18030"] / 50 and not count[None] else "mixed"


def written_in(value: bytes) -> str | None:
    """The encoding one value decodes in, or None."""
    for encoding in ("UTF-8", "GB18030"):
        try:
            value.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return None


def _dbf_values(path: Path) -> Iterator[bytes]:
    """The raw character values of a shapefile's table, the first 100 000 of them."""
    if path.suffix.lower() == ".zip":
        with zipfile.ZipFile(path) as archive:
            names = [n for n in archive.namelist() if n.lower().endswith(".dbf")]
            data = archive.read(names[0]) if names else b""
    else:
        table = next((p for p in path.parent.glob(f"{path.stem}.*") if p.suffix.lower() == ".dbf"), None)
        data = table.read_bytes() if table else b""
    if len(data) < 32:
        return
    start, length = int.from_bytes(data[8:10], "little"), int.from_bytes(data[10:12], "little")
    fields: list[tuple[int, int]] = []
    offset = 1
    for place in range(32, start - 1, 32):
        if data[place : place + 1] in (b"\r", b""):
            break
        size = data[place + 16]
        if data[place + 11 : place + 12] == b"C":
            fields.append((offset, size))
        offset += size
    for record in range(start, min(len(data), start + 100_000 * max(length, 1)), max(length, 1)):
        for begin, size in fields:
            yield data[record + begin : record + begin + size].strip(b" \0")


def _gdal_encoding(encoding: str) -> str:
    """Latin-1 keeps every byte, so that mixed text can be decoded value by value."""
    return "ISO-8859-1" if encoding == "mixed" else encoding


def _heading(name: str, encoding: str) -> str:
    """A heading of a file of mixed encoding in the one it decodes in."""
    raw = name.encode("latin-1") if encoding == "mixed" else b""
    return raw.decode(written_in(raw) or "latin-1") if raw else name


def _decode(column: pa.Array, encoding: str) -> pa.Array:
    if encoding != "mixed" or not pa.types.is_string(column.type):
        return column
    return pa.array([None if v is None else v.encode("latin-1") for v in column.to_pylist()], pa.binary())


def _flat(column: pa.Array) -> pa.Array:
    """A column without extension or view types."""
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    if pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type):
        return column.cast(pa.string())
    if pa.types.is_large_binary(column.type):
        return column.cast(pa.binary())
    return column


def _check_utf8(path: Path) -> None:
    """GeoJSON is UTF-8; GDAL replaces what is not without a word, so it is looked at first."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    done = 0
    with path.open("rb") as file:
        try:
            while chunk := file.read(1 << 20):
                decoder.decode(chunk)
                done += len(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            place = done + error.start + 1
            raise _unreadable(path, f"第 {place} 字节不是 UTF-8 / byte {place} is not UTF-8") from None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _reason(error: Exception, address: str) -> str:
    """GDAL's own words without the address."""
    words = re.sub(r"\s+", " ", str(error)).replace(address, "").strip(" ':;")
    return words[:300] or type(error).__name__


def _unreadable(path: Path, reason: str) -> FileUnreadable:
    """The error with a reason written ``中文 / English``, or as GDAL said it."""
    zh, _, en = reason.partition(" / ")
    return FileUnreadable(file=path.name, reason=Text(zh=zh, en=en or zh))
