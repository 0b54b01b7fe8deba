"""Connections to the one database, and the named statements that run on them."""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from functools import cache
from importlib import resources
from threading import Lock
from typing import Any, LiteralString, Self, TypeAlias, TypeVar, cast

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool, PoolTimeout

from geo.errors import BadValue, DatabaseUnavailable
from geo.right import Verb
from geo.settings import Settings, settings
from geo.text import Text
from geo.viewer import FAULTS, NotAllowed, credential, is_acting

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]
WEB_ROLE = "shanhe_web"
"""The role that requests are answered with: it owns nothing, and row-level security holds for it."""

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
        self._web = self.settings.database_web
        self.actor = ""
        """Who is noted to have done what a command does by itself (:mod:`geo.audit`)."""
        self._stack = ExitStack()
        self._pool: ConnectionPool[Connection] | None = None
        self._opening = Lock()

    def __enter__(self) -> Self:
        if not self.dsn:
            from geo.cluster import Cluster

            cluster = Cluster(self.settings.home / "db", self.settings.postgres_account, self.settings.postgres_bin)
            self._stack.enter_context(cluster)
            self.dsn, self._web = cluster.dsn(), cluster.dsn(role=WEB_ROLE)
        for name, dsn in (("SHANHE_DATABASE", self.dsn), ("SHANHE_DATABASE_WEB", self._web)):
            try:
                conninfo_to_dict(dsn)
            except psycopg.ProgrammingError:
                # Neither the address nor what libpq says of it: both may hold the password.
                reason = Text(zh="不是 postgresql:// 地址", en="it is no postgresql:// address")
                raise BadValue(name=name, value="***", reason=reason) from None
        return self

    def __exit__(self, *exception: object) -> None:
        if self._pool is not None:
            self._pool.close()
            self._pool = None
        self._stack.close()

    @contextmanager
    def connection(self, verb: Verb = Verb.VIEW, *, timeout: float = 10) -> Generator[Connection]:
        """One transaction of whoever acts (:mod:`geo.viewer`), who sees what they may do ``verb`` with.

        Committed at the end of the block, rolled back by an exception in it. Raises
        :class:`geo.errors.DatabaseUnavailable` where the server does not answer within ``timeout`` seconds,
        :class:`geo.viewer.NotSignedIn`, :class:`geo.viewer.PasswordMustChange` and :class:`geo.viewer.NotAllowed`.
        """
        try:
            with self._open_pool().connection(timeout) as connection, _entered(connection, verb):
                yield connection
        except (psycopg.OperationalError, PoolTimeout) as error:
            if isinstance(error, psycopg.errors.QueryCanceled):
                raise
            raise unavailable(error) from error

    @contextmanager
    def session(self, verb: Verb = Verb.VIEW) -> Generator[Connection]:
        """A connection of its own, outside the pool, for long work: of whoever acts, else of the program itself."""
        with self._connected(*self.web() if is_acting() else (self.dsn, "")) as connection, _entered(connection, verb):
            yield connection

    @contextmanager
    def owner(self) -> Generator[Connection]:
        """A connection of its own as the owner of everything, whoever acts: for what the program does by itself."""
        with self._connected(self.dsn, "") as connection:
            yield connection

    def web(self) -> tuple[str, str]:
        """How requests are answered: the address, and the options that make it the role of the web server."""
        return (self._web, "") if self._web else (self.dsn, f" -c role={WEB_ROLE}")

    @contextmanager
    def _connected(self, dsn: str, options: str) -> Generator[Connection]:
        try:
            connection = psycopg.connect(make_conninfo(dsn, options=options.strip()) if options else dsn)
        except psycopg.OperationalError as error:
            raise unavailable(error) from error
        with connection:
            if self.actor:
                connection.execute("SELECT set_config('shanhe.actor', %s, false)", [self.actor])
                connection.commit()
            yield connection

    def _open_pool(self) -> "ConnectionPool[Connection]":
        with self._opening:
            if self._pool is None:
                dsn, role = self.web()
                self._pool = ConnectionPool(
                    dsn,
                    min_size=1,
                    max_size=self.settings.pool_size,
                    kwargs={
                        "options": f"-c statement_timeout={self.settings.statement_timeout}s -c jit=off"
                        f" -c timezone={self.settings.timezone}{role}"
                    },
                    check=ConnectionPool.check_connection,
                    open=True,
                    name="shanhe",
                )
            return self._pool


@contextmanager
def _entered(connection: Connection, verb: Verb) -> Generator[None]:
    """Begin the transaction for whoever acts; refusals of the database are those of our rights."""
    try:
        if (secret := credential()) is not None:
            connection.execute("SELECT viewer_enter(%s, %s)", [secret, verb])
        yield
    except psycopg.errors.InsufficientPrivilege as error:
        reason = Text(zh="不在您的权限范围内", en="it is not within your rights")
        raise NotAllowed(reason=reason) from error
    except psycopg.DatabaseError as error:
        fault = FAULTS.get(error.sqlstate or "")
        if fault is None:
            raise
        raise fault from error


def unavailable(error: BaseException) -> DatabaseUnavailable:
    """What a failure of the connection means for whoever asks."""
    return DatabaseUnavailable(reason=_first_line(error))


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
