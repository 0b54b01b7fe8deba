"""A printed figure as the values it may stand for: half a unit of its last digit to either side."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Span:
    """All values from ``low`` to ``high``, both included."""

    low: Fraction
    high: Fraction

    @classmethod
    def exact(cls, value: Fraction | int) -> "Span":
        """One value."""
        return cls(Fraction(value), Fraction(value))

    @classmethod
    def printed(cls, value: Decimal) -> "Span":
        """What is rounded to ``value`` with the decimals it is written with: '6.90' has two."""
        half = last_digit(value) / 2
        return cls(Fraction(value) - half, Fraction(value) + half)

    def meets(self, other: "Span") -> bool:
        """Whether some value is in both."""
        return self.low <= other.high and other.low <= self.high

    def __add__(self, other: "Span") -> "Span":
        return Span(self.low + other.low, self.high + other.high)

    def __mul__(self, factor: Fraction | int) -> "Span":
        return Span(self.low * factor, self.high * factor)

    def share(self, of: "Span") -> "Span | None":
        """This divided by ``of``, neither negative; None where ``of`` may be zero."""
        return None if of.low <= 0 else Span(self.low / of.high, self.high / of.low)


def last_digit(value: Decimal) -> Fraction:
    """What one unit of the last printed digit is worth."""
    return Fraction(10) ** min(int(value.as_tuple().exponent), 0)


def truncates(value: Decimal, exact: Span) -> bool:
    """Whether cutting off the digits of a value in ``exact``, in place of rounding, gives ``value``."""
    return exact.high >= Fraction(value) and exact.low < Fraction(value) + last_digit(value)


def shown(value: Fraction, digits: int = 4) -> str:
    """A value for reading: thousands set apart, at most so many decimals."""
    text = f"{float(value):,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
