"""A stored feature that is about to be changed: what it states, kept from others until the transaction ends."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from geo.database import Connection, rows, the
from geo.edit.precondition import UNSTATED, FeatureChanged, VersionUnstated
from geo.errors import NotFound, ShanheError
from geo.ingest.load import LOCK
from geo.layer import Layer
from geo.org_unit import Places, places
from geo.text import Text


class LayerBusy(ShanheError):
    """An import into the layer is being written or taken back."""

    code = "layer_busy"
    sentence = Text(zh="图层正在导入，请稍后再试", en="An import into the layer is under way: try again in a moment")


@dataclass(frozen=True)
class Held:
    """A feature as it is stored: ``columns`` are the public ones as they are sent, ``geom`` is WKB."""

    feature: UUID
    version: int
    columns: Mapping[str, Any]
    geom: bytes | None
    area_m2: object
    org_unit: str | None
    places: Places

    def leave_village(self, columns: dict[str, object]) -> None:
        """A feature that is told another township does not keep the village it had."""
        township = columns["township"]
        if isinstance(township, str) and self.places.find(township, "township") != self.columns["township"]:
            columns["village"] = None

    def unit(self, drawn: str | None, *, stays: bool) -> str | None:
        """The unit where none was told: the stored one, unless the feature was moved out of it into ``drawn``."""
        known = self.places.units.get(self.org_unit or "")
        if stays or (known is not None and known.parent == drawn):
            return self.org_unit
        return drawn or self.org_unit


def hold_off_imports(connection: Connection, layer: Layer) -> None:
    """Keep imports out: they replace whole partitions and compare with what they saw. Raises :class:`LayerBusy`."""
    if not the(connection, "edit_hold", bool, lock=LOCK, layer=layer.code):
        raise LayerBusy


def held(connection: Connection, layer: Layer, feature: UUID, versions: AbstractSet[int] | None) -> Held:
    """The feature, if it is in one of ``versions`` (None: in any).

    Raises :class:`NotFound`, :class:`FeatureChanged`, :class:`LayerBusy` and, where ``versions`` are
    :data:`UNSTATED`, :class:`VersionUnstated`.
    """
    hold_off_imports(connection, layer)
    found = rows(connection, "edit_held", layer=layer.code, feature=feature)
    if not found:
        raise NotFound(noun=Text(zh="要素", en="feature"), key=feature)
    known = found[0]
    version, geom, area, unit = (known.pop(name) for name in ("version", "geom", "area_m2", "org_unit"))
    if versions == UNSTATED:
        raise VersionUnstated
    if versions is not None and version not in versions:
        raise FeatureChanged(version=version)
    there = places(connection)
    attributes = {name: value for name, value in known.pop("attributes").items() if name in layer.public}
    township, village = _place(there, unit)
    columns = {**known, "township": township, "village": village, **attributes}
    return Held(feature, version, columns, geom, area, unit, there)


def _place(there: Places, unit: str | None) -> tuple[str | None, str | None]:
    """Township and village of a unit."""
    found = there.units.get(unit or "")
    if found is None or found.level == "county":
        return None, None
    return (found.parent, found.code) if found.level == "village" else (found.code, None)
