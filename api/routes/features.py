"""Features: a page of them, and one with its history."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request

from api import models
from api.deps import AsOf, BBox, GeoJSONResponse, LayerCode, Limit, OrgUnit, Page, TheDatabase, here
from api.router import Router
from geo import boundary
from geo import feature as features_of

router = Router("features")


@router.get(
    "/api/features",
    response_model=models.Features,
    response_class=GeoJSONResponse,
    summary="要素列表 / Features",
)
def features(
    *,
    request: Request,
    database: TheDatabase,
    as_of: AsOf,
    layer: LayerCode,
    org_unit: OrgUnit,
    bbox: BBox,
    cursor: Page,
    status: Annotated[features_of.StatusCode | None, Query(description="截至当日的状态 / status on the day")] = None,
    milestone: Annotated[
        str | None, Query(description="截至当日已达到的节点 / milestone reached by the day", max_length=64)
    ] = None,
    q: Annotated[str | None, Query(description="编号或名称中的文字 / text in code or name", max_length=100)] = None,
    initials: Annotated[
        str | None,
        Query(description="名称的拼音首字母 / pinyin initials of the name", pattern="^[A-Za-z]{2,12}$"),
    ] = None,
    limit: Limit = 1000,
) -> GeoJSONResponse:
    """截至某日已列入的要素，按图层和编号排序分页 / features listed by a day, in pages by layer and code."""
    wanted = features_of.Wanted(as_of, layer, org_unit, status, milestone, q, bbox, initials)
    with database.connection() as connection:
        if org_unit is not None:
            boundary.level(connection, org_unit)
        page = features_of.page(connection, wanted, limit=limit, here=here(request, "cursor"), cursor=cursor)
    return GeoJSONResponse(page)


@router.get(
    "/api/features/{feature_id}",
    response_model=models.OneFeature,
    response_class=GeoJSONResponse,
    summary="单个要素 / One feature",
)
def feature(database: TheDatabase, feature_id: UUID, as_of: AsOf) -> GeoJSONResponse:
    """属性、全部节点、历史版本、所属项目和来源，不含个人信息 / everything but personal columns."""
    with database.connection() as connection:
        return GeoJSONResponse(features_of.feature(connection, feature_id, as_of=as_of))
