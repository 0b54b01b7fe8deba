"""The page of a township over the real program: order, filters, paging while rows change, figures, rights, changes."""

import json
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, cast

import psycopg
import pytest
from conftest import Recorder
from packed import held
from people import client_of
from starlette.testclient import TestClient

from geo import progress, township
from geo.database import Database
from geo.errors import BadValue
from geo.feature import StatusCode, feature
from geo.layers import layers
from geo.settings import settings, today
from geo.township import Cursor, Wanted
from geo.viewer import acting

TOWN, OTHER = "511132100", "511132101"
VILLAGE = "511132100202"
DAY = date(2024, 12, 31)
OFFICER: dict[str, Any] = {"name": "officer", "grants": (("officer", TOWN),)}
PART: dict[str, Any] = {"name": "part", "grants": (("officer", TOWN),), "layers": ["hazard_point"]}
PAIR: dict[str, Any] = {"name": "pair", "grants": (("officer", TOWN), ("officer", OTHER))}
MANAGER: dict[str, Any] = {"name": "manager", "grants": (("manager", None),)}
LOOKER: dict[str, Any] = {"name": "looker", "grants": (("administrator", None),)}
NOBODY: dict[str, Any] = {"name": "nobody", "grants": ()}
ORDER = {"overdue": 0, "not_started": 1, "under_way": 1, "completed": 2, "accepted": 3}
PAGE = {"accept": "text/html"}


@pytest.fixture
def asked(demo: Database) -> Iterator[Any]:
    clients: list[TestClient] = []

    def client(who: dict[str, Any]) -> TestClient:
        clients.append(client_of(demo, who=who))
        return clients[-1]

    yield client
    for each in clients:
        each.close()


@pytest.fixture
def many(placed: Database) -> Database:
    """Three hundred patches and households in a township, some of each status, and some next door."""
    with psycopg.connect(placed.dsn) as connection:
        connection.execute(
            "INSERT INTO feature (layer, code, name, org_unit, due_on, attributes)"
            " SELECT (ARRAY['farmland_patch', 'relocation_household'])[1 + n %% 2], 'F' || n, '甲' || n,"
            " CASE n %% 3 WHEN 0 THEN %(town)s WHEN 1 THEN %(village)s ELSE %(town)s || '204' END,"
            " CASE WHEN n %% 5 > 0 THEN '2024-06-01'::date + (n * 37) %% 400 END, '{}'"
            " FROM generate_series(1, 300) AS n",
            {"town": TOWN, "village": VILLAGE},
        )
        connection.execute(
            "INSERT INTO feature (layer, code, org_unit, due_on) SELECT 'farmland_patch', 'O' || n, %s, '2020-01-01'"
            " FROM generate_series(1, 20) AS n",
            [OTHER],
        )
        connection.execute(
            "INSERT INTO milestone (layer, feature, milestone, reached_on)"
            " SELECT layer, id, step, '2024-01-01'::date + substr(code, 2)::int"
            " FROM feature, unnest(CASE layer WHEN 'farmland_patch' THEN ARRAY['issued', 'works', 'restored']"
            " ELSE ARRAY['applied', 'demolished', 'accepted'] END) WITH ORDINALITY AS reached (step, place)"
            " WHERE code LIKE 'F%' AND place <= substr(code, 2)::int / 2 % 4"
        )
        connection.execute("SELECT progress_fold()")
    return placed


def pages(database: Database, wanted: Wanted, *, limit: int = 7, between: Any = None) -> list[dict[str, Any]]:
    """All pages of a list, asked for one after another; ``between`` is done after each."""
    found: list[dict[str, Any]] = []
    after = None
    while True:
        with database.session() as connection:
            page = township.page(connection, wanted, limit=limit, after=after)
        assert len(page.features) <= limit
        found += page.features
        if page.after is None:
            return found
        after = Cursor.read(page.after.written())
        if between:
            between(page.features)


# --- the list ---------------------------------------------------------------------------------------------------------


def test_overdue_features_come_first_and_then_by_the_day_they_are_due(many: Database) -> None:
    found = pages(many, Wanted(TOWN, DAY))
    keys = [(ORDER[each["status"]], each["due_on"] or "9999", each["layer"], each["code"]) for each in found]
    assert keys == sorted(keys)
    assert len(found) == 300
    assert {each["status"] for each in found} == set(ORDER)
    assert [each["rank"] for each in found] == [key[0] for key in keys]


@pytest.mark.parametrize("limit", [1, 49, 50, 299, 300, 301])
def test_pages_of_any_size_hold_every_feature_once(many: Database, limit: int) -> None:
    found = pages(many, Wanted(TOWN, DAY), limit=limit)
    assert len({each["id"] for each in found}) == len(found) == 300


def test_status_and_milestones_are_those_of_the_feature_itself(many: Database) -> None:
    for each in pages(many, Wanted(TOWN, DAY))[::9]:
        with many.session() as connection:
            one = json.loads(feature(connection, each["id"], as_of=DAY))["properties"]
        valid = {step["milestone"] for step in one["milestones"] if step["reached_on"] <= DAY.isoformat()}
        assert (each["status"], set(each["milestones"])) == (one["status"], valid)


@pytest.mark.parametrize("day", [date(2024, 1, 20), date(2024, 8, 15), DAY])
def test_filters_leave_what_they_say_and_their_counts_are_right(many: Database, day: date) -> None:
    every = pages(many, Wanted(TOWN, day), limit=400)
    for wanted, fits in (
        *((Wanted(TOWN, day, status=cast("StatusCode", code)), lambda each, code=code: each["status"] == code)
          for code in ORDER),
        (Wanted(TOWN, day, layer="farmland_patch"), lambda each: each["layer"] == "farmland_patch"),
        (Wanted(TOWN, day, village=VILLAGE), lambda each: each["org_unit"] == VILLAGE),
        (Wanted(TOWN, day, village=TOWN), lambda each: each["org_unit"] == TOWN),
        (Wanted(TOWN, day, text="f1"), lambda each: "F1" in each["code"]),
        (Wanted(TOWN, day, text="甲2"), lambda each: "甲2" in each["name"]),
        (Wanted(TOWN, day, "farmland_patch", VILLAGE, "overdue", "F"), lambda each: each["layer"] == "farmland_patch"
         and each["org_unit"] == VILLAGE and each["status"] == "overdue"),
    ):  # fmt: skip
        assert pages(many, wanted) == [each for each in every if fits(each)], wanted
    with many.session() as connection:
        counted = township.page(connection, Wanted(TOWN, day), limit=1, counted=True).statuses
    assert counted == {code: n for code in ORDER if (n := sum(each["status"] == code for each in every))}
    assert len(every) > 10


def test_rows_that_change_between_pages_move_no_others(many: Database) -> None:
    """One is completed on every page and a new one comes; of all that stay as they are none is missed or told twice."""
    still = {each["id"] for each in pages(many, Wanted(TOWN, DAY))}
    changed: set[str] = set()

    def between(shown: tuple[dict[str, Any], ...]) -> None:
        with psycopg.connect(many.dsn) as connection:
            # A row already shown, and one that is still to come.
            rows = connection.execute(
                "SELECT id::text, layer FROM feature WHERE org_unit LIKE '511132100%%' AND due_on IS NOT NULL"
                " AND id::text <> ALL (%s) ORDER BY md5(id::text || %s) LIMIT 1",
                [list(changed), str(len(changed))],
            ).fetchall()
            for feature_id, layer in [(shown[0]["id"], shown[0]["layer"]), *rows]:
                changed.add(feature_id)
                step = "restored" if layer == "farmland_patch" else "accepted"
                connection.execute(
                    "INSERT INTO milestone (layer, feature, milestone, reached_on) VALUES (%s, %s, %s, '2024-01-01')"
                    " ON CONFLICT (layer, feature, milestone) WHERE state = 'approved' AND revoked_at IS NULL"
                    " DO NOTHING",
                    [layer, feature_id, step],
                )
            connection.execute(
                "INSERT INTO feature (layer, code, org_unit, due_on) VALUES ('farmland_patch', %s, %s, '2019-01-01')",
                [f"N{len(changed)}", TOWN],
            )
            connection.execute("UPDATE feature SET deleted_at = now() WHERE id = %s", [shown[-1]["id"]])
            changed.add(shown[-1]["id"])

    told = [each["id"] for each in pages(many, Wanted(TOWN, DAY), limit=20, between=between)]
    kept = [each for each in told if each in still - changed]
    assert len(changed) > 20
    assert sorted(kept) == sorted(still - changed)


def test_a_feature_that_is_not_listed_yet_deleted_elsewhere_or_of_a_reference_layer_is_in_no_list(
    placed: Database,
) -> None:
    with psycopg.connect(placed.dsn) as connection:
        connection.execute(
            "INSERT INTO feature (layer, code, org_unit, starts_on, deleted_at) VALUES"
            " ('hazard_point', 'later', %(town)s, '2025-01-01', NULL),"
            " ('hazard_point', 'deleted', %(town)s, NULL, now()), ('hazard_point', 'outside', NULL, NULL, NULL),"
            " ('hazard_point', 'next door', '511132101', NULL, NULL), ('urban_boundary', 'line', %(town)s, NULL, NULL),"
            " ('hazard_point', 'here', %(town)s, NULL, NULL)",
            {"town": TOWN},
        )
    assert [each["code"] for each in pages(placed, Wanted(TOWN, DAY))] == ["here"]
    assert [each["code"] for each in pages(placed, Wanted(TOWN, date(2025, 1, 1)))] == ["here", "later"]


IMPOSSIBLE = (
    Cursor(0, "infinity", "a", "\0"), Cursor(9, "infinity", "a", "b"), Cursor(0, "2024-13-01", "a", "b"),
    Cursor(0, "tomorrow", "a", "b"),
)  # fmt: skip


@pytest.mark.parametrize(
    "written", ["", "x", "!", "MC8yMDI0LTAxLTAx", "____", "A" * 399, *(each.written() for each in IMPOSSIBLE)]
)
def test_a_cursor_that_no_page_gave_is_refused(written: str) -> None:
    with pytest.raises(BadValue):
        Cursor.read(written)


def test_a_cursor_is_read_as_it_was_written() -> None:
    for cursor in (Cursor(3, "infinity", "hazard_point", "a/b//c é 隐患"), Cursor(0, "2024-01-31", "x", "")):
        assert Cursor.read(cursor.written()) == cursor


# --- figures ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", [MANAGER, OFFICER, PART], ids=lambda who: who["name"])
def test_the_progress_of_a_township_is_what_the_map_says(asked: Any, demo: Database, who: dict[str, Any]) -> None:
    client = asked(who)
    every = client.get(f"/api/progress?as_of={DAY}&org_unit={settings().county}").json()["rows"]
    codes = {row["org_unit"] for row in every if row["org_unit"] and len(row["org_unit"]) == 9}
    assert codes
    with acting(f"shp_{who['name']}"), demo.connection() as connection:
        for code in codes:
            town = township.township(connection, code)
            told = {(row["layer"], row["measure"]): row for row in township.progress(connection, town, as_of=DAY)}
            shown = {(row["layer"], row["measure"]): row for row in every if row["org_unit"] == code}
            for key, row in shown.items():
                for name in ("numerator", "denominator", "denominator_kind", "population", "status"):
                    assert told[key][name] == row[name], (code, key, name)
            assert set(told) == set(shown)


def test_a_township_without_a_target_where_others_have_one_has_no_task(demo: Database) -> None:
    """The control of the test above: there is such a one."""
    with demo.session() as connection:
        told = json.loads(progress.units(connection, as_of=DAY, org_unit=settings().county))["rows"]
    assert [row for row in told if row["denominator_kind"] == "target" and row["denominator"] == 0]


def test_the_chips_and_headline_say_how_many_there_are(asked: Any, demo: Database) -> None:
    for query in ("", "&layer=relocation_household", f"&village={VILLAGE}", "&q=1", f"&village={TOWN}"):
        page = asked(OFFICER).get(f"/township/{TOWN}?as_of={DAY}{query}", headers=PAGE).text
        shown = [int(each.replace(",", "")) for each in re.findall(r"<b>([\d,]+)</b></a>", page)][:6]
        wanted = {name: value for name, _, value in (part.partition("=") for part in query.split("&")) if name}
        found = pages(
            demo, Wanted(TOWN, DAY, wanted.get("layer"), wanted.get("village"), None, wanted.get("q")), limit=500
        )
        counts = [sum(each["status"] == code for each in found) for code in
                  ("overdue", "not_started", "under_way", "completed", "accepted")]  # fmt: skip
        assert shown == [len(found), *counts], query


def test_the_money_of_a_township_is_that_of_the_money_page(asked: Any, demo: Database) -> None:
    rows = asked(MANAGER).get(f"/api/money/units?as_of={DAY}").json()["rows"]
    spent = {row["org_unit"]: row["spent"] for row in rows}
    with demo.session() as connection:
        for code in (TOWN, OTHER):
            assert float(township.received(connection, code, as_of=DAY) or 0) == spent[code]
    assert spent[TOWN] > 0


def test_a_page_asks_no_more_for_thousands_than_for_one(many: Database, recorder: Recorder) -> None:
    with client_of(many, who=MANAGER) as client:
        client.get(f"/township/{TOWN}")
        counts: list[int] = []
        for query in ("", "?status=accepted", "?layer=farmland_patch"):
            recorder.statements.clear()
            assert client.get(f"/township/{TOWN}{query}").status_code == 200
            counts.append(len(recorder.statements))
    assert len(set(counts)) == 1, counts
    assert counts[0] <= 16


# --- who may ----------------------------------------------------------------------------------------------------------

CODES = ("511132999", OTHER, "outside", settings().county, VILLAGE, "x", "%00", "511132100%00", "a'b")


@pytest.mark.parametrize(
    "path", ["/township/{}", "/township/{}/calls", "/township/{}/map.html", "/api/townships/{}/changes"]
)
@pytest.mark.parametrize("code", CODES)
def test_a_foreign_unknown_or_impossible_township_is_not_there(asked: Any, path: str, code: str) -> None:
    client = asked(OFFICER)
    assert client.get(path.format(code), headers=PAGE).status_code == 404
    assert client.get(path.format(TOWN), headers=PAGE).status_code == 200, "the control"
    assert asked(NOBODY).get(path.format(TOWN), headers=PAGE).status_code == 404


def test_who_sees_all_sees_every_township_and_who_sees_some_layers_sees_these(asked: Any) -> None:
    for who in (MANAGER, LOOKER):
        assert asked(who).get(f"/township/{OTHER}", headers=PAGE).status_code == 200
        assert asked(who).get("/township/511132999", headers=PAGE).status_code == 404
    page = asked(PART).get(f"/township/{TOWN}", headers=PAGE).text
    assert "地质灾害隐患点" in page
    assert "避险搬迁户" not in re.sub(r'<script type="application/json".*?</script>', "", page)


def test_the_navigation_leads_officers_of_one_township_to_it(asked: Any) -> None:
    for who, there in ((OFFICER, True), (PART, True), (PAIR, False), (MANAGER, False), (NOBODY, False)):
        page = asked(who).get("/ogc/collections", headers=PAGE).text
        assert (f'href="/township/{TOWN}"' in page) == there, who
        assert ("我的乡镇" in page) == there, who


def test_the_offline_map_needs_the_right_to_download_and_is_noted_once(asked: Any, demo: Database) -> None:
    assert asked(LOOKER).get(f"/township/{TOWN}/map.html").status_code == 403
    assert "map.html" not in asked(LOOKER).get(f"/township/{TOWN}", headers=PAGE).text
    client = asked(OFFICER)
    page = client.get(f"/township/{TOWN}?as_of={DAY}", headers=PAGE).text
    count = int(re.search(r"离线地图 <small>([\d,]+)", page)[1].replace(",", ""))  # type: ignore[index]
    with psycopg.connect(demo.dsn) as connection:
        query = "SELECT subject FROM audit_event WHERE action = 'map.export' AND actor = 'officer' ORDER BY id"
        before = len(connection.execute(query).fetchall())
        answer = client.get(f"/township/{TOWN}/map.html?as_of={DAY}")
        events = connection.execute(query).fetchall()
    assert answer.headers["content-disposition"] == f'attachment; filename="map_{TOWN}_{DAY}.html"'
    assert answer.headers["cache-control"] == "no-store"
    assert len(events) == before + 1
    # The button counts what has milestones; in the file there are reference layers too.
    assert (events[-1][0]["org_unit"], events[-1][0]["as_of"]) == (TOWN, DAY.isoformat())
    assert events[-1][0]["records"] >= count > 0
    properties = held(answer.text)["features"]["properties"]
    assert set(properties["township"]) == {TOWN}
    milestones = {code for code, layer in layers().items() if not layer.reference}
    assert sum(layer in milestones for layer in properties["layer"]) == count


def test_whoever_sees_a_record_is_told_that_it_is_illustrative(asked: Any) -> None:
    for who in (OFFICER, MANAGER):
        client = asked(who)
        feature_id = client.get(f"/api/features?org_unit={TOWN}&limit=1").json()["features"][0]["id"]
        assert client.get(f"/api/features/{feature_id}").json()["properties"]["illustrative"] is True
        assert "示意：位置和界线为虚构" in client.get(f"/township/{TOWN}", headers=PAGE).text


def test_an_empty_township_says_what_to_do_next(placed: Database) -> None:
    with client_of(placed, who=OFFICER) as client:
        page = client.get(f"/township/{TOWN}", headers=PAGE).text
    assert "这里还没有要素" in page
    assert "/import" in page
    assert "<table" not in page


# --- changes ----------------------------------------------------------------------------------------------------------


def recorded(database: Database, *statements: str) -> None:
    with psycopg.connect(database.dsn) as connection:
        for each in statements:
            connection.execute(each)  # pyright: ignore


def test_changes_since_a_moment_are_told_by_feature_newest_first(many: Database) -> None:
    with psycopg.connect(many.dsn) as connection:
        (since,) = connection.execute("SELECT clock_timestamp()").fetchone() or (None,)
    assert isinstance(since, datetime)
    recorded(many, "UPDATE feature SET name = 'x', reason = '核实', recorded_by = 'li' WHERE code = 'F1'")
    recorded(many, "UPDATE feature SET name = 'y', recorded_by = 'wang' WHERE code = 'F1'")
    recorded(
        many,
        "INSERT INTO milestone (layer, feature, milestone, reached_on, state, recorded_by, note)"
        " SELECT layer, id, 'inspected', '2024-03-01', 'pending', 'li', '照片' FROM feature WHERE code = 'F2'",
    )
    recorded(many, "UPDATE milestone SET revoked_at = clock_timestamp(), revoked_by = 'wang' WHERE feature ="
             " (SELECT id FROM feature WHERE code = 'F3') AND milestone = 'applied'")  # fmt: skip
    recorded(many, "UPDATE feature SET deleted_at = now(), recorded_by = 'li' WHERE code = 'F4'")
    recorded(many, "UPDATE feature SET name = 'x' WHERE code = 'O1'")
    with client_of(many, who=OFFICER) as client:
        told = client.get(f"/api/townships/{TOWN}/changes", params={"since": since.isoformat()}).json()
        assert client.get(f"/api/townships/{OTHER}/changes").status_code == 404
        assert client.get(f"/api/townships/{TOWN}/changes?since=2024-01-01").status_code == 422
    assert [(each["code"], each["deleted"]) for each in told["features"]] == [
        ("F4", True), ("F3", False), ("F2", False), ("F1", False),
    ]  # fmt: skip
    assert told["number_matched"] == 4
    events = [[(each["kind"], each["by"]) for each in one["events"]] for one in told["features"]]
    assert events == [
        [("deleted", "li")],
        [("revoked", "wang")],
        [("pending", "li")],
        [("changed", "wang"), ("changed", "li")],
    ]
    assert told["features"][2]["events"][0] | {"at": None} == {
        "at": None, "by": "li", "kind": "pending", "version": None, "milestone": "inspected",
        "reached_on": "2024-03-01", "note": "照片",
    }  # fmt: skip
    assert [each["version"] for each in told["features"][3]["events"]] == [3, 2]


def test_changes_are_at_most_a_page_and_by_default_of_seven_days(many: Database) -> None:
    with client_of(many, who=OFFICER) as client:
        told = client.get(f"/api/townships/{TOWN}/changes").json()
        later = datetime.now().astimezone() + timedelta(seconds=1)
        none = client.get(f"/api/townships/{TOWN}/changes", params={"since": later.isoformat()}).json()
    assert (told["number_matched"], len(told["features"])) == (300, 50)
    assert datetime.now().astimezone() - datetime.fromisoformat(told["since"]) < timedelta(days=7, minutes=5)
    assert (none["number_matched"], none["features"]) == (0, [])


def test_whoever_sees_some_layers_is_told_of_changes_of_these(many: Database) -> None:
    who = {**PART, "layers": ["farmland_patch"]}
    with client_of(many, who=who) as client:
        told = client.get(f"/api/townships/{TOWN}/changes").json()
    assert {each["layer"] for each in told["features"]} == {"farmland_patch"}
    assert told["number_matched"] == 150
    assert today() >= DAY
