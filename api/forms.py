"""What the form of a page sends: a field left empty is one that was not chosen."""

from urllib.parse import parse_qsl, urlencode

from starlette.types import ASGIApp, Receive, Scope, Send


class EmptyFields:
    """Takes parameters without a value out of the address of a page; the API judges them itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application without them."""
        if scope["type"] == "http" and scope["query_string"] and not scope["path"].startswith("/api/"):
            kept = parse_qsl(scope["query_string"].decode("latin-1"))  # leaves out what is blank
            scope = {**scope, "query_string": urlencode(kept).encode("latin-1")}
        await self.app(scope, receive, send)
