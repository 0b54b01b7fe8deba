"""What was imported."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from api import models
from api.deps import JSONText, TheDatabase, here
from geo import history

router = APIRouter(tags=["imports"])


@router.get("/api/imports", response_model=models.Imports, response_class=JSONText, summary="导入记录 / Imports")
def imports(
    request: Request,
    database: TheDatabase,
    limit: Annotated[int, Query(ge=1, le=200, description="每页条数 / how many a page holds")] = 50,
    before: Annotated[
        int | None, Query(ge=1, le=2**62, description="只看此编号之前的 / only those before this number")
    ] = None,
) -> JSONText:
    """每次导入的文件、行数和问题，最新的在前 / each import with file, rows and problems, newest first."""
    with database.connection() as connection:
        return JSONText(history.imports(connection, limit=limit, here=here(request, "before"), before=before))
