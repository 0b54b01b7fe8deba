"""Accounts: what they may be called, their passwords, who may do what where, and that somebody always administers."""

import json
from typing import Any

import psycopg
import pytest
from conftest import HASHER
from hypothesis import given
from hypothesis import strategies as st
from people import whose
from test_cli import Run, refused, run

from geo import account, password, sign_in
from geo.database import Database
from geo.errors import BadValue, NotFound
from geo.guess import TooManyGuesses
from geo.sign_in import SignInRefused
from geo.viewer import secret_hash

COUNTY, TOWN, VILLAGE = "511132", "511132100", "511132100001"
GOOD, BETTER = "wild-geese-fly-9", "rivers-and-hills-7"
HERE = {"address": "192.0.2.1", "agent": "test"}


@pytest.fixture
def office(placed: Database) -> Database:
    """An administrator and an officer, both with the password GOOD."""
    with placed.owner() as connection:
        for name, role, unit in (("zhang", "administrator", COUNTY), ("li", "officer", TOWN)):
            account.create(connection, name, label=name, password=GOOD, must_change=False)
            account.grant(connection, name, role, unit, by="test")
    return placed


def events(database: Database) -> list[tuple[Any, ...]]:
    with psycopg.connect(database.dsn) as connection:
        return connection.execute(
            "SELECT actor, action, subject, old, new FROM audit_event WHERE action !~ '^org_unit' ORDER BY id"
        ).fetchall()


def find(database: Database, name: str) -> account.Account:
    with database.owner() as connection:
        return next(each for each in account.accounts(connection) if each.name == name)


# --- names and passwords ----------------------------------------------------------------------------------------------


def test_an_account_is_made_with_a_random_password_that_must_be_changed(placed: Database) -> None:
    with placed.owner() as connection:
        first = account.create(connection, "zhang", label="张三", by="boss")
        second = account.create(connection, "li", label="李四", by="boss")
    assert first != second
    made = find(placed, "zhang")
    assert (made.label, made.must_change, made.disabled, made.grants) == ("张三", True, False, ())
    assert sign_in.sign_in(placed, "zhang", first, **HERE)
    with pytest.raises(SignInRefused):
        sign_in.sign_in(placed, "zhang", second, **HERE)


def test_passwords_are_stored_as_argon2id(placed: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(password, "HASHER", HASHER)
    with placed.owner() as connection:
        for name in ("zhang", "li"):
            account.create(connection, name, label=name, password=GOOD, must_change=False)
        kept = connection.execute("SELECT password_hash FROM account").fetchall()
    assert sign_in.sign_in(placed, "li", GOOD, **HERE)
    assert len({each[0] for each in kept}) == 2
    assert all(each[0].startswith("$argon2id$v=19$m=19456,t=2,p=1$") for each in kept)


def test_a_name_is_one_however_it_is_typed(placed: Database) -> None:
    with placed.owner() as connection:
        account.create(connection, "Ｚhang.San", label="张三", password=GOOD)
    with pytest.raises(account.NameTaken), placed.owner() as connection:
        account.create(connection, " zhang.san", label="另一人")
    assert sign_in.sign_in(placed, "ZHANG.SAN ", GOOD, **HERE)


def test_a_chinese_name_is_a_name(placed: Database) -> None:
    with placed.owner() as connection:
        account.create(connection, "王小明", label="王小明")
    assert find(placed, "王小明")


@pytest.mark.parametrize("name", ["", " ", "a b", "<b>", "-x", "a" * 65, "x\x00y", "a/b", "'; DROP", "_a"])
def test_other_names_are_refused(placed: Database, name: str) -> None:
    with pytest.raises(BadValue), placed.owner() as connection:
        account.create(connection, name, label="x")


@given(st.text(max_size=70))
def test_any_name_is_taken_or_refused_with_a_sentence(make_database: Any, name: str) -> None:
    database = _SHARED.setdefault("database", make_database("upgraded"))
    try:
        with database.owner() as connection:
            account.create(connection, name, label="x", demo=True)
            connection.rollback()
    except (BadValue, account.NameTaken):
        pass


_SHARED: dict[str, Database] = {}


@pytest.mark.parametrize(
    "bad",
    ["", "short", "elevenchars", "123456789012", "Password1234", "PASSWORDPASSWORD", "aaaaaaaaaaaaaaaa", "abababababab",
     "zhang-123456", "zhangzhangzhang", "ＰＡＳＳＷＯＲＤ１２３４", "x" * 201],
)  # fmt: skip
def test_a_password_that_is_easy_to_guess_is_refused(bad: str) -> None:
    with pytest.raises(password.PasswordRefused):
        password.check(bad, "zhang")


@pytest.mark.parametrize("good", [GOOD, "山河无恙人间皆安岁月静好", "correct horse battery staple"])
def test_a_password_that_is_not_is_taken(good: str) -> None:
    password.check(good, "zhang")


def test_an_invented_password_is_taken() -> None:
    for _ in range(100):
        password.check(password.invented(), "zhang")


def test_a_password_is_the_same_however_a_keyboard_composes_it() -> None:
    assert password.fits("cafe\u0301-wild-geese", password.hashed("café-wild-geese"))
    assert not password.fits("cafe-wild-geese", password.hashed("café-wild-geese"))


# --- changing and resetting -------------------------------------------------------------------------------------------


def test_changing_a_password_ends_all_other_sessions_and_nothing_else(office: Database) -> None:
    from geo import token

    here, there = (sign_in.sign_in(office, "li", GOOD, **HERE) for _ in range(2))
    elsewhere = sign_in.sign_in(office, "zhang", GOOD, **HERE)
    with office.owner() as connection:
        me = sign_in.signed(connection, secret_hash(here))
        assert me is not None
        program = token.create(connection, me.account, "QGIS", days=9, by="li")
    account.change_password(office, me.account, GOOD, BETTER, keep=me.session, address="192.0.2.1")
    with office.owner() as connection:
        assert sign_in.signed(connection, secret_hash(here))
        assert sign_in.signed(connection, secret_hash(there)) is None
        assert sign_in.signed(connection, secret_hash(elsewhere))
    assert whose(office, program)
    assert sign_in.sign_in(office, "li", BETTER, **HERE)
    with pytest.raises(SignInRefused):
        sign_in.sign_in(office, "li", GOOD, **HERE)


def test_the_first_password_is_not_kept_as_it_is(office: Database) -> None:
    number = find(office, "li").id
    with pytest.raises(password.PasswordRefused):
        account.change_password(office, number, GOOD, GOOD, keep=None, address="192.0.2.1")
    with pytest.raises(account.WrongPassword):
        account.change_password(office, number, "not-the-old-one", BETTER, keep=None, address="192.0.2.1")
    assert sign_in.sign_in(office, "li", GOOD, **HERE)


def test_guessing_the_old_password_is_limited_like_signing_in(office: Database) -> None:
    number = find(office, "li").id
    with pytest.raises(TooManyGuesses):
        for turn in range(30):
            with pytest.raises(account.WrongPassword):
                account.change_password(office, number, f"wrong-guess-{turn}", BETTER, keep=None, address="192.0.2.1")


def test_a_reset_password_has_to_be_changed_and_ends_every_session(office: Database) -> None:
    secret = sign_in.sign_in(office, "li", GOOD, **HERE)
    with office.owner() as connection:
        told = account.reset_password(connection, "li", by="zhang")
    with office.owner() as connection:
        assert sign_in.signed(connection, secret_hash(secret)) is None
        again = sign_in.signed(connection, secret_hash(sign_in.sign_in(office, "li", told, **HERE)))
    assert again is not None
    assert again.must_change


# --- disabling --------------------------------------------------------------------------------------------------------


def test_a_disabled_account_signs_in_no_more_and_its_sessions_do_not_come_back(office: Database) -> None:
    secret = sign_in.sign_in(office, "li", GOOD, **HERE)
    with office.owner() as connection:
        account.disable(connection, "li", by="zhang")
    with pytest.raises(SignInRefused):
        sign_in.sign_in(office, "li", GOOD, **HERE)
    with office.owner() as connection:
        account.enable(connection, "li", by="zhang")
    with office.owner() as connection:
        assert sign_in.signed(connection, secret_hash(secret)) is None
    assert sign_in.sign_in(office, "li", GOOD, **HERE)


def test_the_last_administrator_stays(office: Database) -> None:
    with pytest.raises(account.LastAdministrator), office.owner() as connection:
        account.disable(connection, "zhang", by="zhang")
    with pytest.raises(account.LastAdministrator), office.owner() as connection:
        account.revoke_grant(connection, "zhang", "administrator", COUNTY, by="zhang")
    with office.owner() as connection:
        account.grant(connection, "li", "administrator", COUNTY, by="zhang")
        account.disable(connection, "zhang", by="li")
    assert find(office, "zhang").disabled
    with pytest.raises(account.LastAdministrator), office.owner() as connection:
        account.disable(connection, "li", by="li")


def test_of_two_administrators_who_disable_each_other_one_stays(office: Database) -> None:
    from concurrent.futures import ThreadPoolExecutor
    from contextlib import suppress
    from threading import Barrier

    with office.owner() as connection:
        account.grant(connection, "li", "administrator", COUNTY, by="zhang")
    for _ in range(10):
        with office.owner() as connection:
            account.enable(connection, "zhang", by="test")
            account.enable(connection, "li", by="test")
        start = Barrier(2)

        def disable(name: str) -> None:
            with suppress(account.LastAdministrator), office.owner() as connection:
                start.wait()
                account.disable(connection, name, by="test")

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(disable, ["zhang", "li"]))
        assert sorted([find(office, "zhang").disabled, find(office, "li").disabled]) == [False, True]


# --- grants -----------------------------------------------------------------------------------------------------------


def test_a_role_is_granted_in_a_place_and_for_layers(office: Database) -> None:
    with office.owner() as connection:
        account.grant(connection, "li", "planner", COUNTY, by="zhang")
        account.grant(connection, "li", "officer", TOWN, ["hazard_point"], by="zhang")
    granted = {(each.role, each.org_unit): each for each in find(office, "li").grants}
    assert set(granted) == {("planner", COUNTY), ("officer", TOWN)}
    assert granted["officer", TOWN].layers == ("hazard_point",)
    place = granted["officer", TOWN].place
    assert place is not None
    assert place.zh == "沙坪镇"
    with office.owner() as connection:
        account.revoke_grant(connection, "li", "planner", COUNTY, by="zhang")
    assert [each.role for each in find(office, "li").grants] == ["officer"]


@pytest.mark.parametrize(
    ("role", "unit", "layers", "error"),
    [
        ("officer", VILLAGE, None, BadValue),
        ("officer", "999999", None, NotFound),
        ("king", COUNTY, None, BadValue),
        ("officer", TOWN, ["no_such_layer"], NotFound),
        ("administrator", TOWN, None, BadValue),
        ("administrator", COUNTY, ["hazard_point"], BadValue),
    ],
)
def test_other_grants_are_refused(
    office: Database, role: str, unit: str, layers: list[str] | None, error: type[Exception]
) -> None:
    with pytest.raises(error), office.owner() as connection:
        account.grant(connection, "li", role, unit, layers, by="zhang")
    assert len(find(office, "li").grants) == 1


def test_a_grant_that_is_not_there_is_not_taken_back(office: Database) -> None:
    with pytest.raises(NotFound), office.owner() as connection:
        account.revoke_grant(connection, "li", "manager", TOWN, by="zhang")
    with pytest.raises(NotFound), office.owner() as connection:
        account.grant(connection, "nobody", "officer", TOWN, by="zhang")


# --- notes ------------------------------------------------------------------------------------------------------------


def test_every_change_is_noted_and_no_secret_is_in_it(placed: Database) -> None:
    from geo import token

    secrets: list[str] = []
    with placed.owner() as connection:
        secrets.append(account.create(connection, "zhang", label="张三", by="boss"))
        account.create(connection, "li", label="李四", password=GOOD, by="boss")
        account.grant(connection, "li", "officer", TOWN, by="boss")
        account.revoke_grant(connection, "li", "officer", TOWN, by="boss")
        account.disable(connection, "li", by="boss")
        account.enable(connection, "li", by="boss")
        secrets.append(account.reset_password(connection, "li", by="boss"))
    secrets.append(sign_in.sign_in(placed, "li", secrets[1], **HERE))
    with pytest.raises(SignInRefused):
        sign_in.sign_in(placed, "li", "wrong-wrong-wrong", **HERE)
    account.change_password(placed, find(placed, "li").id, secrets[1], BETTER, keep=None, address="192.0.2.1")
    with placed.owner() as connection:
        number = find(placed, "li").id
        secrets.append(token.create(connection, number, "QGIS", days=9, by="li"))
        token.revoke(connection, number, token.tokens(connection, number)[0].id, by="li")
        sign_in.sign_out(connection, secrets[2])
    noted = events(placed)
    assert [(actor, action) for actor, action, *_ in noted] == [
        ("boss", "account.create"), ("boss", "account.create"), ("boss", "role.grant"), ("boss", "role.revoke"),
        ("boss", "account.disable"), ("boss", "account.enable"), ("boss", "account.update"),
        ("boss", "account.reset_password"), ("li", "session.begin"), ("li", "session.refuse"), ("li", "account.update"),
        ("li", "password.change"), ("li", "token.create"), ("li", "token.revoke"),
    ]  # fmt: skip
    written = json.dumps(noted, ensure_ascii=False)
    assert "wrong-wrong-wrong" not in written
    for secret in [*secrets, GOOD, BETTER]:
        assert secret not in written
    assert "沙坪" not in written or "李四" in written  # the control: labels are found, so secrets would be
    assert "李四" in written


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def shanhe(placed: Database) -> Run:
    return lambda *arguments, **environment: run(*arguments, **{"SHANHE_DATABASE": placed.dsn} | environment)


def test_accounts_are_kept_by_commands(shanhe: Run, placed: Database) -> None:
    added = shanhe("user", "add", "zhang", "--label", "张三", "--role", "administrator")
    assert added.returncode == 0, added.stderr
    told = added.stdout.strip().rpartition("：")[2]
    assert sign_in.sign_in(placed, "zhang", told, **HERE)
    assert shanhe("user", "add", "li").returncode == 0
    assert shanhe("user", "grant", "li", "officer", "--org-unit", TOWN, "-l", "hazard_point").returncode == 0
    assert shanhe("user", "disable", "li").returncode == 0
    refused(shanhe("user", "disable", "zhang"), "最后一个")
    refused(shanhe("user", "add", "zhang", SHANHE_LANGUAGE="en"), "already")
    refused(shanhe("user", "grant", "li", "officer", "--org-unit", VILLAGE), "县或乡镇")
    listed = shanhe("user", "list").stdout
    for word in (
        "张三",
        "系统管理员 · 全部",
        "li",
        "已停用",
        "外业人员 · 沙坪镇",
        "(hazard_point)",
        "须改密码",
    ):
        assert word in listed
    told_json = json.loads(shanhe("user", "list", "--json").stdout)
    assert [each["name"] for each in told_json] == ["li", "zhang"]
    assert "argon2" not in json.dumps(told_json)
    assert shanhe("user", "enable", "li").returncode == 0
    assert shanhe("user", "revoke", "li", "officer", "--org-unit", TOWN).returncode == 0
    again = shanhe("user", "password", "li", SHANHE_LANGUAGE="en").stdout.strip().rpartition(": ")[2]
    assert sign_in.sign_in(placed, "li", again, **HERE)


def test_tokens_are_kept_by_a_command(shanhe: Run, placed: Database) -> None:
    assert shanhe("user", "add", "qgis").returncode == 0
    secret = shanhe("user", "token", "qgis", "--new", "桌面", "--days", "9", "--verb", "view").stdout.strip()
    assert whose(placed, secret)
    listed = shanhe("user", "token", "qgis").stdout
    assert "桌面" in listed
    assert secret not in listed
    number = listed.split()[0]
    assert shanhe("user", "token", "qgis", "--revoke", number).stdout == ""
    assert whose(placed, secret) is None
    refused(shanhe("user", "token", "qgis", "--new", "x", "--verb", "fly"), "verbs")
