"""Tokens: valid ones are known, all others are nobody's."""

from collections.abc import Callable

import psycopg
import pytest
from people import whose

from geo import account, token
from geo.database import Database
from geo.errors import BadValue, NotFound
from geo.viewer import secret_hash


@pytest.fixture
def li(placed: Database) -> int:
    with placed.owner() as connection:
        account.create(connection, "li", label="李四", must_change=False)
        return account.named(connection, "li")


def made(database: Database, number: int, **options: int) -> str:
    with database.owner() as connection:
        return token.create(connection, number, "QGIS", days=options.get("days", 30), by="li")


def test_a_token_is_known_and_only_its_hash_is_stored(placed: Database, li: int) -> None:
    secret = made(placed, li)
    assert secret.startswith("shp_")
    assert len(secret) == 47
    who = whose(placed, secret)
    assert who is not None
    assert (who.account, who.name, who.in_person) == (li, "li", False)
    with psycopg.connect(placed.dsn) as connection:
        stored = connection.execute("SELECT token::text, hash FROM token").fetchone()
    assert stored is not None
    assert secret not in stored[0]
    assert stored[1] == secret_hash(secret)


@pytest.mark.parametrize("days", [0, -1, 367, 10**12])
def test_a_token_always_expires(placed: Database, li: int, days: int) -> None:
    with pytest.raises(BadValue):
        made(placed, li, days=days)
    made(placed, li, days=366)


def test_rights_that_there_are_not_are_refused(placed: Database, li: int) -> None:
    with placed.owner() as connection:
        token.create(connection, li, "narrow", days=1, verbs=["view", "download"], by="li")
        assert token.tokens(connection, li)[0].verbs == ("download", "view")
    with pytest.raises(BadValue), placed.owner() as connection:
        token.create(connection, li, "wide", days=1, verbs=["everything"], by="li")


def test_nobody_ends_the_token_of_another(placed: Database, li: int) -> None:
    made(placed, li)
    with placed.owner() as connection:
        account.create(connection, "wang", label="王五")
        other = account.named(connection, "wang")
        number = token.tokens(connection, li)[0].id
    with pytest.raises(NotFound), placed.owner() as connection:
        token.revoke(connection, other, number, by="wang")
    with placed.owner() as connection:
        token.revoke(connection, li, number, by="li")
        assert token.tokens(connection, li) == []


Spoil = Callable[[str], str]
BAD: dict[str, Spoil] = {
    "nothing": lambda secret: "",
    "a space": lambda secret: " ",
    "the prefix only": lambda secret: "shp_",
    "without its prefix": lambda secret: secret.removeprefix("shp_"),
    "another prefix": lambda secret: "shq_" + secret[4:],
    "without its last character": lambda secret: secret[:-1],
    "without its first character": lambda secret: secret[1:],
    "with one more character": lambda secret: secret + "A",
    "with another last character": lambda secret: secret[:-1] + ("A" if secret[-1] != "A" else "B"),
    "in capitals": lambda secret: secret.upper(),
    "in small letters": lambda secret: secret.lower(),
    "case swapped": lambda secret: secret.swapcase(),
    "with a space before": lambda secret: " " + secret,
    "with a space behind": lambda secret: secret + " ",
    "with a line break": lambda secret: secret + "\n",
    "with a tab": lambda secret: secret + "\t",
    "with a null": lambda secret: secret + "\x00",
    "in full-width letters": lambda secret: "".join(chr(ord(each) + 0xFEE0) for each in secret),
    "backwards": lambda secret: secret[::-1],
    "twice": lambda secret: secret + secret,
    "its hash": secret_hash,
    "a wildcard": lambda secret: "%",
    "SQL": lambda secret: "' OR '1'='1",
    "base64 padding": lambda secret: secret + "=",
    "in quotes": lambda secret: f'"{secret}"',
}  # fmt: skip


@pytest.mark.parametrize("spoil", BAD.values(), ids=BAD)
def test_a_spoilt_token_is_nobody(placed: Database, li: int, spoil: Spoil) -> None:
    secret = made(placed, li)
    assert whose(placed, secret), "the control"
    assert whose(placed, spoil(secret)) is None


ENDED = {
    "expired": "UPDATE token SET expires_at = now()",
    "revoked": "UPDATE token SET revoked_at = now()",
    "of a disabled account": "UPDATE account SET disabled_at = now()",
    "removed": "DELETE FROM token",
}


@pytest.mark.parametrize("end", ENDED.values(), ids=ENDED)
def test_a_token_that_has_ended_is_nobody(placed: Database, li: int, end: str) -> None:
    secret = made(placed, li)
    assert whose(placed, secret), "the control"
    with placed.owner() as connection:
        connection.execute(end)  # pyright: ignore
    assert whose(placed, secret) is None
