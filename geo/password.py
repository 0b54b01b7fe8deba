"""Passwords: what one may be, and argon2id of it."""

import secrets
import unicodedata
from threading import BoundedSemaphore

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from geo.errors import ShanheError
from geo.text import Text

SHORTEST, LONGEST = 12, 200
# Memory in KiB and passes as OWASP's "Password Storage Cheat Sheet" has them for argon2id.
HASHER = PasswordHash((Argon2Hasher(memory_cost=19_456, time_cost=2, parallelism=1),))
# So many are worked on at once that guesses from many addresses leave memory and processors to the rest.
_TURNS = BoundedSemaphore(4)
# The commonest passwords of those that are long enough, as breaches show them.
_COMMON = """
123456789012 1234567890123 12345678901234 123456789101112 123123123123 123456123456 1234567890qwe 987654321000
password1234 password12345 password123456 passwordpassword p@ssw0rd1234 p@ssword1234 qwertyuiop123 qwerty123456
qwertyuiop[] qwertyqwerty qwertyuiopasdf asdfghjkl123 1q2w3e4r5t6y 1qaz2wsx3edc 1qaz2wsx3edc4rfv qazwsxedcrfv
q1w2e3r4t5y6 zxcvbnm12345 abcdefghijkl abc123456789 abcd12345678 a1234567890. a123456789012 aa1234567890 admin1234567
admin12345678 adminadminadmin administrator administrator1 administrator123 iloveyou1234 iloveyouforever woaini1314520
woaini520520 woaini123456 5201314woaini wodemima1234 letmein12345 welcome12345 welcome123456 football1234 baseball1234
sunshine1234 princess1234 superman1234 trustno1trustno1 changemechangeme changeme1234 unbelievable tinkerbell12
shanhe123456 shanheshanhe
"""
COMMON = frozenset(_COMMON.split())
# What unknown names are compared with, so that they take as long as known ones; of no password that anybody has.
_NOBODY = HASHER.hash(secrets.token_urlsafe(32))


class PasswordRefused(ShanheError):
    """A password that is too easy to guess."""

    code = "password_refused"
    sentence = Text(zh="这个密码不能用：{reason}", en="This password cannot be used: {reason}")


def check(password: str, name: str) -> None:
    """Whether an account may have this password; raises :class:`PasswordRefused`."""
    plain = _plain(password)
    simple = plain.casefold()
    if len(plain) < SHORTEST:
        reason = Text(zh="至少 {n} 个字符", en="it needs {n} characters or more").format(n=SHORTEST)
    elif len(plain) > LONGEST:
        reason = Text(zh="最多 {n} 个字符", en="it may have {n} characters at most").format(n=LONGEST)
    elif len(simple.replace(name.casefold(), "")) < SHORTEST - 4:
        reason = Text(zh="不能由用户名构成", en="it must not be made of the name")
    elif simple in COMMON or len(set(simple)) < 5:
        reason = Text(zh="太常见，容易被猜到", en="it is too common")
    else:
        return
    raise PasswordRefused(reason=reason)


def invented() -> str:
    """A random password that can be read out: four groups without letters that look alike, 77 bits."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


def hashed(password: str) -> str:
    """The argon2id of a password, with its salt."""
    with _TURNS:
        return HASHER.hash(_plain(password))


def fits(password: str, kept: str | None) -> bool:
    """Whether a password is the one kept as a hash; None (no password) takes as long and never fits."""
    with _TURNS:
        right = HASHER.verify(_plain(password)[: LONGEST + 1], kept or _NOBODY)
    return right and kept is not None


def _plain(password: str) -> str:
    """The same characters however a keyboard composes them."""
    return unicodedata.normalize("NFKC", password)
