"""Collections: every layer, places, parcels and progress by township, each with the properties that its items have."""

from dataclasses import dataclass, field
from functools import cache
from typing import Literal

import pyarrow as pa

from geo.errors import NotFound
from geo.layer import STATUS_LABELS, CodeList, Geometry, Layer, is_private, label_of
from geo.layers import layers
from geo.overlay.parcel import ORIGINS
from geo.text import Text
from geo.vocabulary import code_list

Kind = Literal["text", "integer", "number", "boolean", "date", "timestamp"]
Source = Literal["layer", "org_unit", "parcel", "progress"]
ORG_UNITS, PARCELS, PROGRESS = "org_unit", "parcel", "progress_by_township"


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
    """Items with a geometry of one kind, in order of a key that never changes.

    ``first_day`` is the property that says since when an item is listed, where they are not listed at any time.
    """

    code: str
    title: Text
    about: Text
    geometry: Geometry
    source: Source
    properties: tuple[Property, ...]
    layer: Layer | None = None
    first_day: str | None = None
    named: dict[str, Property] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "named", {each.name: each for each in self.properties})
        if len(self.named) != len(self.properties) or "geometry" in self.named:
            raise ValueError(f"collection {self.code} has a property twice")


@cache
def collections() -> dict[str, Collection]:
    """All collections by code: the layers in their order, then places, parcels and progress."""
    found = [*map(_of_layer, layers().values()), _org_units(), _parcels(), _progress()]
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
_AREA = Property("area_m2", Text(zh="图形面积（平方米）", en="Drawn area (m²)"), "number")
_RECORD = (
    _AREA,
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
        "starts_on",
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


def _parcels() -> Collection:
    return Collection(
        PARCELS,
        Text(zh="地块", en="Parcels"),
        Text(
            zh="本人保存的地块和他人共享的地块，到截至日期为止",
            en="Parcels that the asker keeps and those that others share, kept by the day that is asked for",
        ),
        Geometry.POLYGON,
        "parcel",
        (
            Property("number", Text(zh="地块编号", en="Number")),
            _NAME,
            Property("batch", Text(zh="批次标识", en="Identifier of the batch")),
            Property("batch_name", Text(zh="批次", en="Batch")),
            Property("place", Text(zh="批次内序号", en="Place in the batch"), "integer"),
            Property("origin", Text(zh="来源", en="Origin"), codes=tuple(ORIGINS.items())),
            Property("kind", Text(zh="拟建内容", en="What is meant to be on it")),
            Property("registered_area_m2", Text(zh="登记面积（平方米）", en="Registered area (m²)"), "number"),
            _AREA,
            Property("shared", Text(zh="已共享", en="Shared"), "boolean"),
            Property("kept_on", Text(zh="保存日期", en="Kept on"), "date"),
        ),
        first_day="kept_on",
    )


def _progress() -> Collection:
    """All of it, completed, overdue: of all monitored layers in features, and of each in its first measure."""
    together = Text(zh="各图层要素：{title}", en="Features of all layers: {title}")
    counted = [Property(f"features_{name}", together.format(title=title), "number") for name, title in _COUNTED.items()]
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
            zh="各乡镇每个图层及各图层要素合计截至当日的总量、完成、逾期和完成率；完成率的分母为总量",
            en="By township, of each layer and of the features of all on the day: total, completed, overdue, and the"
            " completed share of the total",
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
