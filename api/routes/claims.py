"""Figures that documents state: checked, written out, typed in, judged."""

from typing import Annotated

from fastapi import Depends, Query, Request
from pydantic import Field
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api import claims_models
from api.deps import AsOf, TheDatabase, TheLanguage, Writer, may_write
from api.form import Form, FormUnreadable, SentForm
from api.router import Router
from api.sheet import sheet
from geo import audit
from geo.claims import document as reading
from geo.claims.behind import opened
from geo.claims.check import check, document_of, judge, status_of
from geo.claims.claim import Document, claim_of, documents, next_number, store
from geo.claims.records import Wanted
from geo.claims.report import answer, docx, xlsx
from geo.database import Connection
from geo.errors import BadValue
from geo.right import Verb
from geo.text import LANGUAGES, Text
from web.claims import Chosen, claims_page, read_page, records_page

router = Router("claims")

TheDocument = Annotated[
    str | None, Query(description="文件代码，默认全部 / code of a document, all by default", max_length=64)
]


def _figure(
    as_of: AsOf,
    metric: Annotated[
        str, Query(description="指标全名 / full name of a metric", max_length=200, examples=["hazard.points"])
    ],
    org_unit: Annotated[
        list[Annotated[str, Field(pattern=r"^[0-9]{6,12}$")]] | None,
        Query(description="只计这些行政区 / only these units", max_length=20),
    ] = None,
) -> Wanted:
    return Wanted(metric, as_of, tuple(org_unit or ()))


TheFigure = Annotated[Wanted, Depends(_figure)]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class _Xlsx(Response):
    media_type = XLSX


class _Docx(Response):
    media_type = DOCX


@router.get("/api/claims", response_model=claims_models.Claims, summary="文件数字核对 / Figures of documents, checked")
def claims(database: TheDatabase, document: TheDocument = None) -> object:
    """每个数字的结论、算式、记录和处理 / each figure with verdict, arithmetic, records and what was said of it."""
    with database.connection() as connection:
        return answer(check(connection, document))


@router.get("/api/claims.xlsx", response_class=_Xlsx, summary="核对结果表格 / The same as a spreadsheet")
def claims_xlsx(database: TheDatabase, language: TheLanguage, document: TheDocument = None) -> Response:
    """每个数字一行 / a row for each figure."""
    with database.connection(Verb.DOWNLOAD) as connection:
        audit.taken(connection, "claims", document=document, format="xlsx")
        return _file(_Xlsx(xlsx(check(connection, document), language)), "claims.xlsx")


@router.get("/api/claims.docx", response_class=_Docx, summary="核对结果文档 / The same as a document")
def claims_docx(database: TheDatabase, language: TheLanguage, document: TheDocument = None) -> Response:
    """先列有问题的数字 / figures with findings first."""
    with database.connection(Verb.DOWNLOAD) as connection:
        audit.taken(connection, "claims", document=document, format="docx")
        return _file(_Docx(docx(check(connection, document), language)), "claims.docx")


@router.get(
    "/api/claims/records",
    response_model=claims_models.RecordsBehind,
    summary="数字背后的记录 / Records behind a figure",
)
def records(database: TheDatabase, wanted: TheFigure) -> object:
    """某指标截至某日由哪些记录得出，最多 2000 条 / what a metric is made of on a day, up to 2000 records."""
    with database.connection() as connection:
        found = opened(connection, wanted)
    factor = found.unit.factor
    return {
        "label": found.label.both(),
        "as_of": found.day,
        "unit": {"code": found.unit.code, "label": found.unit.label.both()},
        "value": None if found.total is None else float(found.total.value * factor),
        "matched": 0 if found.total is None else found.total.records,
        "records": [
            {
                "code": row.code,
                "name": row.name.both(),
                "place": row.place and row.place.both(),
                "day": row.day,
                "value": None if row.value is None else float(row.value * factor),
                "different": row.different,
                "address": row.address,
            }
            for row in found.rows
        ],
    }


@router.post(
    "/api/claims", response_model=claims_models.ClaimKept, status_code=201,
    summary="录入一个数字 / Type in a figure",
)  # fmt: skip
def add(by: Writer, database: TheDatabase, claim: claims_models.NewClaim) -> object:
    """文件须已存在 / the document must be there already."""
    with database.connection() as connection:
        told = {name: str(value) for name, value in claim.model_dump().items() if value is not None}
        return {"document": claim.document, "id": _keep(connection, document_of(connection, claim.document), told, by)}


@router.post(
    "/api/claims/{document}/{claim_id}/status", response_model=claims_models.ClaimKept,
    summary="处理一个数字 / Judge a figure",
)  # fmt: skip
def status(
    by: Writer, database: TheDatabase, document: str, claim_id: str, judgement: claims_models.ClaimJudgement
) -> object:
    """追加处理意见，不覆盖以前的 / adds what is said; nothing said before is overwritten."""
    with database.connection() as connection:
        judge(connection, document, claim_id, status=judgement.status, note=judgement.note, by=by)
    return {"document": document, "id": claim_id}


# --- pages ------------------------------------------------------------------------------------------------------------


@router.get("/claims", response_class=HTMLResponse, include_in_schema=False)
def page(request: Request, database: TheDatabase, language: TheLanguage) -> HTMLResponse:
    """Every figure with its verdict; filters are in the address."""
    asked = request.query_params
    chosen = Chosen(*(asked.get(name, "")[:100] for name in ("document", "verdict", "section", "status")))
    with database.connection() as connection:
        known = documents(connection)
        checked = check(connection, chosen.document or None)
    illustrative = any(document.illustrative for document in known)
    around = sheet(request, language, database, illustrative=illustrative)
    return HTMLResponse(
        claims_page(
            around, checked, known, chosen, editable=may_write(request, Verb.EDIT, Verb.APPROVE, everywhere=True)
        )
    )


@router.post("/claims/{document}/{claim_id}/status", include_in_schema=False)
def status_page(by: Writer, database: TheDatabase, document: str, claim_id: str, form: SentForm) -> RedirectResponse:
    """The form below a figure; leads back to it."""
    said = status_of(form.fields.get("status", ""))
    with database.connection() as connection:
        judge(connection, document, claim_id, status=said, note=form.fields.get("note", "")[:2000], by=by)
    back = form.fields.get("back", "")
    return RedirectResponse(f"/claims{back if back.startswith('?') else ''}#{claim_id}", 303)


@router.get("/claims/records", response_class=HTMLResponse, include_in_schema=False)
def records_of(request: Request, database: TheDatabase, language: TheLanguage, wanted: TheFigure) -> HTMLResponse:
    """The records behind one figure."""
    with database.connection() as connection:
        found = opened(connection, wanted)
        illustrative = any(document.illustrative for document in documents(connection))
    around = sheet(request, language, database, illustrative=illustrative, as_of=wanted.day)
    return HTMLResponse(records_page(around, found))


@router.get("/claims/read", response_class=HTMLResponse, include_in_schema=False)
def read(request: Request, database: TheDatabase, language: TheLanguage) -> HTMLResponse:
    """The form for a document, and one for a figure typed in."""
    with database.connection() as connection:
        known = documents(connection)
    around = sheet(request, language, database, illustrative=False)
    return HTMLResponse(
        read_page(around, known, None, (), editable=may_write(request, Verb.EDIT, Verb.APPROVE, everywhere=True))
    )


@router.post("/claims/read", response_class=HTMLResponse, include_in_schema=False)
def proposed(
    request: Request, _by: Writer, database: TheDatabase, language: TheLanguage, form: SentForm
) -> HTMLResponse:
    """What a document seems to state, each figure to be confirmed; nothing is stored."""
    if "file" not in form.files:
        raise FormUnreadable(reason=Text(zh="没有选择文件", en="no file was chosen"))
    stated = _document(form)
    proposals = reading.propose(*form.files["file"])
    with database.connection() as connection:
        known = documents(connection)
    around = sheet(request, language, database, illustrative=False)
    return HTMLResponse(read_page(around, known, stated, proposals, editable=True))


@router.post("/claims/confirmed", include_in_schema=False)
def confirmed(request: Request, by: Writer, database: TheDatabase, form: SentForm) -> RedirectResponse:
    """Stores the figures that were ticked, and only those."""
    stated = _document(form)
    ticked = sorted(int(name[5:]) for name in form.fields if name.startswith("keep-") and name[5:].isdecimal())
    with database.connection() as connection:
        for number in ticked:
            mark = f"-{number}"
            told = {n.removesuffix(mark): value for n, value in form.fields.items() if n.endswith(mark)}
            system, _, metric = told.pop("name", "").partition(".")
            _keep(connection, stated, told | {"system": system, "metric": metric}, by)
    language = request.query_params.get("lang", "")
    kept = f"&lang={language}" if language in LANGUAGES else ""
    return RedirectResponse(f"/claims?document={stated.code}{kept}", 303)


def _keep(connection: Connection, document: Document, told: dict[str, str], by: str) -> str:
    """Store one figure under a number of its own; returns its id."""
    store(connection, document, (), by=by)
    number = f"M{next_number(connection, document.code):03d}"
    store(connection, document, [claim_of(told | {"id": number}, document)], by=by)
    return number


def _document(form: Form) -> Document:
    """The document that a form names; raises :class:`BadValue`."""
    code, year = form.fields.get("document", "").strip(), form.fields.get("year", "")
    if not code.replace("_", "").isalnum() or not code.isascii() or len(code) > 64:
        reason = Text(zh="用字母、数字和下划线", en="use letters, digits and _")
        raise BadValue(name="document", value=code[:64], reason=reason)
    if not year.isdecimal() or not 1950 <= int(year) <= 2199:
        raise BadValue(name="year", value=year[:10], reason=Text(zh="应为四位年份", en="state a year of four digits"))
    return Document(code, form.fields.get("title", "").strip()[:200] or code, int(year))


def _file(response: Response, name: str) -> Response:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
