"""The JSON of the progress pages as models: townships against targets, months, delays, records, targets."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from api.models import Bilingual, Model, Period, StatusCode, Village
from api.money_models import Line, Sent
from geo.completion import StateCode
from geo.delay import DelayCode


class Cell(Model):
    """一个单位一个图层 / a layer in a unit, in its first measure; ``expected`` if its period went evenly.

    ``features`` and ``overdue`` count features. ``org_unit`` null: outside every township.
    """

    org_unit: str | None
    layer: str
    measure: str
    unit: str
    state: StateCode
    population: float
    features: float
    numerator: float
    denominator: float | None
    denominator_kind: Literal["population", "target"] | None
    share: float | None
    period: Period | None
    expected: float | None
    overdue: float


class Completion(Model):
    """各乡镇各图层完成情况 / townships by layers; ``whole`` is all of them together, empty where a part is seen."""

    as_of: date
    layers: list[str]
    units: list[str | None]
    whole: list[Cell]
    cells: list[Cell]


class Compared(Model):
    """用于比较的一天 / a day that is compared."""

    day: date
    population: float
    completed: float
    overdue: float


class Trend(Model):
    """逐月趋势 / by month, each value as of ``days``; of several layers together in features (``measure`` null).

    ``target`` is the level that completed has to come to by the end of the period. ``compared``: the day itself, the
    same day a month before, a year before.
    """

    as_of: date
    org_unit: str | None
    layer: str | None
    measure: str | None
    unit: str | None
    months: list[str]
    days: list[date]
    population: list[float]
    completed: list[float]
    overdue: list[float]
    target: list[float | None]
    compared: list[Compared]


class DelayClass(Model):
    """逾期时长分类 / a class of delays, in days past the day due; ``last`` null: without end."""

    code: DelayCode
    label: Bilingual
    first: int
    last: int | None


class DelayRow(Model):
    """一个图层在一个乡镇的逾期 / what is overdue of a layer in a township, by class, and the most days."""

    layer: str
    org_unit: str | None
    features: int
    longest: int
    classes: list[int]


class Late(Model):
    """一条逾期要素 / a record that is overdue."""

    id: str
    layer: str
    code: str
    name: str | None
    township: str | None
    due_on: date
    days_overdue: int


class Delays(Model):
    """逾期 / what is overdue on a day, worst first, and the records that are overdue longest."""

    as_of: date
    classes: list[DelayClass]
    rows: list[DelayRow]
    longest: list[Late]


class RecordTotal(Model):
    """合计 / what all that match come to in a measure of a layer."""

    layer: str
    measure: str
    unit: str
    value: float


class Record(Model):
    """一条要素 / a record in the list; ``value`` is in the first measure of its layer, null where it is not stated."""

    id: str
    layer: str
    code: str
    name: str | None
    township: str | None
    village: Village | None
    status: StatusCode | None
    milestone: str | None
    reached_on: date | None
    due_on: date | None
    days_overdue: int | None
    value: float | None
    unit: str
    illustrative: bool


class Records(Model):
    """要素清单 / a page of records; ``next`` is the cursor of the page that follows."""

    as_of: date
    number_matched: int
    totals: list[RecordTotal]
    next: str | None
    records: list[Record]


class TargetRow(Model):
    """一项任务 / a target in the unit people read; ``completes``: its milestone is the one that progress counts."""

    id: int
    layer: str
    measure: str
    unit: str
    milestone: str
    completes: bool
    org_unit: str
    starts_on: date
    ends_on: date
    value: float
    origin: str


class Targets(Model):
    """任务 / targets, the newest period first."""

    targets: list[TargetRow]


Day = Annotated[date, Field(ge=date(1949, 10, 1), le=date(2199, 12, 31))]


class NewTarget(Sent):
    """一项任务 / a target; it takes the place of the one for the same measure, milestone, unit and period.

    ``value`` is in the unit of the measure; without ``measure`` and ``milestone``: the first, and the one that
    completes.
    """

    layer: Annotated[str, Field(max_length=64)]
    measure: Annotated[str | None, Field(max_length=64)] = None
    milestone: Annotated[str | None, Field(max_length=64)] = None
    org_unit: Annotated[str, Field(pattern=r"^[0-9]{6,12}$")]
    starts_on: Day
    ends_on: Day
    value: Annotated[Decimal, Field(gt=0, max_digits=18, decimal_places=6)]
    origin: Annotated[Line, Field(min_length=1, max_length=200)]
