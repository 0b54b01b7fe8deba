"""What the records say of metrics: one statement for all that features count, one for all that the ledger sums."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import NamedTuple
from urllib.parse import urlencode

from geo.claims.catalogue import known
from geo.claims.metric import Counted, Paid, options
from geo.database import Connection, rows
from geo.text import Text


class Wanted(NamedTuple):
    """A figure asked of the records: the full name of a metric, a day, and the codes of places it is narrowed to."""

    name: str
    day: date
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the records say: the value in the base unit, and of how many features, transactions or activities."""

    value: Fraction
    records: int


Records = Mapping[Wanted, Recorded]


def recorded(connection: Connection, wanted: Iterable[Wanted]) -> Records:
    """The figures that are recorded; one of which there are no records is left out."""
    asked = sorted(set(wanted))
    found: dict[Wanted, Recorded] = {}
    for query, figures in (("claim_counted", counted(asked)), ("claim_paid", paid(asked))):
        if figures:
            for row in rows(connection, query, wanted=json.dumps(figures)):
                if row["total"] is not None:
                    found[asked[row["place"]]] = Recorded(Fraction(row["total"]), row["records"])
    return found


def counted(asked: list[Wanted]) -> list[dict[str, object]]:
    """Those of the figures that features count, as ``claim_feature`` takes them; ``place`` is the index in the list."""
    figures: list[dict[str, object]] = []
    for place, (name, day, places) in enumerate(asked):
        found = known(name)
        if found is None or found.layer is None or not isinstance(found.metric.source, Counted):
            continue
        count = found.metric.source
        measure = next((m for m in found.layer.measures if m.code == count.measure), None)
        where = {column: options(wanted, found.values) for column, wanted in count.where}
        figures.append({
            "place": place, "layer": found.layer.code, "day": day.isoformat(), "units": list(places),
            "source": measure.source if measure else count.column or "count", "distinct_of": count.distinct,
            "milestone": count.milestone, "attributes": where,
        })  # fmt: skip
    return figures


def paid(asked: list[Wanted]) -> list[dict[str, object]]:
    """Those of the figures that the ledger sums, as ``claim_entry`` takes them."""
    figures: list[dict[str, object]] = []
    for place, (name, day, _) in enumerate(asked):
        found = known(name)
        if found is None or not isinstance(found.metric.source, Paid):
            continue
        sums = found.metric.source
        figures.append({
            "place": place, "day": day.isoformat(), "kinds": list(sums.kinds), "phase": sums.phase,
            "fund_source": sums.fund_source, "serves": sums.serves, "activities": sums.activities,
        })  # fmt: skip
    return figures


@dataclass(frozen=True, slots=True)
class Link:
    """Where the records behind a figure can be opened."""

    label: Text
    address: str


def links(wanted: Wanted) -> list[Link]:
    """The addresses that show the records of a figure, as of its day: exactly those, and the map of their layer."""
    found = known(wanted.name)
    if found is None or not isinstance(found.metric.source, Counted | Paid):
        return []
    asked = [
        ("metric", wanted.name),
        ("as_of", wanted.day.isoformat()),
        *(("org_unit", each) for each in wanted.places),
    ]
    listed = Text(zh="记录：{label}", en="Records: {label}").format(label=found.label)
    made = [Link(listed, f"/claims/records?{urlencode(asked)}")]
    if found.layer is not None and not found.layer.reference:
        view = urlencode({"layer": found.layer.code, "at": wanted.day.isoformat()})
        drawn = Text(zh="地图：{label}", en="Map: {label}").format(label=found.layer.label)
        made.append(Link(drawn, f"/#{view}"))
    return made
