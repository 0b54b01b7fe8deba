"""Secrets come from the environment or a file, and are told to nobody: not in answers, logs, help or errors."""

import itertools
import logging
import os
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

import psycopg.conninfo
import pytest
from pydantic import SecretStr, ValidationError
from starlette.testclient import TestClient

from api.app import create_app
from geo.database import Database
from geo.errors import BadValue
from geo.settings import Settings, settings

SECRET = "pw-7f3a9c-canary"
GONE = f"postgresql://nobody:{SECRET}@127.0.0.1:1/x?connect_timeout=1"
BROKEN = (f"postgresql://nobody:{SECRET} {SECRET}@", f"host=a passwort={SECRET}", f"password='{SECRET}", f"{SECRET}")


def shanhe(*arguments: str, database: str = GONE) -> str:
    """What the command says, on both channels, where the database's password is the secret."""
    environment = os.environ | {
        "SHANHE_DATABASE": database, "SHANHE_DATABASE_WEB": database, "SHANHE_OIDC_CLIENT_SECRET": SECRET
    }  # fmt: skip
    command = [sys.executable, "-c", "from api.cli import main; main()", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    return done.stdout + done.stderr


def test_no_command_tells_the_password() -> None:
    for arguments in (["--help"], ["serve", "--help"], ["db", "--help"], ["db", "status"], ["status"], ["imports"],
                      ["db", "upgrade"], ["work", "--once"]):  # fmt: skip
        said = shanhe(*arguments)
        assert said
        assert SECRET not in said, arguments
    for database in BROKEN:
        said = shanhe("status", database=database)
        assert said
        assert SECRET not in said, database


def test_psql_is_not_started_with_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    from api.cli import app

    really = subprocess.run
    started: list[tuple[list[str], dict[str, str]]] = []

    def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        if "env" not in options:  # a server that is asked for its version
            return really(command, **options)
        started.append((command, options["env"]))
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setenv("SHANHE_DATABASE", GONE)
    settings.cache_clear()
    monkeypatch.setattr(subprocess, "run", run)
    CliRunner().invoke(app, ["db", "psql", "-c", "SELECT 1"])
    settings.cache_clear()
    ((command, environment),) = started
    assert SECRET not in " ".join(command)
    assert "127.0.0.1" in " ".join(command)
    assert environment["PGPASSWORD"] == SECRET


def test_no_answer_and_no_log_tells_the_password(caplog: pytest.LogCaptureFixture, capfd: Any) -> None:
    caplog.set_level(logging.DEBUG)
    told: list[str] = []
    given = Settings(database=GONE, database_web=GONE, oidc_client_secret=SecretStr(SECRET))  # pyright: ignore
    with Database(given) as database:
        with TestClient(create_app(database), raise_server_exceptions=False) as client:
            kinds = ("application/json", "text/html")
            asked = [*itertools.product(("/health", "/api/openapi.json", "/nix"), kinds),
                     ("/", kinds[1]), ("/api/layers", kinds[0])]  # fmt: skip
            for path, accept in asked:  # the last two wait for the database in vain
                told.append(client.get(path, headers={"accept": accept, "Authorization": "Bearer shp_x"}).text)
        told.append(repr(database.settings) + str(database.settings) + repr(database))
    said = capfd.readouterr()
    everything = "".join([*told, caplog.text, said.out, said.err])
    assert "database_unavailable" in everything
    assert SECRET not in everything
    assert len(caplog.records) > 1  # the control: there is a log, and it is looked at


@pytest.mark.parametrize("database", BROKEN[:3])
def test_an_address_that_is_none_is_refused_without_it(database: str) -> None:
    with pytest.raises(psycopg.ProgrammingError) as told:
        psycopg.conninfo.conninfo_to_dict(database)
    with pytest.raises(BadValue) as refusal, Database(Settings(database=database)):  # pyright: ignore
        pass
    assert SECRET not in str(refusal.value)
    assert SECRET not in str(refusal.value.values)
    assert refusal.value.__suppress_context__
    assert told.value


def test_libpq_would_have_told_it() -> None:
    """The control: what the driver says of such an address."""
    said = []
    for database in BROKEN:
        with pytest.raises(psycopg.ProgrammingError) as told:
            psycopg.conninfo.conninfo_to_dict(database)
        said.append(str(told.value))
    assert any(SECRET in each for each in said)


def test_a_setting_that_cannot_be_read_is_not_repeated() -> None:
    with pytest.raises(ValidationError) as told:
        Settings(database=["x", SECRET], port=SECRET)  # pyright: ignore
    assert SECRET not in str(told.value)


def test_no_secret_lies_in_the_sources() -> None:
    """Passwords and keys are neither set in what is shipped nor in what starts it."""
    root = Path(__file__).resolve().parent.parent
    assert not (root / ".env").is_file() or ".env" in (root / ".gitignore").read_text("utf-8")
    for name in ("docker-compose.yml", "Dockerfile", "Makefile"):
        for line in (root / name).read_text("utf-8").splitlines():
            if "PASSWORD" in line.upper() and not line.strip().startswith("#"):
                assert "$" in line or "_FILE" in line or "secrets" in line, line


def test_a_password_that_is_typed_stands_in_no_log_and_no_answer(
    placed: Database, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    told: list[str] = []
    sent = {"data": {"name": "li", "password": SECRET}, "headers": {"origin": "http://testserver"}}
    with TestClient(create_app(placed)) as client:
        told.append(client.post("/login", **sent).text)  # pyright: ignore
        monkeypatch.setattr("geo.sign_in.sign_in", _breaks)
        with pytest.raises(ZeroDivisionError) as raised:  # what the server writes to its log
            client.post("/login", **sent)  # pyright: ignore
        told.append("".join(traceback.format_exception(raised.value)))
    assert "ZeroDivisionError" in told[1]
    assert SECRET not in "".join([*told, caplog.text])


def _breaks(*_: object, **__: object) -> None:
    raise ZeroDivisionError
