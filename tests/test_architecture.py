"""What must stay true of the whole house, whoever changes a room."""

import ast
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from geo.database import Database, statement
from geo.ingest.staging import named
from geo.layer import Layer
from geo.layers import layers
from geo.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
QUERIES = sorted((ROOT / "geo" / "sql" / "queries").glob("*.sql"))
PACKAGES = ("geo", "api", "web")
SOURCES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


# --- arrows -----------------------------------------------------------------------------------------------------------


def test_the_arrows_between_the_packages_are_kept() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


def test_modules_hold_no_working_path_and_no_unfinished_mark() -> None:
    marks = re.compile(r"TODO|FIXME|XXX|raise NotImplementedError|/root/|/home/\w+/")
    for path in SOURCES:
        assert not marks.search(path.read_text("utf-8")), path


def test_every_module_says_in_a_sentence_what_passes_through() -> None:
    for path in SOURCES:
        said = ast.get_docstring(ast.parse(path.read_text("utf-8")))
        assert said, path
        assert said.splitlines()[0].rstrip().endswith((".", "。")), path


# --- SQL --------------------------------------------------------------------------------------------------------------


def test_every_query_has_one_caller_and_every_caller_a_query() -> None:
    names = {path.stem for path in QUERIES}
    calls: dict[str, set[str]] = {name: set() for name in names}
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and node.value in names:
                calls[str(node.value)].add(f"{path.name}:{node.lineno}")
    wrong = {name: sorted(places) for name, places in calls.items() if len(places) != 1}
    assert not wrong


@pytest.fixture(scope="module")
def planned(make_database: Any) -> Database:
    """A database in which statements are taken apart; nothing of them stays."""
    return make_database("placed")


@pytest.mark.parametrize(
    "path", [path for path in QUERIES if not path.stem.startswith("item")], ids=lambda path: path.stem
)
def test_every_query_plans(planned: Database, path: Path) -> None:
    """PostgreSQL takes every statement apart against the real schema, with NULL for every parameter.

    Those of items are put together for each collection; tests/test_ogc.py asks for all of them.
    """
    text = path.read_text("utf-8")
    with psycopg.connect(planned.dsn) as connection, connection.transaction(force_rollback=True):
        if path.stem.startswith("staging") and path.stem != "staging_create":
            connection.execute(named("staging_create", "hazard_point"))
        if path.stem.startswith("undo") and path.stem != "undo_create":
            connection.execute(statement("undo_create"))
        query: Any = named(path.stem, "hazard_point") if re.search(r"(?<!\{)\{\w+\}", text) else sql.SQL(text)  # pyright: ignore
        if re.search(r"^(CREATE|ALTER|DROP|COPY|LOCK|TRUNCATE)", text, re.MULTILINE):
            if "COPY" in text:
                with connection.cursor().copy(query):
                    pass
            else:
                connection.execute(query)
            return
        parameters = dict.fromkeys(re.findall(r"%\((\w+)\)s", text))
        plan = connection.execute(sql.SQL("EXPLAIN ") + query, parameters or None).fetchall()  # pyright: ignore
        assert plan


def test_every_geometry_is_indexed(database: Database) -> None:
    with psycopg.connect(database.dsn) as connection:
        bare = connection.execute(
            """
            SELECT columns.f_table_name, columns.f_geometry_column
            FROM geometry_columns AS columns
            WHERE columns.f_table_schema = 'public' AND NOT EXISTS (
                SELECT FROM pg_index
                INNER JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
                INNER JOIN pg_class ON pg_class.oid = indexrelid
                INNER JOIN pg_am ON pg_am.oid = relam
                WHERE indrelid = columns.f_table_name::regclass AND amname = 'gist'
                    AND attname = columns.f_geometry_column
            )
            """
        ).fetchall()
        count = connection.execute("SELECT count(*) FROM geometry_columns WHERE f_table_schema = 'public'").fetchone()
    assert bare == []
    assert count is not None
    assert count[0] > len(layers())


def test_every_constraint_is_named_after_its_table(database: Database) -> None:
    with psycopg.connect(database.dsn) as connection:
        odd = connection.execute(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint"
            " INNER JOIN pg_class ON pg_class.oid = conrelid"
            " WHERE connamespace = 'public'::regnamespace AND NOT relispartition AND contype IN ('c', 'f', 'u', 'p')"
            " AND conname NOT LIKE replace(conrelid::regclass::text, '\"', '') || '%'"
            " AND conrelid::regclass::text NOT IN ('spatial_ref_sys', 'alembic_version')"
            " AND conrelid::regclass::text NOT LIKE 'procrastinate%'"
        ).fetchall()
    assert odd == []


HOT = {
    "SELECT * FROM progress_at(ARRAY['511132100'], '2024-06-15')": ("progress_year_key", "progress_month_key"),
    "SELECT id FROM feature WHERE layer = 'hazard_point' AND code = '77'": ("code",),
    "SELECT id FROM feature WHERE layer = 'hazard_point' AND geom && st_makeenvelope(103, 29, 103.001, 29.001, 4490)": (
        "geom",
    ),
    "SELECT id FROM feature WHERE layer = 'hazard_point' AND org_unit = '511132100001'": ("org_unit",),
    "SELECT reached_on FROM milestone WHERE layer = 'hazard_point' AND feature = '00000000-0000-4000-8000-000000000000'"
    " AND state = 'approved' AND revoked_at IS NULL": ("milestone_valid_once", "milestone_feature"),
}


@pytest.fixture(scope="module")
def many(make_database: Any) -> Database:
    """Twenty thousand hazard points with two milestones each."""
    database = make_database("placed")
    with psycopg.connect(database.dsn) as connection:
        connection.execute(
            "INSERT INTO feature (layer, code, org_unit, geom)"
            " SELECT 'hazard_point', n::text, '511132100' || lpad((n % 4 + 1)::text, 3, '0'),"
            " st_setsrid(st_makepoint(103 + n / 4e4, 29), 4490) FROM generate_series(1, 20000) AS n"
        )
        connection.execute(
            "INSERT INTO milestone (layer, feature, milestone, reached_on)"
            " SELECT layer, id, step, '2020-01-01'::date + code::int % 1500 + 10 * (step = 'works_completed')::int"
            " FROM feature, unnest(ARRAY['works_started', 'works_completed']) AS step"
        )
        connection.execute("SELECT progress_fold()")
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    return database


@pytest.mark.parametrize("query", HOT)
def test_hot_queries_use_their_index(many: Database, query: str) -> None:
    with psycopg.connect(many.dsn) as connection:
        plan = "\n".join(row[0] for row in connection.execute(f"EXPLAIN {query}"))  # pyright: ignore
    for index in HOT[query]:
        if index in plan:
            break
    else:
        pytest.fail(plan)
    scanned = [line for line in plan.splitlines() if "Seq Scan" in line and "progress_delta" not in line]
    assert not scanned, plan


# --- documents --------------------------------------------------------------------------------------------------------


def _documents() -> str:
    return "\n".join(path.read_text("utf-8") for path in [*ROOT.glob("README*.md"), *(ROOT / "docs").glob("*.md")])


def test_the_documents_name_every_setting() -> None:
    text = _documents()
    for name, info in Settings.model_fields.items():
        assert f"SHANHE_{name.upper()}" in text
        assert info.description, name


def test_the_documents_name_every_layer() -> None:
    text = _documents()
    for code, layer in layers().items():
        assert f"`{code}`" in text
        assert layer.label.zh in text


def test_the_documents_name_every_route() -> None:
    from api.app import create_app

    text = _documents()
    with Database(Settings(database="postgresql:///unused")) as unused:  # pyright: ignore
        paths = create_app(unused).openapi()["paths"]
    assert len(paths) > 8
    for path in paths:
        assert path in text, path


def test_the_documents_name_every_command() -> None:
    import typer.main

    from api.cli import app

    text = _documents()

    def walk(command: Any, name: str) -> None:
        for child, what in getattr(command, "commands", {}).items():
            full = f"{name} {child}"
            assert what.help, full
            assert full in text, full
            walk(what, full)

    walk(typer.main.get_command(app), "shanhe")


def test_every_shipped_file_has_a_source_and_a_licence() -> None:
    text = (ROOT / "data" / "README.md").read_text("utf-8")
    for path in sorted((ROOT / "data").rglob("*")):
        if path.is_file() and path.name != "README.md":
            assert path.name in text, path


def test_the_design_decisions_say_why() -> None:
    for path in (ROOT / "docs" / "decisions").glob("*.md"):
        text = path.read_text("utf-8").lower()
        for part in ("## context", "## options", "## outcome", "## consequences"):
            assert part in text, (path, part)


# --- languages --------------------------------------------------------------------------------------------------------


def _texts(value: object, seen: set[int]) -> list[Any]:
    from dataclasses import fields, is_dataclass

    from geo.text import Text

    if id(value) in seen:
        return []
    seen.add(id(value))
    if isinstance(value, Text):
        return [value]
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item, seen)]
    if isinstance(value, tuple | list):
        return [text for item in value for text in _texts(item, seen)]
    if is_dataclass(value) and not isinstance(value, type):
        return [text for item in fields(value) for text in _texts(getattr(value, item.name), seen)]
    return []


CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("layer", layers().values(), ids=lambda layer: layer.code)
def test_every_layer_speaks_both_languages(layer: Layer) -> None:
    texts = _texts(layer, set())
    assert len(texts) > 3
    for text in texts:
        assert CHINESE.search(text.zh), text
        assert not CHINESE.search(text.en), text
    for name, info in layer.columns.items():
        label = info.json_schema_extra["label"]  # pyright: ignore
        assert CHINESE.search(label["zh"]), name  # pyright: ignore
        assert not CHINESE.search(label["en"]), name  # pyright: ignore


# --- the wheel --------------------------------------------------------------------------------------------------------


def test_the_wheel_holds_what_it_must_and_no_more(tmp_path: Path) -> None:
    """Built from what git knows, as a release would be."""
    tree = tmp_path / "tree"
    tree.mkdir()
    known = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True,
        check=True,
    ).stdout.split("\n")  # fmt: skip
    for name in filter(None, known):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_bytes((ROOT / name).read_bytes())
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")], cwd=tree, check=True
    )
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    for path in [*QUERIES, *SOURCES]:
        assert path.relative_to(ROOT).as_posix() in held
    for must in (
        "geo/_shipped/511132/places.json",
        "geo/migrations/env.py",
        "geo/sql/views/30_progress.sql",
        "web/static/app/map.js",
        "web/locale/en/LC_MESSAGES/shanhe.po",
    ):
        assert must in held
    tops = {name.partition("/")[0] for name in held}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)
    assert not [name for name in held if "__pycache__" in name or name.startswith(("tests/", "data/"))]
    assert sum(item.file_size for item in zipfile.ZipFile(wheel).infolist()) < 8_000_000
