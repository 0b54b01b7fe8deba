"""A transaction to the features it was for: a total spread by weights so that every 分 is there once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from geo.amount import CENT
from geo.database import Connection, rows, statement
from geo.errors import BadValue, NotFound, ShanheError
from geo.ledger import refusing
from geo.text import Text

Basis = Literal["direct", "per_unit", "by_area", "by_people", "by_hand"]
BASES: dict[Basis, Text] = {
    "direct": Text(zh="直接", en="Direct"),
    "per_unit": Text(zh="按个", en="Per feature"),
    "by_area": Text(zh="按面积", en="By area"),
    "by_people": Text(zh="按人", en="By people"),
    "by_hand": Text(zh="逐个", en="By hand"),
}


class NotAllocated(ShanheError):
    """A transaction cannot be spread as asked."""

    code = "not_allocated"
    sentence = Text(zh="不能分摊：{reason}", en="It cannot be allocated: {reason}")


@dataclass(frozen=True, slots=True)
class Share:
    """How a transaction is to be spread.

    ``amount`` is the part of it, in 元; None: all. The features are those linked to its activity, narrowed by
    ``layer``, ``org_unit`` and ``features``. ``amounts`` states each by hand, in 元.
    """

    basis: Basis
    amount: Decimal | None = None
    layer: str | None = None
    org_unit: str | None = None
    features: Sequence[UUID] | None = None
    amounts: Mapping[UUID, Decimal] | None = None


@dataclass(frozen=True, slots=True)
class Allocated:
    """What came of it, in 元; ``without_weight`` counts features that got nothing, having no area or people."""

    transaction: int
    amount: Decimal
    allocated: Decimal
    unallocated: Decimal
    features: int
    without_weight: int


def spread(total: Decimal, weights: Sequence[Decimal | int]) -> list[Decimal]:
    """``total`` in 元 by weights, each share in whole 分, together exactly ``total``: the largest remainders get the
    分 that are left over, the earlier of equals first. Raises :class:`NotAllocated` where the weights come to nothing.
    """  # fmt: skip
    cents = int(total / CENT)
    exponents = [int(weight.as_tuple().exponent) for weight in weights if isinstance(weight, Decimal)]
    scale = 10 ** max(0, -min(exponents, default=0))
    whole = [int(weight * scale) for weight in weights]
    over = sum(whole)
    if over <= 0 or min(whole) < 0:
        raise NotAllocated(reason=Text(zh="要素没有可用的权重", en="the features have no weight to go by"))
    parts = [divmod(cents * weight, over) for weight in whole]
    left = cents - sum(part for part, _ in parts)
    first = sorted(range(len(parts)), key=lambda place: -parts[place][1])[:left]
    shares = [part for part, _ in parts]
    for place in first:
        shares[place] += 1
    return [share * CENT for share in shares]


def allocate(connection: Connection, transaction: int, share: Share, *, by: str) -> Allocated:
    """Spread a transaction over features, in place of how it was spread before; earlier allocations are kept.

    Raises :class:`NotFound`, :class:`NotAllocated`, and :class:`geo.ledger.EntryRefused` where it would exceed the
    transaction or the transaction is not spending of an activity.
    """
    found = rows(connection, "allocation_transaction", transaction=transaction)
    if not found:
        raise NotFound(noun=Text(zh="收支", en="transaction"), key=transaction)
    whole: Decimal = found[0]["amount"]
    total = whole if share.amount is None else share.amount
    wanted = list(share.amounts) if share.amounts is not None else share.features
    candidates = rows(
        connection, "allocation_feature",
        activity=found[0]["activity"], basis=share.basis, layer=share.layer, org_unit=share.org_unit,
        features=None if wanted is None else list(wanted),
    )  # fmt: skip
    if wanted is not None and len(candidates) < len(set(wanted)):
        strange = set(wanted) - {each["id"] for each in candidates}
        key = ", ".join(sorted(map(str, strange))[:3])
        raise NotAllocated(reason=Text(zh=f"未关联到该项目：{key}", en=f"not linked to the activity: {key}"))
    amounts = _amounts(share, total, candidates)
    given = [(each, amount) for each, amount in zip(candidates, amounts, strict=True) if amount > 0]
    with refusing():
        connection.execute(statement("allocation_clear"), {"transaction": transaction})
        connection.execute(
            statement("allocation_insert"),
            {
                "transaction": transaction,
                "layers": [each["layer"] for each, _ in given],
                "features": [each["id"] for each, _ in given],
                "amounts": [amount for _, amount in given],
                "basis": share.basis,
                "by": by,
            },
        )
    allocated = sum((amount for _, amount in given), Decimal("0.00"))
    return Allocated(transaction, whole, allocated, whole - allocated, len(given), len(candidates) - len(given))


def _amounts(share: Share, total: Decimal, candidates: Sequence[Mapping[str, Any]]) -> list[Decimal]:
    """The amount of each candidate in turn."""
    if not candidates:
        raise NotAllocated(reason=Text(zh="项目没有符合条件的关联要素", en="no feature of the activity fits"))
    if share.basis == "by_hand":
        if share.amounts is None:
            raise BadValue(name="amounts", value="", reason=Text(zh="须逐个给出金额", en="state each amount"))
        return [share.amounts[each["id"]] for each in candidates]
    if share.basis == "direct" and len(candidates) != 1:
        count = len(candidates)
        raise NotAllocated(
            reason=Text(zh=f"直接计入只能有一个要素，现有 {count} 个", en=f"direct takes one feature, here are {count}")
        )
    return spread(total, [Decimal(each["weight"] or 0) for each in candidates])
