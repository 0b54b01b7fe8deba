"""Claims against the records: agrees, cut off in place of rounded, differs by so much, or nothing is recorded."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from geo.claims.book import Book, Finding, completion, rule
from geo.claims.catalogue import known
from geo.claims.claim import Claim
from geo.claims.qualifier import Qualifier
from geo.claims.span import Span, truncates
from geo.text import Text

State = Literal["agrees", "cut_off", "differs", "no_records"]
STATES: dict[State, Text] = {
    "agrees": Text(zh="与记录相符", en="Agrees with the records"),
    "cut_off": Text(zh="截尾后与记录相符", en="Agrees when cut off"),
    "differs": Text(zh="与记录不符", en="Differs from the records"),
    "no_records": Text(zh="没有记录", en="No records"),
}
_DIFFERS = Text(
    zh="截至 {day} 记录为 {found}，文中为 {stated}，相差 {difference}",
    en="as of {day} the records give {found}, the document states {stated}: {difference} apart",
)
_CUT = Text(
    zh="截至 {day} 记录为 {found}，文中 {stated} 是截去尾数而非四舍五入",
    en="as of {day} the records give {found}: {stated} is cut off, not rounded",
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A claim beside the records: what they give in the claim's unit, and how far that is from what is stated."""

    state: State
    found: Fraction | None = None
    difference: Fraction | None = None


def compared(claim: Claim, book: Book) -> Comparison:
    """What the records say of a claim; a least requirement is none of their business."""
    found = _recorded(claim, book)
    if found is None or (claim.kind == "target" and claim.says & {Qualifier.AT_LEAST, Qualifier.AT_MOST}):
        return Comparison("no_records")
    difference = abs(found - Fraction(claim.value))
    bounded = (Qualifier.AT_LEAST in claim.says and found >= claim.span.low) or (
        Qualifier.AT_MOST in claim.says and found <= claim.span.high
    )
    if bounded or claim.span.meets(Span.exact(found)):
        return Comparison("agrees", found, difference)
    return Comparison("cut_off" if truncates(claim.value, Span.exact(found)) else "differs", found, difference)


@rule("与记录不符", "Differs from the records")
def records_differ(book: Book) -> Iterator[Finding]:
    """The records give another figure for the claim, as of its day, than it states."""
    for claim in book.claims:
        comparison = compared(claim, book)
        if comparison.state == "differs":
            yield Finding(claim, "error", told(claim, comparison))


@rule("截尾而非四舍五入", "Cut off, not rounded")
def records_cut_off(book: Book) -> Iterator[Finding]:
    """The claim is what the records give with the further digits cut off in place of rounded."""
    for claim in book.claims:
        comparison = compared(claim, book)
        if comparison.state == "cut_off":
            yield Finding(claim, "remark", told(claim, comparison))


def told(claim: Claim, comparison: Comparison) -> Text:
    """The sentence for a comparison that found something recorded."""
    digits = max(2, -int(claim.value.as_tuple().exponent) + 2)
    found, apart = (claim.like(value or Fraction(), digits) for value in (comparison.found, comparison.difference))
    sentence = _CUT if comparison.state == "cut_off" else _DIFFERS
    return sentence.format(day=claim.day, found=found, stated=claim.figure, difference=apart)


def _recorded(claim: Claim, book: Book) -> Fraction | None:
    """What the records give in the unit of the claim; None where nothing is recorded or the units do not match."""
    if not claim.is_plain:
        share = book.share(claim) if claim.dimension == "share" else None
        return None if share is None else share * 100
    done = completion(claim)
    if done:
        part, whole = book.recorded(done.part, claim), book.recorded(done.whole, claim)
        return Fraction(int(part.value >= whole.value)) if part and whole else None
    found, value = known(claim.terms[0]), book.recorded(claim.terms[0], claim)
    if found is None or value is None or found.dimension != claim.dimension:
        return None
    before = Fraction()
    if Qualifier.FURTHER in claim.says:
        days = [c.day for c in book.values(claim.terms[0]) if c.kind == "actual" and c.day < claim.day]
        earlier = book.recorded(claim.terms[0], claim, max(days)) if days else None
        before = earlier.value if earlier else before
    return (value.value - before) * claim.factor
