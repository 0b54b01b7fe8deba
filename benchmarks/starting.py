"""How long a person waits: the server's first answer, and the help of the command."""

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from benchmarks.bench import median, table

_SHANHE = Path(sys.executable).with_name("shanhe")
_PORT = 8471


def run(rows: int, repeat: int) -> str:
    """The table of waiting times."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        environment = os.environ | {"SHANHE_HOME": name, "SHANHE_PORT": str(_PORT)}
        first = _first_answer(environment)
        warm = statistics.median(_first_answer(environment) for _ in range(repeat))
    bare = median(repeat, lambda: _run(sys.executable, "-c", "import typer"))
    shown = median(max(repeat, 5), lambda: _run(str(_SHANHE), "--help"))
    return table(
        "Waiting",
        ["", "seconds"],
        [
            ("`make run` on an empty folder: cluster, schema, demo, first answer", f"{first:.2f}"),
            ("`make run` again, to the first answer of the map", f"{warm:.2f}"),
            ("`shanhe --help`", f"{shown:.2f}"),
            ("beside it: Python that only imports Typer", f"{bare:.2f}"),
        ],
        "`make run` is measured as the `shanhe serve` that it becomes once set-up has nothing to do.",
    )


def _first_answer(environment: dict[str, str]) -> float:
    """Start the server, wait for the map, stop it; returns the seconds up to the map."""
    start = time.perf_counter()
    process = subprocess.Popen([_SHANHE, "serve"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{_PORT}/", timeout=60).read()
                return time.perf_counter() - start
            except OSError:
                if process.poll() is not None:
                    raise RuntimeError(process.stderr.read().decode() if process.stderr else "") from None
                time.sleep(0.02)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
