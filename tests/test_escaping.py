"""Whatever a record says is shown as text: payloads in every text field, in a real browser without any policy."""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from conftest import CHROMIUM
from payloads import PAYLOADS, payloads
from playwright.sync_api import Browser, BrowserContext, Page
from playwright.sync_api import Error as BrowserError
from psycopg import sql
from test_claims_document import as_docx
from test_import_page import worked
from test_real_page import serving
from whole import some

import web.page
from geo.database import Database
from geo.settings import settings

pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

DAY, TOWN = "2024-12-31", "511132100"
FIELDS = [
    "org_unit.name_zh", "org_unit.name_en", "org_unit.short_name", "feature.name", "feature.reason",
    "feature.recorded_by", "milestone.note", "milestone.recorded_by", "activity.name_zh", "activity.name_en",
    "fund_source.name_zh", "fund_source.name_en", "document.number", "document.title", "transaction.voucher",
    "transaction.note", "transaction.reason", "transaction.recorded_by", "transaction_version.reason",
    "transaction_version.recorded_by", "budget.note", "claim.sentence", "claim.scope", "claim.locator",
    "claim_document.title", "claim_note.note", "claim_note.recorded_by", "import.file", "import.imported_by",
    "import_mapping.name", "feature.code", "target.origin", "report.note", "report.recorded_by",
    "milestone.judgement", "attributes", "rule", "heading", "value", "file", "read",
    "address", "personal", "paper title", "paper number", "paper name", "paper reason", "paper by",
]  # fmt: skip
UNIQUE = {"activity.name_zh", "document.number", "transaction.voucher", "import_mapping.name", "feature.code"}
UNSEEN = {"document.title", "target.origin", "budget.note", "import_mapping.name", "transaction.reason"}
"""What no page shows; the test says so when one begins to."""
ACTIVE = (
    "[onerror], [onload], [onfocus], [ontoggle], [onbegin], [onstart], [onmouseover], [onfocusin], [srcdoc], object,"
    " embed, iframe, math, marquee, audio, video, base, a[href^='javascript'],"
    " script:not([src]):not([type='application/json'])"
)


def number(field: str) -> int:
    return FIELDS.index(field) + 1


def fill(database: Database) -> None:
    """Every payload in every field: a row holds one, or several where there are fewer rows than payloads."""
    with psycopg.connect(database.dsn) as connection:
        connection.execute("SET session_replication_role = replica")  # what is kept unchangeable too
        connection.execute("INSERT INTO transaction_version SELECT id, 0, activity, fund_source, kind, value_date,"
                           " amount, document, voucher, note, illustrative, recorded_at, recorded_by, 'x', NULL, now()"
                           " FROM transaction WHERE id = 1")  # fmt: skip
        connection.execute("INSERT INTO claim_note (document, claim, status, note, recorded_by)"
                           " SELECT document, id, 'accepted', 'x', 'x' FROM claim LIMIT 60")  # fmt: skip
        connection.execute(
            "INSERT INTO import (layer, file, sha256, imported_by, report)"
            " SELECT 'hazard_point', 'x', n::text, 'x', '{}' FROM generate_series(1, 45) AS n"
        )
        connection.execute(
            "INSERT INTO import_mapping (layer, name, fingerprint, mapping, saved_by)"
            " SELECT 'hazard_point', n::text, 'x', '{}', 'x' FROM generate_series(1, 60) AS n"
        )
        connection.execute("UPDATE transaction SET document = (SELECT min(id) FROM document) WHERE document IS NULL")
        for field in FIELDS:
            table, _, column = field.partition(".")
            if not column:
                continue
            unique = sql.SQL("|| ' ' || row.place") if field in UNIQUE else sql.SQL("")
            connection.execute(
                sql.SQL(
                    """
                    WITH row AS (SELECT ctid AS at, tableoid AS of, row_number() OVER (ORDER BY ctid) AS place
                                 FROM {table} WHERE {column} IS NOT NULL OR {all}),
                    few AS (SELECT least(count(*), %(count)s) AS rows FROM row)
                    UPDATE {table} AS changed
                    SET {column} = (SELECT string_agg(each, E'\n' ORDER BY n)
                                    FROM unnest(%(payloads)s::text[]) WITH ORDINALITY AS p (each, n)
                                    WHERE n %% few.rows = row.place %% few.rows) {unique}
                    FROM row, few WHERE changed.ctid = row.at AND changed.tableoid = row.of
                    """
                ).format(
                    table=sql.Identifier(table), column=sql.Identifier(column), unique=unique,
                    all=sql.SQL("false" if field == "feature.code" else "true"),
                ),
                {"payloads": payloads(number(field)), "count": len(PAYLOADS)},
            )  # fmt: skip
        connection.execute(
            "UPDATE feature SET attributes = attributes || jsonb_build_object('programme', %(all)s::text, 'new_place',"
            " %(all)s::text, 'hazard_code', %(all)s::text, 'kind', %(all)s::text) WHERE org_unit LIKE %(town)s"
            " AND layer IN ('relocation_household', 'hazard_point')",
            {"all": " ".join(payloads(number("attributes"))), "town": f"{TOWN}%"},
        )
        connection.execute(
            "INSERT INTO feature_private SELECT layer, id, jsonb_build_object('head', %(all)s::text, 'phone',"
            " %(all)s::text, 'responsible', %(all)s::text, 'responsible_phone', %(all)s::text)"
            " FROM feature WHERE org_unit LIKE %(town)s AND layer IN ('relocation_household', 'hazard_point')"
            " ON CONFLICT (layer, feature) DO UPDATE SET attributes = excluded.attributes",
            {"all": " ".join(payloads(number("personal"))), "town": f"{TOWN}%"},
        )
        connection.execute(
            """
            WITH told AS (
                SELECT t.*, row_number() OVER () AS n
                FROM unnest(%(titles)s::text[], %(numbers)s::text[], %(names)s::text[], %(reasons)s::text[],
                            %(people)s::text[]) AS t (title, number, name, reason, person)
            ), place AS (
                SELECT layer, id, row_number() OVER (ORDER BY code) - 1 AS place
                FROM feature WHERE org_unit LIKE %(town)s AND layer = 'hazard_point' ORDER BY code LIMIT 30
            ), made AS (
                INSERT INTO feature_document (layer, feature, kind, title, number, media_type, size, sha256,
                    recorded_by, withdrawn_at, withdrawn_by, reason)
                SELECT place.layer, place.id, 'other', told.title,
                    CASE WHEN char_length(told.number) <= 100 THEN told.number END, 'application/pdf',
                    octet_length(bytes.content), encode(sha256(bytes.content), 'hex'), told.person,
                    CASE WHEN gone THEN now() END, CASE WHEN gone THEN told.person END,
                    CASE WHEN gone THEN told.reason END
                FROM told
                CROSS JOIN (VALUES (false), (true)) AS twice (gone)
                INNER JOIN place ON place.place = told.n %% (SELECT count(*) FROM place)
                CROSS JOIN LATERAL (SELECT convert_to(gone || told.name, 'UTF8') AS content) AS bytes
                RETURNING id, sha256, size
            )
            INSERT INTO feature_document_content
            SELECT made.id, made.sha256, made.size, told.name, convert_to(gone || told.name, 'UTF8')
            FROM told CROSS JOIN (VALUES (false), (true)) AS twice (gone)
            INNER JOIN made ON made.sha256 = encode(sha256(convert_to(gone || told.name, 'UTF8')), 'hex')
            """,
            {"titles": payloads(number("paper title")), "numbers": payloads(number("paper number")),
             "names": payloads(number("paper name")), "reasons": payloads(number("paper reason")),
             "people": payloads(number("paper by")), "town": f"{TOWN}%"},
        )  # fmt: skip
        # What each feature was before, so that its page shows how it changed.
        connection.execute("UPDATE feature SET version = 2 WHERE org_unit LIKE %s", [f"{TOWN}%"])
        connection.execute(
            "INSERT INTO feature_version SELECT layer, id, 1, code || 'x', name || 'x', org_unit, geom, area_m2,"
            " registered_area_m2, attributes, starts_on, due_on, source, source_row, recorded_at, recorded_by, reason,"
            " NULL FROM feature WHERE org_unit LIKE %s",
            [f"{TOWN}%"],
        )
        connection.execute(
            "INSERT INTO link_rule (activity, layer, attribute, value)"
            " SELECT '2024-09', 'relocation_household', p, p FROM unnest(%s::text[]) AS p",
            [payloads(number("rule"))],
        )


@pytest.fixture
def hostile(fresh: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A demonstration in which every text is a payload."""
    monkeypatch.setenv("SHANHE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SHANHE_DATABASE", fresh("demo").dsn)
    settings.cache_clear()
    with Database(settings()) as database:
        fill(database)
        yield database
    settings.cache_clear()


class Watch:
    """What ran in the pages of a context that has no policy, and which fields were seen in them."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.address = address
        self.context: BrowserContext = browser.new_context(
            locale="zh-CN", bypass_csp=True, viewport={"width": 1400, "height": 900}
        )
        self.ran: set[int] = set()
        self.active: dict[str, str] = {}
        self.seen: set[int] = set()
        self.context.expose_binding("boom", lambda source, mark: self.ran.add(mark))
        self.page: Page = self.context.new_page()
        self.page.on("dialog", lambda dialog: dialog.dismiss())

    def open(self, path: str, wait: str = "main") -> Page:
        self.page.goto("about:blank")
        self.page.goto(self.address + path)
        self.page.wait_for_selector(wait, state="attached")
        self.look(path)
        return self.page

    def look(self, path: str) -> None:
        """Open what is folded, hover and focus, then note what is there."""
        self.page.evaluate(
            "document.querySelectorAll('details').forEach(d => d.open = true);"
            "document.querySelectorAll('a, input, button').forEach(e => {"
            " e.dispatchEvent(new MouseEvent('mouseover')); e.dispatchEvent(new FocusEvent('focus')) })"
        )
        found = self.page.evaluate(
            "chosen => [...document.querySelectorAll(chosen)].map(e => e.outerHTML.slice(0, 200))", ACTIVE
        )
        if found:
            self.active[path] = found[0]
        shown = self.page.evaluate(
            "() => document.body.innerText + [...document.querySelectorAll('input, textarea')].map(e => e.value).join()"
            " + [...document.querySelectorAll('[title], [aria-label]')].map(e => e.title + e.ariaLabel).join()"
        )
        self.seen |= {int(mark) for mark in re.findall(r"boom\\W{0,5}(\d+)", shown)} | {
            int(mark) for mark in re.findall(r"boom(?:\(|&#40;)(\d+)", shown)
        }

    def fields(self) -> set[str]:
        return {FIELDS[mark // 100 - 1] for mark in self.seen if mark >= 100}


def walk(watch: Watch, database: Database, folder: Path) -> None:
    """Every page, popup, card and list."""
    for path in ("/money?as_of={d}", "/money?as_of={d}&lang=en", "/ledger?as_of={d}", "/ledger?lang=en&as_of={d}",
                 "/ledger/1", "/ledger/1?lang=en", "/ledger/activities/2024-09", "/ledger/activities/2024-09?lang=en",
                 "/claims", "/claims?lang=en", "/claims/read", "/import", "/import?lang=en", "/ogc/collections",
                 "/claims/records?metric=hazard.treatment_works&as_of={d}",
                 "/claims/records?metric=ledger.expenditure.projects&as_of={d}",
                 "/ogc/collections/hazard_point/items?limit=70", "/ogc/collections/relocation_household/items?limit=9",
                 "/ogc/collections/org_unit/items", "/reports?state=all",
                 "/reports?state=returned&lang=en"):  # fmt: skip
        watch.open(path.format(d=DAY))
    _map(watch)
    _township(watch, database)
    _addresses(watch)
    _read(watch)
    _import(watch, database, folder)
    watch.page.wait_for_timeout(300)


def _map(watch: Watch) -> None:
    for language in ("zh", "en"):
        page = watch.open(f"/?as_of={DAY}&lang={language}#layer=hazard_point&town={TOWN}", "body.ready")
        for entry in page.locator(".feature-list button.entry, .features button").all()[:2]:
            entry.click()
            page.locator(".card dl dd").first.wait_for()
            watch.look("card")
            page.keyboard.press("Escape")
        page.locator("#search").fill("boom")
        page.locator("#found .name").first.wait_for()
        watch.look("search")
        page.click("[data-layer=money]")
        watch.look("money on the map")
        watch.open(f"/?as_of={DAY}&lang={language}#layer=relocation_household&town={TOWN}", "body.ready")
        page.locator(".feature-list button.entry, .features button").first.click()
        page.locator(".card .money").wait_for()
        watch.look("card of a household")
    watch.open(f"/?as_of={DAY}&pick=2024-09", "body.ready")


def _township(watch: Watch, database: Database) -> None:
    """The page of a township with its changes, its call sheet, and the pages of some of its features."""
    with psycopg.connect(database.dsn) as connection:
        found = connection.execute(
            "SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY layer ORDER BY code) AS place FROM feature"
            " WHERE org_unit LIKE %s AND layer IN ('hazard_point', 'relocation_household')) AS each WHERE place <= 30",
            [f"{TOWN}%"],
        ).fetchall()
    for language in ("zh", "en"):
        page = watch.open(f"/township/{TOWN}?as_of={DAY}&lang={language}")
        page.locator("#changes .found > ol").wait_for(state="attached")
        watch.look("changes")
        for layer in ("hazard_point", "relocation_household"):
            page = watch.open(f"/township/{TOWN}/calls?layer={layer}&lang={language}")
            page.fill("[name=reason]", payloads(number("address"))[8])
            page.click(".ask button")
            page.locator(".kept").wait_for()
            watch.look("call sheet")
    for (feature,) in some(found, 4):
        page = watch.open(f"/feature/{feature}?older=1&newer=2")
    page.locator("#personal button").click()
    page.locator("#personal dd").first.wait_for()
    page.fill("#personal input", "核对")
    page.locator("#personal form button").click()
    page.locator("#personal input").wait_for(state="detached")
    watch.look("personal columns")


def _addresses(watch: Watch) -> None:
    """What stands in the address and comes back in the page."""
    everything = payloads(number("address"))
    for start in range(0, len(everything), 16):
        text = quote("".join(everything[start : start + 16]), safe="")
        for path in (
            "/{}", "/claims?section={}", "/ledger?activity={}", "/ledger/activities/{}", "/ogc/collections/{}",
            "/ogc/collections/hazard_point/items?{}=1", "/ogc/collections/hazard_point/items?filter={}",
            "/claims/records?metric={}", "/township/{}", f"/township/{TOWN}?q={{}}", f"/township/{TOWN}?after={{}}",
            "/feature/{}",
        ):  # fmt: skip
            watch.open(path.format(text))


def _read(watch: Watch) -> None:
    page = watch.open("/claims/read")
    lines = [f"避险搬迁任务1101户{each.replace(chr(10), ' ')}" for each in payloads(number("read"))]
    clean = [re.sub(r"[\x00-\x08\x0b-\x1f]", "", line) for line in lines]
    page.set_input_files("[name=file]", {"name": "a.docx", "mimeType": "", "buffer": as_docx(*clean)})
    reading = page.locator("form:has([name=file])")
    reading.locator("[name=document]").fill("made")
    reading.locator("[name=title]").fill(payloads(number("read"))[8])
    reading.locator("[name=year]").fill("2024")
    reading.locator(".primary").click()
    page.locator(".proposal .sentence").first.wait_for()
    watch.look("/claims/read")


def _import(watch: Watch, database: Database, folder: Path) -> None:
    """A file whose name, headings and values are payloads, checked by a worker."""
    page = watch.open("/import")
    page.select_option("[name=layer]", "hazard_point")

    def cell(text: str) -> str:
        return '"' + text.replace('"', '""').replace("\n", " ") + '"'

    headings = ["统一编号", "经度", "纬度", "灾害类型", *payloads(number("heading"))]
    rows = [[each, "103.26", "29.23", each, *payloads(number("value"))] for each in payloads(number("value"))[:20]]
    content = "\n".join(",".join(map(cell, row)) for row in [headings, *rows]).encode()
    name = payloads(number("file"))[8].replace("/", "") + "x.csv"
    page.set_input_files("[name=files]", {"name": name, "mimeType": "text/csv", "buffer": content})
    page.click("#send-file .primary")
    page.locator("#job .state").wait_for()
    worked(database)
    page.locator("#job .mapping tr").first.wait_for()
    watch.look("/import")


def test_every_text_is_shown_and_none_runs(browser: Browser, hostile: Database, tmp_path: Path) -> None:
    with serving(hostile) as address:
        watch = Watch(browser, address)
        walk(watch, hostile, tmp_path)
        watch.context.close()
    assert (watch.ran, watch.active) == (set(), {})
    assert len(PAYLOADS) >= 60
    assert watch.fields() == set(FIELDS) - UNSEEN


def test_a_page_that_writes_them_raw_would_be_noticed(
    browser: Browser, hostile: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the same pages by templates that do not escape."""
    monkeypatch.setattr(web.page._ENVIRONMENT, "autoescape", False)  # pyright: ignore
    web.page._ENVIRONMENT.cache.clear()  # pyright: ignore
    with serving(hostile) as address:
        watch = Watch(browser, address)
        for path in ("/ledger", "/claims", "/import"):
            with suppress(BrowserError):
                watch.open(path, "body")
        watch.context.close()
    web.page._ENVIRONMENT.cache.clear()  # pyright: ignore
    assert {FIELDS[mark // 100 - 1] for mark in watch.ran} >= {"transaction.note", "claim.sentence", "import.file"}
    assert watch.active


def test_most_payloads_run_where_one_place_writes_them_raw(browser: Browser) -> None:
    """The control of the payloads: in text, in an attribute, in a script, as an address, or by innerHTML."""
    context = browser.new_context()
    ran: set[int] = set()
    context.expose_binding("boom", lambda source, mark: ran.add(mark))
    page = context.new_page()
    for place, text in enumerate(payloads(0)):
        script = text.replace("</script", "<\\/script")
        for body in (
            f"<p>{text}</p>", f'<a href="{text}">x</a>', f"<input value='{text}'>", f"<input value={text}>",
            f'<script>x = "{script}"</script>', f"<script>x = '{script}'</script>", f"<script>x = `{script}`</script>",
            f"<title>{text}</title>", f"<textarea>{text}</textarea>",
        ):  # fmt: skip
            with suppress(BrowserError):
                page.set_content(f"<!doctype html><body>{body}", wait_until="commit")
                page.evaluate("document.querySelectorAll('a').forEach(a => a.click())")
                page.wait_for_timeout(30)  # pictures and animations fail a moment later
            if place in ran:
                break
    page.wait_for_timeout(300)
    context.close()
    assert len(ran) >= 50, sorted(set(range(len(PAYLOADS))) - ran)
