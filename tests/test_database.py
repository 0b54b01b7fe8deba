"""Connections: one pool, however many ask for it first."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from geo import database as module
from geo.database import Database


def test_many_who_ask_first_share_one_pool(empty: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    together = Barrier(8)

    class Counted(module.ConnectionPool[Any]):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            made.append(self)
            super().__init__(*arguments, **options)

    monkeypatch.setattr(module, "ConnectionPool", Counted)

    def ask(_: int) -> object:
        together.wait()
        with empty.connection() as connection:
            return connection.execute("SELECT 1").fetchone()

    with ThreadPoolExecutor(8) as many:
        assert list(many.map(ask, range(8))) == [(1,)] * 8
    assert len(made) == 1
