"""Errors to answers: one table from error to status, every answer an RFC 9457 problem document in both languages."""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import urlencode

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from api.deps import language_of
from api.form import FormUnreadable
from api.headers import around
from api.limits import AddressTooLong, BodyTooLarge, HeadersTooLarge, WaitedTooLong
from api.ogc import ROOT, NotAcceptable, UnknownParameter
from api.ogc_edit import BodyKindUnknown, BodyUnreadable
from api.origin import FromElsewhere
from api.rate import TooMany
from geo.account import LastAdministrator, NameTaken, WrongPassword
from geo.allocation import NotAllocated
from geo.crs import CrsNeedsParameters
from geo.demo_load import DatabaseNotEmpty
from geo.document_zip import DocumentRefused
from geo.edit import (
    CodeTaken,
    FeatureChanged,
    FeatureInUse,
    FeatureRefused,
    HeaderUnreadable,
    LayerBusy,
    NotAFeature,
    VersionUnstated,
)
from geo.errors import (
    BadValue,
    ClusterFailed,
    CrsContradicted,
    CrsMissing,
    DatabaseTooNew,
    DatabaseUnavailable,
    DegreesAmbiguous,
    ExtensionMissing,
    FileRefused,
    FileUnreadable,
    NotFound,
    ShanheError,
)
from geo.export import FileUnwritable
from geo.extract.subject import ParcelRefused
from geo.feature_document import DocumentThere, DocumentWithdrawn, TooManyDocuments
from geo.filter import FilterFault
from geo.first_account import DemoRefused
from geo.guess import TooManyGuesses
from geo.idempotency import KeyReused, StillRunning
from geo.import_job import Busy
from geo.ingest.ledger import Report
from geo.ingest.problem import Problem
from geo.ingest.undo import NotUndone
from geo.ledger import ChangedMeanwhile, EntryRefused
from geo.overlay_job import TooManyOverlays, TooManyParcels
from geo.parcel_batch import ParcelsRefused
from geo.parcel_revision import AlreadyRevised
from geo.password import PasswordRefused
from geo.photo import PhotoRefused
from geo.report import AlreadyJudged, AlreadyReached, ReportTaken
from geo.sign_in import SignInRefused
from geo.subject import SubjectTaken
from geo.target import TargetRefused
from geo.text import Text
from geo.viewer import NotAllowed, NotSignedIn, PasswordMustChange
from web.page import error_page

log = logging.getLogger("shanhe")

MEDIA_TYPE = "application/problem+json"
STATUS: dict[type[ShanheError], int] = {
    FilterFault: 400,
    UnknownParameter: 400,
    BodyUnreadable: 400,
    HeaderUnreadable: 400,
    NotSignedIn: 401,
    SignInRefused: 401,
    PasswordMustChange: 403,
    NotAllowed: 403,
    FromElsewhere: 403,
    DemoRefused: 404,
    NotFound: 404,
    NotAcceptable: 406,
    BadValue: 422,
    CrsMissing: 422,
    CrsNeedsParameters: 422,
    CrsContradicted: 422,
    DegreesAmbiguous: 422,
    FileUnreadable: 422,
    FormUnreadable: 422,
    FileRefused: 422,
    NotAllocated: 422,
    NotAFeature: 422,
    FeatureRefused: 422,
    KeyReused: 422,
    ParcelRefused: 422,
    ParcelsRefused: 422,
    PasswordRefused: 422,
    PhotoRefused: 422,
    DocumentRefused: 422,
    WrongPassword: 422,
    AlreadyRevised: 409,
    NameTaken: 409,
    SubjectTaken: 409,
    LastAdministrator: 409,
    EntryRefused: 409,
    TargetRefused: 422,
    TooManyParcels: 422,
    ChangedMeanwhile: 409,
    NotUndone: 409,
    Busy: 409,
    CodeTaken: 409,
    FeatureInUse: 409,
    ReportTaken: 409,
    AlreadyReached: 409,
    AlreadyJudged: 409,
    StillRunning: 409,
    DocumentThere: 409,
    TooManyDocuments: 409,
    DocumentWithdrawn: 410,
    FeatureChanged: 412,
    BodyTooLarge: 413,
    AddressTooLong: 414,
    BodyKindUnknown: 415,
    VersionUnstated: 428,
    TooMany: 429,
    HeadersTooLarge: 431,
    WaitedTooLong: 503,
    DatabaseNotEmpty: 409,
    TooManyGuesses: 429,
    TooManyOverlays: 409,
    LayerBusy: 503,
    DatabaseUnavailable: 503,
    DatabaseTooNew: 503,
    ExtensionMissing: 503,
    ClusterFailed: 503,
    FileUnwritable: 503,
}
TITLES: dict[int, Text] = {
    400: Text(zh="请求有误", en="Bad request"),
    401: Text(zh="未登录", en="Not signed in"),
    403: Text(zh="不允许", en="Not allowed"),
    404: Text(zh="找不到", en="Not found"),
    405: Text(zh="方法不可用", en="Method not allowed"),
    406: Text(zh="没有这种格式", en="Not acceptable"),
    409: Text(zh="与现有数据冲突", en="Conflict"),
    410: Text(zh="已撤回", en="Gone"),
    412: Text(zh="已被改动", en="Changed meanwhile"),
    413: Text(zh="内容过大", en="Content too large"),
    414: Text(zh="地址过长", en="Address too long"),
    415: Text(zh="不支持的内容类型", en="Unsupported media type"),
    422: Text(zh="参数不可用", en="Invalid parameters"),
    428: Text(zh="缺少前提条件", en="Precondition required"),
    429: Text(zh="请求过于频繁", en="Too many requests"),
    431: Text(zh="请求头过大", en="Headers too large"),
    500: Text(zh="程序出错", en="Internal error"),
    503: Text(zh="暂时不能使用", en="Temporarily unavailable"),
}
NO_SUCH_ADDRESS = Text(zh="没有这个地址：{path}", en="There is nothing at {path}")
NO_SUCH_METHOD = Text(zh="这个地址不接受 {method}", en="{method} is not accepted here")
INVALID = Text(zh="参数 {names} 不可用", en="These parameters cannot be used: {names}")
TOO_SLOW = Text(zh="查询超时，已停止；请缩小范围再试", en="The query took too long and was stopped; ask for less")
UNREADABLE = Text(
    zh="参数中有数据库不能接受的字符或数值", en="A parameter holds characters or numbers that cannot be used"
)
BROKEN = Text(zh="程序出错，已记入日志；数据没有改动", en="Something went wrong and was logged; no data was changed")
RETRY = {"Retry-After": "5"}


def problem(
    request: Request,
    status: int,
    code: str,
    detail: Text,
    *,
    values: Mapping[str, object] | None = None,
    errors: Sequence[Mapping[str, Any]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer for something that went wrong: a page for a reader's browser, a problem document for a program."""
    language = language_of(request)
    as_page = not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")
    # An error of the program itself is answered outside of everything that adds headers.
    guarding = around("text/html" if as_page else MEDIA_TYPE, request.url.scheme)
    headers = {**guarding, "Cache-Control": "no-store", **(headers or {})}
    if as_page:
        page = error_page(status, language, detail=detail.in_(language))
        return HTMLResponse(page, status, headers=headers)
    title = TITLES.get(status) or Text(zh=HTTPStatus(status).phrase, en=HTTPStatus(status).phrase)
    body: dict[str, object] = {
        "type": f"urn:shanhe:problem:{code}",
        "title": title.in_(language),
        "status": status,
        "detail": detail.in_(language),
        "detail_zh": detail.zh,
        "detail_en": detail.en,
        "code": code,
        "values": {name: _plain(value) for name, value in (values or {}).items()},
    }
    if errors is not None:
        body["errors"] = [dict(error) for error in errors]
    return JSONResponse(body, status, headers=headers, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Have ``app`` answer every error by :func:`problem`."""
    app.add_exception_handler(ShanheError, known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(psycopg.errors.QueryCanceled, _too_slow)
    app.add_exception_handler(psycopg.DataError, _unreadable)
    app.add_exception_handler(Exception, _broken)


def status_of(error: ShanheError) -> int:
    """The HTTP status of an error: that of the nearest class in the table."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def known(request: Request, raised: Exception) -> Response:
    """The answer for an error of this program; whoever has to sign in or change a password is led there."""
    error = cast("ShanheError", raised)
    if isinstance(error, (NotSignedIn, PasswordMustChange)):
        return _led(request, error)
    status = _by_standard(request, status_of(error))
    if status >= 500:
        log.error("%s: %s", error.code, error)
    headers = RETRY if status == 503 else None
    values = dict(error.values)
    if status == 429:
        headers = {"Retry-After": str(values["seconds"])}
    report = values.pop("report", None)
    problems = report.problems if isinstance(report, Report) else values.pop("problems", None)
    faults = _faults(cast("Sequence[Problem]", problems)) if problems is not None else None
    return problem(request, status, error.code, error.text, values=values, errors=faults, headers=headers)


def _led(request: Request, error: ShanheError) -> Response:
    path, page = request.url.path, "text/html" in request.headers.get("accept", "")
    if page and request.method in ("GET", "HEAD") and not path.startswith("/api/"):
        asked = path + (f"?{request.url.query}" if request.url.query else "")
        to = "/password" if isinstance(error, PasswordMustChange) else f"/login?{urlencode({'next': asked})}"
        return RedirectResponse(to, 303, headers=around("", request.url.scheme))
    # A browser would ask for a password by itself where Basic is offered to a script of a page.
    offered = "Bearer" if "sec-fetch-mode" in request.headers else 'Basic realm="shanhe", Bearer'
    headers = {"WWW-Authenticate": offered} if isinstance(error, NotSignedIn) else None
    return problem(request, status_of(error), error.code, error.text, headers=headers)


def _faults(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    """The first hundred problems of an import, without the values of cells: those may be personal."""
    told = ("row", "column", "code", "severity", "text")
    return [{name: value for name, value in each.report().items() if name in told} for each in problems[:100]]


def _invalid(request: Request, raised: Exception) -> Response:
    error = cast("RequestValidationError", raised)
    faults = [
        {"where": str(fault["loc"][0]), "name": ".".join(map(str, fault["loc"][1:])), "reason": str(fault["msg"])}
        for fault in error.errors()
    ]
    names = ", ".join(dict.fromkeys(fault["name"] for fault in faults))
    status = _by_standard(request, 422)
    return problem(request, status, "invalid", INVALID.format(names=names), values={"names": names}, errors=faults)


def _by_standard(request: Request, status: int) -> int:
    """OGC API asks for 400 where a question cannot be read (17-069r4, 7.15.8)."""
    asking = request.method in ("GET", "HEAD") and f"{request.url.path}/".startswith(f"{ROOT}/")
    return 400 if asking and status == 422 else status


def _http(request: Request, raised: Exception) -> Response:
    error = cast("HTTPException", raised)
    if isinstance(error.__cause__, ShanheError):  # of a guard, while the body was being read
        return known(request, error.__cause__)
    if error.status_code == 405:
        code, detail = "method_not_allowed", NO_SUCH_METHOD.format(method=request.method)
    elif error.status_code == 404:
        code, detail = "no_such_address", NO_SUCH_ADDRESS.format(path=request.url.path)
    else:
        code, detail = "http", Text(zh=str(error.detail) or "?", en=str(error.detail) or "?")
    return problem(request, error.status_code, code, detail, headers=error.headers)


def _too_slow(request: Request, error: Exception) -> Response:
    return problem(request, 503, "too_slow", TOO_SLOW, headers=RETRY)


def _unreadable(request: Request, error: Exception) -> Response:
    return problem(request, _by_standard(request, 422), "invalid", UNREADABLE)


def _broken(request: Request, error: Exception) -> Response:
    return problem(request, 500, "internal", BROKEN)


def _plain(value: object) -> object:
    if isinstance(value, Text):
        return value.both()
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)
