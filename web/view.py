"""The values a map is drawn from: one county on one day, as the API states it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from geo.text import Language, Text

Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class County:
    """The county a map shows: six-digit code and name."""

    code: str
    name: Text


@dataclass(frozen=True, slots=True)
class Urls:
    """Addresses on this origin that the served map reads; ``feature`` ends before the feature's id."""

    layers: str = "/api/layers"
    org_units: str = "/api/org-units"
    progress: str = "/api/progress"
    series: str = "/api/progress/series"
    features: str = "/api/features"
    tiles: str = "/ogc/tiles/WebMercatorQuad"
    money: str = "/api/money"
    home: str = "/"
    account: str = "/account"
    record: str = "/feature"
    report: str = "/api/reports"
    logout: str = "/logout"
    parcels: str = "/parcels"
    overlay: str = "/api/overlay"
    batches: str = "/api/parcel-batches"


@dataclass(frozen=True, slots=True)
class MapView:
    """What the overview shows first.

    ``bounds`` is west, south, east, north in degrees (EPSG:4490). ``layers``, ``townships``, ``outline`` and
    ``progress`` are what the API answers (``progress`` for ``as_of``); what is given is written into the page, what is
    None is fetched by the served page, and refused by the one-file map. ``features`` is a GeoJSON FeatureCollection
    for the one-file map only; its features have ``attributes`` and ``milestones`` among or beside their properties.
    ``since`` is the first month of the time slider. ``empty`` says that nothing was imported yet. ``notes`` are
    sentences shown under the legend. ``mine`` are the codes of the townships that the viewer sees, None for all;
    ``viewer`` is what the signed-in person is called, ``account`` their account, ``personal`` whether they may see
    personal columns, ``reportable`` the layers of which they may report progress. ``base_maps`` are those of
    :mod:`web.base_map`, ``initials``, by township, the pinyin initials that each character of its name may have,
    ``pages`` address and label of those that the menu leads to. The one-file map is nobody's and leads nowhere.
    """

    title: Text
    county: County
    language: Language
    as_of: date
    bounds: tuple[float, float, float, float]
    since: date | None = None
    layers: Sequence[Json] | None = None
    townships: Json | None = None
    outline: Json | None = None
    progress: Json | None = None
    features: Json | None = None
    illustrative: bool = False
    selected_township: str | None = None
    empty: bool = False
    notes: tuple[Text, ...] = ()
    mine: tuple[str, ...] | None = None
    viewer: str | None = None
    account: str | None = None
    personal: bool = False
    reportable: tuple[str, ...] = ()
    pages: Sequence[tuple[str, Text]] = ()
    base_maps: Json | None = None
    initials: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    urls: Urls = field(default_factory=Urls)

    def __post_init__(self) -> None:
        west, south, east, north = self.bounds
        if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
            raise ValueError(f"bounds must be west, south, east, north in degrees: {self.bounds}")
        if self.since is not None and self.since > self.as_of:
            raise ValueError(f"the time slider begins on {self.since}, after {self.as_of}")
