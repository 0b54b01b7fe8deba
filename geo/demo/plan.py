"""The plans that the 2024 report names, each at an invented place."""

import numpy as np
from numpy.random import Generator

from geo.demo.ground import Ground, Sites
from geo.demo.spread import days, ladder, only
from geo.demo.table import Table, table

SEAT = "沙坪镇"
TOWNSHIP_AREAS = ("沙坪镇", "五渡镇", "大堡镇", "黑竹沟镇")
VILLAGES = ("红星村", "新声村", "马嘶溪村", "河沟村", "双河村")


def plans(ground: Ground, random: Generator) -> Table:
    """The county plan (approved), four township-area plans (submitted), the central area and five villages (drafts)."""
    seat = ground.named(SEAT)
    towns = [ground.named(name) for name in TOWNSHIP_AREAS]
    villages = [ground.village_named(SEAT, name) for name in VILLAGES]
    town = np.array([seat, *towns, seat, *[place for place, _ in villages]], np.intp)
    village = np.array([0] * (2 + len(towns)) + [each for _, each in villages], np.intp)
    sites = Sites(np.zeros((len(town), 2)), town, village)
    xy = np.array([ground.village_of(sites, index).seat for index in range(len(sites))])
    sites = Sites(xy + random.uniform(-0.001, 0.001, xy.shape), town, village)
    count = len(sites)
    level = ["county", *["township_area"] * len(towns), "central_area", *["village"] * len(villages)]
    name = [
        f"{ground.county_name}国土空间总体规划（2021—2035年）",
        *[f"{ground.towns[place].name}片区乡镇级国土空间规划" for place in towns],
        "中心城区控制性详细规划",
        *[f"{ground.village_of(sites, index).name}村庄规划" for index in range(2 + len(towns), count)],
    ]
    county = np.array([each == "county" for each in level])
    submitted = county | np.array([each == "township_area" for each in level])
    approved_on = np.where(county, np.datetime64("2024-06-28"), np.datetime64("2024-12-31"))
    ends = np.where(county, np.datetime64("2024-03-15"), days(random, "2024-09-20", "2024-12-20", count))
    started, drafted, published, submitted_on = ladder(random, "2023-01-10", ends, 4)
    return table(
        "spatial_plan",
        ground,
        sites,
        sites.points,
        code=[f"GH{ground.county}{number:03d}" for number in range(1, count + 1)],
        name=name,
        starts_on=started,
        level=level,
        planned_until=[2035] * count,
        started=started,
        drafted=drafted,
        published=only(published, submitted),
        submitted=only(submitted_on, submitted),
        approved=only(approved_on, county),
    )
