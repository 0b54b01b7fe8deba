"""Brings a database to this program's state: revisions, then declarations, then functions and views."""

import hashlib
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from importlib import resources
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, LiteralString, cast

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from geo.database import WEB_ROLE, Connection, Database, one
from geo.errors import DatabaseTooNew, ExtensionMissing
from geo.layer import Layer
from geo.layers import layers
from geo.right import ROLES

if TYPE_CHECKING:
    import sqlalchemy

LOCK = 7233601  # any number, the same for all programs that upgrade this database


def upgrade(database: Database, revision: str = "head", step: Callable[[str], None] = lambda _: None) -> bool:
    """Upgrade in one transaction, alone; returns False where there was nothing to do.

    Raises :class:`DatabaseTooNew` for a database that a newer program upgraded and :class:`ExtensionMissing` where
    PostGIS is neither there nor may be created.
    """
    with database.owner() as connection:
        if revision == "head" and _written(connection) == fingerprint():
            return False
    with _transaction(database) as (connection, bound):
        connection.execute("SET client_min_messages TO warning")
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        if revision == "head" and _written(connection) == fingerprint():
            return False
        _postgis(connection)
        step("revisions")
        _revisions(connection, bound, revision)
        if revision != "head":
            return True
        step("declarations")
        changed = declare(connection)
        _roles(connection)
        step("views")
        for file in _files("views"):
            connection.execute(_text(file))
        if changed:
            connection.execute("SELECT progress_recount()")
        step("tiles")
        connection.execute(
            "UPDATE tile_layer SET made = false"
            " WHERE EXISTS (SELECT FROM feature WHERE feature.layer = tile_layer.layer)"
            " OR EXISTS (SELECT FROM feature_tile WHERE feature_tile.layer = tile_layer.layer)"
        )
        connection.execute(
            "INSERT INTO program (fingerprint) VALUES (%s)"
            " ON CONFLICT ON CONSTRAINT program_key DO UPDATE"
            " SET fingerprint = excluded.fingerprint, upgraded_at = now()",
            [fingerprint()],
        )
    return True


def fingerprint() -> str:
    """One hash over everything an upgrade writes: SQL files and declarations."""
    digest = hashlib.sha256()
    for folder in ("migrations", "views"):
        for file in _files(folder):
            digest.update(file.name.encode())
            digest.update(file.read_bytes())
    for layer in layers().values():
        digest.update(repr((layer, layer.measures, layer.milestones)).encode())
    digest.update(repr([(role.code, sorted(role.verbs)) for role in ROLES.values()]).encode())
    return digest.hexdigest()


def declare(connection: Connection) -> bool:
    """Write the declared layers; returns whether measures or milestones changed, so that sums must be recounted.

    A layer that is no longer declared keeps its features and is marked.
    """
    before = _measuring(connection)
    connection.execute("UPDATE layer SET declared = false")
    for layer in layers().values():
        _declare(connection, layer)
    return before != _measuring(connection)


def run_file(name: str) -> None:
    """Run one file of geo/sql/migrations on the connection Alembic is using."""
    from alembic import op

    raw = cast("Connection", op.get_bind().connection.driver_connection)
    raw.execute(_text(resources.files("geo").joinpath("sql", "migrations", name)))


def head() -> str:
    """The newest revision this program knows."""
    return max(file.name for file in _files("migrations")).partition("_")[0]


def revision_of(connection: Connection) -> str | None:
    """The revision a database is at, or None where it is empty."""
    if connection.execute("SELECT to_regclass('alembic_version')").fetchone() == (None,):
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return row[0] if row else None


def _declare(connection: Connection, layer: Layer) -> None:
    connection.execute(
        "INSERT INTO layer (code, label, geometry, icon, place, about, private) VALUES (%s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT ON CONSTRAINT layer_key DO UPDATE SET label = excluded.label, icon = excluded.icon,"
        " place = excluded.place, about = excluded.about, private = excluded.private, declared = true",
        [
            layer.code, Jsonb(layer.label.both()), layer.geometry, layer.icon, layer.order, Jsonb(layer.about.both()),
            list(layer.private),
        ],
    )  # fmt: skip
    connection.execute(
        sql.SQL("CREATE TABLE IF NOT EXISTS {} PARTITION OF feature FOR VALUES IN ({})").format(
            sql.Identifier(partition(layer.code)), sql.Literal(layer.code)
        )
    )
    connection.execute(
        sql.SQL("CREATE TABLE IF NOT EXISTS {} PARTITION OF feature_tile FOR VALUES IN ({})").format(
            sql.Identifier(f"feature_tile_of_{layer.code}"), sql.Literal(layer.code)
        )
    )
    connection.execute("INSERT INTO tile_layer (layer) VALUES (%s) ON CONFLICT DO NOTHING", [layer.code])
    connection.execute("DELETE FROM layer_measure WHERE layer = %s AND measure <> ALL (%s)"
                       " AND NOT EXISTS (SELECT FROM target WHERE target.layer = layer_measure.layer"
                       " AND target.measure = layer_measure.measure)",
                       [layer.code, [measure.code for measure in layer.measures]])  # fmt: skip
    for place, measure in enumerate(layer.measures):
        unit = measure.unit
        connection.execute(
            "INSERT INTO layer_measure (layer, measure, label, unit, unit_label, factor, divisor, source, place)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT ON CONSTRAINT layer_measure_key DO UPDATE SET label = excluded.label, unit = excluded.unit,"
            " unit_label = excluded.unit_label, factor = excluded.factor, divisor = excluded.divisor,"
            " source = excluded.source, place = excluded.place",
            [
                layer.code, measure.code, Jsonb(measure.label.both()), unit.code, Jsonb(unit.label.both()),
                unit.factor.numerator, unit.factor.denominator, measure.source, place,
            ],
        )  # fmt: skip
    for place, milestone in enumerate(layer.milestones):
        connection.execute(
            "INSERT INTO layer_milestone (layer, milestone, label, status, completes, place)"
            " VALUES (%s, %s, %s, %s, %s, %s)"
            " ON CONFLICT ON CONSTRAINT layer_milestone_key DO UPDATE SET label = excluded.label,"
            " status = excluded.status, completes = excluded.completes, place = excluded.place",
            [
                layer.code, milestone.code, Jsonb(milestone.label.both()), int(milestone.status), milestone.completes,
                place,
            ],
        )  # fmt: skip


def _roles(connection: Connection) -> None:
    """The role of the web server, which owns nothing, and what each role of people may do."""
    with suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation), connection.transaction():
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(WEB_ROLE)))
    connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(WEB_ROLE)))
    connection.execute("DELETE FROM role_verb")
    connection.cursor().executemany(
        "INSERT INTO role_verb (role, verb) VALUES (%s, %s)",
        [(role.code, verb.value) for role in ROLES.values() for verb in sorted(role.verbs)],
    )
    # Without this no index over geometry serves whoever sees a part of the features; only a superuser may say it.
    with suppress(psycopg.errors.InsufficientPrivilege), connection.transaction():
        connection.execute("ALTER FUNCTION geometry_overlaps(geometry, geometry) LEAKPROOF")


def partition(layer: str) -> str:
    """The name of the table that holds the features of a layer."""
    return f"feature_of_{layer}"


def _measuring(connection: Connection) -> list[tuple[object, ...]]:
    """What the sums depend on."""
    return connection.execute(
        "SELECT layer, measure, source FROM layer_measure"
        " UNION ALL SELECT layer, milestone, status::text FROM layer_milestone ORDER BY 1, 2, 3"
    ).fetchall()


def _written(connection: Connection) -> str | None:
    if connection.execute("SELECT to_regclass('program')").fetchone() == (None,):
        return None
    return one(connection, "program_fingerprint", str)


def _postgis(connection: Connection) -> None:
    try:
        with connection.transaction():
            connection.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    except psycopg.errors.InsufficientPrivilege:
        info = connection.info
        raise ExtensionMissing(database=info.dbname, role=info.user) from None


def _revisions(connection: Connection, bound: "sqlalchemy.Connection", revision: str) -> None:
    found = revision_of(connection)
    if found is not None and found > head():
        raise DatabaseTooNew(found=found)
    from alembic import command
    from alembic.config import Config

    config = Config()
    with resources.as_file(resources.files("geo").joinpath("migrations")) as folder:
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.attributes["connection"] = bound
        command.upgrade(config, revision)


@contextmanager
def _transaction(database: Database) -> "Generator[tuple[Connection, sqlalchemy.Connection]]":
    """One transaction, as psycopg and as SQLAlchemy see it: Alembic knows only the latter."""
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(database.dsn), poolclass=NullPool)
    with engine.begin() as bound:
        yield cast("Connection", bound.connection.driver_connection), bound


def _files(folder: str) -> list[Traversable]:
    files = resources.files("geo").joinpath("sql", folder).iterdir()
    return sorted((file for file in files if file.name.endswith(".sql")), key=lambda file: file.name)


def _text(file: Traversable) -> LiteralString:
    return cast("LiteralString", file.read_text("utf-8"))
