"""Tokens of programs: a secret that is shown once, expires, and may be narrower than its account."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from geo import audit
from geo.database import Connection, one, rows, statement
from geo.errors import BadValue, NotFound
from geo.right import Verb
from geo.text import Text
from geo.viewer import secret_hash

PREFIX = "shp_"
"""So that a token that lies about is known for one."""
LONGEST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Token:
    """A token that is valid, without its secret; ``verbs`` None is all that its account may."""

    id: int
    name: str
    verbs: tuple[str, ...] | None
    created_at: datetime
    expires_at: datetime
    seen_at: datetime | None


def create(
    connection: Connection, account: int, name: str, *, days: int, verbs: Sequence[str] | None = None, by: str
) -> str:
    """The secret of a new token, told this once; raises :class:`BadValue`."""
    name = " ".join(name.split())
    if not 0 < len(name) <= 100:
        raise BadValue(name="name", value=name[:80], reason=Text(zh="1 到 100 个字", en="1 to 100 characters"))
    if not 1 <= days <= LONGEST_DAYS:
        reason = Text(zh="1 到 366 天", en="1 to 366 days")
        raise BadValue(name="days", value=days, reason=reason)
    unknown = sorted(set(verbs or ()) - set(Verb))
    if unknown:
        raise BadValue(name="verbs", value=unknown[0], reason=Text(zh="没有这种权限", en="there is no such right"))
    secret = PREFIX + secrets.token_urlsafe(32)
    narrowed = sorted(set(verbs)) if verbs else None
    audit.by(connection, by)
    values = {"name": name, "verbs": narrowed, "days": days}
    connection.execute(statement("token_insert"), {"account": account, "hash": secret_hash(secret), **values})
    return secret


def tokens(connection: Connection, account: int) -> list[Token]:
    """The valid tokens of an account, oldest first."""
    found = rows(connection, "token_of", account=account)
    for row in found:
        row["verbs"] = None if row["verbs"] is None else tuple(row["verbs"])
    return [Token(**row) for row in found]


def revoke(connection: Connection, account: int, number: int, *, by: str) -> None:
    """End a token of an account; raises :class:`NotFound`."""
    audit.by(connection, by)
    if one(connection, "token_revoke", str, account=account, id=number if 0 < number < 2**62 else 0) is None:
        raise NotFound(noun=Text(zh="令牌", en="token"), key=number)
