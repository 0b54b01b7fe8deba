"""Every page with somebody who uses it: what accessibility is tested on, and what `make screens` takes pictures of."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import PIL.Image
import psycopg
import shapely
from conftest import ARGUMENTS, CHROMIUM
from papers import PDF
from people import EVERYTHING, header, served, session
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from shapely import MultiPolygon

from api.app import create_app
from geo import feature_document, parcel_batch
from geo.cluster import Cluster
from geo.database import Database
from geo.demo_load import load_demo
from geo.document_file import read as read_document
from geo.feature_document import Stated
from geo.migrate import upgrade
from geo.overlay.parcel import Parcel
from geo.parcel_batch import Read
from geo.settings import Settings, settings
from geo.viewer import acting

TOWN = "511132100"
# What the service worker asks for passes a test's routes by; test_worker allows it.
DESKTOP: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}, "service_workers": "block"}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2,
    "service_workers": "block",
}  # fmt: skip
PEOPLE = {
    "officer": (("officer", TOWN),),
    "manager": (("manager", None), ("officer", None)),
    "administrator": EVERYTHING,
}


@dataclass(frozen=True, slots=True)
class Screen:
    """A page: its name in docs/screens, its address, who looks at it, and what has to be there before."""

    name: str
    path: str
    who: str = "manager"
    ready: str = "#content"


SCREENS = (
    Screen("map", "/", ready="body.ready"),
    Screen("map-township", "/#town={town}", "officer", "body.ready"),
    Screen("map-feature", "/#feature={feature}", "officer", ".card .milestones"),
    Screen("township", "/township/{town}", "officer"),
    Screen("calls", "/township/{town}/calls", "officer"),
    Screen("feature", "/feature/{feature}", "officer"),
    Screen("progress", "/progress"),
    Screen("records", "/features?status=overdue"),
    Screen("reports", "/reports"),
    Screen("reports-mine", "/reports?state=returned", "officer"),
    Screen("money", "/money"),
    Screen("ledger", "/ledger"),
    Screen("transaction", "/ledger/{transaction}"),
    Screen("activity", "/ledger/activities/{activity}"),
    Screen("import", "/import"),
    Screen("parcels", "/parcels"),
    Screen("parcel", "/parcels/{batch}", ready="#one h2"),
    Screen("claims", "/claims"),
    Screen("claims-read", "/claims/read"),
    Screen("gis", "/ogc"),
    Screen("account", "/account"),
    Screen("accounts", "/accounts", "administrator"),
    Screen("audit", "/audit", "administrator"),
    Screen("login", "/login", ""),
    Screen("not-found", "/feature/00000000-0000-0000-0000-000000000000", ready="main"),
)


@dataclass(frozen=True, slots=True)
class Site:
    """The demonstration, served: its database and address, and what stands for the names in the addresses of pages."""

    database: Database
    address: str
    names: dict[str, str]


@contextmanager
def demonstration(database: Database) -> Iterator[Site]:
    """A loaded demonstration, served."""
    for name, grants in PEOPLE.items():
        header(database, name, grants)
    with psycopg.connect(database.dsn) as connection:
        row = connection.execute(
            "SELECT (SELECT feature::text FROM attachment INNER JOIN feature ON feature.id = attachment.feature"
            " INNER JOIN org_unit ON org_unit.code = feature.org_unit WHERE %s IN (org_unit.code, parent)"
            " ORDER BY attachment.feature LIMIT 1), (SELECT id::text FROM transaction ORDER BY id LIMIT 1),"
            " (SELECT code FROM activity ORDER BY code LIMIT 1)",
            [TOWN],
        ).fetchone()
    feature, transaction, activity = row or ("", "", "")
    names = {"town": TOWN, "feature": feature, "transaction": transaction, "activity": activity}
    names["batch"] = parcels_kept(database)
    documents_kept(database, feature)
    with served(create_app(database, local=True)) as address:
        yield Site(database, address, names)


def parcels_kept(database: Database) -> str:
    """Keep house plots of one of PEOPLE in the demonstration, some of them in the way; the number of the batch."""
    with psycopg.connect(database.dsn) as connection:
        drawn = connection.execute(
            "SELECT st_asgeojson(st_buffer(st_pointonsurface(geom), 0.0006, 2)) FROM (SELECT layer, geom, row_number()"
            " OVER (PARTITION BY layer ORDER BY code) AS place FROM feature WHERE layer = ANY (%s)) AS listed"
            " WHERE place <= 3 ORDER BY layer, place",
            [["permanent_farmland", "risk_zone", "hazard_point", "urban_boundary"]],
        ).fetchall()
    parcels = [
        Parcel(f"511132100001JC{place:05d}", MultiPolygon([shape]), f"{place} 号宅基地", 12_000, "rural_housing")
        for place, shape in enumerate((shapely.from_geojson(each) for (each,) in drawn), 1)
    ]
    with acting("shp_manager"), database.connection() as connection:
        read = Read("file", parcels, file="宅基地选址.txt", sha256="0" * 64)
        batch = parcel_batch.keep(connection, "2026 年第三批宅基地选址", read, shared=False, by="manager")
        parcel_batch.keep(connection, "城镇建设用地报批", replace(read, parcels=parcels[9:]), shared=True, by="manager")
    return str(batch)


def documents_kept(database: Database, feature: str) -> None:
    """Keep documents of a record of the demonstration: one for everybody, one with personal data, one withdrawn."""
    papers = (
        (
            "approval",
            "关于地质灾害隐患点工程治理方案的批复",
            "峨自然资〔2024〕31号",
            "2024-03-12",
            False,
            "治理方案批复.pdf",
        ),
        ("agreement", "监测员聘用协议", None, "2024-04-01", True, "监测员聘用协议（签字版）.pdf"),
        ("acceptance", "工程治理竣工验收单", "验〔2024〕7号", "2024-11-20", False, "竣工验收单.pdf"),
        ("survey", "隐患点详细调查报告", None, None, False, "详查报告（初稿）.pdf"),
    )
    made = UUID(int=0)
    for place, (kind, title, number, day, personal, name) in enumerate(papers):
        said = Stated(kind, title, number, date.fromisoformat(day) if day else None, personal)
        file = read_document(name, PDF + b"\n" * (240_000 * place) + b"%%EOF\n")
        with acting("shp_officer"), database.connection() as connection:
            made = feature_document.add(connection, UUID(feature), said, file, by="officer")
    with acting("shp_officer"), database.connection() as connection:
        reason = "初稿，以正式报告为准"
        feature_document.withdraw(connection, UUID(feature), made, reason=reason, by="officer")


def signed_in(browser: Browser, site: Site, who: str, **options: Any) -> BrowserContext:
    """A browser of one of PEOPLE; of nobody for an empty name."""
    context = browser.new_context(reduced_motion="reduce", **options)
    if who:
        name, _, value = session(site.database, who, ()).partition("=")
        context.add_cookies([{"name": name, "value": value, "url": site.address}])
    return context


def show(page: Page, site: Site, screen: Screen) -> None:
    """Open a page, and wait until it is whole."""
    page.goto(site.address + screen.path.format(**site.names))
    page.wait_for_selector(screen.ready)
    page.wait_for_load_state("networkidle")


def main(folder: Path) -> None:
    """Write a picture of every page, on a desk in Chinese and on a telephone in English, and one of each otherwise."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    place = Path(tempfile.mkdtemp(prefix="shanhe-screens-"))
    place.chmod(0o755)
    with (
        Cluster(place / "db", settings().postgres_account, durable=False) as cluster,
        Database(Settings(database=cluster.dsn())) as database,  # pyright: ignore[reportCallIssue]
        sync_playwright() as playwright,
    ):
        upgrade(database)
        load_demo(database)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        with demonstration(database) as site:
            for screen in SCREENS:
                for size, locale in ((DESKTOP, "zh-CN"), (DESKTOP, "en-GB"), (PHONE, "zh-CN"), (PHONE, "en-GB")):
                    context = signed_in(browser, site, screen.who, locale=locale, **{**size, "device_scale_factor": 1})
                    page = context.new_page()
                    show(page, site, screen)
                    kind = "desktop" if size is DESKTOP else "phone"
                    _write(folder / f"{screen.name}-{kind}-{locale[:2]}.png", page.screenshot())
                    context.close()


def _write(file: Path, picture: bytes) -> None:
    """A picture of 256 colours, which takes half the room; means keep those that are rare, as of what is overdue."""
    PIL.Image.open(BytesIO(picture)).convert("RGB").quantize(256, kmeans=1).save(file, optimize=True)
    sys.stdout.write(f"{file.name}\n")


if __name__ == "__main__":
    main(Path(__file__).parents[1] / "docs" / "screens")
