"""农村宅基地报批: a plot on which a rural household may build, from the application to the finished house."""

from typing import Annotated

from pydantic import Field

from geo.claims.metric import Counted, Metric
from geo.layer import MU, PARCEL, PERSON, Code, CodeList, Geometry, Layer, Measure, Milestone, Row, Status, column
from geo.text import Text

Building = Annotated[
    str,
    CodeList(
        Code("new", Text(zh="新建", en="New house")),
        Code("rebuilt", Text(zh="原址重建", en="Rebuilt in place"), ("原址翻建", "改建")),
        Code("moved", Text(zh="异址新建", en="Built elsewhere"), ("易地新建",)),
    ),
]
Short = Annotated[str, Field(max_length=60)]


class RuralHousing(Row):
    """One house plot; ``batch`` and ``conversion_project`` are what several plots are approved under."""

    batch: Short | None = column(Text(zh="批次", en="Batch"), "报批批次", "批次号")
    conversion_project: Annotated[str, Field(max_length=120)] | None = column(
        Text(zh="农用地转用项目", en="Farmland conversion project"), "农转用项目"
    )
    building: Building | None = column(Text(zh="建房类型", en="Kind of building"), "建设方式")
    people: Annotated[int, Field(ge=0, le=100)] | None = column(Text(zh="家庭人口", en="People"), "人口", unit=PERSON)
    farmland_m2: Annotated[float, Field(ge=0, le=1e6)] | None = column(
        Text(zh="占用耕地面积（平方米）", en="Farmland in it (m²)"), "耕地面积", unit=MU
    )
    applicant: Short | None = column(Text(zh="申请人", en="Applicant"), "户主", "户主姓名", private=True)
    id_number: Short | None = column(Text(zh="身份证号", en="ID number"), "身份证号码", private=True)
    phone: Short | None = column(Text(zh="联系电话", en="Phone"), "电话", private=True)


LAYER = Layer(
    code="rural_housing",
    label=Text(zh="农村宅基地报批", en="Rural housing approvals"),
    geometry=Geometry.POLYGON,
    row=RuralHousing,
    measures=(
        Measure("plots", Text(zh="宗数", en="Plots"), PARCEL),
        Measure("registered_area", Text(zh="批准面积", en="Registered area"), MU, "registered_area_m2"),
        Measure("people", Text(zh="人数", en="People"), PERSON, "people"),
        Measure("drawn_area", Text(zh="图形面积", en="Drawn area"), MU, "area_m2"),
    ),
    milestones=(
        Milestone("applied", Text(zh="申请", en="Applied"), Status.NOT_STARTED, ("申请日期",)),
        Milestone("reviewed", Text(zh="联合审查", en="Reviewed"), Status.UNDER_WAY, ("审查日期", "联审日期")),
        Milestone("submitted", Text(zh="上报", en="Submitted"), Status.UNDER_WAY, ("上报日期", "报批日期")),
        Milestone(
            "approved",
            Text(zh="批准", en="Approved"),
            Status.COMPLETED,
            ("批准日期", "批复日期"),
            completes=True,
        ),
        Milestone("built", Text(zh="竣工验收", en="Built and accepted"), Status.ACCEPTED, ("验收日期", "竣工日期")),
    ),
    metrics=(
        Metric(
            "land_approval.rural_housing_batches",
            Text(zh="农村宅基地报批批次", en="Batches of rural housing approvals"),
            Counted(milestone="approved", distinct="batch"),
            spellings=("宅基地",),
        ),
        Metric(
            "land_approval.rural_housing_plots",
            Text(zh="农村宅基地报批宗数", en="Rural house plots approved"),
            Counted("plots", "approved"),
            spellings=("宅基地",),
        ),
        Metric(
            "land_approval.rural_housing_area",
            Text(zh="农村宅基地报批面积", en="Area of rural house plots approved"),
            Counted("registered_area", "approved"),
            spellings=("宅基地",),
        ),
        Metric(
            "land_approval.farmland_conversion_projects",
            Text(zh="农用地转用项目", en="Farmland conversion projects"),
            Counted(milestone="approved", distinct="conversion_project"),
            spellings=("农转用",),
        ),
    ),
    icon="M8 1.2 15 7.4V14.8H1V7.4ZM8 3.6 2.8 8.2V13H13.2V8.2Z",
    order=90,
    about=Text(
        zh="农村宅基地用地报批，按批次、宗数和面积统计",
        en="Approvals of rural house plots, counted in batches, plots and area",
    ),
)
