"""Parcels that are kept: from files, drawings, coordinates and records; all or nothing; whose they are."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import psycopg
import pytest
import shapely
from conftest import at_home
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from people import asking, header
from starlette.testclient import TestClient

from api import parcel_models as models
from geo import crs, parcel_batch, parcel_batch_source, parcel_revision
from geo.database import Database
from geo.errors import NotFound
from geo.parcel_batch import ParcelsRefused
from geo.right import Verb
from geo.viewer import acting

SEAT = (103.26587, 29.23082)
"""Longitude and latitude of the county seat."""
TOWN, ELSEWHERE = "511132100", "511132101"
PLANNER = (("planner", None),)


@pytest.fixture(scope="module")
def office(make_database: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database with places whose program keeps its files in a folder of its own."""
    placed = make_database("placed")
    with at_home(placed, tmp_path_factory.mktemp("home")) as database:
        yield database


@pytest.fixture(scope="module")
def wang(office: Database) -> Iterator[TestClient]:
    with asking(office, "wang") as client:
        yield client


def square(east: float = 0, north: float = 0, size: float = 0.001) -> dict[str, Any]:
    """A square so many degrees from the seat, as GeoJSON."""
    west, south = SEAT[0] + east, SEAT[1] + north
    return json.loads(shapely.to_geojson(shapely.box(west, south, west + size, south + size)))


def features(*numbers: str, **more: Any) -> dict[str, Any]:
    """Squares side by side with their numbers."""
    found = [
        {"type": "Feature", "geometry": square(east=0.002 * place), "properties": {"number": number, **more}}
        for place, number in enumerate(numbers)
    ]
    return {"type": "FeatureCollection", "features": found}


def kept(client: TestClient, *, key: str | None = None, **sent: Any) -> models.BatchKept:
    headers = {} if key is None else {"Idempotency-Key": f'"{key}"'}
    answer = client.post("/api/parcel-batches", json={"name": "一批", **sent}, headers=headers)
    assert answer.status_code == 201, answer.text
    return models.BatchKept.model_validate_json(answer.content)


def told(client: TestClient, batch: UUID, **query: Any) -> models.BatchCollection:
    answer = client.get(f"/api/parcel-batches/{batch}", params=query)
    assert answer.status_code == 200, answer.text
    return models.BatchCollection.model_validate_json(answer.content)


def stored(office: Database) -> tuple[int, int]:
    with psycopg.connect(office.dsn) as connection:
        row = connection.execute("SELECT (SELECT count(*) FROM parcel_batch), (SELECT count(*) FROM parcel)").fetchone()
    assert row is not None
    return row


# --- where they come from ---------------------------------------------------------------------------------------------


def test_a_drawing_is_kept_with_its_ellipsoidal_area(wang: TestClient) -> None:
    made = kept(wang, drawing=features("甲-1", "甲-2", name="一组", registered_area_m2=10_000), kind="rural_housing")
    found = told(wang, made.id)
    assert (found.parcels, found.origin, found.mine, found.shared) == (2, "drawing", True, False)
    first = found.features[0].properties
    assert (first.number, first.name, first.registered_area_m2, first.kind) == ("甲-1", "一组", 10_000, "rural_housing")
    drawn = shapely.from_geojson(json.dumps(square()))
    assert first.area_m2 == pytest.approx(crs.area_m2(np.array([drawn], object))[0], abs=0.005)
    page = told(wang, made.id, limit=1)
    assert (len(page.features), page.next) == (1, 1)
    assert [each.properties.number for each in told(wang, made.id, after=1).features] == ["甲-2"]


def written_as(style: str, corners: list[tuple[float, float]]) -> str:
    if style == "decimal":
        return "\n".join(f"{lon:.9f}, {lat:.9f}" for lon, lat in corners)
    if style == "numbered, latitude first":
        return "\n".join(f"J{n}\t{lat:.9f}\t{lon:.9f}" for n, (lon, lat) in enumerate(corners, 1))
    if style == "degrees, minutes, seconds":
        return "\n".join(f"{_dms(lon)}E {_dms(lat)}N" for lon, lat in corners)
    if style == "plane, northing first":
        zone = crs.gauss_kruger(34, prefixed=True)
        from pyproj import Transformer

        way = Transformer.from_crs(4490, zone, always_xy=True)
        plane = [way.transform(*corner) for corner in corners]
        return "\n".join(f"{n} {y:.4f} {x:.4f}" for n, (x, y) in enumerate(plane, 1))
    return shapely.to_wkt(shapely.Polygon(corners), rounding_precision=9)


def _dms(degrees: float) -> str:
    minutes = degrees % 1 * 60
    return f"{int(degrees)}°{int(minutes)}′{minutes % 1 * 60:.6f}″"


STYLES = ("decimal", "numbered, latitude first", "degrees, minutes, seconds", "plane, northing first", "WKT")


@pytest.mark.parametrize("style", STYLES)
def test_pasted_coordinates_make_the_parcel_they_state(wang: TestClient, style: str) -> None:
    corners = [SEAT, (SEAT[0] + 0.001, SEAT[1]), (SEAT[0] + 0.001, SEAT[1] + 0.0012), (SEAT[0], SEAT[1] + 0.001)]
    made = kept(wang, coordinates=written_as(style, corners))
    geometry = shapely.from_geojson(json.dumps(told(wang, made.id).features[0].geometry))
    assert shapely.hausdorff_distance(geometry, shapely.Polygon(corners)) < 2e-8, "two millimetres"


def test_an_empty_line_and_a_name_begin_another_parcel(wang: TestClient) -> None:
    corners = "103.26 29.23\n103.261 29.23\n103.261 29.231\n"
    second, third = corners.replace("29.23", "29.24"), corners.replace("29.23", "29.25")
    made = kept(wang, coordinates=f"一号地\n{corners}\n{second}三号地\n{third}")
    found = told(wang, made.id)
    assert (found.origin, [each.properties.number for each in found.features]) == (
        "coordinates",
        ["一号地", "2", "三号地"],
    )


def test_of_pasted_parcels_the_faulty_are_told_by_name_and_line_and_the_rest_is_kept(wang: TestClient) -> None:
    corners = "103.26 29.23\n103.261 29.23\n103.261 29.231\n"
    bow = "103.26 29.24\n103.261 29.241\n103.261 29.24\n103.26 29.241\n"
    two = "103.262 29.23\n103.263 29.23\n103.262 29.23\n"
    line = "103.26 29.25\n103.27 29.2500 xx 29.25\n"
    moved = corners.replace("29.23", "29.26")
    text = f"一号地\n{corners}\n二号地\n{two}\n三号地\n{line}\n四号地\n{bow}\n一号地\n{two}\n{two}\n6\n{moved}"
    found = told(wang, kept(wang, coordinates=text).id)
    assert [each.properties.number for each in found.features] == ["一号地", "6"]
    assert [(each.parcel, each.text.zh) for each in found.problems] == [
        ("二号地", "地块 二号地：2 个点围不成地块（103.262 29.23）"),
        ("三号地", "地块 三号地：第 13 行不是坐标：103.27 29.2500 xx 29.25"),
        ("一号地#5", "地块 一号地#5：2 个点围不成地块（103.262 29.23）"),
        ("6#6", "地块 6#6：2 个点围不成地块（103.262 29.23）"),
        ("四号地", "地块 四号地：图形有误：自相交（103.2605 29.2405）"),
    ]


@pytest.mark.parametrize(("language", "said"), [("zh", "粘贴的内容未注明坐标系"), ("en", "the pasted text states no")])
def test_what_is_pasted_has_no_name_of_a_file(wang: TestClient, language: str, said: str) -> None:
    text = "116.30 39.90\n116.31 39.90\n116.31 39.91"
    asked = {"name": "京", "coordinates": text}
    answer = wang.post("/api/parcel-batches", json=asked, headers={"Accept-Language": language})
    assert answer.status_code == 422, answer.text
    assert said in answer.json()["detail"]
    assert "csv" not in answer.text


@examples(max_examples=60)
@given(st.text(max_size=200))
def test_pasted_text_is_parcels_or_a_sentence(text: str) -> None:
    try:
        ending, written, faulty = parcel_batch_source.as_file(text)
    except ParcelsRefused as refused:
        assert refused.text.zh
        assert refused.text.en
    else:
        assert ending in (".csv", ".txt", ".geojson")
        assert written or faulty
        assert all(each.refused and each.sentence.zh and each.sentence.en for each in faulty)


def test_a_file_comes_in_any_format_and_is_named_and_hashed(wang: TestClient, tmp_path: Path) -> None:
    import geopandas

    upload = uuid4()
    frame = geopandas.GeoDataFrame(
        {"DKBH": ["A1", "A2"]}, geometry=[shapely.box(103.26, 29.23, 103.261, 29.231)] * 2, crs=4490
    )
    frame.loc[1, "geometry"] = shapely.box(103.262, 29.23, 103.263, 29.231)
    frame.to_file(tmp_path / "宗地.shp", encoding="utf-8")
    for part in tmp_path.glob("宗地.*"):
        sent = wang.put(f"/api/parcel-files/{upload}/{part.name}", content=part.read_bytes())
        assert sent.status_code == 204, sent.text
    made = kept(wang, upload=str(upload))
    found = told(wang, made.id)
    assert (found.file, found.parcels, len(found.sha256 or "")) == ("宗地.shp", 2, 64)
    assert [each.properties.number for each in found.features] == ["A1", "A2"]
    again = wang.post("/api/parcel-batches", json={"name": "再来", "upload": str(upload)})
    assert again.status_code == 404, "what was sent is deleted when it was made into a batch"


def test_files_of_somebody_else_are_not_there(office: Database, wang: TestClient) -> None:
    upload = uuid4()
    assert wang.put(f"/api/parcel-files/{upload}/a.geojson", content=json.dumps(features("1"))).status_code == 204
    with asking(office, "li") as li:
        assert li.post("/api/parcel-batches", json={"name": "偷", "upload": str(upload)}).status_code == 404
    assert kept(wang, upload=str(upload)).parcels == 1, "the control"


def test_records_become_parcels_and_one_that_cannot_be_seen_is_not_there(office: Database, wang: TestClient) -> None:
    with psycopg.connect(office.dsn) as connection:
        connection.execute(
            "INSERT INTO feature (layer, code, name, org_unit, geom, area_m2) VALUES"
            " ('farmland_patch', 'T1', '一号', %s, st_setsrid(st_geomfromgeojson(%s), 4490), 1)",
            [TOWN, json.dumps(square())],
        )
    found = told(wang, kept(wang, features={"layer": "farmland_patch", "codes": ["T1"]}).id)
    assert (found.features[0].properties.number, found.features[0].properties.kind) == ("T1", "farmland_patch")
    asked = {"name": "x", "features": {"layer": "farmland_patch", "codes": ["T1"]}}
    with asking(office, "zhao", (("planner", ELSEWHERE),)) as zhao:
        assert zhao.post("/api/parcel-batches", json=asked).status_code == 404


# --- all or nothing ---------------------------------------------------------------------------------------------------


def test_a_parcel_that_crosses_itself_is_told_and_the_rest_is_kept(wang: TestClient) -> None:
    sent = features("好", "蝴蝶", "也好")
    ring = sent["features"][1]["geometry"]["coordinates"][0]
    ring[1], ring[2] = ring[2], ring[1]
    made = kept(wang, drawing=sent)
    assert (made.parcels, made.refused) == (2, 1)
    refused = [each for each in made.problems if each.refused]
    assert {each.parcel for each in refused} == {"蝴蝶"}
    assert [each.properties.number for each in told(wang, made.id).features] == ["好", "也好"]


BAD: dict[str, dict[str, Any]] = {
    "the same number twice": {"drawing": features("1", "1")},
    "no parcel at all": {"drawing": {"type": "FeatureCollection", "features": []}},
    "a point": {"drawing": {"type": "Point", "coordinates": SEAT}},
    "no geometry": {"drawing": {"type": "Feature", "geometry": None, "properties": {}}},
    "far from degrees": {"drawing": {"type": "Polygon", "coordinates": [[[1e9, 0], [1e9, 1], [0, 1], [1e9, 0]]]}},
    "two points": {"coordinates": "103.26 29.23\n103.27 29.24"},
    "a line that is no position": {"coordinates": "103.26 29.23\n103.27 29.24 xx 29.25\n103.28 29.26"},
    "two sources": {"coordinates": "x", "drawing": features("1")},
    "no source": {},
    "a blank name": {"name": "   ", "drawing": features("1")},
    "an unknown kind": {"kind": "nothing", "drawing": features("1")},
}


@pytest.mark.parametrize("what", BAD)
def test_what_cannot_be_kept_is_refused_with_a_sentence_and_nothing_is_stored(
    office: Database, wang: TestClient, what: str
) -> None:
    before = stored(office)
    answer = wang.post("/api/parcel-batches", json={"name": "坏", **BAD[what]})
    assert answer.status_code in (404, 422), answer.text
    assert answer.json()["detail_zh"]
    assert answer.json()["detail_en"]
    assert stored(office) == before


def test_more_than_a_batch_may_hold_is_refused(
    office: Database, wang: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = stored(office)
    for limit in ("MOST_PARCELS", "MOST_VERTICES", "MOST_KM2"):
        with monkeypatch.context() as patch:
            patch.setattr(parcel_batch, limit, 0 if limit == "MOST_KM2" else 1)
            answer = wang.post("/api/parcel-batches", json={"name": "多", "drawing": features("1", "2")})
            assert (answer.status_code, answer.json()["code"]) == (422, "parcels_refused"), limit
    assert stored(office) == before
    assert kept(wang, drawing=features("1", "2")).parcels == 2, "the control"


def test_a_request_sent_twice_keeps_one_batch(office: Database, wang: TestClient) -> None:
    before = stored(office)[0]
    first, second = (kept(wang, key="k1", drawing=features("1")) for _ in range(2))
    assert first.id == second.id
    other = wang.post(
        "/api/parcel-batches", json={"name": "别的", "drawing": features("2")}, headers={"Idempotency-Key": '"k1"'}
    )
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    assert stored(office)[0] == before + 1


def test_two_who_save_at_once_both_keep_theirs_and_a_twin_is_kept_once(office: Database, wang: TestClient) -> None:
    before = stored(office)[0]

    def save(key: str) -> int:
        sent = {"name": "同时", "drawing": features("1", "2")}
        return wang.post("/api/parcel-batches", json=sent, headers={"Idempotency-Key": key}).status_code

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(save, ["twin", "twin", "one", "other"]))
    assert set(answers) <= {201, 409}
    assert stored(office)[0] == before + 3


# --- whose they are ---------------------------------------------------------------------------------------------------


def test_a_batch_is_its_makers_until_it_is_shared_and_theirs_alone_to_change(
    office: Database, wang: TestClient
) -> None:
    batch = kept(wang, drawing=features("1")).id
    address = f"/api/parcel-batches/{batch}"
    with asking(office, "li") as li, asking(office, "nobody", ()) as nobody:
        assert li.get(address).status_code == 404
        assert str(batch) not in li.get("/api/parcel-batches").text
        assert li.patch(address, json={"shared": True}).status_code == 404
        assert wang.patch(address, json={"shared": True, "version": 1}).json() == {"version": 2}
        assert not told(li, batch).mine
        assert str(batch) in li.get("/api/parcel-batches").text
        assert li.patch(address, json={"name": "改"}).status_code == 403
        assert li.delete(address).status_code == 403
        assert nobody.get(address).status_code == 404, "who may see nothing sees no parcels either"
        assert nobody.post("/api/parcel-batches", json={"name": "x", "drawing": features("1")}).status_code == 403
    assert told(wang, batch).name == "一批"


def test_of_two_changes_to_one_version_the_second_is_told(wang: TestClient) -> None:
    batch = kept(wang, drawing=features("1")).id
    assert wang.patch(f"/api/parcel-batches/{batch}", json={"name": "甲", "version": 1}).status_code == 200
    second = wang.patch(f"/api/parcel-batches/{batch}", json={"name": "乙", "version": 1})
    assert (second.status_code, second.json()["code"]) == (409, "changed_meanwhile")
    assert told(wang, batch).name == "甲"


def test_a_withdrawn_batch_is_shown_to_nobody_and_an_administrator_may_withdraw(
    office: Database, wang: TestClient
) -> None:
    batch, other = kept(wang, drawing=features("1")).id, kept(wang, drawing=features("1")).id
    parcel = told(wang, batch).features[0].id
    with asking(office, "root", (("administrator", None),)) as root:
        assert root.delete(f"/api/parcel-batches/{batch}").status_code == 204
    assert wang.get(f"/api/parcel-batches/{batch}").status_code == 404
    assert wang.delete(f"/api/parcel-batches/{batch}").status_code == 404
    assert str(batch) not in wang.get("/api/parcel-batches").text
    with acting("shp_wang"), office.connection() as connection:
        with pytest.raises(NotFound):
            parcel_batch.parcel(connection, parcel)
        assert parcel_batch.parcel(connection, told(wang, other).features[0].id).number == "1", "the control"
    with psycopg.connect(office.dsn) as connection:
        noted = connection.execute(
            "SELECT actor, action FROM audit_event WHERE subject ->> 'id' = %s ORDER BY id", [str(batch)]
        ).fetchall()
    assert noted == [("wang", "parcel_batch.create"), ("root", "parcel_batch.withdraw")]


# --- another outline --------------------------------------------------------------------------------------------------


def revised(client: TestClient, batch: UUID, parcel: UUID, geometry: Any, *, status: int = 201, **more: Any) -> Any:
    headers = {"Idempotency-Key": f'"{more.pop("key")}"'} if "key" in more else {}
    sent = {"parcel": str(parcel), "geometry": geometry, **more}
    answer = client.post(f"/api/parcel-batches/{batch}/revisions", json=sent, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_another_outline_is_a_batch_of_its_own_and_the_old_one_stays(wang: TestClient) -> None:
    made = kept(wang, drawing=features("甲-1", "甲-2", registered_area_m2=9_000), kind="rural_housing", shared=True)
    before = told(wang, made.id)
    changed = revised(wang, made.id, before.features[1].id, square(0.002, size=0.0012), name="改过的")
    new = told(wang, changed["id"])
    drawn = [shapely.from_geojson(json.dumps(each.geometry)) for each in new.features]
    assert drawn[0].equals(shapely.from_geojson(json.dumps(before.features[0].geometry)))
    wanted = shapely.from_geojson(json.dumps(square(0.002, size=0.0012)))
    assert shapely.hausdorff_distance(drawn[1], wanted) < 1e-9
    assert [
        (each.properties.number, each.properties.registered_area_m2, each.properties.kind) for each in new.features
    ] == [(each.properties.number, 9_000, "rural_housing") for each in before.features]
    assert (new.name, new.shared, new.origin) == ("改过的", True, "drawing")
    assert new.revises is not None
    assert new.revises.id == made.id
    assert "甲-2" in new.notes[-1].zh
    assert "甲-2" in new.notes[-1].en
    after = told(wang, made.id)
    assert after.revised is not None
    assert after.revised.id == new.id
    assert after.model_dump(exclude={"revised"}) == before.model_dump(exclude={"revised"}), "nothing else of it changed"
    listed = {each["id"]: each["revised"] for each in wang.get("/api/parcel-batches").json()["batches"]}
    assert (listed[str(made.id)], listed[str(new.id)]) == (True, False)
    for page in (f"/parcels/{made.id}", f"/parcels/{new.id}"):
        assert f"/parcels/{new.id if str(made.id) in page else made.id}" in wang.get(page).text


def test_of_two_who_change_one_batch_the_second_is_told_and_sent_again_it_is_done_once(wang: TestClient) -> None:
    batch = kept(wang, drawing=features("1", "2")).id
    one, two = (each.id for each in told(wang, batch).features)
    key = str(uuid4())
    first = revised(wang, batch, one, square(size=0.0009), name="先", key=key)
    assert revised(wang, batch, one, square(size=0.0009), name="先", key=key) == first
    second = revised(wang, batch, two, square(0.002, size=0.0009), status=409)
    assert second["code"] == "already_revised"
    assert "先" in second["detail_zh"]
    assert "先" in second["detail_en"]
    assert wang.delete(f"/api/parcel-batches/{first['id']}").status_code == 204
    revised(wang, batch, two, square(0.002, size=0.0009))  # what was withdrawn stands in nobody's way


def test_two_changes_at_once_leave_one_batch(office: Database) -> None:
    with asking(office, "wang") as wang:
        batch = kept(wang, drawing=features("1")).id
        parcel = told(wang, batch).features[0].id

    def change(size: float) -> int:
        with asking(office, "wang") as client:
            sent = {"parcel": str(parcel), "geometry": square(size=size)}
            return client.post(f"/api/parcel-batches/{batch}/revisions", json=sent).status_code

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(change, (0.0007, 0.0008, 0.0009))) == [201, 409, 409]


CROSSED = {
    "type": "Polygon",
    "coordinates": [[[103.26, 29.23], [103.261, 29.231], [103.261, 29.23], [103.26, 29.231], [103.26, 29.23]]],
}
FAULTS: dict[str, Any] = {
    "an outline that crosses itself": CROSSED,
    "an outline outside the county": square(east=3),
    "a point": {"type": "Point", "coordinates": SEAT},
    "the same outline": square(),
}


@pytest.mark.parametrize("what", FAULTS)
def test_an_outline_that_cannot_be_is_refused_and_nothing_is_kept(
    office: Database, wang: TestClient, what: str
) -> None:
    batch = kept(wang, drawing=features("1", "2")).id
    parcel = told(wang, batch).features[0].id
    before = stored(office)
    refused = revised(wang, batch, parcel, FAULTS[what], status=422)
    assert refused["detail_zh"]
    assert refused["detail_en"]
    assert stored(office) == before


def test_only_its_maker_changes_a_batch_and_neither_one_of_records_nor_a_large_one(
    office: Database, wang: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = kept(wang, drawing=features("1"), shared=True).id
    parcel = told(wang, batch).features[0].id
    for name, roles, status in (("li", PLANNER, 403), ("root", (("administrator", None),), 403)):
        with asking(office, name, roles) as other:
            revised(other, batch, parcel, square(size=0.0009), status=status)
    private = kept(wang, drawing=features("1")).id
    with asking(office, "li") as li:
        revised(li, private, told(wang, private).features[0].id, square(size=0.0009), status=404)
    revised(wang, batch, uuid4(), square(size=0.0009), status=404)
    with psycopg.connect(office.dsn) as connection:
        connection.execute(
            "INSERT INTO feature (layer, code, org_unit, geom, area_m2) VALUES"
            " ('farmland_patch', 'T7', %s, st_setsrid(st_geomfromgeojson(%s), 4490), 1)",
            [TOWN, json.dumps(square())],
        )
    records = kept(wang, features={"layer": "farmland_patch", "codes": ["T7"]}).id
    revised(wang, records, told(wang, records).features[0].id, square(size=0.0009), status=422)
    with monkeypatch.context() as patch:
        patch.setattr(parcel_revision, "MOST_PARCELS", 0)
        revised(wang, batch, parcel, square(size=0.0009), status=422)
    revised(wang, batch, parcel, square(size=0.0009))  # the control


ATTACKS = {
    "a parcel into another's batch": "INSERT INTO parcel (batch, number, geom, area_m2)"
    " SELECT id, 'x', st_multi(st_makeenvelope(103, 29, 103.1, 29.1, 4490)), 1 FROM parcel_batch",
    "a batch in another's name": "INSERT INTO parcel_batch (name, created_by) VALUES ('x', 'wang')",
    "another's parcel changed": "UPDATE parcel SET number = 'x'",
    "another's parcel deleted": "DELETE FROM parcel",
}


@pytest.mark.parametrize("what", ATTACKS)
def test_the_database_itself_refuses(office: Database, wang: TestClient, what: str) -> None:
    kept(wang, drawing=features("1"), shared=True)
    header(office, "mallory", PLANNER)
    with pytest.raises(Exception, match=r"权限|[Nn]ot permitted"):  # noqa: SIM117 - what refuses is inside
        with acting("shp_mallory"), office.connection(Verb.VIEW) as connection:
            connection.execute(ATTACKS[what])  # pyright: ignore


def test_the_database_lets_a_maker_add_to_their_own(office: Database) -> None:
    header(office, "maker", PLANNER)
    with acting("shp_maker"), office.connection(Verb.VIEW) as connection:
        connection.execute("INSERT INTO parcel_batch (name, created_by) VALUES ('x', 'maker')")
        connection.execute(
            "INSERT INTO parcel (batch, number, geom, area_m2) SELECT id, 'x',"
            " st_multi(st_makeenvelope(103, 29, 103.1, 29.1, 4490)), 1 FROM parcel_batch WHERE created_by = 'maker'"
        )
        assert connection.execute("SELECT count(*) FROM parcel WHERE number = 'x'").fetchone() == (1,)


def test_parcels_that_touch_a_record_are_found(office: Database, wang: TestClient) -> None:
    with psycopg.connect(office.dsn) as connection:
        row = connection.execute(
            "INSERT INTO feature (layer, code, org_unit, geom) VALUES ('hazard_point', 'H9', %s,"
            " st_setsrid(st_makepoint(%s, %s), 4490)) RETURNING id",
            [TOWN, SEAT[0] + 0.0205, SEAT[1] - 0.0195],
        ).fetchone()
    assert row is not None
    drawing = {"type": "Feature", "geometry": square(0.02, -0.02), "properties": {"number": "碰"}}
    batch = kept(wang, drawing=drawing).id
    with acting("shp_wang"), office.connection() as connection:
        found = parcel_batch.touching(connection, row[0])
    assert [(each["number"], each["batch"]) for each in found] == [("碰", batch)]
