"""The pages of parcels: batches, and one of them laid over the layers."""

import json
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import HTMLResponse, Response

from api.deps import AsOf, TheDatabase, TheLanguage
from api.router import Router
from api.sheet import answers, sheet
from geo import boundary, crs, parcel_batch
from geo.errors import NotFound
from geo.layers import layer as declared
from geo.layers import layers
from geo.overlay.rule import RULES
from geo.overlay_job import AT_ONCE
from geo.right import Verb
from geo.settings import settings
from geo.text import Text
from geo.viewer import viewer
from web.importing import System
from web.parcels import BatchView, ParcelsView, parcel_page, parcels_page

router = Router()
SHOWN = 50


@router.get("/parcels", response_class=HTMLResponse, include_in_schema=False)
def page(
    request: Request, database: TheDatabase, language: TheLanguage, before: Annotated[UUID | None, Query()] = None
) -> Response:
    """The reader's batches and those that are shared."""
    with database.connection() as connection:
        who = viewer(connection)
        found = json.loads(parcel_batch.batches(connection, limit=SHOWN, before=before))
        county = boundary.county(connection, database.settings.county)
    middle = (county.bounds[0] + county.bounds[2]) / 2 if county and county.bounds else 105.0
    view = ParcelsView(
        page=found,
        layers=[layer for layer in layers().values() if layer.geometry == "polygon"],
        kinds=[declared(kind) for kind in dict.fromkeys(kind for rule in RULES for kind in rule.kinds or ())],
        systems=[System(code, name) for code, name in crs.usual(middle)],
        first=before is None,
        sees=who.may(Verb.VIEW),
    )
    return HTMLResponse(parcels_page(sheet(request, language, database, illustrative=False), view))


@router.get("/parcels/{batch}", response_class=HTMLResponse, include_in_schema=False)
def one(request: Request, database: TheDatabase, language: TheLanguage, batch: str, as_of: AsOf) -> Response:
    """One batch."""
    with database.connection() as connection:
        who = viewer(connection)
        found = json.loads(parcel_batch.tell(connection, _id(batch), limit=1))
        county = boundary.county(connection, settings().county)
    view = BatchView(
        batch=found,
        layers=list(layers().values()),
        as_of=as_of,
        at_once=found["parcels"] <= AT_ONCE,
        changes=found["mine"],
        withdraws=found["mine"] or Verb.ADMINISTER in who.everywhere,
        extract=answers(request, "/api/extract/pdf"),
    )
    shell = sheet(request, language, database, illustrative=bool(county and county.illustrative), as_of=as_of)
    return HTMLResponse(parcel_page(shell, view))


def _id(written: str) -> UUID:
    """The identifier in an address; what is none is that of no batch."""
    try:
        return UUID(written)
    except ValueError:
        raise NotFound(noun=Text(zh="地块批次", en="batch of parcels"), key=written[:80]) from None
