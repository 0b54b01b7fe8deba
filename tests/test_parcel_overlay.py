"""Overlays of parcels: at once and as jobs, with the rights of whoever asks, cancelled, taken up again, taken away."""

import json
from collections.abc import Iterator
from threading import Event
from typing import Any
from uuid import UUID

import psycopg
import pytest
from conftest import at_home
from people import asking, header
from starlette.testclient import TestClient
from test_parcel_batch import ELSEWHERE, SEAT, TOWN, features, kept, square

from api import parcel_models as models
from api.routes import overlays
from geo import overlay_job
from geo.database import Database
from geo.import_job import Interrupted
from geo.right import Verb
from geo.viewer import NotSignedIn, acting


@pytest.fixture(scope="module")
def office(make_database: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Places with a redline over the parcels in one township and a hazard point beside them in another."""
    placed = make_database("placed")
    with psycopg.connect(placed.dsn) as connection:
        connection.execute(
            "INSERT INTO feature (layer, code, org_unit, geom) VALUES"
            " ('ecological_redline', 'R1', %s, st_setsrid(st_geomfromgeojson(%s), 4490)),"
            " ('hazard_point', 'H1', %s, st_setsrid(st_makepoint(%s, %s), 4490))",
            [TOWN, json.dumps(square(size=0.0005)), ELSEWHERE, SEAT[0] + 0.0004, SEAT[1] + 0.0004],
        )
    with at_home(placed, tmp_path_factory.mktemp("home")) as database:
        yield database


@pytest.fixture(scope="module")
def wang(office: Database) -> Iterator[TestClient]:
    with asking(office, "wang") as client:
        yield client


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of more than one parcel are jobs."""
    monkeypatch.setattr(overlay_job, "AT_ONCE", 1)
    monkeypatch.setattr(overlays, "AT_ONCE", 1)


def at_once(client: TestClient, batch: UUID, **against: Any) -> dict[str, Any]:
    answer = client.post(f"/api/parcel-batches/{batch}/overlay", json=against)
    assert answer.status_code == 200, answer.text
    models.OverlayResult.model_validate_json(answer.content)
    return answer.json()


def asked(client: TestClient, batch: UUID, **against: Any) -> str:
    answer = client.post(f"/api/parcel-batches/{batch}/overlay", json=against)
    assert answer.status_code == 202, answer.text
    return answer.json()["job"]


def worked(office: Database, job: str) -> None:
    """What the worker does with the job."""
    overlay_job.run(office, UUID(job), Event())


def told(client: TestClient, job: str) -> models.OverlayJob:
    answer = client.get(f"/api/overlay-jobs/{job}")
    assert answer.status_code == 200, answer.text
    return models.OverlayJob.model_validate_json(answer.content)


def concerned(parcel: dict[str, Any]) -> set[str]:
    return {each["layer"] for each in parcel["lists"]["concerned"]}


def row(office: Database, query: str, *values: object) -> tuple[Any, ...]:
    with psycopg.connect(office.dsn) as connection:
        found = connection.execute(query, values).fetchone()  # pyright: ignore
    assert found is not None
    return found


# --- at once ----------------------------------------------------------------------------------------------------------


def test_what_stands_against_a_parcel_comes_first_and_is_named(wang: TestClient) -> None:
    batch = kept(wang, drawing=features("下", "上"), kind="rural_housing").id
    far = kept(wang, drawing={"type": "Feature", "geometry": square(0.02), "properties": {"number": "远"}}).id
    result = at_once(wang, batch)
    assert [each["parcel"]["number"] for each in result["parcels"]] == ["下", "上"]
    first = result["parcels"][0]
    assert first["level"]["code"] == "blocked"
    assert concerned(first) == {"ecological_redline", "hazard_point"}
    assert "housing_on_ecological_redline" in {each["rule"] for each in first["verdicts"]}
    assert concerned(at_once(wang, far)["parcels"][0]) == set()


def test_a_drawing_is_overlaid_and_nothing_is_stored(office: Database, wang: TestClient) -> None:
    before = row(office, "SELECT count(*) FROM parcel_batch")
    answer = wang.post("/api/overlay", json={"geometry": square(), "layers": ["ecological_redline"]})
    assert answer.status_code == 200, answer.text
    assert concerned(answer.json()["parcels"][0]) == {"ecological_redline"}
    assert answer.json()["parcels"][0]["id"] is None
    assert row(office, "SELECT count(*) FROM parcel_batch") == before


WRONG: dict[str, dict[str, Any]] = {
    "an unknown layer": {"geometry": square(), "layers": ["nothing"]},
    "an unknown layer nearby": {"geometry": square(), "within_m": {"nothing": 10}},
    "neither": {},
    "both": {"geometry": square(), "features": [{"geometry": square()}]},
    "a line": {"geometry": {"type": "LineString", "coordinates": [SEAT, (103, 29)]}},
    "nothing in it": {"features": [{}]},
    "a distance below zero": {"geometry": square(), "within_m": {"hazard_point": -1}},
    "a day out of reach": {"geometry": square(), "as_of": "1000-01-01"},
}


@pytest.mark.parametrize("what", WRONG)
def test_what_cannot_be_overlaid_is_refused_with_a_sentence(wang: TestClient, what: str) -> None:
    answer = wang.post("/api/overlay", json=WRONG[what])
    assert answer.status_code in (404, 422), answer.text
    assert answer.json()["detail_zh"]


def test_more_parcels_than_are_answered_at_once_are_refused(small: None, wang: TestClient) -> None:
    answer = wang.post("/api/overlay", json={"features": features("1", "2")["features"]})
    assert (answer.status_code, answer.json()["code"]) == (422, "too_many_parcels")


def test_who_reads_a_shared_batch_sees_what_their_own_rights_show(office: Database, wang: TestClient) -> None:
    batch = kept(wang, drawing=features("共"), shared=True).id
    assert concerned(at_once(wang, batch)["parcels"][0]) == {"ecological_redline", "hazard_point"}
    with asking(office, "zhao", (("planner", ELSEWHERE),)) as zhao:
        found = at_once(zhao, batch)["parcels"][0]
    assert concerned(found) == {"hazard_point"}
    assert "R1" not in json.dumps(found)


def test_a_small_overlay_is_taken_away_as_a_file_and_noted(office: Database, wang: TestClient) -> None:
    batch = kept(wang, drawing=features("表")).id
    for ending, begins in (("xlsx", b"PK"), ("gpkg", b"SQLite format 3")):
        answer = wang.get(f"/api/parcel-batches/{batch}/overlay.{ending}?layers=ecological_redline")
        assert answer.status_code == 200, answer.text
        assert answer.content.startswith(begins)
    with asking(office, "root", (("administrator", None),)) as root:
        answer = root.get(f"/api/parcel-batches/{batch}/overlay.xlsx")
        assert answer.status_code == 403, "who may not take anything away"
    noted = row(office, "SELECT count(*) FROM audit_event WHERE action = 'overlay.export' AND actor = 'wang'")
    assert noted[0] >= 2


# --- as a job ---------------------------------------------------------------------------------------------------------


def test_a_job_finds_what_is_found_at_once(office: Database, wang: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = kept(wang, drawing=features("1", "2", "3"), kind="rural_housing").id
    expected = at_once(wang, batch)["parcels"]
    with monkeypatch.context() as patch:
        patch.setattr(overlays, "AT_ONCE", 1)
        job = asked(wang, batch)
    assert told(wang, job).state == "waiting"
    assert wang.get(f"/api/overlay-jobs/{job}/result.xlsx").status_code == 404, "it is not done yet"
    worked(office, job)
    done = told(wang, job)
    assert (done.state, done.done, done.whole, sum(done.levels.values())) == ("done", 3, 3, 3)
    pages = [wang.get(f"/api/overlay-jobs/{job}/result?limit=2&offset={offset}").json() for offset in (0, 2)]
    assert [page["next"] for page in pages] == [2, None]
    assert [*pages[0]["parcels"], *pages[1]["parcels"]] == expected
    assert wang.get(f"/api/overlay-jobs/{job}/result.xlsx").content.startswith(b"PK")
    assert wang.get(f"/api/overlay-jobs/{job}/result.gpkg").content.startswith(b"SQLite format 3")
    assert row(office, "SELECT hash FROM overlay_job WHERE id = %s", job) == (None,), "its secret ends with it"


@pytest.mark.usefixtures("small")
def test_a_job_acts_with_the_rights_of_who_asked_and_is_theirs_alone(office: Database, wang: TestClient) -> None:
    batch = kept(wang, drawing=features("1", "2"), shared=True).id
    with asking(office, "zhao", (("planner", ELSEWHERE),)) as zhao:
        theirs = asked(zhao, batch)
        worked(office, theirs)
        found = zhao.get(f"/api/overlay-jobs/{theirs}/result").text
        assert "H1" in found
        assert "R1" not in found
        assert zhao.get(f"/api/parcel-batches/{batch}").json()["overlay"]["job"] == theirs
    for address in ("", "/result", "/result.xlsx"):
        assert wang.get(f"/api/overlay-jobs/{theirs}{address}").status_code == 404
    assert wang.delete(f"/api/overlay-jobs/{theirs}").status_code == 404
    assert wang.get(f"/api/parcel-batches/{batch}").json()["overlay"] is None
    own = asked(wang, batch)
    worked(office, own)
    assert "R1" in wang.get(f"/api/overlay-jobs/{own}/result").text, "the control"


@pytest.mark.usefixtures("small")
def test_a_job_may_no_more_than_the_token_it_was_asked_with(office: Database, wang: TestClient) -> None:
    header(office, "qian", (("planner", None),), verbs=["download"])
    batch = kept(wang, drawing=features("1", "2"), shared=True).id
    with asking(office, "qian") as qian:
        assert qian.post(f"/api/parcel-batches/{batch}/overlay", json={}).status_code == 403
    job = asked(wang, batch)
    verbs = row(office, "SELECT verbs FROM overlay_job WHERE id = %s", job)[0]
    assert set(verbs) == {"view", "download"}


@pytest.mark.usefixtures("small")
def test_a_job_of_an_account_that_was_disabled_fails_and_finds_nothing(office: Database, wang: TestClient) -> None:
    batch = kept(wang, drawing=features("1", "2"), shared=True).id
    with asking(office, "gone") as gone:
        job = asked(gone, batch)
    with psycopg.connect(office.dsn) as connection:
        connection.execute("UPDATE account SET disabled_at = now() WHERE name = 'gone'")
    worked(office, job)
    assert row(office, "SELECT state, problem ->> 'code' FROM overlay_job WHERE id = %s", job) == (
        "failed", "not_signed_in",
    )  # fmt: skip
    assert row(office, "SELECT count(*) FROM overlay_result WHERE job = %s", job) == (0,)


@pytest.mark.usefixtures("small")
def test_a_cancelled_job_leaves_nothing(office: Database, wang: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = kept(wang, drawing=features("1", "2")).id
    waiting = asked(wang, batch)
    assert wang.delete(f"/api/overlay-jobs/{waiting}").status_code == 204
    worked(office, waiting)
    assert told(wang, waiting).state == "cancelled"
    running = asked(wang, batch)
    overlay = overlay_job.overlay

    def slow(*arguments: Any, **more: Any) -> Any:
        for place, each in enumerate(overlay(*arguments, **more)):
            if place == 1:
                assert wang.delete(f"/api/overlay-jobs/{running}").status_code == 204
            yield each

    monkeypatch.setattr(overlay_job, "overlay", slow)
    monkeypatch.setattr(overlay_job, "PAUSE", 0)
    monkeypatch.setattr(overlay_job, "_BLOCK", 1)
    worked(office, running)
    assert told(wang, running).state == "cancelled"
    assert row(office, "SELECT count(*) FROM overlay_result WHERE job = %s", running) == (0,)
    assert not (overlay_job.folder(office.settings, UUID(running)) / "result.xlsx").exists()


@pytest.mark.usefixtures("small")
def test_a_job_that_was_interrupted_waits_and_is_done_by_the_next_worker(office: Database, wang: TestClient) -> None:
    job = asked(wang, kept(wang, drawing=features("1", "2")).id)
    ending = Event()
    ending.set()
    with pytest.raises(Interrupted):
        overlay_job.run(office, UUID(job), ending)
    assert told(wang, job).state == "waiting"
    worked(office, job)
    worked(office, job)  # a job that is done is not done again
    assert (told(wang, job).state, len(wang.get(f"/api/overlay-jobs/{job}/result").json()["parcels"])) == ("done", 2)


@pytest.mark.usefixtures("small")
def test_nobody_has_more_jobs_under_way_than_are_worked_on(office: Database, wang: TestClient) -> None:
    batch = kept(wang, drawing=features("1", "2"), shared=True).id
    with asking(office, "sun") as sun:
        jobs = [asked(sun, batch) for _ in range(overlay_job.MOST_WAITING)]
        answer = sun.post(f"/api/parcel-batches/{batch}/overlay", json={})
        assert (answer.status_code, answer.json()["code"]) == (409, "too_many_overlays")
        assert sun.delete(f"/api/overlay-jobs/{jobs[0]}").status_code == 204
        asked(sun, batch)


@pytest.mark.usefixtures("small")
def test_neither_the_secret_of_a_job_nor_its_rights_are_for_a_request(office: Database, wang: TestClient) -> None:
    job = asked(wang, kept(wang, drawing=features("1", "2")).id)
    for attack in (
        "SELECT hash FROM overlay_job",
        "UPDATE overlay_job SET verbs = '{administer}'",
        "UPDATE overlay_job SET hash = 'x'",
        "UPDATE overlay_job SET created_by = 'root'",
        "INSERT INTO overlay_result (job, place, weight, told) SELECT id, 1, 0, '{}' FROM overlay_job",
    ):
        with pytest.raises(Exception, match=r"权限|[Nn]ot permitted"):  # noqa: SIM117 - what refuses is inside
            with acting("shp_wang"), office.connection(Verb.VIEW) as connection:
                connection.execute(attack)  # pyright: ignore
    with acting("shp_wang"), office.connection(Verb.VIEW) as connection:
        assert connection.execute("SELECT state FROM overlay_job WHERE id = %s", [job]).fetchone() == ("waiting",)


def test_the_secret_of_a_job_opens_nothing_once_it_is_done(office: Database, wang: TestClient) -> None:
    job = row(
        office,
        "INSERT INTO overlay_job (batch, as_of, language, state, verbs, hash, created_by) SELECT id, now(), 'zh',"
        " 'running', '{view}', encode(sha256('shj_1'), 'hex'), 'wang' FROM parcel_batch LIMIT 1 RETURNING id",
    )[0]
    with acting("shj_1"), office.connection() as connection:
        assert connection.execute("SELECT viewer_name()").fetchone() == ("wang",), "the control"
    with psycopg.connect(office.dsn) as connection:
        connection.execute("UPDATE overlay_job SET state = 'done', hash = NULL WHERE id = %s", [job])
    with pytest.raises(NotSignedIn), acting("shj_1"), office.connection():
        pass
