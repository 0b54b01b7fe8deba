"""An amount as people enter it, in 元 or 万元, to 元 with two decimals; never through a float."""

from decimal import Decimal, InvalidOperation

from geo.errors import BadValue
from geo.text import Text

CENT = Decimal("0.01")
LIMIT = Decimal(10) ** 13
"""Below this a spreadsheet, which keeps numbers as doubles, still tells every 分 apart."""

UNITS: dict[str, Decimal] = {"元": Decimal(1), "yuan": Decimal(1), "万元": Decimal(10_000), "wan_yuan": Decimal(10_000)}


def yuan(written: object, unit: str = "yuan") -> Decimal:
    """The amount in 元; ``written`` is text, an integer, a Decimal, or the double of a spreadsheet's cell.

    Raises :class:`BadValue` for what is no amount, is negative or nothing, has fractions of 分, or has a unit other
    than 元 and 万元.
    """
    factor = UNITS.get(unit.strip())
    if factor is None:
        raise _refused("unit", unit, Text(zh="单位只能是 元 或 万元", en="the unit is 元 (yuan) or 万元 (wan_yuan)"))
    try:
        plain = str(written).strip().replace(",", "").replace("，", "").replace("￥", "")
        amount = Decimal(plain) * factor
        cents = amount.quantize(CENT) if amount.is_finite() else amount
    except InvalidOperation:
        raise _refused("amount", written, Text(zh="不是金额", en="not an amount")) from None
    if not amount.is_finite() or abs(amount) >= LIMIT:
        raise _refused("amount", written, Text(zh="金额过大", en="too large"))
    if cents < 0:
        raise _refused("amount", written, Text(zh="金额不能为负", en="an amount is never negative"))
    if cents != amount:
        raise _refused("amount", written, Text(zh="精确到分为止", en="it has fractions of a cent"))
    return cents


def _refused(name: str, value: object, reason: Text) -> BadValue:
    return BadValue(name=name, value=str(value)[:40], reason=reason)
