"""The page where files come in and go out."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.deps import TheDatabase, TheLanguage, here, may_write
from api.router import Router
from api.sheet import sheet
from geo import boundary, crs, history
from geo.layers import layer as declared
from geo.layers import layers
from geo.right import Verb
from geo.text import Text
from web.importing import ImportView, System, import_page
from web.money import parsed

router = Router()
SHOWN = 20


@router.get("/import", response_class=HTMLResponse, include_in_schema=False)
def page(
    *,
    request: Request,
    database: TheDatabase,
    language: TheLanguage,
    layer: Annotated[str, Query(max_length=64)] = "",
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
) -> Response:
    """Send, look, enter; download; take back."""
    chosen = declared(layer).code if layer else ""
    with database.connection() as connection:
        found = parsed(history.imports(connection, limit=SHOWN, here=here(request, "before"), before=before))
        units = parsed(boundary.collection(connection, level="township", geometry=False))["features"]
        county = boundary.county(connection, database.settings.county)
    middle = (county.bounds[0] + county.bounds[2]) / 2 if county and county.bounds else 105.0
    townships = {each["id"]: Text(**each["properties"]["name"]) for each in units}
    whole = {county.code: Text(zh="全县", en="The whole county")} if county else {}
    view = ImportView(
        layers=list(layers().values()),
        townships=townships,
        systems=[System(code, name) for code, name in crs.usual(middle)],
        history=found,
        chosen=chosen,
        complete={**whole, **townships},
    )
    shell = sheet(request, language, database, illustrative=False)
    return HTMLResponse(import_page(shell, view, editable=may_write(request, Verb.EDIT)))


@router.get("/export", include_in_schema=False)
def export(request: Request, layer: Annotated[str, Query(max_length=64)]) -> Response:
    """The form of the page, to the address of the layer's file."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "layer"]
    return RedirectResponse(f"/api/layers/{declared(layer).code}/export?{urlencode(kept)}", 303)
