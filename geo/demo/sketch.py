"""A county's outline to a drawn partition into townships, for a demonstration where no boundaries are published."""

import json
import math
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Geometry, LineString, Polygon

from geo.settings import SHIPPED

Floats = NDArray[np.float64]
_GRAINS = 5_000
_DIGITS = 7  # a centimetre
_NEAR = 3e-7
_LABEL = {"zh": "示意界线，非法定界线", "en": "Illustrative boundary, not an official one"}


def sketch(outline: Polygon, seats: Floats, shares: Floats, seed: int = 511132) -> list[Polygon]:
    """``outline`` (lon/lat) cut into one polygon for each of ``seats``, without gaps or overlaps.

    ``seats`` are (n, 2) lon/lat inside the outline, ``shares`` the wished parts of its area. Neighbours share their
    vertices exactly. The same arguments give the same polygons; an outline that already has the vertices at which the
    borders end keeps them.
    """
    random = np.random.default_rng(seed)
    scale = np.array([math.cos(math.radians(outline.centroid.y)), 1.0])
    west, south, east, north = outline.bounds
    grains = random.uniform((west - 0.05, south - 0.05), (east + 0.05, north + 0.05), (_GRAINS, 2))
    inside = shapely.contains_xy(outline, grains)
    warped = _warped(np.vstack((grains, seats)), random) * scale
    owner = _power_owner(warped[:_GRAINS], warped[_GRAINS:], shares / shares.sum(), inside)
    owner[np.argmin(np.hypot(*((grains[:, None] - seats) * scale).transpose(2, 0, 1)), axis=0)] = np.arange(len(seats))
    cells = _cells(grains)
    edges = [_border(cells, owner, a) for a in range(len(seats))]
    faces = _faces(outline, shapely.union_all(edges))
    owners = owner[shapely.STRtree(_points(grains)).nearest(shapely.point_on_surface(faces))]
    owners = _without_islands(faces, owners)
    parts = [shapely.union_all(faces[owners == a]) for a in range(len(seats))]
    return _smoothed(outline, parts, seats)


def _warped(xy: Floats, random: np.random.Generator) -> Floats:
    """Positions pushed about by a few waves, so that borders bend as valleys and ridges do."""
    moved = xy.copy()
    for length, height in ((0.16, 0.012), (0.09, 0.008), (0.05, 0.005)):
        for axis in (0, 1):
            angle, phase = random.uniform(0, 2 * math.pi, 2)
            along = xy @ np.array([math.cos(angle), math.sin(angle)])
            moved[:, axis] += height * np.sin(2 * math.pi * along / length + phase)
    return moved


def _power_owner(xy: Floats, seats: Floats, shares: Floats, inside: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The seat each position belongs to in a power diagram whose weights are tuned until the shares are met."""
    square = ((xy[:, None, :] - seats[None, :, :]) ** 2).sum(axis=2)
    weight = np.zeros(len(seats))
    for _ in range(300):
        owner = np.argmin(square - weight, axis=1)
        found = np.bincount(owner[inside], minlength=len(seats)) / inside.sum()
        weight += 0.01 * (shares - found)
    return np.argmin(square - weight, axis=1)


def _points(xy: Floats) -> NDArray[np.object_]:
    return np.asarray(shapely.points(xy), dtype=object)


def _cells(grains: Floats) -> NDArray[np.object_]:
    """The Voronoi cell of each grain, in their order."""
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(grains)))
    grain = shapely.STRtree(cells).query(_points(grains), predicate="intersects")
    ordered = np.empty(len(grains), dtype=object)
    ordered[grain[0]] = cells[grain[1]]
    return ordered


def _border(cells: NDArray[np.object_], owner: NDArray[np.intp], seat: int) -> Geometry:
    return shapely.boundary(shapely.coverage_union_all(cells[owner == seat]))


def _faces(outline: Polygon, lines: Geometry) -> NDArray[np.object_]:
    """The faces into which ``lines`` cut the outline."""
    noded = shapely.union_all([lines, outline.exterior])
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    return faces[shapely.contains_properly(outline.buffer(1e-9), shapely.point_on_surface(faces))]


def _without_islands(faces: NDArray[np.object_], owners: NDArray[np.intp]) -> NDArray[np.intp]:
    """Owners with all but the greatest face of each given to the neighbour with the longest common border."""
    owners = owners.copy()
    area = shapely.area(faces)
    greatest = {owner: int(np.flatnonzero(owners == owner)[np.argmax(area[owners == owner])]) for owner in set(owners)}
    stray = [face for face in range(len(faces)) if face not in greatest.values()]
    for face in sorted(stray, key=lambda face: -area[face]):
        kept = list(greatest.values())
        common = shapely.length(shapely.intersection(faces[face], faces[kept]))
        owners[face] = owners[kept[int(np.argmax(common))]]
    return owners


def _smoothed(outline: Polygon, parts: list[Any], seats: Floats) -> list[Polygon]:
    """The parts with rounded inner borders; the outline keeps its vertices."""
    borders = shapely.union_all(shapely.boundary(parts))
    arcs: NDArray[np.object_] = shapely.get_parts(shapely.line_merge(borders))
    rim = outline.exterior.buffer(1e-8)
    outer = shapely.covers(rim, arcs)
    rounded = [arc if at_rim else _rounded(arc) for arc, at_rim in zip(arcs, outer, strict=True)]
    vertices = _points(shapely.get_coordinates(outline))
    rounded = [_snapped(arc, shapely.STRtree(vertices), vertices) for arc in rounded]
    found: NDArray[Any] = shapely.get_parts(shapely.polygonize(rounded))
    if len(found) != len(seats):
        raise ValueError(f"{len(found)} parts were drawn for {len(seats)} townships")
    seat, part = shapely.STRtree(found).query(_points(seats), predicate="within")
    if sorted(seat) != list(range(len(seats))) or len(set(part)) != len(seats):
        raise ValueError("a seat lies outside the township drawn for it")
    drawn: NDArray[Any] = shapely.normalize(found[part[np.argsort(seat)]])
    return list(drawn)


def _rounded(arc: LineString) -> LineString:
    """Chaikin's corner cutting, three times, after dropping the finest steps; the ends stay."""
    xy = shapely.get_coordinates(shapely.simplify(arc, 0.0015))
    for _ in range(3):
        cut = np.empty((2 * len(xy) - 2, 2))
        cut[0::2] = 0.75 * xy[:-1] + 0.25 * xy[1:]
        cut[1::2] = 0.25 * xy[:-1] + 0.75 * xy[1:]
        xy = np.vstack((xy[:1], cut[1:-1], xy[-1:]))
    return LineString(xy)


def _snapped(arc: LineString, tree: shapely.STRtree, vertices: NDArray[np.object_]) -> LineString:
    """The arc in rounded coordinates; its ends are vertices of the outline where they nearly are."""
    xy = np.round(shapely.get_coordinates(arc), _DIGITS)
    for end in (0, -1):
        (near,) = tree.query([shapely.Point(xy[end])], predicate="dwithin", distance=_NEAR)[1:]
        if len(near):
            xy[end] = shapely.get_coordinates(vertices[near[0]])[0]
    kept = np.append(True, np.abs(np.diff(xy, axis=0)).max(axis=1) > _NEAR)
    kept[-1] = True
    return LineString(xy[kept])


def township_collection(county: str) -> dict[str, Any]:
    """The GeoJSON of ``data/<county>/townships.geojson``, drawn from the county's outline and sketched seats."""
    folder = SHIPPED / county
    places: dict[str, Any] = json.loads((folder / "places.json").read_text("utf-8"))
    towns: list[dict[str, Any]] = places["townships"]
    seats = np.array([town["sketch"]["seat"] for town in towns])
    shares = np.array([town["sketch"]["share"] for town in towns], dtype=np.float64)
    county_file: dict[str, Any] = json.loads((folder / "county.geojson").read_text("utf-8"))
    drawn = sketch(_outline(county_file), seats, shares)
    return {
        "type": "FeatureCollection",
        "name": "townships",
        "label": _LABEL,
        "notice": county_file["notice"],
        "features": [
            {
                "type": "Feature",
                "properties": {"code": town["code"], "name": town["name"], "illustrative": True},
                "geometry": json.loads(shapely.to_geojson(polygon)),
            }
            for town, polygon in zip(towns, drawn, strict=True)
        ],
    }


def _outline(collection: dict[str, Any]) -> Polygon:
    """The greatest polygon of a county file."""
    geometry = shapely.from_geojson(json.dumps(collection["features"][0]["geometry"]))
    return max(shapely.get_parts(geometry), key=lambda part: part.area)
