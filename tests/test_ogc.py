"""The standards door: every link leads on, pages hold every item once, boxes, systems, formats and refusals."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

import numpy as np
import psycopg
import pyarrow.parquet as pq
import pyogrio
import pyproj
import pytest
import shapely
from openpyxl import load_workbook
from people import client_of
from shapely.geometry import shape
from starlette.testclient import TestClient

from api.app import create_app
from api.deps import program_version
from geo import item
from geo.collection import collections
from geo.crs import CRS84, CRS_URIS, uri
from geo.database import Database
from geo.layer import is_private
from geo.layers import layers
from geo.settings import Settings

ITEMS = "/ogc/collections/{}/items"
BOX = (103.2, 29.15, 103.3, 29.3)


@pytest.fixture(scope="module")
def client(demo: Database) -> Iterator[TestClient]:
    """The standards door over the demonstration."""
    with client_of(demo) as client:
        yield client


def asked(client: TestClient, address: str, **parameters: object) -> Any:
    query = urlencode(
        {name.replace("_crs", "-crs").replace("_lang", "-lang"): value for name, value in parameters.items()}
    )
    answer = client.get(f"{address}?{query}" if query else address)
    assert answer.status_code == 200, (address, answer.text)
    return answer.json()


def every(client: TestClient, code: str, **parameters: object) -> list[dict[str, Any]]:
    """All items of a collection, page after page."""
    found: list[dict[str, Any]] = []
    page = asked(client, ITEMS.format(code), **parameters)
    while True:
        found += page["features"]
        following = [link["href"] for link in page["links"] if link["rel"] == "next"]
        if not following:
            return found
        page = client.get(following[0]).json()


# --- links ------------------------------------------------------------------------------------------------------------


def test_every_link_leads_to_what_it_promises(client: TestClient) -> None:
    seen: dict[str, str] = {}
    waiting = [("http://testserver/ogc", "application/json")]
    while waiting:
        address, kind = waiting.pop()
        if address in seen:
            continue
        answer = client.get(address, headers={"Accept": kind})
        seen[address] = kind
        assert answer.status_code == 200, (address, answer.text)
        assert answer.headers["content-type"].partition(";")[0] == kind.partition(";")[0], address
        if "/items" in address or "json" not in kind or "openapi" in kind:
            continue
        waiting += [(link["href"], link["type"]) for link in _links(answer.json()) if "templated" not in link]
    assert len(seen) > 8 * len(collections())
    assert any("/items?f=parquet" in address for address in seen)


def _links(body: Any) -> Iterator[dict[str, Any]]:
    if isinstance(body, dict):
        yield from body.get("links", [])
        for value in body.values():
            yield from _links(value)
    elif isinstance(body, list):
        for value in body:
            yield from _links(value)


def test_links_stand_in_the_header_too(client: TestClient) -> None:
    answer = client.get(ITEMS.format("hazard_point"), params={"limit": 1})
    links = {link["rel"]: link["url"] for link in answer.links.values()}
    assert links["next"] == next(link["href"] for link in answer.json()["links"] if link["rel"] == "next")
    assert 'rel="http://www.opengis.net/def/rel/ogc/1.0/queryables"' in answer.headers["link"]


def test_every_collection_states_what_its_items_are(client: TestClient) -> None:
    for code, collection in collections().items():
        told = asked(client, f"/ogc/collections/{code}")
        assert told["id"] == code
        assert CRS84 in told["crs"]
        assert told["storageCrs"] in told["crs"]
        schema = asked(client, f"/ogc/collections/{code}/schema")["properties"]
        queryables = asked(client, f"/ogc/collections/{code}/queryables")["properties"]
        assert schema.keys() == queryables.keys() == {"geometry", *collection.named}
        for feature in asked(client, ITEMS.format(code), limit=5)["features"]:
            assert feature["properties"].keys() == set(collection.named)


def test_an_extent_holds_every_item(client: TestClient) -> None:
    for code in collections():
        told = asked(client, f"/ogc/collections/{code}")
        drawn = [shape(each["geometry"]) for each in every(client, code) if each["geometry"]]
        if not drawn:
            assert "extent" not in told
            continue
        west, south, east, north = told["extent"]["spatial"]["bbox"][0]
        bounds = shapely.total_bounds(drawn)
        assert west <= bounds[0] + 1e-9
        assert south <= bounds[1] + 1e-9
        assert east >= bounds[2] - 1e-9
        assert north >= bounds[3] - 1e-9


def test_properties_are_called_by_the_language_that_is_asked_for(client: TestClient) -> None:
    schema = asked(client, "/ogc/collections/hazard_point/schema", lang="en")["properties"]
    assert schema["threatened_people"]["title"] == "Threatened people"
    assert schema["kind"]["enum"][0] == "00"
    assert "readOnly" not in schema["kind"]
    assert schema["status"]["readOnly"]
    zh, en = (asked(client, ITEMS.format("hazard_point"), limit=1, lang=each)["features"][0] for each in ("zh", "en"))
    assert zh["properties"]["township_name"] != en["properties"]["township_name"]
    assert en["properties"]["township_name"].isascii()
    assert zh["properties"]["code"] == en["properties"]["code"]


def test_no_personal_column_is_a_property() -> None:
    private = [
        (code, name) for code, layer in layers().items() for name, info in layer.columns.items() if is_private(info)
    ]
    assert private
    for code, name in private:
        assert name not in collections()[code].named


def test_the_description_is_openapi_3_0(client: TestClient) -> None:
    answer = client.get("/ogc/api")
    assert answer.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.0"
    told = answer.json()
    assert told["openapi"].startswith("3.0")
    assert told["info"]["version"] == program_version()
    assert told["servers"] == [{"url": "http://testserver/ogc"}]
    assert set(told["paths"]) >= {"/", *(f"/collections/{code}/items" for code in collections())}
    names = [each["operationId"] for path in told["paths"].values() for each in path.values()]
    assert len(names) == len(set(names))
    parameters = {each["name"]: each for each in told["paths"]["/collections/hazard_point/items"]["get"]["parameters"]}
    assert parameters["limit"]["schema"] == {
        "type": "integer", "minimum": 1, "maximum": 10_000, "default": 1000, "title": "Limit",
        "description": parameters["limit"]["description"],
    }  # fmt: skip
    assert parameters.keys() >= {"bbox", "datetime", "filter", "crs", "threatened_people"}
    text = answer.text
    assert '"type":"null"' not in text
    for name in set(_references(told)):
        assert name in told["components"]["schemas"]


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"].rpartition("/")[2]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


# --- pages ------------------------------------------------------------------------------------------------------------


def test_pages_hold_every_item_once(client: TestClient) -> None:
    for code in ("hazard_point", "relocation_household", "org_unit", "progress_by_township"):
        found = every(client, code, limit=7)
        whole = asked(client, ITEMS.format(code), limit=10_000)
        assert [each["id"] for each in found] == [each["id"] for each in whole["features"]]
        assert whole["numberMatched"] == whole["numberReturned"] == len(found)
        assert not [link for link in whole["links"] if link["rel"] == "next"]


def test_pages_stay_right_while_rows_change(fresh: Any) -> None:
    database: Database = fresh("placed")
    with psycopg.connect(database.dsn) as connection:
        connection.execute(
            "INSERT INTO feature (layer, code)"
            " SELECT 'hazard_point', to_char(n, 'FM000') FROM generate_series(0, 98, 2) AS n"
        )
    with client_of(database) as client:
        page = asked(client, ITEMS.format("hazard_point"), limit=10)
        found = [each["properties"]["code"] for each in page["features"]]
        while following := [link["href"] for link in page["links"] if link["rel"] == "next"]:
            last = int(found[-1])
            with psycopg.connect(database.dsn) as connection:
                # One comes and one goes behind the reader, and one comes before.
                connection.execute("INSERT INTO feature (layer, code) VALUES ('hazard_point', %s)", [f"{last - 1:03}"])
                connection.execute("DELETE FROM feature WHERE code = %s", [f"{last - 4:03}"])
                connection.execute("INSERT INTO feature (layer, code) VALUES ('hazard_point', %s)", [f"{last + 1:03}"])
            page = client.get(following[0]).json()
            found += [each["properties"]["code"] for each in page["features"]]
    assert len(found) == len(set(found))
    assert set(found) >= {f"{n:03}" for n in range(0, 99, 2)}
    assert found == sorted(found)


def test_a_number_is_honestly_absent_where_counting_costs(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(item, "MOST_COUNTED", 20)
    page = asked(client, ITEMS.format("hazard_point"), limit=5)
    assert "numberMatched" not in page
    few = asked(client, ITEMS.format("hazard_point"), limit=5, bbox="103.2,29.2,103.25,29.22")
    assert few["numberMatched"] <= 20


def test_an_item_is_not_there_before_it_is_listed(client: TestClient) -> None:
    feature = next(each for each in every(client, "hazard_point") if (each["properties"]["starts_on"] or "") > "2016")
    address = f"{ITEMS.format('hazard_point')}/{feature['id']}"
    one = asked(client, address)
    assert {name: one[name] for name in ("id", "geometry", "properties")} == {
        name: feature[name] for name in ("id", "geometry", "properties")
    }
    assert client.get(address, params={"as_of": "1990-01-01"}).status_code == 404
    early = every(client, "hazard_point", as_of="1990-01-01")
    assert feature["id"] not in {each["id"] for each in early}


def test_milestones_are_as_of_the_day(client: TestClient) -> None:
    now = {each["id"]: each["properties"] for each in every(client, "farmland_patch")}
    then = {each["id"]: each["properties"] for each in every(client, "farmland_patch", as_of="2024-06-30")}
    changed = [key for key in then if then[key]["status"] != now[key]["status"]]
    assert changed
    for properties in then.values():
        assert all(day is None or day <= "2024-06-30" for name, day in properties.items() if name in _STEPS)
    feature = client.get(f"/api/features/{changed[0]}", params={"as_of": "2024-06-30"}).json()["properties"]
    assert feature["status"] == then[changed[0]]["status"]
    assert feature["milestone"] == then[changed[0]]["milestone"]


_STEPS = {f"{each.code}_on" for each in layers()["farmland_patch"].milestones}


def test_progress_says_what_the_progress_of_the_townships_is(client: TestClient) -> None:
    rows = asked(client, "/api/progress", as_of="2024-12-31")["rows"]
    said = {
        (row["org_unit"], row["layer"]): row
        for row in rows
        if row["measure"] == layers()[row["layer"]].measures[0].code
    }
    compared = 0
    for feature in every(client, "progress_by_township", as_of="2024-12-31"):
        for code, layer in layers().items():
            row = said.get((feature["id"], code))
            if layer.reference:
                continue
            total = feature["properties"][f"{code}_total"]
            assert (row is None) == (total is None), (feature["id"], code)
            if row is None:
                continue
            completed = feature["properties"][f"{code}_completed"]
            assert float(total) == pytest.approx(float(row["population"]))
            assert float(completed) == pytest.approx(float(row["milestones"][layer.completing.code]))  # type: ignore[union-attr]
            assert feature["properties"][f"{code}_overdue"] == pytest.approx(float(row["status"]["overdue"]))
            compared += 1
    assert compared > 50


def test_progress_of_all_layers_together_is_what_the_trend_counts(client: TestClient) -> None:
    for feature in every(client, "progress_by_township", as_of="2024-12-31"):
        told = feature["properties"]
        trend = asked(client, "/api/progress/trend", as_of="2024-12-31", org_unit=feature["id"], months=1)
        known = [float(trend[name][-1]) for name in ("population", "completed", "overdue")]
        assert known[0] > known[1] > 0
        assert [told[f"features_{name}"] for name in ("total", "completed", "overdue")] == pytest.approx(known)
        assert told["features_percent"] == pytest.approx(100 * known[1] / known[0], abs=0.051)


# --- what narrows a page ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("system", CRS_URIS)
def test_a_box_finds_what_touches_it_in_every_system(client: TestClient, system: str) -> None:
    """The truth is shapely's, on the same box; edges of boxes in metres run on the ground."""
    way = pyproj.Transformer.from_crs(4490, _epsg(system), always_xy=True)
    west, south, east, north = BOX
    corners = (
        [way.transform(x, y) for x, y in ((west, south), (east, north))]
        if "CRS84" not in system
        else [(west, south), (east, north)]
    )
    (left, bottom), (right, top) = corners
    numbers = (bottom, left, top, right) if _flipped(system) else (left, bottom, right, top)
    found = every(client, "farmland_patch", bbox=",".join(map(repr, numbers)), bbox_crs=system)
    back = pyproj.Transformer.from_crs(_epsg(system), 4490, always_xy=True)
    drawn = shapely.segmentize(shapely.box(left, bottom, right, top), max(right - left, top - bottom) / 32)
    box = shapely.transform(drawn, lambda xy: np.array([back.transform(x, y) for x, y in xy]))
    wanted = {each["id"] for each in every(client, "farmland_patch") if shape(each["geometry"]).intersects(box)}
    assert {each["id"] for each in found} == wanted
    assert 0 < len(wanted) < len(every(client, "farmland_patch"))


def _epsg(system: str) -> int:
    return 4326 if "CRS84" in system else int(system.rpartition("/")[2])


def _flipped(system: str) -> bool:
    return "CRS84" not in system and pyproj.CRS.from_epsg(_epsg(system)).axis_info[0].direction == "north"


@pytest.mark.parametrize("system", CRS_URIS)
def test_positions_are_those_of_the_system_asked_for(client: TestClient, system: str) -> None:
    plain = every(client, "hazard_point")
    answer = client.get(ITEMS.format("hazard_point"), params={"crs": system, "limit": 1000})
    assert answer.headers["content-crs"] == f"<{system}>"
    way = pyproj.Transformer.from_crs(4490, _epsg(system), always_xy=True)
    for one, other in zip(plain, answer.json()["features"], strict=True):
        x, y = (
            way.transform(*one["geometry"]["coordinates"]) if _epsg(system) != 4326 else one["geometry"]["coordinates"]
        )
        shown = other["geometry"]["coordinates"]
        assert (shown[::-1] if _flipped(system) else shown) == pytest.approx(
            [x, y], abs=1e-3 if _epsg(system) > 4490 or _epsg(system) == 3857 else 2e-9
        )


def test_a_box_across_the_180th_meridian_is_two(fresh: Any) -> None:
    database: Database = fresh("placed")
    with psycopg.connect(database.dsn) as connection:
        for code, x in (("east", 179.5), ("west", -179.5), ("far", 0)):
            connection.execute(
                "INSERT INTO feature (layer, code, geom)"
                " VALUES ('hazard_point', %s, st_setsrid(st_makepoint(%s, 1), 4490))",
                [code, x],
            )
    with client_of(database) as client:
        found = every(client, "hazard_point", bbox="179,0,-179,2")
    assert {each["properties"]["code"] for each in found} == {"east", "west"}


def test_values_of_properties_narrow_a_page(client: TestClient) -> None:
    whole = every(client, "hazard_point")
    for name in ("township", "status", "kind", "threatened_people", "automatic_monitoring", "starts_on"):
        value = next(each["properties"][name] for each in whole if each["properties"][name] is not None)
        written = json.dumps(value) if isinstance(value, bool) else value
        found = every(client, "hazard_point", **{name: written})
        assert [each["id"] for each in found] == [each["id"] for each in whole if each["properties"][name] == value]
        assert 0 < len(found) < len(whole)


def test_a_time_leaves_out_what_was_listed_later(client: TestClient) -> None:
    whole = every(client, "hazard_point")
    for written in ("2017-01-01", "../2017-01-01", "2016-01-01/2017-01-01T00:00:00Z"):
        found = {each["id"] for each in every(client, "hazard_point", datetime=written)}
        assert found == {each["id"] for each in whole if (each["properties"]["starts_on"] or "") <= "2017-01-01"}
    assert 0 < len(found) < len(whole)
    assert len(every(client, "hazard_point", datetime="2017-01-01/..")) == len(whole)
    assert len(every(client, "org_unit", datetime="1950-01-01")) == len(every(client, "org_unit"))


# --- formats ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["farmland_patch", "hazard_point", "org_unit", "progress_by_township"])
def test_every_format_holds_the_same(client: TestClient, code: str) -> None:
    whole = every(client, code)
    wanted = [each["properties"]["code"] for each in whole]
    drawn = [shape(each["geometry"]) if each["geometry"] else None for each in whole]
    files = {
        each: client.get(ITEMS.format(code), params={"f": each, "limit": 10_000})
        for each in ("fgb", "parquet", "csv", "xlsx")
    }
    table = pyogrio.read_dataframe(io.BytesIO(files["fgb"].content)).set_index("code").loc[wanted]
    assert all(
        shapely.equals_exact(one, other, 1e-8) for one, other in zip(table.geometry, drawn, strict=True) if other
    )
    parquet = pq.read_table(io.BytesIO(files["parquet"].content))
    assert parquet["code"].to_pylist() == wanted
    assert parquet.column_names == [*collections()[code].named, "geometry"]
    rows = list(csv.DictReader(io.StringIO(files["csv"].content.decode("utf-8-sig"))))
    assert [row["code"] for row in rows] == wanted
    for name, kind in ((each.name, each.kind) for each in collections()[code].properties):
        if kind in ("integer", "number"):
            numbers = [each["properties"][name] for each in whole]
            assert parquet[name].to_pylist() == pytest.approx(
                [None if each is None else float(each) for each in numbers]
            )
    book = load_workbook(io.BytesIO(files["xlsx"].content), read_only=True)
    sheet = list(book[book.sheetnames[0]].values)
    place = [each.name for each in collections()[code].properties].index("code")
    assert [row[place] for row in sheet[1:]] == wanted


def test_a_file_says_where_the_rest_begins(client: TestClient) -> None:
    first = client.get(ITEMS.format("hazard_point"), params={"f": "csv", "limit": 30})
    rows = list(csv.DictReader(io.StringIO(first.content.decode("utf-8-sig"))))
    assert len(rows) == 30
    following = first.links["next"]["url"]
    second = client.get(following)
    rows += list(csv.DictReader(io.StringIO(second.content.decode("utf-8-sig"))))
    assert [row["code"] for row in rows] == [each["properties"]["code"] for each in every(client, "hazard_point")][:60]


def test_a_large_page_is_sent_from_a_file(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    address = ITEMS.format("farmland_patch")
    small = client.get(address)
    monkeypatch.setattr("api.routes.items._SPOOLED", 1000)
    large = client.get(address)
    assert large.json() == small.json()


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("application/geo+json", "application/geo+json"),
        ("application/json", "application/geo+json"),
        ("*/*", "application/geo+json"),
        ("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "text/html"),
        ("text/csv", "text/csv"),
        ("application/json;q=0.1, text/html;q=0.2", "text/html"),
        ("application/flatgeobuf, */*;q=0.1", "application/flatgeobuf"),
    ],
)
def test_the_format_is_what_the_client_prefers(client: TestClient, accept: str, kind: str) -> None:
    answer = client.get(ITEMS.format("hazard_point"), params={"limit": 1}, headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == kind
    assert "accept" in answer.headers["vary"].lower()


def test_an_item_has_a_tag_that_an_unchanged_item_keeps(client: TestClient) -> None:
    feature = every(client, "hazard_point")[0]
    address = f"{ITEMS.format('hazard_point')}/{feature['id']}"
    answer = client.get(address)
    assert answer.headers["etag"].startswith(f'"{feature["properties"]["version"]}-')
    assert client.get(address, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    page = client.get(ITEMS.format("hazard_point"))
    assert client.get(ITEMS.format("hazard_point"), headers={"If-None-Match": page.headers["etag"]}).status_code == 304


def test_pages_for_readers_show_values_as_they_are(fresh: Any) -> None:
    database: Database = fresh("placed")
    hostile = "<script>alert(1)</script>"
    with psycopg.connect(database.dsn) as connection:
        row = connection.execute(
            "INSERT INTO feature (layer, code, name) VALUES ('hazard_point', '1', %s) RETURNING id", [hostile]
        ).fetchone()
    assert row
    with client_of(database) as client:
        for address in (ITEMS.format("hazard_point"), f"{ITEMS.format('hazard_point')}/{row[0]}"):
            text = client.get(address, params={"f": "html"}).text
            assert hostile not in text
            assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


# --- refusals ---------------------------------------------------------------------------------------------------------

HAZARDS = ITEMS.format("hazard_point")
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        ("/ogc/collections/nix", 404, "not_found"),
        ("/ogc/collections/nix/items", 404, "not_found"),
        (f"{HAZARDS}/{NOBODY}", 404, "not_found"),
        (f"{HAZARDS}/1", 404, "not_found"),
        (f"{HAZARDS}/%00", 404, "not_found"),
        ("/ogc/collections/org_unit/items/1", 404, "not_found"),
        (f"{HAZARDS}?colour=red", 400, "unknown_parameter"),
        (f"{HAZARDS}?limit=1&limit=2", 400, "unknown_parameter"),
        ("/ogc?colour=red", 400, "unknown_parameter"),
        (f"{HAZARDS}?limit=0", 400, "invalid"),
        (f"{HAZARDS}?limit=many", 400, "invalid"),
        (f"{HAZARDS}?bbox=1,2,3", 400, "bad_value"),
        (f"{HAZARDS}?bbox=1,2,3,nan", 400, "bad_value"),
        (f"{HAZARDS}?bbox=103,30,104,29", 400, "bad_value"),
        (f"{HAZARDS}?bbox=103,29,104,30&bbox-crs=EPSG:4490", 400, "bad_value"),
        (f"{HAZARDS}?bbox=35400000,3200000,35500000,3300000&bbox-crs={quote(uri(4523))}", 400, "bad_value"),
        (f"{HAZARDS}?crs=http://www.opengis.net/def/crs/EPSG/0/2154", 400, "bad_value"),
        (f"{HAZARDS}?datetime=yesterday", 400, "bad_value"),
        (f"{HAZARDS}?datetime=2024-01-02/2024-01-01", 400, "bad_value"),
        (f"{HAZARDS}?datetime=../..&as_of=1850-01-01", 400, "invalid"),
        (f"{HAZARDS}?as_of=soon", 400, "invalid"),
        (f"{HAZARDS}?cursor=!!", 400, "bad_value"),
        (f"{HAZARDS}?threatened_people=many", 400, "bad_value"),
        (f"{HAZARDS}?threatened_property=NaN", 400, "bad_value"),
        (f"{HAZARDS}?name=%00", 400, "bad_value"),
        (f"{HAZARDS}?f=shp", 400, "bad_value"),
        ("/ogc?f=csv", 400, "bad_value"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_a_sentence(
    client: TestClient, address: str, status: int, code: str
) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail_zh"] != answer.json()["detail_en"]


def test_a_format_nobody_offers_is_406(client: TestClient) -> None:
    for address in ("/ogc", HAZARDS):
        answer = client.get(address, headers={"Accept": "image/png"})
        assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")
        assert client.get(address, headers={"Accept": "image/png, */*;q=0.1"}).status_code == 200


def test_a_database_that_is_away_is_503() -> None:
    gone = Settings(database="postgresql:///nix?host=/nowhere&connect_timeout=1")  # pyright: ignore[reportCallIssue]
    anybody = {"Authorization": "Bearer shp_x"}
    with Database(gone) as database, TestClient(create_app(database), headers=anybody) as client:
        for address in ("/ogc/collections", HAZARDS, f"{HAZARDS}?f=csv", f"{HAZARDS}/{NOBODY}"):
            answer = client.get(address)
            assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
            assert "retry-after" in answer.headers
        assert client.get("/ogc/conformance").status_code == 200


def test_conformance_is_stated_once_and_holds_what_the_door_does(client: TestClient) -> None:
    classes = asked(client, "/ogc/conformance")["conformsTo"]
    assert len(classes) == len(set(classes))
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in classes
    assert not [each for each in classes if "array" in each or "simpletx" in each]


def test_every_collection_is_as_of_today_by_default(client: TestClient) -> None:
    today = date.today().isoformat()
    assert every(client, "hazard_point") == every(client, "hazard_point", as_of=today)
