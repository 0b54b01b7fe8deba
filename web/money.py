"""The money page from values: what was budgeted, spent and placed, by channel, activity, township and layer."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any, Literal
from urllib.parse import urlencode

from geo.layer import WAN_YUAN
from geo.text import Language, Text
from web.page import inert_json
from web.sheet import Sheet

Json = Mapping[str, Any]
MoneyUnit = Literal["wan", "yuan"]
YUAN = Text(zh="元", en="yuan")
NOT_STATED = Text(zh="未列明", en="not stated")
NO_ACTIVITY = Text(zh="未分到项目", en="No activity named")
PLACES = {
    "outside": Text(zh="乡镇界外", en="In no township"),
    "unallocated": Text(zh="尚未落到图上", en="Not on the map yet"),
}
UNITS: dict[str, tuple[Text, Decimal]] = {
    "wan": (WAN_YUAN.label, Decimal(10_000)),
    "yuan": (YUAN, Decimal(1)),
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the reader narrowed the page to; None is all of it. ``unit`` is what amounts are written in."""

    as_of: date
    year: int | None = None
    fund_source: str | None = None
    activity: str | None = None
    layer: str | None = None
    org_unit: str | None = None
    unit: MoneyUnit = "wan"

    def address(self, page: str, **other: object) -> str:
        """The address of ``page`` that shows the same, with some of it chosen otherwise."""
        kept = {name: getattr(self, name) for name in self.__slots__} | other
        return f"{page}?{urlencode({name: str(value) for name, value in kept.items() if value is not None})}"


@dataclass(frozen=True, slots=True)
class MoneyView:
    """What the page shows: what /api/money and /api/money/series answer, decimals kept, and names for codes."""

    language: Language
    chosen: Chosen
    money: Json
    series: Json
    years: Sequence[int]
    layers: Mapping[str, Text]
    townships: Mapping[str, Text]


def parsed(text: str) -> Json:
    """JSON with its amounts as they were written, to the last digit."""
    return json.loads(text, parse_float=Decimal)


def money_page(view: MoneyView, sheet: Sheet) -> str:
    """The page at ``/money`` within ``sheet``; the same view gives the same bytes."""
    unit, divisor = UNITS[view.chosen.unit]
    return sheet.render(
        "money.html",
        view=view,
        chosen=view.chosen,
        money=view.money,
        unit=unit.in_(view.language),
        amount=_amount(divisor, view.language),
        name=lambda text: _name(text, view.language),
        share=_share,
        chart=inert_json(_flow(view, unit.in_(view.language), divisor)),
        listed=lambda **other: view.chosen.address("/ledger", layer=None, unit=None, lang=view.language, **other),
        year=view.chosen.year or view.chosen.as_of.year,
        series=(series := _series(view)),
        months=inert_json(_months(series, unit.in_(view.language), divisor)) if series["rows"] else None,
    )


def _amount(divisor: Decimal, language: Language) -> Callable[[Any], str]:
    """An amount of yuan in the unit of the page with two decimals; what is not stated says so and is not zero."""

    def written(value: Any) -> str:
        if value is None:
            return NOT_STATED.in_(language)
        return f"{Decimal(value) / divisor:,.2f}"

    return written


def _name(text: Any, language: Language) -> str:
    if isinstance(text, Text):
        return text.in_(language)
    return str(text[language] or text["zh"])


def _share(part: Any, whole: Any) -> str | None:
    """A share as whole percent with its sign; None where there is nothing to divide by."""
    return f"{Decimal(part) / Decimal(whole):.0%}" if part is not None and whole else None


def _series(view: MoneyView) -> Json:
    """The months of the year, and the channels that spent anything in it, by name."""
    names = {row["code"]: _name(row["name"], view.language) for row in view.money["channels"]}
    return {
        "months": view.series["months"],
        "rows": [
            {"name": names.get(row["channel"], row["channel"]), "values": row["values"]}
            for row in view.series["rows"]
            if any(row["values"])
        ],
    }


def _months(series: Json, unit: str, divisor: Decimal) -> Json:
    """The same for the picture, in the unit shown."""
    rows = [{**row, "values": [float(Decimal(each) / divisor) for each in row["values"]]} for row in series["rows"]]
    return {"unit": unit, "months": series["months"], "rows": rows}


def _flow(view: MoneyView, unit: str, divisor: Decimal) -> Json:
    """Channel to activity to township, for the picture: nodes with names, links with amounts in the unit shown."""
    money, language = view.money, view.language
    channels = {row["code"]: _name(row["name"], language) for row in money["channels"]}
    activities = {row["code"]: _name(row["name"], language) for row in money["activities"]}
    names: dict[str, str] = {}
    sums: dict[tuple[str, str], Decimal] = {}

    def node(key: str, name: str) -> str:
        names.setdefault(key, name)
        return key

    for row in money["flow"]:
        amount = Decimal(row["amount"]) / divisor
        if amount <= 0:
            continue
        code = row["activity"]
        steps = (
            node(f"channel {row['channel']}", channels.get(row["channel"]) or str(row["channel"])),
            node(f"activity {code or ''}", activities.get(code) or NO_ACTIVITY.in_(language)),
            node(
                f"place {row['kind']} {row['org_unit']}",
                _name(PLACES.get(row["kind"]) or view.townships[row["org_unit"]], language),
            ),
        )
        for link in pairwise(steps):
            sums[link] = sums.get(link, Decimal()) + amount
    return {
        "unit": unit,
        "nodes": [{"id": key, "name": name, "depth": _DEPTHS[key.partition(" ")[0]]} for key, name in names.items()],
        "links": [{"source": one, "target": two, "value": float(amount)} for (one, two), amount in sums.items()],
    }


_DEPTHS = {"channel": 0, "activity": 1, "place": 2}
