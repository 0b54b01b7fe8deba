"""Requests beyond the limits are refused while they come in; what moves is not cut short; who asks too often waits."""

import http.client
import secrets
import socket
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.routing import APIRoute
from hypothesis import given
from hypothesis import strategies as st
from people import client_of, header
from starlette.responses import StreamingResponse
from starlette.testclient import TestClient

from api import errors
from api.app import create_app
from api.form import FIELDS, PARTS, FormUnreadable, read
from api.guards import guard
from api.limits import LARGEST_BODY, LONGEST_ADDRESS, LONGEST_HEADERS, MOST_HEADERS, largest_body
from api.rate import MOST_KEPT, Buckets, address_of, is_costly
from api.serve import configured
from geo.database import Database
from geo.settings import Settings

LOCAL = ("127.0.0.1", 5000)
JOB = "/api/import-jobs/00000000-0000-4000-8000-000000000000/files/a.gpkg"


@pytest.fixture
def client(placed: Database) -> Iterator[TestClient]:
    """The application, asked from this machine."""
    with client_of(placed, client=LOCAL) as client:
        yield client


def problem(answer: Any, status: int, code: str) -> None:
    """A refusal in both languages."""
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text[:300]
    assert answer.json()["detail_zh"] != answer.json()["detail_en"]
    assert answer.headers["x-content-type-options"] == "nosniff"


# --- sizes ------------------------------------------------------------------------------------------------------------


def test_an_address_too_long_is_refused(client: TestClient) -> None:
    for path in ("/api/layers?q=", "/static/", "/ogc/collections/"):
        problem(client.get(path + "a" * LONGEST_ADDRESS), 414, "address_too_long")
    assert client.get("/api/layers?q=" + "a" * (LONGEST_ADDRESS - 100)).status_code == 200


def test_headers_too_many_or_too_long_are_refused(client: TestClient) -> None:
    problem(client.get("/api/layers", headers={"x-a": "a" * LONGEST_HEADERS}), 431, "headers_too_large")
    problem(client.get("/api/layers", headers={f"x-{n}": "a" for n in range(MOST_HEADERS)}), 431, "headers_too_large")
    many = {f"x-{n}": "a" * 100 for n in range(MOST_HEADERS - 20)}
    assert client.get("/api/layers", headers=many).status_code == 200


BODIES = ("/api/transactions", "/api/ledger?file=a.csv", "/claims/read", "/claims/a/b/status", "/nix",
          "/ogc/collections/hazard_point/items", "/api/layers", "/api/activities/a/features",
          "/api/features/00000000-0000-4000-8000-000000000000/documents")  # fmt: skip


def pieces(size: int) -> Iterator[bytes]:
    """So many bytes without saying how many."""
    while size > 0:
        yield b" " * min(size, 1 << 20)
        size -= 1 << 20


@pytest.mark.parametrize("address", BODIES)
def test_a_body_too_large_is_refused_whether_it_says_so_or_not(client: TestClient, address: str) -> None:
    most = largest_body(urlsplit(address).path)
    assert most is not None
    kind = {
        "content-type": "application/x-www-form-urlencoded" if address.startswith("/claims") else "application/json"
    }
    problem(client.post(address, content=b" " * (most + 1), headers=kind), 413, "body_too_large")
    if address in {"/nix", "/api/layers"}:
        return  # nobody reads it
    problem(client.post(address, content=pieces(most + 1), headers=kind), 413, "body_too_large")
    for content in (b" " * most, pieces(most)):
        assert client.post(address, content=content, headers=kind).status_code in {404, 422, 400}


def test_a_file_of_an_import_may_be_larger(client: TestClient) -> None:
    job = client.post("/api/import-jobs?layer=hazard_point").json()["id"]
    address = f"/api/import-jobs/{job}/files/a.gpkg"
    assert client.put(address, content=pieces(3 * LARGEST_BODY)).status_code == 204
    problem(client.put(f"/api/import-jobs/{job}/files", content=b" " * (LARGEST_BODY + 1)), 413, "body_too_large")


def test_every_other_route_that_takes_a_body_has_a_limit(client: TestClient) -> None:
    routes = [each for each in client.app.routes if isinstance(each, APIRoute)]  # pyright: ignore
    assert len(routes) > 150
    unlimited = {each.path for each in routes if largest_body(each.path) is None}
    assert unlimited == {"/api/import-jobs/{job}/files/{name:path}", "/api/parcel-files/{upload}/{name}"}


def test_a_form_of_too_many_fields_or_parts_is_refused() -> None:
    kind = "multipart/form-data; boundary=b"

    def parts(count: int) -> bytes:
        return b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\n--x\r\n' * count + b"--b--\r\n"

    assert read(kind, parts(PARTS - 1)).fields == {"a": "\n--x"}
    assert (
        len(read("application/x-www-form-urlencoded", b"&".join(b"%d=1" % n for n in range(FIELDS))).fields) == FIELDS
    )
    for wrong, body in ((kind, parts(PARTS + 1)), ("application/x-www-form-urlencoded", b"a=1&" * (FIELDS + 1))):
        with pytest.raises(FormUnreadable):
            read(wrong, body)


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
def test_json_nested_too_deeply_is_refused(client: TestClient, opening: str) -> None:
    for depth in (500, 990, 5_000, 300_000):
        body = opening * depth
        for address in ("/api/transactions", "/api/claims", "/api/activities/a/features", f"{JOB[:57]}/check"):
            for content in (body, body + "1" + "".join({"[": "]", ":": "}"}.get(c, "") for c in reversed(body))):
                answer = client.post(address, content=content, headers={"content-type": "application/json"})
                assert answer.status_code in {400, 404, 422}, (address, depth, answer.status_code)
        content = f'{{"type": "Feature", "geometry": null, "properties": {body}'
        answer = client.post(
            "/ogc/collections/hazard_point/items", content=content, headers={"content-type": "application/geo+json"}
        )
        assert answer.status_code == 400
    assert client.get("/health").status_code == 200


# --- time -------------------------------------------------------------------------------------------------------------


@contextmanager
def served(app: Any, **config: Any) -> Generator[str]:
    """An application on a port of its own; its host and port."""
    listener = socket.create_server(("127.0.0.1", 0))
    made = (
        app if isinstance(app, uvicorn.Config) else uvicorn.Config(app, log_level="critical", lifespan="off", **config)
    )
    server = uvicorn.Server(made)
    running = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    running.start()
    yield f"127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    running.join(20)


def guarded(**settings: Any) -> FastAPI:
    """An application of nothing but the guards."""
    app = FastAPI()
    errors.install(app)
    guard(app, Settings(**settings))
    return app


def test_a_request_on_which_nothing_moves_is_answered_and_the_others_go_on() -> None:
    app, free = guarded(request_timeout=1), threading.Event()
    ended: list[bool] = []

    @app.get("/slow")
    def slow() -> str:
        ended.append(free.wait(30))
        return "late"

    @app.get("/quick")
    def quick() -> str:
        return "now"

    with TestClient(app) as client:
        answer = client.get("/slow")
        problem(answer, 503, "waited_too_long")
        assert answer.headers["retry-after"]
        assert ended == []  # answered while the route was still waiting
        assert client.get("/quick").text == '"now"'
        free.set()
        assert client.get("/slow").text == '"late"'


def test_a_download_and_an_upload_that_move_are_not_cut_short() -> None:
    app = guarded(request_timeout=1)

    @app.get("/down")
    def down() -> StreamingResponse:
        def slowly() -> Iterator[bytes]:
            for _ in range(6):
                time.sleep(0.4)
                yield b"a"

        return StreamingResponse(slowly())

    @app.post("/up")
    async def up(request: Request) -> int:
        return len(await request.body())

    def sent() -> Iterator[bytes]:
        for _ in range(6):
            time.sleep(0.4)
            yield b"a"

    with served(app) as host:
        asking = http.client.HTTPConnection(host, timeout=30)
        asking.request("GET", "/down")
        assert asking.getresponse().read() == b"a" * 6
        asking.request("POST", "/up", body=sent(), encode_chunked=True, headers={"Transfer-Encoding": "chunked"})
        assert asking.getresponse().read() == b"6"
        asking.close()
        # The control: an upload that stops moving is.
        with socket.create_connection(tuple(host.split(":"))) as stalled:  # pyright: ignore
            stalled.sendall(b"POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc")
            stalled.settimeout(30)
            assert stalled.recv(100).startswith(b"HTTP/1.1 503")


def test_a_body_without_an_end_is_refused_before_it_ends(placed: Database) -> None:
    with served(create_app(placed)) as host, socket.create_connection(tuple(host.split(":"))) as sending:  # pyright: ignore
        head = b"POST /api/transactions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nAuthorization: "
        head += header(placed)["Authorization"].encode() + b"\r\n"
        sending.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n")
        sending.settimeout(30)
        for _ in range(LARGEST_BODY // 0x100000 + 1):
            sending.sendall(b"100000\r\n" + b" " * 0x100000 + b"\r\n")
        assert sending.recv(100).startswith(b"HTTP/1.1 413")


# --- how often --------------------------------------------------------------------------------------------------------


@given(st.integers(1, 100), st.lists(st.floats(0, 30), max_size=300))
def test_no_bucket_gives_more_than_it_holds(per_minute: int, waits: list[float]) -> None:
    now = [0.0]
    buckets = Buckets(per_minute, clock=lambda: now[0])
    given_out = 0
    for wait in waits:
        now[0] += wait
        told = buckets.take("a")
        given_out += told == 0
        assert 0 <= told <= 60 / per_minute + 1e-6
        if told:
            now[0] += told + 1e-6
            assert buckets.take("a") == 0  # who waits as long as told is served
            given_out += 1
    assert given_out <= per_minute + now[0] * per_minute / 60 + 1e-6


def test_buckets_are_each_for_one_and_forgotten_in_the_end() -> None:
    buckets = Buckets(1, clock=lambda: 0.0)
    assert [buckets.take("a"), buckets.take("b")] == [0, 0]
    assert buckets.take("a") > 0
    for number in range(MOST_KEPT):
        buckets.take(str(number))
    assert buckets.take("a") == 0
    assert [Buckets(0).take("a") for _ in range(1000)] == [0] * 1000


def test_who_asks_too_often_is_told_when_to_come_again() -> None:
    app = guarded(rate_per_minute=5)
    with TestClient(app, client=("10.0.0.1", 1)) as client, TestClient(app, client=("10.0.0.2", 1)) as other:
        assert [client.get("/nix").status_code for _ in range(5)] == [404] * 5
        forwarded = {"x-forwarded-for": "10.9.9.9", "forwarded": "for=10.9.9.9", "x-real-ip": "10.9.9.9"}
        for headers in ({}, forwarded):
            answer = client.get("/nix", headers=headers)
            problem(answer, 429, "too_many")
            assert 1 <= int(answer.headers["retry-after"]) <= 12
        assert other.get("/nix").status_code == 404
        assert client.get("/static/app/main.css").status_code == 404  # the look of the refusal


def test_what_costs_much_is_counted_apart(demo: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHANHE_COSTLY_PER_MINUTE", "2")
    few = Database(Settings(database=demo.dsn))  # pyright: ignore
    address = "/api/layers/hazard_point/export?format=csv"
    with few, client_of(few) as client:
        assert [client.get(address).status_code for _ in range(2)] == [200, 200]
        for costly in (address, "/api/ledger.csv", "/api/claims.docx", "/export?layer=hazard_point"):
            problem(client.get(costly), 429, "too_many")
        assert [client.get("/api/layers").status_code for _ in range(5)] == [200] * 5


@pytest.mark.parametrize(
    ("path", "costly"),
    [("/export", True), ("/api/layers/a/export", True), ("/api/money.xlsx", True), ("/api/imports/1/report.xlsx", True),
     ("/api/import-jobs", True), ("/api/import-jobs/1", False), (JOB, False), ("/", False), ("/api/features", False),
     ("/ogc/collections/a/tiles/b/1/1/1", False), ("/api/ledger", True), ("/static/app/map.js", False)],
)  # fmt: skip
def test_costly_is_what_makes_or_reads_a_file(path: str, costly: bool) -> None:
    assert is_costly({"path": path}) is costly


def test_an_account_is_counted_wherever_it_asks_from() -> None:
    from api.rate import Rated
    from api.refused import Refused

    app = FastAPI()
    errors.install(app)
    who: Callable[[Any], str | None] = lambda scope: dict(scope["headers"]).get(b"x-who", b"").decode() or None  # noqa: E731
    app.add_middleware(Rated, every=Buckets(3), costly=Buckets(0), account=who)
    app.add_middleware(Refused)
    told: list[int] = []
    for number in range(5):
        with TestClient(app, client=(f"10.0.0.{number}", 1)) as client:
            told.append(client.get("/nix", headers={"x-who": "wang"}).status_code)
            assert client.get("/nix", headers={"x-who": f"li-{number}"}).status_code == 404
    assert told == [404, 404, 404, 429, 429]


def test_a_house_of_ipv6_is_one_address() -> None:
    def of(host: str) -> str:
        return address_of({"client": (host, 1)})

    assert of("2001:db8:1:2::1") == of("2001:db8:1:2:ffff::9%eth0") != of("2001:db8:1:3::1")
    assert of("10.0.0.1") == "10.0.0.1" != of("10.0.0.2")
    assert address_of({"client": None}) == ""


# --- proxies ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trusted", ["", "127.0.0.1", "10.0.0.0/8, 127.0.0.0/8", "10.0.0.1"])
def test_a_proxy_is_believed_only_where_it_is_named(
    placed: Database, monkeypatch: pytest.MonkeyPatch, trusted: str
) -> None:
    """By the address under which a guess at a password is counted, and by the header that only TLS brings."""
    monkeypatch.setenv("SHANHE_TRUSTED_PROXIES", trusted)
    believed = "127" in trusted
    named = Database(Settings(database=placed.dsn))  # pyright: ignore
    with named, served(configured(named)) as host, psycopg.connect(placed.dsn, autocommit=True) as connection:
        asking = http.client.HTTPConnection(host, timeout=30)

        def told(**headers: str) -> tuple[http.client.HTTPResponse, str]:
            sent = {"Content-Type": "application/x-www-form-urlencoded"}
            sent |= {name.replace("_", "-"): value for name, value in headers.items()}
            name = f"n{secrets.token_hex(4)}"
            asking.request("POST", "/login", f"name={name}&password=x", sent)
            answer = asking.getresponse()
            answer.read()
            counted = connection.execute("SELECT address FROM sign_in WHERE name = %s", [name]).fetchone()
            return answer, (counted or ("",))[0]

        assert told()[1] == "127.0.0.1"
        assert told(X_Forwarded_For="10.9.9.9")[1] == ("10.9.9.9" if believed else "127.0.0.1")
        assert told(Forwarded="for=10.9.9.9")[1] == "127.0.0.1"
        over_tls, _ = told(X_Forwarded_Proto="https", X_Forwarded_For="10.9.9.9")
        assert ("strict-transport-security" in over_tls.headers) is believed
        assert "server" not in over_tls.headers
        asking.close()
