"""The description of the interface: what an operation answers when something is wrong, and the document as a whole."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.routing import BaseRoute

from api.errors import MEDIA_TYPE
from api.models import Problem

_SCHEMA = {"$ref": "#/components/schemas/Problem"}


def problems(said: Mapping[int, str]) -> dict[int | str, dict[str, Any]]:
    """The answers of an operation that are problem documents, by status, for its ``responses``.

    They name the schema themselves: as a ``model`` FastAPI would build it anew for every operation and status, which
    is seconds of a process's first answer.
    """
    content = {MEDIA_TYPE: {"schema": _SCHEMA}}
    return {status: {"description": text, "content": content} for status, text in said.items()}


class Application(FastAPI):
    """An application whose description knows the problem document."""

    def openapi(self) -> dict[str, Any]:
        """OpenAPI 3.1 of all its operations."""
        if self.openapi_schema is None:
            self.openapi_schema = document(self, self.routes)
        return self.openapi_schema


def document(app: FastAPI, routes: Sequence[BaseRoute]) -> dict[str, Any]:
    """OpenAPI 3.1 of some routes of an application."""
    told = get_openapi(title=app.title, version=app.version, description=app.description, routes=routes)
    schemas = told.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = Problem.model_json_schema(mode="serialization")
    return told
