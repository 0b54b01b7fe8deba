"""Real databases: one cluster for each test process, a template for each state, a copy for each test."""

import asyncio
import itertools
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import hypothesis
import psycopg
import pytest
from playwright.sync_api import Browser, expect, sync_playwright
from psycopg import sql
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from geo import password
from geo.cluster import Cluster
from geo.database import Database
from geo.demo_load import load_demo
from geo.migrate import upgrade
from geo.org_unit import load_places
from geo.settings import Settings, settings

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Those that Playwright switches off (the last list counts), and the popups of an address bar that nobody sees: they
    # are most of what a new window costs.
    "--disable-features=AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,HttpsUpgrades,"
    "HttpsFirstBalancedModeAutoEnable,LensOverlay,MediaRouter,PaintHolding,ThirdPartyStoragePartitioning,"
    "AvoidCorsURLLoaderRestartOnRedirect,OptimizationHints,NetworkTimeServiceQuerying,AimEnabled,PreconnectToSearch,"
    "WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup",
)

# No test asserts a time, Hypothesis' examples and what is expected of a page neither.
hypothesis.settings.register_profile("shanhe", deadline=None)
hypothesis.settings.load_profile("shanhe")
expect.set_options(timeout=30_000)

# A password of a test is worth nothing: argon2id at its least, for thousands of accounts are made.
HASHER = password.HASHER
password.HASHER = PasswordHash((Argon2Hasher(memory_cost=8, time_cost=1, parallelism=1),))

MakeDatabase = Callable[[str], Database]
T = TypeVar("T")
_NUMBER = itertools.count()


@pytest.fixture(scope="session", autouse=True)
def _plain_settings() -> None:
    """Tests must not depend on what the machine's environment sets."""
    for name in [name for name in os.environ if name.startswith("SHANHE_")]:
        del os.environ[name]
    os.environ |= {"SHANHE_RATE_PER_MINUTE": "1000000", "SHANHE_COSTLY_PER_MINUTE": "1000000"}
    settings.cache_clear()


def _in_memory() -> str | None:
    """A folder in memory where the machine has plenty: a database is made there in a fraction of the time."""
    with suppress(OSError):
        shared = os.statvfs("/dev/shm")
        room = min(shared.f_bavail * shared.f_frsize, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2)
        return "/dev/shm" if room >= 6 << 30 else None
    return None


@pytest.fixture(scope="session")
def cluster() -> Generator[Cluster]:
    """The program's own cluster, in a folder that its account may enter; what is in it may be lost."""
    memory = _in_memory()
    for left in Path(memory or tempfile.gettempdir()).glob("shanhe-test-*"):  # by tests that were killed
        if time.time() - left.stat().st_mtime > 86_400:
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix="shanhe-test-", dir=memory))
    folder.chmod(0o755)
    with Cluster(folder / "db", settings().postgres_account, durable=False) as running:
        yield running
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _created(cluster: Cluster, template: str | None) -> Generator[str]:
    """A database of its own; the connection string."""
    name = f"test_{next(_NUMBER)}"
    create = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template:
        create += sql.SQL(" TEMPLATE {} STRATEGY file_copy").format(sql.Identifier(template))
    with psycopg.connect(cluster.dsn("postgres"), autocommit=True) as connection:
        connection.execute(create)
    yield cluster.dsn(name)
    with psycopg.connect(cluster.dsn("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _prepare(kind: str, database: Database) -> None:
    upgrade(database)
    if kind == "placed":
        with database.session() as connection:
            load_places(connection, settings().county)
    if kind == "demo":
        load_demo(database)


@pytest.fixture(scope="session")
def templates(cluster: Cluster) -> Generator[Callable[[str], str | None]]:
    """The name of the template database for a state (empty, upgraded, placed, demo), made when it is first wanted."""
    made: dict[str, str] = {}
    with ExitStack() as stack:

        def template(kind: str) -> str | None:
            if kind == "empty":
                return None
            if kind not in made:
                dsn = stack.enter_context(_created(cluster, None))
                with Database(Settings(database=dsn)) as database:  # pyright: ignore[reportCallIssue]
                    _prepare(kind, database)
                made[kind] = psycopg.conninfo.conninfo_to_dict(dsn)["dbname"]  # pyright: ignore
            return made[kind]

        yield template


def _making(cluster: Cluster, templates: Callable[[str], str | None]) -> Generator[MakeDatabase]:
    with ExitStack() as stack:

        def make(kind: str) -> Database:
            dsn = stack.enter_context(_created(cluster, templates(kind)))
            return stack.enter_context(Database(Settings(database=dsn)))  # pyright: ignore[reportCallIssue]

        yield make


@contextmanager
def at_home(database: Database, home: Path) -> Generator[Database]:
    """The database as the program's own settings name it, with a folder of its own for files."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHANHE_HOME", str(home))
        patch.setenv("SHANHE_DATABASE", database.dsn)
        settings.cache_clear()
        with Database(settings()) as named:
            yield named
    settings.cache_clear()


@pytest.fixture(scope="module")
def make_database(cluster: Cluster, templates: Callable[[str], str | None]) -> Generator[MakeDatabase]:
    """Makes databases that last for the module: ``empty``, ``upgraded``, ``placed`` or ``demo``."""
    yield from _making(cluster, templates)


@pytest.fixture
def fresh(cluster: Cluster, templates: Callable[[str], str | None]) -> Generator[MakeDatabase]:
    """Makes databases that last for the test."""
    yield from _making(cluster, templates)


@pytest.fixture
def empty(fresh: MakeDatabase) -> Database:
    """Nothing in it, not even the schema."""
    return fresh("empty")


@pytest.fixture
def database(fresh: MakeDatabase) -> Database:
    """The schema, and nothing else."""
    return fresh("upgraded")


@pytest.fixture
def placed(fresh: MakeDatabase) -> Database:
    """The schema and the county's places."""
    return fresh("placed")


@pytest.fixture(scope="module")
def demo(make_database: MakeDatabase) -> Database:
    """The whole demonstration; for tests that only read."""
    return make_database("demo")


class Recorder:
    """The statements that PostgreSQL was sent while recording."""

    def __init__(self) -> None:
        self.statements: list[str] = []


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Counts statements that go through a psycopg connection."""
    recorded = Recorder()
    execute = psycopg.Cursor.execute

    def noting(self: Any, query: Any, *arguments: Any, **options: Any) -> Any:
        if threading.current_thread().name != "fold":  # the server folds whenever it likes
            recorded.statements.append(query if isinstance(query, str) else repr(query))
        return execute(self, query, *arguments, **options)

    monkeypatch.setattr(psycopg.Cursor, "execute", noting)
    return recorded


@pytest.fixture(scope="session")
def browser() -> Generator[Browser]:
    """Debian's Chromium; one for each test process."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield launched
        launched.close()


def awaited(coroutine: Coroutine[Any, Any, T]) -> T:
    """What a coroutine gives, in a loop and thread of its own: where a browser was used, this thread has a loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()
