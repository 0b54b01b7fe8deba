"""Money: conserved through whatever is done with it, by one or by two at once; and what is told of it."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from people import client_of

from geo import allocation, divergence, ledger, link, money, progress
from geo.allocation import NotAllocated, Share, spread
from geo.amount import yuan
from geo.database import Connection, Database
from geo.errors import BadValue, NotFound
from geo.layers import layer
from geo.ledger import BudgetLine, Entry, EntryRefused
from geo.money import Wanted
from geo.text import Text

COUNTY, TOWN, OTHER = "511132", "511132100", "511132101"
UNITS = ["511132100001", "511132100202", TOWN, OTHER, COUNTY, None]
FIRST = date(2024, 1, 1)
END = date(2025, 12, 31)
DAYS = st.integers(0, 700).map(lambda days: FIRST + timedelta(days))
CENTS = st.integers(1, 1_000_000).map(lambda cents: Decimal(cents) / 100)
SLOW = hypothesis_settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


def add(connection: Connection, code: str, unit: str | None = TOWN, people: int | None = 1, area: int = 1000) -> Any:
    """A relocation household; its id."""
    row = connection.execute(
        "INSERT INTO feature (layer, code, org_unit, area_m2, attributes) VALUES ('relocation_household', %s, %s, %s,"
        " jsonb_build_object('people', %s::integer)) RETURNING id", [code, unit, area, people],
    ).fetchone()  # fmt: skip
    assert row is not None
    return row[0]


def open_books(connection: Connection, features: list[Any]) -> None:
    """Two channels, two activities that share features; the third is for nothing."""
    for code in ("bond", "grant"):
        ledger.add_channel(connection, code, Text(zh=f"渠道{code}", en=code))
    for code in ("a", "b", "c"):
        ledger.add_activity(connection, code, f"项目{code}", FIRST)
    link.by_ids(connection, "a", features)
    link.by_ids(connection, "b", features[:2])


def entry(amount: Any = 100, activity: str | None = "a", day: date = FIRST, **more: Any) -> Entry:
    return Entry(**{"fund_source": "bond", "activity": activity, "kind": "expenditure", "value_date": day,
                    "amount": Decimal(amount), **more})  # fmt: skip


def move_out(connection: Connection, feature: Any) -> None:
    connection.execute(
        "INSERT INTO milestone (layer, feature, milestone, reached_on)"
        " VALUES ('relocation_household', %s, 'demolished', '2024-03-01')", [feature],
    )  # fmt: skip


def told(connection: Connection, as_of: date = END, **filters: Any) -> dict[str, Any]:
    return json.loads(money.overview(connection, Wanted(as_of, **filters)), parse_float=Decimal)


def books(connection: Connection, households: int = 3) -> list[Any]:
    features = [add(connection, f"h{number}", UNITS[number]) for number in range(households)]
    open_books(connection, features)
    return features


# --- spreading --------------------------------------------------------------------------------------------------------


@given(CENTS, st.lists(st.integers(0, 10**9) | st.decimals(0, 10**6, places=2), min_size=1, max_size=30))
def test_shares_come_to_the_total_and_none_is_a_cent_off(total: Decimal, weights: list[Any]) -> None:
    if not sum(weights):
        with pytest.raises(NotAllocated):
            spread(total, weights)
        return
    shares = spread(total, weights)
    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share - total * Decimal(weight) / Decimal(sum(weights))) < Decimal("0.01000001")
        assert weight or not share


def test_the_cents_left_over_go_to_the_largest_remainders() -> None:
    assert spread(Decimal("1.00"), [1, 1, 1]) == [Decimal("0.34"), Decimal("0.33"), Decimal("0.33")]
    assert spread(Decimal("0.01"), [1, 2]) == [Decimal("0.00"), Decimal("0.01")]


@pytest.mark.parametrize(
    ("written", "unit", "amount"),
    [
        ("1,143.08", "万元", "11430800.00"),
        (16425.93, "wan_yuan", "164259300.00"),
        ("0.10", "元", "0.10"),
        (7, "元", "7"),
    ],
)
def test_an_amount_is_what_was_written(written: Any, unit: str, amount: str) -> None:
    assert yuan(written, unit) == Decimal(amount)


@pytest.mark.parametrize(("written", "unit"), [
    ("-1", "元"), ("1.001", "元"), ("0.0000001", "万元"), ("x", "元"), ("NaN", "元"), ("1e20", "元"), ("1", "亿元"),
    ("", "元"), ("Infinity", "元"),
])  # fmt: skip
def test_an_amount_that_cannot_be_is_refused_with_a_sentence(written: str, unit: str) -> None:
    with pytest.raises(BadValue) as refused:
        yuan(written, unit)
    assert refused.value.text.zh != refused.value.text.en


# --- allocating -------------------------------------------------------------------------------------------------------


def test_each_basis_weighs_by_what_it_says(placed: Database) -> None:
    with placed.session() as connection:
        features = [add(connection, "a", people=1), add(connection, "b", people=3), add(connection, "c", people=None)]
        open_books(connection, features)
        number = ledger.record(connection, entry(), by="t")

        def amounts(share: Share) -> list[Decimal]:
            allocation.allocate(connection, number, share, by="t")
            found = dict(connection.execute("SELECT feature, amount FROM allocation").fetchall())
            return [found.get(each, Decimal(0)) for each in features]

        assert amounts(Share("per_unit")) == [Decimal("33.34"), Decimal("33.33"), Decimal("33.33")]
        assert amounts(Share("by_people")) == [25, 75, 0]
        assert amounts(Share("direct", features=[features[2]], amount=Decimal("12.50"))) == [0, 0, Decimal("12.50")]
        assert amounts(Share("by_hand", amounts={features[0]: Decimal(1), features[1]: Decimal(2)})) == [1, 2, 0]
        kept = connection.execute("SELECT count(*), count(DISTINCT basis) FROM allocation_version").fetchone()
        assert kept == (6, 3), "what was allocated before is history"
        for share in (Share("direct"), Share("by_hand"), Share("by_area"), Share("per_unit", org_unit=OTHER),
                      Share("per_unit", features=[add(connection, "z")])):  # fmt: skip
            with pytest.raises((NotAllocated, BadValue)):
                allocation.allocate(connection, number, share, by="t")
        connection.rollback()


@pytest.mark.parametrize("other", [{"kind": "commitment"}, {"kind": "carry_over"}, {"kind": "incoming"}])
def test_only_what_was_spent_is_allocated(placed: Database, other: dict[str, Any]) -> None:
    with placed.session() as connection:
        books(connection)
        with pytest.raises(EntryRefused):
            allocation.allocate(
                connection, ledger.record(connection, entry(**other), by="t"), Share("per_unit"), by="t"
            )
        connection.rollback()


def test_a_transaction_is_not_lowered_below_what_is_allocated(placed: Database) -> None:
    with placed.session() as connection:
        books(connection)
        number = ledger.record(connection, entry(), by="t")
        allocation.allocate(connection, number, Share("per_unit", amount=Decimal(60)), by="t")
        ledger.correct(connection, number, entry(60), by="u", reason="typed wrong")
        before = connection.execute("SELECT version, amount, recorded_by FROM transaction_version").fetchall()
        assert before == [(1, Decimal(100), "t")]
        with pytest.raises(EntryRefused), connection.transaction():
            ledger.correct(connection, number, entry("59.99"), by="u", reason="less")
        with pytest.raises(EntryRefused), connection.transaction():
            ledger.correct(connection, number, entry(60, activity=None), by="u", reason="no activity")
        ledger.withdraw(connection, number, by="u", reason="double")
        assert told(connection)["total"]["spent"] == 0
        with pytest.raises(psycopg.IntegrityError), connection.transaction():
            connection.execute("DELETE FROM transaction")
        connection.rollback()


def test_money_is_allocated_at_read_committed_only(placed: Database) -> None:
    with placed.session() as connection:
        books(connection)
        ledger.record(connection, entry(), by="t")
    with placed.session() as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with pytest.raises(psycopg.errors.InvalidTransactionState):
            connection.execute("INSERT INTO allocation SELECT transaction.id, layer, feature.id, 1, 'direct'"
                               " FROM transaction, feature")  # fmt: skip
        connection.rollback()


# --- whatever happens -------------------------------------------------------------------------------------------------


@st.composite
def steps(draw: st.DrawFn) -> tuple[str, int, Any]:
    """One thing that may be done: its name, to which, and with what."""
    name = draw(st.sampled_from(["record", "record", "allocate", "allocate", "correct", "withdraw", "move", "remove",
                                 "tree", "fold"]))  # fmt: skip
    booked = st.tuples(CENTS, st.sampled_from(["a", "b", "c", None]), DAYS,
                       st.sampled_from(["expenditure", "disbursement", "incoming", "carry_over"]),
                       st.sampled_from(["bond", "grant"]))  # fmt: skip
    value = {
        "record": booked, "correct": booked, "move": st.sampled_from(UNITS),
        "allocate": st.tuples(st.sampled_from(["per_unit", "by_people"]), st.none() | CENTS),
    }.get(name, st.none())  # fmt: skip
    return name, draw(st.integers(0, 7)), draw(value)


def do(connection: Connection, features: list[Any], step: tuple[str, int, Any]) -> None:
    """Do it; what the ledger refuses changes nothing."""
    name, which, value = step
    numbers = [row[0] for row in connection.execute("SELECT id FROM transaction WHERE withdrawn_at IS NULL ORDER BY 1")]
    number = numbers[which % len(numbers)] if numbers else None
    try:
        with connection.transaction():
            if name in {"record", "correct"}:
                amount, activity, day, kind, channel = value
                made = entry(amount, activity, day, kind=kind, fund_source=channel)
                if name == "record":
                    ledger.record(connection, made, by="t")
                elif number:
                    ledger.correct(connection, number, made, by="t", reason="r")
            elif name == "allocate" and number:
                allocation.allocate(connection, number, Share(value[0], amount=value[1]), by="t")
            elif name == "withdraw" and number:
                ledger.withdraw(connection, number, by="t", reason="r")
            elif name == "move":
                connection.execute("UPDATE feature SET org_unit = %s WHERE id = %s",
                                   [value, features[which % len(features)]])  # fmt: skip
            elif name == "remove":
                connection.execute("UPDATE feature SET deleted_at = now() WHERE id = %s AND deleted_at IS NULL",
                                   [features[which % len(features)]])  # fmt: skip
            elif name == "tree":
                connection.execute(
                    "UPDATE org_unit SET parent = %s WHERE code = %s", [(TOWN, OTHER)[which % 2], UNITS[0]]
                )
            elif name == "fold":
                money.fold(connection)
    except (EntryRefused, NotAllocated, NotFound):
        pass


def conserved(connection: Connection, as_of: date) -> None:
    """Sums are what the records give, every share is within its transaction, every list comes to the same total."""
    assert money.differences(connection) == []
    over = connection.execute(
        "SELECT count(*) FROM transaction WHERE amount < (SELECT coalesce(sum(allocation.amount), 0) FROM allocation"
        " WHERE allocation.transaction = transaction.id)"
    ).fetchone()
    assert over == (0,)
    spent, spread_out = connection.execute(
        "SELECT coalesce(sum(amount), 0), coalesce(sum((SELECT sum(part.amount) FROM allocation AS part"
        " WHERE part.transaction = transaction.id)), 0) FROM transaction WHERE withdrawn_at IS NULL"
        " AND kind IN ('expenditure', 'disbursement') AND value_date <= %s", [as_of],
    ).fetchone()  # fmt: skip
    answer = told(connection, as_of)
    total = answer["total"]
    assert (total["spent"], total["allocated"], total["unallocated"]) == (spent, spread_out, spent - spread_out)
    assert sum(row["spent"] for row in answer["channels"]) == spent
    assert sum(row["spent"] for row in answer["townships"]) == spent
    assert sum(row["spent"] for row in answer["layers"]) == spent
    assert sum(row["amount"] for row in answer["flow"]) == spent
    units = json.loads(money.units(connection, as_of=as_of), parse_float=Decimal)["rows"]
    assert sum(row["spent"] for row in units) == spread_out


@SLOW
@given(st.lists(steps(), min_size=3, max_size=20), DAYS)
def test_money_is_conserved_whatever_is_done(placed: Database, done: list[Any], day: date) -> None:
    with placed.session() as connection:
        features = books(connection, 5)
        for step in done:
            do(connection, features, step)
        conserved(connection, day)
        money.fold(connection)
        conserved(connection, END)
        connection.rollback()


@SLOW
@given(st.lists(st.tuples(CENTS, DAYS), min_size=1, max_size=8), DAYS)
def test_a_total_as_of_a_day_is_a_replay_up_to_it(placed: Database, paid: list[Any], day: date) -> None:
    def play(connection: Connection, chosen: list[Any]) -> dict[str, Any]:
        books(connection)
        for amount, on in chosen:
            allocation.allocate(connection, ledger.record(connection, entry(amount, day=on), by="t"),
                                Share("per_unit"), by="t")  # fmt: skip
        answer = told(connection, day)
        connection.rollback()
        return {name: answer[name] for name in ("total", "townships", "layers", "flow")}

    with placed.session() as connection:
        assert play(connection, paid) == play(connection, [each for each in paid if each[1] <= day])


def _waits(connection: Connection, pid: int) -> bool:
    row = connection.execute("SELECT wait_event_type FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone()
    return row == ("Lock",)


@pytest.mark.parametrize("second", ["insert", "allocate", "lower", "move", "redate"])
def test_two_writers_at_once_conserve_money(placed: Database, second: str) -> None:
    with placed.session() as connection:
        features = books(connection)
        number = ledger.record(connection, entry(), by="t")
        later = ledger.record(connection, entry(50), by="t")
        allocation.allocate(connection, later, Share("direct", features=features[:1]), by="t")

    def act(connection: Connection) -> None:
        if second == "insert":
            connection.execute("INSERT INTO allocation VALUES (%s, 'relocation_household', %s, 60, 'by_hand')",
                               [number, features[1]])  # fmt: skip
        elif second == "allocate":
            allocation.allocate(connection, number, Share("direct", features=features[1:2]), by="t")
        elif second == "lower":
            ledger.correct(connection, number, entry(59), by="t", reason="r")
        elif second == "move":
            connection.execute("UPDATE feature SET org_unit = %s WHERE id = %s", [OTHER, features[0]])
        else:
            ledger.correct(connection, later, entry(50, day=date(2024, 5, 5)), by="t", reason="r")

    with (
        psycopg.connect(placed.dsn) as one,
        psycopg.connect(placed.dsn) as other,
        psycopg.connect(placed.dsn, autocommit=True) as watch,
        ThreadPoolExecutor(1) as beside,
    ):
        share = Share("direct", amount=Decimal(60), features=features[:1])
        allocation.allocate(one, number, share, by="t")
        done = beside.submit(act, other)
        for _ in range(1000):
            if done.done() or _waits(watch, other.info.backend_pid):
                break
            time.sleep(0.01)
        one.commit()
        if second in {"insert", "lower"}:
            with pytest.raises((EntryRefused, psycopg.errors.CheckViolation)):
                done.result()
            other.rollback()
        else:
            done.result()
    with placed.session() as connection:
        conserved(connection, END)


@pytest.mark.parametrize("tree_first", [True, False])
@pytest.mark.parametrize("change", ["allocate", "redate", "move into", "move out"])
def test_a_unit_that_changes_its_township_meanwhile_conserves_money(
    placed: Database, change: str, tree_first: bool
) -> None:
    """One of both is not committed yet when the other begins; the village may have had no feature before."""
    village = UNITS[0]
    with placed.session() as connection:
        features = books(connection)
        later = ledger.record(connection, entry(50), by="t")
        allocation.allocate(connection, later, Share("direct", features=features[:1]), by="t")
        number = ledger.record(connection, entry(), by="t")
        if change == "move into":
            connection.execute("UPDATE feature SET org_unit = %s WHERE org_unit = %s", [OTHER, village])

    def write(connection: Connection) -> None:
        if change == "allocate":
            allocation.allocate(connection, number, Share("direct", features=features[:1]), by="t")
        elif change == "redate":
            ledger.correct(connection, later, entry(50, day=date(2024, 5, 5)), by="t", reason="r")
        else:
            where = village if change == "move into" else OTHER
            connection.execute("UPDATE feature SET org_unit = %s WHERE id = %s", [where, features[0]])

    def lead(connection: Connection) -> None:
        connection.execute("UPDATE org_unit SET parent = %s WHERE code = %s", [OTHER, village])

    first, second = (lead, write) if tree_first else (write, lead)
    with (
        psycopg.connect(placed.dsn) as one,
        psycopg.connect(placed.dsn) as other,
        psycopg.connect(placed.dsn, autocommit=True) as watch,
        ThreadPoolExecutor(1) as beside,
    ):
        first(one)
        done = beside.submit(second, other)
        for _ in range(1000):
            if done.done() or _waits(watch, other.info.backend_pid):
                break
            time.sleep(0.01)
        one.commit()
        done.result()
    with placed.session() as connection:
        conserved(connection, END)
        assert progress.differences(connection) == []


def _work(connection: Connection, features: list[Any], done: list[Any]) -> None:
    """Do and commit one step after the other; of two that wait for each other PostgreSQL stops one."""
    for step in done:
        try:
            do(connection, features, step)
            connection.commit()
        except psycopg.errors.DeadlockDetected:
            connection.rollback()


@hypothesis_settings(SLOW, max_examples=12)
@given(st.lists(steps(), min_size=4, max_size=12), st.lists(steps(), min_size=4, max_size=12))
def test_money_is_conserved_whatever_two_people_do_at_once(placed: Database, one: list[Any], other: list[Any]) -> None:
    with placed.session() as connection:
        row = connection.execute("SELECT array_agg(id) FROM feature").fetchone()
        features = (row and row[0]) or books(connection, 5)
    with psycopg.connect(placed.dsn) as first, psycopg.connect(placed.dsn) as second, ThreadPoolExecutor(2) as both:
        for work in [both.submit(_work, first, features, one), both.submit(_work, second, features, other)]:
            work.result()
    with placed.session() as connection:
        conserved(connection, END)


@pytest.mark.parametrize("table", ["money_day", "money_delta"])
def test_the_comparison_sees_a_wrong_sum(placed: Database, table: str) -> None:
    with placed.session() as connection:
        books(connection)
        for _ in range(2):
            allocation.allocate(connection, ledger.record(connection, entry(), by="t"), Share("per_unit"), by="t")
            if table == "money_day":
                money.fold(connection)
        assert money.differences(connection) == []
        connection.execute(f"UPDATE {table} SET value = value + 0.01 WHERE org_unit = '{TOWN}'")  # pyright: ignore
        assert {row["org_unit"] for row in money.differences(connection)} == {TOWN}
        connection.rollback()


# --- what is told -----------------------------------------------------------------------------------------------------


def test_carry_over_moves_between_years(placed: Database) -> None:
    with placed.session() as connection:
        books(connection)
        for year, amount in ((2024, 100), (2025, 40)):
            ledger.budget(connection, BudgetLine("bond", "a", year, "adjusted", Decimal(amount)), by="t")
        ledger.record(connection, entry(70), by="t")
        ledger.record(connection, entry(30, day=date(2024, 12, 31), kind="carry_over"), by="t")
        ledger.record(connection, entry(65, day=date(2025, 6, 1)), by="t")
        (old,) = [row for row in told(connection, year=2024)["activities"] if row["code"] == "a"]
        (new,) = [row for row in told(connection, year=2025)["activities"] if row["code"] == "a"]
        (both,) = [row for row in told(connection)["activities"] if row["code"] == "a"]
        assert (old["spent"], old["carried_over"], old["remaining"]) == (70, 30, 0)
        assert (new["spent"], new["carried_over"], new["remaining"]) == (65, 0, 5)
        assert (both["adjusted"], both["spent"], both["remaining"]) == (140, 135, 5)
        assert new["initial"] is None, "not stated is not zero"
        assert told(connection, date(2024, 6, 1), year=2025)["total"]["spent"] == 0
        connection.rollback()


def test_within_a_township_budgets_do_not_apply(placed: Database) -> None:
    with placed.session() as connection:
        books(connection)
        ledger.budget(connection, BudgetLine("bond", "a", 2024, "initial", Decimal(500)), by="t")
        allocation.allocate(connection, ledger.record(connection, entry(90), by="t"), Share("per_unit"), by="t")
        add(connection, "far", OTHER)
        whole, town, none = (told(connection, org_unit=unit) for unit in (COUNTY, TOWN, OTHER))
        assert (whole["total"]["spent"], town["total"]["spent"], none["total"]["spent"]) == (90, 90, 0)
        assert (town["total"]["initial"], town["total"]["unallocated"]) == (None, None)
        assert [row["org_unit"] for row in town["townships"]] == [TOWN]
        connection.rollback()


def test_an_outcome_costs_the_money_of_those_that_reached_it(placed: Database) -> None:
    with placed.session() as connection:
        features = books(connection)
        allocation.allocate(connection, ledger.record(connection, entry(90), by="t"), Share("per_unit"), by="t")
        ledger.record(connection, entry(30), by="t")
        move_out(connection, features[0])

        def moved(day: date) -> tuple[Any, ...]:
            row = next(row for row in told(connection, day)["outcomes"] if row["code"] == "household_moved")
            return row["spent"], row["value"], row["cost"], row["share_of_money"]

        assert moved(date(2024, 2, 1)) == (0, 0, None, 0)
        assert moved(END) == (30, 1, 30, Decimal("0.25"))
        connection.rollback()


def test_rules_link_and_let_go_and_what_was_picked_stays(placed: Database) -> None:
    with placed.session() as connection:
        one, two, far = (add(connection, code, unit) for code, unit in (("1", TOWN), ("2", UNITS[0]), ("3", OTHER)))
        open_books(connection, [one])
        household = layer("relocation_household")
        made = link.by_rule(connection, "c", household, link.Rule(household.code, TOWN, "people", "1"), by="t")
        assert (made.features, made.added) == (2, 2)
        assert (
            link.by_rule(connection, "c", household, link.Rule(household.code, TOWN, "people", "1"), by="t").added == 0
        )
        listed = link.by_codes(connection, "c", household, ["3", "nix"])
        assert [(each.row, each.value) for each in listed.problems] == [(2, "nix")]
        connection.execute("UPDATE feature SET org_unit = %s WHERE id = %s", [OTHER, two])
        assert link.apply(connection, layer=household.code) == 0
        linked = {row[0] for row in connection.execute("SELECT feature FROM activity_feature WHERE activity = 'c'")}
        assert linked == {one, far}
        link.forget_rule(connection, "c", made.rule or 0)
        assert connection.execute("SELECT feature FROM activity_feature WHERE activity = 'c'").fetchall() == [(far,)]
        with pytest.raises(BadValue):
            link.by_rule(connection, "c", household, link.Rule(household.code, None, "id_number", "1"), by="t")
        connection.rollback()


def test_divergence_says_which_rule_and_with_what_numbers(placed: Database) -> None:
    with placed.session() as connection:
        features = books(connection)
        ledger.budget(connection, BudgetLine("bond", "a", 2024, "adjusted", Decimal(100)), by="t")
        number = ledger.record(connection, entry(20), by="t")

        def kinds(day: date) -> set[str]:
            return {each.kind for each in divergence.findings(connection, as_of=day, activity="a") if not each.org_unit}

        assert kinds(date(2024, 2, 1)) == set(), "twenty points apart is not more than twenty"
        ledger.correct(connection, number, entry(21), by="t", reason="r")
        assert kinds(date(2024, 2, 1)) == {"money_ahead"}
        for feature in features:
            move_out(connection, feature)
        assert kinds(date(2024, 3, 1)) == {"work_ahead"}
        connection.execute(
            "UPDATE milestone SET revoked_at = now(), revoked_by = 't' WHERE feature = %s", [features[0]]
        )
        connection.execute("UPDATE feature SET due_on = '2024-04-01' WHERE id = %s", [features[0]])
        found = divergence.findings(connection, as_of=date(2024, 9, 1), activity="a")
        assert {each.kind for each in found if not each.org_unit} == {"work_ahead", "overdue", "stale"}
        assert divergence.findings(connection, as_of=date(2024, 9, 1), activity="a", org_unit=COUNTY) == found
        assert divergence.findings(connection, as_of=date(2024, 9, 1), activity="a", org_unit=OTHER) == []
        overdue = next(each for each in found if each.kind == "overdue")
        assert overdue.days == 153
        assert "153" in overdue.sentence.zh
        assert "153" in overdue.sentence.en
        connection.rollback()


def test_gaps_are_lists(placed: Database) -> None:
    with placed.session() as connection:
        books(connection)
        ledger.record(connection, entry(5, "c"), by="t")
        answer = told(connection)
        assert answer["features_without_money"] == [{"layer": "relocation_household", "features": 3}]
        assert [(row["activity"], row["spent"]) for row in answer["money_without_features"]] == [("c", 5)]
        connection.rollback()


def test_the_payments_of_a_township_add_up_to_what_was_spent_there(demo: Database) -> None:
    with client_of(demo) as client:
        rows = client.get("/api/money").json()["townships"]
        places = [row for row in rows if row["kind"] != "unallocated" and row["spent"]]
        assert len(places) > 5
        for row in places:
            told = client.get(
                "/api/transactions", params={"org_unit": row["org_unit"] or "outside", "limit": 500}
            ).json()
            assert told["placed"] == row["spent"]
            assert round(sum(each["placed"] for each in told["transactions"]), 2) == told["placed"]
            assert all(0 < each["placed"] <= each["amount"] for each in told["transactions"])
        assert client.get("/api/transactions").json()["placed"] is None
        assert client.get("/api/transactions", params={"org_unit": "999999999"}).status_code == 404
