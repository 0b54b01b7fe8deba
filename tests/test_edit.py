"""Features changed one at a time: the same rules as an import, and nothing lost between two writers."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
import pytest
import shapely
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from geo import crs, edit
from geo.collection import collection
from geo.database import Database
from geo.edit.document import merged
from geo.errors import NotFound
from geo.ingest.load import LOCK
from geo.item import Asked, item
from geo.layers import layer
from geo.progress import differences
from geo.settings import today

HAZARD, FARM = layer("hazard_point"), layer("farmland_patch")
SPOT = (103.25, 29.2)


def feature(geometry: Any = ..., **properties: Any) -> dict[str, Any]:
    drawn = {"type": "Point", "coordinates": list(SPOT)} if geometry is ... else geometry
    return {"type": "Feature", "geometry": drawn, "properties": {"code": "1", **properties}}


def square(west: float, south: float, size: float = 0.001) -> dict[str, Any]:
    return json.loads(shapely.to_geojson(shapely.box(west, south, west + size, south + size)))


def create(database: Database, document: object, *, of: Any = HAZARD, uri: str = crs.CRS84) -> edit.Edited:
    with database.session() as connection:
        return edit.create(connection, of, document, uri=uri, by="tester")


def replace(database: Database, told: UUID, document: object, *versions: int, of: Any = HAZARD) -> edit.Edited:
    with database.session() as connection:
        allowed = set(versions) or None
        return edit.replace(connection, of, told, document, versions=allowed, uri=crs.CRS84, by="tester")


def update(
    database: Database, told: UUID, patch: object, *versions: int, of: Any = HAZARD, uri: str = crs.CRS84
) -> edit.Edited:
    with database.session() as connection:
        allowed = set(versions) or None
        return edit.update(connection, of, told, patch, versions=allowed, uri=uri, by="tester")


def delete(database: Database, told: UUID, *versions: int, of: Any = HAZARD) -> None:
    with database.session() as connection:
        edit.delete(connection, of, told, versions=set(versions) or None, by="tester")


def read(database: Database, told: UUID, of: Any = HAZARD, uri: str = crs.CRS84) -> dict[str, Any]:
    with database.session() as connection:
        return json.loads(item(connection, Asked(collection(of.code), today(), "zh", uri), str(told)))


def asked(database: Database, query: str, *values: object) -> list[tuple[Any, ...]]:
    with psycopg.connect(database.dsn) as connection:
        return connection.execute(query, values or None).fetchall()  # pyright: ignore


def sums_are_equal(database: Database) -> bool:
    with database.session() as connection:
        connection.execute("SELECT progress_fold()")
        return differences(connection) == []


def refused(raised: Any) -> dict[str, str]:
    return {each.column: each.code for each in raised.value.values["problems"] if each.severity == "error"}


@pytest.fixture(scope="module")
def kept(make_database: Any) -> Database:
    return make_database("placed")


@pytest.fixture(autouse=True)
def _emptied(request: pytest.FixtureRequest) -> None:
    if "kept" in request.fixturenames:
        database: Database = request.getfixturevalue("kept")
        with psycopg.connect(database.dsn) as connection:
            connection.execute("DELETE FROM feature")
            connection.execute("DELETE FROM feature_version")


# --- what is stored ---------------------------------------------------------------------------------------------------


def test_a_created_feature_is_read_as_it_was_sent(kept: Database) -> None:
    sent = feature(
        name="滑坡", kind="滑坡", threatened_people="1,200", due_on="2026年3月1日", automatic_monitoring=True
    )
    told = create(kept, sent)
    assert told.version == 1
    found = read(kept, told.id)
    assert found["geometry"] == {"type": "Point", "coordinates": list(SPOT)}
    said = found["properties"]
    assert (said["kind"], said["threatened_people"], said["due_on"]) == ("01", 1200, "2026-03-01")
    assert (said["automatic_monitoring"], said["township"] is None) == (True, False)
    assert asked(kept, "SELECT recorded_by, reason IS NULL FROM feature") == [("tester", False)]
    assert sums_are_equal(kept)


def test_what_is_read_can_be_sent_back_and_changes_nothing(kept: Database) -> None:
    west, south = SPOT[0] + 1 / 3e3, SPOT[1] + 1 / 7e3  # more digits than an answer has
    told = create(kept, feature(square(west, south), name="图斑", registered_area_m2=10_700.555), of=FARM)
    found: dict[str, Any] = {}
    for uri in crs.CRS_URIS:
        found = read(kept, told.id, FARM, uri)
        with kept.session() as connection:
            again = edit.replace(connection, FARM, told.id, found, versions={1}, uri=uri, by="tester")
        assert again.version == 1
    assert asked(kept, "SELECT count(*) FROM feature_version") == [(0,)]
    found["properties"]["name"] = "别的"
    assert replace(kept, told.id, read(kept, told.id, FARM) | {"properties": found["properties"]}, of=FARM).version == 2


@pytest.mark.parametrize("uri", crs.CRS_URIS)
def test_an_edit_in_any_system_lands_on_the_same_spot(kept: Database, uri: str) -> None:
    spot = shapely.Point(*SPOT)
    moved = crs.in_registry_order(np.array([spot], object), uri)[0]
    told = create(kept, feature(json.loads(shapely.to_geojson(moved))), uri=uri)
    x, y = read(kept, told.id)["geometry"]["coordinates"]
    metres = shapely.distance(spot, shapely.Point(x, y)) * crs.METRES_PER_DEGREE
    assert metres < 0.01
    update(kept, told.id, {"geometry": {"coordinates": [moved.x, moved.y]}}, uri=uri)
    assert read(kept, told.id)["geometry"]["coordinates"] == [x, y]


def test_coordinates_in_the_wrong_order_are_outside_the_county(kept: Database) -> None:
    with pytest.raises(edit.FeatureRefused) as raised:
        create(kept, feature(), uri=crs.uri(4490))
    assert refused(raised) == {"geometry": "outside_county"}


@pytest.mark.parametrize(
    ("of", "document", "problem"),
    [
        (HAZARD, feature(None, code=None), {"code": "required"}),
        (HAZARD, feature(code="  "), {"code": "required"}),
        (HAZARD, feature(code="x" * 65), {"code": "value"}),
        (HAZARD, feature(kind="洪水"), {"kind": "not_in_list"}),
        (HAZARD, feature(threatened_people=-1), {"threatened_people": "value"}),
        (HAZARD, feature(threatened_people=1.5), {"threatened_people": "value"}),
        (HAZARD, feature(threatened_people=10**30), {"threatened_people": "value"}),
        (HAZARD, feature(threatened_property=float("inf")), {"threatened_property": "value"}),
        (HAZARD, feature(name=["a"], due_on={}), {"name": "value", "due_on": "value"}),
        (HAZARD, feature(name="a\0b"), {"name": "value"}),
        (HAZARD, feature(name="\ud800"), {"name": "value"}),
        (HAZARD, feature(**{"\ud800": 1}), {"?": "property_unknown"}),
        (HAZARD, feature(colour="red", kind="x"), {"colour": "property_unknown", "kind": "not_in_list"}),
        (HAZARD, feature(township="某乡"), {"township": "unknown_org_unit"}),
        (HAZARD, feature(responsible_phone="1" * 31), {"responsible_phone": "value"}),
        (HAZARD, feature(square(*SPOT)), {"geometry": "geometry_type"}),
        (HAZARD, feature({"type": "Point"}), {"geometry": "geometry_invalid"}),
        (HAZARD, feature({"type": "Point", "coordinates": ["a", None]}), {"geometry": "geometry_invalid"}),
        (HAZARD, feature({"type": "Point", "coordinates": [1e308, 1e308]}), {"geometry": "outside_county"}),
        (HAZARD, feature({"type": "Circle"}), {"geometry": "geometry_unreadable"}),
        (HAZARD, feature("POINT (103 29)"), {"geometry": "geometry_unreadable"}),
        (HAZARD, feature({"type": "Point", "coordinates": [0, 0]}), {"geometry": "outside_county"}),
        (
            FARM,
            feature({"type": "Polygon", "coordinates": [[[103.25, 29.2], [103.26, 29.2], [103.26, 29.21]]]}),
            {"geometry": "geometry_invalid"},
        ),
        (
            FARM,
            feature({
                "type": "Polygon",
                "coordinates": [[[103.25, 29.2], [103.26, 29.21], [103.26, 29.2], [103.25, 29.21], [103.25, 29.2]]],
            }),
            {"geometry": "geometry_invalid"},
        ),
    ],
)  # fmt: skip
def test_what_an_import_would_refuse_is_refused_with_all_problems(
    kept: Database, of: Any, document: dict[str, Any], problem: dict[str, str]
) -> None:
    with pytest.raises(edit.FeatureRefused) as raised:
        create(kept, document, of=of)
    assert refused(raised) == problem
    assert asked(kept, "SELECT count(*) FROM feature") == [(0,)]


@pytest.mark.parametrize("document", [None, [], "x", {}, {"type": "FeatureCollection"}, feature() | {"properties": 3}])
def test_what_is_no_feature_is_refused(kept: Database, document: object) -> None:
    with pytest.raises(edit.NotAFeature):
        create(kept, document)


def test_warnings_are_those_of_an_import(kept: Database) -> None:
    create(kept, feature(square(*SPOT), code="A"), of=FARM)
    told = create(kept, feature(square(SPOT[0] + 0.0005, SPOT[1]), registered_area_m2=1.0), of=FARM)
    assert {"overlap", "area_differs"} <= {each.code for each in told.warnings}
    apart = create(kept, feature(square(SPOT[0] + 0.01, SPOT[1]), code="C"), of=FARM)
    assert "overlap" not in {each.code for each in apart.warnings}
    elsewhere = create(kept, feature(code="A"))
    assert "code_elsewhere" in {each.code for each in elsewhere.warnings}
    without = create(kept, feature(None, code="D"))
    assert [each.code for each in without.warnings] == ["geometry_missing"]


def test_what_the_program_says_itself_is_passed_over(kept: Database) -> None:
    told = create(
        kept, feature(status="completed", milestone="x", works_completed_on="2020-01-01", version=9, area_m2=5)
    )
    said = read(kept, told.id)["properties"]
    assert (said["status"], said["works_completed_on"], said["version"]) == ("not_started", None, 1)


# --- township and village ---------------------------------------------------------------------------------------------


def test_a_feature_that_is_moved_goes_to_the_township_it_lies_in(kept: Database) -> None:
    spots = asked(
        kept,
        "SELECT code, st_x(p), st_y(p) FROM (SELECT code, st_pointonsurface(geom) AS p FROM org_unit"
        " WHERE level = 'township' AND geom IS NOT NULL ORDER BY code LIMIT 2) AS spot",
    )
    (first, *one), (second, *other) = spots
    village = asked(kept, "SELECT min(code) FROM org_unit WHERE parent = %s", first)[0][0]
    told = create(kept, feature({"type": "Point", "coordinates": one}, village=village))
    assert read(kept, told.id)["properties"]["village"] == village
    near = [one[0] + 1e-5, one[1]]
    update(kept, told.id, {"geometry": {"type": "Point", "coordinates": near}})
    assert read(kept, told.id)["properties"]["village"] == village  # still in the township of its village
    update(kept, told.id, {"geometry": {"type": "Point", "coordinates": other}})
    said = read(kept, told.id)["properties"]
    assert (said["township"], said["village"]) == (second, None)
    update(kept, told.id, {"properties": {"village": village}})
    update(kept, told.id, {"properties": {"township": second}})
    said = read(kept, told.id)["properties"]
    assert (said["township"], said["village"]) == (second, None)


# --- merge patch ------------------------------------------------------------------------------------------------------


def test_null_removes_and_what_is_not_named_stays(kept: Database) -> None:
    told = create(kept, feature(name="甲", kind="01", threatened_people=5))
    assert update(kept, told.id, {"properties": {"kind": None, "threatened_people": 6}}).version == 2
    said = read(kept, told.id)["properties"]
    assert (said["name"], said["kind"], said["threatened_people"]) == ("甲", None, 6)
    assert update(kept, told.id, {}).version == 2
    assert update(kept, told.id, {"geometry": None}).version == 3
    assert read(kept, told.id)["geometry"] is None
    with pytest.raises(edit.FeatureRefused):
        update(kept, told.id, {"properties": {"code": None}})
    with pytest.raises(edit.NotAFeature):
        update(kept, told.id, [])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


PATCHES = st.dictionaries(st.sampled_from("abc"), JSON, max_size=3)


@given(JSON, PATCHES)
def test_a_merge_patch_does_what_its_definition_says(target: object, patch: dict[str, Any]) -> None:
    result = merged(target, patch)
    before: dict[str, object] = target if isinstance(target, dict) else {}
    for name in before.keys() | patch.keys():
        if name not in patch:
            assert result[name] == before[name]
        elif patch[name] is None:
            assert name not in result
        else:
            inner = patch[name]
            assert result[name] == (merged(before.get(name), inner) if isinstance(inner, dict) else inner)
    assert merged(result, patch) == result


# --- codes, versions, deletion ----------------------------------------------------------------------------------------


def test_a_code_is_used_once_in_a_layer(kept: Database) -> None:
    first, second = create(kept, feature()), create(kept, feature(code="2"))
    with pytest.raises(edit.CodeTaken):
        create(kept, feature())
    with pytest.raises(edit.CodeTaken):
        update(kept, second.id, {"properties": {"code": "1"}})
    delete(kept, first.id)
    with pytest.raises(NotFound):
        update(kept, first.id, {})
    with pytest.raises(NotFound):
        read(kept, first.id)
    back = create(kept, feature(name="回来"))
    assert (back.id, back.version) == (first.id, 3)
    assert read(kept, back.id)["properties"]["name"] == "回来"
    assert asked(kept, "SELECT version, deleted_at IS NULL FROM feature_version ORDER BY version") == [
        (1, True), (2, False),
    ]  # fmt: skip
    assert sums_are_equal(kept)


def test_a_change_for_another_version_is_refused(kept: Database) -> None:
    told = create(kept, feature())
    assert update(kept, told.id, {"properties": {"name": "甲"}}, 1).version == 2
    for attempt in (
        lambda: update(kept, told.id, {"properties": {"name": "乙"}}, 1),
        lambda: replace(kept, told.id, feature(name="乙"), 1),
        lambda: delete(kept, told.id, 1),
    ):
        with pytest.raises(edit.FeatureChanged):
            attempt()
    assert read(kept, told.id)["properties"]["name"] == "甲"
    assert replace(kept, told.id, feature(name="乙"), 1, 2).version == 3


@pytest.mark.parametrize("guarded", [True, False])
def test_of_many_writers_one_wins_a_version_and_no_update_is_lost(kept: Database, guarded: bool) -> None:
    """Each adds one person to what it read; without versions some of it is lost: the test can see that."""
    told = create(kept, feature(threatened_people=0))
    writers = 20 if guarded else 8

    def add(_: int) -> int:
        wins = 0
        while not wins:
            said = read(kept, told.id)["properties"]
            patch = {"properties": {"threatened_people": said["threatened_people"] + 1}}
            try:
                update(kept, told.id, patch, *([said["version"]] if guarded else []))
                wins += 1
            except edit.FeatureChanged:
                continue
        return wins

    with ThreadPoolExecutor(writers) as pool:
        wins = sum(pool.map(add, range(writers)))
    said = read(kept, told.id)["properties"]
    if guarded:
        assert (said["threatened_people"], said["version"]) == (wins, wins + 1)
    else:
        assert said["threatened_people"] < wins
    assert sums_are_equal(kept)


def _depend(kind: str) -> str:
    return {
        "milestone": "INSERT INTO milestone (layer, feature, milestone, reached_on)"
        " VALUES ('hazard_point', %s, 'works_started', '2020-01-01')",
        "link": "INSERT INTO activity_feature (activity, layer, feature) VALUES ('A', 'hazard_point', %s)",
        "attachment": "INSERT INTO attachment (layer, feature, name, media_type, sha256, content)"
        " VALUES ('hazard_point', %s, 'p.jpg', 'image/jpeg', '', '')",
    }[kind]


@pytest.mark.parametrize("kind", ["milestone", "link", "attachment"])
def test_a_feature_that_something_depends_on_is_not_deleted(placed: Database, kind: str) -> None:
    told = create(placed, feature())
    with psycopg.connect(placed.dsn) as connection:
        connection.execute("INSERT INTO activity (code, name_zh) VALUES ('A', '项')")
        connection.execute(_depend(kind), [told.id])  # pyright: ignore
    with pytest.raises(edit.FeatureInUse):
        delete(placed, told.id)
    assert read(placed, told.id)["properties"]["version"] == 1
    assert sums_are_equal(placed)


def test_what_an_import_brought_goes_with_the_feature(placed: Database) -> None:
    told = create(placed, feature(threatened_people=3))
    with psycopg.connect(placed.dsn) as connection:
        connection.execute(
            "WITH import AS (INSERT INTO import (layer, file, sha256, imported_by, report)"
            " VALUES ('hazard_point', 'f', '', 'x', '{}') RETURNING id)"
            " INSERT INTO milestone (layer, feature, milestone, reached_on, source)"
            " SELECT 'hazard_point', %s, 'works_started', '2020-01-01', id FROM import",
            [told.id],
        )
    assert sums_are_equal(placed)
    delete(placed, told.id)
    assert asked(placed, "SELECT revoked_by FROM milestone") == [("tester",)]
    assert sums_are_equal(placed)


def test_a_feature_with_money_is_not_deleted(fresh: Any) -> None:
    database: Database = fresh("demo")
    code, told = asked(database, "SELECT layer, feature FROM allocation LIMIT 1")[0]
    with pytest.raises(edit.FeatureInUse) as raised:
        delete(database, told, of=layer(code))
    assert "money was allocated" in raised.value.text.en
    assert sums_are_equal(database)


def test_nothing_is_changed_while_an_import_runs(kept: Database) -> None:
    told = create(kept, feature())
    with psycopg.connect(kept.dsn) as importing:
        importing.execute("SELECT pg_advisory_xact_lock(%s, hashtext('hazard_point'))", [LOCK])
        for attempt in (lambda: create(kept, feature(code="2")), lambda: update(kept, told.id, {})):
            with pytest.raises(edit.LayerBusy):
                attempt()
        create(kept, feature(None), of=FARM)
    assert update(kept, told.id, {}).version == 1


# --- personal columns -------------------------------------------------------------------------------------------------

CANARY = "王金丝雀"


def test_personal_columns_are_kept_apart_and_never_read(kept: Database) -> None:
    told = create(kept, feature(responsible=CANARY))
    assert CANARY not in json.dumps(read(kept, told.id), ensure_ascii=False)
    assert asked(kept, "SELECT attributes FROM feature_private") == [({"responsible": CANARY},)]
    assert asked(kept, "SELECT count(*) FROM feature WHERE feature::text LIKE %s", f"%{CANARY}%") == [(0,)]
    replace(kept, told.id, read(kept, told.id) | {"properties": {"code": "1", "name": "改"}})
    assert asked(kept, "SELECT attributes FROM feature_private") == [({"responsible": CANARY},)]
    assert update(kept, told.id, {"properties": {"monitor": "李"}}).version == 3
    assert asked(kept, "SELECT attributes FROM feature_private") == [({"responsible": CANARY, "monitor": "李"},)]
    assert update(kept, told.id, {"properties": {"responsible": None}}).version == 4
    assert asked(kept, "SELECT attributes FROM feature_private") == [({"monitor": "李"},)]
    assert update(kept, told.id, {"properties": {"responsible": None}}).version == 4
    delete(kept, told.id)
    assert asked(kept, "SELECT count(*) FROM feature_private") == [(0,)]


def test_a_refusal_does_not_repeat_personal_values(kept: Database) -> None:
    with pytest.raises(edit.FeatureRefused) as raised:
        create(kept, feature(responsible=CANARY * 30, kind="x"))
    assert refused(raised) == {"responsible": "value", "kind": "not_in_list"}
    assert CANARY not in str(raised.value)
    problems: Any = raised.value.values["problems"]
    assert CANARY not in str([each.report() for each in problems])


# --- what always holds ------------------------------------------------------------------------------------------------

WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)
PROPERTIES = st.fixed_dictionaries(
    {},
    optional={
        "name": WORDS,
        "kind": st.sampled_from(["00", "01", "02"]),
        "threatened_people": st.integers(0, 1_000_000),
        "threatened_property": st.floats(0, 1e9),
        "automatic_monitoring": st.booleans(),
        "starts_on": st.dates(today().replace(year=1990), today()).map(str),
    },
)
SPOTS = st.tuples(st.floats(103.24, 103.26), st.floats(29.19, 29.21))


@hypothesis_settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PROPERTIES, PROPERTIES, SPOTS, st.sampled_from(crs.CRS_URIS))
def test_what_is_sent_is_read_and_read_is_sent(
    kept: Database, one: dict[str, Any], other: dict[str, Any], spot: tuple[float, float], uri: str
) -> None:
    with kept.session() as connection:
        connection.execute("DELETE FROM feature")
        connection.execute("DELETE FROM feature_version")
    point = {"type": "Point", "coordinates": list(spot)}
    told = create(kept, feature(point, **one))
    version = 1
    for stated in (one, other):
        version = replace(kept, told.id, feature(point, **stated), version).version
        found = read(kept, told.id, uri=uri)
        said = found["properties"]
        for name, value in stated.items():
            expected = value.strip() or None if isinstance(value, str) else value
            assert said[name] == (pytest.approx(expected) if isinstance(expected, float) else expected)
        assert {name for name in one if said[name] is not None} <= stated.keys() | set()
        with kept.session() as connection:
            again = edit.replace(connection, HAZARD, told.id, found, versions={version}, uri=uri, by="tester")
        assert again.version == version
    assert sums_are_equal(kept)
