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

MOST_PARCELS = 100
"""Parcels of one extract: a document of some two hundred pages, made in about half a minute."""


def few(count: int) -> None:
    """Raises :class:`BadValue` for no parcel, or more than an extract may be of."""
    if not 1 <= count <= MOST_PARCELS:
        reason = Text(
            zh=f"一份查询单为 1 至 {MOST_PARCELS} 个地块，请分批出具；更多的可导出为表格",
            en=f"an extract is of 1 to {MOST_PARCELS} parcels: issue several, or take the workbook",
        )
        raise BadValue(name="batch", value=count, reason=reason)


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
    few(len(parcels))
    county = places(connection).county
    problems = check(parcels, county.geom if county else None)
    wrong = refused(problems)
    sound = [parcel for parcel in parcels if parcel.number not in wrong]
    if not sound:
        raise ParcelRefused(reason=next(each.sentence for each in problems if each.refused))
    at = datetime.now(ZoneInfo(settings().timezone))
    # An area on record does not lie on itself.
    itself = frozenset({asked.feature} if asked.feature else ())
    found = list(overlay(connection, sound, Against(layers, asked.as_of, without=itself)))
    content = said(connection, found, problems, as_of=asked.as_of, at=at, by=by, origin=origin)
    return archive.issue(connection, asked, content, by=by, at=at)
