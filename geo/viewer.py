"""Who acts: the secret that came with a request goes in, and the database says whose it is and what they may do."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from psycopg import Connection

from geo.errors import NotFound, ShanheError
from geo.right import Verb
from geo.text import Text

_TOWNSHIP_DIGITS = 9
"""Of a township's code (GB/T 10114); a county's has six, a village's twelve."""
_CREDENTIAL: ContextVar[str | None] = ContextVar("credential")


class NotSignedIn(ShanheError):
    """Nobody is signed in, or no longer."""

    code = "not_signed_in"
    sentence = Text(zh="请先登录", en="Sign in first")


class PasswordMustChange(ShanheError):
    """A first password has to be changed before anything else."""

    code = "password_must_change"
    sentence = Text(zh="请先修改初始密码", en="Change your first password before anything else")


class NotAllowed(ShanheError):
    """Whoever acts may not do this, with what they may see."""

    code = "not_allowed"
    sentence = Text(zh="没有权限：{reason}", en="Not permitted: {reason}")


FAULTS: dict[str, type[ShanheError]] = {"SH001": NotSignedIn, "SH002": PasswordMustChange}
"""What viewer_enter() refuses, by its SQLSTATE."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """An account that acts, and what it may do; ``in_person`` is by a session.

    ``keys`` are units, layers or layers in units (views/70_viewer.sql).
    """

    account: int
    name: str
    label: str
    in_person: bool
    everywhere: frozenset[Verb]
    keys: dict[Verb, tuple[str, ...]]

    def may(self, verb: Verb, layer: str | None = None) -> bool:
        """Whether it may do something anywhere at all, with records of ``layer`` if one is named."""
        if verb in self.everywhere:
            return True
        parts = [key.partition("/") for key in self.keys.get(verb, ())]
        return any(layer is None or first == layer or first.isdigit() for first, _, _ in parts)

    def may_at(self, verb: Verb, org_unit: str, layer: str | None = None) -> bool:
        """Whether it may do something in a unit, with records of ``layer`` if one is named."""
        if verb in self.everywhere:
            return True
        parts = [(_layer(key), _unit(key)) for key in self.keys.get(verb, ())]
        return any(unit in ("", org_unit) and (layer is None or of in ("", layer)) for of, unit in parts)

    @property
    def sees_all_places(self) -> bool:
        """Whether it sees at least one layer wherever its records lie."""
        return Verb.VIEW in self.everywhere or any(not _unit(key) for key in self.keys.get(Verb.VIEW, ()))

    @property
    def units(self) -> frozenset[str]:
        """The units that it sees something of, with those below them; nothing where it sees all places."""
        return frozenset(filter(None, map(_unit, self.keys.get(Verb.VIEW, ()))))

    @property
    def township(self) -> str | None:
        """The one township that it sees something of; None where it sees several, a part of one, or all places."""
        found = [] if self.sees_all_places else [unit for unit in self.units if len(unit) == _TOWNSHIP_DIGITS]
        return found[0] if len(found) == 1 else None


def secret_hash(secret: str) -> str:
    """What is stored of a secret: its SHA-256 in hexadecimal digits."""
    return sha256(secret.encode()).hexdigest()


def _unit(key: str) -> str:
    """The unit of a key; empty where it names a layer alone."""
    last = key.rpartition("/")[2]
    return last if last.isdigit() else ""


def _layer(key: str) -> str:
    """The layer of a key; empty where it names a unit alone."""
    first = key.partition("/")[0]
    return "" if first.isdigit() else first


def place(who: Viewer, org_unit: str | None) -> str | None:
    """The unit whose figures somebody is shown: the one asked for, else their own first, None for the whole county.

    Raises :class:`geo.errors.NotFound` for one that is not theirs, :class:`NotAllowed` where nothing is.
    """
    if who.sees_all_places or org_unit in who.units:
        return org_unit
    if org_unit is not None:
        raise NotFound(noun=Text(zh="行政区", en="unit"), key=org_unit)
    if not who.units:
        raise NotAllowed(reason=Text(zh="您的账号还没有权限", en="your account has no rights yet"))
    return min(who.units, key=lambda code: (len(code), code))


@contextmanager
def acting(secret: str | None) -> Generator[None]:
    """What is done in the block is done by whoever a secret belongs to; None is nobody."""
    token = _CREDENTIAL.set(None if secret is None else secret_hash(secret))
    try:
        yield
    finally:
        _CREDENTIAL.reset(token)


def is_acting() -> bool:
    """Whether this is a request, or the program itself."""
    return _CREDENTIAL.get("") != ""


def credential() -> str | None:
    """The hash of the secret of this request; None for nobody."""
    return _CREDENTIAL.get(None)


def viewer(connection: "Connection[tuple[Any, ...]]") -> Viewer:
    """Who acts in this transaction; raises :class:`NotSignedIn` for nobody."""
    row = connection.execute("SELECT viewer_context()").fetchone()
    if row is None or row[0] is None:
        raise NotSignedIn
    told: dict[str, Any] = row[0]
    keys = {Verb(verb): tuple(each) for verb, each in told["keys"].items()}
    who = told["account"], told["name"], told["label"] or told["name"], told["kind"] == "session"
    return Viewer(*who, frozenset(map(Verb, told["everywhere"])), keys)


def units(connection: "Connection[tuple[Any, ...]]", name: str, verb: Verb, layer: str) -> frozenset[str] | None:
    """The units in which an account may do something with a layer, None for all; for work without a request."""
    from geo.database import rows

    (told,) = rows(connection, "viewer_units", called=name, verb=verb, layer=layer)
    return None if told["everywhere"] else frozenset(told["units"])
