"""The addresses below /ogc described in OpenAPI 3.0, which clients of OGC API read."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from api.ogc import ROOT

MEDIA_TYPE = "application/vnd.oai.openapi+json;version=3.0"


def described(app: FastAPI, server: str) -> dict[str, Any]:
    """The document for clients that reach the program at ``server``."""
    whole = app.openapi()
    paths = {path: told for path, told in whole["paths"].items() if f"{path}/".startswith(f"{ROOT}/")}
    schemas = whole["components"]["schemas"]
    wanted = _named(paths)
    while more := set().union(*(_named(schemas[name]) for name in wanted)) - wanted:
        wanted |= more
    return {
        "openapi": "3.0.3",
        "info": whole["info"],
        "servers": [{"url": server}],
        "paths": _older(paths),
        "components": {"schemas": {name: _older(schemas[name]) for name in sorted(wanted)}},
    }


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
