"""Documents of a feature: listed, added by a form, opened, withdrawn."""

import json
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import Header, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from api import document_models as models
from api.deps import JSONText, TheDatabase, Writer
from api.form import Form, FormUnreadable, read
from api.headers import NO_PAGE
from api.limits import BodyTooLarge
from api.openapi import problems
from api.router import Router
from geo import document_file, feature_document, idempotency
from geo.database import Connection, Database
from geo.document_file import FORMATS
from geo.feature_document import Opened, Stated
from geo.idempotency import Answer
from geo.text import Text

router = Router("documents")

DOCUMENTS = "/api/features/{feature_id}/documents"
JSON = "application/json"
Id = Annotated[UUID, Path(description="文件编号 / id of the document")]
_FORM = {"requestBody": {"content": {"multipart/form-data": {"schema": models.FORM}}, "required": True}}
_GONE = problems({410: "已撤回 / it was withdrawn"})
_NO_FILE = Text(zh="没有选择文件", en="no file was chosen")


@router.get(DOCUMENTS, response_model=models.Documents, response_class=JSONText, summary="要素的文件 / Documents")
def documents(database: TheDatabase, feature_id: UUID) -> JSONText:
    """新的在前，含已撤回的；无权打开的不显示文件名 / the last first, withdrawn ones too; names for whom they open."""
    with database.connection() as connection:
        return JSONText(feature_document.page(connection, feature_id))


@router.post(
    DOCUMENTS, status_code=201, response_model=models.Added, openapi_extra=_FORM, summary="添加文件 / Add a document"
)
async def add(
    request: Request,
    database: TheDatabase,
    by: Writer,
    feature_id: UUID,
    idempotency_key: Annotated[
        str | None, Header(description="重复发送时只保存一次 / sent again with it, it is kept once")
    ] = None,
) -> Response:
    """PDF、图片、DOCX、XLSX、ODT、ODS、OFD，按内容判断；默认含个人信息 / told by content; personal unless said."""
    kind, body = request.headers.get("content-type", ""), await request.body()

    def keep() -> Response:
        form = read(kind, body)
        key = idempotency.read_key(idempotency_key)
        answer = _kept(database, feature_id, form, key, by)
        return Response(answer.body, answer.status, headers=answer.headers)

    return await run_in_threadpool(keep)


@router.get(
    f"{DOCUMENTS}/{{document_id}}",
    response_class=Response,
    responses={200: {"content": {each: {} for each in FORMATS}, "description": "文件 / the file"}, **_GONE},
    summary="打开文件 / Open a document",
)
def one(request: Request, database: TheDatabase, feature_id: UUID, document_id: Id) -> Response:
    """原样的文件；含个人信息的仅限有权者，打开记入审计 / as it came; of personal ones it is kept who opened them."""
    with database.connection() as connection:
        found = feature_document.opened(connection, feature_id, document_id)
        headers = _around(found)
        if not found.personal and _known(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        content = feature_document.content(connection, document_id)
    return Response(content, media_type=found.format.media_type, headers=headers)


@router.post(
    f"{DOCUMENTS}/{{document_id}}/withdraw",
    status_code=204,
    responses=_GONE,
    summary="撤回文件 / Withdraw a document",
)
def withdraw(database: TheDatabase, by: Writer, feature_id: UUID, document_id: Id, sent: models.Withdrawal) -> Response:
    """添加人或审核人员，须写明原因；仍在清单中 / by who added it or who approves, for a reason; it stays listed."""
    with database.connection() as connection:
        feature_document.withdraw(connection, feature_id, document_id, reason=sent.reason, by=by)
    return Response(status_code=204)


def _kept(database: Database, feature: UUID, form: Form, key: str | None, by: str) -> Answer:
    if "file" not in form.files:
        raise FormUnreadable(reason=_NO_FILE)
    try:
        said = models.NewDocument.model_validate({name: value for name, value in form.fields.items() if value.strip()})
    except ValidationError as error:
        faults = [{**each, "loc": ("body", *each["loc"])} for each in error.errors()]
        raise RequestValidationError(faults) from None
    name, content = form.files["file"]
    most = database.settings.document_mb
    if len(content) > most * 1_000_000:
        raise BodyTooLarge(megabytes=most)
    file = document_file.read(name, content)
    # Not of the body: a form that is sent again has other words between its parts.
    told = idempotency.fingerprint("POST", str(feature), said.model_dump_json(), name, file.sha256)
    stated = Stated(said.kind, said.title, said.number or None, said.dated_on, said.personal)

    def keep(connection: Connection) -> Answer:
        made = feature_document.add(connection, feature, stated, file, by=by)
        headers = {"Content-Type": JSON, "Location": f"/api/features/{feature}/documents/{made}"}
        return Answer(201, headers, json.dumps({"id": str(made)}).encode())

    with database.connection() as connection:
        return idempotency.once(connection, key, lambda: keep(connection), by=by, told=told)


def _around(found: Opened) -> dict[str, str]:
    """The headers of a file: nothing in it runs, whatever it holds, and no cache keeps what is personal.

    Pictures may be shown. A PDF is saved: browsers show none in a sandbox, and nothing is taken out of it.
    """
    how = "inline" if found.format.inline else "attachment"
    plain = f"document.{found.format.suffixes[0]}"
    headers = {
        "Content-Disposition": f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(found.name, safe='')}",
        "Content-Security-Policy": f"{NO_PAGE}; sandbox",
    }
    if found.personal:
        return {**headers, "Cache-Control": "no-store"}
    return {**headers, "Cache-Control": "no-cache", "ETag": f'"{found.sha256}"'}


def _known(request: Request, etag: str) -> bool:
    known = request.headers.get("if-none-match", "")
    return known.strip() == "*" or etag in {each.strip().removeprefix("W/") for each in known.split(",")}
