"""Invented mines whose rectification, reclamation, fund and inspections add up to the 2024 report."""

import numpy as np
from numpy.random import Generator

from geo.demo.ground import Ground
from geo.demo.spread import MU, amounts, counts, days, ladder, only, proportional
from geo.demo.table import Table, table

SITES, RECTIFIED_BEFORE, PENALISED = 55, 35, 15
FUND, FUND_BEFORE = 43_462_300, 31_882_600
"""Paid in by the end of 2024 and, from the stated growth of 36.32 %, of 2023; yuan."""
RECLAIMED_MU = 193.35
INSPECTIONS, VISITS, PROBLEMS = 160, 331, 66
AUCTION, AUCTION_TOWN = 925_000_000, "毛坪镇"

_MINERALS = ("石灰岩", "玄武岩", "砂岩", "页岩", "白云岩", "磷矿", "铅锌矿")


def mines(ground: Ground, random: Generator) -> Table:
    """The mines with problems; the first 35 were set right before 2024."""
    town = ground.named(AUCTION_TOWN)
    villages = len(ground.towns[town].villages)
    # The two mines whose rights were sold are among those of the last year.
    sites = ground.sites(random, SITES, 900, near=4000, named=[(town, 1 % villages), (town, 2 % villages)])
    order = np.roll(np.arange(SITES), -2)
    sites = sites.take(order)
    sold = np.arange(SITES) >= SITES - 2
    minerals = random.choice(_MINERALS, SITES)
    early = np.arange(SITES) < RECTIFIED_BEFORE
    penalised = (np.arange(SITES) >= RECTIFIED_BEFORE) & (np.arange(SITES) < RECTIFIED_BEFORE + PENALISED)
    listed = days(random, "2022-09-01", "2023-01-31", SITES)
    penalty = days(random, "2024-01-15", "2024-04-30", SITES)
    finished = np.where(
        early, days(random, "2023-04-01", "2023-12-31", SITES), days(random, "2024-06-20", "2024-12-26", SITES)
    )
    begun = np.where(
        early, ladder(random, "2023-02-01", finished, 2)[0], days(random, "2024-05-01", "2024-06-15", SITES)
    )
    accepted = finished + random.integers(3, 40, SITES)
    closed = accepted + random.integers(3, 30, SITES)
    end = np.datetime64("2024-12-31")
    fund = amounts(random, FUND, SITES, spread=0.9)
    reclaimed = amounts(random, RECLAIMED_MU * MU, SITES)
    problems = counts(random, PROBLEMS, SITES)
    revenue = proportional(np.where(sold, random.uniform(0.5, 1, SITES), 0), AUCTION)
    return table(
        "mining_site",
        ground,
        sites,
        sites.points,
        code=[f"KS{ground.county}{number:04d}" for number in range(1, SITES + 1)],
        name=[
            f"{ground.village_of(sites, index).name}{index + 1}号{mineral}{'矿' if not mineral.endswith('矿') else ''}"
            for index, mineral in enumerate(minerals)
        ],
        starts_on=listed,
        due_on=np.full(SITES, end),
        mineral=minerals,
        state=random.choice(["producing", "stopped", "closed", "abandoned"], SITES, p=[0.4, 0.3, 0.2, 0.1]),
        fund_accrued=np.round(fund * random.uniform(1, 1.3, SITES), 2),
        fund_paid_in=fund,
        fund_paid_in_before=proportional(fund * random.uniform(0.9, 1.1, SITES), FUND_BEFORE),
        fund_used=np.round(fund * random.uniform(0, 0.4, SITES), 2),
        auction_revenue=[value if there else None for value, there in zip(revenue.tolist(), sold, strict=True)],
        planned_reclamation_m2=np.round(reclaimed * random.uniform(1, 1.6, SITES), 2),
        reclaimed_m2=reclaimed,
        inspections=counts(random, INSPECTIONS, SITES, least=1),
        inspection_visits=counts(random, VISITS, SITES, least=2),
        problems_found=problems,
        problems_fixed=problems,
        listed=listed,
        penalised=only(penalty, penalised),
        rectifying=begun,
        rectified=finished,
        accepted=only(accepted, accepted <= end),
        closed=only(closed, closed <= end),
    )
