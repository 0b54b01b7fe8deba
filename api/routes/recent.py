"""What changed in a township since somebody was there last."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Query
from pydantic import AwareDatetime

from api.deps import JSONText, TheDatabase
from api.recent_models import Changes
from api.router import Router
from geo import recent, township

router = Router("org-units")
FIRST = datetime(1949, 10, 1, tzinfo=UTC)
USUAL = timedelta(days=7)


@router.get("/api/townships/{code}/changes", response_model=Changes, summary="乡镇最近的变化 / Changes in a township")
def changes(
    database: TheDatabase,
    code: str,
    since: Annotated[
        AwareDatetime | None,
        Query(
            description="自此时刻起，默认 7 天前 / since this moment, seven days ago by default",
            examples=["2026-11-20T08:00:00Z"],
        ),
    ] = None,
) -> JSONText:
    """要素和节点的变化，按要素分组，新的在前，最多 50 个要素 / by feature, newest first, at most 50 features."""
    moment = max(since, FIRST) if since is not None else datetime.now(UTC) - USUAL
    with database.connection() as connection:
        township.township(connection, code)
        return JSONText(recent.changes(connection, code, since=moment))
