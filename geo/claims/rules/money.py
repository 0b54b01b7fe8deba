"""Money: what is fully spent cannot be carried over."""

from collections.abc import Iterator

from geo.claims.book import Book, Finding, rule
from geo.claims.catalogue import BALANCES
from geo.text import Text

_LEFT = Text(
    zh="预算 {budget}，支出 {spent}，已全部用完，却结转 {left}",
    en="of a budget of {budget}, {spent} were spent, which is all of it; yet {left} are carried over",
)


@rule("全部支出却有结转", "Fully spent yet carried over")
def spent_yet_carried(book: Book) -> Iterator[Finding]:
    """As much was spent as was budgeted, or more, and in the same year money is carried over."""
    for balance in BALANCES:
        for left in book.values(balance.left):
            pairs = [
                (budget, spent)
                for budget in book.values(balance.budget)
                for spent in book.values(balance.spent)
                if budget.day.year == spent.day.year == left.day.year
            ]
            for budget, spent in pairs[:1]:
                if left.base.low > 0 and spent.base.high >= budget.base.low:
                    told = _LEFT.format(budget=budget.figure, spent=spent.figure, left=left.figure)
                    yield Finding(left, "error", told, (budget, spent))
