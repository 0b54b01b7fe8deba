"""Requests within limits: how long an address, headers and a body may be, and how long nothing may happen."""

import asyncio
import re

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geo.errors import ShanheError
from geo.ingest.sheet import LIMIT as LARGEST_SHEET
from geo.photo import LARGEST as LARGEST_PHOTOGRAPH
from geo.settings import settings
from geo.text import Text

LONGEST_ADDRESS = LONGEST_HEADERS = 32_768
MOST_HEADERS = 100
LARGEST_BODY = 4_000_000
LARGEST_FORM = 10_000_000
LARGEST_FEATURE = 10_000_000
"""Bytes of one feature: several times what the most vertices that a geometry may have take."""
LARGEST_DRAWING = 50_000_000
"""Bytes of parcels that are drawn or pasted: as many vertices as a batch may have take several times that as a file."""
AROUND_A_DOCUMENT = 100_000
"""Bytes that the form may have in which a document is sent, beside the document."""
_DOCUMENTS = re.compile(r"/api/features/[^/]+/documents")
_LARGER: tuple[tuple[re.Pattern[str], int | None], ...] = (
    (re.compile(r"/api/import-jobs/[^/]+/files/.+"), None),  # geo.import_job counts all files of a job together
    (re.compile(r"/api/parcel-files/[^/]+/.+"), None),  # geo.parcel_batch_source counts all files of an upload
    (re.compile(r"/api/parcel-batches|/api/overlay"), LARGEST_DRAWING),
    (re.compile(r"/api/ledger"), LARGEST_SHEET),
    (re.compile(r"/claims/(read|confirmed)"), LARGEST_FORM),
    (re.compile(r"/ogc/collections/[^/]+/items(/[^/]+)?"), LARGEST_FEATURE),
    (re.compile(r"/api/extract/[^/]+"), LARGEST_FEATURE),
    (re.compile(r"/api/reports/[^/]+/photographs/[^/]+"), LARGEST_PHOTOGRAPH),
)


class AddressTooLong(ShanheError):
    """An address that no page of this program would make."""

    code = "address_too_long"
    sentence = Text(zh="地址超过 {most} 字节", en="The address is longer than {most} bytes")


class HeadersTooLarge(ShanheError):
    """More headers, or longer ones, than browsers send."""

    code = "headers_too_large"
    sentence = Text(
        zh="请求头过多或超过 {most} 字节", en="There are too many headers, or more than {most} bytes of them"
    )


class BodyTooLarge(ShanheError):
    """A body larger than anything that is sent here."""

    code = "body_too_large"
    sentence = Text(zh="正文超过 {megabytes} MB", en="The body is larger than {megabytes} MB")


class WaitedTooLong(ShanheError):
    """A request on which nothing has moved for as long as the settings allow."""

    code = "waited_too_long"
    sentence = Text(
        zh="{seconds} 秒内没有完成，已停止等待；请缩小范围再试",
        en="It was not done within {seconds} seconds and is waited for no longer; ask for less",
    )


def largest_body(path: str) -> int | None:
    """Bytes that a body sent to ``path`` may have; None where the route counts them itself."""
    if _DOCUMENTS.fullmatch(path):
        return settings().document_mb * 1_000_000 + AROUND_A_DOCUMENT
    return next((most for pattern, most in _LARGER if pattern.fullmatch(path)), LARGEST_BODY)


class Sized:
    """Refuses an address, headers or a body beyond the limits; a body while it comes in, whatever it says of itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application; raises :class:`AddressTooLong`, :class:`HeadersTooLarge`, :class:`BodyTooLarge`."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > LONGEST_ADDRESS:
            raise AddressTooLong(most=LONGEST_ADDRESS)
        headers = scope["headers"]
        if len(headers) > MOST_HEADERS or sum(len(name) + len(value) for name, value in headers) > LONGEST_HEADERS:
            raise HeadersTooLarge(most=LONGEST_HEADERS)
        most = largest_body(scope["path"])
        if most is None:
            await self.app(scope, receive, send)
            return
        stated = Headers(scope=scope).get("content-length", "")
        if stated.isdecimal() and int(stated[:20]) > most:
            raise BodyTooLarge(megabytes=most // 1_000_000)
        left = most

        async def counting() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise BodyTooLarge(megabytes=most // 1_000_000)
            return message

        await self.app(scope, counting, send)


class Patient:
    """Waits for a request as long as its body or its answer moves, and ``seconds`` from then on."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self.app = app
        self.seconds = seconds
        self._left: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application; raises :class:`WaitedTooLong` unless it has begun to answer, else ends the answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        now = asyncio.get_running_loop().time
        moved, begun, over = now(), False, False

        async def receiving() -> Message:
            nonlocal moved
            message = await receive()
            moved = now()
            return message

        async def sending(message: Message) -> None:
            nonlocal moved, begun
            if over:  # who asked has been told already
                return
            begun = True
            await send(message)
            moved = now()

        running = asyncio.create_task(_run(self.app, scope, receiving, sending))
        try:
            while not running.done() and (left := moved + self.seconds - now()) > 0:
                await asyncio.wait({running}, timeout=left)
        finally:
            over = not running.done()
            if over:
                self._leave(running)
        if not over:
            running.result()
        elif not begun:
            raise WaitedTooLong(seconds=round(self.seconds))

    def _leave(self, running: asyncio.Task[None]) -> None:
        """Tell a request to end. A thread of it ends with its statement, which the database stops in time."""
        self._left.add(running)
        running.cancel()
        running.add_done_callback(self._forget)

    def _forget(self, ended: asyncio.Task[None]) -> None:
        self._left.discard(ended)
        if not ended.cancelled():
            ended.exception()  # read, so that nobody is told of an error that nobody waits for


async def _run(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    await app(scope, receive, send)
