"""What another site has a browser send is not carried out, whatever form it takes; the same from our own pages is."""

import html
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from conftest import CHROMIUM
from fastapi.routing import APIRoute
from people import session
from playwright.sync_api import Browser, Page
from starlette.testclient import TestClient
from starlette.types import Scope
from test_real_page import serving

from api.app import create_app
from api.origin import from_elsewhere
from geo.database import Database

HERE = "http://map.local:8000"
TOKEN, COOKIE = ("authorization", "Bearer shp_web"), ("cookie", "shanhe_session=s_web")
FIELDS = {"year": "2024", "title": "x", "keep-0": "on", "name-0": "hazard.points", "value-0": "7", "unit-0": "处",
          "kind-0": "actual"}  # fmt: skip


@pytest.fixture
def client(placed: Database) -> Iterator[TestClient]:
    """The application, asked by whoever the headers are of: a program's token, or a browser's cookie."""
    session(placed)
    with TestClient(create_app(placed), client=("127.0.0.1", 5000), base_url=HERE, follow_redirects=False) as client:
        yield client


def stored(database: Database) -> set[str]:
    """The marks of the requests that changed something: each names a document or a channel after itself."""
    with database.owner() as connection:
        found = connection.execute("SELECT code FROM claim_document UNION SELECT code FROM fund_source").fetchall()
    return {row[0] for row in found}


# --- programs and forged headers --------------------------------------------------------------------------------------

ELSEWHERE: dict[str, list[tuple[str, str]]] = {
    "null": [("origin", "null")],
    "another site": [("origin", "http://evil.example")],
    "another scheme": [("origin", "https://map.local:8000")],
    "another port": [("origin", "http://map.local:9000")],
    "the default port": [("origin", "http://map.local")],
    "below": [("origin", "http://evil.map.local:8000")],
    "above": [("origin", "http://local:8000")],
    "begins alike": [("origin", "http://map.local.evil.example:8000")],
    "ends alike": [("origin", "http://evilmap.local:8000")],
    "as a name of a user": [("origin", "http://map.local:8000@evil.example")],
    "two in one": [("origin", "http://map.local:8000, http://evil.example")],
    "one and another": [("origin", HERE), ("origin", "http://evil.example")],
    "another and one": [("origin", "http://evil.example"), ("origin", HERE)],
    "empty": [("origin", "")],
    "a file": [("origin", "file://")],
    "an extension": [("origin", "chrome-extension://map.local:8000")],
    "no port": [("origin", "http://map.local:x")],
    "a bracket": [("origin", "http://[map.local:8000")],
    "the browser says cross-site": [("sec-fetch-site", "cross-site")],
    "the browser says same-site": [("sec-fetch-site", "same-site"), ("origin", HERE)],
    "the browser says both": [("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")],
    "the browser says same-origin of another": [("sec-fetch-site", "same-origin"), ("origin", "http://evil.example")],
    "a cookie and silence": [COOKIE],
    "by a host that was forwarded": [("origin", "http://evil.example"), ("x-forwarded-host", "evil.example")],
}
OURS: dict[str, list[tuple[str, str]]] = {
    "a program with a token": [TOKEN],
    "a program with a token and a cookie": [TOKEN, COOKIE],
    "our page": [("origin", HERE), COOKIE],
    "our page, says the browser": [("origin", HERE), ("sec-fetch-site", "same-origin"), COOKIE],
    "our page behind TLS, says the browser": [
        ("origin", "https://map.local:8000"),
        ("sec-fetch-site", "same-origin"),
        COOKIE,
    ],
    "a reader who sends a form again": [("origin", HERE), ("sec-fetch-site", "none"), COOKIE],
}


@pytest.mark.parametrize("headers", ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_request_from_elsewhere_changes_nothing(
    client: TestClient, placed: Database, headers: list[tuple[str, str]]
) -> None:
    for address in ("/claims/confirmed", "/claims/confirmed?_method=GET", "//claims/confirmed", "/static/x", "/nix"):
        sent = [*headers, *([] if COOKIE in headers else [COOKIE])]
        answer = client.post(address, data={**FIELDS, "document": "mark"}, headers=sent)
        assert (answer.status_code, answer.json()["code"]) == (403, "from_elsewhere"), address
        assert answer.json()["detail_zh"] != answer.json()["detail_en"]
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert stored(placed) == set()


@pytest.mark.parametrize("headers", OURS.values(), ids=OURS)
def test_our_own_pages_and_programs_are_heard(
    client: TestClient, placed: Database, headers: list[tuple[str, str]]
) -> None:
    answer = client.post("/claims/confirmed", data={**FIELDS, "document": "mark"}, headers=headers)
    assert answer.status_code == 303, answer.text
    assert stored(placed) == {"mark"}


def test_every_way_to_change_something_is_behind_it(client: TestClient) -> None:
    seen = 0
    for route in [each for each in client.app.routes if isinstance(each, APIRoute)]:  # pyright: ignore
        for method in route.methods - {"GET", "HEAD", "OPTIONS"}:
            address = route.path.replace("{name:path}", "a").replace("{", "").replace("}", "")
            answer = client.request(method, address, headers={"origin": "null"})
            assert (answer.status_code, answer.json()["code"]) == (403, "from_elsewhere"), (method, route.path)
            seen += 1
    assert seen > 20
    for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND"):
        answer = client.request(method, "/api/layers", headers={"origin": "null"})
        assert answer.status_code in {403, 405}, method


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_no_method_hides_in_another(client: TestClient, placed: Database, header: str) -> None:
    """Even asked from our own page."""
    for method, status in (("PUT", 405), ("DELETE", 405)):
        asked = {header: method, "origin": HERE, "cookie": COOKIE[1]}
        answer = client.post(f"/api/fund-sources/a?_method={method}", json={"name_zh": "a"}, headers=asked)
        assert answer.status_code == status
        answer = client.get(f"/api/fund-sources/a?_method={method}", headers=asked)
        assert answer.status_code == status
    assert stored(placed) == set()
    assert client.put("/api/fund-sources/a", json={"name_zh": "a"}, headers=dict([TOKEN])).status_code == 204


def test_reading_is_not_refused_to_who_follows_a_link(client: TestClient) -> None:
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "cookie": COOKIE[1]}
    answer = client.get("/claims", headers=headers)
    assert answer.status_code == 200
    assert 'href="/claims/read' in answer.text


# --- a real browser ---------------------------------------------------------------------------------------------------


def _inputs(mark: str) -> str:
    return "".join(f'<input name="{name}" value="{value}">' for name, value in {**FIELDS, "document": mark}.items())


def _form(mark: str, target: str, form: str = "", button: str = "", *, method: str = "post") -> str:
    """A form that is sent into a frame of its own."""
    return (
        f'<iframe name="i{mark}"></iframe><form method="{method}" action="{target}/claims/confirmed" target="i{mark}"'
        f" {form}>{_inputs(mark)}<button {button}>x</button></form>"
    )


SUBMIT = "<script>document.querySelectorAll('form').forEach(f => f.requestSubmit(f.querySelector('button')))</script>"


def page_of_tricks(target: str) -> str:
    """A page that sends everything that a page can send, each with a mark of its own."""
    boxed, inert = (html.escape(_form(mark, target) + SUBMIT) for mark in ("m05", "m06"))
    name = html.escape('{"name_zh":"a","x":"')
    scripts = {
        "m08": "fetch(T + '/claims/confirmed', {method: 'POST', mode: 'no-cors', credentials: 'include', body: F})",
        "m09": "fetch(T + '/claims/confirmed', {method: 'POST', mode: 'no-cors', body: D})",
        "m10": "fetch(T + '/claims/confirmed', {method: 'POST', mode: 'no-cors', keepalive: true, body: F})",
        "m11": "navigator.sendBeacon(T + '/claims/confirmed', F)",
        "m12": "fetch(T + '/api/fund-sources/m12', {method: 'PUT', body: J, headers: {'Content-Type':"
        " 'application/json'}})",
        "m13": "(x => {x.open('POST', T + '/claims/confirmed'); x.withCredentials = true; x.send(F)})"
        "(new XMLHttpRequest())",
        "m14": "fetch(T + '/api/fund-sources/m14', {method: 'PUT', mode: 'no-cors', body: J})",
        "m15": "fetch(T + '/claims/confirmed', {method: 'POST', mode: 'no-cors', referrerPolicy: 'no-referrer',"
        " body: F})",
        "m16": "fetch(T + '/claims/confirmed', {method: 'POST', mode: 'cors', body: F, headers: {'X-Y': 'z'}})",
    }
    sent = "".join(
        f"(async () => {{ const F = new URLSearchParams({json.dumps({**FIELDS, 'document': mark})});"
        " const D = new FormData();"
        f' F.forEach((value, name) => D.append(name, value)); const J = \'{{"name_zh": "a"}}\';'
        f" try {{ await {script} }} catch {{}} }})();"
        for mark, script in scripts.items()
    )
    return (
        "<!doctype html><meta charset=utf-8><body>"
        + _form("m01", target)
        + _form("m02", target, 'enctype="multipart/form-data"')
        + _form("m03", target, 'rel="noreferrer"')
        + _form("m04", target, button='formmethod="post" formenctype="multipart/form-data"', method="get")
        + f'<iframe sandbox="allow-forms allow-scripts" srcdoc="{boxed}"></iframe>'
        + f'<iframe src="data:text/html,{inert}"></iframe>'
        + f'<iframe name="im07"></iframe><form method="post" enctype="text/plain" target="im07"'
        f' action="{target}/api/transactions"><input name="{name}" value="&quot;}}"><button>x</button></form>'
        + f"{SUBMIT}<script>const T = {json.dumps(target)}; {sent}</script>"
    )


@contextmanager
def another_site(pages: dict[str, str]) -> Iterator[int]:
    """A site on another port that serves pages by path; its port."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = pages.get(self.path, "").encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def _try(browser: Browser, address: str, noted: list[bool], planted: str | None = None) -> None:
    """Opens the page of tricks and waits until no more requests come in."""
    context = browser.new_context()
    page: Page = context.new_page()
    if planted is not None:
        context.route(address, lambda route: route.fulfill(body=planted, content_type="text/html"))
    page.goto(address)
    before = -1
    while before != len(noted):
        before = len(noted)
        page.wait_for_timeout(1_500)
    context.close()


@pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_no_page_of_another_origin_gets_anything_changed(
    browser: Browser, placed: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosts = [("127.0.0.1", "127.0.0.1"), ("localhost", "127.0.0.1"), ("evil.localhost", "localhost")]
    refused: list[bool] = []

    def noting(scope: Scope) -> bool:
        refused.append(from_elsewhere(scope))
        return refused[-1]

    monkeypatch.setattr("api.origin.from_elsewhere", noting)
    with serving(placed) as target:
        port = target.rpartition(":")[2]
        pages: dict[str, str] = {}
        with another_site(pages) as other:
            for host, place in hosts:
                pages[f"/{host}"] = page_of_tricks(f"http://{place}:{port}")
                _try(browser, f"http://{host}:{other}/{host}", refused)
                assert stored(placed) == set(), host
        assert all(refused)
        assert len(refused) >= 30  # the rest a browser asks about first (OPTIONS), and then does not send
        # The control: the same page as one of our own is heard, except what hides where it comes from.
        _try(browser, f"{target}/planted", refused, page_of_tricks(target))
        assert stored(placed) == {f"m{number:02}" for number in range(1, 17)} - {"m05", "m06", "m07", "m14"}
