"""Signing in: a name and a password become the secret of a session, which ends by itself or is ended."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from geo import guess
from geo.account import end, plain
from geo.audit import note
from geo.database import Connection, Database, one, rows, statement
from geo.errors import NotFound, ShanheError
from geo.text import Text
from geo.viewer import secret_hash


class SignInRefused(ShanheError):
    """Name and password do not belong together, or the account is disabled: the same answer for each."""

    code = "sign_in_refused"
    sentence = Text(zh="用户名或密码不对，或账号已停用", en="Name or password is wrong, or the account is disabled")


@dataclass(frozen=True, slots=True)
class Signed:
    """An account that is signed in, also one whose password has to be changed first."""

    account: int
    name: str
    session: str
    must_change: bool


@dataclass(frozen=True, slots=True)
class Session:
    """A session that goes on: from where, with which program, and when it ends if nobody does anything."""

    id: str
    hash: str
    created_at: datetime
    seen_at: datetime
    ends_at: datetime
    address: str
    agent: str


def sign_in(database: Database, name: str, password: str, *, address: str, agent: str) -> str:
    """The secret of a new session; raises :class:`SignInRefused` and :class:`geo.guess.TooManyGuesses`.

    Unknown names take as long as known ones, count the same and are answered the same.
    """
    name = plain(name)[:64]
    with database.owner() as connection:
        found = rows(connection, "sign_in_account", called=name)
    kept = found[0]["password_hash"] if found else None
    if guess.looked_at(database, name, password, kept, address=address):
        with database.owner() as connection:
            secret = begin(connection, found[0]["id"], address=address, agent=agent, kept=kept)
            if secret is not None:
                note(connection, name, "session.begin", {"account": name, "address": address})
                return secret
    with database.owner() as connection:
        note(connection, name, "session.refuse", {"account": name, "address": address})
    raise SignInRefused


def begin(connection: Connection, account: int, *, address: str, agent: str, kept: str | None = None) -> str | None:
    """The secret of a new session; None where the account is disabled, or its password is not ``kept`` any more."""
    from geo.settings import settings

    secret = secrets.token_urlsafe(32)
    values = {"account": account, "password_hash": kept, "hash": secret_hash(secret)}
    limits = {"idle": settings().session_idle_minutes, "days": settings().session_days}
    begun = one(connection, "session_begin", str, **values, **limits, address=address[:100], agent=agent[:200])
    return secret if begun else None


def signed(connection: Connection, hash: str | None) -> Signed | None:
    """Whose session this is now, by the hash of its secret; None where it is over, or of a disabled account."""
    for row in rows(connection, "signed_one", hash=hash):
        return Signed(**row)
    return None


def sign_out(connection: Connection, hash: str | None) -> None:
    """End a session by the hash of its secret; of one that is over already nothing happens."""
    name = one(connection, "session_end", str, hash=hash)
    if name is not None:
        note(connection, name, "session.end", {"account": name})


def sessions(connection: Connection, account: int) -> list[Session]:
    """The sessions of an account that go on, last used first."""
    found = rows(connection, "session_of", account=account)
    return [Session(id=row["hash"][:16], **row) for row in found]


def revoke(connection: Connection, account: int, session: str, *, by: str) -> None:
    """End a session of an account by its ``id``; raises :class:`NotFound`."""
    if not connection.execute(statement("session_revoke"), {"account": account, "start": session}).rowcount:
        raise NotFound(noun=Text(zh="会话", en="session"), key=session[:16])
    note(connection, by, "session.revoke", {"session": session})


def revoke_others(connection: Connection, account: int, keep: str | None, *, by: str) -> None:
    """End all sessions of an account but the one whose hash is ``keep``."""
    end(connection, account, keep=keep)
    note(connection, by, "session.revoke_others", {})
