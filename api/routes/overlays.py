"""Parcels laid over the layers: at once for what is drawn or small, as jobs for what is not."""

import pathlib
import tempfile
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query
from starlette.responses import FileResponse, JSONResponse, Response

from api import parcel_models as models
from api.deps import JSONText, TheDatabase, TheLanguage
from api.router import Router
from api.signed import SignedIn
from geo import audit, overlay_job, parcel_batch, parcel_batch_source
from geo.errors import BadValue
from geo.overlay_job import AT_ONCE, Asked, Ending
from geo.right import Verb
from geo.settings import today
from geo.text import Language, Text
from geo.viewer import NotAllowed, Viewer

router = Router("parcels")

Job = Annotated[UUID, Path(description="任务编号 / number of the job")]
Batch = Annotated[UUID, Path(description="批次编号 / number of the batch")]
MEDIA = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "gpkg": "application/geopackage+sqlite3",
}
FILES: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {} for kind in MEDIA.values()}, "description": "文件 / the file"}
}


def sees(who: Viewer) -> None:
    """Raises :class:`NotAllowed` for whoever may see nothing."""
    if not who.may(Verb.VIEW):
        raise NotAllowed(reason=Text(zh="您的账号还没有权限", en="your account has no rights yet"))


def asked(sent: models.Against, language: Language) -> Asked:
    """What parcels are laid over, as it was sent."""
    layers = None if sent.layers is None else tuple(dict.fromkeys(sent.layers))
    return Asked(sent.as_of or today(), language, layers, sent.within_m)


@router.post("/api/overlay", response_model=models.OverlayResult, summary="临时叠加 / Overlay a drawing")
def drawn(database: TheDatabase, language: TheLanguage, me: SignedIn, sent: models.Drawn) -> JSONResponse:
    """不保存；至多 200 宗 / nothing is kept; 200 parcels at most."""
    sees(me)
    if (sent.geometry is None) == (sent.features is None):
        reason = Text(zh="geometry 与 features 应给出其一", en="state either geometry or features")
        raise BadValue(name="geometry", value="", reason=reason)
    document = sent.geometry if sent.features is None else {"features": sent.features}
    wanted = asked(sent, language)
    with database.connection() as connection:
        read = parcel_batch_source.from_drawing(connection, document or {})
        refused = {problem.parcel for problem in read.problems if problem.refused}
        kept = [(None, place, each) for place, each in enumerate(read.parcels, 1) if each.number not in refused]
        parcel_batch.measured([each for _, _, each in kept])
        found = overlay_job.at_once(connection, kept, wanted)
    return _result(wanted, found, [parcel_batch.told(each) for each in read.problems])


@router.post(
    "/api/parcel-batches/{batch}/overlay",
    response_model=models.OverlayResult,
    responses={202: {"model": models.JobAsked, "description": "已排队 / it waits for a worker"}},
    summary="叠加批次 / Overlay a batch",
)
def of_batch(
    database: TheDatabase, language: TheLanguage, me: SignedIn, batch: Batch, sent: models.Against
) -> JSONResponse:
    """至多 200 宗立即作答，更多的排队处理 / up to 200 parcels are answered at once, more are a job."""
    sees(me)
    wanted = asked(sent, language)
    with database.connection() as connection:
        if parcel_batch.count(connection, batch) > AT_ONCE:
            return JSONResponse({"job": str(overlay_job.begin(connection, batch, wanted))}, 202)
        found = overlay_job.at_once(connection, list(parcel_batch.parcels(connection, batch)), wanted)
        problems = [parcel_batch.told(each) for each in parcel_batch.problems(connection, batch)]
    return _result(wanted, found, problems)


@router.get(
    "/api/parcel-batches/{batch}/overlay.{ending}",
    response_class=Response,
    responses=FILES,
    summary="批次叠加结果文件 / A batch's overlay as a file",
)
def file_of_batch(
    *,
    database: TheDatabase,
    language: TheLanguage,
    batch: Batch,
    ending: Ending,
    layers: Annotated[
        list[models.Code] | None, Query(max_length=100, description="图层代码，默认全部 / codes, all by default")
    ] = None,
    as_of: Annotated[models.Day | None, Query(description="截至日期，默认今天 / the day, today by default")] = None,
) -> Response:
    """xlsx 为汇总和明细，gpkg 为重叠部分；至多 200 宗 / totals and pairs, or the pieces; 200 parcels at most."""
    wanted = Asked(as_of or today(), language, tuple(layers) if layers else None)
    with tempfile.TemporaryDirectory(prefix="shanhe-overlay-") as place:
        path = pathlib.Path(place) / f"result.{ending}"
        with database.connection(Verb.DOWNLOAD) as connection:
            overlay_job.write(connection, batch, wanted, path)
            audit.taken(connection, "overlay", batch=str(batch), format=ending, as_of=wanted.as_of)
        content = path.read_bytes()
    headers = {"Content-Disposition": f'attachment; filename="parcels.{ending}"'}
    return Response(content, media_type=MEDIA[ending], headers=headers)


@router.get(
    "/api/overlay-jobs/{job}",
    response_model=models.OverlayJob,
    response_class=JSONText,
    summary="叠加任务 / An overlay job",
)
def tell(database: TheDatabase, job: Job) -> JSONText:
    """状态与进度；只有本人可见 / its state and how far it is; seen by whoever asked alone."""
    with database.connection() as connection:
        return JSONText(overlay_job.tell(connection, job))


@router.delete("/api/overlay-jobs/{job}", status_code=204, summary="取消叠加 / Cancel an overlay")
def stop(database: TheDatabase, job: Job) -> Response:
    """正在处理的停止，不留结果 / what runs is stopped, and nothing of it is kept."""
    with database.connection() as connection:
        overlay_job.stop(connection, job)
    return Response(status_code=204)


@router.get(
    "/api/overlay-jobs/{job}/result",
    response_model=models.ResultPage,
    response_class=JSONText,
    summary="叠加任务的结果 / What an overlay job found",
)
def result(
    database: TheDatabase,
    job: Job,
    limit: Annotated[int, Query(ge=1, le=500, description="每页条数 / how many a page holds")] = 200,
    offset: Annotated[int, Query(ge=0, le=2**31 - 1_000, description="上一页的 next / next of the page before")] = 0,
) -> JSONText:
    """冲突重的在前 / what stands against parcels most first."""
    with database.connection() as connection:
        return JSONText(overlay_job.page(connection, job, limit=limit, offset=offset))


@router.get(
    "/api/overlay-jobs/{job}/result.{ending}",
    response_class=FileResponse,
    responses=FILES,
    summary="叠加任务的结果文件 / What an overlay job found, as a file",
)
def file(database: TheDatabase, me: SignedIn, job: Job, ending: Ending) -> FileResponse:
    """xlsx 为汇总和明细，gpkg 为重叠部分 / totals and pairs, or the pieces."""
    with database.connection(Verb.DOWNLOAD) as connection:
        path = overlay_job.file(connection, database.settings, me, job, ending)
        audit.taken(connection, "overlay", job=str(job), format=ending)
    return FileResponse(path, media_type=MEDIA[ending], filename=f"parcels.{ending}")


def _result(wanted: Asked, found: Sequence[object], problems: Sequence[object]) -> JSONResponse:
    return JSONResponse({"as_of": wanted.as_of.isoformat(), "parcels": found, "problems": problems})
