"""批而未供和闲置土地: land that was approved and never supplied, or supplied and never used, until it is put to use."""

from typing import Annotated

from pydantic import Field

from geo.claims.metric import Counted, Metric
from geo.layer import MU, PARCEL, Code, CodeList, Geometry, Layer, Measure, Milestone, Row, Status, column
from geo.text import Text

Kind = Annotated[
    str,
    CodeList(
        Code("idle", Text(zh="闲置土地", en="Idle land"), ("闲置",)),
        Code("approved_unsupplied", Text(zh="批而未供", en="Approved but not supplied"), ("批而未供土地",)),
    ),
]
Disposal = Annotated[
    str,
    CodeList(
        Code("supplied", Text(zh="供应", en="Supplied"), ("供地", "出让", "划拨")),
        Code("started", Text(zh="动工", en="Building begun"), ("动工开发", "延长动工期限")),
        Code("taken_back", Text(zh="收回", en="Taken back"), ("收回土地使用权", "有偿收回", "无偿收回")),
        Code("exchanged", Text(zh="置换", en="Exchanged"), ("土地置换",)),
        Code("repealed", Text(zh="撤销批文", en="Approval repealed"), ("撤回批文",)),
        Code("other", Text(zh="其他", en="Other"), ("其它",)),
    ),
]
Short = Annotated[str, Field(max_length=60)]


class LandDisposal(Row):
    """One parcel of the list of land to be disposed of."""

    kind: Kind | None = column(Text(zh="土地类别", en="Kind of land"), "类别", "类型")
    approval: Annotated[str, Field(max_length=100)] | None = column(
        Text(zh="批准文号", en="Approval"), "批文号", "批次名称"
    )
    approved_year: Annotated[int, Field(ge=1949, le=2199)] | None = column(
        Text(zh="批准年度", en="Year of approval"), "批准年份"
    )
    land_use: Short | None = column(Text(zh="规划用途", en="Planned use"), "土地用途")
    disposal: Disposal | None = column(Text(zh="处置方式", en="Kind of disposal"), "处置措施", "CZFS")
    holder: Annotated[str, Field(max_length=120)] | None = column(
        Text(zh="土地使用权人", en="Holder of the land"), "使用权人", private=True
    )


LAYER = Layer(
    code="land_disposal",
    label=Text(zh="批而未供和闲置土地", en="Unsupplied and idle land"),
    geometry=Geometry.POLYGON,
    row=LandDisposal,
    measures=(
        Measure("registered_area", Text(zh="登记面积", en="Registered area"), MU, "registered_area_m2"),
        Measure("parcels", Text(zh="宗数", en="Parcels"), PARCEL),
        Measure("drawn_area", Text(zh="图形面积", en="Drawn area"), MU, "area_m2"),
    ),
    milestones=(
        Milestone("identified", Text(zh="认定", en="Identified"), Status.NOT_STARTED, ("认定日期",)),
        Milestone("planned", Text(zh="制定处置方案", en="Disposal planned"), Status.UNDER_WAY, ("方案日期",)),
        Milestone(
            "disposed",
            Text(zh="处置完成", en="Disposed of"),
            Status.COMPLETED,
            ("处置日期", "处置完成日期", "供地日期"),
            completes=True,
        ),
        Milestone("verified", Text(zh="审核销号", en="Verified"), Status.ACCEPTED, ("审核日期", "销号日期")),
    ),
    metrics=(
        Metric(
            "land_disposal.idle_land",
            Text(zh="闲置土地", en="Idle land"),
            Counted("registered_area", where=(("kind", "idle"),)),
        ),
        Metric(
            "land_disposal.idle_land_disposed",
            Text(zh="已处置闲置土地", en="Idle land disposed of"),
            Counted("registered_area", "disposed", (("kind", "idle"),)),
            within="land_disposal.idle_land",
            spellings=("处置闲置土地",),
        ),
        Metric(
            "land_disposal.approved_unsupplied",
            Text(zh="批而未供土地", en="Land approved and not supplied"),
            Counted("registered_area", where=(("kind", "approved_unsupplied"),)),
            spellings=("批而未供",),
        ),
        Metric(
            "land_disposal.approved_unsupplied_disposed",
            Text(zh="已处置批而未供土地", en="Land approved and not supplied, disposed of"),
            Counted("registered_area", "disposed", (("kind", "approved_unsupplied"),)),
            within="land_disposal.approved_unsupplied",
            spellings=("处置批而未供",),
        ),
    ),
    icon="M1.5 1.5H14.5V14.5H1.5ZM3.3 3.3V12.7L12.7 3.3Z",
    order=60,
    about=Text(
        zh="已批准未供应或已供应未使用的土地及其处置",
        en="Land approved and not supplied, or supplied and not used, and its disposal",
    ),
)
