"""Invented hazard points, risk zones and households that move away from them, adding up to the 2024 report."""

import numpy as np
from numpy.random import Generator

from geo.demo.ground import METRES_NORTH, Ground, Sites
from geo.demo.spread import counts, days, ladder, only, proportional
from geo.demo.table import Table, table

POINTS, AUTOMATIC, WORKS = 128, 110, 12
INVESTMENT, PROTECTED = 19_970_000, 1070
CARDS, MONITORS, WARNED, EVACUATED_HOUSEHOLDS, EVACUATED_PEOPLE = 1522, 130, 2018, 782, 3276
HOUSEHOLDS, DEMOLISHED, ACCEPTED = 1101, (955, 976), (942, 966)
PAID_SHARE = 0.7386
FIRST_WORKS = ("沙坪镇", "双河村", "双河村1组一公里不稳定斜坡")
ONE_PAID = ("宜坪乡", "宜坪村")

_KINDS = {"00": "不稳定斜坡", "01": "滑坡", "02": "崩塌", "03": "泥石流"}
_SPOTS = (
    "大水沟",
    "后山",
    "学校后山",
    "河边",
    "公路上方",
    "垭口",
    "老房子",
    "梁上",
    "岩脚",
    "石灰窑",
    "水井湾",
    "桥头",
)
_MINIMUM = "2024-12-05"


def hazards(ground: Ground, random: Generator) -> tuple[Table, Sites]:
    """The hazard points, those with works first, and where they are."""
    first = [ground.village_named(*FIRST_WORKS[:2]), ground.village_named(*ONE_PAID)]
    sites = ground.sites(random, POINTS, 700, named=first)
    kinds = random.choice(list(_KINDS), POINTS, p=[0.3, 0.42, 0.16, 0.12])
    kinds[0] = "00"
    names = _names(ground, sites, kinds, random)
    cards = np.sort(counts(random, CARDS, POINTS, least=2))[::-1]
    people = np.round(cards * random.uniform(3.6, 4.6, POINTS)).astype(int)
    works = np.arange(POINTS) < WORKS
    control = np.where(works, "works", random.choice(["community", "professional", "relocation"], POINTS))
    evacuated = _evacuated(random, cards)
    identified = days(random, "2013-03-01", "2022-11-30", POINTS)
    started, finished, accepted = ladder(random, "2023-03-01", days(random, "2023-11-01", "2024-12-20", POINTS), 3)
    investment = proportional(random.uniform(0.5, 2, WORKS), INVESTMENT / 10_000, digits=0) * 10_000
    hazard = table(
        "hazard_point",
        ground,
        sites,
        sites.points,
        code=[f"{ground.county}{kind}{number:04d}" for number, kind in enumerate(kinds, 1)],
        name=names,
        starts_on=identified,
        kind=kinds,
        scale_grade=random.choice(["small", "medium"], POINTS, p=[0.8, 0.2]),
        danger_grade=["medium" if each >= 100 else "small" for each in people],
        threatened_households=cards,
        threatened_people=people,
        threatened_property=np.round(cards * random.uniform(8, 15, POINTS)) * 10_000,
        control=control,
        automatic_monitoring=np.arange(POINTS) < AUTOMATIC,
        trigger=random.choice(["rain", "earthquake", "people"], POINTS, p=[0.8, 0.05, 0.15]),
        warning_cards=cards,
        monitors=1 + (np.arange(POINTS) < MONITORS - POINTS),
        weather_warned_people=proportional(people.astype(float), WARNED, digits=0).astype(int),
        evacuated_households=evacuated,
        evacuated_people=proportional(evacuated.astype(float), EVACUATED_PEOPLE, digits=0).astype(int),
        investment=[*investment.tolist(), *[None] * (POINTS - WORKS)],
        protected_people=[
            *proportional(people[:WORKS].astype(float), PROTECTED, digits=0).astype(int).tolist(),
            *[None] * (POINTS - WORKS),
        ],
        identified=identified,
        works_started=only(started, works),
        works_completed=only(finished, works),
        preliminary_accepted=only(accepted, works),
    )
    return hazard, sites


def _names(ground: Ground, sites: Sites, kinds: np.ndarray, random: Generator) -> list[str]:
    """A different name for each point, of village, group and spot."""
    names: list[str] = [FIRST_WORKS[2]]
    for index in range(1, len(sites)):
        while True:
            group, spot = random.integers(1, 9), random.choice(_SPOTS)
            name = f"{ground.village_of(sites, index).name}{group}组{spot}{_KINDS[str(kinds[index])]}"
            if name not in names:
                break
        names.append(name)
    return names


def _evacuated(random: Generator, households: np.ndarray) -> np.ndarray:
    """Households moved out in the rainy season: of some points all, of the last one a part."""
    order = random.permutation(len(households))
    before = np.cumsum(households[order]) - households[order]
    moved = np.zeros(len(households), int)
    moved[order] = np.clip(EVACUATED_HOUSEHOLDS - before, 0, households[order])
    return moved


def risk_zones(ground: Ground, random: Generator, hazards: Table, sites: Sites) -> Table:
    """A zone around each of some hazard points; illustrative only."""
    chosen = np.sort(random.choice(POINTS, 40, replace=False))
    areas = np.round(random.uniform(15_000, 80_000, len(chosen)), 2)
    grades = random.choice(["extreme", "high", "medium", "low"], len(chosen), p=[0.1, 0.35, 0.4, 0.15])
    around = sites.take(chosen)
    return table(
        "risk_zone",
        ground,
        around,
        ground.plots(random, around.xy, areas, corners=17),
        code=[f"FX{ground.county}{number:04d}" for number in range(1, len(chosen) + 1)],
        name=[f"{hazards.columns['name'][index]}风险区" for index in chosen],
        registered_area_m2=areas,
        starts_on=days(random, "2023-03-01", "2023-12-20", len(chosen)),
        grade=grades,
        hazard_code=[hazards.columns["code"][index] for index in chosen],
        threatened_households=[int(hazards.columns["threatened_households"][index]) for index in chosen],
        threatened_people=[int(hazards.columns["threatened_people"][index]) for index in chosen],
    )


def relocation(ground: Ground, random: Generator, hazards: Table, hazard_sites: Sites) -> Table:
    """The households of the relocation programme, each below a hazard point."""
    hazard, sites = _below(ground, random, hazard_sites)
    number = np.arange(HOUSEHOLDS)
    # Rows are in the order of progress; where they lie has been drawn by lot before.
    demolished_on = np.concatenate((
        days(random, "2023-10-10", _MINIMUM, DEMOLISHED[0]),
        days(random, "2024-12-06", "2024-12-28", DEMOLISHED[1] - DEMOLISHED[0]),
        days(random, "2025-02-01", "2025-05-01", HOUSEHOLDS - DEMOLISHED[1]),
    ))  # fmt: skip
    accepted_on = _accepted(random, demolished_on)
    signed, housed, moved_in, demolished = ladder(random, "2023-06-20", demolished_on, 4)
    gone, accepted = number < DEMOLISHED[1], number < ACCEPTED[1]
    begun = gone | (random.uniform(0, 1, HOUSEHOLDS) < 0.8)
    built = gone | (begun & (random.uniform(0, 1, HOUSEHOLDS) < 0.5))
    registered, applied, verified = ladder(
        random, "2023-01-05", days(random, "2023-03-01", "2023-06-18", HOUSEHOLDS), 3
    )
    reclaimed = demolished_on + ((accepted_on - demolished_on) * random.uniform(0, 1, HOUSEHOLDS)).astype(int)
    due = np.round(
        random.choice([30_000.0, 40_000.0, 50_000.0], HOUSEHOLDS) + 100 * random.integers(-40, 41, HOUSEHOLDS), 2
    )
    village = np.array([ground.village_of(sites, index).name for index in range(HOUSEHOLDS)])
    paid = _paid(random, due, village, gone & (signed <= np.datetime64("2024-09-30")))
    paid_on = np.maximum(signed + random.integers(5, 60, HOUSEHOLDS), np.datetime64("2024-01-20"))
    inside = signed <= np.datetime64("2024-12-30")
    return table(
        "relocation_household",
        ground,
        sites,
        sites.points,
        code=_household_codes(ground, sites),
        name=[f"{place}避险搬迁{each:04d}号" for each, place in enumerate(village, 1)],
        starts_on=registered,
        people=np.clip(random.poisson(3.9, HOUSEHOLDS), 1, 9),
        resettlement=random.choice(
            ["scattered", "concentrated", "monetary", "other"], HOUSEHOLDS, p=[0.6, 0.22, 0.16, 0.02]
        ),
        programme=["地质灾害避险搬迁"] * HOUSEHOLDS,
        task_year=[2023] * HOUSEHOLDS,
        hazard_code=[hazards.columns["code"][index] for index in hazard],
        old_house_m2=np.round(random.uniform(60, 220, HOUSEHOLDS), 1),
        subsidy_due=due,
        subsidy_paid=np.where(paid, due, 0),
        registered=registered,
        applied=applied,
        verified=verified,
        signed=only(signed, begun & inside),
        housed=only(housed, built & (housed <= np.datetime64("2024-12-30"))),
        moved_in=only(moved_in, gone),
        demolished=only(demolished, gone),
        reclaimed=only(reclaimed, gone & (reclaimed <= np.datetime64("2024-12-31"))),
        accepted=only(accepted_on, accepted),
        paid=only(np.minimum(paid_on, np.datetime64("2024-12-01")), paid),
    )


def _below(ground: Ground, random: Generator, hazards: Sites) -> tuple[np.ndarray, Sites]:
    """For each household a hazard point and a site within some hundred metres of it, in the same township."""
    hazard = random.integers(0, len(hazards), HOUSEHOLDS)
    angle, far = random.uniform(0, 2 * np.pi, HOUSEHOLDS), random.uniform(30, 300, HOUSEHOLDS)
    away = np.column_stack((far * np.cos(angle) / ground.metres_east, far * np.sin(angle) / METRES_NORTH))
    return hazard, Sites(hazards.xy[hazard] + away, hazards.town[hazard], hazards.village[hazard])


def _accepted(random: Generator, demolished: np.ndarray) -> np.ndarray:
    """Dates of acceptance after demolition: 942 up to 5 December, 24 more up to the end of the year."""
    end = np.datetime64(_MINIMUM)
    wished = demolished + random.integers(10, 90, HOUSEHOLDS)
    early = np.arange(HOUSEHOLDS) < ACCEPTED[0]
    early_on = np.maximum(np.minimum(wished, end), demolished)
    late_on = np.maximum(demolished, np.datetime64("2024-12-06")) + random.integers(0, 3, HOUSEHOLDS)
    return np.where(early, early_on, late_on)


def _paid(random: Generator, due: np.ndarray, village: np.ndarray, may: np.ndarray) -> np.ndarray:
    """Which households are paid, so that the sum is the stated share of all that is due; one in 宜坪村."""
    paid = np.zeros(HOUSEHOLDS, bool)
    there = village == ONE_PAID[1]
    paid[np.flatnonzero(there & may)[0]] = True
    target = PAID_SHARE * due.sum()
    for index in random.permutation(np.flatnonzero(may & ~there)):
        if due[paid].sum() + due[index] <= target:
            paid[index] = True
    rest = target - due[paid].sum()
    # One exchange of a paid household for an unpaid one brings the sum as near as the single amounts allow.
    given, taken = np.flatnonzero(paid & ~there), np.flatnonzero(may & ~paid & ~there)
    gain = due[taken][None, :] - due[given][:, None]
    best = np.unravel_index(np.argmin(np.abs(gain - rest)), gain.shape)
    paid[given[best[0]]], paid[taken[best[1]]] = False, True
    return paid


def _household_codes(ground: Ground, sites: Sites) -> list[str]:
    """Village code and a running number in the village."""
    seen: dict[str, int] = {}
    codes: list[str] = []
    for index in range(len(sites)):
        village = ground.village_of(sites, index).code
        seen[village] = seen.get(village, 0) + 1
        codes.append(f"BX{village}{seen[village]:03d}")
    return codes
