"""The JSON of the money as models: what is answered, and what is sent to change the ledger."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from api.import_models import ImportReport
from api.models import Amount, Bilingual, Model, UnitOfMeasure

Basis = Literal["direct", "per_unit", "by_area", "by_people", "by_hand"]
Stated = Annotated[Amount | None, Field(description="元；null 为未说明或不适用 / yuan; null: not stated or applicable")]


class Amounts(Model):
    """预算与支出 / budgets of three phases, and what became of them; ``unallocated`` is not on the map yet."""

    initial: Stated
    adjusted: Stated
    executed: Stated
    spent: Amount
    carried_over: Stated
    remaining: Stated
    allocated: Amount
    unallocated: Stated


class MoneyChannel(Amounts):
    """渠道 / a channel; ``activities`` is how many it pays."""

    code: str
    name: Bilingual
    activities: int


class MoneyActivity(Amounts):
    """项目 / an activity with the channels that pay it and the documents that say so."""

    code: str
    name: Bilingual
    channels: list[str]
    documents: list[str]
    features: int
    illustrative: bool


class MoneyTownship(Model):
    """乡镇 / what reached the features of a township, of none, and of no feature yet."""

    org_unit: str | None
    kind: Literal["township", "outside", "unallocated"]
    spent: Amount
    features: int | None


class MoneyLayer(Model):
    """图层 / what reached the features of a layer, and of no feature yet."""

    layer: str | None
    kind: Literal["layer", "unallocated"]
    spent: Amount
    features: int | None


class Flow(Model):
    """流向 / from a channel through an activity to a township."""

    channel: str
    activity: str | None
    org_unit: str | None
    kind: Literal["township", "outside", "unallocated"]
    amount: Amount


class OutcomeRow(Model):
    """成效与成本 / what was bought; ``cost`` is of one unit, ``share_of_money`` the part of the money it covers."""

    code: str
    layer: str
    label: Bilingual
    unit: UnitOfMeasure
    spent: Amount
    value: float
    cost: Stated
    features: int
    share_of_money: float | None


class DivergenceRow(Model):
    """偏差 / a rule that an activity breaks; shares are of one.

    ``org_unit`` is a township, empty for what lies in none, null for the activity as a whole.
    """

    kind: Literal["money_ahead", "work_ahead", "overdue", "stale"]
    activity: str
    name: Bilingual
    org_unit: str | None
    physical: float
    financial: float | None
    days: int | None
    sentence: Bilingual


class DryLayer(Model):
    """未得资金的要素 / features of a layer that are linked and got no money."""

    layer: str
    features: int


class HomelessMoney(Model):
    """未关联要素的资金 / an activity that spent money and has no features."""

    activity: str
    name: Bilingual
    spent: Amount


class Money(Model):
    """资金总览 / the money of a period."""

    as_of: date
    year: int | None
    illustrative: bool
    total: Amounts
    channels: list[MoneyChannel]
    activities: list[MoneyActivity]
    townships: list[MoneyTownship]
    layers: list[MoneyLayer]
    flow: list[Flow]
    outcomes: list[OutcomeRow]
    divergence: list[DivergenceRow]
    features_without_money: list[DryLayer]
    money_without_features: list[HomelessMoney]


class MoneySeriesRow(Model):
    """一个渠道逐月累计 / what a channel had spent by the end of each month."""

    channel: str
    values: list[Amount]


class MoneySeries(Model):
    """逐月支出 / spending by month."""

    months: list[str]
    rows: list[MoneySeriesRow]


class MoneyUnit(Model):
    """一个乡镇的支出 / a township; null: in none."""

    org_unit: str | None
    spent: Amount
    features: int


class MoneyUnits(Model):
    """各乡镇支出 / spending by township."""

    as_of: date
    rows: list[MoneyUnit]


class TransactionState(Model):
    """一笔收支的内容 / what a transaction states."""

    fund_source: str
    activity: str | None
    kind: Literal["incoming", "commitment", "disbursement", "expenditure", "carry_over"]
    value_date: date
    amount: Amount
    voucher: str | None
    note: str | None


class TransactionRow(TransactionState):
    """一笔收支 / a transaction; ``unallocated`` is null where nothing of it can be allocated."""

    id: int
    allocated: Amount
    unallocated: Stated
    document: str | None
    illustrative: bool


class ListedTransaction(TransactionRow):
    """列表中的一笔 / one of a list; ``placed`` is what of it reached the unit asked for."""

    placed: Stated


class Transactions(Model):
    """收支列表 / transactions, newest first; the sums are of all that match."""

    as_of: date
    matched: int
    spent: Amount
    unallocated: Amount
    placed: Stated
    transactions: list[ListedTransaction]
    more: bool


class EarlierTransaction(TransactionState):
    """更正前的状态 / what a transaction was before it was corrected or withdrawn."""

    version: int
    recorded_at: datetime
    recorded_by: str
    reason: str | None


class AllocationRow(Model):
    """分摊到的要素 / a feature that money reached."""

    layer: str
    id: UUID
    code: str
    name: str | None
    amount: Amount
    basis: Basis


class OneTransaction(TransactionRow):
    """一笔收支及其历史和分摊 / a transaction, its earlier states, and up to 500 of the features it reached."""

    version: int
    recorded_at: datetime
    recorded_by: str
    reason: str | None
    withdrawn_at: datetime | None
    file: str | None
    features: int
    allocations: list[AllocationRow]
    versions: list[EarlierTransaction]


class BudgetRow(Model):
    """一条预算 / a budget line."""

    fund_source: str
    year: int
    phase: Literal["initial", "adjusted", "executed"]
    amount: Amount
    document: str | None
    note: str | None
    illustrative: bool


class RuleRow(Model):
    """关联规则 / a rule that links, and how many links it made."""

    id: int
    layer: str
    org_unit: str | None
    column: str | None
    value: str | None
    features: int


class LinkedFeature(Model):
    """关联的要素 / a feature an activity is for; ``rule`` null: picked or listed by hand."""

    layer: str
    id: UUID
    code: str
    name: str | None
    org_unit: str | None
    rule: int | None
    received: Amount


class OneActivity(Model):
    """一个项目 / an activity: budget lines, rules, features by layer, and the first 500 of them."""

    code: str
    name: Bilingual
    starts_on: date | None
    due_on: date | None
    budgets: list[BudgetRow]
    rules: list[RuleRow]
    layers: dict[str, int]
    features: list[LinkedFeature]


# --- what is sent -----------------------------------------------------------------------------------------------------


class Sent(BaseModel):
    """A JSON object that is sent: the members stated and no others."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


Line = Annotated[str, Field(pattern=r"^[^\x00-\x08\x0b-\x1f]*$")]
"""Text without control characters, which no spreadsheet can hold; lines end with a line feed."""


class NewTransaction(Sent):
    """一笔收支 / a transaction to be entered; the amount as text or number, in 元 or 万元."""

    fund_source: Annotated[str, Field(min_length=1, max_length=100)]
    activity: Annotated[str | None, Field(max_length=100)] = None
    kind: Literal["incoming", "commitment", "disbursement", "expenditure", "carry_over"]
    value_date: date
    amount: Decimal
    unit: Literal["yuan", "wan_yuan"] = "yuan"
    document: Annotated[Line | None, Field(max_length=100)] = None
    voucher: Annotated[Line | None, Field(max_length=60)] = None
    note: Annotated[Line | None, Field(max_length=1000)] = None


class CorrectedTransaction(NewTransaction):
    """更正后的收支 / the whole transaction as it should be, and why."""

    reason: Annotated[str, Field(min_length=1, max_length=400)]
    version: Annotated[
        int | None,
        Field(ge=1, le=2**31 - 1, description="所见版本，已被改动则拒绝 / the version that was seen"),
    ] = None


class NewAllocation(Sent):
    """分摊 / how a transaction is to be spread; ``amounts`` by feature where it is done by hand."""

    basis: Basis
    amount: Decimal | None = None
    unit: Literal["yuan", "wan_yuan"] = "yuan"
    layer: Annotated[str | None, Field(max_length=64)] = None
    org_unit: Annotated[str | None, Field(max_length=12)] = None
    features: Annotated[list[UUID] | None, Field(max_length=100_000)] = None
    amounts: Annotated[dict[UUID, Decimal] | None, Field(max_length=100_000)] = None


class NewRule(Sent):
    """关联规则 / features of a layer, of a unit, with a value in a column."""

    layer: Annotated[str, Field(max_length=64)]
    org_unit: Annotated[str | None, Field(max_length=12)] = None
    column: Annotated[str | None, Field(max_length=64)] = None
    value: Annotated[str | None, Field(max_length=200)] = None


class NewLink(Sent):
    """关联 / exactly one of: picked features, codes with their layer, or a rule."""

    features: Annotated[list[UUID] | None, Field(max_length=100_000)] = None
    layer: Annotated[str | None, Field(max_length=64)] = None
    codes: Annotated[list[Annotated[str, Field(max_length=64)]] | None, Field(max_length=100_000)] = None
    rule: NewRule | None = None


class NewBudget(Sent):
    """一条预算 / a budget line; it takes the place of the one of the same year, phase, channel and activity."""

    fund_source: Annotated[str, Field(min_length=1, max_length=100)]
    activity: Annotated[str | None, Field(max_length=100)] = None
    year: Annotated[int, Field(ge=1950, le=2199)]
    phase: Literal["initial", "adjusted", "executed"]
    amount: Decimal
    unit: Literal["yuan", "wan_yuan"] = "yuan"
    document: Annotated[Line | None, Field(max_length=100)] = None
    note: Annotated[Line | None, Field(max_length=1000)] = None


class NewChannel(Sent):
    """渠道名称 / the names of a channel; English may be left out."""

    name_zh: Annotated[Line, Field(min_length=1, max_length=200)]
    name_en: Annotated[Line | None, Field(max_length=200)] = None


class NewActivity(NewChannel):
    """项目名称和起止日期 / an activity's names, and when it began and is due."""

    starts_on: date | None = None
    due_on: date | None = None


class Made(Model):
    """已入账 / the number of what was entered."""

    id: int


class Allocated(Model):
    """分摊结果 / what came of it."""

    transaction: int
    amount: Amount
    allocated: Amount
    unallocated: Amount
    features: int
    without_weight: int


class UnknownCode(Model):
    """不认识的编号 / a code of the list that no feature has."""

    row: int
    value: str
    text: Bilingual


class Linked(Model):
    """关联结果 / how many features are linked now and how many are new."""

    features: int
    added: int
    rule: int | None
    problems: list[UnknownCode]


class LedgerReport(ImportReport):
    """台账导入报告 / what an import of a ledger did, or would do; of the problems the first hundred."""

    file: str
    applied: bool
