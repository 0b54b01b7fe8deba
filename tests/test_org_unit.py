"""Places: which township a geometry lies in, by a grid and without one."""

import numpy as np
import pytest
import shapely

from geo import org_unit
from geo.database import Database
from geo.org_unit import places


def test_the_grid_gives_the_answer_of_an_exact_search(placed: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with placed.session() as connection:
        there = places(connection)
    random = np.random.default_rng(7)
    west, south, east, north = shapely.total_bounds([unit.geom for unit in there.townships])
    corner = random.uniform((west - 0.05, south - 0.05), (east + 0.05, north + 0.05), (30_000, 2))
    size = 10 ** random.uniform(-6, -1.5, (30_000, 2)) * random.integers(0, 2, (30_000, 1))  # half of them are points
    boxes = shapely.box(*corner.T, *(corner + size).T)
    exact = np.full(len(boxes), -1)
    for place, township in enumerate(there.townships):
        shapely.prepare(township.geom)
        exact[shapely.covers(township.geom, boxes)] = place
    assert (np.bincount(exact + 1) > 100).all()
    np.testing.assert_array_equal(there.locate(boxes), exact)

    def nobody(self: org_unit.Places, bounds: object) -> object:
        raise AssertionError("the grid was not asked")

    monkeypatch.setattr(org_unit.Places, "_grid_answer", nobody)
    with pytest.raises(AssertionError, match="the grid"):
        there.locate(boxes)
