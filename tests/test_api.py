"""The HTTP API: what it answers, what it refuses, what it tells about itself, and how little it asks for that."""

import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import psycopg
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from openpyxl import load_workbook
from people import client_of
from pydantic import BaseModel
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

from api import claims_models, import_models, models, money_models, progress_models
from api.app import create_app, fold_once
from api.errors import MEDIA_TYPE, STATUS, TITLES
from geo.database import Database
from geo.layer import is_private, label_of
from geo.layers import layers
from geo.settings import Settings, settings

COUNTY, TOWN = "511132", "511132100"
DAY = "2024-12-31"
FUZZ = hypothesis_settings(
    max_examples=25,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def client(demo: Database) -> Iterator[TestClient]:
    """The API over the demonstration."""
    with client_of(demo) as client:
        yield client


def asked(client: TestClient, address: str, **options: Any) -> Any:
    answer = client.get(address, **options)
    assert answer.status_code == 200, (address, answer.text)
    return answer.json()


# --- answers are what they say they are -------------------------------------------------------------------------------

ANSWERS: dict[str, type[BaseModel]] = {
    "/api/layers": models.Layers,
    "/api/org-units?level=township": models.OrgUnits,
    "/api/org-units?level=village&geometry=false": models.OrgUnits,
    f"/api/org-units?parent={TOWN}": models.OrgUnits,
    f"/api/progress?as_of={DAY}": models.Progress,
    f"/api/progress?as_of={DAY}&by=village&org_unit={TOWN}&layer=farmland_patch&measure=patches": models.Progress,
    "/api/progress?as_of=1950-01-01": models.Progress,
    f"/api/progress/series?layer=farmland_patch&as_of={DAY}": models.Series,
    "/api/progress/series?layer=permanent_farmland": models.Series,
    "/api/progress/series?layer=hazard_point&org_unit=outside": models.Series,
    f"/api/progress/activities?as_of={DAY}": models.ActivityProgress,
    "/api/progress/outside": models.Outside,
    f"/api/progress/completion?as_of={DAY}": progress_models.Completion,
    f"/api/progress/completion?as_of={DAY}&layer=farmland_patch&org_unit={TOWN}": progress_models.Completion,
    "/api/progress/completion?as_of=1950-01-01&org_unit=outside": progress_models.Completion,
    "/api/progress/completion?org_unit=511132100001": progress_models.Completion,
    f"/api/progress/trend?as_of={DAY}": progress_models.Trend,
    f"/api/progress/trend?as_of={DAY}&layer=farmland_patch&measure=patches&months=3": progress_models.Trend,
    "/api/progress/trend?as_of=1949-10-01&layer=permanent_farmland": progress_models.Trend,
    f"/api/progress/delays?as_of={DAY}": progress_models.Delays,
    "/api/progress/delays?as_of=1950-01-01&org_unit=outside": progress_models.Delays,
    f"/api/records?as_of={DAY}&status=overdue&limit=3": progress_models.Records,
    "/api/records?layer=permanent_farmland&status=accepted": progress_models.Records,
    "/api/records?as_of=1950-01-01&completing=true&since=1949-12-01": progress_models.Records,
    "/api/targets": progress_models.Targets,
    f"/api/targets?layer=farmland_patch&org_unit={TOWN}": progress_models.Targets,
    f"/api/features?as_of={DAY}&limit=50": models.Features,
    f"/api/features?layer=permanent_farmland&org_unit={TOWN}": models.Features,
    "/api/features?org_unit=outside": models.Features,
    "/api/activities": models.Activities,
    f"/api/money?as_of={DAY}": money_models.Money,
    f"/api/money?as_of={DAY}&year=2024&fund_source=treasury_bond": money_models.Money,
    f"/api/money?as_of={DAY}&org_unit={TOWN}": money_models.Money,
    f"/api/money?as_of={DAY}&org_unit=outside&layer=hazard_point": money_models.Money,
    "/api/money?as_of=1950-01-01&activity=nix": money_models.Money,
    f"/api/money/series?as_of={DAY}": money_models.MoneySeries,
    f"/api/money/series?as_of={DAY}&year=2024&org_unit={TOWN}": money_models.MoneySeries,
    f"/api/money/units?as_of={DAY}&layer=hazard_point": money_models.MoneyUnits,
    f"/api/money/series?as_of={DAY}&layer=hazard_point&activity=2024-09": money_models.MoneySeries,
    f"/api/transactions?as_of={DAY}&limit=3": money_models.Transactions,
    "/api/transactions?unallocated=true&kind=expenditure&year=2024": money_models.Transactions,
    "/api/transactions/1": money_models.OneTransaction,
    "/api/activities/2024-09": money_models.OneActivity,
    "/api/imports?limit=2": import_models.Imports,
    "/api/claims": claims_models.Claims,
    f"/api/claims/records?metric=hazard.treatment_works&as_of={DAY}": claims_models.RecordsBehind,
    f"/api/claims/records?metric=ledger.expenditure.projects&as_of={DAY}": claims_models.RecordsBehind,
    "/api/claims?document=report_2024": claims_models.Claims,
    "/health": models.Health,
    "/ready": models.Ready,
}


@pytest.mark.parametrize("address", ANSWERS)
def test_an_answer_fits_its_model(client: TestClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    ANSWERS[address].model_validate_json(answer.content, strict=False)


def test_the_model_check_sees_a_member_too_many() -> None:
    with pytest.raises(ValueError, match="extra"):
        models.Outside.model_validate_json('{"rows": [], "more": 1}')


def test_every_operation_answers_as_described_whatever_it_is_asked(demo: Database) -> None:
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", create_app(demo))
    operations = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        operations += 1

        @FUZZ
        @given(case=operation.as_strategy())
        def check(case: Any) -> None:
            answer = case.call()
            assert answer.status_code < 500, answer.text
            case.validate_response(answer, checks=[status_code_conformance, content_type_conformance,
                                                   response_schema_conformance])  # fmt: skip
            if answer.status_code >= 400:
                assert answer.headers["content-type"] == ["application/problem+json"]
                models.Problem.model_validate_json(answer.content)

        check()
    assert operations >= 11


def test_the_description_is_in_both_languages_and_names_no_private_column(client: TestClient) -> None:
    described = asked(client, "/api/openapi.json")
    for path, operations in described["paths"].items():
        for operation in operations.values():
            asked_for = [each["description"] for each in operation.get("parameters", []) if each["in"] == "query"]
            for text in [operation["summary"], operation["description"], *asked_for]:
                assert " / " in text, (path, text)
            refused = {status: each["content"] for status, each in operation["responses"].items() if status >= "400"}
            assert refused.keys() >= {"400", "401", "403", "404", "422", "503"}, path
            for content in refused.values():
                assert content == {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}, path
    assert client.get("/docs").status_code == 404


# --- layers and places ------------------------------------------------------------------------------------------------


def test_layers_come_with_their_counts_and_without_private_columns(client: TestClient) -> None:
    answer = asked(client, "/api/layers")["layers"]
    assert [each["code"] for each in answer] == list(layers())
    for each in answer:
        declared = layers()[each["code"]]
        names = {column["name"] for column in each["columns"]}
        assert not names & set(declared.private)
        assert set(declared.public) <= names
        assert each["features"] > 0
        assert sum(measure["counts"] for measure in each["measures"]) >= 1
    hazard = next(each for each in answer if each["code"] == "hazard_point")
    assert hazard["features"] == 128
    kind = next(column for column in hazard["columns"] if column["name"] == "kind")
    assert kind["codes"][1] == {"code": "01", "label": {"zh": "滑坡", "en": "Landslide"}}


def test_townships_are_geojson_with_labels_inside_them(client: TestClient) -> None:
    import shapely

    found = asked(client, "/api/org-units?level=township&geometry=true")["features"]
    assert len(found) == 13
    for each in found:
        place = shapely.Point(each["properties"]["label_point"])
        assert shapely.from_geojson(json.dumps(each["geometry"])).contains(place)
        assert each["properties"]["illustrative"] is True
        assert each["properties"]["parent"] == COUNTY


# --- features ---------------------------------------------------------------------------------------------------------


def pages(client: TestClient, address: str) -> list[dict[str, Any]]:
    """Every feature, page after page, and each page says how many there are."""
    features: list[dict[str, Any]] = []
    following: str | None = address
    matched = None
    while following:
        page = asked(client, following)
        assert page["number_matched"] == (matched := matched or page["number_matched"])
        features += page["features"]
        following = page["next"]
    assert len(features) == matched
    return features


@pytest.mark.parametrize(
    "who",
    [
        {"name": "number-all"},
        {"name": "number-town", "grants": (("officer", TOWN),)},
        {"name": "number-layer", "grants": (("planner", None),), "layers": ["hazard_point"]},
    ],
    ids=["all", "a township", "a layer"],
)
def test_the_number_of_features_is_that_of_those_that_one_may_see(demo: Database, who: dict[str, Any]) -> None:
    with client_of(demo, who=who) as client:
        for narrowed in ("", "layer=hazard_point", "layer=hazard_point&status=overdue", "status=completed",
                         f"layer=hazard_point&org_unit={TOWN}", "layer=relocation_household"):  # fmt: skip
            pages(client, f"/api/features?limit=1000&as_of={DAY}&{narrowed}")
        assert pages(client, f"/api/features?layer=hazard_point&as_of={DAY}")
        for each in asked(client, "/api/layers")["layers"]:
            last = asked(client, f"/api/features?layer={each['code']}&as_of=2099-12-31&limit=1")
            assert each["features"] == last["number_matched"], each["code"]


def test_pages_hold_every_feature_once_and_in_order(client: TestClient) -> None:
    address = f"/api/features?org_unit={TOWN}&as_of={DAY}&limit="
    whole = pages(client, f"{address}1000")
    small = pages(client, f"{address}97")
    assert [each["id"] for each in whole] == [each["id"] for each in small]
    keys = [(each["properties"]["layer"], each["properties"]["code"]) for each in whole]
    assert keys == sorted(set(keys))
    assert len({layer for layer, _ in keys}) > 8


@pytest.mark.parametrize("status", ["not_started", "under_way", "completed", "accepted", "overdue"])
def test_a_list_by_status_is_as_long_as_progress_says(client: TestClient, status: str) -> None:
    for layer, day in (("farmland_patch", "2024-12-05"), ("relocation_household", "2024-03-01")):
        rows = asked(client, f"/api/progress?as_of={day}&org_unit={TOWN}&by=self&layer={layer}")["rows"]
        counting = next(each.code for each in layers()[layer].measures if each.source == "count")
        expected = next(row for row in rows if row["measure"] == counting)["status"][status]
        found = pages(client, f"/api/features?layer={layer}&org_unit={TOWN}&as_of={day}&status={status}")
        assert len(found) == expected
        assert {each["properties"]["status"] for each in found} <= {status}


def test_filters_by_milestone_text_and_box(client: TestClient) -> None:
    paid = pages(client, f"/api/features?layer=relocation_household&milestone=paid&as_of={DAY}")
    rows = asked(client, f"/api/progress?as_of={DAY}&by=self&layer=relocation_household&measure=households")["rows"]
    assert len(paid) == rows[0]["milestones"]["paid"]
    found = pages(client, f"/api/features?q=%E5%8F%8C%E6%B2%B3%E6%9D%91&as_of={DAY}")
    assert found
    assert all("双河村" in each["properties"]["name"] for each in found)
    for wild in ("%25", "_", "\\"):
        assert asked(client, f"/api/features?q={wild}")["number_matched"] == 0
    code = found[0]["properties"]["code"].lower()
    assert any(each["properties"]["code"].lower() == code for each in pages(client, f"/api/features?q={code}"))
    x, y = found[0]["geometry"]["coordinates"]
    near = pages(client, f"/api/features?bbox={x - 1e-4},{y - 1e-4},{x + 1e-4},{y + 1e-4}&layer=hazard_point")
    assert found[0]["id"] in {each["id"] for each in near}


def test_as_of_an_early_day_there_is_little(client: TestClient) -> None:
    early, late = (asked(client, f"/api/features?as_of={day}")["number_matched"] for day in ("2015-01-01", DAY))
    assert 0 < early < late


def test_one_feature_tells_its_history_and_nothing_personal(fresh: Any) -> None:
    database = fresh("placed")
    with database.session() as connection:
        (feature,) = connection.execute(
            "INSERT INTO feature (layer, code, name, org_unit, geom, attributes) VALUES"
            " ('hazard_point', 'A', 'old', '511132100', st_setsrid(st_makepoint(103.2, 29.2), 4490),"
            ' \'{"kind": "01"}\') RETURNING id'
        ).fetchone()
        connection.execute(
            "INSERT INTO feature_private VALUES ('hazard_point', %s, '{\"monitor\": \"张三\"}')", [feature]
        )
        connection.execute(
            'UPDATE feature SET name = \'new\', attributes = \'{"kind": "02", "trigger": "rain"}\' WHERE code = \'A\''
        )
        connection.execute(
            "INSERT INTO milestone (layer, feature, milestone, reached_on, state, revoked_at, revoked_by) VALUES"
            " ('hazard_point', %(id)s, 'works_started', '2024-01-01', 'approved', now(), 'x'),"
            " ('hazard_point', %(id)s, 'works_started', '2024-02-01', 'approved', NULL, NULL),"
            " ('hazard_point', %(id)s, 'works_completed', '2024-05-01', 'pending', NULL, NULL)", {"id": feature},
        )  # fmt: skip
    with client_of(database) as client:
        answer = client.get(f"/api/features/{feature}?as_of={DAY}")
        models.OneFeature.model_validate_json(answer.content)
        told = answer.json()["properties"]
        assert "张三" not in answer.text
        assert (told["status"], told["milestone"], told["reached_on"]) == ("under_way", "works_started", "2024-02-01")
        assert [each["state"] for each in told["milestones"]] == ["revoked", "approved", "pending"]
        newest, first = told["versions"]
        assert first["changes"] == []
        assert {each["column"]: (each["before"], each["after"]) for each in newest["changes"]} == {
            "name": ("old", "new"), "kind": ("01", "02"), "trigger": (None, "rain"),
        }  # fmt: skip
        assert newest["geometry_changed"] is False
        assert client.get(f"/api/features/{feature}?as_of=1990-01-01").json()["properties"]["milestone"] is None


def test_nothing_personal_leaves_by_any_address(fresh: Any) -> None:
    database = fresh("placed")
    with database.session() as connection:
        for layer in layers().values():
            (feature,) = connection.execute(
                "INSERT INTO feature (layer, code, org_unit) VALUES (%s, 'A', '511132100') RETURNING id", [layer.code]
            ).fetchone()
            connection.execute(
                'INSERT INTO feature_private VALUES (%s, %s, \'{"x": "SECRET"}\')', [layer.code, feature]
            )
        problem = {"row": 1, "column": "身份证号", "value": "SECRET", "code": "value", "severity": "error",
                   "text": {"zh": "a", "en": "b"}}  # fmt: skip
        connection.execute(
            "INSERT INTO import (file, sha256, imported_by, report) VALUES ('f', '', 't', %s)",
            [json.dumps({"problems": [problem], "counts": {"value": 1}})],
        )
    with client_of(database) as client:
        for address in [*ANSWERS, "/", "/api/features?limit=1000"]:
            assert "SECRET" not in client.get(address).text, address
        for each in asked(client, "/api/features")["features"]:
            assert "SECRET" not in client.get(f"/api/features/{each['id']}").text
    private = [label_of(info) for layer in layers().values() for info in layer.columns.values() if is_private(info)]
    assert private


# --- money, imports ---------------------------------------------------------------------------------------------------


def test_the_ledger_is_the_report_s(client: TestClient) -> None:
    told = asked(client, "/api/activities")
    paid = {each["code"]: each["paid"] for each in told["fund_sources"]}
    assert paid["bond_county_match"] == 18_808_020.00
    assert paid["treasury_bond"] == 164_259_300.00
    assert sum(each["carried_over"] for each in told["fund_sources"]) == 11_134_200.00
    names = [each["name"]["zh"] for each in told["activities"]]
    assert len(names) == len(set(names)) == 18
    moving = next(each for each in told["activities"] if each["name"]["zh"] == "地质灾害避险搬迁")
    assert {each["code"] for each in moving["fund_sources"]} == {"treasury_bond", "bond_county_match"}
    assert moving["features"] == {"relocation_household": 1101}


def test_the_money_of_the_demonstration_has_a_place_or_says_that_it_has_none(client: TestClient) -> None:
    told = asked(client, f"/api/money?as_of={DAY}")
    total = told["total"]
    assert told["illustrative"] is True
    assert (total["spent"], total["carried_over"]) == (245_102_020.00, 11_134_200.00)
    assert total["allocated"] == 164_259_300.00 + 843_500.00
    assert round(sum(row["spent"] for row in told["townships"]), 2) == total["spent"]
    bond = next(row for row in told["channels"] if row["code"] == "treasury_bond")
    assert (bond["spent"], bond["unallocated"], bond["activities"]) == (164_259_300.00, 0, 3)
    invented = [row for row in told["activities"] if row["illustrative"]]
    assert round(sum(row["spent"] for row in invented), 2) == bond["spent"]
    units = asked(client, f"/api/money/units?as_of={DAY}")["rows"]
    assert round(sum(row["spent"] for row in units), 2) == total["allocated"]
    series = asked(client, f"/api/money/series?as_of={DAY}")
    assert round(sum(row["values"][-1] for row in series["rows"]), 2) == total["spent"]
    assert {row["code"] for row in told["outcomes"]} == {"household_moved", "land_restored", "person_protected"}
    assert asked(client, "/api/money?as_of=2024-12-30")["total"]["spent"] == 0


def test_a_feature_tells_what_it_received(client: TestClient) -> None:
    page = asked(client, f"/api/features?layer=relocation_household&limit=3&as_of={DAY}")
    for each in page["features"]:
        one = asked(client, f"/api/features/{each['id']}?as_of={DAY}")["properties"]
        assert each["properties"]["received"] == one["received"] == sum(row["amount"] for row in one["money"]) > 0
        assert {row["basis"] for row in one["money"]} == {"by_people"}
        before = asked(client, f"/api/features/{each['id']}?as_of=2024-06-30")["properties"]
        assert (before["received"], before["money"]) == (0, []), "linked, and nothing had come"
    patch = asked(client, f"/api/features?layer=farmland_patch&limit=1&as_of={DAY}")["features"][0]["properties"]
    assert patch["received"] is None, "no activity is for it"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_workbook_of_the_money_states_day_filter_and_source(client: TestClient, language: str) -> None:
    answer = client.get(f"/api/money.xlsx?as_of={DAY}&fund_source=treasury_bond&lang={language}")
    assert answer.status_code == 200
    book = load_workbook(io.BytesIO(answer.content))
    assert len(book.worksheets) == 9
    for page in book.worksheets:
        said = [str(page.cell(line, 1).value) for line in range(1, 5)]
        assert DAY in said[0]
        assert "treasury_bond" in said[1]
        assert "shanhe" in said[2] or "山河" in said[2]
        assert language != "en" or page.title.isascii()
    assert client.get("/api/money.xlsx?activity=%05x").status_code == 200
    channels = book.worksheets[0]
    assert channels["D6"].value == 172_660_000
    assert channels["D6"].number_format == "#,##0.00"


def test_imports_are_listed_newest_first_page_after_page(client: TestClient) -> None:
    seen: list[int] = []
    address: str | None = "/api/imports?limit=4"
    while address:
        page = asked(client, address)
        seen += [each["id"] for each in page["imports"]]
        address = page["next"]
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == len(layers())


# --- errors -----------------------------------------------------------------------------------------------------------

REFUSED = {
    "/api/features?layer=nix": 404,
    "/api/features?org_unit=999999": 404,
    "/api/features?limit=0": 422,
    "/api/features?limit=1001": 422,
    "/api/features?as_of=gestern": 422,
    "/api/features?as_of=9999-12-31": 422,
    "/api/features?status=fertig": 422,
    "/api/features?cursor=!!": 422,
    "/api/features?cursor=AAAA": 422,
    "/api/features?bbox=1,2,3": 422,
    "/api/features?bbox=1,2,..,4": 422,
    "/api/features?bbox=104,30,103,29": 422,
    "/api/features?q=%00": 422,
    "/api/features/nix": 422,
    "/api/features/00000000-0000-4000-8000-000000000000": 404,
    "/api/money?year=0": 422,
    "/api/money?org_unit=999999": 404,
    "/api/money.xlsx?layer=nix": 404,
    "/api/ledger.txt": 422,
    "/api/progress?by=county": 422,
    "/api/progress?measure=patches": 422,
    "/api/progress?layer=farmland_patch&measure=nix": 422,
    "/api/progress/series": 422,
    "/api/org-units?parent=999999": 404,
    "/api/imports?before=0": 422,
    "/api/nix": 404,
    "/static/nix.js": 404,
    "/static/..%2f..%2fpage.py": 404,
}


@pytest.mark.parametrize("address", REFUSED)
def test_a_refusal_is_a_problem_document_in_both_languages(client: TestClient, address: str) -> None:
    for language in ("zh", "en"):
        answer = client.get(address, headers={"Accept-Language": language})
        assert answer.status_code == REFUSED[address]
        assert answer.headers["content-type"] == "application/problem+json"
        told = models.Problem.model_validate_json(answer.content)
        assert told.status == answer.status_code
        assert told.detail == (told.detail_zh if language == "zh" else told.detail_en)
        assert told.detail_zh != told.detail_en
        assert "Traceback" not in answer.text
        assert "SELECT" not in answer.text


def test_other_methods_are_refused_with_what_is_allowed(client: TestClient) -> None:
    answer = client.post("/api/layers")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert models.Problem.model_validate_json(answer.content).code == "method_not_allowed"


def test_a_reader_gets_a_page_instead(client: TestClient) -> None:
    answer = client.get("/nix", headers={"Accept": "text/html", "Accept-Language": "en"})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'self'" in answer.headers["content-security-policy"]


def test_a_database_that_is_away_is_503_and_health_still_answers() -> None:
    gone = Settings(database="postgresql://nobody@127.0.0.1:1/x?connect_timeout=1")  # pyright: ignore
    with Database(gone) as database, TestClient(create_app(database)) as client:
        assert client.get("/health").status_code == 200
        answer = client.get("/ready")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert models.Problem.model_validate_json(answer.content).code == "database_unavailable"


def test_a_query_that_takes_too_long_is_503(demo: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    from api.routes import activities

    def slow(connection: Any) -> str:
        connection.execute("SET LOCAL statement_timeout = 20")
        connection.execute("SELECT pg_sleep(5)")
        return ""

    monkeypatch.setattr(activities.ledger, "activities", slow)
    with client_of(demo) as client:
        answer = client.get("/api/activities")
    assert answer.status_code == 503
    assert models.Problem.model_validate_json(answer.content).code == "too_slow"


def test_a_fault_of_the_program_tells_nothing_of_it(demo: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    from api.routes import activities

    def broken(connection: Any) -> str:
        connection.execute("SELECT secret FROM nowhere")
        return ""

    monkeypatch.setattr(activities.ledger, "activities", broken)
    with client_of(demo, raise_server_exceptions=False) as client:
        answer = client.get("/api/activities")
    assert answer.status_code == 500
    assert "nowhere" not in answer.text
    assert models.Problem.model_validate_json(answer.content).code == "internal"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_every_status_of_the_table_has_a_title() -> None:
    assert set(STATUS.values()) <= set(TITLES)


# --- headers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address", ["/", "/api/layers", f"/api/progress?as_of={DAY}", "/api/org-units", "/api/openapi.json"]
)
def test_an_answer_is_not_sent_twice(client: TestClient, address: str) -> None:
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert client.get(address, headers={"If-None-Match": 'W/"other"'}).status_code == 200
    assert first.headers["cache-control"] == ("no-cache" if "openapi" in address else "private, no-cache")


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_answers_are_compressed(client: TestClient, encoding: str) -> None:
    with client.stream("GET", "/api/layers", headers={"Accept-Encoding": encoding}) as answer:
        assert answer.headers["content-encoding"] == encoding
        assert len(b"".join(answer.iter_raw())) < 12_000


def test_every_answer_is_guarded(client: TestClient) -> None:
    for address in ("/", "/api/layers", "/nix", "/api/nix", "/health"):
        answer = client.get(address)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["referrer-policy"] == "same-origin"
    assert client.get("/api/layers").headers["content-security-policy"].startswith("default-src 'none'")
    assert client.get("/").headers["content-security-policy"].startswith("default-src 'self'")


def test_files_are_kept_for_ever_only_by_the_hash_of_their_content(client: TestClient) -> None:
    from web.page import asset

    current = client.get(asset("app/map.css"))
    assert current.status_code == 200
    assert "immutable" in current.headers["cache-control"]
    for stale in ("/static/app/map.css", "/static/app/map.css?v=000000000000"):
        assert client.get(stale).headers["cache-control"] == "no-cache"


# --- the page ---------------------------------------------------------------------------------------------------------


def test_the_page_speaks_the_language_asked_for(client: TestClient) -> None:
    for options, wanted in (
        ({"headers": {"Accept-Language": "en-GB,zh;q=0.5"}}, 'lang="en"'),
        ({"headers": {"Accept-Language": "fr, zh-CN;q=0.8, en;q=0.2"}}, 'lang="zh-CN"'),
        ({"params": {"lang": "en"}, "headers": {"Accept-Language": "zh"}}, 'lang="en"'),
        ({"headers": {"Accept-Language": "fr"}}, 'lang="zh-CN"'),
    ):
        assert wanted in client.get("/", **options).text[:200]  # pyright: ignore


def test_a_database_without_townships_says_what_to_do(database: Database) -> None:
    with client_of(database) as client:
        answer = client.get("/")
        assert answer.status_code == 200
        assert settings().county in answer.text
        assert asked(client, "/api/progress")["rows"] == []
        assert asked(client, "/api/features")["number_matched"] == 0


# --- how little is asked ----------------------------------------------------------------------------------------------

STATEMENTS = {
    "/health": 0,
    "/api/layers": 2,
    "/api/org-units": 1,
    f"/api/progress?as_of={DAY}": 1,
    f"/api/progress?as_of={DAY}&org_unit={TOWN}": 2,
    "/api/progress/series?layer=farmland_patch": 1,
    "/api/progress/activities": 1,
    "/api/progress/outside": 1,
    "/api/features?layer=farmland_patch": 1,
    "/api/activities": 1,
    f"/api/money?as_of={DAY}": 6,
    f"/api/money?as_of={DAY}&org_unit={TOWN}": 7,
    f"/api/money/series?as_of={DAY}": 2,
    f"/api/money/units?as_of={DAY}": 1,
    f"/api/money.xlsx?as_of={DAY}": 8,
    "/api/ledger.csv": 2,
    "/api/imports": 1,
    "/api/claims": 5,
    "/": 8,
}


@pytest.mark.parametrize("address", STATEMENTS)
def test_an_answer_takes_so_many_statements(client: TestClient, recorder: Any, address: str) -> None:
    assert client.get(address).status_code == 200
    entered = "SELECT viewer_enter"  # each connection begins by that
    asked_of_it = [each for each in recorder.statements if each.strip() and not each.startswith(entered)]
    assert len(asked_of_it) == STATEMENTS[address], asked_of_it


def test_many_ask_at_once(client: TestClient) -> None:
    addresses = [f"/api/progress?as_of={date(2024, month, 1)}" for month in range(1, 13)] * 4
    with ThreadPoolExecutor(12) as askers:
        answers = list(askers.map(client.get, addresses))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 12


def test_changes_are_folded_and_their_space_is_freed(fresh: Any) -> None:
    database = fresh("placed")
    with database.session() as connection:
        connection.execute("INSERT INTO feature (layer, code, org_unit) VALUES ('hazard_point', 'A', %s)", [TOWN])
    with client_of(database) as client:
        before = asked(client, "/api/progress")
        assert before["rows"]
        assert fold_once(database) > 0
        assert fold_once(database) == 0
        assert asked(client, "/api/progress") == before
    with psycopg.connect(database.dsn) as connection:
        assert connection.execute("SELECT pg_relation_size('progress_delta')").fetchone() == (0,)
