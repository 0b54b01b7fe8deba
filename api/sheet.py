"""The shell of the pages that are not the map: which pages there are, and what stands around each."""

from dataclasses import replace
from datetime import date
from urllib.parse import urlencode

from fastapi import Request
from starlette.routing import Match

from geo import boundary
from geo.database import Database
from geo.settings import settings, today
from geo.text import Language, Text
from geo.viewer import viewer
from web.sheet import MY_TOWNSHIP, PAGES, PageLink, Sheet


def sheet(
    request: Request, language: Language, database: Database, *, illustrative: bool, as_of: date | None = None,
    path: str = "",
) -> Sheet:  # fmt: skip
    """The shell for a request: links to the pages that this application has, and the language switch.

    ``as_of`` is the day of the page's figures, today by default; ``path`` the page's own where a form leads elsewhere.
    """
    with database.connection() as connection:
        county, who = boundary.county(connection, settings().county), viewer(connection)
    shell = _sheet(request, language, county, illustrative=illustrative, as_of=as_of)
    pages = shell.pages
    if who.township is not None:
        pages = (*pages[:1], PageLink(f"/township/{who.township}", MY_TOWNSHIP), *pages[1:])
    return replace(shell, viewer=who, path=path or shell.path, pages=pages)


def outer_sheet(request: Request, language: Language, database: Database) -> Sheet:
    """The shell of a page for whoever may see nothing else yet: signing in, a first password."""
    with database.owner() as connection:
        county = boundary.county(connection, settings().county)
    return replace(_sheet(request, language, county, illustrative=False, as_of=None), pages=())


def _sheet(
    request: Request, language: Language, county: boundary.County | None, *, illustrative: bool, as_of: date | None
) -> Sheet:
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    path = request.url.path if request.method == "GET" else "/claims/read"
    return Sheet(
        language=language,
        county=county.name if county else Text(zh=settings().county, en=settings().county),
        path=path,
        query=urlencode(kept),
        pages=pages(request),
        chosen_language="lang" in request.query_params,
        as_of=as_of or today(),
        illustrative=illustrative,
    )


def pages(request: Request) -> tuple[PageLink, ...]:
    """The pages that the application of a request has, looked for once."""
    state = request.app.state
    if not hasattr(state, "pages"):
        state.pages = tuple(page for page in PAGES if answers(request, page.address))
    return state.pages


def answers(request: Request, address: str) -> bool:
    """Whether the application has a page at an address of its own."""
    scope = {**request.scope, "path": address, "method": "GET", "type": "http"}
    return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)
