"""The page of a feature: versions and their differences, where it lies, drawings, rights, print, in a real browser."""

import json
import re
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
import pytest
import shapely
from people import client_of, served, signed_in
from playwright.sync_api import Browser, Page, expect
from pyproj import Transformer
from test_page import DESKTOP, PHONE, Guard, pytestmark  # noqa: F401 # pyright: ignore[reportUnusedImport]
from whole import EVERYWHERE

from geo.database import Database
from geo.difference import difference
from geo.layers import layer as declared
from geo.position import position
from web import written
from web.drawing import drawing
from web.feature import steps

TOWN, OTHER, VILLAGE = "511132100", "511132101", "511132100202"
PAGE = {"accept": "text/html"}
OFFICER: dict[str, Any] = {"name": "officer", "grants": (("officer", TOWN),)}
MANAGER: dict[str, Any] = {"name": "manager", "grants": (("manager", None),)}
NOBODY: dict[str, Any] = {"name": "nobody", "grants": ()}


@pytest.fixture
def storied(placed: Database) -> Database:
    """A patch with four versions, records of every state and money; a point next door, one deleted, one outside."""
    with psycopg.connect(placed.dsn) as connection:
        connection.execute(
            "INSERT INTO import (layer, file, sha256, imported_by, report, illustrative)"
            " VALUES ('farmland_patch', '图斑.gpkg', 'x', 'officer', '{\"table\": \"TB\"}', true)"
        )
        connection.execute(
            "INSERT INTO feature (layer, code, name, org_unit, geom, area_m2, registered_area_m2, due_on, attributes,"
            " source, source_row, recorded_by)"
            " SELECT 'farmland_patch', 'P1', '河湾图斑', %s, st_multi(st_buffer(st_pointonsurface(geom), 0.001)),"
            ' 2000, 1334, \'2024-06-30\', \'{"way": "JKHF", "task_year": 2024, "crop": "玉米",'
            ' "slope_class": 2, "restorable_m2": 12345.5}\', import.id, 7, \'import\''
            " FROM org_unit, import WHERE code = %s",
            [VILLAGE, TOWN],
        )
        connection.execute(
            "INSERT INTO feature (layer, code, org_unit, geom, deleted_at) VALUES"
            " ('hazard_point', 'H-other', '511132101', st_setsrid(st_makepoint(103.4, 29.2), 4490), NULL),"
            " ('hazard_point', 'H-gone', %(town)s, NULL, now()),"
            " ('hazard_point', 'H-out', NULL, st_setsrid(st_makepoint(103.55, 29.2), 4490), NULL),"
            " ('hazard_point', 'H-bare', %(town)s, NULL, NULL)",
            {"town": TOWN},
        )
    for change in (
        "name = '河湾一号', attributes = attributes || '{\"crop\": \"荞麦\"}', reason = '现场核实', recorded_by = 'li'",
        "geom = st_translate(geom, 0.0005, 0), attributes = attributes - 'slope_class', recorded_by = 'wang',"
        " reason = NULL",
        "attributes = attributes || '{\"crop\": \"玉米\"}', due_on = '2024-09-30', recorded_by = 'li'",
    ):
        with psycopg.connect(placed.dsn) as connection:
            connection.execute(f"UPDATE feature SET {change} WHERE code = 'P1'")  # pyright: ignore
    with psycopg.connect(placed.dsn) as connection:
        connection.execute(
            "INSERT INTO milestone (layer, feature, milestone, reached_on, state, recorded_by, note, source,"
            " revoked_at, revoked_by) SELECT layer, feature.id, step, day::date, state, who, note,"
            " CASE WHEN step = 'issued' THEN source END, CASE WHEN off <> '' THEN now() END, nullif(off, '')"
            " FROM feature, (VALUES ('issued', '2024-01-01', 'approved', 'import', NULL, ''),"
            " ('works', '2024-02-01', 'approved', 'li', NULL, 'wang'),"
            " ('works', '2024-03-01', 'approved', 'li', NULL, ''),"
            " ('planted', '2024-04-01', 'returned', 'li', '缺照片', ''),"
            " ('planted', '2024-05-01', 'pending', 'li', NULL, ''),"
            " ('inspected', '2024-12-01', 'approved', 'li', NULL, '')) AS told (step, day, state, who, note, off)"
            " WHERE code = 'P1'"
        )
        connection.execute("INSERT INTO fund_source (code, name_zh, name_en) VALUES ('bond', '国债', 'Bond')")
        connection.execute("INSERT INTO document (number, title) VALUES ('峨财〔2024〕1号', 'x')")
        connection.execute("INSERT INTO activity (code, name_zh, name_en) VALUES ('A-1', '耕地恢复', 'Restoration')")
        connection.execute(
            "INSERT INTO activity_feature (activity, layer, feature)"
            " SELECT 'A-1', layer, id FROM feature WHERE code = 'P1'"
        )
        connection.execute(
            "INSERT INTO transaction (activity, fund_source, kind, value_date, amount, document)"
            " SELECT 'A-1', 'bond', 'expenditure', '2024-05-01', 12345.67, id FROM document"
        )
        connection.execute(
            "INSERT INTO allocation (transaction, layer, feature, amount, basis)"
            " SELECT transaction.id, layer, feature.id, 12345.67, 'by_hand' FROM transaction, feature WHERE code = 'P1'"
        )
        connection.execute(
            'INSERT INTO feature_private SELECT layer, id, \'{"farmer": "李四", "farmer_phone": "13800000001"}\''
            " FROM feature WHERE code = 'P1'"
        )
    return placed


def id_of(database: Database, code: str) -> str:
    with psycopg.connect(database.dsn) as connection:
        return str((connection.execute("SELECT id FROM feature WHERE code = %s", [code]).fetchone() or ("",))[0])


# --- versions ---------------------------------------------------------------------------------------------------------


def version(number: int, *changes: tuple[str, Any, Any], geometry: bool = False) -> dict[str, Any]:
    told = [{"column": name, "before": before, "after": after} for name, before, after in changes]
    return {"version": number, "changes": told, "geometry_changed": geometry}


def test_what_differs_between_two_versions_is_the_sum_of_the_steps() -> None:
    versions = [
        version(4, ("a", 3, 1), ("c", None, "x")), version(3, ("b", "y", None), geometry=True),
        version(2, ("a", 1, 3), ("b", None, "y")), version(1),
    ]  # fmt: skip
    found = difference(versions, 1, 4)
    assert found is not None
    assert [(each.column, each.before, each.after) for each in found.columns] == [("c", None, "x")]
    assert found.geometry
    assert difference(versions, 4, 1) == found
    one = difference(versions, 1, 2)
    assert one is not None
    assert ([each.column for each in one.columns], one.geometry) == (["a", "b"], False)
    assert [difference(versions, *pair) for pair in ((1, 1), (1, 5), (0, 2), (9, 8))] == [None] * 4


def test_versions_say_what_changed_in_words_and_two_are_compared(storied: Database) -> None:
    with client_of(storied, who=OFFICER) as client:
        page = client.get(f"/feature/{id_of(storied, 'P1')}?older=1&newer=4", headers=PAGE).text
    history = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.partition('id="history"')[2]))
    for said in (
        "版本 1 与版本 4 计划完成日期 2024-06-30 → 2024-09-30 名称 河湾图斑 → 河湾一号 耕地坡度级别 2 → 空 图形 有改动",
        "版本 4 li ·", "种植作物 荞麦 → 玉米", "版本 3 wang ·", "原因 现场核实", "图斑.gpkg 第 7 行", "首次登记",
    ):  # fmt: skip
        assert re.search(re.escape(said).replace(r"\ ", r"\s*"), history), (said, history)
    assert "种植作物 玉米" not in history.partition("版本 4 li")[0], "changed and changed back"
    with client_of(storied, who=OFFICER) as client:
        for query in ("older=1&newer=99", "older=2&newer=2", "older=1"):
            assert 'id="compared"' not in client.get(f"/feature/{id_of(storied, 'P1')}?{query}", headers=PAGE).text
        assert client.get(f"/feature/{id_of(storied, 'P1')}?older=x", headers=PAGE).status_code == 422


# --- milestones -------------------------------------------------------------------------------------------------------


def test_milestones_stand_in_their_order_with_what_counts_and_what_does_not() -> None:
    def record(milestone: str, day: str, state: str, at: int) -> dict[str, Any]:
        return {"milestone": milestone, "reached_on": day, "state": state, "recorded_at": f"2024-01-0{at}"}

    layer = declared("farmland_patch")
    records = [
        record("works", "2024-02-01", "revoked", 1), record("works", "2024-03-01", "approved", 2),
        record("planted", "2024-04-01", "returned", 3), record("planted", "2024-05-01", "pending", 4),
        record("restored", "2025-01-01", "approved", 5),
    ]  # fmt: skip
    found = {each.milestone.code: each for each in steps(layer, records, date(2024, 12, 31))}
    assert list(found) == [each.code for each in layer.milestones]
    assert found["works"].valid == records[1]
    assert list(found["works"].others) == [records[0]]
    assert found["planted"].valid is None
    assert found["planted"].is_pending
    assert list(found["planted"].others) == [records[3], records[2]]
    assert found["restored"].valid is None, "after the day shown"
    assert not found["restored"].is_pending
    assert not found["issued"].others


def test_the_day_decides_status_money_and_what_comes_next(storied: Database) -> None:
    with client_of(storied, who=OFFICER) as client:
        address = f"/feature/{id_of(storied, 'P1')}"
        late = client.get(f"{address}?as_of=2024-12-31", headers=PAGE).text
        early = client.get(f"{address}?as_of=2024-04-15", headers=PAGE).text
        never = client.get(f"{address}?as_of=2023-01-01", headers=PAGE).text
    head = {
        name: page.partition('class="columns"')[0]
        for name, page in (("late", late), ("early", early), ("never", never))
    }
    assert "认定恢复" in head["late"]
    assert "逾期 92 天" in head["late"]
    assert "种植举证" in head["early"]
    assert "还有 168 天" in head["early"]
    assert "这一天还没有列入" in head["never"]
    assert "12,345.67 元" in late
    assert "12,345.67 元" not in early
    assert "晚于截至日" in early
    assert f"/township/{TOWN}?as_of=2024-12-31" in late
    assert "at=2024-12-31" in late


# --- position and drawing ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("longitude", "zone", "epsg"), [(103.2, 34, 4522), (103.55, 35, 4523), (75.0, 25, 4513)])
def test_a_position_is_on_the_plane_of_the_nearest_zone(longitude: float, zone: int, epsg: int) -> None:
    found = position({"type": "Point", "coordinates": [longitude, 29.2]})
    easting, northing = Transformer.from_crs(4490, epsg, always_xy=True).transform(longitude, 29.2)
    assert (found.zone, found.epsg, found.exact) == (zone, epsg, True)
    assert found.easting == pytest.approx(easting, abs=1e-6)
    assert found.northing == pytest.approx(northing, abs=1e-6)
    assert str(found.easting).startswith(str(zone))


def test_an_area_is_pointed_at_inside_and_far_away_there_is_no_zone() -> None:
    ring = [[103, 29], [103.1, 29], [103.1, 29.1], [103.09, 29.1], [103.09, 29.01], [103, 29.01], [103, 29]]
    bent = {"type": "Polygon", "coordinates": [ring]}
    found = position(bent)
    assert not found.exact
    assert shapely.from_geojson(json.dumps(bent)).contains(shapely.Point(found.longitude, found.latitude))
    far = position({"type": "Point", "coordinates": [10, 50]})
    assert (far.zone, far.epsg, far.northing, far.easting) == (None, None, None, None)


def test_a_drawing_keeps_its_shape_within_its_frame_and_measures_true() -> None:
    town = {"type": "MultiPolygon", "coordinates": [[[[103, 29], [103.2, 29], [103.2, 29.1], [103, 29.1], [103, 29]]]]}
    point = drawing({"type": "Point", "coordinates": [103.1, 29.05]}, town)
    assert point is not None
    assert point.points == ((160, 120),), "the middle is in the middle"
    assert (point.areas, point.lines) == ("", "")
    numbers = [float(each) for each in re.findall(r"[\d.]+", point.around)]
    assert min(numbers[::2]) >= 0
    assert max(numbers[::2]) <= point.width
    assert max(numbers[1::2]) <= point.height
    breadth = max(numbers[::2]) - min(numbers[::2])
    west, east = shapely.Point(103, 29.05), shapely.Point(103.2, 29.05)
    plane = Transformer.from_crs(4490, 4522, always_xy=True)
    metres = plane.transform(east.x, east.y)[0] - plane.transform(west.x, west.y)[0]
    assert point.bar / breadth * metres == pytest.approx(point.metres, rel=0.01)
    tiny = drawing(
        {"type": "Polygon", "coordinates": [[[103.1, 29], [103.1001, 29], [103.1, 29.0001], [103.1, 29]]]}, town
    )
    assert tiny is not None
    assert (len(tiny.points), tiny.areas) == (1, "")
    alone = drawing({"type": "LineString", "coordinates": [[103.1, 29], [103.1001, 29], [103.2, 29.1]]}, None)
    assert alone is not None
    assert alone.lines.startswith("M")
    assert not alone.lines.endswith("Z")
    assert drawing({"type": "Polygon", "coordinates": []}, None) is None


def test_values_are_written_as_people_read_them() -> None:
    patch, hazard = declared("farmland_patch"), declared("hazard_point")
    assert written.cell(patch, "way", "JKHF", "zh") == "即可恢复"
    assert written.cell(patch, "way", "JKHF", "en") == "Restorable at once"
    assert written.cell(patch, "way", "unknown", "zh") == "unknown"
    assert written.cell(patch, "task_year", 2024, "zh") == "2024"
    assert written.cell(patch, "restorable_m2", 12345.5, "zh") == "12,345.5"
    assert written.cell(hazard, "threatened_people", 1200, "zh") == "1,200 人"
    assert written.cell(hazard, "automatic_monitoring", True, "en") == "Yes"
    assert written.cell(None, "x", ["a", "b"], "zh") == "a、b"
    assert written.measured(1334, patch.measures[0], "zh") == "2.001 亩"
    assert written.yuan(Decimal("1234567.8"), "zh") == "1,234,567.80 元"
    assert [written.large_yuan(each, "zh") for each in (0, 999.5, 52_213_200, 452_000_000)] == [
        "0 元", "999.5 元", "5,221.32 万元", "4.52 亿元",
    ]  # fmt: skip
    assert [written.large_yuan(each, "en") for each in (12, 12_300, 52_213_200)] == [
        "12 yuan",
        "12.3k yuan",
        "52.21M yuan",
    ]
    assert [written.number(each) for each in (0, 0.126, 12.5, 783.86, 1234.5, 1000)] == [
        "0", "0.13", "12.5", "783.9", "1,234", "1,000",
    ]  # fmt: skip


# --- who may ----------------------------------------------------------------------------------------------------------


def test_a_foreign_deleted_unknown_or_impossible_feature_is_not_there(storied: Database) -> None:
    ids = {code: id_of(storied, code) for code in ("P1", "H-other", "H-gone", "H-out", "H-bare")}
    with client_of(storied, who=OFFICER) as client:
        for code, status in (("P1", 200), ("H-bare", 200), ("H-other", 404), ("H-out", 404), ("H-gone", 404)):
            assert client.get(f"/feature/{ids[code]}", headers=PAGE).status_code == status, code
        for strange in ("x", "00000000-0000-4000-8000-000000000000", "%00", "1' OR 1=1"):
            answer = client.get(f"/feature/{strange}", headers=PAGE)
            assert answer.status_code == 404, strange
            assert "<html" in answer.text
    with client_of(storied, who=MANAGER) as client:
        for code, status in (("H-other", 200), ("H-out", 200), ("H-gone", 404)):
            assert client.get(f"/feature/{ids[code]}", headers=PAGE).status_code == status, code
    with client_of(storied, who=NOBODY) as client:
        assert client.get(f"/feature/{ids['P1']}", headers=PAGE).status_code == 404


def test_personal_columns_are_offered_to_who_may_see_them_and_stand_in_no_page(storied: Database) -> None:
    address = f"/feature/{id_of(storied, 'P1')}"
    for who, offered in ((OFFICER, True), (MANAGER, False)):
        with client_of(storied, who=who) as client:
            page = client.get(address, headers=PAGE).text
        assert ('id="personal"' in page) == offered
        assert "李四" not in page
        assert "138****" not in page


def test_the_file_of_a_milestone_is_told_to_who_may_see_it(storied: Database) -> None:
    with client_of(storied, who={"name": "second", "grants": (("officer", TOWN),)}) as client:
        assert "图斑.gpkg" not in client.get(f"/feature/{id_of(storied, 'P1')}", headers=PAGE).text
        record = client.get(f"/api/features/{id_of(storied, 'P1')}").json()["properties"]
    assert {each["file"] for each in record["milestones"]} == {None}
    assert record["illustrative"] is True
    with client_of(storied, who=MANAGER) as client:
        record = client.get(f"/api/features/{id_of(storied, 'P1')}").json()["properties"]
    assert [each["file"] for each in record["milestones"] if each["milestone"] == "issued"] == ["图斑.gpkg"]


def test_a_feature_without_geometry_or_township_says_so(storied: Database) -> None:
    with client_of(storied, who=MANAGER) as client:
        bare = client.get(f"/feature/{id_of(storied, 'H-bare')}", headers=PAGE).text
        out = client.get(f"/feature/{id_of(storied, 'H-out')}", headers=PAGE).text
    assert "没有登记图形" in bare
    assert "geo:" not in bare
    assert "乡镇界外" in out
    assert "EPSG:4523" in out


# --- in a browser -----------------------------------------------------------------------------------------------------


@EVERYWHERE
def test_an_officer_reads_a_record_from_the_list_to_the_end(
    browser: Browser, storied: Database, device: dict[str, Any], language: str
) -> None:
    with served(signed_in(storied, **OFFICER)) as address:
        guard = Guard(address)
        context = browser.new_context(locale="zh-CN" if language == "zh" else "en-US", **device)
        guard.watch(context)
        page = context.new_page()
        page.goto(f"{address}/township/{TOWN}?as_of=2024-12-31&lang={language}")
        page.locator(".features th a", has_text="河湾一号").click()
        expect(page.locator("h1")).to_contain_text("河湾一号")
        expect(page.locator(".chip").first).to_contain_text("逾期" if language == "zh" else "Overdue")
        expect(page.locator(".steps li")).to_have_count(9)
        expect(page.locator(".steps li.reached")).to_have_count(3)
        expect(page.locator(".steps li.pending")).to_have_count(1)
        expect(page.locator("svg.drawing")).to_have_count(2)
        expect(page.locator("#money .amount a")).to_have_attribute("href", re.compile(r"^/ledger/\d+\?lang="))
        expect(page.locator("a[href^='geo:']")).to_have_count(1)
        page.locator("#personal button").click()
        expect(page.locator("#personal dd").first).to_have_text("李**")
        page.locator("#personal input").fill("核对承包人")
        page.locator("#personal form button").click()
        expect(page.locator("#personal dd").first).to_have_text("李四")
        page.locator("form.compare button").click()
        expect(page.locator("#compared .differences div")).to_have_count(4)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.locator(".record-sheet header .actions a").first.click()
        page.wait_for_selector("body.ready", state="attached")
        expect(page.locator(".card h2")).to_have_text("河湾一号")
        context.close()
    assert (guard.left, guard.errors, guard.dialogs) == ([], [], [])


def test_it_prints_on_a4_with_county_moment_and_page_on_each_page(browser: Browser, storied: Database) -> None:
    with psycopg.connect(storied.dsn) as connection:
        for n in range(30):
            connection.execute("UPDATE feature SET name = %s WHERE code = 'P1'", [f"河湾 {n}"])
            connection.commit()
    with served(signed_in(storied, **OFFICER)) as address:
        context = browser.new_context(locale="zh-CN")
        page = context.new_page()
        page.goto(f"{address}/feature/{id_of(storied, 'P1')}")
        page.emulate_media(media="print")
        expect(page.locator(".on-paper")).to_contain_text("峨边彝族自治县 · 要素登记表打印于 20")
        for hidden in (".sheet-head", "header .actions", "form.compare", "#personal"):
            expect(page.locator(hidden).first).to_be_hidden()
        printed = page.pdf(prefer_css_page_size=True)
        assert _pages(printed) >= 3
        assert b"/MediaBox [0 0 594.95996 841.91998]" in printed
        context.close()


def _pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


# --- visits -----------------------------------------------------------------------------------------------------------


def _said(page: Page) -> str:
    summary = page.locator("#changes summary span")
    expect(summary).to_have_text(re.compile("：|:"))
    return summary.inner_text()


def test_changes_are_told_since_the_last_visit_of_this_account_on_this_device(
    browser: Browser, storied: Database
) -> None:
    with served(signed_in(storied, **OFFICER)) as address:
        guard = Guard(address)
        context = browser.new_context(locale="zh-CN", **PHONE)
        guard.watch(context)
        page = context.new_page()
        page.goto(f"{address}/township/{TOWN}")
        assert _said(page) == "近 7 天：3 个要素有变化"
        page.goto(f"{address}/township/{TOWN}")
        assert _said(page) == "近 7 天：3 个要素有变化", "the visit goes on"
        kept = "shanhe-visit officer 511132100"
        assert page.evaluate("Object.keys(localStorage)") == [kept]
        # Back after an hour: what was recorded since the visit is new, and nothing else.
        page.evaluate(
            "key => { const kept = JSON.parse(localStorage[key]), earlier = (at) => new Date(new Date(at) - 36e5);"
            " localStorage[key] = JSON.stringify({ ...kept, seen: earlier(kept.seen), since: earlier(kept.since) }) }",
            kept,
        )
        with psycopg.connect(storied.dsn) as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute("UPDATE feature SET recorded_at = recorded_at - interval '1 day'")
            connection.execute("UPDATE feature_version SET recorded_at = recorded_at - interval '1 day'")
            connection.execute(
                "UPDATE milestone SET recorded_at = recorded_at - interval '1 day',"
                " revoked_at = revoked_at - interval '1 day'"
            )
        with psycopg.connect(storied.dsn) as connection:
            connection.execute("UPDATE feature SET name = '新名', recorded_by = 'li' WHERE code = 'H-bare'")
        page.goto(f"{address}/township/{TOWN}")
        assert re.fullmatch(r"自上次（\d{4}-\d\d-\d\d \d\d:\d\d）以来：1 个要素有变化", _said(page))
        page.locator("#changes summary").click()
        expect(page.locator("#changes .found > ol > li")).to_have_count(1)
        expect(page.locator("#changes .found")).to_contain_text("登记有修改li · 20")
        page.locator("#changes .found a").click()
        expect(page.locator("h1")).to_contain_text("新名")
        context.close()
    assert (guard.left, guard.errors, guard.dialogs) == ([], [], [])


def test_changes_that_cannot_be_asked_for_are_asked_again(browser: Browser, storied: Database) -> None:
    with served(signed_in(storied, **OFFICER)) as address:
        context = browser.new_context(locale="zh-CN")
        page = context.new_page()
        page.route("**/changes*", lambda route: route.abort())
        page.goto(f"{address}/township/{TOWN}")
        expect(page.locator("#changes summary")).to_contain_text("最近的变化")
        page.locator("#changes summary").click()
        expect(page.locator("#changes [role=alert]")).to_be_visible()
        page.unroute("**/changes*")
        page.locator("#changes .found button").click()
        expect(page.locator("#changes summary")).to_contain_text("近 7 天")
        context.close()


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_map_leads_to_the_page_of_the_township_and_back(
    browser: Browser, storied: Database, device: dict[str, Any]
) -> None:
    with served(signed_in(storied, **MANAGER)) as address:
        guard = Guard(address)
        context = browser.new_context(locale="zh-CN", **device)
        guard.watch(context)
        page = context.new_page()
        page.goto(f"{address}/")
        page.wait_for_selector("body.ready", state="attached")
        expect(page.locator(".to-page")).to_have_count(0)
        page.goto(f"{address}/#town={TOWN}")
        page.wait_for_selector("body.ready", state="attached")
        page.locator(".to-page").click()
        expect(page.locator("h1")).to_contain_text("沙坪镇")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.locator(".sheet-title .actions a").first.click()
        page.wait_for_selector("body.ready", state="attached")
        expect(page.locator(".scope")).to_have_text("沙坪镇")
        context.close()
    assert (guard.left, guard.errors, guard.dialogs) == ([], [], [])
