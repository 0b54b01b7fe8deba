"""Connections to the one database, and the named statements that run on them."""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from functools import cache
from importlib import resources
from threading import Lock
from typing import Any, LiteralString, Self, TypeAlias, TypeVar, cast

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import ConnectionPool, PoolTimeout

from geo.errors import BadValue, DatabaseUnavailable
from geo.settings import Settings, settings

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]
T = TypeVar("T")


@cache
def statement(name: str) -> LiteralString:
    """The SQL of ``geo/sql/queries/<name>.sql``; parameters are written ``%(name)s``."""
    text = resources.files("geo").joinpath("sql", "queries", f"{name}.sql").read_text("utf-8")
    return cast("LiteralString", text)


def one(connection: Connection, name: str, kind: type[T], **values: object) -> T | None:
    """The first column of the first row that a named statement gives, or None where there is no row."""
    # Never prepared: that would soon fix one plan for all values, twice as slow where a filter's parameter may be NULL.
    row = connection.execute(statement(name), values, prepare=False).fetchone()
    if row is None or row[0] is None:
        return None
    if not isinstance(row[0], kind):
        raise TypeError(f"{name} gave {type(row[0]).__name__}, not {kind.__name__}")
    return row[0]


def the(connection: Connection, name: str, kind: type[T], **values: object) -> T:
    """Like :func:`one`, of a statement that always gives a row."""
    value = one(connection, name, kind, **values)
    if value is None:
        raise LookupError(f"{name} gave no row")
    return value


def rows(connection: Connection, name: str, **values: object) -> list[dict[str, Any]]:
    """All rows that a named statement gives, as dictionaries by column name."""
    cursor = connection.execute(statement(name), values, prepare=False)
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor]


class Database:
    """The database of this program: a pool of connections, and the private cluster where no server is named.

    Use as a context manager; leaving it closes the pool and stops the cluster if nobody else uses it.
    """

    def __init__(self, chosen: Settings | None = None) -> None:
        self.settings = chosen or settings()
        self.dsn = self.settings.database
        self._stack = ExitStack()
        self._pool: ConnectionPool[Connection] | None = None
        self._opening = Lock()

    def __enter__(self) -> Self:
        if not self.dsn:
            from geo.cluster import Cluster

            cluster = Cluster(self.settings.home / "db", self.settings.postgres_account, self.settings.postgres_bin)
            self._stack.enter_context(cluster)
            self.dsn = cluster.dsn()
        try:
            conninfo_to_dict(self.dsn)
        except psycopg.ProgrammingError as error:
            raise BadValue(name="SHANHE_DATABASE", value=self.dsn, reason=_first_line(error)) from None
        return self

    def __exit__(self, *exception: object) -> None:
        if self._pool is not None:
            self._pool.close()
            self._pool = None
        self._stack.close()

    @contextmanager
    def connection(self, *, timeout: float = 10) -> Generator[Connection]:
        """One transaction: committed at the end of the block, rolled back by an exception in it.

        Raises :class:`geo.errors.DatabaseUnavailable` where the server does not answer within ``timeout`` seconds.
        """
        try:
            with self._open_pool().connection(timeout) as connection:
                yield connection
        except (psycopg.OperationalError, PoolTimeout) as error:
            if isinstance(error, psycopg.errors.QueryCanceled):
                raise
            raise unavailable(error) from error

    @contextmanager
    def session(self) -> Generator[Connection]:
        """A connection of its own, outside the pool, for long work such as an import or an upgrade."""
        try:
            connection = psycopg.connect(self.dsn)
        except psycopg.OperationalError as error:
            raise unavailable(error) from error
        with connection:
            yield connection

    def _open_pool(self) -> "ConnectionPool[Connection]":
        with self._opening:
            if self._pool is None:
                self._pool = ConnectionPool(
                    self.dsn,
                    min_size=1,
                    max_size=self.settings.pool_size,
                    kwargs={
                        "options": f"-c statement_timeout={self.settings.statement_timeout}s -c jit=off"
                        f" -c timezone={self.settings.timezone}"
                    },
                    check=ConnectionPool.check_connection,
                    open=True,
                    name="shanhe",
                )
            return self._pool


def unavailable(error: BaseException) -> DatabaseUnavailable:
    """What is told of a connection that failed."""
    return DatabaseUnavailable(reason=_first_line(error))


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
