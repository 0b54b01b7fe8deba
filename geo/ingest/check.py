"""A batch of a file to rows that may be stored, and the problems of those that may not."""

# The functions of pyarrow.compute are made when it is imported.
# pyright: reportAttributeAccessIssue=false

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from geo.ingest.column import Fault, Reader, decoded, json_members, looked_up
from geo.ingest.problem import Problem, Problems
from geo.ingest.shape import Shapes, shapes
from geo.ingest.system import System
from geo.layer import Layer
from geo.org_unit import Places

_STAGE = ("当前进度", "进度", "进展", "milestone")
_STAGE_DATE = ("进度日期", "达到日期", "reached_on")


@dataclass(frozen=True)
class Checked:
    """A batch in the form in which it is stored; every array has one entry for each row that may be.

    ``position`` counts the rows of the file from 1; ``milestones`` holds (code, indices into the rows, dates).
    """

    position: npt.NDArray[np.int64]
    code: pa.Array
    name: pa.Array
    org_unit: pa.Array
    wkb: list[bytes | None]
    area_m2: npt.NDArray[np.float64]
    registered_area_m2: npt.NDArray[np.float64]
    attributes: pa.Array
    private: pa.Array | None
    starts_on: pa.Array
    due_on: pa.Array
    milestones: list[tuple[str, npt.NDArray[np.int64], pa.Array]]

    def __len__(self) -> int:
        return len(self.position)


@dataclass(frozen=True)
class Check:
    """How the batches of one file are checked: the layer, what its headings mean, and the places of the county.

    ``system`` is that of the coordinates; ``today`` is the last date that may occur.
    """

    layer: Layer
    headings: tuple[str, ...]
    system: System
    places: Places
    today: date
    area_tolerance: float
    vertex_limit: int
    problems: Problems = field(default_factory=Problems)

    @cached_property
    def mapping(self) -> dict[str, str]:
        """Target (column name, ``milestone:CODE``, ``stage``, ``stage_on``) -> heading of the file."""
        known = {spelling.casefold(): "stage" for spelling in _STAGE}
        known |= {spelling.casefold(): "stage_on" for spelling in _STAGE_DATE}
        known |= self.layer.headings()
        found: dict[str, str] = {}
        for heading in self.headings:
            target = known.get(heading.strip().casefold())
            if target is None:
                self.problems.add(Problem(0, heading, "", "column_unknown"))
            elif target in found:
                self.problems.add(Problem(0, heading, "", "column_repeated", found[target]))
            else:
                found[target] = heading
        if "code" not in found:
            self.problems.add(Problem(0, self.layer.columns["code"].title or "code", "", "required"))
        return found

    def check(self, before: int, columns: dict[str, pa.Array], wkb: pa.Array) -> Checked | None:
        """Check one batch that ``before`` rows of the file precede; None where no row of it may be stored."""
        count = len(wkb)
        bad = np.zeros(count, np.bool_)

        def report(faults: Iterable[Fault], heading: str) -> None:
            for row, value, code, reason in faults:
                problem = Problem(before + row + 1, heading, value[:200], code, reason)
                self.problems.add(problem)
                bad[row] |= problem.severity == "error"

        values = self._values(columns, count, report)
        shaped = shapes(
            wkb.to_numpy(zero_copy_only=False), self.layer.geometry, self.system, self.places, self.vertex_limit
        )
        report(shaped.faults, "geometry")
        unit = self._org_units(values, shaped, report)
        reached = self._milestones(columns, count, report)
        report(self._area_faults(values, shaped), "registered_area_m2")
        if "code" not in self.mapping or bad.all():
            return None
        return self._keep(np.flatnonzero(~bad), before, values, shaped, unit, reached)

    def _values(
        self, columns: dict[str, pa.Array], count: int, report: Callable[[Iterable[Fault], str], None]
    ) -> dict[str, pa.Array]:
        """Every declared column by name; all null where the file lacks it."""
        values: dict[str, pa.Array] = {}
        for name, info in self.layer.columns.items():
            reader = Reader.of(info)
            heading = self.mapping.get(name)
            if heading is None:
                values[name] = pa.nulls(count, reader.arrow)
                continue
            values[name], faults = reader.read(columns[heading])
            if name in self.layer.private:  # a report is read by more people than the record
                faults = [(row, "***", code, reason) for row, _, code, reason in faults]
            report(faults, heading)
        return values

    def _org_units(
        self, values: dict[str, pa.Array], shaped: Shapes, report: Callable[[Iterable[Fault], str], None]
    ) -> pa.Array:
        """The unit each row belongs to: its village, else its township, else the township it lies in, else null."""
        township = looked_up(values["township"], lambda word: self.places.find(word, "township"))
        village = looked_up(values["village"], lambda word: self.places.find(word, "village"))
        for name, found in (("township", township), ("village", village)):
            lost = np.asarray(pc.and_(values[name].is_valid(), found.is_null()))
            faults = [
                (int(row), *self._lost(name, str(values[name][int(row)]), village[int(row)]))
                for row in np.flatnonzero(lost)
            ]
            report(faults, self.mapping.get(name, name))
        stated = pc.coalesce(village, township)
        if self.places.townships:
            drawn = self._drawn_township(shaped, stated, report)
            stated = pc.coalesce(stated, drawn)
        return stated

    def _lost(self, name: str, word: str, village: pa.Scalar) -> tuple[str, str, str]:
        if name == "township" and word in self.places.former and not village.is_valid:
            return word, "no_successor", ""
        return word, "unknown_org_unit", ""

    def _drawn_township(
        self, shaped: Shapes, stated: pa.Array, report: Callable[[Iterable[Fault], str], None]
    ) -> pa.Array:
        """The township each geometry lies in, reporting where that is none, several, or not the stated one.

        An illustrative boundary proves nothing against what a row states.
        """
        places = self.places
        codes = [unit.code for unit in places.townships]
        place = shaped.township.copy()
        faults: list[Fault] = []
        stated_null = np.asarray(stated.is_null())
        uncovered = np.flatnonzero(place < 0)
        uncovered = uncovered[~shapely.is_missing(shaped.geometries[uncovered])]
        place[uncovered] = places.touched(shaped.geometries[uncovered])
        for row in uncovered:
            if place[row] < 0:
                faults.append((int(row), "", "outside_townships", ""))
            elif not places.illustrative:
                faults.append((int(row), "", "straddles", ""))
        drawn = pa.array(np.array([*codes, None], object)[place], pa.string())
        if places.illustrative:
            faults += [(int(r), "", "illustrative_township", "") for r in np.flatnonzero(stated_null & (place >= 0))]
        else:
            above = looked_up(stated, self._township_of)
            differs = np.asarray(pc.fill_null(pc.not_equal(above, drawn), False))
            faults += [
                (int(row), str(stated[int(row)]), "other_township", places.townships[place[row]].name)
                for row in np.flatnonzero(differs)
            ]
        report(faults, "geometry")
        return drawn

    def _township_of(self, code: str) -> str | None:
        unit = self.places.units[code]
        return unit.parent if unit.level == "village" else unit.code

    def _milestones(
        self, columns: dict[str, pa.Array], count: int, report: Callable[[Iterable[Fault], str], None]
    ) -> dict[str, pa.Array]:
        """Milestone code -> date reached or null, for the milestones that the file mentions."""
        reader = Reader(date, date, False)
        reached: dict[str, pa.Array] = {}
        for milestone in self.layer.milestones:
            heading = self.mapping.get(f"milestone:{milestone.code}")
            if heading is not None:
                reached[milestone.code], faults = reader.read(columns[heading])
                report([*faults, *self._future(reached[milestone.code])], heading)
        if "stage" in self.mapping and self.layer.milestones:
            self._stage(columns, count, reached, report)
        report(self._disorder(reached), "milestones")
        return reached

    def _stage(
        self,
        columns: dict[str, pa.Array],
        count: int,
        reached: dict[str, pa.Array],
        report: Callable[[Iterable[Fault], str], None],
    ) -> None:
        """Add what a column that names the milestone a row has reached says, dated by the column beside it."""
        spelled = {
            spelling.casefold(): milestone.code
            for milestone in self.layer.milestones
            for spelling in (milestone.code, milestone.label.zh, milestone.label.en, *milestone.spellings)
        }
        heading = self.mapping["stage"]
        written, faults = decoded(columns[heading])
        written = written.cast(pa.string())
        found = looked_up(written, lambda word: spelled.get(word.strip().casefold()))
        allowed = " ".join(m.label.zh for m in self.layer.milestones)
        lost = np.asarray(pc.and_(pc.fill_null(pc.not_equal(written, ""), False), found.is_null()))
        faults += [(int(r), str(written[int(r)]), "unknown_milestone", allowed) for r in np.flatnonzero(lost)]
        report(faults, heading)
        dates = pa.nulls(count, pa.date32())
        if "stage_on" in self.mapping:
            dates, faults = Reader(date, date, False).read(columns[self.mapping["stage_on"]])
            report([*faults, *self._future(dates)], self.mapping["stage_on"])
        undated = np.asarray(pc.and_(found.is_valid(), dates.is_null()))
        report(((int(r), str(written[int(r)]), "undated_milestone", "") for r in np.flatnonzero(undated)), heading)
        for code in pc.unique(found.drop_null()).to_pylist():
            mine = pc.if_else(pc.fill_null(pc.equal(found, code), False), dates, pa.scalar(None, pa.date32()))
            reached[code] = pc.coalesce(reached[code], mine) if code in reached else mine

    def _future(self, dates: pa.Array) -> list[Fault]:
        late = np.asarray(pc.fill_null(pc.greater(dates, pa.scalar(self.today)), False))
        return [(int(row), str(dates[int(row)]), "future_date", "") for row in np.flatnonzero(late)]

    def _disorder(self, reached: dict[str, pa.Array]) -> list[Fault]:
        """Rows where something counts as completed before it is under way."""
        faults: list[Fault] = []
        order = [m for m in self.layer.milestones if m.code in reached]
        for earlier, later in pairwise(order):
            if later.status > earlier.status:
                wrong = pc.fill_null(pc.less(reached[later.code], reached[earlier.code]), False)
                names = f"{later.label.zh} < {earlier.label.zh} / {later.label.en} < {earlier.label.en}"
                faults += [
                    (int(row), str(reached[later.code][int(row)]), "milestone_order", names)
                    for row in np.flatnonzero(np.asarray(wrong))
                ]
        return faults

    def _area_faults(self, values: dict[str, pa.Array], shaped: Shapes) -> list[Fault]:
        registered = _floats(values["registered_area_m2"])
        with np.errstate(invalid="ignore", divide="ignore"):
            difference = np.abs(shaped.area - registered) / registered
        return [
            (int(row), f"{registered[row]:.2f}", "area_differs", f"{difference[row]:.1%}")
            for row in np.flatnonzero(difference > self.area_tolerance)
        ]

    def _keep(  # noqa: PLR0917 - the columns of a batch, each found out by itself
        self,
        rows: npt.NDArray[np.int64],
        before: int,
        values: dict[str, pa.Array],
        shaped: Shapes,
        unit: pa.Array,
        reached: dict[str, pa.Array],
    ) -> Checked:
        """The rows that may be stored, of everything that was found out about the batch."""
        taken = pa.array(rows)
        whole = len(rows) == len(unit)

        def take(column: pa.Array) -> pa.Array:
            return column if whole else column.take(taken)

        milestones: list[tuple[str, npt.NDArray[np.int64], pa.Array]] = []
        for code, dates in reached.items():
            mine = take(dates)
            indices = np.flatnonzero(np.asarray(mine.is_valid()))
            if len(indices):
                milestones.append((code, indices, mine.take(pa.array(indices))))
        private = {name: take(values[name]) for name in self.layer.private if name in self.mapping}
        public: dict[str, Any] = {name: take(values[name]) for name in self.layer.public if name in self.mapping}
        return Checked(
            position=rows + before + 1,
            code=take(values["code"]),
            name=take(values["name"]),
            org_unit=take(unit),
            wkb=shaped.wkb[rows].tolist(),
            area_m2=shaped.area[rows],
            registered_area_m2=_floats(take(values["registered_area_m2"])),
            attributes=json_members(public, len(rows)),
            private=json_members(private, len(rows)) if private else None,
            starts_on=take(values["starts_on"]),
            due_on=take(values["due_on"]),
            milestones=milestones,
        )


def _floats(column: pa.Array) -> npt.NDArray[np.float64]:
    """A numeric column with NaN for null."""
    return column.cast(pa.float64()).to_numpy(zero_copy_only=False).astype(np.float64)
