"""Files to parcels: read and checked as any import is, with sentences about those that cannot be used."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely
from pydantic import Field

from geo.errors import ShanheError
from geo.ingest.check import Check, Checked
from geo.ingest.choice import Choice
from geo.ingest.mapping import Match, Meaning, meaning
from geo.ingest.outline import Limits as Outline
from geo.ingest.overlap import Least, Neighbours
from geo.ingest.problem import Problem as Found
from geo.ingest.read import read, tables
from geo.ingest.repair import Mender
from geo.ingest.source import Source
from geo.ingest.system import settle
from geo.layer import PARCEL, Geometry, Layer, Measure, Row, column
from geo.org_unit import OrgUnit, Places
from geo.overlay.parcel import Parcel
from geo.overlay.problem import of_file, of_row, problem
from geo.overlay.result import Problem
from geo.settings import SHIPPED, Settings, today
from geo.text import Text

Short = Annotated[str, Field(max_length=120)]


class ParcelRow(Row):
    """One parcel as files state it."""

    use: Short | None = column(Text(zh="地块用途", en="Use"), "用途", "YT", "use")
    land_class: Short | None = column(Text(zh="地类编码", en="Land class code"), "地类", "DLBM")
    sheet: Short | None = column(Text(zh="图幅号", en="Sheet"), "TFH", "sheet")


PARCELS = Layer(
    code="parcel",
    label=Text(zh="地块", en="Parcels"),
    geometry=Geometry.POLYGON,
    row=ParcelRow,
    measures=(Measure("parcels", Text(zh="宗数", en="Parcels"), PARCEL),),
    icon="M2 2H14V14H2Z",
    order=0,
    about=Text(zh="要查询的地块", en="Parcels that somebody asks about"),
    may_overlap=True,
)
"""What the columns of a file of parcels are called. It is no layer of the program: nothing is stored of it."""

_READ = frozenset({"code", "name", "registered_area_m2", "use", "land_class", "sheet"})
_SPARE = "地块编号"
_NUMBERS = ("地块编号", "地块号", "宗地号", "不动产单元号", "parcel", "parcel_number", "DKBH", "ZDDM", "number")


def read_parcels(
    paths: Sequence[Path],
    choice: Choice,
    settings: Settings,
    *,
    within: Places | None = None,
    kind: str | None = None,
    named: bool = True,
) -> tuple[list[Parcel], list[Problem]]:
    """The parcels of files of any format that can be imported, and what is wrong with the others.

    A file without a column of numbers has its rows numbered, a number that comes again gets the row behind it.
    ``within`` are the places of the county (by default those that are shipped for it), ``kind`` is what is meant to be
    on all parcels. A file that cannot be read at all is told under its own name; nothing is raised. Files that are not
    ``named`` are none to who sent their content: sentences say neither what they are called nor in which row.
    """
    county = _outline(settings.county) if within is None else within.county
    places = Places({} if county is None else {county.code: county}, {})
    parcels: list[Parcel] = []
    problems: list[Problem] = []
    taken: set[str] = set()
    for path in paths:
        called = path.name if named else None
        try:
            for table in [choice.table] if choice.table else tables(path):
                for told in _of_table(path, called, replace(choice, table=table), settings, places):
                    if isinstance(told, Problem):
                        problems.append(told)
                        continue
                    number = told.number
                    if number in taken:
                        number = _unused(f"{number}#{told.source_row}", taken)
                        problems.append(problem(told.number, "number_repeated", row=told.source_row, number=number))
                    taken.add(number)
                    parcels.append(replace(told, number=number, kind=kind))
        except ShanheError as error:
            problems.append(of_file(called, error.code, error.text, refused=True))
    return parcels, problems


def _unused(number: str, taken: set[str]) -> str:
    while number in taken:
        number += "'"
    return number


def _of_table(
    path: Path, called: str | None, choice: Choice, settings: Settings, places: Places
) -> Iterator[Parcel | Problem]:
    source = read(path, choice.table, choice.encoding)
    try:
        system = settle(source, choice.declared, places)
    except ShanheError as error:
        yield _unplaced(path, called, choice, error)
        return
    for note in (*source.notes, *system.assumed):
        yield of_file(called, "note", note, refused=False)
    numbered, understood = _meaning(source, choice)
    check = Check(
        layer=PARCELS, meaning=understood, system=system, places=places, today=choice.today or today(),
        area_tolerance=np.inf, vertex_limit=settings.vertex_limit,
        limits=Outline(settings.sliver_width, settings.spike_angle),
        neighbours=Neighbours(Geometry.POLYGON, Least(0, 0, 0), may_overlap=True), mender=Mender(choice.repair),
        placed=source.placed,
    )  # fmt: skip
    for before, columns, wkb in source.batches():
        rows = source.numbers(before, len(wkb))
        named = _named(columns.get(numbered), rows)
        told = len(check.problems.kept)
        checked = check.check(rows, {**columns, numbered: named}, wkb)
        names = dict(zip(rows.tolist(), named.to_pylist(), strict=True))
        for found in check.problems.kept[told:]:
            if found.severity == "error":
                turned = _turned(found, check, rows, wkb)
                name = str(names.get(found.row, found.row))
                yield (
                    of_row(called, name, found)
                    if turned is None
                    else problem(name, "axes_swapped", turned, refused=True)
                )
        if checked is not None:
            yield from _parcels(checked)


def _parcels(checked: Checked) -> Iterator[Parcel | Problem]:
    drawn = shapely.from_wkb(checked.wkb.to_numpy(zero_copy_only=False))
    for number, name, area, row, written, geom in zip(
        checked.code.to_pylist(), checked.name.to_pylist(), checked.registered_area_m2.tolist(),
        checked.position.tolist(), checked.attributes.to_pylist(), drawn, strict=True,
    ):  # fmt: skip
        if not isinstance(geom, shapely.Polygon | shapely.MultiPolygon):
            yield problem(str(number), "no_geometry", refused=True)
            continue
        known = {key: value for key, value in json.loads(written).items() if value is not None}
        yield Parcel(str(number), geom, name, None if np.isnan(area) else area, None, row, known)


def _meaning(source: Source, choice: Choice) -> tuple[str, Meaning]:
    """The heading of the parcels' numbers, and what the headings of the file mean that are read."""
    spare = {
        heading: "code" for heading in source.fields if heading.strip() in _NUMBERS and heading not in choice.columns
    }
    understood = meaning(PARCELS, source.fields, {**dict(list(spare.items())[:1]), **choice.columns})
    kept = [match for match in understood.matches if match.applies and match.target in _READ]
    heading = understood.columns.get("code", _SPARE)
    if "code" not in understood.columns:
        kept.append(Match(_SPARE, "code", "chosen"))
    return heading, Meaning(tuple(kept))


def _named(column_: pa.Array | None, rows: npt.NDArray[np.int64]) -> pa.Array:
    """The numbers of parcels, their rows where they have none."""
    written = [None] * len(rows) if column_ is None else column_.to_pylist()
    return pa.array(
        [text if (text := _text(value)) else str(row) for value, row in zip(written, rows.tolist(), strict=True)],
        pa.string(),
    )


def _text(value: object) -> str:
    if isinstance(value, bytes):
        for encoding in ("utf-8", "gb18030"):
            try:
                return value.decode(encoding).strip()
            except UnicodeDecodeError:
                continue
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()


def _turned(found: Found, check: Check, rows: npt.NDArray[np.int64], wkb: pa.Array) -> tuple[float, float] | None:
    """The first point, as written, of a parcel that lies in the county only with its axes the other way round."""
    county = check.places.county
    if found.code not in {"outside_county", "geometry_unreadable"} or county is None or county.geom is None:
        return None
    raw = shapely.from_wkb(wkb[int(np.searchsorted(rows, found.row))].as_py(), on_invalid="ignore")
    written = shapely.get_coordinates(raw)[:1]
    if not len(written):
        return None
    x, y = replace(check.system, swapped=not check.system.swapped).positions(written)[0]
    there = bool(np.isfinite([x, y]).all() and shapely.intersects_xy(county.geom, x, y))
    return (float(written[0][0]), float(written[0][1])) if there else None


def _unplaced(path: Path, called: str | None, choice: Choice, error: ShanheError) -> Problem:
    """A file whose coordinates cannot be used, with its first parcel and point."""
    batch = read(path, choice.table, choice.encoding).first()
    said = error.text
    if batch is not None:
        columns, wkb = batch
        first = next((place for place, each in enumerate(wkb) if each.is_valid), None)
        if first is not None:
            raw = shapely.get_coordinates(shapely.from_wkb(wkb[first].as_py(), on_invalid="ignore"))
            heading = next((name for name in columns if name in ("编号", *_NUMBERS)), None)
            name = str(first + 1) if heading is None else _text(columns[heading][first].as_py()) or str(first + 1)
            if len(raw):
                at = f"{raw[0][0]:.10g} {raw[0][1]:.10g}"
                said = Text(zh=f"地块 {name}（{at}）：{said.zh}", en=f"Parcel {name} ({at}): {said.en}")
    return of_file(called, error.code, said, refused=True)


@cache
def _outline(county: str) -> OrgUnit | None:
    """The outline that is shipped for a county."""
    file = SHIPPED / county / "county.geojson"
    if not file.is_file():
        return None
    feature = json.loads(file.read_text("utf-8"))["features"][0]
    geom = shapely.from_geojson(json.dumps(feature["geometry"]))
    return OrgUnit(county, "county", None, county, None, geom, illustrative=False)
