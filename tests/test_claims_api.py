"""Claims over HTTP: what may be written and by whom, and what the pages hold."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from people import READER, client_of
from starlette.testclient import TestClient
from test_claims_document import TEXT, as_docx

from api import claims_models
from api.form import FormUnreadable, read
from geo.database import Database
from geo.settings import settings
from web.page import CONTENT_SECURITY_POLICY

HERE, AWAY = ("127.0.0.1", 5000), ("10.0.0.7", 5000)
FIGURE = {"document": "report_2024", "system": "relocation", "metric": "households", "value": "1102", "unit": "户",
          "kind": "target"}  # fmt: skip


@pytest.fixture
def changed(fresh: Any) -> Iterator[TestClient]:
    """The application over a demonstration of its own, asked from this machine."""
    with client_of(fresh("demo"), client=HERE, follow_redirects=False) as client:
        yield client


def claims(client: TestClient, document: str = "report_2024") -> dict[str, Any]:
    answer = client.get("/api/claims", params={"document": document})
    assert answer.status_code == 200, answer.text
    return {each["id"]: each for each in answer.json()["claims"]}


def test_a_figure_that_is_typed_in_is_checked_at_once(changed: TestClient) -> None:
    answer = changed.post("/api/claims", json=FIGURE)
    assert answer.status_code == 201, answer.text
    kept = claims_models.ClaimKept.model_validate_json(answer.content)
    found = claims(changed)[kept.id]
    assert found["verdict"] == "error"
    assert {finding["rule"] for finding in found["findings"]} == {"two_values", "records_differ"}
    assert found["records"] == {"state": "differs", "value": 1101.0, "difference": 1.0}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"document": "nix"}, 404), ({"unit": "斗"}, 422), ({"value": "x"}, 422), ({"kind": "x"}, 422),
        ({"more": 1}, 422),
    ],
)  # fmt: skip
def test_what_is_no_figure_is_refused(changed: TestClient, change: dict[str, Any], status: int) -> None:
    answer = changed.post("/api/claims", json=FIGURE | change)
    assert answer.status_code == status, answer.text
    assert len(claims(changed)) == 104


def test_what_is_said_of_a_figure_is_kept_with_who_and_when(changed: TestClient) -> None:
    address = "/api/claims/report_2024/C003/status"
    assert changed.post(address, json={"status": "accepted", "note": ""}).status_code == 422
    assert changed.post("/api/claims/report_2024/nix/status", json={"status": "open"}).status_code == 404
    for said in ({"status": "to_correct"}, {"status": "accepted", "note": "printed in the wrong column"}):
        assert changed.post(address, json=said).status_code == 200
    found = claims(changed)["C003"]
    assert found["status"] == "accepted"
    assert [(note["status"], note["recorded_by"]) for note in found["notes"]] == [
        ("accepted", "web"),
        ("to_correct", "web"),
    ]


def test_who_may_not_write_sees_no_forms_and_is_refused(demo: Database) -> None:
    settings.cache_clear()
    with client_of(demo, who=READER) as client:
        assert client.post("/api/claims", json=FIGURE).status_code == 403
        assert client.post("/api/claims/report_2024/C001/status", json={"status": "open"}).status_code == 403
        for address in ("/claims/report_2024/C001/status", "/claims/read", "/claims/confirmed"):
            assert client.post(address, data={"a": "b"}).status_code == 403
        for address in ("/claims", "/claims/read"):
            forms = re.findall(r'method="post" action="([^"]*)"', client.get(address).text)
            assert forms == ["/logout"], address


def test_a_document_is_proposed_and_only_what_is_confirmed_is_kept(changed: TestClient) -> None:
    sent = {"document": "draft_2024", "title": "草稿", "year": "2024"}
    page = changed.post("/claims/read", data=sent, files={"file": ("报告.docx", as_docx(*TEXT.splitlines()))})
    assert page.status_code == 200, page.text
    assert 'name="value-1" value="1305"' in page.text
    assert "checked" not in page.text
    assert changed.get("/api/claims", params={"document": "draft_2024"}).status_code == 404
    fields = dict(re.findall(r'name="(\w+-[12])"[^>]*? value="([^"]*)"', page.text))
    chosen = {"unit-1": "亩", "kind-1": "actual", "unit-2": "亩", "kind-2": "forecast", "keep-2": "on"}
    answer = changed.post("/claims/confirmed", data=sent | fields | chosen)
    assert (answer.status_code, answer.headers["location"]) == (303, "/claims?document=draft_2024")
    (kept,) = claims(changed, "draft_2024").values()
    assert (kept["metric"], kept["value"], kept["kind"], kept["section"]) == ("restored", "4900", "forecast", "（一）")
    assert kept["sentence"].startswith("（一）截至2024年12月5日")
    assert kept["day"] == "2024-12-31"


@pytest.mark.parametrize("sent", [{"document": "x y", "year": "2024"}, {"document": "x", "year": "20"}, {}])
def test_a_document_without_code_or_year_is_refused(changed: TestClient, sent: dict[str, str]) -> None:
    files = {"file": ("a.txt", TEXT.encode())}
    assert changed.post("/claims/read", data=sent, files=files).status_code == 422
    assert changed.post("/claims/read", data=sent | {"document": "x", "year": "2024"}).status_code == 422


def test_one_wrong_figure_keeps_all_out(changed: TestClient) -> None:
    sent = {"document": "draft", "year": "2024", "keep-1": "on", "value-1": "5", "name-1": "x.a", "kind-1": "actual"}
    assert changed.post("/claims/confirmed", data=sent | {"keep-2": "on", "value-2": "x"}).status_code == 422
    assert changed.get("/api/claims", params={"document": "draft"}).status_code == 404
    assert changed.post("/claims/confirmed", data=sent).status_code == 303
    assert len(claims(changed, "draft")) == 1


def test_forms_are_read_in_both_ways_that_browsers_send_them() -> None:
    body = (
        b'--X\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xe7\x94\xb2\r\n'
        b'--X\r\nContent-Disposition: form-data; name="f"; filename="\xe4\xb9\x99.txt"\r\n'
        b"Content-Type: text/plain\r\n\r\n\x00\xff\r\n--X--\r\n"
    )
    form = read("multipart/form-data; boundary=X", body)
    assert form.fields == {"a": "甲"}
    assert form.files["f"][1] == b"\x00\xff"
    assert read("application/x-www-form-urlencoded", b"a=%E7%94%B2&b=").fields == {"a": "甲", "b": ""}
    for kind, sent in (("text/plain", b"a"), ("application/json", b"{}")):
        with pytest.raises(FormUnreadable):
            read(kind, sent)


@pytest.mark.parametrize(("address", "start"), [("/api/claims.xlsx", b"PK"), ("/api/claims.docx", b"PK")])
def test_files_are_sent_as_files(changed: TestClient, address: str, start: bytes) -> None:
    answer = changed.get(address, params={"lang": "en"})
    assert answer.content.startswith(start)
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-type"].startswith("application/vnd.openxmlformats")


def test_every_address_behind_a_figure_answers(demo: Database) -> None:
    with client_of(demo) as client:
        addresses = {link["address"] for each in claims(client).values() for link in each["links"]}
        assert len(addresses) > 30
        for address in sorted(addresses):
            assert client.get(address).status_code == 200, address


def test_the_pages_obey_the_policy_and_say_when_there_is_nothing(database: Database) -> None:
    with client_of(database) as client:
        for address in ("/claims", "/claims/read", "/claims?verdict=x&section=%3Cb%3E&status=y"):
            answer = client.get(address)
            assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
            assert "<script" not in answer.text
            assert not re.search(r"<[^>]+ (style|on\w+)=", answer.text)
        assert "还没有可核对的数字" in client.get("/claims", headers={"Accept-Language": "zh"}).text
        assert "no figures to check" in client.get("/claims?lang=en").text
