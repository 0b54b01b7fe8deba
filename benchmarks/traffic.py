"""Requests over kept connections in one process: how many a second are answered, and how long each takes."""

import select
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan
from statistics import median

CLIENTS = 4
SECONDS = 5.0
_FEWEST = 20  # answers, however slow
_PIECE = 1 << 18


@dataclass(frozen=True, slots=True)
class Pace:
    """Answers a second, the seconds that half and 99 of 100 of them stayed below, and bytes of a mean answer."""

    speed: float
    half: float
    worst: float
    size: float


class _Client:
    """A connection that asks one question after the other, and reads no more of an answer than where it ends."""

    def __init__(self, port: int, questions: Sequence[bytes], first: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._questions = questions
        self._turn = first
        self.ask()

    def ask(self) -> None:
        """Send the next question."""
        self._answer = b""
        self._head = self._missing = -1
        self.size = 0
        self.since = time.perf_counter()
        self.socket.sendall(self._questions[self._turn % len(self._questions)])
        self._turn += 1

    def read(self) -> bool:
        """Take what has come; True where the answer is whole."""
        piece = self.socket.recv(_PIECE)
        if not piece:
            raise ConnectionError("the server has hung up")
        self.size += len(piece)
        if self._head < 0:
            self._answer += piece
            self._head = self._answer.find(b"\r\n\r\n")
            if self._head < 0:
                return False
            self._missing = _length(self._answer[: self._head].lower())
            piece, self._answer = self._answer[self._head + 4 :], b""
        if self._missing >= 0:
            self._missing -= len(piece)
            return self._missing == 0
        self._answer = self._answer[-5:] + piece[-5:]  # in pieces, of which the last is empty
        return self._answer.endswith(b"0\r\n\r\n")


def _length(head: bytes) -> int:
    """Bytes of the body that follows a head, -1 where it comes in pieces."""
    status = head[9:12]
    if status in (b"204", b"304"):
        return 0
    if status != b"200":
        raise AssertionError(head.decode())
    _, found, after = head.partition(b"\r\ncontent-length:")
    return int(after.partition(b"\r\n")[0]) if found else -1


def pace(port: int, paths: Sequence[str], headers: Mapping[str, str] | None = None) -> Pace:
    """What a server on this machine makes of :data:`CLIENTS` clients that ask for ``SECONDS`` without a pause."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
    questions = [f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{lines}\r\n".encode() for path in paths]
    taken: list[float] = []
    size = 0
    waiting = select.epoll()
    clients = [_Client(port, questions, place * len(paths) // CLIENTS) for place in range(CLIENTS)]
    named = {client.socket.fileno(): client for client in clients}
    for number in named:
        waiting.register(number, select.EPOLLIN)
    start = time.perf_counter()
    while (now := time.perf_counter()) < start + SECONDS or len(taken) < _FEWEST:
        for number, _ in waiting.poll(1):
            client = named[number]
            if client.read():
                taken.append(time.perf_counter() - client.since)
                size += client.size
                client.ask()
    for client in clients:
        client.socket.close()
    waiting.close()
    speed = len(taken) / (now - start)
    taken.sort()
    return Pace(speed, taken[len(taken) // 2], taken[int(len(taken) * 0.99)], size / len(taken))


def middle(paces: Sequence[Pace]) -> Pace:
    """The median of each figure; not a number where nothing was measured."""
    told = ("speed", "half", "worst", "size")
    return Pace(*(median(getattr(each, name) for each in paces) if paces else nan for name in told))
