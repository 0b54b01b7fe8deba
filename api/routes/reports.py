"""Reports from the field: sent, with photographs; listed; approved or returned."""

from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api import report_models as models
from api.deps import JSONText, LayerCode, OrgUnit, TheDatabase, Writer
from api.router import Router
from api.signed import SignedIn
from geo import photo, report, review
from geo.report import MOST_PHOTOGRAPHS, Sent, State, Wanted
from geo.review import Of
from geo.right import Verb

router = Router("reports")

Id = Annotated[UUID, Path(description="上报编号，由上报方产生 / id of the report, made by whoever reports")]
Number = Annotated[int, Path(ge=1, le=MOST_PHOTOGRAPHS, description="第几张 / which of its photographs")]
ImportId = Annotated[int, Path(ge=1, le=2**62, description="导入编号 / number of the import")]
Media = {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}


@router.put(
    "/api/reports/{report_id}", status_code=201, response_model=models.Kept, summary="上报进度 / Report progress",
    responses={200: {"model": models.Kept, "description": "已收到过 / sent before"}},
)  # fmt: skip
def send(response: Response, database: TheDatabase, by: Writer, report_id: Id, sent: models.NewReport) -> object:
    """待审核，通过后计入；同一编号重复发送不会重复登记 / it waits for approval; sent again it is kept once."""
    where = (sent.position.lon, sent.position.lat, sent.position.accuracy_m) if sent.position else (None, None, None)
    stated = Sent(sent.feature, sent.seen_on, sent.milestone, sent.note.strip() or None, *where, sent.photographs)
    with database.connection() as connection:
        if not report.send(connection, report_id, stated, by=by):
            response.status_code = 200
    return {"id": report_id}


@router.put(
    "/api/reports/{report_id}/photographs/{number}",
    status_code=204,
    openapi_extra={"requestBody": {"content": Media, "required": True}},
    summary="发送照片 / Send a photograph",
)
async def send_photograph(request: Request, database: TheDatabase, by: Writer, report_id: Id, number: Number) -> None:
    """JPEG、PNG 或 WebP，缩小后保存；拍摄时间、位置、方位取自 EXIF / kept smaller; EXIF tells when and where."""
    raw = await request.body()

    def keep() -> None:
        read = photo.read(raw, ZoneInfo(database.settings.timezone))
        with database.connection() as connection:
            report.photograph(connection, report_id, number, read, by=by)

    await run_in_threadpool(keep)


@router.get(
    "/api/reports/{report_id}/photographs/{number}",
    response_class=Response,
    responses={200: {"content": Media}},
    summary="照片 / A photograph",
)
def photograph(
    database: TheDatabase,
    report_id: Id,
    number: Number,
    small: Annotated[bool, Query(description="小图 / a small one")] = False,
) -> Response:
    """JPEG，不含 EXIF / a JPEG without what the camera wrote into it."""
    with database.connection() as connection:
        return Response(report.picture(connection, report_id, number, small=small), media_type="image/jpeg")


@router.get("/api/reports", response_model=models.Reports, response_class=JSONText, summary="上报列表 / Reports")
def reports(
    *,
    database: TheDatabase,
    me: SignedIn,
    layer: LayerCode,
    org_unit: OrgUnit,
    feature: Annotated[UUID | None, Query(description="要素 / a feature")] = None,
    state: Annotated[State | None, Query(description="状态 / how it stands")] = None,
    mine: Annotated[bool, Query(description="只看本人的 / only one's own")] = False,
    before: Annotated[UUID | None, Query(description="上一页的 next / the next of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="每页条数 / how many a page holds")] = 50,
) -> JSONText:
    """新的在前 / the last first."""
    wanted = Wanted(None, feature, layer, org_unit, state, me.name if mine else None)
    with database.connection() as connection:
        return JSONText(report.page(connection, wanted, limit=limit, before=before))


@router.get("/api/reports/{report_id}", response_model=models.Report, summary="一次上报 / A report")
def one(database: TheDatabase, report_id: Id) -> object:
    """上报内容、照片和审核结果 / what was seen, the photographs, and how it was judged."""
    with database.connection() as connection:
        return report.one(connection, report_id)


@router.delete("/api/reports/{report_id}", status_code=204, summary="撤回上报 / Withdraw a report")
def withdraw(database: TheDatabase, by: Writer, report_id: Id) -> None:
    """仅限本人、尚未审核的 / one's own, as long as nobody has judged it."""
    with database.connection() as connection:
        report.withdraw(connection, report_id, by=by)


@router.post("/api/reports/{report_id}/approve", response_model=models.Judged, summary="通过上报 / Approve a report")
def approve(database: TheDatabase, by: Writer, report_id: Id, sent: models.Approval) -> object:
    """通过后计入；原有记录让位 / from now on it counts; what was on record for the milestone gives way."""
    with database.connection(Verb.APPROVE) as connection:
        count = review.approve(connection, Of(report=report_id), by=by, note=sent.note)
    return {"state": "approved", "milestones": count}


@router.post("/api/reports/{report_id}/return", response_model=models.Judged, summary="退回上报 / Return a report")
def give_back(database: TheDatabase, by: Writer, report_id: Id, sent: models.Refusal) -> object:
    """须写明原因，上报人可见 / with a reason, which whoever reported sees."""
    with database.connection(Verb.APPROVE) as connection:
        count = review.give_back(connection, Of(report=report_id), by=by, reason=sent.reason)
    return {"state": "returned", "milestones": count}


@router.get(
    "/api/review/imports",
    response_model=models.WaitingImports,
    response_class=JSONText,
    summary="待审核的导入 / Imports that wait",
)
def waiting_imports(database: TheDatabase, layer: LayerCode, org_unit: OrgUnit) -> JSONText:
    """导入人无审核权限时，其中的进度待审核 / what people who may not approve have imported."""
    with database.connection(Verb.APPROVE) as connection:
        return JSONText(f'{{"imports": {review.imports(connection, layer=layer, org_unit=org_unit)}}}')


@router.post("/api/imports/{number}/approve", response_model=models.Judged, summary="通过导入 / Approve an import")
def approve_import(database: TheDatabase, by: Writer, number: ImportId, sent: models.Approval) -> object:
    """该次导入中待审核的进度全部通过 / all milestones of the import that wait count from now on."""
    with database.connection(Verb.APPROVE) as connection:
        count = review.approve(connection, Of(source=number), by=by, note=sent.note)
    return {"state": "approved", "milestones": count}


@router.post("/api/imports/{number}/return", response_model=models.Judged, summary="退回导入 / Return an import")
def return_import(database: TheDatabase, by: Writer, number: ImportId, sent: models.Refusal) -> object:
    """该次导入中待审核的进度全部退回 / all milestones of the import that wait are returned."""
    with database.connection(Verb.APPROVE) as connection:
        count = review.give_back(connection, Of(source=number), by=by, reason=sent.reason)
    return {"state": "returned", "milestones": count}
