"""Signing in: how many guesses are looked at, what is answered to them, and when a session ends."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from people import whose
from psycopg_pool import ConnectionPool
from whole import times

from geo import account, guess, password, sign_in
from geo.address import network
from geo.database import Database
from geo.guess import TooManyGuesses
from geo.sign_in import SignInRefused
from geo.viewer import secret_hash

GOOD = "wild-geese-fly-9"
HERE = {"address": "192.0.2.1", "agent": "test"}


@pytest.fixture
def office(placed: Database) -> Database:
    with placed.owner() as connection:
        for name in ("li", "wang"):
            account.create(connection, name, label=name, password=GOOD, must_change=False)
    return placed


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every password that argon2id is asked about."""
    seen: list[str] = []
    verify = password.HASHER.verify

    def noting(guessed: Any, kept: Any) -> bool:
        seen.append(guessed)
        return verify(guessed, kept)

    monkeypatch.setattr(password.HASHER, "verify", noting)
    yield seen


def earlier(database: Database, seconds: int) -> None:
    """Let so much time pass."""
    with psycopg.connect(database.dsn) as connection:
        connection.execute("UPDATE sign_in SET tried_at = tried_at - make_interval(secs => %s)", [seconds])


def attack(database: Database, guesses: int, name: str = "li", threads: int = 16) -> Counter[str]:
    """Guesses from many addresses at once; how many were answered how."""

    def one(turn: int) -> str:
        address = f"198.51.{turn // 250 % 250}.{turn % 250}"
        try:
            sign_in.sign_in(database, name, f"wrong-guess-{turn}", address=address, agent="attack")
        except (SignInRefused, TooManyGuesses) as error:
            return error.code
        return "in"

    with ThreadPoolExecutor(threads) as pool:
        return Counter(pool.map(one, range(guesses)))


# --- guesses ----------------------------------------------------------------------------------------------------------


def test_of_many_guesses_at_an_account_twenty_at_most_are_looked_at(
    office: Database, looked_at: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with ConnectionPool(office.dsn, max_size=16) as pool:  # as many as guess: a connection for each would take longest
        monkeypatch.setattr(office, "owner", pool.connection)
        answered = attack(office, times(10_000))
    assert answered["in"] == 0
    assert sum(answered.values()) == times(10_000)
    assert len(looked_at) == answered["sign_in_refused"]
    assert 3 <= len(looked_at) <= 20


def test_without_the_delay_the_limit_still_holds_and_without_the_limit_more_are_looked_at(
    office: Database, looked_at: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guess, "FREE", 10**6)
    attack(office, 400)
    assert len(looked_at) == 20
    monkeypatch.setattr(guess, "OF_NAME", 10**6)
    attack(office, 100)
    assert len(looked_at) == 120


def test_after_a_quarter_of_an_hour_there_is_room_again(
    office: Database, looked_at: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guess, "FREE", 10**6)
    attack(office, 30)
    earlier(office, 14 * 60)
    attack(office, 30)
    assert len(looked_at) == 20
    earlier(office, 60)
    attack(office, 30)
    assert len(looked_at) == 40


def test_an_unknown_name_is_limited_and_answered_like_a_known_one(office: Database, looked_at: list[str]) -> None:
    told: dict[str, list[str]] = {}
    for name in ("li", "nobody.at.all"):
        told[name] = []
        for turn in range(6):
            with pytest.raises((SignInRefused, TooManyGuesses)) as raised:
                sign_in.sign_in(office, name, f"wrong-guess-{turn}", **HERE)
            told[name].append(raised.value.text.en)
    assert told["li"][:4] == told["nobody.at.all"][:4]
    assert [text.startswith("Too many") for text in told["li"]] == [
        text.startswith("Too many") for text in told["nobody.at.all"]
    ]
    assert any(text.startswith("Too many") for text in told["li"])
    assert len(looked_at) % 2 == 0, "each name cost the same"


def test_a_right_password_does_not_end_a_lock(office: Database, looked_at: list[str]) -> None:
    attack(office, 60)
    before = len(looked_at)
    with pytest.raises(TooManyGuesses) as raised:
        sign_in.sign_in(office, "li", GOOD, **HERE)
    assert 0 < raised.value.values["seconds"] <= guess.WINDOW  # pyright: ignore
    assert len(looked_at) == before
    assert sign_in.sign_in(office, "wang", GOOD, **HERE), "another account is not locked"
    earlier(office, guess.WINDOW)
    assert sign_in.sign_in(office, "li", GOOD, **HERE)


def test_delays_grow(office: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[str] = []  # in no time: how long argon2id takes would count as waited
    monkeypatch.setattr(guess, "fits", lambda guessed, _: bool(looked_at.append(guessed)))
    waits: list[int] = []
    for turn in range(12):
        try:
            sign_in.sign_in(office, "li", f"wrong-guess-{turn}", **HERE)
        except SignInRefused:
            waits.append(0)
        except TooManyGuesses as error:
            waits.append(int(str(error.values["seconds"])))
            earlier(office, waits[-1])
            with pytest.raises(SignInRefused):
                sign_in.sign_in(office, "li", f"wrong-again-{turn}", **HERE)
    assert waits == [0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert len(looked_at) == 12, "a guess that has to wait is not looked at"


def test_a_right_password_ends_the_delays(office: Database) -> None:
    for _ in range(3):
        for turn in range(2):
            with pytest.raises(SignInRefused):
                sign_in.sign_in(office, "li", f"wrong-guess-{turn}", **HERE)
        assert sign_in.sign_in(office, "li", GOOD, **HERE)


def test_an_address_that_tries_many_names_is_stopped(office: Database, looked_at: list[str]) -> None:
    def one(turn: int) -> str:
        try:
            sign_in.sign_in(office, f"name{turn}", "wrong-guess-99", address="203.0.113.7", agent="attack")
        except (SignInRefused, TooManyGuesses) as error:
            return error.code
        return "in"

    with ThreadPoolExecutor(8) as pool:
        answered = Counter(pool.map(one, range(300)))
    assert answered == {"sign_in_refused": 100, "too_many_guesses": 200}
    assert len(looked_at) == 100
    with pytest.raises(TooManyGuesses):
        sign_in.sign_in(office, "li", GOOD, address="203.0.113.7", agent="test")
    assert sign_in.sign_in(office, "li", GOOD, **HERE), "another address is not"


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("testclient", "testclient", True),
    ],
)
def test_addresses_of_one_household_count_together(first: str, second: str, same: bool) -> None:
    assert (network(first) == network(second)) == same


def test_old_guesses_are_forgotten(office: Database) -> None:
    attack(office, 3)
    earlier(office, 2 * 86_400)
    assert sign_in.sign_in(office, "li", GOOD, **HERE)
    with psycopg.connect(office.dsn) as connection:
        assert connection.execute("SELECT count(*) FROM sign_in").fetchone() == (1,)


# --- sessions ---------------------------------------------------------------------------------------------------------


def test_a_session_is_known_until_it_is_signed_out(office: Database) -> None:
    secret = sign_in.sign_in(office, "li", GOOD, **HERE)
    with office.owner() as connection:
        who = sign_in.signed(connection, secret_hash(secret))
        assert who is not None
        assert (who.name, who.must_change) == ("li", False)
        sign_in.sign_out(connection, secret_hash(secret))
        assert sign_in.signed(connection, secret_hash(secret)) is None
        sign_in.sign_out(connection, secret_hash(secret))


def test_the_secret_of_a_session_is_nowhere_in_the_database(office: Database) -> None:
    secret = sign_in.sign_in(office, "li", GOOD, **HERE)
    with psycopg.connect(office.dsn) as connection:
        stored = connection.execute("SELECT session::text FROM session").fetchone()
    assert stored is not None
    assert secret not in stored[0]


ENDED = {
    "idle": "UPDATE session SET seen_at = now() - idle",
    "expired": "UPDATE session SET expires_at = now()",
    "revoked": "UPDATE session SET revoked_at = now()",
    "account disabled": "UPDATE account SET disabled_at = now()",
}


@pytest.mark.parametrize("end", ENDED.values(), ids=ENDED)
def test_a_session_that_has_ended_is_nobody(office: Database, end: str) -> None:
    secret = sign_in.sign_in(office, "li", GOOD, **HERE)
    with office.owner() as connection:
        assert sign_in.signed(connection, secret_hash(secret)), "the control"
        connection.execute(end)  # pyright: ignore
        assert sign_in.signed(connection, secret_hash(secret)) is None


def test_using_a_session_keeps_it_from_being_idle_but_not_from_its_end(office: Database) -> None:
    secret = sign_in.sign_in(office, "li", GOOD, **HERE)
    for why in ("the control", "it was seen in between"):
        with office.owner() as connection:
            connection.execute("UPDATE session SET seen_at = seen_at - idle + interval '1 minute'")
        assert whose(office, secret), why
    with office.owner() as connection:
        row = connection.execute("SELECT expires_at - created_at, idle FROM session").fetchone()
    assert row is not None
    assert (row[0].days, row[1].total_seconds()) == (14, 12 * 3600)


def test_own_sessions_are_listed_and_ended_one_by_one_or_all_others(office: Database) -> None:
    here, there, far = (sign_in.sign_in(office, "li", GOOD, address="192.0.2.1", agent=each) for each in "abc")
    other = sign_in.sign_in(office, "wang", GOOD, **HERE)
    with office.owner() as connection:
        me = sign_in.signed(connection, secret_hash(here))
        assert me is not None
        listed = sign_in.sessions(connection, me.account)
        assert {each.agent for each in listed} == {"a", "b", "c"}
        gone = next(each for each in listed if each.agent == "b")
        sign_in.revoke(connection, me.account, gone.id, by="li")
        assert sign_in.signed(connection, secret_hash(there)) is None
        sign_in.revoke_others(connection, me.account, me.session, by="li")
        assert sign_in.signed(connection, secret_hash(far)) is None
        assert sign_in.signed(connection, secret_hash(here))
        assert sign_in.signed(connection, secret_hash(other))


def test_an_account_disabled_at_the_same_moment_is_not_signed_in(office: Database) -> None:
    with office.owner() as connection:
        number = account.named(connection, "li")
        kept = connection.execute("SELECT password_hash FROM account WHERE id = %s", [number]).fetchone()
        assert kept is not None
        assert sign_in.begin(connection, number, **HERE, kept=kept[0]), "the control"
        assert sign_in.begin(connection, number, **HERE, kept=password.hashed(GOOD)) is None
        connection.execute("UPDATE account SET disabled_at = now()")
        assert sign_in.begin(connection, number, **HERE, kept=kept[0]) is None
