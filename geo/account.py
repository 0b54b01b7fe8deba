"""Accounts: made, disabled, given a password, and granted what they may do where; each change is noted."""

import re
import unicodedata
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from geo import audit, boundary, guess
from geo import password as passwords
from geo.database import Connection, Database, one, rows, statement, the
from geo.errors import BadValue, NotFound, ShanheError
from geo.layers import layer as declared
from geo.right import ROLES
from geo.text import Text

NAME = re.compile(r"[^\W_][\w.@-]{0,63}")
LONGEST_LABEL = 100


class NameTaken(ShanheError):
    """Another account has the name."""

    code = "name_taken"
    sentence = Text(zh="已有账号 {name}", en="There is an account {name} already")


class LastAdministrator(ShanheError):
    """Nobody would be left who may change accounts."""

    code = "last_administrator"
    sentence = Text(
        zh="这是最后一个可以登录的系统管理员，不能停用或取消",
        en="This is the last administrator who can sign in: it cannot be disabled or lose the role",
    )


class WrongPassword(ShanheError):
    """The present password is not the one stated."""

    code = "wrong_password"
    sentence = Text(zh="现在的密码不对", en="The present password is wrong")


@dataclass(frozen=True, slots=True)
class Grant:
    """A role in a county or township and all below it, everywhere for None; of layers, of all for None."""

    role: str
    org_unit: str | None
    layers: tuple[str, ...] | None
    place: Text | None


@dataclass(frozen=True, slots=True)
class Account:
    """A person or program that may sign in, without its password; ``seen_at`` is when it last was signed in."""

    id: int
    name: str
    label: str
    disabled: bool
    must_change: bool
    demo: bool
    oidc_subject: str | None
    has_password: bool
    created_at: datetime
    seen_at: datetime | None
    grants: tuple[Grant, ...]


def plain(name: str) -> str:
    """A name as it is kept: one however it is typed."""
    return unicodedata.normalize("NFKC", name).strip().lower()


def accounts(connection: Connection) -> list[Account]:
    """All accounts with their grants, in order of name."""
    return _read(connection, None)


def account(connection: Connection, number: int) -> Account:
    """One account; raises :class:`NotFound`."""
    for found in _read(connection, number):
        return found
    raise NotFound(noun=Text(zh="账号", en="account"), key=number)


def create(
    connection: Connection, name: str, *, label: str, password: str | None = None, must_change: bool = True,
    demo: bool = False, by: str = "shanhe",
) -> str:  # fmt: skip
    """Make an account and return its password: the one given, else a random one, told this once.

    One of the demonstration has none. Raises :class:`NameTaken`, :class:`BadValue` and
    :class:`geo.password.PasswordRefused`.
    """
    name, label = plain(name), " ".join(label.split())
    if not NAME.fullmatch(name):
        reason = Text(zh="用字母、汉字、数字和 . _ @ -，最多 64 个", en="letters, digits and . _ @ -, 64 at most")
        raise BadValue(name="name", value=name[:80], reason=reason)
    if not 0 < len(label) <= LONGEST_LABEL:
        reason = Text(zh="1 到 100 个字", en="1 to 100 characters")
        raise BadValue(name="label", value=label[:80], reason=reason)
    secret = _chosen(password, name)
    kept = None if demo else passwords.hashed(secret)
    values = {"called": name, "label": label, "password_hash": kept, "must_change": must_change and not demo}
    audit.by(connection, by)
    if one(connection, "account_insert", int, **values, demo=demo) is None:
        raise NameTaken(name=name)
    return secret


def disable(connection: Connection, name: str, *, by: str) -> None:
    """Have an account sign in no more, and end its sessions and tokens; raises :class:`LastAdministrator`."""
    number = named(connection, name)
    audit.by(connection, by)
    with administered(connection):
        if not connection.execute(statement("account_disable"), {"account": number}).rowcount:
            return
    end(connection, number, tokens=True)


def enable(connection: Connection, name: str, *, by: str) -> None:
    """Have a disabled account sign in again; sessions and tokens that it had are not given back."""
    audit.by(connection, by)
    connection.execute(statement("account_enable"), {"account": named(connection, name)})


def reset_password(connection: Connection, name: str, password: str | None = None, *, by: str) -> str:
    """Give an account another password, which it has to change, and end its sessions.

    Returns it: the one given, else a random one. Raises :class:`geo.password.PasswordRefused`.
    """
    number = named(connection, name)
    secret = _chosen(password, plain(name))
    audit.by(connection, by)
    _keep(connection, number, secret, must_change=True)
    end(connection, number)
    audit.note(connection, by, "account.reset_password", {"account": plain(name)})
    return secret


def change_password(database: Database, number: int, old: str, new: str, *, keep: str | None, address: str) -> None:
    """Change the password of whoever knows it; every session but the one with the hash ``keep`` ends.

    Guesses at the old one count as those of signing in. Raises :class:`WrongPassword`,
    :class:`geo.guess.TooManyGuesses` and :class:`geo.password.PasswordRefused`.
    """
    with database.owner() as connection:
        kept = rows(connection, "account_secret", account=number)[0]
    name: str = kept["name"]
    passwords.check(new, name)
    if not guess.looked_at(database, name, old, kept["password_hash"], address=address):
        with database.owner() as connection:
            audit.note(connection, name, "password.refuse", {"account": name, "address": address})
        raise WrongPassword
    if passwords.fits(new, kept["password_hash"]):
        reason = Text(zh="和现在的一样", en="it is the present one")
        raise passwords.PasswordRefused(reason=reason)
    with database.owner() as connection:
        audit.by(connection, name)
        _keep(connection, number, new, must_change=False)
        end(connection, number, keep=keep)
        audit.note(connection, name, "password.change", {"account": name, "address": address})


def grant(
    connection: Connection, name: str, role: str, org_unit: str | None, layers: Sequence[str] | None = None, *, by: str
) -> None:
    """Let an account do what a role may, in a county or township (None: everywhere), with layers (None: all).

    Given anew, it is for the layers now named. Raises :class:`BadValue` and :class:`NotFound`.
    """
    number = named(connection, name)
    if role not in ROLES:
        raise BadValue(name="role", value=role, reason=Text(zh="没有这个角色", en="there is no such role"))
    level = "county" if org_unit is None else boundary.level(connection, org_unit)
    if level not in ("county", "township"):
        reason = Text(zh="只能授予县或乡镇", en="rights are granted for a county or a township")
        raise BadValue(name="org_unit", value=org_unit, reason=reason)
    codes = sorted({declared(code).code for code in layers}) if layers else None
    if role == "administrator" and (level != "county" or codes):
        reason = Text(zh="系统管理员只能是全县、全部图层的", en="an administrator has the whole county and all layers")
        raise BadValue(name="org_unit", value=org_unit, reason=reason)
    audit.by(connection, by)
    where = {"role": role, "org_unit": org_unit, "layers": codes}
    connection.execute(statement("account_grant"), {"account": number, **where, "by": by})


def revoke_grant(connection: Connection, name: str, role: str, org_unit: str | None, *, by: str) -> None:
    """Take a role in a place back; raises :class:`NotFound` and :class:`LastAdministrator`."""
    number = named(connection, name)
    audit.by(connection, by)
    with administered(connection):
        where = {"role": role, "org_unit": org_unit}
        if not connection.execute(statement("account_revoke"), {"account": number, **where}).rowcount:
            raise NotFound(noun=Text(zh="授权", en="grant"), key=f"{plain(name)} {role} {org_unit or '*'}")


def named(connection: Connection, name: str) -> int:
    """The number of an account by its name; raises :class:`NotFound`."""
    for row in rows(connection, "account_named", called=plain(name)):
        return row["id"]
    raise NotFound(noun=Text(zh="账号", en="account"), key=name[:80])


def end(connection: Connection, number: int, *, keep: str | None = None, tokens: bool = False) -> None:
    """End the sessions of an account but the one with the hash ``keep``, and its tokens where asked."""
    connection.execute(statement("account_sessions_end"), {"account": number, "keep": keep})
    if tokens:
        connection.execute(statement("account_tokens_end"), {"account": number})


@contextmanager
def administered(connection: Connection) -> Generator[None]:
    """Undo what the block does where it leaves nobody who administers; raises :class:`LastAdministrator`."""
    with connection.transaction():
        connection.execute(statement("account_alone"))
        before = _administrators(connection)
        yield
        if before and not _administrators(connection):
            raise LastAdministrator


def _administrators(connection: Connection) -> int:
    return the(connection, "account_administrators", int)


def _chosen(given: str | None, name: str) -> str:
    """The password given, if it may be one, else a random one."""
    if given is None:
        return passwords.invented()
    passwords.check(given, name)
    return given


def _keep(connection: Connection, number: int, secret: str, *, must_change: bool) -> None:
    values = {"account": number, "password_hash": passwords.hashed(secret), "must_change": must_change}
    connection.execute(statement("account_password"), values)


def _read(connection: Connection, number: int | None) -> list[Account]:
    found = rows(connection, "account_all", account=number)
    for row in found:
        row["grants"] = _grants(row["grants"])
    return [Account(**row) for row in found]


def _grants(told: list[dict[str, Any]]) -> tuple[Grant, ...]:
    return tuple(
        Grant(
            each["role"],
            each["org_unit"],
            None if each["layers"] is None else tuple(each["layers"]),
            None if each["place"]["zh"] is None else Text(**each["place"]),
        )
        for each in told
    )
