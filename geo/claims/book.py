"""The claims of one document beside the records: what a rule is given, and what it answers."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Literal

from geo.claims.catalogue import known, parts
from geo.claims.claim import Claim
from geo.claims.metric import AllDone
from geo.claims.qualifier import Qualifier
from geo.claims.records import Recorded, Records, Wanted
from geo.text import Text

Severity = Literal["error", "warning", "remark"]
SEVERITIES: dict[Severity, Text] = {
    "error": Text(zh="矛盾", en="Contradiction"),
    "warning": Text(zh="存疑", en="Doubtful"),
    "remark": Text(zh="提示", en="Remark"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found of a claim: the arithmetic as a sentence, and the other claims that it was reckoned with."""

    claim: Claim
    severity: Severity
    arithmetic: Text
    beside: tuple[Claim, ...] = ()
    rule: str = ""


@dataclass(frozen=True)
class Book:
    """All claims of a document, the records, and the places that names stand for."""

    claims: Sequence[Claim]
    records: Records
    places: Mapping[str, Sequence[str]]

    @cached_property
    def plain(self) -> dict[str, list[Claim]]:
        """The claims that state the value of one metric, by its full name."""
        named: dict[str, list[Claim]] = {}
        for claim in self.claims:
            if claim.is_plain:
                named.setdefault(claim.terms[0], []).append(claim)
        return named

    def values(self, name: str) -> list[Claim]:
        """What is stated of a metric as it is or was promised: no forecasts, nothing but exact statements."""
        bounds = {Qualifier.AT_LEAST, Qualifier.AT_MOST, Qualifier.FURTHER}
        return [c for c in self.plain.get(name, ()) if c.kind in ("actual", "target") and not c.says & bounds]

    def numerators(self, rate: Claim) -> list[Claim]:
        """What is stated of the numerator for the day of a rate."""
        return [claim for claim in self.values(rate.terms[0]) if claim.as_of == rate.as_of]

    def denominators(self, rate: Claim) -> list[Claim]:
        """What is stated of the denominator for the day of a rate, else what was promised whenever it was."""
        stated = self.values(rate.terms[1])
        same = [claim for claim in stated if claim.as_of == rate.as_of]
        return same or [claim for claim in stated if claim.kind == "target" or rate.as_of is None]

    def named_places(self, claim: Claim) -> tuple[str, ...]:
        """The codes of the places that its scope names."""
        return named_places(claim, self.places)

    def recorded(self, name: str, claim: Claim, day: date | None = None) -> Recorded | None:
        """What the records say of a metric on the day of a claim, or another, in the places it names."""
        return self.records.get(Wanted(name, day or claim.day, self.named_places(claim)))

    def share(self, claim: Claim) -> Fraction | None:
        """Numerator by denominator of a rate, or the growth of a metric, in the records; None where there are none."""
        if claim.is_quotient:
            above, below = (self.recorded(name, claim) for name in claim.terms)
        else:
            found = known(claim.terms[0])
            above = self.recorded(claim.terms[0], claim)
            below = self.recorded(found.metric.base, claim) if found and found.metric.base else None
        if above is None or below is None or not below.value:
            return None
        return above.value / below.value - (1 if claim.is_growth else 0)


def named_places(claim: Claim, places: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The codes of the places whose name occurs in the scope of a claim."""
    return tuple(sorted(code for name, codes in places.items() if name in claim.scope for code in codes))


def wanted(claims: Iterable[Claim], places: Mapping[str, Sequence[str]]) -> Iterator[Wanted]:
    """Everything that is asked of the records in order to check the claims."""
    claims = list(claims)
    for claim in claims:
        where = named_places(claim, places)
        for term in claim.terms:
            found = known(term)
            names = [*parts(term), *([found.metric.base] if found and found.metric.base else [])]
            yield from (Wanted(name, claim.day, where) for name in names)
        if Qualifier.FURTHER in claim.says:
            days = {other.day for other in claims if other.terms == claim.terms and other.kind == "actual"}
            yield from (Wanted(claim.terms[0], day, where) for day in days)


def completion(claim: Claim) -> AllDone | None:
    """The part and the whole of a claim that something is completed."""
    found = known(claim.terms[0]) if claim.is_plain else None
    source = found.metric.source if found else None
    return source if isinstance(source, AllDone) else None


def joined(*texts: Text) -> Text:
    """Clauses as one sentence."""
    return Text(zh="".join(text.zh for text in texts), en="".join(text.en for text in texts))


@dataclass(frozen=True, slots=True)
class Rule:
    """A way in which claims can be wrong; ``about`` says when it speaks."""

    code: str
    label: Text
    about: str
    find: Callable[[Book], Iterable[Finding]]


def rule(zh: str, en: str) -> Callable[[Callable[[Book], Iterable[Finding]]], Rule]:
    """Makes a rule of a function: its name is the code, its docstring says what it is about."""

    def made(find: Callable[[Book], Iterable[Finding]]) -> Rule:
        return Rule(find.__name__, Text(zh=zh, en=en), " ".join((find.__doc__ or "").split()), find)

    return made
