"""Parcels over layers on a Dask cluster of worker processes: the same to the last digit as in the database."""

import json
import os
import shutil
import signal
from collections.abc import Generator
from datetime import date
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyarrow.parquet as parquet
import pytest
import shapely
from conftest import MakeDatabase
from distributed import Client, LocalCluster
from test_overlay import METRE, X, Y, put, square, town_of
from typer.testing import CliRunner

from api.cli import app
from geo.database import Database
from geo.errors import FileUnreadable
from geo.overlay import spread as spreading
from geo.overlay.ground_file import GroundDiffers, read_ground, write_ground
from geo.overlay.parcel import Parcel
from geo.overlay.partition import TABLES, read
from geo.overlay.run import Against, overlay
from geo.overlay.spread import ClusterFailed, spread
from geo.settings import settings

DAY = date(2026, 6, 1)
AGAINST = Against(
    ("permanent_farmland", "land_survey", "risk_zone", "hazard_point", "ecological_redline"), DAY,
    {"hazard_point": 150.0},
)  # fmt: skip
PARCELS = 240


@pytest.fixture(scope="module")
def county(make_database: MakeDatabase) -> Database:
    """Records that lie on one another, side by side, around many parcels, and struck off on another day."""
    database = make_database("placed")
    town, _ = town_of(database)
    random = np.random.default_rng(8)
    for at in range(12):
        put(database, "land_survey", f"S{at}", square(at % 4 * 250, at // 4 * 300, 251), town, land_class="0101")
    for at, (east, north, size) in enumerate(random.uniform((0, 0, 40), (1000, 900, 300), (25, 3)).tolist()):
        put(database, "permanent_farmland", f"F{at}", square(east, north, size), town)
    for at, (east, north) in enumerate(random.uniform(0, 1000, (15, 2)).tolist()):
        put(database, "hazard_point", f"H{at}", shapely.Point(X + east * METRE, Y + north * METRE), town)
    put(database, "risk_zone", "R", square(-3000, -3000, 8000), town, grade="high")  # around all parcels
    put(database, "risk_zone", "later", square(0, 0, 500), town, starts_on=date(2027, 1, 1))
    return database


@pytest.fixture(scope="module")
def ground(county: Database, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What lies in the database, in files of few records, so that many parcels need several of them."""
    folder = tmp_path_factory.mktemp("ground")
    with pytest.MonkeyPatch.context() as patch, county.session() as connection:
        patch.setattr("geo.overlay.ground_file.FILE", 7)
        assert write_ground(connection, AGAINST, folder) == 12 + 25 + 15 + 1
    return folder


@pytest.fixture(scope="module")
def parcels() -> list[Parcel]:
    random = np.random.default_rng(9)
    places = random.uniform((0, 0, 5), (1000, 900, 160), (PARCELS, 3)).tolist()
    return [
        Parcel(f"P{at}", square(*place), None if at % 3 else "甲", at * 10.0 if at % 2 else None, "rural_housing")
        for at, place in enumerate(places)
    ]


@pytest.fixture(scope="module")
def client() -> Generator[Client]:
    """Two worker processes, which come back when they are killed."""
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None
        ) as own,
        Client(own) as client,
    ):
        yield client


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreading, "PART", 12)


@pytest.mark.parametrize(
    ("file", "torn"),
    [
        ("record/risk_zone/*.parquet", slice(8, 72)),  # records, which a worker reads
        ("record/risk_zone/*.parquet", slice(-40, None)),
        ("unit/*.parquet", slice(-40, None)),
        ("*.json", slice(-40, None)),
        ("*.json", slice(None)),
    ],
)
def test_a_file_that_cannot_be_read_is_named(
    ground: Path, parcels: list[Parcel], client: Client, tmp_path: Path, small_parts: None, file: str, torn: slice
) -> None:
    copied = tmp_path / "ground"
    shutil.copytree(ground, copied)
    (path,) = copied.glob(file)
    written = bytearray(path.read_bytes())
    written[torn] = b"0" * len(written[torn])
    path.write_bytes(written)
    with pytest.raises(FileUnreadable) as told:
        spread(client, parcels, copied, AGAINST, tmp_path / "out")
    assert (told.value.values["file"], told.value.text.en) == (path.name, f"Cannot read {path.name}: it is damaged")
    assert not (tmp_path / "out" / "result.json").exists()


def rows(folder: Path, table: str) -> list[tuple[Any, ...]]:
    """All rows of a table of a result; geometries as WKB, so that equal is equal to the last bit."""
    found: list[tuple[Any, ...]] = []
    for path in sorted((folder / table).glob("*.parquet")):
        columns = read(path)
        if "geometry" in columns:
            columns["geometry"] = shapely.to_wkb(columns["geometry"]).tolist()
        found += zip(*columns.values(), strict=True)
    return sorted(found, key=repr)


def expected(database: Database, parcels: list[Parcel]) -> dict[str, list[tuple[Any, ...]]]:
    """The rows that the overlay in the database comes to."""
    told: dict[str, list[tuple[Any, ...]]] = {"total": [], "finding": [], "piece": [], "problem": []}
    with database.session() as connection:
        for place, each in enumerate(overlay(connection, parcels, AGAINST)):
            number, against = each.parcel.number, each.verdicts
            told["total"].append((
                place, number, each.parcel.name, each.area_m2, each.parcel.registered_area_m2,
                " ".join(each.townships), each.level, " ".join(one.rule for one in against),
                shapely.to_wkb(each.parcel.geom),
            ))  # fmt: skip
            for found in each.findings:
                why = found.why
                told["finding"].append((
                    place, number, found.layer, found.standing, found.amount, len(found.pieces), found.slivers,
                    why and why.zh, why and why.en,
                ))  # fmt: skip
                for piece in (*found.pieces, *found.near):
                    mine = [one for one in against if piece.feature in one.features]
                    told["piece"].append((
                        place, number, piece.layer, str(piece.feature), piece.code, piece.name, piece.township,
                        piece.group, piece.owner, piece.amount, piece.distance_m, mine[0].level if mine else None,
                        " ".join(one.rule for one in mine), shapely.to_wkb(piece.geom),
                    ))  # fmt: skip
    return {name: sorted((tuple(map(_plain, row)) for row in each), key=repr) for name, each in told.items()}


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, str) else value


@pytest.mark.usefixtures("small_parts")
def test_a_cluster_finds_the_same_to_the_last_digit_as_the_database(
    county: Database, ground: Path, parcels: list[Parcel], client: Client, tmp_path: Path
) -> None:
    told = spread(client, parcels, ground, AGAINST, tmp_path / "out")
    assert (told.parcels, told.refused) == (PARCELS, 0)
    assert told.parts == PARCELS / 12
    wanted = expected(county, parcels)
    assert told.pieces == len(wanted["piece"]) > 1_000
    for table in TABLES:
        assert rows(tmp_path / "out", table) == wanted[table], table
    # Parcels of one part lie together, and each is in one part only.
    parts = [read(path) for path in sorted((tmp_path / "out" / "total").glob("*.parquet"))]
    spans = [np.ptp(shapely.bounds(part["geometry"])[:, 0]) for part in parts if part["parcel"]]
    assert np.median(spans) < 500 * METRE
    assert sorted(number for part in parts for number in part["parcel"]) == sorted(each.number for each in parcels)


@pytest.mark.usefixtures("small_parts")
def test_a_worker_killed_in_the_middle_changes_nothing(
    county: Database, ground: Path, parcels: list[Parcel], client: Client, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    before: dict[str, int] = client.run(os.getpid)
    killed: list[tuple[int, int, bool]] = []

    def kill(done: int, parts: int) -> None:
        if done != 3:
            return
        # of the workers one that is at work, as the scheduler sees it
        at_work = {worker: keys for worker, keys in client.processing().items() if keys}
        worker = next(iter(at_work))
        os.kill(before[worker], signal.SIGKILL)
        killed.append((done, parts, (out / "result.json").exists()))

    told = spread(client, parcels, ground, AGAINST, out, progress=kill)
    assert killed == [(3, told.parts, False)]  # it was killed, with parts still to do
    client.wait_for_workers(2, timeout=30)
    assert set(client.run(os.getpid).values()) != set(before.values())
    assert told.parcels == PARCELS
    wanted = expected(county, parcels)
    for table in TABLES:
        assert rows(out, table) == wanted[table], table


@pytest.mark.usefixtures("small_parts")
def test_parcels_in_geoparquet_are_read_and_the_broken_ones_named(
    county: Database, ground: Path, parcels: list[Parcel], client: Client, tmp_path: Path
) -> None:
    bow = shapely.Polygon([(X, Y), (X + METRE, Y + METRE), (X + METRE, Y), (X, Y + METRE)])
    geoms = [*(each.geom for each in parcels[:40]), bow, None, square(10_000_000)]
    numbers = [*(each.number for each in parcels[:40]), "bow", "none", "far"]
    kinds = ["rural_housing"] * len(numbers)
    frame = geopandas.GeoDataFrame({"number": numbers, "kind": kinds}, geometry=geoms, crs=4490)
    (tmp_path / "in").mkdir()
    for at in range(3):
        frame.iloc[at::3].to_parquet(tmp_path / "in" / f"{at}.parquet")
    told = spread(client, tmp_path / "in", ground, AGAINST, tmp_path / "out")
    assert (told.parcels, told.refused) == (40, 3)
    assert {row[0]: row[1] for row in rows(tmp_path / "out", "problem") if row[2]} == {
        "bow": "not_valid", "none": "no_geometry", "far": "outside_county"
    }  # fmt: skip
    wanted = {row[1:4] + row[9:11] for row in expected(county, parcels[:40])["piece"]}
    assert {row[1:4] + row[9:11] for row in rows(tmp_path / "out", "piece")} == wanted
    with pytest.raises(Exception, match="already"):
        spread(client, tmp_path / "in", ground, AGAINST, tmp_path / "out")
    frame.to_crs(4326).to_parquet(tmp_path / "other.parquet")
    with pytest.raises(Exception, match="EPSG:4490"):
        spread(client, tmp_path / "other.parquet", ground, AGAINST, tmp_path / "other")


def test_a_ground_of_another_day_or_without_a_layer_is_refused(ground: Path) -> None:
    assert read_ground(ground, AGAINST).files["land_survey"]
    with pytest.raises(GroundDiffers, match="2026-06-01"):
        read_ground(ground, Against(AGAINST.layers, date(2026, 6, 2)))
    with pytest.raises(GroundDiffers, match="mining"):
        read_ground(ground, Against(("mining_site",), DAY))


def test_workers_of_another_version_are_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    spreading._same_everywhere(client)
    there = spreading._versions()
    monkeypatch.setattr(spreading, "_versions", _Other(there | {"GEOS": "3.0"}, there))
    with pytest.raises(ClusterFailed, match=r"GEOS"):
        spreading._same_everywhere(client)


class _Other:
    """Versions here, and others when it has been sent to a worker."""

    def __init__(self, here: dict[str, str], there: dict[str, str]) -> None:
        self._here, self._there = here, there

    def __call__(self) -> dict[str, str]:
        return self._here

    def __reduce__(self) -> tuple[type, tuple[dict[str, str], dict[str, str]]]:
        return _Other, (self._there, self._here)


def test_the_command_runs_on_a_scheduler_that_is_named(
    county: Database, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHANHE_DATABASE", county.dsn)
    settings.cache_clear()
    source, out = tmp_path / "parcels.geojson", tmp_path / "out"
    feature = {"type": "Feature", "properties": {"编号": "A"}, "geometry": json.loads(shapely.to_geojson(square()))}
    source.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    scheduler = client.scheduler_info()["address"]
    command = ["overlay", str(source), "--against", "land_survey,hazard_point", "--as-of", DAY.isoformat()]
    done = CliRunner().invoke(
        app, [*command, "--out", str(out), "--engine", "dask", "--scheduler", scheduler]
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert {row[4] for row in rows(out, "piece") if row[9]} >= {"S0"}
    assert parquet.read_table(out / "total").num_rows == 1
    nobody = CliRunner().invoke(app, [*command, "--out", str(tmp_path / "b"), "--scheduler", scheduler])
    settings.cache_clear()
    assert nobody.exit_code != 0  # a scheduler without the engine is a mistake
