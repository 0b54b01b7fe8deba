"""Parcels to boundary-point TXT (勘测定界界址点坐标交换格式), closed rings, northing before easting."""

from collections.abc import Iterable

import numpy as np
import pyproj
import shapely

from geo.crs import SIX_DEGREE_ZONES, ZONES, datum_of

Row = tuple[str, str, str, shapely.Polygon | shapely.MultiPolygon, float | None]
"""Number, name, land use, polygon in the target system (easting first), registered area in m² or None."""

_NAMES = {"cgcs2000": "2000国家大地坐标系", "xian1980": "1980西安坐标系", "beijing1954": "1954年北京坐标系"}
_HALF_WIDTH = str.maketrans({",": "，", "@": "＠", "\r": " ", "\n": " "})  # what would be taken for structure


def boundary_text(rows: Iterable[Row], crs: pyproj.CRS) -> str:
    """The text of a file, with lines ending in CRLF; to be written in GB18030, which the programs that read it expect.

    Areas are in hectares with four decimals, coordinates in metres with four, degrees with nine. The zone is told by
    the central meridian. A row without registered area states the area drawn on the plane.
    """
    geographic = crs.is_geographic
    lines = ["[属性描述]", "格式版本号=1.01", "数据产生单位=", "数据产生日期=", f"坐标系={_NAMES[datum_of(crs)]}"]
    if geographic:
        lines += ["计量单位=度", "精度=0.000000001"]
    else:
        zone, width = _zone(crs)
        lines += [f"几度分带={width}", "投影类型=高斯克吕格", "计量单位=米", f"带号={zone}", "精度=0.0001"]
    lines += ["转换参数=,,,,,,", "[地块坐标]"]
    for number, name, land_use, polygon, registered in rows:
        points = _points(polygon, 9 if geographic else 4)
        area = registered if registered is not None else 0.0 if geographic else polygon.area
        texts = [text.translate(_HALF_WIDTH) for text in (number, name, land_use)]
        lines.append(f"{len(points)},{area / 10_000:.4f},{texts[0]},{texts[1]},面,,{texts[2]},,@")
        lines += points
    return "\r\n".join(lines) + "\r\n"


def _points(polygon: shapely.Polygon | shapely.MultiPolygon, decimals: int) -> list[str]:
    """The lines of all rings, shells before their holes; points are numbered through, a ring closes with its first."""
    lines: list[str] = []
    number, ring = 1, 1
    for part in shapely.get_parts(polygon):
        for each in (part.exterior, *part.interiors):
            positions = np.round(shapely.get_coordinates(each)[:-1], decimals)
            for place, (east, north) in enumerate([*positions, positions[0]]):
                label = number + place if place < len(positions) else number
                lines.append(f"J{label},{ring},{north:.{decimals}f},{east:.{decimals}f}")
            number, ring = number + len(positions), ring + 1
    return lines


def _zone(crs: pyproj.CRS) -> tuple[int, int]:
    """Number and width in degrees of a Gauss-Kruger zone; raises ``ValueError`` for any other projection."""
    operation = crs.coordinate_operation
    stated = {} if operation is None else {each.name: float(each.value) for each in operation.params}
    meridian = stated.get("Longitude of natural origin", 0.0)
    prefix, easting = divmod(stated.get("False easting", 0.0), 1_000_000)
    plain = (stated.get("Scale factor at natural origin"), stated.get("Latitude of natural origin"), easting)
    if plain == (1, 0, 500_000):
        if prefix in SIX_DEGREE_ZONES and meridian == 6 * prefix - 3:
            return int(prefix), 6
        if meridian / 3 in ZONES and prefix in {0, meridian / 3}:
            return int(meridian / 3), 3
    raise ValueError(f"{crs.name} is no Gauss-Kruger zone")
