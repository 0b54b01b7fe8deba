"""Personal columns of a feature: masked, and whole for a reason."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from fastapi import Response

from api import models
from api.deps import TheDatabase
from api.router import Router
from geo import personal
from geo.personal import Column

router = Router("personal")
NO_STORE = {"Cache-Control": "no-store"}


@router.get(
    "/api/features/{feature_id}/personal",
    response_model=models.Personal,
    summary="个人信息（掩码） / Personal columns, masked",
)
def masks(response: Response, database: TheDatabase, feature_id: UUID) -> object:
    """仅限有“查看个人信息”权限者；其余为 404 / for those who may see personal data, 404 for others."""
    with database.connection() as connection:
        return _told(response, personal.masks(connection, feature_id))


@router.post(
    "/api/features/{feature_id}/personal",
    response_model=models.Personal,
    summary="查看个人信息 / Personal columns, whole",
)
def whole(response: Response, database: TheDatabase, feature_id: UUID, sent: models.Reason) -> object:
    """须写明原因；何人、何时、为何查看均记入审计 / a reason is needed; who looked, when and why is kept."""
    with database.connection() as connection:
        return _told(response, personal.whole(connection, feature_id, reason=sent.reason))


def _told(response: Response, columns: Sequence[Column]) -> dict[str, Any]:
    response.headers.update(NO_STORE)
    return {"columns": [asdict(each) for each in columns]}
