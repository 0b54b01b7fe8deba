"""An overlay job that is broken off: by a kill of its worker, by whoever asked, between its files and its end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from conftest import at_home
from people import asking
from starlette.testclient import TestClient
from test_parcel_batch import SEAT
from test_parcel_overlay import asked, row, told, worked

from api.routes import overlays
from geo import overlay_job
from geo.database import Database


@pytest.fixture(scope="module")
def office(make_database: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database with places and a redline whose program keeps its files in a folder of its own."""
    placed = make_database("placed")
    with psycopg.connect(placed.dsn) as connection:
        connection.execute(
            "INSERT INTO feature (layer, code, geom) VALUES ('ecological_redline', 'R1',"
            " st_makeenvelope(%(x)s - 1, %(y)s - 1, %(x)s + 1, %(y)s + 1, 4490))",
            {"x": SEAT[0], "y": SEAT[1]},
        )
    with at_home(placed, tmp_path_factory.mktemp("home")) as database:
        yield database


@pytest.fixture(scope="module")
def wang(office: Database) -> Iterator[TestClient]:
    with asking(office, "wang") as client:
        yield client


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of more than one parcel are jobs."""
    monkeypatch.setattr(overlay_job, "AT_ONCE", 1)
    monkeypatch.setattr(overlays, "AT_ONCE", 1)


def batch_of(office: Database, count: int) -> UUID:
    """A batch of wang's with so many squares side by side."""
    return row(
        office,
        "WITH made AS (INSERT INTO parcel_batch (name, created_by) VALUES ('许多', 'wang') RETURNING id), filled AS ("
        " INSERT INTO parcel (batch, place, number, geom, area_m2) SELECT made.id, n, 'P' || n, st_multi("
        "  st_makeenvelope(%s + n %% 100 * 2e-4, %s + n / 100 * 2e-4, %s + n %% 100 * 2e-4 + 1e-4,"
        "  %s + n / 100 * 2e-4 + 1e-4, 4490)), 100 FROM made, generate_series(1, %s) AS n) SELECT id FROM made",
        *SEAT, *SEAT, count,
    )[0]  # fmt: skip


def kept(office: Database, job: str) -> tuple[int, list[str]]:
    """How many results others can see, and the files of the job."""
    (results,) = row(office, "SELECT count(*) FROM overlay_result WHERE job = %s", job)
    folder = overlay_job.folder(office.settings, UUID(job))
    return results, sorted(each.name for each in folder.glob("*"))


def test_a_job_whose_worker_was_killed_keeps_nothing_and_is_done_by_the_next(
    office: Database, wang: TestClient
) -> None:
    count = 4_000
    job = asked(wang, batch_of(office, count))
    command = [sys.executable, "-c", "from api.cli import main; main()", "work"]
    environment = os.environ | {"SHANHE_DATABASE": office.dsn, "SHANHE_HOME": str(office.settings.home)}

    def worker() -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, start_new_session=True)

    first = worker()
    deadline = time.monotonic() + 60
    while not told(wang, job).done and time.monotonic() < deadline:
        time.sleep(0.02)
    first.send_signal(signal.SIGKILL)
    first.wait()
    left = told(wang, job)
    assert (left.state, 0 < left.done < count) == ("running", True), "it was in the middle of it"
    assert kept(office, job) == (0, [])
    assert wang.get(f"/api/overlay-jobs/{job}/result.xlsx").status_code == 404
    second = worker()
    try:
        while told(wang, job).state == "running" and time.monotonic() < deadline + 120:
            time.sleep(0.2)
        done = told(wang, job)
        assert (done.state, done.done, sum(done.levels.values())) == ("done", count, count)
        assert kept(office, job) == (count, ["result.gpkg", "result.xlsx"])
        assert not list((office.settings.home / "overlays").glob(f".{job}-*")), "what the first had begun to write"
    finally:
        second.terminate()
        assert second.wait(30) == 0


def test_a_job_is_cancelled_while_its_files_are_written(
    office: Database, wang: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = asked(wang, batch_of(office, 3))
    write = overlay_job._write  # pyright: ignore[reportPrivateUsage]

    def slow(*arguments: Any) -> None:
        assert wang.delete(f"/api/overlay-jobs/{job}").status_code == 204
        write(*arguments)

    monkeypatch.setattr(overlay_job, "_write", slow)
    monkeypatch.setattr(overlay_job, "PAUSE", 0)
    worked(office, job)
    assert (told(wang, job).state, kept(office, job)) == ("cancelled", (0, []))
    assert not list((office.settings.home / "overlays").glob(f"*{job}*"))


def test_files_are_given_out_only_of_a_job_that_is_done(office: Database, wang: TestClient) -> None:
    """A worker that ends after its files are in place and before the database knows leaves them for the next."""
    job = asked(wang, batch_of(office, 3))
    folder = overlay_job.folder(office.settings, UUID(job))
    folder.mkdir(parents=True)
    (folder / "result.xlsx").write_bytes(b"of a worker that is gone")
    (folder / "other").touch()
    assert wang.get(f"/api/overlay-jobs/{job}/result.xlsx").status_code == 404
    worked(office, job)
    assert wang.get(f"/api/overlay-jobs/{job}/result.xlsx").content.startswith(b"PK")
    assert kept(office, job) == (3, ["result.gpkg", "result.xlsx"])
