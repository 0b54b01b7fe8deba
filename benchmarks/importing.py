"""Import of polygons from a GeoPackage, against ogr2ogr with COPY."""

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.bench import execute, median, polygons, scratch, table
from geo.database import Database

# What `feature` is, as one table: the same columns as the file's, the same keys, checks and indexes.
COMPARABLE = """
    CREATE TABLE comparable (
        fid serial, layer text NOT NULL DEFAULT 'farmland_patch', id uuid NOT NULL DEFAULT gen_random_uuid(),
        "bsm" text NOT NULL CHECK ("bsm" <> ''), "tbbh" text, "xzqdm" text REFERENCES org_unit (code),
        "tbmj" numeric(16, 2) CHECK ("tbmj" >= 0), "dlbm" text, "zzsxdm" text,
        geometry geometry(Polygon, 4490), recorded_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (layer, id), UNIQUE (layer, "bsm"), FOREIGN KEY (layer) REFERENCES layer (code)
    )
"""
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
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(int(status["VmHWM"].split()[0]) // 1024)  # ru_maxrss would be that of the process that started this one
"""


def run(rows: int, repeat: int) -> str:
    """The table of import speeds."""
    with scratch() as (folder, database):
        path = polygons(database, folder / "patch.gpkg", rows)

        memory: list[int] = []

        def ours() -> None:
            done = subprocess.run(
                [sys.executable, "-c", _LOAD, database.dsn, path, str(rows)],
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            )
            memory.append(int(done.stdout))

        def empty() -> None:
            execute(database, "DELETE FROM feature", "DELETE FROM feature_version", "VACUUM", "CHECKPOINT")

        shanhe = median(repeat, ours, empty)
        empty()
        comparable = _appended(database, path, repeat, COMPARABLE)
        plain = _made(database, path, repeat)
        afterwards = _made(database, path, repeat, *AFTERWARDS)
    lines = [
        ("shanhe: all checks, township, area, keys, indexes, sums", shanhe),
        ("ogr2ogr -append, table with the same keys, checks and indexes", comparable),
        ("ogr2ogr, its own table, then the same keys and indexes by SQL", afterwards),
        ("ogr2ogr, its own table: no key but its counter, GiST index", plain),
    ]
    return table(
        f"Import of {rows:,} polygons from GeoPackage",
        ["", "seconds", "rows/s", "shanhe is"],
        [(name, f"{seconds:.1f}", f"{rows / seconds:,.0f}", f"{seconds / shanhe:.2f} x") for name, seconds in lines],
        f"Median of {repeat}; the importing process took {max(memory)} MB at most; ogr2ogr: PG_USE_COPY=YES -gt 65536.",
    )


def _appended(database: Database, path: Path, repeat: int, create: str) -> float:
    """Seconds that ogr2ogr takes to fill a table that has its keys and indexes."""
    return median(
        repeat,
        lambda: _ogr2ogr(database, path, "comparable", "-append"),
        lambda: execute(
            database,
            "DROP TABLE IF EXISTS comparable",
            create,
            "CREATE INDEX ON comparable USING gist (geometry)",
            "CREATE INDEX ON comparable (xzqdm)",
            "CHECKPOINT",
        ),
    )


def _made(database: Database, path: Path, repeat: int, *afterwards: str) -> float:
    """Seconds that ogr2ogr takes to make a table with its GiST index, and statements after it."""

    def make() -> None:
        _ogr2ogr(database, path, "plain", "-overwrite")
        execute(database, *afterwards)

    return median(repeat, make, lambda: execute(database, "DROP TABLE IF EXISTS plain", "CHECKPOINT"))


def _ogr2ogr(database: Database, path: Path, name: str, mode: str) -> None:
    subprocess.run(
        ["ogr2ogr", mode, "-f", "PostgreSQL", f"PG:{database.dsn}", path, "-nln", name, "-gt", "65536",
         *(["-lco", "GEOMETRY_NAME=geometry"] if mode == "-overwrite" else [])],
        check=True,
        env=os.environ | {"PG_USE_COPY": "YES"},
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
