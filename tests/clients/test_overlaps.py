"""Parcels over layers against QGIS' own algorithm for overlaps, on the same file."""

import json
import subprocess
from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely

from geo.crs import area_m2
from geo.layer import Geometry
from geo.overlay.least import NOTHING_LEFT_OUT
from geo.overlay.pair import common

PYTHON = "/usr/bin/python3"


def stars(random: np.random.Generator, count: int, size: float) -> np.ndarray:
    """Polygons of twenty vertices with a reach of ``size`` degrees, every fourth with a hole."""
    angle = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    centre = random.uniform((103.2, 29.2), (103.21, 29.21), (count, 2))
    radius = random.uniform(0.5, 1, (count, 20)) * size
    x, y = centre[:, :1] + radius * np.cos(angle), centre[:, 1:] + radius * np.sin(angle)
    drawn = shapely.polygons(np.stack([np.c_[x, x[:, :1]], np.c_[y, y[:, :1]]], -1))
    drawn[::4] = shapely.difference(drawn[::4], shapely.buffer(shapely.points(centre[::4]), size / 4, quad_segs=3))
    return drawn


def test_qgis_finds_the_same_areas_with_overlapping_records_counted_once(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    parcels = stars(random, 60, 4e-4)
    layers = {"apart": stars(random, 150, 2e-4), "dense": stars(random, 900, 3e-4), "large": stars(random, 8, 4e-3)}
    path = tmp_path / "overlaps.gpkg"
    frame = {"parcel": [str(place) for place in range(len(parcels))]}
    geopandas.GeoDataFrame(frame, geometry=parcels, crs=4490).to_file(path, layer="parcel")
    for name, records in layers.items():
        geopandas.GeoDataFrame(geometry=records, crs=4490).to_file(path, layer=name)
    program = Path(__file__).with_name("qgis_overlaps.py")
    done = subprocess.run(
        [PYTHON, program, path, *layers], check=True, capture_output=True, text=True, timeout=300,
        env={"QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path)},
    )  # fmt: skip
    told = json.loads(done.stdout.strip().splitlines()[-1])
    whole = area_m2(parcels)
    for name, records in layers.items():
        ours = common(parcels, records, Geometry.POLYGON, NOTHING_LEFT_OUT)
        theirs = np.array([told[str(place)][name] for place in range(len(parcels))])
        assert np.abs(ours.whole - theirs).max() < 1e-6 * whole.max()
        assert ours.whole.sum() == pytest.approx(theirs.sum(), rel=1e-6)
        assert (ours.whole > 0).sum() > 20
    dense = common(parcels, layers["dense"], Geometry.POLYGON, NOTHING_LEFT_OUT)
    assert dense.amount.sum() > 1.2 * dense.whole.sum()  # records there do lie on one another
