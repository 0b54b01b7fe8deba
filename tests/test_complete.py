"""That a file holds all there is: what is not on record is then known not to be there, until the import is undone."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pytest
import shapely
from people import asking, header
from starlette.testclient import TestClient

from geo.database import Database
from geo.errors import BadValue
from geo.ingest.choice import Choice
from geo.ingest.complete import Complete
from geo.ingest.load import load
from geo.ingest.undo import undo
from geo.layers import layer
from geo.settings import today
from geo.viewer import acting

SEAT = (103.26587, 29.23082)
COUNTY, TOWN, ELSEWHERE = "511132", "511132100", "511132101"
LAYER = "hazard_point"
DAY = date(2026, 3, 31)


@pytest.fixture
def office(fresh: Any) -> Database:
    return fresh("placed")


@pytest.fixture
def wang(office: Database) -> Iterator[TestClient]:
    with asking(office, "wang") as client:
        yield client


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """One record that lies in another township than the parcel that is asked about."""
    import geopandas

    path = tmp_path / "隐患点.geojson"
    frame = geopandas.GeoDataFrame(
        {"code": ["H1"], "name": ["一号"], "org_unit": [ELSEWHERE]}, geometry=[shapely.Point(*SEAT)], crs=4490
    )
    frame.to_file(path)
    return path


def imported(office: Database, path: Path, *org_units: str, **more: Any) -> int:
    with psycopg.connect(office.dsn) as connection:
        x, y = connection.execute(
            "SELECT st_x(st_pointonsurface(geom)), st_y(st_pointonsurface(geom)) FROM org_unit WHERE code = %s",
            [ELSEWHERE],
        ).fetchone() or (0, 0)
    document = json.loads(path.read_text("utf-8"))
    document["features"][0]["geometry"] = {"type": "Point", "coordinates": [x, y]}
    path.write_text(json.dumps(document), "utf-8")
    choice = Choice(complete=Complete(org_units, DAY) if org_units else None, by="wang", **more)
    report = load(office, layer(LAYER), path, choice)
    assert report.import_id is not None
    return report.import_id


def standing(client: TestClient, as_of: date | None = None) -> tuple[str, dict[str, Any]]:
    """In which list the layer is for a parcel in the county seat, on a day."""
    box = json.loads(shapely.to_geojson(shapely.box(SEAT[0], SEAT[1], SEAT[0] + 0.001, SEAT[1] + 0.001)))
    day = {"as_of": as_of.isoformat()} if as_of else {}
    answer = client.post("/api/overlay", json={"geometry": box, "layers": [LAYER], **day})
    assert answer.status_code == 200, answer.text
    lists = answer.json()["parcels"][0]["lists"]
    ((name, found),) = [(name, each) for name, listed in lists.items() for each in listed]
    return name, found


@pytest.mark.parametrize("units", [(TOWN,), (COUNTY,), (ELSEWHERE, TOWN)])
def test_what_a_complete_file_lacks_is_not_there_until_it_is_undone(
    office: Database, wang: TestClient, file: Path, units: tuple[str, ...]
) -> None:
    imported(office, file)
    assert standing(wang)[0] == "no_data", "without a statement all is as it was"
    number = imported(office, file, *units)
    name, found = standing(wang)
    assert name == "not_concerned"
    for said in found["basis"].values():
        assert "2026-03-31" in said
        assert "隐患点.geojson" in said
    undo(office, number, by="wang")
    name, found = standing(wang)
    assert name == "no_data"
    assert found["basis"] is None
    with psycopg.connect(office.dsn) as connection:
        noted = connection.execute(
            "SELECT actor, action FROM audit_event WHERE action LIKE 'complete.%%' ORDER BY id"
        ).fetchall()
    assert noted == [("wang", "complete.create")] * len(units) + [("wang", "complete.undo")] * len(units)


def test_the_command_states_it_too(office: Database, wang: TestClient, file: Path, tmp_path: Path) -> None:
    imported(office, file)
    environment = os.environ | {"SHANHE_DATABASE": office.dsn, "SHANHE_HOME": str(tmp_path / "home")}

    def said(*more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from api.cli import main; main()", *more]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)

    refused = said("import", str(file), "--layer", LAYER, "--complete-for", "999999")
    assert refused.returncode != 0
    assert "乡镇或县的代码" in refused.stdout + refused.stderr
    assert standing(wang)[0] == "no_data"
    done = said("import", str(file), "--layer", LAYER, "--complete-for", TOWN, "--complete-as-of", "2026-03-31")
    assert done.returncode == 0, done.stderr
    assert "2026-03-31 的全部数据" in done.stdout + done.stderr
    assert standing(wang)[0] == "not_concerned"
    parcel, out = tmp_path / "地块.geojson", tmp_path / "结果.xlsx"
    box = shapely.box(SEAT[0], SEAT[1], SEAT[0] + 0.001, SEAT[1] + 0.001)
    feature = {"type": "Feature", "properties": {"编号": "1"}, "geometry": json.loads(shapely.to_geojson(box))}
    parcel.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")
    laid = said("overlay", str(parcel), "--against", LAYER, "--out", str(out))
    assert laid.returncode == 0, laid.stderr
    (row,) = list(openpyxl.load_workbook(out)["数据状况"].values)[1:]
    assert (row[1], row[3]) == ("不涉及", 1)
    assert "截至 2026-03-31 数据完整" in row[2]
    assert file.name in row[2]


def test_a_statement_says_nothing_of_the_days_before_it(office: Database, wang: TestClient, file: Path) -> None:
    imported(office, file, TOWN)
    assert standing(wang, DAY)[0] == "not_concerned"
    name, found = standing(wang, DAY - timedelta(days=1))
    assert (name, found["basis"]) == ("no_data", None)


def test_a_statement_for_another_township_says_nothing_of_this_one(
    office: Database, wang: TestClient, file: Path
) -> None:
    imported(office, file, ELSEWHERE)
    assert standing(wang)[0] == "no_data"


def test_who_may_not_see_a_layer_is_not_told_that_nothing_is_there(office: Database, file: Path) -> None:
    imported(office, file, COUNTY)
    with asking(office, "zhao", (("planner", ELSEWHERE),)) as zhao:
        name, found = standing(zhao)
    assert (name, found["basis"]) == ("no_data", None)
    with asking(office, "qian", (("planner", TOWN),)) as qian:
        assert standing(qian)[0] == "not_concerned", "the control"


FAULTS: dict[str, tuple[Complete, frozenset[str] | None]] = {
    "no unit": (Complete(("9",)), None),
    "a day to come": (Complete((TOWN,), today() + timedelta(days=2)), None),
    "a unit in which nothing may be entered": (Complete((TOWN,)), frozenset({ELSEWHERE})),
    "the county by whoever enters one township": (Complete((COUNTY,)), frozenset({ELSEWHERE})),
}


@pytest.mark.parametrize("what", FAULTS)
def test_a_statement_that_cannot_be_is_refused_and_nothing_is_entered(office: Database, file: Path, what: str) -> None:
    complete, within = FAULTS[what]
    with pytest.raises(BadValue) as refused:
        load(office, layer(LAYER), file, Choice(complete=complete, within=within, by="wang"))
    assert refused.value.text.zh
    with psycopg.connect(office.dsn) as connection:
        assert connection.execute("SELECT count(*) FROM import").fetchone() == (0,)


def test_a_file_of_which_rows_were_left_out_is_not_complete(office: Database, file: Path) -> None:
    imported(office, file)
    document = json.loads(file.read_text("utf-8"))
    document["features"].append({"type": "Feature", "properties": {"name": "没有编号"}, "geometry": None})
    file.write_text(json.dumps(document), "utf-8")
    with pytest.raises(BadValue):
        load(office, layer(LAYER), file, Choice(complete=Complete((TOWN,)), partial=True, by="wang"))
    dry = load(office, layer(LAYER), file, Choice(complete=Complete((TOWN,)), partial=True, dry=True, by="wang"))
    assert dry.refused == 1
    load(office, layer(LAYER), file, Choice(partial=True, by="wang"))  # the control


def test_the_web_role_states_nothing_by_itself(office: Database, file: Path) -> None:
    imported(office, file, COUNTY)
    header(office, "mallory", (("planner", None),))
    with pytest.raises(Exception, match=r"权限|[Nn]ot permitted"):  # noqa: SIM117 - what refuses is inside
        with acting("shp_mallory"), office.connection() as connection:
            connection.execute("UPDATE import_complete SET as_of = '2030-01-01'")
