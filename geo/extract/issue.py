"""Parcels to an extract that is kept: overlaid as whoever asks may see, told, numbered."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from geo.database import Connection
from geo.errors import BadValue
from geo.extract import archive
from geo.extract.archive import Asked, Issued
from geo.extract.content import said
from geo.extract.subject import ParcelRefused
from geo.org_unit import places
from geo.overlay.check import check, refused
from geo.overlay.parcel import Parcel
from geo.overlay.run import Against, overlay
from geo.settings import settings
from geo.text import Text

MOST_PARCELS = 200
"""Parcels of one extract: a document of some hundred pages."""


def issue(
    connection: Connection,
    parcels: Sequence[Parcel],
    asked: Asked,
    *,
    layers: tuple[str, ...] | None,
    by: str,
    origin: str,
) -> Issued:
    """Issue an extract of parcels, numbered each otherwise, against ``layers`` (None: every one).

    Parcels that are not sound are left out of it, and it says so; raises :class:`ParcelRefused` where none is left,
    :class:`BadValue` for no parcel or too many, :class:`geo.errors.NotFound` for an unknown layer, and what
    :func:`geo.extract.archive.issue` raises.
    """
    if not 1 <= len(parcels) <= MOST_PARCELS:
        reason = Text(
            zh=f"一份查询单为 1 至 {MOST_PARCELS} 个地块，请分批出具",
            en=f"an extract is of 1 to {MOST_PARCELS} parcels",
        )
        raise BadValue(name="batch", value=len(parcels), reason=reason)
    county = places(connection).county
    problems = check(parcels, county.geom if county else None)
    wrong = refused(problems)
    sound = [parcel for parcel in parcels if parcel.number not in wrong]
    if not sound:
        raise ParcelRefused(reason=next(each.sentence for each in problems if each.refused))
    at = datetime.now(ZoneInfo(settings().timezone))
    found = list(overlay(connection, sound, Against(layers, asked.as_of)))
    content = said(connection, found, problems, as_of=asked.as_of, at=at, by=by, origin=origin)
    return archive.issue(connection, asked, content, by=by, at=at)
