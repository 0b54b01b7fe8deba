"""A table to a zipped shapefile in GBK with a .cpg, and beside it a key to its headings of ten bytes."""

import csv
import io
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from geo.export.arrow import record_batch, schema
from geo.export.column import Column
from geo.export.record import Batch
from geo.export.table import Table
from geo.export.vector import through_gdal
from geo.ingest.sheet import quoted
from geo.layer import Geometry
from geo.text import Text

KEY = "字段对照.csv"
LONGEST = 254
"""Bytes of the longest text that a .dbf holds."""

_NUMBER = pa.decimal128(19, 6)
_KINDS = {Geometry.POINT: "Point", Geometry.LINE: "LineString", Geometry.POLYGON: "Polygon"}
_CUT = Text(
    zh="{heading}（{label}）：{count} 个值超过 254 字节，已截断；需要全文请用 GeoPackage",
    en="{heading} ({label}): {count} values are longer than 254 bytes and were cut; a GeoPackage keeps them whole",
)
_LOST = Text(
    zh="{heading}（{label}）：{count} 个值含 GBK 没有的字，写作“?”；需要原字请用 GeoPackage",
    en="{heading} ({label}): {count} values have characters that GBK lacks, written as ?; a GeoPackage keeps them",
)


def write(table: Table, path: Path) -> int:
    """Write the zip and return the number of features.

    Numbers keep six decimals. Text that is too long or has characters outside GBK is changed, counted by column,
    told to ``table.note`` and said in the key.
    """
    form = schema(table.columns)
    # GDAL gives a real number fifteen decimals of twenty-four characters, too few for an amount of money.
    form = pa.schema(
        [pa.field(field.name, _NUMBER if pa.types.is_floating(field.type) else field.type) for field in form]
    )
    said = _Said()
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        shape = Path(folder) / f"{table.layer.code}.shp"
        written = through_gdal(
            table, shape, form, _fitting(table, form, said), driver="ESRI Shapefile", encoding="GBK",
            geometry_type=_KINDS[table.layer.geometry],
        )  # fmt: skip
        notes = said.texts(table.columns)
        for text in notes:
            table.note(text)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
            for part in sorted(Path(folder).iterdir()):
                archive.write(part, part.name)
            archive.writestr(KEY, _key(table, notes))
    return written


class _Said:
    """What had to be changed, by column."""

    def __init__(self) -> None:
        self.cut: Counter[int] = Counter()
        self.lost: Counter[int] = Counter()

    def fit(self, value: str, place: int) -> str:
        """A text as a .dbf can hold it."""
        raw = value.encode("gbk", "replace")
        if raw.decode("gbk") != value:
            self.lost[place] += 1
        if len(raw) > LONGEST:
            self.cut[place] += 1
            raw = raw[:LONGEST]
        return raw.decode("gbk", "ignore")

    def texts(self, columns: tuple[Column, ...]) -> list[Text]:
        """A sentence for each column and kind of change."""
        return [
            sentence.format(heading=columns[place].heading, label=columns[place].label, count=count)
            for sentence, counted in ((_CUT, self.cut), (_LOST, self.lost))
            for place, count in sorted(counted.items())
        ]


def _fitting(table: Table, form: pa.Schema, said: _Said) -> Iterator[pa.RecordBatch]:
    texts = [place for place, column in enumerate(table.columns) if pa.types.is_string(column.arrow)]
    numbers = [place for place, column in enumerate(table.columns) if pa.types.is_floating(column.arrow)]
    for batch in table.batches:
        cells = list(batch.cells)
        for place in texts:
            cells[place] = [None if value is None else said.fit(value, place) for value in cells[place]]
        for place in numbers:
            cells[place] = pa.array(cells[place], pa.float64()).cast(_NUMBER).to_pylist()
        yield record_batch(Batch(cells, batch.status, batch.wkb), form)


def _key(table: Table, notes: list[Text]) -> bytes:
    """The headings and what they stand for, then what is said of the whole, as CSV with BOM."""
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(["字段 Field", "中文名称", "English", "代码 Code"])
    for column in table.columns:
        writer.writerow([column.heading, column.label.zh, column.label.en, column.target])
    writer.writerow([])
    language = table.language
    for line in [*table.about.lines(language), *(note.in_(language) for note in notes)]:
        writer.writerow([quoted(line)])
    return written.getvalue().encode("utf-8-sig")
