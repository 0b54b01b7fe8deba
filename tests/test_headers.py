"""What guards answers: every one carries the headers, and what is written into a page does not run in a browser."""

from collections.abc import Iterator
from typing import Any

import pytest
from conftest import CHROMIUM
from people import client_of
from playwright.sync_api import Browser, BrowserContext
from starlette.testclient import TestClient
from test_origin import another_site
from test_real_page import serving

from api.app import create_app
from geo.database import Database

DAY = "2024-12-31"
PAGES = (
    f"/?as_of={DAY}#layer=relocation_household", f"/?lang=en&as_of={DAY}", f"/money?as_of={DAY}", "/ledger",
    "/ledger/1", "/ledger/activities/2024-09", "/claims", "/claims/read", "/import",
    f"/claims/records?metric=hazard.treatment_works&as_of={DAY}", "/nix", "/ledger/999999", "/ogc", "/ogc/conformance",
    "/ogc/collections", "/ogc/collections/hazard_point", "/ogc/collections/hazard_point/items?limit=3",
    "/ogc/collections/hazard_point/schema", "/ogc/collections/hazard_point/queryables", "/ogc/tileMatrixSets",
    "/ogc/collections/hazard_point/tiles",
)  # fmt: skip
SEEN = """addEventListener("securitypolicyviolation", event => refused(event.effectiveDirective))"""


@pytest.fixture
def client(demo: Database) -> Iterator[TestClient]:
    """The application over the demonstration."""
    with client_of(demo, client=("127.0.0.1", 5000), raise_server_exceptions=False) as client:
        yield client


# --- headers ----------------------------------------------------------------------------------------------------------

ANSWERS = {
    "/": 200, "/api/layers": 200, "/ogc/collections/hazard_point/items": 200, "/health": 200,
    "/static/app/map.css": 200,
    "/static/nix": 404, "/api/nix": 404, "/nix": 404, "/api/progress?as_of=x": 422, "/export?layer=hazard_point": 303,
    "/api/layers/hazard_point/export?format=csv": 200, "/api/ledger.xlsx": 200, "/api/layers/": 307, "//": 200,
    "/ogc/collections/hazard_point/tiles/WebMercatorQuad/13/3400/6445": 200,
}  # fmt: skip


def guarded(headers: Any) -> None:
    """Every header that must be there, once, and none that tells what runs here."""
    policy = headers["content-security-policy"]
    for directive in ("base-uri 'none'", "frame-ancestors 'none'", "default-src"):
        assert directive in policy
    for loose in ("unsafe", "*", "http:", "https:", "data:"):
        assert loose not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=(self)" in headers["permissions-policy"]
    assert not {"server", "x-powered-by"} & set(headers)
    assert not any(name.startswith("access-control-") for name in headers)


@pytest.mark.parametrize("address", ANSWERS)
def test_every_answer_carries_the_headers(client: TestClient, address: str) -> None:
    for headers in ({}, {"accept": "text/html"}):
        answer = client.get(address, headers=headers, follow_redirects=False)
        assert answer.status_code in {ANSWERS[address], 204, 406}
        guarded(answer.headers)
        assert "strict-transport-security" not in answer.headers
        if "etag" in answer.headers:
            again = client.get(address, headers={**headers, "if-none-match": answer.headers["etag"]})
            assert again.status_code == 304
            guarded(again.headers)


@pytest.mark.parametrize("address", ["/", "/api/layers", "/nix", "/login"])
def test_what_nobody_in_particular_is_answered_carries_them_too(demo: Database, address: str) -> None:
    with TestClient(create_app(demo)) as client:
        for headers in ({}, {"accept": "text/html"}):
            answer = client.get(address, headers=headers, follow_redirects=False)
            assert answer.status_code in (200, 303, 401)
            guarded(answer.headers)


def test_a_fault_of_the_program_and_a_refusal_carry_them_too(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    guarded(client.post("/api/layers", headers={"origin": "null"}).headers)
    guarded(client.delete("/api/layers").headers)
    monkeypatch.setattr("api.routes.activities.ledger.activities", lambda connection: 1 / 0)
    for headers in ({}, {"accept": "text/html"}):
        answer = client.get("/api/activities", headers=headers)
        assert (answer.status_code, answer.headers["cache-control"]) == (500, "no-store")
        guarded(answer.headers)


def test_browsers_are_told_to_come_back_over_tls_only_where_they_came_over_it(demo: Database) -> None:
    with client_of(demo, base_url="https://map.local") as client:
        for address in ("/", "/api/layers", "/static/app/map.css", "/nix"):
            assert "max-age=" in client.get(address).headers["strict-transport-security"]


def test_no_cache_between_keeps_what_depends_on_who_asks(client: TestClient) -> None:
    for address, status in ANSWERS.items():
        answer = client.get(address, follow_redirects=False)
        kept = answer.headers["cache-control"]
        if address.startswith(("/static/", "/health")):
            assert "private" not in kept
        else:
            assert "no-store" in kept or kept.startswith("private, "), (address, status)


# --- a real browser ---------------------------------------------------------------------------------------------------

in_chromium = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")


def watched(browser: Browser) -> tuple[BrowserContext, list[str]]:
    """A context whose pages tell which directives of their policy refused something."""
    context = browser.new_context(locale="zh-CN")
    refused: list[str] = []
    context.expose_binding("refused", lambda source, directive: refused.append(directive))
    context.add_init_script(SEEN)
    return context, refused


@in_chromium
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_no_page_needs_what_its_policy_refuses(browser: Browser, demo: Database) -> None:
    with serving(demo) as address:
        context, refused = watched(browser)
        page = context.new_page()
        for path in PAGES:
            page.goto("about:blank")
            page.goto(address + path)
            if path.startswith("/?"):
                page.wait_for_selector("body.ready", state="attached")
            page.wait_for_load_state("networkidle")
            assert refused == [], path
            assert page.locator("script:not([src]):not([type='application/json'])").count() == 0, path
            source = page.evaluate("fetch(location.href, {headers: {accept: 'text/html'}}).then(a => a.text())")
            inline = page.evaluate(
                "text => [...new DOMParser().parseFromString(text, 'text/html').querySelectorAll('*')].flatMap(e =>"
                " [...e.attributes].map(a => a.name)).filter(n => n.startsWith('on') || n === 'style')",
                source,
            )
            assert inline == [], path
        page.goto(f"{address}/?as_of={DAY}#layer=hazard_point&town=511132100")
        page.locator(".feature-list button, .features button").first.click()
        page.locator(".card .milestones li").first.wait_for()
        assert refused == []
        context.close()


PLANTED = """<script>window.ran = 'script'</script><img src="/static/nix" onerror="window.ran = 'handler'">
<a id="link" href="javascript:window.ran = 'link'">x</a><p style="color: red">x</p><style>p { color: red }</style>
<base href="http://127.0.0.1:1/"><object data="/health"></object><iframe src="/health"></iframe>
<script src="http://127.0.0.1:1/x.js"></script><script src="/api/layers"></script>
<form id="form" action="http://127.0.0.1:1/x"><button>x</button></form></body>"""
REFUSED = {"script-src-elem", "script-src-attr", "style-src-attr", "style-src-elem", "base-uri", "object-src",
           "frame-src", "form-action"}  # fmt: skip


@in_chromium
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("guard", [True, False])
def test_what_is_planted_in_a_page_does_not_run(browser: Browser, demo: Database, guard: bool) -> None:
    """The control is the same page without the policy: there it runs."""
    with serving(demo) as address:
        context, refused = watched(browser)
        page = context.new_page()

        def planting(route: Any) -> None:
            answer = route.fetch()
            headers = {n: v for n, v in answer.headers.items() if guard or n != "content-security-policy"}
            route.fulfill(response=answer, headers=headers, body=answer.text().replace("</body>", PLANTED))

        context.route("**/claims/read", planting)
        page.goto(f"{address}/claims/read")
        page.wait_for_load_state("networkidle")
        if guard:
            page.evaluate("document.querySelector('#link').click(), document.querySelector('#form').requestSubmit()")
            page.wait_for_timeout(300)
            assert set(refused) == REFUSED
            assert page.evaluate("window.ran") is None
            assert refused.count("script-src-elem") >= 3  # inline, of another origin, and the link
        else:
            assert page.evaluate("window.ran") in {"script", "handler"}
            assert refused == []
        context.close()


@in_chromium
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_no_page_is_shown_inside_another(browser: Browser, demo: Database) -> None:
    with serving(demo) as address:
        framing = f'<iframe id="f" src="{address}/claims"></iframe>'
        with another_site(
            {"/": framing, "/plain": '<iframe id="f" src="/inner"></iframe>', "/inner": "<h1>x</h1>"}
        ) as at:
            page = browser.new_page()
            for path, shown in (("/", 0), ("/plain", 1)):
                page.goto(f"http://127.0.0.1:{at}{path}")
                inside = [frame for frame in page.frames[1:] if frame.url.startswith("http")]
                assert len(inside) == shown
            page.close()
