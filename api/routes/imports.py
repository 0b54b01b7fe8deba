"""What was imported, how it is taken back, and what the headings of files mean."""

from dataclasses import asdict
from typing import Annotated

from fastapi import Path, Query, Request
from starlette.responses import Response

from api import import_models
from api.deps import JSONText, TheDatabase, TheLanguage, Writer, here
from api.router import Router
from geo import audit, history
from geo.ingest import mapping
from geo.ingest.undo import undo as take_back
from geo.layers import layer as declared

router = Router("imports")

Number = Annotated[int, Path(ge=1, le=2**62, description="导入编号 / number of the import")]
Code = Annotated[str, Path(max_length=64, description="图层代码 / code of a layer", examples=["farmland_patch"])]
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/api/imports", response_model=import_models.Imports, response_class=JSONText, summary="导入记录 / Imports")
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


@router.get(
    "/api/imports/{number}/report.xlsx",
    response_class=Response,
    responses={200: {"content": {SHEET: {}}, "description": "报告 / the report"}},
    summary="导入报告表格 / The report as a workbook",
)
def report(database: TheDatabase, language: TheLanguage, by: Writer, number: Number) -> Response:
    """汇总、问题和逐字段变更 / summary, problems and changes field by field."""
    from geo.ingest.marked_sheet import without_rows

    with database.connection() as connection:
        told = history.report(connection, number)
        audit.taken(connection, "import", id=number, format="xlsx")
    headers = {"Content-Disposition": f'attachment; filename="import-{number}.xlsx"'}
    return Response(without_rows(told, language), media_type=SHEET, headers=headers)


@router.post("/api/imports/{number}/undo", response_model=import_models.Undone, summary="撤销导入 / Undo an import")
def undo(database: TheDatabase, by: Writer, number: Number) -> object:
    """整体撤销一次导入；其后有依赖则拒绝并说明 / take an import back as a whole, unless something depends on it."""
    return asdict(take_back(database, number, by=by))


@router.get(
    "/api/layers/{code}/mappings", response_model=import_models.SavedMappings, summary="列映射 / Saved mappings"
)
def mappings(database: TheDatabase, code: Code) -> object:
    """图层已保存的列映射 / what headings of this layer's files mean, as it was saved."""
    with database.connection() as connection:
        found = mapping.listed(connection, declared(code))
    return {"mappings": [{"name": each.name, "mapping": each.mapping} for each in found]}


@router.delete("/api/layers/{code}/mappings/{name}", status_code=204, summary="删除列映射 / Drop a mapping")
def forget_mapping(
    database: TheDatabase,
    by: Writer,
    code: Code,
    name: Annotated[str, Path(max_length=100, description="名称 / its name")],
) -> Response:
    """删除一个列映射 / drop a saved mapping."""
    with database.connection() as connection:
        mapping.forget(connection, declared(code), name)
    return Response(status_code=204)
