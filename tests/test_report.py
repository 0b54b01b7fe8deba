"""Reports from the field: kept once, waiting, approved or returned; what waits counts for nothing."""

import itertools
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import PIL.Image
import psycopg
import pytest
from people import client_of, header

from geo import photo, report, review
from geo.database import Connection, Database
from geo.edit import FeatureInUse, delete
from geo.errors import BadValue, NotFound
from geo.ingest.choice import Choice
from geo.ingest.load import load
from geo.ingest.undo import NotUndone, undo
from geo.layers import layer
from geo.report import AlreadyJudged, AlreadyReached, ReportTaken, Sent, Wanted
from geo.review import Of
from geo.right import ROLES, Verb
from geo.settings import today
from geo.viewer import NotAllowed, acting

TOWN, OTHER = "511132100", "511132101"
ZONE = ZoneInfo("Asia/Shanghai")
PEOPLE: dict[str, tuple[tuple[str, str | None], ...]] = {
    "officer": (("officer", TOWN),),
    "neighbour": (("officer", OTHER),),
    "manager": (("manager", None),),
    "townmanager": (("manager", TOWN),),
    "planner": (("planner", None),),
    "administrator": (("administrator", None),),
    "nothing": (),
}
A, B = UUID(int=1), UUID(int=2)
"""A household in the officer's township, and one in the other."""


@pytest.fixture
def office(placed: Database) -> Database:
    with psycopg.connect(placed.dsn) as connection:
        connection.execute(
            "INSERT INTO feature (layer, id, code, org_unit, starts_on, geom) VALUES"
            " ('relocation_household', %s, 'A', %s, '2024-01-01', st_setsrid(st_point(103.3, 29.2), 4490)),"
            " ('relocation_household', %s, 'B', %s, '2024-01-01', st_setsrid(st_point(103.4, 29.2), 4490))",
            [A, TOWN, B, OTHER],
        )
    for name, grants in PEOPLE.items():
        header(placed, name, grants)
    return placed


@contextmanager
def by(database: Database, name: str, verb: Verb = Verb.VIEW) -> Iterator[Connection]:
    with acting(f"shp_{name}"), database.connection(verb) as connection:
        yield connection


def send(database: Database, name: str = "officer", feature: UUID = A, **more: Any) -> UUID:
    number = uuid4()
    with by(database, name) as connection:
        sent = Sent(**{"feature": feature, "seen_on": date(2024, 5, 1), "milestone": "signed"} | more)
        assert report.send(connection, number, sent, by=name)
    return number


def judge(database: Database, number: UUID, name: str = "manager", reason: str | None = None) -> int:
    with by(database, name, Verb.APPROVE) as connection:
        if reason is None:
            return review.approve(connection, Of(report=number), by=name)
        return review.give_back(connection, Of(report=number), by=name, reason=reason)


def counted(database: Database, milestone: str = "signed", unit: str = TOWN) -> tuple[int, int]:
    """Households that reached a milestone by the kept sums, and by the records; they must agree."""
    query = (
        "SELECT coalesce(sum(value), 0)::int FROM {} WHERE org_unit = %s AND layer = 'relocation_household'"
        " AND measure = 'households' AND stage = %s"
    )
    with psycopg.connect(database.dsn) as connection:
        found = []
        for relation in ("progress_sum", "progress_truth"):
            told = connection.execute(
                psycopg.sql.SQL(query).format(psycopg.sql.Identifier(relation)),
                [unit, milestone],  # pyright: ignore
            ).fetchone()
            found.append(told[0] if told else 0)
    assert found[0] == found[1]
    return found[0]


def state(database: Database, number: UUID) -> str:
    with by(database, "planner") as connection:
        return report.one(connection, number)["state"]


# --- what counts


def test_a_report_counts_only_once_it_is_approved(office: Database) -> None:
    number = send(office)
    assert (state(office, number), counted(office)) == ("pending", 0)
    assert judge(office, number) == 1
    assert (state(office, number), counted(office)) == ("approved", 1)


def test_a_returned_report_never_counts_and_says_why(office: Database) -> None:
    number = send(office)
    judge(office, number, reason="照片看不清")
    with by(office, "officer") as connection:
        told = report.one(connection, number)
    assert (told["state"], told["judgement"], told["judged_by"]) == ("returned", "照片看不清", "manager")
    assert counted(office) == 0
    again = send(office)
    judge(office, again)
    assert counted(office) == 1


def test_an_approved_report_takes_the_place_of_what_was_on_record(office: Database) -> None:
    first, second = send(office), send(office, seen_on=date(2024, 6, 1))
    judge(office, first)
    judge(office, second)
    assert counted(office) == 1
    assert (state(office, first), state(office, second)) == ("revoked", "approved")


def test_a_visit_without_a_milestone_is_only_noted(office: Database) -> None:
    number = send(office, milestone=None, note="没有变化")
    assert state(office, number) == "noted"
    with pytest.raises(NotFound):
        judge(office, number)


def test_nobody_judges_twice(office: Database) -> None:
    number = send(office)
    judge(office, number)
    for reason in (None, "太晚了"):
        with pytest.raises(AlreadyJudged, match="manager"):
            judge(office, number, "townmanager", reason)
    assert counted(office) == 1


def test_a_reason_is_needed_to_return(office: Database) -> None:
    number = send(office)
    for reason in ("", " ", "x", "很" * 401):
        with pytest.raises(BadValue):
            judge(office, number, reason=reason)
    assert state(office, number) == "pending"


def test_many_managers_at_once_leave_one_record(office: Database) -> None:
    numbers = [send(office, seen_on=date(2024, 5, day)) for day in range(1, 13)]

    def approve(number: UUID) -> int:
        return judge(office, number, "manager" if number.int % 2 else "townmanager")

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(approve, numbers)) == 12
    assert counted(office) == 1
    assert sorted(state(office, number) for number in numbers) == ["approved"] + ["revoked"] * 11


def test_two_who_judge_the_same_report_at_once_are_one_winner(office: Database) -> None:
    for _ in range(10):
        number = send(office, seen_on=date(2024, 5, 1) + timedelta(days=_))

        def attempt(name: str, number: UUID = number) -> str:
            try:
                judge(office, number, name, None if name == "manager" else "不对")
            except AlreadyJudged:
                return "late"
            return "won"

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(attempt, ["manager", "townmanager"])) == ["late", "won"]
    counted(office)


# --- who may


def test_who_may_report_and_who_may_approve_where(office: Database) -> None:
    """Everybody x report, approve, return x own and foreign township."""
    wrong, tried = [], 0
    for name, (feature, unit) in itertools.product(PEOPLE, ((A, TOWN), (B, OTHER))):
        roles = [role for role, place in PEOPLE[name] if place in (None, unit)]
        for act, verb in (("report", Verb.EDIT), ("approve", Verb.APPROVE), ("return", Verb.APPROVE)):
            tried += 1
            may = any(verb in ROLES[role].verbs for role in roles)
            try:
                if act == "report":
                    send(office, name, feature, seen_on=date(2024, 1, 1) + timedelta(tried))
                else:
                    author = "officer" if feature == A else "neighbour"
                    number = send(office, author, feature, seen_on=date(2025, 1, 1) + timedelta(tried))
                    judge(office, number, name, None if act == "approve" else "不对")
                did = True
            except (NotAllowed, NotFound):
                did = False
            if did != may:
                wrong.append((name, act, unit))
    assert (tried, wrong) == (len(PEOPLE) * 6, [])


@pytest.mark.parametrize(
    "act",
    [
        "INSERT INTO milestone (layer, feature, milestone, reached_on, recorded_by)"
        " VALUES ('relocation_household', %s, 'paid', '2024-01-01', 'officer')",
        "INSERT INTO milestone (layer, feature, milestone, reached_on, state, recorded_by)"
        " VALUES ('relocation_household', %s, 'paid', '2024-01-01', 'approved', 'officer')",
        "UPDATE milestone SET state = 'approved', judged_at = now(), judged_by = 'manager' WHERE feature = %s",
    ],
)
def test_whoever_edits_cannot_make_a_milestone_count(office: Database, act: str) -> None:
    send(office)
    with pytest.raises(NotAllowed), by(office, "officer") as connection:
        connection.execute(act, [A])  # pyright: ignore
    assert counted(office) == counted(office, "paid") == 0
    with by(office, "manager") as connection:  # the control: the statement itself is sound
        connection.execute(act, [A])  # pyright: ignore
    assert counted(office) + counted(office, "paid") == 1


def test_nobody_reports_in_anothers_name(office: Database) -> None:
    put = (
        "INSERT INTO report (id, layer, feature, seen_on, recorded_by) VALUES (%s, 'relocation_household', %s, %s, %s)"
    )
    with pytest.raises(NotAllowed), by(office, "officer") as connection:
        connection.execute(put, [uuid4(), A, date(2024, 1, 1), "manager"])
    with by(office, "officer") as connection:
        connection.execute(put, [uuid4(), A, date(2024, 1, 1), "officer"])


def test_reports_and_photographs_of_a_foreign_township_are_not_there(office: Database) -> None:
    number = send(office, photographs=1)
    with by(office, "officer") as connection:
        report.photograph(connection, number, 1, photo.read(picture(), ZONE), by="officer")
    with by(office, "neighbour") as connection:
        assert json.loads(report.page(connection, Wanted(), limit=10))["matched"] == 0
        for ask in (lambda: report.one(connection, number), lambda: report.picture(connection, number, 1)):
            with pytest.raises(NotFound):
                ask()
    with by(office, "planner") as connection:
        assert report.picture(connection, number, 1).startswith(b"\xff\xd8")


def test_a_judged_milestone_is_history(office: Database) -> None:
    number = send(office)
    judge(office, number, reason="不对")
    with psycopg.connect(office.dsn) as connection:
        for change in ("state = 'approved'", "judgement = 'x'", "judged_by = 'x'", "report = NULL"):
            with pytest.raises(psycopg.errors.IntegrityConstraintViolation), connection.transaction():
                connection.execute(f"UPDATE milestone SET {change} WHERE report = %s", [number])  # pyright: ignore


# --- sent over a poor line


def test_the_same_report_sent_again_is_kept_once(office: Database) -> None:
    number, sent = uuid4(), Sent(A, date(2024, 5, 1), "signed", "好", 103.3, 29.2, 8.5, 2)

    def put(_: int) -> bool:
        with by(office, "officer") as connection:
            return report.send(connection, number, sent, by="officer")

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(put, range(24))) == 1
    judge(office, number)
    assert put(0) is False, "also after it was approved"
    with by(office, "planner") as connection:
        assert json.loads(report.page(connection, Wanted(), limit=10))["matched"] == 1


@pytest.mark.parametrize("other", [Sent(A, date(2024, 5, 2), "signed"), Sent(A, date(2024, 5, 1), None)])
def test_another_report_with_the_same_id_is_refused(office: Database, other: Sent) -> None:
    number = send(office)
    for name in ("officer", "neighbour"):
        with pytest.raises((ReportTaken, NotAllowed, NotFound)), by(office, name) as connection:
            report.send(connection, number, other, by=name)


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        (Sent(A, today() + timedelta(days=2), "signed"), BadValue),  # midnight may come before it is asked
        (Sent(A, date(2024, 5, 1), "no_such"), BadValue),
        (Sent(UUID(int=9), date(2024, 5, 1), "signed"), NotFound),
        (Sent(B, date(2024, 5, 1), "signed"), NotFound),
    ],
)
def test_what_cannot_be_so_is_refused(office: Database, sent: Sent, error: type[Exception]) -> None:
    with pytest.raises(error), by(office, "officer") as connection:
        report.send(connection, uuid4(), sent, by="officer")


def test_what_is_on_record_with_this_day_is_not_reported_again(office: Database) -> None:
    judge(office, send(office))
    with pytest.raises(AlreadyReached, match="2024-05-01"):
        send(office)
    send(office, seen_on=date(2024, 5, 2))


def test_a_report_is_withdrawn_by_its_author_until_it_is_judged(office: Database) -> None:
    number = send(office)
    with pytest.raises(NotFound), by(office, "manager") as connection:
        report.withdraw(connection, number, by="manager")
    with by(office, "officer") as connection:
        report.withdraw(connection, number, by="officer")
    assert state(office, number) == "withdrawn"
    with pytest.raises(AlreadyJudged):
        judge(office, number)
    approved = send(office)
    judge(office, approved)
    with pytest.raises(AlreadyJudged, match="manager"), by(office, "officer") as connection:
        report.withdraw(connection, approved, by="officer")
    assert counted(office) == 1


def test_pages_of_reports_lose_none_and_repeat_none(office: Database) -> None:
    sent = {str(send(office, seen_on=date(2024, 1, 1) + timedelta(days=day))) for day in range(23)}
    seen: list[str] = []
    before: UUID | None = None
    while True:
        with by(office, "officer") as connection:
            page = json.loads(report.page(connection, Wanted(), limit=5, before=before))
        seen += [each["id"] for each in page["reports"]]
        send(office, milestone=None)  # what comes in meanwhile is newer, and on no later page
        if page["next"] is None:
            break
        before = UUID(page["next"])
    assert (len(seen), set(seen)) == (23, sent)


# --- photographs


def picture(kind: str = "JPEG", size: tuple[int, int] = (300, 200), **exif: Any) -> bytes:
    """A photograph, dark on the left; ``exif`` has orientation, taken, offset, gps."""
    drawn = PIL.Image.new("RGB", size, "white")
    drawn.paste("black", (0, 0, size[0] // 2, size[1]))
    noted = PIL.Image.Exif()
    if "orientation" in exif:
        noted[0x0112] = exif["orientation"]
    for tag, name in ((0x9003, "taken"), (0x9011, "offset")):
        if name in exif:
            noted.get_ifd(0x8769)[tag] = exif[name]
    noted.get_ifd(0x8825).update(exif.get("gps", {}))
    written = BytesIO()
    drawn.save(written, kind, exif=noted)
    return written.getvalue()


PLACE = {1: "N", 2: (29.0, 12.0, 30.0), 3: "E", 4: (103.0, 18.0, 0.0), 17: 271.25}


def test_a_photograph_says_when_where_and_whither_and_then_holds_nothing_of_it() -> None:
    kept = photo.read(picture(taken="2024:05:01 10:20:30", gps=PLACE, size=(4000, 3000)), ZONE)
    assert (kept.width, kept.height) == (2048, 1536)
    assert kept.taken_at is not None
    assert kept.taken_at.isoformat() == "2024-05-01T10:20:30+08:00"
    assert (kept.position, kept.bearing) == ((103.3, 29.2083333), 271.2)
    for content in (kept.content, kept.thumbnail):
        opened = PIL.Image.open(BytesIO(content))
        assert (opened.format, len(opened.getexif())) == ("JPEG", 0)
    assert len(kept.thumbnail) < len(kept.content)


@pytest.mark.parametrize(("orientation", "dark"), [(1, (1, 50)), (3, (98, 50)), (6, (50, 1)), (8, (50, 98))])
def test_a_photograph_is_turned_upright(orientation: int, dark: tuple[int, int]) -> None:
    kept = photo.read(picture(orientation=orientation), ZONE)
    opened = PIL.Image.open(BytesIO(kept.content)).convert("L")
    assert opened.size == ((300, 200) if orientation in (1, 3) else (200, 300))
    at = [side * share // 100 for side, share in zip(opened.size, dark, strict=True)]
    assert opened.getpixel((at[0], at[1])) < 60  # pyright: ignore
    assert opened.getpixel((opened.size[0] - 1 - at[0], opened.size[1] - 1 - at[1])) > 200  # pyright: ignore


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_every_usual_kind_of_photograph_is_kept(kind: str) -> None:
    assert photo.read(picture(kind), ZONE).width == 300


@pytest.mark.parametrize(
    "gps",
    [
        {},
        {1: "N", 2: (29.0, 12.0, 30.0)},
        {1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)},
        {1: "N", 2: (99.0, 0.0, 0.0), 3: "E", 4: (103.0, 0.0, 0.0)},
        {1: "N", 2: 29.0, 3: "E", 4: 103.0},
    ],
)
def test_what_a_camera_noted_wrongly_is_left_out(gps: dict[int, Any]) -> None:
    kept = photo.read(picture(gps=gps, taken="0000:00:00 00:00:00"), ZONE)
    assert (kept.position, kept.taken_at) == (None, None)


def test_a_time_with_a_zone_of_its_own_is_that_time() -> None:
    kept = photo.read(picture(taken="2024:05:01 10:20:30", offset="+07:00"), ZONE)
    assert kept.taken_at is not None
    assert kept.taken_at.isoformat() == "2024-05-01T10:20:30+07:00"


def bomb(kind: str, side: int) -> bytes:
    """A picture of a few kilobytes with a great many pixels."""
    written = BytesIO()
    PIL.Image.new("1" if kind == "PNG" else "L", (side, side)).save(written, kind)
    return written.getvalue()


@pytest.mark.parametrize(
    "raw",
    [b"", b"hello", b"\xff\xd8\xff\xe1", b"<svg xmlns='http://www.w3.org/2000/svg'/>", picture()[:400], picture("GIF"),
     picture("TIFF"), b"%PDF-1.4", b"\x00" * (photo.LARGEST + 1)],
)  # fmt: skip
def test_what_is_no_photograph_is_refused(raw: bytes) -> None:
    with pytest.raises(photo.PhotoRefused):
        photo.read(raw, ZONE)


@pytest.mark.parametrize(("kind", "side"), [("PNG", 40_000), ("PNG", 5_100), ("JPEG", 7_200)])
def test_a_picture_that_would_fill_the_memory_is_refused(kind: str, side: int) -> None:
    with pytest.raises(photo.PhotoRefused):
        photo.read(bomb(kind, side), ZONE)


def test_a_large_photograph_is_read() -> None:
    assert photo.read(bomb("JPEG", 6_900), ZONE).width == photo.SIDE


def test_photographs_are_those_that_were_announced(office: Database) -> None:
    number, kept = send(office, photographs=2), photo.read(picture(gps=PLACE), ZONE)
    for name, which, error in (("officer", 3, BadValue), ("manager", 1, NotFound), ("neighbour", 1, NotFound)):
        with pytest.raises(error), by(office, name) as connection:
            report.photograph(connection, number, which, kept, by=name)
    for _ in range(2):
        with by(office, "officer") as connection:
            report.photograph(connection, number, 1, kept, by="officer")
    judge(office, number)
    with by(office, "officer") as connection:  # what was on its way when somebody approved still arrives
        report.photograph(connection, number, 2, kept, by="officer")
        told = report.one(connection, number)
    assert [each["number"] for each in told["photographs"]] == [1, 2]
    assert told["photographs"][0]["away_m"] == pytest.approx(924, abs=2)


# --- imports by whoever may not approve


FILE = "编号,名称,乡镇,签约日期\nA,甲,511132100,2024-05-01\nC,丙,511132100,2024-05-02\n"


def imported(database: Database, folder: Path, text: str, approving: frozenset[str] | None) -> Any:
    file = folder / "households.csv"
    file.write_text(text, "utf-8")
    choice = Choice(by="clerk", partial=True, approving=approving)
    return load(database, layer("relocation_household"), file, choice)


def test_an_import_by_whoever_may_not_approve_waits_as_a_whole(office: Database, tmp_path: Path) -> None:
    told = imported(office, tmp_path, FILE, frozenset())
    assert (counted(office), [note.en for note in told.notes if "approval" in note.en]) == (
        0, ["2 milestones wait for approval and count after it"],
    )  # fmt: skip
    again = imported(office, tmp_path, FILE, frozenset())
    assert (again.new, again.changed, again.unchanged) == (0, 0, 2), "importing twice changes nothing"
    with by(office, "manager", Verb.APPROVE) as connection:
        (waiting,) = json.loads(review.imports(connection))
        assert (waiting["id"], waiting["milestones"], waiting["features"]) == (told.import_id, 2, 2)
        assert review.approve(connection, Of(source=told.import_id), by="manager") == 2
    assert counted(office) == 2
    third = imported(office, tmp_path, FILE, frozenset())
    assert (third.unchanged, counted(office)) == (2, 2)


def test_an_import_counts_at_once_where_one_may_approve(office: Database, tmp_path: Path) -> None:
    text = FILE + "D,丁,511132101,2024-05-03\n"
    imported(office, tmp_path, text, frozenset({TOWN}))
    assert (counted(office), counted(office, unit=OTHER)) == (2, 0)


def test_an_import_that_waits_corrects_nothing_yet(office: Database, tmp_path: Path) -> None:
    judge(office, send(office, seen_on=date(2024, 3, 1)))
    imported(office, tmp_path, FILE, frozenset())
    with psycopg.connect(office.dsn) as connection:
        days = connection.execute(
            "SELECT state, reached_on::text FROM milestone WHERE feature = %s AND revoked_at IS NULL ORDER BY id", [A]
        ).fetchall()
    assert days == [("approved", "2024-03-01"), ("pending", "2024-05-01")]


def test_a_manager_of_a_township_approves_only_its_part_of_an_import(office: Database, tmp_path: Path) -> None:
    told = imported(office, tmp_path, FILE + "D,丁,511132101,2024-05-03\n", frozenset())
    with by(office, "townmanager", Verb.APPROVE) as connection:
        assert review.approve(connection, Of(source=told.import_id), by="townmanager") == 2
    assert (counted(office), counted(office, unit=OTHER)) == (2, 0)
    with by(office, "manager", Verb.APPROVE) as connection:
        assert review.approve(connection, Of(source=told.import_id), by="manager") == 1
        with pytest.raises(NotFound):
            review.approve(connection, Of(source=told.import_id), by="manager")


def test_an_import_is_taken_back_until_somebody_approved_it(office: Database, tmp_path: Path) -> None:
    first = imported(office, tmp_path, FILE, frozenset())
    undo(office, first.import_id, by="clerk")
    with psycopg.connect(office.dsn) as connection:
        assert connection.execute("SELECT count(*) FROM milestone WHERE revoked_at IS NULL").fetchone() == (0,)
    second = imported(office, tmp_path, FILE, frozenset())
    with by(office, "manager", Verb.APPROVE) as connection:
        review.approve(connection, Of(source=second.import_id), by="manager")
    with pytest.raises(NotUndone):
        undo(office, second.import_id, by="clerk")


def test_a_feature_with_a_report_is_not_deleted(office: Database) -> None:
    send(office, milestone=None)
    with pytest.raises(FeatureInUse, match="2024-05-01"), by(office, "officer") as connection:
        delete(connection, layer("relocation_household"), A, versions=None, by="officer")


# --- over HTTP, and kept in the trail


def test_the_way_over_http(office: Database) -> None:
    officer = client_of(office, who={"name": "officer", "grants": ()})
    manager = client_of(office, who={"name": "manager", "grants": ()})
    number = uuid4()
    sent = {
        "feature": str(A), "seen_on": "2024-05-01", "milestone": "signed", "note": " 好 ", "photographs": 1,
        "position": {"lon": 103.30000004, "lat": 29.2, "accuracy_m": 8.26},
    }  # fmt: skip
    with officer, manager:
        assert officer.put(f"/api/reports/{number}", json=sent).status_code == 201
        assert officer.put(f"/api/reports/{number}", json=sent).status_code == 200
        raw = picture(gps=PLACE, orientation=6)
        assert officer.put(f"/api/reports/{number}/photographs/1", content=raw).status_code == 204
        assert officer.put(f"/api/reports/{number}/photographs/1", content=b"no").status_code == 422
        assert officer.post(f"/api/reports/{number}/approve", json={}).status_code == 403
        told = manager.get(f"/api/reports/{number}").json()
        assert (told["state"], told["note"], told["position"]["accuracy_m"]) == ("pending", "好", 8.3)
        small = manager.get(f"/api/reports/{number}/photographs/1?small=true")
        assert (small.headers["content-type"], small.content[:2]) == ("image/jpeg", b"\xff\xd8")
        asked = {"If-None-Match": small.headers["etag"]}
        assert manager.get(f"/api/reports/{number}/photographs/1?small=true", headers=asked).status_code == 304
        assert manager.post(f"/api/reports/{number}/return", json={"reason": ""}).status_code == 422
        assert manager.post(f"/api/reports/{number}/approve", json={}).json() == {"state": "approved", "milestones": 1}
        late = manager.post(f"/api/reports/{number}/approve", json={})
        assert (late.status_code, late.json()["code"]) == (409, "already_judged")
        assert officer.delete(f"/api/reports/{number}").status_code == 409
        assert officer.get("/api/reports?state=approved&mine=true").json()["matched"] == 1


def test_reporting_and_judging_are_kept_in_the_trail(office: Database) -> None:
    number = send(office, photographs=1)
    with by(office, "officer") as connection:
        report.photograph(connection, number, 1, photo.read(picture(), ZONE), by="officer")
    judge(office, number)
    with psycopg.connect(office.dsn) as connection:
        events = connection.execute(
            "SELECT actor, action, new ->> 'state' FROM audit_event WHERE codes @> ARRAY['A'] AND actor <> 'postgres'"
            " ORDER BY id"
        ).fetchall()
        whole = str(connection.execute("SELECT array_agg(new) FROM audit_event").fetchone())
    assert events[-4:] == [
        ("officer", "report.create", None), ("officer", "milestone.create", "pending"),
        ("officer", "attachment.create", None), ("manager", "milestone.update", "approved"),
    ]  # fmt: skip
    assert "\\\\xff" not in whole, "pictures are not kept twice"
