"""Signing in with a real OpenID provider, in a process of its own: the whole way, and what must not get through."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx2
import psycopg
import pytest
from people import served
from playwright.sync_api import Browser, Page, expect
from provider import CLIENT, PUBLIC, SECRET, Provider, running
from starlette.testclient import TestClient
from test_page import DESKTOP
from typer.testing import CliRunner
from whole import EVERYWHERE

from api.app import create_app
from geo import account, id_token, oidc, provider, sign_in, subject
from geo.account import LastAdministrator
from geo.database import Database
from geo.errors import BadValue
from geo.settings import Settings, settings
from geo.subject import SubjectTaken

COUNTY, TOWN = "511132", "511132100"
HOME = "https://shanhe.example"
LI, WANG = "7f3a-li", "王 wang|0042"
GOOD = "wild-geese-fly-9"


@pytest.fixture(scope="module")
def there() -> Iterator[Provider]:
    with running() as started:
        yield started


def staffed(database: Database) -> Database:
    """People who sign in with the provider, one who does not, one who may no longer."""
    with database.owner() as connection:
        account.create(connection, "zhang", label="zhang", password=GOOD, must_change=False)
        account.grant(connection, "zhang", "administrator", None, by="test")
        for name, person in (("li", LI), ("wang", WANG), ("gone", "gone")):
            subject.create(connection, name, label=name, subject=person, by="test")
            account.grant(connection, name, "planner", COUNTY, by="test")
        account.disable(connection, "gone", by="test")
    return database


@pytest.fixture
def provided(there: Provider, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The settings of this program name the provider."""
    there.control()
    for name, value in {
        "PUBLIC_URL": HOME,
        "OIDC_ISSUER": there.address,
        "OIDC_CLIENT_ID": CLIENT,
        "OIDC_CLIENT_SECRET": SECRET,
    }.items():
        monkeypatch.setenv(f"SHANHE_{name}", value)
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture
def office(placed: Database, provided: None) -> Database:
    """A database of its own with the people of :func:`staffed`."""
    return staffed(placed)


@pytest.fixture(scope="module")
def kept(make_database: Any) -> Iterator[list[Database]]:
    """A place for the database of all tests that only sign in."""
    yield [make_database("placed")]


@pytest.fixture
def hall(kept: list[Database], provided: None) -> Database:
    """The same people in a database that all tests share which only try to sign in."""
    if len(kept) == 1:
        kept.append(staffed(kept[0]))
    return kept[0]


@contextmanager
def client_of(database: Database, *, base_url: str = HOME, **options: Any) -> Iterator[TestClient]:
    with TestClient(create_app(database), base_url=base_url, follow_redirects=False, **options) as client:
        yield client


def sent_away(client: TestClient, to: str = "/") -> str:
    """Where the provider is, for a browser that wants to sign in."""
    answer = client.get("/login/oidc", params={"next": to})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def agreed(address: str, person: str = LI) -> str:
    """What the provider answers through the browser when somebody signs in there: path and query of our own."""
    with httpx2.Client(verify=False) as browser:  # plain HTTP: it would read every certificate authority for nothing
        assert browser.get(address).status_code == 200
        answer = browser.post(address, data={"subject": person})
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == f"{HOME}/login/oidc/back"
    return f"{back.path}?{back.query}"


def signed_in(client: TestClient, person: str = LI, to: str = "/") -> httpx2.Response:
    """The whole way."""
    return client.get(agreed(sent_away(client, to), person))


def came_in(client: TestClient, answer: httpx2.Response) -> bool:
    """Whether somebody is signed in now; a refusal says so in one page, and never as an error of the program."""
    inside = client.get("/api/account").status_code == 200
    assert answer.status_code == 303 if inside else answer.status_code in (400, 403, 503), answer.text
    assert inside == ("shanhe_session" in answer.headers.get("set-cookie", ""))
    return inside


def notes(database: Database) -> list[tuple[str, str, dict[str, Any]]]:
    with psycopg.connect(database.dsn) as connection:
        return connection.execute(
            "SELECT actor, action, subject FROM audit_event WHERE action LIKE 'session.%' ORDER BY id"
        ).fetchall()


# --- the whole way ----------------------------------------------------------------------------------------------------


def test_somebody_signs_in_and_goes_where_they_were_on_the_way_to(office: Database, there: Provider) -> None:
    before = len(there.seen())
    with client_of(office) as client:
        link = re.search(r'href="([^"]*/login/oidc[^"]*)"', client.get("/login?next=/ledger%3Fyear=2024").text)
        assert link is not None
        assert link[1] == f"{HOME}/login/oidc?next=%2Fledger%3Fyear%3D2024"
        address = sent_away(client, "/ledger?year=2024")
        asked = parse_qs(urlsplit(address).query)
        assert asked["response_type"] == ["code"]
        assert asked["scope"] == ["openid"]
        assert asked["redirect_uri"] == [f"{HOME}/login/oidc/back"]
        assert asked["code_challenge_method"] == ["S256"]
        assert all(len(asked[name][0]) >= 43 for name in ("state", "nonce", "code_challenge"))
        answer = client.get(agreed(address))
        assert (answer.status_code, answer.headers["location"]) == (303, "/ledger?year=2024")
        assert client.get("/api/account").json()["name"] == "li"
    (sent,) = there.seen()[before:]
    assert len(sent["code_verifier"]) >= 43
    assert sent["authorization"].startswith("Basic ")
    assert SECRET not in sent.values()
    assert notes(office)[-1][:2] == ("li", "session.begin")
    assert notes(office)[-1][2]["issuer"] == there.address


def test_the_cookie_of_an_attempt_is_short_lived_and_out_of_the_reach_of_scripts(office: Database) -> None:
    with client_of(office) as client:
        cookie = client.get("/login/oidc").headers["set-cookie"]
        form = r"shanhe_oidc=\.[\w-]{43}; HttpOnly; Max-Age=600; Path=/login/oidc; SameSite=lax; Secure"
        assert re.fullmatch(form, cookie.replace('"', "")), cookie
        answer = signed_in(client)
        assert 'shanhe_oidc=""' in answer.headers["set-cookie"]


def test_only_hashes_of_what_a_browser_holds_are_kept_and_no_token_at_all(office: Database) -> None:
    with client_of(office) as client:
        state = parse_qs(urlsplit(sent_away(client)).query)["state"][0]
        browser = client.cookies["shanhe_oidc"].strip('"')[1:]
        with psycopg.connect(office.dsn) as connection:
            kept = str(connection.execute("SELECT to_jsonb(oidc_attempt) FROM oidc_attempt").fetchall())
        assert "verifier" in kept
        assert state not in kept
        assert browser not in kept


@pytest.mark.parametrize(("name", "secret", "form"), [(PUBLIC, "", False), (CLIENT, SECRET, True)])
def test_programs_without_a_secret_or_with_one_in_the_form_are_known_too(
    office: Database, there: Provider, monkeypatch: pytest.MonkeyPatch, name: str, secret: str, form: bool
) -> None:
    monkeypatch.setenv("SHANHE_OIDC_CLIENT_ID", name)
    monkeypatch.setenv("SHANHE_OIDC_CLIENT_SECRET", secret)
    settings.cache_clear()
    if form:
        there.control(discovery={"token_endpoint_auth_methods_supported": ["client_secret_post"]})
    with client_of(office) as client:
        assert came_in(client, signed_in(client))
    last = there.seen()[-1]
    assert last["authorization"] == ""
    assert last.get("client_secret", "") == secret


def test_the_secret_may_be_in_a_file(office: Database, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "secret"
    monkeypatch.delenv("SHANHE_OIDC_CLIENT_SECRET")
    monkeypatch.setenv("SHANHE_OIDC_CLIENT_SECRET_FILE", str(file))
    settings.cache_clear()
    with client_of(office) as client:
        for content, inside in (("another", False), (f"{SECRET}\n", True)):
            file.write_text(content)
            assert came_in(client, signed_in(client)) is inside
        file.unlink()
        assert client.get("/login/oidc").status_code == 503


@pytest.mark.parametrize(
    ("key", "algorithm"), [("first", "RS256"), ("first", "PS256"), ("ec", "ES256"), ("ed", "EdDSA"), ("ed", "Ed25519")]
)
def test_signatures_of_every_allowed_kind_are_read(office: Database, there: Provider, key: str, algorithm: str) -> None:
    there.control(key=key, algorithm=algorithm)
    with client_of(office) as client:
        assert came_in(client, signed_in(client))


def test_a_key_that_the_provider_has_changed_to_is_known_at_once_and_the_old_one_no_longer(
    office: Database, there: Provider
) -> None:
    with client_of(office) as client:
        assert came_in(client, signed_in(client)), "the control"
    there.control(key="second", keys=["second"])
    with client_of(office) as client:
        assert came_in(client, signed_in(client))
    there.control(key="first", keys=["second"])
    with client_of(office) as client:
        assert not came_in(client, signed_in(client))


def test_keys_that_cannot_be_read_do_not_hinder_those_that_can(office: Database, there: Provider) -> None:
    odd: list[Any] = [
        {"kty": "RSA", "kid": "odd"}, {"kty": "XYZ"}, {}, {"kty": "EC", "crv": "P-1", "x": "AA", "y": "AA"}, 7,
        {"kty": "RSA", "n": ["A" * 400], "e": "AQAB"}, {"kty": ["RSA"]}, {"kty": "OKP", "crv": "Ed25519", "x": "A"},
        {"kty": "RSA", "n": "A" * 400, "e": "AQAB"}, {"kty": "RSA", "n": "é" * 400, "e": 3},
    ]  # fmt: skip
    there.control(more_keys=odd)
    with client_of(office) as client:
        assert came_in(client, signed_in(client))


def test_clocks_may_differ_a_little(office: Database, there: Provider) -> None:
    for moved in ({"iat": 30}, {"exp": -30}, {"nbf": 30}):
        there.control(moved=moved)
        with client_of(office) as client:
            assert came_in(client, signed_in(client)), moved


# --- tokens that must not get through ---------------------------------------------------------------------------------

BAD: dict[str, dict[str, Any]] = {
    "nobody signed it": {"algorithm": "none", "header": {"kid": None}},
    "nobody signed it, with a key named": {"algorithm": "none"},
    "signed with the public key as a secret": {"algorithm": "HS256"},
    "signed by a stranger who calls the key the same": {"key": "stranger"},
    "signed by a key that is not shown": {"key": "unknown"},
    "signed by a key for something else": {"key": "encrypting"},
    "signed by a weak key": {"key": "weak", "keys": ["weak"]},
    "the key comes with the token": {"key": "unknown", "header": {"jwk": {"kty": "oct", "k": "AAAA"}}},
    "the key is elsewhere": {"key": "unknown", "header": {"jku": "http://127.0.0.1:9/keys"}},
    "an algorithm that is not allowed": {"algorithm": "RS512"},
    "an algorithm of another key": {"key": "ec", "header": {"kid": "first"}, "algorithm": "ES256"},
    "it demands what is not understood": {"header": {"crit": ["exp"], "exp": 1}},
    "no signature": {"shape": "{0}.{1}."},
    "no parts": {"shape": "{1}"},
    "five parts": {"shape": "{0}.{1}.{2}.{1}.{2}"},
    "the content was exchanged": {"swapped": True},
    "not an object": {"payload": "[]"},
    "not JSON": {"payload": "}"},
    "too deep": {"payload": "[" * 90_000},
    "numbers without end": {"payload": '{"exp":1e999,"iat":NaN}'},
    "of another provider": {"claims": {"iss": "https://evil.example"}},
    "of the provider with a slash": {"claims": {"iss": "{address}/"}},
    "of no provider": {"without": ["iss"]},
    "of several providers": {"claims": {"iss": ["{address}"]}},
    "for another program": {"claims": {"aud": "another"}},
    "for nobody": {"without": ["aud"]},
    "for an empty list": {"claims": {"aud": []}},
    "for several, and nobody in particular": {"claims": {"aud": [CLIENT, "another"]}},
    "for several, given to another": {"claims": {"aud": [CLIENT, "another"], "azp": "another"}},
    "given to another": {"claims": {"azp": "another"}},
    "over": {"moved": {"exp": -120}},
    "without an end": {"without": ["exp"]},
    "with an end that is a word": {"claims": {"exp": "tomorrow"}},
    "with an end that is true": {"claims": {"exp": True}},
    "made later": {"moved": {"iat": 120}},
    "made long ago": {"moved": {"iat": -3600}},
    "made at no time": {"without": ["iat"]},
    "not valid yet": {"moved": {"nbf": 120}},
    "for another request": {"claims": {"nonce": "another"}},
    "for a list of requests": {"claims": {"nonce": ["another"]}},
    "for no request": {"without": ["nonce"]},
    "of no person": {"without": ["sub"]},
    "of the empty person": {"claims": {"sub": ""}},
    "of a number": {"claims": {"sub": 7}},
    "of a list of persons": {"claims": {"sub": [LI]}},
    "of a person with a zero byte": {"claims": {"sub": f"{LI}\0"}},
    "of a person too long to be one": {"claims": {"sub": "x" * 256}},
}  # fmt: skip


def filled(bad: Any, address: str) -> Any:
    if isinstance(bad, dict):
        return {name: filled(value, address) for name, value in bad.items()}
    if isinstance(bad, list):
        return [filled(each, address) for each in bad]
    return bad.replace("{address}", address) if isinstance(bad, str) else bad


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_token_signs_nobody_in(hall: Database, there: Provider, bad: str) -> None:
    there.control(**filled(BAD[bad], there.address))
    with client_of(hall) as client:
        answer = signed_in(client)
        assert not came_in(client, answer)
        assert "统一身份" in answer.text
        assert client.cookies.get("shanhe_oidc") is None
        there.control()
        assert came_in(client, signed_in(client)), "the control"
    assert ("?", "session.refuse") in [note[:2] for note in notes(hall)]


def test_each_rule_for_tokens_is_needed(office: Database, there: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the controls: without the rules of this program some of the bad ones get through."""

    def trusting(token: str, keys: Any, **known: Any) -> str:
        return id_token.jwt.decode(token, id_token.KeySet(id_token._usable(keys))).claims["sub"]  # pyright: ignore

    monkeypatch.setattr(oidc, "subject_of", trusting)
    through = 0
    with client_of(office, raise_server_exceptions=False) as client:
        for bad in BAD.values():
            there.control(**filled(bad, there.address))
            client.cookies.clear()
            signed_in(client)
            through += client.get("/api/account").status_code == 200
    assert through >= 15


# --- answers that must not get through --------------------------------------------------------------------------------


def changed(path: str, **parameters: str | None) -> str:
    """An answer with some of its parameters changed, or left out."""
    place, _, query = path.partition("?")
    told = dict(parse_qsl(query)) | parameters
    return f"{place}?{httpx2.QueryParams({name: value for name, value in told.items() if value is not None})}"


@pytest.mark.parametrize("state", ["", "another", None, "x" * 5000, "\ud83d".encode("utf-8", "replace").decode()])
def test_an_answer_with_another_state_is_of_no_use(office: Database, there: Provider, state: str | None) -> None:
    before = len(there.seen())
    with client_of(office) as client:
        path = agreed(sent_away(client))
        cookies = dict(client.cookies)
        assert not came_in(client, client.get(changed(path, state=state)))
        assert len(there.seen()) == before, "the code was not even shown to the provider"
        client.cookies.update(cookies)
        assert came_in(client, client.get(path)), "the control"


def test_an_answer_is_used_once(office: Database) -> None:
    with client_of(office) as client:
        path = agreed(sent_away(client))
        cookie = client.cookies["shanhe_oidc"]
        assert came_in(client, client.get(path)), "the control"
        client.cookies.clear()
        client.cookies.set("shanhe_oidc", cookie, path="/login/oidc", domain="shanhe.example")
        assert not came_in(client, client.get(path))


def test_a_code_is_used_once_whatever_request_it_comes_with(office: Database) -> None:
    with client_of(office) as client:
        used = agreed(sent_away(client))
        code = parse_qs(urlsplit(used).query)["code"][0]
        assert came_in(client, client.get(used)), "the control"
        client.cookies.clear()
        assert not came_in(client, client.get(changed(agreed(sent_away(client)), code=code)))


def test_a_code_of_somebody_else_put_into_the_own_request_is_refused_by_the_verifier(office: Database) -> None:
    with client_of(office) as attacker, client_of(office) as victim:
        stolen = parse_qs(urlsplit(agreed(sent_away(victim), WANG)).query)["code"][0]
        mine = agreed(sent_away(attacker))
        assert not came_in(attacker, attacker.get(changed(mine, code=stolen)))


def test_without_the_verifier_the_provider_gives_nothing(
    office: Database, monkeypatch: pytest.MonkeyPatch, there: Provider
) -> None:
    redeemed = provider.redeemed
    with client_of(office) as client:
        for told in ("", "x" * 43):

            def altered(*given: Any, told: str = told, **known: Any) -> Any:
                return redeemed(*given, **(known | {"verifier": told}))

            monkeypatch.setattr(provider, "redeemed", altered)
            assert not came_in(client, signed_in(client))
        monkeypatch.setattr(provider, "redeemed", redeemed)
        assert came_in(client, signed_in(client)), "the control"


def test_an_answer_in_another_browser_signs_nobody_in_there(office: Database) -> None:
    """Else somebody could be made to work under the account of whoever sent them a link."""
    with client_of(office) as attacker, client_of(office) as victim:
        path = agreed(sent_away(attacker), WANG)
        assert not came_in(victim, victim.get(path))
        sent_away(victim)
        assert not came_in(victim, victim.get(path))
        assert came_in(attacker, attacker.get(path)), "the control"


def test_an_answer_comes_within_ten_minutes(office: Database) -> None:
    with client_of(office) as client, psycopg.connect(office.dsn, autocommit=True) as connection:
        for minutes, inside in ((9, True), (11, False)):
            client.cookies.clear()
            path = agreed(sent_away(client))
            connection.execute("UPDATE oidc_attempt SET begun_at = begun_at - make_interval(mins => %s)", [minutes])
            assert came_in(client, client.get(path)) is inside
        sent_away(client)
        sent_away(client)
        assert connection.execute("SELECT count(*) FROM oidc_attempt").fetchone() == (2,), "old ones are cleared away"


@pytest.mark.parametrize("answered", [["iss=https://evil.example"], ["iss="], [], ["iss={address}", "iss={address}/"]])
def test_an_answer_of_another_provider_is_of_no_use(office: Database, there: Provider, answered: list[str]) -> None:
    """RFC 9207: a browser that was led to another provider brings an answer of that one."""
    before = len(there.seen())
    there.control(answered=filled(answered, there.address))
    with client_of(office) as client:
        assert not came_in(client, signed_in(client))
        assert len(there.seen()) == before
        if not answered:  # the control: a provider that does not say that it names itself
            there.control(answered=[], discovery={"authorization_response_iss_parameter_supported": False})
            assert came_in(client, signed_in(client))


def test_a_provider_that_signs_nobody_in_is_told_in_a_page(office: Database) -> None:
    with client_of(office) as client:
        state = parse_qs(urlsplit(sent_away(client)).query)["state"][0]
        answer = client.get(f"/login/oidc/back?error=access_denied&error_description=<script>x&state={state}")
        assert not came_in(client, answer)
        assert answer.status_code == 403
        assert "取消" in answer.text
        assert "<script>x" not in answer.text


ELSEWHERE = [
    "//evil.example",
    "https://evil.example",
    "/\\evil.example",
    "javascript:alert(1)",
    "/login/oidc",
    "",
]


@pytest.mark.parametrize("asked", ELSEWHERE)
def test_signing_in_leads_nowhere_else(office: Database, asked: str) -> None:
    with client_of(office) as client:
        assert signed_in(client, to=asked).headers["location"] == "/"


def test_a_host_that_only_the_request_states_is_told_to_no_provider(
    office: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def back(host: str, client: TestClient) -> list[str] | int:
        answer = client.get("/login/oidc", headers={"host": host})
        if answer.status_code != 303:
            return answer.status_code
        return parse_qs(urlsplit(answer.headers["location"]).query)["redirect_uri"]

    here: dict[str, Any] = {"base_url": "http://127.0.0.1:8000", "client": ("127.0.0.1", 50000)}
    with client_of(office) as client:
        assert back("evil.example", client) == [f"{HOME}/login/oidc/back"]
    monkeypatch.delenv("SHANHE_PUBLIC_URL")
    settings.cache_clear()
    with client_of(office) as client:
        assert back("evil.example", client) == 503
        assert back("127.0.0.1", client) == 503
    with TestClient(create_app(office, local=True), follow_redirects=False, **here) as client:
        assert back("127.0.0.1:8000", client) == ["http://127.0.0.1:8000/login/oidc/back"]
        for host in (
            "evil.example", "127.0.0.1.evil.example", "127.0.0.1@evil.example", "evil.example#@127.0.0.1",
            "evil.example@127.0.0.1", "::1", "[::1", "[x]", "",
        ):  # fmt: skip
            assert back(host, client) == 503, host
        for host in ("127.0.0.1/@evil.example", "127.0.0.1?evil.example", "127.0.0.1#evil.example"):
            assert back(host, client) == ["http://127.0.0.1/login/oidc/back"], host


# --- who they are here ------------------------------------------------------------------------------------------------


def test_nobody_is_let_in_who_was_not_linked_and_no_account_is_made(office: Database) -> None:
    with office.owner() as connection:
        before = [each.name for each in account.accounts(connection)]
    with client_of(office) as client:
        for person in ("stranger", "zhang", "li", LI.upper(), f"{LI} ", "<b>x</b>"):
            answer = signed_in(client, person)
            assert not came_in(client, answer), person
            assert answer.status_code == 403
            shown = re.search(r"<code>(.*?)</code>", answer.text)
            assert shown is not None
            assert shown[1] == person.replace("<", "&lt;").replace(">", "&gt;")
            assert not any(name in answer.text.replace(person, "") for name in ("zhang", "wang"))
        assert came_in(client, signed_in(client, WANG)), "the control"
    with office.owner() as connection:
        assert [each.name for each in account.accounts(connection)] == before
    assert notes(office)[0][2]["subject"] == "stranger"


def test_a_disabled_account_is_refused(office: Database) -> None:
    with client_of(office) as client:
        answer = signed_in(client, "gone")
        assert not came_in(client, answer)
        assert "停用" in answer.text
        with office.owner() as connection:
            account.enable(connection, "gone", by="test")
        assert came_in(client, signed_in(client, "gone")), "the control"


def test_a_person_of_another_provider_is_somebody_else(
    office: Database, there: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as other, client_of(office) as client:
        monkeypatch.setenv("SHANHE_OIDC_ISSUER", other.address)
        settings.cache_clear()
        answer = signed_in(client)
        assert not came_in(client, answer)
        assert LI in answer.text
        monkeypatch.setenv("SHANHE_OIDC_ISSUER", there.address)
        settings.cache_clear()
        assert came_in(client, signed_in(client)), "the control"


def test_an_account_without_a_password_has_none_to_guess_or_to_change(office: Database) -> None:
    for password in ("", "None", LI):
        with pytest.raises(sign_in.SignInRefused):
            sign_in.sign_in(office, "li", password, address="192.0.2.1", agent="test")
    with client_of(office) as client:
        signed_in(client)
        told = client.get("/api/account").json()
        assert (told["has_password"], told["must_change"], told["oidc_subject"]) == (False, False, LI)
        assert 'href="/password"' not in client.get("/account").text


def test_a_link_withdraws_a_first_password_and_leaves_one_of_their_own(office: Database) -> None:
    with office.owner() as connection:
        for name, must_change in (("new", True), ("old", False)):
            account.create(connection, name, label=name, password=GOOD, must_change=must_change)
            subject.link(connection, name, f"person {name}", by="test")
    with pytest.raises(sign_in.SignInRefused):
        sign_in.sign_in(office, "new", GOOD, address="192.0.2.1", agent="test")
    assert sign_in.sign_in(office, "old", GOOD, address="192.0.2.1", agent="test")
    with client_of(office) as client:
        for name in ("new", "old"):
            assert came_in(client, signed_in(client, f"person {name}"))
            assert client.get("/api/account").json()["must_change"] is False


def test_a_link_that_ends_ends_the_sessions(office: Database) -> None:
    with client_of(office) as client, office.owner() as connection:
        assert came_in(client, signed_in(client))
        subject.link(connection, "li", LI, by="test")
        connection.commit()
        assert client.get("/api/account").status_code == 200, "nothing has changed"
        subject.link(connection, "li", None, by="test")
        connection.commit()
        assert client.get("/api/account").status_code == 401
        assert not came_in(client, signed_in(client))


def test_what_cannot_be_linked_is_refused(office: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with office.owner() as connection:
        with pytest.raises(SubjectTaken):
            subject.link(connection, "wang", LI, by="test")
        for person in ("", " ", "a\0b", "a\nb", "x" * 256):
            with pytest.raises(BadValue):
                subject.link(connection, "wang", person, by="test")
        account.create(connection, "demo-x", label="x", demo=True)
        with pytest.raises(BadValue):
            subject.link(connection, "demo-x", "x", by="test")
        subject.link(connection, "wang", "x" * 255, by="test")
        account.grant(connection, "wang", "administrator", None, by="test")
        account.disable(connection, "zhang", by="test")
        with pytest.raises(LastAdministrator):
            subject.link(connection, "wang", None, by="test")
    monkeypatch.setenv("SHANHE_OIDC_ISSUER", "")
    settings.cache_clear()
    with office.owner() as connection, pytest.raises(BadValue):
        subject.link(connection, "wang", "y", by="test")


def test_an_administrator_links_by_page_and_by_api(office: Database) -> None:
    with client_of(office) as client:
        client.cookies.set("shanhe_session", sign_in.sign_in(office, "zhang", GOOD, address="192.0.2.1", agent="test"))
        client.headers["origin"] = HOME
        made = client.post("/api/accounts", json={"name": "a", "label": "a", "oidc_subject": "person a"})
        assert (made.status_code, made.json()) == (201, {"name": "a", "password": None})
        assert client.put("/api/accounts/a/subject", json={"oidc_subject": "person b"}).status_code == 204
        assert client.put("/api/accounts/a/subject", json={"oidc_subject": LI}).status_code == 409
        form = {"name": "c", "label": "c", "role": "planner", "oidc_subject": "person c"}
        page = client.post("/accounts", data=form)
        assert page.status_code == 200
        assert 'class="card secret"' not in page.text
        assert client.post("/accounts/c/link", data={"oidc_subject": LI}).status_code == 422
        assert client.post("/accounts/c/link", data={"oidc_subject": "person d"}).status_code == 303
        assert client.put("/api/accounts/a/subject", json={"oidc_subject": None}).status_code == 204
        told = {each["name"]: each["oidc_subject"] for each in client.get("/api/accounts").json()["accounts"]}
        assert (told["a"], told["c"]) == (None, "person d")
    with client_of(office) as client:
        signed_in(client)
        client.headers["origin"] = HOME
        assert client.put("/api/accounts/a/subject", json={"oidc_subject": "x"}).status_code == 403
        assert client.post("/accounts/a/link", data={"oidc_subject": "x"}).status_code == 403


def test_an_administrator_links_on_the_command_line(office: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    from api.cli import app

    monkeypatch.setenv("SHANHE_DATABASE", office.dsn)
    settings.cache_clear()

    def command(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["user", *words])
        return done.exit_code, done.output

    code, told = command("add", "hu", "--oidc-subject", "person hu", "--role", "planner")
    assert (code, "person hu" in told) == (0, True)
    with client_of(office) as client:
        assert came_in(client, signed_in(client, "person hu"))
    assert command("link", "hu", "person 2")[0] == 0
    assert command("link", "hu", "--unlink")[0] == 0
    assert command("link", "hu")[0] == 2
    assert command("link", "hu", "x", "--unlink")[0] == 2
    with office.owner() as connection:
        assert account.account(connection, account.named(connection, "hu")).oidc_subject is None


def test_signing_out_says_that_the_other_session_goes_on_and_leads_to_its_end(
    office: Database, there: Provider
) -> None:
    with client_of(office) as client:
        signed_in(client)
        gone = client.post("/logout", headers={"origin": HOME})
        assert gone.headers["location"] == "/login?left=yes"
        assert client.get("/api/account").status_code == 401
        assert "那边的登录仍然有效" in client.get("/login?left=yes").text
        assert "那边的登录仍然有效" not in client.get("/login").text
        led = client.get("/login/oidc/leave").headers["location"]
        assert led.startswith(f"{there.address}/leave?")
        assert parse_qs(urlsplit(led).query)["post_logout_redirect_uri"] == [f"{HOME}/login"]
        there.control(discovery={"end_session_endpoint": None})
        assert client.get("/login/oidc/leave").headers["location"] == "/login"


# --- a provider that is not well --------------------------------------------------------------------------------------

ODD: dict[str, dict[str, Any]] = {
    "garbage": {"answer": {"discovery": {"body": "<html>"}}},
    "nothing": {"answer": {"discovery": {"body": ""}}},
    "a list": {"answer": {"discovery": {"body": "[]"}}},
    "too deep": {"answer": {"discovery": {"body": "[" * 100_000}}},
    "huge": {"answer": {"discovery": {"body": "{}", "padding": 3_000_000}}},
    "packed": {"answer": {"discovery": {"body": "{}", "headers": {"content-encoding": "gzip"}}}},
    "an error": {"answer": {"discovery": {"body": "{}", "status": 500}}},
    "led elsewhere": {"answer": {"discovery": {"body": "{}", "status": 302, "headers": {"location": "http://127.0.0.1:9/"}}}},
    "another issuer": {"discovery": {"issuer": "https://evil.example"}},
    "an issuer that is none": {"discovery": {"issuer": {}}},
    "no token endpoint": {"discovery": {"token_endpoint": None}},
    "a token endpoint elsewhere without TLS": {"discovery": {"token_endpoint": "http://192.0.2.1/token"}},
    "keys in a file": {"discovery": {"jwks_uri": "file:///etc/passwd"}},
    "keys at no address": {"discovery": {"jwks_uri": "http://[::1"}},
    "authorization by script": {"discovery": {"authorization_endpoint": "javascript:alert(1)"}},
}  # fmt: skip


@pytest.mark.parametrize("odd", ODD)
def test_a_provider_that_says_odd_things_of_itself_is_away(hall: Database, there: Provider, odd: str) -> None:
    there.control(**ODD[odd])
    with client_of(hall) as client:
        for path in ("/login/oidc", "/login/oidc/leave"):
            answer = client.get(path)
            assert (answer.status_code, "暂时不能用" in answer.text) == (503, True), path
        there.control()
        assert came_in(client, signed_in(client)), "the control"


@pytest.mark.parametrize("name", ["token", "keys"])
@pytest.mark.parametrize(
    "body", ["<html>", "[]", "{}", "null", "[" * 100_000, '{"keys": 1, "id_token": 1}', '{"error": 1}']
)
def test_a_provider_that_answers_oddly_signs_nobody_in(hall: Database, there: Provider, name: str, body: str) -> None:
    with client_of(hall) as client:
        for more in ({}, {"status": 500}, {"padding": 3_000_000}):
            there.control(answer={name: {"body": body, **more}})
            assert not came_in(client, signed_in(client))


def test_a_provider_that_is_down_is_told_in_a_page_of_both_languages(
    office: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setenv("SHANHE_OIDC_ISSUER", f"http://127.0.0.1:{port}")
    settings.cache_clear()
    with client_of(office) as client:
        for language, said in (("zh", "稍后再试"), ("en", "Try again later")):
            answer = client.get(f"/login/oidc?lang={language}&next=/ledger")
            assert (answer.status_code, said in answer.text) == (503, True)
            assert f"{HOME}/login/oidc?next=%2Fledger" in answer.text


@pytest.mark.parametrize("name", ["discovery", "token", "keys"])
def test_a_provider_that_is_slow_is_not_waited_for(
    office: Database, there: Provider, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with client_of(office) as client:
        path = agreed(sent_away(client)) if name != "discovery" else "/login/oidc"
        monkeypatch.setattr(provider, "SILENT", 0.3)
        there.control(silent={name: 2})
        assert not came_in(client, client.get(path))


def test_an_answer_that_drips_is_cut(office: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes in time, and all of them never would."""
    monkeypatch.setattr(provider, "WHOLE", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setenv("SHANHE_OIDC_ISSUER", f"http://127.0.0.1:{listener.getsockname()[1]}")
        settings.cache_clear()
        over = threading.Event()

        def drip() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
                while not over.wait(0.05):
                    try:
                        connection.sendall(b" ")
                    except OSError:
                        return

        dripping = threading.Thread(target=drip, daemon=True)
        dripping.start()
        with client_of(office) as client:
            assert client.get("/login/oidc").status_code == 503
        over.set()
        dripping.join(10)


def test_a_provider_that_hangs_takes_only_some_threads_of_the_server(office: Database) -> None:
    taken = 0
    while provider._TALKS.acquire(blocking=False):  # pyright: ignore[reportPrivateUsage]
        taken += 1
    try:
        with client_of(office) as client:
            assert client.get("/login/oidc").status_code == 503
    finally:
        for _ in range(taken):
            provider._TALKS.release()  # pyright: ignore[reportPrivateUsage]
    with client_of(office) as client:
        assert came_in(client, signed_in(client)), "the control"
    assert 4 <= taken <= 16


def test_without_a_provider_there_is_nothing(placed: Database) -> None:
    settings.cache_clear()
    with client_of(placed) as client:
        for path in ("/login/oidc", "/login/oidc/back?code=x&state=y", "/login/oidc/leave"):
            assert client.get(path).status_code == 404
        assert "/login/oidc" not in client.get("/login?left=yes").text


@pytest.mark.parametrize(
    ("name", "value"),
    [("oidc_issuer", "http://sso.example"), ("oidc_issuer", "sso.example"), ("oidc_issuer", "https://u:p@sso.example"),
     ("oidc_issuer", "https://sso.example?x=1"), ("public_url", "shanhe.example"), ("public_url", "ftp://shanhe.example"),
     ("public_url", "https://shanhe.example/path"), ("public_url", "https://u@shanhe.example"), ("public_url", "https://")],
)  # fmt: skip
def test_addresses_that_are_not_safe_are_no_settings(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=name):
        Settings(**{name: value})
    Settings(oidc_issuer="https://sso.example/realms/office", public_url="https://shanhe.example:8443/")  # pyright: ignore


# --- in a browser -----------------------------------------------------------------------------------------------------


@pytest.fixture
def open_page(browser: Browser, office: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Opens an address of the program that is served to a browser on this machine; the provider is there too."""
    monkeypatch.delenv("SHANHE_PUBLIC_URL")
    settings.cache_clear()
    with served(create_app(office, local=True)) as address:
        contexts: list[Any] = []

        def opened(path: str, **options: Any) -> Page:
            context = browser.new_context(locale="zh-CN", **{**DESKTOP, **options})
            contexts.append(context)
            page = context.new_page()
            page.set_default_timeout(30_000)
            page.goto(address + path)
            return page

        yield opened
        for context in contexts:
            context.close()


def fits(page: Page) -> bool:
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    heights = page.locator("main .button").evaluate_all("(all) => all.map((each) => each.offsetHeight)")
    return not wide and min(heights) >= 44


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@EVERYWHERE
def test_a_person_signs_in_and_out_in_a_browser(
    open_page: Any, there: Provider, device: dict[str, Any], language: str
) -> None:
    page = open_page(f"/account?lang={language}", **device, java_script_enabled=False)
    page.goto(f"{page.url}&lang={language}")
    page.click("a[href*='/login/oidc']")
    assert page.url.startswith(there.address)
    page.fill("[name=subject]", "somebody else")
    page.click("button")
    expect(page.locator(".secret code")).to_have_text("somebody else")
    expect(page.locator("h1")).to_have_text("账号尚未关联" if language == "zh" else "No account is linked")
    page.click("main .button.primary")
    page.fill("[name=subject]", LI)
    page.click("button")
    page.goto("http://" + page.url.split("/")[2] + f"/account?lang={language}")
    expect(page.locator("h1")).to_have_text("li")
    page.click(".viewer button")
    expect(page.locator("[role=status]")).to_be_visible()
    page.click("[role=status] .button")
    expect(page.locator("h1")).to_have_text("left")


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@EVERYWHERE
def test_the_pages_fit_the_screen_and_speak_one_language(
    open_page: Any, there: Provider, device: dict[str, Any], language: str
) -> None:
    page = open_page(f"/login?lang={language}&left=yes", **device)
    seen = {"login": page.locator("main").inner_text()}
    assert fits(page)
    page.click("a[href*='next=']")
    page.fill("[name=subject]", "f4b0c7d2-5e1a-4f0e-9a44-1c5f2a0f7c11:" + "x" * 100)
    page.click("button")
    seen["not linked"] = page.locator("main").inner_text()
    assert fits(page)
    there.control(answer={"discovery": {"body": ""}})
    page.click("main .button.primary")
    seen["away"] = page.locator("main").inner_text()
    assert fits(page)
    if language == "en":
        left = {name: re.findall("[\u4e00-\u9fff]+", text) for name, text in seen.items()}
        assert left == {"login": left["login"], "not linked": [], "away": []}
        assert all("演示" not in each for each in left["login"])
