"""PostgreSQL on this machine: its programs, the settings it is started with, and its messages as sentences."""

import os
import pwd
import re
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

from geo.errors import ClusterFailed
from geo.text import Text

OLDEST = 15
FOLDERS = (  # where Debian, Red Hat and Homebrew put the programs
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "opt/homebrew/opt/postgresql@*/bin",
    "usr/local/opt/postgresql@*/bin",
)

# What PostgreSQL, the system or the cluster's own code says (in English: lc_messages is C), and what a person is told.
# The first match counts: a file that may not be read is not a damaged one.
SENTENCES: tuple[tuple[str, Text], ...] = (
    ("^programs not found", Text(
        zh="找不到 PostgreSQL 的程序 initdb 和 postgres，请安装 PostgreSQL 和 PostGIS，"
        "或用 SHANHE_POSTGRES_BIN 指定其目录",
        en="PostgreSQL's programs initdb and postgres are not found; install PostgreSQL and PostGIS, or name their"
        " folder in SHANHE_POSTGRES_BIN")),
    ("^programs too old", Text(
        zh="本机的 PostgreSQL {major} 太旧，需要 15 或更新版本",
        en="PostgreSQL {major} is too old; 15 or newer is needed")),
    ("^made by another version", Text(
        zh="{data} 由 PostgreSQL {made} 建立，本机只有 {major}，请安装 PostgreSQL {made} 及其 PostGIS",
        en="{data} was made by PostgreSQL {made} and this machine has {major}; install PostgreSQL {made} with its"
        " PostGIS")),
    ("^account is root", Text(
        zh="PostgreSQL 不能以 root 运行，请用 SHANHE_POSTGRES_ACCOUNT 指定一个普通账户",
        en="PostgreSQL refuses to run as root; name an ordinary account in SHANHE_POSTGRES_ACCOUNT")),
    ("^account is unknown", Text(
        zh="本机没有账户 {account}，请建立该账户，或用 SHANHE_POSTGRES_ACCOUNT 指定另一个",
        en="this machine has no account {account}; create it, or name another in SHANHE_POSTGRES_ACCOUNT")),
    ("^another process is busy", Text(
        zh="另一个进程正在启动或停止它，请稍后再试",
        en="another process is starting or stopping it; try again in a while")),
    ("^not ready in time", Text(
        zh="在限定时间内未能就绪，可能仍在恢复数据，请稍后再试",
        en="it was not ready in time; it may still be recovering its data, so try again in a while")),
    ("^does not stop", Text(zh="PostgreSQL 未能停止（{data}）", en="PostgreSQL does not stop ({data})")),
    ("No space left on device|Disk quota exceeded|File too large", Text(
        zh="磁盘空间已满或超出配额，请腾出空间后重新启动（{data}）",
        en="the disk is full or over its quota; make room, then start again ({data})")),
    (r"\$libdir/(postgis|rtpostgis)|extension \"postgis\" is not available|control file.*postgis", Text(
        zh="PostgreSQL {major} 未安装 PostGIS，请安装软件包 postgresql-{major}-postgis-3 或同类软件包",
        en="PostgreSQL {major} has no PostGIS; install the package postgresql-{major}-postgis-3 or its like")),
    ("files are incompatible with server", Text(
        zh="{data} 与本机的 PostgreSQL {major} 不兼容，不是由该版本建立的",
        en="{data} does not fit the PostgreSQL {major} of this machine, which did not make it")),
    ("shared memory block .* still in use|lock file .* already exists", Text(
        zh="{data} 正被另一个并非由本程序启动的 PostgreSQL 使用，请先停止它",
        en="{data} is in use by a PostgreSQL that this program did not start; stop that one first")),
    ("Permission denied|Operation not permitted|has wrong ownership", Text(
        zh="账户 {account} 无权读写 {path}，请更改其所有者或权限",
        en="account {account} may not read or write {path}; change its owner or permissions")),
    ("Read-only file system", Text(zh="{path} 所在的文件系统只读", en="the file system of {path} is read-only")),
    ("valid checkpoint record|checksum in control file|not a valid data directory|control file .*corrupt"
     "|could not open file \"[^\"]*(global|pg_control|pg_xact|pg_wal|base)", Text(
        zh="{data} 中的数据文件缺失或损坏，请从备份恢复",
        en="files in {data} are missing or damaged; restore them from a backup")),
    ("Cannot allocate memory|could not map anonymous shared memory|out of memory", Text(
        zh="内存不足，PostgreSQL 无法运行", en="there is too little memory for PostgreSQL")),
    ("too many clients|remaining connection slots", Text(
        zh="数据库连接已满，请稍后再试", en="all database connections are taken; try again in a moment")),
    ("authentication failed|role .* does not exist", Text(
        zh="账户 {account} 不能登录 {data} 中的数据库",
        en="account {account} cannot log in to the database in {data}")),
    ("", Text(zh="系统报告：{line}（{path}）", en="the system says: {line} ({path})")),
)  # fmt: skip


def explained(said: str, **known: object) -> ClusterFailed:
    """The sentence for a message; ``known`` fills its placeholders, and the last complaint is kept where none fits."""
    text = next(text for pattern, text in SENTENCES if re.search(pattern, said))
    complaints = re.findall(r"(?:FATAL|PANIC|ERROR|error): +(?!the database system is)(.+)", said)
    line = (complaints or said.strip().splitlines() or ["?"])[-1]
    told = text.format(line=line, **known)
    return ClusterFailed(reason_zh=told.zh, reason_en=told.en)


def account(name: str) -> pwd.struct_passwd:
    """Whoever runs the server: the account ``name`` where root starts it, else the user who does."""
    root = os.geteuid() == 0
    try:
        found = pwd.getpwnam(name) if root else pwd.getpwuid(os.geteuid())
    except KeyError:
        raise explained("account is unknown", account=name if root else os.geteuid()) from None
    if found.pw_uid == 0:
        raise explained("account is root")
    return found


def installed(folder: str = "") -> dict[int, Path]:
    """Folders of PostgreSQL's programs by major version: of this machine, or only ``folder``."""
    on_path = Path(shutil.which("initdb") or "/initdb").parent
    folders = [Path(folder)] if folder else [on_path, *(path for glob in FOLDERS for path in Path("/").glob(glob))]
    found: dict[int, Path] = {}
    for path in folders:
        if all(os.access(path / program, os.X_OK) for program in ("initdb", "postgres")):
            said = subprocess.run([path / "postgres", "--version"], capture_output=True, text=True, check=False).stdout
            if major := re.search(r"\(PostgreSQL\) (\d+)", said):
                found[int(major[1])] = path
    return found


def parameters(*, durable: bool) -> dict[str, object]:
    """Server settings for one county's map on this machine's memory."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    chosen: dict[str, object] = {
        "cluster_name": "shanhe",
        "lc_messages": "C",
        "max_connections": 100,
        "jit": "off",
        "shared_buffers": f"{min(max(memory // 8, 32), 1024)}MB",
        "effective_cache_size": f"{max(memory // 2, 64)}MB",
        "work_mem": "32MB",
        "maintenance_work_mem": "256MB",
        "random_page_cost": 1.1,
        "min_parallel_table_scan_size": "1MB",
        "wal_level": "minimal",  # a table filled in the transaction that makes it needs no log: imports do that
        "max_wal_senders": 0,
        "wal_compression": "on",
        "max_wal_size": "2GB",
    }
    with suppress(OSError):  # containers have 64 MB here, which one parallel hash join can fill
        shared = os.statvfs("/dev/shm")
        if shared.f_bavail * shared.f_frsize < 1 << 30:
            chosen["dynamic_shared_memory_type"] = "mmap"
    if not durable:
        chosen |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    return chosen
