"""Imports as jobs: files are sent, checked, looked at, and then entered or not."""

import asyncio
import pathlib
import tempfile
from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api import import_models
from api.deps import JSONText, TheDatabase, TheLanguage, Writer
from api.router import Router
from geo import audit, import_job
from geo.layers import layer as declared
from geo.wish import Wish

router = Router("imports")

Job = Annotated[UUID, Path(description="任务编号 / number of the job")]
Layer = Annotated[str, Query(max_length=64, description="图层代码 / code of a layer", examples=["farmland_patch"])]
Media = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.post(
    "/api/import-jobs", status_code=201, response_model=import_models.JobBegun, summary="新建导入 / Begin an import"
)
def begin(database: TheDatabase, by: Writer, layer: Layer) -> object:
    """先建任务，再发送文件、检查、入库 / a job: then send its files, have them checked, apply."""
    with database.connection() as connection:
        return {"id": import_job.begin(connection, declared(layer), by=by)}


@router.put(
    "/api/import-jobs/{job}/files/{name:path}",
    status_code=204,
    openapi_extra={"requestBody": {"content": Media, "required": True}},
    summary="发送文件 / Send a file",
)
async def send(request: Request, database: TheDatabase, by: Writer, job: Job, name: str) -> Response:
    """请求正文为文件；shapefile 的几个文件分别发送 / the body is the file; each part of a shapefile by itself."""
    loop = asyncio.get_running_loop()
    stream = request.stream()

    def chunks() -> import_job.Chunks:
        """The body as it comes in, read by the thread that writes it to disk."""
        while True:
            piece = asyncio.run_coroutine_threadsafe(anext(stream, None), loop).result()
            if piece is None:
                return
            yield piece

    await run_in_threadpool(import_job.keep, database, job, name, chunks())
    return Response(status_code=204)


@router.post(
    "/api/import-jobs/{job}/check", status_code=202, response_model=import_models.JobBegun, summary="检查 / Check"
)
def check(database: TheDatabase, by: Writer, job: Job, wish: Wish) -> object:
    """只检查，不写入；结果见任务 / nothing is written; the job then tells what was found."""
    with database.connection() as connection:
        import_job.ask(connection, job, "check", wish.model_dump(mode="json", exclude_defaults=True))
    return {"id": job}


@router.post(
    "/api/import-jobs/{job}/apply", status_code=202, response_model=import_models.JobBegun, summary="入库 / Apply"
)
def apply(database: TheDatabase, by: Writer, job: Job, wish: Wish) -> object:
    """在一个事务中入库 / all of it in one transaction, or nothing."""
    with database.connection() as connection:
        import_job.ask(connection, job, "apply", wish.model_dump(mode="json", exclude_defaults=True))
    return {"id": job}


@router.get(
    "/api/import-jobs/{job}",
    response_model=import_models.ImportJob,
    response_class=JSONText,
    summary="导入任务 / An import job",
)
def tell(database: TheDatabase, by: Writer, job: Job) -> JSONText:
    """状态、进度和检查结果 / its state, how far it is, and what was found."""
    with database.connection() as connection:
        return JSONText(import_job.tell(connection, job))


@router.delete("/api/import-jobs/{job}", status_code=204, summary="取消导入 / Cancel an import")
def stop(database: TheDatabase, by: Writer, job: Job) -> Response:
    """正在进行的导入回滚，不留半截数据 / what runs is rolled back."""
    with database.connection() as connection:
        import_job.stop(connection, job)
    return Response(status_code=204)


@router.get(
    "/api/import-jobs/{job}/report.xlsx",
    response_class=Response,
    responses={200: {"content": {SHEET: {}}, "description": "报告 / the report"}},
    summary="标出问题行的表格 / The rows with what is wrong",
)
def job_report(database: TheDatabase, language: TheLanguage, by: Writer, job: Job) -> Response:
    """原表各行，问题行标色，另附汇总和变更 / the file's rows, faulty ones marked, with summary and changes."""
    with tempfile.TemporaryDirectory(prefix="shanhe-report-") as place:
        written = import_job.marked(database, job, pathlib.Path(place) / "report.xlsx", language)
    with database.connection() as connection:
        audit.taken(connection, "import", job=str(job), format="xlsx")
    headers = {"Content-Disposition": 'attachment; filename="import-report.xlsx"'}
    return Response(written, media_type=SHEET, headers=headers)
