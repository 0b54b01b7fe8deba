"""How many requests whoever asks may send in a minute: a bucket of tokens for each, a smaller one for costly ones."""

import math
import re
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from geo.address import network
from geo.errors import ShanheError
from geo.text import Text

_COSTLY = re.compile(
    r"/api/layers/[^/]+/export|/export|/api/.+\.(xlsx|docx|csv)|/api/import-jobs|/api/ledger|/claims/read"
    r"|/api/parcel-batches(/[^/]+/overlay(\..+)?)?|/api/overlay|/township/[^/]+/map\.html|/login/oidc(/.*)?"
    r"|/api/extracts?/(.+/)?(pdf|batch\.pdf)"
)
FILES = "/static/"
"""What pages are drawn with is not counted: a refusal is a page too."""
MOST_KEPT = 20_000
"""Buckets kept; whoever has asked least lately is forgotten first."""


class TooMany(ShanheError):
    """Whoever asks has asked too often in the last minute."""

    code = "too_many"
    sentence = Text(
        zh="请求过于频繁，请在 {seconds} 秒后再试", en="There were too many requests; try again in {seconds} seconds"
    )


@dataclass
class _Bucket:
    tokens: float
    at: float


class Buckets:
    """A bucket of tokens for each key: full at first, a token a request, filled anew over a minute."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_minute = per_minute
        self._clock = clock
        self._kept: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, key: str) -> float:
        """Takes a token; the seconds until there is one, 0 where there was. Without a limit there always is one."""
        if not self.per_minute:
            return 0
        now = self._clock()
        bucket = self._kept.setdefault(key, _Bucket(self.per_minute, now))
        self._kept.move_to_end(key)
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        rate = self.per_minute / 60
        bucket.tokens = min(self.per_minute, bucket.tokens + (now - bucket.at) * rate)
        bucket.at = now
        if bucket.tokens < 1:
            return (1 - bucket.tokens) / rate
        bucket.tokens -= 1
        return 0


def is_costly(scope: Scope) -> bool:
    """Whether a request makes a file or reads one."""
    return _COSTLY.fullmatch(scope["path"]) is not None


def address_of(scope: Scope) -> str:
    """The address that asks, as :func:`geo.address.network` counts it."""
    return network(scope["client"][0] if scope.get("client") else "")


class Rated:
    """Refuses the requests of an address, and of whoever ``account`` tells apart, that come too often."""

    def __init__(self, app: ASGIApp, every: Buckets, costly: Buckets, account: Callable[[Scope], str | None]) -> None:
        self.app = app
        self.every = every
        self.costly = costly
        self.account = account

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application, or raise :class:`TooMany`."""
        if scope["type"] == "http" and not scope["path"].startswith(FILES):
            account = self.account(scope)
            keys = [f"address {address_of(scope)}"] + ([] if account is None else [f"account {account}"])
            buckets = [self.every, self.costly] if is_costly(scope) else [self.every]
            wait = max(each.take(key) for each in buckets for key in keys)
            if wait:
                raise TooMany(seconds=math.ceil(wait))
        await self.app(scope, receive, send)
