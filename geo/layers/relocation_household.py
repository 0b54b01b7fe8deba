"""避险搬迁户: a household that moves away from below a hazard, until its old house is gone and the subsidy paid."""

from typing import Annotated

from pydantic import Field

from geo.claims.metric import AllDone, Counted, Metric
from geo.layer import (
    HOUSEHOLD,
    MU,
    PERSON,
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

Resettlement = Annotated[
    str,
    CodeList(
        Code("scattered", Text(zh="分散安置", en="Scattered"), ("分散",)),
        Code("concentrated", Text(zh="集中安置", en="Concentrated"), ("集中",)),
        Code("monetary", Text(zh="货币化安置", en="Monetary"), ("货币化", "货币")),
        Code("other", Text(zh="其他安置", en="Other"), ("其他", "其它")),
    ),
]
Count = Annotated[int, Field(ge=0, le=1_000)]
Money = Annotated[float, Field(ge=0, le=1e9)]
Area = Annotated[float, Field(ge=0, le=1e6)]
Short = Annotated[str, Field(max_length=60)]


class RelocationHousehold(Row):
    """One household of the relocation programme; its place is the old house."""

    people: Count | None = column(Text(zh="家庭人口", en="People"), "搬迁人数", "人口", unit=PERSON)
    resettlement: Resettlement | None = column(Text(zh="安置方式", en="Resettlement"), "搬迁方式", "AZFS")
    programme: Annotated[str, Field(max_length=100)] | None = column(Text(zh="搬迁项目", en="Programme"), "项目名称")
    task_year: Annotated[int, Field(ge=1990, le=2199)] | None = column(Text(zh="任务年度", en="Task year"), "年度")
    hazard_code: Annotated[str, Field(max_length=64)] | None = column(
        Text(zh="所属隐患点编号", en="Hazard point code"), "隐患点编号", "隐患点统一编号"
    )
    old_house_m2: Area | None = column(Text(zh="旧房面积（平方米）", en="Old house area (m²)"), "旧房面积", unit=MU)
    new_place: Annotated[str, Field(max_length=100)] | None = column(
        Text(zh="安置点", en="Resettlement site"), "安置点名称"
    )
    subsidy_due: Money | None = column(
        Text(zh="应补资金（元）", en="Subsidy due (yuan)"), "应补助金额", "补助标准", unit=WAN_YUAN
    )
    subsidy_paid: Money | None = column(
        Text(zh="已拨资金（元）", en="Subsidy paid (yuan)"), "已拨付金额", "已补助金额", unit=WAN_YUAN
    )
    head: Short | None = column(Text(zh="户主姓名", en="Head of household"), "户主", "姓名", private=True)
    id_number: Short | None = column(Text(zh="身份证号", en="ID number"), "身份证号码", "证件号码", private=True)
    phone: Short | None = column(Text(zh="联系电话", en="Phone"), "电话", "手机号", private=True)
    bank: Short | None = column(Text(zh="开户银行", en="Bank"), "开户行", private=True)
    bank_account: Short | None = column(Text(zh="银行账号", en="Bank account"), "一卡通账号", "银行卡号", private=True)
    old_address: Annotated[str, Field(max_length=200)] | None = column(
        Text(zh="原住址", en="Old address"), "旧房地址", "家庭住址", private=True
    )


LAYER = Layer(
    code="relocation_household",
    label=Text(zh="避险搬迁户", en="Relocation households"),
    geometry=Geometry.POINT,
    row=RelocationHousehold,
    measures=(
        Measure("households", Text(zh="户数", en="Households"), HOUSEHOLD),
        Measure("people", Text(zh="人数", en="People"), PERSON, "people"),
        Measure("subsidy_due", Text(zh="应补资金", en="Subsidy due"), WAN_YUAN, "subsidy_due"),
        Measure("subsidy_paid", Text(zh="已拨资金", en="Subsidy paid"), WAN_YUAN, "subsidy_paid"),
    ),
    milestones=(
        Milestone("registered", Text(zh="摸底登记", en="Registered"), Status.NOT_STARTED, ("摸底日期", "登记日期")),
        Milestone("applied", Text(zh="申请", en="Applied"), Status.UNDER_WAY, ("申请日期", "申请时间")),
        Milestone("verified", Text(zh="核查公示", en="Verified and published"), Status.UNDER_WAY, ("公示日期",)),
        Milestone("signed", Text(zh="签约", en="Agreement signed"), Status.UNDER_WAY, ("签约日期", "签订协议日期")),
        Milestone(
            "housed", Text(zh="建房或购房", en="House built or bought"), Status.UNDER_WAY, ("建房日期", "购房日期")
        ),
        Milestone("moved_in", Text(zh="入住", en="Moved in"), Status.UNDER_WAY, ("入住日期", "搬迁入住日期")),
        Milestone(
            "demolished",
            Text(zh="旧房拆除", en="Old house demolished"),
            Status.COMPLETED,
            ("拆除日期", "拆旧日期", "旧房拆除日期"),
            completes=True,
        ),
        Milestone("reclaimed", Text(zh="复垦复绿", en="Land reclaimed"), Status.COMPLETED, ("复垦日期", "复绿日期")),
        Milestone("accepted", Text(zh="验收", en="Accepted"), Status.ACCEPTED, ("验收日期", "验收时间")),
        # Money may come before acceptance or after it, so being paid says nothing about how far the move is.
        Milestone("paid", Text(zh="资金拨付", en="Subsidy paid out"), Status.UNDER_WAY, ("拨付日期", "兑付日期")),
    ),
    outcomes=(Outcome("household_moved", Text(zh="搬迁户", en="household moved"), "households", "demolished"),),
    metrics=(
        Metric(
            "relocation.households",
            Text(zh="避险搬迁户数", en="Relocation households"),
            Counted("households"),
            spellings=("避险搬迁",),
        ),
        Metric(
            "relocation.households_demolished",
            Text(zh="已拆除旧房的搬迁户", en="Relocation households with the old house demolished"),
            Counted("households", "demolished"),
            within="relocation.households",
            spellings=("旧房拆除", "拆除旧房", "拆旧"),
        ),
        Metric(
            "relocation.households_accepted",
            Text(zh="已验收的搬迁户", en="Relocation households accepted"),
            Counted("households", "accepted"),
            within="relocation.households",
            spellings=("搬迁验收", "完成验收"),
        ),
        Metric(
            "relocation.subsidy_due",
            Text(zh="应补搬迁资金", en="Relocation subsidy due"),
            Counted("subsidy_due"),
            spellings=("应补资金",),
        ),
        Metric(
            "relocation.subsidy_paid",
            Text(zh="已拨搬迁资金", en="Relocation subsidy paid"),
            Counted("subsidy_paid", "paid"),
            within="relocation.subsidy_due",
            spellings=("资金拨付", "补助资金"),
        ),
        Metric(
            "relocation.subsidy_paid_households",
            Text(zh="已拨资金的搬迁户", en="Relocation households paid"),
            Counted("households", "paid"),
            within="relocation.households",
            spellings=("兑付",),
        ),
        Metric(
            "relocation.project_completed",
            Text(zh="避险搬迁项目完成", en="Relocation project completed"),
            AllDone("relocation.households_accepted", "relocation.households"),
        ),
    ),
    icon="M8 1.5 14.5 7.2V14.5H1.5V7.2Z",
    order=20,
    about=Text(
        zh="受地质灾害威胁、需要搬离的农户，从登记到验收和补助拨付",
        en="Households below a hazard that move away, from registration to acceptance and payment",
    ),
)
