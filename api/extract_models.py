"""What an extract says, as JSON: the schema that the API documents and the archive keeps."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from geo.feature import StatusCode

LevelCode = Literal["note", "review", "blocked"]
Json = dict[str, Any]


class Part(BaseModel):
    """A part of an extract, which holds what is described here and nothing else."""

    model_config = ConfigDict(extra="forbid")


class Both(Part):
    """A text in both languages."""

    zh: str
    en: str


class Area(Part):
    """An ellipsoidal area (GRS 80)."""

    m2: float
    mu: float
    ha: float


class Amount(Part):
    """How much there is of something: an area, a length in metres, or a count.

    ``share`` is of the drawn area; ``of_registered`` is that share of the registered area.
    """

    area: Area | None = None
    share: float | None = None
    of_registered: Area | None = None
    length_m: float | None = None
    count: int | None = None


class Labelled(Part):
    """A code with what it is called."""

    code: str
    label: Both


class Named(Part):
    """A code with a name in both languages."""

    code: str
    name: Both


class Pending(Part):
    """A change that nobody has approved yet."""

    milestone: Labelled | None
    reached_on: date
    recorded_by: str
    recorded_at: datetime


class Piece(Amount):
    """What a parcel and a record have in common, or how far it lies beside, and what else is known of the record.

    ``mark`` is its number on the map, ``level`` the most that a rule says against it; ``received`` is in 元.
    """

    mark: int | None = None
    level: LevelCode | None
    feature: str
    code: str
    name: str | None
    township: Named | None
    group: Labelled | None
    owner: str | None = None
    distance_m: float
    geometry: Json | None
    status: StatusCode | None = None
    milestone: Labelled | None
    reached_on: date | None = None
    due_on: date | None = None
    activities: list[Named] = Field(default_factory=list[Named])
    received: float | None = None
    last_seen_on: date | None = None
    pending: list[Pending]
    illustrative: bool = False


class LayerSource(Part):
    """The last import of a layer, for whoever may know of it."""

    file: str | None
    imported_on: date | None
    illustrative: bool


class SliverBelow(Part):
    """What is too small to count."""

    m2: float
    width_m: float
    length_m: float


class Found(Amount):
    """A layer in one of the three lists, with all that it covers of the parcel, overlaps counted once.

    ``why`` says why nothing is known, ``basis`` by which complete file it is known that nothing is there; ``slivers``
    are common parts too small to count.
    """

    layer: str
    label: Both
    geometry: Literal["point", "line", "polygon"]
    reference: bool
    source: LayerSource | None
    slivers: int
    sliver_below: SliverBelow | None = None
    pieces: list[Piece]
    near: list[Piece]
    why: Both | None
    basis: Both | None = None


class Lists(Part):
    """Every layer asked for is in exactly one of these."""

    concerned: list[Found]
    not_concerned: list[Found]
    no_data: list[Found]


class Recorded(Part):
    """A record that a rule names."""

    layer: str
    feature: str
    code: str
    name: str | None


class Level(Part):
    """How much stands against a parcel."""

    code: LevelCode
    label: Both


class Verdict(Part):
    """A rule that the parcel meets."""

    rule: str
    level: Level
    sentence: Both
    features: list[str]
    records: list[Recorded]


class Corner(Part):
    """A boundary point in metres; ``side`` is the length to the next of its ring."""

    name: str
    northing: float
    easting: float
    side: float


class Ring(Part):
    """A closed line of boundary points."""

    hole: bool
    corners: list[Corner]


class Boundary(Part):
    """The boundary points on the plane of a CGCS2000 three-degree zone."""

    zone: int
    epsg: int
    system: Both
    points: int
    rings: list[Ring]


class MapGround(Part):
    """What the map shows: ``frame`` in metres on the plane of the boundary points."""

    scale: int
    frame: dict[str, float]
    beside: list[Json]
    townships: list[Json]


class Asked(Part):
    """The parcel itself."""

    number: str
    name: str | None
    kind: str | None
    use: Both | None
    source_row: int | None
    area: Area
    registered_area: Area | None
    drawn_to_registered: float | None
    geometry: Json


class ExtractParcel(Part):
    """A parcel with all that was found."""

    as_of: date
    parcel: Asked
    townships: list[Named]
    level: Level | None
    verdicts: list[Verdict]
    lists: Lists
    boundary: Boundary
    map: MapGround


class ParcelProblem(Part):
    """Something wrong with a parcel, at a longitude and latitude; a parcel that is ``refused`` was left out."""

    parcel: str
    code: str
    sentence: Both
    refused: bool
    place: list[float] | None


class Source(LayerSource):
    """Where a layer comes from."""

    layer: str
    label: Both


class Extract(Part):
    """An extract; the SHA-256 of this text, byte for byte, is the hash that its documents state."""

    number: str
    title: Both
    office: Both
    county: Named
    origin: str
    as_of: date
    issued_at: datetime
    issued_by: str
    parcels: list[ExtractParcel]
    problems: list[ParcelProblem]
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
