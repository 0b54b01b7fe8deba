"""What parcels are laid over: records, townships and what is known of them, wherever they are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from geo.crs import Geometries
from geo.database import Connection
from geo.org_unit import Places
from geo.overlay import block
from geo.overlay.block import Records, Wanted
from geo.overlay.known import Known
from geo.overlay.known import known as known_of


class Ground(Protocol):
    """Where the records that parcels are laid over come from."""

    @property
    def places(self) -> Places:
        """The townships that parcels lie in."""
        ...

    def records(self, parcels: Geometries, wanted: Sequence[Wanted], as_of: date) -> list[Records]:
        """For each wanted layer the records that may lie on or near any of the parcels."""
        ...

    def known(self, layers: Sequence[str], townships: frozenset[str], as_of: date) -> Known:
        """What is known of layers in some townships by a day."""
        ...


@dataclass(frozen=True)
class InDatabase:
    """The records of the database as the viewer of ``connection`` sees them."""

    connection: Connection
    places: Places

    def records(self, parcels: Geometries, wanted: Sequence[Wanted], as_of: date) -> list[Records]:
        """See :func:`geo.overlay.block.records`."""
        return block.records(self.connection, parcels, wanted, as_of)

    def known(self, layers: Sequence[str], townships: frozenset[str], as_of: date) -> Known:
        """See :func:`geo.overlay.known.known`."""
        return known_of(self.connection, layers, townships, self.places, as_of)
