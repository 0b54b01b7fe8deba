"""The official extract of a parcel: issued, kept and checked; as JSON, a page or a PDF."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Header, Path, Query, Request, Response

from api import extract_models as models
from api.deps import AsOf, Body, TheDatabase, TheLanguage
from api.ogc_edit import parsed
from api.origin import FromElsewhere, from_elsewhere
from api.router import Router
from geo import idempotency, parcel_batch
from geo.database import Connection, Database
from geo.errors import BadValue
from geo.extract import archive, subject
from geo.extract.archive import Asked, FormatCode, Issued
from geo.extract.issue import few, issue
from geo.layers import layer as declared
from geo.overlay.parcel import Parcel
from geo.settings import settings
from geo.text import Language, Text
from geo.viewer import viewer
from web import extract as documents

router = Router("extract")

Number = Annotated[
    str, Path(max_length=40, description="查询单号 / number of the extract", examples=["511132-2026-000123"])
]
Format = Annotated[FormatCode, Path(description="格式 / format")]
Key = Annotated[
    str | None,
    Header(alias="Idempotency-Key", description="重复发送时只出具一次 / sent again with it, one extract is issued"),
]
_CONTENT: dict[int | str, dict[str, Any]] = {
    200: {
        "model": models.Extract,
        "content": {"text/html": {}, "application/pdf": {}},
        "description": "查询单 / the extract",
    }
}
_GEOJSON: dict[str, Any] = {"application/geo+json": {"schema": {"type": "object"}}}
_WHICH = Text(zh="请给出 parcel，或 layer 与 feature", en="name a parcel, or a layer and a feature")
Subject = Callable[[Connection], tuple[Sequence[Parcel], Asked]]


def _layers(
    layers: Annotated[
        str | None,
        Query(
            description="图层代码，逗号分隔，默认全部 / codes of layers, separated by commas, all by default",
            max_length=2000,
            examples=["permanent_farmland,hazard_point"],
        ),
    ] = None,
) -> tuple[str, ...] | None:
    if layers is None:
        return None
    return tuple(declared(code.strip()).code for code in layers.split(",") if code.strip()) or None


def _no_other_page(request: Request) -> None:
    """To issue is to write, by whatever method: no page of another site may have a browser do it."""
    if from_elsewhere(request.scope):
        raise FromElsewhere()


Layers = Annotated[tuple[str, ...] | None, Depends(_layers)]
Issuing = Depends(_no_other_page)


@router.get("/api/extract/check", response_model=models.ExtractCheck, summary="核验查询单 / Check an extract")
def check(
    database: TheDatabase,
    number: Annotated[str, Query(max_length=40, description="查询单号 / its number")],
    sha256: Annotated[
        str | None, Query(max_length=80, description="文件或内容的校验值 / hash of a document or of the content")
    ] = None,
) -> object:
    """登录即可：何时出具、数据截至哪天、校验值是否一致 / to anybody signed in: when, of which day, a hash fits."""
    with database.connection() as connection:
        viewer(connection)
        found = archive.check(connection, number, sha256)
    matches = None if sha256 is None else found.matches
    return {"number": number, "issued_at": found.issued_at, "as_of": found.as_of, "matches": matches}


@router.get(
    "/api/extract/batch.pdf",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}}},
    dependencies=[Issuing],
    summary="一批地块的查询单 / One extract of many parcels",
)
def issue_batch(
    *,
    request: Request,
    database: TheDatabase,
    as_of: AsOf,
    language: TheLanguage,
    layers: Layers,
    batch: Annotated[UUID, Query(description="地块批次 / a batch of parcels")],
    idempotency_key: Key = None,
) -> Response:
    """一个单号：汇总，再每个地块另起一页，最多 100 个 / totals, then each on a page of its own; 100 at most."""
    asked = replace(_asked(request, as_of=Asked(as_of), key=idempotency_key), batch=batch)

    def found(connection: Connection) -> tuple[Sequence[Parcel], Asked]:
        few(parcel_batch.count(connection, batch))
        return [parcel for _, _, parcel in parcel_batch.parcels(connection, batch)], asked

    return answered(database, issued_of(database, found, layers, origin_of(request)), "pdf", language)


@router.get(
    "/api/extract/{format}",
    response_class=Response,
    responses=_CONTENT,
    dependencies=[Issuing],
    summary="出具查询单 / Issue an extract",
)
def issue_of(
    *,
    request: Request,
    database: TheDatabase,
    format: Format,
    as_of: AsOf,
    language: TheLanguage,
    layers: Layers,
    parcel: Annotated[UUID | None, Query(description="已保存的地块 / a parcel that is kept")] = None,
    layer: Annotated[str | None, Query(max_length=64, description="要素的图层 / the layer of a feature")] = None,
    feature: Annotated[UUID | None, Query(description="面要素 / a feature that is an area")] = None,
    idempotency_key: Key = None,
) -> Response:
    """每次请求编一个新号并存档；只含出具人可见的记录 / each has a new number and is kept; what its issuer may see."""
    asked = _asked(request, as_of=Asked(as_of), key=idempotency_key)
    found = one_of(asked, layer=layer, feature=feature, parcel=parcel)
    return answered(database, issued_of(database, found, layers, origin_of(request)), format, language)


@router.post(
    "/api/extract/{format}",
    response_class=Response,
    responses=_CONTENT,
    openapi_extra={
        "requestBody": {"content": {"application/geo+json": {"schema": {"type": "object"}}}, "required": True}
    },
    summary="为绘制的地块出具 / Issue an extract of a drawing",
)
def issue_drawn(
    *,
    request: Request,
    database: TheDatabase,
    format: Format,
    as_of: AsOf,
    language: TheLanguage,
    layers: Layers,
    body: Body,
    idempotency_key: Key = None,
) -> Response:
    """正文为 GeoJSON 面，CGCS2000 经纬度 / the body is a GeoJSON polygon in CGCS2000 longitude, latitude."""
    asked = _asked(request, as_of=Asked(as_of), key=idempotency_key, body=body)

    def found(_: Connection) -> tuple[Sequence[Parcel], Asked]:
        return [subject.of_drawing(parsed(body))], asked

    return answered(database, issued_of(database, found, layers, origin_of(request)), format, language)


@router.get(
    "/api/extracts/{number}/{format}",
    response_class=Response,
    responses=_CONTENT,
    summary="存档的查询单 / An extract kept",
)
def kept(database: TheDatabase, number: Number, format: Format, language: TheLanguage) -> Response:
    """出具人和系统管理员可见，否则为 404 / for whoever issued it and administrators; 404 otherwise."""
    with database.connection() as connection:
        found = archive.kept(connection, number)
    return answered(database, found, format, language)


def one_of(asked: Asked, *, layer: str | None, feature: UUID | None, parcel: UUID | None) -> Subject:
    """How the one parcel or feature that is named is found; raises :class:`BadValue` where it is not just one."""
    if parcel is not None and layer is None and feature is None:
        return lambda connection: ([parcel_batch.parcel(connection, parcel)], replace(asked, parcel=parcel))
    if layer is not None and feature is not None and parcel is None:
        return lambda connection: (
            [subject.of_feature(connection, layer, feature)],
            replace(asked, layer=layer, feature=feature),
        )
    raise BadValue(name="parcel", value="", reason=_WHICH)


def issued_of(database: Database, found: Subject, layers: tuple[str, ...] | None, origin: str) -> Issued:
    """The extract that is issued of a subject, by whoever asks; it is on record when this returns."""
    with database.connection() as connection:
        who = viewer(connection)
        parcels, asked = found(connection)
        return issue(connection, parcels, asked, layers=layers, by=who.name, origin=origin)


def answered(database: Database, issued: Issued, format: FormatCode, language: Language) -> Response:
    """A document of an extract, after its hash is on record; no connection is held while it is made."""
    document = _made(issued, format, language)
    with database.connection() as connection:
        archive.made(connection, issued, format, language, document, by=viewer(connection).name)
    digest = base64.b64encode(sha256(document).digest()).decode()
    headers = {
        "Cache-Control": "no-store",
        "Content-Location": f"/api/extracts/{issued.number}/{format}?lang={language}",
        "Content-Disposition": f'inline; filename="{issued.number}.{format}"',
        "Repr-Digest": f"sha-256=:{digest}:",
    }
    if format == "html":
        headers["Content-Security-Policy"] = documents.policy()
    return Response(document, media_type=documents.FORMATS[format], headers=headers)


def _made(issued: Issued, format: FormatCode, language: Language) -> bytes:
    if format == "json":
        return issued.text.encode()
    return documents.pdf(issued, language) if format == "pdf" else documents.html(issued, language).encode()


def origin_of(request: Request) -> str:
    """Where people open this program: as the settings state, else as whoever asks does."""
    return settings().public_url or f"{request.url.scheme}://{request.url.netloc}"


def _asked(request: Request, *, as_of: Asked, key: str | None, body: bytes = b"") -> Asked:
    told = idempotency.fingerprint(request.method, request.url.path, request.url.query, body)
    return replace(as_of, key=idempotency.read_key(key), fingerprint=told)
