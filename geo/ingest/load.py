"""Rows to PostGIS: one COPY aside, then either a first partition attached whole or one upsert."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from geo import link
from geo import progress as progress_sums
from geo.database import Connection, Database, one, statement, the
from geo.errors import FileRefused
from geo.ingest import copy
from geo.ingest.check import Check, Checked
from geo.ingest.problem import Problem, Problems
from geo.ingest.read import read
from geo.ingest.source import Source
from geo.ingest.system import settle
from geo.layer import Layer
from geo.migrate import partition
from geo.org_unit import places
from geo.settings import settings, today

LOCK = 7233602


@dataclass
class Report:
    """What an import did, or would have done: numbers of rows, and what was wrong with which.

    ``rows`` is all rows of the file: ``new`` + ``changed`` + ``unchanged`` + ``refused``.
    """

    file: str
    table: str
    layer: str
    crs: str
    encoding: str
    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    applied: bool = False
    problems: list[Problem] = field(default_factory=list[Problem])
    counts: dict[str, int] = field(default_factory=dict[str, int])

    def report(self) -> dict[str, Any]:
        """The form in which the report is stored and sent."""
        return vars(self) | {"problems": [problem.report() for problem in self.problems]}


@dataclass(frozen=True)
class Choice:
    """What the user chose for an import.

    ``partial`` loads good rows although others are refused; ``dry`` writes nothing; ``illustrative`` marks invented
    locations; ``declared_crs`` stands for what the file states; ``reason`` is kept with every state it makes.
    """

    table: str | None = None
    partial: bool = False
    dry: bool = False
    illustrative: bool = False
    declared_crs: str | None = None
    by: str = "import"
    reason: str = ""
    today: date | None = None


def load(
    database: Database,
    layer: Layer,
    path: Path,
    choice: Choice = Choice(),
    progress: Callable[[int, int], None] = lambda done, whole: None,
) -> Report:
    """Import one table of a file into a layer, all of it in one transaction.

    ``progress`` is called with (rows done, rows in the file). Raises :class:`FileRefused` with ``report`` among its
    values where rows are refused and ``choice.partial`` is off, and the errors of :func:`geo.ingest.read.read`.
    """
    source = read(path, choice.table)
    with database.session() as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK, layer.code])
        there = places(connection)
        system = settle(source, choice.declared_crs, there)
        check = Check(
            layer=layer,
            headings=source.fields,
            system=system,
            places=there,
            today=choice.today or today(),
            area_tolerance=settings().area_tolerance,
            vertex_limit=settings().vertex_limit,
        )
        report = Report(path.name, source.table, layer.code, system.name, source.encoding)
        staging = _Staging(connection, layer, source, choice)
        report.rows = staging.fill(check, progress)
        staging.refuse_duplicates(check.problems)
        report.problems, report.counts = check.problems.kept, check.problems.counts
        whole_file = report.rows > 0 and 0 in check.problems.refused
        report.refused = report.rows if whole_file else len(check.problems.refused - {0})
        if whole_file or (report.refused and not choice.partial):
            connection.rollback()
            raise FileRefused(file=path.name, refused=report.refused, report=report)
        staging.merge(report, check)
        link.apply(connection, layer=layer.code)
        if choice.dry:
            connection.rollback()
        else:
            report.applied = True
            staging.finish(report)
    if report.applied:
        progress_sums.tidy(database)
    return report


class _Staging:
    """The rows of one import on their way: a table like ``feature``, and their milestones and personal columns."""

    def __init__(self, connection: Connection, layer: Layer, source: Source, choice: Choice) -> None:
        self.connection, self.layer, self.choice = connection, layer, choice
        self.source = source
        self.attached = False
        self.first = self._is_empty()
        if self.first:  # the empty partition will be replaced: nobody may put anything into it meanwhile
            self.run("staging_hold")
            self.first = self._is_empty()
        self.import_id = the(
            connection, "import_insert", int, layer=layer.code, file=source.path.name, sha256=source.sha256,
            illustrative=choice.illustrative, by=choice.by,
        )  # fmt: skip
        self.run("staging_create")

    def _is_empty(self) -> bool:
        return one(self.connection, "feature_any", bool, layer=self.layer.code) is None

    def run(self, name: str, **values: object) -> psycopg.Cursor[tuple[Any, ...]]:
        """Run a named statement that names this import's tables in braces (see :func:`named`)."""
        text = named(name, self.layer.code, attached=self.attached)
        return self.connection.execute(text, values or None)

    def fill(self, check: Check, progress: Callable[[int, int], None]) -> int:
        """Check and copy the file batch by batch, checking one while the one before is sent; returns its rows."""
        check.mapping  # noqa: B018 - headings that are not known are the first problems of the report
        done = 0
        with ThreadPoolExecutor(1) as sender:
            sent = sender.submit(lambda: None)
            for before, columns, wkb in self.source.batches():
                checked = check.check(before, columns, wkb)
                sent.result()
                if checked is not None:
                    sent = sender.submit(self._send, checked)
                done = before + len(wkb)
                progress(done, self.source.features)
            sent.result()
        return done

    def _send(self, checked: Checked) -> None:
        ids = _uuids(len(checked))
        self._copy("staging_copy_feature", self._feature(checked, ids))
        for code, indices, dates in checked.milestones:
            milestone = copy.constant(code.encode(), len(indices))
            self._copy("staging_copy_milestone", [copy.uuids(ids[indices]), milestone, copy.date(dates)])
        if checked.private is not None:
            self._copy("staging_copy_private", [copy.uuids(ids), copy.jsonb(checked.private)])

    def _copy(self, name: str, columns: list[copy.Column]) -> None:
        text = named(name, self.layer.code)
        with self.connection.cursor() as cursor, cursor.copy(text) as stream:
            stream.write(copy.HEADER)
            stream.write(copy.rows(columns))
            stream.write(copy.TRAILER)

    def _feature(self, checked: Checked, ids: npt.NDArray[np.void]) -> list[copy.Column]:
        """The columns of ``staging_copy_feature``, in its order."""
        count = len(checked)
        return [
            copy.constant(self.layer.code.encode(), count),
            copy.uuids(ids),
            copy.text(checked.code),
            copy.text(checked.name),
            copy.text(checked.org_unit),
            checked.wkb,
            copy.cents(checked.area_m2),
            copy.cents(checked.registered_area_m2),
            copy.jsonb(checked.attributes),
            copy.date(checked.starts_on),
            copy.date(checked.due_on),
            copy.constant(self.import_id.to_bytes(8, "big"), count),
            copy.integer(checked.position),
            copy.constant(self.choice.by.encode(), count),
            copy.constant(self.choice.reason.encode() or None, count),
        ]

    def refuse_duplicates(self, problems: Problems) -> None:
        """Refuse every row whose code occurs more than once; the unique index tells whether there are any."""
        while not self._codes_are_unique():
            for code, positions in self.run("staging_duplicates"):
                listed = ", ".join(str(position) for position in positions[:20])
                for position in positions:
                    problems.add(Problem(position, "code", code, "duplicate_code", listed))
            self.run("staging_drop_duplicates")

    def _codes_are_unique(self) -> bool:
        try:
            with self.connection.transaction():
                self.run("staging_index_code")
        except psycopg.errors.UniqueViolation:
            return False
        return True

    def merge(self, report: Report, check: Check) -> None:
        """Bring the staged rows into ``feature`` and count what that changed."""
        given = [*check.mapping, *([] if self.source.features and not check.headings else ["geometry"])]
        if self.first:
            self.run("staging_index")
            self.run("staging_attach")
            self.attached = True
            self.connection.execute(statement("progress_attached"), {"layer": self.layer.code})
            report.new = report.rows - report.refused
        else:
            public = [name for name in self.layer.public if name in check.mapping]
            self.run("staging_update", given=given, public=public)
            self.run("staging_insert")
        if any(target.startswith(("milestone:", "stage")) for target in check.mapping):
            self.run("staging_milestone_revoke", by=self.choice.by)
            self.run("staging_milestone_insert", by=self.choice.by, source=self.import_id)
        if self.layer.private:
            self.run("staging_private")
        if not self.first:
            row = self.run("staging_count").fetchone()
            report.new, report.changed, report.unchanged = row or (0, 0, 0)

    def finish(self, report: Report) -> None:
        """Drop what was only for the way, fold the sums, refresh statistics and keep the report."""
        if not self.first:
            self.run("staging_drop")
        self.connection.execute("SELECT progress_fold()")
        self.connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(partition(self.layer.code))))
        if self.layer.milestones:
            self.connection.execute("ANALYZE milestone")
        self.connection.execute(statement("import_finish"), {"id": self.import_id, "report": Jsonb(report.report())})


def named(statement_name: str, layer: str, *, attached: bool = False) -> sql.Composed:
    """A statement with its tables: rows wait in ``{staging}`` and are in ``{staged}`` when their milestones follow.

    They are the same until the staging table has become the layer's ``{partition}``.
    """
    staging, home = sql.Identifier(f"{partition(layer)}_staged"), sql.Identifier(partition(layer))
    return sql.SQL(statement(statement_name)).format(
        staging=staging, staged=home if attached else staging, partition=home, layer=sql.Literal(layer)
    )


def _uuids(count: int) -> npt.NDArray[np.void]:
    """Version 7 UUIDs (RFC 9562) as bytes: in order, so that an index over them is built without sorting.

    48 bits of milliseconds, then 26 bits that count the rows of the batch (6.2, method 1), then random ones.
    """
    raw = np.frombuffer(os.urandom(16 * count), np.uint8).reshape(count, 16).copy()
    row = np.arange(count, dtype=np.uint64)
    head = np.uint64(time.time_ns() // 1_000_000 << 16 | 0x7000) | row >> np.uint64(14)
    raw[:, :8] = head.astype(">u8").view(np.uint8).reshape(count, 8)
    raw[:, 8] = row >> np.uint64(8) & np.uint64(0x3F) | np.uint64(0x80)
    raw[:, 9] = row & np.uint64(0xFF)
    return raw.view("V16").reshape(-1)
