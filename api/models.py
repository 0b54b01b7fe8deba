"""The JSON of the API as models: they document it, and tests hold the answers against them."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

StatusCode = Literal["not_started", "under_way", "completed", "accepted", "overdue"]
ReachedStatus = Literal["not_started", "under_way", "completed", "accepted"]
Level = Literal["county", "township", "village"]
Amount = Annotated[float, Field(description="元，两位小数 / yuan with two decimals")]


class Model(BaseModel):
    """A JSON object with the members stated and no others."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Bilingual(Model):
    """中英文 / a text in both languages."""

    zh: str
    en: str


class Problem(BaseModel):
    """RFC 9457: 出错说明 / what went wrong."""

    type: str
    title: str
    status: int
    detail: str
    detail_zh: str
    detail_en: str
    code: str
    values: dict[str, Any]
    errors: list[dict[str, Any]] | None = None


# --- layers -----------------------------------------------------------------------------------------------------------


class UnitOfMeasure(Model):
    """计量单位 / a unit as people read it."""

    code: str
    label: Bilingual


class Measure(Model):
    """统计口径 / what is counted; ``counts`` marks the one that counts the features themselves."""

    code: str
    label: Bilingual
    unit: UnitOfMeasure
    counts: bool


class LayerMilestone(Model):
    """进度节点 / a milestone and the status it means."""

    code: str
    label: Bilingual
    status: ReachedStatus
    completes: bool


class ColumnCode(Model):
    """代码 / one entry of a code list."""

    code: str
    label: Bilingual


class Column(Model):
    """属性列 / a public column; ``unit`` is the code of a unit."""

    name: str
    label: Bilingual
    unit: str = ""
    codes: list[ColumnCode] = []


class Layer(Model):
    """图层 / a declared layer; ``icon`` is an SVG path in a 16 x 16 box, ``personal`` says it has personal columns."""

    code: str
    label: Bilingual
    geometry: Literal["point", "line", "polygon"]
    icon: str
    order: int
    about: Bilingual
    reference: bool
    personal: bool
    features: int
    illustrative: bool
    measures: list[Measure]
    milestones: list[LayerMilestone]
    columns: list[Column]


class Layers(Model):
    """全部图层 / all layers in the order in which they are shown."""

    layers: list[Layer]


# --- personal data ----------------------------------------------------------------------------------------------------


class PersonalColumn(Model):
    """一项个人信息 / a personal column of a feature."""

    name: str
    label: Bilingual
    value: str


class Personal(Model):
    """个人信息 / the personal columns of a feature that have a value."""

    columns: list[PersonalColumn]


class Count(Model):
    """要素数与其中已完成数 / features, and how many of them are completed."""

    population: int
    completed: int


class PublicPlace(Model):
    """一个乡镇；数量过少时 count 为空 / a township; its count is null where it is small."""

    org_unit: str
    name: Bilingual
    count: Count | None


class PublicLayer(Model):
    """一个图层的乡镇合计 / the totals of a layer."""

    layer: str
    label: Bilingual
    county: Count | None
    townships: list[PublicPlace]


class PublicProgress(Model):
    """公开的乡镇进展 / what everybody is told."""

    as_of: date
    layers: list[PublicLayer]


class Reason(Model):
    """查看原因 / why they are read."""

    reason: str = Field(min_length=1, max_length=1000, examples=["核对补助账号"])


# --- GeoJSON ----------------------------------------------------------------------------------------------------------


class Geometry(BaseModel):
    """GeoJSON 几何，CGCS2000 经纬度 / longitude, latitude in CGCS2000."""

    type: Literal["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"]
    coordinates: list[Any]


class OrgUnitProperties(Model):
    """行政区 / a county, township or village."""

    code: str
    name: Bilingual
    short_name: str | None
    level: Level
    parent: str | None
    illustrative: bool
    label_point: list[float] | None


class OrgUnitFeature(Model):
    """行政区要素 / a unit as GeoJSON."""

    type: Literal["Feature"]
    id: str
    geometry: Geometry | None
    properties: OrgUnitProperties


class OrgUnits(Model):
    """行政区集合 / units as GeoJSON."""

    type: Literal["FeatureCollection"]
    features: list[OrgUnitFeature]


class Village(Model):
    """村 / a village."""

    code: str
    name: Bilingual


class FeatureProperties(Model):
    """要素属性 / a feature in a list; ``milestone`` is the furthest it has reached."""

    layer: str
    code: str
    name: str | None
    org_unit: str | None
    township: str | None
    village: Village | None
    status: StatusCode | None
    milestone: str | None
    reached_on: date | None
    due_on: date | None
    area_m2: float | None
    registered_area_m2: float | None
    received: Annotated[float, Field(description="截至当日已落到该要素的资金，元 / money that reached it, yuan")] | None
    illustrative: bool


class Feature(Model):
    """要素 / a feature as GeoJSON."""

    type: Literal["Feature"]
    id: str
    geometry: Geometry | None
    properties: FeatureProperties


class Features(Model):
    """一页要素 / a page of features; ``next`` is the address of the page that follows."""

    type: Literal["FeatureCollection"]
    as_of: date
    number_matched: int
    next: str | None
    features: list[Feature]


class MilestoneRecord(Model):
    """进度记录 / a recorded milestone, valid or not."""

    milestone: str
    reached_on: date
    state: Literal["pending", "approved", "returned", "revoked"]
    note: str | None
    file: str | None
    recorded_at: datetime
    recorded_by: str
    revoked_at: datetime | None
    revoked_by: str | None


class Change(Model):
    """一处修改 / one column that changed."""

    column: str
    before: Any
    after: Any


class Version(Model):
    """历史版本 / a state of the feature and what changed from the one before."""

    version: int
    recorded_at: datetime
    recorded_by: str
    reason: str | None
    file: str | None
    row: int | None
    geometry_changed: bool
    changes: list[Change]


class ActivityName(Model):
    """项目 / an activity."""

    code: str
    name: Bilingual


class Received(Model):
    """落到要素的一笔资金 / money that was spent on the feature."""

    transaction: int
    activity: str
    name: Bilingual
    fund_source: str
    value_date: date
    amount: Amount
    basis: Literal["direct", "per_unit", "by_area", "by_people", "by_hand"]
    document: str | None


class Source(Model):
    """来源文件 / the file and row the feature came from."""

    file: str
    table: str | None
    row: int | None
    imported_at: datetime


class SeenPhotograph(Model):
    """现场照片 / a photograph of the feature: the report it came with, its number there, and when it was taken."""

    report: UUID
    number: int
    seen_on: date
    taken_at: datetime | None


class FeatureDetail(FeatureProperties):
    """要素详情 / everything known of a feature but personal columns."""

    starts_on: date | None
    version: int
    attributes: dict[str, Any]
    milestones: list[MilestoneRecord]
    versions: list[Version]
    activities: list[ActivityName]
    money: list[Received]
    last_seen_on: date | None
    photographs: list[SeenPhotograph]
    source: Source | None


class OneFeature(Model):
    """单个要素 / one feature with its history."""

    type: Literal["Feature"]
    id: str
    geometry: Geometry | None
    properties: FeatureDetail


# --- progress ---------------------------------------------------------------------------------------------------------


class StatusMix(Model):
    """状态构成 / the population by status; the five add up to it."""

    not_started: float
    under_way: float
    completed: float
    accepted: float
    overdue: float


class Period(Model):
    """任务期 / the period of a target."""

    starts_on: date
    ends_on: date


class ProgressRow(Model):
    """一个单位一个口径的进度 / progress of a unit in one measure.

    ``org_unit`` null: outside every township. The numerator is what has passed the completing milestone; against a
    target only what did so within ``period``.
    """

    org_unit: str | None
    layer: str
    measure: str
    unit: str
    population: float
    denominator: float
    denominator_kind: Literal["population", "target"]
    numerator: float
    period: Period | None
    milestones: dict[str, float]
    status: StatusMix


class Progress(Model):
    """进度 / progress on a day."""

    as_of: date
    rows: list[ProgressRow]


class SeriesRow(Model):
    """一个节点逐月累计 / what had reached a milestone by the end of each month."""

    measure: str
    milestone: str
    values: list[float]


class PopulationRow(Model):
    """总量逐月累计 / the population at the end of each month."""

    measure: str
    values: list[float]


class Series(Model):
    """逐月进度 / progress by month, the last month up to ``as_of``."""

    layer: str
    org_unit: str | None
    as_of: date
    months: list[str]
    rows: list[SeriesRow]
    population: list[PopulationRow]


class ActivityProgressRow(Model):
    """一个项目一个口径的进度 / progress of the features an activity is for."""

    activity: str
    name: Bilingual
    layer: str
    measure: str
    unit: str
    population: float
    denominator: float
    denominator_kind: Literal["population"]
    numerator: float
    milestones: dict[str, float]
    status: StatusMix


class ActivityProgress(Model):
    """按项目的进度 / progress by activity."""

    as_of: date
    rows: list[ActivityProgressRow]


class OutsideRow(Model):
    """不在任何乡镇内的要素 / a feature in no township, and why."""

    id: str
    layer: str
    code: str
    name: str | None
    reason: Literal["no_geometry", "no_boundaries", "drawn_since", "straddles", "outside"]
    file: str | None
    row: int | None


class Outside(Model):
    """乡镇之外 / features in no township."""

    rows: list[OutsideRow]


# --- ledger, health ------------------------------------------------------------------------------------------


class FundSource(Model):
    """资金渠道 / a channel that pays an activity, by a document."""

    code: str
    name: Bilingual
    document: str | None


class Budget(Model):
    """预算 / a year's budget in its three phases."""

    fund_source: str
    year: int
    initial: Amount | None
    adjusted: Amount | None
    executed: Amount | None


class Transaction(Model):
    """收支 / money that moved."""

    id: int
    fund_source: str
    kind: Literal["incoming", "commitment", "disbursement", "expenditure", "carry_over"]
    value_date: date
    amount: Amount
    document: str | None
    voucher: str | None
    note: str | None
    illustrative: bool


class Activity(Model):
    """项目 / an activity; ``features`` counts those it is for by layer."""

    code: str
    name: Bilingual
    starts_on: date | None
    due_on: date | None
    fund_sources: list[FundSource]
    budgets: list[Budget]
    transactions: list[Transaction]
    features: dict[str, int]


class Channel(Model):
    """资金渠道合计 / a channel and what went through it."""

    code: str
    name: Bilingual
    paid: Amount
    carried_over: Amount


class WholeChannels(Model):
    """未分到项目的金额 / what the books state for a whole channel only."""

    budgets: list[Budget]
    transactions: list[Transaction]


class Activities(Model):
    """项目与资金 / activities and their money."""

    activities: list[Activity]
    fund_sources: list[Channel]
    whole_channels: WholeChannels


class Health(Model):
    """程序在运行 / the program runs."""

    status: Literal["ok"]
    version: str


class Ready(Model):
    """数据库可用 / the database answers."""

    status: Literal["ok"]
    version: str
    revision: str | None
    postgresql: str
