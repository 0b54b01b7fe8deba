"""Records: what a filter leaves, against a recount in Python from the rows, whatever these are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from geo import delay, progress, record, trend
from geo.completion import completion, counting
from geo.database import Connection, Database
from geo.delay import DELAYS
from geo.errors import BadValue
from geo.feature import StatusCode
from geo.layers import layers
from geo.record import Cursor, Wanted
from geo.right import Verb
from geo.viewer import Viewer

COUNTY, TOWN, OTHER, VILLAGE = "511132", "511132100", "511132101", "511132100001"
WITHIN = {COUNTY: None, TOWN: {TOWN, VILLAGE}, OTHER: {OTHER}, VILLAGE: {VILLAGE}, "": {None}}
FIRST = date(2022, 1, 1)
LAYERS = ("farmland_patch", "hazard_point")
STATUSES: tuple[StatusCode, ...] = ("not_started", "under_way", "completed", "accepted", "overdue")
EVERYBODY = Viewer(0, "all", "all", in_person=True, everywhere=frozenset({Verb.VIEW}), keys={})
BY_LAYER = Viewer(0, "both", "both", in_person=True, everywhere=frozenset(), keys={Verb.VIEW: LAYERS})
"""Who sees both layers everywhere; what lists come to is then counted from the records, not told by the sums."""
SLOW = hypothesis_settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)

DAYS = st.integers(0, 1000).map(lambda days: FIRST + timedelta(days))


@dataclass
class Row:
    """A feature as it is stored, with (milestone, day, state, revoked) of each record."""

    layer: str
    code: str
    unit: str | None
    area: int | None
    starts_on: date | None
    due_on: date | None
    deleted: bool
    records: list[tuple[str, date, str, bool]] = field(default_factory=list[tuple[str, date, str, bool]])
    id: Any = None

    def reached(self, as_of: date) -> dict[str, date]:
        """What counts by a day."""
        return {
            step: day for step, day, state, revoked in self.records
            if state == "approved" and not revoked and day <= as_of
        }  # fmt: skip

    def is_listed(self, as_of: date) -> bool:
        days = [day for _, day, state, revoked in self.records if state == "approved" and not revoked]
        known = [*([self.starts_on] if self.starts_on else []), *days]
        return not self.deleted and (not known or min(known) <= as_of)

    def status(self, as_of: date) -> str:
        steps = {step.code: step.status for step in layers()[self.layer].milestones}
        best = max((int(steps[step]) for step in self.reached(as_of)), default=0)
        if best >= 2:
            return "accepted" if best == 3 else "completed"
        if self.due_on is not None and self.due_on < as_of:
            return "overdue"
        return "under_way" if best else "not_started"

    def completed_on(self) -> date | None:
        step = layers()[self.layer].completing
        return None if step is None else self.reached(date.max).get(step.code)

    def fits(self, wanted: Wanted) -> bool:
        """Whether the record is in a list, by the rules as they are written down."""
        as_of, late = wanted.as_of, wanted.overdue and DELAYS[wanted.overdue]
        until = min(wanted.until or as_of, as_of)
        done = layers()[self.layer].completing
        steps = {
            step for step, day in self.reached(until).items()
            if (wanted.since is None or day >= wanted.since)
            and wanted.milestone in (None, step)
            and (not wanted.completing or (done is not None and step == done.code))
        }  # fmt: skip
        inside = WITHIN[wanted.org_unit or ""] if wanted.org_unit is not None else None
        days = (as_of - self.due_on).days if self.due_on else 0
        asked = wanted.milestone or wanted.completing or wanted.since or wanted.until
        return (
            self.is_listed(as_of)
            and wanted.layer in (None, self.layer)
            and (inside is None or self.unit in inside)
            and (wanted.status is None or self.status(as_of) == wanted.status)
            and (not asked or bool(steps))
            and (late is None or (
                self.status(as_of) == "overdue" and late.first <= days and (late.last is None or days <= late.last)
            ))
            and (not wanted.text or wanted.text.lower() in self.code.lower())
        )  # fmt: skip


@st.composite
def rows(draw: st.DrawFn) -> list[Row]:
    """Features in and out of townships, deleted ones, without days, due before they are listed, reached before it."""
    found: list[Row] = []
    for number in range(draw(st.integers(1, 14))):
        layer = draw(st.sampled_from(LAYERS))
        steps = [step.code for step in layers()[layer].milestones]
        made = Row(
            layer, f"{draw(st.sampled_from('AbÄ甲%_'))}{number}", draw(st.sampled_from([VILLAGE, TOWN, OTHER, None])),
            draw(st.one_of(st.none(), st.integers(0, 9000))), draw(st.one_of(st.none(), DAYS)),
            draw(st.one_of(st.none(), DAYS)), draw(st.integers(0, 9)) == 0,
        )  # fmt: skip
        for step in draw(st.lists(st.sampled_from(steps), unique=True, max_size=4)):
            state = draw(st.sampled_from(["approved", "approved", "approved", "pending", "returned"]))
            made.records.append((step, draw(DAYS), state, draw(st.integers(0, 5)) == 0))
        found.append(made)
    return found


def stored(connection: Connection, made: Sequence[Row]) -> None:
    for row in made:
        found = connection.execute(
            "INSERT INTO feature (layer, code, org_unit, registered_area_m2, starts_on, due_on)"
            " VALUES (%s, %s, %s, %s, %s, %s) RETURNING id",
            [row.layer, row.code, row.unit, row.area, row.starts_on, row.due_on],
        ).fetchone()
        assert found is not None
        row.id = found[0]
        for step, day, state, revoked in row.records:
            connection.execute(
                "INSERT INTO milestone (layer, feature, milestone, reached_on, state, revoked_at, revoked_by)"
                " VALUES (%s, %s, %s, %s, %s, CASE WHEN %s THEN now() END, CASE WHEN %s THEN 'x' END)",
                [row.layer, row.id, step, day, state, revoked, revoked],
            )
        if row.deleted:
            connection.execute("UPDATE feature SET deleted_at = now() WHERE id = %s", [row.id])


def listed(
    connection: Connection, wanted: Wanted, limit: int = 3, who: Viewer = EVERYBODY
) -> tuple[int, list[Any], dict[Any, Any]]:
    """(number, records page by page, totals by layer and measure), each page as large as ``limit``."""
    told = record.page(connection, wanted, who, limit=limit)
    found = list(told["records"])
    number, totals = (
        told["number_matched"],
        {(each["layer"], each["measure"]): each["value"] for each in told["totals"]},
    )
    while told["next"]:
        told = record.page(connection, wanted, who, limit=limit, cursor=Cursor.read(told["next"]))
        assert told["records"]
        assert told["number_matched"] == number
        found += told["records"]
    return number, found, totals


def questions(as_of: date, since: date) -> Iterator[Wanted]:
    """One of each kind of filter, in several places."""
    for unit in (None, COUNTY, TOWN, VILLAGE, ""):
        yield Wanted(as_of, org_unit=unit)
        yield Wanted(as_of, org_unit=unit, completing=True)
        yield Wanted(as_of, org_unit=unit, completing=True, since=since, until=since + timedelta(200))
    for layer, status in product((None, *LAYERS), STATUSES):
        yield Wanted(as_of, layer=layer, status=status)
    for code, unit in product(DELAYS, (None, TOWN, "")):
        yield Wanted(as_of, org_unit=unit, overdue=code)
    yield Wanted(as_of, milestone="works_started")
    yield Wanted(as_of, layer="hazard_point", milestone="works_started", since=since)
    yield Wanted(as_of, since=since)
    yield Wanted(as_of, until=since)
    yield Wanted(as_of, status="overdue", milestone="works")
    yield Wanted(as_of, status="overdue", overdue="under_90", layer="farmland_patch")
    for text in ("ä", "%", "甲1", "_"):
        yield Wanted(as_of, text=text)


@SLOW
@given(made=rows(), as_of=DAYS, since=DAYS, data=st.data())
def test_every_list_is_what_a_recount_from_the_rows_leaves(
    placed: Database, made: list[Row], as_of: date, since: date, data: Any
) -> None:
    limit, who = data.draw(st.integers(1, 5)), data.draw(st.sampled_from([EVERYBODY, BY_LAYER]))
    with placed.session() as connection:
        stored(connection, made)
        for wanted in questions(as_of, since):
            expected = [row for row in made if row.fits(wanted)]
            number, found, totals = listed(connection, wanted, limit, who)
            assert number == len(expected), wanted
            assert {each["id"] for each in found} == {str(row.id) for row in expected}, wanted
            assert len(found) == number, "none twice, none left out"
            for each in found:
                row = next(row for row in made if str(row.id) == each["id"])
                assert each["status"] == row.status(as_of), wanted
            for layer in LAYERS:
                of_layer = [row for row in expected if row.layer == layer]
                assert totals.get((layer, counting(layers()[layer])), 0) == len(of_layer), wanted
            area = sum((Decimal(row.area or 0) for row in expected if row.layer == "farmland_patch"), Decimal())
            mu = round(float(area * 3 / 2000), 6)
            assert totals.get(("farmland_patch", "registered_area"), 0) == pytest.approx(mu, abs=1e-6), wanted
        connection.rollback()


@SLOW
@given(made=rows(), as_of=DAYS)
def test_overdue_ones_are_listed_longest_first_and_classes_add_up(
    placed: Database, made: list[Row], as_of: date
) -> None:
    with placed.session() as connection:
        stored(connection, made)
        _, found, _ = listed(connection, Wanted(as_of, status="overdue"), 2)
        order = [(each["due_on"], each["layer"], each["code"]) for each in found]
        assert [due for due, _, _ in order] == sorted(due for due, _, _ in order)
        assert [each["days_overdue"] for each in found] == [
            (as_of - date.fromisoformat(due)).days for due, _, _ in order
        ]
        late = [row for row in made if row.is_listed(as_of) and row.status(as_of) == "overdue"]
        for unit in (None, TOWN, OTHER, ""):
            delays = delay.delays(connection, as_of=as_of, layers=list(LAYERS), org_unit=unit)
            told = delays["rows"]
            if unit is None:
                assert [each["id"] for each in delays["longest"]] == [each["id"] for each in found[: delay.LONGEST]]
            inside = None if unit is None else WITHIN[unit]
            those = [row for row in late if inside is None or row.unit in inside]
            for each in told:
                town = [
                    row for row in those
                    if row.layer == each["layer"] and {VILLAGE: TOWN}.get(row.unit or "", row.unit) == each["org_unit"]
                ]  # fmt: skip
                days = [(as_of - cast("date", row.due_on)).days for row in town]
                assert each["longest"] == max(days)
                assert each["classes"] == [
                    sum(limits.first <= day and (limits.last is None or day <= limits.last) for day in days)
                    for limits in DELAYS.values()
                ]
                assert each["features"] == len(town) == sum(each["classes"])
            assert sum(each["features"] for each in told) == len(those)
            assert [each["longest"] for each in told] == sorted((each["longest"] for each in told), reverse=True)
        connection.rollback()


@SLOW
@given(made=rows(), as_of=DAYS, fold=st.booleans(), months=st.integers(1, 40))
def test_the_trend_is_what_a_recount_gives_on_every_day_it_tells(
    placed: Database, made: list[Row], as_of: date, fold: bool, months: int
) -> None:
    with placed.session() as connection:
        stored(connection, made)
        if fold:
            progress.fold(connection)
        for unit, layer in ((None, None), (TOWN, None), ("", "hazard_point"), (None, "farmland_patch")):
            told = trend.trend(
                connection, as_of=as_of, codes=[layer] if layer else list(LAYERS), org_unit=unit, layer=layer,
                measure="patches" if layer == "farmland_patch" else None, months=months,
            )  # fmt: skip
            inside = None if unit is None else WITHIN[unit]
            those = [r for r in made if layer in (None, r.layer) and (inside is None or r.unit in inside)]

            def counted(day: date, those: list[Row] = those) -> tuple[int, int, int]:
                there = [row for row in those if row.is_listed(day)]
                done = [row.completed_on() for row in there]
                return (
                    len(there),
                    sum(each is not None and each <= day for each in done),
                    sum(row.status(day) == "overdue" for row in there),
                )

            days = [date.fromisoformat(day) for day in told["days"]]
            assert days[-1] == as_of
            assert len(days) <= months
            values = zip(told["population"], told["completed"], told["overdue"], strict=True)
            assert [tuple(each) for each in values] == [counted(day) for day in days]
            for each in told["compared"]:
                found = each["population"], each["completed"], each["overdue"]
                assert found == counted(date.fromisoformat(each["day"]))
        connection.rollback()


def test_the_same_day_a_month_and_a_year_before_is_in_the_month_before() -> None:
    assert trend.before(date(2024, 3, 31), 1) == date(2024, 2, 29)
    assert trend.before(date(2024, 2, 29), 12) == date(2023, 2, 28)
    assert trend.before(date(2024, 1, 15), 1) == date(2023, 12, 15)


# --- against targets --------------------------------------------------------------------------------------------------


def patch(code: str, reached: date | None, unit: str | None = TOWN, area: int | None = 2000) -> Row:
    records = [("restored", reached, "approved", False)] if reached else []
    return Row("farmland_patch", code, unit, area, date(2023, 1, 1), None, deleted=False, records=records)


def target(connection: Connection, unit: str, value: float, ends_on: date = date(2024, 12, 31)) -> None:
    connection.execute(
        "INSERT INTO target (layer, measure, milestone, org_unit, starts_on, ends_on, value, origin)"
        " VALUES ('farmland_patch', 'registered_area', 'restored', %s, '2024-01-01', %s, %s * 2000.0 / 3, 'test')",
        [unit, ends_on, value],
    )


def cells(connection: Connection, as_of: date, who: Viewer = EVERYBODY) -> dict[tuple[str | None, str], Any]:
    told = completion(connection, who, as_of=as_of)
    return {(cell["org_unit"], cell["layer"]): cell for cell in [*told["whole"], *told["cells"]]}


def test_a_cell_says_how_it_stands_to_its_target(placed: Database) -> None:
    with placed.session() as connection:
        stored(connection, [
            patch("before", date(2023, 6, 1)), patch("early", date(2024, 2, 1)), patch("late", date(2024, 9, 1)),
            patch("open", None), patch("elsewhere", date(2024, 3, 1), OTHER), patch("unstated", None, None, area=None),
        ])  # fmt: skip
        target(connection, TOWN, 6)
        target(connection, COUNTY, 9)

        def of(unit: str | None, day: date) -> tuple[Any, ...]:
            cell = cells(connection, day)[unit, "farmland_patch"]
            return cell["state"], cell["numerator"], cell["denominator"], cell["population"]

        assert of(TOWN, date(2023, 12, 31)) == ("no_target", 3, 12, 12)
        assert of(TOWN, date(2024, 2, 1)) == ("on_course", 3, 6, 12)
        assert of(TOWN, date(2024, 8, 1)) == ("behind", 3, 6, 12)
        assert of(TOWN, date(2024, 9, 1)) == ("met", 6, 6, 12)
        assert of(COUNTY, date(2024, 12, 31)) == ("met", 9, 9, 15)
        assert of(OTHER, date(2024, 6, 1))[:3] == ("no_task", 3, None)
        assert of("511132102", date(2024, 6, 1)) == ("no_data", 0, None, 0)
        assert of(None, date(2024, 6, 1))[0] == "no_task"
        assert cells(connection, date(2024, 7, 1))[TOWN, "farmland_patch"]["expected"] == pytest.approx(6 * 183 / 366)
        connection.execute("DELETE FROM target")
        assert of(None, date(2024, 6, 1)) == ("not_stated", 0, None, 0)
        assert of(OTHER, date(2024, 6, 1)) == ("no_target", 3, 3, 3)
        target(connection, TOWN, 9)
        assert of(TOWN, date(2025, 1, 1)) == ("missed", 6, 9, 12)
        connection.execute("UPDATE target SET value = 6.004 * 2000 / 3")
        assert of(TOWN, date(2025, 1, 1))[0] == "met", "targets are stated to hundredths"
        connection.rollback()


def test_the_target_line_is_what_has_to_be_completed_by_the_end(placed: Database) -> None:
    with placed.session() as connection:
        stored(connection, [patch("before", date(2023, 6, 1)), patch("in", date(2024, 2, 1))])
        target(connection, COUNTY, 6)
        told = trend.trend(
            connection, as_of=date(2025, 2, 15), codes=["farmland_patch"], layer="farmland_patch", months=15
        )  # fmt: skip
        level = dict(zip(told["months"], told["target"], strict=True))
        assert level["2023-12"] is None
        assert level["2024-01"] == level["2024-12"] == 9
        assert level["2025-01"] is None
        assert told["unit"] == "mu"
        connection.rollback()


def test_a_cursor_that_no_page_gave_is_refused() -> None:
    assert Cursor.read(str(Cursor(None, "甲", "乙/\u2028"))) == Cursor(None, "甲", "乙/\u2028")
    assert Cursor.read(str(Cursor(date(2024, 1, 1), "a", "b"))).due_on == date(2024, 1, 1)
    for written in ("", "x", "é", "W10", "WzEsMiwzXQ", "bnVsbA", str(Cursor(None, "a", "\x00"))):
        with pytest.raises(BadValue, match="cursor"):
            Cursor.read(written)
