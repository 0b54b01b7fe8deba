"""The page where files come in and go out, in a real browser over the real program and a real worker."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas
import openpyxl
import pytest
import shapely
from people import client_of
from playwright.sync_api import Browser, Page, expect
from test_ingest import SEAT
from test_page import DESKTOP, PHONE, Guard, pytestmark  # noqa: F401 - marks this module too
from test_real_page import serving
from whole import EVERYWHERE

from geo import boundary
from geo.database import Database
from geo.ingest.ledger import Choice as LedgerChoice
from geo.ingest.ledger import load_ledger
from geo.org_unit import places
from geo.settings import SHIPPED, settings

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def office(make_database: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A demonstration whose program keeps uploads in a folder of its own."""
    monkeypatch.setenv("SHANHE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SHANHE_DATABASE", make_database("demo").dsn)
    settings.cache_clear()
    with Database(settings()) as database:
        yield database
    settings.cache_clear()


@pytest.fixture
def open_page(browser: Browser, office: Database) -> Iterator[Any]:
    """Opens an address; nothing may leave the origin or run what a file says."""
    with serving(office) as address:
        guard, contexts = Guard(address), []

        def opened(path: str, **options: Any) -> Page:
            context = browser.new_context(locale="zh-CN", accept_downloads=True, **{**DESKTOP, **options})
            contexts.append(context)
            guard.watch(context)
            page = context.new_page()
            page.set_default_timeout(30_000)
            page.goto(address + path)
            return page

        yield opened
        for context in contexts:
            context.close()
        assert (guard.left, guard.dialogs, guard.errors) == ([], [], [])


def worked(office: Database) -> None:
    """Do what waits in the queue, by a worker of its own."""
    command = [sys.executable, "-c", "from api.cli import main; main()", "work", "--once"]
    environment = os.environ | {"SHANHE_DATABASE": office.dsn, "SHANHE_HOME": str(office.settings.home)}
    subprocess.run(command, env=environment, check=True, timeout=120)


def loose_shapefile(folder: Path, count: int = 6) -> list[Path]:
    """A GBK shapefile in zone 35 without .prj and .cpg, one point far away, with headings of its own."""
    folder.mkdir()
    places = [shapely.Point(SEAT[0] + place * 1e-3, SEAT[1]) for place in range(count - 1)] + [
        shapely.Point(104.5, 29.5)
    ]
    frame = geopandas.GeoDataFrame(
        {
            "统一编号": [f"5111320980{place:02d}" for place in range(count)],
            "名称": [HOSTILE, *(f"测试滑坡{place}" for place in range(1, count))],
            "所在乡镇": ["沙坪镇"] * count,
            "威胁人口数": list(range(count)),
        },
        geometry=places,
        crs="EPSG:4490",
    ).to_crs(4544)
    frame.to_file(folder / "隐患点.shp", encoding="GBK")
    for suffix in (".prj", ".cpg"):
        (folder / f"隐患点{suffix}").unlink()
    return sorted(folder.iterdir())


@EVERYWHERE
def test_a_clerk_imports_a_file_without_coordinate_system_and_takes_it_back(
    open_page: Any, office: Database, tmp_path: Path, device: dict[str, Any], language: str
) -> None:
    page = open_page(f"/import?lang={language}", **device)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.select_option("#send-file [name=layer]", "hazard_point")
    page.set_input_files("[name=files]", loose_shapefile(tmp_path / "loose"))
    page.click("#send-file .primary")
    expect(page.locator("#job .state")).to_be_visible()
    worked(office)
    figures = page.locator("#job .figures dd")
    expect(figures.first).to_have_text("5")
    expect(figures.nth(3)).to_have_text("1")
    expect(page.locator("#job .notes")).to_contain_text("4544")
    expect(page.locator("#job .notes")).to_contain_text("GB18030")
    expect(page.locator("#job .where .away").first).to_be_visible()
    expect(page.locator("#job .kinds .error")).to_contain_text("不在本县" if language == "zh" else "outside the county")
    apply = page.locator("#job .actions .primary")
    expect(apply).to_be_disabled()
    page.locator("#job .mapping tr", has_text="威胁人口数").locator("button").click()
    expect(page.locator("#job [name=save_mapping]")).to_be_visible()
    page.locator("#job .actions .button").nth(1).click()
    page.locator("#job .state.waiting, #job .state.running").wait_for()
    worked(office)
    expect(figures.nth(3)).to_have_text("1")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("#job .tick input").last.check()
    expect(apply).to_be_enabled()
    apply.click()
    page.locator("#job .state.waiting, #job .state.running").wait_for()
    worked(office)
    expect(page.locator("#job .state.applied")).to_be_visible()
    page.reload()
    expect(page.locator("#job .state.applied")).to_be_visible()
    with office.session() as connection:
        found = connection.execute(
            "SELECT name, attributes ->> 'threatened_people' FROM feature WHERE code LIKE '5111320980%' ORDER BY code"
        ).fetchall()
    assert found[0] == (HOSTILE, "0")
    assert len(found) == 5
    page.locator("#job .actions button").click()
    expect(page.locator("#history tbody tr").first).to_contain_text("已撤销" if language == "zh" else "undone")


def test_a_file_is_stated_to_be_all_there_is_for_a_township(open_page: Any, office: Database, tmp_path: Path) -> None:
    file = tmp_path / "矿山.geojson"
    there = {"名称": ["一号"], "编号": ["M1"]}
    geopandas.GeoDataFrame(there, geometry=[shapely.Point(*SEAT)], crs="EPSG:4490").to_file(file)
    page = open_page("/import?layer=hazard_point", **PHONE)
    page.set_input_files("[name=files]", file)
    page.click("#send-file .primary")
    expect(page.locator("#job .state")).to_be_visible()
    worked(office)
    page.locator("#job details", has=page.locator("[name=complete]")).locator("summary").click()
    page.select_option("#job [name=complete]", ["511132101", "511132102"])
    day = page.locator("#job .complete [type=date]")
    expect(day).to_be_enabled()
    day.fill("2026-03-31")
    again = page.locator("#job .actions .button", has_text="重新检查")
    expect(again).to_be_enabled()
    again.click()
    page.locator("#job .state.waiting, #job .state.running").wait_for()
    worked(office)
    expect(page.locator("#job .notes")).to_contain_text("2026-03-31 的全部数据")
    expect(page.locator("#job [name=complete] option:checked")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("#job .actions .primary").click()
    page.locator("#job .state.waiting, #job .state.running").wait_for()
    worked(office)
    expect(page.locator("#job .state.applied")).to_be_visible()
    with office.owner() as connection:
        kept = connection.execute("SELECT org_unit, as_of::text FROM import_complete ORDER BY 1").fetchall()
    assert kept == [("511132101", "2026-03-31"), ("511132102", "2026-03-31")]


def test_the_sheet_with_marked_rows_and_a_layer_are_downloaded(
    open_page: Any, office: Database, tmp_path: Path
) -> None:
    page = open_page("/import?layer=hazard_point")
    page.set_input_files("[name=files]", loose_shapefile(tmp_path / "loose"))
    page.click("#send-file .primary")
    expect(page.locator("#job .state")).to_be_visible()
    worked(office)
    with page.expect_download() as waited:
        page.click("#job a[download]")
    waited.value.save_as(tmp_path / "marked.xlsx")
    book = openpyxl.load_workbook(tmp_path / "marked.xlsx")
    assert any("不在本县" in str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row)
    page.select_option("#export [name=layer]", "hazard_point")
    page.select_option("#export [name=format]", "xlsx")
    with page.expect_download() as waited:
        page.click("#export button")
    assert waited.value.suggested_filename.endswith(".xlsx")
    assert "隐患点" in waited.value.suggested_filename
    waited.value.save_as(tmp_path / "layer.xlsx")
    assert openpyxl.load_workbook(tmp_path / "layer.xlsx").worksheets[0].max_row > 100


def test_a_wrong_file_says_so_and_cancel_leaves_nothing(open_page: Any, office: Database, tmp_path: Path) -> None:
    page = open_page("/import?layer=hazard_point")
    wrong = tmp_path / "表.gpkg"
    wrong.write_bytes(b"this is no database")
    page.set_input_files("[name=files]", wrong)
    page.click("#send-file .primary")
    expect(page.locator("#job .state.waiting")).to_be_visible()
    page.locator("#job .actions button").click()
    expect(page.locator("#job .state.cancelled")).to_be_visible()
    page.locator("#job .actions .button").nth(1).click()
    expect(page.locator("#job .state.waiting")).to_be_visible()
    worked(office)
    expect(page.locator("#job .state.failed")).to_be_visible()
    expect(page.locator("#job .warned")).to_contain_text("GeoPackage")


def test_the_list_says_what_each_import_was_of(placed: Database, tmp_path: Path) -> None:
    with placed.session() as connection:
        ground = places(connection).townships[0]
    drawn = tmp_path / "XZQ.gpkg"
    frame = geopandas.GeoDataFrame({"XZQDM": [ground.code]}, geometry=[ground.geom], crs="EPSG:4490")
    frame.to_file(drawn)
    boundary.load(placed, drawn, by="test")
    load_ledger(placed, SHIPPED / "511132" / "report_2024_ledger.csv", LedgerChoice(year=2024, add=True))
    with client_of(placed) as client:
        rows = client.get("/import?lang=zh").text.partition('id="history"')[2].split("<tr>")
    assert ["资金台账" in row for row in rows if "report_2024_ledger.csv" in row] == [True]
    assert ["界线" in row for row in rows if "XZQ.gpkg" in row] == [True]
