"""Values of one metric beside each other: two for one thing, two units for one thing, and counts that are not whole."""

from collections.abc import Iterator

from geo.claims.book import Book, Finding, Severity, rule
from geo.claims.catalogue import known
from geo.claims.claim import Claim
from geo.claims.metric import Counted
from geo.claims.qualifier import Qualifier
from geo.claims.span import Span
from geo.claims.unit import unit_of
from geo.text import Text

_TWO = Text(zh="{here}为 {one}，{there}为 {other}", en="{here} states {one}, {there} states {other}")
_PLACE = Text(zh="{section}（{day}）", en="{section} ({day})")
_UNDATED = Text(zh="未注日期", en="undated")
_UNITS = Text(zh="{other} = {found}，文中为 {one}", en="{other} = {found}, the document states {one}")
_NOT_WHOLE = Text(zh="{stated} 不是整数", en="{stated} is not a whole number")


@rule("同一指标有两个数", "Two values for one metric")
def two_values(book: Book) -> Iterator[Finding]:
    """One metric has two values on one day, or on two of which one is not dated; or what only grows has shrunk.

    Of several values the one that is stated most often counts; each other one is found.
    """
    groups: dict[tuple[object, ...], list[Claim]] = {}
    for claim in book.claims:
        if not claim.says & {Qualifier.AT_LEAST, Qualifier.AT_MOST, Qualifier.FURTHER}:
            key = (claim.system, claim.metric, claim.kind, claim.unit, book.named_places(claim))
            groups.setdefault(key, []).append(claim)
    for group in groups.values():
        common = max(group, key=lambda one: (sum(one.span.meets(other.span) for other in group), one.as_of is not None))
        agreed = [claim for claim in group if claim.span.meets(common.span)]
        for claim in group:
            if claim not in agreed:
                reference = next((each for each in agreed if each.as_of == claim.as_of), common)
                severity = _weight(claim, reference)
                if severity:
                    told = _TWO.format(
                        here=_place(claim), one=claim.figure, there=_place(reference), other=reference.figure
                    )
                    yield Finding(claim, severity, told, (reference,))


@rule("单位换算不符", "Unit conversion off")
def unit_conversion(book: Book) -> Iterator[Finding]:
    """One metric is stated in two units, and one is not the other beyond what rounding explains."""
    for stated in book.plain.values():
        for place, one in enumerate(stated):
            for other in stated[:place]:
                same = (one.kind, one.as_of, one.dimension) == (other.kind, other.as_of, other.dimension)
                if same and one.unit != other.unit and one.dimension != "count" and not one.base.meets(other.base):
                    unit = unit_of(one.unit)
                    found = other.base * (unit.factor if unit else 1)
                    middle = (found.low + found.high) / 2
                    told = _UNITS.format(other=other.figure, found=one.like(middle), one=one.figure)
                    yield Finding(one, "error", told, (other,))


@rule("计数不是整数", "Count is not a whole number")
def not_whole(book: Book) -> Iterator[Finding]:
    """What is counted in whole things has a fraction."""
    for claim in book.claims:
        if claim.is_plain and claim.is_counted and claim.value != claim.value.to_integral_value():
            yield Finding(claim, "error", _NOT_WHOLE.format(stated=claim.figure))


def _weight(claim: Claim, reference: Claim) -> Severity | None:
    """How much a second value weighs; two days may each have their own."""
    if claim.as_of == reference.as_of:
        return "error"
    if claim.as_of is None or reference.as_of is None:
        return "warning"
    later, earlier = (claim, reference) if claim.as_of > reference.as_of else (reference, claim)
    return "warning" if _only_grows(claim) and _below(later.span, earlier.span) else None


def _only_grows(claim: Claim) -> bool:
    found = known(claim.terms[0])
    counted = found.metric.source if found else None
    return claim.kind == "actual" and isinstance(counted, Counted) and counted.milestone is not None


def _below(one: Span, other: Span) -> bool:
    return one.high < other.low


def _place(claim: Claim) -> Text:
    day = Text(zh=str(claim.as_of), en=str(claim.as_of)) if claim.as_of else _UNDATED
    return _PLACE.format(section=claim.section or claim.id, day=day)
