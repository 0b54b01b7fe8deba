"""The page of all accounts, for administrators."""

from collections.abc import Callable

from fastapi import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.deps import TheDatabase, TheLanguage
from api.form import Form, SentForm
from api.router import Router
from api.routes.login_page import NO_STORE
from api.sheet import sheet
from api.signed import Administrator
from geo import account, boundary, provider, subject
from geo.database import Connection, Database
from geo.errors import BadValue, NotFound
from geo.layers import layers
from geo.text import Language, Text
from web.account import Answered, Everybody, accounts_page
from web.money import parsed

router = Router()
Refusal = (BadValue, NotFound, account.NameTaken, account.LastAdministrator, subject.SubjectTaken)


@router.get("/accounts", response_class=HTMLResponse, include_in_schema=False)
def page(request: Request, database: TheDatabase, language: TheLanguage, _me: Administrator) -> Response:
    """All accounts."""
    return _page(request, database, language, Answered())


@router.post("/accounts", response_class=HTMLResponse, include_in_schema=False)
def add(request: Request, database: TheDatabase, language: TheLanguage, me: Administrator, form: SentForm) -> Response:
    """Add an account; its first password, if it has one, is on the page that this answers, and nowhere after that."""
    name, label = form.fields.get("name", ""), form.fields.get("label", "")
    person, password = form.fields.get("oidc_subject", "").strip(), ""
    try:
        with database.owner() as connection:
            if person:
                subject.create(connection, name, label=label, subject=person, by=me.name)
            else:
                password = account.create(connection, name, label=label, by=me.name)
            _grant(connection, name, form, me.name)
    except Refusal as error:
        return _page(request, database, language, Answered("add", error.text, _typed(form)), status=422)
    return _page(request, database, language, Answered(name=account.plain(name), secret=password))


@router.post("/accounts/{name}/password", response_class=HTMLResponse, include_in_schema=False)
def reset(request: Request, database: TheDatabase, language: TheLanguage, me: Administrator, name: str) -> Response:
    """Give another password, shown on the page that this answers; whoever means their own is led to changing it."""
    if account.plain(name) == me.name:
        return RedirectResponse("/password", 303)
    with database.owner() as connection:
        password = account.reset_password(connection, name, by=me.name)
    return _page(request, database, language, Answered(name=account.plain(name), secret=password))


@router.post("/accounts/{name}/{action}", response_class=HTMLResponse, include_in_schema=False)
def change(
    *,
    request: Request,
    database: TheDatabase,
    language: TheLanguage,
    me: Administrator,
    form: SentForm,
    name: str,
    action: str,
) -> Response:
    """Grant, take back, link, disable or enable; refused, the page comes back with what was chosen."""
    doings: dict[str, Callable[[Connection], None]] = {
        "grant": lambda connection: _grant(connection, name, form, me.name),
        "revoke": lambda connection: account.revoke_grant(
            connection, name, form.fields.get("role", ""), form.fields.get("org_unit") or None, by=me.name
        ),
        "link": lambda connection: subject.link(
            connection, name, form.fields.get("oidc_subject", "").strip() or None, by=me.name
        ),
        "disable": lambda connection: account.disable(connection, name, by=me.name),
        "enable": lambda connection: account.enable(connection, name, by=me.name),
    }
    if action not in doings:
        raise NotFound(noun=Text(zh="操作", en="action"), key=action[:20])
    try:
        with database.owner() as connection:
            number = account.named(connection, name)
            doings[action](connection)
    except Refusal as error:
        answered = Answered(action, error.text, _typed(form), name=account.plain(name))
        return _page(request, database, language, answered, status=422)
    return RedirectResponse(f"/accounts#account-{number}", 303)


def _grant(connection: Connection, name: str, form: Form, by: str) -> None:
    codes = [field.removeprefix("layer:") for field in form.fields if field.startswith("layer:")]
    unit = form.fields.get("org_unit") or None
    account.grant(connection, name, form.fields.get("role", ""), unit, codes or None, by=by)


def _typed(form: Form) -> dict[str, str]:
    """What was typed, without passwords; ``narrowed`` is there where layers were chosen."""
    narrowed = any(field.startswith("layer:") for field in form.fields)
    return form.fields | ({"narrowed": "yes"} if narrowed else {})


def _page(
    request: Request, database: Database, language: Language, answered: Answered, *, status: int = 200
) -> Response:
    with database.owner() as connection:
        found = account.accounts(connection)
        townships = parsed(boundary.collection(connection, level="township", geometry=False))["features"]
    shell = sheet(request, language, database, illustrative=False, path="/accounts")
    names = {each["id"]: Text(**each["properties"]["name"]) for each in townships}
    told = accounts_page(shell, Everybody(found, names, provider.is_offered()), layers(), answered)
    return HTMLResponse(told, status, headers=NO_STORE)
