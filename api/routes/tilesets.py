"""Tilesets: which tiles there are, where, of what, and how they are numbered."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.responses import JSONResponse, Response

from api.ogc import AS_JSON, JSON, Call, Link, TheCall, TheCollection, link
from api.router import Router
from api.routes.tiles import MVT, Chosen, Day, Matrix, selected, tiled
from geo import crs
from geo.collection import Collection, Property
from geo.collection import collection as declared
from geo.errors import NotFound
from geo.item import extent
from geo.layer import Geometry
from geo.matrix import MATRIX_SETS, WEB_MERCATOR, MatrixSet, matrix_set
from geo.text import Text
from web.standards import Cell, Resource

router = Router("ogc")

_OGC = "http://www.opengis.net"
_REL = f"{_OGC}/def/rel/ogc/1.0"
CONFORMANCE = (
    *(
        f"{_OGC}/spec/ogcapi-tiles-1/1.0/conf/{each}"
        for each in (
            "core", "tileset", "tilesets-list", "dataset-tilesets", "geodata-tilesets", "collections-selection",
            "oas30", "mvt",
        )
    ),
    f"{_OGC}/spec/tms/2.0/conf/tilematrixset",
    f"{_OGC}/spec/tms/2.0/conf/json-tilematrixset",
)  # fmt: skip
"""The conformance classes of OGC API Tiles, Part 1 (20-057), and of its matrix sets (17-083r4) that hold."""
_TILESETS = Text(zh="瓦片集", en="Tilesets")
_SETS = Text(zh="瓦片矩阵集", en="Tile matrix sets")
_TITLE = Text(zh="{of}：{matrix}", en="{of}: {matrix}")
_ALL = Text(zh="全部图层", en="All layers")
_COUNTS = (
    Property("count", Text(zh="格内要素数", en="Features in the cell"), "integer"),
    Property("not_started", Text(zh="未开工", en="Not started"), "integer"),
    Property("under_way", Text(zh="实施中", en="Under way"), "integer"),
    Property("overdue", Text(zh="逾期", en="Overdue"), "integer"),
    Property("completed", Text(zh="已完成", en="Completed"), "integer"),
    Property("accepted", Text(zh="已验收", en="Accepted"), "integer"),
)
_ID = Property("id", Text(zh="标识", en="Identifier"))
_DIMENSION = {Geometry.POINT: 0, Geometry.LINE: 1, Geometry.POLYGON: 2}


def links(collection: Collection, base: str) -> list[Link]:
    """Links from the page of a collection to its tilesets; none where it has no tiles. ``base`` ends in ``/ogc``."""
    if collection.layer is None:
        return []
    here = f"{base}/collections/{collection.code}/tiles"
    return [
        link(here, f"{_REL}/tilesets-vector", JSON),
        link(f"{here}/{WEB_MERCATOR.id}/tilejson.json", "describedby", JSON, "TileJSON"),
    ]


@router.get("/ogc/tileMatrixSets", summary="瓦片矩阵集 / Tile matrix sets", response_class=Response, responses=AS_JSON)
def matrix_sets(call: TheCall) -> Response:
    """瓦片怎样编号 / how tiles are numbered."""
    at = f"{call.base}/tileMatrixSets"
    found = [
        {
            "id": each.id,
            "title": each.title.in_(call.language),
            "uri": each.uri,
            "crs": each.crs,
            "links": [link(f"{at}/{each.id}", "self", JSON)],
        }
        for each in MATRIX_SETS.values()
    ]
    rows = [
        [Cell(each.id, f"{at}/{each.id}?f=html"), Cell(each.title.in_(call.language))] for each in MATRIX_SETS.values()
    ]
    headings = (Text(zh="代码", en="Code"), Text(zh="名称", en="Name"))
    return call.answer({"tileMatrixSets": found}, Resource(_SETS, above=call.above(), headings=headings, rows=rows))


@router.get(
    "/ogc/tileMatrixSets/{matrix}",
    summary="一个瓦片矩阵集 / A tile matrix set",
    response_class=Response,
    responses=AS_JSON,
)
def one_matrix_set(call: TheCall, matrix: Matrix) -> Response:
    """各级的比例尺、原点和大小 / scale, origin and size at every zoom."""
    found = matrix_set(matrix).definition()
    rows = [
        [
            Cell(each["id"]),
            Cell(f"{each['scaleDenominator']:.3f}"),
            Cell(f"{each['matrixWidth']}×{each['matrixHeight']}"),
        ]
        for each in found["tileMatrices"]
    ]
    headings = (
        Text(zh="级别", en="Zoom"),
        Text(zh="比例尺分母", en="Scale denominator"),
        Text(zh="瓦片数", en="Tiles"),
    )
    return call.answer(found, Resource(matrix_set(matrix).title, above=call.above(), headings=headings, rows=rows))


@router.get(
    "/ogc/collections/{collection}/tiles",
    summary="一个图层的瓦片集 / Tilesets of a layer",
    response_class=Response,
    responses=AS_JSON,
)
def layer_tilesets(call: TheCall, collection: TheCollection) -> Response:
    """每个瓦片矩阵集一个 / one for each tile matrix set."""
    tiled(collection.code)
    return _tilesets(call, f"{call.base}/collections/{collection.code}/tiles", collection.title)


@router.get(
    "/ogc/tiles", summary="全部图层的瓦片集 / Tilesets of all layers", response_class=Response, responses=AS_JSON
)
def tilesets(call: TheCall) -> Response:
    """每个瓦片矩阵集一个 / one for each tile matrix set."""
    return _tilesets(call, f"{call.base}/tiles", _ALL)


@router.get(
    "/ogc/collections/{collection}/tiles/{matrix}",
    summary="一个图层的瓦片集 / A tileset of a layer",
    response_class=Response,
    responses=AS_JSON,
)
def layer_tileset(call: TheCall, collection: TheCollection, matrix: Matrix, as_of: Day = None) -> Response:
    """瓦片地址、范围和字段 / where its tiles are, extent and fields."""
    tiled(collection.code)
    query = _query(as_of=as_of)
    at = f"{call.base}/collections/{collection.code}/tiles/{matrix_set(matrix).id}"
    return _tileset(call, _Place(at, query, matrix_set(matrix), (collection.code,), collection.title))


@router.get(
    "/ogc/tiles/{matrix}",
    summary="多个图层的瓦片集 / A tileset of several layers",
    response_class=Response,
    responses=AS_JSON,
)
def tileset(call: TheCall, matrix: Matrix, collections: Chosen = None, as_of: Day = None) -> Response:
    """瓦片地址、范围和字段 / where its tiles are, extent and fields."""
    chosen = selected(collections)
    query = _query(collections=collections, as_of=as_of)
    return _tileset(call, _Place(f"{call.base}/tiles/{matrix_set(matrix).id}", query, matrix_set(matrix), chosen, _ALL))


@router.get(
    "/ogc/collections/{collection}/tiles/{matrix}/tilejson.json", summary="一个图层的 TileJSON / TileJSON of a layer"
)
def layer_tilejson(call: TheCall, collection: TheCollection, matrix: Matrix, as_of: Day = None) -> Response:
    """TileJSON 3.0，仅限网络墨卡托 / TileJSON 3.0; of WebMercatorQuad only, since it knows no other."""
    tiled(collection.code)
    at = f"{call.base}/collections/{collection.code}/tiles/{matrix_set(matrix).id}"
    return _tilejson(call, _Place(at, _query(as_of=as_of), matrix_set(matrix), (collection.code,), collection.title))


@router.get(
    "/ogc/tiles/{matrix}/tilejson.json",
    summary="多个图层的 TileJSON / TileJSON of several layers",
    response_class=Response,
    responses=AS_JSON,
)
def tilejson(call: TheCall, matrix: Matrix, collections: Chosen = None, as_of: Day = None) -> Response:
    """TileJSON 3.0，仅限网络墨卡托 / TileJSON 3.0; of WebMercatorQuad only, since it knows no other."""
    chosen, query = selected(collections), _query(collections=collections, as_of=as_of)
    return _tilejson(
        call, _Place(f"{call.base}/tiles/{matrix_set(matrix).id}", query, matrix_set(matrix), chosen, _ALL)
    )


def _tilesets(call: Call, at: str, of: Text) -> Response:
    found = [
        {
            "title": _TITLE.format(of=of, matrix=each.title).in_(call.language),
            "dataType": "vector",
            "crs": each.crs,
            "tileMatrixSetURI": each.uri,
            "links": [
                link(f"{at}/{each.id}", "self", JSON),
                link(f"{call.base}/tileMatrixSets/{each.id}", f"{_REL}/tiling-scheme", JSON),
                _item(f"{at}/{each.id}", ""),
            ],
        }
        for each in MATRIX_SETS.values()
    ]
    rows = [
        [Cell(each.title.in_(call.language), f"{at}/{each.id}?f=html"), Cell(each.id)] for each in MATRIX_SETS.values()
    ]
    headings = (Text(zh="名称", en="Name"), Text(zh="代码", en="Code"))
    resource = Resource(_TITLE.format(of=of, matrix=_TILESETS), above=call.above(), headings=headings, rows=rows)
    return call.answer({"tilesets": found}, resource)


@dataclass(frozen=True, slots=True)
class _Place:
    """A tileset: below which address, with which query its tiles are, and of which layers."""

    at: str
    query: str
    matrix: MatrixSet
    of: tuple[str, ...]
    title: Text


def _tileset(call: Call, place: _Place) -> Response:
    at, query, matrix, of, title = place.at, place.query, place.matrix, place.of, place.title
    box = _extent(call, of)
    body: dict[str, Any] = {
        "title": _TITLE.format(of=title, matrix=matrix.title).in_(call.language),
        "dataType": "vector",
        "crs": matrix.crs,
        "tileMatrixSetURI": matrix.uri,
        "layers": [_layer(call, declared(code), matrix) for code in of],
        "links": [
            link(f"{call.base}/tileMatrixSets/{matrix.id}", f"{_REL}/tiling-scheme", JSON),
            _item(at, query),
        ],
    }
    if matrix is WEB_MERCATOR:
        body["links"].append(link(f"{at}/tilejson.json{query}", "describedby", JSON, "TileJSON"))
    if box is not None:
        body["boundingBox"] = {"lowerLeft": box[:2], "upperRight": box[2:], "crs": crs.CRS84}
    facts = (
        (Text(zh="瓦片地址", en="Tiles"), [Cell(_item(at, query)["href"])]),
        (Text(zh="图层", en="Layers"), [Cell(declared(code).title.in_(call.language)) for code in of]),
        (Text(zh="要素自此级起", en="Features from zoom"), [Cell(str(matrix.features_from))]),
    )
    return call.answer(body, Resource(_TITLE.format(of=title, matrix=matrix.title), above=call.above(), facts=facts))


def _layer(call: Call, of: Collection, matrix: MatrixSet) -> dict[str, Any]:
    kinds = {"integer": {"type": "integer"}, "number": {"type": "number"}}
    return {
        "id": of.code,
        "title": of.title.in_(call.language),
        "description": of.about.in_(call.language),
        "dataType": "vector",
        "geometryDimension": _DIMENSION[of.geometry],
        "minTileMatrix": "0",
        "maxTileMatrix": str(matrix.last),
        "propertiesSchema": {
            "type": "object",
            "properties": {
                each.name: {"title": each.title.in_(call.language), **kinds.get(each.kind, {"type": "string"})}
                for each in _fields(of)
            },
        },
        "links": [link(f"{call.base}/collections/{of.code}", f"{_REL}/geodata", JSON)],
    }


def _tilejson(call: Call, place: _Place) -> Response:
    of = place.of
    if place.matrix is not WEB_MERCATOR:
        raise NotFound(noun=Text(zh="TileJSON 说明", en="TileJSON"), key=place.matrix.id)
    box = _extent(call, of)
    body: dict[str, Any] = {
        "tilejson": "3.0.0",
        "name": place.title.in_(call.language),
        "scheme": "xyz",
        "tiles": [f"{place.at}/{{z}}/{{y}}/{{x}}{place.query}"],
        "minzoom": 0,
        "maxzoom": WEB_MERCATOR.names_from,
        "vector_layers": [
            {
                "id": code,
                "description": declared(code).title.in_(call.language),
                "fields": {each.name: each.title.in_(call.language) for each in _fields(declared(code))},
            }
            for code in of
        ],
    }
    if box is not None:
        body["bounds"] = box
        body["center"] = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2, 10]
    return JSONResponse(body, headers={"Content-Language": call.language})


def _fields(of: Collection) -> list[Property]:
    """What the features and the cells of a layer's tiles say of themselves."""
    told = [_ID, *(of.named[name] for name in ("code", "name", "township", "status") if name in of.named)]
    counted = _COUNTS if "status" in of.named else _COUNTS[:1]
    area = (of.named["area_m2"],) if of.geometry is Geometry.POLYGON else ()
    return [*told, *counted, *area]


def _extent(call: Call, of: tuple[str, ...]) -> list[float] | None:
    """West, south, east, north in degrees of all of the layers together; None where nothing is drawn."""
    with call.database.connection() as connection:
        found = [box for code in of if (box := extent(connection, declared(code)))]
    if not found:
        return None
    west, south, east, north = zip(*found, strict=True)
    return [min(west), min(south), max(east), max(north)]


def _item(at: str, query: str) -> Link:
    return {**link(f"{at}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}{query}", "item", MVT), "templated": True}


def _query(**chosen: object) -> str:
    told = urlencode({name: str(value) for name, value in chosen.items() if value is not None}, safe=",")
    return f"?{told}" if told else ""
