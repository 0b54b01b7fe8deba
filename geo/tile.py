"""Vector tiles: layers, a day and a place in a matrix set go in, bytes and their version come out."""

import asyncio
import gzip
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

import psycopg
from psycopg_pool import AsyncConnectionPool

from geo.database import Connection, Database, one, statement, unavailable
from geo.matrix import MatrixSet
from geo.settings import today
from geo.viewer import FAULTS, credential

_Pool: TypeAlias = "AsyncConnectionPool[psycopg.AsyncConnection[tuple[Any, ...]]]"
_Answer: TypeAlias = tuple[str, list[str], bytes | None]
"""Version, layers whose tiles must be made first, tile."""
_MAKERS = 4
"""Layers whose tiles a process makes at once."""
_OVERHEAD = 600
"""Bytes that an entry of the cache takes beside its tile."""

_PEOPLE = 10_000
"""How many secrets are remembered with the rights that they had."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which tile: of which layers, on which day."""

    layers: tuple[str, ...]
    matrix_set: MatrixSet
    zoom: int
    row: int
    column: int
    as_of: date


@dataclass(frozen=True, slots=True)
class Tile:
    """A Mapbox Vector Tile, gzipped where that was asked for; ``body`` is None where the asker has this version.

    ``version`` names the last upgrade of the database, counts the changes in the layers, and says for which rights the
    tile was drawn, in hexadecimal digits.
    """

    version: str
    body: bytes | None


_Key: TypeAlias = tuple[Asked, bool, str]
"""Which tile, gzipped or not, for which rights."""


class Tiles:
    """Draws tiles, and keeps those that were asked for last as long as nothing in their layers changes.

    Every question asks the database for the version of the layers, so that no process shows what another has changed;
    the tile comes with the same answer where neither the cache nor the asker has it. Connections are asynchronous: for
    tiles of a millisecond a thread for each question would take longer than the tile.

    Whoever asks for a layer whose tiles are not made waits while they are, in a session without a limit on time: once
    for all who ask, and to the end though nobody may wait any more.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._pool: _Pool | None = None
        self._opening = asyncio.Lock()
        self._most = database.settings.tile_cache_mb * 1_000_000
        self._kept: OrderedDict[_Key, Tile] = OrderedDict()
        self._rights: OrderedDict[str | None, str] = OrderedDict()
        self._size = 0
        self._makers = ThreadPoolExecutor(_MAKERS, "tile")
        self._making: dict[str, Future[None]] = {}
        self._sessions: set[Connection] = set()

    async def tile(self, asked: Asked, *, zipped: bool = False, known: str | None = None) -> Tile:
        """The tile for whoever acts (:mod:`geo.viewer`); ``known`` is a version that the asker has.

        Raises :class:`DatabaseUnavailable` and what :meth:`geo.database.Database.connection` does.
        """
        who = credential()
        # What they may see was so a moment ago; the database says whether it still is.
        kept = self._kept.get((asked, zipped, self._rights.get(who, "")))
        versions = [version for version in (known, kept and kept.version) if version is not None]
        version, unmade, drawn = await self._ask(asked, who, versions)
        while unmade:
            for layer in unmade:
                await self._made(layer)
            version, unmade, drawn = await self._ask(asked, who, versions)
        rights = self._rights[who] = version.rpartition(".")[2]
        self._rights.move_to_end(who)
        if len(self._rights) > _PEOPLE:
            self._rights.popitem(last=False)
        key = asked, zipped, rights
        if version == known:
            return Tile(version, None)
        if kept is not None and drawn is None:
            with suppress(KeyError):  # another question may have thrown it out meanwhile
                self._kept.move_to_end(key)
            return kept
        body = drawn or b""
        if zipped and body:
            body = await asyncio.to_thread(gzip.compress, body, 1, mtime=0)
        tile = Tile(version, body)
        self._keep(key, tile)
        return tile

    async def close(self) -> None:
        """Give the connections back; tiles that are just being made are left for another time."""
        self._makers.shutdown(wait=False, cancel_futures=True)
        for session in tuple(self._sessions):
            session.cancel()
        if self._pool is not None:
            await self._pool.close()
            self._pool = None

    async def _made(self, layer: str) -> None:
        making = self._making.get(layer)
        if making is None or making.done():
            making = self._making[layer] = self._makers.submit(self._make, layer)
        await asyncio.shield(asyncio.wrap_future(making))

    def _make(self, layer: str) -> None:
        with self._database.owner() as session:
            self._sessions.add(session)
            try:
                make(session, layer)
            except psycopg.OperationalError as error:
                if isinstance(error, psycopg.errors.QueryCanceled):
                    raise
                raise unavailable(error) from error
            finally:
                self._sessions.discard(session)

    def _keep(self, key: _Key, tile: Tile) -> None:
        before = self._kept.pop(key, None)
        self._size += _weight(tile) - (_weight(before) if before else 0)
        self._kept[key] = tile
        while self._size > self._most:
            _, oldest = self._kept.popitem(last=False)
            self._size -= _weight(oldest)

    async def _ask(self, asked: Asked, who: str | None, versions: list[str]) -> _Answer:
        values: dict[str, object] = {
            "layers": list(asked.layers), "matrix_set": asked.matrix_set.id, "as_of": asked.as_of, "zoom": asked.zoom,
            "tile_y": asked.row, "tile_x": asked.column, "known": versions,
            "credential": who,
        }  # fmt: skip
        try:
            pool = await self._open_pool()
            try:
                return await _answer(pool, values)
            except psycopg.OperationalError as error:
                if isinstance(error, psycopg.errors.QueryCanceled):
                    raise
                # The server may have been started anew since the connection was made.
                await pool.check()
                return await _answer(pool, values)
        except psycopg.DatabaseError as error:
            if (fault := FAULTS.get(error.sqlstate or "")) is not None:
                raise fault from error
            if not isinstance(error, psycopg.OperationalError) or isinstance(error, psycopg.errors.QueryCanceled):
                raise
            raise unavailable(error) from error

    async def _open_pool(self) -> _Pool:
        async with self._opening:
            if self._pool is None:
                chosen = self._database.settings
                dsn, role = self._database.web()
                pool: _Pool = AsyncConnectionPool(
                    dsn,
                    min_size=1,
                    max_size=chosen.pool_size,
                    timeout=10,
                    kwargs={
                        "autocommit": True,
                        "options": f"-c statement_timeout={chosen.statement_timeout}s -c jit=off{role}",
                    },
                    open=False,
                    name="tile",
                )
                await pool.open()
                self._pool = pool
            return self._pool


def make(connection: Connection, layer: str) -> None:
    """Make the tiles of a layer unless they are made, and commit; takes about as long as the layer's import did.

    Somebody who is just making them is waited for. Edits of the layer wait until they are made. For a session without a
    limit on time.
    """
    connection.execute(statement("tile_make"), {"layer": layer})
    connection.commit()


def make_all(database: Database) -> int:
    """Make the tiles of every layer whose tiles are not made, one after another; returns how many layers there were."""
    with database.owner() as connection:
        unmade = [layer for (layer,) in connection.execute(statement("tile_unmade"))]
    if unmade:
        with database.owner() as session:
            for layer in unmade:
                make(session, layer)
    return len(unmade)


def fold(connection: Connection) -> int:
    """Bring the counts of low zooms to today and to what has changed; returns how many changes there were."""
    return one(connection, "tile_fold", int, today=today()) or 0


async def _answer(pool: _Pool, values: dict[str, object]) -> _Answer:
    async with pool.connection() as connection:
        cursor = connection.cursor(binary=True)
        await cursor.execute(statement("tile_one"), values)
        row = await cursor.fetchone()
    if row is None:
        raise LookupError("tile_one gave no row")
    return row[0], row[1], row[2]


def _weight(tile: Tile) -> int:
    return len(tile.body or b"") + _OVERHEAD
