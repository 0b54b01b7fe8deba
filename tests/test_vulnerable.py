"""The gate against packages with known vulnerabilities, over a service of our own that answers as OSV does."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
UV = ROOT / ".venv" / "uv" / "bin" / "uv"
pytestmark = pytest.mark.skipif(not UV.exists(), reason="uv is installed by make test")


@contextmanager
def service(bad: str | None) -> Iterator[str]:
    """A service that knows of a vulnerability in every version of one package."""

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            name = asked["package"]["name"]
            told: dict[str, Any] = {
                "id": "PYSEC-2000-1", "aliases": ["CVE-2000-1"], "summary": "x", "details": "x",
                "affected": [{
                    "package": {"name": name, "ecosystem": "PyPI"},
                    "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "9999"}]}],
                }],
            }  # fmt: skip
            body = json.dumps({"vulns": [told]} if name == bad else {}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
    finally:
        server.shutdown()
        server.server_close()


def gate(url: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(ROOT / "scripts" / "vulnerable.py"), "-s", "osv", "--osv-url", url]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_package_with_a_known_vulnerability_stops_the_gate() -> None:
    with service("jinja2") as url:
        done = gate(url)
    assert done.returncode == 1, done.stderr
    assert "jinja2" in done.stdout
    assert "PYSEC-2000-1 CVE-2000-1 -> 9999" in done.stdout


def test_without_one_every_pinned_package_was_looked_at() -> None:
    with service(None) as url:
        done = gate(url)
    assert done.returncode == 0, done.stderr
    pinned = (ROOT / "uv.lock").read_text().count("\n[[package]]")
    assert int(done.stdout.rpartition("looked at: ")[2].partition(",")[0]) > pinned * 0.8
    assert done.stdout.endswith("known vulnerabilities: 0\n")


def test_without_a_network_it_says_that_it_did_not_look() -> None:
    with service(None) as url:
        pass
    done = gate(url)
    assert done.returncode == 0
    assert "未检查" in done.stdout
    assert "not checked, no network" in done.stdout
