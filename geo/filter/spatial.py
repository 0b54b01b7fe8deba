"""Geometries of a filter as they are stored, and how they may lie to each other."""

from typing import LiteralString

import numpy as np
import shapely
from psycopg import sql
from shapely.geometry.base import BaseGeometry

from geo import crs
from geo.filter.fault import FilterFault
from geo.filter.tree import Box, Call, Geometry
from geo.text import Text

# The boxes are compared first, which is what the index answers; PostGIS would do so by itself for some of these only.
_RELATIONS: dict[str, LiteralString] = {
    "s_contains": "({0} && {1} AND st_contains({0}, {1}))",
    "s_crosses": "({0} && {1} AND st_crosses({0}, {1}))",
    "s_disjoint": "(NOT st_intersects({0}, {1}))",
    "s_equals": "({0} && {1} AND st_equals({0}, {1}))",
    "s_intersects": "({0} && {1} AND st_intersects({0}, {1}))",
    "s_overlaps": "({0} && {1} AND st_overlaps({0}, {1}))",
    "s_touches": "({0} && {1} AND st_touches({0}, {1}))",
    "s_within": "({0} && {1} AND st_within({0}, {1}))",
}
_OF_COLLECTIONS = ("s_intersects", "s_disjoint")


def related(op: str, left: sql.Composable, right: sql.Composable) -> sql.Composable:
    """The condition that two geometries lie to each other as a function of the standard says."""
    return sql.SQL(_RELATIONS[op]).format(left, right)


def keep_simple(node: Call) -> None:
    """Raise :class:`FilterFault` for a collection of geometries where PostGIS has no answer for it."""
    for each in node.args:
        if (
            isinstance(each, Geometry)
            and each.geometry.geom_type == "GeometryCollection"
            and node.op not in _OF_COLLECTIONS
        ):
            reason = Text(
                zh="GEOMETRYCOLLECTION 只能用于 S_INTERSECTS 和 S_DISJOINT",
                en="a GEOMETRYCOLLECTION has its place in S_INTERSECTS and S_DISJOINT only",
            )
            raise FilterFault(reason, each.at)


def ewkb(node: Geometry | Box, uri: str) -> str:
    """A geometry in one of :data:`geo.crs.CRS_URIS`, axes as its registry orders them, as EWKB in EPSG:4490.

    Raises :class:`FilterFault` where it is not valid or lies outside its system.
    """
    drawn = node.geometry if isinstance(node, Geometry) else _box(node, uri)
    if not drawn.is_valid:
        reason = Text(
            zh="图形无效，如边线自相交", en="is a geometry that is not valid, such as one that crosses itself"
        )
        raise FilterFault(reason, node.at)
    _, flipped = crs.registered(uri)
    first, second = shapely.get_coordinates(drawn).T
    east, north = (second, first) if flipped else (first, second)
    if crs.in_degrees(uri) and ((np.abs(east) > 180).any() or (np.abs(north) > 90).any()):
        raise _outside(node, flipped=flipped)
    stored = crs.from_registry_order(np.array([drawn], dtype=object), uri)[0]
    longitude, latitude = shapely.get_coordinates(stored).T
    if not ((np.abs(longitude) <= 180).all() and (np.abs(latitude) <= 90).all()):
        raise _outside(node, flipped=flipped)
    # Far outside its system PROJ may still find a place, but not the way back from there.
    back = crs.in_registry_order(np.array([stored], dtype=object), uri)[0]
    if not np.allclose(shapely.get_coordinates(back), shapely.get_coordinates(drawn), rtol=0, atol=0.01):
        raise _outside(node, flipped=flipped)
    return shapely.to_wkb(shapely.set_srid(stored, crs.STORED), hex=True, include_srid=True)


def _outside(node: Geometry | Box, *, flipped: bool) -> FilterFault:
    zh, en = ("先北后东", "north before east") if flipped else ("先东后北", "east before north")
    reason = Text(
        zh=f"坐标超出坐标系的范围；此坐标系坐标{zh}", en=f"has coordinates outside its system, which puts {en}"
    )
    return FilterFault(reason, node.at)


def _box(node: Box, uri: str) -> BaseGeometry:
    """A box in the order of its axes; in degrees, one whose first meridian is east of its second crosses the 180th.

    Edges in metres are followed as they run on the ground.
    """
    numbers = [float(each) for each in node.numbers]
    half = len(numbers) // 2
    (first, second), (third, fourth) = numbers[:2], numbers[half : half + 2]
    _, flipped = crs.registered(uri)
    west, south, east, north = (second, first, fourth, third) if flipped else (first, second, third, fourth)
    if south > north or (west > east and not crs.in_degrees(uri)):
        raise FilterFault(Text(zh="BBOX 应先低后高", en="has its lower corner behind its upper one"), node.at)
    spans = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    parts = [_rectangle(left, south, right, north) for left, right in spans]
    drawn = parts[0] if len(parts) == 1 else shapely.union_all(parts)
    if not crs.in_degrees(uri):
        drawn = shapely.segmentize(drawn, max(east - west, north - south, 1) / 32)
    return shapely.transform(drawn, lambda xy: xy[:, ::-1]) if flipped else drawn


def _rectangle(west: float, south: float, east: float, north: float) -> BaseGeometry:
    if west == east and south == north:
        return shapely.Point(west, south)
    if west == east or south == north:
        return shapely.LineString([(west, south), (east, north)])
    return shapely.box(west, south, east, north)
