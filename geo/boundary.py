"""Boundaries of units: handed out as GeoJSON, and taken in from the survey's layer XZQ."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from geo.database import Connection, Database, one, rows, statement, the
from geo.errors import NotFound, ShanheError
from geo.pinyin import pattern
from geo.text import Text

CODES = ("XZQDM", "code", "乡镇代码", "行政区代码", "township_code")
NAMES = ("XZQMC", "name", "乡镇", "乡镇名称", "行政区名称", "township")
OUTSIDE = "outside"
"""How those who ask write the place outside every township; stored and summed it is ``""``."""


class BoundaryRefused(ShanheError):
    """A file cannot be taken as boundaries; nothing was written."""

    code = "boundary_refused"
    sentence = Text(zh="文件 {file} 不能作为界线导入：{reason}", en="{file} cannot be taken as boundaries: {reason}")


@dataclass(frozen=True, slots=True)
class County:
    """The county and what the map of it needs; ``bounds`` is west, south, east, north, None where nothing is drawn.

    ``townships`` is how many are drawn; ``illustrative`` says that any of them is only an illustration.
    """

    code: str
    name: Text
    bounds: tuple[float, float, float, float] | None
    illustrative: bool
    townships: int


def collection(
    connection: Connection,
    *,
    level: str | None = None,
    parent: str | None = None,
    geometry: bool = True,
    text: str | None = None,
    digits: int = 6,
) -> str:
    """A FeatureCollection of the units of a level, or of those at and below a unit; without geometry if not wanted.

    Degrees have ``digits`` decimals: six are a decimetre, five a metre. ``text`` is a name or its beginning in English,
    the beginning of a code, or pinyin initials.
    """
    initials = text and pattern(text)
    return the(
        connection,
        "boundary_collection",
        str,
        level=level,
        parent=parent,
        geometry=geometry,
        q=text or None,
        initials=initials,
        digits=digits,
    )


def county(connection: Connection, code: str) -> County | None:
    """The county with this code, else the one there is; None before places are loaded."""
    found = rows(connection, "boundary_county", county=code)
    if not found:
        return None
    row = found[0]
    bounds = (row["west"], row["south"], row["east"], row["north"])
    return County(
        code=row["code"],
        name=Text(zh=row["name_zh"], en=row["name_en"]),
        bounds=None if None in bounds else bounds,
        illustrative=row["illustrative"],
        townships=row["townships"],
    )


def level(connection: Connection, code: str) -> str:
    """The level of a unit, ``""`` for outside of all; raises :class:`NotFound`."""
    if code == "":
        return ""
    found = one(connection, "boundary_level", str, code=code)
    if found is None:
        raise NotFound(noun=Text(zh="行政区", en="unit"), key=code)
    return found


def load(database: Database, path: Path, *, table: str | None = None, declared_crs: str | None = None, by: str) -> int:
    """Take the township polygons of a file in place of those there are; returns how many townships were drawn.

    A township is known by its code (XZQDM, nine digits, or twelve ending in 000) or by its name (XZQMC); several rows
    of one township are its parts. Raises :class:`BoundaryRefused`, and the errors of :func:`geo.ingest.read.read`.
    """
    from geo.ingest.read import read
    from geo.ingest.system import Declared, settle
    from geo.org_unit import draw, places

    source = read(path, table)
    with database.session() as connection:
        there = places(connection)
        parts: dict[str, list[Any]] = {}
        for row, spellings, geometry in _rows(source, settle(source, Declared(declared_crs), there)):
            code = next((found for word in spellings if (found := there.find(word, "township"))), None)
            if code is None:
                word = spellings[0] if spellings else "?"
                raise _refused(path, f"第 {row} 行：未知的乡镇 {word}", f"row {row}: unknown township {word}")
            parts.setdefault(code, []).append(geometry)
        if not parts:
            raise _refused(path, "没有乡镇", "it holds no township")
        drawn = draw(connection, ((code, _united(those), False) for code, those in parts.items()), overwrite=True)
        report = {"table": source.table, "crs": source.crs, "rows": source.features, "changed": drawn, "problems": []}
        connection.execute(
            statement("boundary_import"),
            {"file": path.name, "sha256": source.sha256, "by": by, "report": json.dumps(report)},
        )
    return drawn


def _rows(source: Any, system: Any) -> Iterator[tuple[int, list[str], Any]]:
    """(row from 1, code and name as written, polygon in lon/lat CGCS2000) of each row; refuses what is no polygon."""
    import shapely

    path: Path = source.path
    headings = {str(field).casefold(): str(field) for field in source.fields}
    chosen = [headings[name.casefold()] for name in (*CODES, *NAMES) if name.casefold() in headings]
    if not chosen:
        raise _refused(path, f"没有 {'、'.join(CODES[:1] + NAMES[:1])} 列", f"no column {CODES[0]} or {NAMES[0]}")
    for before, columns, wkb in source.batches():
        raw: npt.NDArray[np.object_] = shapely.from_wkb(wkb.to_numpy(zero_copy_only=False), on_invalid="ignore")
        geometries = system.to_stored(raw)
        texts = [_texts(columns[heading]) for heading in chosen]
        for row, geometry in enumerate(geometries):
            place = before + row + 1
            if geometry is None or shapely.get_type_id(geometry) not in (3, 6) or shapely.is_empty(geometry):
                raise _refused(path, f"第 {place} 行没有面", f"row {place} has no polygon")
            if not shapely.is_valid(geometry):
                reason = shapely.is_valid_reason(geometry)
                raise _refused(path, f"第 {place} 行图形有误：{reason}", f"row {place} is faulty: {reason}")
            yield place, [text[row] for text in texts if text[row]], geometry


def _texts(column: pa.Array) -> list[str]:
    values: list[object] = column.to_pylist()
    return [
        "" if value is None else value.decode("gb18030", "replace") if isinstance(value, bytes) else str(value).strip()
        for value in values
    ]


def _united(parts: list[Any]) -> bytes:
    import shapely

    whole = shapely.union_all(np.array(parts, object))
    return bytes(shapely.to_wkb(whole))


def _refused(path: Path, zh: str, en: str) -> BoundaryRefused:
    return BoundaryRefused(file=path.name, reason=Text(zh=zh, en=en))
