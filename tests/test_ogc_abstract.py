"""The abstract tests of OGC API - Features, Part 3 (19-079r2, annex A) that ogctests cannot run, on every collection.

tests/clients/test_ogctests.py says why it cannot; the numbers are those of its tests.
"""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from people import asking
from starlette.testclient import TestClient
from test_parcel_batch import features, kept

from geo.collection import collections
from geo.database import Database

REL = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
GEOJSON = "application/geo+json"
WRONG = {"integer": "x", "number": "x", "boolean": "x", "date": "x", "timestamp": "x"}
"""What no property of a kind can be."""


@pytest.fixture(scope="module")
def client(demo: Database) -> Iterator[TestClient]:
    """The standards door over the demonstration, with a parcel."""
    with asking(demo, "abstract") as planner:
        batch = kept(planner, drawing=features("1"))
        yield planner
        assert planner.delete(f"/api/parcel-batches/{batch.id}").status_code == 204


def items(client: TestClient, code: str, /, **parameters: object) -> Any:
    named = {name.replace("_lang", "-lang"): str(value) for name, value in parameters.items()}
    answer = client.get(f"/ogc/collections/{code}/items", params=named, headers={"Accept": GEOJSON})
    if answer.status_code == 200:
        assert answer.headers["content-type"] == GEOJSON
    return answer


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["features"]]


def queryables(client: TestClient, code: str) -> dict[str, Any]:
    """Test 2: the Link header of the items leads there."""
    address = f"/ogc/collections/{code}/items"
    answer = client.head(address)
    if answer.status_code == 405:
        answer = client.get(address, params={"limit": 1})
    assert answer.status_code == 200
    found = client.get(answer.links[REL]["url"], headers={"Accept": "application/schema+json"})
    assert found.headers["content-type"] == "application/schema+json"
    assert found.json()["$id"] == answer.links[REL]["url"]
    return found.json()


@pytest.mark.parametrize("code", collections())
def test_3_the_header_leads_to_queryables_that_are_a_schema(client: TestClient, code: str) -> None:
    told = queryables(client, code)
    assert told["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert told["type"] == "object"
    assert told["additionalProperties"] is False
    assert all("type" in each or each["format"].startswith("geometry-") for each in told["properties"].values())
    jsonschema_rs.meta.validate(told)


@pytest.mark.parametrize("code", collections())
def test_5_every_queryable_is_a_parameter(client: TestClient, code: str) -> None:
    whole = items(client, code, limit=50).json()["features"]
    for of in collections()[code].properties:
        value = next((each["properties"][of.name] for each in whole if each["properties"][of.name] is not None), None)
        if value is not None:
            written = value if isinstance(value, str) else json.dumps(value)
            found = items(client, code, limit=50, **{of.name: written}).json()["features"]
            assert found
            assert {each["properties"][of.name] for each in found} == {value}
        if of.kind in WRONG:
            assert items(client, code, **{of.name: WRONG[of.kind]}).status_code == 400


@pytest.mark.parametrize("code", collections())
def test_7_and_8_filters_in_both_languages_and_the_default(client: TestClient, code: str) -> None:
    first = collections()[code].properties[0].name
    whole = items(client, code, limit=50).json()["features"]
    wanted = [each["id"] for each in whole if each["properties"][first] == whole[0]["properties"][first]]
    value = whole[0]["properties"][first]
    valid = f"{first} = '{value}'"
    tree = json.dumps({"op": "=", "args": [{"property": first}, value]})
    assert ids(items(client, code, filter=valid)) == wanted
    assert ids(items(client, code, filter=valid, filter_lang="cql2-text")) == wanted
    assert ids(items(client, code, filter=tree, filter_lang="cql2-json")) == wanted
    assert items(client, code, filter=tree).status_code == 400
    assert items(client, code, filter=f"{first} = ").status_code == 400
    assert items(client, code, filter='{"op": "="}', filter_lang="cql2-json").status_code == 400


@pytest.mark.parametrize("code", collections())
def test_9_what_is_no_queryable_is_refused(client: TestClient, code: str) -> None:
    assert items(client, code, filter="this_is_not_a_queryable = 1").status_code == 400


@pytest.mark.parametrize("code", collections())
def test_10_a_filter_s_positions_are_longitude_and_latitude(client: TestClient, code: str) -> None:
    extent = client.get(f"/ogc/collections/{code}").json()["extent"]["spatial"]["bbox"][0]
    box = ",".join(map(str, extent))
    drawn = ids(items(client, code, limit=10_000, filter="geometry IS NOT NULL"))
    assert drawn
    assert ids(items(client, code, limit=10_000, filter=f"S_INTERSECTS(geometry, BBOX({box}))")) == drawn
    far = "S_INTERSECTS(geometry, BBOX(1000000,1000000,2000000,2000000))"
    assert items(client, code, filter=far).status_code == 400
