"""A table to GeoJSON as RFC 7946 has it, one collection or one feature a line."""

import json
import math
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from geo.export.record import Batch
from geo.export.table import Table


def write(table: Table, path: Path) -> int:
    """Write a FeatureCollection, or newline-delimited features where ``path`` ends so; returns how many.

    Coordinates are longitude, latitude on WGS 84, which CGCS2000 agrees with to centimetres, at full precision; outer
    rings run counter-clockwise. The collection has its ``bbox`` and states day, filter and source behind the features.
    """
    lines = path.suffix == ".geojsonl"
    bounds = np.array([math.inf, math.inf, -math.inf, -math.inf])
    written = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        if not lines:
            file.write('{"type": "FeatureCollection", "features": [')
        for batch in table.batches:
            features = list(_features(table, batch))
            if lines:
                file.writelines(f"{feature}\n" for feature in features)
            else:
                file.write(("," if written else "") + "\n" + ",\n".join(features))
                bounds = _joined(bounds, shapely.total_bounds(batch.geometries))
            written += len(batch)
        if not lines:
            about = {name.en: said.in_(table.language) for name, said in table.about.statements}
            end: dict[str, Any] = {"name": table.layer.code, "about": about}
            if np.isfinite(bounds).all():
                end = {"bbox": bounds.tolist(), **end}
            file.write("\n], " + json.dumps(end, ensure_ascii=False)[1:] + "\n")
    return written


def _features(table: Table, batch: Batch) -> Iterator[str]:
    headings = [column.heading for column in table.columns]
    turned = shapely.orient_polygons(batch.geometries, exterior_cw=False)
    drawn: list[str | None] = shapely.to_geojson(turned).tolist()
    for cells, geometry in zip(batch.rows(), drawn, strict=True):
        properties = json.dumps(dict(zip(headings, cells, strict=True)), ensure_ascii=False, default=_plain)
        yield f'{{"type": "Feature", "properties": {properties}, "geometry": {geometry or "null"}}}'


def _joined(bounds: Any, more: Any) -> Any:
    """The bounds of two boxes; those of nothing are NaN."""
    return np.concatenate([np.fmin(bounds[:2], more[:2]), np.fmax(bounds[2:], more[2:])])


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")
