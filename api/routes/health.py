"""Whether the program runs, and whether it can answer."""

from api import models
from api.deps import TheDatabase, program_version
from api.router import Router
from geo.migrate import revision_of

router = Router("health")


@router.get("/health", response_model=models.Health, summary="程序在运行 / The program runs")
def health() -> models.Health:
    """不查数据库 / does not ask the database."""
    return models.Health(status="ok", version=program_version())


@router.get("/ready", response_model=models.Ready, summary="可以提供服务 / The program can answer")
def ready(database: TheDatabase) -> models.Ready:
    """数据库可用及其版本 / the database answers, and its versions."""
    with database.connection(timeout=3) as connection:
        version = connection.info.server_version
        return models.Ready(
            status="ok",
            version=program_version(),
            revision=revision_of(connection),
            postgresql=f"{version // 10000}.{version % 10000}",
        )
