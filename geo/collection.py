"""Collections: every layer, the places, and progress by township, each with the properties that its items have."""

from dataclasses import dataclass, field
from functools import cache
from typing import Literal

import pyarrow as pa

from geo.errors import NotFound
from geo.layer import STATUS_LABELS, CodeList, Geometry, Layer, is_private, label_of
from geo.layers import layers
from geo.text import Text
from geo.vocabulary import code_list

Kind = Literal["text", "integer", "number", "boolean", "date", "timestamp"]
Source = Literal["layer", "org_unit", "progress"]
ORG_UNITS, PROGRESS = "org_unit", "progress_by_township"


@dataclass(frozen=True, slots=True)
class Property:
    """What an item says of itself under ``name``; in a collection of features only what is ``writable`` may be sent.

    ``codes`` are the values it can have, with what each means, where there is a list of them. ``localised`` ones are
    in the language that is asked for.
    """

    name: str
    title: Text
    kind: Kind = "text"
    codes: tuple[tuple[str, Text], ...] = ()
    writable: bool = False
    required: bool = False
    localised: bool = False


@dataclass(frozen=True)
class Collection:
    """Items with a geometry of one kind, in order of a key that never changes."""

    code: str
    title: Text
    about: Text
    geometry: Geometry
    source: Source
    properties: tuple[Property, ...]
    layer: Layer | None = None
    named: dict[str, Property] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "named", {each.name: each for each in self.properties})
        if len(self.named) != len(self.properties) or "geometry" in self.named:
            raise ValueError(f"collection {self.code} has a property twice")


@cache
def collections() -> dict[str, Collection]:
    """All collections by code: the layers in their order, then places and progress."""
    found = [*map(_of_layer, layers().values()), _org_units(), _progress()]
    return {each.code: each for each in found}


def collection(code: str) -> Collection:
    """The collection with this code; raises :class:`geo.errors.NotFound`."""
    try:
        return collections()[code]
    except KeyError:
        raise NotFound(noun=Text(zh="数据集", en="collection"), key=code) from None


_CODE = Property("code", Text(zh="编号", en="Code"))
_NAME = Property("name", Text(zh="名称", en="Name"))
_PLACES = (
    Property("township", Text(zh="乡镇代码", en="Township code"), writable=True),
    Property("township_name", Text(zh="乡镇", en="Township"), localised=True),
    Property("village", Text(zh="村代码", en="Village code"), writable=True),
    Property("village_name", Text(zh="村", en="Village"), localised=True),
)
_STATUS = Property("status", Text(zh="状态", en="Status"), codes=tuple(STATUS_LABELS.items()))
_MILESTONE = Text(zh="当前节点", en="Milestone reached")
_REACHED_ON = Property("reached_on", Text(zh="达到日期", en="Reached on"), "date")
_RECORD = (
    Property("area_m2", Text(zh="图形面积（平方米）", en="Drawn area (m²)"), "number"),
    Property("illustrative", Text(zh="示意数据", en="Invented for illustration"), "boolean"),
    Property("recorded_at", Text(zh="记录时间", en="Recorded at"), "timestamp"),
    Property("version", Text(zh="版本", en="Version"), "integer"),
)


def _of_layer(layer: Layer) -> Collection:
    declared = {name: _declared(layer, name) for name in layer.columns if not is_private(layer.columns[name])}
    common = [declared.pop(name) for name in ("code", "name")]
    del declared["township"], declared["village"]
    steps = tuple((each.code, each.label) for each in layer.milestones)
    reached = [_STATUS, Property("milestone", _MILESTONE, codes=steps), _REACHED_ON] if steps else []
    reached += [
        Property(f"{each.code}_on", Text(zh=f"{each.label.zh}日期", en=f"{each.label.en} on"), "date")
        for each in layer.milestones
    ]
    return Collection(
        layer.code,
        layer.label,
        layer.about,
        layer.geometry,
        "layer",
        (*common, *_PLACES, *reached, *declared.values(), *_RECORD),
        layer,
    )


def _declared(layer: Layer, name: str) -> Property:
    """A column of a layer's row as its declaration types it."""
    from geo.ingest.column import Reader

    info = layer.columns[name]
    listed = code_list(info)
    kind = "text" if listed else _KINDS[Reader.of(info).arrow]
    return Property(name, label_of(info), kind, _codes(listed), writable=True, required=info.is_required())


def _codes(listed: CodeList | None) -> tuple[tuple[str, Text], ...]:
    return tuple((code.code, code.label) for code in listed.codes) if listed else ()


def _org_units() -> Collection:
    levels = (
        ("county", Text(zh="县", en="county")),
        ("township", Text(zh="乡镇", en="township")),
        ("village", Text(zh="村", en="village")),
    )
    return Collection(
        ORG_UNITS,
        Text(zh="行政区", en="Places"),
        Text(zh="已有界线的县、乡镇和村", en="The county, its townships and villages, as far as they are drawn"),
        Geometry.POLYGON,
        "org_unit",
        (
            _CODE,
            Property("name", _NAME.title, localised=True),
            Property("level", Text(zh="级别", en="Level"), codes=levels),
            Property("parent", Text(zh="上级代码", en="Code of the unit above")),
            Property("illustrative", Text(zh="示意界线", en="Boundary for illustration"), "boolean"),
        ),
    )


def _progress() -> Collection:
    """For each monitored layer what its first measure counts: all of it, what is completed, and what is overdue."""
    counted: list[Property] = []
    for layer in layers().values():
        if layer.reference:
            continue
        measure = layer.measures[0]
        for name, title in _COUNTED.items():
            said = Text(zh="{layer}：{measure}{title}", en="{layer}: {measure}, {title}")
            named = said.format(layer=layer.label, measure=measure.label, title=title)
            counted.append(Property(f"{layer.code}_{name}", named, "number"))
    return Collection(
        PROGRESS,
        Text(zh="乡镇进度", en="Progress by township"),
        Text(
            zh="各乡镇每个图层截至当日的总量、完成、逾期和完成率；完成率的分母为总量",
            en="By township and layer on the day: total, completed, overdue, and the completed share of the total",
        ),
        Geometry.POLYGON,
        "progress",
        (_CODE, Property("name", _NAME.title, localised=True), *counted),
    )


_COUNTED = {
    "total": Text(zh="总量", en="total"),
    "completed": Text(zh="完成", en="completed"),
    "overdue": Text(zh="逾期", en="overdue"),
    "percent": Text(zh="完成率（%）", en="completed (%)"),
}
_KINDS: dict[pa.DataType, Kind] = {
    pa.string(): "text",
    pa.int64(): "integer",
    pa.float64(): "number",
    pa.bool_(): "boolean",
    pa.date32(): "date",
}
