"""What was there, completed and overdue at the end of each month, and against a month and a year before; as JSON."""

import calendar
import json
from datetime import date
from typing import Any

from geo.completion import counting
from geo.database import Connection, the
from geo.layers import layers
from geo.settings import settings

MONTHS = 24


def before(day: date, months: int) -> date:
    """The same day some months before, or the last one of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def trend(
    connection: Connection,
    *,
    as_of: date,
    codes: list[str],
    org_unit: str | None = None,
    layer: str | None = None,
    measure: str | None = None,
    months: int = MONTHS,
) -> dict[str, Any]:
    """``{"as_of", "org_unit", "layer", "measure", "unit", "months", "days", "population", "completed", "overdue",
    "target", "compared"}`` of a unit, None being the county.

    Of ``layer`` in ``measure`` (its first by default), else of all layers in ``codes`` together in features. ``days``
    are those for which the values hold: ends of months, the last one ``as_of``. ``completed`` is what has passed the
    milestone that completes; ``target`` the level it has to come to by the end of the period a month lies in, else
    null. ``compared`` are ``as_of`` itself, the same day a month before, and a year before.
    """
    one = None if layer is None else layers()[layer]
    chosen = None if one is None else (measure or one.measures[0].code)
    told = json.loads(
        the(
            connection,
            "progress_trend",
            str,
            as_of=as_of,
            org_unit=settings().county if org_unit is None else org_unit,
            layers=codes,
            measures=[chosen or counting(layers()[code]) for code in codes],
            targets=layer is not None,
            months=months,
            days=[as_of, before(as_of, 1), before(as_of, 12)],
        )
    )
    unit = next((each.unit.code for each in one.measures if each.code == chosen), None) if one else None
    return {
        "as_of": as_of.isoformat(),
        "org_unit": org_unit,
        "layer": layer,
        "measure": chosen,
        "unit": unit,
        **told,
    }
