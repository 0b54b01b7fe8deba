"""The formats that a layer is written in, and the coordinate systems that each can hold."""

import re
from dataclasses import dataclass
from pathlib import Path

import pyproj
from pyproj.exceptions import ProjError

from geo import crs
from geo.errors import BadValue
from geo.layer import Geometry, Layer
from geo.text import Text


@dataclass(frozen=True, slots=True)
class Format:
    """A format by its endings, the first of which is the usual one.

    ``lonlat_only``: its standard knows no system but longitude, latitude on WGS 84.
    """

    code: str
    label: Text
    media_type: str
    endings: tuple[str, ...]
    lonlat_only: bool = False


FORMATS: dict[str, Format] = {
    each.code: each
    for each in (
        Format("gpkg", Text(zh="GeoPackage", en="GeoPackage"), "application/geopackage+sqlite3", (".gpkg",)),
        Format("geojson", Text(zh="GeoJSON", en="GeoJSON"), "application/geo+json", (".geojson", ".json"), True),
        Format(
            "geojsonl",
            Text(zh="逐行 GeoJSON", en="GeoJSON, newline-delimited"),
            "application/x-ndjson",
            (".geojsonl", ".ndjson", ".jsonl", ".geojsons"),
            True,
        ),
        Format("shp", Text(zh="Shapefile（zip）", en="Shapefile (zip)"), "application/zip", (".zip",)),
        Format("kml", Text(zh="KML", en="KML"), "application/vnd.google-earth.kml+xml", (".kml",), True),
        Format("fgb", Text(zh="FlatGeobuf", en="FlatGeobuf"), "application/flatgeobuf", (".fgb",)),
        Format("parquet", Text(zh="GeoParquet", en="GeoParquet"), "application/vnd.apache.parquet", (".parquet",)),
        Format(
            "xlsx",
            Text(zh="Excel 工作簿", en="Excel workbook"),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            (".xlsx",),
        ),
        Format("csv", Text(zh="CSV", en="CSV"), "text/csv; charset=utf-8", (".csv",)),
        Format("txt", Text(zh="界址点坐标 TXT", en="boundary-point TXT"), "text/plain; charset=gb18030", (".txt",)),
    )
}
ENDINGS = tuple(ending for each in FORMATS.values() for ending in each.endings)
_EPSG = re.compile(r"(?:EPSG:)?(\d{4,6})", re.IGNORECASE)


def format_of(path: Path, code: str = "") -> Format:
    """The format with a code, or the one that the ending of a file means; raises :class:`BadValue`."""
    if code:
        if code not in FORMATS:
            raise BadValue(name="format", value=code, reason=_usable(FORMATS))
        return FORMATS[code]
    ending = path.suffix.lower()
    for each in FORMATS.values():
        if ending in each.endings:
            return each
    raise BadValue(name="output", value=path.name, reason=_usable(ENDINGS))


def fits(layer: Layer, wanted: Format) -> None:
    """Raise :class:`BadValue` where a format cannot hold a layer."""
    if wanted.code == "txt" and layer.geometry is not Geometry.POLYGON:
        reason = Text(
            zh="界址点坐标 TXT 只能写面图层，{label}不是面图层；请改用 GeoPackage 或 CSV",
            en="boundary-point TXT holds polygons only and {label} are none; use GeoPackage or CSV",
        )
        raise BadValue(name="format", value=wanted.code, reason=reason.format(label=layer.label))


def system(text: str, wanted: Format, middle: float | None) -> pyproj.CRS:
    """The system that coordinates are written in: that of an EPSG code, else the one that is usual for the format.

    ``middle`` is the longitude of the middle of the county, which says in which three-degree zone boundary points
    are written. Raises :class:`BadValue`, and :class:`geo.crs.CrsNeedsParameters`.
    """
    if not text:
        if wanted.code != "txt":
            return pyproj.CRS.from_epsg(crs.WGS84 if wanted.lonlat_only else crs.STORED)
        zone = 0 if middle is None else round(middle / 3)
        if zone not in crs.ZONES:
            reason = Text(zh="县界未知，请指定高斯-克吕格带", en="the county is not drawn: state a Gauss-Kruger zone")
            raise BadValue(name="crs", value=text, reason=reason)
        return crs.gauss_kruger(zone, prefixed=True)
    match = _EPSG.fullmatch(text.strip())
    found = crs.known_crs(match[1]) if match else None
    if found is None or not (found.is_geographic or found.is_projected) or len(found.axis_info) != 2:
        reason = Text(zh="请写 EPSG 代码，如 EPSG:4522", en="write an EPSG code such as EPSG:4522")
        raise BadValue(name="crs", value=text[:40], reason=reason)
    code = found.to_epsg()
    if wanted.lonlat_only:
        if code not in (crs.STORED, crs.WGS84):
            reason = Text(
                zh="{label} 只能用经纬度（EPSG:4490、EPSG:4326）",
                en="{label} holds longitude, latitude only (EPSG:4490, EPSG:4326)",
            )
            raise BadValue(name="crs", value=text, reason=reason.format(label=wanted.label))
        return pyproj.CRS.from_epsg(crs.WGS84)
    if wanted.code == "txt" and zone_of(found) is None:
        reason = Text(
            zh="界址点坐标用 CGCS2000 三度带（EPSG:4513–4554）",
            en="boundary points are in a three-degree zone of CGCS2000 (EPSG:4513-4554)",
        )
        raise BadValue(name="crs", value=text, reason=reason)
    mover(found)
    return found


def zone_of(system: pyproj.CRS) -> int | None:
    """The three-degree zone of CGCS2000 that a system is, or None."""
    code = system.to_epsg() or 0
    return next((zone for zone in crs.ZONES if code in (4488 + zone, 4509 + zone)), None)


def mover(system: pyproj.CRS) -> pyproj.Transformer | None:
    """What moves stored coordinates to a system, None where they are written as they are.

    Raises :class:`BadValue` where no way leads there.
    """
    if system.to_epsg() in (crs.STORED, crs.WGS84):
        return None
    try:
        return pyproj.Transformer.from_crs(crs.STORED, system, always_xy=True)
    except ProjError:
        reason = Text(zh="没有从 CGCS2000 到该坐标系的转换", en="there is no way from CGCS2000 to it")
        raise BadValue(name="crs", value=system.name, reason=reason) from None


def _usable(what: object) -> Text:
    listed = [str(each) for each in what]  # pyright: ignore[reportGeneralTypeIssues]
    return Text(zh=f"可用 {'、'.join(listed)}", en=f"use {', '.join(listed)}")
