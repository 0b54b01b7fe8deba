"""A process to one that reads a file and can do nothing else: limits, no network, no other file, no other program.

What a kernel lacks is left out: Linux has all of it since 5.13, macOS only the limits.
"""

import ctypes
import os
import platform
import resource
import signal
import struct
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_NEW_NETWORK, _NEW_USER = 0x40000000, 0x10000000  # linux/sched.h
_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 22, 2  # linux/prctl.h
_CREATE_RULES, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3  # linux/landlock.h
_FILE_RIGHTS = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 4: 0x7FFF, 5: 0xFFFF}  # all that each version of landlock knows
_EXECUTE = 1
_OPEN_PATH = 0x200000  # O_PATH, of Linux only

# Numbers of socket, connect, execve, execveat, ptrace, process_vm_readv, process_vm_writev, io_uring_setup, bpf.
_FORBIDDEN = {
    "x86_64": (0xC000003E, (41, 42, 59, 322, 101, 310, 311, 425, 321)),
    "aarch64": (0xC00000B7, (198, 203, 221, 281, 117, 270, 271, 425, 280)),
}
_LIBRARIES = ("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/share/zoneinfo", "/etc/ld.so.cache", "/dev/null",
              "/dev/urandom", "/proc/self", "/proc/meminfo", "/sys/devices/system/cpu")  # fmt: skip


def confine(reads: Iterable[Path], folder: Path, *, memory: int, seconds: int, written: int) -> None:
    """Let this process read ``reads``, read and write in ``folder``, and nothing more.

    ``memory`` and ``written`` (of one file) are bytes, ``seconds`` are of computing. Threads started before stay free.
    """
    _die_with_parent()
    _limit(memory, seconds, written)
    if sys.platform == "linux":
        _leave_network()
        library = ctypes.CDLL(None, use_errno=True)
        if library.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0:
            _keep_to_files(library, reads, folder)
            _forbid_calls(library)


def _die_with_parent() -> None:
    """Standard input is a pipe that nothing comes from: when its other end is closed, the kernel ends this process.

    PR_SET_PDEATHSIG would end it with the thread that started it, which may be done long before its process.
    """
    with suppress(ImportError, AttributeError, OSError):
        import fcntl

        signal.signal(signal.SIGIO, signal.SIG_DFL)
        fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) | os.O_ASYNC | os.O_NONBLOCK)
        if os.read(0, 1) == b"":
            os._exit(1)


def _limit(memory: int, seconds: int, written: int) -> None:
    """Memory is what a process writes to: libraries map far more addresses than they ever fill."""
    limits = {
        resource.RLIMIT_DATA: memory,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: written,
        resource.RLIMIT_NOFILE: 256,
        resource.RLIMIT_CORE: 0,
    }
    for kind, limit in limits.items():
        with suppress(ValueError, OSError):
            _, most = resource.getrlimit(kind)
            least = limit if most == resource.RLIM_INFINITY else min(limit, most)
            resource.setrlimit(kind, (least, least))


def _leave_network() -> None:
    """A network of its own has nothing in it, not even the loopback of the others."""
    library = ctypes.CDLL(None, use_errno=True)
    if library.unshare(_NEW_NETWORK) != 0:
        library.unshare(_NEW_USER | _NEW_NETWORK)


def _keep_to_files(library: ctypes.CDLL, reads: Iterable[Path], folder: Path) -> None:
    """Landlock: what is not named here cannot be opened, listed, made or started."""
    version = library.syscall(_CREATE_RULES, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    if version < 1:
        return
    every = _FILE_RIGHTS.get(version, _FILE_RIGHTS[5])
    # Files; from version 4 also TCP (bind, connect); from 6 abstract sockets of, and signals to, other processes.
    attributes = struct.pack("=QQQ", every, 3, 3)[: 8 if version < 4 else 16 if version < 6 else 24]
    rules = library.syscall(_CREATE_RULES, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0))
    if rules < 0:
        return
    for path in {*reads, *_program(), *map(Path, _LIBRARIES)}:
        _allow(library, rules, path, _READ_FILE | _READ_DIR)
    _allow(library, rules, folder, every & ~_EXECUTE)
    library.syscall(_RESTRICT_SELF, rules, ctypes.c_uint32(0))
    os.close(rules)


def _program() -> set[Path]:
    """Where Python, this program and its libraries are."""
    package = Path(__file__).resolve().parents[1]
    paths = {Path(entry) for entry in sys.path if entry and Path(entry).resolve() != package.parent}
    return {package, *paths, *(Path(prefix) / "lib" for prefix in (sys.prefix, sys.base_prefix))}


def _allow(library: ctypes.CDLL, rules: int, path: Path, rights: int) -> None:
    with suppress(OSError):
        opened = os.open(path, _OPEN_PATH | os.O_CLOEXEC)
        if not path.is_dir():
            rights &= ~_READ_DIR
        rule = struct.pack("=Qi", rights, opened)
        library.syscall(_ADD_RULE, rules, ctypes.c_int(1), rule, ctypes.c_uint32(0))
        os.close(opened)


def _forbid_calls(library: ctypes.CDLL) -> None:
    """Seccomp: sockets, starting programs and looking into other processes fail as not permitted."""
    architecture, numbers = _FORBIDDEN.get(platform.machine(), (0, ()))
    if not architecture:
        return
    load, equal, above, answer = 0x20, 0x15, 0x35, 0x06  # BPF_LD|W|ABS, JMP|JEQ|K, JMP|JGE|K, RET|K
    allowed, refused = 0x7FFF0000, 0x00050000 | 1  # SECCOMP_RET_ALLOW; SECCOMP_RET_ERRNO with EPERM
    last = len(numbers) + 5  # jumps count from the step after them, to the last one, which refuses
    steps = [
        (load, 0, 0, 4),  # the architecture of the call
        (equal, 0, last - 2, architecture),
        (load, 0, 0, 0),  # its number
        (above, last - 4, 0, 0x40000000),  # numbers of the x32 interface
        *((equal, last - place - 1, 0, number) for place, number in enumerate(numbers, 4)),
        (answer, 0, 0, allowed),
        (answer, 0, 0, refused),
    ]
    code = b"".join(struct.pack("=HBBI", *step) for step in steps)
    buffer = ctypes.create_string_buffer(code, len(code))
    filter_ = struct.pack("@HP", len(steps), ctypes.addressof(buffer))
    library.prctl(_SECCOMP, _FILTER, filter_, 0, 0)
