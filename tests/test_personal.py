"""Personal columns: masked, whole for a reason, and nowhere else; 1,000 planted values leave by no other road."""

import logging
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from packed import unpacked
from people import client_of, header
from starlette.testclient import TestClient
from whole import some, times

from api.app import create_app
from api.routes.map import file_of
from geo.database import Database
from geo.layers import layers
from geo.personal import masked
from geo.settings import today

TOWN, OTHER = "511132100", "511132101"
PLANTED = 1_000
SHARE = 3
PRIVATE = {layer.code: tuple(layer.private) for layer in layers().values() if layer.private}
BLIND: dict[str, tuple[tuple[str, str | None], ...]] = {
    "planner": (("planner", None),),
    "manager": (("manager", None),),
    "administrator": (("administrator", None),),
    "neighbour": (("officer", OTHER), ("planner", None)),
    "elsewhere": (("officer", OTHER),),
    "nothing": (),
}
"""Everybody who must not see personal columns of what lies in TOWN."""


@pytest.fixture(scope="module")
def planted(make_database: Any) -> Database:
    """Features of every layer with personal columns in one township, with 1,000 values that are found nowhere else."""
    database = make_database("placed")
    with psycopg.connect(database.dsn) as connection:
        number = 0
        while number < PLANTED:
            for layer, columns in PRIVATE.items():
                values = {name: f"金丝雀{number + i:04}号" for i, name in enumerate(columns)}
                number += len(values)
                (feature,) = connection.execute(
                    "INSERT INTO feature (layer, code, name, org_unit, geom)"
                    " SELECT %(layer)s, %(code)s, 'x', code, CASE WHEN %(drawn)s = 'point' THEN place ELSE"
                    " st_multi(st_buffer(place, 0.0004)) END"
                    " FROM (SELECT code, st_pointonsurface(geom) AS place FROM org_unit WHERE code = %(town)s) AS town"
                    " RETURNING id",
                    {"layer": layer, "code": f"{layer}{number}", "drawn": layers()[layer].geometry, "town": TOWN},
                ).fetchone() or (None,)
                connection.execute(
                    "INSERT INTO feature_private VALUES (%s, %s, %s)",
                    [layer, feature, psycopg.types.json.Jsonb(values)],
                )
                connection.execute(
                    "WITH made AS (INSERT INTO feature_document (layer, feature, kind, title, media_type, size, sha256,"
                    " recorded_by) SELECT %(layer)s, %(feature)s, 'agreement', 'x', 'application/pdf',"
                    " octet_length(%(content)s), encode(sha256(%(content)s), 'hex'), 'x' RETURNING id, sha256, size)"
                    " INSERT INTO feature_document_content SELECT id, sha256, size, %(name)s, %(content)s FROM made",
                    {"layer": layer, "feature": feature, "name": f"金丝雀{number}.pdf",
                     "content": f"%PDF-金丝雀{number}".encode()},
                )  # fmt: skip
    return database


def features(database: Database, layer: str) -> list[Any]:
    with psycopg.connect(database.dsn) as connection:
        query = "SELECT id FROM feature WHERE layer = %s AND org_unit = %s ORDER BY code"
        return [each for (each,) in connection.execute(query, [layer, TOWN])]


OFFICER: dict[str, Any] = {"name": "officer", "grants": (("officer", TOWN),)}


# --- masked and whole -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("王小明", "王**"), ("王", "王**"), ("511132199001011234", "5111**********1234"),
        ("51113219900101123X", "5111**********123X"), ("13812345678", "138****5678"),
        ("6217000012345678901", "6217***********8901"), ("83256", "8**"),
        ("8325678", "8*****8"), ("  沙坪镇双河村1组", "沙**"), ("欧阳娜娜", "欧**"),
    ],
)  # fmt: skip
def test_a_value_is_masked(value: str, shown: str) -> None:
    assert masked(value) == shown


@given(st.text(min_size=1, max_size=40))
def test_a_mask_never_shows_most_of_a_value(value: str) -> None:
    plain = value.strip()
    kept = [char for char, was in zip(masked(value), plain, strict=False) if char == was and was != "*"]
    assert len(kept) <= max(1, 8 if len(plain) >= 15 else 7)
    assert len(plain) < 2 or masked(value) != plain or set(plain[1:]) == {"*"}


def test_who_may_sees_masks_first_and_the_whole_for_a_reason_that_is_kept(planted: Database) -> None:
    feature = features(planted, "relocation_household")[0]
    address = f"/api/features/{feature}/personal"
    with client_of(planted, who=OFFICER) as client:
        shown = client.get(address)
        assert shown.headers["cache-control"] == "no-store"
        assert {each["name"] for each in shown.json()["columns"]} == set(PRIVATE["relocation_household"])
        assert {each["value"] for each in shown.json()["columns"]} == {"金**"}
        for reason in ("", " ", "x", "x" * 201):
            assert client.post(address, json={"reason": reason}).status_code == 422
        whole = client.post(address, json={"reason": "核对 补助\n账号"})
        assert whole.headers["cache-control"] == "no-store"
        assert all(each["value"].startswith("金丝雀") for each in whole.json()["columns"])
    with psycopg.connect(planted.dsn) as connection:
        kept = connection.execute("SELECT actor, subject FROM audit_event WHERE action = 'personal.read'").fetchall()
    assert len(kept) == 1
    actor, subject = kept[0]
    assert (actor, subject["id"], subject["reason"]) == ("officer", str(feature), "核对 补助 账号")
    assert set(subject["columns"]) == set(PRIVATE["relocation_household"])
    assert "金丝雀" not in str(subject)


@pytest.mark.parametrize("name", BLIND)
def test_who_may_not_is_told_that_there_is_nothing(planted: Database, name: str) -> None:
    feature = features(planted, "relocation_household")[0]
    address = f"/api/features/{feature}/personal"
    with client_of(planted, who={"name": name, "grants": BLIND[name]}) as client:
        assert client.get(address).status_code == 404
        assert client.post(address, json={"reason": "核对账号"}).status_code == 404
    with client_of(planted, who=OFFICER) as client:
        assert client.get(address).status_code == 200, "the control"


def test_a_token_that_is_narrower_sees_none_of_it(planted: Database) -> None:
    feature = features(planted, "relocation_household")[0]
    narrow = {"name": "narrow", "grants": (("officer", TOWN),), "verbs": ["view", "download", "edit"]}
    with client_of(planted, who=narrow) as client:
        assert client.get(f"/api/features/{feature}").status_code == 200, "the control"
        assert client.get(f"/api/features/{feature}/personal").status_code == 404


# --- planted values ---------------------------------------------------------------------------------------------------


def addresses(client: TestClient, database: Database) -> Iterator[str]:
    """Everything that can be asked for by GET, of every layer and in every format, and what might make it tell more."""
    samples = {layer: features(database, layer)[0] for layer in PRIVATE}
    with psycopg.connect(database.dsn) as connection:
        papers: dict[Any, Any] = dict(connection.execute("SELECT feature, id FROM feature_document").fetchall())
    yield from ("/", "/money", "/ledger", "/claims", "/import", "/account", "/accounts", "/public", "/login", "/audit")
    yield from ("/progress", "/features", "/reports?state=all", f"/township/{TOWN}", f"/township/{TOWN}/calls")
    yield from (f"/township/{TOWN}/calls?layer={layer}" for layer in samples)
    yield from (f"/feature/{feature}" for feature in samples.values())
    for path, operations in client.get("/api/openapi.json").json()["paths"].items():
        if "get" not in operations:
            continue
        for layer, feature in samples.items():
            filled = path.replace("/townships/{code}", f"/townships/{TOWN}")
            for name, value in {
                "code": layer, "collection": layer, "feature_id": feature, "item_id": feature, "ending": "csv",
                "document_id": papers[feature],
                "matrix": "WebMercatorQuad", "zoom": "14", "row": "6811", "column": "12895",
            }.items():  # fmt: skip
                filled = filled.replace(f"{{{name}}}", str(value))
            yield f"{filled}?layer={layer}&metric=x" if filled.endswith(("series", "records")) else filled
    for layer, columns in PRIVATE.items():
        name = columns[0]
        for kind in ("json", "html", "csv", "xlsx", "fgb", "parquet"):
            yield f"/ogc/collections/{layer}/items?f={kind}&limit=1000"
        for trick in (f"filter={name} LIKE '金%25'", f"sortby={name}", f"properties={name}", f"{name}=金丝雀0001号"):
            yield f"/ogc/collections/{layer}/items?{trick}"
        for kind in ("gpkg", "geojson", "shp", "csv", "xlsx", "kml", "fgb", "parquet"):
            yield f"/api/layers/{layer}/export?format={kind}"
        for zoom, row, column in ((8, 106, 201), (12, 1702, 3223), (14, 6811, 12895)):
            yield f"/ogc/collections/{layer}/tiles/WebMercatorQuad/{zoom}/{row}/{column}"
        yield f"/api/features?layer={layer}&q=金丝雀"
    yield "/api/features?limit=1000"


@pytest.mark.parametrize("name", BLIND)
def test_planted_values_leave_by_no_road(
    planted: Database, name: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planted, "settings", planted.settings.model_copy(update={"public": True}))
    wanted = "金丝雀".encode()
    good = 0
    with caplog.at_level(logging.DEBUG), client_of(planted, who={"name": name, "grants": BLIND[name]}) as client:
        asked_by = list(BLIND).index(name) % SHARE  # of the six each address is asked by two
        for address in some(dict.fromkeys(addresses(client, planted)), SHARE, asked_by):
            answer = client.get(address, headers={"accept-encoding": "identity"})
            good += answer.status_code == 200
            asked = wanted if "金丝雀" not in address else "金丝雀0".encode()
            told = unpacked(answer.text).encode() if b'"data-packed"' in answer.content else answer.content
            assert asked not in told, address
            for each in answer.headers.items():
                assert "金丝雀" not in str(each), address
    assert good > times(120 if name not in ("nothing", "elsewhere") else 20, SHARE)
    assert "金丝雀" not in "".join(record.getMessage() for record in caplog.records if "金丝雀" not in str(record.args))


def test_planted_values_are_in_no_one_file_map(planted: Database) -> None:
    with planted.owner() as connection:
        told = unpacked(file_of(connection, township=TOWN, as_of=today(), language="zh"))
    assert '"relocation_household"' in told
    assert "金丝雀" not in told


def test_the_search_for_planted_values_would_find_them(planted: Database) -> None:
    found: set[str] = set()
    with TestClient(create_app(planted), headers=header(planted, **OFFICER)) as client:
        for layer in PRIVATE:
            for feature in some(features(planted, layer), 10):
                told = client.post(f"/api/features/{feature}/personal", json={"reason": "核对"}).json()
                found |= {each["value"] for each in told["columns"]}
                (document,) = client.get(f"/api/features/{feature}/documents").json()["documents"]
                assert "金丝雀" in document["name"]
                assert "金丝雀" in client.get(f"/api/features/{feature}/documents/{document['id']}").text
    assert len(found) >= times(PLANTED)
