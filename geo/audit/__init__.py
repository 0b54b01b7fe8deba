"""Who did what to which record: the database notes every change, the program what is no change of a record."""

from collections.abc import Mapping
from datetime import date

from psycopg.types.json import Jsonb

from geo.database import Connection, statement


def note(connection: Connection, actor: str, action: str, subject: Mapping[str, object]) -> None:
    """Keep that ``actor`` (a name) did ``action`` (``noun.verb``) to ``subject``; it holds no personal value or secret.

    In a transaction of whoever acts it is kept under their name whatever ``actor`` says, and only ``….read`` and
    ``….export`` can be said. Of the program itself an empty ``actor`` is whoever :func:`by` has named, or the command.
    """
    values = {"actor": actor, "action": action, "subject": Jsonb(dict(subject))}
    connection.execute(statement("audit_note"), values)


def by(connection: Connection, actor: str, *, within: int | None = None) -> None:
    """Until this transaction ends, what the program changes by itself is noted as done by ``actor``.

    ``within`` is the number of the import that does it. Where somebody acts, it is they, whatever is said here.
    """
    connection.execute(statement("audit_by"), {"actor": actor, "within": within})


def taken(connection: Connection, noun: str, **what: object) -> None:
    """Keep that whoever acts takes data away as a file: which, how narrowed, and how many ``records`` where known."""
    told = {name: str(value) if isinstance(value, date) else value for name, value in what.items() if value is not None}
    note(connection, "", f"{noun}.export", told)
