"""Rates: against numerator and denominator, against what is not stated, and against whole numbers."""

from collections.abc import Iterator
from fractions import Fraction
from math import ceil, floor

from geo.claims.book import Book, Finding, joined, rule
from geo.claims.catalogue import label
from geo.claims.claim import Claim
from geo.claims.qualifier import Qualifier
from geo.claims.span import Span, shown, truncates
from geo.text import Text

_IS = Text(
    zh="{above} ÷ {below} = {found}%，文中为 {stated}", en="{above} ÷ {below} = {found}%, the document states {stated}"
)
_CUT = Text(
    zh="{above} ÷ {below} = {found}%，文中 {stated} 是截去尾数而非四舍五入",
    en="{above} ÷ {below} = {found}%: {stated} is cut off, not rounded",
)
_OTHER_DAY = Text(
    zh="{day} 为 {above} ÷ {below} = {found}%，文中 {stated} 未注明日期",
    en="on {day} it was {above} ÷ {below} = {found}%; {stated} is stated without a date",
)
_NO_DENOMINATOR = Text(zh="分母“{name}”未在文中给出", en="the denominator “{name}” is not stated")
_NO_METRIC = Text(zh="未说明以何为分母", en="it does not say of what")
_IMPLIED = Text(
    zh="；由 {above} ÷ {stated} 反推应在 {low} 与 {high} 之间",
    en="; {above} ÷ {stated} implies one between {low} and {high}",
)
_NO_COUNT = Text(
    zh="{below} 中 {few} 为 {lower}%，{many} 为 {upper}%，没有整数四舍五入得 {stated}",
    en="{few} of {below} are {lower}%, {many} are {upper}%: no whole number rounds to {stated}",
)
_BY_CUTTING = Text(zh="（截去尾数可得）", en=" (cutting off the digits would give it)")


@rule("比率与分子分母不符", "Rate differs from its parts")
def rate_differs(book: Book) -> Iterator[Finding]:
    """A rate is not its numerator divided by its denominator, both stated, beyond what rounding explains."""
    for rate in _rates(book):
        above, below = book.numerators(rate), book.denominators(rate)
        pairs = [(n, d, share) for n in above for d in below if (share := n.base.share(d.base))]
        if not pairs or any(_fits(rate, share * 100) for _, _, share in pairs):
            continue
        numerator, denominator, share = pairs[0]
        cut = truncates(rate.value, share * 100)
        told = (_CUT if cut else _IS).format(**_told(rate, numerator, denominator))
        yield Finding(rate, "remark" if cut else "error", told, (numerator, denominator))


@rule("未注日期的比率与已注日期的数不符", "Undated rate differs from dated parts")
def rate_undated(book: Book) -> Iterator[Finding]:
    """An undated rate is not what the numerators stated for days give; the day would have to be stated."""
    for rate in _rates(book):
        if rate.as_of is not None or book.numerators(rate):
            continue
        pairs = [
            (n, d, share)
            for n in book.values(rate.terms[0])
            for d in book.denominators(rate)
            if (share := n.base.share(d.base))
        ]
        if not pairs or any(_fits(rate, share * 100) for _, _, share in pairs):
            continue
        numerator, denominator, _ = pairs[-1]
        told = _OTHER_DAY.format(day=numerator.as_of, **_told(rate, numerator, denominator))
        yield Finding(rate, "warning", told, (numerator, denominator))


@rule("缺少分母", "Denominator missing")
def denominator_missing(book: Book) -> Iterator[Finding]:
    """A rate is stated and what it is a share of is not; where the numerator is, the denominator is worked out."""
    for claim in book.claims:
        if claim.kind != "rate" or claim.dimension != "share" or claim.is_growth:
            continue
        if claim.is_plain:
            yield Finding(claim, "warning", _NO_METRIC)
        elif claim.terms[1] not in book.plain:
            above = book.numerators(claim)
            implied = above[0].span.share(claim.span * Fraction(1, 100)) if above else None
            told = _NO_DENOMINATOR.format(name=label(claim.terms[1]))
            if implied is not None:
                low, high = (above[0].like(value) for value in (implied.low, implied.high))
                told = joined(told, _IMPLIED.format(above=above[0].figure, stated=claim.figure, low=low, high=high))
            yield Finding(claim, "warning", told, tuple(above[:1]))


@rule("没有整数能得出此比率", "No whole number gives the rate")
def no_integer(book: Book) -> Iterator[Finding]:
    """A share of things that are counted is one that no whole number of them comes to when rounded."""
    for rate in _rates(book):
        below = [claim for claim in book.denominators(rate) if claim.is_counted and claim.value > 0]
        if not below or rate.says or any(_reached(rate.span, int(claim.value)) for claim in below):
            continue
        whole = int(below[0].value)
        few = floor(Fraction(rate.value) * whole / 100)
        cut = any(truncates(rate.value, Span.exact(Fraction(100 * n, whole))) for n in (few, few + 1))
        told = _NO_COUNT.format(
            below=below[0].figure, few=few, many=few + 1, lower=shown(Fraction(100 * few, whole), 2),
            upper=shown(Fraction(100 * (few + 1), whole), 2), stated=rate.figure,
        )  # fmt: skip
        yield Finding(rate, "warning" if cut else "error", joined(told, _BY_CUTTING) if cut else told, (below[0],))


def _rates(book: Book) -> Iterator[Claim]:
    """The stated quotients in per cent."""
    for claim in book.claims:
        if claim.kind == "rate" and claim.is_quotient and claim.dimension == "share":
            yield claim


def _fits(rate: Claim, found: Span) -> bool:
    """Whether a share in per cent is what a rate states."""
    if Qualifier.AT_LEAST in rate.says:
        return found.high >= rate.span.low
    if Qualifier.AT_MOST in rate.says:
        return found.low <= rate.span.high
    return found.meets(rate.span)


def _reached(stated: Span, whole: int) -> bool:
    """Whether some whole number out of ``whole`` is a share, in per cent, within ``stated``."""
    return ceil(stated.low * whole / 100) <= floor(stated.high * whole / 100)


def _told(rate: Claim, numerator: Claim, denominator: Claim) -> dict[str, object]:
    share = Fraction(numerator.value) / numerator.factor / (Fraction(denominator.value) / denominator.factor)
    found = shown(share * 100, max(2, -int(rate.value.as_tuple().exponent) + 1))
    return {"above": numerator.figure, "below": denominator.figure, "found": found, "stated": rate.figure}
