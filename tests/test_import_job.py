"""Imports as jobs: sent, checked, applied, cancelled, and taken up again after their worker was killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any
from uuid import UUID

import geopandas
import openpyxl
import psycopg
import pytest
from people import READER, client_of
from starlette.testclient import TestClient
from test_ingest import SEAT, patches, points, square

from api import import_models
from geo import import_job
from geo.database import Database
from geo.settings import settings


@pytest.fixture
def office(placed: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A database with places whose program keeps its files in a folder of its own."""
    monkeypatch.setenv("SHANHE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SHANHE_DATABASE", placed.dsn)
    settings.cache_clear()
    with Database(settings()) as database:
        yield database
    settings.cache_clear()


@pytest.fixture
def client(office: Database) -> Iterator[TestClient]:
    with client_of(office, client=("127.0.0.1", 5000)) as client:
        yield client


def written(tmp_path: Path, frame: geopandas.GeoDataFrame, name: str = "点.gpkg", **options: Any) -> Path:
    path = tmp_path / name
    frame.to_file(path, **options)
    return path


def begun(client: TestClient, *files: Path, layer: str = "hazard_point", names: tuple[str, ...] = ()) -> str:
    job = client.post(f"/api/import-jobs?layer={layer}").json()["id"]
    for place, file in enumerate(files):
        name = names[place] if names else file.name
        answer = client.put(f"/api/import-jobs/{job}/files/{name}", content=file.read_bytes())
        assert answer.status_code == 204, answer.text
    return job


def done(client: TestClient, office: Database, job: str, action: str, **wish: Any) -> import_models.ImportJob:
    answer = client.post(f"/api/import-jobs/{job}/{action}", json=wish)
    assert answer.status_code == 202, answer.text
    worked(office, job)
    return told(client, job)


def worked(office: Database, job: str) -> None:
    """What the worker does with the job; the worker itself runs where one is killed, and behind the page."""
    import_job.run(office, UUID(job), Event())


def told(client: TestClient, job: str) -> import_models.ImportJob:
    return import_models.ImportJob.model_validate_json(client.get(f"/api/import-jobs/{job}").content)


def count(office: Database) -> int:
    with office.session() as connection:
        row = connection.execute("SELECT count(*) FROM feature WHERE deleted_at IS NULL").fetchone()
    assert row is not None
    return row[0]


def test_a_file_is_checked_looked_at_applied_and_taken_back(
    client: TestClient, office: Database, tmp_path: Path
) -> None:
    job = begun(client, written(tmp_path, points(威胁人数=[10, 20, -3, 40, 50])))
    checked = done(client, office, job, "check")
    assert (checked.state, checked.report and checked.report.refused) == ("checked", 1)
    assert checked.report is not None
    assert "<svg" in checked.report.picture
    assert [each.row for each in checked.report.problems if each.severity == "error"] == [3]
    assert count(office) == 0
    assert done(client, office, job, "apply").state == "refused"
    assert count(office) == 0
    applied = done(client, office, job, "apply", partial=True)
    assert applied.report is not None
    assert (applied.state, applied.report.new, applied.report.applied) == ("applied", 4, True)
    assert count(office) == 4
    assert client.post(f"/api/imports/{applied.report.import_id}/undo").status_code == 200
    assert count(office) == 0


def test_the_marked_sheet_shows_the_row_that_is_wrong(client: TestClient, office: Database, tmp_path: Path) -> None:
    job = begun(client, written(tmp_path, points(威胁人数=[10, 20, -3, 40, 50])))
    assert client.get(f"/api/import-jobs/{job}/report.xlsx").status_code == 404
    done(client, office, job, "check")
    sheet = tmp_path / "report.xlsx"
    sheet.write_bytes(client.get(f"/api/import-jobs/{job}/report.xlsx").content)
    book = openpyxl.load_workbook(sheet)
    rows = [[cell.value for cell in row] for page in book for row in page.iter_rows()]
    assert any(-3 in row or "-3" in row for row in rows)


def test_the_marked_sheet_hides_personal_values(client: TestClient, office: Database, tmp_path: Path) -> None:
    frame = points(威胁人数=[10, 20, -3, 40, 50], 负责人手机=["13800138000"] * 5)
    job = begun(client, written(tmp_path, frame))
    done(client, office, job, "check")
    (tmp_path / "report.xlsx").write_bytes(client.get(f"/api/import-jobs/{job}/report.xlsx").content)
    cells = [cell.value for page in openpyxl.load_workbook(tmp_path / "report.xlsx") for row in page for cell in row]
    assert "***" in cells
    assert "13800138000" not in cells
    assert 20 in cells  # the control: what is not personal is shown


def test_loose_files_of_a_shapefile_are_read_together(client: TestClient, office: Database, tmp_path: Path) -> None:
    folder = tmp_path / "shp"
    folder.mkdir()
    written(folder, patches([square(), square(SEAT[0] + 0.01)]), "图斑.shp", encoding="GBK")
    (folder / "图斑.cpg").unlink()
    job = begun(client, *sorted(folder.iterdir()), layer="farmland_patch")
    applied = done(client, office, job, "apply")
    assert applied.report is not None
    assert (applied.state, applied.report.new) == ("applied", 2)


def test_of_several_tables_one_is_chosen(client: TestClient, office: Database, tmp_path: Path) -> None:
    path = written(tmp_path, points(2), layer="甲")
    points(3).to_file(path, layer="乙")
    job = begun(client, path)
    asked = done(client, office, job, "check")
    assert (asked.state, asked.tables) == ("sent", ["甲", "乙"])
    checked = done(client, office, job, "check", table="乙")
    assert checked.report is not None
    assert checked.report.new == 3


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [("a.gpkg", b"no database", "GeoPackage"), ("a.exe", b"MZ", ".exe"), ("a.csv", b"", "空")],
)
def test_a_wrong_file_fails_with_a_sentence(
    client: TestClient, office: Database, name: str, content: bytes, said: str
) -> None:
    job = client.post("/api/import-jobs?layer=hazard_point").json()["id"]
    client.put(f"/api/import-jobs/{job}/files/{name}", content=content)
    failed = done(client, office, job, "check")
    assert failed.state == "failed"
    assert failed.problem is not None
    assert said in failed.problem.text.zh
    assert failed.problem.text.zh != failed.problem.text.en


def test_names_that_lead_elsewhere_are_refused(client: TestClient, office: Database) -> None:
    job = client.post("/api/import-jobs?layer=hazard_point").json()["id"]
    for name in ("..%2F..%2Fevil.gpkg", "%2Fetc%2Fpasswd", "a%2Fb%2Fc.shp", ".hidden", "a%00b", "..", "x.gdb/../../y"):
        answer = client.put(f"/api/import-jobs/{job}/files/{name}", content=b"x")
        assert answer.status_code in {404, 405, 422}, name
    assert not [each for each in office.settings.home.rglob("*") if each.is_file()]
    assert client.put(f"/api/import-jobs/{job}/files/x.gdb/a00000001.gdbtable", content=b"x").status_code == 204


def test_what_is_too_large_is_refused_while_it_comes(
    client: TestClient, office: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(office, "settings", office.settings.model_copy(update={"upload_mb": 1}))
    job = client.post("/api/import-jobs?layer=hazard_point").json()["id"]
    answer = client.put(f"/api/import-jobs/{job}/files/a.gpkg", content=b"x" * (1 << 20) + b"y")
    assert answer.status_code == 422
    assert not [each for each in office.settings.home.rglob("*") if each.is_file()]
    assert client.put(f"/api/import-jobs/{job}/files/a.gpkg", content=b"x" * (1 << 20)).status_code == 204


def test_a_job_that_waits_is_cancelled_at_once(client: TestClient, office: Database, tmp_path: Path) -> None:
    job = begun(client, written(tmp_path, points(3)))
    client.post(f"/api/import-jobs/{job}/apply", json={})
    assert client.post(f"/api/import-jobs/{job}/apply", json={}).status_code == 409
    assert client.delete(f"/api/import-jobs/{job}").status_code == 204
    worked(office, job)
    assert told(client, job).state == "cancelled"
    assert count(office) == 0


def test_a_job_that_runs_is_cancelled_and_nothing_stays(
    client: TestClient, office: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_job, "PAUSE", 0.0)
    job = begun(client, written(tmp_path, points(3)))
    client.post(f"/api/import-jobs/{job}/apply", json={})
    noted = import_job.one

    def stopping(connection: Any, name: str, *rest: Any, **values: Any) -> Any:
        """Somebody presses cancel between two notes of how far it is."""
        if name == "import_job_note":
            client.delete(f"/api/import-jobs/{job}")
        return noted(connection, name, *rest, **values)

    monkeypatch.setattr(import_job, "one", stopping)
    worked(office, job)
    assert told(client, job).state == "cancelled"
    assert count(office) == 0
    monkeypatch.undo()
    monkeypatch.setenv("SHANHE_HOME", str(office.settings.home))
    assert done(client, office, job, "apply").state == "applied"


def test_a_worker_that_must_end_leaves_the_job_to_the_next(
    client: TestClient, office: Database, tmp_path: Path
) -> None:
    job = begun(client, written(tmp_path, points(3)))
    client.post(f"/api/import-jobs/{job}/apply", json={})
    ending = Event()
    ending.set()
    with pytest.raises(import_job.Interrupted):
        import_job.run(office, UUID(job), ending)
    assert (told(client, job).state, count(office)) == ("waiting", 0)
    worked(office, job)
    assert (told(client, job).state, count(office)) == ("applied", 3)


def test_a_job_is_taken_up_after_its_worker_was_killed(client: TestClient, office: Database, tmp_path: Path) -> None:
    many = [square(SEAT[0] + (place % 200) * 2e-4, SEAT[1] + place // 200 * 2e-4, 1e-4) for place in range(40_000)]
    job = begun(client, written(tmp_path, patches(many)), layer="farmland_patch")
    client.post(f"/api/import-jobs/{job}/apply", json={})
    command = [sys.executable, "-c", "from api.cli import main; main()", "work"]
    environment = os.environ | {"SHANHE_DATABASE": office.dsn, "SHANHE_HOME": str(office.settings.home)}

    def worker() -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, start_new_session=True)

    first = worker()
    deadline = time.monotonic() + 60
    while told(client, job).state != "running" and time.monotonic() < deadline:
        time.sleep(0.02)
    assert told(client, job).state == "running"
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert count(office) == 0
    second = worker()
    try:
        while told(client, job).state == "running" and time.monotonic() < deadline + 60:
            time.sleep(0.2)
        assert (told(client, job).state, count(office)) == ("applied", 40_000)
        with psycopg.connect(office.dsn) as connection:
            imports = connection.execute("SELECT count(*) FROM import WHERE layer = 'farmland_patch'").fetchone()
        assert imports == (1,)
    finally:
        second.terminate()
        assert second.wait(30) == 0


def test_a_defect_of_the_program_ends_the_job_with_a_sentence(
    client: TestClient, office: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = begun(client, written(tmp_path, points(3)))
    client.post(f"/api/import-jobs/{job}/apply", json={})

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(import_job, "load", broken)
    with pytest.raises(ZeroDivisionError):
        worked(office, job)
    failed = told(client, job)
    assert failed.problem is not None
    assert (failed.state, failed.problem.code) == ("failed", "job_broke")
    monkeypatch.undo()
    monkeypatch.setenv("SHANHE_HOME", str(office.settings.home))
    assert done(client, office, job, "apply").state == "applied"


def test_a_job_is_done_exactly_if_its_rows_are_stored(
    client: TestClient, office: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker breaks off right after the transaction of the import, before it can say anything more."""
    job = begun(client, written(tmp_path, points(3)))
    client.post(f"/api/import-jobs/{job}/apply", json={})

    def broken(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("geo.ingest.load.progress_sums.tidy", broken)
    with pytest.raises(ZeroDivisionError):
        worked(office, job)
    assert (told(client, job).state, count(office)) == ("applied", 3)
    worked(office, job)
    with office.session() as connection:
        assert connection.execute("SELECT count(*) FROM import").fetchone() == (1,)


def test_only_the_program_may_read_what_was_sent(client: TestClient, office: Database) -> None:
    job = client.post("/api/import-jobs?layer=hazard_point").json()["id"]
    client.put(f"/api/import-jobs/{job}/files/x.gdb/a00000001.gdbtable", content=b"x")
    assert (office.settings.home / "uploads" / job).stat().st_mode & 0o777 == 0o700


def test_old_uploads_are_forgotten_and_new_ones_kept(client: TestClient, office: Database, tmp_path: Path) -> None:
    old, new = (begun(client, written(tmp_path, points(1), f"{name}.gpkg")) for name in "ab")
    with office.session() as connection:
        connection.execute("UPDATE import_job SET changed_at = now() - interval '31 days' WHERE id = %s", [old])
    uploads = office.settings.home / "uploads"
    (uploads / "of-another-database").mkdir()
    import_job.forget_old(office)
    assert {each.name for each in uploads.iterdir()} == {new, "of-another-database"}


def test_who_may_only_look_sends_nothing(office: Database) -> None:
    with client_of(office, who=READER) as client:
        assert client.post("/api/import-jobs?layer=hazard_point").status_code == 403


def test_a_worker_that_is_told_twice_to_end_in_the_middle_of_a_question_ends_without_a_word(office: Database) -> None:
    environment = os.environ | {"SHANHE_DATABASE": office.dsn, "SHANHE_HOME": str(office.settings.home)}
    command = [sys.executable, "-c", "from api.cli import main; main()", "work"]
    with psycopg.connect(office.dsn) as holder, psycopg.connect(office.dsn, autocommit=True) as looking:
        holder.execute("LOCK TABLE procrastinate_jobs")
        worker = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        asking = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        for _ in range(600):
            if looking.execute(asking).fetchall():
                break
            time.sleep(0.05)
        else:
            pytest.fail("it asks nothing")
        for _ in range(2):
            worker.send_signal(signal.SIGTERM)
            time.sleep(0.002)
        holder.rollback()
        _, said = worker.communicate(timeout=60)
    assert (worker.returncode, said) == (0, "")
