"""What reached each township by channel while transactions are spread anew, against grouping the allocations."""

import statistics
import time
from typing import Any

import psycopg

from benchmarks.bench import execute, median, scratch, table
from geo import money
from geo.database import Database
from geo.progress import tidy
from geo.settings import today

_FEATURES = """
    INSERT INTO feature (layer, code, org_unit, area_m2, registered_area_m2)
    SELECT 'farmland_patch', n::text, unit.codes[1 + n %% array_length(unit.codes, 1)], 1000, 1000
    FROM generate_series(1, %s) AS n
    CROSS JOIN (SELECT array_agg(code) AS codes FROM org_unit WHERE level = 'village') AS unit
"""
_BOOKS = """
    INSERT INTO fund_source (code, name_zh, name_en) SELECT 'channel' || n, n::text, n::text
    FROM generate_series(1, 7) AS n;
    INSERT INTO activity (code, name_zh) SELECT 'activity' || n, n::text FROM generate_series(1, 30) AS n
"""
_TRANSACTIONS = """
    INSERT INTO transaction (activity, fund_source, kind, value_date, amount)
    SELECT 'activity' || 1 + n %% 30, 'channel' || 1 + n %% 7, 'expenditure', '2022-01-01'::date + n %% 1000, 1000000
    FROM generate_series(1, %s) AS n
"""
_ALLOCATIONS = """
    INSERT INTO allocation (transaction, layer, feature, amount, basis)
    SELECT transaction.id, feature.layer, feature.id, 1 + (feature.code::integer + transaction.id) %% 997, 'per_unit'
    FROM transaction
    INNER JOIN feature ON feature.code::integer %% %s = transaction.id %% %s
"""
_GROUP = """
    SELECT above.ancestor, transaction.fund_source, sum(allocation.amount)
    FROM allocation
    INNER JOIN transaction ON transaction.id = allocation.transaction
    INNER JOIN feature ON feature.layer = allocation.layer AND feature.id = allocation.feature
    INNER JOIN org_unit_ancestor AS above ON above.unit = feature.org_unit
    INNER JOIN org_unit ON org_unit.code = above.ancestor AND org_unit.level = 'township'
    WHERE transaction.value_date <= current_date
    GROUP BY 1, 2
"""
_TRUTH = """
    SELECT org_unit, fund_source, sum(value) FROM money_truth
    WHERE day <= current_date AND org_unit IN (SELECT code FROM org_unit WHERE level = 'township')
    GROUP BY 1, 2
"""
_ROLLUP = """
    SELECT org_unit, fund_source, sum(value)
    FROM money_between(
        ARRAY(SELECT code FROM org_unit WHERE level = 'township'), '-infinity', current_date
    )
    GROUP BY 1, 2
"""


def run(rows: int, repeat: int) -> str:
    """The table of rollups by township and channel, before and after single changes."""
    with scratch() as (_, database):
        allocations = _fill(database, rows)
        with psycopg.connect(database.dsn) as connection:
            connection.execute("SET jit = off")
            group = median(repeat, lambda: _all(connection, _GROUP))
            truth = median(repeat, lambda: _all(connection, _TRUTH))
            asked = money.Wanted(today())
            page = median(repeat, lambda: _told(connection, asked))
        change, answer, worst = _changes(database, 30 * repeat)
        with psycopg.connect(database.dsn) as connection:
            wrong = money.differences(connection)
            same = sorted(_all(connection, _GROUP)) == sorted(_all(connection, _ROLLUP))
    if wrong or not same:
        raise AssertionError(f"kept sums differ from the records: {wrong[:1]}")
    return table(
        f"Money by township and channel, {allocations:,} allocations",
        ["", "ms", "times the GROUP BY"],
        [
            ("bare GROUP BY of the same rows", f"{group * 1e3:,.0f}", "1.00"),
            ("rollup from the records (by activity, layer and day too)",
             f"{truth * 1e3:,.0f}", f"{truth / group:.2f}"),
            ("rollup after one change, median", f"{answer * 1e3:.1f}", f"{answer / group:.3f}"),
            ("the slowest of them", f"{worst * 1e3:.1f}", f"{worst / group:.3f}"),
            ("the change itself (one allocation, committed)", f"{change * 1e3:.1f}", f"{change / group:.3f}"),
            ("all of `GET /api/money`", f"{page * 1e3:,.0f}", f"{page / group:.2f}"),
        ],
        "Afterwards all kept sums were compared with the records, and the rollup with the GROUP BY: equal.",
    )  # fmt: skip


def _fill(database: Database, rows: int) -> int:
    """Features, transactions and allocations without triggers; then one recount, as after a restore."""
    features, step = max(rows // 10, 100), 100
    with psycopg.connect(database.dsn) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(_FEATURES, [features])
        connection.execute(_BOOKS)  # pyright: ignore[reportArgumentType]
        connection.execute(_TRANSACTIONS, [rows * step // features])
        copies = connection.execute(_ALLOCATIONS, [step, step]).rowcount
        connection.execute("SET session_replication_role = origin")
        for name in ("feature", "transaction", "allocation"):
            connection.execute(f"ANALYZE {name}")  # pyright: ignore[reportArgumentType]
        connection.execute("SELECT money_recount()")
    execute(database, "VACUUM ANALYZE feature", "VACUUM ANALYZE transaction", "VACUUM ANALYZE allocation")
    tidy(database)
    return copies


def _changes(database: Database, times: int) -> tuple[float, float, float]:
    """Median of a change, median and worst of the rollup that follows it, in seconds."""
    change: list[float] = []
    answer: list[float] = []
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        connection.execute("SET jit = off")
        chosen = _all(connection, "SELECT transaction, layer, feature FROM allocation ORDER BY feature LIMIT 5000")
        for turn in range(times):
            start = time.perf_counter()
            connection.execute(
                "UPDATE allocation SET amount = amount + 0.01 WHERE (transaction, layer, feature) = (%s, %s, %s)",
                chosen[turn * 37 % len(chosen)],
            )
            between = time.perf_counter()
            found = _all(connection, _ROLLUP)
            answer.append(time.perf_counter() - between)
            change.append(between - start)
            if not found:
                raise AssertionError("the rollup is empty")
    return statistics.median(change), statistics.median(answer), max(answer)


def _all(connection: psycopg.Connection[Any], query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query).fetchall()  # pyright: ignore


def _told(connection: psycopg.Connection[Any], wanted: money.Wanted) -> None:
    money.overview(connection, wanted)
