"""The files of web/static: for ever where the address names their content, else asked for again."""

from pathlib import PurePosixPath

from starlette.datastructures import QueryParams
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from web.page import STATIC, asset


class HashedFiles(StaticFiles):
    """Static files whose address carries the hash of their content as ``v``."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC, check_dir=False)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, to be kept for a year where ``v`` is its hash."""
        response = await super().get_response(path, scope)
        named = QueryParams(scope["query_string"]).get("v")
        name = PurePosixPath(path).as_posix()
        if response.status_code in (200, 304):
            current = named is not None and asset(name).endswith(f"?v={named}")
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if current else "no-cache"
        return response
