"""The audit trail for administrators: as JSON, its head, and the page."""

from datetime import date
from typing import Annotated, Any

from annotated_types import Ge, Le
from fastapi import Query, Request
from starlette.responses import HTMLResponse, Response

from api.audit_models import Events, SealHead
from api.deps import FIRST_DAY, LAST_DAY, TheDatabase, TheLanguage
from api.router import Router
from api.routes.login_page import NO_STORE
from api.sheet import sheet
from api.signed import Administrator
from geo.audit.event import Wanted, day_of, page
from geo.audit.seal import head
from web.audit import audit_page

router = Router("audit")

_SHOWN = 100
Word = Annotated[str, Query(max_length=100)]
Day = Annotated[Annotated[date, Ge(FIRST_DAY), Le(LAST_DAY)] | None, Query()]
Before = Annotated[int | None, Query(ge=1, le=2**62, description="上一页 before 的值 / the before of the page before")]


@router.get("/api/audit", response_model=Events, summary="审计记录 / The audit trail")
def events(
    *,
    response: Response,
    database: TheDatabase,
    _me: Administrator,
    actor: Annotated[Word, Query(description="操作人 / who did it")] = "",
    action: Annotated[Word, Query(description="操作，如 feature.update 或 feature / what was done")] = "",
    code: Annotated[Word, Query(description="记录的编号 / code of the record")] = "",
    since: Annotated[Day, Query(description="从这天起 / from this day on")] = None,
    until: Annotated[Day, Query(description="到这天止 / up to this day")] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="每页条数 / how many a page holds")] = _SHOWN,
    before: Before = None,
) -> object:
    """谁对哪条记录做了什么，新的在前，仅限系统管理员 / who did what to which record, newest first."""
    response.headers.update(NO_STORE)
    with database.owner() as connection:
        found = page(connection, Wanted(actor, action, code, since, until), limit=limit, before=before)
    return {"events": [each.told() for each in found.events], "before": found.before}


@router.get("/api/audit/head", response_model=SealHead, summary="封存头 / The head of the seal")
def seal_head(response: Response, database: TheDatabase, _me: Administrator) -> dict[str, Any]:
    """留存在别处，供 shanhe audit verify 核对 / to be kept elsewhere, for shanhe audit verify."""
    response.headers.update(NO_STORE)
    with database.owner() as connection:
        return head(connection).told()


@router.get("/audit", response_class=HTMLResponse, include_in_schema=False)
def trail(
    request: Request, database: TheDatabase, language: TheLanguage, _me: Administrator, before: Before = None
) -> Response:
    """Events by day; filters are in the address."""
    asked = {name: request.query_params.get(name, "").strip()[:100] for name in Wanted.__dataclass_fields__}
    days = (day_of(asked[name], name) for name in ("since", "until"))
    wanted = Wanted(asked["actor"], asked["action"], asked["code"], *days)
    with database.owner() as connection:
        found, now = page(connection, wanted, limit=_SHOWN, before=before), head(connection)
    shell = sheet(request, language, database, illustrative=False)
    return HTMLResponse(audit_page(shell, found, wanted, now), headers=NO_STORE)
