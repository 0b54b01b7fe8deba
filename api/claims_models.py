"""The JSON of claims as models: figures with verdicts and records, and what is sent to add or judge one."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from api.models import Bilingual, Model, UnitOfMeasure

Verdict = Literal["error", "warning", "remark", "agrees", "unchecked"]
ClaimStatus = Literal["open", "accepted", "to_correct", "corrected"]
ClaimKind = Literal["actual", "forecast", "target", "rate"]


class ClaimFinding(Model):
    """规则所见 / what a rule found; ``beside`` are the claims it was reckoned with."""

    rule: str
    label: Bilingual
    severity: Literal["error", "warning", "remark"]
    arithmetic: Bilingual
    beside: list[str]


class ClaimRecords(Model):
    """与记录比较，按该数字的单位 / what the records give, in the unit of the claim."""

    state: Literal["agrees", "cut_off", "differs", "no_records"]
    value: float | None
    difference: float | None


class RecordBehind(Model):
    """一条记录 / a feature or an entry of the ledger; ``value`` is what it counts, in the unit of the figure."""

    code: str
    name: Bilingual
    place: Bilingual | None
    day: date | None
    value: float | None
    different: str | None
    address: str


class RecordsBehind(Model):
    """数字背后的记录 / what the records say of a metric, and the records."""

    label: Bilingual
    as_of: date
    unit: UnitOfMeasure
    value: float | None
    matched: int
    records: list[RecordBehind]


class ClaimLink(Model):
    """记录所在地址 / where records can be opened."""

    label: Bilingual
    address: str


class ClaimNote(Model):
    """处理意见 / what somebody said of a claim."""

    status: ClaimStatus
    note: str
    recorded_at: datetime
    recorded_by: str


class Claim(Model):
    """文件中的一个数字 / a figure that a document states; ``value`` keeps its decimals, ``day`` the day it is of."""

    document: str
    id: str
    section: str
    system: str
    metric: str
    label: Bilingual
    value: str
    unit: str
    kind: ClaimKind
    as_of: date | None
    day: date
    scope: str
    sentence: str
    verdict: Verdict
    findings: list[ClaimFinding]
    records: ClaimRecords
    links: list[ClaimLink]
    status: ClaimStatus
    notes: list[ClaimNote]


class Claims(Model):
    """核对结果 / all claims, checked."""

    counts: dict[Verdict, int]
    claims: list[Claim]


class NewClaim(Model):
    """录入的数字 / a figure typed in; ``metric`` is a name, ``a / b`` or ``a growth on 2023``."""

    document: Annotated[str, Field(max_length=64)]
    section: Annotated[str, Field(max_length=100)] = ""
    system: Annotated[str, Field(max_length=64)]
    metric: Annotated[str, Field(max_length=200)]
    value: Annotated[str, Field(max_length=40)]
    unit: Annotated[str, Field(max_length=20)] = ""
    kind: ClaimKind
    as_of: date | None = None
    scope: Annotated[str, Field(max_length=500)] = ""
    sentence: Annotated[str, Field(max_length=500)] = ""


class ClaimKept(Model):
    """已保存 / the claim that was kept or judged."""

    document: str
    id: str


class ClaimJudgement(Model):
    """处理意见；认可须写理由 / a status and a note; accepting needs a reason."""

    status: ClaimStatus
    note: Annotated[str, Field(max_length=2000, pattern=r"^[^\x00]*$")] = ""
