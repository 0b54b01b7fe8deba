"""The JSON of parcels as models: batches as they are sent and told, overlays as they are asked for."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from annotated_types import Ge, Le
from pydantic import BaseModel, ConfigDict, Field

from api.deps import FIRST_DAY, LAST_DAY
from api.models import Bilingual, Model
from geo.parcel_batch_source import MOST_CODES
from geo.wish import Name

Origin = Literal["file", "drawing", "coordinates", "features"]
JobState = Literal["waiting", "running", "done", "failed", "cancelled"]
Code = Annotated[str, Field(max_length=64)]
Day = Annotated[date, Ge(FIRST_DAY), Le(LAST_DAY)]
Number = Annotated[str, Field(min_length=1, max_length=200)]
Metres = Annotated[float, Field(ge=0, le=50_000)]


class Sent(BaseModel):
    """What is sent; members that are not known are refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, allow_inf_nan=False)


class Placing(Sent):
    """读取方式 / how the coordinates of a file or a text are read; what is left out is told from the numbers."""

    table: Name | None = None
    encoding: Name | None = None
    crs: Name | None = None
    swapped: bool | None = None
    packed: bool | None = None
    offset: Literal["gcj02", "bd09"] | None = None
    parameters: Annotated[list[float], Field(min_length=7, max_length=7)] | None = None


class PickedFeatures(Sent):
    """已有要素 / records of a layer by their codes."""

    layer: Code
    codes: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=200)]], Field(min_length=1, max_length=MOST_CODES)
    ]


class NewBatch(Sent):
    """新批次 / a batch from exactly one of an upload, a drawing, pasted text and records."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    shared: bool = False
    kind: Annotated[
        Code | None, Field(description="拟建内容，图层代码，供规则使用 / what is meant to be there, for the rules")
    ] = None
    upload: Annotated[UUID | None, Field(description="已发送文件的编号 / of files that were sent")] = None
    drawing: Annotated[dict[str, Any] | None, Field(description="GeoJSON，CGCS2000 经纬度 / longitude, latitude")] = (
        None
    )
    coordinates: Annotated[str | None, Field(max_length=2_000_000, description="坐标文本 / text")] = None
    features: PickedFeatures | None = None
    placing: Placing = Placing()


class BatchChange(Sent):
    """批次的改动 / a new name, shared or not; ``version`` is that which was seen."""

    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    shared: bool | None = None
    version: Annotated[int, Field(ge=1, le=2**31 - 2)] | None = None


class BatchRevision(Sent):
    """地块的新边界 / an outline for one parcel of a batch; ``name`` of the new batch, the old one by default."""

    parcel: UUID
    geometry: Annotated[dict[str, Any], Field(description="GeoJSON，CGCS2000 经纬度 / longitude, latitude")]
    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None


class Against(Sent):
    """叠加条件 / layers to lay parcels over, all where left out, and within how many metres records are near."""

    layers: Annotated[list[Code], Field(min_length=1, max_length=100)] | None = None
    as_of: Day | None = None
    within_m: Annotated[dict[Code, Metres], Field(max_length=100)] = {}


class Drawn(Against):
    """临时叠加 / parcels that are not kept: a GeoJSON geometry, or features with ``number``, ``name`` and ``kind``."""

    geometry: dict[str, Any] | None = None
    features: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=1000)] | None = None


class ParcelProblem(Model):
    """地块问题 / what is wrong with a parcel; ``place`` is longitude, latitude; a refused one was not kept."""

    parcel: str
    code: str
    text: Bilingual
    refused: bool
    place: tuple[float, float] | None


class BatchKept(Model):
    """新批次 / a batch that was kept, with what was wrong with parcels of it."""

    id: UUID
    parcels: int
    refused: int
    notes: list[Bilingual]
    problems: list[ParcelProblem]


class BatchVersion(Model):
    """版本 / the version of a batch after a change."""

    version: int


class OtherBatch(Model):
    """另一批次 / a batch by its number and name."""

    id: UUID
    name: str


class Batch(Model):
    """批次 / a batch; ``refused`` parcels were not kept; of one that is ``revised`` another was made."""

    id: UUID
    name: str
    origin: Origin
    file: str | None
    shared: bool
    mine: bool
    version: int
    parcels: int
    area_m2: float
    refused: int
    created_at: datetime
    created_by: str
    revised: bool


class Batches(Model):
    """批次清单 / batches, newest first; ``next`` is what the next page begins before."""

    batches: list[Batch]
    next: UUID | None


class KeptParcelProperties(Model):
    """地块属性 / what is kept of a parcel."""

    place: int
    number: str
    name: str | None
    area_m2: float
    registered_area_m2: float | None
    kind: str | None
    source_row: int | None
    problems: list[ParcelProblem]


class KeptParcel(Model):
    """地块 / a parcel as a GeoJSON feature."""

    type: Literal["Feature"]
    id: UUID
    geometry: dict[str, Any]
    properties: KeptParcelProperties


class LastOverlay(Model):
    """最近的叠加 / what the reader's last overlay of the batch came to: parcels by level, ``clear`` for none."""

    job: UUID
    state: JobState
    as_of: date
    levels: dict[str, int]


class BatchCollection(Model):
    """批次与地块 / a batch as a FeatureCollection; ``next`` is the place after which the next page begins.

    ``revises`` is the batch that it was changed from, ``revised`` the one that was made of it.
    """

    type: Literal["FeatureCollection"]
    id: UUID
    name: str
    origin: Origin
    file: str | None
    sha256: str | None
    shared: bool
    mine: bool
    version: int
    created_at: datetime
    created_by: str
    revises: OtherBatch | None
    revised: OtherBatch | None
    notes: list[Bilingual]
    problems: list[ParcelProblem]
    parcels: int
    area_m2: float
    overlay: LastOverlay | None
    next: int | None
    features: list[KeptParcel]


class OverlaidParcel(BaseModel):
    """一宗地块的结果 / what is told of a parcel; ``id`` is null for one that is not kept."""

    model_config = ConfigDict(extra="allow")

    id: UUID | None
    place: int


class OverlayResult(Model):
    """叠加结果 / what was found, what stands against parcels most first."""

    as_of: date
    parcels: list[OverlaidParcel]
    problems: list[ParcelProblem]


class ResultPage(Model):
    """叠加结果的一页 / a page of what a job found; ``next`` is the offset of the next one."""

    parcels: list[OverlaidParcel]
    next: int | None


class JobAsked(Model):
    """任务编号 / the number of a job."""

    job: UUID


class JobFailure(Model):
    """失败原因 / why a job failed."""

    code: str
    text: Bilingual


class OverlayJob(Model):
    """叠加任务 / an overlay on its way: ``done`` of ``whole`` parcels; ``levels`` once it is done."""

    id: UUID
    batch: UUID
    layers: list[str] | None
    as_of: date
    within_m: dict[str, float]
    state: JobState
    done: int
    whole: int
    problem: JobFailure | None
    created_at: datetime
    levels: dict[str, int]
