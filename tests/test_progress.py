"""Progress: the kept sums against the records, whatever is done to these in whatever order."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from geo import feature, progress
from geo.database import Connection, Database
from geo.org_unit import load_places

COUNTY, TOWN, OTHER = "511132", "511132100", "511132101"
UNITS = ["511132100001", "511132100202", TOWN, OTHER, None]
FIRST = date(2023, 1, 1)
DAYS = st.integers(0, 900).map(lambda days: FIRST + timedelta(days))
MILESTONES = ["issued", "tasked", "works", "planted", "inspected", "restored"]
SLOW = hypothesis_settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


def add(connection: Connection, code: str, unit: str | None = TOWN, **columns: Any) -> Any:
    """A farmland patch; its id."""
    row = connection.execute(
        "INSERT INTO feature (layer, code, org_unit, area_m2, registered_area_m2, starts_on, due_on)"
        " VALUES ('farmland_patch', %s, %s, %s, %s, %s, %s) RETURNING id",
        [code, unit, columns.get("area", 1000), columns.get("area", 1000), columns.get("starts_on"),
         columns.get("due_on")],
    ).fetchone()  # fmt: skip
    assert row is not None
    return row[0]


def reach(connection: Connection, feature_id: Any, milestone: str, day: date, state: str = "approved") -> None:
    connection.execute(
        "INSERT INTO milestone (layer, feature, milestone, reached_on, state)"
        " VALUES ('farmland_patch', %s, %s, %s, %s)", [feature_id, milestone, day, state],
    )  # fmt: skip


def figures(connection: Connection, as_of: date, unit: str = COUNTY, by: Any = "township") -> dict[Any, dict[str, Any]]:
    """(unit, measure) -> row of the farmland patches."""
    text = progress.units(connection, as_of=as_of, org_unit=unit, by=by, layer="farmland_patch")
    return {(row["org_unit"], row["measure"]): row for row in json.loads(text)["rows"]}


def patches(connection: Connection, as_of: date, unit: str | None = COUNTY) -> dict[str, Any]:
    return figures(connection, as_of)[unit, "patches"]


# --- rules ------------------------------------------------------------------------------------------------------------


def test_a_unit_without_features_has_no_row_and_one_with_features_a_row_for_each_measure(placed: Database) -> None:
    with placed.session() as connection:
        add(connection, "a", area=None)
        units = {unit for unit, _ in figures(connection, FIRST)}
        assert units == {COUNTY, TOWN}
        assert figures(connection, FIRST)[TOWN, "registered_area"]["population"] == 0
        connection.rollback()


def test_a_feature_outside_every_township_counts_for_the_county_and_is_listed(placed: Database) -> None:
    with placed.session() as connection:
        add(connection, "a", None)
        rows = figures(connection, FIRST)
        assert {unit for unit, _ in rows} == {COUNTY, None}
        (listed,) = json.loads(progress.outside(connection))["rows"]
        assert (listed["code"], listed["reason"]) == ("a", "no_geometry")
        connection.rollback()


def test_values_are_in_the_unit_people_read(placed: Database) -> None:
    with placed.session() as connection:
        reach(connection, add(connection, "a", area=2000), "restored", FIRST)
        row = figures(connection, FIRST)[TOWN, "registered_area"]
        assert (row["population"], row["numerator"], row["milestones"]["restored"], row["unit"]) == (3, 3, 3, "mu")
        connection.rollback()


def test_each_status_is_counted_once_and_overdue_before_it(placed: Database) -> None:
    due = date(2024, 6, 30)
    with placed.session() as connection:
        add(connection, "idle", due_on=due)
        late = add(connection, "late", due_on=due)
        reach(connection, late, "works", date(2024, 2, 1))
        done = add(connection, "done", due_on=due)
        reach(connection, done, "works", date(2024, 2, 1))
        reach(connection, done, "restored", date(2024, 8, 1))
        on_the_day, after, later = (patches(connection, day)["status"] for day in
                                    (due, due + timedelta(1), date(2024, 8, 1)))  # fmt: skip
        assert on_the_day == {"not_started": 1, "under_way": 2, "completed": 0, "accepted": 0, "overdue": 0}
        assert after == {"not_started": 0, "under_way": 0, "completed": 0, "accepted": 0, "overdue": 3}
        assert later == {"not_started": 0, "under_way": 0, "completed": 0, "accepted": 1, "overdue": 2}
        connection.rollback()


def test_what_is_due_before_it_is_listed_is_overdue_from_its_listing_on(placed: Database) -> None:
    with placed.session() as connection:
        add(connection, "a", starts_on=date(2024, 5, 1), due_on=date(2024, 1, 1))
        add(connection, "b", starts_on=date(2023, 1, 1))
        assert patches(connection, date(2024, 3, 1))["status"]["overdue"] == 0
        assert patches(connection, date(2024, 3, 1))["status"]["not_started"] == 1
        assert patches(connection, date(2024, 5, 1))["status"]["overdue"] == 1
        connection.rollback()


def target(connection: Connection, starts_on: date, ends_on: date, value: float, unit: str = COUNTY) -> None:
    connection.execute(
        "INSERT INTO target (layer, measure, milestone, org_unit, starts_on, ends_on, value, origin)"
        " VALUES ('farmland_patch', 'patches', 'restored', %s, %s, %s, %s, 'test')",
        [unit, starts_on, ends_on, value],
    )


def test_against_a_target_only_what_was_reached_in_its_period_counts(placed: Database) -> None:
    with placed.session() as connection:
        for code, day in (("a", date(2023, 12, 31)), ("b", date(2024, 1, 1)), ("c", date(2024, 12, 31)),
                          ("d", date(2025, 1, 1))):  # fmt: skip
            reach(connection, add(connection, code), "restored", day)
        target(connection, date(2024, 1, 1), date(2024, 12, 31), 4)

        def row(day: date) -> tuple[Any, ...]:
            found = patches(connection, day)
            return found["denominator_kind"], found["numerator"], found["denominator"]

        assert row(date(2023, 12, 31)) == ("population", 1, 1)
        assert row(date(2024, 6, 1)) == ("target", 1, 4)
        assert row(date(2024, 12, 31)) == ("target", 2, 4)
        assert row(date(2025, 6, 1)) == ("target", 2, 4), "the period is over and stays as it ended"
        assert patches(connection, date(2025, 6, 1), TOWN)["denominator_kind"] == "population"
        target(connection, date(2025, 1, 1), date(2025, 12, 31), 2)
        assert row(date(2025, 6, 1)) == ("target", 1, 2), "the newest period that holds the day"
        assert row(date(2024, 12, 31)) == ("target", 2, 4)
        connection.rollback()


def test_months_hold_what_was_reached_by_their_end(placed: Database) -> None:
    with placed.session() as connection:
        for code, day in (("a", date(2024, 1, 31)), ("b", date(2024, 2, 1)), ("c", date(2024, 4, 20))):
            reach(connection, add(connection, code, starts_on=date(2023, 12, 5)), "restored", day)
        for folded in (False, True):
            answer = json.loads(
                progress.series(connection, layer="farmland_patch", org_unit=COUNTY, as_of=date(2024, 4, 19))
            )
            lines = {(row["measure"], row["milestone"]): row["values"] for row in answer["rows"]}
            assert answer["months"] == ["2023-12", "2024-01", "2024-02", "2024-03", "2024-04"]
            assert lines["patches", "restored"] == [0, 1, 2, 2, 2]
            assert answer["population"][2] == {"measure": "patches", "values": [3, 3, 3, 3, 3]}
            if not folded:
                progress.fold(connection)
        connection.rollback()


def test_an_activity_has_the_progress_of_its_features(placed: Database) -> None:
    with placed.session() as connection:
        mine, other = add(connection, "a"), add(connection, "b")
        add(connection, "c")
        reach(connection, mine, "restored", FIRST)
        connection.execute("INSERT INTO activity (code, name_zh) VALUES ('x', '耕地恢复')")
        for each in (mine, other):
            connection.execute("INSERT INTO activity_feature VALUES ('x', 'farmland_patch', %s)", [each])
        rows = json.loads(progress.activities(connection, as_of=FIRST))["rows"]
        (row,) = [row for row in rows if row["measure"] == "patches"]
        assert (row["population"], row["numerator"], row["status"]["accepted"]) == (2, 1, 1)
        connection.rollback()


# --- whatever happens -------------------------------------------------------------------------------------------------


@st.composite
def steps(draw: st.DrawFn) -> tuple[str, Any, Any]:
    """One thing that may be done: its name, which feature, and with what."""
    name = draw(st.sampled_from(["add", "reach", "reach", "reach", "revoke", "approve", "move", "resize", "remove",
                                 "restore", "erase", "due", "start", "fold"]))  # fmt: skip
    value = {
        "add": st.tuples(st.sampled_from(UNITS), st.none() | st.floats(0, 5000).map(lambda v: round(v, 2)),
                         st.none() | DAYS, st.none() | DAYS),
        "reach": st.tuples(st.sampled_from(MILESTONES), DAYS, st.sampled_from(["approved", "approved", "pending"])),
        "move": st.sampled_from(UNITS),
        "resize": st.floats(0, 5000).map(lambda v: round(v, 2)),
        "due": st.none() | DAYS,
        "start": st.none() | DAYS,
    }.get(name, st.none())  # fmt: skip
    return name, draw(st.integers(0, 7)), draw(value)


def do(connection: Connection, there: list[Any], step: tuple[str, Any, Any]) -> None:
    name, which, value = step
    if name == "add" or not there:
        unit, area, starts_on, due_on = value if name == "add" else (TOWN, 1000, None, None)
        there.append(add(connection, f"c{len(there)}-{which}", unit, area=area, starts_on=starts_on, due_on=due_on))
        return
    mine = there[which % len(there)]
    run = connection.execute
    if name == "reach":
        milestone, day, state = value
        if state == "approved":  # a corrected date revokes the record before it
            run("UPDATE milestone SET revoked_at = now(), revoked_by = 'test' WHERE feature = %s AND milestone = %s"
                " AND revoked_at IS NULL AND state = 'approved'", [mine, milestone])  # fmt: skip
        if run("SELECT FROM feature WHERE id = %s", [mine]).fetchone() is not None:
            reach(connection, mine, milestone, day, state)
    elif name == "revoke":
        run("UPDATE milestone SET revoked_at = now(), revoked_by = 'test' WHERE feature = %s AND revoked_at IS NULL",
            [mine])  # fmt: skip
    elif name == "approve":
        run("UPDATE milestone SET state = 'approved' WHERE id = (SELECT min(id) FROM milestone AS waiting"
            " WHERE feature = %s AND state = 'pending' AND revoked_at IS NULL AND NOT EXISTS (SELECT FROM milestone"
            " AS other WHERE other.feature = waiting.feature AND other.milestone = waiting.milestone"
            " AND other.state = 'approved' AND other.revoked_at IS NULL))", [mine])  # fmt: skip
    elif name == "erase":
        run("DELETE FROM feature WHERE id = %s AND NOT EXISTS (SELECT FROM milestone WHERE milestone.feature ="
            " feature.id)", [mine])  # fmt: skip
    elif name == "fold":
        progress.fold(connection)
    else:
        column, given = {
            "move": ("org_unit = %s", value), "resize": ("registered_area_m2 = %s", value),
            "due": ("due_on = %s", value), "start": ("starts_on = %s", value),
            "remove": ("deleted_at = coalesce(%s::timestamptz, now())", None),
            "restore": ("deleted_at = %s", None),
        }[name]  # fmt: skip
        run(f"UPDATE feature SET {column} WHERE id = %s", [given, mine])  # pyright: ignore


def by_hand(connection: Connection, as_of: date) -> dict[str, int]:
    """Statuses of all features on a day, each asked by itself."""
    counted = dict.fromkeys(("not_started", "under_way", "completed", "accepted", "overdue"), 0)
    for (status,) in connection.execute(
        "SELECT at_day.status FROM feature CROSS JOIN LATERAL"
        " feature_at(feature.layer, feature.id, feature.starts_on, feature.due_on, %s) AS at_day"
        " WHERE feature.deleted_at IS NULL", [as_of],
    ):  # fmt: skip
        counted[status] += 1
    return counted


@SLOW
@given(st.lists(steps(), min_size=3, max_size=25), st.lists(DAYS, min_size=2, max_size=3, unique=True))
def test_the_sums_are_the_records_whatever_is_done(
    placed: Database, done: list[tuple[str, Any, Any]], days: list[date]
) -> None:
    with placed.session() as connection:
        there: list[Any] = []
        for step in done:
            do(connection, there, step)
        assert progress.differences(connection) == []
        before: dict[Any, dict[str, Any]] = {}
        for day in sorted(days):
            rows = figures(connection, day, by="village") | figures(connection, day)
            for key, row in rows.items():
                assert all(value >= 0 for value in row["status"].values()), (key, row)
                assert sum(row["status"].values()) == pytest.approx(row["population"], abs=1e-4)
                assert 0 <= row["numerator"] <= row["population"] + 1e-4
                for milestone, value in before.get(key, {"milestones": {}})["milestones"].items():
                    assert row["milestones"][milestone] >= value - 1e-4
            before = rows
            expected = by_hand(connection, day)
            county = rows.get((COUNTY, "patches"))
            assert (county["status"] if county else dict.fromkeys(expected, 0)) == expected
            for status, count in expected.items():
                wanted = feature.Wanted(day, "farmland_patch", COUNTY, status)  # pyright: ignore[reportArgumentType]
                page = json.loads(feature.page(connection, wanted, limit=100, here=""))
                assert page["number_matched"] == len(page["features"]) == count
        progress.fold(connection)
        assert progress.differences(connection) == []
        connection.rollback()


def _waits(connection: Connection, pid: int) -> bool:
    row = connection.execute("SELECT wait_event_type FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone()
    return row == ("Lock",)


@pytest.mark.parametrize("second", ["reach", "move"])
def test_two_people_at_one_feature_are_both_counted_once(placed: Database, second: str) -> None:
    with placed.session() as connection:
        mine = add(connection, "a")
        reach(connection, mine, "issued", FIRST)
    with (
        psycopg.connect(placed.dsn) as one,
        psycopg.connect(placed.dsn) as other,
        psycopg.connect(placed.dsn, autocommit=True) as watch,
        ThreadPoolExecutor(1) as beside,
    ):
        reach(one, mine, "planted", FIRST + timedelta(2))
        if second == "reach":
            done = beside.submit(reach, other, mine, "works", FIRST + timedelta(1))
        else:
            done = beside.submit(other.execute, "UPDATE feature SET org_unit = %s WHERE id = %s", [OTHER, mine])
        for _ in range(1000):
            if done.done() or _waits(watch, other.info.backend_pid):
                break
            time.sleep(0.01)
        one.commit()
        done.result()
    with placed.session() as connection:
        assert progress.differences(connection) == []
        unit = OTHER if second == "move" else TOWN
        assert patches(connection, FIRST + timedelta(9), unit)["status"]["under_way"] == 1


def test_a_unit_that_goes_to_another_township_takes_its_figures_along(placed: Database) -> None:
    village = UNITS[0]
    with placed.session() as connection:
        reach(connection, add(connection, "a", village), "planted", FIRST)
        add(connection, "b", None)
        connection.execute("UPDATE org_unit SET parent = %s WHERE code = %s", [OTHER, village])
        assert progress.differences(connection) == []
        assert patches(connection, FIRST, OTHER)["population"] == 1
        assert (TOWN, "patches") not in figures(connection, FIRST)
        connection.rollback()


def test_what_lies_outside_counts_for_a_county_that_comes_later(database: Database) -> None:
    with database.session() as connection:
        add(connection, "a", None)
        load_places(connection, COUNTY)
        assert progress.differences(connection) == []
        assert patches(connection, FIRST)["population"] == 1
        connection.rollback()


@pytest.mark.parametrize("table", ["progress_day", "progress_month", "progress_year", "progress_delta"])
def test_the_comparison_sees_a_wrong_sum(placed: Database, table: str) -> None:
    with placed.session() as connection:
        add(connection, "a")
        progress.fold(connection)
        add(connection, "b")
        assert progress.differences(connection) == []
        connection.execute(f"UPDATE {table} SET value = value + 1 WHERE org_unit = '{TOWN}'")  # pyright: ignore
        kept_by = {row["kept_by"] for row in progress.differences(connection)}
        assert table.replace("progress_", "").replace("delta", "day") in kept_by
        connection.rollback()


def test_ten_thousand_milestones_of_a_new_table_are_summed_in_seconds(placed: Database) -> None:
    """Where the planner takes a table without statistics for small, a join over all pairs would take a minute."""
    with psycopg.connect(placed.dsn) as connection:
        connection.execute("SET statement_timeout = '20s'")
        connection.execute(
            "INSERT INTO feature (layer, code, org_unit) SELECT 'farmland_patch', n::text, %s"
            " FROM generate_series(1, 5000) AS n", [TOWN],
        )  # fmt: skip
        connection.execute(
            "INSERT INTO milestone (layer, feature, milestone, reached_on)"
            " SELECT layer, id, step, '2024-01-01'::date + code::int %% 300"
            " FROM feature, unnest(%s::text[]) AS step", [MILESTONES],
        )  # fmt: skip
        connection.rollback()
