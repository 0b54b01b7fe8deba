"""Signing in with the office's OpenID provider: a browser goes there and comes back, or is told why not."""

from dataclasses import replace
from typing import Annotated
from urllib.parse import urlencode, urlsplit

from fastapi import Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.deps import TheDatabase, TheLanguage
from api.local import is_local
from api.router import Router
from api.routes.login_page import NO_STORE, own_address, with_session
from api.sheet import outer_sheet
from api.signed import address_of, agent_of
from geo import oidc, provider
from geo.database import Database
from geo.errors import NotFound, ShanheError
from geo.id_token import TokenRefused
from geo.settings import settings
from geo.text import LANGUAGES, Language, Text
from web.account import TurnedAway, turned_away_page

router = Router(include_in_schema=False)
COOKIE, PATH, BACK = "shanhe_oidc", "/login/oidc", "/login/oidc/back"
"""The cookie holds the language of the page that was left and the secret of the attempt, for its few minutes."""
To = Annotated[str, Query(alias="next", max_length=2000)]


class AddressUnset(ShanheError):
    """The provider would have to be told an address that only the request states, and anybody can write a request."""

    code = "address_unset"
    sentence = Text(
        zh="系统管理员还没有设置 SHANHE_PUBLIC_URL，统一身份登录暂时只能在本机使用。",
        en="The administrator has not set SHANHE_PUBLIC_URL yet: until then this works on the server itself only.",
    )


STATUS: dict[type[ShanheError], int] = {
    oidc.AttemptOver: 400,
    oidc.ProviderRefused: 403,
    oidc.NotLinked: 403,
    oidc.AccountDisabled: 403,
    provider.CodeRefused: 403,
    TokenRefused: 403,
    AddressUnset: 503,
    provider.ProviderAway: 503,
}
"""How a person is turned away, always by a page."""


@router.get(PATH, response_class=HTMLResponse)
def go(request: Request, database: TheDatabase, language: TheLanguage, to: To = "/") -> Response:
    """Send the browser to the provider."""
    _offered()
    try:
        begun = oidc.attempt(database, to=own_address(to), back=f"{_base(request)}{BACK}")
    except tuple(STATUS) as error:
        return _turned_away(request, database, language, error, to)
    response = RedirectResponse(begun.address, 303, headers=NO_STORE)
    chosen = language if "lang" in request.query_params else ""
    secure = "https" in (request.url.scheme, urlsplit(settings().public_url).scheme)
    response.set_cookie(
        COOKIE, f"{chosen}.{begun.browser}", max_age=oidc.MINUTES * 60, path=PATH, httponly=True, samesite="lax",
        secure=secure,
    )  # fmt: skip
    return response


@router.get(BACK, response_class=HTMLResponse)
def come_back(request: Request, database: TheDatabase, language: TheLanguage) -> Response:
    """Sign in whoever the provider says it is, and go where they were on the way to."""
    _offered()
    chosen, _, browser = request.cookies.get(COOKIE, "")[:100].partition(".")
    answer, who = dict(request.query_params), {"address": address_of(request), "agent": agent_of(request)}
    try:
        secret, to = oidc.enter(database, browser, answer, **who)
    except tuple(STATUS) as error:
        spoken = chosen if chosen in LANGUAGES else None
        response = _turned_away(request, database, spoken or language, error, "/", chosen=spoken is not None)
    else:
        response = with_session(request, RedirectResponse(own_address(to), 303), secret)
    response.delete_cookie(COOKIE, path=PATH, httponly=True, samesite="lax")
    return response


@router.get(f"{PATH}/leave")
def leave(request: Request, database: TheDatabase, language: TheLanguage) -> Response:
    """Go where the session at the provider is ended, or back to signing in where it has no such place."""
    _offered()
    try:
        to = provider.farewell(provider.discovered(), f"{_base(request)}/login")
    except tuple(STATUS) as error:
        return _turned_away(request, database, language, error, "/")
    return RedirectResponse(to or "/login", 303, headers=NO_STORE)


def _offered() -> None:
    if not provider.is_offered():
        raise NotFound(noun=Text(zh="统一身份系统", en="sign-in service"), key=PATH)


def _base(request: Request) -> str:
    """The address that the provider leads back to: that of the settings, since anybody may write a request.

    A browser of this machine, asking a server that listens here only, may call it by any name of this machine.
    """
    if settings().public_url:
        return settings().public_url
    named = f"//{request.headers.get('host', '')}"
    if not is_local(request) or "@" in urlsplit(named).netloc:
        raise AddressUnset
    return f"http://{urlsplit(named).netloc}"


def _turned_away(
    request: Request, database: Database, language: Language, error: ShanheError, to: str, *, chosen: bool = False
) -> Response:
    shell = outer_sheet(request, language, database)
    # Another language means to begin anew: the answer of the provider has been used.
    query = urlencode({"next": own_address(to)})
    shell = replace(shell, path=PATH, query=query, chosen_language=chosen or shell.chosen_language)
    told = TurnedAway(
        code=error.code, reason=error.text, again=settings().public_url + shell.link(PATH, next=own_address(to)),
        subject=str(error.values.get("subject", "")), issuer=settings().oidc_issuer,
    )  # fmt: skip
    return HTMLResponse(turned_away_page(shell, told), STATUS[type(error)], headers=NO_STORE)
