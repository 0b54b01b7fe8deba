"""A layer to a file in any format an office uses, as of a day, filtered, in any coordinate system."""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import cast

import pyproj

from geo import audit, boundary
from geo.database import Connection, Database, the
from geo.export.about import about
from geo.export.choice import Choice
from geo.export.column import columns
from geo.export.format import ENDINGS, FORMATS, Format, fits, format_of, system
from geo.export.record import batches
from geo.export.table import FileUnwritable, Table, Writer
from geo.feature import Wanted, counts
from geo.layer import Layer
from geo.right import Verb
from geo.settings import today
from geo.text import Text

__all__ = ["ENDINGS", "FORMATS", "Choice", "FileUnwritable", "check", "export"]

_MODULES = {
    "gpkg": "vector", "fgb": "vector", "geojson": "geojson", "geojsonl": "geojson", "shp": "shapefile", "kml": "kml",
    "parquet": "parquet", "xlsx": "workbook", "csv": "comma", "txt": "boundary_text",
}  # fmt: skip


def export(
    database: Database,
    layer: Layer,
    path: Path,
    progress: Callable[[int, int], None] = lambda done, whole: None,
    *,
    choice: Choice = Choice(),
    note: Callable[[Text], None] = lambda said: None,
) -> int:
    """Write the wanted features of a layer to ``path`` and return how many there are.

    The format is that of ``choice``, else the ending of ``path`` says it. Personal columns are never written.
    Headings and values are such that the importer reads them back; what a format could not keep is told to ``note``.
    A file at ``path`` is replaced when the new one is whole. ``progress`` is called with (features written, features
    of the layer, -1 where a filter makes that unknown). Raises :class:`BadValue` for a choice that cannot be met,
    :class:`geo.errors.NotFound` for an unknown unit, and :class:`FileUnwritable`.
    """
    chosen = format_of(path, choice.format)
    wanted = _wanted(layer, choice)
    try:
        with (
            tempfile.TemporaryDirectory(prefix=".shanhe-", dir=path.parent) as folder,
            database.session(Verb.DOWNLOAD) as connection,
        ):
            used = _settled(database, connection, layer, chosen, choice)
            whole = counts(connection).get(layer.code, 0) if _everything(wanted) else -1
            found = columns(layer, choice.headings, short=chosen.code == "shp")
            table = Table(
                layer, choice, found, used, about(connection, layer, wanted, used, today()),
                the(connection, "export_drawn", bool, layer=layer.code),
                batches(connection, wanted, found, used, lambda done: progress(done, whole)), note,
            )  # fmt: skip
            partial = Path(folder) / f"export{chosen.endings[0]}"
            written = _writer(chosen)(table, partial)
            audit.taken(
                connection, "layer",
                layer=layer.code, format=chosen.code, records=written, as_of=wanted.as_of, org_unit=wanted.org_unit,
                status=wanted.status, milestone=wanted.milestone, bounds=wanted.bounds,
                text=None if wanted.text is None else "***",
            )  # fmt: skip
            partial.replace(path)
    except (OSError, RuntimeError) as error:  # those of pyogrio are RuntimeErrors
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        if isinstance(error, OSError) and error.strerror:
            reason = error.strerror
        raise FileUnwritable(file=path.name, reason=reason) from None
    return written


def check(database: Database, layer: Layer, choice: Choice) -> None:
    """Raise what :func:`export` would raise of a choice whose ``format`` is stated, without writing anything."""
    with database.connection(Verb.DOWNLOAD) as connection:
        _settled(database, connection, layer, format_of(Path(), choice.format), choice)


def _settled(database: Database, connection: Connection, layer: Layer, chosen: Format, choice: Choice) -> pyproj.CRS:
    """The system that is written in, where the choice can be met at all."""
    fits(layer, chosen)
    wanted = _wanted(layer, choice)
    if wanted.org_unit is not None:
        boundary.level(connection, wanted.org_unit)
    return system(choice.crs, chosen, _middle(database, connection))


def _wanted(layer: Layer, choice: Choice) -> Wanted:
    return replace(choice.wanted or Wanted(today()), layer=layer.code)


def _everything(wanted: Wanted) -> bool:
    """Whether nothing but the day leaves features out."""
    return wanted == Wanted(wanted.as_of, wanted.layer)


def _middle(database: Database, connection: Connection) -> float | None:
    """The longitude of the middle of the county; None where it is not drawn."""
    county = boundary.county(connection, database.settings.county)
    return None if county is None or county.bounds is None else (county.bounds[0] + county.bounds[2]) / 2


def _writer(chosen: Format) -> Writer:
    """The function of a format, whose libraries are loaded only where it is used."""
    return cast("Writer", import_module(f"geo.export.{_MODULES[chosen.code]}").write)
