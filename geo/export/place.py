"""Geometries to cells of a table: two columns for points, WKT for all others."""

from typing import Any

import shapely

from geo.export.record import Batch
from geo.export.table import Table
from geo.layer import Geometry
from geo.text import Text

WKT = Text(zh="坐标", en="coordinates")
_DEGREES = (Text(zh="经度", en="longitude"), Text(zh="纬度", en="latitude"))
_METRES = (Text(zh="东坐标", en="easting"), Text(zh="北坐标", en="northing"))


def place_headings(table: Table) -> list[str]:
    """The headings of what :func:`place_cells` gives."""
    if table.layer.geometry is not Geometry.POINT:
        return [WKT.in_(table.language)]
    pair = _DEGREES if table.system.is_geographic else _METRES
    return [heading.in_(table.language) for heading in pair]


def place_cells(table: Table, batch: Batch) -> list[list[Any]]:
    """The cells of each feature, empty where it has no geometry; of several points the middle is written."""
    if table.layer.geometry is not Geometry.POINT:
        return [[wkt] for wkt in shapely.to_wkt(batch.geometries, rounding_precision=-1).tolist()]
    middle = shapely.get_coordinates(shapely.centroid(batch.geometries), return_index=True)
    cells: list[list[Any]] = [[None, None] for _ in range(len(batch))]
    for (x, y), row in zip(middle[0].tolist(), middle[1].tolist(), strict=True):
        cells[row] = [x, y]
    return cells
