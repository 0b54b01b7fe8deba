"""Extracts of parcels: what they say, numbers, archive, rights, hostile texts, and the documents themselves."""

import base64
import hashlib
import io
import json
import math
import re
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pypdf
import pytest
import shapely
import zxingcpp
from conftest import MakeDatabase
from hypothesis import given
from hypothesis import strategies as st
from people import client_of, session
from PIL import Image
from starlette.testclient import TestClient

from api.app import create_app
from api.extract_models import Extract
from geo.database import Database
from geo.extract.corner import rings
from geo.extract.plane import plane
from geo.extract.sheet import SCALES, sheet
from geo.layers import layers
from web.extract_map import drawn
from web.extract_pdf import on_paper

TOWN, OTHER = "511132100", "511132101"
PLANNER: dict[str, Any] = {"name": "planner", "grants": (("planner", None),)}
NEIGHBOUR: dict[str, Any] = {"name": "neighbour", "grants": (("planner", TOWN),)}
ADMINISTRATOR: dict[str, Any] = {"name": "root", "grants": (("administrator", None),)}
DAY = "as_of=2024-12-31"
HOSTILE = "<script>alert(1)</script>{{7*7}}'\"&"


def square(west: float, south: float, east: float, north: float, at: tuple[float, float] = (0, 0)) -> Any:
    return shapely.box(at[0] + west * 1e-5, at[1] + south * 1e-5, at[0] + east * 1e-5, at[1] + north * 1e-5)


@pytest.fixture(scope="module")
def at(laid: Database) -> tuple[float, float]:
    return place(laid)


def place(database: Database) -> tuple[float, float]:
    with psycopg.connect(database.dsn) as connection:
        found = connection.execute(
            "SELECT st_x(p), st_y(p) FROM org_unit, st_pointonsurface(geom) AS p WHERE code = %s", [TOWN]
        ).fetchone()
    assert found is not None
    return round(found[0], 6), round(found[1], 6)


def add(database: Database, layer: str, code: str, geometry: Any, *, name: str | None = None, town: str = TOWN) -> str:
    with psycopg.connect(database.dsn) as connection:
        found = connection.execute(
            "INSERT INTO feature (layer, code, name, org_unit, geom, registered_area_m2, starts_on, source) SELECT"
            " %s, %s, %s, %s, st_multi(st_geomfromwkb(%s, 4490)), %s, '2020-01-01', max(id) FROM import RETURNING id",
            [layer, code, name, town, shapely.to_wkb(geometry), 10_000 if code == "W1" else None],
        ).fetchone()
    assert found is not None
    return str(found[0])


@pytest.fixture(scope="module")
def laid(make_database: MakeDatabase) -> Database:
    """A patch under works with money and a report that waits, farmland, two parcels one upon the other, a hazard."""
    database = make_database("placed")
    with psycopg.connect(database.dsn) as connection:
        connection.execute(
            "INSERT INTO import (layer, file, sha256, imported_by, report, illustrative)"
            " VALUES ('farmland_patch', '图斑 <b>.gpkg', 'x', 'officer', '{}', true)"
        )
    here = place(database)
    add(database, "enforcement_parcel", "W1", square(0, 0, 100, 100, here), name=HOSTILE)
    add(database, "enforcement_parcel", "W2", square(50, 50, 150, 150, here))
    add(database, "permanent_farmland", "F1", square(-50, -50, 25, 150, here))
    add(database, "farmland_patch", "P1", square(0, 0, 40, 40, here), name="河湾图斑")
    add(database, "hazard_point", "H1", shapely.Point(here[0] + 15e-4, here[1] + 5e-4), name="滑坡一号")
    add(database, "risk_zone", "R1", square(10, 10, 60, 60, here), town=OTHER)
    with psycopg.connect(database.dsn) as connection:
        for statement in (
            "INSERT INTO milestone (layer, feature, milestone, reached_on, state, recorded_by) SELECT layer, id, step,"
            " day::date, state, 'li' FROM feature, (VALUES ('works', '2024-03-01', 'approved'), ('planted',"
            " '2024-05-01', 'pending')) AS told (step, day, state) WHERE code = 'P1'",
            "INSERT INTO fund_source (code, name_zh, name_en) VALUES ('bond', '国债', 'Bond')",
            "INSERT INTO activity (code, name_zh, name_en) VALUES ('A-1', '耕地恢复', 'Restoration')",
            "INSERT INTO activity_feature (activity, layer, feature) SELECT 'A-1', layer, id FROM feature"
            " WHERE code = 'P1'",
            "INSERT INTO transaction (activity, fund_source, kind, value_date, amount)"
            " VALUES ('A-1', 'bond', 'expenditure', '2024-05-01', 12345.67)",
            "INSERT INTO allocation (transaction, layer, feature, amount, basis) SELECT transaction.id, layer,"
            " feature.id, 12345.67, 'by_hand' FROM transaction, feature WHERE code = 'P1'",
            "INSERT INTO report (id, layer, feature, seen_on, recorded_by) SELECT gen_random_uuid(), layer, id,"
            " '2024-06-07', 'li' FROM feature WHERE code = 'P1'",
            'INSERT INTO feature_private SELECT layer, id, \'{"farmer": "李四", "farmer_phone": "13800000001"}\''
            " FROM feature WHERE code = 'P1'",
        ):
            connection.execute(statement)
    return database


def drawing(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": json.loads(shapely.to_geojson(geometry)), "properties": properties}


def parcel(at: tuple[float, float], **properties: Any) -> dict[str, Any]:
    return drawing(square(0, 0, 100, 100, at), number="D-1", registered_area_m2=10_000, **properties)


def issued(client: TestClient, sent: dict[str, Any], format: str = "json", **headers: str) -> Any:
    answer = client.post(f"/api/extract/{format}?{DAY}&lang=zh", json=sent, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer


def of_w1(database: Database) -> str:
    with psycopg.connect(database.dsn) as connection:
        found = connection.execute("SELECT id FROM feature WHERE code = 'W1'").fetchone()
    assert found is not None
    return f"layer=enforcement_parcel&feature={found[0]}&{DAY}"


# --- what it says -----------------------------------------------------------------------------------------------------


def test_it_says_what_its_schema_describes_and_every_layer_is_in_one_list(
    laid: Database, at: tuple[float, float]
) -> None:
    with client_of(laid, who=PLANNER) as client:
        said = Extract.model_validate_json(issued(client, parcel(at)).text)
        narrowed = client.post(f"/api/extract/json?{DAY}&layers=hazard_point,risk_zone", json=parcel(at)).json()
    (found,) = said.parcels
    lists = [found.lists.concerned, found.lists.not_concerned, found.lists.no_data]
    assert sorted(each.layer for those in lists for each in those) == sorted(layers())
    assert {each.layer for each in found.lists.concerned} == {
        "enforcement_parcel", "permanent_farmland", "farmland_patch", "risk_zone",
    }  # fmt: skip
    assert all(each.why for each in found.lists.no_data)
    assert sorted(each["layer"] for those in narrowed["parcels"][0]["lists"].values() for each in those) == [
        "hazard_point", "risk_zone",
    ]  # fmt: skip
    assert said.as_of == date(2024, 12, 31)
    assert said.office.zh == "峨边彝族自治县自然资源局"
    assert [each.illustrative for each in said.sources if each.layer == "farmland_patch"] == [True]


def test_records_on_one_another_are_told_each_and_counted_once(laid: Database, at: tuple[float, float]) -> None:
    with client_of(laid, who=PLANNER) as client:
        (found,) = Extract.model_validate_json(issued(client, parcel(at)).text).parcels
    layer = next(each for each in found.lists.concerned if each.layer == "enforcement_parcel")
    assert [piece.code for piece in layer.pieces] == ["W1", "W2"]
    assert layer.area is not None
    assert layer.area.m2 == found.parcel.area.m2
    assert sum(piece.area.m2 for piece in layer.pieces if piece.area) > found.parcel.area.m2 * 1.2
    assert layer.share == 1
    assert found.parcel.drawn_to_registered == pytest.approx(found.parcel.area.m2 / 10_000, abs=1e-6)
    marks = [piece.mark for each in found.lists.concerned for piece in each.pieces]
    assert marks == list(range(1, len(marks) + 1))


def test_what_only_this_program_knows_is_told_and_nothing_personal(laid: Database, at: tuple[float, float]) -> None:
    with client_of(laid, who=PLANNER) as client:
        text = issued(client, parcel(at)).text
        page = issued(client, parcel(at), "html").text
    (found,) = Extract.model_validate_json(text).parcels
    (piece,) = next(each for each in found.lists.concerned if each.layer == "farmland_patch").pieces
    assert (piece.received, str(piece.last_seen_on), [each.code for each in piece.activities]) == (
        12345.67, "2024-06-07", ["A-1"],
    )  # fmt: skip
    assert [each.milestone.code for each in piece.pending if each.milestone] == ["planted"]
    for shown in ("12,345.67 元", "2024-06-07", "耕地恢复", "待审核"):
        assert shown in page
    assert "李四" not in text + page
    assert "13800000001" not in text + page


def test_a_record_of_a_place_that_the_viewer_does_not_see_is_not_in_it(laid: Database, at: tuple[float, float]) -> None:
    with client_of(laid, who=NEIGHBOUR) as client:
        narrow = issued(client, parcel(at)).text
    with client_of(laid, who=PLANNER) as client:
        whole = issued(client, parcel(at)).text
    assert '"R1"' in whole  # the control
    assert '"R1"' not in narrow
    assert '"W2"' in narrow


# --- its number, its archive ------------------------------------------------------------------------------------------


def test_numbers_follow_one_another_and_a_key_issues_one(laid: Database, at: tuple[float, float]) -> None:
    key = {"Idempotency-Key": "a-request"}
    with client_of(laid, who=PLANNER) as client:
        first, second = (issued(client, parcel(at)).json()["number"] for _ in range(2))
        assert re.fullmatch(r"511132-\d{4}-\d{6}", first)
        assert int(second[-6:]) == int(first[-6:]) + 1
        once = issued(client, parcel(at), "pdf", **key)
        again = issued(client, parcel(at), "pdf", **key)
        assert once.content == again.content
        assert int(issued(client, parcel(at)).json()["number"][-6:]) == int(first[-6:]) + 3
        other = client.post(f"/api/extract/pdf?{DAY}", json=parcel(at, name="other"), headers=key)
        assert (other.status_code, other.json()["code"]) == (422, "key_reused")


def test_every_document_is_on_record_by_the_hash_of_its_bytes(laid: Database, at: tuple[float, float]) -> None:
    with client_of(laid, who=PLANNER) as client:
        answers = {format: issued(client, parcel(at), format) for format in ("json", "html", "pdf")}
        for format, answer in answers.items():
            kept = answer.headers["content-location"]
            number = kept.split("/")[3]
            digest = hashlib.sha256(answer.content).hexdigest()
            asked = f"/api/extract/check?number={number}"
            assert client.get(f"{asked}&sha256={digest}").json()["matches"] is True
            assert client.get(f"{asked}&sha256={digest[::-1]}").json()["matches"] is False
            assert client.get(asked).json()["matches"] is None
            # Made again from what is kept, it is the same to the byte.
            assert client.get(kept).content == answer.content, format
        said = hashlib.sha256(answers["json"].content).hexdigest()
        number = answers["json"].json()["number"]
        assert said in client.get(f"/api/extracts/{number}/html?lang=zh").text
    with psycopg.connect(laid.dsn) as connection:
        found = connection.execute(
            "SELECT extract.sha256, issued_by, as_of, format FROM extract INNER JOIN extract_document"
            " ON extract.number = extract_document.extract WHERE number = %s ORDER BY format",
            [number],
        ).fetchall()
        noted = connection.execute(
            "SELECT actor, action FROM audit_event WHERE codes @> ARRAY[%s] ORDER BY id", [number]
        ).fetchall()
    assert found == [(said, "planner", date(2024, 12, 31), each) for each in ("html", "json")]
    assert noted == [("planner", f"{each}") for each in ("extract.issue", *["extract_document.create"] * 2)]


@pytest.mark.parametrize("table", ["extract", "extract_document"])
@pytest.mark.parametrize("change", ["UPDATE {} SET sha256 = 'x'", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_what_was_issued_is_altered_by_nobody_not_even_the_owner(
    laid: Database, at: tuple[float, float], table: str, change: str
) -> None:
    with client_of(laid, who=PLANNER) as client:
        issued(client, parcel(at))
    with psycopg.connect(laid.dsn) as connection, pytest.raises(psycopg.errors.RestrictViolation):
        connection.execute(change.format(table))  # pyright: ignore


def test_a_stranger_learns_that_it_exists_and_no_more(laid: Database, at: tuple[float, float]) -> None:
    with client_of(laid, who=PLANNER) as client:
        answer = issued(client, parcel(at))
        number = answer.json()["number"]
        assert client.get(f"/api/extracts/{number}/json").status_code == 200
        assert 'class="masthead"' in client.get(f"/extract/{number}").text
    digest = hashlib.sha256(answer.content).hexdigest()
    with client_of(laid, who=NEIGHBOUR) as client:
        assert client.get(f"/api/extracts/{number}/json").status_code == 404
        told = client.get(f"/api/extract/check?number={number}&sha256={digest}").json()
        assert (set(told), told["matches"]) == ({"number", "issued_at", "as_of", "matches"}, True)
        page = client.get(f"/extract/{number}?sha256={digest}&lang=zh").text
        assert "与存档一致" in page
        assert "D-1" not in page
        assert 'class="masthead"' not in page
        assert client.get("/extract/511132-2026-999999").status_code == 404
    with client_of(laid, who=ADMINISTRATOR) as client:
        assert client.get(f"/api/extracts/{number}/json").status_code == 200
    with TestClient(create_app(laid)) as nobody:
        for path in (f"/api/extract/check?number={number}", f"/api/extracts/{number}/json", f"/extract/{number}"):
            assert nobody.get(path).status_code == 401, path


def test_a_feature_does_not_lie_on_itself(laid: Database) -> None:
    with client_of(laid) as client:
        told = client.get(f"/api/extract/json?{of_w1(laid)}").json()
        drawn = issued(client, parcel(place(laid))).json()
    for content, expected in ((told, {"W2"}), (drawn, {"W1", "W2"})):
        (finding,) = [
            each for each in content["parcels"][0]["lists"]["concerned"] if each["layer"] == "enforcement_parcel"
        ]
        assert {piece["code"] for piece in finding["pieces"]} == expected


def test_it_is_issued_from_the_page_of_a_feature_by_its_form(laid: Database) -> None:
    feature = re.search(r"feature=([^&]+)", of_w1(laid))
    assert feature is not None
    cookie = {"Cookie": session(laid, **PLANNER), "Sec-Fetch-Site": "same-origin"}
    with TestClient(create_app(laid), headers=cookie) as client:
        page = client.get(f"/feature/{feature[1]}?lang=en&{DAY}").text
        assert "Issue an extract" in page
        action = re.search(r'<form id="issue" method="post" action="([^"]+)"', page)
        assert action is not None
        named = {"layer": "enforcement_parcel", "feature": feature[1]}
        answer = client.post(action[1].replace("&amp;", "&"), data=named, follow_redirects=False)
        assert answer.status_code == 303
        shown = client.get(answer.headers["location"]).text
    assert "As of" in shown
    assert "2024-12-31" in shown
    assert "Parcel extract" in shown


def test_no_page_of_another_site_has_one_issued(laid: Database) -> None:
    cookie = {"Cookie": session(laid, **PLANNER)}
    with TestClient(create_app(laid), headers=cookie) as client:
        for site, status in (("cross-site", 403), ("same-origin", 200)):
            answer = client.get(f"/api/extract/json?{of_w1(laid)}", headers={"Sec-Fetch-Site": site})
            assert answer.status_code == status


# --- parcels that are kept --------------------------------------------------------------------------------------------


def test_parcels_that_are_kept_have_one_each_and_one_of_all(
    laid: Database, at: tuple[float, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    parcels = [
        drawing(square(0, 0, 100, 100, at), number="K-1"),
        drawing(square(200, 0, 300, 90, at), number="K-2"),
    ]
    sent = {"name": "一批", "drawing": {"type": "FeatureCollection", "features": parcels}}
    with client_of(laid, who=PLANNER) as client:
        batch = client.post("/api/parcel-batches", json=sent).json()["id"]
        ids = [each["id"] for each in client.get(f"/api/parcel-batches/{batch}").json()["features"]]
        one = client.get(f"/api/extract/json?parcel={ids[1]}&{DAY}").json()
        assert [each["parcel"]["number"] for each in one["parcels"]] == ["K-2"]
        whole = client.get(f"/api/extract/batch.pdf?batch={batch}&{DAY}&lang=zh")
        assert whole.status_code == 200, whole.text
        kept = client.get(whole.headers["content-location"].replace("/pdf", "/json")).json()
        assert [each["parcel"]["number"] for each in kept["parcels"]] == ["K-1", "K-2"]
        cover = pypdf.PdfReader(io.BytesIO(whole.content)).pages[0].extract_text()
        for shown in ("汇总", "K-1", "K-2", f"{sum(each['parcel']['area']['m2'] for each in kept['parcels']):,.2f} m²"):
            assert shown in cover, shown
        monkeypatch.setattr("geo.extract.issue.MOST_PARCELS", 1)
        refused = client.get(f"/api/extract/batch.pdf?batch={batch}")
        assert (refused.status_code, refused.json()["code"]) == (422, "bad_value")
    with client_of(laid, who=NEIGHBOUR) as client:
        assert client.get(f"/api/extract/json?parcel={ids[0]}").status_code == 404
        assert client.get(f"/api/extract/batch.pdf?batch={batch}").status_code == 404


# --- bad input --------------------------------------------------------------------------------------------------------

BAD: dict[str, Callable[[tuple[float, float]], Any]] = {
    "a point": lambda at: shapely.Point(at),
    "outside the county": lambda at: square(0, 0, 100, 100, (at[0] + 3, at[1])),
    "axes swapped": lambda at: shapely.transform(square(0, 0, 100, 100, at), lambda xy: xy[:, ::-1]),
    "self-crossing": lambda at: shapely.Polygon(
        [at, (at[0] + 1e-3, at[1] + 1e-3), (at[0] + 1e-3, at[1]), (at[0], at[1] + 1e-3)]
    ),
    "no area": lambda at: shapely.Polygon([at, (at[0] + 1e-3, at[1]), (at[0] + 5e-4, at[1])]),
    "no degrees": lambda at: shapely.box(34_600_000, 3_200_000, 34_600_100, 3_200_100),
}


@pytest.mark.parametrize("what", BAD)
def test_what_is_no_sound_parcel_is_refused_with_a_sentence(laid: Database, at: tuple[float, float], what: str) -> None:
    with client_of(laid, who=PLANNER) as client:
        before = client.post(f"/api/extract/json?{DAY}", json=parcel(at)).json()["number"]
        answer = client.post(f"/api/extract/json?{DAY}", json=drawing(BAD[what](at), number="D-9"))
        assert (answer.status_code, answer.json()["code"]) == (422, "parcel_refused"), answer.text
        assert re.search("[\u4e00-\u9fff]", answer.json()["detail_zh"])
        after = client.post(f"/api/extract/json?{DAY}", json=parcel(at)).json()["number"]
    assert int(after[-6:]) == int(before[-6:]) + 1, "nothing was kept of it"


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"type": "Feature"}', b'{"type": "Polygon", "coordinates": []}'])
def test_what_is_no_geojson_is_refused(laid: Database, body: bytes) -> None:
    with client_of(laid, who=PLANNER) as client:
        assert client.post("/api/extract/json", content=body).status_code in (400, 422)


def test_a_feature_that_is_no_area_has_no_extract(laid: Database) -> None:
    with psycopg.connect(laid.dsn) as connection:
        (point,) = connection.execute("SELECT id FROM feature WHERE code = 'H1'").fetchone() or ("",)
    with client_of(laid, who=PLANNER) as client:
        answer = client.get(f"/api/extract/json?layer=hazard_point&feature={point}")
        assert (answer.status_code, answer.json()["code"]) == (422, "parcel_refused")
        assert client.get(f"/api/extract/json?layer=risk_zone&feature={point}").status_code == 404
        assert client.get("/api/extract/json").status_code == 422


# --- the documents ----------------------------------------------------------------------------------------------------


def test_hostile_texts_stand_in_a_page_as_they_are_written(laid: Database, at: tuple[float, float]) -> None:
    sent = parcel(at, name=HOSTILE) | {}
    sent["properties"]["number"] = HOSTILE
    with client_of(laid, who=PLANNER) as client:
        answer = issued(client, sent, "html")
        number = answer.headers["content-location"].split("/")[3]
        pages = answer.text, client.get(f"/extract/{number}").text
    for page in pages:
        assert "<script>alert" not in page
        assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}") >= 3
        assert "图斑 <b>" not in page
    policy = answer.headers["content-security-policy"]
    style = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    assert style is not None
    digest = hashlib.sha256(style[1].encode()).digest()
    assert f"style-src 'sha256-{base64.b64encode(digest).decode()}'" in policy
    assert not re.search(r"\b(src|style|onload)=", answer.text)


def test_a_document_fetches_nothing(tmp_path: Path) -> None:
    from weasyprint import HTML

    Image.new("RGB", (4, 4), "red").save(tmp_path / "x.png")
    page = f"<img src='{(tmp_path / 'x.png').as_uri()}'>"
    assert b"/Image" in HTML(string=page).write_pdf(), "the control"
    assert b"/Image" not in on_paper(page, "", "x")
    assert b"/Image" not in on_paper(page.replace("file:", "FILE:"), "", "x")


def test_the_pdf_holds_number_lists_and_a_code_that_leads_back(
    laid: Database, at: tuple[float, float], tmp_path: Path
) -> None:
    with client_of(laid, who=PLANNER) as client:
        answer = issued(client, parcel(at), "pdf")
        number = answer.headers["content-location"].split("/")[3]
        english = client.get(f"/api/extracts/{number}/pdf?lang=en").content
    path = tmp_path / "extract.pdf"
    path.write_bytes(answer.content)
    read = pypdf.PdfReader(path)
    box = read.pages[0].mediabox
    assert (round(float(box.width)), round(float(box.height))) == (595, 842)
    assert read.metadata is not None
    assert number in str(read.metadata.title)
    text = "".join(page.extract_text() for page in read.pages).replace("\n", "")
    for shown in (
        number,
        "地块查询单",
        "涉及的图层",
        "不涉及",
        "无数据",
        "界址点坐标",
        "河湾图斑",
        "永久基本农田",
        "D-1",
    ):
        assert shown in text, shown
    path.with_name("english.pdf").write_bytes(english)
    spoken = "".join(page.extract_text() for page in pypdf.PdfReader(path.with_name("english.pdf")).pages)
    for shown in (number, "Parcel extract", "Not concerned", "No data", "Boundary points"):
        assert shown in spoken, shown
    subprocess.run(["pdftoppm", "-r", "150", "-png", "-f", "1", "-l", "1", path, tmp_path / "page"], check=True)
    with Image.open(next(tmp_path.glob("page*.png"))) as picture:
        (code,) = zxingcpp.read_barcodes(picture)
    assert code.text == f"http://testserver/extract/{number}"


def test_the_map_is_true_to_its_scale(laid: Database, at: tuple[float, float]) -> None:
    with client_of(laid, who=PLANNER) as client:
        page = issued(client, parcel(at), "html").text
        (told,) = issued(client, parcel(at)).json()["parcels"]
    on_paper = drawn(told, "zh")
    steps = [tuple(map(float, each.split())) for each in on_paper.outline.strip("MZ").split("L")]
    ground = plane(square(0, 0, 100, 100, at)).onto(square(0, 0, 100, 100, at))
    assert shapely.Polygon(steps).area * (on_paper.scale / 1000) ** 2 == pytest.approx(ground.area, rel=1e-3)
    assert on_paper.bar * on_paper.scale / 1000 == pytest.approx(on_paper.metres, rel=1e-3)
    # A unit of the drawing is a millimetre of the page.
    assert re.search(r'viewBox="-6 -6 182.0 116.0" width="182.0mm" height="116.0mm"', page)


# --- boundary points and scale ----------------------------------------------------------------------------------------

LONG = st.floats(102.95, 103.55)
LAT = st.floats(28.7, 29.3)


@given(LONG, LAT, st.lists(st.floats(10, 400), min_size=3, max_size=12), st.integers(0, 11))
def test_boundary_points_go_round_the_parcel_clockwise_whatever_it_began_with(
    lon: float, lat: float, reaches: list[float], begin: int
) -> None:
    angles = [2 * math.pi * place / len(reaches) for place in range(len(reaches))]
    points = [
        (lon + 1e-5 * r * math.cos(a), lat + 1e-5 * r * math.sin(a)) for r, a in zip(reaches, angles, strict=True)
    ]
    begin %= len(points)
    one, other = shapely.Polygon(points), shapely.Polygon((points[begin:] + points[:begin])[::-1])
    on = plane(one)
    (found,) = rings(one, on)
    assert rings(other, on) == (found,)
    assert [each.name for each in found.corners] == [f"J{place}" for place in range(1, len(points) + 1)]
    walked = shapely.LinearRing([(each.easting, each.northing) for each in found.corners])
    assert not walked.is_ccw
    assert shapely.Polygon(walked).area == pytest.approx(on.onto(one).area, rel=1e-3, abs=1)
    assert sum(each.side for each in found.corners) == pytest.approx(walked.length, abs=0.2)


@given(LONG, LAT, st.floats(2, 20_000))
def test_a_parcel_fits_its_map_at_the_largest_round_scale(lon: float, lat: float, metres: float) -> None:
    geometry = shapely.box(lon, lat, lon + metres * 1e-5, lat + metres * 1e-5)
    on = plane(geometry)
    frame = sheet(geometry, on)
    assert frame.scale in SCALES
    assert shapely.box(frame.west, frame.south, frame.east, frame.north).contains(on.onto(geometry))
    larger = [each for each in SCALES if each < frame.scale]
    if larger:
        west, south, east, north = on.onto(geometry).bounds
        assert max((east - west) / 170, (north - south) / 104) * 1000 / 0.86 > larger[-1]
