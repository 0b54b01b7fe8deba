"""国土空间规划: a plan for the county, a group of townships, a centre or a village, until it is approved."""

from typing import Annotated

from pydantic import Field

from geo.claims.metric import Counted, Metric
from geo.layer import PIECE, WAN_YUAN, Code, CodeList, Geometry, Layer, Measure, Milestone, Row, Status, column
from geo.text import Text

Level = Annotated[
    str,
    CodeList(
        Code("county", Text(zh="县级总体规划", en="County plan"), ("县级", "总体规划")),
        Code("township_area", Text(zh="乡镇级片区规划", en="Township-area plan"), ("片区规划", "乡镇级", "乡镇片区")),
        Code("central_area", Text(zh="中心城区详细规划", en="Central-area detailed plan"), ("详细规划", "控规")),
        Code("village", Text(zh="村规划", en="Village plan"), ("村庄规划", "村级")),
    ),
]


class SpatialPlan(Row):
    """One plan; its place is the seat of the area it plans, since plans of different levels lie over each other."""

    level: Level | None = column(Text(zh="规划层级", en="Level"), "规划类型", "层级")
    planned_until: Annotated[int, Field(ge=1949, le=2199)] | None = column(
        Text(zh="规划期至", en="Planned until"), "规划期末", "目标年"
    )
    approval: Annotated[str, Field(max_length=100)] | None = column(Text(zh="批准文号", en="Approval"), "批文号")
    compiler: Annotated[str, Field(max_length=120)] | None = column(Text(zh="编制单位", en="Compiled by"), "承担单位")
    cost: Annotated[float, Field(ge=0, le=1e9)] | None = column(
        Text(zh="编制经费（元）", en="Cost (yuan)"), "编制经费", unit=WAN_YUAN
    )


LAYER = Layer(
    code="spatial_plan",
    label=Text(zh="国土空间规划", en="Spatial plans"),
    geometry=Geometry.POINT,
    row=SpatialPlan,
    measures=(
        Measure("plans", Text(zh="规划数", en="Plans"), PIECE),
        Measure("cost", Text(zh="编制经费", en="Cost"), WAN_YUAN, "cost"),
    ),
    milestones=(
        Milestone("started", Text(zh="启动编制", en="Compilation begun"), Status.UNDER_WAY, ("启动日期",)),
        Milestone("drafted", Text(zh="形成初稿", en="Draft finished"), Status.UNDER_WAY, ("初稿日期", "形成草案")),
        Milestone("published", Text(zh="公示", en="Published for comment"), Status.UNDER_WAY, ("公示日期",)),
        Milestone("submitted", Text(zh="上报审批", en="Submitted"), Status.UNDER_WAY, ("上报日期",)),
        Milestone(
            "approved",
            Text(zh="获批", en="Approved"),
            Status.ACCEPTED,
            ("批复日期", "批准日期", "获批日期"),
            completes=True,
        ),
    ),
    metrics=(
        Metric(
            "planning.county_plan_approved",
            Text(zh="已获批的县级规划", en="County plan approved"),
            Counted("plans", "approved", (("level", "county"),)),
            spellings=("总体规划",),
        ),
        Metric(
            "planning.township_area_plans_submitted",
            Text(zh="已上报的乡镇片区规划", en="Township-area plans submitted"),
            Counted("plans", "submitted", (("level", "township_area"),)),
            spellings=("片区",),
        ),
        Metric(
            "planning.central_area_detailed_plan_draft",
            Text(zh="中心城区详细规划初稿", en="Detailed plan of the central area, drafted"),
            Counted("plans", "drafted", (("level", "central_area"),)),
            spellings=("中心城区",),
        ),
        Metric(
            "planning.village_plans_draft",
            Text(zh="村庄规划初稿", en="Village plans drafted"),
            Counted("plans", "drafted", (("level", "village"),)),
            spellings=("村庄规划",),
        ),
    ),
    may_overlap=True,
    icon="M3 1H10L13.5 4.5V15H3ZM5.2 7.2V8.6H11.3V7.2ZM5.2 10.4V11.8H11.3V10.4Z",
    order=100,
    about=Text(
        zh="县、乡镇片区、中心城区和村的国土空间规划编制进展",
        en="Plans for the county, groups of townships, the central area and villages, and how far they are",
    ),
)
