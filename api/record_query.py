"""Which records are asked for, as the parameters of an address."""

from datetime import date
from typing import Annotated

from annotated_types import Ge, Le
from fastapi import Depends, Query

from api.deps import FIRST_DAY, LAST_DAY, AsOf, LayerCode, TheirUnit
from geo.delay import DelayCode
from geo.feature import StatusCode
from geo.record import Cursor, Wanted

Day = Annotated[date, Ge(FIRST_DAY), Le(LAST_DAY)]


def _wanted(
    *,
    as_of: AsOf,
    layer: LayerCode,
    org_unit: TheirUnit,
    status: Annotated[StatusCode | None, Query(description="截至当日的状态 / status on the day")] = None,
    milestone: Annotated[
        str | None, Query(description="截至当日已达到的节点 / milestone reached by the day", max_length=64)
    ] = None,
    completing: Annotated[bool, Query(description="已达到完成节点 / has reached the milestone that completes")] = False,
    since: Annotated[Day | None, Query(description="节点达到日期从 / milestone reached on or after")] = None,
    until: Annotated[Day | None, Query(description="节点达到日期至 / milestone reached on or before")] = None,
    overdue: Annotated[DelayCode | None, Query(description="逾期时长 / for how long it is overdue")] = None,
    q: Annotated[str | None, Query(description="编号或名称中的文字 / text in code or name", max_length=100)] = None,
) -> Wanted:
    return Wanted(
        as_of, layer, org_unit, status, milestone,
        completing=completing, since=since, until=until, overdue=overdue, text=(q or "").strip() or None,
    )  # fmt: skip


def _after(
    after: Annotated[
        str | None, Query(description="上一页给出的 next / from the next of the page before", max_length=800)
    ] = None,
) -> Cursor | None:
    return None if after is None else Cursor.read(after)


AskedRecords = Annotated[Wanted, Depends(_wanted)]
After = Annotated[Cursor | None, Depends(_after)]
