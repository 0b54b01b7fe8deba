"""The money: by channel, activity, township, layer and outcome; over a year; for the map; and as a workbook."""

import json
from typing import Annotated

from fastapi import Depends, Query
from starlette.responses import Response

from api import money_models as models
from api.deps import AsOf, JSONText, LayerCode, TheDatabase, TheirUnit, TheLanguage
from api.router import Router
from geo import boundary, money, money_sheet
from geo.money import Wanted
from geo.right import Verb

router = Router("money")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Year = Annotated[
    int | None, Query(ge=1950, le=2199, description="年度，默认各年累计 / one year; all up to the day by default")
]
ActivityCode = Annotated[str | None, Query(description="项目代码 / code of an activity", max_length=100)]


def _wanted(
    *,
    as_of: AsOf,
    layer: LayerCode,
    org_unit: TheirUnit,
    year: Year = None,
    fund_source: Annotated[str | None, Query(description="渠道代码 / code of a channel", max_length=100)] = None,
    activity: ActivityCode = None,
) -> Wanted:
    return Wanted(as_of, year, fund_source, activity, layer, org_unit)


Asked = Annotated[Wanted, Depends(_wanted)]


@router.get("/api/money", response_model=models.Money, response_class=JSONText, summary="资金总览 / Money")
def overview(database: TheDatabase, wanted: Asked) -> JSONText:
    """预算、支出、去向、成本、偏差和尚未落图的资金 / budgets, spending, where it went, cost, divergence, remainder."""
    with database.connection() as connection:
        if wanted.org_unit is not None:
            boundary.level(connection, wanted.org_unit)
        return JSONText(money.overview(connection, wanted))


@router.get(
    "/api/money/series",
    response_model=models.MoneySeries,
    response_class=JSONText,
    summary="逐月支出 / Spending by month",
)
def series(database: TheDatabase, wanted: Asked) -> JSONText:
    """各渠道每月末的累计支出，默认为截至日所在年度 / spent by the end of each month; the day's year by default."""
    with database.connection() as connection:
        if wanted.org_unit is not None:
            boundary.level(connection, wanted.org_unit)
        return JSONText(money.series(connection, wanted))


@router.get(
    "/api/money/units",
    response_model=models.MoneyUnits,
    response_class=JSONText,
    summary="各乡镇支出 / Spending by township",
)
def units(database: TheDatabase, as_of: AsOf, layer: LayerCode, activity: ActivityCode = None) -> JSONText:
    """落到各乡镇要素的支出，供地图使用 / what reached the features of each township, for the map."""
    with database.connection() as connection:
        return JSONText(money.units(connection, as_of=as_of, layer=layer, activity=activity))


@router.get(
    "/api/money.xlsx",
    response_class=Response,
    responses={200: {"content": {XLSX: {}}, "description": "工作簿 / a workbook"}},
    summary="资金工作簿 / Money as a workbook",
)
def workbook(database: TheDatabase, wanted: Asked, language: TheLanguage) -> Response:
    """每张表一页，注明日期、范围和来源 / one sheet for each table, with day, filter and source."""
    with database.connection(Verb.DOWNLOAD) as connection:
        if wanted.org_unit is not None:
            boundary.level(connection, wanted.org_unit)
        found = json.loads(boundary.collection(connection, geometry=False))["features"]
        names = {each["id"]: each["properties"]["name"] for each in found}
        written = money_sheet.money_workbook(connection, wanted, names, language)
    name = f"money-{wanted.as_of}.xlsx"
    return Response(written, media_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})
