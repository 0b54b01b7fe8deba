"""Promises: a forecast told as done, a target that is exceeded or missing, completion while something is open."""

from collections.abc import Iterator

from geo.claims.book import Book, Finding, completion, joined, rule
from geo.claims.catalogue import label
from geo.claims.claim import Claim
from geo.claims.qualifier import Qualifier
from geo.claims.span import shown
from geo.text import Text

_FORECAST = Text(
    zh="预计 {day} 达到 {expected}；同一数又作为实际数出现，未注明已到该日",
    en="{expected} were expected by {day}; the same figure stands as an actual one that is not of that day",
)
_EARLIER = Text(zh="；{day} 实际为 {value}", en="; on {day} it was {value}")
_NO_TARGET = Text(zh="称超额完成，文中没有任务数", en="called more than the target, and no target is stated")
_EXCEEDED = Text(zh="{actual} 大于任务 {target}", en="{actual} are more than the target {target}")
_OPEN = Text(zh="称已完成，但{part} {done}，{whole} {all}", en="called completed, but {part}: {done}, {whole}: {all}")


@rule("预计数当作实际数", "Forecast told as achieved")
def forecast_as_achieved(book: Book) -> Iterator[Finding]:
    """An actual figure equals a forecast of the same metric, and is undated or of a day before the forecast's."""
    for stated in book.plain.values():
        for forecast in (claim for claim in stated if claim.kind == "forecast"):
            for claim in stated:
                early = claim.as_of is None or claim.as_of < forecast.day
                if claim.kind == "actual" and early and claim.base.meets(forecast.base):
                    lower = [
                        c for c in stated
                        if c.kind == "actual" and c.as_of is not None and c.base.high < claim.base.low
                    ]  # fmt: skip
                    told = _FORECAST.format(day=forecast.day, expected=forecast.figure)
                    if lower:
                        told = joined(told, _EARLIER.format(day=lower[-1].as_of, value=lower[-1].figure))
                    yield Finding(claim, "warning", told, (forecast, *lower[-1:]))


@rule("超额完成而无任务数", "Target called exceeded but not stated")
def target_not_stated(book: Book) -> Iterator[Finding]:
    """A figure is said to exceed its target, and the document states no target for it."""
    for claim in book.claims:
        if Qualifier.EXCEEDED in claim.says and not _targets(book, claim):
            yield Finding(claim, "warning", _NO_TARGET)


@rule("超过任务数", "More than the target")
def target_exceeded(book: Book) -> Iterator[Finding]:
    """An actual figure is more than the largest target of its metric, which is not called a least one."""
    for claim in book.claims:
        targets = _targets(book, claim)
        if claim.kind != "actual" or not targets or Qualifier.EXCEEDED in claim.says:
            continue
        largest = max(targets, key=lambda target: target.base.high)
        if not any(target.says & {Qualifier.AT_LEAST} for target in targets) and claim.base.low > largest.base.high:
            told = _EXCEEDED.format(actual=claim.figure, target=largest.figure)
            yield Finding(claim, "remark", told, (largest,))


@rule("未全部完成却称完成", "Completed while something is open")
def completed_while_open(book: Book) -> Iterator[Finding]:
    """Something is called completed, and of what belongs to it less is done than there is: as stated, or recorded."""
    for claim in book.claims:
        done = completion(claim)
        if done is None or claim.kind != "actual" or claim.value < 1:
            continue
        part = max(book.values(done.part), key=lambda each: each.base.high, default=None)
        whole = min(book.values(done.whole), key=lambda each: each.base.low, default=None)
        names = {"part": label(done.part), "whole": label(done.whole)}
        if part and whole and part.base.high < whole.base.low:
            told = _OPEN.format(**names, done=part.figure, all=whole.figure)
            yield Finding(claim, "error", told, (part, whole))
        elif part is None or whole is None:
            found, there = book.recorded(done.part, claim), book.recorded(done.whole, claim)
            if found and there and found.value < there.value:
                told = _OPEN.format(**names, done=shown(found.value), all=shown(there.value))
                yield Finding(claim, "error", told)


def _targets(book: Book, claim: Claim) -> list[Claim]:
    return [
        other for other in book.claims
        if other.kind == "target" and other.terms == claim.terms and other.dimension == claim.dimension
    ]  # fmt: skip
