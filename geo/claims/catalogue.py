"""Every declared metric: those of the layers, those of the ledger, and those of which nothing is recorded."""

from dataclasses import dataclass
from functools import cache

from geo.claims.metric import AllDone, Balance, Counted, Metric, Paid, filled
from geo.layer import PIECE, WAN_YUAN, Dimension, Layer, Measure, Unit
from geo.layers import layers
from geo.text import Text

_ALL = ("expenditure", "carry_over")
LEDGER = (
    Metric("ledger.initial_budget", Text(zh="年初预算", en="Initial budget")),
    Metric("ledger.initial_budget.basic", Text(zh="年初基本支出预算", en="Initial budget, basic")),
    Metric(
        "ledger.initial_budget.projects", Text(zh="年初项目预算", en="Initial budget, projects"), Paid(phase="initial"),
    ),
    Metric("ledger.expenditure", Text(zh="支出", en="Expenditure"), spellings=("总支出",)),
    Metric("ledger.expenditure.basic", Text(zh="基本支出", en="Expenditure, basic")),
    Metric(
        "ledger.expenditure.projects", Text(zh="项目支出", en="Expenditure, projects"), Paid(("expenditure",)),
        within="ledger.expenditure",
    ),
    Metric(
        "ledger.expenditure.projects.general_public_budget",
        Text(zh="一般公共预算项目支出", en="Project expenditure of the general public budget"),
        spellings=("一般公共预算",),
    ),
    Metric(
        "ledger.expenditure.projects.government_funds",
        Text(zh="政府性基金项目支出", en="Project expenditure of government funds"),
        spellings=("政府性基金",),
    ),
    Metric("ledger.projects", Text(zh="支出项目数", en="Projects paid for"), Paid(activities=True)),
    Metric("ledger.carry_over", Text(zh="结转资金", en="Carried over"), Paid(("carry_over",)), spellings=("结转",)),
    Metric(
        "funding.bond_funds_won", Text(zh="争取的增发国债资金", en="Treasury bond funds won"),
        Paid(_ALL, fund_source="treasury_bond"), spellings=("增发国债", "国债资金"),
    ),
    Metric(
        "funding.bond_budget", Text(zh="增发国债预算", en="Treasury bond budget"),
        Paid(phase="adjusted", fund_source="treasury_bond"),
    ),
    Metric("funding.city_total", Text(zh="全市总额", en="Total of the city")),
    Metric(
        "planning.village_planning_grant", Text(zh="村庄规划奖补资金", en="Grant for village planning"),
        Paid(_ALL, serves="spatial_plan"), spellings=("规划编制",),
    ),
    Metric(
        "hazard.dual_control_pilot_grant",
        Text(zh="隐患点风险区双控试点资金", en="Grant for the pilot of points and risk zones"), spellings=("双控试点",),
    ),
)  # fmt: skip

OFFICE = (
    Metric(
        "hazard.household_surveys", Text(zh="入户调查批次", en="Household survey campaigns"), spellings=("入户调查",),
    ),
    Metric(
        "hazard.dual_control_and_survey_projects_accepted",
        Text(zh="已验收的双控和调查项目", en="Pilot and survey projects accepted"),
    ),
    Metric("field_patrol.patrollers", Text(zh="田长制网格员", en="Field patrollers"), spellings=("网格员", "巡田员")),
    Metric("field_patrol.patrol_rate", Text(zh="巡田率", en="Patrol rate")),
    Metric("performance.score", Text(zh="自评得分", en="Self-evaluation score"), spellings=("自评",)),
    Metric("staffing.subordinate_units", Text(zh="下属机构", en="Subordinate units")),
    Metric("staffing.posts", Text(zh="编制数", en="Posts"), spellings=("编制",)),
    Metric("staffing.posts_filled", Text(zh="在编人数", en="Posts filled"), within="staffing.posts"),
    Metric("petitions.petitions_closed", Text(zh="办结信访件", en="Petitions closed"), spellings=("信访",)),
    Metric(
        "petitions.hotline_cases_closed", Text(zh="办结热线件", en="Hotline cases closed"), spellings=("12345", "热线"),
    ),
    Metric(
        "registration.title_deeds_resolved", Text(zh="化解办证难户数", en="Title deed cases resolved"),
        spellings=("办证难",),
    ),
    Metric("registration.title_deeds_in_progress", Text(zh="正在办证的户数", en="Title deed cases in progress")),
    Metric("village_support.households_paired", Text(zh="结对帮扶户数", en="Households paired"), spellings=("帮扶",)),
)  # fmt: skip

COUNTED = Measure("count", Text(zh="数量", en="Number"), PIECE)
"""What a column or its different values are measured in."""

BALANCES = (Balance("ledger.initial_budget", "ledger.expenditure", "ledger.carry_over"),)


@dataclass(frozen=True)
class Known:
    """A metric found by a name, with the layer that declares it and the digits that the name holds."""

    metric: Metric
    layer: Layer | None
    values: dict[str, str]

    @property
    def within(self) -> str:
        """The full name of the metric of which it is a part, or nothing."""
        return filled(self.metric.within, self.values)

    @property
    def label(self) -> Text:
        """Its label, with the digits of its name."""
        digits = "–".join(self.values.values())
        label = self.metric.label
        return Text(zh=f"{label.zh}（{digits}）", en=f"{label.en} ({digits})") if digits else label

    @property
    def unit(self) -> Unit:
        """What its recorded value is told in."""
        source = self.metric.source
        if isinstance(source, Paid):
            return PIECE if source.activities else WAN_YUAN
        if isinstance(source, Counted) and self.layer is not None:
            return next((m for m in self.layer.measures if m.code == source.measure), COUNTED).unit
        return PIECE

    @property
    def dimension(self) -> Dimension:
        """What its recorded value measures."""
        return self.unit.dimension


@cache
def metrics() -> tuple[tuple[Metric, Layer | None], ...]:
    """All metrics, each with its layer, in the order in which they are shown."""
    declared: list[tuple[Metric, Layer | None]] = [(m, layer) for layer in layers().values() for m in layer.metrics]
    return (*declared, *((metric, None) for metric in (*LEDGER, *OFFICE)))


@cache
def known(name: str) -> Known | None:
    """The metric that ``system.metric`` names, or None."""
    for metric, layer in metrics():
        values = metric.match(name)
        if values is not None:
            return Known(metric, layer, values)
    return None


def label(name: str) -> Text:
    """The label of a metric; its name where it is not declared."""
    found = known(name)
    return found.label if found else Text(zh=name, en=name)


def parts(name: str) -> tuple[str, ...]:
    """The metrics that stand behind one: itself, or part and whole of a statement of completion."""
    found = known(name)
    if found and isinstance(found.metric.source, AllDone):
        return found.metric.source.part, found.metric.source.whole
    return (name,)
