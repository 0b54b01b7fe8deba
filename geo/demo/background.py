"""Invented patches of the reference layers: enough to lay under parcels, nothing that is measured."""

import math

import numpy as np
import shapely
from numpy.random import Generator

from geo.crs import area_m2
from geo.demo.ground import METRES_NORTH, Ground, Sites
from geo.demo.table import Table, table

_SEAT_TOWN = 0
_CLASSES = (
    ("0103", "旱地"), ("0101", "水田"), ("0301", "乔木林地"), ("0305", "灌木林地"), ("0702", "农村宅基地"),
    ("0701", "城镇住宅用地"), ("1003", "公路用地"), ("1101", "河流水面"), ("0204", "其他园地"),
)  # fmt: skip


def permanent_farmland(ground: Ground, random: Generator) -> Table:
    """Seventy patches of permanent basic farmland."""
    areas = np.round(random.uniform(8_000, 60_000, 70), 2)
    sites = ground.sites(random, len(areas), 2.4 * float(np.sqrt(areas.max())))
    return table(
        "permanent_farmland",
        ground,
        sites,
        ground.plots(random, sites.xy, areas),
        code=[f"{ground.county}3{number:011d}" for number in range(1, len(areas) + 1)],
        registered_area_m2=areas,
        patch_number=[f"{number:05d}" for number in range(1, len(areas) + 1)],
        land_class=["0103"] * len(areas),
        land_class_name=["旱地"] * len(areas),
        farmland_m2=areas,
        slope_class=random.integers(1, 5, len(areas)),
    )


def ecological_redline(ground: Ground, random: Generator) -> Table:
    """Twelve areas in the larger townships."""
    areas = np.round(random.uniform(600_000, 2_400_000, 12), 2)
    size = {index: float(shapely.area(town.polygon)) ** 3 for index, town in enumerate(ground.towns)}
    sites = ground.sites(random, len(areas), 2.4 * float(np.sqrt(areas.max())), towns=size, near=20_000)
    return table(
        "ecological_redline",
        ground,
        sites,
        ground.plots(random, sites.xy, areas, corners=40),
        code=[f"HX{ground.county}{number:03d}" for number in range(1, len(areas) + 1)],
        registered_area_m2=areas,
        redline_code=[f"{ground.county}{number:04d}" for number in range(1, len(areas) + 1)],
        kind=random.choice(["生物多样性维护", "水源涵养", "水土保持"], len(areas)),
    )


def urban_boundary(ground: Ground, random: Generator) -> Table:
    """One area around the seat of every township, the largest at the county's."""
    count = len(ground.towns)
    town = np.arange(count)
    xy = np.array([each.seat for each in ground.towns])
    sites = Sites(xy, town, np.zeros(count, np.intp))
    room = shapely.distance(sites.points, shapely.boundary([each.polygon for each in ground.towns]))
    wish = np.where(town == _SEAT_TOWN, 2_600_000, random.uniform(150_000, 500_000, count))
    limit = (0.9 * room * min(ground.metres_east, METRES_NORTH)) ** 2
    areas = np.round(np.minimum(wish, limit), 2).astype(np.float64)
    return table(
        "urban_boundary",
        ground,
        sites,
        ground.plots(random, xy, areas, corners=21),
        code=[f"CZ{each.code}" for each in ground.towns],
        name=[f"{each.name}城镇开发边界" for each in ground.towns],
        registered_area_m2=areas,
        kind=["concentrated"] * count,
        town=[each.name for each in ground.towns],
    )


def land_survey(ground: Ground, random: Generator) -> Table:
    """Ninety patches that cover a disc of 1.2 km around the county's seat without a gap."""
    town = ground.towns[_SEAT_TOWN]
    turn, far = random.uniform(0, 2 * math.pi, 90), np.sqrt(random.uniform(0, 1, 90))
    degrees = 1200 / np.array([ground.metres_east, METRES_NORTH])
    seeds = np.array(town.seat) + np.column_stack((far * np.cos(turn), far * np.sin(turn))) * degrees
    rim = np.linspace(0, 2 * math.pi, 60, endpoint=False)
    disc = shapely.Polygon(np.array(town.seat) + np.column_stack((np.cos(rim), np.sin(rim))) * degrees)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(seeds), extend_to=disc))
    patches = shapely.normalize(shapely.intersection(cells, disc))
    centres = shapely.get_coordinates(shapely.point_on_surface(patches))
    seats = np.array([village.seat for village in town.villages])
    village = np.argmin(np.hypot(*(centres[:, None] - seats).transpose(2, 0, 1)), axis=1).astype(np.intp)
    sites = Sites(centres, np.full(len(patches), _SEAT_TOWN), village)
    kind = random.integers(0, len(_CLASSES), len(patches))
    areas = np.round(area_m2(patches), 2)
    return table(
        "land_survey",
        ground,
        sites,
        patches,
        code=[f"{ground.county}1{number:011d}" for number in range(1, len(patches) + 1)],
        registered_area_m2=areas,
        patch_number=[f"{number:05d}" for number in range(1, len(patches) + 1)],
        land_class=[_CLASSES[index][0] for index in kind],
        land_class_name=[_CLASSES[index][1] for index in kind],
        ownership=["30"] * len(patches),
        owner_code=[f"{ground.village_of(sites, index).code}0000000" for index in range(len(patches))],
        net_m2=areas,
        planting=["LS" if _CLASSES[index][0].startswith("01") else None for index in kind],
    )
