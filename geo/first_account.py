"""The first account of a database, and those of the demonstration: somebody has to be able to sign in."""

from dataclasses import dataclass

from geo import account, audit
from geo.database import Connection, Database, one, rows, statement
from geo.errors import ShanheError
from geo.right import ROLES
from geo.sign_in import begin
from geo.text import Text

FIRST = "admin"
BY = "shanhe"
TOWN = "511132100"
"""The township of the demonstration's officer where the county is the one shipped; else the first there is."""


class DemoRefused(ShanheError):
    """There is no such account of the demonstration."""

    code = "demo_refused"
    sentence = Text(zh="没有这个演示账号", en="There is no such demonstration account")


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account that signs in without a password, from this machine only."""

    name: str
    role: str


DEMO = tuple(DemoAccount(f"demo-{role}", role) for role in ROLES)


def first_administrator(database: Database) -> tuple[str, str] | None:
    """Make the first account and return its name and password, to be told once; None where there is one already.

    It has the roles administrator, manager and officer everywhere, so that everything can be tried. Accounts of the
    demonstration do not count.
    """
    with database.owner() as connection:
        _alone(connection)
        if one(connection, "first_any", bool):
            return None
        password = account.create(connection, FIRST, label="管理员 Administrator", by=BY)
        for role in ("administrator", "manager", "officer"):
            account.grant(connection, FIRST, role, None, by=BY)
    return FIRST, password


def _alone(connection: Connection) -> None:
    connection.execute(statement("first_alone"))


def make_demo(database: Database) -> None:
    """Make the accounts of the demonstration that are not there yet: one for each role."""
    with database.owner() as connection:
        _alone(connection)
        town = one(connection, "first_township", str, town=TOWN)
        known = {each.name for each in demo_accounts(connection)}
        for each in DEMO:
            if each.name in known:
                continue
            called = ROLES[each.role].label  # in both languages at once: it is stored as one text
            account.create(connection, each.name, label=f"{called.zh} {called.en}", demo=True, by=BY)
            account.grant(connection, each.name, each.role, town if each.role == "officer" else None, by=BY)


def demo_accounts(connection: Connection) -> list[DemoAccount]:
    """The accounts of the demonstration that may sign in, in order of role."""
    found = {row["name"] for row in rows(connection, "first_demo")}
    return [each for each in DEMO if each.name in found]


def enter_demo(database: Database, name: str, *, address: str, agent: str) -> str:
    """The secret of a session of an account of the demonstration; raises :class:`DemoRefused`.

    Whoever calls this has made sure that the request comes from this machine.
    """
    with database.owner() as connection:
        if name in {each.name for each in demo_accounts(connection)}:
            secret = begin(connection, account.named(connection, name), address=address, agent=agent)
            if secret is not None:
                audit.note(connection, name, "session.begin", {"account": name, "address": address, "demo": True})
                return secret
    raise DemoRefused


def remove_demo(connection: Connection) -> None:
    """Take the accounts of the demonstration away, with their sessions, tokens and grants."""
    audit.by(connection, BY)
    connection.execute(statement("first_demo_remove"))
    audit.note(connection, BY, "account.remove_demo", {})
