"""征地: land that becomes state-owned for a project, and the people who are paid and insured for it."""

from typing import Annotated

from pydantic import Field

from geo.claims.metric import Counted, Metric
from geo.layer import MU, PARCEL, PERSON, WAN_YUAN, Geometry, Layer, Measure, Milestone, Row, Status, column
from geo.text import Text

Count = Annotated[int, Field(ge=0, le=1_000_000)]
Area = Annotated[float, Field(ge=0, le=1e9)]
Money = Annotated[float, Field(ge=0, le=1e12)]


class LandAcquisition(Row):
    """One parcel that is acquired for a project."""

    project: Annotated[str, Field(max_length=120)] | None = column(
        Text(zh="项目名称", en="Project"), "建设项目", "XMMC"
    )
    approval: Annotated[str, Field(max_length=100)] | None = column(
        Text(zh="批准文号", en="Approval"), "批文号", "PZWH"
    )
    farmland_m2: Area | None = column(Text(zh="征收耕地面积（平方米）", en="Farmland in it (m²)"), "耕地面积", unit=MU)
    people_settled: Count | None = column(
        Text(zh="安置人数", en="People settled"), "社保安置人数", "参保人数", unit=PERSON
    )
    compensation: Money | None = column(
        Text(zh="补偿费用（元）", en="Compensation (yuan)"), "征地补偿费", "补偿金额", unit=WAN_YUAN
    )
    owner: Annotated[str, Field(max_length=120)] | None = column(
        Text(zh="被征收人", en="Owner"), "权利人", private=True
    )


LAYER = Layer(
    code="land_acquisition",
    label=Text(zh="征地", en="Land acquisition"),
    geometry=Geometry.POLYGON,
    row=LandAcquisition,
    measures=(
        Measure("registered_area", Text(zh="征收面积", en="Registered area"), MU, "registered_area_m2"),
        Measure("people", Text(zh="安置人数", en="People settled"), PERSON, "people_settled"),
        Measure("compensation", Text(zh="补偿费用", en="Compensation"), WAN_YUAN, "compensation"),
        Measure("parcels", Text(zh="宗数", en="Parcels"), PARCEL),
        Measure("drawn_area", Text(zh="图形面积", en="Drawn area"), MU, "area_m2"),
    ),
    milestones=(
        Milestone("announced", Text(zh="征收预公告", en="Announced"), Status.NOT_STARTED, ("预公告日期", "公告日期")),
        Milestone("agreed", Text(zh="签订补偿协议", en="Compensation agreed"), Status.UNDER_WAY, ("协议日期",)),
        Milestone("approved", Text(zh="征地批复", en="Approved"), Status.UNDER_WAY, ("批复日期", "批准日期")),
        Milestone(
            "acquired",
            Text(zh="完成征收", en="Acquired"),
            Status.COMPLETED,
            ("征收日期", "征收完成日期", "交地日期"),
            completes=True,
        ),
        Milestone(
            "insured", Text(zh="社保落实", en="Social security in place"), Status.ACCEPTED, ("社保日期", "参保日期")
        ),
    ),
    metrics=(
        Metric(
            "land_acquisition.acquired_area",
            Text(zh="征收土地面积", en="Land acquired"),
            Counted("registered_area", "acquired"),
            spellings=("征收土地", "征地"),
        ),
        Metric(
            "land_acquisition.people_with_social_security",
            Text(zh="落实社保的被征地农民", en="People of acquired land with social security"),
            Counted("people", "insured"),
            spellings=("社保", "社会保障"),
        ),
    ),
    icon="M4.4 1.5H11.6L15.2 8 11.6 14.5H4.4L.8 8ZM5.4 3.3 2.9 8 5.4 12.7H10.6L13.1 8 10.6 3.3Z",
    order=80,
    about=Text(
        zh="为建设项目征收的土地、补偿和被征地农民社保",
        en="Land acquired for projects, with compensation and social security of those who lived from it",
    ),
)
