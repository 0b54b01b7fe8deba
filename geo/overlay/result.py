"""What an overlay says of a parcel: each layer in one of three lists, pieces, their union, and verdicts of rules."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from shapely.geometry.base import BaseGeometry

from geo.overlay.parcel import Parcel
from geo.text import Text


class Standing(StrEnum):
    """Where a layer stands to a parcel. Absence is a statement, and not the same as not knowing."""

    CONCERNED = "concerned"
    NOT_CONCERNED = "not_concerned"
    NO_DATA = "no_data"


class Level(StrEnum):
    """How much a rule stands against a parcel, least to most."""

    NOTE = "note"
    REVIEW = "review"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Piece:
    """What a parcel and one record of a layer have in common, or how far apart they are.

    ``amount`` is ellipsoidal m² for a polygon, m for a line, the number of points for points; 0 where the record lies
    ``distance_m`` beside the parcel, 0 where it touches it, and was found because it is near. ``geom`` is the common
    part in EPSG:4490. ``group`` is the value of the column by which records of the layer are told apart
    (:data:`geo.overlay.rule.GROUPED`), such as its land class, ``owner`` that of the column that says whose it is.
    """

    layer: str
    feature: UUID
    code: str
    name: str | None
    township: str | None
    amount: float
    distance_m: float
    geom: BaseGeometry | None
    group: str | None = None
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A layer against a parcel.

    ``amount`` is what the layer's records cover of the parcel together, where they overlap counted once: never more
    than the parcel, and not the sum of the pieces. ``slivers`` are common parts below the layer's thresholds, left out
    of pieces and amount. ``near`` are records within the distance asked for that do not lie on the parcel, nearest
    first. ``why`` says why nothing is known, ``basis`` by which complete file it is known that nothing is there.
    """

    layer: str
    standing: Standing
    pieces: tuple[Piece, ...] = ()
    amount: float = 0.0
    slivers: int = 0
    near: tuple[Piece, ...] = ()
    why: Text | None = None
    basis: Text | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """A rule that a parcel meets, and by which records."""

    rule: str
    level: Level
    sentence: Text
    features: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a parcel; ``place`` is longitude, latitude. With ``refused`` it was not overlaid."""

    parcel: str
    code: str
    sentence: Text
    refused: bool
    place: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Overlaid:
    """A parcel with all that was found; ``findings`` hold every layer asked for, in the order of layers.

    ``area_m2`` is the ellipsoidal area of the drawing (GRS 80). ``townships`` are the codes of those it lies in, most
    of it first.
    """

    parcel: Parcel
    area_m2: float
    townships: tuple[str, ...]
    findings: tuple[Finding, ...]
    verdicts: tuple[Verdict, ...]

    @property
    def drawn_to_registered(self) -> float | None:
        """The drawn area as a multiple of the registered one; None where none is stated."""
        registered = self.parcel.registered_area_m2
        return self.area_m2 / registered if registered else None

    @property
    def level(self) -> Level | None:
        """The most that any rule has against it."""
        order = list(Level)
        return max((verdict.level for verdict in self.verdicts), key=order.index, default=None)
