"""Requests as the server hands them to the program, many at a time, with whatever bytes an address may have."""

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from starlette.types import ASGIApp, Message


@dataclass(frozen=True)
class Asked:
    """A request: method, address with its query, headers and a body; ``tag`` is what the test wants to know again."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    tag: Any = None


@dataclass(frozen=True)
class Answer:
    """What came back, and after how many seconds."""

    asked: Asked
    status: int
    headers: Mapping[str, str]
    content: bytes
    seconds: float

    @property
    def text(self) -> str:
        """The content as text, whatever it is."""
        return self.content.decode("utf-8", "replace")


async def ask(app: ASGIApp, asked: Asked) -> Answer:
    """Ask once, as uvicorn would hand it on; an error that the program lets through is a 500 here too."""
    raw = asked.target.encode("utf-8")
    path, _, query = raw.partition(b"?")
    headers = {"host": "testserver", "content-length": str(len(asked.body)), **asked.headers}
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": asked.method, "scheme": "http",
        "path": unquote(path.decode("utf-8")), "raw_path": path, "query_string": query, "root_path": "",
        "headers": [(name.lower().encode(), value.encode("utf-8")) for name, value in headers.items()],
        "client": ("127.0.0.1", 5000), "server": ("testserver", 80), "state": {},
    }  # fmt: skip
    start: dict[str, Any] = {}
    content = bytearray()
    sent = False

    async def receive() -> Message:
        nonlocal sent
        if sent:
            await asyncio.sleep(3600)
        sent = True
        return {"type": "http.request", "body": asked.body, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        else:
            content.extend(message.get("body", b""))

    begun = time.monotonic()
    try:
        await app(scope, receive, send)
    except Exception as error:
        content.extend(repr(error).encode())
        start.setdefault("status", 500)
    told = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in start.get("headers", ())}
    return Answer(asked, start.get("status", 500), told, bytes(content), time.monotonic() - begun)


def answers(app: ASGIApp, requests: Iterable[Asked], at_once: int = 4) -> list[Answer]:
    """Ask everything, so many at once; in the order in which the answers came."""
    from conftest import awaited

    waiting: Iterator[Asked] = iter(requests)
    found: list[Answer] = []

    async def one_after_another() -> None:
        for asked in waiting:
            found.append(await ask(app, asked))

    async def run() -> None:
        await asyncio.gather(*(one_after_another() for _ in range(at_once)))

    awaited(run())
    return found
