"""What was imported, when, from which file, and what the importer had to say about it."""

from geo.database import Connection, the


def imports(connection: Connection, *, limit: int, here: str, before: int | None = None) -> str:
    """``{"imports": […], "next"}``, newest first; ``next`` is ``here`` with the number to go on before, or null.

    Of each report the first hundred problems are given, without the values of cells: those may be personal.
    """
    return the(connection, "history_imports", str, limit=limit, here=here, before=before)
