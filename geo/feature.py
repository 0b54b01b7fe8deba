"""Features as finished GeoJSON: a page of them, one with its history, all of a unit; never personal columns."""

import base64
import binascii
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from geo.database import Connection, one, rows, the
from geo.errors import BadValue, NotFound
from geo.pinyin import pattern
from geo.text import Text

StatusCode = Literal["not_started", "under_way", "completed", "accepted", "overdue"]
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which features are asked for.

    ``org_unit`` is a code of any level, ``""`` for outside every township. ``milestone`` must have been reached by
    ``as_of``, ``status`` holds on it. ``text`` is looked for in code and name, ``initials``, 2 to 12 letters, in the
    pinyin of the name. ``bounds`` is west, south, east, north in degrees.
    """

    as_of: date
    layer: str | None = None
    org_unit: str | None = None
    status: StatusCode | None = None
    milestone: str | None = None
    text: str | None = None
    bounds: Bounds | None = None
    initials: str | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: after this feature, of ``matched`` in all."""

    matched: int
    layer: str
    code: str

    @classmethod
    def read(cls, written: str) -> "Cursor":
        """The cursor that an earlier page gave; raises :class:`BadValue`."""
        try:
            padded = written + "=" * (-len(written) % 4)
            matched, layer, code = base64.b64decode(padded, "-_", validate=True).decode().split("/", 2)
            return cls(min(int(matched), 2**62), layer, code)
        except (ValueError, binascii.Error):
            reason = Text(zh="不是上一页给出的游标", en="not what an earlier page gave")
            raise BadValue(name="cursor", value=written[:40], reason=reason) from None


def page(connection: Connection, wanted: Wanted, *, limit: int, here: str, cursor: Cursor | None = None) -> str:
    """A FeatureCollection of at most ``limit`` features in order of layer and code, with ``number_matched``.

    ``next`` is ``here`` with the cursor of the following page behind it, or null.
    """
    west, south, east, north = wanted.bounds or (None, None, None, None)
    return the(
        connection,
        "feature_page",
        str,
        as_of=wanted.as_of,
        layer=wanted.layer,
        org_unit=wanted.org_unit,
        status=wanted.status,
        milestone=wanted.milestone,
        q=wanted.text or None,
        initials=wanted.initials and pattern(wanted.initials),
        west=west,
        south=south,
        east=east,
        north=north,
        matched=cursor and cursor.matched,
        after_layer=cursor and cursor.layer,
        after_code=cursor and cursor.code,
        limit=limit,
        here=here,
    )


def feature(connection: Connection, feature_id: UUID, *, as_of: date) -> str:
    """One Feature with attributes, all milestones, versions, activities and source; raises :class:`NotFound`."""
    found = one(connection, "feature_one", str, id=feature_id, as_of=as_of)
    if found is None:
        raise NotFound(noun=Text(zh="要素", en="feature"), key=feature_id)
    return found


def whole(connection: Connection, *, org_unit: str, as_of: date, limit: int) -> str:
    """A FeatureCollection of all features of a unit with attributes and approved milestones, at most ``limit``."""
    return the(connection, "feature_whole", str, org_unit=org_unit, as_of=as_of, limit=limit)


def counts(connection: Connection) -> dict[str, int]:
    """How many features each layer has now."""
    return {row["code"]: row["features"] for row in rows(connection, "feature_counts")}


def invented(connection: Connection) -> frozenset[str]:
    """The layers that hold illustrative features now."""
    return frozenset(row["layer"] for row in rows(connection, "feature_invented"))
