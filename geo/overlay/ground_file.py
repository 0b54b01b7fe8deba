"""A folder of GeoParquet that parcels are laid over without a database: written from one, read by many processes."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo.crs import Geometries
from geo.database import Connection, statement
from geo.errors import FileUnreadable, ShanheError
from geo.layers import layer as declared
from geo.org_unit import OrgUnit, Places, places
from geo.overlay.block import Records, Wanted, boxes, reach
from geo.overlay.known import OUTSIDE, Known, known
from geo.overlay.partition import box_of, damage_told, read, write
from geo.overlay.rule import GROUPED, OWNED
from geo.overlay.run import Against
from geo.text import Text

FILE = 50_000
"""Most records of one file."""

_RECORD = ("id", "org_unit", "code", "name", "group", "owner")
_UNIT = ("code", "level", "parent", "name", "short_name", "illustrative", "name_en")


class GroundDiffers(ShanheError):
    """A folder was written for another day, or without a layer that is asked for."""

    code = "ground_differs"
    sentence = Text(zh="{folder} 不能用于本次计算：{reason}", en="{folder} cannot be used: {reason}")


@dataclass(frozen=True)
class InFiles:
    """Records in GeoParquet files, a folder for each layer; ``bounds`` and ``files`` hold one entry for each file.

    What :func:`write_ground` wrote of several counties may lie in one folder: their files are named differently.
    """

    folder: Path
    places: Places
    why: dict[tuple[str, str], Text]
    complete: dict[tuple[str, str], Text]
    bounds: dict[str, npt.NDArray[np.float64]]
    files: dict[str, tuple[Path, ...]]

    def records(self, parcels: Geometries, wanted: Sequence[Wanted], as_of: date) -> list[Records]:
        """For each wanted layer the records that may lie on or near any of the parcels."""
        around = boxes(shapely.bounds(parcels)) if len(parcels) else np.empty((0, 4))
        return [self._near(each.layer, around + reach(around, each.within_m) * _WIDER) for each in wanted]

    def known(self, layers: Sequence[str], townships: frozenset[str], as_of: date) -> Known:
        """What was known of layers in townships when the folder was written."""
        why = {key: said for key, said in self.why.items() if key[0] in layers}
        return Known(why, {key: said for key, said in self.complete.items() if key[0] in layers})

    @cached_property
    def outline(self) -> shapely.Geometry | None:
        """The outline of all counties of the folder, None where one of them has none."""
        drawn = [unit.geom for unit in self.places.units.values() if unit.level == "county"]
        if not drawn or any(geom is None for geom in drawn):
            return None
        return drawn[0] if len(drawn) == 1 else shapely.union_all(drawn)

    def _near(self, layer: str, around: npt.NDArray[np.float64]) -> Records:
        """The records whose boxes meet any of some boxes, in order of their ids."""
        found: list[tuple[Any, ...]] = []
        for bounds, path in zip(self.bounds[layer], self.files[layer], strict=True):
            here = around[((around[:, :2] <= bounds[2:]) & (around[:, 2:] >= bounds[:2])).all(axis=1)]
            if len(here):
                box = (*here[:, :2].min(axis=0).tolist(), *here[:, 2:].max(axis=0).tolist())
                columns = read(path, box)
                found += zip(*(columns[name] for name in (*_RECORD, "geometry")), strict=True)
        found.sort(key=lambda row: row[0])
        if not found:
            return Records([], [], [], [], [], [], np.empty(0, object))
        ids, org_unit, code, name, group, owner, geom = (list(column) for column in zip(*found, strict=True))
        return Records(ids, org_unit, code, name, group, owner, np.array(geom, object))


_WIDER = np.array([-1, -1, 1, 1])


def write_ground(connection: Connection, against: Against, folder: Path) -> int:
    """Write what parcels are laid over, as the viewer sees it, to a folder, and return how many records there are.

    Records go to ``record/<layer>/<county>-NNNN.parquet`` in EPSG:4490, neighbours in one file, units to
    ``unit/<county>.parquet``, and what is not known where, with the day, to ``<county>.json``.
    """
    there = places(connection)
    county = there.county.code if there.county else "county"
    wanted = against.wanted()
    written = 0
    for each in wanted:
        (folder / "record" / each.layer).mkdir(parents=True, exist_ok=True)
        for old in (folder / "record" / each.layer).glob(f"{county}-*.parquet"):
            old.unlink()
        values = {
            "layer": each.layer, "grouped": GROUPED.get(each.layer), "owner": OWNED.get(each.layer),
            "with_milestones": not declared(each.layer).reference, "as_of": against.as_of,
        }  # fmt: skip
        with connection.cursor(f"ground_{each.layer}", binary=True) as cursor:
            cursor.itersize = FILE
            cursor.execute(statement("overlay_ground"), values)
            number = 0
            while rows := cursor.fetchmany(FILE):
                *columns, wkb = zip(*rows, strict=True)
                geom = shapely.from_wkb(np.array(wkb, object), on_invalid="fix")
                path = folder / "record" / each.layer / f"{county}-{number:04d}.parquet"
                write(path, dict(zip(_RECORD, map(list, columns), strict=True)), geom)
                number, written = number + 1, written + len(rows)
    units = list(there.units.values())
    named = {name: [getattr(unit, name) for unit in units] for name in _UNIT}
    (folder / "unit").mkdir(exist_ok=True)
    write(folder / "unit" / f"{county}.parquet", named, np.array([unit.geom for unit in units], object))
    codes = [each.layer for each in wanted]
    told = known(connection, codes, [unit.code for unit in there.townships], there, against.as_of)
    about = {
        "as_of": against.as_of.isoformat(), "layers": codes,
        "unknown": [{"layer": layer, "place": place, **said.both()} for (layer, place), said in told.why.items()],
        "complete": [{"layer": layer, "place": place, **said.both()} for (layer, place), said in told.complete.items()],
    }  # fmt: skip
    (folder / f"{county}.json").write_text(json.dumps(about, ensure_ascii=False, indent=1), "utf-8")
    return written


def read_ground(folder: Path, against: Against) -> InFiles:
    """A folder that :func:`write_ground` wrote, of one county or of several.

    Raises :class:`GroundDiffers` where it is of another day or lacks a layer, and
    :class:`geo.errors.FileUnreadable` where a file is damaged.
    """
    layers = [each.layer for each in against.wanted()]
    written = sorted(folder.glob("*.json"))
    if not written:
        raise FileUnreadable(file=folder, reason=Text(zh="没有图层数据", en="it holds no layers"))
    why: dict[tuple[str, str], Text] = {}
    complete: dict[tuple[str, str], Text] = {}
    unknown_outside = dict.fromkeys(layers, 0)
    for path in written:
        with damage_told(path):
            about: dict[str, Any] = json.loads(path.read_text("utf-8"))
            if about["as_of"] != against.as_of.isoformat():
                said = Text(zh="{file} 的日期是 {day}", en="{file} is of {day}").format(
                    file=path.name, day=about["as_of"]
                )
                raise GroundDiffers(folder=folder, reason=said)
            if lacking := [code for code in layers if code not in about["layers"]]:
                said = Text(zh="{file} 没有 {layers}", en="{file} has no {layers}")
                raise GroundDiffers(folder=folder, reason=said.format(file=path.name, layers=", ".join(lacking)))
            for row in about["unknown"]:
                why[row["layer"], row["place"]] = Text(zh=row["zh"], en=row["en"])
                if row["place"] == OUTSIDE and row["layer"] in unknown_outside:
                    unknown_outside[row["layer"]] += 1
            for row in about.get("complete", ()):
                complete[row["layer"], row["place"]] = Text(zh=row["zh"], en=row["en"])
    for layer, count in unknown_outside.items():
        if count < len(written):  # outside every township a layer is known where any county knows it
            why.pop((layer, OUTSIDE), None)
    units: dict[str, OrgUnit] = {}
    for path in sorted((folder / "unit").glob("*.parquet")):
        columns = read(path)
        for *values, geom in zip(*(columns[name] for name in _UNIT), columns["geometry"], strict=True):
            unit = OrgUnit(**dict(zip(_UNIT, values, strict=True)), geom=geom)
            units[unit.code] = unit
    files = {layer: tuple(sorted((folder / "record" / layer).glob("*.parquet"))) for layer in layers}
    bounds = {layer: np.array([box_of(path) for path in files[layer]]).reshape(-1, 4) for layer in layers}
    return InFiles(folder, Places(units, {}), why, complete, bounds, files)
