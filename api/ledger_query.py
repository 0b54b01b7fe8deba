"""Which transactions are asked for, as the parameters of an address."""

from typing import Annotated

from fastapi import Depends, Query

from api.deps import AsOf, OrgUnit
from geo.ledger import Kind
from geo.ledger_reading import Wanted


def _wanted(
    *,
    as_of: AsOf,
    year: Annotated[int | None, Query(ge=1950, le=2199, description="年度 / year")] = None,
    fund_source: Annotated[str | None, Query(description="渠道代码 / code of a channel", max_length=100)] = None,
    activity: Annotated[str | None, Query(description="项目代码 / code of an activity", max_length=100)] = None,
    org_unit: OrgUnit,
    kind: Annotated[Kind | None, Query(description="类型 / type")] = None,
    unallocated: Annotated[bool, Query(description="只看尚未落到图上的 / only what is not on the map yet")] = False,
) -> Wanted:
    return Wanted(as_of, year, fund_source, activity, kind, unallocated, org_unit)


AskedTransactions = Annotated[Wanted, Depends(_wanted)]
Before = Annotated[
    int | None, Query(ge=1, le=2**62, description="上一页最后一笔的编号 / number of the last one of the page before")
]
