"""The items of a collection as finished GeoJSON text or as rows: a page, one, how many, and where they lie."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, LiteralString
from uuid import UUID

from psycopg import sql

from geo import crs
from geo.collection import Collection, Kind, Property
from geo.completion import counting
from geo.condition import EVERY, ITEM, Condition
from geo.database import Connection, statement
from geo.errors import BadValue, NotFound
from geo.layer import Layer
from geo.layers import layers
from geo.migrate import partition
from geo.text import Language, Text

MOST_COUNTED = 20_000
"""Items that are counted for ``numberMatched``; where there are more, it is left out."""

NOT_A_KEY = Text(zh="不是上一页给出的游标", en="not what an earlier page gave")

_TYPES: dict[Kind, sql.SQL] = {
    "text": sql.SQL("text"),
    "integer": sql.SQL("bigint"),
    "number": sql.SQL("numeric"),
    "boolean": sql.SQL("boolean"),
    "date": sql.SQL("date"),
    "timestamp": sql.SQL("timestamptz"),
}


@dataclass(frozen=True)
class Asked:
    """Which items, on which day, in which language and system.

    ``uri`` is one of :data:`geo.crs.CRS_URIS`; coordinates are in the order of its registry.
    """

    collection: Collection
    as_of: date
    language: Language
    uri: str = crs.CRS84
    condition: Condition = EVERY

    @property
    def values(self) -> dict[str, object]:
        """The parameters of the statements."""
        return {"as_of": self.as_of, "language": self.language, **self.condition.parameters}


@dataclass(frozen=True, slots=True)
class Page:
    """Features as GeoJSON text, and the key after which the next page begins, if there is one."""

    features: list[str]
    next: str | None


def page(connection: Connection, asked: Asked, *, limit: int, after: str | None = None) -> Page:
    """At most ``limit`` items behind the key ``after``, in order of their keys."""
    query = sql.SQL(statement("item_keys")).format(
        source=source(asked.collection), condition=asked.condition.sql, **_ordered(asked.collection)
    )
    values = {**asked.values, **_beginning(asked.collection, after), "limit": limit}
    keys = connection.execute(query, values, prepare=False).fetchall()
    if not keys:
        return Page([], None)
    told = {"as_of": asked.as_of, "language": asked.language, "ids": [identity for _, identity in keys[:limit]]}
    features = connection.execute(_features(asked.collection, asked.uri), told, prepare=True).fetchall()
    return Page([text for (text,) in features], keys[limit - 1][0] if len(keys) > limit else None)


@cache
def _features(collection: Collection, uri: str) -> sql.Composed:
    """The statement that tells items by their ids: of a collection always the same, planned once a connection."""
    return sql.SQL(statement("item_page")).format(
        source=source(collection, found=True),
        geometry=_geometry(uri),
        properties=_told(collection),
        keys=_ordered(collection)["keys"],
    )


def item(connection: Connection, asked: Asked, identity: str) -> str:
    """One item as a GeoJSON Feature; raises :class:`NotFound`."""
    if asked.collection.source in ("layer", "parcel") and not _is_uuid(identity):
        raise _unknown(identity)
    query = sql.SQL(statement("item_one")).format(
        source=source(asked.collection),
        geometry=_geometry(asked.uri),
        properties=_told(asked.collection),
    )
    row = connection.execute(query, {**asked.values, "identity": identity}, prepare=False).fetchone()
    if row is None:
        raise _unknown(identity)
    return row[0]


def number(connection: Connection, asked: Asked) -> int | None:
    """How many items there are, None where they are more than :data:`MOST_COUNTED`."""
    query = sql.SQL(statement("item_number")).format(source=source(asked.collection), condition=asked.condition.sql)
    row = connection.execute(query, {**asked.values, "most": MOST_COUNTED}, prepare=False).fetchone()
    return row[0] if row and row[0] <= MOST_COUNTED else None


def rows(
    connection: Connection, asked: Asked, *, limit: int, after: str | None = None
) -> Iterator[tuple[str, tuple[Any, ...], bytes | None]]:
    """Key, values in the order of the collection's properties, and WKB in longitude, latitude (EPSG:4490) of each."""
    query = sql.SQL(statement("item_rows")).format(
        source=source(asked.collection),
        condition=asked.condition.sql,
        properties=_told(asked.collection),
        **_ordered(asked.collection),
    )
    with connection.cursor("items") as cursor:
        cursor.itersize = 1_000
        cursor.execute(query, {**asked.values, **_beginning(asked.collection, after), "limit": limit})
        for key, *values, drawn in cursor:
            yield key, tuple(values), drawn


def extent(connection: Connection, collection: Collection) -> tuple[float, float, float, float] | None:
    """West, south, east, north in degrees of what is stored, rounded outwards; None where nothing is.

    Of parcels, which are not everybody's, only what the viewer may see.
    """
    if collection.source == "parcel":
        row = connection.execute(statement("item_parcel_extent")).fetchone()
    else:
        table = partition(collection.layer.code) if collection.layer else "org_unit"
        row = connection.execute(statement("item_extent"), {"table": table}).fetchone()
    return None if row is None else (row[0], row[1], row[2], row[3])


@cache
def source(collection: Collection, *, found: bool = False) -> sql.Composed:
    """The statement whose columns are the properties of items, with ``key``, ``id`` and ``geometry``.

    ``found`` is for items that are listed on the day for certain.
    """
    if collection.layer is not None:
        columns = [_reached(each.code) for each in collection.layer.milestones]
        columns += [_attribute(collection.named[name]) for name in collection.layer.public]
        return sql.SQL(statement("item_layer")).format(
            columns=_COMMA.join(columns or [sql.SQL("NULL AS nothing")]),
            found=sql.Literal(found),
            layer=sql.Literal(collection.layer.code),
        )
    if collection.source == "org_unit":
        return sql.SQL(statement("item_org_unit")).format()
    if collection.source == "parcel":
        return sql.SQL(statement("item_parcel")).format()
    monitored = [layer for layer in layers().values() if not layer.reference]
    sums = [_sum(f"features_{name}", name, [(layer, counting(layer)) for layer in monitored]) for name in _SUMS]
    sums += [
        _sum(f"{layer.code}_{name}", name, [(layer, layer.measures[0].code)]) for layer in monitored for name in _SUMS
    ]
    return sql.SQL(statement("item_progress")).format(sums=_COMMA.join(sums))


_COMMA = sql.SQL(", ")


def _reached(milestone: str) -> sql.Composed:
    """The day on which a milestone was reached, as far as the day that is asked for."""
    return sql.SQL("at_day.days[array_position(at_day.milestones, {})] AS {}").format(
        sql.Literal(milestone), sql.Identifier(f"{milestone}_on")
    )


def _attribute(of: Property) -> sql.Composed:
    return sql.SQL("(feature.attributes ->> {})::{} AS {}").format(
        sql.Literal(of.name), _TYPES[of.kind], sql.Identifier(of.name)
    )


_SUMS: dict[str, LiteralString] = {
    "total": "sum(counted) FILTER (WHERE {of} AND reached.stage = '')",
    "completed": "coalesce(sum(counted) FILTER (WHERE {of} AND {completing}), 0)",
    "overdue": "coalesce(sum(counted) FILTER (WHERE {of} AND reached.stage IN ('@idle', '@late')), 0)",
    "percent": "round(100 * coalesce(sum(counted) FILTER (WHERE {of} AND {completing}), 0)"
    " / nullif(sum(counted) FILTER (WHERE {of} AND reached.stage = ''), 0), 1)",
}


def _sum(column: str, name: str, counted: Sequence[tuple[Layer, str]]) -> sql.Composed:
    """One column of progress, in a measure of each layer; NULL where the township has nothing of these layers."""
    of = _among("(reached.layer, reached.measure)", [(layer.code, measure) for layer, measure in counted])
    last = [(layer.code, layer.completing.code) for layer, _ in counted if layer.completing]
    completing = _among("(reached.layer, reached.stage)", last)
    summed = sql.SQL(_SUMS[name]).format(of=of, completing=completing)
    return sql.SQL("CASE WHEN count(*) FILTER (WHERE {} AND reached.stage = '') > 0 THEN {} END AS {}").format(
        of, summed, sql.Identifier(column)
    )


def _among(columns: LiteralString, pairs: Sequence[tuple[str, str]]) -> sql.Composable:
    """Whether two columns are one of some pairs."""
    if not pairs:
        return sql.SQL("FALSE")
    written = [sql.SQL("({}, {})").format(*map(sql.Literal, pair)) for pair in pairs]
    return sql.SQL("{} IN ({})").format(sql.SQL(columns), _COMMA.join(written))


def _told(collection: Collection) -> sql.Composed:
    """The properties as columns of items, in their order."""
    return _COMMA.join([sql.Identifier(ITEM, each.name) for each in collection.properties])


def _geometry(uri: str) -> sql.Composable:
    """The geometry of a page as GeoJSON text: 0.1 mm in degrees and in metres."""
    code, flipped = crs.registered(uri)
    if code in (crs.STORED, crs.WGS84) and not flipped:
        return sql.SQL("st_asgeojson(item.geometry, 9, 0)")
    moved = sql.SQL("item.geometry")
    if code not in (crs.STORED, crs.WGS84):
        moved = sql.SQL("st_transform({}, {})").format(moved, sql.Literal(code))
    if flipped:
        moved = sql.SQL("st_flipcoordinates({})").format(moved)
    digits = sql.Literal(9 if code in (crs.STORED, crs.WGS84) else 4)
    return sql.SQL("st_asgeojson({}, {}, 0)").format(moved, digits)


_KEY = sql.Identifier(ITEM, "key")
_IN_BATCHES = sql.SQL("item.batch_id, item.place, item.id")


def _ordered(collection: Collection) -> dict[str, sql.Composable]:
    """What items are in order of, and the condition that one lies behind a key."""
    if collection.source != "parcel":
        return {"keys": _KEY, "behind": sql.SQL("{} > %(after)s::text").format(_KEY)}
    after = sql.SQL("(%(after_batch)s::uuid, %(after_place)s::integer, %(after_id)s::uuid)")
    return {"keys": _IN_BATCHES, "behind": sql.SQL("({}) > {}").format(_IN_BATCHES, after)}


def _beginning(collection: Collection, after: str | None) -> dict[str, object]:
    """The parameters of ``behind``; raises :class:`BadValue` for a key that no item can have."""
    if collection.source != "parcel":
        return {"after": after}
    if after is None:
        return {"after": None, "after_batch": None, "after_place": None, "after_id": None}
    try:
        batch, place, identity = after.split("/")
        if not 0 <= int(place) <= 0x7FFFFFFF:
            raise ValueError
        return {"after": after, "after_batch": UUID(batch), "after_place": int(place), "after_id": UUID(identity)}
    except ValueError:
        raise BadValue(name="cursor", value=after[:40], reason=NOT_A_KEY) from None


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def _unknown(identity: str) -> NotFound:
    return NotFound(noun=Text(zh="要素", en="feature"), key=identity)
