"""The records behind a figure: a page of the list, and all of it as a workbook."""

import json
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from api import progress_models as models
from api.deps import TheDatabase, TheLanguage
from api.record_query import After, AskedRecords
from api.router import Router
from api.routes.money import XLSX
from geo import boundary, record, record_sheet
from geo.database import Connection
from geo.right import Verb
from geo.text import Text
from geo.viewer import viewer

router = Router("records")


def unit_names(connection: Connection) -> dict[str, Text]:
    """The names of all units by code."""
    found = json.loads(boundary.collection(connection, geometry=False))["features"]
    return {each["id"]: Text(**each["properties"]["name"]) for each in found}


@router.get("/api/records", response_model=models.Records, summary="要素清单 / Records")
def records(
    *,
    database: TheDatabase,
    wanted: AskedRecords,
    after: After,
    limit: Annotated[int, Query(ge=1, le=1000, description="每页条数 / how many a page holds")] = 100,
) -> object:
    """一个数字由哪些要素构成：条数、合计和清单 / what a figure is made of: how many, what they come to, and which."""
    with database.connection() as connection:
        if wanted.org_unit is not None:
            boundary.level(connection, wanted.org_unit)
        return record.page(connection, wanted, viewer(connection), limit=limit, cursor=after)


@router.get(
    "/api/records.xlsx",
    response_class=Response,
    responses={200: {"content": {XLSX: {}}, "description": "工作簿 / a workbook"}},
    summary="要素清单工作簿 / Records as a workbook",
)
def workbook(database: TheDatabase, wanted: AskedRecords, language: TheLanguage) -> Response:
    """同一清单的全部要素，注明日期、范围和合计 / all records of the list, with day and filter."""
    with database.connection(Verb.DOWNLOAD) as connection:
        if wanted.org_unit is not None:
            boundary.level(connection, wanted.org_unit)
        names = unit_names(connection)
        written = record_sheet.record_workbook(connection, viewer(connection), wanted, names, language)
    name = f"records-{wanted.as_of}.xlsx"
    return Response(written, media_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})
