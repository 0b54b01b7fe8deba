"""The record of a layer that lies nearest to a parcel, such as the next relocation site."""

from datetime import date

from geo.database import Connection
from geo.overlay.parcel import Parcel
from geo.overlay.result import Piece
from geo.overlay.run import Against, overlay

REACHES_M = (500.0, 2_000.0, 8_000.0, 32_000.0)
"""How far is looked, step by step."""


def nearest(connection: Connection, parcel: Parcel, layer: str, as_of: date) -> Piece | None:
    """The record of a layer nearest to the outline of a parcel as the viewer sees it, geodesic; one on it comes first.

    None where there is none within the last of :data:`REACHES_M`. Raises :class:`geo.errors.NotFound`.
    """
    for reach in REACHES_M:
        (result,) = overlay(connection, [parcel], Against((layer,), as_of, {layer: reach}), shapes=False)
        (finding,) = result.findings
        found = (*finding.pieces, *finding.near)
        if found:
            return found[0]
    return None
