"""Pages and answers over a whole county: the demonstration, and many patches more with their milestones."""

from contextlib import closing

import psycopg
from starlette.testclient import TestClient

from api.app import create_app
from benchmarks import server
from benchmarks.bench import execute, median, polygons, scratch, table
from geo.database import Database
from geo.demo_load import load_demo
from geo.ingest.load import load
from geo.layers import layer
from geo.progress import fold, tidy
from geo.tile import make_all

ROWS = 200_000
# To some five of its milestones each, on days of four years; a third of them is due.
_WORK = (
    "SET session_replication_role = replica",
    """INSERT INTO milestone (layer, feature, milestone, reached_on)
        SELECT feature.layer, feature.id, step.milestone,
            '2022-01-01'::date + abs(hashtext(feature.code)) % 1400 + 40 * step.place
        FROM feature
        INNER JOIN layer_milestone AS step ON step.layer = feature.layer
        WHERE feature.layer = 'farmland_patch' AND step.place <= abs(hashtext(feature.code || 'x')) % 6
        ON CONFLICT DO NOTHING""",
    "UPDATE feature SET due_on = '2025-12-31' WHERE layer = 'farmland_patch' AND abs(hashtext(code)) % 3 = 0",
    "SET session_replication_role = origin",
    "ANALYZE feature",
    "ANALYZE milestone",
    "SELECT progress_recount()",
)
_ASKED = {
    "the map": "/",
    "a township": "/township/{town}",
    "a record": "/feature/{feature}",
    "progress": "/progress",
    "records, by code": "/features",
    "records that are overdue": "/features?status=overdue",
    "records that are accepted": "/features?status=accepted",
    "records with a text": "/features?q=0123",
    "money": "/money",
    "claims": "/claims",
    "progress, as JSON": "/api/progress",
    "features, as GeoJSON": "/api/features?limit=50",
    "features that are overdue": "/api/features?limit=50&status=overdue",
    "items": "/ogc/collections/farmland_patch/items?f=json&limit=1000",
    "items by a filter": "/ogc/collections/farmland_patch/items?f=json&limit=1000&filter=area_m2>5000",
}


def run(rows: int, repeat: int) -> str:
    """The table of milliseconds; of at most :data:`ROWS` patches."""
    rows = min(rows, ROWS)
    with scratch() as (folder, database):
        load_demo(database)
        load(database, layer("farmland_patch"), polygons(database, folder / "patch.gpkg", rows))
        milestones, names = _fill(database)
        who = {"Authorization": f"Bearer {server.signed_in(database, 'county', None)}"}
        with TestClient(create_app(database), headers=who | {"Accept": "text/html, */*;q=0.5"}) as client:
            lines = [_line(client, what, address.format_map(names), repeat) for what, address in _ASKED.items()]
    return table(
        f"Pages over {rows:,} patches and {milestones:,} milestones",
        ["", "ms", "KB", "address"],
        lines,
        f"Medians of {repeat}, after one before; somebody who sees everything, without a network between.",
    )


def _line(client: TestClient, what: str, address: str, repeat: int) -> list[str]:
    size = 0

    def ask() -> None:
        nonlocal size
        answer = client.get(address)
        assert answer.status_code == 200, (address, answer.status_code, answer.text[:200])
        size = len(answer.content)

    ask()
    taken = median(repeat, ask)
    return [what, f"{taken * 1e3:.0f}", f"{size / 1e3:.0f}", f"`{address}`"]


def _fill(database: Database) -> tuple[int, dict[str, str]]:
    """Milestones for the patches; how many there are, and what stands for names in addresses."""
    with closing(psycopg.connect(database.dsn)) as connection, connection:
        for statement in _WORK:
            connection.execute(statement)
        found = connection.execute(
            "SELECT (SELECT count(*) FROM milestone), (SELECT min(code) FROM org_unit WHERE level = 'township'),"
            " (SELECT id::text FROM feature WHERE layer = 'farmland_patch' ORDER BY code LIMIT 1)"
        ).fetchone()
        connection.execute("UPDATE tile_layer SET made = false WHERE layer = 'farmland_patch'")
    make_all(database)
    execute(database, "VACUUM ANALYZE")
    tidy(database)
    with database.owner() as connection:
        fold(connection)
    milestones, town, feature = found or (0, "", "")
    return milestones, {"town": town, "feature": feature}
