"""County, townships and villages."""

from typing import Annotated

from fastapi import Query

from api import models
from api.deps import GeoJSONResponse, TheDatabase
from api.router import Router
from geo import boundary

router = Router("org-units")


@router.get(
    "/api/org-units",
    response_model=models.OrgUnits,
    response_class=GeoJSONResponse,
    summary="行政区 / Counties, townships and villages",
)
def org_units(
    database: TheDatabase,
    level: Annotated[models.Level | None, Query(description="级别 / level; all by default")] = None,
    parent: Annotated[
        str | None,
        Query(description="此行政区及其下级 / this unit and what is below it", pattern="^[0-9]{6,12}$"),
    ] = None,
    q: Annotated[
        str | None,
        Query(description="名称、代码或拼音首字母 / name, code or pinyin initials", max_length=100),
    ] = None,
    geometry: Annotated[bool, Query(description="是否带界线 / with boundaries")] = True,
) -> GeoJSONResponse:
    """行政区及其界线 / units with their boundaries, CGCS2000 longitude and latitude."""
    with database.connection() as connection:
        if parent is not None:
            boundary.level(connection, parent)
        return GeoJSONResponse(boundary.collection(connection, level=level, parent=parent, geometry=geometry, text=q))
