"""A list of records to a workbook: exactly those that a filter leaves, with the day and the filter."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from geo import audit
from geo.database import Connection
from geo.delay import DELAYS
from geo.errors import BadValue
from geo.layer import STATUS_LABELS
from geo.layers import layers
from geo.progress_sheet import source
from geo.public import NOWHERE
from geo.record import Wanted, page
from geo.sheet import Cell, Table, number, workbook
from geo.text import Language, Text
from geo.viewer import Viewer

MOST = 100_000
"""Most records of a workbook."""

_HEADINGS = (
    Text(zh="图层", en="Layer"), Text(zh="编号", en="Code"), Text(zh="名称", en="Name"),
    Text(zh="乡镇", en="Township"), Text(zh="村", en="Village"), Text(zh="状态", en="Status"),
    Text(zh="最近节点", en="Furthest milestone"), Text(zh="达到日期", en="Reached on"),
    Text(zh="计划完成日期", en="Due on"), Text(zh="逾期天数", en="Days overdue"), Text(zh="数量", en="Amount"),
    Text(zh="单位", en="Unit"), Text(zh="示意", en="Illustrative"),
)  # fmt: skip
_YES = Text(zh="是", en="yes")
_TOO_MANY = Text(zh="清单最多 {most} 条，请先筛选", en="a list holds at most {most} records: filter first")


def record_workbook(
    connection: Connection, who: Viewer, wanted: Wanted, names: Mapping[str, Text], language: Language
) -> bytes:
    """The list as XLSX; ``names`` are units by code. It is noted that it was taken away, without the text looked for.

    Raises :class:`BadValue` beyond :data:`MOST` records.
    """
    told = page(connection, wanted, who, limit=MOST)
    if told["next"] is not None:
        raise BadValue(name="format", value="xlsx", reason=_TOO_MANY.format(most=MOST))
    asked = {**asdict(wanted), "text": "***" if wanted.text else None, "completing": wanted.completing or None}
    audit.taken(connection, "records", format="xlsx", records=told["number_matched"], **asked)

    def row(each: dict[str, Any]) -> list[Cell]:
        layer = layers()[each["layer"]]
        steps = {step.code: step.label.in_(language) for step in layer.milestones}
        village = each["village"]
        return [
            layer.label.in_(language), each["code"], each["name"],
            names.get(each["township"] or "", NOWHERE).in_(language), village and village["name"][language],
            STATUS_LABELS[each["status"]].in_(language) if each["status"] else None, steps.get(each["milestone"] or ""),
            _day(each["reached_on"]), _day(each["due_on"]), each["days_overdue"], number(each["value"]),
            layer.measures[0].unit.label.in_(language), _YES.in_(language) if each["illustrative"] else None,
        ]  # fmt: skip

    title = Text(zh="要素清单", en="Records")
    rows = [row(each) for each in told["records"]]
    return workbook([Table(title, _said(connection, told, wanted, names), _HEADINGS, rows)], language)


def described(wanted: Wanted, names: Mapping[str, Text]) -> list[Text]:
    """The filter in words, one for each thing that narrows the list."""
    layer = None if wanted.layer is None else layers()[wanted.layer]
    steps = {} if layer is None else {step.code: step.label for step in layer.milestones}
    since, until = wanted.since or Text(zh="最初", en="the beginning"), wanted.until or wanted.as_of
    found: list[Text | None] = [
        layer and layer.label,
        None if wanted.org_unit is None else names.get(wanted.org_unit, NOWHERE),
        None if wanted.status is None else STATUS_LABELS[wanted.status],
        None
        if wanted.overdue is None
        else Text(zh="逾期 {how}", en="overdue {how}").format(how=DELAYS[wanted.overdue].label),
        None
        if wanted.milestone is None
        else Text(zh="已达到{step}", en="has reached {step}").format(
            step=steps.get(wanted.milestone, wanted.milestone)
        ),
        Text(zh="已达到完成节点", en="has reached the milestone that completes") if wanted.completing else None,
        Text(zh="达到于 {since} 至 {until}", en="reached from {since} to {until}").format(since=since, until=until)
        if wanted.since or wanted.until
        else None,
        Text(zh="含“{text}”", en="with “{text}”").format(text=wanted.text) if wanted.text else None,
    ]
    return [each for each in found if each]


def _said(connection: Connection, told: Mapping[str, Any], wanted: Wanted, names: Mapping[str, Text]) -> list[Text]:
    filters = described(wanted, names) or [Text(zh="全部", en="everything")]
    return [
        Text(zh="截至 {day}，共 {n} 条", en="As of {day}, {n} records").format(
            day=wanted.as_of, n=told["number_matched"]
        ),
        Text(
            zh="范围：" + "；".join(each.zh for each in filters), en="Of: " + "; ".join(each.en for each in filters)
        ),
        *source(connection),
    ]  # fmt: skip


def _day(written: str | None) -> date | None:
    return None if written is None else date.fromisoformat(written)
