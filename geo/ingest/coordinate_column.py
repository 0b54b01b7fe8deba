"""The columns of a table to positions: which hold coordinates, by heading or by value, and which way round."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import shapely

from geo import crs
from geo.crs import Geometries
from geo.ingest.degree import degrees, pair
from geo.ingest.heading_row import Table
from geo.text import Text

_FEW = 20  # rows that are named
_TRIED = 200  # rows whose values are looked at to find columns
_PLACE = r"(中心|中心点|拐点|界址点|位置|地理|平面|大地|2000|cgcs2000)*"
_LON = re.compile(rf"经度|东经|^{_PLACE}(lon|lng|long|longitude|jd)(deg|dd)?$")
_LAT = re.compile(rf"纬度|北纬|^{_PLACE}(lat|latitude|wd)(deg|dd)?$")
_EAST = re.compile(r"东坐标|横坐标|^(easting|east|e)$")
_NORTH = re.compile(r"北坐标|纵坐标|^(northing|north|n)$")
_X = re.compile(rf"^{_PLACE}(坐标)?x(坐标|轴|值|zb|coord|coordinate)?(m|米)?$|^(point|center|centroid)x$")
_Y = re.compile(rf"^{_PLACE}(坐标)?y(坐标|轴|值|zb|coord|coordinate)?(m|米)?$|^(point|center|centroid)y$")
_BOTH = re.compile(
    r"经纬度|坐标|^(wkt|the)?geom(etry)?$|^(wkt|coordinates?|location|shape)$|^(lat|lng|lon)(lat|lng|lon)$"
)
_SYSTEM = re.compile(r"^(坐标系统?|空间参考|crs|epsg|srid)$")
_WKT = re.compile(r"\s*(SRID=(\d+);)?\s*((MULTI)?(POINT|LINESTRING|POLYGON)|GEOMETRYCOLLECTION)\s*(Z|M|ZM)?\s*\(", re.I)

Position = tuple[float, float, bool]
"""Easting or longitude, northing or latitude, and whether it was written in degrees, minutes and seconds."""


@dataclass(frozen=True)
class Found:
    """A geometry or None for each row, the system that the table states, what was assumed, and the columns read."""

    geometries: Geometries
    crs: str | None
    notes: tuple[Text, ...] = ()
    headings: tuple[str, ...] = ()


def positions(table: Table) -> Found:
    """The geometries of a table; none at all where no column holds coordinates."""
    known, how = _by_heading(table) or _by_value(table) or (None, None)
    count = len(table.rows)
    notes: list[Text] = []
    if known is None or how is None:
        return Found(np.full(count, None, object), None)
    headings = tuple(table.headings[column] for column in known.columns)
    names = "、".join(headings)
    if how == "value":
        notes.append(
            Text(
                zh=f"列名没有注明坐标，按数值取 {names}",
                en=f"No heading names coordinates: by their values taken from {names}",
            )
        )
    geometries: Geometries = np.full(count, None, object)
    marked = turned = 0
    read_rows: list[int] = []
    read_places: list[tuple[float, float]] = []
    lost: list[str] = []
    srid: set[str] = set()
    for row, cells in enumerate(table.rows):
        read = known.read(cells)
        if isinstance(read, shapely.Geometry):
            geometries[row] = read
            if known.wkt_srid(cells):
                srid.add(known.wkt_srid(cells))
        elif read is not None:
            first, second, in_degrees = read
            other_way = _northing_first(first, second)
            turned += other_way
            marked += in_degrees
            read_rows.append(row)
            read_places.append((second, first) if other_way else (first, second))
        elif written := known.written(cells):
            lost.append(f"{row + 1}（{written[:40]}）")
    if read_rows:
        geometries[read_rows] = shapely.points(np.array(read_places))
    if lost:
        listed = "、".join(lost[:_FEW]) + ("…" if len(lost) > _FEW else "")
        notes.append(
            Text(
                zh=f"{len(lost)} 条记录的坐标不能识别：{listed}",
                en=f"The coordinates of {len(lost)} records are not understood: {listed}",
            )
        )
    if turned:
        notes.append(
            Text(
                zh=f"{names}：{turned} 条记录北（纬度、纵坐标）在前",
                en=f"{names}: in {turned} records northing or latitude comes first",
            )
        )
    stated = _stated(table, known.columns, geometries, srid)
    if marked and stated is None:
        notes.append(Text(zh="度分秒按 CGCS2000 经纬度读", en="Degrees, minutes and seconds are taken as CGCS2000"))
        stated = f"EPSG:{crs.STORED}"
    return Found(geometries, stated, tuple(notes), headings)


# --- which columns ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Columns:
    """The columns that hold coordinates: one with both or a geometry, two, or six of degrees, minutes and seconds."""

    columns: tuple[int, ...]

    def read(self, cells: list[Any]) -> Position | shapely.Geometry | None:
        """The position of a row; None where there is none or it is not understood."""
        texts = [_text(cells[column]) for column in self.columns]
        if len(texts) == 1:
            if match := _WKT.match(texts[0]):
                made: Any = shapely.from_wkt(texts[0][match.end(1) if match[1] else 0 :], on_invalid="ignore")
                return made
            return pair(texts[0])
        half = len(texts) // 2
        if half == 3:
            texts = ["°".join(texts[:3]) + "″", "°".join(texts[3:]) + "″"]
        first, second = degrees(texts[0]), degrees(texts[1])
        return None if first is None or second is None else (first[0], second[0], first[1] or second[1])

    def written(self, cells: list[Any]) -> str:
        return " ".join(text for text in (_text(cells[column]) for column in self.columns) if text)

    def wkt_srid(self, cells: list[Any]) -> str:
        match = _WKT.match(_text(cells[self.columns[0]]))
        return (match[2] or "") if match else ""

    def hits(self, rows: list[list[Any]]) -> int:
        """How many rows have a position that can lie in China, or a geometry."""
        return sum(_likely(self.read(cells)) for cells in rows)


def _by_heading(table: Table) -> tuple[_Columns, str] | None:
    """The columns that headings name and that hold the most positions; geographic ones of equals."""
    tried = table.rows[:_TRIED]
    best: tuple[int, _Columns] | None = None
    for columns in _named(table.headings):
        hits = columns.hits(tried)
        if hits and (best is None or hits > best[0]):
            best = (hits, columns)
    return None if best is None else (best[1], "heading")


def _named(headings: tuple[str, ...]) -> Iterator[_Columns]:
    names = [re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", heading).casefold()) for heading in headings]

    def those(pattern: re.Pattern[str]) -> list[int]:
        return [column for column, name in enumerate(names) if pattern.search(name)]

    parts = [
        [column for column, name in enumerate(names) if re.search(rf"{axis}.*{unit}$", name)]
        for axis in ("(经度|东经)", "(纬度|北纬)")
        for unit in ("[度d°]", "[分m]", "[秒s]")
    ]
    if all(parts[unit] for unit in (1, 2, 4, 5)) and parts[0] and parts[3]:
        yield _Columns(tuple(columns[0] for columns in parts))
    for first, second in ((_LON, _LAT), (_EAST, _NORTH), (_X, _Y)):
        for one, other in zip(those(first), those(second), strict=False):
            if one != other:
                yield _Columns((one, other))
    for column in those(_BOTH):
        yield _Columns((column,))


def _by_value(table: Table) -> tuple[_Columns, str] | None:
    """Two neighbouring columns, or one, whose values nearly all are positions written finely enough to be some."""
    tried = table.rows[:_TRIED]
    for columns in (
        *(_Columns(both) for both in pairwise(range(len(table.headings)))),
        *(_Columns((one,)) for one in range(len(table.headings))),
    ):
        there = [cells for cells in tried if columns.written(cells)]
        fine = sum(bool(re.search(r"\.\d{4}|[°度]|\d{6}|\(", columns.written(cells))) for cells in there)
        if there and fine >= 0.8 * len(there) and columns.hits(there) >= 0.8 * len(there):
            return columns, "value"
    return None


# --- what they hold ---------------------------------------------------------------------------------------------------


def _northing_first(first: float, second: float) -> bool:
    """Whether only the first can be a northing or latitude: in China neither is ever as large as the other axis."""
    if max(abs(first), abs(second)) > 180:
        return 1.6e6 < first < 6.3e6 and not 1.6e6 < second < 6.3e6
    return abs(first) < 56 and abs(second) > 70


def _likely(read: Position | shapely.Geometry | None) -> bool:
    if read is None or isinstance(read, shapely.Geometry):
        return read is not None
    north, east = sorted(read[:2]) if max(read[:2]) <= 180 else _plane(read[0], read[1])
    if east <= 180:
        return 3 < north < 56 and 70 < east < 137
    return 1.6e6 < north < 6.3e6 and (1e5 < east < 1e6 or 7e6 < east < 4.6e7)


def _plane(first: float, second: float) -> tuple[float, float]:
    """Northing and easting of plane coordinates in either order."""
    return (first, second) if 1.6e6 < first < 6.3e6 else (second, first)


def _stated(table: Table, columns: tuple[int, ...], geometries: Geometries, srid: set[str]) -> str | None:
    """The system a column, a heading or a line around the table states; of CGCS2000 in a plane the zone is not known.

    An old datum that is named anywhere near the coordinates is never passed over.
    """
    around = [*table.around, *(table.headings[column] for column in columns)]
    for text in around:
        if crs.old_datum_named(text):
            return text
    said = set(srid)
    for column, heading in enumerate(table.headings):
        if _SYSTEM.match(re.sub(r"[\W_]", "", heading.casefold())):
            said |= {_text(cells[column]) for cells in table.rows if _text(cells[column])}
    for text in table.around:
        if match := re.search(r"坐标系统?\s*[:：为是]?\s*([^\s,，;；。、]+)", text):
            said.add(match[1])
    if len(said) != 1:
        return next((text for text in sorted(said) if crs.old_datum_named(text)), None)
    text = said.pop()
    stated = crs.stated_crs(text)
    there = geometries[~shapely.is_missing(geometries)]
    plane = len(there) > 0 and float(np.median(shapely.bounds(there)[:, 0])) > 180
    return None if stated is None or (stated.is_geographic and plane and crs.datum_of(stated) == "cgcs2000") else text


def _text(cell: Any) -> str:
    if cell is None or isinstance(cell, str):
        return (cell or "").strip()
    return repr(cell) if isinstance(cell, float) else str(cell).strip()
