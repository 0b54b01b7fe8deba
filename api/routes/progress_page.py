"""The progress page: what the routes of progress, records, targets and divergence answer, for reading."""

import json
from typing import Annotated

from fastapi import Query, Request
from starlette.responses import HTMLResponse, Response

from api.deps import AsOf, LayerCode, OrgUnit, TheDatabase, TheLanguage
from api.router import Router
from api.sheet import sheet
from geo import boundary, completion, delay, divergence, record, target, trend
from geo.boundary import OUTSIDE
from geo.errors import NotFound
from geo.layers import layers
from geo.right import Verb
from geo.settings import settings
from geo.text import Text
from geo.viewer import place, viewer
from web.progress import By, Chosen, ProgressView, progress_page

router = Router()


@router.get("/progress", response_class=HTMLResponse, include_in_schema=False)
def page(
    *,
    request: Request,
    database: TheDatabase,
    language: TheLanguage,
    as_of: AsOf,
    layer: LayerCode,
    org_unit: OrgUnit,
    by: Annotated[By, Query()] = "township",
    sort: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """Completion against targets, months, delays, money and work apart, targets; narrowed as the address says."""
    with database.connection() as connection:
        who = viewer(connection)
        unit = place(who, org_unit)
        if unit is not None:
            boundary.level(connection, unit)
        seen = record.visible(who, unit)
        if layer is not None and layer not in seen:
            raise NotFound(noun=Text(zh="图层", en="layer"), key=layer)
        codes = [layer] if layer else seen
        county = boundary.county(connection, settings().county)
        found = json.loads(boundary.collection(connection, level="township", geometry=False))["features"]
        towns = {
            each["id"]: Text(**each["properties"]["name"])
            for each in found
            if who.sees_all_places or each["id"] in who.units
        }
        stated = json.loads(target.targets(connection, layer=layer, org_unit=unit or None))["targets"]
        view = ProgressView(
            chosen=Chosen(as_of, layer, OUTSIDE if unit == "" else unit, by, sort),
            completion=completion.completion(connection, who, as_of=as_of, layer=layer, org_unit=org_unit),
            trend=trend.trend(connection, as_of=as_of, codes=codes, org_unit=unit, layer=layer),
            delays=delay.delays(connection, as_of=as_of, layers=codes, org_unit=unit),
            findings=[each.told() for each in divergence.findings(connection, as_of=as_of, org_unit=unit)],
            targets=[each for each in stated if each["layer"] in seen],
            layers={code: each for code, each in layers().items() if code in seen},
            townships=towns,
            county=settings().county,
            part=None if who.sees_all_places else list(towns.values()),
            editable=Verb.EDIT in who.everywhere,
            empty=record.is_empty(connection),
        )
    shell = sheet(request, language, database, illustrative=bool(county and county.illustrative), as_of=as_of)
    return HTMLResponse(progress_page(view, shell))
