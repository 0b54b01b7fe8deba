"""What Docker is told agrees with the settings, the packages, the set-up script and the READMEs."""

import re
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml  # pyright: ignore[reportMissingModuleSource]

from geo.postgres import OLDEST
from geo.settings import Settings

TOP = Path(__file__).resolve().parent.parent
DOCKERFILE = (TOP / "Dockerfile").read_text("utf-8")
PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))


@pytest.fixture
def services() -> dict[str, Any]:
    text = (TOP / "docker-compose.yml").read_text("utf-8")
    return yaml.safe_load(re.sub(r"\$\{\w+:-(\w+)\}", r"\1", text))["services"]


def _instruction(name: str) -> list[str]:
    return re.findall(rf"^{name} +(.+)$", DOCKERFILE, re.MULTILINE)


def test_every_variable_is_a_setting_with_a_usable_value(
    services: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = dict(re.findall(r"(SHANHE_\w+)=(\S+)", "\n".join(_instruction("ENV"))))
    chosen |= services["shanhe"]["environment"]
    assert {name.removeprefix("SHANHE_").lower() for name in chosen} <= set(Settings.model_fields)
    for name, value in chosen.items():
        monkeypatch.setenv(name, str(value))
    found = Settings(_env_file=None)  # pyright: ignore[reportCallIssue]
    assert found.host == "0.0.0.0"
    assert found.database == chosen["SHANHE_DATABASE"]


def test_the_address_of_the_database_is_that_of_its_service(services: dict[str, Any]) -> None:
    address = urlsplit(str(services["shanhe"]["environment"]["SHANHE_DATABASE"]))
    made = services["database"]["environment"]
    assert address.scheme == "postgresql"
    assert (address.hostname, address.port) == ("database", 5432)
    assert (address.username, address.password) == (made["POSTGRES_USER"], made["POSTGRES_PASSWORD"])
    assert address.path == f"/{made['POSTGRES_DB']}"
    assert "ports" not in services["database"]


def test_the_images_are_named_by_a_version_that_is_new_enough(services: dict[str, Any]) -> None:
    postgis = re.fullmatch(r"postgis/postgis:(\d+)-\d+\.\d+", services["database"]["image"])
    assert postgis
    assert int(postgis[1]) >= OLDEST
    python = re.fullmatch(r"python:(\d+)\.(\d+)-slim-\w+", _instruction("FROM")[0])
    assert python
    assert f">={python[1]}.{python[2]}" == PROJECT["project"]["requires-python"]


def test_the_page_is_at_the_port_of_the_settings_and_on_this_machine_only(services: dict[str, Any]) -> None:
    port = Settings.model_fields["port"].default
    assert services["shanhe"]["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert _instruction("EXPOSE") == [str(port)]


def test_the_program_waits_for_the_database(services: dict[str, Any]) -> None:
    assert services["shanhe"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert "--host=127.0.0.1" in services["database"]["healthcheck"]["test"]


def test_the_image_holds_the_packages_and_is_not_run_by_root() -> None:
    copied = {name for line in _instruction("COPY") for name in line.split()[:-1]}
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert {*wheel["packages"], *wheel["force-include"], "pyproject.toml", "uv.lock"} <= copied
    assert PROJECT["project"]["readme"] in copied
    assert copied == set(re.findall(r"^!(.+)$", (TOP / ".dockerignore").read_text("utf-8"), re.MULTILINE))
    assert all((TOP / name).exists() for name in copied)
    assert _instruction("USER") == ["shanhe"]
    assert _instruction("CMD") == ['["shanhe", "serve"]']
    assert "shanhe" in PROJECT["project"]["scripts"]


def test_uv_has_one_version_everywhere() -> None:
    script = (TOP / "scripts" / "setup.sh").read_text("utf-8")
    assert re.findall(r"uv==(\S+)", DOCKERFILE) == re.findall(r"^uv_version=(\S+)$", script, re.MULTILINE)


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_both_readmes_say_how_to_run_it_and_where_it_is(name: str, services: dict[str, Any]) -> None:
    text = (TOP / name).read_text("utf-8")
    assert "docker compose up" in text
    address, port, _ = services["shanhe"]["ports"][0].split(":")
    assert f"http://{address}:{port}" in text
    named = set(re.findall(r"SHANHE_([A-Z_]*[A-Z])\b", text))
    assert {field.lower() for field in named} <= set(Settings.model_fields)
    assert "SHANHE_DATABASE" in text
