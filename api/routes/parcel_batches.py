"""Batches of parcels: made from files, drawings, coordinates or records, listed, renamed, shared, withdrawn."""

import asyncio
import json
from typing import Annotated
from uuid import UUID

from fastapi import Header, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api import parcel_models as models
from api.deps import Body, GeoJSONResponse, JSONText, TheDatabase
from api.router import Router
from api.routes.overlays import Batch, sees
from api.signed import SignedIn
from geo import idempotency, parcel_batch, parcel_batch_source, parcel_revision
from geo.database import Connection
from geo.errors import BadValue
from geo.idempotency import Answer
from geo.import_job import Chunks
from geo.layers import layer as declared
from geo.parcel_batch import Read
from geo.parcel_revision import Revision
from geo.settings import Settings
from geo.text import Text
from geo.wish import choice_of

router = Router("parcels")

Upload = Annotated[UUID, Path(description="由发送方产生的编号 / made by whoever sends")]
Key = Annotated[
    str | None, Header(description="重复发送时只执行一次 / sent again with it, the request is carried out once")
]
Media = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
JSON = "application/json"
_SOURCES = ("upload", "drawing", "coordinates", "features")


@router.put(
    "/api/parcel-files/{upload}/{name}",
    status_code=204,
    openapi_extra={"requestBody": {"content": Media, "required": True}},
    summary="发送地块文件 / Send a file of parcels",
)
async def send(request: Request, database: TheDatabase, me: SignedIn, upload: Upload, name: str) -> Response:
    """正文为文件，支持全部导入格式；shapefile 的几个文件分别发送 / any format that is imported; each part by itself."""
    sees(me)
    loop = asyncio.get_running_loop()
    stream = request.stream()

    def chunks() -> Chunks:
        """The body as it comes in, read by the thread that writes it to disk."""
        while True:
            piece = asyncio.run_coroutine_threadsafe(anext(stream, None), loop).result()
            if piece is None:
                return
            yield piece

    await run_in_threadpool(parcel_batch_source.receive, database.settings, me.name, upload, name, chunks())
    return Response(status_code=204)


@router.post("/api/parcel-batches", status_code=201, response_model=models.BatchKept, summary="新建批次 / Keep parcels")
def make(
    *,
    database: TheDatabase,
    me: SignedIn,
    sent: models.NewBatch,
    body: Body,
    idempotency_key: Key = None,
) -> Response:
    """全部保存或都不保存；有错的地块列出，不保存 / all or nothing; parcels that are wrong are told and left out."""
    sees(me)
    stated = [name for name in _SOURCES if getattr(sent, name) is not None]
    if len(stated) != 1:
        reason = Text(zh=f"{'、'.join(_SOURCES)} 应给出其一", en=f"state one of {', '.join(_SOURCES)}")
        raise BadValue(name="upload", value=", ".join(stated), reason=reason)
    key = idempotency.read_key(idempotency_key)
    told = idempotency.fingerprint("POST", "/api/parcel-batches", body)
    with database.connection() as connection:

        def act() -> Answer:
            read = _read(connection, database.settings, sent, me.name)
            name = parcel_batch.named(sent.name)
            return _kept(connection, parcel_batch.keep(connection, name, read, shared=sent.shared, by=me.name), read)

        answer = idempotency.once(connection, key, act, by=me.name, told=told)
    if sent.upload is not None:
        parcel_batch_source.forget(database.settings, me.name, sent.upload)
    return Response(answer.body, answer.status, headers=answer.headers)


@router.get("/api/parcel-batches", response_model=models.Batches, response_class=JSONText, summary="批次清单 / Batches")
def batches(
    database: TheDatabase,
    limit: Annotated[int, Query(ge=1, le=200, description="每页条数 / how many a page holds")] = 50,
    before: Annotated[UUID | None, Query(description="上一页的 next / the next of the page before")] = None,
) -> JSONText:
    """本人的和共享的，新的在前 / one's own and those that are shared, newest first."""
    with database.connection() as connection:
        return JSONText(parcel_batch.batches(connection, limit=limit, before=before))


@router.get(
    "/api/parcel-batches/{batch}",
    response_model=models.BatchCollection,
    response_class=GeoJSONResponse,
    summary="一个批次 / A batch",
)
def one(
    database: TheDatabase,
    batch: Batch,
    limit: Annotated[int, Query(ge=1, le=5000, description="每页条数 / how many a page holds")] = 1000,
    after: Annotated[int, Query(ge=0, le=2**31 - 1, description="上一页的 next / the next of the page before")] = 0,
) -> GeoJSONResponse:
    """地块和本人最近一次叠加的结果 / its parcels, and what the reader's last overlay came to."""
    with database.connection() as connection:
        return GeoJSONResponse(parcel_batch.tell(connection, batch, limit=limit, after=after))


@router.patch("/api/parcel-batches/{batch}", response_model=models.BatchVersion, summary="改名或共享 / Rename or share")
def change(database: TheDatabase, batch: Batch, sent: models.BatchChange) -> object:
    """只有建立者可改；共享后他人按各自权限看到叠加结果 / by its maker; others then overlay it with their own rights."""
    name = None if sent.name is None else parcel_batch.named(sent.name)
    with database.connection() as connection:
        return {"version": parcel_batch.change(connection, batch, name=name, shared=sent.shared, version=sent.version)}


@router.post(
    "/api/parcel-batches/{batch}/revisions",
    status_code=201,
    response_model=models.BatchKept,
    summary="修改一宗地块 / Change a parcel",
)
def revise(
    *,
    database: TheDatabase,
    me: SignedIn,
    batch: Batch,
    sent: models.BatchRevision,
    body: Body,
    idempotency_key: Key = None,
) -> Response:
    """成为新批次，原批次不变；至多 200 宗 / a new batch, the old one stays as it is; of 200 parcels at most."""
    sees(me)
    key = idempotency.read_key(idempotency_key)
    told = idempotency.fingerprint("POST", f"/api/parcel-batches/{batch}/revisions", body)
    wanted = Revision(sent.parcel, sent.geometry, sent.name)
    with database.connection() as connection:

        def act() -> Answer:
            return _kept(connection, *parcel_revision.revise(connection, batch, wanted, by=me.name))

        answer = idempotency.once(connection, key, act, by=me.name, told=told)
    return Response(answer.body, answer.status, headers=answer.headers)


@router.delete("/api/parcel-batches/{batch}", status_code=204, summary="撤回批次 / Withdraw a batch")
def withdraw(database: TheDatabase, batch: Batch) -> Response:
    """撤回后不再显示，操作留在审计记录中 / nobody is shown it any more; the audit trail keeps that it was."""
    with database.connection() as connection:
        parcel_batch.withdraw(connection, batch)
    return Response(status_code=204)


def _kept(connection: Connection, batch: UUID, read: Read) -> Answer:
    """What is answered to whoever kept a batch."""
    answer = {
        "id": str(batch),
        "parcels": parcel_batch.count(connection, batch),
        "refused": len({each.parcel for each in read.problems if each.refused}),
        "notes": [note.both() for note in read.notes],
        "problems": [parcel_batch.told(each) for each in read.problems],
    }
    headers = {"Content-Type": JSON, "Location": f"/api/parcel-batches/{batch}"}
    return Answer(201, headers, json.dumps(answer, ensure_ascii=False).encode())


def _read(connection: Connection, settings: Settings, sent: models.NewBatch, by: str) -> Read:
    choice = choice_of(sent.placing.model_dump(exclude_none=True))
    if sent.upload is not None:
        read = parcel_batch_source.from_upload(connection, settings, by, sent.upload, choice)
    elif sent.coordinates is not None:
        read = parcel_batch_source.from_text(connection, settings, sent.coordinates, choice)
    elif sent.features is not None:
        read = parcel_batch_source.from_features(connection, declared(sent.features.layer), sent.features.codes)
    else:
        read = parcel_batch_source.from_drawing(connection, sent.drawing or {})
    return read if sent.kind is None else parcel_batch.meant(read, declared(sent.kind).code)
