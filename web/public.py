"""The page for everybody from values: how far each layer has got in each township."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from geo.public import Count, Totals
from web.sheet import Sheet


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows: totals by layer on a day."""

    as_of: date
    totals: Sequence[Totals]


def public_page(sheet: Sheet, shown: Shown) -> str:
    """Totals of townships; what is held back is said to be so."""

    def percent(count: Count) -> int:
        return round(100 * count.completed / count.population) if count.population else 0

    return sheet.render("public.html", shown=shown, percent=percent)
