"""增减挂钩拆旧复垦: a plot of old houses turned back to farmland, whose area may be built on elsewhere."""

from typing import Annotated

from pydantic import Field

from geo.claims.metric import Counted, Metric
from geo.layer import HECTARE, HOUSEHOLD, MU, PATCH, Geometry, Layer, Measure, Milestone, Row, Status, column
from geo.text import Text

Area = Annotated[float, Field(ge=0, le=1e9)]


class LinkedReclamation(Row):
    """One plot of a linked reclamation project."""

    project: Annotated[str, Field(max_length=120)] | None = column(Text(zh="项目名称", en="Project"), "项目区", "XMMC")
    households: Annotated[int, Field(ge=0, le=100_000)] | None = column(
        Text(zh="拆旧户数", en="Households"), "户数", "复垦户数", unit=HOUSEHOLD
    )
    quota_saved_m2: Area | None = column(
        Text(zh="节余指标（平方米）", en="Quota saved (m²)"), "节余指标", "节余面积", unit=HECTARE
    )
    new_farmland_m2: Area | None = column(
        Text(zh="新增耕地面积（平方米）", en="New farmland (m²)"), "新增耕地", unit=MU
    )
    head: Annotated[str, Field(max_length=200)] | None = column(
        Text(zh="户主姓名", en="Heads of household"), "户主", private=True
    )


LAYER = Layer(
    code="linked_reclamation",
    label=Text(zh="增减挂钩拆旧复垦", en="Linked reclamation"),
    geometry=Geometry.POLYGON,
    row=LinkedReclamation,
    measures=(
        Measure("registered_area", Text(zh="复垦面积", en="Reclaimed area"), MU, "registered_area_m2"),
        Measure("households", Text(zh="拆旧户数", en="Households"), HOUSEHOLD, "households"),
        Measure("quota_saved", Text(zh="节余指标", en="Quota saved"), MU, "quota_saved_m2"),
        Measure("plots", Text(zh="地块数", en="Plots"), PATCH),
        Measure("drawn_area", Text(zh="图形面积", en="Drawn area"), MU, "area_m2"),
    ),
    milestones=(
        Milestone("approved", Text(zh="立项批复", en="Project approved"), Status.NOT_STARTED, ("立项日期", "批复日期")),
        Milestone("demolished", Text(zh="旧房拆除", en="Old houses demolished"), Status.UNDER_WAY, ("拆除日期",)),
        Milestone(
            "reclaimed",
            Text(zh="复垦完成", en="Reclaimed"),
            Status.COMPLETED,
            ("复垦日期", "复垦完成日期"),
            completes=True,
        ),
        Milestone("accepted", Text(zh="验收", en="Accepted"), Status.ACCEPTED, ("验收日期",)),
        Milestone("credited", Text(zh="指标入库", en="Quota credited"), Status.ACCEPTED, ("入库日期", "指标确认日期")),
    ),
    metrics=(
        Metric(
            "linked_reclamation.households_reclaimed",
            Text(zh="拆旧复垦户数", en="Households of linked reclamation"),
            Counted("households", "reclaimed"),
            spellings=("拆旧复垦",),
        ),
        Metric(
            "linked_reclamation.reclaimed_area",
            Text(zh="拆旧复垦面积", en="Area of linked reclamation"),
            Counted("registered_area", "reclaimed"),
            spellings=("复垦面积", "拆旧复垦"),
        ),
        Metric(
            "linked_reclamation.quota_saved",
            Text(zh="增减挂钩节余指标", en="Quota saved by linked reclamation"),
            Counted("quota_saved", "reclaimed"),
            spellings=("节余指标",),
        ),
    ),
    icon="M1 4H9V12H1ZM2.6 5.6V10.4H7.4V5.6ZM10.2 4H15V12H10.2Z",
    order=70,
    about=Text(
        zh="城乡建设用地增减挂钩的拆旧地块、户数和节余指标",
        en="Old building plots turned to farmland, their households and the quota saved",
    ),
)
