"""地质灾害隐患点: a slope, cliff or gully that threatens people, and the work that ends the threat."""

from typing import Annotated

from pydantic import Field

from geo.claims.metric import Counted, Metric
from geo.layer import (
    HOUSEHOLD,
    PERSON,
    PLACE,
    WAN_YUAN,
    Code,
    CodeList,
    Geometry,
    Layer,
    Measure,
    Milestone,
    Outcome,
    Row,
    Status,
    column,
)
from geo.text import Text

Kind = Annotated[
    str,
    CodeList(
        Code("00", Text(zh="斜坡", en="Unstable slope"), ("不稳定斜坡",)),
        Code("01", Text(zh="滑坡", en="Landslide")),
        Code("02", Text(zh="崩塌", en="Rockfall"), ("危岩",)),
        Code("03", Text(zh="泥石流", en="Debris flow")),
        Code("04", Text(zh="地面塌陷", en="Ground collapse")),
        Code("05", Text(zh="地裂缝", en="Ground fissure")),
        Code("06", Text(zh="地面沉降", en="Land subsidence")),
        Code("07", Text(zh="其它", en="Other"), ("其他",)),
    ),
]
Size = Annotated[
    str,
    CodeList(
        Code("extra_large", Text(zh="特大型", en="Extra large")),
        Code("large", Text(zh="大型", en="Large")),
        Code("medium", Text(zh="中型", en="Medium")),
        Code("small", Text(zh="小型", en="Small")),
    ),
]
Control = Annotated[
    str,
    CodeList(
        Code("community", Text(zh="群测群防", en="Community monitoring")),
        Code("professional", Text(zh="专业监测", en="Professional monitoring")),
        Code("relocation", Text(zh="搬迁避让", en="Relocation"), ("避让搬迁", "避险搬迁")),
        Code("works", Text(zh="工程治理", en="Engineering works"), ("治理工程",)),
        Code("removal", Text(zh="排危除险", en="Emergency removal")),
    ),
]
Trigger = Annotated[
    str,
    CodeList(
        Code("earthquake", Text(zh="地震", en="Earthquake")),
        Code("rain", Text(zh="降雨", en="Rain"), ("暴雨",)),
        Code("people", Text(zh="人为", en="Human activity"), ("人类工程活动",)),
    ),
]
Count = Annotated[int, Field(ge=0, le=1_000_000)]


class HazardPoint(Row):
    """One hazard point as the county's register states it."""

    kind: Kind | None = column(Text(zh="灾害类型", en="Hazard type"), "类型", "ZHLX")
    danger_grade: Size | None = column(Text(zh="险情等级", en="Danger grade"), "XQDJ")
    scale_grade: Size | None = column(Text(zh="规模等级", en="Scale grade"), "GMDJ")
    threatened_households: Count | None = column(
        Text(zh="威胁户数", en="Threatened households"), "受威胁户数", "WXHS", unit=HOUSEHOLD
    )
    threatened_people: Count | None = column(
        Text(zh="威胁人数", en="Threatened people"), "威胁人口", "受威胁人数", "WXRS", unit=PERSON
    )
    threatened_property: Annotated[float, Field(ge=0)] | None = column(
        Text(zh="威胁财产（元）", en="Threatened property (yuan)"), "威胁财产", unit=WAN_YUAN
    )
    control: Control | None = column(Text(zh="防治措施", en="Control measure"), "防治方式", "FZCS")
    automatic_monitoring: bool | None = column(Text(zh="自动化监测", en="Automatic monitoring"), "是否自动监测")
    trigger: Trigger | None = column(Text(zh="诱发因素", en="Trigger"), "YFYS")
    warning_cards: Count | None = column(Text(zh="明白卡", en="Warning cards"), "明白卡（张）")
    monitors: Count | None = column(Text(zh="监测员人数", en="Monitors"), "监测人员", unit=PERSON)
    weather_warned_people: Count | None = column(Text(zh="气象预警人数", en="People in weather warning"), unit=PERSON)
    evacuated_households: Count | None = column(Text(zh="避险转移户数", en="Households evacuated"), unit=HOUSEHOLD)
    evacuated_people: Count | None = column(Text(zh="避险转移人数", en="People evacuated"), unit=PERSON)
    investment: Annotated[float, Field(ge=0)] | None = column(
        Text(zh="治理投资（元）", en="Treatment investment (yuan)"), "治理投资", unit=WAN_YUAN
    )
    protected_people: Count | None = column(Text(zh="解除威胁人数", en="People no longer threatened"), unit=PERSON)
    responsible: Annotated[str, Field(max_length=60)] | None = column(
        Text(zh="防灾责任人", en="Responsible person"), "责任人", private=True
    )
    responsible_phone: Annotated[str, Field(max_length=30)] | None = column(
        Text(zh="责任人电话", en="Responsible person's phone"), "责任人联系电话", private=True
    )
    monitor: Annotated[str, Field(max_length=60)] | None = column(
        Text(zh="监测责任人", en="Monitor"), "监测员", private=True
    )
    monitor_phone: Annotated[str, Field(max_length=30)] | None = column(
        Text(zh="监测责任人电话", en="Monitor's phone"), "监测员电话", private=True
    )


LAYER = Layer(
    code="hazard_point",
    label=Text(zh="地质灾害隐患点", en="Hazard points"),
    geometry=Geometry.POINT,
    row=HazardPoint,
    measures=(
        Measure("sites", Text(zh="处数", en="Sites"), PLACE),
        Measure("households", Text(zh="威胁户数", en="Threatened households"), HOUSEHOLD, "threatened_households"),
        Measure("people", Text(zh="威胁人数", en="Threatened people"), PERSON, "threatened_people"),
        Measure("protected", Text(zh="解除威胁人数", en="People no longer threatened"), PERSON, "protected_people"),
        Measure("investment", Text(zh="治理投资", en="Treatment investment"), WAN_YUAN, "investment"),
    ),
    milestones=(
        Milestone("identified", Text(zh="排查认定", en="Identified"), Status.NOT_STARTED, ("认定日期", "认定时间")),
        Milestone("works_started", Text(zh="治理开工", en="Works started"), Status.UNDER_WAY, ("开工日期", "开工时间")),
        Milestone(
            "works_completed",
            Text(zh="治理完工", en="Works completed"),
            Status.COMPLETED,
            ("完工日期", "完工时间"),
            completes=True,
        ),
        Milestone(
            "preliminary_accepted", Text(zh="初步验收", en="Preliminary acceptance"), Status.ACCEPTED, ("初验日期",)
        ),
        Milestone(
            "final_accepted", Text(zh="竣工验收", en="Final acceptance"), Status.ACCEPTED, ("终验日期", "验收日期")
        ),
        Milestone("struck_off", Text(zh="核销", en="Struck off"), Status.ACCEPTED, ("核销日期",)),
    ),
    outcomes=(
        Outcome(
            "person_protected",
            Text(zh="解除威胁人员", en="person no longer threatened"),
            "protected",
            "works_completed",
        ),
    ),
    metrics=(
        Metric(
            "hazard.points",
            Text(zh="地质灾害隐患点", en="Hazard points"),
            Counted("sites"),
            spellings=("隐患点",),
        ),
        Metric(
            "hazard.points_with_automatic_monitoring",
            Text(zh="自动化监测的隐患点", en="Hazard points with automatic monitoring"),
            Counted("sites", where=(("automatic_monitoring", "true"),)),
            within="hazard.points",
            spellings=("自动化监测",),
        ),
        Metric(
            "hazard.treatment_works",
            Text(zh="地质灾害治理工程", en="Hazard treatment works"),
            Counted("sites", "works_started"),
            within="hazard.points",
            spellings=("治理工程", "综合治理"),
        ),
        Metric(
            "hazard.treatment_works_completed",
            Text(zh="完成初验的治理工程", en="Hazard treatment works accepted preliminarily"),
            Counted("sites", "preliminary_accepted"),
            within="hazard.treatment_works",
            spellings=("初验",),
        ),
        Metric(
            "hazard.treatment_investment",
            Text(zh="地质灾害治理投资", en="Investment in hazard treatment"),
            Counted("investment", "works_completed"),
            spellings=("治理投资", "总投资"),
        ),
        Metric(
            "hazard.people_no_longer_threatened",
            Text(zh="解除威胁人数", en="People no longer threatened"),
            Counted("protected", "works_completed"),
            spellings=("解除威胁",),
        ),
        Metric(
            "hazard.warning_cards",
            Text(zh="发放明白卡", en="Warning cards"),
            Counted(column="warning_cards"),
            spellings=("明白卡",),
        ),
        Metric(
            "hazard.monitors",
            Text(zh="隐患点监测员", en="Monitors of hazard points"),
            Counted(column="monitors"),
            spellings=("监测员",),
        ),
        Metric(
            "hazard.people_in_weather_warning",
            Text(zh="接收气象预警人数", en="People in the weather warning"),
            Counted(column="weather_warned_people"),
            spellings=("气象预警",),
        ),
        Metric(
            "hazard.households_evacuated",
            Text(zh="避险转移户数", en="Households evacuated"),
            Counted(column="evacuated_households"),
            spellings=("避险转移", "转移群众"),
        ),
        Metric(
            "hazard.people_evacuated",
            Text(zh="避险转移人数", en="People evacuated"),
            Counted(column="evacuated_people"),
            spellings=("避险转移", "转移群众"),
        ),
    ),
    icon="M8 2 14.6 13.4H1.4Z",
    order=10,
    about=Text(
        zh="受威胁群众上方的滑坡、崩塌、泥石流等隐患及其治理进展",
        en="Landslides, rockfalls and debris flows above people, and the work that ends the threat",
    ),
)
