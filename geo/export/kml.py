"""A table to KML: a placemark for each feature, drawn in the colour of its status, with its cells as extended data."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pyarrow as pa
import shapely

from geo.export.record import Batch
from geo.export.table import Table
from geo.layer import STATUS_LABELS

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that no XML 1.0 document may hold, escaped or not."""

_KINDS = ((pa.types.is_boolean, "bool"), (pa.types.is_integer, "int"), (pa.types.is_floating, "double"))


def write(table: Table, path: Path) -> int:
    """Write the document and return how many features it holds; longitude, latitude on WGS 84 at full precision.

    A placemark is called what the feature is called; one without a name has none, so that none is made up.
    """
    written = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        said = "\n".join(table.about.lines(table.language))
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2">\n<Document>\n')
        file.write(f"<name>{_text(table.about.title.in_(table.language))}</name>\n")
        file.write(f"<description>{_text(said)}</description>\n")
        file.writelines(_styles(table))
        file.writelines(_schema(table))
        for batch in table.batches:
            file.writelines(_placemarks(table, batch))
            written += len(batch)
        file.write("</Document>\n</kml>\n")
    return written


def _styles(table: Table) -> Iterator[str]:
    for status, colour in table.choice.colours.items():
        red, green, blue = colour[1:3], colour[3:5], colour[5:7]
        solid, faint = f"ff{blue}{green}{red}".lower(), f"66{blue}{green}{red}".lower()
        yield (
            f'<Style id="{_text(status)}"><IconStyle><color>{solid}</color></IconStyle>'
            f"<LineStyle><color>{solid}</color><width>2</width></LineStyle>"
            f"<PolyStyle><color>{faint}</color></PolyStyle></Style>\n"
        )


def _schema(table: Table) -> Iterator[str]:
    """The declared columns: programs that read KML as a table take their names from here."""
    yield f"<Schema name={_quoted(table.layer.code)} id={_quoted(table.layer.code)}>\n"
    for column in table.columns:
        kind = next((word for is_of, word in _KINDS if is_of(column.arrow)), "string")
        label = _text(column.label.in_(table.language))
        yield f'<SimpleField type="{kind}" name={_quoted(column.heading)}><displayName>{label}</displayName>'
        yield "</SimpleField>\n"
    yield "</Schema>\n"


def _placemarks(table: Table, batch: Batch) -> Iterator[str]:
    schema = _quoted(f"#{table.layer.code}")
    heads = [_quoted(column.heading) for column in table.columns]
    name = next(place for place, column in enumerate(table.columns) if column.target == "name")
    for cells, status, geometry in zip(batch.rows(), batch.status, batch.geometries, strict=True):
        parts = ["<Placemark>"]
        if cells[name] is not None:
            parts.append(f"<name>{_text(cells[name])}</name>")
        if status is not None:
            parts.append(f"<description>{_text(STATUS_LABELS[status].in_(table.language))}</description>")
            if status in table.choice.colours:
                parts.append(f"<styleUrl>#{_text(status)}</styleUrl>")
        data = (
            f"<SimpleData name={head}>{_text(_written(value))}</SimpleData>"
            for head, value in zip(heads, cells, strict=True)
            if value is not None
        )
        parts += [f"<ExtendedData><SchemaData schemaUrl={schema}>", *data, "</SchemaData></ExtendedData>"]
        if geometry is not None:
            parts.append(_geometry(geometry))
        yield "".join(parts) + "</Placemark>\n"


def _geometry(geometry: Any) -> str:
    kind = shapely.get_type_id(geometry)
    if kind >= shapely.GeometryType.MULTIPOINT:
        return f"<MultiGeometry>{''.join(map(_geometry, geometry.geoms))}</MultiGeometry>"
    if kind == shapely.GeometryType.POLYGON:
        inner = "".join(f"<innerBoundaryIs>{_ring(ring)}</innerBoundaryIs>" for ring in geometry.interiors)
        return f"<Polygon><outerBoundaryIs>{_ring(geometry.exterior)}</outerBoundaryIs>{inner}</Polygon>"
    tag = "Point" if kind == shapely.GeometryType.POINT else "LineString"
    return f"<{tag}>{_coordinates(geometry)}</{tag}>"


def _ring(ring: Any) -> str:
    return f"<LinearRing>{_coordinates(ring)}</LinearRing>"


def _coordinates(geometry: Any) -> str:
    pairs = " ".join(f"{x!r},{y!r}" for x, y in shapely.get_coordinates(geometry).tolist())
    return f"<coordinates>{pairs}</coordinates>"


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _text(value: str) -> str:
    return escape(_FORBIDDEN.sub("", value))


def _quoted(value: str) -> str:
    return '"' + escape(_FORBIDDEN.sub("", value), {'"': "&quot;"}) + '"'
