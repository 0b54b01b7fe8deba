"""How far everything has got on a day: by unit, over time, by activity; as finished JSON."""

from datetime import date
from typing import Any, Literal

from geo.database import Connection, Database, one, rows, the

By = Literal["township", "village", "self"]


def units(
    connection: Connection,
    *,
    as_of: date,
    org_unit: str,
    by: By = "township",
    layer: str | None = None,
    measure: str | None = None,
) -> str:
    """``{"as_of", "rows": […]}``: the units of a level below ``org_unit`` and itself, ``""`` being outside of all.

    The numerator is the value at the milestone that completes. With a target the denominator is the target, and the
    numerator counts what was reached within its period only; without one the denominator is the population. Where any
    of the units below has a target, one that has none has no task: its denominator is 0.
    """
    return the(
        connection, "progress_units", str, as_of=as_of, org_unit=org_unit, by=by, layer=layer, measure=measure
    )  # fmt: skip


def series(connection: Connection, *, layer: str, org_unit: str, as_of: date, measure: str | None = None) -> str:
    """``{"months", "rows", "population"}``: what was reached of a layer by the end of each month up to ``as_of``."""
    return the(connection, "progress_series", str, layer=layer, org_unit=org_unit, as_of=as_of, measure=measure)


def activities(connection: Connection, *, as_of: date) -> str:
    """``{"as_of", "rows": […]}``: for each activity, layer and measure how far the features linked to it are."""
    return the(connection, "progress_activities", str, as_of=as_of)


def outside(connection: Connection, *, layer: str | None = None, limit: int = 1000) -> str:
    """``{"rows": […]}``: the features that lie in no township, each with the reason."""
    return the(connection, "progress_outside", str, layer=layer, limit=limit)


def since(connection: Connection, org_unit: str) -> date | None:
    """The first month in which anything happened in a unit; None where nothing dated did."""
    return one(connection, "progress_since", date, org_unit=org_unit)


def fold(connection: Connection) -> int:
    """Fold what has changed into the kept sums; returns how many changes there were."""
    return one(connection, "progress_fold", int) or 0


def tidy(database: Database) -> None:
    """Free the space of folded changes, and let the planner know the sums: every question reads those tables."""
    with database.owner() as connection:
        connection.autocommit = True
        connection.execute(
            "VACUUM (ANALYZE) progress_delta, progress_day, progress_month, progress_year, money_delta, money_day,"
            " tile_delta, tile_cell, tile_layer"
        )


def differences(connection: Connection) -> list[dict[str, Any]]:
    """The first hundred sums that are not what the records give; none where everything is right."""
    return rows(connection, "progress_differences")
