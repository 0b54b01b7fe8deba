"""Claims: each rule on figures made for it, rounding for every figure there is, and the shipped report as a whole."""

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_demo import CLAIMS

from geo.claims.behind import SHOWN, opened
from geo.claims.book import Book
from geo.claims.catalogue import known, metrics
from geo.claims.check import check, judge
from geo.claims.claim import Claim, Document, claim_of, claims, read, store
from geo.claims.metric import Metric
from geo.claims.qualifier import WORDS, qualifiers
from geo.claims.records import Recorded, Wanted
from geo.claims.rules import findings, rules
from geo.claims.rules.record import compared
from geo.claims.span import Span, truncates
from geo.database import Database
from geo.demo_load import load_demo
from geo.errors import BadValue, FileUnreadable, NotFound
from geo.settings import SHIPPED

EXPECTED = Path(__file__).parent / "files" / "claims_2024_findings.json"
MADE = Document("made", "Made for the test", 2030)
NUMBER = iter(range(1, 10_000))


def claim(metric: str, value: str, unit: str = "户", kind: str = "actual", as_of: str = "", scope: str = "") -> Claim:
    system, _, name = metric.partition(":")
    told = {"id": f"T{next(NUMBER)}", "section": "1", "system": system, "metric": name, "value": value, "unit": unit}
    return claim_of(told | {"kind": kind, "as_of": as_of, "scope": scope}, MADE)


def found(*stated: Claim, records: dict[Wanted, Recorded] | None = None) -> set[tuple[str, int]]:
    """Rule and place in ``stated`` of everything found."""
    book = Book(stated, records or {}, {})
    places = {each.id: place for place, each in enumerate(stated)}
    return {(finding.rule, places[finding.claim.id]) for finding in findings(book)}


ALL, GONE, OK = "relocation:households", "relocation:households_demolished", "relocation:households_accepted"
AUTO = "hazard:points_with_automatic_monitoring"
RATE = "relocation:households_demolished / households"
DAY = "2030-06-30"


def rate_of(value: str, below: str = "80", scope: str = "") -> tuple[Claim, ...]:
    return (
        claim(GONE, "60", as_of=DAY), claim(ALL, below, kind="target", as_of=DAY),
        claim(RATE, value, "%", "rate", DAY, scope),
    )  # fmt: skip


# rule: (what contradicts and where, what is consistent)
EXAMPLES: dict[str, list[tuple[tuple[Claim, ...], int | None]]] = {
    "rate_differs": [
        (rate_of("74"), 2), (rate_of("75"), None), (rate_of("75.00"), None), (rate_of("70", scope="at least"), None),
        (rate_of("80", scope="at least"), 2), (rate_of("66.6", below="90"), 2), (rate_of("66.7", below="90"), None),
    ],
    "rate_undated": [
        ((*rate_of("75")[:2], claim(RATE, "99", "%", "rate")), 2),
        ((*rate_of("75")[:2], claim(RATE, "75", "%", "rate")), None),
    ],
    "denominator_missing": [
        ((claim(GONE, "33", as_of=DAY), claim(RATE, "41", "%", "rate", DAY)), 1),
        ((claim(ALL, "33", as_of=DAY), claim(RATE, "33", "%", "rate", DAY)), None),
        ((claim("mining:restoration_fund_paid_in growth on 2029", "3.5", "%", "rate", DAY),), None),
        ((claim("field_patrol:patrol_rate", "200", "%", "rate"),), 0),
    ],
    "no_integer": [
        ((claim(ALL, "55", kind="target", as_of=DAY), claim(RATE, "63", "%", "rate", DAY)), 1),
        ((claim(ALL, "55", kind="target", as_of=DAY), claim(RATE, "64", "%", "rate", DAY)), None),
        ((claim(ALL, "7", kind="target", as_of=DAY), claim(RATE, "50.0", "%", "rate", DAY)), 1),
        ((claim(ALL, "1101", kind="target", as_of=DAY), claim(RATE, "63", "%", "rate", DAY)), None),
    ],
    "parts_sum": [
        ((claim("x:a", "10", as_of=DAY), claim("x:a.b", "4", as_of=DAY), claim("x:a.c", "5", as_of=DAY)), 0),
        ((claim("x:a", "10", as_of=DAY), claim("x:a.b", "4", as_of=DAY), claim("x:a.c", "6", as_of=DAY)), None),
        ((claim("x:a", "1.0", "亩"), claim("x:a.b", "0.33", "亩"), claim("x:a.c", "0.71", "亩")), None),
        ((claim("x:a", "10", as_of=DAY), claim("x:a.b", "4", as_of=DAY)), None),
    ],
    "scope_sum": [
        ((claim("x:a", "16", scope="13 offices + 4 centres"),), 0),
        ((claim("x:a", "16", scope="13 offices + 3 centres"),), None),
        ((claim("x:a", "16", scope="offices + centres"),), None),
    ],
    "part_larger": [
        ((claim(ALL, "10", as_of=DAY), claim(GONE, "11", as_of=DAY)), 1),
        ((claim(ALL, "10", as_of=DAY), claim(GONE, "10", as_of=DAY)), None),
        (
            (claim(ALL, "10", as_of=DAY), claim(GONE, "4", as_of=DAY),
             claim(GONE, "7", kind="forecast", as_of="2030-12-31", scope="a further 7")), 2,
        ),
        (
            (claim(ALL, "10", as_of=DAY), claim(GONE, "4", as_of=DAY),
             claim(GONE, "6", kind="forecast", as_of="2030-12-31", scope="a further 6")), None,
        ),
    ],
    "rate_above_whole": [((claim(RATE, "101", "%", "rate"),), 0), ((claim(RATE, "100", "%", "rate"),), None)],
    "called_whole": [
        ((claim("hazard:points", "9"), claim(AUTO, "8", scope="the whole county")), 1),
        ((claim("hazard:points", "9"), claim(AUTO, "9", scope="the whole county")), None),
        ((claim("hazard:points", "9"), claim(AUTO, "8")), None),
    ],
    "two_values": [
        ((claim(GONE, "10", as_of=DAY), claim(GONE, "11", as_of=DAY)), 1),
        ((claim(GONE, "10", as_of=DAY), claim(GONE, "11")), 1),
        ((claim(GONE, "10", as_of=DAY), claim(GONE, "11", as_of="2030-12-31")), None),
        ((claim(GONE, "10", as_of=DAY), claim(GONE, "9", as_of="2030-12-31")), 1),
        ((claim(ALL, "9"), claim(ALL, "10"), claim(ALL, "10")), 0),
        ((claim("x:a", "10.0", "亩"), claim("x:a", "10.04", "亩")), None),
    ],
    "unit_conversion": [
        ((claim("x:a", "111.603", "公顷"), claim("x:a", "1674.054", "亩")), 1),
        ((claim("x:a", "111.603", "公顷"), claim("x:a", "1674.044", "亩")), None),
        ((claim("x:a", "1.72", "亿元"), claim("x:a", "17266", "万元")), 1),
        ((claim("x:a", "1.73", "亿元"), claim("x:a", "17266", "万元")), None),
    ],
    "not_whole": [((claim(ALL, "12.5"),), 0), ((claim(ALL, "12.0"),), None), ((claim("x:a", "12.5", "亩"),), None)],
    "forecast_as_achieved": [
        ((claim(GONE, "90", kind="forecast", as_of="2030-12-31"), claim(GONE, "90")), 1),
        ((claim(GONE, "90", kind="forecast", as_of="2030-12-31"), claim(GONE, "90", as_of="2030-12-31")), None),
        ((claim(GONE, "90", kind="forecast", as_of="2030-12-31"), claim(GONE, "80")), None),
    ],
    "target_not_stated": [
        ((claim(GONE, "90", scope="target called exceeded"),), 0),
        ((claim(GONE, "90", scope="超额完成"), claim(GONE, "80", kind="target")), None),
        ((claim(GONE, "90"),), None),
    ],
    "target_exceeded": [
        ((claim(GONE, "90"), claim(GONE, "80", kind="target")), 0),
        ((claim(GONE, "80"), claim(GONE, "80", kind="target")), None),
        ((claim(GONE, "90"), claim(GONE, "80", kind="target", scope="at least")), None),
    ],
    "completed_while_open": [
        ((claim("relocation:project_completed", "1", ""), claim(ALL, "10"), claim(OK, "9")), 0),
        ((claim("relocation:project_completed", "1", ""), claim(ALL, "10"), claim(OK, "10")), None),
        ((claim("relocation:project_completed", "1", ""),), None),
    ],
    "spent_yet_carried": [
        (
            (claim("ledger:initial_budget", "10.00", "万元"), claim("ledger:expenditure", "10.00", "万元"),
             claim("ledger:carry_over", "1.00", "万元")), 2,
        ),
        (
            (claim("ledger:initial_budget", "10.00", "万元"), claim("ledger:expenditure", "9.00", "万元"),
             claim("ledger:carry_over", "1.00", "万元")), None,
        ),
        (
            (claim("ledger:initial_budget", "10.00", "万元"), claim("ledger:expenditure", "10.00", "万元"),
             claim("ledger:carry_over", "0", "万元")), None,
        ),
    ],
}  # fmt: skip
CASES = [(rule, *case) for rule, cases in EXAMPLES.items() for case in cases]


@pytest.mark.parametrize(("rule", "stated", "place"), CASES, ids=[f"{case[0]}-{n}" for n, case in enumerate(CASES)])
def test_a_rule_finds_the_contradiction_and_spares_what_is_consistent(
    rule: str, stated: tuple[Claim, ...], place: int | None
) -> None:
    assert {where for code, where in found(*stated) if code == rule} == ({place} if place is not None else set())


def test_every_rule_has_an_example_of_both_kinds_and_says_what_it_is_about() -> None:
    assert set(rules()) == {*EXAMPLES, "records_differ", "records_cut_off"}
    for cases in EXAMPLES.values():
        assert {place is None for _, place in cases} == {True, False}
    assert all(rule.about.endswith((".", "found.")) for rule in rules().values())


def test_completion_is_also_held_against_the_records() -> None:
    done = claim("relocation:project_completed", "1", "")
    end = date(2030, 12, 31)

    def there(part: int) -> dict[Wanted, Recorded]:
        values = {"households": 10, "households_accepted": part}
        return {Wanted(f"relocation.{name}", end): Recorded(Fraction(n), n) for name, n in values.items()}

    assert found(done, records=there(9)) == {("completed_while_open", 0), ("records_differ", 0)}
    assert found(done, records=there(10)) == set()


@pytest.mark.parametrize(
    ("value", "unit", "recorded", "scope", "state"),
    [
        ("6.90", "亩", Fraction(13799, 3), "", "agrees"), ("6.9", "亩", Fraction(13799, 3), "", "agrees"),
        ("6.91", "亩", Fraction(13800, 3), "", "differs"), ("6.89", "亩", Fraction(13799, 3), "", "cut_off"),
        ("7", "亩", Fraction(12000, 3), "at least", "differs"), ("6", "亩", Fraction(13800, 3), "至少", "agrees"),
        ("7", "户", Fraction(7), "", "no_records"),
    ],
)  # fmt: skip
def test_records_are_compared_in_the_unit_and_to_the_last_printed_digit(
    value: str, unit: str, recorded: Fraction, scope: str, state: str
) -> None:
    made = claim("land_approval:rural_housing_area", value, unit, scope=scope)
    figures = {Wanted(made.terms[0], made.day): Recorded(recorded, 1)}
    assert compared(made, Book([made], figures, {})).state == state


@given(st.integers(1, 10**7), st.integers(1, 10**7), st.integers(0, 6))
def test_a_rate_that_was_rounded_is_never_a_contradiction(above: int, below: int, digits: int) -> None:
    share = Fraction(100 * min(above, below), max(above, below))
    printed = Decimal(round(share * 10**digits)).scaleb(-digits)
    stated = (
        claim(GONE, str(min(above, below)), as_of=DAY), claim(ALL, str(max(above, below)), kind="target", as_of=DAY),
        claim(RATE, f"{printed:.{digits}f}", "%", "rate", DAY),
    )  # fmt: skip
    assert found(*stated) == set()


@given(st.integers(1, 400), st.integers(1, 400), st.integers(0, 3), st.sampled_from([-2, 2]))
def test_a_rate_two_digits_off_is_always_found(above: int, below: int, digits: int, off: int) -> None:
    share = Fraction(100 * min(above, below), max(above, below))
    wrong = Decimal(round(share * 10**digits) + off).scaleb(-digits)
    if wrong < 0:
        return
    stated = (
        claim(GONE, str(min(above, below)), as_of=DAY), claim(ALL, str(max(above, below)), kind="target", as_of=DAY),
        claim(RATE, f"{wrong:.{digits}f}", "%", "rate", DAY),
    )  # fmt: skip
    assert ("rate_differs", 2) in found(*stated)


@given(st.fractions(0, 10**6), st.integers(0, 4))
def test_a_figure_means_what_is_rounded_to_it_and_cutting_off_is_told_apart(exact: Fraction, digits: int) -> None:
    rounded = Decimal(round(exact * 10**digits)).scaleb(-digits)
    cut = Decimal(int(exact * 10**digits)).scaleb(-digits)
    assert Span.printed(rounded).meets(Span.exact(exact))
    assert truncates(cut, Span.exact(exact))
    assert not truncates(cut + Decimal(1).scaleb(-digits), Span.exact(exact))


@given(st.lists(st.decimals(0, 1000, places=2), min_size=2, max_size=6))
def test_parts_that_were_rounded_sum_to_the_whole(parts: list[Decimal]) -> None:
    whole = claim("x:a", f"{sum(parts):.1f}", "万元")
    pieces = [claim(f"x:a.p{n}", f"{part:.1f}", "万元") for n, part in enumerate(parts)]
    assert ("parts_sum", 0) not in found(whole, *pieces)


def test_qualifiers_are_a_small_vocabulary() -> None:
    assert (
        qualifiers("required at least") == qualifiers("不低于") != qualifiers("denominator not stated") == frozenset()
    )
    assert all(word == word.casefold() for words in WORDS.values() for word in words)


# --- reading and keeping ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("value", "ten"), ("value", "NaN"), ("value", "-1"), ("value", "1e99"), ("unit", "斗"), ("kind", "guess"),
        ("metric", "A"), ("metric", "a / b / c"), ("metric", "a; drop"), ("system", ""), ("as_of", "2024-02-30"),
        ("id", ""), ("scope", "x" * 501),
    ],
)  # fmt: skip
def test_what_cannot_be_a_claim_is_refused_by_name(column: str, value: str) -> None:
    told = {"id": "1", "system": "x", "metric": "a", "value": "1", "unit": "户", "kind": "actual"}
    assert claim_of(told, MADE).value == 1
    with pytest.raises(BadValue):
        claim_of(told | {column: value}, MADE)


def test_a_csv_without_its_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "claims.csv"
    path.write_text("id,value\n1,2\n", "utf-8")
    with pytest.raises(FileUnreadable, match="system"):
        read(path, MADE)


def test_claims_are_kept_as_printed_and_the_same_again_changes_nothing(fresh: Any) -> None:
    database: Database = fresh("upgraded")
    stated = [claim("x:a", "6.90", "亩", scope="x"), claim("x:b", "7", "户", as_of=DAY)]
    with database.session() as connection:
        assert store(connection, MADE, stated, by="one") == 2
        assert store(connection, MADE, stated, by="two") == 0
        assert claims(connection, "made") == stated
        assert str(claims(connection)[0].value) == "6.90"
        assert store(connection, MADE, [replace(stated[0], value=Decimal("6.9"))], by="two") == 1


def test_what_was_said_of_a_claim_stays_said(fresh: Any) -> None:
    database: Database = fresh("upgraded")
    stated = [claim("x:a", "1")]
    with database.session() as connection:
        store(connection, MADE, stated, by="one")
        with pytest.raises(BadValue):
            judge(connection, "made", stated[0].id, status="accepted", note=" ", by="one")
        with pytest.raises(NotFound):
            judge(connection, "made", "nix", status="open", note="", by="one")
        judge(connection, "made", stated[0].id, status="to_correct", note="", by="one")
        judge(connection, "made", stated[0].id, status="accepted", note="counted twice", by="two")
        (checked,) = check(connection)
        assert [(n.status, n.recorded_by) for n in checked.notes] == [("accepted", "two"), ("to_correct", "one")]
        assert checked.status == "accepted"
    for change in ("UPDATE claim_note SET note = ''", "DELETE FROM claim_note"):
        with database.session() as connection, pytest.raises(psycopg.errors.RestrictViolation):
            connection.execute(change)  # pyright: ignore


def test_a_document_that_is_not_there_is_not_found(database: Database) -> None:
    with database.session() as connection, pytest.raises(NotFound):
        check(connection, "nix")


def test_the_document_lists_every_metric_and_every_rule() -> None:
    text = (Path(__file__).parent.parent / "docs" / "claims.md").read_text("utf-8")
    for metric, _ in metrics():
        assert f"`{metric.name}` {metric.label.zh}" in text
    for code, rule in rules().items():
        assert f"`{code}` {rule.label.zh}" in text
    for words in WORDS.values():
        assert all(f"`{word}`" in text for word in words)


# --- the catalogue ----------------------------------------------------------------------------------------------------


def test_every_metric_has_one_declaration_and_names_others_that_exist() -> None:
    names = [metric.name for metric, _ in metrics()]
    assert len(names) == len(set(names))
    for metric, _ in metrics():
        for other in (metric.within, metric.base):
            assert not other or other in names, metric.name


def test_a_name_holds_its_years() -> None:
    one = known("enforcement.parcels_2018_2021_rectified")
    assert one is not None
    assert one.values == {"first": "2018", "last": "2021"}
    assert one.within == "enforcement.parcels_2018_2021"
    assert known("enforcement.parcels_18_2021") is None
    assert Metric("a.{year}", one.metric.label).match("a.20300") is None


# --- the shipped report -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def checked(demo: Database) -> Iterator[dict[str, Any]]:
    with demo.session() as connection:
        yield {each.claim.id: each for each in check(connection, "report_2024")}


def test_the_report_s_contradictions_are_those_that_were_reviewed(checked: dict[str, Any]) -> None:
    now = {name: sorted(f"{f.severity} {f.rule}" for f in each.findings) for name, each in checked.items()}
    assert {name: told for name, told in now.items() if told} == json.loads(EXPECTED.read_text("utf-8"))
    assert len(checked) == 104


def test_the_records_agree_with_every_claim_that_the_demonstration_reproduces(checked: dict[str, Any]) -> None:
    for name, how in CLAIMS.items():
        assert checked[name].comparison.state == ("cut_off" if how.how == "truncated" else "agrees"), name


def test_every_figure_of_the_records_can_be_opened(checked: dict[str, Any]) -> None:
    for each in checked.values():
        if each.comparison.state != "no_records":
            assert each.links, each.claim.id
        assert each.label.zh != each.claim.terms[0], f"{each.claim.metric} has no label"


def test_the_records_behind_a_figure_come_to_what_the_records_say(demo: Database, checked: dict[str, Any]) -> None:
    addresses = {link.address for each in checked.values() for link in each.links if "/claims/records" in link.address}
    with demo.session() as connection:
        for address in addresses:
            asked = parse_qs(urlsplit(address).query)
            wanted = Wanted(asked["metric"][0], date.fromisoformat(asked["as_of"][0]), tuple(asked.get("org_unit", ())))
            found = opened(connection, wanted)
            if found.total is None:
                assert found.rows == ()
                continue
            assert len(found.rows) == min(found.total.records, SHOWN)
            different = {row.different for row in found.rows} - {None}
            listed = len(different) or sum(row.value for row in found.rows if row.value is not None)
            assert listed == found.total.value or found.total.records > SHOWN, address
    assert len(addresses) > 30


def test_what_nothing_records_cannot_be_opened(demo: Database) -> None:
    with demo.session() as connection:
        for name in ("performance.score", "nix.nix"):
            with pytest.raises(NotFound):
                opened(connection, Wanted(name, date(2024, 12, 31)))


def test_no_code_knows_a_claim_of_the_report() -> None:
    values = [
        row["value"] for row in csv.DictReader((SHIPPED / "511132/report_2024_claims.csv").open(encoding="utf-8"))
    ]
    telling = {value for value in values if len(value.replace(".", "")) > 3}
    root = Path(__file__).parent.parent / "geo" / "claims"
    for path in root.rglob("*.py"):
        text = path.read_text("utf-8")
        assert not [value for value in telling if value in text], path
        assert not any(f"C{n:03d}" in text for n in range(1, 105)), path


def test_loading_the_demonstration_again_changes_no_claim(fresh: Any) -> None:
    database = fresh("demo")
    with database.session() as connection:
        before = claims(connection)
        written = connection.execute("SELECT max(recorded_at) FROM claim").fetchone()
    load_demo(database, force=True)
    with database.session() as connection:
        assert claims(connection) == before
        assert connection.execute("SELECT max(recorded_at) FROM claim").fetchone() == written
