"""What was imported, when, from which file, and what the importer had to say about it."""

from typing import Any

from geo.database import Connection, one, the
from geo.errors import NotFound
from geo.text import Text


def imports(connection: Connection, *, limit: int, here: str, before: int | None = None) -> str:
    """``{"imports": […], "next"}``, newest first; ``next`` is ``here`` with the number to go on before, or null.

    Of each report the first hundred problems are given, without the values of cells: those may be personal.
    """
    return the(connection, "history_imports", str, limit=limit, here=here, before=before)


def report(connection: Connection, import_id: int) -> dict[str, Any]:
    """The whole report of an import into a layer, as it was kept; raises :class:`NotFound`."""
    found: dict[str, Any] | None = one(connection, "history_report", dict, id=import_id)
    if found is None:
        raise NotFound(noun=Text(zh="导入", en="import"), key=import_id)
    return found
