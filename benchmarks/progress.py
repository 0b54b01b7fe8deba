"""Progress of all townships while features change, against counting the records."""

import statistics
import time

import psycopg

from benchmarks.bench import execute, scratch, table
from geo.database import Database
from geo.progress import tidy, units
from geo.settings import today

_FEATURES = """
    INSERT INTO feature (layer, code, org_unit, area_m2, registered_area_m2)
    SELECT 'farmland_patch', n::text, unit.codes[1 + n %% array_length(unit.codes, 1)], 1000 + n %% 500, 1000 + n %% 500
    FROM generate_series(1, %s) AS n
    CROSS JOIN (SELECT array_agg(code) AS codes FROM org_unit WHERE level = 'village') AS unit
"""
_MILESTONES = """
    INSERT INTO milestone (layer, feature, milestone, reached_on)
    SELECT 'farmland_patch', feature.id, step.milestone, '2021-01-01'::date + (hashtext(feature.code) % 700 + 700)
        + 20 * step.place
    FROM feature
    CROSS JOIN (SELECT milestone, place FROM layer_milestone WHERE layer = 'farmland_patch') AS step
"""
_COUNT = """
    SELECT feature.layer, feature.org_unit, milestone.milestone, count(*), sum(feature.registered_area_m2)
    FROM milestone
    INNER JOIN feature ON feature.layer = milestone.layer AND feature.id = milestone.feature
    WHERE milestone.reached_on <= current_date AND milestone.state = 'approved' AND milestone.revoked_at IS NULL
    GROUP BY 1, 2, 3
"""
_TRUTH = """
    SELECT count(*) FROM (
        SELECT org_unit, layer, measure, stage, day, sum(value) AS value FROM progress_sum
        GROUP BY 1, 2, 3, 4, 5 HAVING sum(value) <> 0
    ) AS kept FULL JOIN (
        SELECT * FROM progress_truth WHERE org_unit IN ('511132100001', '511132103', '')
    ) AS progress_truth USING (org_unit, layer, measure, stage, day)
    WHERE kept.value IS DISTINCT FROM progress_truth.value AND org_unit IN ('511132100001', '511132103', '')
"""


def run(rows: int, repeat: int) -> str:
    """The table of answers after an update."""
    with scratch() as (_, database):
        milestones = _fill(database, rows)
        update, answer, worst = _updates(database, 30 * repeat)
        with psycopg.connect(database.dsn) as connection:
            start = time.perf_counter()
            connection.execute(_COUNT)
            count = time.perf_counter() - start
            wrong = connection.execute(_TRUTH).fetchone()
    if wrong != (0,):
        raise AssertionError(f"kept sums differ from the records in {wrong} places")
    return table(
        f"Progress of all townships, {rows:,} features and {milestones:,} milestones",
        ["", "ms", "times the answer"],
        [
            ("answer after an update of any one feature, median", f"{answer * 1e3:.1f}", "1.0"),
            ("the slowest of them", f"{worst * 1e3:.1f}", f"{worst / answer:.1f}"),
            ("the update itself (one feature, committed)", f"{update * 1e3:.1f}", f"{update / answer:.1f}"),
            ("counting the records instead", f"{count * 1e3:,.0f}", f"{count / answer:,.0f}"),
        ],
        "Afterwards the kept sums of a township and a village were compared with a count of their records: equal.",
    )


def _fill(database: Database, rows: int) -> int:
    """Features and their milestones, without triggers; then one recount, as after a restore."""
    with psycopg.connect(database.dsn) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(_FEATURES, [rows])
        steps = connection.execute("SELECT count(*) FROM layer_milestone WHERE layer = 'farmland_patch'").fetchone()
        copies = connection.execute(_MILESTONES).rowcount
        while steps and copies < 10 * rows:  # corrected dates: records that were revoked
            copies += connection.execute(
                "INSERT INTO milestone (layer, feature, milestone, reached_on, revoked_at, revoked_by)"
                " SELECT layer, feature, milestone, reached_on - 1, now(), 'bench' FROM milestone"
                " WHERE revoked_at IS NULL LIMIT %s", [10 * rows - copies],
            ).rowcount  # fmt: skip
        connection.execute("SET session_replication_role = origin")
        connection.execute("ANALYZE feature")
        connection.execute("ANALYZE milestone")
        connection.execute("SELECT progress_recount()")
    execute(database, "VACUUM ANALYZE feature", "VACUUM ANALYZE milestone")
    tidy(database)
    return copies


def _updates(database: Database, times: int) -> tuple[float, float, float]:
    """Median of an update, median and worst of the answer that follows it, in seconds."""
    update: list[float] = []
    answer: list[float] = []
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        for turn in range(times):
            start = time.perf_counter()
            connection.execute(
                "UPDATE feature SET registered_area_m2 = registered_area_m2 + 1"
                " WHERE layer = 'farmland_patch' AND code = %s",
                [str(1 + turn * 7919 % 100_000)],
            )
            between = time.perf_counter()
            text = units(connection, as_of=today(), org_unit="511132", by="township")
            answer.append(time.perf_counter() - between)
            update.append(between - start)
            if '"population"' not in text:
                raise AssertionError(text[:200])
    return statistics.median(update), statistics.median(answer), max(answer)
