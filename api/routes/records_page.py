"""The page with the records behind a figure."""

import json

from fastapi import Request
from starlette.responses import HTMLResponse, Response

from api.deps import TheDatabase, TheLanguage
from api.record_query import After, AskedRecords
from api.router import Router
from api.routes.records import unit_names
from api.sheet import sheet
from geo import boundary, record
from geo.layers import layers
from geo.settings import settings
from geo.viewer import viewer
from web.records import RecordsView, records_page

router = Router()
SHOWN = 50


@router.get("/features", response_class=HTMLResponse, include_in_schema=False)
def page(
    request: Request, database: TheDatabase, language: TheLanguage, wanted: AskedRecords, after: After
) -> Response:
    """What the filter of the address leaves, a page at a time."""
    with database.connection() as connection:
        if wanted.org_unit is not None:
            boundary.level(connection, wanted.org_unit)
        who = viewer(connection)
        county = boundary.county(connection, settings().county)
        units = unit_names(connection)
        drawn = json.loads(boundary.collection(connection, level="township", geometry=False))["features"]
        towns = {each["id"]: units[each["id"]] for each in drawn if who.sees_all_places or each["id"] in who.units}
        found = record.page(connection, wanted, who, limit=SHOWN, cursor=after)
        empty = not found["records"] and record.is_empty(connection)
    view = RecordsView(
        wanted=wanted,
        page=found,
        layers=layers(),
        townships=towns,
        units=units,
        first=after is None,
        empty=empty,
        part=None if who.sees_all_places else list(towns.values()),
    )
    shell = sheet(request, language, database, illustrative=bool(county and county.illustrative), as_of=wanted.as_of)
    return HTMLResponse(records_page(view, shell))
