"""The progress page: every figure opens exactly what it counts, for whoever reads it, on any day; files, pictures."""

import io
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from lxml import html
from openpyxl import load_workbook
from people import client_of, served, signed_in
from playwright.sync_api import Browser, expect
from starlette.testclient import TestClient
from test_page import DESKTOP, PHONE, Guard, pytestmark  # noqa: F401 - marks this module too
from whole import some, times

from geo.database import Database
from geo.layers import layers
from web.progress import figure, short

DAY = "2024-12-31"
SHARE = 4
COUNTY, TOWN, OTHER = "511132", "511132100", "511132101"
MANAGER: dict[str, Any] = {"name": "manager", "grants": (("manager", None),)}
OFFICER: dict[str, Any] = {"name": "officer", "grants": (("officer", TOWN),)}
PAIR: dict[str, Any] = {"name": "pair", "grants": (("officer", TOWN), ("officer", OTHER))}
CLERK: dict[str, Any] = {"name": "clerk", "grants": (("officer", None),)}
LOOKER: dict[str, Any] = {"name": "looker", "grants": (("administrator", None),)}
HAZARDS: dict[str, Any] = {"name": "hazards", "grants": (("manager", None),), "layers": ["hazard_point"]}
MIXED: dict[str, Any] = {"name": "mixed", "grants": (("manager", TOWN),), "layers": ["farmland_patch"]}
NOBODY: dict[str, Any] = {"name": "nobody", "grants": ()}
HOSTILE = '=HYPERLINK("http://evil.example","{{7*7}}<script>alert(1)</script>")'


@pytest.fixture(scope="module")
def awkward(make_database: Any) -> Database:
    """Records that are easily counted wrongly: see each code."""
    database = make_database("placed")
    village = "511132100001"
    made: list[tuple[str, str | None, str | None, str | None, list[tuple[str, str]]]] = [
        ("no township", None, "2023-01-01", "2024-01-01", []),
        ("no township, done", None, "2023-01-01", None, [("restored", "2024-03-01")]),
        ("no day at all", TOWN, None, None, []),
        ("no due date", village, "2023-01-01", None, [("works", "2023-05-01")]),
        ("due yesterday", village, "2023-01-01", "2024-12-30", []),
        ("due today", village, "2023-01-01", DAY, []),
        ("29 days", TOWN, "2023-01-01", "2024-12-02", []),
        ("30 days", TOWN, "2023-01-01", "2024-12-01", [("works", "2024-12-31")]),
        ("89 days", OTHER, "2023-01-01", "2024-10-03", []),
        ("90 days", OTHER, "2023-01-01", "2024-10-02", []),
        ("364 days", OTHER, "2023-01-01", "2024-01-02", []),
        ("365 days", OTHER, "2023-01-01", "2024-01-01", []),
        ("due before it is listed", TOWN, "2024-06-01", "2023-01-01", []),
        ("reached before it is listed", TOWN, "2024-06-01", "2024-07-01", [("works", "2023-02-01")]),
        ("listed later", TOWN, "2025-06-01", "2024-01-01", []),
        ("reached later", TOWN, None, "2024-01-01", [("restored", "2025-02-01")]),
        ("done before the period", TOWN, "2023-01-01", "2023-12-31", [("restored", "2023-12-31")]),
        ("done on its first day", TOWN, "2023-01-01", "2023-12-31", [("restored", "2024-01-01")]),
        (HOSTILE, TOWN, "2023-01-01", "2022-01-01", []),
    ]
    with psycopg.connect(database.dsn) as connection:
        for code, unit, starts_on, due_on, steps in made:
            row = connection.execute(
                "INSERT INTO feature (layer, code, name, org_unit, registered_area_m2, starts_on, due_on)"
                " VALUES ('farmland_patch', %s, %s, %s, 1234, %s, %s) RETURNING id",
                [code, HOSTILE if code == HOSTILE else None, unit, starts_on, due_on],
            ).fetchone()
            assert row is not None
            for step, day in steps:
                connection.execute(
                    "INSERT INTO milestone (layer, feature, milestone, reached_on)"
                    " VALUES ('farmland_patch', %s, %s, %s)",
                    [row[0], step, day],
                )
        connection.execute(
            "INSERT INTO feature (layer, code, org_unit, starts_on, due_on, deleted_at)"
            " VALUES ('farmland_patch', 'deleted', %s, '2023-01-01', '2023-06-01', now())", [TOWN],
        )  # fmt: skip
        row = connection.execute(
            "INSERT INTO feature (layer, code, org_unit, starts_on, due_on)"
            " VALUES ('hazard_point', 'revoked', %s, '2023-01-01', '2024-06-01') RETURNING id", [TOWN],
        ).fetchone()  # fmt: skip
        assert row is not None
        connection.execute(
            "INSERT INTO milestone (layer, feature, milestone, reached_on, state, revoked_at, revoked_by) VALUES"
            " ('hazard_point', %(id)s, 'works_completed', '2024-02-01', 'approved', now(), 'x'),"
            " ('hazard_point', %(id)s, 'works_started', '2024-02-01', 'pending', NULL, NULL)",
            {"id": row[0]},
        )
        connection.execute(
            "INSERT INTO target (layer, measure, milestone, org_unit, starts_on, ends_on, value, origin) VALUES"
            " ('farmland_patch', 'registered_area', 'restored', %s, '2024-01-01', '2024-12-31', 5000, %s)",
            [TOWN, HOSTILE],
        )
    return database


@pytest.fixture
def asked(demo: Database, awkward: Database) -> Iterator[Any]:
    """A client for whoever is described, over the demonstration or the awkward records."""
    clients: list[TestClient] = []

    def client(who: dict[str, Any], *, odd: bool = False) -> TestClient:
        clients.append(client_of(awkward if odd else demo, who=who))
        return clients[-1]

    yield client
    for each in clients:
        each.close()


def page_of(client: TestClient, address: str) -> Any:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return html.fromstring(answer.text)


def links(page: Any) -> list[tuple[str, str, bool]]:
    """(address, figure, whether it counts features whatever the measure) of every link to a list of records."""
    found: list[tuple[str, str, bool]] = []
    for link in page.xpath("//a[starts-with(@href, '/features?')]"):
        text = link.text_content().strip()
        if not re.fullmatch(r"[\d,.]+", text):
            continue
        inside = {part for each in link.iterancestors() for part in (each.get("class") or "").split()}
        cell, section = "cell" in inside, next((each.get("id") for each in link.iterancestors("section")), None)
        counts = section == "delays" or (section == "matrix" and (not cell or "late" in inside))
        found.append((link.get("href"), text, counts or "overdue=" in link.get("href")))
    return found


def test_every_figure_of_the_page_is_the_number_of_records_it_opens(asked: Any) -> None:
    """Over all cells, classes, months and headlines: of all layers, of one in mu, of a township, on an earlier day."""
    seen = 0
    for odd, who, address in (
        (False, MANAGER, f"/progress?as_of={DAY}"),
        (False, MANAGER, "/progress?as_of=2024-06-15&layer=farmland_patch&by=layer&lang=en"),
        (False, OFFICER, f"/progress?as_of={DAY}"),
        (False, HAZARDS, f"/progress?as_of={DAY}"),
        (True, MANAGER, f"/progress?as_of={DAY}"),
        (True, MANAGER, f"/progress?as_of={DAY}&layer=farmland_patch"),
        (True, MANAGER, f"/progress?as_of={DAY}&org_unit=outside"),
        (True, MANAGER, "/progress?as_of=2024-05-31"),
        (True, MANAGER, "/progress?as_of=2025-12-31&by=layer"),
        (True, OFFICER, f"/progress?as_of={DAY}&layer=farmland_patch"),
        (True, PAIR, f"/progress?as_of={DAY}"),
        (True, MIXED, f"/progress?as_of={DAY}"),
    ):
        client = asked(who, odd=odd)
        told: dict[str, Any] = {}
        found = links(page_of(client, address))
        assert len(found) > 20, (who, odd, address)
        for href, text, counts in some(found, SHARE):
            if href not in told:
                told[href] = client.get(f"/api/records?{urlsplit(href).query}&limit=1").json()
            layer = parse_qs(urlsplit(href).query).get("layer")
            answer = told[href]
            value = answer["number_matched"]
            if not counts and layer:
                measure = layers()[layer[0]].measures[0].code
                sums = [each["value"] for each in answer["totals"] if each["measure"] == measure]
                value = sums[0] if sums else 0
            assert text in (figure(value), short(value)), (address, href, text, value)
            seen += 1
    assert seen > times(1500, SHARE)


def test_the_figures_of_awkward_records_are_the_right_ones(asked: Any) -> None:
    client = asked(MANAGER, odd=True)

    def number(**query: str) -> int:
        return client.get("/api/records", params={"as_of": DAY, "layer": "farmland_patch", **query}).json()[
            "number_matched"
        ]

    assert number() == 17, "19 without the two that are listed later; the deleted one is not there"
    assert number(org_unit="outside") == 2
    assert [number(overdue=each) for each in ("under_30", "under_90", "under_365", "over_365")] == [2, 2, 3, 4]
    assert number(status="overdue") == 11
    assert number(completing="true") == 3
    assert number(completing="true", since="2024-01-01") == 2
    assert number(as_of="2023-06-01", status="overdue", org_unit=TOWN) == 1
    assert number(as_of="2025-12-31") == 19
    assert number(layer="hazard_point", status="overdue") == 1, "what is revoked or pending is not reached"


def test_pages_follow_each_other_until_the_last(asked: Any) -> None:
    client = asked(MANAGER)
    page = page_of(client, f"/features?as_of={DAY}&status=overdue")
    number = int(page.get_element_by_id("matched").text)
    seen: list[str] = []
    while True:
        seen += page.xpath("//tr/@data-id")
        following = page.xpath("//a[@rel='next']/@href")
        if not following:
            break
        page = page_of(client, following[0])
    assert len(seen) == len(set(seen)) == number == 280


# --- rights -----------------------------------------------------------------------------------------------------------


def test_who_sees_a_part_is_shown_its_figures_and_told_so(asked: Any) -> None:
    officer, manager = asked(OFFICER), asked(MANAGER)
    page = officer.get(f"/progress?as_of={DAY}").text
    assert "您的账号只看得到：沙坪镇。" in page
    assert "大堡镇" not in page
    assert "您的账号只看得到" not in manager.get(f"/progress?as_of={DAY}").text
    for address in ("trend", "delays"):
        own = officer.get(f"/api/progress/{address}?as_of={DAY}").json()
        assert own == manager.get(f"/api/progress/{address}?as_of={DAY}&org_unit={TOWN}").json()
    every = manager.get(f"/api/progress/completion?as_of={DAY}").json()["cells"]
    told = officer.get(f"/api/progress/completion?as_of={DAY}").json()
    assert told["whole"] == []
    assert told["units"] == [TOWN]
    same = ("layer", "population", "features", "numerator", "overdue")
    assert [[each[name] for name in same] for each in told["cells"]] == [
        [each[name] for name in same] for each in every if each["org_unit"] == TOWN
    ]
    pair = asked(PAIR).get(f"/api/progress/completion?as_of={DAY}").json()
    assert pair["units"] == [TOWN, OTHER]
    for path in ("/progress", "/features", "/api/records", "/api/progress/completion", "/api/progress/trend",
                 "/api/progress/delays"):  # fmt: skip
        assert officer.get(f"{path}?org_unit={OTHER}").status_code == 404, path
        assert manager.get(f"{path}?org_unit={OTHER}").status_code == 200, path
        assert asked(NOBODY).get(path).status_code == 403, path


def test_hidden_layers_are_not_there(asked: Any) -> None:
    client = asked(HAZARDS)
    told = client.get(f"/api/progress/completion?as_of={DAY}").json()
    assert told["layers"] == ["hazard_point"]
    assert told["whole"][0]["features"] == 128
    assert "避险搬迁户" not in client.get(f"/progress?as_of={DAY}").text
    assert client.get("/progress?layer=farmland_patch").status_code == 404
    assert client.get("/api/records?layer=farmland_patch").json()["number_matched"] == 0
    assert client.get(f"/api/records?as_of={DAY}").json()["number_matched"] == 128
    assert asked(MANAGER).get("/progress?layer=permanent_farmland").status_code == 404, "it has no progress"


def test_an_empty_database_says_what_to_do_first(placed: Database, database: Database) -> None:
    with client_of(placed, who=MANAGER) as client:
        for path in ("/progress", "/features"):
            page = page_of(client, path)
            assert "还没有要素" in page.text_content()
            assert page.xpath("//a[@href='/import'][contains(@class, 'primary')]")
    with client_of(database, who=MANAGER) as client:
        for path in ("/progress", "/features", "/api/progress/completion", "/api/progress/trend"):
            assert client.get(path).status_code == 200


# --- files ------------------------------------------------------------------------------------------------------------


def rows_of(content: bytes, sheet: int) -> list[tuple[Any, ...]]:
    return list(load_workbook(io.BytesIO(content)).worksheets[sheet].values)


def test_the_workbook_holds_what_the_page_shows(asked: Any, awkward: Database) -> None:
    client = asked(MANAGER, odd=True)
    answer = client.get(f"/api/progress.xlsx?as_of={DAY}&lang=en")
    assert answer.status_code == 200
    told = client.get(f"/api/progress/completion?as_of={DAY}").json()
    rows = rows_of(answer.content, 0)
    assert rows[0][0] == f"As of {DAY}"
    body = rows[5:]
    assert len(body) == len(told["whole"]) + len(told["cells"])
    found = next(row for row in body if row[0] == "Shaping" and row[1] == "Farmland restoration patches")
    cell = next(each for each in told["cells"] if each["org_unit"] == TOWN and each["layer"] == "farmland_patch")
    assert found[3] == pytest.approx(cell["share"])
    assert (found[4], found[11]) == (pytest.approx(cell["numerator"]), cell["overdue"])
    trend = client.get(f"/api/progress/trend?as_of={DAY}").json()
    assert [row[3] for row in rows_of(answer.content, 1)[5:]] == trend["overdue"]
    assert sum(row[6] for row in rows_of(answer.content, 2)[5:]) == trend["overdue"][-1] == 12
    assert len(rows_of(answer.content, 3)[5:]) == 12
    book = load_workbook(io.BytesIO(answer.content))
    assert not [c for page in book for row in page for c in row if c.data_type in ("f", "e")]
    assert HOSTILE in [c.value for page in book for row in page for c in row]
    with psycopg.connect(awkward.dsn) as connection:
        row = connection.execute(
            "SELECT actor, subject FROM audit_event WHERE action = 'progress.export' ORDER BY id DESC LIMIT 1"
        ).fetchone()
    assert row is not None
    assert (row[0], row[1]["as_of"]) == ("manager", DAY)


def test_the_list_is_taken_away_as_it_is_shown(asked: Any, awkward: Database) -> None:
    client = asked(MANAGER, odd=True)
    query = f"as_of={DAY}&status=overdue&layer=farmland_patch"
    shown = client.get(f"/api/records?{query}&limit=1000").json()["records"]
    rows = rows_of(client.get(f"/api/records.xlsx?{query}").content, 0)
    assert rows[0][0] == f"截至 {DAY}，共 11 条"
    assert [row[1] for row in rows[5:]] == [each["code"] for each in shown]
    assert [row[9] for row in rows[5:]] == [each["days_overdue"] for each in shown]
    assert client.get(f"/api/records.xlsx?{query}&q=days").status_code == 200
    with psycopg.connect(awkward.dsn) as connection:
        row = connection.execute(
            "SELECT subject FROM audit_event WHERE action = 'records.export' ORDER BY id DESC LIMIT 1"
        ).fetchone()
    assert row is not None
    assert (row[0]["records"], row[0]["text"], row[0]["status"]) == (6, "***", "overdue")
    for path in ("/api/records.xlsx", "/api/progress.xlsx"):
        assert asked(LOOKER).get(path).status_code == 403
        assert asked(OFFICER).get(f"{path}?org_unit={OTHER}").status_code == 404


@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice")
def test_libreoffice_opens_the_workbook(asked: Any, tmp_path: Path) -> None:
    path = tmp_path / "progress.xlsx"
    path.write_bytes(asked(MANAGER).get(f"/api/progress.xlsx?as_of={DAY}").content)
    subprocess.run(["soffice", "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(path)], check=True)
    assert (tmp_path / "progress.pdf").stat().st_size > 10_000


# --- in a browser -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sites(demo: Database, awkward: Database) -> Iterator[dict[str, str]]:
    """The demonstration for a manager, and the awkward records for somebody who edits everywhere."""
    with served(signed_in(demo, **MANAGER)) as one, served(signed_in(awkward, **CLERK)) as other:
        yield {"demo": one, "awkward": other}


@pytest.fixture
def opened(browser: Browser, sites: dict[str, str]) -> Iterator[Any]:
    """Opens a page in a fresh context; afterwards nothing may have left the origin or been complained about."""
    contexts: list[Any] = []
    guards: list[Guard] = []

    def open_page(path: str, site: str = "demo", **options: Any) -> Any:
        context = browser.new_context(**{"locale": "zh-CN", **DESKTOP, **options})
        guard = Guard(sites[site])
        guard.watch(context)
        contexts.append(context)
        guards.append(guard)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.goto(sites[site] + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    for guard in guards:
        assert (guard.left, guard.errors, guard.dialogs) == ([], [], [])


@pytest.mark.parametrize(("device", "language"), [(DESKTOP, "zh"), (DESKTOP, "en"), (PHONE, "zh"), (PHONE, "en")])
def test_the_page_is_drawn_without_sideways_scrolling(opened: Any, device: dict[str, Any], language: str) -> None:
    page = opened(f"/progress?as_of={DAY}&lang={language}", **device)
    expect(page.locator("#chart-trend canvas")).to_be_visible()
    expect(page.locator("#chart-late canvas")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    phone = device is PHONE
    expect(page.locator(".matrix-wide")).to_be_hidden() if phone else expect(
        page.locator(".matrix-wide")
    ).to_be_visible()
    if phone:
        first = page.locator(".matrix-list details").nth(1)
        first.locator("summary").click()
        expect(first.locator(".cell").first).to_be_visible()
        assert first.locator("summary").bounding_box()["height"] >= 44
    page.goto(page.url.replace("/progress", "/features"))
    expect(page.locator("#matched")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_columns_sort_worst_first_and_back(opened: Any) -> None:
    page = opened(f"/progress?as_of={DAY}")
    page.click(".matrix thead a >> text=避险搬迁户")
    shares = page.locator(".matrix tbody tr:not(.whole) td:nth-child(5) b").all_inner_texts()
    numbers = [int(each.strip("%<")) for each in shares]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) > 3
    assert page.locator("th[aria-sort=ascending]").count() == 1
    page.click(".matrix thead a >> text=避险搬迁户")
    turned = [
        int(each.strip("%<"))
        for each in page.locator(".matrix tbody tr:not(.whole) td:nth-child(5) b").all_inner_texts()
    ]
    assert turned == sorted(numbers, reverse=True)
    expect(page.locator("th[aria-sort=descending]")).to_have_count(1)


@pytest.mark.parametrize("name", ["trend", "late"])
def test_a_chart_is_saved_as_a_picture_with_what_it_needs(opened: Any, tmp_path: Path, name: str) -> None:
    page = opened(f"/progress?as_of={DAY}&layer=farmland_patch")
    drawn: list[str] = page.evaluate(
        """() => {
            const seen = (window.written = []);
            const { fillText } = CanvasRenderingContext2D.prototype;
            CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
                seen.push(String(text));
                return fillText.call(this, text, ...rest);
            };
            return seen;
        }"""
    )
    assert drawn == []
    with page.expect_download() as download:
        page.click(f"[data-picture={name}]")
    path = tmp_path / f"{name}.png"
    download.value.save_as(path)
    assert download.value.suggested_filename == f"{name}-{DAY}.png"
    content = path.read_bytes()
    assert content.startswith(b"\x89PNG")
    width, height = (int.from_bytes(content[at : at + 4]) for at in (16, 20))
    assert width > 2000
    assert height > 600
    said = "\n".join(page.evaluate("window.written"))
    for words in ("全县 · 耕地恢复图斑", f"截至 {DAY}", "来源：山河", "示意"):
        assert words in said


def test_hostile_text_is_text(opened: Any) -> None:
    page = opened(f"/progress?as_of={DAY}", "awkward")
    expect(page.locator(".longest li").first).to_contain_text(HOSTILE)
    page.goto(page.url.replace("/progress?", "/features?q=%3Cscript%3E&"))
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody th a")).to_have_text(HOSTILE)


def test_a_target_is_stated_corrected_and_taken_back_on_the_page(opened: Any, awkward: Database) -> None:
    page = opened(f"/progress?as_of={DAY}", "awkward")
    page.click("#new-target > summary")
    form = page.locator("#new-target form")
    form.locator("[name=layer]").select_option("hazard_point")
    assert set(form.locator("[name=measure] option").evaluate_all("all => all.map((each) => each.value)")) == {
        measure.code for measure in layers()["hazard_point"].measures
    }
    form.locator("[name=org_unit]").select_option(TOWN)
    form.locator("[name=value]").fill("7")
    form.locator("[name=origin]").fill(HOSTILE)
    with page.expect_navigation():
        form.locator("button").click()
    row = page.locator(f"#target-hazard_point-{TOWN}")
    expect(row).to_contain_text("7 处")
    expect(row).to_contain_text(HOSTILE)
    row.locator("summary").click()
    row.locator("[name=value]").fill("8.5")
    with page.expect_navigation():
        row.locator("form[data-send=PUT] button").click()
    expect(row).to_contain_text("8.5 处")
    row.locator("summary").click()
    with page.expect_navigation():
        row.locator("form[data-send=DELETE] button").click()
    expect(row).to_have_count(0)
    with psycopg.connect(awkward.dsn) as connection:
        told = connection.execute(
            "SELECT actor, action FROM audit_event WHERE action LIKE 'target.%' AND actor = 'clerk' ORDER BY id"
        ).fetchall()
    assert told == [("clerk", "target.create"), ("clerk", "target.update"), ("clerk", "target.delete")]


# --- targets over HTTP ------------------------------------------------------------------------------------------------

STATED = {"layer": "farmland_patch", "org_unit": OTHER, "starts_on": "2024-01-01", "ends_on": "2024-12-31",
          "value": "12.5", "origin": "川自然资〔2024〕1 号"}  # fmt: skip


def test_targets_are_kept_by_who_edits_everywhere(fresh: Any) -> None:
    database = fresh("placed")
    with client_of(database, who=CLERK) as client:
        number = client.put("/api/targets", json=STATED).json()["id"]
        (told,) = client.get("/api/targets").json()["targets"]
        assert (told["measure"], told["milestone"], told["unit"]) == ("registered_area", "restored", "mu")
        assert (told["value"], told["completes"], told["origin"]) == (12.5, True, STATED["origin"])
        assert client.put("/api/targets", json={**STATED, "value": 13}).json()["id"] == number
        assert client.put("/api/targets", json={**STATED, "milestone": "planted"}).json()["id"] != number
        assert [each["value"] for each in client.get("/api/targets?layer=farmland_patch").json()["targets"]] == [
            12.5,
            13,
        ]
        assert client.get("/api/targets?org_unit=511132100").json()["targets"] == []
        for change, status in (
            ({"value": 0}, 422), ({"value": "NaN"}, 422), ({"value": "1e30"}, 422), ({"measure": "nix"}, 422),
            ({"milestone": "nix"}, 422), ({"layer": "nix"}, 404), ({"layer": "permanent_farmland"}, 422),
            ({"org_unit": "999999"}, 422), ({"ends_on": "2023-12-31"}, 422), ({"origin": " "}, 422),
            ({"starts_on": "1900-01-01"}, 422), ({"more": 1}, 422), ({"origin": "\u0000"}, 422),
        ):  # fmt: skip
            answer = client.put("/api/targets", json={**STATED, **change})
            assert answer.status_code == status, (change, answer.text)
            assert answer.json()["detail_zh"]
    for who in (OFFICER, MANAGER, LOOKER):
        with client_of(database, who={**who, "name": f"no-{who['name']}"}) as client:
            assert client.put("/api/targets", json=STATED).status_code == 403
            assert client.delete(f"/api/targets/{number}").status_code == 403
            assert "录入任务" not in client.get("/progress").text
    with client_of(database, who=OFFICER) as client:
        assert client.get("/api/targets").json()["targets"] == [], "they are of another township"
    with client_of(database, who=CLERK) as client:
        assert client.delete(f"/api/targets/{number}").status_code == 204
        assert client.delete(f"/api/targets/{number}").status_code == 404
        assert client.delete("/api/targets/99999999999999999999").status_code == 404
        assert len(client.get("/api/targets").json()["targets"]) == 1


def test_the_database_lets_nobody_else_write_a_target(awkward: Database) -> None:
    """Not only the route refuses: neither does row-level security let it through."""
    from people import header

    from geo.target import Target, remove, state
    from geo.viewer import NotAllowed, acting

    stated = Target("farmland_patch", "patches", "restored", TOWN, date(2024, 1, 1), date(2024, 12, 31), 5, "x")  # pyright: ignore[reportArgumentType]
    secret = header(awkward, **OFFICER)["Authorization"].removeprefix("Bearer ")
    with acting(secret), pytest.raises(NotAllowed), awkward.connection() as connection:
        state(connection, stated)
    secret = header(awkward, **CLERK)["Authorization"].removeprefix("Bearer ")
    with acting(secret), awkward.connection() as connection:
        remove(connection, state(connection, stated))
