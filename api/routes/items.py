"""The items of a collection: a page of them, one, and whole files."""

import base64
import binascii
import json
import tempfile
from collections.abc import Generator
from hashlib import blake2b
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal

from fastapi import Depends, Query, Request
from starlette.responses import Response, StreamingResponse

from api.deps import AsOf
from api.ogc import (
    COLLECTIONS,
    GEOJSON,
    HTML,
    JSON,
    Call,
    Link,
    TheCall,
    TheCollection,
    link,
    link_header,
    schema_links,
)
from api.router import Router
from geo import condition, crs, item, item_file
from geo.collection import Collection, Property
from geo.condition import Condition
from geo.errors import BadValue
from geo.export.format import FORMATS
from geo.item import Asked
from geo.right import Verb
from geo.text import Text
from web.standards import Cell, Resource

router = Router("ogc")

OFFERED = {"json": GEOJSON, "html": HTML, **{each: FORMATS[each].media_type for each in item_file.WRITERS}}
_ONE = {"json": GEOJSON, "html": HTML}
_MOST = 10_000
_MOST_IN_FILE = 1_000_000
_SPOOLED = 4_000_000
_PIECE = 1 << 18
_ITEMS = Text(zh="要素", en="Items")
_YES, _NO = Text(zh="是", en="yes"), Text(zh="否", en="no")


def _condition(
    *,
    request: Request,
    collection: TheCollection,
    bbox: Annotated[
        str | None, Query(description="范围 / box", max_length=200, examples=["103.2,29.1,103.3,29.3"])
    ] = None,
    bbox_crs: Annotated[
        str | None, Query(alias="bbox-crs", description="范围的坐标系 / system of the box", max_length=100)
    ] = None,
    datetime: Annotated[
        str | None, Query(description="时刻或区间 / instant or interval", max_length=80, examples=["2024-01-01/.."])
    ] = None,
    filter: Annotated[
        str | None, Query(description="CQL2 筛选条件 / CQL2 filter", examples=["status = 'overdue'"])
    ] = None,
    filter_lang: Annotated[
        Literal["cql2-text", "cql2-json"], Query(alias="filter-lang", description="筛选语言 / language of the filter")
    ] = "cql2-text",
    filter_crs: Annotated[
        str | None,
        Query(alias="filter-crs", description="筛选中图形的坐标系 / system of its geometries", max_length=100),
    ] = None,
) -> Condition:
    found = condition.EVERY
    box_system, filter_system = _system(bbox_crs, "bbox-crs"), _system(filter_crs, "filter-crs")
    if bbox is not None:
        found &= condition.within(bbox, box_system)
    if datetime is not None:
        found &= condition.during(datetime, collection)
    for name, of in collection.named.items():
        if (written := request.query_params.get(name)) is not None:
            found &= condition.equal(of, written)
    if filter is not None:
        found &= condition.fulfilling(filter, filter_lang, filter_system, collection)
    return found


def _system(written: str | None, name: str) -> str:
    """A supported system by its URI; raises :class:`BadValue`."""
    if written is None:
        return crs.CRS84
    if written not in crs.CRS_URIS:
        reason = Text(zh="不支持，见数据集的 crs 列表", en="not supported: see the crs list of the collection")
        raise BadValue(name=name, value=written[:80], reason=reason)
    return written


def _answered_in(
    crs: Annotated[
        str | None, Query(description="坐标系 URI，默认 CRS84 / URI of a coordinate system", max_length=100)
    ] = None,
) -> str:
    return _system(crs, "crs")


TheCondition = Annotated[Condition, Depends(_condition)]
TheSystem = Annotated[str, Depends(_answered_in)]


@router.get(
    "/ogc/collections/{collection}/items",
    response_class=Response,
    responses={200: {"content": {kind: {} for kind in OFFERED.values()}, "description": "要素 / items"}},
    summary="要素 / Items",
)
def items(
    *,
    call: TheCall,
    collection: TheCollection,
    as_of: AsOf,
    system: TheSystem,
    narrowed: TheCondition,
    limit: Annotated[
        int,
        Query(ge=1, description="每页条数，过大时按上限 / how many a page holds", json_schema_extra={"maximum": _MOST}),
    ] = 1000,
    cursor: Annotated[
        str | None, Query(description="上一页 next 中的游标 / from the next of the page before", max_length=400)
    ] = None,
) -> Response:
    """按编号排序的一页要素，可按范围、时间、字段和 CQL2 筛选 / a page of items in order of their codes."""
    chosen = call.negotiated(OFFERED)
    asked = Asked(collection, as_of, call.language, system, narrowed)
    after = None if cursor is None else _Cursor.read(cursor)
    if chosen in item_file.WRITERS:
        return _file(call, asked, chosen, min(limit, _MOST_IN_FILE), after)
    with call.database.connection() as connection:
        page = item.page(connection, asked, limit=min(limit, _MOST), after=after and after.key)
        if after is not None:
            matched = after.matched
        else:  # a first page that holds all has counted them
            matched = item.number(connection, asked) if page.next else len(page.features)
    offered = {key: kind for key, kind in OFFERED.items() if key in _ONE or cursor is None}
    links = [*call.selves(offered, chosen), *_up(call, collection)]
    if page.next is not None:
        links.append(link(call.address(cursor=_Cursor(matched, page.next).written()), "next", OFFERED[chosen]))
    headers = {**link_header(links), "Content-Crs": f"<{system}>", "Content-Language": call.language, "Vary": "Accept"}
    end: dict[str, Any] = {
        "numberReturned": len(page.features),
        "links": links,
    }
    if matched is not None:
        end["numberMatched"] = matched
    if chosen == "html":
        invented = any('"illustrative":true' in feature for feature in page.features)
        return call.page(_listed(call, collection, page.features), end, headers, illustrative=invented)
    return _streamed(page.features, end, headers)


@router.options("/ogc/collections/{collection}/items", include_in_schema=False)
def items_options(collection: TheCollection) -> Response:
    """What may be done with a collection."""
    return Response(status_code=204, headers={"Allow": "GET, POST, OPTIONS" if collection.layer else "GET, OPTIONS"})


@router.options("/ogc/collections/{collection}/items/{item_id}", include_in_schema=False)
def item_options(collection: TheCollection, item_id: str) -> Response:
    """What may be done with an item."""
    methods = "GET, PUT, PATCH, DELETE, OPTIONS" if collection.layer else "GET, OPTIONS"
    return Response(status_code=204, headers={"Allow": methods})


@router.get(
    "/ogc/collections/{collection}/items/{item_id}",
    response_class=Response,
    responses={200: {"content": {kind: {} for kind in _ONE.values()}, "description": "要素 / the item"}},
    summary="一个要素 / An item",
)
def one_item(
    *,
    call: TheCall,
    collection: TheCollection,
    item_id: str,
    as_of: AsOf,
    system: TheSystem,
) -> Response:
    """截至某日的一个要素 / an item on a day."""
    chosen = call.negotiated(_ONE)
    with call.database.connection() as connection:
        text = item.item(connection, Asked(collection, as_of, call.language, system), item_id)
    links = [*call.selves(_ONE, chosen), *_up(call, collection)]
    told = json.loads(text)
    version = told["properties"].get("version", 0)
    headers = {**link_header(links), "Content-Crs": f"<{system}>", "Content-Language": call.language, "Vary": "Accept"}
    if chosen == "html":
        invented = bool(told["properties"].get("illustrative"))
        return call.page(_told(call, collection, told), {"links": links}, headers, illustrative=invented)
    body = f'{text[:-1]},"links":{json.dumps(links, ensure_ascii=False)}}}'.encode()
    # Whoever edits sends this back: what stands before the hyphen says which version was read.
    headers["ETag"] = f'"{version}-{blake2b(body, digest_size=8).hexdigest()}"'
    return Response(body, headers=headers, media_type=GEOJSON)


class _Cursor:
    """Where a page begins: behind a key, of so many in all where that is known."""

    def __init__(self, matched: int | None, key: str) -> None:
        self.matched = matched
        self.key = key

    @classmethod
    def read(cls, written: str) -> "_Cursor":
        try:
            padded = written + "=" * (-len(written) % 4)
            matched, key = base64.b64decode(padded, "-_", validate=True).decode().split("/", 1)
            if "\0" in key:
                raise ValueError
            return cls(int(matched) if matched else None, key)
        except (ValueError, binascii.Error):
            raise BadValue(name="cursor", value=written[:40], reason=item.NOT_A_KEY) from None

    def written(self) -> str:
        """As it stands in an address."""
        told = f"{'' if self.matched is None else self.matched}/{self.key}"
        return base64.b64encode(told.encode(), b"-_").rstrip(b"=").decode()


def _streamed(features: list[str], end: dict[str, Any], headers: dict[str, str]) -> Response:
    """The page as a FeatureCollection: at once where it is small, else from a file, whatever the client's pace."""
    tail = json.dumps(end, ensure_ascii=False)[1:]
    size = sum(map(len, features))
    if size < _SPOOLED:
        body = f'{{"type":"FeatureCollection","features":[{",".join(features)}],{tail}'
        return Response(body, headers=headers, media_type=GEOJSON)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by whoever sends it
    file.write(b'{"type":"FeatureCollection","features":[')
    for place, feature in enumerate(features):
        file.write(("," if place else "").encode() + feature.encode())
    file.write(f"],{tail}".encode())
    file.seek(0)
    return StreamingResponse(_pieces(file), headers=headers, media_type=GEOJSON)


def _file(call: Call, asked: Asked, chosen: str, limit: int, after: _Cursor | None) -> Response:
    """The items as a file, which has no name any more once it is open: its space is free when it is sent."""
    with tempfile.TemporaryDirectory(prefix="shanhe-items-") as folder:
        path = Path(folder) / f"{asked.collection.code}.{chosen}"
        with call.database.session(Verb.DOWNLOAD) as connection:
            following = item_file.write(connection, asked, path, limit=limit, after=after and after.key)
        file = path.open("rb")
    links = [*call.selves(OFFERED, chosen), *_up(call, asked.collection)]
    if following is not None:
        matched = after.matched if after else None
        links.append(link(call.address(cursor=_Cursor(matched, following).written()), "next", OFFERED[chosen]))
    headers = {
        **link_header(links),
        "Content-Crs": f"<{asked.uri}>",
        "Content-Disposition": f'attachment; filename="{asked.collection.code}.{chosen}"',
        "Vary": "Accept",
    }
    return StreamingResponse(_pieces(file), headers=headers, media_type=OFFERED[chosen])


def _pieces(file: BinaryIO) -> Generator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece


def _up(call: Call, collection: Collection) -> list[Link]:
    above = f"{call.base}/collections/{collection.code}"
    return [link(above, "collection", JSON), *schema_links(above)]


def _listed(call: Call, of: Collection, features: list[str]) -> Resource:
    """A page of items as a table: the first column leads to each."""
    here = f"{call.base}/collections/{of.code}/items"
    rows: list[list[Cell]] = []
    for feature in map(json.loads, features):
        first, *others = _cells(call, of, feature)
        rows.append([Cell(first.text, f"{here}/{feature['id']}?f=html"), *others])
    title = Text(zh="{of}：要素", en="{of}: items").format(of=of.title)
    return Resource(
        title, above=call.above(COLLECTIONS, of), headings=tuple(each.title for each in of.properties), rows=rows
    )


def _told(call: Call, of: Collection, feature: dict[str, Any]) -> Resource:
    """An item as facts."""
    cells = _cells(call, of, feature)
    facts = tuple((each.title, [cell]) for each, cell in zip(of.properties, cells, strict=True) if cell.text)
    code = feature["properties"][of.properties[0].name]
    title = Text(zh="{of} {code}", en="{of} {code}").format(of=of.title, code=code)
    return Resource(
        title,
        above=(*call.above(COLLECTIONS, of), (_ITEMS, f"{call.base}/collections/{of.code}/items?f=html")),
        facts=facts,
    )


def _cells(call: Call, of: Collection, feature: dict[str, Any]) -> list[Cell]:
    """What an item says of itself, codes as what they mean."""
    return [_cell(call, each, feature["properties"][each.name]) for each in of.properties]


def _cell(call: Call, of: Property, value: Any) -> Cell:
    if value is None:
        return Cell("")
    if isinstance(value, bool):
        return Cell((_YES if value else _NO).in_(call.language))
    meaning = dict(of.codes).get(value)
    return Cell(meaning.in_(call.language) if meaning else str(value), whole=of.kind in ("date", "timestamp"))
