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
from geo.ingest.mapping import Meaning, other_unit
from geo.ingest.outline import Limits
from geo.ingest.outline_picture import picture
from geo.ingest.overlap import Neighbours
from geo.ingest.personal import kind_of_heading, kind_of_values
from geo.ingest.problem import Problem, Problems
from geo.ingest.repair import Mender
from geo.ingest.shape import Shapes, shapes
from geo.ingest.system import System
from geo.layer import Layer
from geo.org_unit import Geometries, Places

PICTURED = 4
"""Batches of which the picture of an import shows something."""


@dataclass(frozen=True)
class Checked:
    """A batch in the form in which it is stored; every array has one entry for each row that may be.

    ``position`` is the row of the file, from 1; ``milestones`` holds (code, indices into the rows, dates).
    """

    position: npt.NDArray[np.int64]
    code: pa.Array
    name: pa.Array
    org_unit: pa.Array
    wkb: pa.Array
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

    ``system`` is that of the coordinates, which came out of the columns ``placed``; ``today`` is the last date that may
    occur; ``neighbours`` remembers where rows lie, ``mender`` repairs what the user asked to have repaired.
    ``within`` are the units that rows may lie in, None for any and none. ``personal`` are the headings whose values are
    not shown.
    """

    layer: Layer
    meaning: Meaning
    system: System
    places: Places
    today: date
    area_tolerance: float
    vertex_limit: int
    limits: Limits
    neighbours: Neighbours
    mender: Mender
    placed: tuple[str, ...] = ()
    within: frozenset[str] | None = None
    problems: Problems = field(default_factory=Problems)
    pictured: list[Geometries] = field(default_factory=list[Geometries])
    personal: set[str] = field(default_factory=set[str])

    @cached_property
    def mapping(self) -> dict[str, str]:
        """Target (column name, ``milestone:CODE``, ``stage``, ``stage_on``) -> heading of the file."""
        found = self.meaning.columns
        for match in self.meaning.matches:
            heading, target = match.heading, match.target
            if match.applies and target is not None and found[target] != heading:
                self.problems.add(Problem(0, heading, "", "column_repeated", found[target]))
            elif match.how == "likeness" and target is not None:
                self.problems.add(Problem(0, heading, "", "column_likely", self._called(target)))
            elif match.how == "none" and heading not in self.placed:
                self.problems.add(Problem(0, heading, "", "column_unknown"))
            if target is not None and other_unit(self.layer, match):
                self.problems.add(Problem(0, heading, "", "column_unit", self._called(target)))
        if "code" not in found:
            self.problems.add(Problem(0, self.layer.columns["code"].title or "code", "", "required"))
        return found

    def _called(self, target: str) -> str:
        """The name of a target in both languages."""
        label = self.layer.called(target)
        return f"{label.zh} / {label.en}"

    def check(self, numbers: npt.NDArray[np.int64], columns: dict[str, pa.Array], wkb: pa.Array) -> Checked | None:
        """Check one batch, whose records are in these rows of the file; None where none of it may be stored."""
        count = len(wkb)
        bad = np.zeros(count, np.bool_)

        def report(faults: Iterable[Fault], heading: str) -> None:
            for row, value, code, reason in faults:
                problem = Problem(int(numbers[row]), heading, value[:200], code, reason)
                self.problems.add(problem)
                bad[row] |= problem.severity == "error"

        self._look_for_personal(columns)
        values = self._values(columns, count, report)
        shaped = shapes(
            wkb, self.layer.geometry, self.system, self.places,
            vertex_limit=self.vertex_limit, limits=self.limits, mender=self.mender,
        )  # fmt: skip
        if len(shaped.seen) and len(self.pictured) < PICTURED:
            self.pictured.append(shaped.seen)
        report([fault for fault in shaped.faults if self.system.placed or fault[2] != "geometry_missing"], "geometry")
        unit = self._org_units(values, shaped, report)
        reached = self._milestones(columns, count, report)
        report(self._area_faults(values, shaped), "registered_area_m2")
        if "code" not in self.mapping or bad.all():
            return None
        good = np.flatnonzero(~bad)
        self.neighbours.add(numbers[good], shaped.geometries[good], shaped.area[good])
        return self._keep(good, numbers, values, shaped, unit, reached)

    def picture(self) -> str:
        """An SVG of where the data fell against the county's outline; empty where nothing lies anywhere."""
        if not self.pictured:
            return ""
        county = self.places.county
        return picture(np.concatenate(self.pictured), county.geom if county else None)

    def _look_for_personal(self, columns: dict[str, pa.Array]) -> None:
        """Warn of columns that hold personal data and are not kept apart as such; their values are not shown."""
        private = {heading for target, heading in self.mapping.items() if target in self.layer.private}
        for heading, column in columns.items():
            if heading in private or heading in self.personal or heading in self.placed:
                continue
            kind = kind_of_heading(heading) or kind_of_values(decoded(column)[0])
            if kind is not None:
                self.personal.add(heading)
                self.problems.add(Problem(0, heading, "", "column_personal", f"{kind.zh} / {kind.en}"))

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
            if name in self.layer.private or heading in self.personal:  # more people read a report than the record
                faults = [(row, "***", code, reason) for row, _, code, reason in faults]
            report(faults, heading)
        return values

    def _org_units(
        self, values: dict[str, pa.Array], shaped: Shapes, report: Callable[[Iterable[Fault], str], None]
    ) -> pa.Array:
        """The unit each row belongs to: its village, else its township, else the township it lies in, else null."""
        township = looked_up(values["township"], lambda word: self.places.find(word, "township"))
        village = looked_up(values["village"], self._village)
        former = looked_up(values["village"], self._successor)
        forward = np.flatnonzero(np.asarray(pc.and_(village.is_null(), former.is_valid())))
        moved = [
            (row, str(values["village"][row]), "former_village", self.places.units[str(former[row])].name)
            for row in forward.tolist()
        ]  # fmt: skip
        report(moved, self.mapping.get("village", "village"))
        for name, found in (("township", township), ("village", pc.coalesce(village, former))):
            lost = np.asarray(pc.and_(values[name].is_valid(), found.is_null()))
            faults = [
                (int(row), *self._lost(name, str(values[name][int(row)]), village[int(row)]))
                for row in np.flatnonzero(lost)
            ]
            report(faults, self.mapping.get(name, name))
        stated = pc.coalesce(village, township, former)
        if self.places.townships:
            drawn = self._drawn_township(shaped, stated, report)
            stated = pc.coalesce(stated, drawn)
        if self.within is not None:
            strange = [row for row, unit in enumerate(stated.to_pylist()) if unit not in self.within]
            report([(row, str(stated[row].as_py() or ""), "not_yours", "") for row in strange], "township")
        return stated

    def _village(self, word: str) -> str | None:
        """The village of a code or name; land survey fills its codes up to nineteen digits."""
        code = word.strip()
        long = len(code) == 19 and code.isdigit() and code.endswith("0000000")
        return self.places.find(code[:12] if long else code, "village")

    def _successor(self, word: str) -> str | None:
        """The township that took over the one to which a village code belonged."""
        code = word.strip()
        return self.places.former.get(code[:9]) if len(code) in (12, 19) and code.isdigit() else None

    def _lost(self, name: str, word: str, village: pa.Scalar) -> tuple[str, str, str]:
        former = word if name == "township" else word[:9] if len(word) in (12, 19) and word.isdigit() else ""
        if former in self.places.former and not village.is_valid:
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
        numbers: npt.NDArray[np.int64],
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
            position=numbers[rows],
            code=take(values["code"]),
            name=take(values["name"]),
            org_unit=take(unit),
            wkb=take(shaped.wkb),
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
