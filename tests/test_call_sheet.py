"""The call sheet: who sees it, masked and whole, one event for the sheet, kept by nobody, and how it is used."""

import re
from typing import Any

import psycopg
import pytest
from people import client_of, header, served, signed_in
from playwright.sync_api import Browser, expect
from test_page import PHONE, Guard, pytestmark  # noqa: F401 # pyright: ignore[reportUnusedImport]
from whole import EVERYWHERE

from geo.call_sheet import Wanted, contacts, masks
from geo.database import Database
from geo.errors import NotFound
from geo.layers import layer as declared
from geo.layers import layers
from geo.settings import today
from geo.viewer import acting
from web.call_sheet import dial

TOWN, OTHER, VILLAGE = "511132100", "511132101", "511132100202"
CALLS = f"/township/{TOWN}/calls"
PAGE = {"accept": "text/html"}
OFFICER: dict[str, Any] = {"name": "officer", "grants": (("officer", TOWN),)}
BLIND: list[dict[str, Any]] = [
    {"name": "manager", "grants": (("manager", None),)},
    {"name": "planner", "grants": (("planner", None),)},
    {"name": "administrator", "grants": (("administrator", None),)},
    {"name": "neighbour", "grants": (("officer", OTHER), ("planner", None))},
    {"name": "elsewhere", "grants": (("officer", OTHER),)},
    {"name": "nobody", "grants": ()},
    {"name": "lesser", "grants": (("officer", TOWN), ("planner", None)), "verbs": ["view", "download"]},
]
SENT = {"sec-fetch-site": "same-origin", **PAGE}


@pytest.fixture
def planted(placed: Database) -> Database:
    """Hazard points and households with people, one of each next door, one that was deleted, one without people."""
    with psycopg.connect(placed.dsn) as connection:
        connection.execute(
            "INSERT INTO feature (layer, code, name, org_unit, deleted_at) VALUES"
            " ('hazard_point', 'H1', '桥头滑坡', %(village)s, NULL), ('hazard_point', 'H2', NULL, %(town)s, NULL),"
            " ('hazard_point', 'H3', 'x', %(town)s, NULL), ('hazard_point', 'H4', 'x', '511132101', NULL),"
            " ('hazard_point', 'H5', 'x', %(town)s, now()), ('relocation_household', 'R1', '户一', %(town)s, NULL)",
            {"town": TOWN, "village": VILLAGE},
        )
        connection.execute(
            "INSERT INTO feature_private SELECT layer, id, CASE layer WHEN 'hazard_point' THEN jsonb_build_object("
            "'responsible', '金丝雀' || code, 'responsible_phone', '1380000000' || right(code, 1),"
            " 'monitor', CASE code WHEN 'H1' THEN '张三' END) ELSE jsonb_build_object('head', '李四', 'phone',"
            " '0833-5222123', 'id_number', '511132199001011234', 'bank_account', '6217000012345678901') END"
            " FROM feature WHERE code <> 'H3'"
        )
    return placed


def events(database: Database) -> list[tuple[str, dict[str, Any]]]:
    with psycopg.connect(database.dsn) as connection:
        return connection.execute(
            "SELECT actor, subject FROM audit_event WHERE action = 'personal.read' ORDER BY id"
        ).fetchall()


# --- what is on it ----------------------------------------------------------------------------------------------------


def test_whom_to_call_is_read_from_the_declarations() -> None:
    told = {code: [(each.person, each.phone) for each in contacts(layer)] for code, layer in layers().items()}
    assert {code: pairs for code, pairs in told.items() if pairs} == {
        "hazard_point": [("responsible", "responsible_phone"), ("monitor", "monitor_phone")],
        "relocation_household": [("head", "phone")],
        "farmland_patch": [("farmer", "farmer_phone")],
        "mining_site": [("contact", "contact_phone")],
        "enforcement_parcel": [("offender", "offender_phone")],
        "rural_housing": [("applicant", "phone")],
        "risk_zone": [("responsible", "responsible_phone")],
    }
    for code, pairs in told.items():
        private = set(declared(code).private)
        assert {name for pair in pairs for name in pair} <= private


@pytest.mark.parametrize(
    ("number", "address"),
    [
        ("13812345678", "tel:13812345678"), ("0833-522 2123", "tel:08335222123"), ("138****5678", None),
        ("+86 138 1234 5678", "tel:+8613812345678"), ("王**", None), ("", None), (None, None), ("javascript:1", None),
        ("1", None),
    ],
)  # fmt: skip
def test_only_a_whole_number_can_be_dialled(number: str | None, address: str | None) -> None:
    assert dial(number) == address


# --- who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", BLIND, ids=[each["name"] for each in BLIND])
def test_the_sheet_itself_is_refused_whatever_page_asks_for_it(planted: Database, who: dict[str, Any]) -> None:
    wanted = Wanted(TOWN, declared("hazard_point"), today())
    for person, refused in ((who, True), (OFFICER, False)):
        header(planted, **person)
        with acting(f"shp_{person['name']}"), planted.connection() as connection:
            if refused:
                with pytest.raises(NotFound):
                    masks(connection, wanted)
            else:
                assert len(masks(connection, wanted)) > 0, "the control"


@pytest.mark.parametrize("who", BLIND, ids=lambda who: who["name"])
def test_who_may_not_is_told_that_there_is_none(planted: Database, who: dict[str, Any]) -> None:
    with client_of(planted, who=who) as client:
        for query in ("", "?layer=hazard_point"):
            assert client.get(CALLS + query, headers=PAGE).status_code == 404
        sent = {"layer": "hazard_point", "reason": "防汛值班通知"}
        assert client.post(CALLS, data=sent, headers=SENT).status_code == 404
        assert "/calls" not in client.get(f"/township/{TOWN}", headers=PAGE).text
    with client_of(planted, who=OFFICER) as client:
        assert client.get(CALLS, headers=PAGE).status_code == 200, "the control"
        assert "/calls" in client.get(f"/township/{TOWN}", headers=PAGE).text
    assert events(planted) == []


def test_who_may_see_some_layers_sees_these(planted: Database) -> None:
    with client_of(planted, who={**OFFICER, "name": "part", "layers": ["relocation_household"]}) as client:
        page = client.get(CALLS, headers=PAGE).text
        assert "李**" in page
        assert "金**" not in page
        for answer in (
            client.get(f"{CALLS}?layer=hazard_point", headers=PAGE),
            client.post(CALLS, data={"layer": "hazard_point", "reason": "防汛值班"}, headers=SENT),
        ):
            assert answer.status_code == 404
    assert events(planted) == []


# --- masked and whole -------------------------------------------------------------------------------------------------


def test_it_is_masked_first_and_whole_for_a_reason_that_is_kept_once(planted: Database) -> None:
    with client_of(planted, who=OFFICER) as client:
        masked = client.get(f"{CALLS}?layer=hazard_point", headers=PAGE)
        assert masked.headers["cache-control"] == "no-store"
        assert {"金**", "138****0001", "张**", "138****0002"} <= set(re.findall(r">\s*([^<>\s]+)\s*<", masked.text))
        assert "金丝雀" not in masked.text
        assert "tel:" not in masked.text
        for reason in ("", " ", "x", "x" * 201):
            refused = client.post(CALLS, data={"layer": "hazard_point", "reason": reason}, headers=SENT)
            assert refused.status_code == 422
            assert refused.headers["cache-control"] == "no-store"
            assert "金丝雀" not in refused.text
            assert "请写明原因" in refused.text
        assert events(planted) == []
        whole = client.post(CALLS, data={"layer": "hazard_point", "reason": "防汛 值班\n通知"}, headers=SENT)
    assert whole.headers["cache-control"] == "no-store"
    assert set(re.findall("金丝雀H.", whole.text)) == {"金丝雀H1", "金丝雀H2"}, "not next door, not deleted"
    assert set(re.findall('href="(tel:[^"]+)"', whole.text)) == {"tel:13800000001", "tel:13800000002"}
    ((actor, subject),) = events(planted)
    assert actor == "officer"
    assert subject == {
        "layer": "hazard_point", "org_unit": TOWN, "records": 2, "reason": "防汛 值班 通知",
        "columns": ["responsible", "responsible_phone", "monitor", "monitor_phone"],
    }  # fmt: skip


def test_it_shows_no_other_personal_column(planted: Database) -> None:
    with client_of(planted, who=OFFICER) as client:
        whole = client.post(CALLS, data={"layer": "relocation_household", "reason": "入户走访"}, headers=SENT).text
    assert "李四" in whole
    assert 'href="tel:08335222123"' in whole
    for other in ("511132199001011234", "6217000012345678901", "5111***"):
        assert other not in whole


def test_a_village_narrows_it_and_is_noted(planted: Database) -> None:
    with client_of(planted, who=OFFICER) as client:
        page = client.get(f"{CALLS}?layer=hazard_point&village={VILLAGE}", headers=PAGE).text
        assert "H1" in page
        assert "H2" not in page
        client.post(CALLS, data={"layer": "hazard_point", "village": VILLAGE, "reason": "走访"}, headers=SENT)
    ((_, subject),) = events(planted)
    assert (subject["org_unit"], subject["records"]) == (VILLAGE, 1)


def test_a_sheet_without_anybody_says_so_and_notes_nothing(planted: Database) -> None:
    with client_of(planted, who=OFFICER) as client:
        page = client.get(f"{CALLS}?layer=mining_site", headers=PAGE).text
        assert "没有登记联系人" in page
        assert '<form class="narrow ask"' not in page
        assert client.post(CALLS, data={"layer": "mining_site", "reason": "走访"}, headers=SENT).status_code == 200
    assert events(planted) == []


def test_another_site_cannot_have_it_sent(planted: Database) -> None:
    with client_of(planted, who=OFFICER) as client:
        sent = {"layer": "hazard_point", "reason": "防汛值班通知"}
        answer = client.post(
            CALLS, data=sent, headers={"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
        )
    assert answer.status_code == 403
    assert events(planted) == []


# --- in a browser -----------------------------------------------------------------------------------------------------


@EVERYWHERE
def test_an_officer_calls_from_the_sheet(
    browser: Browser, planted: Database, device: dict[str, Any], language: str
) -> None:
    with served(signed_in(planted, **OFFICER)) as address:
        guard = Guard(address)
        context = browser.new_context(locale="zh-CN" if language == "zh" else "en-US", **device)
        guard.watch(context)
        page = context.new_page()
        page.goto(f"{address}/township/{TOWN}?lang={language}")
        page.locator("a[href*='/calls']").click()
        expect(page.locator(".calls tbody tr")).to_have_count(2)
        expect(page.locator(".phone")).to_have_count(0)
        page.locator("input[name=reason]").fill("防汛值班通知")
        page.locator(".ask button").click()
        expect(page.locator(".phone")).to_have_count(2)
        page.wait_for_load_state()  # the styles too
        expect(page.locator(".phone").first).to_have_attribute("href", re.compile("^tel:1380000000[12]$"))
        expect(page.locator("html")).to_have_attribute("lang", "zh-CN" if language == "zh" else "en")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        if device is PHONE:
            heights = [(each.bounding_box() or {"height": 0})["height"] for each in page.locator(".phone").all()]
            assert min(heights) >= 44, heights
        page.emulate_media(media="print")
        expect(page.locator(".on-paper").first).to_be_visible()
        expect(page.locator("form.narrow").first).to_be_hidden()
        context.close()
    assert (guard.left, guard.errors, guard.dialogs) == ([], [], [])
    assert len(events(planted)) == 1
