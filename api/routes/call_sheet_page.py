"""The sheet of whom to call in a township: masked, and whole for a reason; never kept by anybody."""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Query, Request
from starlette.responses import HTMLResponse, Response

from api.deps import TheDatabase, TheLanguage
from api.form import SentForm
from api.router import Router
from api.routes.login_page import NO_STORE
from api.sheet import sheet
from geo import call_sheet, township
from geo.call_sheet import Wanted
from geo.database import Database
from geo.errors import BadValue, NotFound
from geo.settings import settings, today
from geo.text import Language, Text
from geo.viewer import viewer
from web.call_sheet import CallView, call_page

router = Router()


@router.get("/township/{code}/calls", response_class=HTMLResponse, include_in_schema=False)
def masks(
    *,
    request: Request,
    database: TheDatabase,
    language: TheLanguage,
    code: str,
    layer: Annotated[str | None, Query(max_length=64)] = None,
    village: Annotated[str | None, Query(max_length=12)] = None,
) -> Response:
    """Whom to call about the features of a layer, masked."""
    return _page(request, database, language, code, layer=layer, village=village)


@router.post("/township/{code}/calls", response_class=HTMLResponse, include_in_schema=False)
def whole(request: Request, database: TheDatabase, language: TheLanguage, code: str, form: SentForm) -> Response:
    """The same as it is, once a reason is stated; without one the masked sheet comes back with what is missing."""
    asked = {name: form.fields.get(name) or None for name in ("layer", "village")}
    sent = form.fields.get("lang")
    spoken: Language = "zh" if sent == "zh" else "en" if sent == "en" else language
    reason = form.fields.get("reason", "")
    return _page(request, database, spoken, code, **asked, reason=reason)


def _page(
    request: Request,
    database: Database,
    language: Language,
    code: str,
    *,
    layer: str | None,
    village: str | None,
    reason: str | None = None,
) -> Response:
    refused: Text | None = None
    with database.connection() as connection:
        town = township.township(connection, code)
        offered = call_sheet.offered(viewer(connection), code)
        chosen = offered.get(layer) if layer else next(iter(offered.values()), None)
        if chosen is None:
            raise NotFound(noun=Text(zh="通讯表", en="call sheet"), key=code)
        wanted = Wanted(code, chosen, today(), village if village in town.villages else None)
        try:
            lines = call_sheet.masks(connection, wanted) if reason is None else call_sheet.whole(
                connection, wanted, reason=reason
            )  # fmt: skip
        except BadValue as error:
            lines, refused = call_sheet.masks(connection, wanted), error.text
    shell = sheet(request, language, database, illustrative=town.illustrative, path=f"/township/{code}/calls")
    view = CallView(
        town=town,
        wanted=wanted,
        lines=lines,
        offered=offered,
        whole=reason is not None and refused is None,
        printed=datetime.now(ZoneInfo(settings().timezone)).strftime("%Y-%m-%d %H:%M"),
        reason=" ".join((reason or "").split())[:200],
        refused=refused,
    )
    return HTMLResponse(call_page(shell, view), 200 if refused is None else 422, headers=NO_STORE)
