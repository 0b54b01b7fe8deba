"""The page of reports from the field: what waits is approved or returned here."""

import json
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.deps import TheDatabase, TheLanguage, Writer, viewer_of
from api.form import Form, SentForm
from api.router import Router
from api.routes.login_page import NO_STORE
from api.sheet import sheet
from geo import boundary, report, review
from geo.database import Database
from geo.edit import LayerBusy
from geo.errors import BadValue, NotFound
from geo.layers import layer as declared
from geo.report import AlreadyJudged, Wanted
from geo.review import Of
from geo.right import Verb
from geo.text import Language, Text
from web.money import parsed
from web.report import LISTED, Asked, ReportsView, reports_page

router = Router()

SHOWN = 20
Refusals = (AlreadyJudged, BadValue, LayerBusy, NotFound)


@router.get("/reports", response_class=HTMLResponse, include_in_schema=False)
def page(
    *,
    request: Request,
    database: TheDatabase,
    language: TheLanguage,
    before: Annotated[UUID | None, Query()] = None,
) -> Response:
    """Reports by how they stand."""
    return _page(request, database, language, _asked(dict(request.query_params)), before=before)


@router.post("/reports/{which}/{decision}", response_class=HTMLResponse, include_in_schema=False)
def judge(
    *,
    request: Request,
    database: TheDatabase,
    language: TheLanguage,
    by: Writer,
    form: SentForm,
    which: str,
    decision: str,
) -> Response:
    """Approve, return or withdraw a report, or what an import left waiting (``import-12``)."""
    asked = _asked(form.fields)
    try:
        _judge(database, which, decision, form, by)
    except Refusals as error:
        return _page(request, database, language, asked, refused=error.text, about=which, status=409)
    shell = sheet(request, language, database, illustrative=False, path="/reports")
    return RedirectResponse(shell.link("/reports", **asked.query()), 303)


def _judge(database: Database, which: str, decision: str, form: Form, by: str) -> None:
    of, reason = _of(which), form.fields.get("reason", "")
    if decision == "withdraw" and of.report is not None:
        with database.connection() as connection:
            report.withdraw(connection, of.report, by=by)
        return
    with database.connection(Verb.APPROVE) as connection:
        if decision == "approve":
            review.approve(connection, of, by=by)
        elif decision == "return":
            review.give_back(connection, of, by=by, reason=reason)
        else:
            raise NotFound(noun=Text(zh="操作", en="action"), key=decision[:20])


def _of(which: str) -> Of:
    kind, _, number = which.partition("-")
    if kind == "import" and number.isdecimal() and len(number) < 19:
        return Of(source=int(number))
    try:
        return Of(report=UUID(which))
    except ValueError:
        raise NotFound(noun=Text(zh="上报", en="report"), key=which[:40]) from None


def _asked(said: dict[str, str]) -> Asked:
    state = said.get("state", "pending")
    layer, unit = said.get("layer", ""), said.get("org_unit", "")
    return Asked(
        state if state in {*LISTED, "all"} else "pending",
        declared(layer).code if layer else "",
        unit if unit.isdecimal() and len(unit) <= 12 else "",
        said.get("mine") == "true",
    )


def _page(
    request: Request,
    database: Database,
    language: Language,
    asked: Asked,
    *,
    before: UUID | None = None,
    refused: Text | None = None,
    about: str = "",
    status: int = 200,
) -> Response:
    me = viewer_of(request)
    wanted = Wanted(
        layer=asked.layer or None, org_unit=asked.org_unit or None, by=me.name if asked.mine else None,
        state=None if asked.state == "all" else asked.state,  # pyright: ignore[reportArgumentType] - see _asked
    )  # fmt: skip
    with database.connection() as connection:
        found = parsed(report.page(connection, wanted, limit=SHOWN, before=before))
        units = parsed(boundary.collection(connection, level="township", geometry=False))["features"]
    imports: list[dict[str, Any]] = []
    if me.may(Verb.APPROVE) and asked.state == "pending" and not asked.mine:
        with database.connection(Verb.APPROVE) as connection:
            imports = json.loads(review.imports(connection, layer=wanted.layer, org_unit=wanted.org_unit))
    names = {each["id"]: Text(**each["properties"]["name"]) for each in units}
    view = ReportsView(
        reports=found,
        imports=imports,
        townships=names if me.sees_all_places else {code: name for code, name in names.items() if code in me.units},
        asked=asked,
        may_approve=me.may(Verb.APPROVE),
        may_report=me.may(Verb.EDIT),
        refused=refused,
        about=about,
    )
    shell = sheet(request, language, database, illustrative=False, path="/reports")
    return HTMLResponse(reports_page(shell, view), status, headers=NO_STORE)
