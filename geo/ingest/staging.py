"""The rows of one import on their way: one COPY aside, then either a first partition attached whole or one upsert."""

import os
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
import shapely
from psycopg import sql
from psycopg.types.json import Jsonb

from geo.database import Connection, one, statement, the
from geo.ingest import copy
from geo.ingest.check import Check, Checked
from geo.ingest.choice import Choice
from geo.ingest.overlap import Pairs, chunks
from geo.ingest.problem import Problem, Problems
from geo.ingest.report import SHOWN, Change, Report
from geo.ingest.source import Source
from geo.layer import Layer
from geo.migrate import partition
from geo.org_unit import Geometries
from geo.text import Text

WAITING = Text(
    zh="{waiting} 条进度待审核，通过后才计入",
    en="{waiting} milestones wait for approval and count after it",
)


class Staging:
    """A table like ``feature`` with the rows of one import, and their milestones and personal columns."""

    def __init__(self, connection: Connection, layer: Layer, source: Source, choice: Choice) -> None:
        self.connection, self.layer, self.choice = connection, layer, choice
        self.source = source
        self.attached = self.indexed = False
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
                checked = check.check(self.source.numbers(before, len(wkb)), columns, wkb)
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
            copy.raw(checked.code),
            copy.raw(checked.name),
            copy.raw(checked.org_unit),
            copy.raw(checked.wkb),
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

    def compare(self, check: Check) -> None:
        """Hold the rows against each other and against what is stored: codes, and where they lie."""
        with ThreadPoolExecutor(1) as beside:  # boxes are compared here while the database sorts codes
            strips = check.neighbours.pairs()
            first = beside.submit(list, islice(strips, 1))
            self._refuse_duplicates(check.problems)
            if not check.problems.refused:  # what may be refused as a whole is not worth it
                self._index()
            strips = chain(first.result(), strips)
        if not self.first:  # a plan for an empty table takes hours over a full one
            self._analyze(f"{partition(self.layer.code)}_staged")
        for row, code, layer in self.run("staging_elsewhere"):
            check.problems.add(Problem(row, "code", code, "code_elsewhere", layer))
        if self.choice.within is not None:
            for row, code in sorted(self.run("staging_foreign", within=sorted(self.choice.within))):
                check.problems.add(Problem(row, "code", code, "not_yours"))
        self._within(check, strips)
        if not self.first and not check.neighbours.may_overlap and self.run("staging_other").fetchone():
            self._against_stored(check)

    def _within(self, check: Check, strips: Iterable[tuple[Pairs, int]]) -> None:
        """Rows of the file that lie on one another; after as many as a report keeps, the rest is only counted."""
        found = left = 0
        for pairs, more in strips:
            left += more
            for chunk in chunks(pairs):
                if found >= check.problems.limit:
                    left += len(chunk)
                    continue
                read = self.run("staging_geometry", rows=np.unique(chunk).tolist()).fetchall()
                drawn: Geometries = shapely.from_wkb(np.array([wkb for *_, wkb in read], object))
                known = {row: (code, row, shape) for (row, code, _), shape in zip(read, drawn, strict=True)}
                for problem in check.neighbours.within(chunk, known):
                    check.problems.add(problem)
                    found += 1
        if left:
            check.problems.add(Problem(0, "geometry", "", "overlap_more", f"{left} 对图形 / {left} pairs"))

    def _against_stored(self, check: Check) -> None:
        """Rows that lie on features that this file does not replace."""
        near = check.neighbours.reach()
        with self.connection.cursor("beside") as cursor:
            cursor.execute(named("staging_beside", self.layer.code), {"near": near})
            found = 0
            while (part := cursor.fetchmany(5_000)) and found < check.problems.limit:
                rows = [row for row, *_ in part]
                mine = [(code, row, shapely.from_wkb(wkb)) for row, code, wkb, *_ in part]
                others = [(code, None, shapely.from_wkb(wkb)) for *_, code, wkb in part]
                for problem in check.neighbours.judge(rows, mine, others):
                    check.problems.add(problem)
                    found += 1

    def _refuse_duplicates(self, problems: Problems) -> None:
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

    def _index(self) -> None:
        """Index a table that is to be the layer's partition, once."""
        if self.first and not self.indexed:
            self.run("staging_index")
            self.indexed = True

    def merge(self, report: Report, check: Check) -> None:
        """Bring the staged rows into ``feature`` and count what that changed."""
        given = [*check.mapping]
        if self.first:
            self._index()
            self.connection.execute(statement("tile_unmake"), {"layer": self.layer.code})
            self.run("staging_attach")
            self.attached = True
            self.connection.execute(statement("progress_attached"), {"layer": self.layer.code})
            report.new = report.rows - report.refused
            report.new_codes = [code for (code,) in self.run("staging_new_first", limit=SHOWN)]
        else:
            public = [name for name in self.layer.public if name in check.mapping]
            self.run("staging_update", given=given, public=public)
            self.run("staging_insert")
        if any(target.startswith(("milestone:", "stage")) for target in check.mapping):
            approving = None if self.choice.approving is None else sorted(self.choice.approving)
            recorded = {"by": self.choice.by, "source": self.import_id, "approving": approving}
            self.run("staging_milestone_revoke", **recorded)
            self.run("staging_milestone_insert", **recorded, again=not self.first)
            waiting = the(self.connection, "import_waiting", int, source=self.import_id, layer=self.layer.code)
            if waiting:
                report.notes.append(WAITING.format(waiting=waiting))
        if self.layer.private:
            self.run("staging_private_keep", source=self.import_id)
            self.run("staging_private")
        if not self.first:
            row = self.run("staging_count").fetchone()
            report.new, report.changed, report.unchanged = row or (0, 0, 0)
            self._tell_changes(report, check)

    def _tell_changes(self, report: Report, check: Check) -> None:
        """Field by field what became of features that were there; personal data is not shown."""
        hidden = [name for name, heading in check.mapping.items() if heading in check.personal]
        self._analyze("staged_change", partition(self.layer.code))
        self.run("staging_difference", public=list(self.layer.public))
        report.fields = dict(self.run("staging_fields").fetchall())
        for row, code, name, old, new in self.run("staging_changes", limit=SHOWN):
            mask = name in hidden or name in self.layer.private
            shown = [None if value is None else "***" if mask else value for value in (old, new)]
            report.changes.append(Change(row, code, name, *shown))
        report.new_codes = [code for (code,) in self.run("staging_new", limit=SHOWN)]

    def _analyze(self, *tables: str) -> None:
        for table in tables:
            self.connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))

    def finish(self, report: Report) -> None:
        """Drop what was only for the way, fold the sums, refresh statistics and keep the report."""
        if not self.first:
            self.run("staging_drop")
        self.connection.execute("SELECT progress_fold()")
        self._analyze(partition(self.layer.code), *(["milestone"] if self.layer.milestones else []))
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
