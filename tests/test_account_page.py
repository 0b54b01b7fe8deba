"""The pages of accounts over the real program: signing in and out, a new password, the own account, all accounts."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from people import served
from playwright.sync_api import Browser, Page, expect
from starlette.testclient import TestClient
from test_page import DESKTOP, Guard, pytestmark  # noqa: F401 - marks this module too
from whole import EVERYWHERE

from api.app import create_app
from api.local import is_loopback
from api.routes.login_page import own_address
from geo import account, first_account, sign_in
from geo.database import Database
from geo.viewer import secret_hash

COUNTY, TOWN = "511132", "511132100"
GOOD, BETTER = "wild-geese-fly-9", "rivers-and-hills-7"
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def office(placed: Database) -> Database:
    with placed.owner() as connection:
        for name, role, unit in (("zhang", "administrator", COUNTY), ("li", "officer", TOWN)):
            account.create(connection, name, label=f"{name} {HOSTILE}", password=GOOD, must_change=False)
            account.grant(connection, name, role, unit, by="test")
        account.create(connection, "new", label="新人", password=GOOD)
        account.grant(connection, "new", "planner", COUNTY, by="test")
    first_account.make_demo(placed)
    return placed


@contextmanager
def client_of(database: Database, name: str = "", *, local: bool = False, **options: Any) -> Iterator[TestClient]:
    """A client, signed in under a name if one is given."""
    sent = {"sec-fetch-site": "same-origin"}
    with TestClient(create_app(database, local=local), headers=sent, **options) as client:
        if name:
            secret = sign_in.sign_in(database, name, GOOD, address="192.0.2.1", agent="test")
            client.cookies.set("shanhe_session", secret)
        yield client


# --- signing in -------------------------------------------------------------------------------------------------------


def test_signing_in_sets_a_cookie_that_scripts_cannot_read_and_leads_on(office: Database) -> None:
    with client_of(office) as client:
        form = {"name": "li", "password": GOOD, "next": "/account?x=1"}
        answer = client.post("/login", data=form, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/account?x=1")
        cookie = answer.headers["set-cookie"]
        assert re.fullmatch(r"shanhe_session=[\w-]{43}; HttpOnly; Max-Age=1209600; Path=/; SameSite=lax", cookie), (
            cookie
        )
        assert client.get("/account").status_code == 200
        assert client.post("/logout", follow_redirects=False).headers["location"] == "/login"
        assert client.get("/api/account").status_code == 401
    with client_of(office, base_url="https://shanhe.example") as client:
        assert client.post("/login", data=form, follow_redirects=False).headers["set-cookie"].endswith("; Secure")


def test_signing_out_ends_the_session_itself(office: Database) -> None:
    with client_of(office, "li") as client:
        secret = client.cookies["shanhe_session"]
        client.post("/logout")
        client.cookies.set("shanhe_session", secret)
        assert client.get("/api/account").status_code == 401


def test_a_wrong_password_brings_the_form_back_with_the_name_and_without_the_password(office: Database) -> None:
    with client_of(office) as client:
        wrong = client.post("/login", data={"name": "li", "password": "not-the-password", "next": "/ledger"})
        unknown = client.post("/login", data={"name": "nobody", "password": "not-the-password", "next": "/ledger"})
    assert wrong.status_code == unknown.status_code == 401
    assert 'value="li"' in wrong.text
    assert 'value="/ledger"' in wrong.text
    assert "not-the-password" not in wrong.text
    assert wrong.text.replace('value="li"', "") == unknown.text.replace('value="nobody"', "")
    assert "set-cookie" not in wrong.headers


def test_too_many_guesses_are_told_when_to_come_again(office: Database) -> None:
    with client_of(office) as client:  # on a slow machine a first delay may be over before the next guess
        guesses = (client.post("/login", data={"name": "li", "password": f"wrong-{n}"}) for n in range(12))
        last = next(answer for answer in guesses if answer.status_code != 401)
    assert last.status_code == 429
    assert int(last.headers["retry-after"]) >= 1
    assert 'value="li"' in last.text


ELSEWHERE = [
    "//evil.example", "///evil.example", "/\\evil.example", "\\evil.example", "\\\\evil.example", "https://evil.example",
    "http:evil.example", "javascript:alert(1)", "evil.example", "", "/\t/evil.example", "/\n//evil.example",
    " //evil.example",
    "/login", "/logout", "/\r\nSet-Cookie: a=b", "/ok\\..\\evil", "data:text/html,x", "/\u2028/evil",
]  # fmt: skip


@pytest.mark.parametrize("asked", ELSEWHERE)
def test_signing_in_leads_nowhere_else(office: Database, asked: str) -> None:
    assert own_address(asked) == "/"
    with client_of(office) as client:
        form = {"name": "li", "password": GOOD, "next": asked}
        assert client.post("/login", data=form, follow_redirects=False).headers["location"] == "/"


@pytest.mark.parametrize("asked", ["/", "/ledger?year=2024", "/ogc/collections/hazard_point", "/claims#a", "/乡镇"])
def test_signing_in_leads_to_pages_of_this_site(asked: str) -> None:
    assert own_address(asked) == asked


def test_nobody_is_led_to_signing_in_and_back(office: Database) -> None:
    with client_of(office) as client:
        answer = client.get("/account", headers={"accept": "text/html"}, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2Faccount")
        assert client.get("/api/account").status_code == 401
        assert client.get("/api/accounts").status_code == 401


def test_a_first_password_is_changed_before_anything_else(office: Database) -> None:
    with client_of(office, "new") as client:
        page = client.get("/account", headers={"accept": "text/html"}, follow_redirects=False)
        assert (page.status_code, page.headers["location"]) == (303, "/password")
        assert client.get("/api/account").status_code == 403
        form = {"old": GOOD, "new": BETTER, "again": BETTER}
        for spoilt in ({"again": "something-else-1"}, {"old": "wrong-old-one"}, {"new": "short", "again": "short"}):
            refused = client.post("/password", data=form | spoilt)
            assert refused.status_code == 422
            for typed in form.values():
                assert typed not in refused.text
        assert client.post("/password", data=form, follow_redirects=False).status_code == 303
        assert client.get("/account").status_code == 200


# --- other sites ------------------------------------------------------------------------------------------------------

FORMS = [
    "/login", "/login/demo", "/logout", "/password", "/account/sessions/revoke", "/account/sessions/0123/revoke",
    "/account/tokens", "/account/tokens/1/revoke", "/accounts", "/accounts/li/password", "/accounts/li/grant",
    "/accounts/li/revoke", "/accounts/li/disable", "/accounts/li/enable", "/api/account/tokens", "/api/accounts",
    "/api/accounts/li/disable", "/api/accounts/li/enable", "/api/accounts/li/password",
]  # fmt: skip
FOREIGN = [
    {"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"}, {"origin": "http://testserver:81"}, {"origin": "http://testserver.evil.example"},
]  # fmt: skip


@pytest.mark.parametrize("path", FORMS)
def test_a_form_of_another_site_is_refused(office: Database, path: str) -> None:
    body = {"json": {"name": "x", "label": "x", "days": 9}} if path.startswith("/api/") else {
        "data": {"name": "li", "label": "x", "password": GOOD, "days": "9", "role": "officer", "org_unit": TOWN}
    }  # fmt: skip
    with client_of(office, "zhang", local=True, follow_redirects=False) as client:
        for headers in FOREIGN:
            assert client.post(path, headers=headers, **body).status_code in (403, 404), headers
        assert client.get("/api/account").status_code == 200, "still signed in"
        own = {"origin": "http://testserver", "sec-fetch-site": "same-origin"}
        control = client.post(path, headers=own, **body)
        assert control.status_code != 403, control.text


# --- who may ----------------------------------------------------------------------------------------------------------

ADMINISTRATION = [
    ("GET", "/accounts"), ("POST", "/accounts"), ("POST", "/accounts/zhang/password"), ("POST", "/accounts/li/grant"),
    ("POST", "/accounts/zhang/disable"), ("GET", "/api/accounts"), ("POST", "/api/accounts"),
    ("POST", "/api/accounts/zhang/disable"), ("POST", "/api/accounts/zhang/enable"),
    ("POST", "/api/accounts/zhang/password"), ("PUT", "/api/accounts/li/grants"),
    ("DELETE", "/api/accounts/zhang/grants?role=administrator&org_unit=511132"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), ADMINISTRATION)
def test_only_an_administrator_keeps_accounts(office: Database, method: str, path: str) -> None:
    sent: dict[str, Any] = {"json": {"name": "x", "label": "x", "role": "administrator", "org_unit": COUNTY}}
    if not path.startswith("/api/"):
        sent = {"data": sent["json"]}
    sent = {} if method in ("GET", "DELETE") else sent
    with client_of(office, "li") as client:
        assert client.request(method, path, **sent).status_code == 403
    with client_of(office, "zhang", follow_redirects=False) as client:
        assert client.request(method, path, **sent).status_code in (200, 201, 204, 303, 409, 422), "the control"


def test_a_token_makes_no_tokens_and_keeps_no_accounts(office: Database) -> None:
    with client_of(office, "zhang") as client:
        made = client.post("/api/account/tokens", json={"name": "QGIS", "days": 9}).json()
        assert made["tokens"][0]["verbs"] is None
    with client_of(office) as client:
        client.headers["authorization"] = f"Bearer {made['secret']}"
        assert client.get("/api/account").json()["name"] == "zhang"
        assert client.post("/api/account/tokens", json={"name": "more", "days": 9}).status_code == 403
        assert client.get("/api/accounts").status_code == 403
        assert client.put("/api/account/password", json={"old": GOOD, "new": BETTER}).status_code == 403


def test_the_api_keeps_accounts_like_the_pages(office: Database) -> None:
    with client_of(office, "zhang") as client:
        made = client.post("/api/accounts", json={"name": "wang", "label": "王五", "role": "officer", "org_unit": TOWN})
        assert made.status_code == 201
        assert made.headers["cache-control"] == "no-store"
        assert sign_in.sign_in(office, "wang", made.json()["password"], address="192.0.2.1", agent="test")
        assert client.post("/api/accounts", json={"name": "wang", "label": "again"}).status_code == 409
        assert client.put("/api/accounts/wang/grants", json={"role": "planner", "org_unit": COUNTY}).status_code == 204
        told = {each["name"]: each for each in client.get("/api/accounts").json()["accounts"]}
        assert {each["role"] for each in told["wang"]["grants"]} == {"officer", "planner"}
        gone = client.delete(f"/api/accounts/wang/grants?role=planner&org_unit={COUNTY}")
        assert gone.status_code == 204
        assert client.post("/api/accounts/wang/disable").status_code == 204
        assert client.post("/api/accounts/zhang/disable").status_code == 409
        assert client.post("/api/accounts/nobody/disable").status_code == 404
        assert "argon2" not in client.get("/api/accounts").text
        sessions = client.get("/api/account/sessions").json()["sessions"]
        assert [each["current"] for each in sessions] == [True]
        assert client.delete(f"/api/account/sessions/{sessions[0]['id']}").status_code == 204
        assert client.get("/api/account").status_code == 401


# --- the demonstration ------------------------------------------------------------------------------------------------


def test_accounts_of_the_demonstration_are_entered_on_this_machine_only(office: Database) -> None:
    here = {"base_url": "http://127.0.0.1:8000", "client": ("127.0.0.1", 50000), "follow_redirects": False}
    form = {"name": "demo-officer", "next": "/"}
    with client_of(office, local=True, **here) as client:
        assert "demo-officer" in client.get("/login").text
        assert client.post("/login/demo", data=form).status_code == 303
        assert client.get("/api/account").json()["grants"][0]["place"]["zh"] == "沙坪镇"
    elsewhere: list[tuple[bool, dict[str, Any], dict[str, str]]] = [
        (False, here, {}),
        (True, here | {"client": ("192.0.2.9", 50000)}, {}),
        (True, here | {"base_url": "http://shanhe.example"}, {}),
        (True, here, {"x-forwarded-for": "127.0.0.1"}),
        (True, here, {"forwarded": "for=127.0.0.1"}),
        (True, here, {"via": "1.1 proxy"}),
        (True, here | {"client": ("::ffff:192.0.2.9", 50000)}, {}),
    ]
    for local, options, headers in elsewhere:
        with client_of(office, local=local, **options) as client:
            assert "demo-officer" not in client.get("/login", headers=headers).text
            refused = client.post("/login/demo", data=form, headers=headers)
            assert refused.status_code == 404
            assert "set-cookie" not in refused.headers


@pytest.mark.parametrize("name", ["zhang", "li", "nobody", "", "demo-nobody"])
def test_nobody_else_is_entered_without_a_password(office: Database, name: str) -> None:
    here = {"base_url": "http://localhost:8000", "client": ("127.0.0.1", 50000)}
    with client_of(office, local=True, **here) as client:
        assert client.post("/login/demo", data={"name": name}).status_code == 404


def test_an_account_of_the_demonstration_has_no_password_to_guess(office: Database) -> None:
    for password in ("", "demo-officer", "None"):
        with pytest.raises(sign_in.SignInRefused):
            sign_in.sign_in(office, "demo-officer", password, address="192.0.2.1", agent="test")


@pytest.mark.parametrize(
    ("host", "own"),
    [("127.0.0.1", True), ("::1", True), ("[::1]", True), ("localhost", True), ("127.8.9.1", True), ("0.0.0.0", False),
     ("::", False), ("", False), ("192.168.1.9", False), ("localhost.evil.example", False), ("2130706433", False)],
)  # fmt: skip
def test_what_is_an_address_of_this_machine(host: str, own: bool) -> None:
    assert is_loopback(host) == own


def test_accounts_of_the_demonstration_go_with_it(office: Database) -> None:
    first_account.enter_demo(office, "demo-officer", address="127.0.0.1", agent="test")
    with office.owner() as connection:
        assert len(first_account.demo_accounts(connection)) == 4
        first_account.remove_demo(connection)
        assert first_account.demo_accounts(connection) == []
        assert {each.name for each in account.accounts(connection)} == {"zhang", "li", "new"}


def test_the_first_administrator_is_made_once_and_can_do_everything(placed: Database) -> None:
    made = first_account.first_administrator(placed)
    assert made is not None
    assert first_account.first_administrator(placed) is None
    name, password = made
    secret = sign_in.sign_in(placed, name, password, address="192.0.2.1", agent="test")
    with placed.owner() as connection:
        who = sign_in.signed(connection, secret_hash(secret))
        grants = account.account(connection, account.named(connection, name)).grants
    assert who is not None
    assert who.must_change
    assert [(each.role, each.org_unit) for each in grants] == [
        (role, None) for role in ("administrator", "manager", "officer")
    ]


def test_accounts_of_the_demonstration_do_not_stand_in_for_an_administrator(placed: Database) -> None:
    first_account.make_demo(placed)
    first_account.make_demo(placed)
    assert first_account.first_administrator(placed) is not None


# --- in a browser -----------------------------------------------------------------------------------------------------


@pytest.fixture
def open_page(browser: Browser, office: Database) -> Iterator[Any]:
    """Opens an address in a fresh context; nothing may leave the origin or run what a name says."""
    with served(create_app(office, local=True)) as address:
        guard, contexts = Guard(address), []

        def opened(path: str, **options: Any) -> Page:
            context = browser.new_context(locale="zh-CN", **{**DESKTOP, **options})
            contexts.append(context)
            guard.watch(context)
            page = context.new_page()
            page.set_default_timeout(30_000)
            page.goto(address + path)
            return page

        yield opened
        for context in contexts:
            context.close()
    # A form that is refused answers 401 or 422, which the browser writes into its console.
    errors = [each for each in guard.errors if "Failed to load resource" not in each]
    assert (guard.left, guard.dialogs, errors) == ([], [], [])


def fits(page: Page) -> bool:
    """Whether nothing is wider than the screen."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@EVERYWHERE
def test_an_administrator_makes_an_account_and_its_owner_signs_in_without_scripts(
    open_page: Any, device: dict[str, Any], language: str
) -> None:
    page = open_page(f"/login?lang={language}&next=/accounts", **device, java_script_enabled=False)
    page.fill("[name=name]", "zhang")
    page.fill("[name=password]", "wrong-password-1")
    page.click("form .primary")
    expect(page.locator(".refused")).to_be_visible()
    expect(page.locator("input[name=name]")).to_have_value("zhang")
    page.fill("[name=password]", GOOD)
    page.click("form .primary")
    expect(page.locator(".accounts > li")).to_have_count(7)
    page.click("#add summary")
    page.fill("#add [name=name]", "王小明")
    page.fill("#add [name=label]", HOSTILE)
    page.select_option("#add [name=role]", "administrator")
    page.select_option("#add [name=org_unit]", TOWN)
    page.click("#add .primary")
    expect(page.locator("#add .refused")).to_be_visible()
    expect(page.locator("#add [name=label]")).to_have_value(HOSTILE)
    page.select_option("#add [name=role]", "officer")
    page.click("#add .primary")
    password = page.locator(".secret code").inner_text()
    page.click(".viewer button")
    page.goto(page.url.replace("/accounts", "/login"))
    page.fill("[name=name]", "王小明")
    page.fill("[name=password]", password)
    page.click("form .primary")
    page.goto(page.url.partition("/")[0] + "//" + page.url.split("/")[2] + f"/account?lang={language}")
    assert page.url.endswith("/password")
    page.fill("[name=old]", password)
    page.fill("[name=new]", BETTER)
    page.fill("[name=again]", BETTER)
    page.click("form.card .primary")
    page.goto("http://" + page.url.split("/")[2] + f"/account?lang={language}")
    expect(page.locator("h1")).to_have_text(HOSTILE)
    expect(page.locator(".grants").first).to_contain_text("沙坪" if language == "zh" else "Field officer")
    page.fill("#tokens [name=name]", "QGIS")
    page.check("#tokens [name='verb:view']")
    page.click("#tokens .primary")
    expect(page.locator(".secret code")).to_contain_text("shp_")


@EVERYWHERE
def test_the_pages_of_accounts_fit_the_screen(open_page: Any, device: dict[str, Any], language: str) -> None:
    page = open_page(f"/login?lang={language}&next=/account", **device)
    assert fits(page)
    expect(page.locator("form.choices .button")).to_have_count(4)
    page.click("form.choices .button >> nth=3")
    page.wait_for_url("**/account*")
    for path in ("/account", "/accounts", "/password"):
        page.goto("http://" + page.url.split("/")[2] + f"{path}?lang={language}")
        for summary in page.locator("summary").all():
            summary.click()
        assert fits(page), path
        small = page.evaluate(
            "[...document.querySelectorAll('main .button, main input:not([type=checkbox]):not([hidden]), main select')]"
            ".filter((each) => each.offsetParent && each.offsetHeight < 44).length"
        )
        assert small == 0, path
        if language == "en":
            text = page.locator("main").inner_text().replace("外业人员", "")
            left = re.sub(r"[系统管理员规划外业新人]+", "", text)
            assert not re.search(r"[\u4e00-\u9fff]", left), left
