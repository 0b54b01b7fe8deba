"""卫片图斑: a parcel on which satellite images showed a change, judged, and set right where it was unlawful."""

from typing import Annotated

from pydantic import Field

from geo.claims.metric import Counted, Metric
from geo.layer import MU, PARCEL, Code, CodeList, Geometry, Layer, Measure, Milestone, Row, Status, column
from geo.text import Text

Verdict = Annotated[
    str,
    CodeList(
        Code("lawful", Text(zh="合法", en="Lawful"), ("合法用地",)),
        Code("unlawful", Text(zh="违法", en="Unlawful"), ("违法用地",)),
        Code("other", Text(zh="其他", en="Other"), ("其它", "其他用地")),
    ),
]
Area = Annotated[float, Field(ge=0, le=1e9)]
Short = Annotated[str, Field(max_length=60)]


class EnforcementParcel(Row):
    """One parcel of the yearly satellite enforcement."""

    year: Annotated[int, Field(ge=1990, le=2199)] | None = column(Text(zh="卫片年度", en="Image year"), "年度", "WPND")
    monitoring_number: Short | None = column(Text(zh="监测编号", en="Monitoring number"), "JCBH", "图斑编号")
    verdict: Verdict | None = column(Text(zh="判定结果", en="Verdict"), "合法性判定", "PDJG")
    farmland_m2: Area | None = column(
        Text(zh="占用耕地面积（平方米）", en="Farmland in it (m²)"), "耕地面积", "GDMJ", unit=MU
    )
    protected_farmland_m2: Area | None = column(
        Text(zh="占用永久基本农田面积（平方米）", en="Permanent basic farmland in it (m²)"), "基本农田面积", unit=MU
    )
    land_use: Annotated[str, Field(max_length=100)] | None = column(Text(zh="实际用途", en="Actual use"), "用途")
    offender: Annotated[str, Field(max_length=120)] | None = column(
        Text(zh="违法主体", en="Offender"), "当事人", "用地单位", private=True
    )
    offender_phone: Short | None = column(Text(zh="当事人电话", en="Offender's phone"), private=True)


LAYER = Layer(
    code="enforcement_parcel",
    label=Text(zh="卫片图斑", en="Enforcement parcels"),
    geometry=Geometry.POLYGON,
    row=EnforcementParcel,
    measures=(
        Measure("parcels", Text(zh="宗数", en="Parcels"), PARCEL),
        Measure("registered_area", Text(zh="图斑面积", en="Registered area"), MU, "registered_area_m2"),
        Measure("farmland_area", Text(zh="占用耕地面积", en="Farmland area"), MU, "farmland_m2"),
        Measure("drawn_area", Text(zh="图形面积", en="Drawn area"), MU, "area_m2"),
    ),
    milestones=(
        Milestone("issued", Text(zh="下发", en="Issued"), Status.NOT_STARTED, ("下发日期",)),
        Milestone("judged", Text(zh="核查判定", en="Judged"), Status.NOT_STARTED, ("判定日期",)),
        Milestone("rectifying", Text(zh="开始整改", en="Rectification begun"), Status.UNDER_WAY, ("整改开始日期",)),
        Milestone(
            "rectified",
            Text(zh="整改到位", en="Rectified"),
            Status.COMPLETED,
            ("整改完成日期", "整改日期", "整改完成"),
            completes=True,
        ),
        Milestone("passed", Text(zh="审核通过", en="Passed review"), Status.ACCEPTED, ("审核日期", "销号日期")),
    ),
    metrics=(
        Metric("enforcement.parcels", Text(zh="卫片图斑宗数", en="Enforcement parcels"), Counted("parcels")),
        Metric(
            "enforcement.area", Text(zh="卫片图斑面积", en="Area of enforcement parcels"), Counted("registered_area")
        ),
        Metric(
            "enforcement.parcels_{first}_{last}",
            Text(zh="若干年度的卫片图斑宗数", en="Enforcement parcels of some years"),
            Counted("parcels", where=(("year", "{first}..{last}"),)),
        ),
        Metric(
            "enforcement.parcels_{first}_{last}_rectified",
            Text(zh="若干年度整改到位的图斑", en="Enforcement parcels of some years set right"),
            Counted("parcels", "rectified", (("year", "{first}..{last}"),)),
            within="enforcement.parcels_{first}_{last}",
        ),
        Metric(
            "enforcement.area_{first}_{last}",
            Text(zh="若干年度的卫片图斑面积", en="Area of enforcement parcels of some years"),
            Counted("registered_area", where=(("year", "{first}..{last}"),)),
        ),
        Metric(
            "enforcement.parcels_rectified",
            Text(zh="整改到位的图斑", en="Enforcement parcels set right"),
            Counted("parcels", "rectified"),
            within="enforcement.parcels",
            spellings=("图斑整改", "整改图斑", "违法图斑"),
        ),
        Metric(
            "enforcement.area_rectified",
            Text(zh="整改到位的图斑面积", en="Area of enforcement parcels set right"),
            Counted("registered_area", "rectified"),
            within="enforcement.area",
            spellings=("整改面积",),
        ),
        Metric(
            "enforcement.farmland_area",
            Text(zh="图斑占用耕地面积", en="Farmland in enforcement parcels"),
            Counted("farmland_area"),
            spellings=("占用耕地",),
        ),
        Metric(
            "enforcement.farmland_area_rectified",
            Text(zh="整改到位的耕地面积", en="Farmland in enforcement parcels set right"),
            Counted("farmland_area", "rectified"),
            within="enforcement.farmland_area",
            spellings=("耕地整改",),
        ),
    ),
    icon="M1.5 1.5H14.5V14.5H1.5ZM3.3 3.3V12.7H12.7V3.3ZM6 6H10V10H6Z",
    order=50,
    about=Text(
        zh="卫片执法发现的图斑及其整改，按宗数和亩数统计",
        en="Parcels found on satellite images and set right, counted in parcels and in mu",
    ),
)
