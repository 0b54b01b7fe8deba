"""A worker beside the web server: started with it, started again when it dies, ended with it."""

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from threading import Event, Thread

AGAIN = 3.0
"""Seconds before a worker that died is followed by another."""


@contextmanager
def working(count: int) -> Generator[None]:
    """Keep ``count`` workers while the block runs; each is a process of its own, so that pages stay quick."""
    ending = Event()
    keepers = [Thread(target=_keep, args=(ending,), daemon=True, name="worker") for _ in range(count)]
    for keeper in keepers:
        keeper.start()
    try:
        yield
    finally:
        ending.set()
        for keeper in keepers:
            keeper.join(30)


def _keep(ending: Event) -> None:
    while not ending.is_set():
        # In a session of its own: Ctrl-C at the terminal is for the server, which ends the worker in good order.
        child = subprocess.Popen(
            [sys.executable, "-c", "from api.cli import main; main()", "work"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        while child.poll() is None and not ending.wait(0.2):
            pass
        if child.poll() is None:
            child.terminate()
            try:
                child.wait(25)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        ending.wait(AGAIN)
