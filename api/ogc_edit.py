"""What a request that changes a feature brings: body, coordinate system, If-Match, Idempotency-Key and Prefer."""

import json
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Annotated, NoReturn

from fastapi import Depends, Header, HTTPException

from api.deps import Body, Writer
from api.ogc import GEOJSON, JSON, Call, TheCall, TheCollection
from geo import crs, idempotency
from geo.collection import Collection
from geo.database import Connection
from geo.edit import UNSTATED, HeaderUnreadable, etag_version
from geo.errors import ShanheError
from geo.idempotency import Answer
from geo.layer import Layer
from geo.settings import settings
from geo.text import Text

MERGE_PATCH = "application/merge-patch+json"
WHOLE, PATCH = (GEOJSON, JSON), (MERGE_PATCH, GEOJSON, JSON)


class BodyUnreadable(ShanheError):
    """A body that is no JSON."""

    code = "body_unreadable"
    sentence = Text(zh="正文不是可读的 JSON：{reason}", en="The body is not readable JSON: {reason}")


class BodyKindUnknown(ShanheError):
    """A body of a media type that is not read here."""

    code = "media_type_unknown"
    sentence = Text(zh="正文的 Content-Type 应为 {allowed}", en="Send the body as {allowed}")


@dataclass(frozen=True)
class Change:
    """A change that is asked for: of which collection, by whom, with which body in which system."""

    call: Call
    collection: Collection
    layer: Layer
    by: str
    body: bytes
    uri: str
    key: str | None
    whole: bool
    """Whether the changed feature is answered, not only its id."""

    def document(self, *kinds: str) -> object:
        """The JSON of the body, sent as one of ``kinds``; raises :class:`BodyKindUnknown`, :class:`BodyUnreadable`."""
        kind = self.call.request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in kinds:
            raise BodyKindUnknown(allowed=", ".join(kinds))
        return parsed(self.body)

    def versions(self, *, lenient: bool = False) -> AbstractSet[int] | None:
        """The versions that may be changed, by If-Match; None for any.

        Without the header it is :data:`geo.edit.UNSTATED`, and any in a ``lenient`` layer of the settings.
        """
        headers = self.call.request.headers.getlist("if-match")
        if headers:
            return etag_version(", ".join(headers))
        if lenient and self.layer.code in {each.strip() for each in settings().lenient_layers.split(",")}:
            return None
        return UNSTATED

    def once(self, connection: Connection, act: Callable[[Connection], Answer]) -> Answer:
        """What ``act`` answers, or what it did when the request was sent before; see :func:`geo.idempotency.once`."""
        request = self.call.request
        counting = (request.headers.get(name, "") for name in ("content-type", "content-crs", "if-match", "prefer"))
        told = idempotency.fingerprint(request.method, request.url.path, request.url.query, *counting, self.body)
        return idempotency.once(connection, self.key, lambda: act(connection), by=self.by, told=told)


def _change(
    *,
    call: TheCall,
    collection: TheCollection,
    by: Writer,
    body: Body,
    content_crs: Annotated[
        str | None,
        Header(description="图形的坐标系，默认 CRS84 / system of the geometry", max_length=200, examples=["<URI>"]),
    ] = None,
    idempotency_key: Annotated[
        str | None, Header(description="重复发送时只执行一次 / sent again with it, the request is carried out once")
    ] = None,
    prefer: Annotated[str | None, Header(description="return=minimal 或 return=representation", max_length=200)] = None,
) -> Change:
    if collection.layer is None:
        raise HTTPException(405, headers={"Allow": "GET, OPTIONS"})
    wishes = {each.strip().lower() for each in (prefer or "").split(",")}
    key = idempotency.read_key(idempotency_key)
    system, whole = _system(content_crs), "return=representation" in wishes
    return Change(call, collection, collection.layer, by, body, system, key, whole)


TheChange = Annotated[Change, Depends(_change)]


def _system(header: str | None) -> str:
    """The URI of a Content-Crs header (OGC 18-058r1), with or without its angle brackets."""
    if header is None:
        return crs.CRS84
    uri = header.strip().removeprefix("<").removesuffix(">")
    if uri not in crs.CRS_URIS:
        reason = Text(zh="不支持，见数据集的 crs 列表", en="not supported: see the crs list of the collection")
        raise HeaderUnreadable(name="Content-Crs", reason=reason)
    return uri


def parsed(body: bytes) -> object:
    """The value that a JSON text (RFC 8259) holds; raises :class:`BodyUnreadable` with the place of the fault."""
    try:
        return json.loads(body.decode(), parse_constant=_no_number)
    except UnicodeDecodeError as error:
        reason = Text(zh=f"第 {error.start + 1} 字节不是 UTF-8", en=f"byte {error.start + 1} is not UTF-8")
    except json.JSONDecodeError as error:
        at = Text(zh=f"第 {error.lineno} 行第 {error.colno} 列", en=f"line {error.lineno}, column {error.colno}")
        reason = Text(zh=f"{at.zh}：{error.msg}", en=f"{at.en}: {error.msg}")
    except RecursionError:
        reason = Text(zh="嵌套过深", en="it is nested too deeply")
    except ValueError as error:
        reason = Text(zh=f"数值不可用：{error}", en=f"a number cannot be used: {error}")
    raise BodyUnreadable(reason=reason)


def _no_number(written: str) -> NoReturn:
    raise ValueError(written)
