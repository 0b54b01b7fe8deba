"""Invented land parcels of six layers whose areas and dates add up to the 2024 report."""

import numpy as np
from numpy.random import Generator

from geo.demo.ground import Ground
from geo.demo.spread import MU, amounts, counts, day, days, ladder, only, proportional
from geo.demo.table import Table, table

POOL_MU, TASK_MU, RESTORED_MU, NEW_2023_MU = 12_370, 4_900, 1_305, 2_210.43
ENFORCED = ((20, 34), (13, 14))
"""Parcels set right by 5 December and after it, of 2018 to 2021 and of 2022 to 2023."""
ENFORCED_MU, ENFORCED_TOTAL_MU, ENFORCED_FARMLAND_MU, FARMLAND_TOTAL_MU = 68.26, 258.73, 18.29, 63.31
IDLE_MU, UNSUPPLIED_MU, SUPPLIED_MU = 202.5, 509.55, 34.8
LINKED_M2, LINKED_HOUSEHOLDS, QUOTA_M2 = 1_116_029.33, 3295, 781_220
ACQUIRED_MU, INSURED = 644, 139
PLOTS, BATCHES, CONVERSIONS, PLOTS_MU = 45, 11, 5, 6.90

_END = np.datetime64("2024-12-31")
_NONE = np.datetime64("NaT")
_FORMER = (("0305", "灌木林地"), ("0307", "其他林地"), ("0204", "其他园地"), ("0201", "果园"), ("0404", "其他草地"))


def _spacing(areas: np.ndarray) -> float:
    return 2.4 * float(np.sqrt(areas.max()))


def farmland(ground: Ground, random: Generator) -> Table:
    """The pool of 12 370 亩, of it the task of 4 900 亩, of that 1 305 亩 by 5 December; and the programme of 2023."""
    groups = (
        (170, RESTORED_MU),
        (450, TASK_MU - RESTORED_MU),
        (940, POOL_MU - TASK_MU),
        (280, NEW_2023_MU),
    )
    areas = np.concatenate([amounts(random, total * MU, count) for count, total in groups])
    group = np.repeat(np.arange(4), [count for count, _ in groups])
    count = len(areas)
    sites = ground.sites(random, count, _spacing(areas))
    order = random.permutation(count)
    areas, group = areas[order], group[order]
    restored, task, new = group == 0, group <= 1, group == 3
    ends = np.where(
        restored, days(random, "2024-05-20", "2024-12-05", count), days(random, "2024-12-06", "2024-12-30", count)
    )
    issued, analysed, surveyed, tasked = ladder(
        random, "2023-01-10", days(random, "2023-09-01", "2024-02-28", count), 4
    )
    works, planted, inspected, done = ladder(random, "2024-03-05", ends, 4)
    new_issued, new_tasked = ladder(random, "2023-01-03", days(random, "2023-02-01", "2023-03-15", count), 2)
    new_works, new_planted = ladder(random, "2023-03-20", days(random, "2023-05-01", "2024-03-31", count), 2)
    pool = group == 2
    seen = pool & (random.uniform(0, 1, count) < 0.55)
    sent_back = pool & (random.uniform(0, 1, count) < 0.03)
    returned = days(random, "2024-07-01", "2024-11-30", count)
    former = random.integers(0, len(_FORMER), count)
    villages = [ground.village_of(sites, index).code for index in range(count)]
    return table(
        "farmland_patch",
        ground,
        sites,
        ground.plots(random, sites.xy, areas),
        code=[f"{ground.county}2{number:011d}" for number in range(1, count + 1)],
        registered_area_m2=areas,
        starts_on=np.where(new, new_issued, issued),
        due_on=np.where(new, np.datetime64("2023-12-31"), np.where(task, _END, _NONE)),
        patch_number=[f"{number:05d}" for number in range(1, count + 1)],
        programme=np.where(new, "new_farmland", "restoration"),
        task_year=[2023 if n else 2024 if t else None for n, t in zip(new, task, strict=True)],
        land_class=[_FORMER[index][0] for index in former],
        land_class_name=[_FORMER[index][1] for index in former],
        owner_village=[f"{village}0000000" for village in villages],
        way=random.choice(["JKHF", "GCHF"], count, p=[0.65, 0.35]),
        slope_class=random.integers(2, 6, count),
        restorable_m2=areas,
        crop=[
            crop if t else None
            for crop, t in zip(random.choice(["玉米", "马铃薯", "油菜", "荞麦"], count), task | new, strict=True)
        ],
        issued=np.where(new, new_issued, issued),
        analysed=only(analysed, ~new),
        surveyed=only(surveyed, task | seen),
        tasked=np.where(new, new_tasked, only(tasked, task)),
        works=np.where(new, new_works, only(works, task)),
        planted=np.where(new, new_planted, only(planted, task)),
        inspected=only(inspected, task),
        returned=only(returned, sent_back),
        restored=only(done, task),
    )


def enforcement(ground: Ground, random: Generator) -> Table:
    """81 parcels of 258.73 亩, of which 33 were set right by 5 December and all by the end of the year."""
    early = np.concatenate([np.repeat([True, False], pair) for pair in ENFORCED])
    old = np.repeat([True, False], [sum(pair) for pair in ENFORCED])
    count = len(early)
    year = np.where(old, random.integers(2018, 2022, count), random.integers(2022, 2024, count))
    areas, crops = np.empty(count), np.empty(count)
    rest_mu, rest_farmland_mu = ENFORCED_TOTAL_MU - ENFORCED_MU, FARMLAND_TOTAL_MU - ENFORCED_FARMLAND_MU
    for which, total, farmland_mu in (
        (early, ENFORCED_MU, ENFORCED_FARMLAND_MU),
        (~early, rest_mu, rest_farmland_mu),
    ):
        areas[which] = amounts(random, total * MU, int(which.sum()))
        crops[which] = proportional(areas[which] * random.uniform(0.3, 1, int(which.sum())), farmland_mu * MU)
    sites = ground.sites(random, count, _spacing(areas))
    finished = np.where(
        early, days(random, "2023-06-01", "2024-12-05", count), days(random, "2024-12-06", "2024-12-30", count)
    )
    issued = np.array([f"{min(each + 1, 2023)}-{month:02d}-15" for each, month in zip(
        year, random.integers(1, 4, count), strict=True)], "datetime64[D]")  # fmt: skip
    judged = issued + random.integers(10, 40, count)
    rectifying, rectified = ladder(random, "2023-05-01", finished, 2)
    passed = np.where(early, rectified + random.integers(5, 60, count), rectified + random.integers(3, 20, count))
    return table(
        "enforcement_parcel",
        ground,
        sites,
        ground.plots(random, sites.xy, areas),
        code=[f"WP{each}{ground.county}{number:04d}" for number, each in enumerate(year, 1)],
        registered_area_m2=areas,
        starts_on=issued,
        due_on=np.full(count, _END),
        year=year,
        monitoring_number=[f"{ground.county}{each}{number:05d}" for number, each in enumerate(year, 1)],
        verdict=["unlawful"] * count,
        farmland_m2=crops,
        land_use=random.choice(["住宅", "养殖圈舍", "堆场", "道路", "附属设施"], count),
        issued=issued,
        judged=judged,
        rectifying=rectifying,
        rectified=rectified,
        passed=only(passed, passed <= _END),
    )


def disposal(ground: Ground, random: Generator) -> Table:
    """Idle land, all of it disposed of, and approved land, of which 34.8 亩 were supplied by 5 December."""
    idle, supplied, waiting = 7, 3, 18
    areas = np.concatenate((
        amounts(random, IDLE_MU * MU, idle),
        amounts(random, SUPPLIED_MU * MU, supplied),
        amounts(random, (UNSUPPLIED_MU - SUPPLIED_MU) * MU, waiting),
    ))  # fmt: skip
    count = len(areas)
    towns = dict.fromkeys(range(len(ground.towns)), 1.0) | {0: 12.0}
    sites = ground.sites(random, count, _spacing(areas), towns=towns, near=2500)
    done = np.arange(count) < idle + supplied
    identified = days(random, "2023-01-20", "2023-06-30", count)
    planned, disposed = ladder(random, "2023-07-05", days(random, "2023-10-15", "2024-12-05", count), 2)
    verified = disposed + random.integers(10, 60, count)
    year = random.integers(2016, 2022, count)
    return table(
        "land_disposal",
        ground,
        sites,
        ground.plots(random, sites.xy, areas, corners=8),
        code=[f"CZ{ground.county}{number:04d}" for number in range(1, count + 1)],
        registered_area_m2=areas,
        starts_on=identified,
        kind=["idle"] * idle + ["approved_unsupplied"] * (supplied + waiting),
        approved_year=year,
        land_use=random.choice(["工业用地", "城镇住宅用地", "商业服务业用地", "公共管理与公共服务用地"], count),
        disposal=[
            *random.choice(["started", "taken_back", "exchanged"], idle),
            *["supplied"] * supplied,
            *[None] * waiting,
        ],
        identified=identified,
        planned=only(planned, done | (random.uniform(0, 1, count) < 0.5)),
        disposed=only(disposed, done),
        verified=only(verified, done & (verified <= _END)),
    )


def linked(ground: Ground, random: Generator) -> Table:
    """Plots of old houses: those reclaimed by the end of 2024 make the stated sums, some more are under way."""
    ready, more = 420, 46
    households = np.concatenate((
        counts(random, LINKED_HOUSEHOLDS, ready, least=2),
        counts(random, 8 * more, more, least=2),
    ))  # fmt: skip
    wish = households * random.uniform(0.85, 1.15, ready + more)
    areas = np.concatenate((proportional(wish[:ready], LINKED_M2), np.round(wish[ready:] * 330, 2)))
    quota = np.concatenate((proportional(areas[:ready], QUOTA_M2), np.round(areas[ready:] * 0.7, 2)))
    count = len(areas)
    sites = ground.sites(random, count, _spacing(areas))
    done = np.arange(count) < ready
    approved, demolished, reclaimed = ladder(random, "2023-01-10", days(random, "2023-09-01", "2024-11-30", count), 3)
    accepted = reclaimed + random.integers(10, 60, count)
    credited = accepted + random.integers(10, 40, count)
    return table(
        "linked_reclamation",
        ground,
        sites,
        ground.plots(random, sites.xy, areas, corners=9),
        code=[f"GJ{ground.county}{number:05d}" for number in range(1, count + 1)],
        registered_area_m2=areas,
        starts_on=approved,
        project=[f"{ground.county_name}增减挂钩试点项目{1 + town % 3}区" for town in sites.town],
        households=households,
        quota_saved_m2=quota,
        new_farmland_m2=quota,
        approved=approved,
        demolished=only(demolished, done | (random.uniform(0, 1, count) < 0.6)),
        reclaimed=only(reclaimed, done),
        accepted=only(accepted, done & (accepted <= _END)),
        credited=only(credited, done & (credited <= _END)),
    )


def acquisition(ground: Ground, random: Generator) -> Table:
    """The land of the S309 bridge project, all acquired, with the people it insured."""
    count = 26
    areas = amounts(random, ACQUIRED_MU * MU, count)
    town = ground.named("五渡镇")
    sites = ground.sites(random, count, _spacing(areas), towns={town: 1.0}, near=1200)
    announced, agreed, approved, acquired = ladder(
        random, "2023-02-01", days(random, "2024-03-01", "2024-11-15", count), 4
    )
    return table(
        "land_acquisition",
        ground,
        sites,
        ground.plots(random, sites.xy, areas, corners=8),
        code=[f"ZD{ground.county}{number:04d}" for number in range(1, count + 1)],
        registered_area_m2=areas,
        starts_on=announced,
        project=["S309大桥建设项目"] * count,
        farmland_m2=np.round(areas * random.uniform(0.2, 0.6, count), 2),
        people_settled=counts(random, INSURED, count, least=1),
        announced=announced,
        agreed=agreed,
        approved=approved,
        acquired=acquired,
        insured=acquired + random.integers(5, 45, count),
    )


def housing(ground: Ground, random: Generator) -> Table:
    """45 plots of 6.90 亩, approved in eleven batches, some under one of five farmland conversion projects."""
    areas = amounts(random, PLOTS_MU * MU, PLOTS, spread=0.15)
    sites = ground.sites(random, PLOTS, 120, near=600)
    batch = np.sort(np.concatenate((np.arange(BATCHES), random.integers(0, BATCHES, PLOTS - BATCHES))))
    converted = np.where(random.uniform(0, 1, PLOTS) < 0.7, batch % CONVERSIONS, -1)
    converted[np.searchsorted(batch, np.arange(CONVERSIONS))] = np.arange(CONVERSIONS)
    approval = (day("2024-02-20", PLOTS) + 27 * batch).astype("datetime64[D]")
    applied, reviewed, submitted, _ = ladder(random, "2023-10-08", approval, 4)
    built = approval + random.integers(90, 200, PLOTS)
    return table(
        "rural_housing",
        ground,
        sites,
        ground.plots(random, sites.xy, areas, corners=5),
        code=[f"ZJD{ground.county}{number:04d}" for number in range(1, PLOTS + 1)],
        registered_area_m2=areas,
        starts_on=applied,
        batch=[f"2024年第{number + 1}批" for number in batch],
        conversion_project=[f"2024年农用地转用第{number + 1}号" if number >= 0 else None for number in converted],
        building=random.choice(["new", "rebuilt", "moved"], PLOTS, p=[0.3, 0.4, 0.3]),
        people=random.integers(2, 7, PLOTS),
        farmland_m2=np.where(converted >= 0, np.round(areas * 0.6, 2), 0),
        applied=applied,
        reviewed=reviewed,
        submitted=submitted,
        approved=approval,
        built=only(built, built <= _END),
    )
