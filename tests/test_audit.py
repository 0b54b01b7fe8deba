"""The audit trail: every change leaves an event, nobody can say it was another, and nothing in it can be changed."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import geopandas
import psycopg
import pytest
import shapely
from people import client_of, header
from test_cli import run

from api.command import user
from geo import account, audit, token
from geo.audit.seal import head, seal
from geo.audit.verify import verify
from geo.database import Database
from geo.ingest.load import Choice, load
from geo.ingest.undo import undo
from geo.layers import layer
from geo.right import Verb
from geo.viewer import acting

TOWN = "511132100"
ITEMS = "/ogc/collections/hazard_point/items"
CANARY = "13912345678"
WEB = {"who": {"name": "wang"}}
LAST = "SELECT coalesce(max(id), 0) FROM audit_event"

BUDGET = {
    "fund_source": "a", "activity": "b", "year": 2024, "phase": "initial", "amount": "20",
    "document": "县财〔2024〕1号",
}  # fmt: skip
Noted = list[tuple[str, str, list[str], dict[str, Any], Any, Any]]


def point(**properties: Any) -> dict[str, Any]:
    drawn = {"type": "Point", "coordinates": [103.25, 29.2]}
    return {"type": "Feature", "geometry": drawn, "properties": {"code": "1", **properties}}


def points(folder: Path, count: int, **columns: Any) -> Path:
    """A GeoPackage of hazard points with a phone number each."""
    frame: dict[str, Any] = {
        "统一编号": [f"P{place}" for place in range(count)],
        "名称": [f"滑坡{place}" for place in range(count)],
        "乡镇": [TOWN] * count,
        "责任人电话": [CANARY] * count,
        "完工日期": [date(2024, 3, 1)] * count,
    } | columns
    drawn = [shapely.Point(103.2 + place % 300 * 1e-4, 29.1 + place // 300 * 1e-4) for place in range(count)]
    path = folder / f"points{count}{len(columns)}.gpkg"
    geopandas.GeoDataFrame(frame, geometry=drawn, crs="EPSG:4490").to_file(path, engine="pyogrio")
    return path


def asked(database: Database, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database.dsn) as connection:
        return connection.execute(query).fetchall()  # pyright: ignore


def execute(database: Database, query: str) -> None:
    with psycopg.connect(database.dsn) as connection:
        connection.execute(query)  # pyright: ignore


def noted(database: Database, do: Callable[[], Any]) -> Noted:
    """The events that something leaves."""
    before = asked(database, LAST)[0][0]
    do()
    with psycopg.connect(database.dsn) as connection:
        return connection.execute(
            "SELECT actor, action, codes, subject, old, new FROM audit_event WHERE id > %s ORDER BY id", [before]
        ).fetchall()


def imported(database: Database, path: Path, **choice: Any) -> Any:
    return load(database, layer("hazard_point"), path, replace(Choice(today=date(2026, 11, 23)), **choice))


# --- by the roads of the program --------------------------------------------------------------------------------------


def test_a_feature_edited_over_http_is_noted_with_what_changed(placed: Database) -> None:
    with client_of(placed, **WEB) as client:
        address = ""

        def create() -> None:
            nonlocal address
            answer = client.post(ITEMS, json=point(name="甲", threatened_people=3, responsible_phone=CANARY))
            assert answer.status_code == 201, answer.text
            address = urlsplit(answer.headers["location"]).path

        made = noted(placed, create)
        assert [(actor, action, codes) for actor, action, codes, *_ in made] == [
            ("wang", "feature.create", ["1"]), ("wang", "personal.create", ["1"]),
        ]  # fmt: skip
        assert made[0][4] is None
        assert made[0][5]["name"] == "甲"
        assert made[0][5]["attributes"] == {"threatened_people": 3}
        assert made[1][5] == {"attributes": {"responsible_phone": "***"}}
        patch = {"properties": {"name": "乙", "threatened_people": 4, "responsible_phone": "13900000000"}}
        changed = noted(placed, lambda: client.patch(
            address, json=patch, headers={"If-Match": "*", "Content-Type": "application/merge-patch+json"}
        ))  # fmt: skip
        told = {action: (actor, old, new) for actor, action, _, _, old, new in changed}
        assert told["feature.update"][2].pop("reason") != told["feature.update"][1].pop("reason")
        assert told == {
            "feature.update": (
                "wang",
                {"name": "甲", "attributes": {"threatened_people": 3}},
                {"name": "乙", "attributes": {"threatened_people": 4}},
            ),
            "personal.update": (
                "wang",
                {"attributes": {"responsible_phone": "***"}},
                {"attributes": {"responsible_phone": "***"}},
            ),
        }
        gone = noted(placed, lambda: client.delete(address, headers={"If-Match": "*"}))
        assert ("wang", "feature.delete") in [(actor, action) for actor, action, *_ in gone]
    assert CANARY not in str(asked(placed, "SELECT audit_event::text FROM audit_event"))


def test_money_and_claims_changed_over_http_are_noted(placed: Database) -> None:
    execute(placed, "INSERT INTO fund_source (code, name_zh, name_en) VALUES ('a', '甲', 'A')")
    paid = {"fund_source": "a", "activity": "b", "kind": "expenditure", "value_date": "2024-05-01", "amount": "12"}
    claim = {
        "document": "d", "system": "relocation", "metric": "households", "value": "3", "unit": "户", "kind": "target",
    }  # fmt: skip
    with client_of(placed, **WEB) as client:

        def all_of_it() -> None:
            answers = [
                client.put("/api/fund-sources/c", json={"name_zh": "丙"}),
                client.put("/api/activities/b", json={"name_zh": "乙"}),
                client.put("/api/budgets", json=BUDGET),
                client.post(ITEMS, json=point()),
                client.post("/api/activities/b/features", json={"rule": {"layer": "hazard_point"}}),
                (made := client.post("/api/transactions", json=paid)),
                client.post(f"/api/transactions/{made.json()['id']}/allocation", json={"basis": "per_unit"}),
                client.put(
                    f"/api/transactions/{made.json()['id']}", json={**paid, "amount": "13", "reason": "typed wrong"}
                ),
                client.delete(f"/api/transactions/{made.json()['id']}?reason=twice"),
            ]
            assert [answer.status_code for answer in answers] == [204, 204, 204, 201, 200, 201, 200, 204, 204]

        told = noted(placed, all_of_it)
    actions = [action for _, action, *_ in told]
    for action in ("fund_source.create", "activity.create", "budget.create", "document.create", "funding.create",
                   "link_rule.create", "link.create", "transaction.create", "allocation.create", "transaction.update",
                   "allocation.delete", "transaction.withdraw"):  # fmt: skip
        assert action in actions, action
    assert {actor for actor, *_ in told} == {"wang"}
    (corrected,) = (each for each in told if each[1] == "transaction.update")
    assert (corrected[4]["amount"], corrected[5]["amount"]) == (12, 13)
    execute(placed, "INSERT INTO claim_document (code, title, year) VALUES ('d', 'd', 2024)")
    with client_of(placed, **WEB) as client:
        said: list[Any] = []
        told = noted(placed, lambda: said.append(client.post("/api/claims", json=claim)))
        assert said[0].status_code == 201, said[0].text
        number = said[0].json()["id"]
        assert ("wang", "claim.create") in [(actor, action) for actor, action, *_ in told]
        address = f"/api/claims/d/{number}/status"
        told = noted(placed, lambda: client.post(address, json={"status": "accepted", "note": "right"}))
        assert [(actor, action, number in codes) for actor, action, codes, *_ in told] == [
            ("wang", "judgement.create", True)
        ]


def test_an_import_is_noted_under_who_asked_for_it_and_so_is_taking_it_back(placed: Database, tmp_path: Path) -> None:
    reports: list[Any] = []
    made = noted(placed, lambda: reports.append(imported(placed, points(tmp_path, 3), by="li")))
    assert {actor for actor, *_ in made} == {"li"}
    actions = [action for _, action, *_ in made]
    assert actions.count("milestone.create") == 3
    assert actions.count("personal.create") == 3
    (finished,) = (each for each in made if each[1] == "import.update")
    assert finished[5]["report"] == {"rows": 3, "new": 3, "changed": 0, "unchanged": 0, "refused": 0}
    again = noted(placed, lambda: imported(placed, points(tmp_path, 4, 威胁人数=[7] * 4), by="zhao"))
    assert {actor for actor, *_ in again} == {"zhao"}
    assert [action for _, action, *_ in again].count("feature.update") == 3
    assert all(each[3]["import"] > reports[0].import_id for each in again if each[1].startswith("feature"))
    number = asked(placed, "SELECT max(id) FROM import")[0][0]
    back = noted(placed, lambda: undo(placed, number, by="sun"))
    assert {actor for actor, *_ in back} == {"sun"}
    assert {"import.undo", "feature.delete", "feature.update"} <= {action for _, action, *_ in back}
    assert CANARY not in str(asked(placed, "SELECT audit_event::text FROM audit_event"))
    assert "responsible_phone" in str(asked(placed, "SELECT audit_event::text FROM audit_event"))  # the control


def test_an_import_of_many_rows_leaves_few_events(placed: Database, tmp_path: Path) -> None:
    first = noted(placed, lambda: imported(placed, points(tmp_path, 20_000), by="li"))
    assert len(first) < 10
    assert ("milestone.create", 20_000) in [(each[1], each[3].get("rows")) for each in first]
    again = noted(placed, lambda: imported(placed, points(tmp_path, 20_000, 威胁人数=[7] * 20_000), by="li"))
    assert len(again) < 10
    (changed,) = (each for each in again if each[1] == "feature.update")
    number = asked(placed, "SELECT max(id) FROM import")[0][0]
    assert changed[3] == {"rows": 20_000, "layer": "hazard_point", "import": number}
    assert changed[4:] == (None, None)


def test_accounts_roles_and_tokens_are_noted_without_secrets(placed: Database) -> None:
    secrets: list[str] = []

    def all_of_it() -> None:
        with placed.owner() as connection:
            secrets.append(account.create(connection, "li", label="李四", by="boss"))
            account.grant(connection, "li", "officer", TOWN, by="boss")
            account.grant(connection, "li", "officer", TOWN, ["hazard_point"], by="boss")
            secrets.append(token.create(connection, account.named(connection, "li"), "QGIS", days=9, by="li"))

    told = noted(placed, all_of_it)
    assert [(actor, action) for actor, action, *_ in told] == [
        ("boss", "account.create"), ("boss", "role.grant"), ("boss", "role.grant"), ("li", "token.create"),
    ]  # fmt: skip
    assert told[0][5]["label"] == "李四"
    assert told[2][3] == {"account": "li", "role": "officer", "org_unit": TOWN}
    assert told[2][5]["layers"] == ["hazard_point"]
    hashes = str(asked(placed, "SELECT password_hash FROM account UNION SELECT hash FROM token"))
    written = str(told)
    assert not any(secret in written for secret in secrets)
    assert not any(part in written for part in hashes.split("'") if len(part) > 20)


# --- by the hand of the owner -----------------------------------------------------------------------------------------


def test_what_the_owner_does_by_hand_is_noted_under_their_own_name(placed: Database) -> None:
    execute(placed, "INSERT INTO feature (layer, code, name, recorded_by) VALUES ('hazard_point', 'h', 'x', 'wang')")
    (told,) = noted(placed, lambda: execute(placed, "UPDATE feature SET name = 'y' WHERE code = 'h'"))
    owner = asked(placed, "SELECT session_user")[0][0]
    assert told[:3] == (owner, "feature.update", ["h"])
    assert told[4:] == ({"name": "x"}, {"name": "y"})
    by_part = noted(placed, lambda: execute(placed, "UPDATE feature_of_hazard_point SET name = 'z' WHERE code = 'h'"))
    assert [(each[1], each[5]) for each in by_part] == [("feature.update", {"name": "z"})]
    forged = noted(placed, lambda: execute(placed, "UPDATE feature SET recorded_by = 'li' WHERE code = 'h'"))
    assert forged[0][4:] == ({"recorded_by": "wang"}, {"recorded_by": "li"})
    assert noted(placed, lambda: execute(placed, "UPDATE feature SET name = 'z' WHERE code = 'h'")) == []
    assert [each[1] for each in noted(placed, lambda: execute(placed, "TRUNCATE target"))] == ["target.truncate"]


def test_a_partition_that_an_import_put_in_place_is_watched_too(placed: Database, tmp_path: Path) -> None:
    imported(placed, points(tmp_path, 2))
    told = noted(placed, lambda: execute(placed, "UPDATE feature_of_hazard_point SET name = 'z' WHERE code = 'P0'"))
    assert [each[1] for each in told] == ["feature.update"]


def test_a_column_that_became_personal_later_is_kept_out(placed: Database) -> None:
    execute(placed, "UPDATE layer SET private = private || '{nickname}' WHERE code = 'hazard_point'")
    values = json.dumps({"nickname": CANARY, "threatened_people": 5})
    told = noted(placed, lambda: execute(
        placed, f"INSERT INTO feature (layer, code, attributes) VALUES ('hazard_point', 'h', '{values}')"
    ))  # fmt: skip
    assert told[0][5]["attributes"] == {"nickname": "***", "threatened_people": 5}


UNWATCHED = {
    "layer": "written from the declarations by an upgrade", "layer_measure": "the same", "layer_milestone": "the same",
    "role_verb": "the same", "program": "the same", "alembic_version": "the same", "spatial_ref_sys": "PostGIS' own",
    "org_unit_ancestor": "follows from org_unit",
    "feature_version": "earlier states, kept by a trigger", "transaction_version": "the same",
    "budget_version": "the same", "allocation_version": "the same",
    "import_private": "earlier states of personal columns, for an undo, which is noted",
    "progress_delta": "sums", "progress_day": "sums", "progress_month": "sums", "progress_year": "sums",
    "money_delta": "sums", "money_day": "sums", "feature_tile": "drawn from features", "tile_cell": "sums",
    "tile_delta": "sums", "tile_layer": "state of what is drawn",
    "import_job": "a wait for an import, which is noted", "idempotency": "answers that were given",
    "overlay_job": "a wait for an answer", "overlay_result": "what was found, with the rights of who asked",
    "feature_document_content": "the files of feature_document, which is noted; nothing of them is ever altered",
    "session": "signing in and out is noted by the program", "sign_in": "every attempt, a trail of its own",
    "oidc_attempt": "a sign-in under way, gone after minutes",
    "viewer_key": "the key of the database, written once",
    "audit_event": "the trail", "audit_seal": "the trail", "audit_unsealed": "the trail", "audit_chain": "the trail",
}  # fmt: skip


def unwatched(database: Database) -> set[str]:
    return {name for (name,) in asked(database, """
        SELECT pg_class.relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname NOT LIKE 'procrastinate%'
            AND NOT (relispartition AND relname LIKE 'feature_tile_of_%')
            AND (SELECT count(*) FROM pg_trigger WHERE tgrelid = pg_class.oid AND tgname LIKE 'audit_%ed'
                 AND tgenabled = 'A') < 4
    """)}  # fmt: skip


def test_every_table_that_holds_records_is_watched(database: Database) -> None:
    assert unwatched(database) == set(UNWATCHED)
    execute(database, "CREATE TABLE forgotten (id integer)")  # the control
    assert unwatched(database) - set(UNWATCHED) == {"forgotten"}


# --- nobody says that it was another ----------------------------------------------------------------------------------


def within(database: Database, secret: dict[str, str], query: str, *values: Any) -> Any:
    with acting(secret["Authorization"].split()[1]), database.connection(Verb.VIEW) as connection:
        return connection.execute(query, values).fetchone()  # pyright: ignore


def test_the_role_of_the_web_server_neither_reads_nor_alters_the_trail(placed: Database) -> None:
    wang = header(placed, "wang")
    execute(
        placed,
        "INSERT INTO target (layer, measure, milestone, org_unit, starts_on, ends_on, value, origin)"
        " VALUES ('hazard_point', 'sites', 'works_completed', '511132', '2024-01-01', '2024-12-31', 1, 'x')",
    )
    for table in ("audit_event", "audit_seal", "audit_unsealed", "audit_chain"):
        for query in (f"SELECT FROM {table}", f"DELETE FROM {table}", f"TRUNCATE {table}",
                      f"INSERT INTO {table} DEFAULT VALUES"):  # fmt: skip
            with pytest.raises(Exception, match=r"权限|[Nn]ot permitted|permission denied"):
                within(placed, wang, query)
    assert within(placed, wang, "SELECT count(*) FROM target")[0] == 1  # the control


def test_whoever_acts_can_note_only_under_their_own_name(placed: Database) -> None:
    wang = header(placed, "wang")
    told = noted(placed, lambda: within(placed, wang, "SELECT audit_note('li', 'personal.read', '{\"code\": \"1\"}')"))
    assert [(actor, action, codes) for actor, action, codes, *_ in told] == [("wang", "personal.read", ["1"])]
    with pytest.raises(Exception, match=r"权限|[Nn]ot permitted|not for whoever"):
        within(placed, wang, "SELECT audit_note('li', 'feature.delete', '{}')")
    forged = (
        "WITH made AS (INSERT INTO feature (layer, code, recorded_by) VALUES ('hazard_point', '9', 'li') RETURNING 1)"
        " SELECT set_config('shanhe.viewer', '', true), set_config('shanhe.actor', 'li', true) FROM made"
    )
    with pytest.raises(Exception, match=r"权限|[Nn]ot permitted|nobody acts"):
        within(placed, wang, forged)
    plain = "INSERT INTO feature (layer, code, recorded_by) VALUES ('hazard_point', '9', 'li') RETURNING 1"
    (by_hand,) = noted(placed, lambda: within(placed, wang, plain))
    assert by_hand[0] == "wang"
    as_another = "SELECT set_config('shanhe.actor', 'li', true), set_config('shanhe.import', '7', true)"

    def said_another() -> None:
        with acting(wang["Authorization"].split()[1]), placed.connection() as connection:
            connection.execute(as_another)
            connection.execute("UPDATE feature SET name = 'x'")

    (told_another,) = noted(placed, said_another)
    assert told_another[0] == "wang"
    assert "import" not in told_another[3]


def test_a_note_of_the_program_names_whom_it_says(placed: Database) -> None:
    def note() -> None:
        with placed.owner() as connection:
            audit.note(connection, "li", "session.begin", {"account": "li"})

    assert [(actor, action, codes) for actor, action, codes, *_ in noted(placed, note)] == [
        ("li", "session.begin", ["li"])
    ]


# --- exports ----------------------------------------------------------------------------------------------------------


def test_what_is_taken_away_as_a_file_is_noted(placed: Database, tmp_path: Path) -> None:
    imported(placed, points(tmp_path, 3))
    with client_of(placed, **WEB) as client:
        for address, action, part in (
            ("/api/layers/hazard_point/export?format=csv&q=P", "layer.export", {"records": 3, "text": "***"}),
            (f"{ITEMS}?f=csv", "layer.export", {"layer": "hazard_point", "format": "csv"}),
            ("/api/ledger.csv", "ledger.export", {"format": "csv", "records": 0}),
            ("/api/claims.xlsx", "claims.export", {"format": "xlsx"}),
            ("/api/money.xlsx", "money.export", {"format": "xlsx"}),
        ):
            told = noted(placed, lambda address=address: client.get(address).raise_for_status())
            assert [(each[0], each[1]) for each in told] == [("wang", action)], address
            assert told[0][3].items() >= part.items()
        assert noted(placed, lambda: client.head("/api/layers/hazard_point/export")) == []
        assert noted(placed, lambda: client.get(ITEMS)) == []


# --- sealed -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["audit_event", "audit_seal", "audit_chain"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_trail_is_only_added_to_also_by_its_owner(placed: Database, table: str, verb: str) -> None:
    column = {"audit_event": "actor", "audit_seal": "hash", "audit_chain": "singleton"}[table]
    query = verb.format(table, column, column)
    for setting in ("origin", "replica"):
        with psycopg.connect(placed.dsn) as connection, pytest.raises(psycopg.errors.RestrictViolation):
            connection.execute("SELECT set_config('session_replication_role', %s, false)", [setting])
            connection.execute(query)  # pyright: ignore


def sealed(database: Database, count: int = 40) -> dict[str, Any]:
    """Some events in several batches; the head."""
    with database.owner() as connection:
        seal(connection)
    for batch in range(4):
        with database.owner() as connection:
            for number in range(count // 4):
                audit.note(connection, "wang", "layer.export", {"number": f"{batch}/{number}"})
        with database.owner() as connection:
            assert seal(connection) == count // 4
    with database.owner() as connection:
        return head(connection).told()


def tampered(database: Database, *queries: str) -> None:
    """What only a superuser can do: triggers off, and the trail written over."""
    with psycopg.connect(database.dsn) as connection:
        for table in ("audit_event", "audit_seal"):
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")  # pyright: ignore
        for query in queries:
            assert connection.execute(query).rowcount, query  # pyright: ignore
        for table in ("audit_event", "audit_seal"):
            connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")  # pyright: ignore


EVENT = "(SELECT last_event FROM audit_seal WHERE batch = 3)"
NEXT = "(SELECT first_event FROM audit_seal WHERE batch = 4)"
TAMPERINGS: dict[str, tuple[list[str], tuple[str, str] | None]] = {
    "untouched": ([], None),
    "edit": (
        [f"UPDATE audit_event SET actor = 'li' WHERE id = {EVENT}"],
        ("event {event} of batch 3 was changed", "event {event} of batch 3 was changed"),
    ),
    "delete": (
        [f"DELETE FROM audit_event WHERE id = {EVENT}"],
        ("event {event} of batch 3 is gone", "event {event} of batch 3 is gone"),
    ),
    "swap": (
        [
            f"UPDATE audit_event SET subject = CASE WHEN id = {EVENT} THEN (SELECT subject FROM audit_event WHERE id ="
            f" {NEXT}) ELSE (SELECT subject FROM audit_event WHERE id = {EVENT}) END WHERE id IN ({EVENT}, {NEXT})"
        ],
        ("event {event} of batch 3 was changed", "event {event} of batch 3 was changed"),
    ),
    "insertion": (
        ["INSERT INTO audit_event (id, actor, action, subject) OVERRIDING SYSTEM VALUE"
         " VALUES (999999, 'li', 'layer.export', '{}')"],
        ("event 999999 is in no batch", "event 999999 is in no batch"),
    ),
    "truncation": (
        ["DELETE FROM audit_event WHERE id >= (SELECT first_event FROM audit_seal WHERE batch = 4)",
         "DELETE FROM audit_seal WHERE batch >= 4"],
        ("", "its end was cut off"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", TAMPERINGS)
@pytest.mark.parametrize("anchored", [False, True], ids=["alone", "anchored"])
def test_whoever_tampers_with_the_trail_is_found(placed: Database, kind: str, anchored: bool) -> None:
    kept = sealed(placed)
    event = asked(placed, f"SELECT {EVENT}")[0][0]
    queries, said = TAMPERINGS[kind]
    if queries:
        tampered(placed, *queries)
    found = verify(placed, kept if anchored else None)
    told = " ".join(fault.en for fault in found.faults)
    wanted = "" if said is None else said[anchored].format(event=event)
    assert (wanted in told) and (found.count > 0) == bool(wanted), told


def test_a_trail_computed_anew_is_found_by_a_head_that_was_kept(placed: Database) -> None:
    kept = sealed(placed)
    execute(placed, "CREATE TABLE again AS SELECT unnest(events) AS event FROM audit_seal")
    tampered(
        placed,
        f"UPDATE audit_event SET actor = 'li' WHERE id = {EVENT}",
        "DELETE FROM audit_seal",
        "INSERT INTO audit_unsealed SELECT event FROM again",
    )
    with placed.owner() as connection:
        seal(connection)
    assert verify(placed).count == 0
    told = verify(placed, kept)
    assert told.count
    assert any("cut off" in fault.en or "rewritten" in fault.en for fault in told.faults)


def test_batches_that_change_places_are_found(placed: Database) -> None:
    sealed(placed)
    tampered(
        placed,
        "UPDATE audit_seal SET batch = -1 WHERE batch = 3",
        "UPDATE audit_seal SET batch = 3 WHERE batch = 4",
        "UPDATE audit_seal SET batch = 4 WHERE batch = -1",
    )
    assert any("batch 3 does not follow" in fault.en for fault in verify(placed).faults)


def test_a_head_of_another_database_is_told(placed: Database) -> None:
    kept = sealed(placed)
    assert "another database" in verify(placed, {**kept, "database": "x"}).faults[0].en


def test_the_hash_does_not_depend_on_settings_of_the_connection(placed: Database) -> None:
    sealed(placed)
    name = asked(placed, "SELECT current_database()")[0][0]
    for setting in ("timezone = 'Asia/Tokyo'", "datestyle = 'ISO, DMY'", "extra_float_digits = -5",
                    "bytea_output = 'escape'", "intervalstyle = 'iso_8601'"):  # fmt: skip
        execute(placed, f'ALTER DATABASE "{name}" SET {setting}')
        assert verify(placed).count == 0


def test_writers_and_sealers_at_once_lose_nothing(placed: Database) -> None:
    def write(writer: int) -> None:
        for number in range(25):
            with placed.owner() as connection:
                audit.note(connection, f"w{writer}", "layer.export", {"number": number})
                if number % 5 == 4:
                    connection.rollback()

    def sealing(_: int) -> None:
        for _ in range(10):
            with placed.owner() as connection:
                seal(connection)

    with psycopg.connect(placed.dsn) as late:  # has the lowest number, and ends last
        late.execute("SELECT audit_note('late', 'layer.export', '{}')")
        with ThreadPoolExecutor(6) as pool:
            work = [pool.submit(write, each) for each in range(4)] + [pool.submit(sealing, each) for each in range(2)]
            for each in work:
                each.result()
    with placed.owner() as connection:
        seal(connection)
    found = verify(placed)
    events = asked(placed, "SELECT count(*) FROM audit_event")[0][0]
    assert (found.count, found.head.waiting, found.head.events) == (0, 0, events)
    assert asked(placed, "SELECT count(*) FROM audit_event WHERE actor LIKE 'w%'") == [(80,)]
    assert asked(placed, "SELECT count(*) FROM (SELECT unnest(events) FROM audit_seal) AS listed") == [(events,)]


# --- commands ---------------------------------------------------------------------------------------------------------


def test_the_trail_is_listed_anchored_and_verified_by_commands(placed: Database, tmp_path: Path) -> None:
    def shanhe(*arguments: object) -> Any:
        return run(*arguments, SHANHE_DATABASE=placed.dsn, SHANHE_LANGUAGE="en")

    kept = tmp_path / "head.json"
    assert shanhe("user", "add", "zhang").returncode == 0
    told = json.loads(shanhe("audit", "list", "--code", "zhang", "--json").stdout)
    assert [(each["actor"], each["action"]) for each in told] == [(user(), "account.create")]
    assert "added the account zhang" in shanhe("audit", "list", "--actor", user()).stdout
    head = json.loads(shanhe("audit", "head", "--out", kept).stdout)
    assert head == json.loads(kept.read_text("utf-8"))
    whole = shanhe("audit", "verify", "--head", kept)
    assert (whole.returncode, "as it was written" in whole.stdout) == (0, True), whole.stderr
    tampered(placed, "DELETE FROM audit_event", "DELETE FROM audit_seal")
    assert shanhe("audit", "verify").returncode == 0
    cut = shanhe("audit", "verify", "--head", kept)
    assert (cut.returncode, "cut off" in cut.stderr) == (1, True), cut.stdout
    kept.write_text("{}", "utf-8")
    assert "is not a head" in shanhe("audit", "verify", "--head", kept).stderr
