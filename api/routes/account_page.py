"""The page of the own account: what it may do where, its sessions, its tokens."""

from fastapi import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.deps import TheDatabase, TheLanguage
from api.form import SentForm
from api.router import Router
from api.routes.login_page import NO_STORE
from api.sheet import sheet
from api.signed import InPerson
from geo import account, sign_in, token
from geo.database import Database
from geo.errors import BadValue
from geo.layers import layers
from geo.text import Language
from geo.viewer import Viewer, credential
from web.account import Answered, Own, account_page

router = Router()


@router.get("/account", response_class=HTMLResponse, include_in_schema=False)
def page(request: Request, database: TheDatabase, language: TheLanguage, me: InPerson) -> Response:
    """The own account."""
    return _page(request, database, language, me, Answered())


@router.post("/account/sessions/revoke", include_in_schema=False)
def end_others(database: TheDatabase, me: InPerson) -> Response:
    """End all other sessions."""
    with database.owner() as connection:
        sign_in.revoke_others(connection, me.account, credential(), by=me.name)
    return RedirectResponse("/account", 303)


@router.post("/account/sessions/{session}/revoke", include_in_schema=False)
def end_session(database: TheDatabase, me: InPerson, session: str) -> Response:
    """End a session."""
    with database.owner() as connection:
        sign_in.revoke(connection, me.account, session, by=me.name)
    return RedirectResponse("/account", 303)


@router.post("/account/tokens", response_class=HTMLResponse, include_in_schema=False)
def make_token(
    request: Request, database: TheDatabase, language: TheLanguage, me: InPerson, form: SentForm
) -> Response:
    """Make a token; its secret is on the page that this answers, and nowhere after that."""
    name, days = form.fields.get("name", ""), form.fields.get("days", "")
    verbs = [field.removeprefix("verb:") for field in form.fields if field.startswith("verb:")]
    number = int(days) if days.isascii() and days.isdigit() and len(days) < 6 else 0
    try:
        with database.owner() as connection:
            secret = token.create(connection, me.account, name, days=number, verbs=verbs or None, by=me.name)
    except BadValue as error:
        return _page(request, database, language, me, Answered("token", error.text, form.fields), status=422)
    return _page(request, database, language, me, Answered(name=name, secret=secret))


@router.post("/account/tokens/{number}/revoke", include_in_schema=False)
def end_token(database: TheDatabase, me: InPerson, number: int) -> Response:
    """End a token."""
    with database.owner() as connection:
        token.revoke(connection, me.account, number, by=me.name)
    return RedirectResponse("/account#tokens", 303)


def _page(
    request: Request, database: Database, language: Language, me: Viewer, answered: Answered, *, status: int = 200
) -> Response:
    with database.owner() as connection:
        own = Own(
            account.account(connection, me.account),
            sign_in.sessions(connection, me.account),
            credential(),
            token.tokens(connection, me.account),
        )
    shell = sheet(request, language, database, illustrative=False, path="/account")
    told = account_page(shell, own, layers(), answered)
    return HTMLResponse(told, status, headers=NO_STORE)
