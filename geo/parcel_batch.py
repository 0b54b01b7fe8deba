"""Parcels that are kept: batches of them, made all at once or not at all, changed, shared and withdrawn."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import UUID

import numpy as np
import shapely
from psycopg.types.json import Jsonb

from geo import crs
from geo.database import Connection, one, rows, statement, the
from geo.errors import BadValue, NotFound, ShanheError
from geo.ledger import ChangedMeanwhile
from geo.overlay.parcel import Parcel
from geo.overlay.result import Problem
from geo.text import Text
from geo.viewer import NotAllowed, viewer

Origin = Literal["file", "drawing", "coordinates", "features"]

MOST_PARCELS = 100_000
"""Parcels that a batch may have."""
MOST_VERTICES = 5_000_000
"""Vertices that all parcels of a batch may have together."""
MOST_KM2 = 10_000
"""Square kilometres that one parcel may have: several counties."""
_BLOCK = 2_000  # parcels of one statement
_SMALLEST = 0.005  # m²: what is kept of areas has two decimals


class ParcelsRefused(ShanheError):
    """Nothing can be kept of what was sent; the problems of single parcels come along as ``problems``."""

    code = "parcels_refused"
    sentence = Text(zh="没有保存任何地块：{reason}", en="No parcel was kept: {reason}")


@dataclass(frozen=True, slots=True)
class Read:
    """Parcels as they were read, before anything is kept; ``notes`` say what was assumed in reading.

    ``file`` and ``sha256`` are of the file they came from, None where there was none; ``revises`` is the batch that
    they were changed from.
    """

    origin: Origin
    parcels: Sequence[Parcel]
    problems: Sequence[Problem] = ()
    file: str | None = None
    sha256: str | None = None
    notes: Sequence[Text] = ()
    revises: UUID | None = None


def keep(connection: Connection, name: str, read: Read, *, shared: bool, by: str) -> UUID:
    """Keep the parcels that are not refused as a new batch, in one transaction with the caller's; returns its number.

    Raises :class:`ParcelsRefused` where nothing would be left, or it would be more than a batch may hold.
    """
    refused = {problem.parcel for problem in read.problems if problem.refused}
    kept = [parcel for parcel in read.parcels if parcel.number not in refused]
    areas = measured(kept)
    if not kept:
        first = next((problem.sentence for problem in read.problems if problem.refused), None)
        raise ParcelsRefused(reason=first or Text(zh="没有地块", en="there is none"))
    own: dict[str, list[dict[str, Any]]] = {}
    for problem in read.problems:
        if not problem.refused:
            own.setdefault(problem.parcel, []).append(told(problem))
    batch = the(
        connection,
        "parcel_batch_insert",
        UUID,
        called=name,
        origin=read.origin,
        file=read.file,
        sha256=read.sha256,
        shared=shared,
        revises=read.revises,
        notes=Jsonb([note.both() for note in read.notes]),
        problems=Jsonb([told(problem) for problem in read.problems if problem.refused]),
        by=by,
    )
    whole = list(zip(kept, areas, strict=True))
    for start in range(0, len(kept), _BLOCK):
        block = whole[start : start + _BLOCK]
        _insert(connection, batch, start, [(each, area, own.get(each.number, [])) for each, area in block])
    return batch


def meant(read: Read, kind: str) -> Read:
    """The same parcels with what is meant to be on them: the code of a layer, by which rules tell them apart."""
    return replace(read, parcels=[replace(each, kind=each.kind or kind) for each in read.parcels])


def measured(parcels: Sequence[Parcel]) -> list[float]:
    """The ellipsoidal area of each parcel in m²; raises :class:`ParcelsRefused` for more than a batch may hold."""
    if len(parcels) > MOST_PARCELS:
        zh, en = (
            f"地块超过 {MOST_PARCELS} 宗，请分批",
            f"there are more than {MOST_PARCELS} parcels: send them in parts",
        )
        raise ParcelsRefused(reason=Text(zh=zh, en=en))
    shapes = np.array([parcel.geom for parcel in parcels], object)
    if int(shapely.get_num_coordinates(shapes).sum()) > MOST_VERTICES:
        zh, en = f"界址点共超过 {MOST_VERTICES} 个，请分批", f"they have more than {MOST_VERTICES} vertices together"
        raise ParcelsRefused(reason=Text(zh=zh, en=en))
    areas = crs.area_m2(shapes).tolist() if len(parcels) else []
    numbers: set[str] = set()
    for parcel, area in zip(parcels, areas, strict=True):
        if parcel.number in numbers:
            zh, en = f"地块编号重复：{parcel.number}", f"the number {parcel.number} occurs more than once"
            raise ParcelsRefused(reason=Text(zh=zh, en=en))
        numbers.add(parcel.number)
        if not area >= _SMALLEST:
            zh, en = f"地块 {parcel.number} 没有面积", f"parcel {parcel.number} has no area"
            raise ParcelsRefused(reason=Text(zh=zh, en=en))
        if area > MOST_KM2 * 1e6:
            zh = f"地块 {parcel.number} 超过 {MOST_KM2} 平方公里"
            raise ParcelsRefused(reason=Text(zh=zh, en=f"parcel {parcel.number} is larger than {MOST_KM2} km²"))
    return areas


def told(problem: Problem) -> dict[str, Any]:
    """A problem as JSON."""
    return {
        "parcel": problem.parcel,
        "code": problem.code,
        "text": problem.sentence.both(),
        "refused": problem.refused,
        "place": list(problem.place) if problem.place else None,
    }


def batches(connection: Connection, *, limit: int, before: UUID | None = None) -> str:
    """``{"batches", "next"}``: the viewer's own and those that are shared, newest first."""
    return the(connection, "parcel_batch_page", str, limit=limit, before=before)


def tell(connection: Connection, batch: UUID, *, limit: int, after: int = 0) -> str:
    """A batch as a FeatureCollection of at most ``limit`` parcels after a place; raises :class:`NotFound`."""
    found = one(connection, "parcel_batch_tell", str, batch=batch, limit=limit, after=after)
    if found is None:
        raise missing(batch)
    return found


def count(connection: Connection, batch: UUID) -> int:
    """How many parcels a batch has; raises :class:`NotFound`."""
    return int(_one(connection, batch)["parcels"])


def parcels(connection: Connection, batch: UUID) -> Iterator[tuple[UUID, int, Parcel]]:
    """Every parcel of a batch with its identity and its place, from 1, in their order."""
    after = 0
    while block := rows(connection, "parcel_all", batch=batch, after=after, limit=_BLOCK):
        for row in block:
            yield row["id"], row["place"], _parcel(row)
        after = block[-1]["place"]


def problems(connection: Connection, batch: UUID) -> list[Problem]:
    """What was wrong with parcels of a batch when it was made."""
    found = [row["problem"] for row in rows(connection, "parcel_problems", batch=batch)]
    return [
        Problem(each["parcel"], each["code"], Text(**each["text"]), each["refused"], _place(each["place"]))
        for each in found
    ]


def parcel(connection: Connection, parcel_id: UUID) -> Parcel:
    """One parcel that the viewer may see; raises :class:`NotFound`."""
    found = rows(connection, "parcel_one", id=parcel_id)
    if not found:
        raise NotFound(noun=Text(zh="地块", en="parcel"), key=parcel_id)
    return _parcel(found[0])


def touching(connection: Connection, feature: UUID, *, limit: int = 20) -> list[dict[str, Any]]:
    """Parcels that the viewer may see and that share ground with a feature."""
    return rows(connection, "parcel_touching", feature=feature, limit=limit)


def change(connection: Connection, batch: UUID, *, name: str | None, shared: bool | None, version: int | None) -> int:
    """Rename a batch or share it; None leaves as it is. Returns its version.

    ``version`` is that which whoever changes it saw: raises :class:`geo.ledger.ChangedMeanwhile` where it is another
    one now, :class:`NotFound`, and :class:`NotAllowed` for somebody else's.
    """
    changed = one(connection, "parcel_batch_change", int, batch=batch, called=name, shared=shared, version=version)
    if changed is None:
        _theirs(connection, batch)
        raise ChangedMeanwhile
    return changed


def withdraw(connection: Connection, batch: UUID) -> None:
    """Withdraw a batch: it stays in the audit trail, and nobody is shown it. Raises as :func:`change`."""
    if one(connection, "parcel_batch_withdraw", UUID, batch=batch) is None:
        _theirs(connection, batch)
        raise missing(batch)


def missing(batch: UUID) -> NotFound:
    """That there is no such batch, or none that the viewer may see."""
    return NotFound(noun=Text(zh="地块批次", en="batch of parcels"), key=batch)


def named(name: str) -> str:
    """The name of a batch without blanks around it; raises :class:`BadValue` where nothing is left."""
    kept = " ".join(name.split())
    if not kept:
        raise BadValue(name="name", value=name[:40], reason=Text(zh="请写明名称", en="state a name"))
    return kept


def _theirs(connection: Connection, batch: UUID) -> None:
    """Raises :class:`NotFound` for a batch that cannot be seen, :class:`NotAllowed` for one that only can be seen."""
    if _one(connection, batch)["created_by"] != viewer(connection).name and not _administers(connection):
        raise NotAllowed(reason=Text(zh="这批地块是别人的", en="these parcels are somebody else's"))


def _one(connection: Connection, batch: UUID) -> dict[str, Any]:
    found = rows(connection, "parcel_batch_one", batch=batch)
    if not found:
        raise missing(batch)
    return found[0]


def _administers(connection: Connection) -> bool:
    return "administer" in viewer(connection).everywhere


def _insert(
    connection: Connection, batch: UUID, before: int, block: Sequence[tuple[Parcel, float, list[dict[str, Any]]]]
) -> None:
    """Parcels, each with its area and what is wrong with it, after those that are there."""
    sent = [each for each, _, _ in block]
    connection.execute(
        statement("parcel_insert"),
        {
            "batch": batch,
            "places": list(range(before + 1, before + 1 + len(block))),
            "numbers": [each.number for each in sent],
            "names": [each.name for each in sent],
            "geoms": list(shapely.to_wkb(np.array([each.geom for each in sent], object))),
            "areas": [round(area, 2) for _, area, _ in block],
            "registered": [each.registered_area_m2 if (each.registered_area_m2 or 0) > 0 else None for each in sent],
            "kinds": [each.kind for each in sent],
            "rows": [each.source_row for each in sent],
            "attributes": [Jsonb(each.attributes, _written) for each in sent],
            "problems": [Jsonb(problems) for _, _, problems in block],
        },
    )


def _written(attributes: object) -> str:
    """Attributes as JSON; dates and decimals of a file as text."""
    return json.dumps(attributes, ensure_ascii=False, default=str)


def _place(stored: list[float] | None) -> tuple[float, float] | None:
    return (stored[0], stored[1]) if stored else None


def _parcel(row: dict[str, Any]) -> Parcel:
    geom = shapely.from_wkb(row["geom"])
    return Parcel(
        number=row["number"],
        geom=geom,
        name=row["name"],
        registered_area_m2=row["registered_area_m2"],
        kind=row["kind"],
        source_row=row["source_row"],
        attributes=row["attributes"],
    )
