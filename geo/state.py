"""What is in the database now: versions, sizes, and whether it is real."""

from typing import Any

from geo.database import Connection, one, rows
from geo.migrate import revision_of


def sizes(connection: Connection) -> dict[str, Any]:
    """Versions of server, PostGIS and schema, the size in bytes, and how much of everything there is."""
    return {**rows(connection, "state_sizes")[0], "revision": revision_of(connection)}


def is_empty(connection: Connection) -> bool:
    """Whether nothing was imported or entered yet."""
    return bool(one(connection, "state_empty", bool))


def is_real(connection: Connection) -> bool:
    """Whether there is anything that was not invented for the demonstration."""
    return bool(one(connection, "state_real", bool))
