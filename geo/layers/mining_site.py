"""矿山: a mine, the problems found there, its reclamation and the fund that pays for it."""

from typing import Annotated

from pydantic import Field

from geo.claims.metric import Counted, Metric
from geo.layer import (
    ENTERPRISE_VISIT,
    MINE,
    MU,
    PIECE,
    VISIT,
    WAN_YUAN,
    Code,
    CodeList,
    Geometry,
    Layer,
    Measure,
    Milestone,
    Row,
    Status,
    column,
)
from geo.text import Text

State = Annotated[
    str,
    CodeList(
        Code("building", Text(zh="在建", en="Under construction"), ("基建",)),
        Code("producing", Text(zh="生产", en="Producing"), ("生产矿山",)),
        Code("stopped", Text(zh="停产", en="Stopped"), ("停产矿山",)),
        Code("closed", Text(zh="关闭", en="Closed"), ("闭坑", "已关闭")),
        Code("abandoned", Text(zh="废弃", en="Abandoned"), ("历史遗留", "政策性关闭")),
    ),
]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Money = Annotated[float, Field(ge=0, le=1e12)]
Area = Annotated[float, Field(ge=0, le=1e9)]
Short = Annotated[str, Field(max_length=60)]


class MiningSite(Row):
    """One mine as the county's list states it; its place is the entrance or the middle of the pit."""

    licence_number: Short | None = column(Text(zh="采矿许可证号", en="Licence number"), "许可证号", "CKXKZH")
    licence_holder: Annotated[str, Field(max_length=120)] | None = column(
        Text(zh="采矿权人", en="Licence holder"), "矿业权人", "企业名称", "CKQR"
    )
    mineral: Short | None = column(Text(zh="矿种", en="Mineral"), "开采矿种", "KCKZ")
    state: State | None = column(Text(zh="矿山状态", en="State"), "生产状态", "KSZT")
    problem: Annotated[str, Field(max_length=300)] | None = column(Text(zh="存在问题", en="Problem"), "问题")
    fund_accrued: Money | None = column(
        Text(zh="应计提基金（元）", en="Restoration fund accrued (yuan)"), "计提基金", unit=WAN_YUAN
    )
    fund_paid_in: Money | None = column(
        Text(zh="已缴存基金（元）", en="Restoration fund paid in (yuan)"), "缴存基金", unit=WAN_YUAN
    )
    fund_paid_in_before: Money | None = column(
        Text(zh="上年末已缴存基金（元）", en="Restoration fund paid in at the end of last year (yuan)"),
        "上年缴存基金",
        unit=WAN_YUAN,
    )
    fund_used: Money | None = column(
        Text(zh="已使用基金（元）", en="Restoration fund used (yuan)"), "使用基金", unit=WAN_YUAN
    )
    auction_revenue: Money | None = column(
        Text(zh="采矿权出让收益（元）", en="Mining-right revenue (yuan)"), "出让收益", "矿业权出让收益", unit=WAN_YUAN
    )
    planned_reclamation_m2: Area | None = column(
        Text(zh="计划修复面积（平方米）", en="Planned reclamation (m²)"), "计划修复面积", unit=MU
    )
    reclaimed_m2: Area | None = column(
        Text(zh="已修复面积（平方米）", en="Reclaimed (m²)"), "已修复面积", "复垦面积", unit=MU
    )
    inspections: Count | None = column(Text(zh="检查家次", en="Inspections"), "检查次数", unit=ENTERPRISE_VISIT)
    inspection_visits: Count | None = column(Text(zh="检查人次", en="Inspector visits"), "出动人次", unit=VISIT)
    problems_found: Count | None = column(
        Text(zh="发现安全问题数", en="Safety problems found"), "发现问题", "发现隐患", unit=PIECE
    )
    problems_fixed: Count | None = column(
        Text(zh="整改安全问题数", en="Safety problems fixed"), "整改问题", "整改隐患", unit=PIECE
    )
    contact: Short | None = column(Text(zh="联系人", en="Contact"), "法定代表人", "负责人", private=True)
    contact_phone: Short | None = column(Text(zh="联系人电话", en="Contact's phone"), "联系电话", private=True)


LAYER = Layer(
    code="mining_site",
    label=Text(zh="矿山", en="Mining sites"),
    geometry=Geometry.POINT,
    row=MiningSite,
    measures=(
        Measure("sites", Text(zh="矿山数", en="Sites"), MINE),
        Measure("fund_paid_in", Text(zh="已缴存基金", en="Restoration fund paid in"), WAN_YUAN, "fund_paid_in"),
        Measure(
            "fund_paid_in_before",
            Text(zh="上年末已缴存基金", en="Paid in at the end of last year"),
            WAN_YUAN,
            "fund_paid_in_before",
        ),
        Measure("fund_used", Text(zh="已使用基金", en="Restoration fund used"), WAN_YUAN, "fund_used"),
        Measure("planned_area", Text(zh="计划修复面积", en="Planned reclamation"), MU, "planned_reclamation_m2"),
        Measure("reclaimed_area", Text(zh="已修复面积", en="Reclaimed area"), MU, "reclaimed_m2"),
        Measure("inspections", Text(zh="检查家次", en="Inspections"), ENTERPRISE_VISIT, "inspections"),
        Measure("inspection_visits", Text(zh="检查人次", en="Inspector visits"), VISIT, "inspection_visits"),
        Measure("problems_found", Text(zh="发现安全问题", en="Safety problems found"), PIECE, "problems_found"),
        Measure("problems_fixed", Text(zh="整改安全问题", en="Safety problems fixed"), PIECE, "problems_fixed"),
        Measure("auction_revenue", Text(zh="采矿权出让收益", en="Mining-right revenue"), WAN_YUAN, "auction_revenue"),
    ),
    milestones=(
        Milestone("listed", Text(zh="列入问题清单", en="Listed with problems"), Status.NOT_STARTED, ("列入清单日期",)),
        Milestone("penalised", Text(zh="立案处罚", en="Penalised"), Status.NOT_STARTED, ("处罚日期", "立案日期")),
        Milestone("rectifying", Text(zh="开始整改", en="Rectification begun"), Status.UNDER_WAY, ("整改开始日期",)),
        Milestone(
            "rectified",
            Text(zh="整改完成", en="Rectified"),
            Status.COMPLETED,
            ("整改完成日期", "完成整改日期"),
            completes=True,
        ),
        Milestone("accepted", Text(zh="整改验收", en="Accepted"), Status.ACCEPTED, ("验收日期", "验收")),
        Milestone("closed", Text(zh="销号", en="Taken off the list"), Status.ACCEPTED, ("销号日期",)),
    ),
    metrics=(
        Metric(
            "mining.sites_with_problems",
            Text(zh="存在问题的矿山", en="Mines with problems"),
            Counted("sites", "listed"),
            spellings=("问题矿山",),
        ),
        Metric(
            "mining.sites_rectified",
            Text(zh="完成整改的矿山", en="Mines set right"),
            Counted("sites", "rectified"),
            within="mining.sites_with_problems",
            spellings=("矿山整改",),
        ),
        Metric(
            "mining.sites_penalised",
            Text(zh="立案处罚的矿山", en="Mines penalised"),
            Counted("sites", "penalised"),
            spellings=("立案处罚",),
        ),
        Metric(
            "mining.restoration_fund_paid_in",
            Text(zh="矿山修复基金缴存", en="Restoration fund paid in"),
            Counted("fund_paid_in"),
            base="mining.restoration_fund_paid_in_before",
            spellings=("缴存基金", "修复基金"),
        ),
        Metric(
            "mining.restoration_fund_paid_in_before",
            Text(zh="上年末矿山修复基金缴存", en="Restoration fund paid in at the end of last year"),
            Counted("fund_paid_in_before"),
        ),
        Metric(
            "mining.reclaimed_area",
            Text(zh="矿山修复面积", en="Mine area reclaimed"),
            Counted("reclaimed_area"),
            spellings=("修复面积",),
        ),
        Metric(
            "mining.inspection_person_visits",
            Text(zh="矿山检查人次", en="Inspector visits to mines"),
            Counted("inspection_visits"),
            spellings=("出动",),
        ),
        Metric(
            "mining.enterprise_inspections",
            Text(zh="检查矿山企业", en="Inspections of mines"),
            Counted("inspections"),
            spellings=("检查企业",),
        ),
        Metric(
            "mining.safety_problems_found",
            Text(zh="发现安全隐患", en="Safety problems found"),
            Counted("problems_found"),
            spellings=("发现隐患", "发现问题"),
        ),
        Metric(
            "mining.safety_problems_fixed",
            Text(zh="整改安全隐患", en="Safety problems fixed"),
            Counted("problems_fixed"),
            within="mining.safety_problems_found",
            spellings=("隐患整改",),
        ),
        Metric(
            "mining.mining_rights_auction_revenue",
            Text(zh="采矿权出让收益", en="Revenue of mining rights"),
            Counted("auction_revenue"),
            spellings=("出让收益",),
        ),
    ),
    icon="M8 1 15 8 8 15 1 8Z",
    order=40,
    about=Text(
        zh="矿山问题整改、生态修复和修复基金的情况",
        en="Mines: problems set right, land reclaimed, and the restoration fund",
    ),
)
