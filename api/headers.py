"""What goes around every answer: security headers, ETag and 304, and how long it may be kept."""

from hashlib import blake2b

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.page import CONTENT_SECURITY_POLICY

_SAME_FOR_ALL = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()",
}
NO_PAGE = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""The policy of what is not a page."""
_OVER_TLS = {"Strict-Transport-Security": "max-age=31536000"}
_SAME_FOR_EVERYBODY = ("/static/", "/health", "/ready", "/api/openapi.json")
KEPT_BY_ETAG = ("application/json", "application/geo+json", "text/html", "image/jpeg")


class Conditional:
    """Answers GET with an ETag of the body, and with 304 to whoever has it; static files bring their own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application, holding back what it answers until its hash is known."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start: Message | None = None
        held: list[bytes] = []

        async def answer(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in around(headers.get("content-type", ""), scope["scheme"]).items():
                    headers.setdefault(name, value)
                kind = headers.get("content-type", "").partition(";")[0]
                # A file may be of any size.
                kept = kind in KEPT_BY_ETAG and "content-disposition" not in headers
                if scope["method"] == "GET" and message["status"] == 200 and kept:
                    headers.setdefault("Cache-Control", "no-cache")
                    start = message
                if message["status"] >= 400:
                    headers["Cache-Control"] = "no-store"
                elif depends_on_who_asks(scope["path"]):
                    headers["Cache-Control"] = _for_one(headers.get("cache-control", "no-store"))
                if start is not None:
                    return
            elif start is not None and message["type"] == "http.response.body":
                held.append(message.get("body", b""))
                if not message.get("more_body", False):
                    await _finish(scope, start, b"".join(held), send)
                return
            await send(message)

        await self.app(scope, receive, answer)


def around(kind: str, scheme: str) -> dict[str, str]:
    """The headers that guard an answer of a media type ``kind`` over ``scheme``, error or not."""
    policy = CONTENT_SECURITY_POLICY if kind.startswith("text/html") else NO_PAGE
    return {**_SAME_FOR_ALL, "Content-Security-Policy": policy, **(_OVER_TLS if scheme == "https" else {})}


def depends_on_who_asks(path: str) -> bool:
    """Whether the answer at ``path`` may be another for another reader, so that no cache between may keep it."""
    return not path.startswith(_SAME_FOR_EVERYBODY)


def _for_one(kept: str) -> str:
    return kept if "no-store" in kept else f"private, {kept}"


async def _finish(scope: Scope, start: Message, body: bytes, send: Send) -> None:
    headers = MutableHeaders(scope=start)
    etag = headers.setdefault("ETag", f'W/"{blake2b(body, digest_size=12).hexdigest()}"')
    headers.add_vary_header("Accept-Language")
    known = Headers(scope=scope).get("if-none-match", "")
    if etag.removeprefix("W/") in {each.strip().removeprefix("W/") for each in known.split(",")} or known == "*":
        start["status"] = 304
        for name in ("content-length", "content-type"):
            if name in headers:
                del headers[name]
        body = b""
    await send(start)
    await send({"type": "http.response.body", "body": body})
