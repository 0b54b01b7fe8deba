"""A layer as a file: made in a private folder, sent as it is read, gone when it is sent or nobody waits any more."""

import os
import re
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Annotated, BinaryIO, Literal
from urllib.parse import quote

from fastapi import Query, Request
from starlette.responses import Response, StreamingResponse

from api.deps import AsOf, BBox, OrgUnit, TheDatabase, TheLanguage
from api.router import Router
from geo import boundary
from geo.database import Connection
from geo.export import FORMATS, Choice, check, export
from geo.export.about import unit_name
from geo.feature import StatusCode, Wanted
from geo.layers import layer as declared
from geo.text import Language, Text
from web.legend import STATUS_SIGNS

router = Router("export")

FormatCode = Literal["gpkg", "geojson", "geojsonl", "shp", "kml", "fgb", "parquet", "xlsx", "csv", "txt"]
_PIECE = 1 << 18
_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')
_CONTENT = {each.media_type: {} for each in FORMATS.values()}
_COLOURS = {sign.code: sign.colour for sign in STATUS_SIGNS}


@router.head("/api/layers/{code}/export", include_in_schema=False)
@router.get(
    "/api/layers/{code}/export",
    response_class=Response,
    responses={200: {"content": _CONTENT, "description": "文件 / the file"}},
    summary="导出图层 / A layer as a file",
)
def export_layer(
    *,
    database: TheDatabase,
    request: Request,
    code: str,
    as_of: AsOf,
    org_unit: OrgUnit,
    bbox: BBox,
    language: TheLanguage,
    format: Annotated[FormatCode, Query(description="格式 / format")] = "gpkg",
    status: Annotated[StatusCode | None, Query(description="截至当日的状态 / status on the day")] = None,
    milestone: Annotated[
        str | None, Query(description="截至当日已达到的节点 / milestone reached by the day", max_length=64)
    ] = None,
    q: Annotated[str | None, Query(description="编号或名称中的文字 / text in code or name", max_length=100)] = None,
    crs: Annotated[
        str,
        Query(description="坐标系的 EPSG 代码，默认 4490 / EPSG code of the system", max_length=40, examples=["4522"]),
    ] = "",
    headings: Annotated[
        Literal["zh", "en", "code"],
        Query(description="列名：中文、英文或代码 / headings: Chinese, English or names of columns"),
    ] = "zh",
) -> Response:
    """按条件导出，可原样再导入；不含个人信息 / what the filter leaves, to be imported again; no personal columns."""
    layer = declared(code)
    wanted = Wanted(as_of, layer.code, org_unit, status, milestone, q, bbox)
    choice = Choice(wanted, format=format, crs=crs, headings=headings, colours=_COLOURS)
    with database.connection() as connection:
        name = _name(connection, wanted, layer.label, language)
    ending = FORMATS[format].endings[0]
    headers = {"Content-Disposition": _attachment(f"{name}{ending}", f"{_plain(wanted)}{ending}")}
    media_type = FORMATS[format].media_type
    if request.method == "HEAD":
        check(database, layer, choice)
        return Response(headers=headers, media_type=media_type)
    with tempfile.TemporaryDirectory(prefix="shanhe-export-") as folder:
        path = Path(folder) / f"{layer.code}{ending}"
        export(database, layer, path, choice=choice)
        file = path.open("rb")
    # The file has no name any more: its space is free as soon as it is closed, however the sending ends.
    headers["Content-Length"] = str(os.fstat(file.fileno()).st_size)
    return StreamingResponse(_pieces(file), headers=headers, media_type=media_type)


def _pieces(file: BinaryIO) -> Generator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece


def _name(connection: Connection, wanted: Wanted, label: Text, language: Language) -> str:
    """Layer, unit and day as people call them."""
    unit = () if wanted.org_unit is None else (unit_name(connection, wanted.org_unit).in_(language),)
    return _UNSAFE.sub(" ", "_".join([label.in_(language), *unit, wanted.as_of.isoformat()]))


def _plain(wanted: Wanted) -> str:
    """The same in ASCII, for programs that know no other."""
    unit = () if wanted.org_unit is None else (wanted.org_unit or boundary.OUTSIDE,)
    return "_".join([wanted.layer or "", *unit, wanted.as_of.isoformat()])


def _attachment(name: str, plain: str) -> str:
    """The header of RFC 6266: a name in UTF-8 (RFC 8187) after one that every program reads."""
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
