"""Vector tiles: each feature where it belongs, counted once, on any day, and right after every way of changing data."""

import asyncio
import json
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from math import asinh, atan, cos, degrees, pi, radians, sin, sinh, tan
from pathlib import Path
from random import Random
from time import sleep
from typing import Any

import mapbox_vector_tile
import psycopg
import pytest
import shapely
import shapely.affinity
from conftest import awaited
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from people import client_of, header
from starlette.testclient import TestClient

from api.app import create_app, fold_once
from api.routes.tiles import PlainTile
from geo.database import Database
from geo.ingest.choice import Choice
from geo.ingest.load import load
from geo.ingest.undo import undo
from geo.layers import layer
from geo.matrix import WEB_MERCATOR
from geo.migrate import upgrade
from geo.settings import Settings, today
from geo.tile import Asked, Tiles
from geo.viewer import acting

X, Y = 103.26587, 29.23082
DIFFERENCES = """
    SELECT 'kept', kept.id FROM feature_tile AS kept
    LEFT JOIN feature ON feature.layer = kept.layer AND feature.id = kept.id AND feature.deleted_at IS NULL
    WHERE feature.id IS NULL OR feature.code <> kept.code OR feature.name IS DISTINCT FROM kept.name
        OR feature.due_on IS DISTINCT FROM kept.due_on
        OR NOT st_equals(st_snaptogrid(st_transform(feature.geom, 3857), 0.001), st_snaptogrid(kept.geom, 0.001))
    UNION ALL
    SELECT 'lost', feature.id FROM feature
    WHERE feature.deleted_at IS NULL AND feature.geom IS NOT NULL AND NOT EXISTS (
        SELECT FROM feature_tile AS kept WHERE kept.layer = feature.layer AND kept.id = feature.id
    )
    UNION ALL
    SELECT 'status', kept.id FROM feature_tile AS kept
    INNER JOIN feature ON feature.layer = kept.layer AND feature.id = kept.id
    CROSS JOIN unnest(%s::date[]) AS day
    LEFT JOIN LATERAL feature_at(kept.layer, kept.id, feature.starts_on, feature.due_on, day) AS truth ON true
    WHERE (truth IS NULL OR truth.status IS NOT NULL) AND truth.status IS DISTINCT FROM CASE
        WHEN kept.listed_on <= day
        THEN tile_status(kept.under_way_on, kept.completed_on, kept.accepted_on, kept.due_on, day)
    END
"""
DAYS = [date(2020, 1, 1) + timedelta(days=97 * step) for step in range(30)]


def differences(database: Database, days: list[date] = DAYS) -> list[Any]:
    with psycopg.connect(database.dsn) as connection:
        return connection.execute(DIFFERENCES, [days]).fetchall()


def rows(database: Database, statement: str) -> list[Any]:
    with psycopg.connect(database.dsn) as connection:
        return connection.execute(statement).fetchall()  # pyright: ignore


def do(database: Database, statement: str, *values: object) -> None:
    with psycopg.connect(database.dsn) as connection:
        connection.execute(statement, values or None)  # pyright: ignore


def at(zoom: int, x: float, y: float) -> tuple[int, int]:
    """Row and column of the tile of WebMercatorQuad at a place."""
    return int((1 - asinh(tan(radians(y))) / pi) / 2 * (1 << zoom)), int((x + 180) / 360 * (1 << zoom))


def decoded(answer: Any) -> dict[str, list[dict[str, Any]]]:
    if answer.status_code == 204:
        return {}
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    found = mapbox_vector_tile.decode(answer.content, default_options={"y_coord_down": True})
    return {name: each["features"] for name, each in found.items()}


def tile(client: TestClient, zoom: int, row: int, column: int, **asked: Any) -> dict[str, list[dict[str, Any]]]:
    matrix = asked.pop("matrix", "WebMercatorQuad")
    return decoded(client.get(f"/ogc/tiles/{matrix}/{zoom}/{row}/{column}", params=asked))


def around(client: TestClient, zoom: int = 14, **asked: Any) -> list[dict[str, Any]]:
    """The features of hazard points in the tile at the place of the tests."""
    return tile(client, zoom, *at(zoom, X, Y), collections="hazard_point", **asked).get("hazard_point", [])


def point(database: Database, code: str, x: float = X, y: float = Y, **columns: object) -> None:
    columns = {"layer": "hazard_point", "code": code, "org_unit": "511132100", **columns}
    names = ", ".join(columns)
    marks = ", ".join(["%s"] * len(columns))
    do(
        database,
        f"INSERT INTO feature ({names}, geom) VALUES ({marks}, st_setsrid(st_point(%s, %s), 4490))",
        *columns.values(), x, y,
    )  # fmt: skip


@pytest.fixture
def client(placed: Database) -> Iterator[TestClient]:
    with client_of(placed) as client:
        yield client


# --- every way of changing data ---------------------------------------------------------------------------------------


def test_a_tile_is_right_at_once_after_every_change(placed: Database, client: TestClient) -> None:
    def codes() -> dict[str, str]:
        assert differences(placed) == []
        return {each["properties"]["code"]: each["properties"]["status"] for each in around(client)}

    assert codes() == {}
    point(placed, "a")
    point(placed, "b", starts_on=date(2019, 1, 1), due_on=date(2020, 1, 1))
    assert codes() == {"a": "not_started", "b": "overdue"}
    do(placed, "INSERT INTO milestone (layer, feature, milestone, reached_on, state) SELECT layer, id,"
               " 'works_completed', '2023-05-01', 'pending' FROM feature WHERE code = 'b'")  # fmt: skip
    assert codes() == {"a": "not_started", "b": "overdue"}
    do(placed, "UPDATE milestone SET state = 'approved'")
    assert codes() == {"a": "not_started", "b": "completed"}
    assert {each["properties"]["status"] for each in around(client, as_of="2023-04-30")} == {
        "not_started",
        "overdue",
    }
    do(placed, "UPDATE milestone SET revoked_at = now(), revoked_by = 'me'")
    assert codes()["b"] == "overdue"
    do(placed, "UPDATE feature SET code = 'c', name = 'hill' WHERE code = 'a'")
    assert set(codes()) == {"b", "c"}
    do(placed, "UPDATE feature SET geom = st_translate(geom, 1, 0) WHERE code = 'c'")
    assert set(codes()) == {"b"}
    do(placed, "UPDATE feature SET geom = st_translate(geom, -1, 0) WHERE code = 'c'")
    do(placed, "UPDATE feature SET deleted_at = now() WHERE code = 'b'")
    assert set(codes()) == {"c"}
    do(placed, "DELETE FROM feature WHERE code = 'c'")
    assert codes() == {}
    point(placed, "d")
    do(placed, "TRUNCATE feature CASCADE")
    assert codes() == {}


def test_an_import_is_on_the_map_at_once_the_first_and_the_next(
    placed: Database, client: TestClient, tmp_path: Path
) -> None:
    of = layer("hazard_point")
    assert load(placed, of, hazards(tmp_path)).new == 20
    assert len(around(client)) == 20
    assert differences(placed) == []
    assert sum(each["properties"]["count"] for each in around(client, 5)) == 20
    assert load(placed, of, hazards(tmp_path, 30, "2024-06-01")).new == 10
    assert differences(placed) == []
    assert len(around(client)) == 30
    assert sum(each["properties"]["count"] for each in around(client, 5)) == 30


def test_a_change_of_many_and_one_of_few_are_both_counted(placed: Database, client: TestClient) -> None:
    many = ("INSERT INTO feature (layer, code, org_unit, geom) SELECT 'hazard_point', n::text, '511132100',"
            " st_setsrid(st_point(%s + n / 1e6, %s), 4490) FROM generate_series(1, 700) AS n")  # fmt: skip

    def counted() -> tuple[int, int]:
        found = [each["properties"] for each in around(client, 6)]
        return sum(each["count"] for each in found), sum(each["accepted"] + each["completed"] for each in found)

    do(placed, many, X, Y)
    assert counted() == (700, 0)
    fold_once(placed)
    assert counted() == (700, 0)
    do(placed, "INSERT INTO milestone (layer, feature, milestone, reached_on) SELECT layer, id, 'works_completed',"
               " '2023-05-01' FROM feature WHERE code::int <= 5")  # fmt: skip
    assert counted() == (700, 5)
    do(placed, "DELETE FROM feature WHERE code = '700'")
    assert counted() == (699, 5)
    before = client.get("/ogc/tiles/WebMercatorQuad/6/0/0").headers["etag"]
    fold_once(placed)
    assert counted() == (699, 5)
    assert client.get("/ogc/tiles/WebMercatorQuad/6/0/0").headers["etag"] == before
    with psycopg.connect(placed.dsn) as connection:
        assert connection.execute("SELECT count(*) FROM tile_delta").fetchone() == (0,)
        kept = connection.execute("SELECT zoom, sum(features), sum(sum_x) FROM tile_cell GROUP BY 1").fetchall()
        true = connection.execute("SELECT sum(cell_x) FROM feature_tile").fetchone()
    assert {(int(features), int(total)) for _, features, total in kept} == {(699, int(true[0]))}  # pyright: ignore
    assert len(kept) == 13


# --- tiles that are made after an import ------------------------------------------------------------------------------


EDITS = {
    "insert": "INSERT INTO feature (layer, code, org_unit, geom) SELECT layer, 'new', org_unit, geom FROM feature"
    " WHERE code = 'W1'",
    "update": "UPDATE feature SET code = 'W1a' WHERE code = 'W1'",
    "leave": "UPDATE feature SET deleted_at = now() WHERE code = 'W1'",
    "delete": "DELETE FROM feature WHERE code = 'W1'",
    "reach": "INSERT INTO milestone (layer, feature, milestone, reached_on)"
    " SELECT layer, id, 'final_accepted', '2024-08-01' FROM feature WHERE code = 'W1'",
    "revoke": "UPDATE milestone SET revoked_at = now(), revoked_by = 'me'",
}


def hazards(folder: Path, count: int = 20, day: str = "2024-05-01") -> Path:
    """Hazard points W0, W1, … that were completed on a day, all but W1."""
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [X + step / 1e5, Y]},
            "properties": {"编号": f"W{step}", "完工日期": None if step == 1 else day, "乡镇": "511132100"},
        }
        for step in range(count)
    ]
    path = folder / f"{count}.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def asked(database: Database, statement: str) -> Any:
    """The first value of a statement's answer."""
    with psycopg.connect(database.dsn) as connection:
        row = connection.execute(statement).fetchone()  # pyright: ignore
    return row and row[0]


def made(database: Database) -> bool:
    return asked(database, "SELECT made FROM tile_layer WHERE layer = 'hazard_point'")


def makings(database: Database) -> int:
    """How often tiles were made since the counts of low zooms were brought up to date."""
    return asked(database, "SELECT count(*) FROM tile_delta WHERE layer = 'hazard_point' AND whole")


def waiting(database: Database) -> int:
    """How many wait for somebody who makes tiles, or for those who write features to end."""
    return asked(
        database,
        "SELECT count(*) FROM pg_locks INNER JOIN pg_database ON pg_database.oid = database"
        " WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()",
    )


def until(holds: Callable[[], bool]) -> None:
    for _ in range(600):
        if holds():
            return
        sleep(0.05)
    pytest.fail("it never held")


@contextmanager
def maker(database: Database) -> Generator[psycopg.Connection[Any]]:
    """Somebody who has made the tiles of hazard points and not committed them yet."""
    with psycopg.connect(database.dsn) as connection:
        connection.execute("SELECT tile_make('hazard_point')")
        yield connection


@pytest.fixture
def imported(placed: Database, tmp_path: Path) -> Database:
    """Twenty hazard points whose tiles are not made."""
    load(placed, layer("hazard_point"), hazards(tmp_path))
    assert not made(placed)
    return placed


@pytest.fixture
def quiet(imported: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """A server over it that makes tiles for nobody but those who ask."""
    monkeypatch.setattr("api.app.tiling.make_all", lambda _: 0)
    with client_of(imported) as client:
        yield client


def test_the_first_tile_after_an_import_holds_every_feature(imported: Database, quiet: TestClient) -> None:
    assert asked(imported, "SELECT count(*) FROM feature_tile") == 0
    assert sum(each["properties"]["count"] for each in around(quiet, 5)) == 20
    assert {each["properties"]["status"] for each in around(quiet)} == {"completed", "not_started"}
    assert made(imported)
    assert differences(imported) == []


def test_an_asker_who_had_the_empty_tile_is_given_the_import(
    placed: Database, client: TestClient, tmp_path: Path
) -> None:
    row, column = at(14, X, Y)
    address = f"/ogc/collections/hazard_point/tiles/WebMercatorQuad/14/{row}/{column}"
    known = {"If-None-Match": client.get(address).headers["etag"]}
    assert client.get(address, headers=known).status_code == 304
    load(placed, layer("hazard_point"), hazards(tmp_path))
    assert len(decoded(client.get(address, headers=known))["hazard_point"]) == 20


def test_ten_askers_at_two_servers_make_tiles_once(imported: Database, quiet: TestClient) -> None:
    with (
        Database(Settings(database=imported.dsn)) as second,  # pyright: ignore
        client_of(second) as other,
        ThreadPoolExecutor(10) as pool,
    ):
        with psycopg.connect(imported.dsn) as holder:
            holder.execute("SELECT tile_made('{hazard_point}')")  # as somebody who writes features
            answers = [pool.submit(around, (quiet, other)[turn % 2]) for turn in range(10)]
            until(lambda: waiting(imported) == 2)  # one for each server
            assert not any(answer.done() for answer in answers)
        assert [len(answer.result()) for answer in answers] == [20] * 10
    assert makings(imported) == 1


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_between_import_and_making_is_in_the_tile(imported: Database, quiet: TestClient, edit: str) -> None:
    do(imported, EDITS[edit])
    assert asked(imported, "SELECT count(*) FROM feature_tile") == 0
    assert around(quiet)
    assert differences(imported) == []


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_during_the_making_is_in_the_tile_afterwards(imported: Database, quiet: TestClient, edit: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        with maker(imported):
            writing = pool.submit(do, imported, EDITS[edit])
            until(lambda: waiting(imported) == 1)
            asking = pool.submit(around, quiet)
            until(lambda: waiting(imported) == 2)
            assert tile(quiet, 14, *at(14, X, Y), collections="mining_site") == {}  # another layer waits for nobody
            assert not writing.done()
            assert not asking.done()
        writing.result()
        assert len(asking.result()) in (19, 20, 21)
    assert differences(imported) == []
    assert {each["properties"]["code"] for each in around(quiet)} == {
        code for (code,) in rows(imported, "SELECT code FROM feature WHERE deleted_at IS NULL")
    }
    assert makings(imported) == 1


def test_an_edit_that_began_before_the_making_is_in_the_tile(imported: Database, quiet: TestClient) -> None:
    with ThreadPoolExecutor(1) as pool:
        with psycopg.connect(imported.dsn) as writer:
            writer.execute("DELETE FROM feature WHERE code = 'W1'")
            asking = pool.submit(around, quiet)
            until(lambda: waiting(imported) == 1)
        assert len(asking.result()) == 19
    assert differences(imported) == []


def test_a_making_that_breaks_leaves_it_to_the_next(imported: Database, quiet: TestClient) -> None:
    with pytest.raises(psycopg.OperationalError), maker(imported) as connection:
        do(imported, "SELECT pg_terminate_backend(%s)", connection.info.backend_pid)
        connection.execute("SELECT 1")
    assert not made(imported)
    assert len(around(quiet)) == 20
    assert differences(imported) == []


def test_an_asker_whose_making_breaks_is_told_and_the_next_is_served(imported: Database, quiet: TestClient) -> None:
    row, column = at(14, X, Y)
    address = f"/ogc/collections/hazard_point/tiles/WebMercatorQuad/14/{row}/{column}"
    with ThreadPoolExecutor(1) as pool, psycopg.connect(imported.dsn) as holder:
        holder.execute("SELECT tile_made('{hazard_point}')")
        asking = pool.submit(quiet.get, address)
        until(lambda: waiting(imported) == 1)
        do(imported, "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        assert asking.result().status_code == 503
    assert len(decoded(quiet.get(address))["hazard_point"]) == 20


def test_tiles_are_made_though_the_asker_is_gone(imported: Database) -> None:
    row, column = at(14, X, Y)
    secret = header(imported)["Authorization"].partition(" ")[2]
    wanted = Asked(("hazard_point",), WEB_MERCATOR, 14, row, column, today())

    async def leave() -> None:
        tiles = Tiles(imported)
        with psycopg.connect(imported.dsn) as holder:
            holder.execute("SELECT tile_made('{hazard_point}')")
            with acting(secret):
                asking = asyncio.create_task(tiles.tile(wanted))
            await asyncio.to_thread(until, lambda: waiting(imported) == 1)
            asking.cancel()
            await asyncio.wait([asking])
            assert asking.cancelled()
        await asyncio.to_thread(until, lambda: made(imported))
        await tiles.close()

    awaited(leave())
    assert makings(imported) == 1


def test_a_server_that_ends_does_not_wait_for_tiles(imported: Database) -> None:
    row, column = at(14, X, Y)
    secret = header(imported)["Authorization"].partition(" ")[2]
    wanted = Asked(("hazard_point",), WEB_MERCATOR, 14, row, column, today())

    async def end() -> None:
        tiles = Tiles(imported)
        with psycopg.connect(imported.dsn) as holder:
            holder.execute("SELECT tile_made('{hazard_point}')")
            with acting(secret):
                asking = asyncio.create_task(tiles.tile(wanted))
            await asyncio.to_thread(until, lambda: waiting(imported) == 1)
            await tiles.close()
            with pytest.raises(psycopg.errors.QueryCanceled):
                await asking

    awaited(end())
    assert not made(imported)


def test_an_import_taken_back_before_its_tiles_were_made_is_on_none(imported: Database, quiet: TestClient) -> None:
    number = asked(imported, "SELECT max(id) FROM import")
    undo(imported, number, by="me")
    assert around(quiet) == []
    assert made(imported)
    assert differences(imported) == []


def test_a_second_import_before_tiles_are_made_is_in_them(
    imported: Database, quiet: TestClient, tmp_path: Path
) -> None:
    assert load(imported, layer("hazard_point"), hazards(tmp_path, 30, "2024-06-01")).new == 10
    assert not made(imported)
    assert len(around(quiet)) == 30
    assert differences(imported) == []


def test_a_dry_import_leaves_tiles_made(placed: Database, tmp_path: Path) -> None:
    load(placed, layer("hazard_point"), hazards(tmp_path), Choice(dry=True))
    assert made(placed)


def test_the_fold_makes_tiles_and_counts_them(imported: Database, quiet: TestClient, monkeypatch: Any) -> None:
    fold_once(imported)
    assert not made(imported)  # the control: this server makes none by itself
    monkeypatch.undo()
    fold_once(imported)
    assert made(imported)
    assert asked(imported, "SELECT features FROM tile_cell WHERE layer = 'hazard_point' AND zoom = 0") == 20
    assert makings(imported) == 0
    assert len(around(quiet)) == 20


def test_a_server_that_starts_makes_tiles(imported: Database) -> None:
    with TestClient(create_app(imported)):
        until(lambda: made(imported))


def test_an_upgrade_leaves_tiles_to_be_made_anew(imported: Database, quiet: TestClient) -> None:
    assert len(around(quiet)) == 20
    with psycopg.connect(imported.dsn) as connection:  # behind the back of the triggers
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE feature_tile SET code = 'b'")
    do(imported, "UPDATE program SET fingerprint = ''")
    upgrade(imported)
    assert asked(imported, "SELECT array_agg(layer) FROM tile_layer WHERE NOT made") == ["hazard_point"]
    assert "b" not in {each["properties"]["code"] for each in around(quiet)}
    assert differences(imported) == []


# --- the right features, once -----------------------------------------------------------------------------------------

places = st.tuples(st.floats(103.1, 103.4), st.floats(29.1, 29.4), st.floats(1e-6, 0.03))


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(places, min_size=1, max_size=8), zoom=st.integers(13, 15), day=st.dates(DAYS[0], DAYS[-1]))
def test_every_feature_is_in_the_tiles_that_it_meets(
    placed: Database, client: TestClient, drawn: list[tuple[float, float, float]], zoom: int, day: date
) -> None:
    do(placed, "DELETE FROM feature")
    for number, (x, y, size) in enumerate(drawn):
        do(
            placed,
            "INSERT INTO feature (layer, code, starts_on, due_on, geom)"
            " VALUES ('farmland_patch', %s, %s, %s, st_makeenvelope(%s, %s, %s, %s, 4490))",
            str(number), DAYS[number], DAYS[2 * number], x, y, x + size, y + size,
        )  # fmt: skip
    assert differences(placed) == []
    x, y, _ = drawn[0]
    row, column = at(zoom, x, y)
    for down in (0, 1):
        found = tile(client, zoom, row + down, column, collections="farmland_patch", as_of=day)
        west, east = (each / (1 << zoom) * 360 - 180 for each in (column, column + 1))
        north, south = (degrees(atan(sinh(pi * (1 - 2 * each / (1 << zoom))))) for each in (row + down, row + down + 1))
        box = shapely.box(west, south, east, north)
        expected = {
            str(number)
            for number, (x, y, size) in enumerate(drawn)
            if DAYS[number] <= day and box.intersects(shapely.box(x, y, x + size, y + size))
        }
        features = found.get("farmland_patch", [])
        assert {each["properties"]["code"] for each in features} == expected
        for each in features:
            x, y, size = drawn[int(each["properties"]["code"])]
            seen = shapely.geometry.shape(each["geometry"])
            unit = (east - west) / 4096
            left = (max(x, west - 64 * unit) - west) / unit
            assert abs(seen.bounds[0] - left) <= 1.01
            assert seen.is_valid
            assert shapely.geometry.polygon.signed_area(seen.exterior) > 0  # clockwise on the screen


GRIDS = [("WebMercatorQuad", zoom) for zoom in range(13, 17)] + [("WorldCRS84Quad", zoom) for zoom in range(12, 16)]


def polygons(database: Database, shapes: list[shapely.Polygon]) -> None:
    """Farmland patches, numbered from 0."""
    with psycopg.connect(database.dsn) as connection:
        connection.execute("DELETE FROM feature")
        connection.execute(
            "INSERT INTO feature (layer, code, geom) SELECT 'farmland_patch', number - 1, st_geomfromwkb(shape, 4490)"
            " FROM unnest(%s::bytea[]) WITH ORDINALITY AS drawn (shape, number)",
            [shapely.to_wkb(shapes).tolist()],  # pyright: ignore[reportCallIssue, reportArgumentType]
        )


def box_of(matrix: str, zoom: int, row: int, column: int) -> tuple[float, float, float, float]:
    """West, south, east and north of a tile in degrees."""
    if matrix == "WorldCRS84Quad":
        span = 180 / (1 << zoom)
        return column * span - 180, 90 - (row + 1) * span, (column + 1) * span - 180, 90 - row * span
    west, east = (each / (1 << zoom) * 360 - 180 for each in (column, column + 1))
    north, south = (degrees(atan(sinh(pi * (1 - 2 * each / (1 << zoom))))) for each in (row, row + 1))
    return west, south, east, north


def place_in(matrix: str, zoom: int) -> tuple[int, int]:
    """Row and column of the tile at the place of the tests."""
    if matrix == "WorldCRS84Quad":
        return int((90 - Y) / 180 * (1 << zoom)), int((X + 180) / 180 * (1 << zoom))
    return at(zoom, X, Y)


def shown(features: list[dict[str, Any]]) -> set[str]:
    """The codes of polygons, all of which must have an area and turn clockwise on the screen."""
    for each in features:
        for part in shapely.get_parts(shapely.geometry.shape(each["geometry"])):
            assert isinstance(part, shapely.Polygon), each
            assert part.area > 0, each
            assert shapely.geometry.polygon.signed_area(part.exterior) > 0, each
    return {each["properties"]["code"] for each in features}


@pytest.mark.parametrize(("matrix", "zoom"), GRIDS)
def test_a_feature_across_the_edge_of_tiles_is_in_both_however_small(
    placed: Database, client: TestClient, matrix: str, zoom: int
) -> None:
    row, column = place_in(matrix, zoom)
    west, south, east, north = box_of(matrix, zoom, row, column)
    unit = (east - west) / 4096
    middle = (south + north) / 2
    bit = unit / 4
    sizes = [unit * share for share in (0.05, 0.2, 0.4, 0.7, 1.2)]
    polygons(
        placed,
        [shapely.box(east - size / 2, middle, east + size / 2, middle + size) for size in sizes]
        + [shapely.box(east - size / 9, middle, east + size, middle + size / 9) for size in sizes]
        + [shapely.box(east - size, south - size, east + size, south + size) for size in sizes]
        # Its box meets the first tile, itself it does not.
        + [shapely.Polygon([(east + bit, south + bit / 9), (east + bit, south - bit), (east - bit / 9, south - bit)])],
    )
    across, corner = {str(number) for number in range(10)}, {str(number) for number in range(10, 15)}
    for down, right, expected in (
        (0, 0, across | corner),
        (0, 1, across | corner | {"15"}),
        (1, 0, corner | {"15"}),
        (1, 1, corner | {"15"}),
    ):
        features = tile(client, zoom, row + down, column + right, matrix=matrix).get("farmland_patch", [])
        assert shown(features) == expected


@pytest.mark.parametrize(("matrix", "zoom"), GRIDS)
def test_small_polygons_stay_polygons(placed: Database, client: TestClient, matrix: str, zoom: int) -> None:
    row, column = place_in(matrix, zoom)
    west, south, east, north = box_of(matrix, zoom, row, column)
    unit = (east - west) / 4096
    chance = Random(7)
    shapes: list[shapely.Polygon] = []
    while len(shapes) < 400:
        size, flat, count = chance.uniform(0.2, 6), chance.choice((1, 0.3, 0.05)), chance.randint(3, 9)
        around = sorted(chance.uniform(0, 2 * pi) for _ in range(count))
        ring = [(size * chance.uniform(0.2, 1) * cos(each), size * flat * sin(each)) for each in around]
        shape = shapely.affinity.rotate(shapely.Polygon(ring), chance.uniform(0, 360))
        shape = shapely.affinity.scale(shape, unit, unit, origin=(0, 0))
        shape = shapely.affinity.translate(shape, chance.uniform(west, east), chance.uniform(south, north))
        if shape.is_valid and shapely.box(west, south, east, north).intersects(shape):
            shapes.append(shape)
    polygons(placed, shapes)
    features = tile(client, zoom, row, column, matrix=matrix)["farmland_patch"]
    assert shown(features) == {str(number) for number in range(400)}
    for each in features:
        seen = shapely.geometry.shape(each["geometry"]).bounds
        left, _, right, _ = shapes[int(each["properties"]["code"])].bounds
        assert seen[0] >= (left - west) / unit - 2
        assert seen[2] <= (right - west) / unit + 2


@pytest.mark.parametrize(("matrix", "zoom"), [GRIDS[0], GRIDS[4]])
def test_a_hole_that_is_too_small_to_draw_does_not_change_its_polygon(
    placed: Database, client: TestClient, matrix: str, zoom: int
) -> None:
    row, column = place_in(matrix, zoom)
    west, south, east, north = box_of(matrix, zoom, row, column)
    unit, x, y = (east - west) / 4096, (west + east) / 2, (south + north) / 2
    outside = [(0, 0), (100, 0), (0, 100)]
    holes = [[(20, 20), (24, 20.1), (22, 20.1)], [(30, 30), (30.9, 30.2), (30.3, 30.9)]]
    put = [[(x + each * unit, y + other * unit) for each, other in ring] for ring in (outside, *holes)]
    polygons(placed, [shapely.Polygon(put[0], put[1:])])
    features = tile(client, zoom, row, column, matrix=matrix)["farmland_patch"]
    assert shown(features) == {"0"}
    area = shapely.geometry.shape(features[0]["geometry"]).area
    assert area == pytest.approx(5000 if matrix == "WorldCRS84Quad" else 5000 / cos(radians(y)), rel=0.03)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    drawn=st.lists(st.tuples(st.floats(-179, 179), st.floats(-84, 84)), min_size=1, max_size=20),
    zoom=st.integers(0, 2),
    of=st.sampled_from(["hazard_point", "farmland_patch"]),
    day=st.dates(DAYS[0], DAYS[-1]),
    folded=st.booleans(),
)
def test_counts_over_all_tiles_are_the_number_of_features(
    placed: Database, client: TestClient, drawn: list[tuple[float, float]], zoom: int, of: str, day: date, folded: bool
) -> None:
    do(placed, "DELETE FROM feature")
    shape = "st_point(%s, %s)" if of == "hazard_point" else "st_buffer(st_point(%s, %s), 0.001)"
    for number, (x, y) in enumerate(drawn):
        do(
            placed,
            f"INSERT INTO feature (layer, code, starts_on, geom) VALUES (%s, %s, %s, st_setsrid({shape}, 4490))",
            of, str(number), DAYS[number], x, y,
        )  # fmt: skip
    if folded:
        fold_once(placed)
    for as_of in (day, today()):
        expected = sum(DAYS[number] <= as_of for number in range(len(drawn)))
        for matrix, wide, at_zoom in (("WebMercatorQuad", 1, zoom), ("WorldCRS84Quad", 2, zoom)):
            counted = 0
            for row in range(1 << at_zoom):
                for column in range(wide << at_zoom):
                    found = tile(client, at_zoom, row, column, matrix=matrix, collections=of, as_of=as_of)
                    for each in found.get(of, []):
                        counted += each["properties"]["count"]
                        seen = shapely.geometry.shape(each["geometry"])
                        assert of == "hazard_point" or shapely.geometry.polygon.signed_area(seen.exterior) > 0
            assert counted == expected, (matrix, as_of)


# --- caching ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("folded", [True, False])
@pytest.mark.parametrize("matrix", ["WebMercatorQuad", "WorldCRS84Quad"])
def test_a_cell_across_a_border_counts_each_township_by_itself(
    placed: Database, client: TestClient, matrix: str, folded: bool
) -> None:
    do(placed, "DELETE FROM feature")
    units = ["511132100", "511132100", "511132101", None]
    for number, unit in enumerate(units):
        do(
            placed,
            "INSERT INTO feature (layer, code, org_unit, geom)"
            " VALUES ('hazard_point', %s, %s, st_setsrid(st_point(%s, %s), 4490))",
            str(number), unit, X, Y,
        )  # fmt: skip
    if folded:
        fold_once(placed)
    zoom = 11 if matrix == "WorldCRS84Quad" else 12
    row, column = place_in(matrix, zoom)
    cells = tile(client, zoom, row, column, matrix=matrix)["hazard_point"]
    counted = {each["properties"].get("township"): each["properties"]["count"] for each in cells}
    assert counted == {"511132100": 2, "511132101": 1, None: 1}
    # One that moves is counted where it went.
    do(placed, "UPDATE feature SET org_unit = '511132101' WHERE code = '0'")
    cells = tile(client, zoom, row, column, matrix=matrix)["hazard_point"]
    counted = {each["properties"].get("township"): each["properties"]["count"] for each in cells}
    assert counted == {"511132100": 1, "511132101": 2, None: 1}


@pytest.mark.parametrize(("matrix", "zoom"), [GRIDS[0], GRIDS[4]])
def test_a_crowded_tile_draws_all_and_names_none(placed: Database, client: TestClient, matrix: str, zoom: int) -> None:
    row, column = place_in(matrix, zoom)
    west, south, east, north = box_of(matrix, zoom, row, column)
    wide, high = (east - west) / 60, (north - south) / 60
    boxes = [
        shapely.box(west + x * wide, south + y * high, west + (x + 0.6) * wide, south + (y + 0.6) * high)
        for x in range(60) for y in range(60)
    ]  # fmt: skip
    polygons(placed, boxes)
    crowded = tile(client, zoom, row, column, matrix=matrix)["farmland_patch"]
    assert len(crowded) == 3600
    assert {name for each in crowded for name in each["properties"]} == {"status"}
    assert all(shapely.geometry.shape(each["geometry"]).area > 0 for each in crowded)
    polygons(placed, boxes[:2000])
    named = tile(client, zoom, row, column, matrix=matrix)["farmland_patch"]
    assert {"id", "code", "status"} == {name for each in named for name in each["properties"]}


def test_an_asker_who_has_the_tile_is_told_so_until_it_changes(placed: Database, client: TestClient) -> None:
    point(placed, "a")
    row, column = at(14, X, Y)
    address = f"/ogc/collections/hazard_point/tiles/WebMercatorQuad/14/{row}/{column}"
    first = client.get(address)
    known = {"If-None-Match": first.headers["etag"]}
    again = client.get(address, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(address, params={"as_of": "2024-01-01"}, headers=known).status_code == 200
    point(placed, "b")
    assert client.get(address, headers=known).status_code == 200
    point(placed, "x", layer="mining_site")
    other = client.get(address).headers["etag"]
    assert client.get(address, headers={"If-None-Match": other}).status_code == 304


def test_an_asker_from_before_an_upgrade_is_given_the_tile_anew(placed: Database, client: TestClient) -> None:
    """A program that draws differently, or another database at the same address whose layers changed as often."""
    point(placed, "a")
    row, column = at(14, X, Y)
    address = f"/ogc/tiles/WebMercatorQuad/14/{row}/{column}"
    known = {"If-None-Match": client.get(address).headers["etag"]}
    assert client.get(address, headers=known).status_code == 304
    with psycopg.connect(placed.dsn) as connection:  # without a change that is counted
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE feature_tile SET code = 'b'")
    assert client.get(address, headers=known).status_code == 304
    do(placed, "UPDATE program SET upgraded_at = upgraded_at + interval '1 microsecond'")
    answer = client.get(address, headers=known)
    assert [each["properties"]["code"] for each in decoded(answer)["hazard_point"]] == ["b"]
    assert client.get(address, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304


@pytest.mark.parametrize("known", ["*", "x", '"1.2"', 'W/"..b"', "W/", '"' + "f" * 900 + '.b"', '"1.é.b"'])
def test_an_etag_that_is_none_of_ours_is_passed_over(client: TestClient, known: str) -> None:
    answer = client.get("/ogc/tiles/WebMercatorQuad/14/0/0", headers={b"If-None-Match": known.encode("latin-1")})
    assert answer.status_code == 204


def test_what_one_process_changes_the_other_shows(placed: Database) -> None:
    with (
        Database(Settings(database=placed.dsn)) as second,  # pyright: ignore
        client_of(placed) as one,
        client_of(second) as other,
    ):
        for number in range(3):
            point(placed, str(number))
            assert len(around(one)) == len(around(other)) == number + 1


def test_a_kept_tile_is_not_drawn_again_and_zipped_is_the_same(placed: Database, client: TestClient) -> None:
    point(placed, "a")
    row, column = at(14, X, Y)
    address = f"/ogc/tiles/WebMercatorQuad/14/{row}/{column}"
    plain = client.get(address, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    zipped = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert zipped.headers["content-encoding"] == "gzip"
    assert zipped.content == plain.content
    with psycopg.connect(placed.dsn) as connection:  # behind the back of the triggers
        connection.execute("SET session_replication_role = replica")
        connection.execute("DELETE FROM feature_tile")
    assert client.get(address, headers={"Accept-Encoding": "gzip"}).content == plain.content
    assert around(client) == []  # another address: not kept yet


# --- what is not there, and what must not be --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("collections/nothing/tiles/WebMercatorQuad/0/0/0", 404),
        ("collections/org_unit/tiles/WebMercatorQuad/0/0/0", 404),
        ("collections/hazard_point/tiles/Nothing/0/0/0", 404),
        ("collections/hazard_point/tiles/WebMercatorQuad/25/0/0", 404),
        ("collections/hazard_point/tiles/WebMercatorQuad/1/2/0", 404),
        ("collections/hazard_point/tiles/WebMercatorQuad/1/0/-1", 404),
        ("collections/hazard_point/tiles/WorldCRS84Quad/0/0/2", 404),
        ("collections/hazard_point/tiles/WorldCRS84Quad/8/255/0", 204),
        ("collections/hazard_point/tiles/WebMercatorQuad/24/16777215/0", 204),
        ("collections/hazard_point/tiles/WebMercatorQuad/0/0/0?as_of=yesterday", 400),
        ("collections/hazard_point/tiles/WebMercatorQuad/0/0/0?status=x", 400),
        ("collections/hazard_point/tiles/WorldCRS84Quad/tilejson.json", 404),
        ("tiles/WebMercatorQuad/0/0/0?collections=nothing", 404),
    ],
)
def test_what_is_not_there_is_said_so(client: TestClient, address: str, status: int) -> None:
    answer = client.get(f"/ogc/{address}")
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize("address", ["collections/hazard_point/tiles", "tiles", "collections/nothing/tiles"])
@pytest.mark.parametrize("place", ["WebMercatorQuad/14/{}/{}", "WebMercatorQuad/1/2/0", "Nothing/0/0/0"])
def test_a_plain_question_is_answered_as_one_with_parameters(
    placed: Database, client: TestClient, address: str, place: str
) -> None:
    """The first is found before all other routes; that nothing but the way differs is what this shows."""
    point(placed, "a")
    plain = f"/ogc/{address}/{place.format(*at(14, X, Y))}"
    client.headers["Accept-Language"] = "en"
    for headers in ({}, {"Accept-Encoding": "identity"}, {"Accept": "image/png"}):
        one, other = (client.get(each, headers=headers) for each in (plain, f"{plain}?lang=en"))
        assert (one.status_code, one.headers, one.content) == (other.status_code, other.headers, other.content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PlainTile, "handle", None)
        client.get(f"{plain}?lang=en")
        with pytest.raises(TypeError):
            client.get(plain)


def test_a_tile_is_refused_to_whoever_wants_a_picture(client: TestClient) -> None:
    address = "/ogc/tiles/WebMercatorQuad/0/0/0"
    assert client.get(address, headers={"Accept": "image/png"}).status_code == 406
    assert client.get(address, headers={"Accept": "image/png, */*;q=0.1"}).status_code == 204


def test_no_personal_value_is_in_a_tile(placed: Database, client: TestClient) -> None:
    point(placed, "a", layer="relocation_household", name="shown")
    do(placed, "INSERT INTO feature_private (layer, feature, attributes)"
               " SELECT layer, id, '{\"head\": \"canary\"}' FROM feature")  # fmt: skip
    row, column = at(16, X, Y)
    body = client.get(f"/ogc/tiles/WebMercatorQuad/16/{row}/{column}", headers={"Accept-Encoding": "identity"}).content
    assert b"shown" in body
    assert b"canary" not in body
    assert b"shown" not in client.get(
        f"/ogc/tiles/WebMercatorQuad/14/{row // 4}/{column // 4}", headers={"Accept-Encoding": "identity"}
    ).content  # fmt: skip


# --- how clients find tiles -------------------------------------------------------------------------------------------


def test_a_client_finds_tiles_from_the_tilesets(placed: Database, client: TestClient) -> None:
    point(placed, "a")
    for start in ("/ogc/collections/hazard_point/tiles", "/ogc/tiles"):
        for each in client.get(start).json()["tilesets"]:
            (own,) = (link for link in each["links"] if link["rel"] == "self")
            told = client.get(own["href"]).json()
            (scheme,) = (link for link in told["links"] if link["rel"].endswith("tiling-scheme"))
            matrices = client.get(scheme["href"]).json()
            assert matrices["uri"] == told["tileMatrixSetURI"]
            (item,) = (link for link in told["links"] if link["rel"] == "item")
            assert item["templated"]
            first = item["href"].format(tileMatrix=0, tileRow=0, tileCol=matrices["tileMatrices"][0]["matrixWidth"] - 1)
            assert decoded(client.get(first))["hazard_point"][0]["properties"]["count"] == 1


def test_tilejson_names_every_field_that_tiles_have(placed: Database, client: TestClient) -> None:
    point(placed, "a", name="hill")
    asked = {"collections": "hazard_point", "as_of": "2030-01-01"}
    told = client.get("/ogc/tiles/WebMercatorQuad/tilejson.json", params=asked).json()
    assert told["tilejson"] == "3.0.0"
    (only,) = told["vector_layers"]
    for zoom in (3, 16):
        row, column = at(zoom, X, Y)
        address = told["tiles"][0].format(z=zoom, x=column, y=row)
        (feature,) = decoded(client.get(address))["hazard_point"]
        assert feature["properties"].keys() <= only["fields"].keys()


def test_matrix_sets_are_those_of_the_register(client: TestClient) -> None:
    """Figures of OGC 17-083r4, annex D."""
    web = client.get("/ogc/tileMatrixSets/WebMercatorQuad").json()["tileMatrices"]
    assert web[0]["scaleDenominator"] == pytest.approx(559082264.028717)
    assert web[18]["cellSize"] == pytest.approx(0.597164283559817)
    world = client.get("/ogc/tileMatrixSets/WorldCRS84Quad").json()["tileMatrices"]
    assert world[0]["scaleDenominator"] == pytest.approx(279541132.014358)
    assert (world[1]["matrixWidth"], world[1]["matrixHeight"]) == (4, 2)
