"""The vocabulary in which a layer is declared: codes, columns, measures, milestones, rows."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum, StrEnum
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from geo.claims.metric import Counted, Metric
from geo.heading import shortened
from geo.text import Text


class Geometry(StrEnum):
    """The one kind of geometry a layer holds; single and multi parts are the same kind."""

    POINT = "point"
    LINE = "line"
    POLYGON = "polygon"


class Status(IntEnum):
    """How far a feature is, worst to best; every milestone means one of the last three."""

    NOT_STARTED = 0
    UNDER_WAY = 1
    COMPLETED = 2
    ACCEPTED = 3


STATUS_LABELS: dict[str, Text] = {
    "not_started": Text(zh="未开始", en="Not started"),
    "under_way": Text(zh="进行中", en="Under way"),
    "completed": Text(zh="已完成", en="Completed"),
    "accepted": Text(zh="已验收", en="Accepted"),
    "overdue": Text(zh="逾期", en="Overdue"),
}


Dimension = Literal["count", "area", "money", "share", "score"]


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as people read it; ``factor`` turns the stored base unit (m², 元, one) of its ``dimension`` into it."""

    code: str
    label: Text
    factor: Fraction = Fraction(1)
    dimension: Dimension = "count"


PLACE = Unit("place", Text(zh="处", en="sites"))
HOUSEHOLD = Unit("household", Text(zh="户", en="households"))
PERSON = Unit("person", Text(zh="人", en="people"))
VISIT = Unit("visit", Text(zh="人次", en="visits"))
PARCEL = Unit("parcel", Text(zh="宗", en="parcels"))
PATCH = Unit("patch", Text(zh="块", en="patches"))
MINE = Unit("mine", Text(zh="家", en="mines"))
PIECE = Unit("piece", Text(zh="个", en="items"))
BATCH = Unit("batch", Text(zh="批次", en="batches"))
ENTERPRISE_VISIT = Unit("enterprise_visit", Text(zh="家次", en="enterprise visits"))
MU = Unit("mu", Text(zh="亩", en="mu"), Fraction(3, 2000), "area")
HECTARE = Unit("hectare", Text(zh="公顷", en="ha"), Fraction(1, 10_000), "area")
WAN_YUAN = Unit("wan_yuan", Text(zh="万元", en="10,000 yuan"), Fraction(1, 10_000), "money")


@dataclass(frozen=True, slots=True)
class Measure:
    """What is counted of a feature.

    ``source`` is ``"count"`` (each feature is one), ``"area_m2"`` (ellipsoidal area of the drawing, m²),
    ``"registered_area_m2"`` (the area the register states, m²) or the name of a numeric column of the row, in the
    base unit of ``unit``.
    """

    code: str
    label: Text
    unit: Unit
    source: str = "count"


@dataclass(frozen=True, slots=True)
class Milestone:
    """A dated event in the life of a feature; imports know it by ``spellings`` of its date column.

    A ``setback`` happens to a feature, such as being returned: nobody works towards it.
    """

    code: str
    label: Text
    status: Status
    spellings: tuple[str, ...] = ()
    completes: bool = False
    setback: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What money buys: features that have reached a milestone, counted in a measure; cost is money for one of them.

    ``label`` names one of them as it stands after "cost per".
    """

    code: str
    label: Text
    measure: str
    milestone: str


@dataclass(frozen=True, slots=True)
class Code:
    """One entry of a code list, with the other ways in which files write it."""

    code: str
    label: Text
    spellings: tuple[str, ...] = ()


@dataclass(frozen=True)
class CodeList:
    """A closed list of codes; as annotation of a ``str`` it validates any spelling into the code."""

    codes: tuple[Code, ...]

    def __init__(self, *codes: Code) -> None:
        object.__setattr__(self, "codes", codes)

    @cached_property
    def spelled(self) -> dict[str, str]:
        """Spelling -> code; labels in both languages and the code itself are spellings too."""
        return {
            spelling.casefold(): entry.code
            for entry in self.codes
            for spelling in (entry.code, entry.label.zh, entry.label.en, *entry.spellings)
        }

    @cached_property
    def _squeezed(self) -> dict[str, str]:
        """Looser spellings, squeezed -> code: code and label together, a number without zeros; none that means two."""
        found: dict[str, set[str]] = {}
        for entry in self.codes:
            words = (entry.label.zh, entry.label.en, *entry.spellings)
            loose = {entry.code, *words, *(entry.code + word for word in words)}
            loose |= {word + entry.code for word in words}
            loose |= {str(int(entry.code))} if entry.code.isdecimal() else set()
            for spelling in loose:
                found.setdefault(_squeeze(spelling), set()).add(entry.code)
        return {spelling: min(codes) for spelling, codes in found.items() if len(codes) == 1}

    def read(self, value: object) -> str:
        """The code that ``value`` spells; raises a pydantic error that lists what is allowed."""
        written = str(value).strip().casefold()
        found = self.spelled.get(written) or self._squeezed.get(_squeeze(written))
        if found is None:
            zh = "、".join(f"{entry.code} {entry.label.zh}" for entry in self.codes)
            en = ", ".join(f"{entry.code} {entry.label.en}" for entry in self.codes)
            allowed = f"{zh} / {en}"
            raise PydanticCustomError("code_list", "not one of: {allowed}", {"allowed": allowed})
        return found

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "enum": [entry.code for entry in self.codes]}


def _squeeze(spelling: str) -> str:
    """A spelling without blanks, brackets and punctuation, whatever their width; a number keeps its sign and point."""
    plain = unicodedata.normalize("NFKC", spelling).strip().casefold()
    return plain if re.fullmatch(r"[\d.,+-]+", plain) else re.sub(r"[\W_]+", "", plain)


def column(
    label: Text, *spellings: str, private: bool = False, unit: Unit | None = None, required: bool = False, **limits: Any
) -> Any:
    """A column of a layer's row.

    ``label`` and ``spellings`` are the headings it is imported from; ``private`` marks personal data, which is kept
    apart from the feature; ``limits`` are pydantic's (``ge``, ``le``, ``max_length``, ``pattern``).
    """
    headings = AliasChoices(label.zh, label.en, *spellings)
    extra: dict[str, Any] = {"label": label.both(), "private": private}
    if unit is not None:
        extra["unit"] = unit.code
    default: Any = ... if required else None
    return Field(default, validation_alias=headings, title=label.en, json_schema_extra=extra, **limits)


class Row(BaseModel):
    """One record of a layer as files state it; layers add their own columns.

    Areas are m², money 元, dates Gregorian. ``township`` and ``village`` are codes or names.
    """

    model_config = ConfigDict(populate_by_name=True, extra="ignore", str_strip_whitespace=True)

    code: Annotated[str, Field(min_length=1, max_length=64)] = column(
        Text(zh="编号", en="Code"), "统一编号", "BSM", "标识码", "编码", "code", required=True
    )
    name: Annotated[str, Field(max_length=200)] | None = column(Text(zh="名称", en="Name"), "MC", "name")
    township: str | None = column(
        Text(zh="乡镇", en="Township"), "乡镇代码", "所属乡镇", "XZQDM", "XZQMC", "township", "township_code"
    )
    village: str | None = column(
        Text(zh="村", en="Village"), "村代码", "所属村", "坐落单位代码", "ZLDWDM", "village", "village_code"
    )
    registered_area_m2: Annotated[float, Field(ge=0, le=1e11)] | None = column(
        Text(zh="登记面积（平方米）", en="Registered area (m²)"), "登记面积", "TBMJ", "图斑面积", "registered_area_m2"
    )
    starts_on: date | None = column(Text(zh="列入日期", en="Listed on"), "开始日期", "starts_on")
    due_on: date | None = column(Text(zh="计划完成日期", en="Due on"), "计划完成", "完成时限", "due_on")

    @classmethod
    def columns(cls) -> dict[str, FieldInfo]:
        """The fields by name, common ones first."""
        return dict(cls.model_fields)

    @classmethod
    def headings(cls) -> dict[str, str]:
        """Every heading a file may use, casefolded -> field name."""
        found: dict[str, str] = {}
        for name, info in cls.model_fields.items():
            found[name.casefold()] = name
            if isinstance(info.validation_alias, AliasChoices):
                found |= {str(choice).casefold(): name for choice in info.validation_alias.choices}
        return found


COMMON_COLUMNS = frozenset(Row.model_fields)
_FIELDS = {
    "geometry": Text(zh="图形", en="Geometry"),
    "area_m2": Text(zh="图形面积（平方米）", en="Drawn area (m²)"),
    "org_unit": Text(zh="所在乡镇或村", en="Township or village"),
    "stage": Text(zh="当前进度", en="Milestone reached"),
    "stage_on": Text(zh="进度日期", en="Reached on"),
}


def is_private(info: FieldInfo) -> bool:
    """Whether a column holds personal data."""
    return isinstance(info.json_schema_extra, dict) and bool(info.json_schema_extra.get("private"))


def label_of(info: FieldInfo) -> Text:
    """The label a column was declared with."""
    extra: Any = info.json_schema_extra
    return Text(**extra["label"])


@dataclass(frozen=True)
class Layer:
    """Everything the program knows about one kind of feature.

    ``icon`` is an SVG path in a 16 x 16 box; ``order`` places the layer in lists. A layer without milestones is a
    *reference layer*: it can be shown and overlaid, and has no progress. ``metrics`` are the figures of the layer that
    documents state, by the names they use. Features of a layer that ``may_overlap`` lie on one another by their nature.
    """

    code: str
    label: Text
    geometry: Geometry
    row: type[Row]
    measures: tuple[Measure, ...]
    icon: str
    order: int
    about: Text
    milestones: tuple[Milestone, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    metrics: tuple[Metric, ...] = ()
    may_overlap: bool = False
    columns: dict[str, FieldInfo] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", self.row.columns())
        _no_repeats(self.code, "measure", (m.code for m in self.measures))
        _no_repeats(self.code, "milestone", (m.code for m in self.milestones))
        if not self.measures:
            raise ValueError(f"layer {self.code} counts nothing")
        if self.milestones and sum(m.completes for m in self.milestones) != 1:
            raise ValueError(f"layer {self.code} needs exactly one milestone that completes")
        for measure in self.measures:
            if measure.source not in {"count", "area_m2", *self.columns}:
                raise ValueError(f"layer {self.code}: measure {measure.code} has no column {measure.source}")
        self._check_metrics()

    def _check_metrics(self) -> None:
        known = {"", *(measure.code for measure in self.measures)}
        steps = {None, *(milestone.code for milestone in self.milestones)}
        columns = {"", "village", "township", *self.columns}
        for metric in self.metrics:
            count = metric.source
            if not isinstance(count, Counted):
                continue
            named = {count.column, count.distinct, *(name for name, _ in count.where)}
            if count.measure not in known or count.milestone not in steps or not named <= columns:
                raise ValueError(f"layer {self.code}: metric {metric.name} counts what there is not")

        for outcome in self.outcomes:
            if outcome.measure not in {m.code for m in self.measures} or outcome.milestone not in {
                m.code for m in self.milestones
            }:
                raise ValueError(f"layer {self.code}: outcome {outcome.code} has no such measure or milestone")

    @property
    def reference(self) -> bool:
        """Whether the layer is only laid under others and has no progress."""
        return not self.milestones

    @property
    def completing(self) -> Milestone | None:
        """The milestone that means completed."""
        return next((m for m in self.milestones if m.completes), None)

    @property
    def public(self) -> dict[str, FieldInfo]:
        """The layer's own columns that are not personal; they become the attributes of a feature."""
        return {n: i for n, i in self.columns.items() if n not in COMMON_COLUMNS and not is_private(i)}

    @property
    def private(self) -> dict[str, FieldInfo]:
        """The columns that hold personal data."""
        return {n: i for n, i in self.columns.items() if is_private(i)}

    def called(self, field: str) -> Text:
        """The name of a column, of ``milestone:CODE``, or of what every feature has."""
        if field in self.columns:
            return label_of(self.columns[field])
        code = field.removeprefix("milestone:")
        return next((m.label for m in self.milestones if m.code == code), _FIELDS.get(field, Text(zh=field, en=field)))

    def headings(self) -> dict[str, str]:
        """Every heading a file may use, casefolded -> column name or ``milestone:CODE``; short ones too."""
        return self._spelled() | {short: target for target, short in self.short_headings().items()}

    def short_headings(self) -> dict[str, str]:
        """Column name or ``milestone:CODE`` -> the heading that it has in a shapefile, at most ten ASCII bytes."""
        targets = [*self.columns, *(f"milestone:{milestone.code}" for milestone in self.milestones)]
        return shortened(targets, self._spelled())

    def _spelled(self) -> dict[str, str]:
        """The headings that were declared, casefolded -> what they mean."""
        found = self.row.headings()
        for milestone in self.milestones:
            spelled = (milestone.code, milestone.label.zh, milestone.label.en, *milestone.spellings)
            for spelling in spelled:
                found.setdefault(spelling.casefold(), f"milestone:{milestone.code}")
        return found


def _no_repeats(layer: str, what: str, codes: Iterable[str]) -> None:
    seen: set[str] = set()
    for code in codes:
        if code in seen:
            raise ValueError(f"layer {layer} declares {what} {code} twice")
        seen.add(code)
