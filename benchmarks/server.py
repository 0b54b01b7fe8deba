"""Servers on ports of this machine: ours, tipg and pygeoapi, all over the same table, one process each."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from math import asinh, pi, radians, tan
from pathlib import Path
from urllib.parse import quote

from psycopg.conninfo import conninfo_to_dict

from benchmarks.bench import execute
from geo import account, token
from geo.database import Database

TABLE = "feature_of_farmland_patch"
# pygeoapi takes no box in degrees for what is stored in EPSG:4490.
_POLYGON = (
    """CREATE TABLE polygon AS
    SELECT id, code, name, org_unit, area_m2, registered_area_m2, attributes, starts_on, due_on, version, recorded_at,
        st_setsrid(geom, 4326)::geometry(polygon, 4326) AS geom
    FROM feature WHERE layer = 'farmland_patch'""",
    "ALTER TABLE polygon ADD PRIMARY KEY (id)",
    "CREATE INDEX ON polygon USING gist (geom)",
    "VACUUM ANALYZE polygon",
)
_SHANHE = Path(sys.executable).with_name("shanhe")
_UVX = Path(sys.prefix) / "uv" / "bin" / "uvx"
# Each in an environment of its own, with the loop and parser that uvicorn is fastest with.
_TIPG = ("--quiet", "--with", "tipg==1.6.0", "--from", "uvicorn[standard]")
_PYGEOAPI = (
    "--quiet", "--with", "pygeoapi==0.21.0,psycopg2-binary,starlette<1,geoalchemy2,pygeofilter[backend-sqlalchemy]",
    "--from", "uvicorn[standard]",
)  # fmt: skip


def signed_in(database: Database, name: str, org_unit: str | None) -> str:
    """The secret of a token of a new account that sees everything, or what lies in a unit."""
    with database.owner() as connection:
        account.create(connection, name, label=name)
        account.grant(connection, name, "planner", org_unit, by="bench")
        return token.create(connection, account.named(connection, name), "bench", days=1, by="bench")


def tile_at(zoom: int, x: float, y: float) -> tuple[int, int]:
    """Column and row in WebMercatorQuad of a position in degrees."""
    return int((x + 180) / 360 * (1 << zoom)), int((1 - asinh(tan(radians(y))) / pi) / 2 * (1 << zoom))


def ours(stack: ExitStack, database: Database, port: int, cache: int = 0) -> int:
    """Our server as ``shanhe serve`` runs it, with a cache of so many MB; gives the port."""
    chosen = {"SHANHE_DATABASE": database.dsn, "SHANHE_TILE_CACHE_MB": str(cache), "SHANHE_WORKERS": "0"}
    chosen["SHANHE_RATE_PER_MINUTE"] = "0"
    command = [str(_SHANHE), "serve", "--no-demo", "--port", str(port)]
    return stack.enter_context(_served(command, port, "/health", chosen))


def tipg(stack: ExitStack, database: Database, port: int) -> int | None:
    """tipg 1.6; None where there is no uvx to run it."""
    told = conninfo_to_dict(database.dsn)
    address = f"postgresql://{told['user']}@{quote(str(told['host']), '')}/{told['dbname']}"
    command = [*_TIPG, "uvicorn", "tipg.main:app", "--log-level", "warning", "--port", str(port)]
    return _peer(stack, command, port, "/healthz", {"DATABASE_URL": address})


def pygeoapi(stack: ExitStack, database: Database, folder: Path, port: int) -> int | None:
    """pygeoapi 0.21 with its provider for PostgreSQL; None where there is no uvx to run it."""
    if not _UVX.exists():
        return None
    execute(database, "DROP TABLE IF EXISTS polygon", *_POLYGON)
    written = folder / "pygeoapi.json"  # its settings are YAML, of which JSON is a part
    written.write_text(json.dumps(_settings(database, port)))
    environment = {"PYGEOAPI_CONFIG": str(written), "PYGEOAPI_OPENAPI": str(folder / "openapi.yml")}
    describe = ["python", "-c", "from pygeoapi import cli; cli()", "openapi", "generate", "--output-file"]
    subprocess.run(
        [_UVX, *_PYGEOAPI, *describe, environment["PYGEOAPI_OPENAPI"], written],
        env=os.environ | environment, check=True, capture_output=True,
    )  # fmt: skip
    command = [*_PYGEOAPI, "uvicorn", "pygeoapi.starlette_app:APP", "--log-level", "warning", "--port", str(port)]
    return _peer(stack, command, port, "/", environment)


def _peer(stack: ExitStack, command: Sequence[str], port: int, path: str, environment: Mapping[str, str]) -> int | None:
    if not _UVX.exists():
        return None
    return stack.enter_context(_served([str(_UVX), *command], port, path, environment))


def _settings(database: Database, port: int) -> dict[str, object]:
    told = conninfo_to_dict(database.dsn)
    login = {name: told[name] for name in ("host", "port", "user", "dbname")}
    provider = {
        "type": "feature", "name": "PostgreSQL", "data": {**login, "password": "", "search_path": ["public"]},
        "id_field": "id", "table": "polygon", "geom_field": "geom",
    }  # fmt: skip
    text = {"title": "polygons", "description": "polygons", "keywords": ["polygons"]}
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": port}, "url": f"http://127.0.0.1:{port}", "gzip": False,
            "mimetype": "application/json", "encoding": "utf-8", "languages": ["en-US"],
            "limits": {"max_items": 1000, "default_items": 10}, "map": {"url": "", "attribution": ""},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {**text, "keywords_type": "theme", "terms_of_service": "", "url": "http://127.0.0.1"},
            "license": {"name": "", "url": "http://127.0.0.1"}, "provider": {"name": "", "url": "http://127.0.0.1"},
            "contact": {"name": ""},
        },
        "resources": {
            "polygons": {
                **text, "type": "collection", "links": [], "providers": [provider],
                "extents": {"spatial": {"bbox": [-180, -90, 180, 90]}},
            },
        },
    }  # fmt: skip


@contextmanager
def _served(
    command: Sequence[str], port: int, path: str, environment: Mapping[str, str] | None = None
) -> Generator[int]:
    """A server for as long as the block lasts."""
    process = subprocess.Popen(command, env=os.environ | dict(environment or {}), stdout=subprocess.DEVNULL)
    try:
        for _ in range(600):
            try:
                connection = HTTPConnection("127.0.0.1", port, timeout=30)
                connection.request("GET", path)
                connection.getresponse().read()
                break
            except OSError:
                if process.poll() is not None:
                    raise AssertionError(f"{command[0]} has ended") from None
                time.sleep(0.2)
        yield port
    finally:
        process.terminate()
        process.wait(20)
