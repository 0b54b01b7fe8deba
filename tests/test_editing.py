"""Who may change data: by the setting. tests/test_origin.py shows what pages of other origins may."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api import errors
from api.deps import Writer
from geo.settings import settings

HERE, AWAY = ("127.0.0.1", 5000), ("10.0.0.7", 5000)


@pytest.fixture(autouse=True)
def _read_anew() -> Iterator[None]:
    settings.cache_clear()
    yield
    settings.cache_clear()


def answer(client: tuple[str, int], **headers: str) -> Any:
    app = FastAPI()
    errors.install(app)

    @app.post("/api/change")
    def change(by: Writer) -> str:
        return by

    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    with TestClient(app, client=client, base_url="http://map.local:8000") as asking:
        return asking.post("/api/change", headers=sent)


@pytest.mark.parametrize(
    ("editing", "client", "status"),
    [
        ("local", HERE, 200), ("local", ("::1", 1), 200), ("local", AWAY, 403), ("local", ("unknown", 1), 403),
        ("everyone", AWAY, 200), ("nobody", HERE, 403),
    ],
)  # fmt: skip
def test_the_setting_says_who_may(
    monkeypatch: pytest.MonkeyPatch, editing: str, client: tuple[str, int], status: int
) -> None:
    monkeypatch.setenv("SHANHE_EDITING", editing)
    found = answer(client)
    assert found.status_code == status
    assert status == 200 or found.json()["code"] == "not_editable"
