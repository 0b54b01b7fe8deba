"""Requests that change something come from a page of this program, or from a program: others are refused."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from geo.errors import ShanheError
from geo.text import Text

READING = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing (RFC 9110, 9.2.1)."""
_DEFAULT = {"http": 80, "https": 443}


class FromElsewhere(ShanheError):
    """A page of another origin had a browser send a request that changes something."""

    code = "from_elsewhere"
    sentence = Text(
        zh="请求来自别的网站，没有执行；经反向代理访问时请在 SHANHE_TRUSTED_PROXIES 中注明代理的地址",
        en="The request comes from another site and was not carried out; behind a reverse proxy,"
        " name the proxy's address in SHANHE_TRUSTED_PROXIES",
    )


class SameOrigin:
    """Refuses what changes something and was sent by a page of another origin, whatever its address or body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application, or raise :class:`FromElsewhere` before it begins."""
        if scope["type"] == "http" and scope["method"] not in READING and from_elsewhere(scope):
            raise FromElsewhere()
        await self.app(scope, receive, send)


def from_elsewhere(scope: Scope) -> bool:
    """Whether a browser sent the request for a page of another origin.

    Browsers say so themselves in Sec-Fetch-Site (W3C Fetch Metadata), at least over TLS and on this machine, and pages
    cannot change it. Everywhere else they state Origin (RFC 6454). A program states neither; but with a cookie and
    nothing else it may be a browser that was made to keep silent.
    """
    headers = Headers(scope=scope)
    sites, origins = headers.getlist("sec-fetch-site"), headers.getlist("origin")
    if not set(sites) <= {"same-origin", "none"} or len(origins) > 1:
        return True
    if not origins:
        return not sites and "cookie" in headers and "authorization" not in headers
    scheme, *place = _place(origins[0])
    if not place[0] or place != _place(f"{scheme}://{headers.get('host', '')}")[1:]:
        return True
    # The browser has compared the schemes where it calls both the same; a proxy may have changed what is seen here.
    return not sites and scheme != scope["scheme"]


def _place(origin: str) -> list[str | int | None]:
    """Scheme, host and port of an origin; the host of what is none is None."""
    try:
        parts = urlsplit(origin)
        return [parts.scheme, parts.hostname, parts.port or _DEFAULT.get(parts.scheme)]
    except ValueError:
        return ["", None, None]
