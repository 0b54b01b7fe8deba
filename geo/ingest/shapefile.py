"""The parts of a shapefile against each other: what their headers say must be there; GDAL fills gaps silently."""

from pathlib import Path

import numpy as np

from geo.errors import FileUnreadable
from geo.text import Text

_HEAD = 100
_KINDS = {0, 1, 3, 5, 8, 11, 13, 15, 18, 21, 23, 25, 28, 31}  # types of shape
_CHUNK = 1 << 20


def check(upload: Path, path: Path) -> None:
    """Refuse a shapefile whose .shp, .shx or .dbf is shorter than it says or points outside; raises FileUnreadable.

    Source: ESRI Shapefile Technical Description, July 1998; lengths and offsets are in 16-bit words.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if int.from_bytes(head[32:36], "little") not in _KINDS:
        raise FileUnreadable(file=upload.name, reason=Text(zh=".shp 的图形类型无效", en="the .shp has no valid type"))
    _check_length(upload, ".shp", int.from_bytes(head[24:28], "big") * 2, size)
    index = path.with_suffix(".shx")
    count = _check_index(upload, index, size) if index.is_file() else None
    table = path.with_suffix(".dbf")
    if table.is_file():
        rows = _check_table(upload, table)
        if count is not None and rows != count:
            reason = Text(
                zh=f".shx 有 {count} 个图形，.dbf 有 {rows} 行", en=f"{count} shapes but {rows} rows in the .dbf"
            )
            raise FileUnreadable(file=upload.name, reason=reason)


def _check_index(upload: Path, index: Path, size: int) -> int:
    """The number of shapes; every one must lie within the .shp of ``size`` bytes."""
    with index.open("rb") as file:
        head = file.read(_HEAD)
        _check_length(upload, ".shx", int.from_bytes(head[24:28], "big") * 2, index.stat().st_size)
        count = 0
        while chunk := file.read(8 * _CHUNK):
            entries = np.frombuffer(chunk[: len(chunk) // 8 * 8], ">i4").reshape(-1, 2).astype(np.int64)
            offset, length = entries[:, 0] * 2, entries[:, 1] * 2
            wrong = (offset != 0) & ((offset < _HEAD) | (length < 0) | (offset + 8 + length > size))
            if wrong.any():
                row = count + int(np.argmax(wrong)) + 1
                reason = Text(zh=f".shx 第 {row} 行指向 .shp 之外", en=f"row {row} of the .shx points outside the .shp")
                raise FileUnreadable(file=upload.name, reason=reason)
            count += len(entries)
    return count


def _check_table(upload: Path, table: Path) -> int:
    """The number of rows of a .dbf, which must hold as many bytes as that takes."""
    size = table.stat().st_size
    with table.open("rb") as file:
        head = file.read(32).ljust(32, b"\0")
        rows, start, length = (int.from_bytes(head[a:b], "little") for a, b in ((4, 8), (8, 10), (10, 12)))
        fields = file.read(max(0, start - 32))
    width = 1 + sum(
        fields[place + 16] for place in range(0, len(fields) // 32 * 32, 32) if fields[place] not in (0x0D, 0)
    )
    if length < width or start < 33:
        reason = Text(zh=".dbf 的文件头自相矛盾", en="the header of the .dbf contradicts itself")
        raise FileUnreadable(file=upload.name, reason=reason)
    _check_length(upload, ".dbf", start + rows * length, size)
    return rows


def _check_length(upload: Path, part: str, stated: int, size: int) -> None:
    if size < stated:
        reason = Text(
            zh=f"{part} 不完整，只有 {size} 字节，应有 {stated}", en=f"the {part} was cut off: {size} of {stated} bytes"
        )
        raise FileUnreadable(file=upload.name, reason=reason)
