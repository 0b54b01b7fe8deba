"""Signing in and out: the forms of a browser, and the cookie that keeps the secret of a session."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

from fastapi import Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.deps import TheDatabase, TheLanguage, language_of
from api.entry import COOKIE
from api.form import SentForm
from api.local import is_local
from api.router import Router
from api.sheet import outer_sheet
from api.signed import Entered, address_of, agent_of
from geo import first_account, provider, sign_in
from geo.account import WrongPassword, change_password
from geo.database import Database
from geo.first_account import DemoRefused
from geo.guess import TooManyGuesses
from geo.password import PasswordRefused
from geo.settings import settings
from geo.sign_in import SignInRefused
from geo.text import Text
from geo.viewer import credential
from web.account import Answered, Entrance, login_page, password_page

router = Router()
To = Annotated[str, Query(alias="next", max_length=2000)]
NO_STORE = {"Cache-Control": "no-store"}
DIFFERENT = Text(zh="两次输入的新密码不同", en="The new password was typed in two ways")


def own_address(asked: str) -> str:
    """Where to go after signing in: a path of this site, the map where another is asked for."""
    plain = asked.startswith("/") and asked.isprintable() and "\\" not in asked and not asked.startswith("//")
    return asked if plain and not asked.startswith(("/login", "/logout")) else "/"


def with_session(request: Request, response: Response, secret: str) -> Response:
    """A response that leaves the secret of a session with the browser."""
    secure = request.url.scheme == "https"
    days = settings().session_days * 86_400
    response.set_cookie(COOKIE, secret, max_age=days, path="/", httponly=True, samesite="lax", secure=secure)
    response.headers.update(NO_STORE)
    return response


@router.get("/login", response_class=HTMLResponse, include_in_schema=False)
def page(
    request: Request, database: TheDatabase, to: Annotated[str, Query(alias="next", max_length=2000)] = "/"
) -> Response:
    """The form, and other ways to sign in."""
    return _page(request, database, to, Answered())


@router.post("/login", response_class=HTMLResponse, include_in_schema=False)
def enter(request: Request, database: TheDatabase, form: SentForm) -> Response:
    """Sign in and go where the reader was on the way to; refused, the form comes back without the password."""
    name, to = form.fields.get("name", ""), form.fields.get("next", "/")

    def secret() -> str:
        password = form.fields.get("password", "")
        return sign_in.sign_in(database, name, password, address=address_of(request), agent=agent_of(request))

    return _entered(request, database, to, secret, name)


@router.post("/login/demo", response_class=HTMLResponse, include_in_schema=False)
def enter_demo(request: Request, database: TheDatabase, form: SentForm) -> Response:
    """Sign in with an account of the demonstration, from this machine only."""
    if not is_local(request):
        raise DemoRefused
    name, to = form.fields.get("name", ""), form.fields.get("next", "/")

    def secret() -> str:
        return first_account.enter_demo(database, name, address=address_of(request), agent=agent_of(request))

    return _entered(request, database, to, secret, "")


@router.post("/logout", include_in_schema=False)
def leave(database: TheDatabase) -> Response:
    """End the session and forget its secret."""
    with database.owner() as connection:
        sign_in.sign_out(connection, credential())
    to = "/login?left=yes" if provider.is_offered() else "/login"
    response = RedirectResponse(to, 303, headers=NO_STORE | {"Clear-Site-Data": '"cache"'})
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")
    return response


@router.get("/password", response_class=HTMLResponse, include_in_schema=False)
def password(request: Request, database: TheDatabase, language: TheLanguage, me: Entered) -> Response:
    """The form for a new password."""
    shell = outer_sheet(request, language, database)
    return HTMLResponse(password_page(shell, me.name, Answered(), first=me.must_change), headers=NO_STORE)


@router.post("/password", response_class=HTMLResponse, include_in_schema=False)
def new_password(
    request: Request, database: TheDatabase, language: TheLanguage, me: Entered, form: SentForm
) -> Response:
    """Change the own password; every other session ends."""
    old, new = form.fields.get("old", ""), form.fields.get("new", "")
    refused, status = DIFFERENT, 422
    headers = dict(NO_STORE)
    if new == form.fields.get("again", ""):
        try:
            change_password(database, me.account, old, new, keep=me.session, address=address_of(request))
        except (WrongPassword, PasswordRefused) as error:
            refused = error.text
        except TooManyGuesses as error:
            refused, status = error.text, 429
            headers["Retry-After"] = str(error.values["seconds"])
        else:
            return RedirectResponse("/", 303, headers=NO_STORE)
    shell = replace(outer_sheet(request, language, database), path="/password")
    told = password_page(shell, me.name, Answered(refused=refused), first=me.must_change)
    return HTMLResponse(told, status, headers=headers)


def _entered(request: Request, database: Database, to: str, secret: Callable[[], str], name: str) -> Response:
    try:
        return with_session(request, RedirectResponse(own_address(to), 303), secret())
    except SignInRefused as error:
        return _page(request, database, to, Answered(refused=error.text, typed={"name": name}), status=401)
    except TooManyGuesses as error:
        answered = Answered(refused=error.text, typed={"name": name})
        wait = {"Retry-After": str(error.values["seconds"])}
        return _page(request, database, to, answered, status=429, headers=wait)


def _page(
    request: Request, database: Database, to: str, answered: Answered, *, status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    shell = replace(outer_sheet(request, language_of(request), database), path="/login")
    demo: list[first_account.DemoAccount] = []
    if is_local(request):
        with database.owner() as connection:
            demo = first_account.demo_accounts(connection)
    there = settings().public_url + shell.link("/login/oidc", next=own_address(to)) if provider.is_offered() else None
    left = there is not None and "left" in request.query_params
    public = database.settings.public
    entrance = Entrance(to=own_address(to), demo=demo, provider=there, public=public, left=left)
    return HTMLResponse(login_page(shell, entrance, answered), status, headers={**NO_STORE, **(headers or {})})
