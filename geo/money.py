"""The money of a period: by channel, activity, township, layer and outcome, and what has no place yet; as JSON."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg.types.json import Jsonb

from geo import divergence
from geo.database import Connection, one, rows, the
from geo.layers import layers

BEGINNING = date(1949, 1, 1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which money is asked for: of one year, or of all years up to ``as_of``; ``org_unit`` ``""`` is in no township.

    Within a unit or a layer only what reached its features is counted.
    """

    as_of: date
    year: int | None = None
    fund_source: str | None = None
    activity: str | None = None
    layer: str | None = None
    org_unit: str | None = None

    @property
    def first(self) -> date:
        """The first day of the period."""
        return BEGINNING if self.year is None else date(self.year, 1, 1)

    @property
    def last(self) -> date:
        """The last day of the period; before the first one where the year has not begun."""
        return self.as_of if self.year is None else min(self.as_of, date(self.year, 12, 31))

    def parameters(self) -> dict[str, Any]:
        """What the statements about places are asked with."""
        return {
            "first": self.first,
            "last": self.last,
            "fund_source": self.fund_source,
            "activity": self.activity,
            "layer": self.layer,
            "org_unit": self.org_unit,
        }


def overview(connection: Connection, wanted: Wanted) -> str:
    """``{"as_of", "year", "illustrative", "total", "channels", "activities", "townships", "layers", "flow",
    "outcomes", "divergence", "features_without_money", "money_without_features"}``; amounts are 元 with two decimals.
    """  # fmt: skip
    asked = wanted.parameters()
    findings = divergence.findings(
        connection,
        as_of=wanted.last,
        activity=wanted.activity,
        fund_source=wanted.fund_source,
        org_unit=wanted.org_unit,
    )
    parts = [
        json.dumps({"as_of": wanted.as_of.isoformat(), "year": wanted.year}),
        the(connection, "money_accounts", str, **asked, year=wanted.year),
        the(connection, "money_places", str, **asked),
        '{"outcomes" : ' + the(connection, "money_outcomes", str, **asked, outcomes=Jsonb(_outcomes())) + "}",
        json.dumps({"divergence": [finding.told() for finding in findings]}, ensure_ascii=False),
        the(connection, "money_gaps", str, **asked),
    ]
    return "{" + ", ".join(part.strip()[1:-1] for part in parts) + "}"


def years(connection: Connection) -> list[int]:
    """The years of which there is a budget or a transaction, the newest first."""
    return the(connection, "money_years", list)


def series(connection: Connection, wanted: Wanted) -> str:
    """``{"months", "rows": [{"channel", "values"}]}``: what was spent by the end of each month of a year.

    Without a year it is that of the day.
    """
    year = wanted.year or wanted.as_of.year
    return the(connection, "money_series", str, **{**wanted.parameters(), "year": year, "as_of": wanted.as_of})


def units(connection: Connection, *, as_of: date, layer: str | None = None, activity: str | None = None) -> str:
    """``{"as_of", "rows": [{"org_unit", "spent", "features"}]}``: every township, and null for none of them."""
    return the(connection, "money_units", str, as_of=as_of, layer=layer, activity=activity)


def fold(connection: Connection) -> int:
    """Fold what has changed into the kept sums; returns how many changes there were."""
    return one(connection, "money_fold", int) or 0


def differences(connection: Connection) -> list[dict[str, Any]]:
    """The first hundred sums that are not what the records give; none where everything is right."""
    return rows(connection, "money_differences")


def _outcomes() -> list[dict[str, Any]]:
    """The outcomes that the layers declare, in their order."""
    return [
        {
            "code": outcome.code,
            "layer": layer.code,
            "label": outcome.label.both(),
            "measure": outcome.measure,
            "milestone": outcome.milestone,
        }
        for layer in layers().values()
        for outcome in layer.outcomes
    ]
