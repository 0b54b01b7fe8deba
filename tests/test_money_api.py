"""Changing the ledger over HTTP: by whom it may be, what it takes, and with which sentence it refuses."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from people import READER, client_of
from starlette.testclient import TestClient

from api import import_models, models, money_models
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
    with client_of(books, client=("127.0.0.1", 5000)) as client:
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
    newest = import_models.Import.model_validate(client.get("/api/imports").json()["imports"][0])
    assert (newest.file, newest.layer, newest.report.new) == ("report_2024_ledger.csv", None, 9)
    for ending in ("xlsx", "csv"):
        answer = client.get(f"/api/ledger.{ending}")
        again = upload(answer.content, file=f"a.{ending}").json()
        assert (again["new"], again["changed"], again["refused"]) == (0, 0, 0)
        with books.session() as connection:
            assert export_ledger(connection, tmp_path / f"b.{ending}") == again["rows"]


def test_who_may_only_look_writes_nothing(books: Database) -> None:
    with client_of(books, who=READER) as client:
        for method, address in (("POST", "/api/transactions"), ("PUT", "/api/transactions/1"),
                                ("DELETE", "/api/transactions/1"), ("POST", "/api/transactions/1/allocation"),
                                ("POST", "/api/activities/a/features"), ("DELETE", "/api/activities/a/rules/1"),
                                ("POST", "/api/ledger?file=a.csv")):  # fmt: skip
            refused(client.request(method, address), 403)


# --- reading ----------------------------------------------------------------------------------------------------------


def test_the_list_is_paged_newest_first_and_its_sums_are_of_everything(client: TestClient) -> None:
    numbers = [made(client, value_date=f"2024-05-{1 + day // 2:02d}", amount="1") for day in range(7)]
    seen: list[int] = []
    before = ""
    while True:
        page = money_models.Transactions.model_validate_json(client.get(f"/api/transactions?limit=3{before}").content)
        seen += [row.id for row in page.transactions]
        assert (page.matched, page.spent, page.unallocated) == (7, Decimal(70_000), Decimal(70_000))
        if not page.more:
            break
        before = f"&before={seen[-1]}"
    assert seen == sorted(numbers, reverse=True)


def test_only_what_is_not_on_the_map_yet(client: TestClient) -> None:
    client.post("/api/activities/a/features", json={"rule": {"layer": "relocation_household"}})
    whole, part = made(client), made(client)
    made(client, kind="incoming")
    client.post(f"/api/transactions/{whole}/allocation", json={"basis": "per_unit"})
    client.post(f"/api/transactions/{part}/allocation", json={"basis": "per_unit", "amount": "2.5", "unit": "wan_yuan"})
    found = client.get("/api/transactions?unallocated=true").json()
    assert [(row["id"], row["unallocated"]) for row in found["transactions"]] == [(part, 100_000)]
    one = money_models.OneTransaction.model_validate_json(client.get(f"/api/transactions/{part}").content)
    assert (one.features, one.allocated, sum(row.amount for row in one.allocations)) == (3, 25_000, 25_000)
    activity = client.get("/api/activities/a").json()
    assert activity["layers"] == {"relocation_household": 3}
    assert sum(each["received"] for each in activity["features"]) == 150_000
    refused(client.get("/api/activities/nix"), 404)
    refused(client.get("/api/transactions/0"), 404)


def test_of_two_who_correct_the_same_the_second_is_told(client: TestClient) -> None:
    number = made(client)
    first = {**PAID, "amount": "11", "reason": "发票有误", "version": 1}
    assert client.put(f"/api/transactions/{number}", json=first).status_code == 204
    problem = refused(client.put(f"/api/transactions/{number}", json={**first, "amount": "10"}), 409)
    assert problem.code == "changed_meanwhile"
    one = client.get(f"/api/transactions/{number}").json()
    assert (one["amount"], one["version"]) == (110_000, 2)
    assert [(each["amount"], each["version"]) for each in one["versions"]] == [(125_000, 1)]
    assert client.put(f"/api/transactions/{number}", json={**first, "version": 2, "amount": "10"}).status_code == 204
    refused(client.put("/api/transactions/9999", json=first), 404)


def test_budgets_channels_and_activities_are_stated_anew(client: TestClient) -> None:
    assert client.put("/api/fund-sources/grant", json={"name_zh": "专项"}).status_code == 204
    assert client.put("/api/activities/b", json={"name_zh": "治理", "due_on": "2025-06-30"}).status_code == 204
    line = {
        "fund_source": "grant",
        "activity": "b",
        "year": 2024,
        "phase": "adjusted",
        "amount": "3",
        "unit": "wan_yuan",
    }
    for amount in ("3", "4"):
        assert client.put("/api/budgets", json={**line, "amount": amount}).status_code == 204
    one = client.get("/api/activities/b").json()
    assert one["due_on"] == "2025-06-30"
    assert [row["amount"] for row in one["budgets"]] == [40_000]
    refused(client.put("/api/budgets", json={**line, "fund_source": "nix"}), 409)
    refused(client.put("/api/budgets", json={**line, "amount": "-1"}), 422)
    refused(client.put("/api/activities/c", json={"name_zh": "治理"}), 409)
    refused(client.put("/api/activities/%20", json={"name_zh": "空"}), 422)


def test_spending_by_month_obeys_every_filter(client: TestClient) -> None:
    client.post("/api/activities/a/features", json={"rule": {"layer": "relocation_household"}})
    client.put("/api/fund-sources/grant", json={"name_zh": "专项"})
    number = made(client, value_date="2024-03-05", amount="2")
    made(client, value_date="2024-05-05", amount="3", fund_source="grant", activity=None)
    client.post(f"/api/transactions/{number}/allocation", json={"basis": "per_unit", "amount": "5000"})

    def march_and_may(asked: str) -> dict[str, list[int]]:
        found = client.get(f"/api/money/series?as_of=2024-12-31&{asked}").json()["rows"]
        return {row["channel"]: [row["values"][2], row["values"][4]] for row in found}

    assert march_and_may("") == {"bond": [20_000, 20_000], "grant": [0, 30_000]}
    assert march_and_may("fund_source=grant") == {"grant": [0, 30_000]}
    assert march_and_may("activity=a") == {"bond": [20_000, 20_000], "grant": [0, 0]}
    for asked in (f"org_unit={TOWN}", "layer=relocation_household", f"layer=relocation_household&org_unit={TOWN}"):
        assert march_and_may(asked) == {"bond": [5_000, 5_000], "grant": [0, 0]}
    assert march_and_may("layer=hazard_point") == {"bond": [0, 0], "grant": [0, 0]}
