"""A file into a layer: read, checked, staged and merged, all of it in one transaction or none."""

from collections.abc import Callable
from pathlib import Path

from geo import audit, link
from geo import progress as progress_sums
from geo.database import Connection, Database
from geo.errors import FileRefused
from geo.ingest import complete, mapping
from geo.ingest.check import Check
from geo.ingest.choice import Choice
from geo.ingest.outline import Limits
from geo.ingest.overlap import Least, Neighbours
from geo.ingest.read import read
from geo.ingest.repair import Mender
from geo.ingest.report import Report
from geo.ingest.source import Source
from geo.ingest.staging import Staging
from geo.ingest.system import settle
from geo.layer import Layer
from geo.org_unit import places
from geo.settings import settings, today
from geo.text import Text

LOCK = 7233602


def load(  # noqa: PLR0917 - what it is about, how, and whom to tell
    database: Database,
    layer: Layer,
    path: Path,
    choice: Choice = Choice(),
    progress: Callable[[int, int], None] = lambda done, whole: None,
    applied: Callable[[Connection, Report], None] = lambda connection, report: None,
) -> Report:
    """Import one table of a file into a layer, all of it in one transaction.

    ``progress`` is called with (rows done, rows in the file), ``applied`` as the last thing in the transaction of an
    import that is not dry. A mapping that is to be saved is saved by a dry one too. Raises :class:`FileRefused` with
    ``report`` among its values where rows are refused and ``choice.partial`` is off, and the errors of
    :func:`geo.ingest.read.read` and :mod:`geo.ingest.complete`.
    """
    source = read(path, choice.table, choice.encoding)
    with database.session() as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK, layer.code])
        check = _check(connection, layer, source, choice)
        report = _report(path, source, layer, check)
        if choice.complete is not None:
            report.notes.append(complete.check(choice.complete, check.places, choice.within))
        audit.by(connection, choice.by)
        staging = Staging(connection, layer, source, choice)
        audit.by(connection, choice.by, within=staging.import_id)
        report.rows = staging.fill(check, progress)
        report.picture = check.picture()
        staging.compare(check)
        report.problems, report.counts = check.problems.kept, check.problems.counts
        report.personal = sorted(check.personal)
        whole_file = report.rows > 0 and 0 in check.problems.refused
        report.refused = report.rows if whole_file else check.problems.refused_rows
        if whole_file or (report.refused and not choice.partial):
            connection.rollback()
            raise FileRefused(file=path.name, refused=report.refused, report=report)
        staging.merge(report, check)
        link.apply(connection, layer=layer.code)
        if choice.dry:
            connection.rollback()
        else:
            report.applied, report.import_id = True, staging.import_id
            if choice.complete is not None:
                complete.keep(connection, choice.complete, staging.import_id, refused=report.refused, by=choice.by)
            staging.finish(report)
            applied(connection, report)
        if choice.save_mapping:
            mapping.save(connection, layer, choice.save_mapping, check.meaning, by=choice.by)
    if report.applied:
        progress_sums.tidy(database)
    return report


def _check(connection: Connection, layer: Layer, source: Source, choice: Choice) -> Check:
    there = places(connection)
    saved = mapping.recall(connection, layer, source.fields, choice.mapping)
    chosen = settings()
    least = Least(chosen.overlap_area, chosen.overlap_share, chosen.near_points)
    return Check(
        layer=layer,
        meaning=mapping.meaning(layer, source.fields, choice.columns, saved),
        system=settle(source, choice.declared, there),
        places=there,
        today=choice.today or today(),
        area_tolerance=chosen.area_tolerance,
        vertex_limit=chosen.vertex_limit,
        limits=Limits(chosen.sliver_width, chosen.spike_angle),
        neighbours=Neighbours(layer.geometry, least, layer.may_overlap),
        mender=Mender(choice.repair),
        placed=source.placed,
        within=choice.within,
    )


def _report(path: Path, source: Source, layer: Layer, check: Check) -> Report:
    report = Report(path.name, source.table, layer.code, check.system.name, source.encoding)
    report.notes = [*source.notes, *check.system.assumed]
    report.mapping = list(check.meaning.matches)
    report.saved_mapping = check.meaning.saved
    if check.meaning.saved:
        used = Text(zh="按已保存的列映射“{name}”读取", en="Columns were read by the saved mapping {name}")
        report.notes.append(used.format(name=check.meaning.saved))
    return report
