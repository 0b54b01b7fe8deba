"""The JSON of reports from the field as models."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from annotated_types import Ge, Le
from pydantic import AfterValidator, Field

from api.deps import FIRST_DAY, LAST_DAY
from api.models import Bilingual, Model
from geo.report import LONGEST_NOTE, MOST_PHOTOGRAPHS, State
from geo.review import LONGEST_REASON

Degrees = Annotated[float, AfterValidator(lambda value: round(value, 7))]
Metres = Annotated[float, Field(ge=0, le=1_000_000), AfterValidator(lambda value: round(value, 1))]


class Position(Model):
    """位置（度，精度为米） / where whoever reports stood, in degrees; ``accuracy_m`` in metres."""

    lon: Annotated[Degrees, Field(ge=-180, le=180)]
    lat: Annotated[Degrees, Field(ge=-90, le=90)]
    accuracy_m: Metres | None = None


class NewReport(Model):
    """现场上报 / what was seen; without a milestone it is only noted."""

    feature: UUID
    seen_on: Annotated[date, Ge(FIRST_DAY), Le(LAST_DAY)]
    milestone: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    note: Annotated[str, Field(max_length=LONGEST_NOTE)] = ""
    position: Position | None = None
    photographs: Annotated[int, Field(ge=0, le=MOST_PHOTOGRAPHS)] = 0


class Kept(Model):
    """上报编号 / the id of the report that is kept."""

    id: UUID


class Placed(Position):
    """位置，及到要素的距离（米） / the position, and how far from the feature it is, in metres."""

    away_m: int | None


class Photograph(Model):
    """照片 / a photograph: size in pixels, position in degrees, bearing in degrees from north, as the camera noted."""

    number: int
    width: int
    height: int
    taken_at: datetime | None
    lon: float | None
    lat: float | None
    bearing: float | None
    away_m: int | None


class About(Model):
    """所报要素 / the feature, and the milestones that count for it."""

    id: UUID
    layer: str
    code: str
    name: str | None
    org_unit: str | None
    place: Bilingual | None
    reached: list[str]


class Report(Model):
    """一次上报 / a report; ``announced`` is how many photographs were to follow."""

    id: UUID
    state: State
    milestone: str | None
    seen_on: date
    note: str | None
    position: Placed | None
    recorded_at: datetime
    recorded_by: str
    judged_at: datetime | None
    judged_by: str | None
    judgement: str | None
    announced: int
    photographs: list[Photograph]
    feature: About


class Reports(Model):
    """一页上报 / a page of reports; ``next`` is the ``before`` of the page that follows."""

    matched: int
    next: UUID | None
    reports: list[Report]


class WaitingImport(Model):
    """待审核的导入 / an import of which milestones wait."""

    id: int
    layer: str
    file: str | None
    imported_at: datetime | None
    imported_by: str
    milestones: int
    features: int


class WaitingImports(Model):
    """待审核的导入 / all imports of which milestones wait."""

    imports: list[WaitingImport]


class Approval(Model):
    """审核意见 / what is said of it, if anything."""

    note: Annotated[str, Field(max_length=LONGEST_REASON)] = ""


class Refusal(Model):
    """退回原因 / why it is returned."""

    reason: Annotated[str, Field(max_length=LONGEST_REASON)]


class Judged(Model):
    """审核结果 / how many milestones were judged."""

    state: Literal["approved", "returned"]
    milestones: int
