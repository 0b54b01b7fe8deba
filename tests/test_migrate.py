"""Upgrading: once, twice at once, step by step, and never backwards."""

import json
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from importlib import resources
from pathlib import Path

import psycopg
import pytest
from people import client_of

import geo.layers
from geo.database import Database
from geo.errors import DatabaseTooNew, ExtensionMissing
from geo.ingest.load import load
from geo.layer import Layer
from geo.layers import layers
from geo.migrate import fingerprint, head, revision_of, upgrade
from geo.settings import Settings

CATALOG = """
    SELECT 'column', table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
    WHERE table_schema = 'public'
    UNION ALL
    SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid), '', '' FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND conrelid <> 0
    UNION ALL
    SELECT 'index', tablename, indexname, indexdef, '', '' FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL
    SELECT 'function', proname, md5(pg_get_functiondef(pg_proc.oid)), '', '', '' FROM pg_proc
    INNER JOIN pg_language ON pg_language.oid = prolang
    WHERE pronamespace = 'public'::regnamespace AND lanname IN ('sql', 'plpgsql')
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
    UNION ALL
    SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid), '', '' FROM pg_trigger
    WHERE NOT tgisinternal
    ORDER BY 1, 2, 3, 4
"""


def catalog(database: Database) -> list[tuple[object, ...]]:
    with psycopg.connect(database.dsn) as connection:
        return connection.execute(CATALOG).fetchall()


def test_a_fresh_schema_equals_the_base_and_its_migrations(empty: Database, database: Database) -> None:
    upgrade(empty, "0001")
    with psycopg.connect(empty.dsn) as connection:
        assert revision_of(connection) == "0001"
    upgrade(empty, "0002")
    upgrade(empty)
    fresh = catalog(database)
    assert len(fresh) > 300
    assert catalog(empty) == fresh


# A revision that databases have run is history: what comes after it is another file, and another line here.
FROZEN = {
    "0001_base.sql": "072c30f675b30637",
    "0002_ledger.sql": "21132031e65c33aa",
    "0003_people.sql": "383c775b15922736",
    "0004_claims.sql": "32754097557e7e4c",
    "0005_money.sql": "8e1152bfa9ec61bd",
    "0006_import.sql": "82a93ba759c214a4",
    "0007_procrastinate.sql": "950c02b70b003235",
    "0008_import_job.sql": "c418947ca7314a4b",
    "0009_tile.sql": "fa191c9e061b39ad",
    "0010_idempotency.sql": "79f78de20d91d666",
    "0011_tile_made.sql": "9b1e505a40877a7f",
    "0012_account.sql": "c9bb2dd7a617f333",
    "0013_audit.sql": "185c494580f7df8c",
    "0014_oidc.sql": "0f3b2937338390af",
    "0015_report.sql": "175f9dec8eff4858",
    "0018_tile_township.sql": "e79c04128835fdf2",
    "0016_parcel.sql": "27a3a6a0462a8be7",
    "0017_extract.sql": "80044144fcd1c358",
    "0019_document.sql": "ef49c3446d2ffe91",
    "0020_parcel_revision.sql": "e8667b33357321ec",
    "0021_import_complete.sql": "5b99250f20f07c1e",
}


def test_a_revision_is_never_rewritten() -> None:
    there = sorted(resources.files("geo").joinpath("sql", "migrations").iterdir(), key=lambda file: file.name)
    assert {file.name: sha256(file.read_bytes()).hexdigest()[:16] for file in there} == FROZEN


def test_upgrading_again_has_nothing_to_do(database: Database) -> None:
    before = catalog(database)
    assert upgrade(database) is False
    assert catalog(database) == before


def test_upgrading_twice_at_once_is_safe(empty: Database) -> None:
    with ThreadPoolExecutor(4) as pool:
        did = list(pool.map(lambda _: upgrade(empty), range(4)))
    assert sorted(did) == [False, False, False, True]
    with psycopg.connect(empty.dsn) as connection:
        assert revision_of(connection) == head()


def test_a_newer_database_is_refused(database: Database) -> None:
    with psycopg.connect(database.dsn) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.execute("UPDATE program SET fingerprint = 'of a newer program'")
    with pytest.raises(DatabaseTooNew, match="9999"):
        upgrade(database)


def test_an_upgrade_that_fails_leaves_the_database_as_it_was(empty: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("geo.migrate.declare", lambda connection: connection.execute("SELECT 1 / 0"))
    with pytest.raises(psycopg.errors.DivisionByZero):
        upgrade(empty)
    with psycopg.connect(empty.dsn) as connection:
        assert revision_of(connection) is None
        assert connection.execute("SELECT to_regclass('feature')").fetchone() == (None,)


def test_a_role_that_may_not_create_the_extension_is_told_so(empty: Database) -> None:
    with psycopg.connect(empty.dsn, autocommit=True) as connection:
        name = connection.info.dbname
        if connection.execute("SELECT FROM pg_roles WHERE rolname = 'clerk'").fetchone() is None:
            connection.execute("CREATE ROLE clerk")
        connection.execute("DROP EXTENSION IF EXISTS postgis CASCADE")
        connection.execute(f'GRANT ALL ON DATABASE "{name}" TO clerk')  # pyright: ignore
        connection.execute("GRANT ALL ON SCHEMA public TO clerk")
    address = psycopg.conninfo.make_conninfo(empty.dsn, options="-c role=clerk")
    with (
        Database(Settings(database=address)) as clerk,  # pyright: ignore
        pytest.raises(ExtensionMissing, match="CREATE EXTENSION postgis"),
    ):
        upgrade(clerk)


MADE_UP = '''
"""Made-up wells."""
from geo.layer import PIECE, Geometry, Layer, Measure, Milestone, Row, Status, column
from geo.text import Text


class Well(Row):
    """One well."""

    depth: float | None = column(Text(zh="井深", en="Depth"))


LAYER = Layer(
    code="well", label=Text(zh="水井", en="Wells"), geometry=Geometry.POINT, row=Well, order=990, icon="M0 0h1",
    about=Text(zh="水井", en="Wells"),
    measures=(
        Measure("wells", Text(zh="口数", en="Wells"), PIECE),
        Measure("depth", Text(zh="深", en="Depth"), PIECE, "depth"),
    ),
    milestones=(Milestone("dug", Text(zh="打成", en="Dug"), Status.COMPLETED, completes=True),),
)
'''


@pytest.fixture
def well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A made-up layer, as one file beside the declared ones."""
    (tmp_path / "well.py").write_text(MADE_UP)
    monkeypatch.setattr(geo.layers, "__path__", [*geo.layers.__path__, str(tmp_path)])
    layers.cache_clear()
    yield layers()["well"]
    monkeypatch.undo()
    layers.cache_clear()


def test_a_new_layer_is_one_file_and_needs_no_migration(placed: Database, well: object, tmp_path: Path) -> None:
    """One file is followed to the database, the import, the sums, the API and the map."""
    assert isinstance(well, Layer)
    assert upgrade(placed) is True
    path = tmp_path / "w.geojson"
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [103.26587, 29.23082]},
            "properties": {"编号": "W1", "井深": 30, "打成": "2024-05-01", "乡镇": "511132100"},
        }
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    assert load(placed, well, path).new == 1
    with psycopg.connect(placed.dsn) as connection:
        values = connection.execute(
            "SELECT stage, value FROM progress_at(ARRAY['511132100'], '2024-05-01') WHERE measure = 'depth' ORDER BY 1"
        ).fetchall()
    assert [(stage, float(value)) for stage, value in values] == [("", 30), ("@1", 30), ("@2", 30), ("dug", 30)]
    with client_of(placed) as client:
        told = {each["code"]: each for each in client.get("/api/layers").json()["layers"]}
        assert told["well"]["label"] == {"zh": "水井", "en": "Wells"}
        rows = client.get("/api/progress?org_unit=511132100&by=self&layer=well&measure=wells").json()["rows"]
        assert [(row["numerator"], row["denominator"]) for row in rows] == [(1, 1)]
        assert client.get("/api/features?layer=well").json()["features"][0]["properties"]["code"] == "W1"
        assert "水井" in client.get("/?lang=zh").text


def test_a_layer_that_is_gone_keeps_its_features(placed: Database, well: object) -> None:
    assert upgrade(placed) is True
    with_well = fingerprint()
    layers.cache_clear()
    geo.layers.__path__.pop()
    assert fingerprint() != with_well
    assert upgrade(placed) is True
    with psycopg.connect(placed.dsn) as connection:
        assert connection.execute("SELECT declared FROM layer WHERE code = 'well'").fetchone() == (False,)


def test_a_measure_declared_anew_is_recounted(placed: Database) -> None:
    with psycopg.connect(placed.dsn) as connection:
        connection.execute("INSERT INTO feature (layer, code, org_unit) VALUES ('hazard_point', 'h', '511132100')")
        connection.execute(
            "UPDATE layer_measure SET source = 'gone' WHERE (layer, measure) = ('hazard_point', 'sites')"
        )
        connection.execute("SELECT progress_recount()")
        count = "SELECT value FROM progress_at(ARRAY['511132'], '2024-01-01') WHERE measure = 'sites'"
        assert connection.execute(count).fetchone() is None
        connection.execute("UPDATE program SET fingerprint = 'older'")
    upgrade(placed)
    with psycopg.connect(placed.dsn) as connection:
        assert connection.execute(count).fetchone() == (1,)
