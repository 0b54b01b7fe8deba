"""The door: the secret that comes with a request is taken, and whoever brings none is told how to sign in."""

import base64
import binascii
from http.cookies import CookieError, SimpleCookie

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import known
from geo.viewer import NotSignedIn, acting

COOKIE = "shanhe_session"
OPEN = (
    "/static/", "/login", "/health", "/ready", "/api/openapi.json", "/favicon.ico", "/public", "/api/public/",
    "/worker.js", "/offline",
)  # fmt: skip
"""What everybody may ask for; the rest answers only who is signed in."""

_LONGEST = 200


class Entry:
    """Has requests acted by whoever their secret belongs to (:mod:`geo.viewer`); what they may is the database's."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application for whoever asks; without a secret only what is open."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        secret = secret_of(scope)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start" and not scope["path"].startswith("/static/"):
                MutableHeaders(scope=message).add_vary_header("Cookie, Authorization")
            await send(message)

        with acting(secret):
            if secret is None and not scope["path"].startswith(OPEN):
                await known(Request(scope, receive), NotSignedIn())(scope, receive, answer)
            else:
                await self.app(scope, receive, answer)


def secret_of(scope: Scope) -> str | None:
    """The secret of a session (cookie) or of a token: after Bearer, or as the password of HTTP Basic."""
    headers = Headers(scope=scope)
    kind, _, given = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return given.strip()[:_LONGEST] or None
    if kind.lower() == "basic":
        try:
            return base64.b64decode(given, validate=True).decode().partition(":")[2][:_LONGEST] or None
        except (binascii.Error, UnicodeDecodeError):
            return None
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return None
    return found.value[:_LONGEST] or None if found is not None else None
