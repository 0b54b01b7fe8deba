"""The head of a boundary-point TXT and its eastings to a coordinate system, and what in the head was not followed."""

import re

import numpy as np

from geo import crs
from geo.crs import Coordinates
from geo.datum import Seven, bound
from geo.errors import BadValue
from geo.text import Text

Head = dict[str, str]

AREA_NOTE = ("面积说明", "六位小数为登记面积、四位小数为图形面积")
"""Key and value of a head whose parcels state either: areas in hectares with six decimals are registered ones, those
with four are only drawn."""


def system(head: Head, xy: Coordinates) -> tuple[str | None, list[Text]]:
    """The coordinate system (EPSG code, WKT, or the name that is stated) of positions (n, 2), easting first.

    None where the head states none. Where the number of the zone contradicts the eastings, the eastings win.
    """
    named = head.get("坐标系", "")
    notes: list[Text] = []
    zone = _stated_zone(head)
    base = crs.stated_crs(named)
    if base is None or not len(xy):
        return named or None, notes
    datum = crs.datum_of(base)
    found = crs.geographic(datum)
    east = np.abs(xy[:, 0])
    if float(np.median(east)) > 180:
        leading = (east // 1_000_000).astype(np.int64)
        written = int(np.bincount(leading[leading < 100]).argmax()) if bool((leading < 100).any()) else 0
        if written in crs.ZONES or written in crs.SIX_DEGREE_ZONES:
            if zone is not None and zone != written:
                notes.append(
                    _says(
                        f"带号写为 {zone}，横坐标以 {written} 开头，按 {written} 带解释",
                        f"the head states zone {zone}, eastings begin with {written}: taken as zone {written}",
                    )
                )
            if bool((leading != written).any()):
                notes.append(
                    _says(
                        f"横坐标的带号不一致，多数为 {written} 带",
                        f"eastings begin with different zones, most with {written}",
                    )
                )
            found = crs.gauss_kruger(written, prefixed=True, datum=datum)
        elif zone is not None:
            found = crs.gauss_kruger(zone, prefixed=False, datum=datum)
        elif datum == "cgcs2000":
            return None, notes
    try:
        seven = Seven.parse(head.get("转换参数", ""))
    except BadValue:
        seven = None
        notes.append(_says("转换参数不是七个数，未使用", "the parameters of the head are not seven numbers: not used"))
    if seven is not None and datum == "cgcs2000":
        notes.append(_says("坐标系为 CGCS2000，转换参数未使用", "parameters are not used: it is CGCS2000 already"))
    elif seven is not None:
        notes.append(
            _says(
                "按文件的转换参数换算（米、秒、ppm，位置矢量旋转）",
                "converted by the file's parameters (m, arc seconds, ppm, position vector)",
            )
        )
        return bound(found, seven).to_wkt(), notes
    return f"EPSG:{found.to_epsg()}", notes


def _stated_zone(head: Head) -> int | None:
    """The zone that the head states by number or by its central meridian."""
    for key in ("带号", "中央子午线", "中央经线"):
        digits = re.search(r"\d+", head.get(key, ""))
        if digits:
            number = int(digits[0])
            if number in crs.ZONES or number in crs.SIX_DEGREE_ZONES:
                return number
            if number % 3 == 0 and number // 3 in crs.ZONES:
                return number // 3
    return None


def _says(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en[0].upper() + en[1:])
