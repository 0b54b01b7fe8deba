"""Vector tiles of a layer or of several: the bytes of one, with its version as ETag."""

import re
from datetime import date
from typing import Annotated, Any, Literal

from annotated_types import Ge, Le
from fastapi import Path, Query, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from api.deps import FIRST_DAY, LAST_DAY
from api.ogc import UnknownParameter, negotiated
from api.router import Router
from geo.collection import collection as declared
from geo.errors import NotFound
from geo.layers import layers
from geo.matrix import matrix_set
from geo.settings import today
from geo.text import Language, Text
from geo.tile import Asked, Tiles

router = Router("ogc")

MVT = "application/vnd.mapbox-vector-tile"
_OFFERED = {"mvt": MVT, "any": "application/octet-stream"}
_KEPT = "private, no-cache"
"""A tile may be kept by who asked for it, and is asked for anew by its ETag: what was changed is seen at once."""
_VERSION = re.compile(r"[0-9a-f.]{1,40}")
_PLAIN = re.compile(
    r"/ogc(?:/collections/(?P<collection>[a-z_]{1,64}))?/tiles/(?P<matrix>[A-Za-z0-9]{1,64})"
    r"/(?P<zoom>[0-9]{1,2})/(?P<row>[0-9]{1,8})/(?P<column>[0-9]{1,8})"
)
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {MVT: {}}, "description": "瓦片 / the tile"},
    204: {"description": "这里没有要素 / nothing is here"},
    304: {"description": "没有变化 / not changed"},
}

Matrix = Annotated[str, Path(description="瓦片矩阵集 / tile matrix set", max_length=64, examples=["WebMercatorQuad"])]
Zoom = Annotated[int, Path(description="级别 / zoom", examples=[14])]
Row = Annotated[int, Path(description="行，自北向南 / row from the north", examples=[6799])]
Column = Annotated[int, Path(description="列，自西向东 / column from the west", examples=[12891])]
Day = Annotated[
    Annotated[date, Ge(FIRST_DAY), Le(LAST_DAY)] | None,
    Query(description="截至日期，默认今天 / the day of all figures, today by default", examples=["2024-12-31"]),
]
Lang = Annotated[Language | None, Query(description="瓦片中没有语言 / tiles are the same in every language")]
Format = Annotated[Literal["mvt"] | None, Query(description="格式 / format")]
Chosen = Annotated[
    str | None,
    Query(
        description="图层代码，以逗号分隔，默认全部 / codes of layers with commas, all by default",
        max_length=1000,
        examples=["hazard_point,farmland_patch"],
    ),
]


@router.get(
    "/ogc/collections/{collection}/tiles/{matrix}/{zoom}/{row}/{column}",
    response_class=Response,
    responses=_ANSWERS,
    summary="一个图层的瓦片 / A tile of a layer",
)
async def layer_tile(
    *,
    request: Request,
    collection: Annotated[str, Path(description="图层代码 / code of a layer", max_length=64)],
    matrix: Matrix,
    zoom: Zoom,
    row: Row,
    column: Column,
    as_of: Day = None,
    lang: Lang = None,
    f: Format = None,
) -> Response:
    """低级别为格网计数，高级别为要素 / counts by cell at low zooms, features at high ones; Mapbox Vector Tile 2."""
    _known(request)
    return await _answer(request, Asked((tiled(collection),), matrix_set(matrix), zoom, row, column, as_of or today()))


@router.get(
    "/ogc/tiles/{matrix}/{zoom}/{row}/{column}",
    response_class=Response,
    responses=_ANSWERS,
    summary="多个图层的瓦片 / A tile of several layers",
)
async def tile(
    *,
    request: Request,
    matrix: Matrix,
    zoom: Zoom,
    row: Row,
    column: Column,
    collections: Chosen = None,
    as_of: Day = None,
    lang: Lang = None,
    f: Format = None,
) -> Response:
    """瓦片中每个图层一层 / the tile has a layer for each; Mapbox Vector Tile 2."""
    _known(request)
    return await _answer(request, Asked(selected(collections), matrix_set(matrix), zoom, row, column, as_of or today()))


class PlainTile(BaseRoute):
    """A tile that is asked for without parameters, to stand before all other routes.

    Finding one route among a hundred and reading what it declares takes longer than a tile from the cache, and maps ask
    for dozens. Whatever else is asked finds :func:`layer_tile` and :func:`tile`, which describe these addresses.
    """

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether this is such a question, by method and address."""
        if scope["type"] == "http" and scope["method"] == "GET" and not scope["query_string"]:
            found = _PLAIN.fullmatch(scope["path"])
            if found is not None:
                return Match.FULL, {"path_params": found.groupdict()}
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the other routes do."""
        request = Request(scope)
        of = request.path_params
        chosen = selected(None) if of["collection"] is None else (tiled(of["collection"]),)
        place = int(of["zoom"]), int(of["row"]), int(of["column"])
        answer = await _answer(request, Asked(chosen, matrix_set(of["matrix"]), *place, today()))
        await answer(scope, receive, send)


def tiled(code: str) -> str:
    """The code of a collection that has tiles: a layer. Raises :class:`NotFound`."""
    if declared(code).layer is None:
        raise NotFound(noun=Text(zh="瓦片", en="tiles"), key=code)
    return code


def selected(codes: str | None) -> tuple[str, ...]:
    """The layers named with commas, each once and in their order; all of them where none is named."""
    return tuple(layers()) if codes is None else tuple(dict.fromkeys(tiled(code) for code in codes.split(",")))


async def _answer(request: Request, asked: Asked) -> Response:
    if request.query_params.get("f") is None:
        negotiated(request, _OFFERED, None)
    asked.matrix_set.place(asked.zoom, asked.row, asked.column)
    tiles: Tiles = request.app.state.tiles
    zipped = "gzip" in request.headers.get("accept-encoding", "")
    drawn = await tiles.tile(asked, zipped=zipped, known=_version(request, asked.as_of))
    headers = {
        "ETag": f'W/"{drawn.version}.{asked.as_of.toordinal():x}"',
        "Cache-Control": _KEPT,
        "Vary": "Accept, Accept-Encoding",
    }
    if drawn.body is None:
        return Response(None, 304, headers)
    if not drawn.body:
        return Response(None, 204, headers)
    if zipped:
        headers["Content-Encoding"] = "gzip"
    return Response(drawn.body, 200, headers, MVT)


def _known(request: Request) -> None:
    names = {each.alias for each in request.scope["route"].dependant.query_params}
    for name in request.query_params:
        if name not in names or len(request.query_params.getlist(name)) > 1:
            raise UnknownParameter(name=name[:40])


def _version(request: Request, as_of: date) -> str | None:
    """The version of the tile that the asker has of this day, by its If-None-Match; of several the first."""
    for part in request.headers.get("if-none-match", "")[:1000].split(","):
        version, _, day = part.strip().removeprefix("W/").strip('"').rpartition(".")
        if day == f"{as_of.toordinal():x}" and _VERSION.fullmatch(version):
            return version
    return None
