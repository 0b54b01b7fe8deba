"""What stands against a parcel: rules declared beside the layers, each with its level and sentence."""

from dataclasses import dataclass
from types import MappingProxyType

from geo.overlay.parcel import Parcel
from geo.overlay.result import Finding, Level, Piece, Standing, Verdict
from geo.text import Text

GROUPED = MappingProxyType({"land_survey": "land_class", "risk_zone": "grade", "urban_boundary": "kind"})
"""The column by which the records of a layer are told apart, by rules and in sums."""

OWNED = MappingProxyType({
    "land_survey": "owner_code", "farmland_patch": "owner_village", "land_acquisition": "owner",
})  # fmt: skip
"""The column of a layer that says whose the land is."""

NAMED = 5
"""Most records that a sentence names."""

_SQUARE_METRES = 100
"""Hundredths: areas in sentences are rounded to these."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What it takes for a parcel to be against a rule.

    It is met where records of ``layer`` lie on the parcel, with ``within_m`` where they lie no farther from it than
    that, with ``uncovered`` where they do not cover it. ``kinds`` are the kinds of parcels it holds for, None for all;
    ``groups`` the records it is about by :data:`GROUPED`, None for all. ``sentence`` may hold ``{records}``,
    ``{amount}`` (m² that lie on them, or do not) and ``{distance}`` (m).
    """

    code: str
    level: Level
    layer: str
    sentence: Text
    kinds: tuple[str, ...] | None = None
    groups: tuple[str | None, ...] | None = None
    within_m: float | None = None
    uncovered: bool = False

    def verdict(self, parcel: Parcel, area_m2: float, finding: Finding) -> Verdict | None:
        """What the rule says of a parcel of this area, None where it is not met or nothing is known of its layer."""
        if self.kinds is not None and parcel.kind not in self.kinds:
            return None
        met = self._met(finding)
        amount = min(finding.amount, sum(piece.amount for piece in met))
        if self.uncovered:
            rest = area_m2 - finding.amount
            if finding.standing is Standing.NO_DATA or rest < max(1.0, area_m2 * 1e-6):
                return None
            amount = rest
        elif not met:
            return None
        said = self.sentence.format(
            records=_named(met),
            amount=f"{round(amount * _SQUARE_METRES) / _SQUARE_METRES:.2f}",
            distance=f"{min((piece.distance_m for piece in met), default=0):.1f}",
        )
        return Verdict(self.code, self.level, said, tuple(piece.feature for piece in met))

    def _met(self, finding: Finding) -> list[Piece]:
        pieces = list(finding.pieces)
        if self.within_m is not None:
            pieces += [piece for piece in finding.near if piece.distance_m <= self.within_m]
        return [piece for piece in pieces if self.groups is None or piece.group in self.groups]


def _named(pieces: list[Piece]) -> Text:
    names = [piece.name or piece.code for piece in pieces[:NAMED]]
    more = len(pieces) - NAMED
    zh, en = "、".join(names), ", ".join(names)
    if more > 0:
        zh, en = f"{zh}等 {len(pieces)} 处", f"{en} and {more} more"
    return Text(zh=zh or "无", en=en or "none")


RULES: tuple[Rule, ...] = (
    Rule(
        "housing_on_permanent_farmland",
        Level.BLOCKED,
        "permanent_farmland",
        Text(
            zh="宅基地占用永久基本农田 {amount} 平方米（{records}），不得批准",
            en="The house plot lies on {amount} m² of permanent basic farmland ({records}): it must not be approved",
        ),
        kinds=("rural_housing",),
    ),
    Rule(
        "on_permanent_farmland",
        Level.REVIEW,
        "permanent_farmland",
        Text(
            zh="涉及永久基本农田 {amount} 平方米（{records}），须论证占用的必要性并补划",
            en="{amount} m² lie on permanent basic farmland ({records}): the need has to be shown and land set aside"
            " instead",
        ),
    ),
    Rule(
        "housing_on_ecological_redline",
        Level.BLOCKED,
        "ecological_redline",
        Text(
            zh="宅基地位于生态保护红线内 {amount} 平方米（{records}），不得批准",
            en="{amount} m² of the house plot lie within the ecological redline ({records}): it must not be approved",
        ),
        kinds=("rural_housing",),
    ),
    Rule(
        "on_ecological_redline",
        Level.REVIEW,
        "ecological_redline",
        Text(
            zh="涉及生态保护红线 {amount} 平方米（{records}），须认定是否属于允许的有限人为活动",
            en="{amount} m² lie within the ecological redline ({records}): whether the use is one of the few that are"
            " permitted there has to be decided",
        ),
    ),
    Rule(
        "in_high_risk_zone",
        Level.BLOCKED,
        "risk_zone",
        Text(
            zh="位于地质灾害高或极高风险区 {amount} 平方米（{records}），不得建设",
            en="{amount} m² lie in a hazard zone of high or extreme risk ({records}): nothing may be built there",
        ),
        groups=("high", "extreme"),
    ),
    Rule(
        "in_risk_zone",
        Level.REVIEW,
        "risk_zone",
        Text(
            zh="位于地质灾害中、低或未定级风险区（{records}），须做危险性评估",
            en="It lies in a hazard zone of medium, low or unstated risk ({records}): the danger has to be assessed",
        ),
        groups=("medium", "low", None),
    ),
    Rule(
        "near_hazard_point",
        Level.REVIEW,
        "hazard_point",
        Text(
            zh="200 米内有地质灾害隐患点（{records}），最近 {distance} 米，须现场核查",
            en="There are hazard points within 200 m ({records}), the nearest {distance} m away: it has to be looked at"
            " on the spot",
        ),
        within_m=200.0,
    ),
    Rule(
        "on_enforcement_parcel",
        Level.REVIEW,
        "enforcement_parcel",
        Text(
            zh="与卫片执法图斑重叠 {amount} 平方米（{records}），须核实查处情况",
            en="{amount} m² overlap parcels found by satellite enforcement ({records}): how they were dealt with has to"
            " be checked",
        ),
    ),
    Rule(
        "outside_urban_boundary",
        Level.NOTE,
        "urban_boundary",
        Text(
            zh="有 {amount} 平方米在城镇开发边界外，按村庄规划管理",
            en="{amount} m² lie outside the urban development boundary: the village plan decides there",
        ),
        uncovered=True,
    ),
)
"""All rules, those of a layer from the strictest on."""


def verdicts(parcel: Parcel, area_m2: float, findings: tuple[Finding, ...]) -> tuple[Verdict, ...]:
    """What all rules say of a parcel, the strictest first; of one layer a weaker rule about the same is left out."""
    by_layer = {finding.layer: finding for finding in findings}
    said: list[tuple[str, Verdict]] = []
    for rule in RULES:
        finding = by_layer.get(rule.layer)
        verdict = None if finding is None else rule.verdict(parcel, area_m2, finding)
        if verdict is None or any(
            layer == rule.layer and set(verdict.features) <= set(by.features) for layer, by in said
        ):
            continue
        said.append((rule.layer, verdict))
    order = list(Level)
    return tuple(sorted((verdict for _, verdict in said), key=lambda each: -order.index(each.level)))


def reach_m(layer: str) -> float:
    """How far around a parcel, in metres, the rules look for records of a layer."""
    return max((rule.within_m or 0.0 for rule in RULES if rule.layer == layer), default=0.0)
