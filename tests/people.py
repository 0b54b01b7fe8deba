"""People for tests: an account with the roles that are asked for, and the header of a token of its own."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
import uvicorn
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from api.app import create_app
from geo.database import Database
from geo.viewer import NotSignedIn, Viewer, acting, secret_hash, viewer

EVERYTHING = (("officer", None), ("manager", None), ("planner", None), ("administrator", None))


def header(
    database: Database, name: str = "web", grants: Sequence[tuple[str, str | None]] = EVERYTHING, **more: Any
) -> dict[str, str]:
    """The header of a request by an account with some roles, each in a place; the account is made where there is none.

    ``layers`` and ``verbs`` narrow the grants and the token.
    """
    secret = f"shp_{name}"
    with psycopg.connect(database.dsn) as connection:
        connection.execute("INSERT INTO account (name) VALUES (%s) ON CONFLICT (name) DO NOTHING", [name])
        for role, org_unit in grants:
            connection.execute(
                "INSERT INTO role_grant (account, role, org_unit, layers)"
                " SELECT id, %s, %s, %s FROM account WHERE name = %s"
                " ON CONFLICT ON CONSTRAINT role_grant_once DO UPDATE SET layers = excluded.layers",
                [role, org_unit, more.get("layers"), name],
            )
        connection.execute(
            "INSERT INTO token (account, hash, expires_at, verbs)"
            " SELECT id, %s, now() + interval '1 day', %s FROM account WHERE name = %s ON CONFLICT (hash) DO NOTHING",
            [secret_hash(secret), more.get("verbs"), name],
        )
    return {"Authorization": f"Bearer {secret}"}


def session(database: Database, name: str = "web", grants: Sequence[tuple[str, str | None]] = EVERYTHING) -> str:
    """The Cookie header of a browser that an account of :func:`header` is signed in with."""
    header(database, name, grants)
    with psycopg.connect(database.dsn) as connection:
        connection.execute(
            "INSERT INTO session (hash, account, idle, expires_at)"
            " SELECT %s, id, interval '1 hour', now() + interval '1 day' FROM account WHERE name = %s"
            " ON CONFLICT (hash) DO NOTHING",
            [secret_hash(f"s_{name}"), name],
        )
    return f"shanhe_session=s_{name}"


def client_of(database: Database, *, who: dict[str, Any] | None = None, **options: Any) -> TestClient:
    """The program over HTTP, asked by an account of :func:`header`, which ``who`` describes."""
    return TestClient(create_app(database), headers=header(database, **(who or {})), **options)


def asking(
    database: Database, name: str, grants: Sequence[tuple[str, str | None]] = (("planner", None),)
) -> TestClient:
    """An account of this machine over HTTP; a planner unless something else is said."""
    return client_of(database, who={"name": name, "grants": grants}, client=("127.0.0.1", 5000))


def signed_in(database: Database, **who: Any) -> ASGIApp:
    """The program, to be served to browsers that are signed in from the start as an account of :func:`header`."""
    app = create_app(database)
    sent = (b"authorization", header(database, **who)["Authorization"].encode())

    async def asked(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = {**scope, "headers": [*scope["headers"], sent]}
        await app(scope, receive, send)

    return asked


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """An application on a port of this machine, for browsers; its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="on"))
    running = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    running.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    running.join(20)


def whose(database: Database, secret: str) -> Viewer | None:
    """Who acts with a secret; None where it is nobody's."""
    try:
        with acting(secret), database.connection() as connection:
            return viewer(connection)
    except NotSignedIn:
        return None


READER: dict[str, Any] = {"name": "reader", "grants": (("planner", None),)}
"""Somebody who sees everything and may change nothing."""
