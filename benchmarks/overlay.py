"""Parcels over polygons: ours beside geopandas, PostGIS, DuckDB and SedonaDB, on the same polygons in the same run."""

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median

import numpy as np
import numpy.typing as npt
import psycopg
import pyarrow as pa
import shapely
from pyarrow import parquet

from benchmarks.bench import cells, execute, scratch, table
from geo.database import Database
from geo.ingest.copy import HEADER, TRAILER, constant, raw, rows, uuids
from geo.org_unit import places

PARCELS = 100_000
VERTICES = 20
STEPS = (1_000, 10_000, 100_000)
"""Parcels of which the cost per pair is shown."""

_UVX = Path(sys.prefix) / "uv" / "bin" / "uvx"
_SECONDS = 1_500  # what takes longer is given fewer parcels
# Each starts its clocks when its libraries are loaded, reads the two files or tables, and prints seconds, megabytes,
# pairs, m² and the seconds of processor that it took itself.
_HEAD = """
import json, sys, time
folder, dsn, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
def said(begin, pairs, area):
    status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
    own = int(status["VmHWM"].split()[0]) // 1024  # ru_maxrss would be that of the process that started this one
    print(json.dumps([time.perf_counter() - begin, own, int(pairs), float(area), time.process_time() - cpu]))
cpu = 0.0
"""
_OURS = """
from geo.database import Database
from geo.overlay.parcel import Parcel
from geo.overlay.run import Against, overlay
from geo.settings import Settings, today
import shapely
from pyarrow import parquet
begin, cpu = time.perf_counter(), time.process_time()
drawn = shapely.from_wkb(parquet.read_table(folder + "/parcel.parquet")["geometry"].to_numpy()[:count])
parcels = [Parcel(str(place), each) for place, each in enumerate(drawn)]
pairs = area = 0
with Database(Settings(database=dsn)) as database, database.session() as connection:
    for each in overlay(connection, parcels, Against(("land_survey",), today()), shapes=False):
        pairs += len(each.findings[0].pieces)
        area += each.findings[0].amount
said(begin, pairs, area)
"""
_ARRAYS = """
from geo.layer import Geometry
from geo.overlay.least import Least
from geo.overlay.pair import common
import shapely
from pyarrow import parquet
begin, cpu = time.perf_counter(), time.process_time()
parcels = shapely.from_wkb(parquet.read_table(folder + "/parcel.parquet")["geometry"].to_numpy()[:count])
records = shapely.from_wkb(parquet.read_table(folder + "/record.parquet")["geometry"].to_numpy())
found = common(parcels, records, Geometry.POLYGON, Least(0, 0, 0), shapes=False)
said(begin, len(found.parcel), found.amount.sum())
"""
_FRAMES = """
import geopandas, shapely
from pyarrow import parquet
def frame(name, key, count=None):
    read = parquet.read_table(folder + "/" + name)["geometry"].to_numpy()[:count]
    return geopandas.GeoDataFrame({key: range(len(read))}, geometry=shapely.from_wkb(read), crs=4490)
begin, cpu = time.perf_counter(), time.process_time()
parcels, records = frame("parcel.parquet", "parcel", count), frame("record.parquet", "record")
"""
_OVERLAY = f"""{_FRAMES}
found = geopandas.overlay(parcels, records, how="intersection", keep_geom_type=True)
said(begin, len(found), found.to_crs(6933).area.sum())
"""
_SJOIN = f"""{_FRAMES}
found = geopandas.sjoin(parcels, records, predicate="intersects")
parts = shapely.intersection(found.geometry.to_numpy(), records.geometry.to_numpy()[found.index_right])
area = geopandas.GeoSeries(parts, crs=4490).to_crs(6933).area
said(begin, (area > 0).sum(), area.sum())
"""
_POSTGIS = """
import psycopg
begin, cpu = time.perf_counter(), time.process_time()
with psycopg.connect(dsn) as connection:
    pairs, area = connection.execute(
        "SELECT count(*), sum(area) FROM (SELECT st_area(st_intersection(bench_parcel.geom, feature.geom)::geography)"
        " AS area FROM bench_parcel INNER JOIN feature ON feature.layer = 'land_survey'"
        " AND st_intersects(bench_parcel.geom, feature.geom) WHERE bench_parcel.id < %s) AS part WHERE area > 0",
        [count],
    ).fetchone()
said(begin, pairs, area)
"""
_DUCKDB = """
import duckdb, duckdb_extension_spatial, pathlib
extension = next(pathlib.Path(duckdb_extension_spatial.__file__).parent.rglob("*.duckdb_extension"))
connection = duckdb.connect(config={"allow_unsigned_extensions": "true", "threads": 2})
connection.execute(f"LOAD '{extension}'")
begin, cpu = time.perf_counter(), time.process_time()
pairs, area = connection.execute(f'''
    WITH p AS (SELECT ST_GeomFromWKB(geometry) AS geom FROM '{folder}/parcel.parquet' LIMIT {count}),
    r AS (SELECT ST_GeomFromWKB(geometry) AS geom FROM '{folder}/record.parquet'),
    part AS (
        SELECT ST_Transform(ST_Intersection(p.geom, r.geom), 'EPSG:4326', 'EPSG:6933', always_xy := true) AS geom
        FROM p INNER JOIN r ON ST_Intersects(p.geom, r.geom)
    )
    SELECT count(*), sum(ST_Area(geom)) FROM part WHERE ST_Area(geom) > 0
''').fetchone()
said(begin, pairs, area)
"""
_SEDONA = """
import sedonadb
connection = sedonadb.connect()
begin, cpu = time.perf_counter(), time.process_time()
for name, most in (("parcel", f"LIMIT {count}"), ("record", "")):
    connection.read_parquet(f"{folder}/{name}.parquet").to_view("raw_" + name, overwrite=True)
    connection.sql(
        f"SELECT ST_SetSRID(ST_GeomFromWKB(geometry), 4326) AS geom FROM raw_{name} {most}"
    ).to_view(name, overwrite=True)
told = connection.sql('''
    SELECT count(*) AS pairs, sum(area) AS area FROM (
        SELECT ST_Area(ST_Transform(ST_Intersection(p.geom, r.geom), 'EPSG:6933')) AS area
        FROM parcel AS p INNER JOIN record AS r ON ST_Intersects(p.geom, r.geom)
    ) WHERE area > 0
''').to_pandas()
said(begin, told.pairs[0], told.area[0])
"""


def run(polygon_count: int, repeat: int) -> str:
    """The tables: all beside each other, and the cost per pair from few parcels to many."""
    parcel_count = max(1_000, min(PARCELS, polygon_count // 10))
    with scratch() as (folder, database):
        _make(database, folder, polygon_count, parcel_count)
        own, apart = [sys.executable], (str(_UVX), "--quiet", "--with", "pyarrow,pandas,shapely")
        asked: list[tuple[str, list[str], str, int]] = [
            ("shanhe, records in PostGIS: lists, pieces, union, rights", own, _OURS, parcel_count),
            ("shanhe, its function on two files", own, _ARRAYS, parcel_count),
            ("geopandas.overlay", own, _OVERLAY, parcel_count),
            ("geopandas.sjoin, shapely.intersection", own, _SJOIN, parcel_count),
            ("PostGIS: ST_Intersection join, geography", own, _POSTGIS, parcel_count),
            ("DuckDB 1.5.5 spatial", [*apart, "--with", "duckdb==1.5.5,duckdb-extension-spatial==1.5.5", "python"],
             _DUCKDB, parcel_count),
            ("SedonaDB 0.5", [*apart, "--with", "sedonadb==0.5.0,geoarrow-pyarrow,pyproj", "python"],
             _SEDONA, parcel_count),
        ]  # fmt: skip
        told = {name: _measured(folder, database, how, repeat) for name, *how in asked}
        steps = [count for count in STEPS if count <= parcel_count]
        growth = [_measured(folder, database, [own, _OURS, count], repeat) for count in steps]
    return f"{_beside(told, polygon_count, parcel_count, repeat)}\n\n{_per_pair(steps, growth)}"


def _beside(told: dict[str, list[float] | str], polygons: int, parcels: int, repeat: int) -> str:
    first = next(each for each in told.values() if not isinstance(each, str))
    lines: list[list[str]] = []
    for name, each in told.items():
        if isinstance(each, str):
            lines.append([name, each, "", "", "", "", "", ""])
            continue
        seconds, memory, pairs, area, cpu = each
        apart = abs(area / first[3] - 1)
        lines.append([
            name, f"{seconds:.1f}", f"{seconds / pairs * 1e6:.1f}", f"{seconds / first[0]:.2f} x", f"{cpu:.1f}",
            f"{memory:,.0f}", f"{pairs:,.0f}", f"{apart:.0e}",
        ])  # fmt: skip
    return table(
        f"Overlay of {parcels:,} parcels and {polygons:,} polygons of {VERTICES} vertices",
        ["", "seconds", "µs/pair", "times shanhe", "CPU s", "MB", "pairs", "area differs"],
        lines,
        f"Median of {repeat}, a process each; areas ellipsoidal (GRS 80), or on EPSG:6933, which keeps them. Of what"
        " asks PostgreSQL processor and memory are those of the process that asks. Parcels are in random order; the"
        " first row leaves slivers out, by which its area differs.",
    )


def _per_pair(steps: list[int], growth: list[list[float] | str]) -> str:
    lines = [
        [f"{count:,}", f"{each[0]:.2f}", f"{each[0] / each[2] * 1e6:.1f}", f"{each[1]:,.0f}"]
        for count, each in zip(steps, growth, strict=True)
        if not isinstance(each, str)
    ]
    return table("Cost per pair of the first row", ["parcels", "seconds", "µs/pair", "MB"], lines)


def _measured(folder: Path, database: Database, how: list[object], repeat: int) -> list[float] | str:
    """Medians of seconds, megabytes, pairs and m²; why not, where it cannot be run."""
    command, script, count = how
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    assert isinstance(command, list)
    found: list[list[float]] = []
    for _ in range(repeat):
        try:
            done = subprocess.run(
                [*command, "-c", _HEAD + str(script), str(folder), database.dsn, str(count)],
                check=True, capture_output=True, text=True, timeout=_SECONDS,
                env=environment if command[0] == sys.executable else None,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return f"more than {_SECONDS}"
        except subprocess.CalledProcessError as error:
            return (error.stderr or "?").strip().splitlines()[-1][:80]
        except FileNotFoundError:
            return "there is no uvx"
        found.append(json.loads(done.stdout.splitlines()[-1]))
    return [median(column) for column in zip(*found, strict=True)]


def _make(database: Database, folder: Path, polygon_count: int, parcel_count: int) -> None:
    """Polygons that do not lie on one another, as a layer and a file, and parcels three times as wide over them."""
    random = np.random.default_rng(20261130)
    with database.session() as connection:
        townships = places(connection).townships
    grounds = [township.geom for township in townships if township.geom is not None]
    share, centre, reach = cells(grounds, max(polygon_count, 10 * PARCELS), random)
    west = np.argsort(centre[:, 0])[:polygon_count]  # fewer polygons lie as close as many, in a part of the county
    share, centre = share[west], centre[west]
    records = _stars(random, centre, reach)
    parcels = _stars(random, random.permutation(centre)[:parcel_count] + random.uniform(0, reach, 2), 3 * reach)
    for name, drawn in (("record", records), ("parcel", parcels)):
        parquet.write_table(
            pa.table({"geometry": pa.array(shapely.to_wkb(drawn), pa.binary())}), folder / f"{name}.parquet"
        )
        (folder / f"{name}.parquet").chmod(0o644)
    stored = pa.array(shapely.to_wkb(shapely.set_srid(records, 4490), include_srid=True))
    codes = pa.array([f"{place:08d}" for place in range(polygon_count)])
    towns = pa.array(np.array([township.code for township in townships])[share])
    ids = np.frombuffer(random.bytes(16 * polygon_count), "V16")
    with psycopg.connect(database.dsn) as connection:
        # Sums and tiles of a layer are no part of what is measured.
        connection.execute("SET session_replication_role = replica")
        with connection.cursor().copy(
            "COPY feature (layer, id, code, org_unit, geom) FROM STDIN (FORMAT binary)"
        ) as copy:
            columns = [
                constant(b"land_survey", polygon_count),
                uuids(ids),
                raw(codes),
                raw(towns),
                raw(pa.array(stored)),
            ]
            copy.write(HEADER + rows(columns) + TRAILER)
        connection.execute("CREATE TABLE bench_parcel (id integer PRIMARY KEY, geom geometry(polygon, 4490))")
        with connection.cursor().copy("COPY bench_parcel FROM STDIN") as copy:
            for place, each in enumerate(shapely.to_wkb(shapely.set_srid(parcels, 4490), hex=True, include_srid=True)):
                copy.write_row((place, each))
        connection.execute("CREATE INDEX ON bench_parcel USING gist (geom)")
    execute(database, "VACUUM ANALYZE feature", "VACUUM ANALYZE bench_parcel", "CHECKPOINT")


def _stars(random: np.random.Generator, centre: npt.NDArray[np.float64], reach: float) -> npt.NDArray[np.object_]:
    """Polygons around centres, none reaching farther than ``reach`` degrees."""
    angle = np.linspace(0, 2 * np.pi, VERTICES, endpoint=False)
    radius = random.uniform(0.6, 1, (len(centre), VERTICES)) * random.uniform(reach / 2, reach, (len(centre), 1))
    x, y = centre[:, :1] + radius * np.cos(angle), centre[:, 1:] + radius * np.sin(angle)
    return shapely.polygons(np.stack([np.c_[x, x[:, :1]], np.c_[y, y[:, :1]]], -1))
