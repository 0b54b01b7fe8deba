"""Rights as the database enforces them: who sees and changes what, where, and what nobody can say of themselves."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from people import header

from geo import item
from geo.collection import collection
from geo.condition import within
from geo.crs import CRS84
from geo.database import Connection, Database
from geo.ingest.choice import Choice
from geo.ingest.load import load
from geo.item import Asked
from geo.layers import layer, layers
from geo.right import ROLES, Verb
from geo.viewer import NotAllowed, NotSignedIn, PasswordMustChange, acting, secret_hash, units, viewer

TOWN, OTHER = "511132100", "511132101"
Grant = tuple[str, str | None, tuple[str, ...] | None]
PEOPLE: dict[str, tuple[Grant, ...]] = {
    "officer": (("officer", TOWN, None),),
    "neighbour": (("officer", OTHER, None),),
    "hazards": (("officer", TOWN, ("hazard_point", "relocation_household")),),
    "mixed": (("officer", TOWN, ("hazard_point",)), ("planner", None, ("farmland_patch",)), ("manager", OTHER, None)),
    "clerk": (("officer", "511132", None),),
    "manager": (("manager", None, None),),
    "planner": (("planner", None, None),),
    "administrator": (("administrator", None, None),),
    "nothing": (),
}


@pytest.fixture(scope="module")
def office(make_database: Any) -> Database:
    """A feature of every layer in every place, each with personal data, a milestone, money and a tile."""
    database = make_database("placed")
    with psycopg.connect(database.dsn) as connection:
        connection.execute(
            "INSERT INTO feature (layer, code, org_unit) SELECT layer.code, layer.code || coalesce(place.unit, '-'),"
            " place.unit FROM layer CROSS JOIN (SELECT code AS unit FROM org_unit WHERE level <> 'county'"
            " UNION ALL SELECT NULL) AS place"
        )
        connection.execute(
            "INSERT INTO milestone (layer, feature, milestone, reached_on, state) SELECT feature.layer, feature.id,"
            " first.milestone, '2024-01-01', 'pending' FROM feature INNER JOIN layer_milestone AS first"
            " ON first.layer = feature.layer AND first.place = (SELECT min(place) FROM layer_milestone AS other"
            " WHERE other.layer = feature.layer)"
        )
        connection.execute(
            'INSERT INTO feature_private (layer, feature, attributes) SELECT layer, id, \'{"phone": "1"}\' FROM feature'
        )
        connection.execute(
            "WITH made AS (INSERT INTO feature_document (layer, feature, kind, title, personal, media_type, size,"
            " sha256, recorded_by) SELECT layer, id, 'other', marked.who, marked.personal, 'application/pdf', 3,"
            " encode(sha256(convert_to(marked.content, 'UTF8')), 'hex'), marked.who FROM feature CROSS JOIN (VALUES"
            " ('officer', true, 'abc'), ('mixed', false, 'abd')) AS marked (who, personal, content)"
            " WHERE layer IN ('hazard_point', 'farmland_patch') RETURNING id, sha256, size, personal)"
            " INSERT INTO feature_document_content SELECT id, sha256, size, 'x',"
            " CASE WHEN personal THEN 'abc' ELSE 'abd' END::bytea FROM made"
        )
        for name, grants in PEOPLE.items():
            header(database, name, ())
            for role, unit, only in grants:
                header(database, name, ((role, unit),), layers=list(only) if only else None)
    return database


@contextmanager
def by(database: Database, name: str, verb: Verb = Verb.VIEW) -> Iterator[Connection]:
    with acting(f"shp_{name}"), database.connection(verb) as connection:
        yield connection


def below(database: Database) -> dict[str | None, set[str]]:
    """Every unit with all below it."""
    with psycopg.connect(database.dsn) as connection:
        found: dict[str | None, set[str]] = {}
        for unit, ancestor in connection.execute("SELECT unit, ancestor FROM org_unit_ancestor"):
            found.setdefault(ancestor, set()).add(unit)
    return found


def allowed(under: dict[str | None, set[str]], name: str, verb: Verb, layer: str, unit: str | None) -> bool:
    """What the words of the grants say, worked out without the database."""
    return any(
        verb in ROLES[role].verbs
        and (only is None or layer in only)
        and (place in (None, "511132") or unit in under[place])
        for role, place, only in PEOPLE[name]
    )


APPROVAL = (
    "UPDATE milestone SET state = 'approved', judged_at = now(), judged_by = viewer_name() WHERE state = 'pending'"
    " RETURNING feature"
)


def test_everybody_sees_and_changes_exactly_what_was_granted(office: Database) -> None:
    under, tried, wrong = below(office), 0, []
    with psycopg.connect(office.dsn) as connection:
        everything = connection.execute("SELECT layer, org_unit, id FROM feature ORDER BY 1, 2").fetchall()
        waiting = {each for (each,) in connection.execute("SELECT feature FROM milestone")}
    for name in PEOPLE:
        seen: dict[Verb, set[Any]] = {}
        for verb in (Verb.VIEW, Verb.DOWNLOAD):
            seen[verb] = set()
            with suppress(NotAllowed), by(office, name, verb) as connection:
                seen[verb] = {each for (each,) in connection.execute("SELECT id FROM feature")}
        with by(office, name) as connection:
            seen[Verb.PERSONAL] = {each for (each,) in connection.execute("SELECT feature FROM feature_private")}
            seen[Verb.EDIT] = {
                each for (each,) in connection.execute("UPDATE feature SET name = 'x' RETURNING id").fetchall()
            }
            connection.rollback()
        seen[Verb.APPROVE] = set()
        with suppress(NotAllowed), by(office, name, Verb.APPROVE) as connection:
            seen[Verb.APPROVE] = {each for (each,) in connection.execute(APPROVAL).fetchall()}
            connection.rollback()
        for (code, unit, identity), verb in itertools.product(everything, seen):
            if verb is Verb.APPROVE and identity not in waiting:
                continue
            tried += 1
            if (identity in seen[verb]) != allowed(under, name, verb, code, unit):
                wrong.append((name, verb, code, unit))
    assert (tried >= 20_000, wrong[:10]) == (True, []), (tried, len(wrong))


@pytest.mark.parametrize("name", PEOPLE)
def test_nobody_puts_a_feature_where_they_may_not_edit(office: Database, name: str) -> None:
    under = below(office)
    for code, unit in itertools.product(list(layers())[:6], (TOWN, OTHER, None)):
        may, put = allowed(under, name, Verb.EDIT, code, unit), True
        try:
            with by(office, name) as connection:
                connection.execute("INSERT INTO feature (layer, code, org_unit) VALUES (%s, 'new', %s)", [code, unit])
                connection.rollback()
        except NotAllowed:
            put = False
        assert put == may, (code, unit)


WITHDRAWAL = (
    "UPDATE feature_document SET withdrawn_at = now(), withdrawn_by = viewer_name(), reason = 'xx' RETURNING feature,"
    " personal"
)


def test_documents_are_seen_opened_and_withdrawn_exactly_as_was_granted(office: Database) -> None:
    """Those of the matrix: two on each feature of two layers, one that holds personal data, each by another."""
    under, tried, wrong = below(office), 0, []
    with psycopg.connect(office.dsn) as connection:
        everything = connection.execute(
            "SELECT feature.layer, org_unit, feature.id, personal, feature_document.recorded_by FROM feature_document"
            " INNER JOIN feature ON feature.id = feature_document.feature"
        ).fetchall()
    for name in PEOPLE:
        with by(office, name) as connection:
            seen = set(connection.execute("SELECT feature, personal FROM feature_document"))
            opened = set(
                connection.execute(
                    "SELECT feature, personal FROM feature_document"
                    " INNER JOIN feature_document_content ON document = id"
                )
            )
            raw = connection.execute("SELECT count(*) FROM feature_document_content").fetchone()
            gone = set(connection.execute(WITHDRAWAL))
            after = connection.execute(
                "SELECT count(*) FROM feature_document_content WHERE document IN"
                " (SELECT id FROM feature_document WHERE withdrawn_at IS NOT NULL)"
            ).fetchone()
            connection.rollback()
        assert (raw, after) == ((len(opened),), (0,)), "what was withdrawn opens for nobody"
        for code, unit, identity, personal, author in everything:
            tried += 1
            may = {verb: allowed(under, name, verb, code, unit) for verb in Verb}
            here = (identity, personal)
            wanted = (
                may[Verb.VIEW],
                may[Verb.VIEW] and (not personal or may[Verb.PERSONAL]),
                may[Verb.APPROVE] or (may[Verb.EDIT] and author == name),
            )
            if (here in seen, here in opened, here in gone) != wanted:
                wrong.append((name, code, unit, personal, wanted))
    assert (tried >= 4_000, wrong[:10]) == (True, []), (tried, len(wrong))


@pytest.mark.parametrize("name", PEOPLE)
def test_nobody_adds_a_document_where_they_may_not_edit_or_in_the_name_of_another(office: Database, name: str) -> None:
    under = below(office)
    put = (
        "INSERT INTO feature_document (layer, feature, kind, title, media_type, size, sha256, recorded_by)"
        " SELECT layer, id, 'other', 'x', 'application/pdf', 1, repeat('0', 64), coalesce(%s, viewer_name())"
        " FROM feature WHERE layer = 'hazard_point' AND org_unit = %s"
    )
    for unit, author in itertools.product((TOWN, OTHER), (None, "another")):
        may = allowed(under, name, Verb.EDIT, "hazard_point", unit) and author is None
        added = False
        with suppress(NotAllowed), by(office, name) as connection:
            added = connection.execute(put, [author, unit]).rowcount == 1
            connection.rollback()
        assert added == may, (unit, author)
    for change in (
        "UPDATE feature_document SET title = 'x'", "UPDATE feature_document SET personal = false",
        "DELETE FROM feature_document", "DELETE FROM feature_document_content",
        "UPDATE feature_document_content SET name = 'x'",
        "INSERT INTO feature_document (layer, feature, kind, title, media_type, size, sha256, recorded_by,"
        " withdrawn_at) VALUES ('hazard_point', gen_random_uuid(), 'other', 'x', 'x', 1, '', '', now())",
    ):  # fmt: skip
        with pytest.raises(NotAllowed), by(office, name) as connection:
            connection.execute(change)  # pyright: ignore


def test_a_withdrawal_is_signed_by_whoever_withdraws(office: Database) -> None:
    with by(office, "manager") as connection:
        assert len(connection.execute(WITHDRAWAL).fetchall()) > 100, "the control"
        connection.rollback()
    for forged in ("'another'", "NULL"):
        withdrawn = WITHDRAWAL.replace("viewer_name()", forged)
        with pytest.raises((NotAllowed, psycopg.errors.CheckViolation)), by(office, "manager") as connection:
            connection.execute(withdrawn)  # pyright: ignore


def test_a_feature_cannot_be_moved_out_of_what_one_may_edit(office: Database) -> None:
    move = "UPDATE feature SET org_unit = %s WHERE layer = 'hazard_point' AND code = %s"
    with pytest.raises(NotAllowed), by(office, "officer") as connection:
        connection.execute(move, [OTHER, f"hazard_point{TOWN}"])
    with by(office, "clerk") as connection:
        assert connection.execute(move, [OTHER, f"hazard_point{TOWN}"]).rowcount == 1
        connection.rollback()


def test_without_anybody_there_is_nothing(office: Database) -> None:
    guarded = [
        "feature", "feature_version", "feature_private", "milestone", "feature_tile", "tile_cell", "tile_delta",
        "progress_sum", "progress_day", "money_sum", "activity", "transaction", "claim", "import", "import_job",
        "feature_reached", "progress_truth", "money_truth", "allocation", "budget", "target", "feature_document",
        "feature_document_content",
    ]  # fmt: skip
    with office.connection() as connection:
        for table in guarded:
            query = psycopg.sql.SQL("SELECT count(*) FROM {}").format(psycopg.sql.Identifier(table))
            assert connection.execute(query).fetchone() == (0,), table
    with psycopg.connect(office.dsn) as connection:
        counted = connection.execute("SELECT (SELECT count(*) FROM feature), (SELECT count(*) FROM progress_sum)")
        assert min(counted.fetchone() or (0,)) > 0


def test_the_role_of_the_server_owns_nothing_and_reads_no_secrets(office: Database) -> None:
    with psycopg.connect(office.dsn) as connection:
        owned = connection.execute(
            "SELECT relname FROM pg_class WHERE pg_get_userbyid(relowner) = 'shanhe_web' UNION ALL"
            " SELECT proname FROM pg_proc WHERE pg_get_userbyid(proowner) = 'shanhe_web'"
        ).fetchall()
        bare = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
            " AND NOT relrowsecurity AND has_table_privilege('shanhe_web', oid, 'SELECT')"
        ).fetchall()
    assert owned == []
    open_to_all = {
        "layer", "layer_measure", "layer_milestone", "org_unit", "org_unit_former", "org_unit_ancestor", "program",
        "alembic_version", "tile_layer", "role_verb", "spatial_ref_sys", "procrastinate_jobs", "procrastinate_events",
    }  # fmt: skip
    assert {name for (name,) in bare} == open_to_all
    for secret in ("viewer_key", "account", "session", "token", "sign_in", "audit_event"):
        with pytest.raises(NotAllowed), by(office, "clerk") as connection:
            connection.execute(psycopg.sql.SQL("SELECT * FROM {}").format(psycopg.sql.Identifier(secret)))
    for act in ("CREATE TABLE mine (x int)", "SELECT viewer_seal('x')", "SELECT progress_recount()",
                "SELECT viewer_rights(1, NULL)", "SELECT * FROM feature_of_hazard_point"):  # fmt: skip
        with pytest.raises(NotAllowed), by(office, "clerk") as connection:
            connection.execute(act)


def test_who_asks_cannot_be_said_by_a_statement(office: Database) -> None:
    with by(office, "clerk") as connection:
        context, seal = connection.execute(
            "SELECT current_setting('shanhe.viewer'), current_setting('shanhe.seal')"
        ).fetchone() or ("", "")
        assert connection.execute("SELECT count(*) > 0 FROM feature").fetchone() == (True,)
    count = "SELECT count(*) FROM feature"
    with office.connection() as connection:  # in another transaction the same seal is worth nothing
        connection.execute("SELECT set_config('shanhe.viewer', %s, true)", [context])
        for forged in (seal, "", None, "0" * 64):
            connection.execute("SELECT set_config('shanhe.seal', %s, true)", [forged])
            assert connection.execute(count).fetchone() == (0,)
    with by(office, "officer") as connection:
        seen = connection.execute(count).fetchone()
        connection.execute("SELECT set_config('shanhe.viewer', %s, true)", [context])
        assert connection.execute(count).fetchone() == (0,)
    with by(office, "officer") as connection:
        assert connection.execute(count).fetchone() == seen != (0,)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE token SET expires_at = now() - interval '1 second'",
        "UPDATE token SET revoked_at = now()",
        "UPDATE account SET disabled_at = now()",
        "DELETE FROM token",
    ],
)
def test_a_secret_that_is_no_longer_good_is_nobodys(placed: Database, change: str) -> None:
    header(placed)
    with by(placed, "web") as connection:
        assert viewer(connection).name == "web"
    with psycopg.connect(placed.dsn) as connection:
        connection.execute(change)
    with pytest.raises(NotSignedIn), by(placed, "web"):
        pass


def test_sessions_end_by_idleness_and_by_age(placed: Database) -> None:
    header(placed)
    put = (
        "INSERT INTO session (hash, account, idle, expires_at, seen_at) SELECT %s, id, '1 hour', now() + %s::interval,"
        " now() - %s::interval FROM account"
    )
    for number, (left, quiet, good) in enumerate([("1 day", "59 min", True), ("1 day", "61 min", False),
                                                  ("-1 s", "0", False)]):  # fmt: skip
        with psycopg.connect(placed.dsn) as connection:
            connection.execute(put, [secret_hash(f"s{number}"), left, quiet])
        with acting(f"s{number}"):
            if good:
                with placed.connection() as connection:
                    assert viewer(connection).name == "web"
                with psycopg.connect(placed.dsn) as connection:  # using it keeps it
                    seen = connection.execute("SELECT now() - seen_at < '1 min' FROM session").fetchone()
                assert seen == (True,)
            else:
                with pytest.raises(NotSignedIn), placed.connection():
                    pass


def test_a_first_password_must_be_changed_first(placed: Database) -> None:
    header(placed)
    with psycopg.connect(placed.dsn) as connection:
        connection.execute("UPDATE account SET must_change = true")
        connection.execute(
            "INSERT INTO session (hash, account, idle, expires_at)"
            " SELECT %s, id, interval '1 hour', now() + interval '1 hour' FROM account",
            [secret_hash("first")],
        )
    with pytest.raises(PasswordMustChange), acting("first"), placed.connection():
        pass
    with by(placed, "web") as connection:
        assert viewer(connection).name == "web", "a token waits for no password"


def test_a_token_may_be_narrower_than_its_account(placed: Database) -> None:
    header(placed, verbs=["view"])
    with by(placed, "web") as connection:
        told = viewer(connection)
    assert told.may(Verb.VIEW)
    assert not told.may(Verb.EDIT)
    assert not told.may(Verb.DOWNLOAD)


def test_people_who_share_connections_never_see_each_others(office: Database) -> None:
    names = list(PEOPLE)
    truth = {}
    for name in names:
        with by(office, name) as connection:
            truth[name] = connection.execute("SELECT count(*), min(id::text) FROM feature").fetchone()

    def ask(turn: int) -> bool:
        name = names[turn % len(names)]
        try:
            with by(office, name) as connection:
                found = connection.execute("SELECT count(*), min(id::text) FROM feature").fetchone()
                if turn % 7 == 0:
                    raise ZeroDivisionError
        except ZeroDivisionError:
            pass
        return found == truth[name]

    with ThreadPoolExecutor(12) as pool:
        assert all(pool.map(ask, range(2_000)))
    assert len(set(truth.values())) > 5


class Explained:
    """A connection that keeps the plan of each statement that it runs."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.plan = ""

    def execute(self, query: Any, *values: Any, **options: Any) -> Any:
        found = self._connection.execute(psycopg.sql.SQL("EXPLAIN ") + query, *values, **options)
        self.plan += "\n".join(line for (line,) in found)
        return self._connection.execute(query, *values, **options)


@pytest.fixture(scope="module")
def many(make_database: Any) -> Database:
    """Twenty thousand points over the county, a third of them in the officer's township."""
    database = make_database("placed")
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO feature (layer, code, org_unit, geom) SELECT 'hazard_point', n::text,"
            " (ARRAY[%s, %s, '511132102'])[1 + n %% 3], st_setsrid(st_point(103 + n %% 200 / 200.0, 29 + n / 40000.0),"
            " 4490) FROM generate_series(1, 20000) AS n",
            [TOWN, OTHER],
        )
        connection.execute("VACUUM ANALYZE feature")
    for name in ("officer", "planner"):
        for role, unit, _ in PEOPLE[name]:
            header(database, name, ((role, unit),))
    return database


def plan_of(database: Database, name: str) -> str:
    """How the items in a small box are looked for."""
    of = collection("hazard_point")
    asked = Asked(of, date(2026, 1, 1), "zh", condition=within("103.5,29.2,103.51,29.21", CRS84))
    with by(database, name) as connection:
        explained = Explained(connection)
        found = item.page(explained, asked, limit=1000)  # type: ignore[arg-type]
    assert found.features
    return explained.plan


@pytest.mark.parametrize("name", ["planner", "officer"])
def test_rights_leave_the_spatial_index_in_use(many: Database, name: str) -> None:
    assert "feature_of_hazard_point_geom_idx" in plan_of(many, name)
    assert "Seq Scan on feature_of_hazard_point" not in plan_of(many, name)


def test_without_the_promise_of_no_leak_the_index_would_be_left_out(many: Database) -> None:
    with psycopg.connect(many.dsn, autocommit=True) as connection:
        connection.execute("ALTER FUNCTION geometry_overlaps(geometry, geometry) NOT LEAKPROOF")
        try:
            assert "feature_of_hazard_point_geom_idx" not in plan_of(many, "officer"), "the control"
        finally:
            connection.execute("ALTER FUNCTION geometry_overlaps(geometry, geometry) LEAKPROOF")


@pytest.mark.parametrize(("name", "there"), [("officer", {"A"}), ("clerk", {"A", "B", "C"}), ("planner", set())])
def test_an_import_changes_only_what_whoever_sent_it_may_edit(
    fresh: Any, tmp_path: Path, name: str, there: set[str]
) -> None:
    database = fresh("placed")
    for person in ("officer", "clerk", "planner"):
        for role, unit, _ in PEOPLE[person]:
            header(database, person, ((role, unit),))
    with psycopg.connect(database.dsn) as connection:
        connection.execute("INSERT INTO feature (layer, code, org_unit) VALUES ('hazard_point', 'B', %s)", [OTHER])
        within = units(connection, name, Verb.EDIT, "hazard_point")
    file = tmp_path / "points.csv"
    file.write_text(f"编号,名称,乡镇\nA,a,{TOWN}\nB,b,{TOWN}\nC,c,{OTHER}\n", "utf-8")
    load(database, layer("hazard_point"), file, Choice(within=within, partial=True))
    with psycopg.connect(database.dsn) as connection:
        changed = {code for (code,) in connection.execute("SELECT code FROM feature WHERE name IS NOT NULL")}
    assert changed == there
