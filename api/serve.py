"""The web server: port, database, demonstration, application, until a signal ends it."""

import errno
import logging
import signal
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from api.local import is_loopback
from api.worker import working
from geo.database import Database
from geo.errors import ShanheError
from geo.settings import settings
from geo.text import Text

if TYPE_CHECKING:
    import uvicorn


class PortTaken(ShanheError):
    """Another program listens on the port, or this one may not."""

    code = "port_taken"
    sentence = Text(
        zh="不能监听 {host}:{port}：{reason}；请用 --port 换一个端口",
        en="Cannot listen on {host}:{port}: {reason}; choose another with --port",
    )


REASONS = {
    errno.EADDRINUSE: Text(zh="端口已被占用", en="the port is in use"),
    errno.EACCES: Text(zh="没有权限", en="not permitted"),
    errno.EADDRNOTAVAIL: Text(zh="本机没有这个地址", en="this machine has no such address"),
}


def serve(host: str, port: int, *, demo: bool, say: Callable[[Text], None]) -> None:
    """Serve until SIGINT or SIGTERM, then stop server and cluster; an empty database gets the demonstration.

    Raises :class:`PortTaken`, and the errors of :class:`geo.database.Database` and :func:`geo.migrate.upgrade`.
    """
    listener = _listen(host, port)
    with listener, _stopped_by_signals():
        say(Text(zh="正在启动数据库…", en="Starting the database…"))
        with Database(settings()) as database:
            _prepare(database, demo=demo, say=say)
            _accounts(database, host, say)
            with working(database.settings.workers):
                _run(database, listener, host, say)
    say(Text(zh="已停止", en="Stopped"))


def _prepare(database: Database, *, demo: bool, say: Callable[[Text], None]) -> None:
    from geo import state
    from geo.migrate import upgrade
    from geo.org_unit import settle

    if upgrade(database):
        say(Text(zh="数据库结构已就绪", en="The database is set up"))
    with database.session() as connection:
        empty = state.is_empty(connection)
        shipped = settle(connection, database.settings.county)
    if demo and empty and shipped:
        from geo.demo_load import load_demo

        say(Text(zh="空数据库：装入示例数据，约需半分钟", en="An empty database: loading the demonstration"))
        load_demo(database, step=lambda text: say(Text(zh=f"  {text.zh}", en=f"  {text.en}")))


def _accounts(database: Database, host: str, say: Callable[[Text], None]) -> None:
    """Somebody can sign in: an administrator, and whoever tries the demonstration on this machine."""
    from geo import state
    from geo.first_account import first_administrator, make_demo

    if made := first_administrator(database):
        said = Text(
            zh="管理员账号（只显示这一次）：用户名 {name}，初始密码 {password}",
            en="The administrator's account, shown this once: name {name}, first password {password}",
        )
        say(said.format(name=made[0], password=made[1]))
    with database.owner() as connection:
        trying = not (state.is_real(connection) or state.is_empty(connection))
    if trying and is_loopback(host):
        make_demo(database)


def _run(database: Database, listener: socket.socket, host: str, say: Callable[[Text], None]) -> None:
    import uvicorn

    shown = "127.0.0.1" if host in ("0.0.0.0", "::", "") else f"[{host}]" if ":" in host else host  # noqa: S104
    address = f"http://{shown}:{listener.getsockname()[1]}/"

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            say(Text(zh="打开 {address} 查看，Ctrl-C 停止", en="Open {address}; Ctrl-C stops").format(address=address))

    logging.getLogger("shanhe").setLevel(logging.INFO)
    Server(configured(database, local=is_loopback(host))).run(sockets=[listener])


def configured(database: Database, *, local: bool = False) -> "uvicorn.Config":
    """How the application is served; ``local`` is whether it listens on this machine's own address only.

    Who asks and over what is taken from a proxy only where the settings name it.
    """
    import uvicorn

    from api.app import create_app

    trusted = database.settings.trusted_proxies.replace(" ", "")
    return uvicorn.Config(
        create_app(database, local=local),
        log_level="warning",
        server_header=False,
        proxy_headers=bool(trusted),
        forwarded_allow_ips=trusted,
        timeout_graceful_shutdown=5,
        lifespan="on",
    )


def _listen(host: str, port: int) -> socket.socket:
    """The listening socket, bound before anything else is begun."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio sends answers without delay only where it is.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(1)  # of two programs that bind, the second is told here
    except OSError as error:
        listener.close()
        reason = REASONS.get(error.errno or 0) or Text(zh=error.strerror or "?", en=error.strerror or "?")
        raise PortTaken(host=host, port=port, reason=reason) from None
    listener.set_inheritable(False)
    return listener


@contextmanager
def _stopped_by_signals() -> Generator[None]:
    """SIGTERM ends the block as Ctrl-C does; either is an orderly end, and a second one does not disturb it."""
    ending = False

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal ending
        if not ending:
            ending = True
            raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
