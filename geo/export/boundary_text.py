"""A table of polygons to boundary-point TXT (勘测定界界址点坐标交换格式) in GB18030, one parcel after the other."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import shapely

from geo.crs import ZONES, area_m2, to_stored
from geo.export.format import zone_of
from geo.export.record import Batch
from geo.export.table import Table
from geo.text import Text

_LEFT_OUT = Text(
    zh="{count} 个要素没有图形，未写入界址点坐标",
    en="{count} features have no geometry and are not among the boundary points",
)


def write(table: Table, path: Path) -> int:
    """Write the parcels and return how many; millimetres, northing before easting, every ring closed.

    Ring 1 is the outside; further rings are its holes and then the other parts with theirs. A parcel states its
    registered area, else its ellipsoidal one, in hectares. Features without geometry are told to ``table.note``.
    """
    written = left_out = 0
    with path.open("w", encoding="gb18030", newline="\r\n") as file:
        file.writelines(_head(table))
        for batch in table.batches:
            for parcel in _parcels(table, batch):
                file.writelines(parcel)
                written += 1
            left_out += sum(wkb is None for wkb in batch.wkb)
    if left_out:
        table.note(_LEFT_OUT.format(count=left_out))
    return written


def _head(table: Table) -> Iterator[str]:
    zone = zone_of(table.system) or ZONES.start
    yield "[属性描述]\n格式版本号=1.01版本\n数据产生单位=\n"
    yield f"数据产生日期={table.about.made}\n坐标系=2000国家大地坐标系\n几度分带=3\n投影类型=高斯克吕格\n"
    yield f"计量单位=米\n带号={zone}\n精度=0.001\n转换参数=,,,,,,\n[地块坐标]\n"


def _parcels(table: Table, batch: Batch) -> Iterator[list[str]]:
    place = {column.target: number for number, column in enumerate(table.columns)}
    areas = area_m2(to_stored(batch.geometries, table.system))
    for cells, geometry, drawn in zip(batch.rows(), batch.geometries, areas, strict=True):
        if geometry is None:
            continue
        rings = [ring for part in shapely.get_parts(geometry) for ring in (part.exterior, *part.interiors)]
        registered = cells[place["registered_area_m2"]]
        area = drawn if registered is None else registered
        count = sum(shapely.get_num_coordinates(ring) for ring in rings)
        code, name = (_plain(cells[place[target]]) for target in ("code", "name"))
        yield [f"{count},{area / 10_000:.6f},{code},{name},面,,,,@\n", *_points(rings)]


def _points(rings: list[Any]) -> Iterator[str]:
    """The points of a parcel; the last of a ring is its first again, under the number of the first."""
    first = 1
    for number, ring in enumerate(rings, 1):
        points = shapely.get_coordinates(ring).tolist()
        for place, (x, y) in enumerate(points):
            label = first if place == len(points) - 1 else first + place
            yield f"J{label},{number},{y:.3f},{x:.3f}\n"
        first += len(points) - 1


def _plain(value: object) -> str:
    """Text without what separates fields and lines."""
    return " ".join(str(value or "").replace(",", "，").replace("@", "＠").split())
