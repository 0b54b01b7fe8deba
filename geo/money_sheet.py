"""The money of a period to a workbook: one sheet for each table, each with its day, its filter and its source."""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from geo import audit
from geo.database import Connection
from geo.layers import layers
from geo.money import Wanted, overview
from geo.sheet import Cell, Table, workbook
from geo.text import Language, Text

_AMOUNTS: dict[str, Text] = {
    "initial": Text(zh="年初预算", en="Initial budget"),
    "adjusted": Text(zh="调整后预算", en="Adjusted budget"),
    "executed": Text(zh="执行数", en="Executed"),
    "spent": Text(zh="已支出", en="Spent"),
    "carried_over": Text(zh="结转", en="Carried over"),
    "remaining": Text(zh="结余", en="Remaining"),
    "allocated": Text(zh="已落到要素", en="On features"),
    "unallocated": Text(zh="尚未落图", en="Not on the map yet"),
}
_PLACES: dict[str, Text] = {
    "outside": Text(zh="乡镇之外", en="In no township"),
    "unallocated": Text(zh="尚未落图", en="Not on the map yet"),
}
FINDINGS: dict[str, Text] = {
    "money_ahead": Text(zh="资金快于实物", en="Money ahead of work"),
    "work_ahead": Text(zh="实物快于资金", en="Work ahead of money"),
    "overdue": Text(zh="逾期", en="Overdue"),
    "stale": Text(zh="停滞", en="At a standstill"),
}
_CODE, _NAME = Text(zh="代码", en="Code"), Text(zh="名称", en="Name")
_SPENT, _FEATURES = _AMOUNTS["spent"], Text(zh="要素数", en="Features")
_CHANNEL, _ACTIVITY = Text(zh="渠道", en="Channel"), Text(zh="项目", en="Activity")
_TOWNSHIP, _LAYER = Text(zh="乡镇", en="Township"), Text(zh="图层", en="Layer")


def money_workbook(
    connection: Connection, wanted: Wanted, units: dict[str, dict[str, str]], language: Language
) -> bytes:
    """The tables of :func:`geo.money.overview` as XLSX, amounts in 元; ``units`` are names by code."""
    told: dict[str, Any] = json.loads(overview(connection, wanted), parse_float=Decimal)
    audit.taken(connection, "money", format="xlsx", **asdict(wanted))
    made = _Sheets(told, units, language, _said(told, wanted, units, language))
    return workbook(made.tables(), language)


def _said(told: dict[str, Any], wanted: Wanted, units: dict[str, dict[str, str]], language: Language) -> list[Text]:
    """What every sheet says above its table."""
    chosen = [
        str(value)
        for value in (
            wanted.year,
            wanted.fund_source,
            wanted.activity,
            wanted.layer and layers()[wanted.layer].label.in_(language),
            None
            if wanted.org_unit is None
            else units[wanted.org_unit][language]
            if wanted.org_unit
            else _PLACES["outside"].in_(language),
        )
        if value
    ]
    every = Text(zh="全部", en="everything")
    said = [
        Text(zh="截至 {day}，单位：元", en="As of {day}, in yuan").format(day=told["as_of"]),
        Text(zh="范围：{chosen}", en="Of: {chosen}").format(chosen=" · ".join(chosen) or every),
        Text(zh="来源：山河台账（/api/money）", en="Source: the ledger of shanhe (/api/money)"),
    ]
    if told["illustrative"]:
        said.append(Text(zh="含示意数据", en="With illustrative figures"))
    return said


class _Sheets:
    """The answer's lists on their way to tables."""

    def __init__(
        self, told: dict[str, Any], units: dict[str, dict[str, str]], language: Language, said: list[Text]
    ) -> None:
        self.told, self.units, self.said = told, units, said
        self.language: Language = language
        self.names = {
            each["code"]: each["name"][language] for noun in ("channels", "activities") for each in told[noun]
        }

    def tables(self) -> list[Table]:
        """All sheets in the order of the answer."""
        amounts = list(_AMOUNTS)
        pair = [_CODE, _NAME, *_AMOUNTS.values()]
        total = Text(zh="合计", en="Total").in_(self.language)
        whole = [None, total, *(self.told["total"][name] for name in amounts)]

        def named(each: dict[str, Any]) -> list[Cell]:
            return [each["code"], each["name"][self.language], *(each[name] for name in amounts)]

        return [
            self._table("channels", Text(zh="渠道", en="Channels"), pair, named, last=whole),
            self._table(
                "activities", Text(zh="项目", en="Activities"), [*pair, _FEATURES],
                lambda each: [*named(each), each["features"]],
            ),
            self._table(
                "townships", Text(zh="乡镇", en="Townships"), [_TOWNSHIP, _SPENT, _FEATURES],
                lambda each: [self._unit(each), each["spent"], each["features"]],
            ),
            self._table(
                "layers", Text(zh="图层", en="Layers"), [_LAYER, _SPENT, _FEATURES],
                lambda each: [self._layer(each), each["spent"], each["features"]],
            ),
            self._table(
                "flow", Text(zh="流向", en="Flow"), [_CHANNEL, _ACTIVITY, _TOWNSHIP, Text(zh="金额", en="Amount")],
                lambda each: [
                    self.names.get(each["channel"], each["channel"]), self.names.get(each["activity"] or ""),
                    self._unit(each), each["amount"],
                ],
            ),
            self._outcomes(),
            self._table(
                "divergence", Text(zh="偏差", en="Divergence"),
                [Text(zh="类别", en="Kind"), _ACTIVITY, _TOWNSHIP, Text(zh="说明", en="Finding")],
                lambda each: [
                    FINDINGS[each["kind"]].in_(self.language), each["name"][self.language],
                    self._place(each["org_unit"]), each["sentence"][self.language],
                ],
            ),
            self._table(
                "features_without_money", Text(zh="未得资金的要素", en="Features without money"), [_LAYER, _FEATURES],
                lambda each: [self._layer(each), each["features"]],
            ),
            self._table(
                "money_without_features", Text(zh="未关联要素的资金", en="Money without features"),
                [_CODE, _ACTIVITY, _SPENT],
                lambda each: [each["activity"], each["name"][self.language], each["spent"]],
            ),
        ]  # fmt: skip

    def _outcomes(self) -> Table:
        headings = [
            Text(zh="成效", en="Outcome"), _LAYER, _SPENT, Text(zh="数量", en="Number"), Text(zh="单位", en="Unit"),
            Text(zh="单位成本", en="Cost of one"), _FEATURES, Text(zh="资金占比", en="Share of the money"),
        ]  # fmt: skip
        made = self._table(
            "outcomes", Text(zh="成效与成本", en="Outcomes"), headings,
            lambda each: [
                each["label"][self.language], self._layer(each), each["spent"], each["value"],
                each["unit"]["label"][self.language], each["cost"], each["features"], each["share_of_money"],
            ],
        )  # fmt: skip
        return Table(made.title, made.said, made.headings, made.rows, frozenset({7}))

    def _table(
        self,
        noun: str,
        title: Text,
        headings: Iterable[Text],
        row: Callable[[dict[str, Any]], list[Cell]],
        *,
        last: list[Cell] | None = None,
    ) -> Table:
        rows = [row(each) for each in self.told[noun]]
        return Table(title, self.said, list(headings), [*rows, *([last] if last else [])])

    def _unit(self, each: dict[str, Any]) -> str:
        place = _PLACES.get(each["kind"])
        return place.in_(self.language) if place else self._place(each["org_unit"]) or ""

    def _place(self, code: str | None) -> str | None:
        """The name of a unit; nothing for an activity as a whole."""
        if code is None:
            return None
        return self.units[code][self.language] if code in self.units else _PLACES["outside"].in_(self.language)

    def _layer(self, each: dict[str, Any]) -> str:
        code = each["layer"]
        if code is None:
            return _PLACES["unallocated"].in_(self.language)
        return layers()[code].label.in_(self.language) if code in layers() else str(code)
