"""Filters as a client of the standards door writes them: what is found, and where a fault is said to be."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from people import client_of
from starlette.testclient import TestClient

from geo.collection import collections
from geo.crs import CRS_URIS, uri
from geo.database import Database

POINTS = "/ogc/collections/hazard_point/items"


@pytest.fixture(scope="module")
def client(demo: Database) -> Iterator[TestClient]:
    """The standards door over the demonstration."""
    with client_of(demo) as client:
        yield client


def found(client: TestClient, written: str, address: str = POINTS, **parameters: str) -> list[dict[str, Any]]:
    named = {name.replace("_", "-"): value for name, value in parameters.items()}
    answer = client.get(address, params={"filter": written, "limit": 10_000, **named})
    assert answer.status_code == 200, answer.text
    return answer.json()["features"]


def every(client: TestClient, address: str = POINTS) -> list[dict[str, Any]]:
    return client.get(address, params={"limit": 10_000}).json()["features"]


def codes(features: list[dict[str, Any]]) -> list[str]:
    return [each["properties"]["code"] for each in features]


def test_a_filter_finds_what_the_same_question_in_python_finds(client: TestClient) -> None:
    everything = every(client)
    status = everything[0]["properties"]["status"]
    wanted = [each for each in everything if each["properties"]["status"] == status]
    assert 0 < len(wanted) < len(everything)
    assert codes(found(client, f"status = '{status}'")) == codes(wanted)
    document = {"op": "=", "args": [{"property": "status"}, status]}
    assert codes(found(client, json.dumps(document), filter_lang="cql2-json")) == codes(wanted)
    rest = found(client, f"NOT (status = '{status}') OR status IS NULL")
    assert sorted(codes(rest) + codes(wanted)) == sorted(codes(everything))


def test_names_and_days_are_asked_in_chinese(client: TestClient) -> None:
    everything = every(client)
    name = everything[0]["properties"]["township_name"]
    wanted = [each for each in everything if each["properties"]["township_name"] == name]
    assert codes(found(client, f"township_name LIKE '{name[0]}%' AND township_name = '{name}'")) == codes(wanted)
    days = [each["properties"]["reached_on"] for each in everything if each["properties"]["reached_on"]]
    middle = sorted(days)[len(days) // 2]
    late = found(client, f"reached_on >= DATE('{middle}')")
    assert len(late) == sum(day >= middle for day in days)
    assert codes(found(client, f"T_INTERSECTS(reached_on, INTERVAL('{middle}', '..'))")) == codes(late)


def test_a_geometry_means_the_same_place_in_every_system(client: TestClient) -> None:
    west, south, east, north = 103.2, 29.15, 103.3, 29.3
    boxed = found(client, f"S_INTERSECTS(geometry, BBOX({west},{south},{east},{north}))")
    assert 0 < len(boxed) < len(every(client))
    assert codes(boxed) == codes(
        client.get(POINTS, params={"bbox": f"{west},{south},{east},{north}"}).json()["features"]
    )
    flipped = (
        f"S_WITHIN(geometry, POLYGON(({south} {west},{south} {east},{north} {east},{north} {west},{south} {west})))"
    )
    assert codes(found(client, flipped, filter_crs=uri(4490))) == codes(boxed)
    refused = client.get(POINTS, params={"filter": flipped})
    assert refused.status_code == 400
    assert refused.json()["values"]["position"] == flipped.index("POLYGON")
    for system in CRS_URIS:
        x, y = client.get(POINTS, params={"crs": system, "limit": 1}).json()["features"][0]["geometry"]["coordinates"]
        size = 1e-5 if "4490" in system or "4326" in system or "CRS84" in system else 1
        near = f"S_INTERSECTS(geometry, BBOX({x - size},{y - size},{x + size},{y + size}))"
        assert codes(every(client))[0] in codes(found(client, near, filter_crs=system)), system


@pytest.mark.parametrize(
    ("written", "position"),
    [
        ("status = ", 9),
        ("nobody = 1", 0),
        ("code = 'a' AND pg_sleep(10) = 1", 15),
        ("code = 'a'; DROP TABLE feature", 10),
        ("area_m2 > 'large'", 10),
        ("S_RELATE(geometry, POINT(1 2), 'T')", 0),
    ],
)
def test_a_fault_is_answered_with_its_place(client: TestClient, written: str, position: int) -> None:
    answer = client.get(POINTS, params={"filter": written})
    assert answer.status_code == 400
    body = answer.json()
    assert body["code"] == "filter_fault"
    assert body["values"]["position"] == position
    assert f"第 {position + 1} 个字符处" in body["detail_zh"]
    assert f"character {position + 1}" in body["detail_en"]


def test_a_fault_in_json_is_answered_with_its_pointer(client: TestClient) -> None:
    document = {"op": "and", "args": [{"op": "=", "args": [{"property": "code"}, "a"]}, {"property": "nobody\ud800"}]}
    for parameters in ({"filter": json.dumps(document)},):
        answer = client.get(POINTS, params={**parameters, "filter-lang": "cql2-json"})
        assert answer.status_code == 400
        assert answer.json()["values"]["path"] == "/args/1/property"


def test_the_examples_of_the_guide_are_answered(client: TestClient) -> None:
    guide = (Path(__file__).resolve().parent.parent / "docs" / "filter.md").read_text("utf-8")
    examples = re.findall(r"^\| .* \| .* \| `(.+)` \|$", guide.partition("## What is understood")[0], re.MULTILINE)
    assert len(examples) > 8
    for written in examples:
        found(client, written)


def test_every_property_of_every_collection_can_be_asked_for(client: TestClient) -> None:
    for code, collection in collections().items():
        address = f"/ogc/collections/{code}/items"
        matched = client.get(address, params={"limit": 1}).json().get("numberMatched")
        for name in collection.named:
            both = client.get(address, params={"filter": f'"{name}" IS NULL OR "{name}" = "{name}"', "limit": 1})
            assert both.json().get("numberMatched") == matched, (code, name)
        assert bool(found(client, "S_DISJOINT(geometry, POINT(0 0))", address)) == bool(matched), code


def test_no_odd_feature_refuses_the_others(client: TestClient) -> None:
    assert found(client, "area_m2 / 0 > 1") == []
    assert found(client, "version ^ 1000000 > 0 AND version > 1") == []
    assert codes(found(client, "version ^ 2 = version * version")) == codes(every(client))
