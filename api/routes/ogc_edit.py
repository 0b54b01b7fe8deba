"""Features created, replaced, patched and deleted (OGC API - Features, Part 4)."""

import json
from collections.abc import Callable
from hashlib import blake2b
from typing import Any
from uuid import UUID

from starlette.responses import Response

from api.ogc import GEOJSON, JSON
from api.ogc_edit import PATCH, WHOLE, Change, TheChange
from api.openapi import problems
from api.router import Router
from geo import edit, item
from geo.database import Connection
from geo.edit import Edited
from geo.errors import NotFound
from geo.idempotency import Answer
from geo.item import Asked
from geo.settings import today
from geo.text import Text

router = Router("ogc")

_PART4 = "http://www.opengis.net/spec/ogcapi-features-4/1.0/conf"
CONFORMANCE = tuple(
    f"{_PART4}/{each}" for each in ("create-replace-delete", "update", "features", "optimistic-locking-etags")
)
ITEMS, ITEM = "/ogc/collections/{collection}/items", "/ogc/collections/{collection}/items/{item_id}"
_GEOMETRY = {
    "anyOf": [
        {
            "type": "object",
            "required": ["type", "coordinates"],
            "properties": {"type": {"type": "string"}, "coordinates": {"type": "array", "items": {}}},
        },
        {"type": "null"},
    ]
}
_MEMBERS = {
    "type": {"type": "string", "enum": ["Feature"]},
    "geometry": _GEOMETRY,
    "properties": {"type": "object", "description": "见数据集的 schema / see the schema of the collection"},
}
_FEATURE = {"type": "object", "required": ["type", "geometry", "properties"], "properties": _MEMBERS}
_PROBLEMS = problems(
    {
        400: "正文或请求头不可读 / body or header not readable",
        405: "数据集只读 / the collection is read only",
        412: "要素已被改动 / the feature has been changed",
        413: "正文过大 / the body is too large",
        415: "不支持的正文类型 / the body is of another type",
        428: "缺少 If-Match / If-Match is missing",
    }
)


def _sent(schema: dict[str, Any], *kinds: str) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {kind: {"schema": schema} for kind in kinds}}}


@router.post(
    ITEMS,
    status_code=201,
    response_class=Response,
    responses={**_PROBLEMS, 201: {"description": "已新增 / created"}},
    openapi_extra=_sent(_FEATURE, *WHOLE),
    summary="新增要素 / Create a feature",
)
def create(change: TheChange) -> Response:
    """按导入的规则检查后新增 / checked as an import is, then stored."""
    document = change.document(*WHOLE)

    def act(connection: Connection) -> Answer:
        made = edit.create(connection, change.layer, document, uri=change.uri, by=change.by)
        return _answer(connection, change, made, status=201)

    return _once(change, act)


@router.put(
    ITEM,
    response_class=Response,
    responses={**_PROBLEMS, 200: {"description": "已替换 / replaced"}},
    openapi_extra=_sent(_FEATURE, *WHOLE),
    summary="替换要素 / Replace a feature",
)
def replace(change: TheChange, item_id: str) -> Response:
    """须带 If-Match；没有改动则不产生新版本 / If-Match is required; what changes nothing makes no version."""
    document, feature, versions = change.document(*WHOLE), _uuid(item_id), change.versions()

    def act(connection: Connection) -> Answer:
        told = edit.replace(
            connection, change.layer, feature, document, versions=versions, uri=change.uri, by=change.by
        )
        return _answer(connection, change, told)

    return _once(change, act)


@router.patch(
    ITEM,
    response_class=Response,
    responses={**_PROBLEMS, 200: {"description": "已修改 / updated"}},
    openapi_extra=_sent({"type": "object", "properties": _MEMBERS}, *PATCH),
    summary="修改要素 / Update a feature",
)
def update(change: TheChange, item_id: str) -> Response:
    """JSON 合并补丁（RFC 7396），null 为清除 / a merge patch: null removes."""
    patch, feature, versions = change.document(*PATCH), _uuid(item_id), change.versions(lenient=True)

    def act(connection: Connection) -> Answer:
        told = edit.update(connection, change.layer, feature, patch, versions=versions, uri=change.uri, by=change.by)
        return _answer(connection, change, told)

    return _once(change, act)


@router.delete(ITEM, status_code=204, responses=_PROBLEMS, summary="删除要素 / Delete a feature")
def delete(change: TheChange, item_id: str) -> Response:
    """须带 If-Match；历史保留，有资金、关联或进度则拒绝 / history stays; refused where something depends on it."""
    feature, versions = _uuid(item_id), change.versions()

    def act(connection: Connection) -> Answer:
        edit.delete(connection, change.layer, feature, versions=versions, by=change.by)
        return Answer(204)

    return _once(change, act)


def _once(change: Change, act: Callable[[Connection], Answer]) -> Response:
    with change.call.database.connection() as connection:
        answer = change.once(connection, act)
    return Response(answer.body, answer.status, headers=answer.headers)


def _answer(connection: Connection, change: Change, told: Edited, *, status: int = 200) -> Answer:
    """The id of the feature with what warns of it, or the whole feature where that is preferred (RFC 7240)."""
    warnings = [{"column": each.column, "code": each.code, "text": each.text.both()} for each in told.warnings]
    body: dict[str, Any] = {"id": str(told.id), "version": told.version}
    headers = {"Content-Type": JSON}
    if change.whole:
        # A feature that is listed from a later day on is answered as on that day.
        day = max(today(), told.starts_on or today())
        asked = Asked(change.collection, day, change.call.language, change.uri)
        body = json.loads(item.item(connection, asked, str(told.id)))
        headers = {"Content-Type": GEOJSON, "Content-Crs": f"<{change.uri}>"}
    sent = json.dumps({**body, "warnings": warnings}, ensure_ascii=False).encode()
    headers |= {
        "ETag": f'"{told.version}-{blake2b(sent, digest_size=8).hexdigest()}"',
        "Preference-Applied": f"return={'representation' if change.whole else 'minimal'}",
    }
    if status == 201:
        headers["Location"] = f"{change.call.base}/collections/{change.collection.code}/items/{told.id}"
    return Answer(status, headers, sent)


def _uuid(identity: str) -> UUID:
    """The id of a feature; what is none names nothing."""
    try:
        return UUID(identity)
    except ValueError:
        raise NotFound(noun=Text(zh="要素", en="feature"), key=identity[:40]) from None
