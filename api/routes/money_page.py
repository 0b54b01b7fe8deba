"""The money page: what /api/money answers, for reading."""

from typing import Annotated

from fastapi import Query, Request
from starlette.responses import HTMLResponse, Response

from api.deps import TheDatabase, TheLanguage
from api.router import Router
from api.routes.money import Asked
from api.sheet import sheet
from geo import boundary, money
from geo.boundary import OUTSIDE
from geo.layers import layers
from geo.text import Text
from geo.viewer import viewer
from web.money import Chosen, MoneyUnit, MoneyView, money_page, parsed

router = Router()


@router.get("/money", response_class=HTMLResponse, include_in_schema=False)
def page(
    *,
    request: Request,
    database: TheDatabase,
    language: TheLanguage,
    wanted: Asked,
    unit: Annotated[MoneyUnit, Query()] = "wan",
) -> Response:
    """Budget, spending, flow, cost of outcomes and what is apart, narrowed as the address says."""
    with database.connection() as connection:
        if wanted.org_unit is not None:
            boundary.level(connection, wanted.org_unit)
        who = viewer(connection)
        found = parsed(boundary.collection(connection, level="township", geometry=False))["features"]
        view = MoneyView(
            language=language,
            chosen=Chosen(
                as_of=wanted.as_of,
                year=wanted.year,
                fund_source=wanted.fund_source,
                activity=wanted.activity,
                layer=wanted.layer,
                org_unit=OUTSIDE if wanted.org_unit == "" else wanted.org_unit,
                unit=unit,
            ),
            money=parsed(money.overview(connection, wanted)),
            series=parsed(money.series(connection, wanted)),
            years=money.years(connection),
            layers={code: layer.label for code, layer in layers().items() if not layer.reference},
            townships={
                each["id"]: Text(**each["properties"]["name"])
                for each in found
                if who.sees_all_places or each["id"] in who.units
            },
        )
    shell = sheet(request, language, database, illustrative=view.money["illustrative"], as_of=wanted.as_of)
    return HTMLResponse(money_page(view, shell))
