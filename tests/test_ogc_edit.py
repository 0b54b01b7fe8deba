"""Editing over HTTP: what is stored, what is refused and with which status, and requests that come twice."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from people import READER, client_of
from starlette.testclient import TestClient

from api.limits import LARGEST_FEATURE
from api.routes import ogc_edit
from geo import crs
from geo.database import Database, statement
from geo.progress import differences
from geo.settings import settings

ITEMS = "/ogc/collections/hazard_point/items"
NOBODY = f"{ITEMS}/00000000-0000-4000-8000-000000000000"
CANARY = "王金丝雀"
HERE, AWAY = ("127.0.0.1", 5000), ("10.0.0.7", 5000)


def feature(**properties: Any) -> dict[str, Any]:
    point = {"type": "Point", "coordinates": [103.25, 29.2]}
    return {"type": "Feature", "geometry": point, "properties": {"code": "1", **properties}}


@pytest.fixture(scope="module")
def kept(make_database: Any) -> Database:
    return make_database("placed")


@pytest.fixture
def client(kept: Database) -> Any:
    with psycopg.connect(kept.dsn) as connection:
        for table in ("feature", "feature_version", "idempotency"):
            connection.execute(f"DELETE FROM {table}")  # pyright: ignore
    with client_of(kept, client=HERE) as client:
        yield client


def created(client: TestClient, **properties: Any) -> tuple[str, str]:
    """Address and ETag of a new feature."""
    answer = client.post(ITEMS, json=feature(**properties))
    assert answer.status_code == 201, answer.text
    return urlsplit(answer.headers["location"]).path, answer.headers["etag"]


def asked(database: Database, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database.dsn) as connection:
        return connection.execute(query).fetchall()  # pyright: ignore


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer.json().get("code")) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail_zh"] != answer.json()["detail_en"]
    return answer.json()


# --- the life of a feature --------------------------------------------------------------------------------------------


def test_a_feature_is_created_replaced_patched_and_deleted(client: TestClient, kept: Database) -> None:
    answer = client.post(ITEMS, json=feature(name="甲"), headers={"Content-Type": "application/geo+json"})
    assert answer.status_code == 201
    assert answer.headers["preference-applied"] == "return=minimal"
    address = urlsplit(answer.headers["location"]).path
    assert address == f"{ITEMS}/{answer.json()['id']}"
    read = client.get(address)
    body = read.json()
    body["properties"]["name"] = "乙"
    answer = client.put(address, json=body, headers={"If-Match": read.headers["etag"]})
    assert (answer.status_code, answer.json()["version"]) == (200, 2)
    patch = {"properties": {"name": None, "threatened_people": 4}}
    answer = client.patch(
        address, content=json.dumps(patch),
        headers={
            "If-Match": answer.headers["etag"], "Content-Type": "application/merge-patch+json; charset=utf-8",
            "Prefer": "return=representation",
        },
    )  # fmt: skip
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/geo+json")
    told = answer.json()
    assert (told["properties"]["name"], told["properties"]["threatened_people"]) == (None, 4)
    assert told["geometry"] == client.get(address).json()["geometry"]
    answer = client.delete(address, headers={"If-Match": answer.headers["etag"]})
    assert (answer.status_code, answer.content) == (204, b"")
    assert client.get(address).status_code == 404
    assert asked(kept, "SELECT count(*) FROM feature_version") == [(3,)]
    with kept.session() as connection:
        connection.execute("SELECT progress_fold()")
        assert differences(connection) == []


@pytest.mark.parametrize("kind", ["application/merge-patch+json", "application/geo+json", "application/json"])
def test_a_patch_comes_in_the_types_that_clients_send(client: TestClient, kind: str) -> None:
    address, tag = created(client)
    headers = {"If-Match": tag, "Content-Type": kind}
    assert client.patch(address, content='{"properties": {"name": "甲"}}', headers=headers).json()["version"] == 2


def test_what_was_read_sent_back_makes_no_version(client: TestClient) -> None:
    address, _ = created(client, name="甲")
    for uri in crs.CRS_URIS:
        read = client.get(address, params={"crs": uri})
        headers = {"If-Match": read.headers["etag"], "Content-Crs": read.headers["content-crs"]}
        assert client.put(address, json=read.json(), headers=headers).json()["version"] == 1


def test_a_feature_listed_from_a_later_day_is_answered_whole(client: TestClient) -> None:
    answer = client.post(ITEMS, json=feature(starts_on="2199-01-01"), headers={"Prefer": "return=representation"})
    assert answer.json()["properties"]["starts_on"] == "2199-01-01"


def test_warnings_come_with_the_answer(client: TestClient) -> None:
    answer = client.post(ITEMS, json={**feature(), "geometry": None})
    assert [each["code"] for each in answer.json()["warnings"]] == ["geometry_missing"]


# --- refusals ---------------------------------------------------------------------------------------------------------

DEEP = "[" * 100_000


@pytest.mark.parametrize(
    ("content", "kind", "status", "code"),
    [
        (b"{", "application/json", 400, "body_unreadable"),
        (b"", "application/json", 400, "body_unreadable"),
        (b'{"a": NaN}', "application/json", 400, "body_unreadable"),
        (b"\xff\xfe", "application/json", 400, "body_unreadable"),
        (DEEP.encode(), "application/json", 400, "body_unreadable"),
        (b"1" * 5000, "application/json", 400, "body_unreadable"),
        (b" " * (LARGEST_FEATURE + 1), "application/json", 413, "body_too_large"),
        (b"<a/>", "text/xml", 415, "media_type_unknown"),
        (b"{}", "application/merge-patch+json", 415, "media_type_unknown"),
        (b"{}", "", 415, "media_type_unknown"),
        (b"{}", "application/json", 422, "not_a_feature"),
        (b"[1]", "application/json", 422, "not_a_feature"),
        (json.dumps(feature(name="a\0")).encode(), "application/json", 422, "feature_refused"),
        (json.dumps(feature(name="\udc00")).encode(), "application/json", 422, "feature_refused"),
        (json.dumps(feature(**{"\udc00": 1})).encode(), "application/json", 422, "feature_refused"),
        (json.dumps(feature(colour=1)).encode(), "application/json", 422, "feature_refused"),
        (json.dumps(feature(investment=7)).replace("7", "1e999").encode(), "application/json", 422, "feature_refused"),
        (json.dumps(feature()).replace("29.2", "1e999").encode(), "application/json", 422, "feature_refused"),
        (json.dumps({**feature(), "geometry": {"type": "Point", "coordinates": {}}}).encode(), "application/json", 422,
         "feature_refused"),
    ],
    ids=lambda value: str(value)[:30],
)  # fmt: skip
def test_a_body_that_cannot_be_stored_is_refused(
    client: TestClient, content: bytes, kind: str, status: int, code: str
) -> None:
    refused(client.post(ITEMS, content=content, headers={"Content-Type": kind}), status, code)


def test_where_json_breaks_off_is_told(client: TestClient) -> None:
    answer = client.post(ITEMS, content=b'{"type":\n "Feature",]', headers={"Content-Type": "application/json"})
    assert "line 2, column 12" in refused(answer, 400, "body_unreadable")["detail_en"]


def test_all_problems_are_listed_with_their_columns(client: TestClient) -> None:
    answer = client.post(ITEMS, json=feature(kind="洪水", threatened_people=-1, colour="red"))
    told = refused(answer, 422, "feature_refused")["errors"]
    assert {each["column"]: each["code"] for each in told if each["severity"] == "error"} == {
        "colour": "property_unknown", "kind": "not_in_list", "threatened_people": "value",
    }  # fmt: skip
    assert all(set(each["text"]) == {"zh", "en"} for each in told)


@pytest.mark.parametrize("written", ["EPSG:4490", "http://www.opengis.net/def/crs/EPSG/0/2154", "<>", "<\u00e9>", " "])
def test_a_system_that_is_not_known_is_400(client: TestClient, written: str) -> None:
    answer = client.post(ITEMS, json=feature(), headers={"Content-Crs": written.encode("latin-1")})  # pyright: ignore
    refused(answer, 400, "header_unreadable")


def test_what_is_not_there_is_404_and_what_is_read_only_405(client: TestClient) -> None:
    for address in (NOBODY, f"{ITEMS}/1", f"{ITEMS}/%00"):
        refused(client.put(address, json=feature(), headers={"If-Match": "*"}), 404, "not_found")
        refused(client.delete(address, headers={"If-Match": "*"}), 404, "not_found")
    refused(client.post("/ogc/collections/nix/items", json=feature()), 404, "not_found")
    for code in ("org_unit", "parcel", "progress_by_township"):
        answer = client.post(f"/ogc/collections/{code}/items", json=feature())
        refused(answer, 405, "method_not_allowed")
        assert "POST" not in answer.headers["allow"]


def test_a_code_that_is_taken_is_409(client: TestClient) -> None:
    created(client)
    refused(client.post(ITEMS, json=feature()), 409, "code_taken")


def test_what_something_depends_on_is_not_deleted(client: TestClient, kept: Database) -> None:
    address, tag = created(client)
    with psycopg.connect(kept.dsn) as connection:
        connection.execute(
            "INSERT INTO milestone (layer, feature, milestone, reached_on)"
            " SELECT layer, id, 'works_started', '2020-01-01' FROM feature"
        )
    answer = client.delete(address, headers={"If-Match": tag})
    assert "works_started" in refused(answer, 409, "feature_in_use")["detail_en"]
    with psycopg.connect(kept.dsn) as connection:
        connection.execute("ALTER TABLE milestone DISABLE TRIGGER milestone_append_only")
        connection.execute("DELETE FROM milestone")
        connection.execute("ALTER TABLE milestone ENABLE TRIGGER milestone_append_only")


def test_who_may_not_write_is_told(kept: Database) -> None:
    with client_of(kept, who=READER) as away:
        refused(away.post(ITEMS, json=feature()), 403, "not_allowed")
    with client_of(kept, client=HERE) as here:
        elsewhere = {"Origin": "http://evil.example", "If-Match": "*"}
        refused(here.put(NOBODY, json=feature(), headers=elsewhere), 403, "from_elsewhere")


# --- versions ---------------------------------------------------------------------------------------------------------


def test_without_the_version_nothing_is_overwritten(client: TestClient) -> None:
    address, tag = created(client)
    refused(client.put(address, json=feature()), 428, "version_unstated")
    refused(client.delete(address), 428, "version_unstated")
    refused(client.patch(address, json={}), 428, "version_unstated")
    assert client.put(address, json=feature(name="甲"), headers={"If-Match": tag}).status_code == 200
    for stale in (tag, f"W/{tag}", '"x"', '""', '"1"', f'{tag}, "x"'):
        for method in ("PUT", "PATCH", "DELETE"):
            answer = client.request(method, address, json=feature(name="乙"), headers={"If-Match": stale})
            refused(answer, 412, "feature_changed")
    for wrong in ("1", '"', "", '"2-x" "3-x"', "*, *"):
        refused(client.put(address, json=feature(), headers={"If-Match": wrong}), 400, "header_unreadable")
    assert client.put(address, json=feature(name="丙"), headers={"If-Match": '"9-x", "2-x"'}).json()["version"] == 3
    assert client.put(address, json=feature(name="丁"), headers={"If-Match": "*"}).json()["version"] == 4


def test_what_names_no_geometry_another_feature_or_a_number_for_a_day_changes_nothing(client: TestClient) -> None:
    address, tag = created(client)
    before = client.get(address).json()
    drawn = feature()
    del drawn["geometry"]
    refused(client.post(ITEMS, json=drawn), 422, "not_a_feature")
    refused(client.put(address, json=drawn, headers={"If-Match": tag}), 422, "not_a_feature")
    foreign = feature() | {"id": NOBODY.rpartition("/")[2]}
    for send in (client.put, client.patch):
        refused(send(address, json=foreign, headers={"If-Match": tag}), 422, "not_a_feature")
    for name, value in (("due_on", 86400), ("threatened_people", True), ("due_on", False)):
        patch = {"properties": {name: value}}
        refused(client.patch(address, json=patch, headers={"If-Match": tag}), 422, "feature_refused")
    assert client.get(address).json() == before
    assert client.put(address, json=feature() | {"id": before["id"]}, headers={"If-Match": tag}).status_code == 200


def test_what_is_not_there_is_404_with_and_without_a_version(client: TestClient) -> None:
    for headers in ({}, {"If-Match": '"1-x"'}, {"If-Match": "*"}):
        refused(client.put(NOBODY, json=feature(), headers=headers), 404, "not_found")
        refused(client.delete(NOBODY, headers=headers), 404, "not_found")


def test_a_lenient_layer_is_patched_without_a_version(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    address, _ = created(client)
    monkeypatch.setenv("SHANHE_LENIENT_LAYERS", "farmland_patch, hazard_point")
    settings.cache_clear()
    try:
        assert client.patch(address, json={"properties": {"name": "甲"}}).json()["version"] == 2
        refused(client.patch(address, json={}, headers={"If-Match": '"1-x"'}), 412, "feature_changed")
        refused(client.put(address, json=feature()), 428, "version_unstated")
        refused(client.delete(address), 428, "version_unstated")
    finally:
        monkeypatch.undo()
        settings.cache_clear()
    refused(client.patch(address, json={}), 428, "version_unstated")


def test_of_twenty_writers_at_once_one_wins(client: TestClient, kept: Database) -> None:
    address, tag = created(client)
    begin = Barrier(20)

    def write(number: int) -> int:
        begin.wait()
        return client.put(address, json=feature(name=str(number)), headers={"If-Match": tag}).status_code

    with ThreadPoolExecutor(20) as pool:
        statuses = sorted(pool.map(write, range(20)))
    assert statuses == [200] + 19 * [412]
    assert asked(kept, "SELECT version FROM feature") == [(2,)]


# --- the same request again -------------------------------------------------------------------------------------------

KEY = {"Idempotency-Key": '"8e03978e-40d5-43dd-bc93-6894a57f9324"'}


def test_a_request_sent_again_is_answered_again_and_done_once(client: TestClient, kept: Database) -> None:
    first = client.post(ITEMS, json=feature(), headers=KEY)
    again = client.post(ITEMS, json=feature(), headers=KEY)
    assert (again.status_code, again.content) == (first.status_code, first.content) == (201, first.content)
    assert {name: again.headers[name] for name in ("location", "etag")} == {
        name: first.headers[name] for name in ("location", "etag")
    }
    refused(client.post(ITEMS, json=feature()), 409, "code_taken")  # without the key it is another request
    address, guard = first.headers["location"], {"If-Match": first.headers["etag"]}
    for change in (
        lambda: client.patch(address, json={"properties": {"name": "甲"}}, headers={**guard, "Idempotency-Key": "b"}),
        lambda: client.put(address, json=feature(name="乙"), headers={"If-Match": '"2-x"', "Idempotency-Key": "c"}),
        lambda: client.delete(address, headers={"If-Match": '"3-x"', "Idempotency-Key": "d"}),
    ):
        once, twice = change(), change()
        assert once.is_success
        assert (once.status_code, once.content) == (twice.status_code, twice.content)
    assert asked(kept, "SELECT version FROM feature") == [(4,)]


def test_a_key_belongs_to_one_request(client: TestClient) -> None:
    first = client.post(ITEMS, json=feature(), headers=KEY)
    refused(client.post(ITEMS, json=feature(code="2"), headers=KEY), 422, "key_reused")
    refused(client.delete(first.headers["location"], headers={**KEY, "If-Match": "*"}), 422, "key_reused")
    for wrong in ("", '"', "a b", "x" * 201):
        refused(client.post(ITEMS, json=feature(code="3"), headers={"Idempotency-Key": wrong}), 422, "bad_value")


def test_a_refused_request_may_be_sent_again(client: TestClient, kept: Database) -> None:
    created(client)
    refused(client.post(ITEMS, json=feature(), headers=KEY), 409, "code_taken")
    with psycopg.connect(kept.dsn) as connection:
        connection.execute("DELETE FROM feature")
    assert client.post(ITEMS, json=feature(), headers=KEY).status_code == 201


def test_the_same_request_many_times_at_once_is_done_once(client: TestClient, kept: Database) -> None:
    begin = Barrier(10)

    def send(_: int) -> int:
        begin.wait()
        return client.post(ITEMS, json=feature(), headers=KEY).status_code

    with ThreadPoolExecutor(10) as pool:
        statuses = set(pool.map(send, range(10)))
    assert 201 in statuses <= {201, 409}
    assert asked(kept, "SELECT version FROM feature") == [(1,)]
    assert client.post(ITEMS, json=feature(), headers=KEY).status_code == 201


def test_while_the_first_runs_the_second_is_told_to_wait(client: TestClient, kept: Database) -> None:
    with psycopg.connect(kept.dsn) as running:
        running.execute(statement("idempotency_lock"), {"actor": "web", "key": "k"})
        refused(client.post(ITEMS, json=feature(), headers={"Idempotency-Key": "k"}), 409, "still_running")
        assert client.post(ITEMS, json=feature(), headers={"Idempotency-Key": "l"}).status_code == 201


def test_an_answer_is_kept_for_a_day_and_then_cleared_away(client: TestClient, kept: Database) -> None:
    assert client.post(ITEMS, json=feature(), headers=KEY).status_code == 201
    with psycopg.connect(kept.dsn) as connection:
        connection.execute("UPDATE idempotency SET answered_at = now() - interval '25 hours'")
    refused(client.post(ITEMS, json=feature(), headers=KEY), 409, "code_taken")
    assert client.post(ITEMS, json=feature(code="2"), headers={"Idempotency-Key": "other"}).status_code == 201
    assert asked(kept, "SELECT key FROM idempotency") == [("other",)]


def test_a_crash_leaves_neither_the_change_nor_its_answer(
    client: TestClient, kept: Database, monkeypatch: pytest.MonkeyPatch
) -> None:

    def break_off(name: str) -> Any:
        if name == "idempotency_" + "keep":
            raise psycopg.errors.QueryCanceled("stopped")
        return statement(name)

    monkeypatch.setattr("geo.idempotency.statement", break_off)
    refused(client.post(ITEMS, json=feature(), headers=KEY), 503, "too_slow")
    monkeypatch.undo()
    assert asked(kept, "SELECT count(*) FROM feature") == [(0,)]
    assert asked(kept, "SELECT count(*) FROM idempotency") == [(0,)]
    assert client.post(ITEMS, json=feature(), headers=KEY).status_code == 201


# --- personal data ----------------------------------------------------------------------------------------------------


def test_personal_values_are_in_no_answer_and_in_no_kept_one(client: TestClient, kept: Database) -> None:
    whole = {"Prefer": "return=representation", **KEY}
    answers = [client.post(ITEMS, json=feature(responsible=CANARY), headers=whole)]
    address = answers[0].headers["location"]
    patch = {"properties": {"monitor": CANARY}}
    answers += [
        client.post(ITEMS, json=feature(responsible=CANARY), headers=whole),
        client.patch(address, json=patch, headers={"If-Match": "*", "Prefer": "return=representation"}),
        client.post(ITEMS, json=feature(responsible=CANARY * 40)),
        client.post(ITEMS, json=feature(code="2", responsible=CANARY, name={"x": CANARY})),
        client.put(address, json=feature(responsible=CANARY, monitor_phone=CANARY * 40), headers={"If-Match": "*"}),
        client.get(address),
        client.get(ITEMS),
    ]
    assert [each.status_code for each in answers] == [201, 201, 200, 422, 422, 422, 200, 200]
    for answer in answers:
        assert CANARY not in answer.text
        assert json.dumps(CANARY)[1:-1] not in answer.text
    assert CANARY.encode() not in asked(kept, "SELECT body FROM idempotency")[0][0]
    assert asked(kept, "SELECT attributes FROM feature_private") == [({"responsible": CANARY, "monitor": CANARY},)]


def test_the_description_tells_how_to_edit(client: TestClient) -> None:
    paths = client.get("/ogc/api").json()["paths"]
    one = paths["/collections/hazard_point/items/{item_id}"]
    assert set(one) >= {"get", "put", "patch", "delete"}
    assert "application/merge-patch+json" in one["patch"]["requestBody"]["content"]
    post = paths["/collections/hazard_point/items"]["post"]
    assert post["requestBody"]["content"]["application/geo+json"]["schema"]["required"] == [
        "type", "geometry", "properties",
    ]  # fmt: skip
    assert len(set(ogc_edit.CONFORMANCE)) == 4
