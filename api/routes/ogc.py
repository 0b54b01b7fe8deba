"""The landing page of the standards door, what it conforms to, and its collections with their schemas."""

from typing import Any

from starlette.responses import JSONResponse, Response

from api.ogc import (
    AS_JSON,
    AS_SCHEMA,
    COLLECTIONS,
    HTML,
    JSON,
    SCHEMA,
    TITLE,
    Call,
    Link,
    TheCall,
    TheCollection,
    link,
    link_header,
    schema_links,
)
from api.openapi30 import MEDIA_TYPE, described
from api.router import Router
from api.routes import ogc_edit, tilesets
from geo import crs
from geo.collection import Collection, Property, collections
from geo.database import Connection
from geo.item import extent
from geo.layer import Geometry
from geo.text import Language, Text
from web.standards import Cell, Resource

router = Router("ogc")

ABOUT = Text(
    zh="QGIS、ArcGIS、GDAL 等软件可直接连接本县的图层、行政区和进度。"
    "在 QGIS 中新建“WFS / OGC API - 要素”连接，地址填：",
    en="QGIS, ArcGIS, GDAL and other software connect to the county's layers, places and progress. In QGIS, make a new"
    " connection of the kind “WFS / OGC API - Features” with this address:",
)
_OGC = "http://www.opengis.net/spec"
_OGC_REL = "http://www.opengis.net/def/rel/ogc/1.0"
CONFORMANCE = (
    f"{_OGC}/ogcapi-common-1/1.0/conf/core",
    f"{_OGC}/ogcapi-common-2/1.0/conf/collections",
    *(f"{_OGC}/ogcapi-features-1/1.0/conf/{each}" for each in ("core", "oas30", "html", "geojson")),
    f"{_OGC}/ogcapi-features-2/1.0/conf/crs",
    *(
        f"{_OGC}/ogcapi-features-3/1.0/conf/{each}"
        for each in ("queryables", "queryables-query-parameters", "filter", "features-filter")
    ),
    *(
        f"{_OGC}/cql2/1.0/conf/{each}"
        for each in (
            "cql2-text", "cql2-json", "basic-cql2", "advanced-comparison-operators", "case-insensitive-comparison",
            "accent-insensitive-comparison",
            "basic-spatial-functions", "basic-spatial-functions-plus", "spatial-functions", "temporal-functions",
            "property-property", "arithmetic",
        )
    ),
    *(f"{_OGC}/ogcapi-features-5/1.0/conf/{each}" for each in ("schemas", "core-roles-features", "queryables")),
    *ogc_edit.CONFORMANCE,
    *tilesets.CONFORMANCE,
)  # fmt: skip
_ROLES = {"code": "id"}
_GEOMETRY = Text(zh="图形", en="Geometry")


@router.get("/ogc/", include_in_schema=False)
@router.get("/ogc", summary="标准接口首页 / Landing page", response_class=Response, responses=AS_JSON)
def landing(call: TheCall) -> Response:
    """各项入口 / where everything is."""
    root = call.base
    entries = (
        ("service-desc", f"{root}/api", MEDIA_TYPE, Text(zh="接口说明", en="API definition")),
        ("service-doc", f"{root}/api?f=html", HTML, Text(zh="接口说明页", en="API documentation")),
        ("conformance", f"{root}/conformance", JSON, Text(zh="符合的标准", en="Conformance")),
        ("data", f"{root}/collections", JSON, COLLECTIONS),
        (f"{_OGC_REL}/tilesets-vector", f"{root}/tiles", JSON, Text(zh="瓦片", en="Tiles")),
        (f"{_OGC_REL}/tiling-schemes", f"{root}/tileMatrixSets", JSON, Text(zh="瓦片矩阵集", en="Tile matrix sets")),
    )
    links = [link(href, rel, kind, title.in_(call.language)) for rel, href, kind, title in entries]
    facts = tuple((title, [Cell(href, _page(href))]) for _, href, _, title in entries[1:])
    body = {"title": TITLE.in_(call.language), "description": ABOUT.in_(call.language), "links": links}
    return call.answer(body, Resource(TITLE, ABOUT, root, facts=facts))


@router.get("/ogc/conformance", summary="符合的标准 / Conformance", response_class=Response, responses=AS_JSON)
def conformance(call: TheCall) -> Response:
    """恰好列出成立的一致性类 / exactly the conformance classes that hold."""
    resource = Resource(
        Text(zh="符合的标准", en="Conformance"),
        above=call.above(),
        headings=(Text(zh="一致性类", en="Conformance class"),),
        rows=[[Cell(each)] for each in CONFORMANCE],
    )
    return call.answer({"conformsTo": list(CONFORMANCE)}, resource)


@router.get(
    "/ogc/api",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: {}, HTML: {}}, "description": "接口说明 / the description"}},
    summary="接口说明 / API definition",
)
def api(call: TheCall) -> Response:
    """OpenAPI 3.0，或按地址列出 / OpenAPI 3.0, or a list of addresses to read."""
    body = described(call.request.app, call.base)
    offered = {"json": MEDIA_TYPE, "html": HTML}
    chosen = call.negotiated(offered)
    links = call.selves(offered, chosen)
    headers = {**link_header(links), "Vary": "Accept"}
    if chosen == "json":
        return JSONResponse(body, headers=headers, media_type=MEDIA_TYPE)
    rows = [
        [Cell(method.upper()), Cell(path), Cell(operation.get("summary", "")), Cell(operation.get("description", ""))]
        for path, operations in body["paths"].items()
        for method, operation in operations.items()
    ]
    headings = (
        Text(zh="方法", en="Method"),
        Text(zh="地址", en="Address"),
        Text(zh="名称", en="Name"),
        Text(zh="说明", en="About"),
    )
    resource = Resource(Text(zh="接口说明", en="API documentation"), above=call.above(), headings=headings, rows=rows)
    return call.page(resource, {"links": links}, headers)


@router.get("/ogc/collections", summary="数据集 / Collections", response_class=Response, responses=AS_JSON)
def all_collections(call: TheCall) -> Response:
    """图层、行政区和进度 / layers, places and progress."""
    with call.database.connection() as connection:
        found = [_described(call, connection, each) for each in collections().values()]
    rows = [
        [
            Cell(each["title"], _page(f"{call.base}/collections/{each['id']}")),
            Cell(each["id"]),
            Cell(each["description"]),
        ]
        for each in found
    ]
    headings = (Text(zh="名称", en="Name"), Text(zh="代码", en="Code"), Text(zh="说明", en="About"))
    resource = Resource(COLLECTIONS, above=call.above(), headings=headings, rows=rows)
    return call.answer({"collections": found}, resource)


@router.get(
    "/ogc/collections/{collection}", summary="一个数据集 / A collection", response_class=Response, responses=AS_JSON
)
def one_collection(call: TheCall, collection: TheCollection) -> Response:
    """范围、坐标系和链接 / extent, coordinate systems and links."""
    with call.database.connection() as connection:
        body = _described(call, connection, collection)
    here = f"{call.base}/collections/{collection.code}"
    bounds = body.get("extent", {}).get("spatial", {}).get("bbox", [[]])[0]
    facts = (
        (Text(zh="代码", en="Code"), [Cell(collection.code)]),
        (Text(zh="要素", en="Items"), [Cell(f"{here}/items", _page(f"{here}/items"))]),
        (Text(zh="字段", en="Properties"), [Cell(f"{here}/schema", _page(f"{here}/schema"))]),
        (Text(zh="可筛选的字段", en="Queryables"), [Cell(f"{here}/queryables", _page(f"{here}/queryables"))]),
        (
            Text(zh="范围（西 南 东 北）", en="Extent (west south east north)"),
            [Cell(" ".join(f"{each:.5f}" for each in bounds) or "–")],
        ),
        (Text(zh="坐标系", en="Coordinate systems"), [Cell(each) for each in body["crs"]]),
    )
    resource = Resource(collection.title, collection.about, above=call.above(COLLECTIONS), facts=facts)
    return call.answer(body, resource)


@router.get(
    "/ogc/collections/{collection}/schema", summary="字段 / Schema", response_class=Response, responses=AS_SCHEMA
)
def schema(call: TheCall, collection: TheCollection) -> Response:
    """要素的 JSON Schema / the JSON Schema of its items."""
    return _schema(call, collection, "schema")


@router.get(
    "/ogc/collections/{collection}/queryables",
    summary="可筛选的字段 / Queryables",
    response_class=Response,
    responses=AS_SCHEMA,
)
def queryables(call: TheCall, collection: TheCollection) -> Response:
    """筛选条件中可用的字段 / what a filter may name."""
    return _schema(call, collection, "queryables")


def _described(call: Call, connection: Connection, of: Collection) -> dict[str, Any]:
    here = f"{call.base}/collections/{of.code}"
    bounds = extent(connection, of)
    told: dict[str, Any] = {
        "id": of.code,
        "title": of.title.in_(call.language),
        "description": of.about.in_(call.language),
        "itemType": "feature",
        "crs": list(crs.CRS_URIS),
        "storageCrs": crs.uri(crs.STORED),
        "links": [*_item_links(here), *schema_links(here), *tilesets.links(of, call.base)],
    }
    if bounds is not None:
        told["extent"] = {"spatial": {"bbox": [list(bounds)], "crs": crs.CRS84}}
    return told


def _item_links(here: str) -> list[Link]:
    from api.routes.items import OFFERED

    return [
        link(here, "self", JSON),
        *(
            link(f"{here}/items" if key == "json" else f"{here}/items?f={key}", "items", kind)
            for key, kind in OFFERED.items()
        ),
    ]


def _schema(call: Call, of: Collection, what: str) -> Response:
    here = f"{call.base}/collections/{of.code}"
    body: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{here}/{what}",
        "type": "object",
        "title": of.title.in_(call.language),
        "description": of.about.in_(call.language),
        "properties": {
            "geometry": {
                "title": _GEOMETRY.in_(call.language),
                "format": f"geometry-{_KINDS[of.geometry]}",
                "x-ogc-role": "primary-geometry",
            },
            **{
                each.name: _described_property(of, each, place, call.language)
                for place, each in enumerate(of.properties, 1)
            },
        },
        "additionalProperties": False,
    }
    required = [each.name for each in of.properties if each.required]
    if what == "schema" and required:
        body["required"] = required
    headings = (
        Text(zh="字段", en="Property"),
        Text(zh="含义", en="Meaning"),
        Text(zh="类型", en="Type"),
        Text(zh="取值", en="Values"),
    )
    rows = [
        [Cell(each.name), Cell(each.title.in_(call.language)), Cell(each.kind),
         Cell("；".join(f"{code} {said.in_(call.language)}" for code, said in each.codes))]
        for each in of.properties
    ]  # fmt: skip
    title = (
        Text(zh="字段：{of}", en="Properties: {of}")
        if what == "schema"
        else Text(zh="可筛选：{of}", en="Queryables: {of}")
    )
    resource = Resource(title.format(of=of.title), above=call.above(COLLECTIONS, of), headings=headings, rows=rows)
    return call.answer(body, resource, json_type=SCHEMA)


_KINDS = {
    Geometry.POINT: "point-or-multipoint",
    Geometry.LINE: "linestring-or-multilinestring",
    Geometry.POLYGON: "polygon-or-multipolygon",
}
_TYPES: dict[str, dict[str, str]] = {
    "text": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "timestamp": {"type": "string", "format": "date-time"},
}


def _described_property(of: Collection, each: Property, place: int, language: Language) -> dict[str, Any]:
    told: dict[str, Any] = {"title": each.title.in_(language), **_TYPES[each.kind], "x-ogc-propertySeq": place}
    if each.codes:
        told["enum"] = [code for code, _ in each.codes]
        told["description"] = "；".join(f"{code} {said.in_(language)}" for code, said in each.codes)
    if not each.writable:
        told["readOnly"] = True
    return told


def _page(href: str) -> str:
    return f"{href}{'&' if '?' in href else '?'}f=html" if "f=html" not in href else href
