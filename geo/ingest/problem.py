"""What is wrong with a row of a file: data for a report, never an exception."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from geo.text import Text

Severity = Literal["error", "warning"]

SENTENCES: dict[str, Text] = {
    "required": Text(zh="必填项为空", en="A required value is missing"),
    "value": Text(zh="值不可用：{reason}", en="The value cannot be used: {reason}"),
    "not_in_list": Text(zh="不在代码表中，可用：{reason}", en="Not in the code list; allowed: {reason}"),
    "encoding": Text(zh="文字编码与文件其余部分不一致", en="The text is encoded unlike the rest of the file"),
    "duplicate_code": Text(zh="编号在文件中重复：第 {reason} 行", en="The code occurs more than once: rows {reason}"),
    "geometry_unreadable": Text(zh="图形数据已损坏", en="The geometry is damaged"),
    "geometry_missing": Text(zh="没有图形，入库后不在地图上", en="There is no geometry: the row is not on the map"),
    "geometry_type": Text(zh="图形类型不符，本图层应为{reason}", en="Wrong geometry type: this layer holds {reason}"),
    "geometry_invalid": Text(zh="图形有误：{reason}", en="The geometry is faulty: {reason}"),
    "geometry_vertices": Text(zh="顶点过多，上限为 {reason}", en="Too many vertices; the limit is {reason}"),
    "outside_county": Text(zh="坐标不在本县范围内", en="The coordinates lie outside the county"),
    "future_date": Text(zh="日期晚于今天", en="The date lies in the future"),
    "unknown_milestone": Text(zh="未知的进度节点，可用：{reason}", en="Unknown milestone; allowed: {reason}"),
    "undated_milestone": Text(zh="进度节点没有日期", en="The milestone has no date"),
    "unknown_org_unit": Text(zh="未知的乡镇或村", en="Unknown township or village"),
    "no_successor": Text(
        zh="已撤销的乡镇，去向未确认，请人工指定", en="An abolished township whose successor is not confirmed: state it"
    ),
    "outside_townships": Text(zh="不在任何乡镇内", en="Outside every township"),
    "other_township": Text(
        zh="图形在{reason}，与所填乡镇不符", en="The geometry lies in {reason}, not in the township stated"
    ),
    "straddles": Text(zh="图形跨越乡镇界线", en="The geometry straddles a township boundary"),
    "illustrative_township": Text(zh="按示意界线判定乡镇", en="The township was taken from an illustrative boundary"),
    "area_differs": Text(zh="图形面积与登记面积相差 {reason}", en="Drawn and registered area differ by {reason}"),
    "milestone_order": Text(zh="进度日期先后颠倒：{reason}", en="Milestones are out of order: {reason}"),
    "unknown_code": Text(zh="没有这个编号的要素", en="No feature has this code"),
    "unknown_channel": Text(zh="未知的资金渠道", en="Unknown funding channel"),
    "unknown_activity": Text(zh="未知的项目", en="Unknown activity"),
    "unknown_kind": Text(zh="未知的类型，可用：{reason}", en="Unknown type; allowed: {reason}"),
    "date_outside_year": Text(zh="日期不在 {reason} 年内", en="The date does not lie in {reason}"),
    "duplicate_voucher": Text(
        zh="凭证号在该年度已有：{reason}", en="The voucher number is already used in that year: {reason}"
    ),
    "duplicate_budget": Text(
        zh="同一预算在文件中重复：第 {reason} 行", en="The budget line is stated in row {reason} too"
    ),
    "withdrawn": Text(zh="与已撤销的一笔相同，未导入", en="Equals a transaction that was withdrawn, and was left out"),
    "column_unknown": Text(zh="列未识别，未导入", en="The column is not known and was left out"),
    "column_repeated": Text(
        zh="与列“{reason}”含义相同，未导入", en="Means the same as column {reason} and was left out"
    ),
}
WARNINGS = frozenset({
    "geometry_missing", "outside_townships", "other_township", "straddles", "illustrative_township", "area_differs",
    "milestone_order", "column_unknown", "column_repeated", "withdrawn",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong: ``row`` counts from 1 in file order (0: the whole file), ``column`` is the file's heading."""

    row: int
    column: str
    value: str
    code: str
    reason: str = ""

    @property
    def severity(self) -> Severity:
        """Errors keep a row out; warnings do not."""
        return "warning" if self.code in WARNINGS else "error"

    @property
    def text(self) -> Text:
        """The sentence in both languages; ``reason`` may hold both, separated by `` / ``."""
        zh, _, en = self.reason.partition(" / ")
        template = SENTENCES[self.code]
        return Text(zh=template.zh.format(reason=zh), en=template.en.format(reason=en or zh))

    def report(self) -> dict[str, Any]:
        """The form in which reports keep it."""
        return asdict(self) | {"severity": self.severity, "text": self.text.both()}


@dataclass
class Problems:
    """The problems of a file: all are counted by code, the first ``limit`` of each code are kept."""

    limit: int = 2_000
    kept: list[Problem] = field(default_factory=list[Problem])
    counts: dict[str, int] = field(default_factory=dict[str, int])
    refused: set[int] = field(default_factory=set[int])

    def add(self, problem: Problem) -> None:
        """Take in one problem."""
        count = self.counts[problem.code] = self.counts.get(problem.code, 0) + 1
        if count <= self.limit:
            self.kept.append(problem)
        if problem.severity == "error":
            self.refused.add(problem.row)
