"""County, townships and villages: loading them, finding one by code or name, and locating geometries in them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo.database import Connection, one, rows, statement
from geo.errors import FileUnreadable, NotFound
from geo.settings import SHIPPED
from geo.text import Text

Geometries = npt.NDArray[np.object_]
_CELLS, _BLOCK = 512, 8
_FEW = 20_000


@dataclass(frozen=True)
class OrgUnit:
    """One unit; ``geom`` is lon/lat CGCS2000 or None where no boundary is known."""

    code: str
    level: str
    parent: str | None
    name: str
    short_name: str | None
    geom: shapely.Geometry | None
    illustrative: bool
    name_en: str | None = None

    @property
    def label(self) -> Text:
        """Its name in both languages; where it has none in English, the Chinese one."""
        return Text(zh=self.name, en=self.name_en or self.name)


@dataclass(frozen=True)
class Places:
    """All units of the county, to look them up by any spelling and to say which township a geometry lies in."""

    units: dict[str, OrgUnit]
    former: dict[str, str | None]

    @cached_property
    def county(self) -> OrgUnit | None:
        """The county itself; None before places are loaded."""
        return next((unit for unit in self.units.values() if unit.level == "county"), None)

    @cached_property
    def townships(self) -> list[OrgUnit]:
        """Townships that have a boundary, in order of code."""
        found = [unit for unit in self.units.values() if unit.level == "township" and unit.geom is not None]
        return sorted(found, key=lambda unit: unit.code)

    @property
    def illustrative(self) -> bool:
        """Whether any township boundary is only drawn for illustration."""
        return any(unit.illustrative for unit in self.townships)

    @cached_property
    def _spelled(self) -> dict[tuple[str, str], str]:
        found: dict[tuple[str, str], str] = {}
        for unit in self.units.values():
            for spelling in {unit.code, unit.name, unit.short_name or unit.name}:
                key = (unit.level, spelling)
                found[key] = unit.code if found.get(key, unit.code) == unit.code else ""
        return found

    def find(self, spelling: str, level: str) -> str | None:
        """The code of the unit that ``spelling`` names at a level, or of the successor of an abolished one.

        None where it is unknown, names several, or has no confirmed successor.
        """
        word = spelling.strip()
        if found := self._spelled.get((level, word)):
            return found
        if level == "township":
            if word in self.former:
                return self.former[word]
            if len(word) == 12 and word.endswith("000"):  # land survey writes township codes with twelve digits
                return self.find(word[:9], level)
        return None

    def locate(self, geometries: Geometries) -> npt.NDArray[np.intp]:
        """The index in ``townships`` of the one that covers each geometry, -1 where none does; none may be missing.

        Exact: a grid over the county answers for what lies within cells that no boundary crosses, GEOS for the rest.
        """
        if not self.townships or len(geometries) < _FEW:  # the grid takes a moment to make
            return self._covering(geometries)
        place = self._grid_answer(shapely.bounds(geometries))
        closer = np.flatnonzero(place < 0)
        place[closer] = self._covering(geometries[closer])
        return place

    def touched(self, geometries: Geometries) -> npt.NDArray[np.intp]:
        """The index of the township that holds a point of each geometry's inside, -1 where none does."""
        return self._covering(shapely.point_on_surface(geometries))

    def in_county(self, geometries: Geometries) -> npt.NDArray[np.bool_]:
        """Whether each geometry shares a point with the county; True where the county's outline is unknown."""
        outline = self.county.geom if self.county else None
        if outline is None:
            return np.ones(len(geometries), np.bool_)
        shapely.prepare(outline)
        return shapely.intersects(outline, geometries)

    @cached_property
    def _tree(self) -> shapely.STRtree:
        polygons = np.array([unit.geom for unit in self.townships], object)
        shapely.prepare(polygons)
        return shapely.STRtree(polygons)

    def _covering(self, geometries: Geometries) -> npt.NDArray[np.intp]:
        place = np.full(len(geometries), -1, np.intp)
        row, township = self._tree.query(geometries, predicate="covered_by")
        place[row] = township
        return place

    @cached_property
    def _grid(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.intp]]:
        """Origin, cell size, and the township that covers each cell of a grid over all townships (-1: none).

        Blocks of cells are asked first; only those that a boundary crosses are taken apart.
        """
        west, south, east, north = shapely.total_bounds(self._tree.geometries)
        origin, size = np.array([west, south]), np.array([east - west, north - south]) / _CELLS

        def cells(column: npt.NDArray[np.intp], line: npt.NDArray[np.intp], width: int) -> Geometries:
            x, y = west + column * size[0], south + line * size[1]
            return shapely.box(x, y, x + width * size[0], y + width * size[1])

        columns, lines = np.indices((_CELLS // _BLOCK, _CELLS // _BLOCK)) * _BLOCK
        blocks = cells(columns.ravel(), lines.ravel(), _BLOCK)
        whole = self._covering(blocks)
        crossed = np.zeros(len(blocks), np.bool_)
        crossed[self._tree.query(blocks, predicate="intersects")[0]] = True
        crossed &= whole < 0
        across = np.ones((_BLOCK, _BLOCK), np.intp)
        answer = np.kron(whole.reshape(columns.shape), across)
        column, line = np.nonzero(np.kron(crossed.reshape(columns.shape), across))
        answer[column, line] = self._covering(cells(column, line, 1))
        return origin, size, answer

    def _grid_answer(self, bounds: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
        """What the grid says of boxes (west, south, east, north): a township, or -1 for "look closer"."""
        origin, size, grid = self._grid
        low = np.floor((bounds[:, :2] - origin) / size).astype(np.intp)
        high = np.floor((bounds[:, 2:] - origin) / size).astype(np.intp)
        fits: npt.NDArray[np.bool_] = (low >= 0) & (high < _CELLS) & (high - low <= 1)
        near = fits[:, 0] & fits[:, 1]
        low[~near] = high[~near] = 0
        corner = grid[low[:, 0], low[:, 1]]
        same = near & (corner == grid[high[:, 0], high[:, 1]])
        same &= (corner == grid[low[:, 0], high[:, 1]]) & (corner == grid[high[:, 0], low[:, 1]])
        return np.where(same, corner, -1)


def places(connection: Connection) -> Places:
    """All units in the database."""
    units: dict[str, OrgUnit] = {}
    for row in rows(connection, "org_unit_all"):
        row["geom"] = None if row["geom"] is None else shapely.from_wkb(row["geom"])
        units[row["code"]] = OrgUnit(**row)
    former: dict[str, str | None] = {}
    for row in rows(connection, "org_unit_former_all"):
        former[row["code"]] = former[row["name_zh"]] = row["successor"]
    return Places(units, former)


def load_places(connection: Connection, county: str) -> int:
    """Load the shipped places of a county (``data/<county>``) and return how many units there are now.

    Boundaries that were imported stay; shipped ones only fill what has none. Raises :class:`NotFound`.
    """
    folder = SHIPPED / county
    if not (folder / "places.json").is_file():
        raise NotFound(noun=Text(zh="县", en="county"), key=county)
    known: dict[str, Any] = json.loads((folder / "places.json").read_text("utf-8"))
    top: dict[str, Any] = known["county"]
    _upsert(connection, top | {"level": "county", "parent": None})
    for township in known["townships"]:
        _upsert(connection, township | {"level": "township", "parent": top["code"]})
    for township in known["townships"]:
        for village in township["villages"]:
            _upsert(connection, village | {"level": "village", "parent": township["code"]})
    for former in known["abolished"]:
        connection.execute(
            statement("org_unit_former_upsert"),
            {"code": former["code"], "name": former["name"], "successor": former["merged_into"]},
        )
    for file in ("county.geojson", "townships.geojson"):
        draw(connection, _boundaries(folder / file), overwrite=False)
    return len(places(connection).units)


def settle(connection: Connection, county: str) -> bool:
    """Load the shipped places of a county where there are none yet; returns whether its places are shipped."""
    shipped = (SHIPPED / county / "places.json").is_file()
    if shipped and one(connection, "org_unit_any", bool) is None:
        load_places(connection, county)
    return shipped


def draw(connection: Connection, boundaries: Iterable[tuple[str, bytes, bool]], *, overwrite: bool) -> int:
    """Set boundaries: (code, WKB in lon/lat CGCS2000, illustrative); returns how many units were drawn."""
    drawn = 0
    for code, wkb, illustrative in boundaries:
        drawn += connection.execute(
            statement("org_unit_draw"),
            {"code": code, "geom": wkb, "illustrative": illustrative, "overwrite": overwrite},
        ).rowcount
    return drawn


def _upsert(connection: Connection, unit: dict[str, Any]) -> None:
    connection.execute(
        statement("org_unit_upsert"),
        {
            "code": unit["code"],
            "level": unit["level"],
            "parent": unit["parent"],
            "name_zh": unit["name"],
            "name_en": unit.get("name_en"),
            "short_name": unit.get("short_name"),
        },
    )


def _boundaries(path: Path) -> Iterable[tuple[str, bytes, bool]]:
    try:
        collection: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise FileUnreadable(file=path.name, reason=str(error)) from None
    for feature in collection["features"]:
        properties: dict[str, Any] = feature["properties"]
        geometry = shapely.from_geojson(json.dumps(feature["geometry"]))
        yield str(properties["code"]), shapely.to_wkb(geometry), bool(properties.get("illustrative"))
