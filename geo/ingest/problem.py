"""What is wrong with a row of a file: data for a report, never an exception."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from geo.text import Text

Severity = Literal["error", "warning", "info"]

SENTENCES: dict[str, Text] = {
    "required": Text(zh="必填项为空", en="A required value is missing"),
    "property_unknown": Text(zh="本图层没有这个字段", en="The layer has no such property"),
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
    "not_yours": Text(zh="不在您可以编辑的乡镇内", en="It lies where you may not change anything"),
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
    "column_likely": Text(
        zh="列可能是“{reason}”，请确认后再导入；本次未导入",
        en="The column is likely {reason}: confirm it to import it; it was left out",
    ),
    "column_unit": Text(
        zh="列名所注单位与“{reason}”的单位不同，数值未换算",
        en="The heading states another unit than that of {reason}; numbers are not converted",
    ),
    "column_personal": Text(
        zh="列中似有个人信息（{reason}），将成为公开属性；报告中不显示其内容",
        en="The column seems to hold personal data ({reason}) and would become a public attribute;"
        " its values are not shown",
    ),
    "former_village": Text(
        zh="已撤销乡镇的村代码，只归到现乡镇：{reason}",
        en="A village code of an abolished township: taken as its successor only, {reason}",
    ),
    "code_elsewhere": Text(zh="编号已用于图层：{reason}", en="The code is used in layer {reason} too"),
    "duplicate_geometry": Text(zh="图形与{reason}完全相同", en="The same geometry as {reason}"),
    "duplicate_point": Text(zh="与{reason}", en="As good as at the place of {reason}"),
    "overlap": Text(zh="图形与{reason}", en="The geometry overlaps {reason}"),
    "overlap_more": Text(
        zh="重叠过多，尚有 {reason} 未核查", en="There are very many overlaps; {reason} were not examined"
    ),
    "sliver": Text(zh="狭长图形：平均宽度 {reason} 米", en="A sliver: {reason} m wide on average"),
    "spike": Text(zh="尖角：{reason}", en="A spike: {reason}"),
    "repaired_ring": Text(zh="已闭合外环或内环：{reason}", en="An open ring was closed: {reason}"),
    "repaired_points": Text(zh="已删除重复顶点：{reason}", en="Repeated vertices were dropped: {reason}"),
    "repaired_snap": Text(zh="已捕捉顶点：{reason}", en="Vertices were snapped: {reason}"),
    "repaired_valid": Text(zh="已修复图形：{reason}", en="The geometry was made valid: {reason}"),
}
WARNINGS = frozenset({
    "geometry_missing", "outside_townships", "other_township", "straddles", "illustrative_township", "area_differs",
    "milestone_order", "column_unknown", "column_repeated", "column_likely", "column_unit", "column_personal",
    "former_village", "code_elsewhere", "duplicate_geometry", "duplicate_point", "overlap", "overlap_more", "sliver",
    "spike", "withdrawn",
})  # fmt: skip
REPAIRS = frozenset({"repaired_ring", "repaired_points", "repaired_snap", "repaired_valid"})


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
        """Errors keep a row out; warnings do not; what was repaired on request is only told."""
        if self.code in REPAIRS:
            return "info"
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
class Rows:
    """Rows of a file, a byte each: a set of the numbers would need a hundred times as much where all are refused."""

    _marked: bytearray = field(default_factory=bytearray)

    def add(self, row: int) -> None:
        """Take in a row."""
        if row >= len(self._marked):
            self._marked.extend(bytes(max(row + 1 - len(self._marked), len(self._marked))))
        self._marked[row] = 1

    def __contains__(self, row: int) -> bool:
        return row < len(self._marked) and self._marked[row] == 1

    def __len__(self) -> int:
        return self._marked.count(1)


@dataclass
class Problems:
    """The problems of a file: all are counted by code, the first ``limit`` of each code are kept."""

    limit: int = 2_000
    kept: list[Problem] = field(default_factory=list[Problem])
    counts: dict[str, int] = field(default_factory=dict[str, int])
    refused: Rows = field(default_factory=Rows)

    @property
    def refused_rows(self) -> int:
        """How many rows are refused by themselves."""
        return len(self.refused) - (0 in self.refused)

    def add(self, problem: Problem) -> None:
        """Take in one problem."""
        count = self.counts[problem.code] = self.counts.get(problem.code, 0) + 1
        if count <= self.limit:
            self.kept.append(problem)
        if problem.severity == "error":
            self.refused.add(problem.row)
