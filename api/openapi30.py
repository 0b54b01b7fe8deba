"""The addresses below /ogc described in OpenAPI 3.0, which clients of OGC API read."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from api.ogc import ROOT
from api.openapi import document
from geo.collection import Collection, collections

MEDIA_TYPE = "application/vnd.oai.openapi+json;version=3.0"
_COLLECTION = "{collection}"
_BOX = {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}}


def described(app: FastAPI, base: str) -> dict[str, Any]:
    """The document for clients that reach the landing page at ``base``.

    Every collection has addresses of its own there: GDAL and QGIS look for those, and for how many items a page holds.
    """
    return {"openapi": "3.0.3", "servers": [{"url": base}], **_document(app)}


@lru_cache(maxsize=1)
def _document(app: FastAPI) -> dict[str, Any]:
    """What is the same wherever the landing page is: a client waits only seconds for it, so it is worked out once."""
    below = [each for each in app.routes if isinstance(each, APIRoute) and f"{each.path}/".startswith(f"{ROOT}/")]
    whole = document(app, below)
    paths = dict(_paths(whole["paths"]))
    schemas = whole["components"]["schemas"]
    wanted = _named(paths)
    while more := set().union(*(_named(schemas[name]) for name in wanted)) - wanted:
        wanted |= more
    return {
        "info": whole["info"],
        "paths": _older(paths),
        "components": {"schemas": {name: _older(schemas[name]) for name in sorted(wanted)}},
    }


def _paths(found: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The addresses below the landing page, those of any collection once for each."""
    for path, told in found.items():
        below = path.removeprefix(ROOT) or "/"
        if _COLLECTION not in below:
            yield below, told
            continue
        for collection in collections().values():
            yield below.replace(_COLLECTION, collection.code), _of(collection, told)


def _of(collection: Collection, told: dict[str, Any]) -> dict[str, Any]:
    """What an address answers, of one collection."""
    operations: dict[str, Any] = {}
    for method, operation in told.items():
        parameters = [_stated(each) for each in operation.get("parameters", []) if each["name"] != "collection"]
        if operation["operationId"] == "ogc-items":
            parameters += [
                _stated({"name": each.name, "in": "query", "description": each.title.zh, "schema": {"type": "string"}})
                for each in collection.properties
            ]
        name = f"{operation['operationId']}-{collection.code}"
        operations[method] = {**operation, "operationId": name, "parameters": parameters}
    return operations


def _stated(parameter: dict[str, Any]) -> dict[str, Any]:
    """A parameter in the very words that the standard has for it (17-069r4, 7.15.2 to 7.15.4)."""
    if parameter["in"] != "query":
        return parameter
    schema = _BOX if parameter["name"] == "bbox" else parameter["schema"]
    return {**parameter, "schema": schema, "style": "form", "explode": False}


def _named(node: Any) -> set[str]:
    """The schemas to which a part of a document refers."""
    if isinstance(node, list):
        return set().union(*map(_named, node))
    if not isinstance(node, dict):
        return set()
    reference = node.get("$ref")
    here = {reference.rpartition("/")[2]} if isinstance(reference, str) else set[str]()
    return here.union(*map(_named, node.values()))


def _older(node: Any) -> Any:
    """A part of a 3.1 document as 3.0 writes it: nullable for a type of null, one example for examples."""
    if isinstance(node, list):
        return [_older(each) for each in node]
    if not isinstance(node, dict):
        return node
    told = {key: _older(value) for key, value in _members(node)}
    for word in ("anyOf", "oneOf"):
        choices = told.get(word)
        if isinstance(choices, list) and {"type": "null"} in choices:
            others = [each for each in choices if each != {"type": "null"}]
            del told[word]
            alone = others[0] if len(others) == 1 and "$ref" not in others[0] else {word: others}
            told = {**told, **alone, "nullable": True}
    if isinstance(told.get("exclusiveMinimum"), (int, float)) and not isinstance(told["exclusiveMinimum"], bool):
        told |= {"minimum": told["exclusiveMinimum"], "exclusiveMinimum": True}
    return told


def _members(node: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in node.items():
        if key == "examples" and isinstance(value, list):
            yield "example", value[0]
        elif key == "const":
            yield "enum", [value]
        else:
            yield key, value
