"""What the one who exports has chosen: which features, in which system, under which headings, in which format."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from geo.feature import Wanted

Headings = Literal["zh", "en", "code"]
"""Chinese labels, English labels or the names of columns; the importer knows all three."""


@dataclass(frozen=True, slots=True)
class Choice:
    """How an export is made.

    ``wanted`` filters as the list of features does, and says as of which day; None is all features that are listed
    today. ``format`` is a code of :data:`geo.export.format.FORMATS`, by the ending of the file where it is empty.
    ``crs`` is an EPSG code (``"EPSG:4522"`` or ``"4522"``), CGCS2000 longitude, latitude where it is empty.
    ``colours`` are what each status is drawn in (``#RRGGBB``), for formats that carry looks.
    """

    wanted: Wanted | None = None
    format: str = ""
    crs: str = ""
    headings: Headings = "zh"
    colours: Mapping[str, str] = field(default_factory=dict[str, str])
