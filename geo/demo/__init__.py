"""An invented data set for every layer, whose sums are the figures of the bureau's 2024 report.

Places and dates are made up and personal columns are empty; the amounts are those of ``report_2024_claims.csv``. Where
the report states two values for one thing, the dated one holds on its date and the undated one on 2024-12-31. What
cannot hold beside the other figures, or is not counted from features, is listed in ``LEFT_OUT``.
"""

import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.random import Generator

from geo.crs import STORED
from geo.demo import background, hazard, land, mine, plan
from geo.demo.ground import ground
from geo.demo.left_out import LEFT_OUT
from geo.demo.table import Table
from geo.settings import settings

__all__ = ["LEFT_OUT", "tables", "write"]


def tables(county: str) -> Iterator[Table]:
    """The table of every layer; the same for the same county each time. Raises :class:`geo.errors.NotFound`."""
    places = ground(county)
    hazards, sites = hazard.hazards(places, _random(county, "hazard_point"))
    yield hazards
    yield hazard.risk_zones(places, _random(county, "risk_zone"), hazards, sites)
    yield hazard.relocation(places, _random(county, "relocation_household"), hazards, sites)
    for code, draw in _DRAWN.items():
        yield draw(places, _random(county, code))


_DRAWN = {
    "farmland_patch": land.farmland,
    "mining_site": mine.mines,
    "enforcement_parcel": land.enforcement,
    "land_disposal": land.disposal,
    "linked_reclamation": land.linked,
    "land_acquisition": land.acquisition,
    "rural_housing": land.housing,
    "spatial_plan": plan.plans,
    "permanent_farmland": background.permanent_farmland,
    "ecological_redline": background.ecological_redline,
    "urban_boundary": background.urban_boundary,
    "land_survey": background.land_survey,
}


def write(path: Path, county: str | None = None) -> dict[str, int]:
    """Write one GeoPackage (version 1.3, EPSG:4490) with a table for each layer; returns how many features each has.

    ``county`` is the one of the settings unless given. A file at ``path`` is replaced. Raises
    :class:`geo.errors.NotFound` where no places of the county are shipped.
    """
    import pyogrio

    written: dict[str, int] = {}
    drawn = list(tables(settings().county if county is None else county))
    path.unlink(missing_ok=True)
    for table in drawn:
        pyogrio.write_arrow(
            table.arrow(),
            path,
            layer=table.layer.code,
            driver="GPKG",
            geometry_name="geom",
            geometry_type="Point" if table.layer.geometry == "point" else "Polygon",
            crs=f"EPSG:{STORED}",
            dataset_options=None if written else {"VERSION": "1.3"},
        )
        written[table.layer.code] = len(table.geometries)
    return written


def _random(county: str, code: str) -> Generator:
    """A generator for each table, so that a change to one leaves the others as they are."""
    return np.random.default_rng([int(county), zlib.crc32(code.encode())])
