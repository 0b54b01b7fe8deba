"""Changes to the ledger: transactions, what they are spread over, what activities are for, and whole files."""

import pathlib
import tempfile
from dataclasses import asdict
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import Body, Path, Query
from starlette.responses import Response

from api import money_models as models
from api.deps import FIRST_DAY, LAST_DAY, JSONText, TheDatabase, Writer
from api.ledger_query import AskedTransactions, Before
from api.router import Router
from geo import allocation, boundary, ledger, ledger_export, ledger_reading, link
from geo.allocation import Share
from geo.amount import yuan
from geo.errors import BadValue
from geo.ingest.ledger import Choice, load_ledger
from geo.ingest.sheet import LIMIT
from geo.layers import layer as declared
from geo.ledger import BudgetLine, Entry
from geo.right import Verb
from geo.text import Text

router = Router("ledger")

SHOWN = 100
NewCode = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.-]{1,64}$", description="代码 / code", examples=["2024-01"])]
Media = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


@router.post("/api/transactions", status_code=201, response_model=models.Made, summary="登记收支 / Enter a transaction")
def record(database: TheDatabase, by: Writer, sent: models.NewTransaction) -> object:
    """登记一笔收支，金额以元或万元给出 / enter a transaction, in yuan or 10,000 yuan."""
    with database.connection() as connection:
        return {"id": ledger.record(connection, _entry(sent), by=by)}


@router.get(
    "/api/transactions", response_model=models.Transactions, response_class=JSONText, summary="收支列表 / Transactions"
)
def transactions(
    *,
    database: TheDatabase,
    wanted: AskedTransactions,
    limit: Annotated[int, Query(ge=1, le=500, description="每页条数 / how many a page holds")] = 100,
    before: Before = None,
) -> JSONText:
    """截至某日的收支，新的在前，含已分摊和未落图金额 / newest first, with what is allocated and what is not."""
    with database.connection() as connection:
        if wanted.org_unit is not None:
            boundary.level(connection, wanted.org_unit)
        return JSONText(ledger_reading.page(connection, wanted, limit=limit, before=before))


@router.get(
    "/api/transactions/{transaction}",
    response_model=models.OneTransaction,
    response_class=JSONText,
    summary="一笔收支 / One transaction",
)
def one_transaction(database: TheDatabase, transaction: int) -> JSONText:
    """内容、分摊和每次更正前的状态 / what it states, what it reached, and every earlier state."""
    with database.connection() as connection:
        return JSONText(ledger_reading.transaction(connection, _number(transaction)))


@router.get(
    "/api/activities/{code}",
    response_model=models.OneActivity,
    response_class=JSONText,
    summary="一个项目 / One activity",
)
def one_activity(database: TheDatabase, code: str) -> JSONText:
    """预算、关联规则和关联的要素 / budget lines, rules and features."""
    with database.connection() as connection:
        return JSONText(ledger_reading.activity(connection, code))


@router.put("/api/transactions/{transaction}", status_code=204, summary="更正收支 / Correct a transaction")
def correct(database: TheDatabase, by: Writer, transaction: int, sent: models.CorrectedTransaction) -> Response:
    """更正一笔收支，保留原状和原因 / put a transaction right; what it was and why is kept."""
    with database.connection() as connection:
        ledger.correct(connection, _number(transaction), _entry(sent), by=by, reason=sent.reason, version=sent.version)
    return Response(status_code=204)


@router.delete("/api/transactions/{transaction}", status_code=204, summary="撤销收支 / Withdraw a transaction")
def withdraw(
    database: TheDatabase,
    by: Writer,
    transaction: int,
    reason: Annotated[str, Query(min_length=1, max_length=400, description="原因 / why")],
) -> Response:
    """撤销一笔误记的收支及其分摊 / withdraw what should not have been entered, with its allocations."""
    with database.connection() as connection:
        ledger.withdraw(connection, _number(transaction), by=by, reason=reason)
    return Response(status_code=204)


@router.post(
    "/api/transactions/{transaction}/allocation",
    response_model=models.Allocated,
    summary="分摊到要素 / Spread over features",
)
def allocate(database: TheDatabase, by: Writer, transaction: int, sent: models.NewAllocation) -> object:
    """按依据分摊到项目关联的要素，替换原分摊 / spread by a basis, in place of how it was spread before."""
    share = Share(
        sent.basis,
        amount=None if sent.amount is None else yuan(sent.amount, sent.unit),
        layer=None if sent.layer is None else declared(sent.layer).code,
        org_unit=sent.org_unit,
        features=sent.features,
        amounts=sent.amounts and {each: yuan(amount, sent.unit) for each, amount in sent.amounts.items()},
    )
    with database.connection() as connection:
        return asdict(allocation.allocate(connection, _number(transaction), share, by=by))


@router.put("/api/budgets", status_code=204, summary="录入预算 / State a budget line")
def budget(database: TheDatabase, by: Writer, sent: models.NewBudget) -> Response:
    """同一年度、阶段、渠道和项目的预算以新值为准，原值保留 / in place of the one before, which is kept."""
    line = BudgetLine(
        fund_source=sent.fund_source,
        activity=sent.activity,
        year=sent.year,
        phase=sent.phase,
        amount=yuan(sent.amount, sent.unit),
        document=sent.document or None,
        note=sent.note or None,
    )
    with database.connection() as connection:
        ledger.budget(connection, line, by=by)
    return Response(status_code=204)


@router.put("/api/fund-sources/{code}", status_code=204, summary="新增渠道或改名 / Add or rename a channel")
def channel(database: TheDatabase, by: Writer, code: NewCode, sent: models.NewChannel) -> Response:
    """未给英文名时与中文名相同 / without an English name it has the Chinese one."""
    with database.connection() as connection:
        ledger.add_channel(connection, code, Text(zh=sent.name_zh, en=sent.name_en or sent.name_zh))
    return Response(status_code=204)


@router.put("/api/activities/{code}", status_code=204, summary="新增或修改项目 / Add or change an activity")
def activity(database: TheDatabase, by: Writer, code: NewCode, sent: models.NewActivity) -> Response:
    """名称和起止日期，未给英文名时与中文名相同 / names, and when it began and is due."""
    with database.connection() as connection:
        ledger.state_activity(
            connection,
            code,
            Text(zh=sent.name_zh, en=sent.name_en or sent.name_zh),
            starts_on=sent.starts_on,
            due_on=sent.due_on,
        )
    return Response(status_code=204)


@router.post(
    "/api/activities/{code}/features", response_model=models.Linked, summary="关联要素 / Link features to an activity"
)
def link_features(database: TheDatabase, by: Writer, code: str, sent: models.NewLink) -> object:
    """按所选要素、编号清单或规则关联 / by features picked, by codes of a layer, or by a rule that is kept."""
    if sum(each is not None for each in (sent.features, sent.codes, sent.rule)) != 1:
        reason = Text(zh="须恰好给出其中一项", en="state exactly one of them")
        raise BadValue(name="features, codes, rule", value="", reason=reason)
    with database.connection() as connection:
        if sent.features is not None:
            found = link.by_ids(connection, code, sent.features)
        elif sent.codes is not None:
            found = link.by_codes(connection, code, declared(sent.layer or ""), sent.codes)
        else:
            rule = sent.rule or models.NewRule(layer="")
            wanted = link.Rule(rule.layer, rule.org_unit, rule.column, rule.value)
            found = link.by_rule(connection, code, declared(rule.layer), wanted, by=by)
    problems = [
        {"row": each.row, "value": each.value, "text": each.text.both()} for each in found.problems[:SHOWN]
    ]  # fmt: skip
    return {"features": found.features, "added": found.added, "rule": found.rule, "problems": problems}


@router.delete("/api/activities/{code}/rules/{rule}", status_code=204, summary="删除关联规则 / Drop a rule")
def forget_rule(database: TheDatabase, by: Writer, code: str, rule: int) -> Response:
    """删除规则及只由它产生的关联 / drop a rule with the links that it alone made."""
    with database.connection() as connection:
        link.forget_rule(connection, code, _number(rule))
    return Response(status_code=204)


@router.delete("/api/activities/{code}/features/{feature_id}", status_code=204, summary="取消关联 / Drop a link")
def forget(database: TheDatabase, by: Writer, code: str, feature_id: UUID) -> Response:
    """取消一个手工关联 / drop a link that was made by hand."""
    with database.connection() as connection:
        link.forget(connection, code, feature_id)
    return Response(status_code=204)


@router.post(
    "/api/ledger",
    response_model=models.LedgerReport,
    openapi_extra={"requestBody": {"content": Media, "required": True}},
    summary="导入台账 / Import a ledger",
)
def load(
    *,
    database: TheDatabase,
    by: Writer,
    content: Annotated[bytes, Body(media_type="application/octet-stream")],
    file: Annotated[str, Query(max_length=200, description="文件名，.xlsx 或 .csv / name of the file")],
    dry_run: Annotated[bool, Query(description="只检查 / check only")] = False,
    partial: Annotated[bool, Query(description="跳过有错的行 / skip rows that are refused")] = False,
    add: Annotated[bool, Query(description="新增未知的渠道和项目 / add channels and activities not known yet")] = False,
    year: Annotated[int | None, Query(ge=1950, le=2199, description="报告的年度 / year of a report's ledger")] = None,
) -> object:
    """请求正文为 .xlsx 或 .csv 文件；有错则全部不入账 / the body is the file; all of it is entered or nothing."""
    name = pathlib.PurePath(file.replace("\\", "/")).name
    if len(content) > LIMIT:
        raise BadValue(name="file", value=name, reason=Text(zh="文件过大", en="the file is too large"))
    choice = Choice(partial=partial, dry=dry_run, add=add, year=year, by=by)
    with tempfile.TemporaryDirectory(prefix="shanhe-ledger-") as folder:
        path = pathlib.Path(folder) / f"ledger{pathlib.PurePath(name).suffix.lower()}"
        path.write_bytes(content)
        report = load_ledger(database, path, choice, name=name)
    return _told(report.report())


@router.get(
    "/api/ledger.{ending}",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}, "description": "台账 / the ledger"}},
    summary="导出台账 / The ledger as a file",
)
def export(database: TheDatabase, ending: str) -> Response:
    """.xlsx 或 .csv，可原样再导入 / .xlsx or .csv, to be imported again unchanged."""
    with (
        database.connection(Verb.DOWNLOAD) as connection,
        tempfile.TemporaryDirectory(prefix="shanhe-ledger-") as folder,
    ):
        path = pathlib.Path(folder) / f"ledger.{pathlib.PurePath(ending).name}"
        ledger_export.export_ledger(connection, path)
        written = path.read_bytes()
    headers = {"Content-Disposition": f'attachment; filename="{path.name}"'}
    return Response(written, media_type="application/octet-stream", headers=headers)


def _entry(sent: models.NewTransaction) -> Entry:
    """A transaction as it is entered; raises :class:`BadValue` for an amount that cannot be, or nothing."""
    amount = yuan(sent.amount, sent.unit)
    if amount == Decimal(0):
        raise BadValue(name="amount", value="0", reason=Text(zh="应大于零", en="it must be more than zero"))
    if not FIRST_DAY <= sent.value_date <= LAST_DAY:
        reason = Text(zh="日期不可用", en="the date cannot be used")
        raise BadValue(name="value_date", value=str(sent.value_date), reason=reason)
    return Entry(
        fund_source=sent.fund_source,
        activity=sent.activity,
        kind=sent.kind,
        value_date=sent.value_date,
        amount=amount,
        document=sent.document or None,
        voucher=sent.voucher or None,
        note=sent.note or None,
    )


def _number(number: int) -> int:
    """A number that the database can have; others are of nothing that is there."""
    return number if 0 < number < 2**62 else 0


def _told(report: dict[str, Any]) -> dict[str, Any]:
    """A report as it is sent: without the values of cells, of the problems the first hundred."""
    problems = [
        {name: problem[name] for name in ("row", "column", "code", "severity", "text")}
        for problem in report["problems"][:SHOWN]
    ]
    return {**report, "crs": None, "notes": [], "mapping": [], "fields": {}, "problems": problems}
