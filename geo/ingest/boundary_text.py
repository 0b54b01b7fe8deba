"""Boundary-point TXT (勘测定界界址点坐标交换格式) to parcels, whatever its writer made of the format."""

import hashlib
import re
import unicodedata
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely

from geo.crs import Coordinates, Geometries, area_m2
from geo.ingest import boundary_head
from geo.ingest.boundary_parcel import POINT_MARKS, Parcel, Said, number, parcels_of, unreadable
from geo.ingest.boundary_ring import polygons, rings
from geo.ingest.degree import degrees
from geo.ingest.plain_text import plain_text
from geo.ingest.source import Source, pieces, runs
from geo.text import Text

LIMIT = 256_000_000
"""Most bytes of a file; ten thousand parcels of a hundred points have about forty million."""

HEADINGS = ("编号", "名称", "登记面积（平方米）", "图幅号", "地块用途", "地类编码", "点数")
_DRAWN = re.compile(r"\d+\.\d{4}")  # an area of a parcel that has no registered one, see AREA_NOTE
_UNITS = (
    (10_000.0, Text(zh="公顷", en="hectares")),
    (1.0, Text(zh="平方米", en="square metres")),
    (2000 / 3, Text(zh="亩", en="mu")),
)


def read_text(path: Path, table: str | None = None, encoding: str | None = None) -> Source:
    """Read a boundary-point TXT; its one table has the name of the file.

    Columns are ``HEADINGS`` without those that no parcel fills and, where lines have more fields than nine, 附加1,
    附加2, …; geometries are (easting, northing). A parcel that cannot be drawn has no geometry and a note that names
    it. Records are in the rows of their attribute lines. Raises :class:`FileUnreadable`.
    """
    if table not in {None, path.stem}:
        raise unreadable(path, f"没有图层 {table}", f"no table {table}")
    if path.stat().st_size > LIMIT:
        raise unreadable(path, "文件过大", "the file is too large")
    raw = path.read_bytes()
    try:
        text, written = plain_text(raw, encoding)
    except (UnicodeDecodeError, LookupError):
        raise unreadable(path, f"不是 {encoding} 文本", f"not text in {encoding}") from None
    digest = hashlib.sha256(raw).hexdigest()
    del raw  # half of what a large file takes
    said = Said()
    head, parcels = parcels_of(path, text, said)
    drawn, xy = _geometries(parcels, said)
    system, notes = boundary_head.system(head, xy)
    columns = _columns(parcels, drawn, said, _DRAWN if boundary_head.AREA_NOTE in head.items() else None)
    return Source(
        path=path,
        table=path.stem,
        crs=system,
        fields=tuple(columns),
        features=len(parcels),
        encoding=written,
        sha256=digest,
        opened=lambda: pieces(columns, pa.array(shapely.to_wkb(drawn), pa.binary())),
        notes=(*notes, *said.all()),
        rows=runs([parcel.line for parcel in parcels]),
        placed=HEADINGS[-1:],
    )


# --- points to geometries ---------------------------------------------------------------------------------------------


def _geometries(parcels: list[Parcel], said: Said) -> tuple[Geometries, Coordinates]:
    """The geometry of each parcel, easting first, and all positions of the file likewise."""
    shapes: list[list[Coordinates]] = []
    swapped = 0
    for place, parcel in enumerate(parcels, 1):
        points, numbers = _points(parcel, place, said)
        if not len(points):
            shapes.append([])
            continue
        _count(parcel, place, points, numbers, said)
        turned = _northing_second(points)
        swapped += turned
        shapes.append(rings(points if turned else points[:, ::-1], numbers))
    if swapped:
        said.add(
            "swapped",
            f"{swapped} 个地块的横坐标写在纵坐标之前，已对调",
            f"{swapped} parcels write the easting before the northing: exchanged",
        )
    drawn = polygons(shapes)
    for place, (parcel, shape) in enumerate(zip(parcels, shapes, strict=True)):
        kind = parcel.kind
        if kind != "面" and shape:
            drawn[place] = shapely.MultiPoint(np.concatenate(shape)) if kind == "点" else _line(shape)
        if drawn[place] is None:
            said.add(
                "undrawn",
                f"第 {parcel.line} 行：地块 {parcel.name(place + 1)} 的界址点不能成图，没有图形",
                f"Line {parcel.line}: parcel {parcel.name(place + 1)} cannot be drawn from its points",
            )
    every = [ring for shape in shapes for ring in shape]
    return drawn, np.concatenate(every) if every else np.empty((0, 2))


def _line(shape: list[Coordinates]) -> shapely.Geometry | None:
    return shapely.MultiLineString([each.tolist() for each in shape]) if min(map(len, shape)) > 1 else None


def _points(parcel: Parcel, place: int, said: Said) -> tuple[Coordinates, list[str]]:
    """Positions (n, 2) as written and the ring of each; none where a line cannot be read, which is said."""
    split = [line.split(",") for _, line in parcel.points]
    try:
        _, rings_stated, first, second = zip(*split, strict=True)
        ringed = [str(each) for each in rings_stated]
        plain = np.column_stack((np.array(first, np.float64), np.array(second, np.float64)))
    except ValueError:
        plain, ringed = None, []
    if plain is not None and bool(np.isfinite(plain).all()):
        return plain, ringed
    points: list[tuple[float, float]] = []
    numbers = list[str]()
    broken = False
    for (place_in_file, line), fields in zip(parcel.points, split, strict=True):
        read = _point(line, fields)
        if read is None:
            broken = True
            name = parcel.name(place)
            said.add(
                "line",
                f"第 {place_in_file} 行（地块 {name}）不能识别：{line[:40]}",
                f"Line {place_in_file} (parcel {name}) is not understood: {line[:40]}",
            )
        else:
            points.append(read[1:])
            numbers.append(read[0] or (numbers[-1] if numbers else ""))
    return (np.empty((0, 2)), []) if broken else (np.array(points, np.float64).reshape(-1, 2), numbers)


def _point(line: str, fields: list[str]) -> tuple[str, float, float] | None:
    """Ring, first and second coordinate of a line that is not plainly four fields."""
    plain = unicodedata.normalize("NFKC", line).translate(POINT_MARKS)
    fields = [each.strip() for each in (plain.split(",") if "," in plain else plain.split())]
    while fields and not fields[-1]:
        fields.pop()
    if len(fields) < 3:
        return None
    # Three fields are a point, or its ring, and the coordinates.
    ring, written = (fields[1], fields[2:4]) if len(fields) > 3 else ("", fields[1:3])
    both = [degrees(each) for each in written]
    if both[0] is None or both[1] is None:
        return None
    return ring, both[0][0], both[1][0]


def _northing_second(points: Coordinates) -> bool:
    """Whether the numbers can only be easting or longitude first; in China the two never have the same size."""
    size = np.abs(points)
    north = np.where(size > 180, (size > 1.6e6) & (size < 6.3e6), size < 56)
    return bool(north[:, 1].all() and not north[:, 0].any())


def _count(parcel: Parcel, place: int, points: Coordinates, numbers: list[str], said: Said) -> None:
    """Say where the stated number of points is not that of the lines, with or without those that close rings."""
    stated = number(parcel.fields[0]) if parcel.fields else None
    if stated is None or int(stated) == len(points):
        return
    runs = _runs(numbers)
    closing = sum(bool((points[start] == points[end - 1]).all()) for start, end in runs)
    if int(stated) not in {len(points) - closing, len(points) + len(runs) - closing}:
        name = parcel.name(place)
        said.add(
            "count",
            f"第 {parcel.line} 行：地块 {name} 注明 {int(stated)} 点，实有 {len(points)} 点",
            f"Line {parcel.line}: parcel {name} states {int(stated)} points and has {len(points)}",
        )


def _runs(numbers: list[str]) -> list[tuple[int, int]]:
    starts = [place for place, number in enumerate(numbers) if not place or number != numbers[place - 1]]
    return list(zip(starts, [*starts[1:], len(numbers)], strict=True))


# --- attributes -------------------------------------------------------------------------------------------------------


def _columns(
    parcels: list[Parcel], drawn: Geometries, said: Said, unregistered: re.Pattern[str] | None
) -> dict[str, pa.Array]:
    """The attributes by heading; of areas that are written as ``unregistered`` none is taken for a registered one."""
    rest: list[list[str]] = []
    names: list[str | None] = []
    areas: list[float | None] = []
    for parcel in parcels:
        kind = parcel.kind_place
        names.append(",".join(parcel.fields[3:kind]) or None)
        rest.append(parcel.fields[kind + 1 :])
        written = parcel.fields[1] if len(parcel.fields) > 1 else ""
        areas.append(None if unregistered and unregistered.fullmatch(written) else number(written))
    stated_m2 = _areas(np.array(areas, np.float64), drawn, said)
    columns = {
        "编号": pa.array([parcel.name(place) for place, parcel in enumerate(parcels, 1)], pa.string()),
        "名称": pa.array(names, pa.string()),
        "登记面积（平方米）": pa.array(stated_m2, pa.float64(), from_pandas=True),
    }
    for place in range(max((len(fields) for fields in rest), default=0)):
        heading = HEADINGS[3 + place] if place < 3 else f"附加{place - 2}"
        values = [(fields[place] if place < len(fields) else "") or None for fields in rest]
        columns[heading] = pa.array(values, pa.string())
    # A parcel line has a place for everything: what no parcel fills is not stated, which is not the same as empty.
    stated = {name: column for name, column in columns.items() if column.null_count < len(column) or name == "编号"}
    return stated | {"点数": pa.array([len(parcel.points) for parcel in parcels], pa.int64())}


def _areas(stated: npt.NDArray[np.float64], drawn: Geometries, said: Said) -> npt.NDArray[np.float64]:
    """Stated areas in m²: hectares, unless the drawn area shows that the number is in another unit."""
    if not len(stated):
        return stated
    plane = bool((np.abs(np.nan_to_num(shapely.bounds(drawn))) > 360).any())
    true = shapely.area(drawn) if plane else area_m2(drawn)
    factors = np.array([factor for factor, _ in _UNITS])
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.abs(np.log(stated[:, None] * factors / true[:, None]))
    fits = np.where(np.isfinite(ratio), ratio, np.inf)
    unit = np.where(fits.min(axis=1) < np.log(1.5), fits.argmin(axis=1), -1)
    known = unit[unit >= 0]
    usual = int(np.bincount(known).argmax()) if len(known) else 0
    unit[unit < 0] = usual
    for place, (_, name) in enumerate(_UNITS[1:], 1):
        count = int((unit == place).sum())
        if count:
            said.add(
                "unit",
                f"{count} 个地块的面积与图形相比是{name.zh}而不是公顷，按{name.zh}读",
                f"{count} parcels state their area in {name.en}, not hectares, as what is drawn shows",
            )
    return np.round(stated * factors[unit], 4)
