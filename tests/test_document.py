"""Documents of a feature over HTTP: added, listed, opened, withdrawn, by whom and with which headers."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from conftest import at_home
from hypothesis import given
from hypothesis import strategies as st
from papers import PDF, every, word
from people import client_of
from starlette.testclient import TestClient
from test_headers import guarded

from api import document_models as models
from api.form import FormUnreadable, read
from geo.database import Database
from geo.feature_document import KINDS, MOST

TOWN, OTHER = "511132100", "511132101"
OFFICER: dict[str, Any] = {"name": "officer", "grants": (("officer", TOWN),)}
COLLEAGUE: dict[str, Any] = {"name": "colleague", "grants": (("officer", TOWN),)}
NEIGHBOUR: dict[str, Any] = {"name": "neighbour", "grants": (("officer", OTHER), ("planner", None))}
MANAGER: dict[str, Any] = {"name": "manager", "grants": (("manager", None),)}
PLANNER: dict[str, Any] = {"name": "planner", "grants": (("planner", None),)}
ELSEWHERE: dict[str, Any] = {"name": "elsewhere", "grants": (("officer", OTHER),)}
SAID = {"kind": "approval", "title": "关于搬迁安置的批复", "number": "峨府〔2026〕12号", "dated_on": "2026-03-01"}


@pytest.fixture
def kept(placed: Database) -> tuple[Database, str]:
    """A household in TOWN, and the address of its documents."""
    with psycopg.connect(placed.dsn) as connection:
        row = connection.execute(
            "INSERT INTO feature (layer, code, name, org_unit) VALUES ('relocation_household', 'H1', '一户', %s)"
            " RETURNING id",
            [TOWN],
        ).fetchone()
    return placed, f"/api/features/{(row or ('',))[0]}/documents"


def sent(
    client: TestClient, address: str, content: bytes = PDF, name: str = "批复.pdf", key: str = "", **said: str
) -> Any:
    headers = {"Idempotency-Key": f'"{key}"'} if key else {}
    return client.post(address, files={"file": (name, content)}, data={**SAID, **said}, headers=headers)


def listed(client: TestClient, address: str) -> list[dict[str, Any]]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    models.Documents.model_validate_json(answer.content)
    return answer.json()["documents"]


def events(database: Database) -> list[tuple[str, str, dict[str, Any]]]:
    with psycopg.connect(database.dsn) as connection:
        return connection.execute(
            "SELECT actor, action, subject FROM audit_event WHERE action LIKE 'feature_document.%' ORDER BY id"
        ).fetchall()


# --- added and opened -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", every())
def test_every_format_comes_back_as_it_was_sent(kept: tuple[Database, str], ending: str) -> None:
    database, address = kept
    content, name = every()[ending], f"验收 “一期”（终稿）+a;b.{ending}"
    with client_of(database, who=OFFICER) as client:
        made = sent(client, address, content, name, personal="false")
        assert made.status_code == 201, made.text
        assert made.headers["location"] == f"{address}/{made.json()['id']}"
        (told,) = listed(client, address)
        assert (told["name"], told["size"], told["personal"], told["opens"]) == (name, len(content), False, True)
        assert {name: told[name] for name in SAID} == SAID
        answer = client.get(made.headers["location"])
    assert answer.content == content
    assert answer.headers["content-type"] == told["media_type"]
    assert answer.headers["etag"] == f'"{sha256(content).hexdigest()}"' == f'"{told["sha256"]}"'
    assert answer.headers["cache-control"] == "private, no-cache"
    guarded(answer.headers)
    assert answer.headers["content-security-policy"].endswith("; sandbox")
    how = "inline" if ending in {"jpg", "png", "webp"} else "attachment"
    said = f"{how}; filename=\"document.{ending}\"; filename*=UTF-8''{quote(name, safe='')}"
    assert answer.headers["content-disposition"] == said


def test_what_a_browser_has_is_not_sent_again(kept: tuple[Database, str]) -> None:
    database, address = kept
    with client_of(database, who=OFFICER) as client:
        where = sent(client, address, personal="false").headers["location"]
        etag = client.get(where).headers["etag"]
        for known in (etag, f"W/{etag}", f'"x", {etag}', "*"):
            again = client.get(where, headers={"if-none-match": known})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
            guarded(again.headers)
        assert client.get(where, headers={"if-none-match": '"x"'}).status_code == 200
    with client_of(database, who=ELSEWHERE) as client:
        assert client.get(where, headers={"if-none-match": etag}).status_code == 404, "rights come first"


def test_the_same_bytes_are_told_and_not_kept_twice(kept: tuple[Database, str]) -> None:
    database, address = kept
    with client_of(database, who=OFFICER) as client:
        made = sent(client, address).json()["id"]
        again = sent(client, address, name="又一份.pdf", kind="other", title="又一份")
        assert (again.status_code, again.json()["code"]) == (409, "document_there")
        assert again.json()["values"]["document"] == made
        assert "officer" in again.json()["detail_zh"]
        assert SAID["title"] in again.json()["detail_en"]
        assert len(listed(client, address)) == 1
        assert client.post(f"{address}/{made}/withdraw", json={"reason": "扫描不清"}).status_code == 204
        assert sent(client, address).status_code == 201, "what was withdrawn may come again"
        assert len(listed(client, address)) == 2


def test_the_same_bytes_sent_at_once_are_kept_once(kept: tuple[Database, str]) -> None:
    database, address = kept
    with client_of(database, who=OFFICER) as client, ThreadPoolExecutor(6) as senders:
        statuses = sorted(each.status_code for each in senders.map(lambda _: sent(client, address), range(6)))
        assert statuses == [201] + [409] * 5
        assert len(listed(client, address)) == 1


def test_a_form_sent_again_with_its_key_is_answered_as_before(kept: tuple[Database, str]) -> None:
    database, address = kept
    with client_of(database, who=OFFICER) as client:
        first, again = (sent(client, address, key="k1") for _ in range(2))
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json() == again.json()
        assert first.request.headers["content-type"] != again.request.headers["content-type"], "another boundary"
        assert len(listed(client, address)) == 1
        other = sent(client, address, word(), "a.docx", key="k1")
        assert (other.status_code, other.json()["code"]) == (422, "key_reused")


REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "no kind": ({"kind": ""}, 422, "invalid"),
    "a kind of its own": ({"kind": "letter"}, 422, "invalid"),
    "no title": ({"title": " "}, 422, "invalid"),
    "a long title": ({"title": "长" * 201}, 422, "invalid"),
    "a long number": ({"number": "1" * 101}, 422, "invalid"),
    "no day": ({"dated_on": "2026-02-30"}, 422, "invalid"),
    "a day long ago": ({"dated_on": "1900-01-01"}, 422, "invalid"),
    "neither yes nor no": ({"personal": "maybe"}, 422, "invalid"),
    "a null": ({"title": "a\0b"}, 422, "invalid"),
    "empty": ({"content": b""}, 422, "document_refused"),
    "a page": ({"content": b"<html>"}, 422, "document_refused"),
    "a false name": ({"name": "a.png"}, 422, "document_refused"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_kept_is_refused_and_nothing_is_kept(kept: tuple[Database, str], what: str) -> None:
    database, address = kept
    told, status, code = REFUSED[what]
    with client_of(database, who=OFFICER) as client:
        answer = sent(client, address, **told)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        assert answer.json()["detail_zh"] != answer.json()["detail_en"]
        assert listed(client, address) == []
        for form in ({"data": SAID}, {"json": SAID}, {"content": b"x", "headers": {"content-type": "text/plain"}}):
            answer = client.post(address, **form)
            assert (answer.status_code, answer.json()["code"]) == (422, "form_unreadable")
        for unknown in ("00000000-0000-4000-8000-000000000000", "x"):
            wrong = sent(client, f"/api/features/{unknown}/documents")
            assert wrong.status_code == (404 if "-" in unknown else 422)
        assert sent(client, address).status_code == 201, "the control"


def test_a_file_may_be_as_large_as_the_setting_says(
    kept: tuple[Database, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHANHE_DOCUMENT_MB", "1")
    database, address = kept
    with at_home(database, tmp_path) as small, client_of(small, who=OFFICER) as client:
        most = PDF[:-6] + b"%" * (1_000_000 - len(PDF)) + PDF[-6:]
        assert sent(client, address, most).status_code == 201
        for more in (most[:-6] + b"%" + most[-6:], most * 2):
            answer = sent(client, address, more)
            assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
            assert "1 MB" in answer.json()["detail_en"]


def test_a_feature_has_only_so_many(kept: tuple[Database, str]) -> None:
    database, address = kept
    feature = address.split("/")[3]
    with psycopg.connect(database.dsn) as connection:
        connection.execute(
            "INSERT INTO feature_document (layer, feature, kind, title, media_type, size, sha256, recorded_by)"
            " SELECT 'relocation_household', %s, 'other', 'x', 'application/pdf', 1, lpad(n::text, 64, '0'), 'x'"
            " FROM generate_series(2, %s) AS n",
            [feature, MOST],
        )
    with client_of(database, who=OFFICER) as client:
        assert sent(client, address).status_code == 201
        answer = sent(client, address, word(), "a.docx")
        assert (answer.status_code, answer.json()["code"]) == (409, "too_many_documents")


# --- who may ----------------------------------------------------------------------------------------------------------


def test_what_holds_personal_data_opens_for_who_may_see_that_and_it_is_kept_who_did(
    kept: tuple[Database, str],
) -> None:
    database, address = kept
    with client_of(database, who=OFFICER) as client:
        made = sent(client, address, name="某某身份证.pdf")
        where = made.headers["location"]
    for who in (OFFICER, COLLEAGUE):
        with client_of(database, who=who) as client:
            assert listed(client, address)[0]["name"] == "某某身份证.pdf"
            answer = client.get(where, headers={"if-none-match": "*"})
            assert (answer.status_code, answer.content) == (200, PDF)
            assert answer.headers["cache-control"] == "no-store"
            assert "etag" not in answer.headers
    for who in (NEIGHBOUR, MANAGER, PLANNER):
        with client_of(database, who=who) as client:
            (told,) = listed(client, address)
            assert (told["title"], told["opens"], told["name"]) == (SAID["title"], False, None)
            assert client.get(where).status_code == 403
    with client_of(database, who=ELSEWHERE) as client:
        assert client.get(address).status_code == 404
        assert client.get(where).status_code == 404
    read = [(actor, subject) for actor, action, subject in events(database) if action == "feature_document.read"]
    assert [actor for actor, _ in read] == ["officer", "colleague"]
    assert {subject["id"] for _, subject in read} == {made.json()["id"]}
    assert {subject["code"] for _, subject in read} == {"H1"}
    assert "身份证" not in str(events(database)), "the name of the file is told by nothing"


def test_what_is_not_marked_opens_for_whoever_sees_the_feature(kept: tuple[Database, str]) -> None:
    database, address = kept
    with client_of(database, who=OFFICER) as client:
        where = sent(client, address, personal="false").headers["location"]
    for who, status in ((PLANNER, 200), (MANAGER, 200), (NEIGHBOUR, 200), (ELSEWHERE, 404)):
        with client_of(database, who=who) as client:
            assert client.get(where).status_code == status
    assert not [each for each in events(database) if each[1] == "feature_document.read"]


@pytest.mark.parametrize(
    ("who", "status"), [(OFFICER, 201), (COLLEAGUE, 201), (NEIGHBOUR, 403), (MANAGER, 403), (PLANNER, 403),
                        (ELSEWHERE, 404)],
    ids=lambda each: each["name"] if isinstance(each, dict) else str(each),
)  # fmt: skip
def test_whoever_edits_the_feature_adds(kept: tuple[Database, str], who: dict[str, Any], status: int) -> None:
    database, address = kept
    with client_of(database, who=who) as client:
        assert sent(client, address).status_code == status
    narrow = {**who, "name": f"narrow-{who['name']}", "verbs": ["view"]}
    with client_of(database, who=narrow) as client:
        assert sent(client, address, word(), "a.docx").status_code == 403


@pytest.mark.parametrize(
    ("who", "status"), [(OFFICER, 204), (MANAGER, 204), (COLLEAGUE, 403), (NEIGHBOUR, 403), (PLANNER, 403),
                        (ELSEWHERE, 404)],
    ids=lambda each: each["name"] if isinstance(each, dict) else str(each),
)  # fmt: skip
def test_who_added_it_or_who_approves_withdraws_for_a_reason(
    kept: tuple[Database, str], who: dict[str, Any], status: int
) -> None:
    database, address = kept
    with client_of(database, who=OFFICER) as client:
        where = sent(client, address, personal="false").headers["location"]
    with client_of(database, who=who) as client:
        for reason in ("", "x", "长" * 201):
            assert client.post(f"{where}/withdraw", json={"reason": reason}).status_code in (422, 403)
        answer = client.post(f"{where}/withdraw", json={"reason": "传错了要素"})
        assert answer.status_code == (403 if who is ELSEWHERE and answer.status_code == 403 else status), answer.text
    with client_of(database, who=OFFICER) as client:
        (told,) = listed(client, address)
        if status != 204:
            assert told["withdrawn_at"] is None
            assert client.get(where).status_code == 200
            return
        assert (told["withdrawn_by"], told["reason"], told["opens"]) == (who["name"], "传错了要素", False)
        gone = client.get(where)
        assert (gone.status_code, gone.json()["code"]) == (410, "document_withdrawn")
        assert "传错了要素" in gone.json()["detail_zh"]
        again = client.post(f"{where}/withdraw", json={"reason": "再次"})
        assert again.status_code == 410
    with psycopg.connect(database.dsn) as connection:
        assert connection.execute("SELECT content FROM feature_document_content").fetchone() == (PDF,), "it is kept"
    (event,) = (each for each in events(database) if each[1] == "feature_document.withdraw")
    assert (event[0], event[2]["title"]) == (who["name"], SAID["title"])


def test_whoever_may_edit_no_more_withdraws_no_more(kept: tuple[Database, str]) -> None:
    database, address = kept
    with client_of(database, who=OFFICER) as client:
        where = sent(client, address).headers["location"]
    with psycopg.connect(database.dsn) as connection:
        connection.execute("UPDATE role_grant SET role = 'planner'")
    with client_of(database, who={"name": "officer", "grants": (("officer", OTHER),)}) as client:
        assert client.post(f"{where}/withdraw", json={"reason": "传错了"}).status_code == 403
        assert client.get(where).status_code == 403


# --- what is kept stays -----------------------------------------------------------------------------------------------

CHANGES = (
    "UPDATE feature_document SET title = 'x'", "UPDATE feature_document SET personal = false",
    "UPDATE feature_document SET withdrawn_at = now(), withdrawn_by = 'x', reason = 'xx', title = 'x'",
    "DELETE FROM feature_document_content", "DELETE FROM feature_document",
    "UPDATE feature_document_content SET name = 'x'",
)  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_nothing_of_a_document_is_altered_also_by_the_owner(kept: tuple[Database, str], change: str) -> None:
    database, address = kept
    with client_of(database, who=OFFICER) as client:
        sent(client, address)
    for setting in ("origin", "replica"):
        with psycopg.connect(database.dsn) as connection, pytest.raises(psycopg.errors.RestrictViolation):
            connection.execute("SELECT set_config('session_replication_role', %s, false)", [setting])
            connection.execute(change)  # pyright: ignore


def test_a_withdrawal_is_not_taken_back_also_by_the_owner(kept: tuple[Database, str]) -> None:
    database, address = kept
    with client_of(database, who=OFFICER) as client:
        where = sent(client, address).headers["location"]
        assert client.post(f"{where}/withdraw", json={"reason": "传错了"}).status_code == 204
    for change in ("withdrawn_at = NULL, withdrawn_by = NULL, reason = NULL", "reason = '另一个原因'"):
        with psycopg.connect(database.dsn) as connection, pytest.raises(psycopg.errors.RestrictViolation):
            connection.execute(f"UPDATE feature_document SET {change}")  # pyright: ignore


def test_the_database_takes_only_the_bytes_that_were_told(kept: tuple[Database, str]) -> None:
    database, address = kept
    with psycopg.connect(database.dsn) as connection:
        connection.execute(
            "INSERT INTO feature_document (layer, feature, kind, title, media_type, size, sha256, recorded_by)"
            " VALUES ('relocation_household', %s, 'other', 'x', 'application/pdf', 3, %s, 'x')",
            [address.split("/")[3], sha256(b"abc").hexdigest()],
        )
    put = "INSERT INTO feature_document_content SELECT id, sha256, size, 'x', %s FROM feature_document"
    for content in (b"abd", b"abcd", b""):
        with psycopg.connect(database.dsn) as connection, pytest.raises(psycopg.errors.CheckViolation):
            connection.execute(put, [content])
    with psycopg.connect(database.dsn) as connection:
        assert connection.execute(put, [b"abc"]).rowcount == 1, "the control"


def test_a_feature_with_documents_is_not_deleted(kept: tuple[Database, str]) -> None:
    database, address = kept
    item = f"/ogc/collections/relocation_household/items/{address.split('/')[3]}"
    with client_of(database, who=OFFICER) as client:
        where = sent(client, address).headers["location"]
        answer = client.delete(item, headers={"If-Match": "*"})
        assert (answer.status_code, answer.json()["code"]) == (409, "feature_in_use")
        assert SAID["title"] in answer.json()["detail_zh"]
        client.post(f"{where}/withdraw", json={"reason": "传错了"})
        assert client.delete(item, headers={"If-Match": "*"}).status_code == 204
        assert client.get(address).status_code == 404


# --- the form ---------------------------------------------------------------------------------------------------------


def test_the_vocabulary_is_what_the_description_and_the_database_say(kept: tuple[Database, str]) -> None:
    database, address = kept
    with client_of(database, who=OFFICER) as client:
        told = client.get("/api/openapi.json").json()["paths"]["/api/features/{feature_id}/documents"]["post"]
        form = told["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"]
        assert form["kind"]["enum"] == list(KINDS)
        for place, kind in enumerate(KINDS):
            assert sent(client, address, PDF + b"%" * place, kind=kind).status_code == 201
        assert [each["kind"] for each in listed(client, address)] == list(KINDS)[::-1]


def written(name: str, content: bytes, boundary: str = "b") -> tuple[str, bytes]:
    """A form of one file as browsers write it."""
    shown = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{shown}"\r\nContent-Type: x\r\n\r\n'
    return f"multipart/form-data; boundary={boundary}", head.encode() + content + f"\r\n--{boundary}--\r\n".encode()


@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\\%\0"), max_size=40),
    st.binary(max_size=200).filter(lambda each: b"\r\n--b" not in each),
)
def test_a_file_in_a_form_is_read_as_it_is(name: str, content: bytes) -> None:
    assert read(*written(name, content)).files == {"file": (name, content)}


def test_forms_that_are_not_whole_are_refused() -> None:
    kind, whole = written("a", b"x" * 40)
    assert read(kind, whole).files["file"][1] == b"x" * 40, "the control"
    for body in (whole[:-8], whole[:40], b"", whole.replace(b"form-data", b"attachment")):
        with pytest.raises(FormUnreadable):
            read(kind, body)
    for other in ("multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; boundary=b"):
        with pytest.raises(FormUnreadable):
            read(other, whole)
    coded = whole.replace(b'filename="a"', b"filename=\"x\"; filename*=UTF-8''%E6%89%B9.pdf")
    assert read(kind, coded).files["file"][0] == "批.pdf"


@pytest.fixture
def planted(kept: tuple[Database, str]) -> Iterator[tuple[Database, str]]:
    """The household with a document whose name and content are found nowhere else."""
    database, address = kept
    with client_of(database, who=OFFICER) as client:
        sent(client, address, PDF + "金丝雀".encode(), "金丝雀.pdf")
    yield kept


@pytest.mark.parametrize("who", [PLANNER, MANAGER, NEIGHBOUR], ids=lambda each: each["name"])
def test_a_personal_file_and_its_name_leave_by_no_road(planted: tuple[Database, str], who: dict[str, Any]) -> None:
    database, address = planted
    feature = address.split("/")[3]
    with client_of(database, who=OFFICER) as client:
        document = listed(client, address)[0]["id"]
        assert "金丝雀" in client.get(address).text, "the control"
        assert "金丝雀" in client.get(f"/feature/{feature}", headers={"accept": "text/html"}).text, "the control"
    with client_of(database, who=who) as client:
        for road in (f"/feature/{feature}", address, f"{address}/{document}", f"/api/features/{feature}", "/audit",
                     "/api/audit", f"/township/{TOWN}"):  # fmt: skip
            answer = client.get(road, headers={"accept": "text/html", "accept-encoding": "identity"})
            assert "金丝雀" not in json.dumps(dict(answer.headers)) + answer.text, road
