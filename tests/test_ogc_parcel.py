"""Parcels at the standards door: whose they are, in the order of their batches, in boxes, systems, files and GDAL."""

import base64
import csv
import io
import subprocess
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pyogrio
import pytest
import shapely
from conftest import at_home
from people import READER, asking, served, signed_in
from shapely.geometry import shape
from starlette.testclient import TestClient
from test_ogc import every
from test_parcel_batch import features, kept, square

from geo.collection import collections
from geo.crs import uri
from geo.database import Database
from geo.settings import today

HERE = "/ogc/collections/parcel"
ITEMS = f"{HERE}/items"


@pytest.fixture
def office(fresh: Any, tmp_path: Path) -> Iterator[Database]:
    """A database with places and no parcels, whose program keeps its files in a folder of its own."""
    with at_home(fresh("placed"), tmp_path / "home") as database:
        yield database


@pytest.fixture
def wang(office: Database) -> Iterator[TestClient]:
    with asking(office, "wang") as client:
        yield client


def numbers(client: TestClient, **parameters: object) -> list[str]:
    return [each["properties"]["number"] for each in every(client, "parcel", **parameters)]


def test_parcels_are_whose_they_are_until_their_batch_is_shared(office: Database, wang: TestClient) -> None:
    own = kept(wang, drawing=features("甲-1", "甲-2"))
    item = f"{ITEMS}/{every(wang, 'parcel')[0]['id']}"
    with asking(office, "li") as li, asking(office, "nobody", ()) as nobody:

        def seen(client: TestClient) -> tuple[list[str], bool, int, int]:
            rows = list(csv.DictReader(io.StringIO(client.get(ITEMS, params={"f": "csv"}).text)))
            there = "extent" in client.get(HERE).json()
            return numbers(client), there, client.get(item).status_code, len(rows)

        whole = ["甲-1", "甲-2"], True, 200, 2
        nothing = [], False, 404, 0
        assert seen(wang) == whole
        assert seen(li) == nothing
        assert wang.patch(f"/api/parcel-batches/{own.id}", json={"shared": True}).status_code == 200
        assert seen(li) == whole
        assert numbers(nobody) == []
        with asking(office, "root", (("administrator", None),)) as root:
            assert root.delete(f"/api/parcel-batches/{own.id}").status_code == 204
            assert numbers(root) == []
        assert seen(wang) == seen(li) == nothing


def test_an_extent_is_of_what_the_asker_sees(office: Database, wang: TestClient) -> None:
    kept(wang, drawing=square())
    with asking(office, "li") as li:
        kept(li, drawing=square(east=0.1))
    bounds = wang.get(HERE).json()["extent"]["spatial"]["bbox"][0]
    assert bounds == pytest.approx(shape(square()).bounds, abs=1e-4)


def test_pages_follow_the_batches_and_hold_every_parcel_once(wang: TestClient) -> None:
    batches = {str(kept(wang, drawing=features(*names)).id): list(names) for names in ("cab", "zyx")}
    wanted = [name for _, names in sorted(batches.items()) for name in names]
    assert numbers(wang) == numbers(wang, limit=2) == wanted
    page = wang.get(ITEMS, params={"limit": 2}).json()
    assert (page["numberMatched"], page["numberReturned"]) == (6, 2)
    first = wang.get(ITEMS, params={"f": "csv", "limit": 4})
    rest = wang.get(first.links["next"]["url"])
    assert [
        row["number"] for part in (first, rest) for row in csv.DictReader(io.StringIO(part.content.decode("utf-8-sig")))
    ] == wanted


@pytest.mark.parametrize("key", ["x", "a/1/b", f"{0:032x}/-1/{0:032x}", f"{0:032x}/99999999999/{0:032x}"])
def test_a_cursor_that_no_page_gave_is_refused(wang: TestClient, key: str) -> None:
    cursor = base64.urlsafe_b64encode(f"/{key}".encode()).decode().rstrip("=")
    answer = wang.get(ITEMS, params={"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_value")


def test_parcels_are_narrowed_by_box_property_and_filter(wang: TestClient) -> None:
    kept(wang, drawing=features("1", "2", "3", registered_area_m2=9_000))
    other = kept(wang, drawing=features("4", kind="rural_housing"))
    box = ",".join(map(str, shape(square(east=0.002)).buffer(-0.0001).bounds))
    assert numbers(wang, bbox=box) == ["2"]
    assert numbers(wang, batch=other.id) == numbers(wang, kind="rural_housing") == ["4"]
    assert numbers(wang, filter="registered_area_m2 < area_m2 AND number > '1'") == ["2", "3"]
    assert numbers(wang, filter="S_INTERSECTS(geometry, BBOX(103.2,29.2,103.27,29.24)) AND batch_name = '一批'") != []
    answer = wang.get(ITEMS, params={"owner": "wang"})
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_parameter")


def test_a_parcel_says_what_the_schema_promises(wang: TestClient) -> None:
    kept(wang, drawing=features("甲-1", name="一组", registered_area_m2=10_000))
    told = every(wang, "parcel")[0]
    assert told["properties"].keys() == set(collections()["parcel"].named)
    assert told["properties"]["origin"] in wang.get(f"{HERE}/schema").json()["properties"]["origin"]["enum"]
    assert not any("created_by" in each or "wang" in str(each) for each in told["properties"].items())
    flipped = every(wang, "parcel", crs=uri(4490))[0]["geometry"]["coordinates"][0][0][0]
    assert flipped == told["geometry"]["coordinates"][0][0][0][::-1]
    one = wang.get(f"{ITEMS}/{told['id']}")
    assert one.json()["geometry"] == told["geometry"]
    assert "甲-1" in wang.get(f"{ITEMS}/{told['id']}", params={"f": "html"}).text


def test_parcels_are_there_from_the_day_they_were_kept(office: Database, wang: TestClient) -> None:
    batch = kept(wang, drawing=features("1")).id
    with psycopg.connect(office.dsn) as connection:
        connection.execute("UPDATE parcel_batch SET created_at = '2024-05-01 08:00+08' WHERE id = %s", [batch])
    kept(wang, drawing=features("2"))
    assert numbers(wang, as_of="2024-04-30") == numbers(wang, datetime="2024-04-30") == []
    assert numbers(wang, as_of="2024-05-01") == numbers(wang, datetime="../2024-05-01") == ["1"]
    assert sorted(numbers(wang)) == ["1", "2"]
    assert {date.fromisoformat(each["properties"]["kept_on"]) for each in every(wang, "parcel")} <= {
        date(2024, 5, 1), today(), today() - timedelta(days=1),
    }  # fmt: skip


def test_gdal_copies_a_reader_s_parcels_and_no_others(office: Database, wang: TestClient, tmp_path: Path) -> None:
    mine, other = kept(wang, drawing=features("1", "2")), kept(wang, drawing=features("3"))
    with served(signed_in(office, **READER)) as address:

        def copied(name: str) -> Any:
            command = ["ogr2ogr", "-f", "GPKG", tmp_path / name, f"OAPIF:{address}/ogc", "parcel"]
            subprocess.run(command, check=True, timeout=100)
            return pyogrio.read_dataframe(tmp_path / name)

        assert len(copied("none.gpkg")) == 0
        wang.patch(f"/api/parcel-batches/{mine.id}", json={"shared": True})
        table = copied("two.gpkg")
    assert table["number"].tolist() == ["1", "2"]
    drawn = [shape(each["geometry"]) for each in every(wang, "parcel", batch=mine.id)]
    assert all(shapely.equals_exact(one, two, 1e-8) for one, two in zip(table.geometry, drawn, strict=True))
    assert str(other.id) not in set(table["batch"])
