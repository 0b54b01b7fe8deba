"""The page of an extract: that it was issued, whether a hash fits it, and for whoever may see it the document."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.deps import AsOf, TheDatabase, TheLanguage
from api.form import SentForm
from api.router import Router
from api.routes.extract import issued_of, one_of, origin_of
from api.routes.login_page import NO_STORE
from api.sheet import sheet
from geo.errors import NotFound
from geo.extract import archive
from geo.extract.archive import Asked
from geo.text import Text
from geo.viewer import viewer
from web.extract import ExtractView, extract_page

router = Router()


@router.post("/extract", response_class=HTMLResponse, include_in_schema=False)
def issue(*, request: Request, database: TheDatabase, language: TheLanguage, as_of: AsOf, form: SentForm) -> Response:
    """Issue an extract of what a form names, as of the day of its address; its page is where the answer leads."""
    named = {name: _id(form.fields.get(name)) for name in ("feature", "parcel")}
    found = one_of(Asked(as_of), layer=form.fields.get("layer") or None, **named)
    issued = issued_of(database, found, None, origin_of(request))
    chosen = f"?lang={language}" if "lang" in request.query_params else ""
    return RedirectResponse(f"/extract/{issued.number}{chosen}", 303)


@router.get("/extract/{number}", response_class=HTMLResponse, include_in_schema=False)
def page(
    request: Request,
    database: TheDatabase,
    language: TheLanguage,
    number: str,
    sha256: Annotated[str | None, Query(max_length=80)] = None,
) -> Response:
    """To anybody signed in that it exists; to whoever issued it, and administrators, what it says."""
    with database.connection() as connection:
        viewer(connection)
        checked = archive.check(connection, number, sha256 or None)
        try:
            found = archive.kept(connection, number)
        except NotFound:
            found = None
        made = () if found is None else archive.documents(connection, found)
    shell = sheet(request, language, database, illustrative=False, as_of=checked.as_of)
    view = ExtractView(checked, sha256 or None, found, made)
    return HTMLResponse(extract_page(shell, view), headers=NO_STORE)


def _id(written: str | None) -> UUID | None:
    try:
        return UUID(written) if written else None
    except ValueError:
        raise NotFound(noun=Text(zh="要素", en="feature"), key=(written or "")[:80]) from None
