"""Errors raised around the routes, by what guards them, become the same answers as errors of the routes."""

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import known
from geo.errors import ShanheError


class Refused:
    """Answers a :class:`geo.errors.ShanheError` of a middleware inside this one, which raises before it answers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application, and answer what it raises."""
        try:
            await self.app(scope, receive, send)
        except ShanheError as error:
            await known(Request(scope), error)(scope, receive, send)
