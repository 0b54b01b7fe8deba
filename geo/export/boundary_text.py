"""A table of polygons to boundary-point TXT (勘测定界界址点坐标交换格式) in GB18030, one parcel after the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyproj
import shapely

from geo.crs import ZONES, area_m2, to_stored
from geo.export.column import Column
from geo.export.format import zone_of
from geo.export.record import Batch
from geo.export.table import Table
from geo.ingest.boundary_head import AREA_NOTE
from geo.ingest.boundary_text import HEADINGS
from geo.layer import Layer
from geo.text import Text

_FIELDS = HEADINGS[3:6]
"""What a parcel line states behind 面, by the headings that the importer gives it."""

_LEFT_OUT = Text(
    zh="{count} 个要素没有图形，未写入界址点坐标",
    en="{count} features have no geometry and are not among the boundary points",
)
_REWORDED = Text(
    zh="{count} 处编号、名称等含逗号、@ 或换行，已改写；需要原文请用 GeoPackage",
    en="{count} codes, names and other words hold commas, @ or line ends and were changed; a GeoPackage keeps them",
)


@dataclass(frozen=True, slots=True)
class Parcel:
    """One parcel: its words as they are written, its polygon in the system of the file, and its area in m².

    ``fields`` are those of ``_FIELDS``; ``registered`` says whether the area is more than the drawn one.
    """

    code: str
    name: str
    fields: tuple[str, str, str]
    polygon: Any
    area: float
    registered: bool


def write(table: Table, path: Path) -> int:
    """Write the parcels and return how many; millimetres, northing before easting, every ring closed.

    Ring 1 is the outside; further rings are its holes and then the other parts with theirs. A parcel states its
    registered area with six decimals of a hectare, else its ellipsoidal one with four, which the head says. Features
    without geometry, and words that had to be changed, are told to ``table.note``.
    """
    written = left_out = reworded = 0
    with path.open("w", encoding="gb18030", newline="\r\n") as file:
        file.writelines(head(table.system, table.about.made))
        for batch in table.batches:
            for parcel, changed in _parcels(table, batch):
                file.writelines(lines(parcel))
                reworded += changed
                written += 1
            left_out += sum(wkb is None for wkb in batch.wkb)
    for count, sentence in ((left_out, _LEFT_OUT), (reworded, _REWORDED)):
        if count:
            table.note(sentence.format(count=count))
    return written


def head(system: pyproj.CRS, made: date) -> Iterator[str]:
    """The lines before the parcels of a file in a three-degree zone of CGCS2000."""
    zone = zone_of(system) or ZONES.start
    yield "[属性描述]\n格式版本号=1.01版本\n数据产生单位=\n"
    yield f"数据产生日期={made}\n坐标系=2000国家大地坐标系\n几度分带=3\n投影类型=高斯克吕格\n"
    yield f"计量单位=米\n带号={zone}\n精度=0.001\n转换参数=,,,,,,\n{'='.join(AREA_NOTE)}\n[地块坐标]\n"


def lines(parcel: Parcel) -> Iterator[str]:
    """The lines of a parcel; the last point of a ring is its first again, under the number of the first."""
    rings = [ring for part in shapely.get_parts(parcel.polygon) for ring in (part.exterior, *part.interiors)]
    count = sum(shapely.get_num_coordinates(ring) for ring in rings)
    area = f"{parcel.area / 10_000:.{6 if parcel.registered else 4}f}"
    sheet, use, land_class = parcel.fields
    yield f"{count},{area},{parcel.code},{parcel.name},面,{sheet},{use},{land_class},@\n"
    first = 1
    for number, ring in enumerate(rings, 1):
        points = shapely.get_coordinates(ring).tolist()
        for place, (x, y) in enumerate(points):
            label = first if place == len(points) - 1 else first + place
            yield f"J{label},{number},{y:.3f},{x:.3f}\n"
        first += len(points) - 1


def _parcels(table: Table, batch: Batch) -> Iterator[tuple[Parcel, int]]:
    """The parcels of a batch, and how many of their words had to be changed."""
    columns = {column.target: number for number, column in enumerate(table.columns)}
    known = table.layer.headings() if isinstance(table.layer, Layer) else {}
    sources = [columns.get("code"), columns.get("name"), *(columns.get(known.get(field, "")) for field in _FIELDS)]
    areas = area_m2(to_stored(batch.geometries, table.system))
    for cells, polygon, drawn in zip(batch.rows(), batch.geometries, areas, strict=True):
        if polygon is None:
            continue
        words = ["" if place is None else _word(table.columns[place], cells[place]) for place in sources]
        code, name, *fields = (_plain(word) for word in words)
        area = cells[columns["registered_area_m2"]]
        changed = sum(_plain(word) != word for word in words)
        parcel = Parcel(
            code, name, (fields[0], fields[1], fields[2]), polygon, drawn if area is None else area, area is not None
        )
        yield parcel, changed


def _word(column: Column, value: object) -> str:
    """A cell as text, the code itself where the column has a list of codes."""
    codes = {label: code for code, label in (column.codes or {}).items()}
    return "" if value is None else codes.get(str(value), str(value))


def _plain(value: str) -> str:
    """Text without what separates fields and lines."""
    return " ".join(value.replace(",", "，").replace("@", "＠").split())
