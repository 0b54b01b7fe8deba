"""Changing the ledger over HTTP: by whom it may be, what it takes, and with which sentence it refuses."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api import models, money_models
from api.app import create_app
from geo import ledger
from geo.database import Database
from geo.ledger_export import export_ledger
from geo.settings import SHIPPED
from geo.text import Text

TOWN = "511132100"
PAID = {"fund_source": "bond", "activity": "a", "kind": "expenditure", "value_date": "2024-05-01", "amount": "12.5",
        "unit": "wan_yuan"}  # fmt: skip
REAL = SHIPPED / "511132" / "report_2024_ledger.csv"


@pytest.fixture
def books(placed: Database) -> Database:
    with placed.session() as connection:
        from datetime import date

        ledger.add_channel(connection, "bond", Text(zh="国债", en="Bond"))
        ledger.add_activity(connection, "a", "搬迁", date(2024, 1, 1))
        connection.execute(
            "INSERT INTO feature (layer, code, org_unit, attributes) SELECT 'relocation_household', 'h' || n, %s,"
            " jsonb_build_object('people', n) FROM generate_series(1, 3) AS n", [TOWN],
        )  # fmt: skip
    return placed


@pytest.fixture
def client(books: Database) -> Iterator[TestClient]:
    with TestClient(create_app(books), client=("127.0.0.1", 5000)) as client:
        yield client


def made(client: TestClient, **other: Any) -> int:
    answer = client.post("/api/transactions", json={**PAID, **other})
    assert answer.status_code == 201, answer.text
    return money_models.Made.model_validate(answer.json()).id


def refused(answer: Any, status: int) -> models.Problem:
    assert answer.status_code == status, answer.text
    problem = models.Problem.model_validate_json(answer.content)
    assert problem.detail_zh != problem.detail_en
    return problem


def test_from_a_transaction_to_a_feature_and_back(client: TestClient, books: Database) -> None:
    number = made(client, voucher="7")
    linked = client.post("/api/activities/a/features", json={"rule": {"layer": "relocation_household"}}).json()
    assert (linked["features"], linked["added"]) == (3, 3)
    answer = client.post(f"/api/transactions/{number}/allocation", json={"basis": "by_people"})
    done = money_models.Allocated.model_validate(answer.json())
    assert (done.allocated, done.unallocated, done.features) == (125_000, 0, 3)
    told = client.get("/api/money?as_of=2024-12-31").json()
    assert (told["total"]["allocated"], told["layers"][0]["features"]) == (125_000, 3)
    less = client.put(f"/api/transactions/{number}", json={**PAID, "amount": "1", "reason": "typed wrong"})
    assert refused(less, 409).code == "entry_refused"
    more = client.put(f"/api/transactions/{number}", json={**PAID, "amount": 13, "reason": "typed wrong"})
    assert more.status_code == 204
    assert client.get("/api/money?as_of=2024-12-31").json()["total"]["unallocated"] == 5000
    assert client.delete(f"/api/activities/a/rules/{linked['rule']}").status_code == 204
    assert client.delete(f"/api/transactions/{number}?reason=double").status_code == 204
    assert client.get("/api/money").json()["total"]["spent"] == 0
    refused(client.delete(f"/api/transactions/{number}?reason=double"), 404)
    with books.session() as connection:
        kept = connection.execute("SELECT amount, recorded_by FROM transaction_version ORDER BY version").fetchall()
    assert kept == [(Decimal(125_000), "web"), (Decimal(130_000), "web")]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"unit": "亿元"}, 422), ({"amount": "-1"}, 422), ({"amount": "0"}, 422), ({"amount": "0.0000001"}, 422),
        ({"activity": "nix"}, 409), ({"fund_source": "nix"}, 409), ({"value_date": "1900-01-01"}, 422),
        ({"value_date": "2024-02-30"}, 422), ({"kind": "spent"}, 422), ({"amount": "NaN"}, 422), ({"more": 1}, 422),
        ({"note": "\u0000"}, 422), ({"note": "a\u0001"}, 422), ({"document": "a\rb"}, 422),
    ],
)  # fmt: skip
def test_a_wrong_transaction_is_refused_with_a_sentence(client: TestClient, sent: Any, status: int) -> None:
    refused(client.post("/api/transactions", json={**PAID, **sent}), status)
    assert client.get("/api/activities").json()["whole_channels"]["transactions"] == []


def test_a_voucher_is_used_once_in_a_year(client: TestClient) -> None:
    made(client, voucher="7")
    made(client, voucher="7", value_date="2025-05-01")
    assert "凭证号" in refused(client.post("/api/transactions", json={**PAID, "voucher": "7"}), 409).detail_zh


def test_allocating_is_refused_with_a_sentence(client: TestClient) -> None:
    number = made(client)
    refused(client.post(f"/api/transactions/{number}/allocation", json={"basis": "per_unit"}), 422)
    client.post("/api/activities/a/features", json={"rule": {"layer": "relocation_household"}})
    for sent in ({"basis": "direct"}, {"basis": "by_hand"}, {"basis": "by_area"}, {"basis": "per_unit", "amount": -1}):
        refused(client.post(f"/api/transactions/{number}/allocation", json=sent), 422)
    over = {"basis": "per_unit", "amount": "12.51", "unit": "wan_yuan"}
    refused(client.post(f"/api/transactions/{number}/allocation", json=over), 409)
    refused(client.post("/api/transactions/99999999999999999999/allocation", json={"basis": "direct"}), 404)
    whole = made(client, activity=None)
    refused(client.post(f"/api/transactions/{whole}/allocation", json={"basis": "per_unit"}), 422)


def test_links_by_list_and_by_hand(client: TestClient) -> None:
    listed = {"layer": "relocation_household", "codes": ["h1", "nix"]}
    told = client.post("/api/activities/a/features", json=listed).json()
    assert (told["features"], [each["value"] for each in told["problems"]]) == (1, ["nix"])
    found = client.get("/api/features?layer=relocation_household").json()["features"]
    picked = client.post("/api/activities/a/features", json={"features": [each["id"] for each in found]}).json()
    assert (picked["features"], picked["added"]) == (3, 2)
    assert client.delete(f"/api/activities/a/features/{found[0]['id']}").status_code == 204
    refused(client.delete(f"/api/activities/a/features/{found[0]['id']}"), 404)
    for sent, status in (({}, 422), ({**listed, "rule": {"layer": "relocation_household"}}, 422),
                         ({"rule": {"layer": "relocation_household", "column": "id_number", "value": "1"}}, 422),
                         ({"features": ["00000000-0000-4000-8000-000000000000"]}, 404)):  # fmt: skip
        refused(client.post("/api/activities/a/features", json=sent), status)
    refused(client.post("/api/activities/nix/features", json=listed), 404)


def test_a_ledger_is_uploaded_dry_and_then_for_good(client: TestClient, books: Database, tmp_path: Path) -> None:
    def upload(content: bytes, **parameters: Any) -> Any:
        return client.post("/api/ledger", params={"file": "report_2024_ledger.csv", **parameters}, content=content,
                           headers={"Content-Type": "application/octet-stream"})  # fmt: skip

    dry = money_models.LedgerReport.model_validate(upload(REAL.read_bytes(), dry_run=True).json())
    assert (dry.new, dry.applied) == (9, False)
    done = money_models.LedgerReport.model_validate(upload(REAL.read_bytes()).json())
    assert (done.new, done.applied) == (9, True)
    refused(upload(b"\xff\xfe"), 422)
    problem = refused(upload("渠道,金额\n彩票,1\n".encode()), 422)
    assert problem.code == "file_refused"
    assert [each["code"] for each in problem.errors or []] == ["required", "required", "unknown_channel"]
    newest = models.Import.model_validate(client.get("/api/imports").json()["imports"][0])
    assert (newest.file, newest.layer, newest.report.new) == ("report_2024_ledger.csv", None, 9)
    for ending in ("xlsx", "csv"):
        answer = client.get(f"/api/ledger.{ending}")
        again = upload(answer.content, file=f"a.{ending}").json()
        assert (again["new"], again["changed"], again["refused"]) == (0, 0, 0)
        with books.session() as connection:
            assert export_ledger(connection, tmp_path / f"b.{ending}") == again["rows"]


def test_nobody_writes_from_afar(books: Database) -> None:
    with TestClient(create_app(books), client=("10.0.0.7", 5000)) as client:
        for method, address in (("POST", "/api/transactions"), ("PUT", "/api/transactions/1"),
                                ("DELETE", "/api/transactions/1"), ("POST", "/api/transactions/1/allocation"),
                                ("POST", "/api/activities/a/features"), ("DELETE", "/api/activities/a/rules/1"),
                                ("POST", "/api/ledger?file=a.csv")):  # fmt: skip
            refused(client.request(method, address), 403)
