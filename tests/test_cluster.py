"""The private cluster against real PostgreSQL: who shares it, what it survives, and what it says when it cannot run."""

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest

from geo.cluster import DATABASE, ROLE, Cluster
from geo.errors import ClusterFailed
from geo.settings import settings

ROOT = os.geteuid() == 0
ACCOUNT = settings().postgres_account
OWNER = pwd.getpwnam(ACCOUNT) if ROOT else pwd.getpwuid(os.geteuid())
as_root = pytest.mark.skipif(not ROOT, reason="needs root: a second account or a mount")
as_ordinary = pytest.mark.skipif(ROOT, reason="root may read everything")
pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks at processes through /proc")

# A program of its own: it imports as whoever runs the tests, becomes the ordinary account, then does as told.
PROGRAM = """
import json, os, resource, signal, sys, time, encodings.idna
from pathlib import Path
import psycopg
from geo.cluster import Cluster
from geo.errors import ClusterFailed
told = json.loads(sys.argv[1])
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job starts with it ignored
if told["uid"] is not None:
    os.setgroups([]); os.setgid(told["gid"]); os.setuid(told["uid"])
if told["largest"] is not None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (told["largest"], told["largest"]))
cluster = Cluster(Path(told["data"]), told["account"], durable=told["durable"])
def wait():
    print("ready", flush=True)
    sys.stdin.readline()
def value(query, dsn=None):
    with psycopg.connect(dsn or cluster.dsn()) as connection:
        return connection.execute(query).fetchone()[0]
try:
    exec(told["code"])
except ClusterFailed as error:
    print(str(error), flush=True)
    sys.exit(3)
"""


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that every account can walk to; nothing of PostgreSQL is left in it afterwards."""
    with _place() as path:
        yield path


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A stopped cluster to copy."""
    with _place() as path:
        with _cluster(path):
            pass
        yield path / "db"


@pytest.fixture
def copied(made: Path, place: Path) -> Path:
    """A folder with a stopped cluster in it."""
    subprocess.run(["cp", "-a", made, place / "db"], check=True)
    return place


@contextmanager
def _place() -> Generator[Path]:
    path = Path(tempfile.mkdtemp(prefix="shanhe-cluster-"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        _kill(_alive(path), signal.SIGKILL)
        for gate in path.glob("**/*.gate"):
            left = Cluster(gate.with_suffix(""), ACCOUNT).socket
            for folder in left.parent.glob(f"shanhe-*-{left.name.rpartition('-')[2]}"):
                shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(path, ignore_errors=True)


def _cluster(place: Path, bin: str = "", *, durable: bool = False) -> Cluster:
    return Cluster(place / "db", ACCOUNT, bin, durable)


def _value(cluster: Cluster, query: LiteralString) -> Any:
    with psycopg.connect(cluster.dsn()) as connection:
        row = connection.execute(query).fetchone()
    return row and row[0]


def _identity(cluster: Cluster) -> int:
    return _value(cluster, "SELECT system_identifier FROM pg_control_system()")


def _alive(folder: Path) -> list[int]:
    """Processes at work in a folder or below: a server and all its children work in the data directory."""
    found: list[int] = []
    for process in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            if Path(str((process / "cwd").readlink()).removesuffix(" (deleted)")).is_relative_to(folder):
                found.append(int(process.name))
    return found


def _listens(pid: int) -> bool:
    """Whether a process waits for connections at a TCP port."""
    sockets: set[str] = set()
    for file in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            sockets.add(str(file.readlink()))
    ports = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()]
    return any(f"socket:[{port[9]}]" in sockets for port in ports if port[3] == "0A")


def _kill(processes: list[int], number: signal.Signals) -> None:
    for pid in processes:
        with suppress(ProcessLookupError):  # the others go when the first is gone
            os.kill(pid, number)


def _until(true: Callable[[], object]) -> None:
    for _ in range(6000):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("it never came true")


def _program(
    place: Path,
    code: str,
    account: str | None = None,
    *,
    largest: int | None = None,
    durable: bool = False,
) -> "subprocess.Popen[str]":
    """Run ``code`` in a program of its own, as an ordinary account if one is named."""
    entry = pwd.getpwnam(account) if account else None
    told = {
        "data": str(place / "db"),
        "account": ACCOUNT,
        "code": code,
        "uid": entry and entry.pw_uid,
        "gid": entry and entry.pw_gid,
        "largest": largest,
        "durable": durable,
    }
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, json.dumps(told)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,
    )


def _ready(program: "subprocess.Popen[str]") -> None:
    assert program.stdout is not None
    assert program.stdout.readline() == "ready\n"


def _server_program(cluster: Cluster, *arguments: object) -> "subprocess.CompletedProcess[str]":
    """PostgreSQL's own program on the data, past the cluster's code."""
    drop: dict[str, Any] = {"user": OWNER.pw_uid, "group": OWNER.pw_gid, "extra_groups": ()} if ROOT else {}
    programs = cluster._programs()  # pyright: ignore[reportPrivateUsage]
    return subprocess.run(
        [programs / str(arguments[0]), "-D", cluster.data, *map(str, arguments[1:])],
        cwd="/", capture_output=True, text=True, check=False, **drop,
    )  # fmt: skip


@contextmanager
def _refused(*words: str) -> Generator[None]:
    """The block fails with one sentence in each language, and the words are in both."""
    with pytest.raises(ClusterFailed) as caught:
        yield
    for told in (caught.value.text.zh, caught.value.text.en):
        assert "\n" not in told and "Traceback" not in told and "FATAL" not in told
        assert len(told) < 300
        assert all(word in told for word in words), told
    assert any("一" <= character <= "鿿" for character in caught.value.values["reason_zh"])  # type: ignore[union-attr]


# Who can reach it


def test_it_is_reached_by_a_socket_in_a_closed_folder_and_by_no_port(place: Path) -> None:
    with _cluster(place) as cluster:
        pid = cluster.status().pid
        assert pid in _alive(place)
        assert not _listens(pid)
        assert _value(cluster, "SELECT current_setting('listen_addresses')") == ""
        assert cluster.socket.stat().st_mode & 0o777 == 0o700
        assert cluster.data.stat().st_mode & 0o777 == 0o700
    with socket.create_server(("127.0.0.1", 0)):
        assert _listens(os.getpid())


def test_the_socket_path_is_short_however_long_the_data_path_is(place: Path) -> None:
    deep = place.joinpath(*["山河" * 12] * 6)
    assert len(os.fsencode(deep / "db" / ".s.PGSQL.5432")) > 107
    with _cluster(deep) as cluster:
        assert len(os.fsencode(cluster.socket / ".s.PGSQL.5432.lock")) < 107
        assert _value(cluster, "SELECT 1") == 1


@as_root
def test_another_account_is_refused_even_where_it_reaches_the_socket(copied: Path) -> None:
    with _cluster(copied) as cluster:
        cluster.socket.chmod(0o755)
        (cluster.socket / ".s.PGSQL.5432").chmod(0o777)
        code = f"print(value('SELECT current_user', {cluster.dsn()!r}))"
        refused = _program(copied, f"try: {code}\nexcept psycopg.OperationalError as error: print(error)", "nobody")
        assert "Peer authentication failed" in refused.communicate()[0]
        assert _program(copied, code, ACCOUNT).communicate()[0] == f"{ROLE}\n"


def test_the_server_runs_as_the_ordinary_account(copied: Path) -> None:
    with _cluster(copied):
        owners: set[int] = set()
        for pid in _alive(copied):
            with suppress(FileNotFoundError):  # a worker that has done its work
                owners.add(Path(f"/proc/{pid}").stat().st_uid)
    assert owners == {OWNER.pw_uid}
    assert OWNER.pw_uid != 0


@as_root
def test_root_may_keep_the_data_where_the_account_cannot_walk_to(place: Path) -> None:
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    walk = _program(place, f"print(os.access({str(closed / 'db')!r}, os.R_OK))", ACCOUNT)
    assert walk.communicate()[0] == "False\n"
    for _ in range(2):
        with _cluster(closed) as cluster:
            assert _value(cluster, "SELECT postgis_lib_version()")
            assert cluster.status().data.is_relative_to(closed)


@as_root
def test_an_ordinary_user_runs_it_as_oneself(place: Path) -> None:
    place.chmod(0o777)
    code = """
with cluster:
    server = Path("/proc", str(cluster.status().pid))
    print(value("SELECT postgis_lib_version() <> ''"), server.stat().st_uid, os.getuid())
print(cluster.status().state)
"""
    nobody = pwd.getpwnam("nobody").pw_uid
    assert _program(place, code, "nobody").communicate()[0] == f"True {nobody} {nobody}\nstopped\n"
    with _refused(ACCOUNT, str(place / "db")), _cluster(place):
        pass


# Who shares it


def test_the_last_one_out_stops_it(copied: Path) -> None:
    first, second = _cluster(copied).start(), _program(copied, "with cluster: wait()")
    _ready(second)
    server = first.status().pid
    first.stop()
    assert first.status().state == "running"
    assert first.status().pid == server
    second.communicate("\n")
    assert first.status().state == "stopped"
    assert not _alive(copied)


def test_programs_that_start_at_once_share_one_cluster(place: Path) -> None:
    code = (
        "with cluster: print(value('SELECT system_identifier FROM pg_control_system()'), cluster.status().pid); wait()"
    )
    programs = [_program(place, code) for _ in range(6)]
    seen = {program.stdout.readline() for program in programs if program.stdout}
    for program in programs:
        _ready(program)
    for program in programs:
        program.communicate("\n")
    assert [program.returncode for program in programs] == [0] * 6
    assert len(seen) == 1
    assert not _alive(place)
    alone = _program(place.joinpath("other"), code)
    assert alone.communicate("\n")[0].splitlines()[0] not in seen


def test_a_killed_program_leaves_the_server_to_the_next(copied: Path) -> None:
    program = _program(copied, "with cluster: wait()")
    _ready(program)
    os.killpg(program.pid, signal.SIGKILL)
    program.communicate()
    assert _cluster(copied).status().state == "running"
    with _cluster(copied) as cluster:
        assert _value(cluster, "SELECT 1") == 1
    assert not _alive(copied)


def test_an_interrupt_reaches_the_program_and_not_the_server(copied: Path) -> None:
    program = _program(copied, "with cluster:\n try: wait()\n except KeyboardInterrupt: print(value('SELECT 7'))")
    _ready(program)
    os.killpg(program.pid, signal.SIGINT)
    assert program.communicate()[0] == "7\n"
    assert not _alive(copied)


def test_an_interrupt_while_starting_leaves_nothing_behind(place: Path) -> None:
    program = _program(place, "cluster.start()\nwait()")
    _until((place / "db.new" / "PG_VERSION").exists)
    os.killpg(program.pid, signal.SIGINT)
    program.communicate()
    assert program.returncode != 0
    _until(lambda: not _alive(place))
    assert not (place / "db").exists()
    with _cluster(place) as cluster:
        assert _value(cluster, "SELECT 1") == 1


# What it survives


def test_nothing_committed_is_lost_when_everything_is_killed(place: Path) -> None:
    cluster = _cluster(place, durable=True).start()
    connection = psycopg.connect(cluster.dsn())
    connection.execute("CREATE TABLE kept (n int)")
    for n in range(200):
        connection.execute("INSERT INTO kept VALUES (%s)", [n])
        connection.commit()
    connection.execute("INSERT INTO kept VALUES (1000)")
    _kill(_alive(place), signal.SIGKILL)
    connection.close()
    cluster.stop()
    with _cluster(place, durable=True) as again:
        assert _value(again, "SELECT array_agg(n ORDER BY n) FROM kept") == list(range(200))
    assert "was not properly shut down; automatic recovery" in Path(f"{cluster.data}.log").read_text()


def test_a_stale_lock_file_does_not_name_a_living_stranger(copied: Path) -> None:
    drop: dict[str, Any] = {"user": OWNER.pw_uid} if ROOT else {}
    with subprocess.Popen(["sleep", "600"], cwd="/", **drop) as stranger:
        try:
            cluster = _cluster(copied)
            stale = cluster.data / "postmaster.pid"
            stale.write_text(f"{stranger.pid}\n{cluster.data}\n")
            os.chown(stale, OWNER.pw_uid, OWNER.pw_gid)
            stale.chmod(0o600)
            assert '"postmaster.pid" already exists' in _server_program(cluster, "postgres").stderr
            with cluster:
                assert _value(cluster, "SELECT 1") == 1
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_a_cluster_killed_while_it_is_made_never_has_the_final_name(place: Path) -> None:
    program = _program(place, "cluster.start()")
    _until((place / "db.new" / "PG_VERSION").exists)
    os.killpg(program.pid, signal.SIGKILL)
    program.communicate()
    assert not (place / "db").exists()
    assert _cluster(place).status().state == "absent"
    with _cluster(place) as cluster:
        assert _value(cluster, "SELECT 1") == 1
    assert not (place / "db.new").exists()


def test_what_is_left_of_a_killed_start_is_waited_for(place: Path) -> None:
    def holders() -> list[int]:
        found: list[int] = []
        for file in Path("/proc").glob("[0-9]*/fd/*"):
            with suppress(OSError):
                if file.readlink() == place / "db.server":
                    found.append(int(file.parts[2]))
        return found

    program = _program(place, "cluster.start()")
    _until((place / "db.new" / "PG_VERSION").exists)
    os.killpg(program.pid, signal.SIGKILL)
    program.communicate()
    left = holders()
    assert left
    _kill(left, signal.SIGSTOP)
    with _refused():
        _cluster(place).start(timeout=0.5)
    assert (place / "db.new").exists()
    _kill(left, signal.SIGCONT)
    with _cluster(place) as cluster:
        assert _value(cluster, "SELECT 1") == 1


@pytest.mark.parametrize("how", ["deleted", "moved"])
def test_data_taken_away_from_a_running_server_do_not_come_back(copied: Path, how: str) -> None:
    old = _cluster(copied).start()
    server = old.status().pid
    assert server in _alive(copied)
    with psycopg.connect(old.dsn()) as connection:
        connection.execute("CREATE TABLE kept (n int)")
    (copied / "away").mkdir()
    for path in copied.glob("db*"):
        path.rename(copied / "away" / path.name)
    if how == "deleted":
        shutil.rmtree(copied / "away")
    with _cluster(copied) as new:
        old.stop()
        assert _value(new, "SELECT to_regclass('kept')") is None
        _until(lambda: server not in _alive(copied))
        assert new.status().pid in _alive(copied)
    assert not _alive(copied)


def test_a_second_start_makes_nothing_anew(copied: Path) -> None:
    with _cluster(copied) as cluster:
        before = _identity(cluster)
        with psycopg.connect(cluster.dsn()) as connection:
            connection.execute("CREATE TABLE kept (n int)")
    with cluster:
        assert _identity(cluster) == before
        assert _value(cluster, "SELECT to_regclass('kept')::text") == "kept"


# What it says


def test_a_server_that_somebody_else_started_is_left_alone(copied: Path) -> None:
    cluster = _cluster(copied)
    sockets = copied / "sockets"
    sockets.mkdir()
    os.chown(sockets, OWNER.pw_uid, OWNER.pw_gid)
    log = sockets / "log"
    _server_program(cluster, "pg_ctl", "start", "-l", log, "-o", f"-c listen_addresses= -k {sockets}")
    foreign = _alive(cluster.data)
    assert foreign
    with _refused(str(cluster.data)):
        cluster.start()
    assert set(foreign) & set(_alive(cluster.data))
    assert "lock file is invalid" not in log.read_text()
    _server_program(cluster, "pg_ctl", "stop")
    with cluster:
        assert _value(cluster, "SELECT 1") == 1


@as_root
def test_a_full_disk_is_named_and_costs_nothing(place: Path) -> None:
    disk = place / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m,mode=755", "tmpfs", disk], check=True)
    try:
        with _refused(str(disk)):
            _cluster(disk).start()
        assert not [path for path in disk.iterdir() if path.is_dir()]
        subprocess.run(["mount", "-o", "remount,size=400m", disk], check=True)
        with _cluster(disk) as cluster:
            before = _identity(cluster)
        with (disk / "filler").open("wb") as filler, suppress(OSError):
            while True:
                filler.write(bytes(1 << 20))
        with _refused(str(disk)):
            _cluster(disk).start()
        assert not _alive(disk)
        (disk / "filler").unlink()
        with cluster:
            assert _identity(cluster) == before
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def test_a_quota_is_named(place: Path) -> None:
    program = _program(place, "cluster.start()", largest=1 << 20)
    told = program.communicate()[0]
    assert program.returncode == 3
    assert "磁盘空间已满" in told and "the disk is full" in told
    assert not (place / "db").exists() and not (place / "db.new").exists()
    allowed = _program(place, "cluster.start()\ncluster.stop()", largest=1 << 30)
    assert allowed.communicate()[0] == ""
    assert allowed.returncode == 0


def test_a_missing_postgis_is_named(place: Path, copied: Path) -> None:
    """PostgreSQL finds its files relative to its programs: a copy of those sees a machine without PostGIS."""
    programs = _cluster(copied)._programs()  # pyright: ignore[reportPrivateUsage]
    share = Path(subprocess.run([programs / "pg_config", "--sharedir"], capture_output=True, text=True).stdout.strip())
    library = Path(
        subprocess.run([programs / "pg_config", "--pkglibdir"], capture_output=True, text=True).stdout.strip()
    )
    top = place / "machine"
    common = Path(os.path.commonpath([programs, share, library]))
    for folder in (share, library):
        new = top / folder.relative_to(common)
        new.mkdir(parents=True)
        for path in folder.iterdir():
            if path.name != "extension" and not path.name.startswith(("postgis", "rtpostgis")):
                (new / path.name).symlink_to(path)
    extension = top / share.relative_to(common) / "extension"
    extension.mkdir()
    for path in (share / "extension").glob("plpgsql*"):
        (extension / path.name).symlink_to(path)
    shutil.copytree(programs, top / programs.relative_to(common), symlinks=True)
    bare = str(top / programs.relative_to(common))

    fresh = place / "fresh"
    with _refused("PostGIS", "postgresql-"):
        _cluster(fresh, bin=bare).start()
    with _refused("PostGIS", "postgresql-"):
        _cluster(copied, bin=bare).start()
    assert not _alive(place)
    for path in (share / "extension").glob("postgis*"):
        (extension / path.name).symlink_to(path)
    for path in library.glob("*postgis*"):
        (top / library.relative_to(common) / path.name).symlink_to(path)
    with _cluster(fresh, bin=bare) as cluster:
        assert _value(cluster, "SELECT postgis_lib_version()")


def test_missing_and_old_programs_are_named(place: Path) -> None:
    programs = place / "programs"
    programs.mkdir()
    with _refused("initdb", "SHANHE_POSTGRES_BIN"):
        _cluster(place, bin=str(programs)).start()
    for name in ("initdb", "postgres"):
        (programs / name).write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 13.4'\n")
        (programs / name).chmod(0o755)
    with _refused("13", "15"):
        _cluster(place, bin=str(programs)).start()
    assert not (place / "db").exists()


def test_data_of_another_major_version_are_named(copied: Path) -> None:
    cluster = _cluster(copied)
    file = cluster.data / "PG_VERSION"
    before = file.read_text()
    file.write_text("9\n")
    with _refused("PostgreSQL 9", before.strip(), str(cluster.data)):
        cluster.start()
    file.write_text(before)
    with cluster:
        assert _value(cluster, "SELECT 1") == 1


@as_root
def test_data_of_another_account_are_named(copied: Path) -> None:
    cluster = _cluster(copied)
    shutil.chown(cluster.data, "nobody")
    with _refused(ACCOUNT, str(cluster.data)):
        cluster.start()
    shutil.chown(cluster.data, ACCOUNT)
    shutil.chown(cluster.data / "global" / "pg_control", "nobody")
    with _refused(ACCOUNT):
        cluster.start()
    shutil.chown(cluster.data / "global" / "pg_control", ACCOUNT)
    with cluster:
        assert _value(cluster, "SELECT 1") == 1


@as_ordinary
def test_unreadable_data_are_named(copied: Path) -> None:
    cluster = _cluster(copied)
    cluster.data.chmod(0)
    with _refused(OWNER.pw_name, str(cluster.data)):
        cluster.start()
    cluster.data.chmod(0o700)
    (cluster.data / "global" / "pg_control").chmod(0)
    with _refused(OWNER.pw_name):
        cluster.start()
    (cluster.data / "global" / "pg_control").chmod(0o600)
    copied.chmod(0o555)
    with _refused(str(copied)):
        Cluster(copied / "other", ACCOUNT).start()
    copied.chmod(0o755)
    with cluster:
        assert _value(cluster, "SELECT 1") == 1


def test_damaged_data_are_named_and_not_replaced(copied: Path) -> None:
    cluster = _cluster(copied)
    control = cluster.data / "global" / "pg_control"
    control.rename(copied / "kept")
    with _refused(str(cluster.data)):
        cluster.start()
    (copied / "kept").rename(control)
    (cluster.data / "PG_VERSION").rename(copied / "kept")
    with _refused(str(cluster.data)):
        cluster.start()
    (copied / "kept").rename(cluster.data / "PG_VERSION")
    with cluster:
        assert _value(cluster, "SELECT 1") == 1


def test_a_socket_folder_that_leads_elsewhere_is_refused(copied: Path) -> None:
    cluster = _cluster(copied)
    cluster.socket.symlink_to(copied)
    try:
        with _refused(str(cluster.socket)):
            cluster.start()
    finally:
        cluster.socket.unlink()
    with cluster:
        assert _value(cluster, "SELECT 1") == 1


def test_taken_connections_are_named_and_the_server_stays(copied: Path) -> None:
    with _cluster(copied) as cluster:
        most = _value(cluster, "SELECT current_setting('max_connections')::int")
        taken = [psycopg.connect(cluster.dsn()) for _ in range(most)]
        with _refused():
            _cluster(copied).start()
        for connection in taken:
            connection.close()
        with _cluster(copied) as second:
            assert _value(second, "SELECT 1") == 1
        assert cluster.status().state == "running"


@as_root
def test_an_account_that_cannot_run_it_is_named(place: Path) -> None:
    for account in ("root", "no-such-account"):
        with _refused(account, "SHANHE_POSTGRES_ACCOUNT"):
            Cluster(place / "db", account)


# What it is


def test_the_status_follows_the_cluster(place: Path) -> None:
    cluster = _cluster(place)
    assert (cluster.status().state, cluster.status().pid, cluster.status().size) == ("absent", None, 0)
    assert not list(place.iterdir())
    with cluster:
        status = cluster.status()
        assert (status.state, status.socket, status.data) == ("running", cluster.socket, place / "db")
        assert status.pid in _alive(place)
        assert _value(cluster, "SELECT current_setting('server_version')").startswith(status.version)
        assert status.size > 1 << 20
    assert (cluster.status().state, cluster.status().pid) == ("stopped", None)


def test_it_is_set_for_a_map_and_durable_unless_told_otherwise(copied: Path) -> None:
    names = ["jit", "wal_level", "full_page_writes", "fsync", "synchronous_commit", "data_checksums"]
    for durable, expected in ((True, ["on", "on", "on"]), (False, ["off", "off", "off"])):
        with _cluster(copied, durable=durable) as cluster, psycopg.connect(cluster.dsn()) as connection:
            found = [connection.execute("SELECT current_setting(%s)", [name]).fetchone() for name in names]
            assert found == [("off",), ("minimal",), *[(value,) for value in expected], ("on",)]
            row = connection.execute("SELECT current_user, current_database(), lower('ÄÖ')").fetchone()
            assert row == (ROLE, DATABASE, "äö")
