"""What somebody sends as parcels, files, a drawing, pasted coordinates or records, to parcels and what is wrong."""

import json
import re
import shutil
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import shapely
from shapely import MultiPolygon, Polygon

from geo.database import Connection, rows
from geo.errors import BadValue, NotFound
from geo.import_job import FILES, Chunks, main_file
from geo.ingest import archive
from geo.ingest.choice import Choice
from geo.ingest.degree import pair
from geo.layer import Layer
from geo.org_unit import places
from geo.overlay.check import check
from geo.overlay.parcel import Parcel
from geo.overlay.problem import problem
from geo.overlay.read import read_parcels
from geo.overlay.result import Problem
from geo.parcel_batch import MOST_PARCELS, ParcelsRefused, Read
from geo.settings import Settings
from geo.text import Text

MOST_CODES = 1_000
"""Records that may be taken as parcels at once."""
KEPT_HOURS = 24
"""Hours after which files that were sent and not made into a batch are deleted."""
_PASTED = "shanhe-pasted"
_NAME = re.compile(r"[^/\\\x00-\x1f.][^/\\\x00-\x1f]{0,119}")
_POINT_NUMBER = re.compile(r"^\s*[A-Za-z]{1,2}\d{0,5}\s*[,，、:：\s]\s*(?:[1-9]\d?\s*[,，]\s*)?")
_COUNTED = re.compile(r"^\s*\d{1,4}\s*[.、:：]\s+|^\s*\d{1,4}\s*[,，\t ]\s*(?=[^,，\t ]+[,，\t ]+[^,，\t ]+\s*$)")
_WKT = re.compile(r"\s*(SRID=\d+;)?\s*(MULTI)?POLYGON", re.IGNORECASE)


def folder(settings: Settings, by: str, upload: UUID) -> Path:
    """Where files are kept until they are made into a batch; nobody else's uploads lie there."""
    return settings.home / "parcel-uploads" / sha256(by.encode()).hexdigest()[:16] / str(upload)


def receive(settings: Settings, by: str, upload: UUID, name: str, chunks: Chunks) -> None:
    """Keep one file that is sent; raises :class:`BadValue` for a name that is none, or where there is too much."""
    if not _NAME.fullmatch(name):
        raise BadValue(name="name", value=name[:100], reason=Text(zh="文件名不可用", en="no name of a file"))
    place = folder(settings, by, upload)
    place.mkdir(parents=True, exist_ok=True, mode=0o700)  # what is sent may be personal
    before = [each for each in place.iterdir() if each.name != name]
    if len(before) >= FILES:
        raise BadValue(name="name", value=name[:100], reason=Text(zh="文件太多", en="there are too many files"))
    room = (settings.upload_mb << 20) - sum(each.stat().st_size for each in before)
    part = place / f"{name}.part"
    try:
        with part.open("wb") as file:
            for chunk in chunks:
                room -= len(chunk)
                if room < 0:
                    most = f"{settings.upload_mb} MB"
                    reason = Text(zh=f"超过 {most}", en=f"it is larger than {most}")
                    raise BadValue(name="name", value=name[:100], reason=reason)
                file.write(chunk)
        part.replace(place / name)
    finally:
        part.unlink(missing_ok=True)


def forget_old(settings: Settings) -> None:
    """Delete files that were sent and of which nothing was made."""
    for place in (settings.home / "parcel-uploads").glob("*/*"):
        if time.time() - place.stat().st_mtime > KEPT_HOURS * 3600:
            shutil.rmtree(place, ignore_errors=True)


def from_upload(connection: Connection, settings: Settings, by: str, upload: UUID, choice: Choice) -> Read:
    """The parcels of files that were sent, in any format that is imported; raises :class:`NotFound` where none were.

    What cannot be read is among the problems (:func:`geo.overlay.read.read_parcels`).
    """
    place = folder(settings, by, upload)
    path = main_file(place)
    if path is None:
        raise NotFound(noun=Text(zh="可读的文件", en="file to read"), key=upload)
    whole = archive.siblings(path) if path.suffix.lower() == ".shp" else [path]
    return _read(connection, settings, [path], choice, name=path.name, digest=_digest(whole))


def forget(settings: Settings, by: str, upload: UUID) -> None:
    """Delete the files of an upload after a batch was made of them."""
    shutil.rmtree(folder(settings, by, upload), ignore_errors=True)


def from_text(connection: Connection, settings: Settings, text: str, choice: Choice) -> Read:
    """The parcels that pasted text states: a boundary-point TXT, GeoJSON, WKT, or a position a line.

    Positions may be in degrees, in degrees, minutes and seconds, or plane, in either order, with or without the numbers
    of their points; an empty line or a name ends a parcel. They become a small file, which goes the way of every file.
    A parcel with a line that is no position is among the problems. Raises :class:`ParcelsRefused` where there is none.
    """
    ending, written, faulty = as_file(text)
    if not written:
        return Read("coordinates", [], faulty)
    with tempfile.TemporaryDirectory(prefix="shanhe-pasted-") as place:
        path = Path(place) / f"{_PASTED}{ending}"
        path.write_text(written, "utf-8")
        read = _read(connection, settings, [path], choice, name=None, digest=None)
    return Read("coordinates", read.parcels, [*faulty, *map(_of_text, read.problems)], notes=read.notes)


def _of_text(found: Problem) -> Problem:
    """What reading says of the file that pasted text became, said of the text."""
    zh, en = (
        re.sub(rf"(?:文件 )?{_PASTED}\.\w+ ?", name, told)
        for name, told in (("粘贴的内容", found.sentence.zh), ("the pasted text ", found.sentence.en))
    )
    return replace(found, sentence=Text(zh=zh, en=en))


def from_drawing(connection: Connection, document: Mapping[str, Any]) -> Read:
    """The parcels of a GeoJSON geometry, feature or collection in longitude and latitude (CGCS2000).

    Of a feature ``number``, ``name``, ``registered_area_m2`` and ``kind`` are kept. Raises :class:`ParcelsRefused`.
    """
    features = _features(document)
    if len(features) > MOST_PARCELS:
        zh, en = f"地块超过 {MOST_PARCELS} 宗", f"there are more than {MOST_PARCELS} parcels"
        raise ParcelsRefused(reason=Text(zh=zh, en=en))
    found = [_drawn(place, each) for place, each in enumerate(features, 1)]
    return Read("drawing", found, _checked(connection, found))


def from_features(connection: Connection, layer: Layer, codes: Sequence[str]) -> Read:
    """Records of a layer as parcels, by their codes; raises :class:`NotFound` for one without a polygon."""
    found = rows(connection, "parcel_feature", layer=layer.code, codes=list(dict.fromkeys(codes)))
    there = {row["code"] for row in found}
    for code in codes:
        if code not in there:
            raise NotFound(noun=Text(zh=f"{layer.label.zh}的面", en=f"polygon of {layer.label.en}"), key=code)
    parcels = [
        Parcel(row["code"], _polygonal(row["code"], shapely.from_wkb(row["geom"])), row["name"],
               row["registered_area_m2"], layer.code)
        for row in found
    ]  # fmt: skip
    return Read("features", parcels, _checked(connection, parcels))


def _read(
    connection: Connection, settings: Settings, paths: Sequence[Path], choice: Choice, *, name: str | None,
    digest: str | None,
) -> Read:  # fmt: skip
    within = places(connection)
    parcels, problems = read_parcels(paths, choice, settings, within=within, named=name is not None)
    whole = (*problems, *check(parcels, within.county.geom if within.county else None))
    return Read("file", parcels, whole, name, digest)


def _checked(connection: Connection, parcels: Sequence[Parcel]) -> list[Problem]:
    county = places(connection).county
    return check(parcels, county.geom if county else None)


def _digest(files: Iterable[Path]) -> str:
    """The hash of what was sent: of one file its own, of several that of their names and hashes."""
    digests: list[tuple[str, bytes]] = []
    for file in files:
        if file.is_dir():
            digests += [(each.name, sha256(each.read_bytes()).digest()) for each in sorted(file.iterdir())]
        else:
            digests.append((file.suffix.lower(), sha256(file.read_bytes()).digest()))
    if len(digests) == 1:
        return digests[0][1].hex()
    return sha256(b"".join(name.encode() + digest for name, digest in digests)).hexdigest()


def _features(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    kind = document.get("type")
    if kind == "FeatureCollection" or (kind is None and "features" in document):
        features = document.get("features")
        if not isinstance(features, list) or not all(isinstance(each, dict) for each in features):
            raise ParcelsRefused(reason=Text(zh="features 应为要素列表", en="features must be a list of features"))
        return features
    if kind == "Feature":
        return [document]
    return [{"geometry": document, "properties": {}}]


def _drawn(place: int, feature: Mapping[str, Any]) -> Parcel:
    stated = feature.get("properties") or {}
    if not isinstance(stated, dict):
        raise ParcelsRefused(reason=Text(zh="properties 应为对象", en="properties must be an object"))
    number = str(stated.get("number") or place)[:200]
    registered = stated.get("registered_area_m2")
    name, kind = stated.get("name"), stated.get("kind")
    return Parcel(
        number,
        polygonal(number, feature.get("geometry")),
        str(name)[:200] if name else None,
        float(registered) if isinstance(registered, (int, float)) and registered > 0 else None,
        str(kind)[:64] if kind else None,
    )


def polygonal(number: str, drawing: object) -> Polygon | MultiPolygon:
    """The polygon of a GeoJSON geometry, without heights; raises :class:`ParcelsRefused` where it is none."""
    try:
        geometry = shapely.from_geojson(json.dumps(drawing))
    except (RecursionError, shapely.errors.GEOSException):
        geometry = None
    return _polygonal(number, geometry)


def _polygonal(number: str, geometry: shapely.Geometry | None) -> Polygon | MultiPolygon:
    """A polygon without heights; raises :class:`ParcelsRefused` for anything else, or where it has no place."""
    if not isinstance(geometry, (Polygon, MultiPolygon)) or geometry.is_empty:
        zh, en = f"地块 {number} 应为面", f"parcel {number} must be a polygon"
        raise ParcelsRefused(reason=Text(zh=zh, en=en))
    west, south, east, north = geometry.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        zh, en = f"地块 {number} 应为经纬度", f"parcel {number} must be in longitude and latitude"
        raise ParcelsRefused(reason=Text(zh=zh, en=en))
    return shapely.force_2d(geometry)


def as_file(text: str) -> tuple[str, str, list[Problem]]:
    """Pasted text as the text of a file, before it its ending, behind it what is wrong with parcels that are left out.

    The text is empty where no parcel is left. Raises :class:`ParcelsRefused` where no parcel is stated.
    """
    begins = text.lstrip("\ufeff \t\r\n")
    if begins.startswith("{"):
        return ".geojson", begins, []
    if "[地块坐标]" in text or "@" in text:
        return ".txt", text, []
    if _WKT.match(begins):
        stated = re.split(r"[\r\n;]+\s*(?=(?:SRID|MULTI|POLYGON))", begins, flags=re.I)
        return ".csv", _table(enumerate(stated, 1)), []
    stated = [(part.name or str(place), place, part) for place, part in enumerate(_parts(text), 1)]
    drawn = [(number, _wkt(part.points)) for number, _, part in stated if part.drawn]
    kept = {number for number, _ in drawn}
    # A number that is refused must not be that of a parcel that is kept.
    faulty = [
        part.problem(f"{number}#{place}" if number in kept else number)
        for number, place, part in stated
        if not part.drawn
    ]
    return ".csv", _table(drawn), faulty


def _table(parcels: Iterable[tuple[object, str]]) -> str:
    lines = [f'{number},"{wkt}"\n' for number, wkt in parcels]
    return "".join(["地块编号,geometry\n", *lines]) if lines else ""


@dataclass(slots=True)
class _Part:
    """The lines of one parcel: its name, positions as they are written, and the first line that is none."""

    name: str = ""
    points: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    fault: tuple[int, str] | None = None

    @property
    def drawn(self) -> bool:
        """Whether the positions enclose something."""
        return self.fault is None and len(set(self.points)) > 2

    def problem(self, number: str) -> Problem:
        """Why they do not, of a parcel with this number."""
        if self.fault is not None:
            line, written = self.fault
            return problem(number, "not_a_position", refused=True, line=line, written=written)
        at = " ".join(f"{each:.10g}" for each in self.points[0])
        return problem(number, "few_points", refused=True, n=len(set(self.points)), at=at)


def _parts(text: str) -> list[_Part]:
    """The parcels of lines of positions."""
    found = [_Part()]
    for number, line in enumerate(text.splitlines(), 1):
        begun = bool(found[-1].points or found[-1].fault)
        if not line.strip():
            if begun:
                found.append(_Part())
            continue
        read = _position(line)
        if read is not None:
            found[-1].points.append(read)
        elif re.search(r"\d+\.\d{2,}", line):
            found[-1].fault = found[-1].fault or (number, line.strip()[:40])
        else:
            if begun:
                found.append(_Part())
            found[-1].name = re.sub(r'[",\r\n]', " ", line).strip()[:200]
    stated = [part for part in found if part.points or part.fault]
    if not stated:
        raise ParcelsRefused(reason=Text(zh="没有坐标", en="there are no coordinates"))
    return stated


def _position(line: str) -> tuple[float, float] | None:
    """The two numbers of a line, with or without the number of the point before them."""
    for shorter in (_COUNTED.sub("", line), _POINT_NUMBER.sub("", line), line):
        read = pair(shorter)
        if read is not None:
            return read[0], read[1]
    return None


def _wkt(points: Sequence[tuple[float, float]]) -> str:
    closed = [*points, points[0]] if points[0] != points[-1] else points
    return f"POLYGON (({', '.join(f'{first!r} {second!r}' for first, second in closed)}))"
