"""Progress for a manager: townships against targets, months, delays, and all of that as a workbook."""

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from api import progress_models as models
from api.deps import AsOf, LayerCode, OrgUnit, TheDatabase, TheirUnit, TheLanguage, measured
from api.router import Router
from api.routes.money import XLSX
from api.routes.progress import Measure
from api.routes.records import unit_names
from geo import boundary, completion, delay, progress_sheet, record, trend
from geo.errors import BadValue
from geo.layers import layer as declared
from geo.progress_sheet import Asked
from geo.right import Verb
from geo.text import Text
from geo.viewer import place, viewer

router = Router("progress")


@router.get(
    "/api/progress/completion", response_model=models.Completion, summary="各乡镇完成情况 / Townships against targets"
)
def matrix(database: TheDatabase, as_of: AsOf, layer: LayerCode, org_unit: OrgUnit) -> object:
    """各乡镇各图层的完成率、任务和状态 / completion of each layer in each township, and how it stands to its target."""
    with database.connection() as connection:
        who = viewer(connection)
        if place(who, org_unit) is not None and org_unit is not None:
            boundary.level(connection, org_unit)
        return completion.completion(connection, who, as_of=as_of, layer=layer, org_unit=org_unit)


@router.get("/api/progress/trend", response_model=models.Trend, summary="逐月趋势 / Trend by month")
def by_month(
    *,
    database: TheDatabase,
    as_of: AsOf,
    layer: LayerCode,
    org_unit: TheirUnit,
    measure: Measure = None,
    months: Annotated[int, Query(ge=1, le=240, description="月数 / how many months")] = trend.MONTHS,
) -> object:
    """每月末的总量、完成、逾期和任务线，并与上月、上年同日比较 / by month, and against a month and a year before."""
    if measure is not None and layer is None:
        raise BadValue(name="measure", value=measure, reason=Text(zh="须同时给出 layer", en="state layer too"))
    with database.connection() as connection:
        if org_unit is not None:
            boundary.level(connection, org_unit)
        codes = _codes(record.visible(viewer(connection), org_unit), layer)
        chosen = None if layer is None else measured(declared(layer), measure)
        return trend.trend(
            connection, as_of=as_of, codes=codes, org_unit=org_unit, layer=layer, measure=chosen, months=months
        )


@router.get("/api/progress/delays", response_model=models.Delays, summary="逾期分布 / Delays")
def overdue(database: TheDatabase, as_of: AsOf, layer: LayerCode, org_unit: TheirUnit) -> object:
    """逾期要素按图层、乡镇和时长的数量，最久的在前 / overdue features by layer, township and how long, worst first."""
    with database.connection() as connection:
        if org_unit is not None:
            boundary.level(connection, org_unit)
        codes = _codes(record.visible(viewer(connection), org_unit), layer)
        return delay.delays(connection, as_of=as_of, layers=codes, org_unit=org_unit)


@router.get(
    "/api/progress.xlsx",
    response_class=Response,
    responses={200: {"content": {XLSX: {}}, "description": "工作簿 / a workbook"}},
    summary="进度工作簿 / Progress as a workbook",
)
def workbook(
    database: TheDatabase, as_of: AsOf, layer: LayerCode, org_unit: TheirUnit, language: TheLanguage
) -> Response:
    """完成情况、趋势、逾期、偏差和任务各一页 / a sheet each for completion, months, delays, divergence, targets."""
    with database.connection(Verb.DOWNLOAD) as connection:
        if org_unit is not None:
            boundary.level(connection, org_unit)
        written = progress_sheet.progress_workbook(
            connection, viewer(connection), Asked(as_of, layer, org_unit), unit_names(connection), language
        )
    name = f"progress-{as_of}.xlsx"
    return Response(written, media_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _codes(codes: list[str], layer: str | None) -> list[str]:
    return [code for code in codes if layer in (None, code)]
