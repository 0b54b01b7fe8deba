"""What an extract says, as JSON: the schema that the API documents and the archive keeps."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

LevelCode = Literal["note", "review", "blocked"]


class Both(BaseModel):
    """A text in both languages."""

    zh: str
    en: str


class Area(BaseModel):
    """An ellipsoidal area (GRS 80)."""

    m2: float
    mu: float
    ha: float


class Amount(BaseModel):
    """How much there is of something: an area with its shares of one, a length in metres, or a count."""

    area: Area | None = None
    of_drawn: float | None = None
    of_registered: float | None = None
    length_m: float | None = None
    count: int | None = None


class Reached(BaseModel):
    """The last milestone that was reached by the day."""

    code: str
    label: Both
    reached_on: date | None


class Activity(BaseModel):
    """A project that a record belongs to."""

    code: str
    name: Both


class Piece(Amount):
    """What a parcel and a record have in common, or how far it lies beside, and what else is known of the record.

    ``received`` is in 元; ``pending`` is how many changes of it nobody has approved yet; ``mark`` is its number on the
    map.
    """

    mark: int | None = None
    feature: str
    code: str
    name: str | None
    township: str | None
    distance_m: float
    level: LevelCode | None
    geometry: dict[str, Any] | None
    status: str | None
    milestone: Reached | None
    due_on: date | None
    activities: list[Activity]
    received: str | None
    last_visit: date | None
    pending: int


class Layered(Amount):
    """A layer in one of the three lists; ``slivers`` are common parts too small to count."""

    layer: str
    label: Both
    geometry: Literal["point", "line", "polygon"]
    slivers: int = 0
    pieces: list[Piece] = Field(default_factory=list[Piece])
    near: list[Piece] = Field(default_factory=list[Piece])


class Unknown(BaseModel):
    """A layer of which nothing is known here, and why."""

    layer: str
    label: Both
    geometry: Literal["point", "line", "polygon"]
    why: Both | None


class Recorded(BaseModel):
    """A record that a rule names."""

    layer: str
    feature: str
    code: str
    name: str | None


class Verdict(BaseModel):
    """A rule that the parcel meets."""

    rule: str
    level: LevelCode
    sentence: Both
    records: list[Recorded]


class Corner(BaseModel):
    """A boundary point in metres; ``side`` is the length to the next of its ring."""

    name: str
    northing: float
    easting: float
    side: float


class Ring(BaseModel):
    """A closed line of boundary points."""

    hole: bool
    corners: list[Corner]


class Boundary(BaseModel):
    """The boundary points on the plane of a CGCS2000 three-degree zone."""

    zone: int
    epsg: int
    system: Both
    points: int
    rings: list[Ring]


class Place(BaseModel):
    """A unit."""

    code: str
    name: Both


class MapGround(BaseModel):
    """What the map shows: ``frame`` in metres on the plane of the boundary points."""

    scale: int
    frame: dict[str, float]
    beside: list[dict[str, Any]]
    townships: list[dict[str, Any]]


class ExtractParcel(BaseModel):
    """A parcel; every layer asked for is in exactly one of the three lists."""

    number: str
    name: str | None
    kind: Both | None
    geometry: dict[str, Any]
    area: Area
    registered_area: Area | None
    drawn_to_registered: float | None
    townships: list[Place]
    level: LevelCode | None
    verdicts: list[Verdict]
    concerned: list[Layered]
    not_concerned: list[Layered]
    no_data: list[Unknown]
    boundary: Boundary
    map: MapGround


class Source(BaseModel):
    """Where a layer comes from: its last import."""

    layer: str
    label: Both
    file: str | None
    imported_on: date | None
    illustrative: bool


class Extract(BaseModel):
    """An extract; the SHA-256 of this text, byte for byte, is the hash that its documents state."""

    number: str
    title: Both
    office: Both
    county: Place
    as_of: date
    issued_at: datetime
    issued_by: str
    parcels: list[ExtractParcel]
    sources: list[Source]
    illustrative: bool
    basis: Both
    disclaimer: Both


class ExtractCheck(BaseModel):
    """What anybody signed in is told of a number and a hash."""

    number: str
    issued_at: datetime
    as_of: date
    matches: bool | None = Field(description="null 表示未给出校验值 / null where no hash was given")
