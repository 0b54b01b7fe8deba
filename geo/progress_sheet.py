"""Progress to a workbook: each township and layer against its target, by month, what is overdue, and all targets."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from geo import audit, boundary
from geo.completion import STATES, completion
from geo.database import Connection
from geo.delay import DELAYS, delays
from geo.divergence import findings
from geo.layers import layers
from geo.money_sheet import FINDINGS
from geo.public import NOWHERE
from geo.record import Wanted, page, visible
from geo.settings import settings
from geo.sheet import Cell, Table, number, workbook
from geo.target import targets
from geo.text import Language, Text
from geo.trend import trend
from geo.viewer import Viewer

WORST = 1_000
"""How many of the records that are overdue longest are listed."""

WHOLE = Text(zh="全县", en="Whole county")
FEATURES = Text(zh="要素数", en="Records")
_LAYER, _UNIT = Text(zh="图层", en="Layer"), Text(zh="乡镇", en="Township")
_MEASURE_UNIT, _CODE, _NAME = Text(zh="单位", en="Unit"), Text(zh="编号", en="Code"), Text(zh="名称", en="Name")
_DUE, _DAYS = Text(zh="计划完成日期", en="Due on"), Text(zh="逾期天数", en="Days overdue")
_COMPLETED, _POPULATION = Text(zh="完成", en="Completed"), Text(zh="总量", en="Population")
_STATE, _FROM, _TO = Text(zh="状态", en="State"), Text(zh="任务期开始", en="From"), Text(zh="任务期结束", en="To")


def source(connection: Connection) -> list[Text]:
    """What a workbook says of where its figures come from."""
    county = boundary.county(connection, settings().county)
    said = [Text(zh="来源：山河进度记录", en="Source: the records of progress of shanhe")]
    if county is not None and county.illustrative:
        said.append(Text(zh="含示意数据", en="With illustrative figures"))
    return said


@dataclass(frozen=True, slots=True)
class Asked:
    """What a workbook of progress is of: a day, one layer or all, one unit (``""``: outside of all) or all."""

    as_of: date
    layer: str | None = None
    org_unit: str | None = None


def progress_workbook(
    connection: Connection, who: Viewer, asked: Asked, names: Mapping[str, Text], language: Language
) -> bytes:
    """What the page of progress shows as XLSX; ``names`` are units by code. It is noted that it was taken away."""
    audit.taken(connection, "progress", format="xlsx", as_of=asked.as_of, layer=asked.layer, org_unit=asked.org_unit)
    made = _Sheets(connection, who, asked, names, language)
    return workbook(
        [made.completion(), made.trend(), made.delays(), made.overdue(), made.divergence(), made.targets()], language
    )


class _Sheets:
    """What is told, on its way to tables."""

    def __init__(
        self, connection: Connection, who: Viewer, asked: Asked, names: Mapping[str, Text], language: Language
    ) -> None:
        self.connection, self.who, self.asked, self.names = connection, who, asked, names
        self.language: Language = language
        self.codes = [code for code in visible(who, asked.org_unit) if asked.layer in (None, code)]
        place = WHOLE if asked.org_unit is None else self._place(asked.org_unit)
        layer = layers()[asked.layer].label if asked.layer else Text(zh="全部图层", en="all layers")
        self.said = [
            Text(zh="截至 {day}", en="As of {day}").format(day=asked.as_of),
            Text(zh="范围：{place} · {layer}", en="Of: {place} · {layer}").format(place=place, layer=layer),
            *source(connection),
        ]

    def completion(self) -> Table:
        """A row for each layer in each unit; the whole county first."""
        told = completion(
            self.connection, self.who, as_of=self.asked.as_of, layer=self.asked.layer, org_unit=self.asked.org_unit
        )
        headings = [
            _UNIT, _LAYER, _STATE, Text(zh="完成率", en="Completion"), _COMPLETED,
            Text(zh="任务或总量", en="Target or population"), Text(zh="分母", en="Divided by"),
            Text(zh="按时间应完成", en="Expected by now"), _POPULATION, _MEASURE_UNIT, FEATURES,
            Text(zh="逾期", en="Overdue"), _FROM, _TO,
        ]  # fmt: skip
        kinds = {"target": Text(zh="任务", en="target"), "population": _POPULATION}

        def row(cell: dict[str, Any]) -> list[Cell]:
            empty = cell["state"] == "no_data"
            figures: list[Cell] = [
                number(cell["share"], share=True), None if empty else number(cell["numerator"]),
                number(cell["denominator"]), self._say(kinds.get(cell["denominator_kind"])),
                number(cell["expected"]), None if empty else number(cell["population"]), self._unit_of(cell),
                None if empty else number(cell["features"]), None if empty else number(cell["overdue"]),
                *((date.fromisoformat(day) for day in cell["period"].values()) if cell["period"] else (None, None)),
            ]  # fmt: skip
            label = layers()[cell["layer"]].label.in_(self.language)
            return [self._place_name(cell["org_unit"]), label, STATES[cell["state"]].in_(self.language), *figures]

        rows = [row(cell) for cell in [*told["whole"], *told["cells"]]]
        return Table(Text(zh="完成情况", en="Completion"), self.said, headings, rows, frozenset({3}))

    def trend(self) -> Table:
        """A row for each month."""
        asked = self.asked
        told = trend(self.connection, as_of=asked.as_of, codes=self.codes, org_unit=asked.org_unit, layer=asked.layer)
        headings = [
            Text(zh="日期", en="Day"), _POPULATION, _COMPLETED, Text(zh="逾期", en="Overdue"),
            Text(zh="任务线", en="Target line"), _MEASURE_UNIT,
        ]  # fmt: skip
        columns = zip(*(told[name] for name in ("days", "population", "completed", "overdue", "target")), strict=True)
        unit = self._unit_of(told) if told["unit"] else FEATURES.in_(self.language)
        rows: list[list[Cell]] = [
            [date.fromisoformat(day), *map(number, values), unit] for day, *values in columns
        ]  # fmt: skip
        return Table(Text(zh="逐月趋势", en="By month"), self.said, headings, rows)

    def delays(self) -> Table:
        """A row for each layer and township with anything overdue."""
        told = delays(self.connection, as_of=self.asked.as_of, layers=self.codes, org_unit=self.asked.org_unit)
        headings = [
            _LAYER, _UNIT, *(each.label for each in DELAYS.values()), Text(zh="合计", en="Total"),
            Text(zh="最长天数", en="Longest, days"),
        ]  # fmt: skip
        rows: list[list[Cell]] = [
            [
                layers()[row["layer"]].label.in_(self.language), self._place_name(row["org_unit"]), *row["classes"],
                row["features"], row["longest"],
            ]
            for row in told["rows"]
        ]  # fmt: skip
        return Table(Text(zh="逾期分布", en="Delays"), self.said, headings, rows)

    def overdue(self) -> Table:
        """The records that are overdue longest."""
        wanted = Wanted(self.asked.as_of, self.asked.layer, self.asked.org_unit, status="overdue")
        told = page(self.connection, wanted, self.who, limit=WORST)
        headings = [_LAYER, _CODE, _NAME, _UNIT, _DUE, _DAYS]
        rows: list[list[Cell]] = [
            [
                layers()[each["layer"]].label.in_(self.language), each["code"], each["name"],
                self._place_name(each["township"]), date.fromisoformat(each["due_on"]), each["days_overdue"],
            ]
            for each in told["records"]
        ]  # fmt: skip
        left = told["number_matched"] - len(rows)
        more = Text(zh="另有 {n} 条未列出", en="{n} more are not listed").format(n=left)
        return Table(Text(zh="逾期最久", en="Longest overdue"), [*self.said, *([more] if left else [])], headings, rows)

    def divergence(self) -> Table:
        """Where money and work are apart."""
        found = findings(self.connection, as_of=self.asked.as_of, org_unit=self.asked.org_unit)
        headings = [Text(zh="类别", en="Kind"), Text(zh="项目", en="Activity"), _UNIT, Text(zh="说明", en="Finding")]
        rows: list[list[Cell]] = [
            [
                FINDINGS[each.kind].in_(self.language), each.name.in_(self.language),
                None if each.org_unit is None else self._place_name(each.org_unit), each.sentence.in_(self.language),
            ]
            for each in found
        ]  # fmt: skip
        return Table(Text(zh="钱与进度", en="Money and work"), self.said, headings, rows)

    def targets(self) -> Table:
        """Every target with what states it."""
        told = json.loads(targets(self.connection, layer=self.asked.layer, org_unit=self.asked.org_unit or None))
        headings = [
            _LAYER, _UNIT, Text(zh="口径", en="Measure"), Text(zh="节点", en="Milestone"), _FROM, _TO,
            Text(zh="任务数", en="Target"), _MEASURE_UNIT, Text(zh="依据", en="Stated by"),
        ]  # fmt: skip

        def row(each: dict[str, Any]) -> list[Cell]:
            layer = layers()[each["layer"]]
            measure = next(m.label for m in layer.measures if m.code == each["measure"])
            milestone = next(m.label for m in layer.milestones if m.code == each["milestone"])
            return [
                layer.label.in_(self.language), self._place_name(each["org_unit"]), measure.in_(self.language),
                milestone.in_(self.language), date.fromisoformat(each["starts_on"]),
                date.fromisoformat(each["ends_on"]), number(each["value"]), self._unit_of(each), each["origin"],
            ]  # fmt: skip

        return Table(Text(zh="任务", en="Targets"), self.said, headings, [row(each) for each in told["targets"]])

    def _place(self, code: str | None) -> Text:
        return self.names.get(code or "", NOWHERE)

    def _place_name(self, code: str | None) -> str:
        return self._place(code).in_(self.language)

    def _say(self, text: Text | None) -> str | None:
        return None if text is None else text.in_(self.language)

    def _unit_of(self, each: Mapping[str, Any]) -> str:
        measures = layers()[each["layer"]].measures
        return next(m.unit.label for m in measures if m.code == each["measure"]).in_(self.language)
