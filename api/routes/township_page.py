"""The page of a township, and the map of it to take along."""

import json
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Query, Request
from starlette.responses import HTMLResponse, Response

from api.deps import AsOf, LayerCode, TheDatabase, TheLanguage
from api.router import Router
from api.routes.map import file_of
from api.sheet import sheet
from geo import call_sheet, progress, township
from geo.database import Connection
from geo.feature import StatusCode
from geo.layers import layers
from geo.right import Verb
from geo.township import Cursor, Township, Wanted
from geo.viewer import viewer
from web.township import TownshipView, township_page

router = Router()
SHOWN = 50
Village = Annotated[str | None, Query(pattern=r"^[0-9]{9,12}$")]


@router.get("/township/{code}", response_class=HTMLResponse, include_in_schema=False)
def page(
    *,
    request: Request,
    database: TheDatabase,
    language: TheLanguage,
    code: str,
    as_of: AsOf,
    layer: LayerCode,
    village: Village = None,
    status: Annotated[StatusCode | None, Query()] = None,
    q: Annotated[str | None, Query(max_length=100)] = None,
    after: Annotated[str | None, Query(max_length=400)] = None,
) -> Response:
    """How far a township is, and its features with what comes next for each, a page at a time."""
    wanted = Wanted(code, as_of, layer, village, status, q)
    cursor = None if after is None else Cursor.read(after)
    with database.connection() as connection:
        town, who = township.township(connection, code), viewer(connection)
        # Sums are kept of units and not of texts; what lies in the township and in no village has none of its own.
        counted = q is not None or village == code
        found = township.page(connection, wanted, limit=SHOWN, after=cursor, counted=counted)
        rows = township.progress(connection, town, as_of=as_of)
        view = TownshipView(
            town=town,
            wanted=wanted,
            page=found,
            rows=rows,
            counted=_village(connection, wanted, town) if village else rows,
            received=township.received(connection, code, as_of=as_of),
            layers=layers(),
            account=who.name,
            now=datetime.now(UTC).isoformat(timespec="seconds"),
            first=cursor is None,
            callable=bool(call_sheet.offered(who, code)),
            downloadable=who.may_at(Verb.DOWNLOAD, code),
            dated="as_of" in request.query_params,
        )
    shell = sheet(request, language, database, illustrative=town.illustrative or found.illustrative, as_of=as_of)
    return HTMLResponse(township_page(shell, view))


@router.get("/township/{code}/map.html", response_class=HTMLResponse, include_in_schema=False)
def map_file(database: TheDatabase, language: TheLanguage, code: str, as_of: AsOf) -> Response:
    """The map of a township as one file that opens without a network."""
    with database.connection() as connection:
        township.township(connection, code)
    with database.connection(Verb.DOWNLOAD) as connection:
        html = file_of(connection, township=code, as_of=as_of, language=language)
    headers = {"Content-Disposition": f'attachment; filename="map_{code}_{as_of}.html"', "Cache-Control": "no-store"}
    return HTMLResponse(html, headers=headers)


def _village(connection: Connection, wanted: Wanted, town: Township) -> list[dict[str, Any]]:
    """The progress of the village that was asked for."""
    told = progress.units(connection, as_of=wanted.as_of, org_unit=wanted.village or town.code, by="self")
    return json.loads(told)["rows"]
