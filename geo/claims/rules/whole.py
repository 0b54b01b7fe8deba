"""Parts and wholes: sums that do not come out, parts larger than the whole, and a part that is called the whole."""

import re
from collections.abc import Iterable, Iterator
from fractions import Fraction

from geo.claims.book import Book, Finding, rule
from geo.claims.catalogue import known
from geo.claims.claim import Claim
from geo.claims.qualifier import Qualifier
from geo.claims.span import Span, shown
from geo.text import Text

_SUM = Text(zh="{sum} = {found}，与 {whole} 相差 {difference}", en="{sum} = {found}, {difference} from {whole}")
_LARGER = Text(zh="{part} 大于 {whole}", en="{part} are more than {whole}")
_WITH = Text(
    zh="{done} + {more} = {found}，大于 {whole}；按已完成数只剩 {left}",
    en="{done} + {more} = {found}, more than {whole}: only {left} are left",
)
_RATE = Text(zh="部分不能超过整体的 100%：{stated}", en="a part cannot exceed 100% of the whole: {stated}")
_CALLED = Text(
    zh="称为全部，但总数为 {whole}，{part} 只是其中一部分", en="called the whole, but of {whole} it is {part}"
)


@rule("分项之和不等于总数", "Parts do not sum to the whole")
def parts_sum(book: Book) -> Iterator[Finding]:
    """The parts of a metric (``whole.part``), stated for the same day, do not sum to the whole."""
    for name, wholes in book.plain.items():
        for whole in wholes:
            parts = [
                part
                for other, stated in book.plain.items()
                if other.rpartition(".")[0] == name
                for part in stated
                if (part.kind, part.as_of, part.dimension) == (whole.kind, whole.as_of, whole.dimension)
            ]
            if len({part.terms for part in parts}) == len(parts) > 1:
                yield from _summed(whole, sum((part.base for part in parts), Span.exact(0)), tuple(parts))


@rule("说明中的分项之和不等于总数", "Parts in the scope do not sum to the figure")
def scope_sum(book: Book) -> Iterator[Finding]:
    """The scope of a count is written as a sum (10 + 2 + 30), and the sum is another number."""
    for claim in book.claims:
        found = [re.match(r"\s*(\d+)", part) for part in claim.scope.split("+")]
        if claim.is_counted and len(found) > 1 and all(found):
            numbers = [int(each[1]) for each in found if each]
            if sum(numbers) != claim.value:
                told = _SUM.format(
                    sum=" + ".join(map(str, numbers)), found=sum(numbers), whole=claim.figure,
                    difference=shown(abs(sum(numbers) - Fraction(claim.value))),
                )  # fmt: skip
                yield Finding(claim, "error", told)


@rule("部分大于整体", "Part larger than the whole")
def part_larger(book: Book) -> Iterator[Finding]:
    """A part, or a part with what is expected to be added to it, is larger than every value of its whole."""
    for name, stated in book.plain.items():
        found = known(name)
        wholes = book.values(found.within) if found and found.within else []
        for part in stated:
            alike = [whole for whole in wholes if whole.dimension == part.dimension]
            if not alike:
                continue
            largest = max(alike, key=lambda claim: claim.base.high)
            done = _done(book, part) if Qualifier.FURTHER in part.says else None
            together = part.base + done.base if done else part.base
            if together.low > largest.base.high:
                yield _more(part, done, largest)


@rule("比率超过 100%", "Rate above 100%")
def rate_above_whole(book: Book) -> Iterator[Finding]:
    """A share of a whole by one of its parts is more than all of it."""
    for claim in book.claims:
        found = known(claim.terms[0]) if claim.is_quotient and claim.dimension == "share" else None
        if found and found.within == claim.terms[1] and claim.span.low > 100:
            yield Finding(claim, "error", _RATE.format(stated=claim.figure))


@rule("部分被称为全部", "Part called the whole")
def called_whole(book: Book) -> Iterator[Finding]:
    """A figure is said to be all there is, and its whole is stated as more."""
    for name, stated in book.plain.items():
        found = known(name)
        for part in stated:
            if Qualifier.WHOLE not in part.says or not found or not found.within:
                continue
            larger = [whole for whole in book.values(found.within) if whole.base.low > part.base.high]
            if larger:
                told = _CALLED.format(whole=larger[0].figure, part=part.figure)
                yield Finding(part, "warning", told, (larger[0],))


def _summed(whole: Claim, together: Span, parts: tuple[Claim, ...]) -> Iterator[Finding]:
    if together.meets(whole.base):
        return
    middle = (together.low + together.high) / 2 * whole.factor
    told = _SUM.format(
        sum=_plus(parts), found=whole.like(middle), whole=whole.figure,
        difference=whole.like(abs(middle - Fraction(whole.value))),
    )  # fmt: skip
    yield Finding(whole, "error" if together.low > whole.base.high else "warning", told, parts)


def _plus(parts: Iterable[Claim]) -> Text:
    figures = [part.figure for part in parts]
    return Text(zh=" + ".join(each.zh for each in figures), en=" + ".join(each.en for each in figures))


def _done(book: Book, claim: Claim) -> Claim | None:
    """The latest value that was stated before the day of a claim which adds to it."""
    earlier = [c for c in book.values(claim.terms[0]) if c.kind == "actual" and c.day < claim.day]
    return max(earlier, key=lambda each: each.day, default=None)


def _more(part: Claim, done: Claim | None, whole: Claim) -> Finding:
    if done is None:
        return Finding(part, "error", _LARGER.format(part=part.figure, whole=whole.figure), (whole,))
    factor = part.factor
    sofar, most = Fraction(done.value) / done.factor * factor, Fraction(whole.value) / whole.factor * factor
    told = _WITH.format(
        done=done.figure, more=part.figure, found=part.like(sofar + Fraction(part.value)),
        whole=whole.figure, left=part.like(most - sofar),
    )  # fmt: skip
    return Finding(part, "error", told, (done, whole))
