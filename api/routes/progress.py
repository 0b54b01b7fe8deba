"""How far everything has got: by unit, over time, by activity, and what lies outside."""

from typing import Annotated

from fastapi import Query

from api import models
from api.deps import AsOf, JSONText, LayerCode, Limit, OrgUnit, TheDatabase, measured
from api.router import Router
from geo import boundary
from geo import progress as progress_of
from geo.errors import BadValue
from geo.layers import layer as declared
from geo.settings import settings
from geo.text import Text

router = Router("progress")

Measure = Annotated[
    str | None, Query(description="统计口径，须同时给出图层 / code of a measure of the layer", max_length=64)
]


@router.get(
    "/api/progress", response_model=models.Progress, response_class=JSONText, summary="各行政区进度 / Progress by unit"
)
def progress(
    *,
    database: TheDatabase,
    as_of: AsOf,
    layer: LayerCode,
    org_unit: OrgUnit,
    by: Annotated[
        progress_of.By, Query(description="按下级还是只看本级 / the units below, or itself only")
    ] = "township",
    measure: Measure = None,
) -> JSONText:
    """某日的进度：总量、分母、分子、节点、状态 / on a day: population, denominator, numerator, milestones, statuses."""
    with database.connection() as connection:
        unit = settings().county if org_unit is None else org_unit
        if org_unit is not None:
            boundary.level(connection, org_unit)
        return JSONText(
            progress_of.units(
                connection, as_of=as_of, org_unit=unit, by=by, layer=layer, measure=_measure(layer, measure)
            )
        )


@router.get(
    "/api/progress/series",
    response_model=models.Series,
    response_class=JSONText,
    summary="逐月进度 / Progress by month",
)
def series(
    database: TheDatabase,
    as_of: AsOf,
    org_unit: OrgUnit,
    layer: Annotated[str, Query(description="图层代码 / code of a layer", max_length=64, examples=["farmland_patch"])],
    measure: Measure = None,
) -> JSONText:
    """每月末的累计值 / what had been reached by the end of each month."""
    code = declared(layer).code
    with database.connection() as connection:
        unit = settings().county if org_unit is None else org_unit
        if org_unit is not None:
            boundary.level(connection, org_unit)
        return JSONText(
            progress_of.series(connection, layer=code, org_unit=unit, as_of=as_of, measure=_measure(code, measure))
        )


@router.get(
    "/api/progress/activities",
    response_model=models.ActivityProgress,
    response_class=JSONText,
    summary="各项目进度 / Progress by activity",
)
def activities(database: TheDatabase, as_of: AsOf) -> JSONText:
    """项目所关联要素的进度 / how far the features linked to each activity are."""
    with database.connection() as connection:
        return JSONText(progress_of.activities(connection, as_of=as_of))


@router.get(
    "/api/progress/outside",
    response_model=models.Outside,
    response_class=JSONText,
    summary="乡镇之外的要素 / Features in no township",
)
def outside(database: TheDatabase, layer: LayerCode, limit: Limit = 1000) -> JSONText:
    """不在任何乡镇内的要素及原因 / features in no township, each with the reason."""
    with database.connection() as connection:
        return JSONText(progress_of.outside(connection, layer=layer, limit=limit))


def _measure(layer: str | None, measure: str | None) -> str | None:
    if measure is None:
        return None
    if layer is None:
        reason = Text(zh="须同时给出 layer", en="state layer too")
        raise BadValue(name="measure", value=measure, reason=reason)
    return measured(declared(layer), measure)
