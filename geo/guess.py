"""Guesses at passwords: counted before they are looked at, delayed after wrong ones, refused unseen when too many."""

from math import ceil

from geo.address import network
from geo.database import Connection, Database, rows, statement, the
from geo.errors import ShanheError
from geo.password import fits
from geo.text import Text

WINDOW = 15 * 60
OF_NAME = 20
"""So many guesses at one account are looked at in a window of seconds, whatever address they come from."""
OF_ADDRESS = 100
"""So many wrong ones of one address: a whole office may be behind one."""
FREE, SLOWEST = 3, 60
"""After so many wrong guesses at an account in a row the next has to wait a second, then 2, 4, 8 up to a minute."""


class TooManyGuesses(ShanheError):
    """A guess that is not looked at, right or wrong; ``seconds`` is how long to wait."""

    code = "too_many_guesses"
    sentence = Text(zh="尝试次数过多，请 {seconds} 秒后再试", en="Too many attempts: try again in {seconds} seconds")


def looked_at(database: Database, name: str, password: str, kept: str | None, *, address: str) -> bool:
    """Whether a guess is the password kept as a hash; raises :class:`TooManyGuesses` without looking.

    It is written down as wrong, and committed, before it is looked at: guesses at the same time count each other.
    """
    with database.owner() as connection:
        number = _count(connection, name, network(address))
    if not fits(password, kept):
        return False
    with database.owner() as connection:
        connection.execute(statement("guess_right"), {"id": number})
    return True


def _count(connection: Connection, name: str, address: str) -> int:
    whose = {"called": name, "address": address}
    connection.execute(statement("guess_begin"), whose)
    found = rows(connection, "guess_counts", **whose, within=WINDOW, of_name=OF_NAME, of_address=OF_ADDRESS)[0]
    waits = [found["room_for_name"] or 0.0, found["room_for_address"] or 0.0]
    if found["wrong"] >= FREE:
        waits.append(min(2.0 ** (found["wrong"] - FREE), SLOWEST) - found["since"])
    if max(waits) > 0:
        raise TooManyGuesses(seconds=ceil(max(waits)))
    connection.execute(statement("guess_tidy"))
    return the(connection, "guess_insert", int, **whose)
