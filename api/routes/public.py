"""What everybody is shown, where the office has switched it on: totals of townships, without small counts."""

from collections.abc import Sequence
from dataclasses import asdict

from fastapi import Request
from starlette.responses import HTMLResponse, Response

from api import models
from api.deps import TheDatabase, TheLanguage
from api.router import Router
from api.sheet import outer_sheet
from geo import boundary, public
from geo.database import Database
from geo.errors import NotFound
from geo.public import Totals
from geo.settings import today
from geo.text import Text
from web.public import Shown, public_page

router = Router("public")


@router.get("/api/public/progress", response_model=models.PublicProgress, summary="公开的乡镇进展 / Public totals")
def progress(database: TheDatabase) -> object:
    """无需登录；SHANHE_PUBLIC 关闭时为 404；过小的数不公开 / nobody signs in; small counts are not told."""
    return {"as_of": today(), "layers": [asdict(each) for each in _totals(database)]}


@router.get("/public", response_class=HTMLResponse, include_in_schema=False)
def page(request: Request, database: TheDatabase, language: TheLanguage) -> Response:
    """The totals as a page."""
    found = _totals(database)
    return HTMLResponse(public_page(outer_sheet(request, language, database), Shown(today(), found)))


def _totals(database: Database) -> Sequence[Totals]:
    chosen = database.settings
    if not chosen.public:
        raise NotFound(noun=Text(zh="公开页面", en="public page"), key="/public")
    with database.owner() as connection:
        county = boundary.county(connection, chosen.county)
        if county is None:
            raise NotFound(noun=Text(zh="县", en="county"), key=chosen.county)
        return public.totals(connection, county=county.code, as_of=today())
