"""Import of polygons from a GeoPackage and a zipped shapefile, against ogr2ogr with COPY and geopandas.to_postgis."""

import os
import subprocess
import sys
import zipfile
from functools import partial
from pathlib import Path

from benchmarks.bench import execute, median, polygons, scratch, table
from geo.database import Database
from geo.export import export
from geo.layers import layer

# What `feature` is, as one table: the same columns as the file's, the same keys, checks and indexes. What the file does
# not state is filled in by a trigger: for a column with a default ogr2ogr would go row by row instead of by COPY.
COMPARABLE = (
    """CREATE TABLE comparable (
        layer text NOT NULL, id uuid NOT NULL,
        "bsm" text NOT NULL CHECK ("bsm" <> ''), "tbbh" text, "xzqdm" text REFERENCES org_unit (code),
        "tbmj" numeric(16, 2) CHECK ("tbmj" >= 0), "dlbm" text, "zzsxdm" text,
        geometry geometry(Polygon, 4490), recorded_at timestamptz NOT NULL,
        PRIMARY KEY (layer, id), UNIQUE (layer, "bsm"), FOREIGN KEY (layer) REFERENCES layer (code)
    )""",
    """CREATE OR REPLACE FUNCTION comparable_fill() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.layer := 'farmland_patch';
        NEW.id := gen_random_uuid();
        NEW.recorded_at := now();
        RETURN NEW;
    END $$""",
    "CREATE TRIGGER fill BEFORE INSERT ON comparable FOR EACH ROW EXECUTE FUNCTION comparable_fill()",
    "CREATE INDEX ON comparable USING gist (geometry)",
    "CREATE INDEX ON comparable (xzqdm)",
)
# The same keys and indexes, made over a finished table of ogr2ogr's by somebody who knows that this is faster.
AFTERWARDS = (
    """ALTER TABLE plain ADD layer text NOT NULL DEFAULT 'farmland_patch',
        ADD id uuid NOT NULL DEFAULT gen_random_uuid(), ADD UNIQUE (layer, id), ADD UNIQUE (layer, "bsm"),
        ADD FOREIGN KEY (layer) REFERENCES layer (code), ADD FOREIGN KEY ("xzqdm") REFERENCES org_unit (code)""",
    "CREATE INDEX ON plain (xzqdm)",
)
_LOAD = """
import sys
from pathlib import Path
from geo.database import Database
from geo.ingest.load import load
from geo.layers import layer
from geo.settings import Settings
with Database(Settings(database=sys.argv[1])) as database:
    report = load(database, layer("farmland_patch"), Path(sys.argv[2]))
    assert report.new == int(sys.argv[3]), report.report()
import resource
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
own = int(status["VmHWM"].split()[0])  # ru_maxrss would be that of the process that started this one
print((own + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) // 1024)
"""

_TO_POSTGIS = """
import sys
import geopandas
import sqlalchemy
engine = sqlalchemy.create_engine("postgresql+psycopg://", creator=lambda: __import__("psycopg").connect(sys.argv[1]))
frame = geopandas.read_file(sys.argv[2], rows=int(sys.argv[3]))
name, how = sys.argv[4:]
frame.rename(columns=str.lower).to_postgis(name, engine, if_exists=how, chunksize=10_000)
"""
_PARCELS = 10_000
"""Parcels of a boundary-point TXT."""

_SAMPLE = 100_000  # rows that geopandas is given: the million would take it minutes


def run(rows: int, repeat: int) -> str:
    """The table of import speeds."""
    with scratch() as (folder, database):
        path = polygons(database, folder / "patch.gpkg", rows)
        archive = _zipped(path, folder)
        memory: list[int] = []
        shanhe, from_archive = (_ours(database, each, rows, repeat, memory) for each in (path, archive))
        beside = _beside(database, path, rows, repeat, memory)
        text = _as_text(database, folder)
        from_text, size = _ours(database, text, _PARCELS, repeat, []), text.stat().st_size
        _empty(database)
        comparable, comparable_archive = (
            median(repeat, partial(_ogr2ogr, database, each, "comparable", "-append"), partial(_comparable, database))
            for each in (path, f"/vsizip/{archive}")
        )
        plain, plain_archive = (_made(database, each, repeat) for each in (path, f"/vsizip/{archive}"))
        afterwards = _made(database, path, repeat, *AFTERWARDS)
        sample = min(rows, _SAMPLE)
        frame_plain, frame_comparable = (
            median(repeat, partial(_to_postgis, database, path, sample, *into), partial(before, database))
            * (rows / sample)
            for into, before in ((("plain", "replace"), _nothing), (("comparable", "append"), _comparable))
        )
    lines = [
        ("shanhe: all checks, township, area, keys, indexes, sums", shanhe, shanhe),
        ("shanhe: the same into a layer that holds a hundredth, checked against it", beside, shanhe),
        ("ogr2ogr -append, table with the same keys, checks and indexes", comparable, shanhe),
        ("ogr2ogr, its own table, then the same keys and indexes by SQL", afterwards, shanhe),
        ("ogr2ogr, its own table: no key but its counter, GiST index", plain, shanhe),
        (f"geopandas.to_postgis, {sample:,} rows scaled, table with the same keys", frame_comparable, shanhe),
        (f"geopandas.to_postgis, {sample:,} rows scaled, no index", frame_plain, shanhe),
        ("shanhe from a zipped shapefile in GB18030, all checks", from_archive, from_archive),
        ("ogr2ogr -append from it, table with the same keys, checks and indexes", comparable_archive, from_archive),
        ("ogr2ogr from it, its own table: no key but its counter, GiST index", plain_archive, from_archive),
    ]
    return table(
        f"Import of {rows:,} polygons",
        ["", "seconds", "rows/s", "shanhe is"],
        [(name, f"{seconds:.1f}", f"{rows / seconds:,.0f}", f"{seconds / own:.2f} x") for name, seconds, own in lines],
        f"Median of {repeat}; the importing process and its reader took {max(memory)} MB at most together;"
        f" ogr2ogr: PG_USE_COPY=YES -gt 65536. A boundary-point TXT of {_PARCELS:,} parcels,"
        f" {size / 1e6:.1f} MB, took {from_text:.1f} s.",
    )


def _ours(database: Database, path: Path, rows: int, repeat: int, memory: list[int]) -> float:
    """Seconds that the import takes in a process of its own; ``memory`` gets its megabytes."""

    return median(repeat, lambda: _load(database, path, rows, memory), lambda: _empty(database))


def _load(database: Database, path: Path, rows: int, memory: list[int]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LOAD, database.dsn, path, str(rows)], check=True, stdout=subprocess.PIPE, text=True
    )
    memory.append(int(done.stdout))


def _beside(database: Database, path: Path, rows: int, repeat: int, memory: list[int]) -> float:
    """Seconds that the import takes where the layer holds a hundredth of the polygons, scaled to all of them.

    Then each row is entered with every trigger, and held against the features that are there.
    """
    held, coming = path.with_name("held.gpkg"), path.with_name("coming.gpkg")
    first = rows // 100
    for part, of in ((held, f"\"BSM\" < '{first:018d}'"), (coming, f"\"BSM\" >= '{first:018d}'")):
        subprocess.run(["ogr2ogr", "-f", "GPKG", part, path, "-where", of, "-nln", "patch"], check=True)

    def before() -> None:
        _empty(database)
        _load(database, held, first, memory)

    return median(repeat, lambda: _load(database, coming, rows - first, memory), before) * rows / (rows - first)


def _as_text(database: Database, folder: Path) -> Path:
    """A boundary-point TXT in the zone of the county, as the program writes it."""
    _empty(database)
    _load(database, polygons(database, folder / "parcel.gpkg", _PARCELS), _PARCELS, [])
    export(database, layer("farmland_patch"), folder / "parcel.txt")
    return folder / "parcel.txt"


def _empty(database: Database) -> None:
    execute(database, "DELETE FROM feature", "DELETE FROM feature_version", "VACUUM", "CHECKPOINT")


def _zipped(path: Path, folder: Path) -> Path:
    """The same polygons as a shapefile in GBK, zipped."""
    subprocess.run(
        ["ogr2ogr", "-f", "ESRI Shapefile", folder / "patch.shp", path, "-lco", "ENCODING=GBK", "-lco", "RESIZE=YES"],
        check=True,
    )
    with zipfile.ZipFile(folder / "patch.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(folder.glob("patch.*")):
            if part.suffix not in {".gpkg", ".zip"}:
                archive.write(part, part.name)
    return folder / "patch.zip"


def _to_postgis(database: Database, path: Path, rows: int, name: str, how: str) -> None:
    """Have geopandas read rows and write them to a table."""
    subprocess.run([sys.executable, "-c", _TO_POSTGIS, database.dsn, path, str(rows), name, how], check=True)


def _nothing(database: Database) -> None:
    execute(database, "DROP TABLE IF EXISTS plain", "CHECKPOINT")


def _comparable(database: Database) -> None:
    """An empty table that has its keys and indexes."""
    execute(database, "DROP TABLE IF EXISTS comparable", *COMPARABLE, "CHECKPOINT")


def _made(database: Database, path: Path | str, repeat: int, *afterwards: str) -> float:
    """Seconds that ogr2ogr takes to make a table with its GiST index, and statements after it."""

    def make() -> None:
        _ogr2ogr(database, path, "plain", "-overwrite")
        execute(database, *afterwards)

    return median(repeat, make, lambda: _nothing(database))


def _ogr2ogr(database: Database, path: Path | str, name: str, mode: str) -> None:
    subprocess.run(
        ["ogr2ogr", mode, "-f", "PostgreSQL", f"PG:{database.dsn}", path, "-nln", name, "-gt", "65536",
         *(["-lco", "GEOMETRY_NAME=geometry"] if mode == "-overwrite" else [])],
        check=True,
        env=os.environ | {"PG_USE_COPY": "YES"},
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
