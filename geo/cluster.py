"""The private PostgreSQL cluster: one data directory, one unix socket, no TCP port, any number of users."""

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, Self

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.pq import PGconn, Ping

from geo import postgres
from geo.database import WEB_ROLE
from geo.errors import ClusterFailed

ROLE = DATABASE = "shanhe"
ROLES = (ROLE, WEB_ROLE)  # whom root and the account of the cluster may log in as
PORT = "5432"  # a part of the socket's file name, and nothing else


@dataclass(frozen=True, slots=True)
class Status:
    """What is at a data directory; ``version`` is PostgreSQL's major version and ``size`` is in bytes."""

    state: Literal["running", "stopped", "absent"]
    pid: int | None
    data: Path
    socket: Path
    version: str
    size: int


class Cluster:
    """PostgreSQL with PostGIS in a directory of its own. The first process that starts it runs it, the last stops it.

    Started by root, the server runs as ``account``; started by anybody else, as that user. ``bin`` is the folder of
    ``initdb`` and ``postgres``; empty, the version that made the data is looked for, else the newest. Without
    ``durable`` a crash of the machine may lose everything: for tests.

    Beside the data directory stand ``.log`` and three lock files, which the kernel frees with their holders, also
    after kill -9: ``.gate`` lets one process at a time start or stop, ``.users`` is shared by every process that
    uses the cluster, ``.server`` is inherited by PostgreSQL: while it is free, nothing of the old server is alive.

    All methods raise :class:`geo.errors.ClusterFailed`.
    """

    def __init__(self, data: Path, account: str, bin: str = "", durable: bool = True) -> None:
        self.data = data.resolve()
        self._account = postgres.account(account)
        self._root = os.geteuid() == 0
        self._bin = bin
        self._durable = durable
        # A socket's path may have 107 characters, and must be the same for every process whatever its environment.
        tag = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]
        self.socket = Path("/tmp") / f"shanhe-{self._account.pw_uid}-{tag}"
        self._users: int | None = None
        self._major = self._made = 0  # versions: of the programs, and of those that made the data

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def dsn(self, database: str = DATABASE, role: str = ROLE) -> str:
        """The connection string of a database; ``role`` is one of ``ROLES``."""
        return make_conninfo(host=str(self.socket), port=PORT, dbname=database, user=role)

    def start(self, timeout: float = 120) -> Self:
        """Make the cluster where there is none, start it where it does not run, and count this process as a user."""
        if self._users is not None:
            return self
        deadline = time.monotonic() + timeout
        with self._sentences():
            self.data.parent.mkdir(parents=True, exist_ok=True)
            with self._gate(deadline):
                self._users = self._open("users")
                fcntl.flock(self._users, fcntl.LOCK_SH)
                try:
                    self._own(self.socket)
                    self._run(deadline)
                    self._prepare()
                except BaseException:
                    self._leave(deadline)
                    raise
        return self

    def stop(self, timeout: float = 120) -> None:
        """Count this process out, and stop the server if no other process uses it."""
        if self._users is None:
            return
        deadline = time.monotonic() + timeout
        with self._sentences(), self._gate(deadline):
            self._leave(deadline)

    def status(self) -> Status:
        """What is there now; starts and changes nothing."""
        with self._sentences():
            version = self._version()
            if not version:
                return Status("absent", None, self.data, self.socket, "", 0)
            running = Path(f"{self.data}.server").exists() and not self._alone()
            pid = _pid(self.data / "postmaster.pid") if running else None
            state = "running" if running else "stopped"
            return Status(state, pid, self.data, self.socket, str(version), _size(self.data))

    def _run(self, deadline: float) -> None:
        """Return when the server answers, having started it where nothing of it was alive."""
        log: int | None = None
        while True:
            answer = PGconn.ping(self.dsn("postgres").encode())
            server = self._open("server")
            try:
                if not _try(server, fcntl.LOCK_EX):  # it runs, starts, recovers, or the last of it is going away
                    if answer == Ping.OK:
                        return
                elif log is not None:
                    raise self._explained(self._logged(log))
                elif answer != Ping.NO_RESPONSE:  # a server whose data directory was deleted or moved away under it
                    _signal(_pid(self.socket / f".s.PGSQL.{PORT}.lock"), signal.SIGQUIT)
                else:
                    log = self._launch(server)
            finally:
                os.close(server)
            if time.monotonic() > deadline:
                self._forget()  # leaves a recovering server alone: a later start will find it ready
                raise self._explained("not ready in time")
            time.sleep(0.01)

    def _launch(self, server: int) -> int:
        """Start the server, holding the lock ``server``; gives the length of the log before its first message."""
        programs = self._programs()
        if not self._made:
            self._create(programs, server)
        self._own(self.data)
        self._permit()
        self._clear()
        log = Path(f"{self.data}.log")
        if log.exists() and log.stat().st_size > 1 << 24:
            log.replace(f"{self.data}.log.old")
        address = {"listen_addresses": "", "unix_socket_directories": self.socket, "unix_socket_permissions": "0700"}
        settings = postgres.parameters(durable=self._durable) | address | {"port": PORT}
        with self._log() as output, self._reachable(self.data) as (data, kept):
            # The shell leaves the server behind as nobody's child: whoever stops it need not be whoever started it.
            command = ["/bin/sh", "-c", '"$@" &', "sh", str(programs / "postgres"), "-D", data]
            self._spawn(command + [f"--{name}={value}" for name, value in settings.items()], output, (server, *kept))
            return output.tell()

    def _create(self, programs: Path, server: int) -> None:
        """A new cluster. It gets the final name when it is whole, and keeps it when the power fails afterwards."""
        new = self.data.with_name(f"{self.data.name}.new")
        shutil.rmtree(new, ignore_errors=True)
        self._own(new)
        try:
            with self._log() as output, self._reachable(new) as (data, kept):
                before = output.tell()
                locale = "C.UTF-8" if Path("/proc/self").exists() else "en_US.UTF-8"
                command = [str(programs / "initdb"), "-D", data, "-U", ROLE, "-A", "peer", "-E", "UTF8", "-k"]
                command += [f"--locale={locale}", "--lc-collate=C", *([] if self._durable else ["--no-sync"])]
                if self._spawn(command, output, (server, *kept)) != 0:
                    raise self._explained(self._logged(before))
            new.rename(self.data)
        except BaseException:
            shutil.rmtree(new, ignore_errors=True)
            raise
        parent = os.open(self.data.parent, os.O_RDONLY | os.O_DIRECTORY)
        os.fsync(parent)
        os.close(parent)

    def _prepare(self) -> None:
        """The database and its PostGIS, where they are missing."""
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            self._major = connection.info.server_version // 10000
            if connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
                connection.execute("CREATE DATABASE shanhe")
        with psycopg.connect(self.dsn()) as connection:
            connection.execute("SET client_min_messages TO error")
            connection.execute("CREATE EXTENSION IF NOT EXISTS postgis")
            connection.execute("SELECT postgis_lib_version()")

    def _leave(self, deadline: float) -> None:
        """Count this process out, and stop the server if it was the last; holds the gate."""
        try:
            if self._users is None or not self._current(self._users) or not _try(self._users, fcntl.LOCK_EX):
                return
            for harder in (signal.SIGINT, signal.SIGQUIT):
                if not self._alone():
                    _signal(_pid(self.data / "postmaster.pid"), harder)
                while not self._alone() and time.monotonic() < deadline:
                    time.sleep(0.01)
                deadline = time.monotonic() + 10
            if not self._alone():
                raise self._explained("does not stop")
            with suppress(OSError):
                self.socket.rmdir()
        finally:
            self._forget()

    def _forget(self) -> None:
        if self._users is not None:
            os.close(self._users)
            self._users = None

    def _current(self, lock: int) -> bool:
        """Whether the lock is still that of ``.users``: data deleted in use may since have been made anew by others."""
        with suppress(FileNotFoundError):
            return os.path.samestat(os.fstat(lock), Path(f"{self.data}.users").stat())
        return False

    def _alone(self) -> bool:
        """Whether nothing of a server is alive."""
        server = self._open("server")
        try:
            return _try(server, fcntl.LOCK_SH)
        finally:
            os.close(server)

    def _clear(self) -> None:
        """Remove a dead server's lock files: PostgreSQL would take any process that now has its number for it."""
        file = self.data / "postmaster.pid"
        with suppress(OSError):
            if Path(f"/proc/{_pid(file)}/cwd").samefile(self.data):
                raise self._explained("lock file postmaster.pid already exists")
        if Path("/proc/self").exists():
            file.unlink(missing_ok=True)
        (self.socket / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)

    def _permit(self) -> None:
        """Who may log in: the account of the cluster and root, as the kernel knows them, by the socket only."""
        accounts = sorted({"root", self._account.pw_name})
        lines = [f'shanhe "{account}" {role}\n' for account in accounts for role in ROLES]
        for name, text in (("pg_hba.conf", "local all all peer map=shanhe\n"), ("pg_ident.conf", "".join(lines))):
            file = self.data / name
            if not file.exists() or file.read_text("utf-8") != text:
                file.write_text(text, "utf-8")
                os.chown(file, self._account.pw_uid, self._account.pw_gid)

    def _own(self, path: Path) -> None:
        """Have ``path`` as a directory that only the account may enter; refuse one that somebody else put there."""
        with suppress(FileExistsError):
            path.mkdir(mode=0o700)
            os.chown(path, self._account.pw_uid, self._account.pw_gid)
        found = path.lstat()
        if path.is_symlink() or found.st_uid != self._account.pw_uid:
            raise PermissionError(1, "Operation not permitted", str(path))
        path.chmod(0o700)

    def _version(self) -> int:
        """The major version of PostgreSQL that made the data, or 0 where there are none."""
        try:
            return int((self.data / "PG_VERSION").read_text("utf-8"))
        except FileNotFoundError:
            if self.data.is_dir() and any(self.data.iterdir()):
                raise self._explained("not a valid data directory") from None
            return 0

    def _programs(self) -> Path:
        """The folder of PostgreSQL's programs that suit the data."""
        found = postgres.installed(self._bin)
        self._made = self._version()
        if not found:
            raise self._explained("programs not found")
        self._major = self._made if self._made in found else max(found)
        if self._made not in (0, self._major):
            raise self._explained("made by another version")
        if self._major < postgres.OLDEST:
            raise self._explained("programs too old")
        return found[self._major]

    @contextmanager
    def _reachable(self, path: Path) -> Generator[tuple[str, Sequence[int]]]:
        """A name of ``path`` for the server, and the descriptors it must inherit for that.

        Root may keep the data where the account cannot walk to, such as below /root: the server then gets the open
        directory itself, through its own /proc/self/fd.
        """
        if not self._root or not Path("/proc/self/fd").is_dir():
            yield str(path), ()
            return
        directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            yield f"/proc/self/fd/{directory}", (directory,)
        finally:
            os.close(directory)

    def _spawn(self, command: Sequence[str], output: IO[bytes], kept: Sequence[int]) -> int:
        """Run a program as the account, in a session of its own so that ^C is this program's alone."""
        plain = {name: text for name, text in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
        account = self._account
        process = subprocess.Popen(
            command,
            user=account.pw_uid if self._root else None,
            group=account.pw_gid if self._root else None,
            extra_groups=() if self._root else None,
            env=plain | {"LC_ALL": "C", "HOME": "/"},
            cwd="/",
            umask=0o077,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=kept,
            start_new_session=True,
        )
        return process.wait()

    def _open(self, name: str) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        return os.open(f"{self.data}.{name}", flags, 0o600)

    @contextmanager
    def _gate(self, deadline: float) -> Generator[None]:
        gate = self._open("gate")
        try:
            while not _try(gate, fcntl.LOCK_EX):
                if time.monotonic() > deadline:
                    raise self._explained("another process is busy")
                time.sleep(0.01)
            yield
        finally:
            os.close(gate)

    def _log(self) -> IO[bytes]:
        return os.fdopen(self._open("log"), "ab")

    def _logged(self, start: int) -> str:
        with Path(f"{self.data}.log").open("rb") as log:
            log.seek(start)
            return log.read().decode("utf-8", "replace")

    @contextmanager
    def _sentences(self) -> Generator[None]:
        """Errors of the system and of PostgreSQL, as sentences."""
        try:
            yield
        except OSError as error:
            raise self._explained(error.strerror or str(error), error.filename) from error
        except psycopg.Error as error:
            raise self._explained(str(error)) from error

    def _explained(self, said: str, path: object = None) -> ClusterFailed:
        versions = {"major": self._major, "made": self._made}
        return postgres.explained(
            said, account=self._account.pw_name, data=self.data, path=path or self.data, **versions
        )


def _pid(file: Path) -> int | None:
    """The process named in the first line of a lock file of PostgreSQL's."""
    with suppress(OSError, ValueError):
        return int(file.read_text("utf-8").partition("\n")[0])
    return None


def _signal(pid: int | None, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        if pid is not None:
            os.kill(pid, number)


def _size(folder: Path) -> int:
    size = 0
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            size += path.lstat().st_size
    return size


def _try(lock: int, kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
