"""How far each township is with each layer, held against its target: what the pages and files of progress show."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from geo import boundary, progress
from geo.database import Connection
from geo.layer import Layer
from geo.layers import layers
from geo.record import visible
from geo.settings import settings
from geo.text import Text
from geo.viewer import Viewer

StateCode = Literal["met", "on_course", "behind", "missed", "no_target", "no_task", "not_stated", "no_data"]

STATES: dict[StateCode, Text] = {
    "met": Text(zh="已完成任务", en="Target met"),
    "on_course": Text(zh="进度正常", en="On course"),
    "behind": Text(zh="落后于任务", en="Behind target"),
    "missed": Text(zh="到期未完成", en="Target missed"),
    "no_target": Text(zh="未设任务", en="No target set"),
    "no_task": Text(zh="不适用：本单位没有任务", en="Not applicable: no task here"),
    "not_stated": Text(zh="不适用：未登记数量", en="Not applicable: amount not stated"),
    "no_data": Text(zh="无数据", en="No data"),
}
"""What a cell says besides its figures: four ways to stand to a target, and four in which there is none to stand to."""


HUNDREDTH = 0.01
"""Targets are stated to hundredths of their unit; what is short of one by less has met it."""


def counting(layer: Layer) -> str:
    """The measure that counts the features themselves; the first one where a layer has none."""
    return next((each.code for each in layer.measures if each.source == "count"), layer.measures[0].code)


def expected(target: float, starts_on: date, ends_on: date, as_of: date) -> float:
    """What of a target had to be reached by the end of a day, if its period went evenly."""
    whole, gone = (ends_on - starts_on).days + 1, (as_of - starts_on).days + 1
    return target * max(0, min(whole, gone)) / whole


def state(cell: Mapping[str, Any], as_of: date) -> StateCode:
    """How a row of :func:`geo.progress.units` stands to its target."""
    if cell["denominator_kind"] == "target" and cell["period"] is None:
        return "no_task"
    if not cell["denominator"]:
        return "not_stated"
    if cell["denominator_kind"] == "population":
        return "no_target"
    if cell["denominator"] - cell["numerator"] < HUNDREDTH:
        return "met"
    if date.fromisoformat(cell["period"]["ends_on"]) < as_of:
        return "missed"
    return "on_course" if cell["numerator"] >= _expected(cell, as_of) else "behind"


def completion(
    connection: Connection, who: Viewer, *, as_of: date, layer: str | None = None, org_unit: str | None = None
) -> dict[str, Any]:
    """``{"as_of", "layers", "units", "whole", "cells"}``: a cell for each layer in each unit, and in all of them.

    Units are the townships that somebody sees (null: outside of all), or the one asked for. ``whole`` is empty where
    not all of the county is seen, or where one unit is asked for. Each layer is told in its first measure.
    """
    county = settings().county
    village = org_unit is not None and boundary.level(connection, org_unit) == "village"
    asked = org_unit if village and org_unit is not None else county
    told = json.loads(
        progress.units(connection, as_of=as_of, org_unit=asked, by="township" if asked == county else "self")
    )
    rows = {(row["org_unit"], row["layer"], row["measure"]): row for row in told["rows"]}
    codes = [code for code in visible(who, org_unit or _first(who)) if layer in (None, code)]
    units = _units(connection, who, rows) if org_unit in (None, county) else [org_unit or None]
    whole = [_cell(rows, county, code, as_of) for code in codes] if org_unit in (None, county) else []
    return {
        "as_of": as_of.isoformat(),
        "layers": codes,
        "units": units,
        "whole": whole if who.sees_all_places else [],
        "cells": [_cell(rows, unit, code, as_of) for unit in units for code in codes],
    }


def _first(who: Viewer) -> str | None:
    """A unit of somebody who does not see all places."""
    return None if who.sees_all_places else min(who.units, default=None)


def _units(
    connection: Connection, who: Viewer, rows: Mapping[tuple[str | None, str, str], Mapping[str, Any]]
) -> list[str | None]:
    """The townships that somebody sees, and None where anything lies outside of them."""
    found = json.loads(boundary.collection(connection, level="township", geometry=False))["features"]
    seen: list[str | None] = [each["id"] for each in found if who.sees_all_places or each["id"] in who.units]
    return [*seen, *([None] if any(unit is None for unit, _, _ in rows) else [])]


def _cell(
    rows: Mapping[tuple[str | None, str, str], Mapping[str, Any]], unit: str | None, code: str, as_of: date
) -> dict[str, Any]:
    layer = layers()[code]
    measure = layer.measures[0]
    row, counted = rows.get((unit, code, measure.code)), rows.get((unit, code, counting(layer)))
    cell: dict[str, Any] = {"org_unit": unit, "layer": code, "measure": measure.code, "unit": measure.unit.code}
    if row is None or counted is None:
        nothing = dict.fromkeys(("population", "features", "numerator", "overdue"), 0)
        none = dict.fromkeys(("denominator", "denominator_kind", "share", "period", "expected"))
        return {**cell, "state": "no_data", **nothing, **none}
    found = state(row, as_of)
    applies = found not in ("no_task", "not_stated")
    return {
        **cell,
        "state": found,
        "population": row["population"],
        "features": counted["population"],
        "numerator": row["numerator"],
        "denominator": row["denominator"] if applies else None,
        "denominator_kind": row["denominator_kind"] if applies else None,
        "share": row["numerator"] / row["denominator"] if applies else None,
        "period": row["period"],
        "expected": _expected(row, as_of) if row["period"] else None,
        "overdue": counted["status"]["overdue"],
    }


def _expected(row: Mapping[str, Any], as_of: date) -> float:
    period = row["period"]
    starts_on, ends_on = date.fromisoformat(period["starts_on"]), date.fromisoformat(period["ends_on"])
    return round(expected(row["denominator"], starts_on, ends_on, as_of), 6)
