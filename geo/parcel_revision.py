"""An outline that was changed to a new batch: the other parcels as they were, and the batch it came from untouched."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from geo import parcel_batch
from geo.database import Connection, one, rows
from geo.errors import NotFound, ShanheError
from geo.org_unit import places
from geo.overlay.check import check
from geo.parcel_batch import ParcelsRefused, Read
from geo.parcel_batch_source import polygonal
from geo.text import Text
from geo.viewer import NotAllowed, viewer

MOST_PARCELS = 200
"""Parcels of a batch in which one may be changed: as many as are overlaid while somebody waits."""


class AlreadyRevised(ShanheError):
    """A batch was made of this one meanwhile; what follows belongs there, so that nobody's change is lost."""

    code = "already_revised"
    sentence = Text(
        zh="这批地块已有修改后的批次“{name}”，没有保存；请在那一批上继续修改",
        en="Nothing was saved: batch “{name}” was made from this one meanwhile. Make further changes there",
    )


@dataclass(frozen=True, slots=True)
class Revision:
    """An outline for one parcel of a batch: a GeoJSON polygon in longitude and latitude (CGCS2000).

    ``name`` is that of the new batch, None for the name of the old one.
    """

    parcel: UUID
    geometry: Mapping[str, Any]
    name: str | None = None


def revise(connection: Connection, batch: UUID, revision: Revision, *, by: str) -> tuple[UUID, Read]:
    """Keep a batch in which one parcel has another outline; returns its number and what was checked.

    The batch it came from stays, with everything that was issued for its parcels. Raises :class:`NotFound`,
    :class:`NotAllowed` for somebody else's batch, :class:`AlreadyRevised`, and :class:`ParcelsRefused` where the
    outline is faulty or the same, or the batch is of records or holds more than :data:`MOST_PARCELS`.
    """
    held = _hold(connection, batch)
    if parcel_batch.count(connection, batch) > MOST_PARCELS:
        zh, en = f"超过 {MOST_PARCELS} 宗，请修改文件后重新上传", f"more than {MOST_PARCELS} parcels: change the file"
        raise ParcelsRefused(reason=Text(zh=zh, en=en))
    parcels, number, before = [], None, 0.0
    for parcel_id, _, parcel in parcel_batch.parcels(connection, batch):
        if parcel_id != revision.parcel:
            parcels.append(parcel)
            continue
        number, (before,) = parcel.number, parcel_batch.measured([parcel])
        changed = replace(parcel, geom=polygonal(number, revision.geometry))
        if changed.geom.equals(parcel.geom):
            raise ParcelsRefused(reason=Text(zh="边界没有变化", en="its outline is the same"))
        parcels.append(changed)
    if number is None:
        raise NotFound(noun=Text(zh="地块", en="parcel"), key=revision.parcel)
    county = places(connection).county
    problems = check(parcels, county.geom if county else None)
    for problem in problems:
        if problem.refused:
            raise ParcelsRefused(reason=problem.sentence)
    (after,) = parcel_batch.measured([each for each in parcels if each.number == number])
    notes = [*(Text(**note) for note in held["notes"]), _note(held["name"], number, before, after)]
    read = Read("drawing", parcels, problems, notes=notes, revises=batch)
    name = held["name"] if revision.name is None else parcel_batch.named(revision.name)
    return parcel_batch.keep(connection, name, read, shared=held["shared"], by=by), read


def _hold(connection: Connection, batch: UUID) -> dict[str, Any]:
    """The batch, if whoever asks made it and nothing was made of it since."""
    parcel_batch.count(connection, batch)  # whoever may not change it is told whether it is there
    held = rows(connection, "parcel_batch_hold", batch=batch)
    if not held or held[0]["created_by"] != viewer(connection).name:
        raise NotAllowed(reason=Text(zh="这批地块是别人的", en="these parcels are somebody else's"))
    revised = one(connection, "parcel_batch_revised", str, batch=batch)  # asked once it is held
    if revised is not None:
        raise AlreadyRevised(name=revised)
    if held[0]["origin"] == "features":
        zh, en = "取自已有要素的地块请在要素上修改", "parcels that are records are changed as records"
        raise ParcelsRefused(reason=Text(zh=zh, en=en))
    return held[0]


def _note(batch: str, number: str, before: float, after: float) -> Text:
    return Text(
        zh=f"由批次“{batch}”修改而来：地块 {number} 的边界已改，面积由 {before:.2f} 平方米变为 {after:.2f} 平方米",
        en=f"Made from batch “{batch}”: the outline of parcel {number} was changed,"
        f" its area from {before:.2f} m² to {after:.2f} m²",
    )
