"""The web application: routes, headers, errors, and a thread that folds what has changed into the sums."""

import logging
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import psycopg
from fastapi import FastAPI
from starlette_compress import CompressMiddleware

from api import errors
from api.deps import program_version
from api.entry import Entry
from api.forms import EmptyFields
from api.guards import guard
from api.headers import Conditional
from api.openapi import Application
from api.routes import (
    account,
    account_page,
    accounts_page,
    activities,
    audit,
    call_sheet_page,
    claims,
    documents,
    export,
    extract,
    extract_page,
    feature_page,
    features,
    health,
    import_jobs,
    import_page,
    imports,
    items,
    layers,
    ledger,
    ledger_page,
    login_page,
    map,
    money,
    money_page,
    ogc,
    ogc_edit,
    oidc_page,
    org_units,
    overlays,
    parcel_batches,
    parcels_page,
    personal,
    progress,
    progress_overview,
    progress_page,
    public,
    recent,
    records,
    records_page,
    reports,
    reports_page,
    targets,
    tiles,
    tilesets,
    township_page,
    worker,
)
from api.static import HashedFiles
from geo import money as spending
from geo import progress as sums
from geo import tile as tiling
from geo.audit.seal import seal
from geo.database import Database
from geo.errors import ShanheError
from geo.tile import Tiles

log = logging.getLogger("shanhe")

FOLD_EVERY = 20.0
ABOUT = """县自然资源局的监测要素、进度与资金。所有数字均截至某日；几何为 CGCS2000 经纬度（EPSG:4490）；金额为元。
不含个人信息。出错时返回 RFC 9457 文档，`detail_zh`、`detail_en` 为中英文说明。

What a county natural-resources bureau monitors, how far it has got and what it cost. Every figure is as of a day;
geometry is CGCS2000 longitude, latitude (EPSG:4490); money is yuan. No personal columns. Errors are RFC 9457 documents
with sentences in `detail_zh` and `detail_en`."""
_NOUNS = (
    layers,
    export,
    extract,
    org_units,
    features,
    personal,
    documents,
    reports,
    progress,
    progress_overview,
    records,
    targets,
    public,
    recent,
    activities,
    money,
    ledger,
    claims,
    imports,
    import_jobs,
    parcel_batches,
    overlays,
    health,
    map,
    township_page,
    worker,
    feature_page,
    extract_page,
    call_sheet_page,
    progress_page,
    records_page,
    money_page,
    ledger_page,
    import_page,
    parcels_page,
    reports_page,
    account,
    login_page,
    oidc_page,
    account_page,
    accounts_page,
    audit,
    ogc,
    items,
    ogc_edit,
    tilesets,
    tiles,
)


def create_app(database: Database, *, local: bool = False) -> FastAPI:
    """The application over an entered :class:`Database`, which the caller closes.

    ``local`` is whether it listens on this machine's own address only: then the demonstration can be entered.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        stop = threading.Event()
        folder = threading.Thread(target=_fold, args=(database, stop), name="fold", daemon=True)
        folder.start()
        yield
        stop.set()
        folder.join(5)
        await app.state.tiles.close()

    app = Application(
        title="山河 shanhe",
        version=program_version(),
        description=ABOUT,
        lifespan=lifespan,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.database = database
    app.state.local = local
    app.state.tiles = Tiles(database)
    errors.install(app)
    app.add_middleware(Entry)
    app.add_middleware(EmptyFields)
    guard(app, database.settings)
    app.add_middleware(Conditional)
    app.add_middleware(CompressMiddleware, brotli=False, zstd_level=6, gzip_level=6, minimum_size=500)
    app.router.routes += [tiles.PlainTile(), *(route for noun in _NOUNS for route in noun.router.routes)]
    app.mount("/static", HashedFiles(), name="static")
    return app


def _fold(database: Database, stop: threading.Event) -> None:
    """Make tiles at once, fold now and then until told to stop; a database that is away is asked again."""
    with suppress(ShanheError, psycopg.Error):
        tiling.make_all(database)
    while not stop.wait(FOLD_EVERY):
        with suppress(ShanheError, psycopg.Error):
            fold_once(database)


def fold_once(database: Database) -> int:
    """Fold what has gathered, and free its space at once: every question about progress reads that table whole.

    Tiles that an import left to be made are made first; the audit trail is sealed last.
    """
    tiling.make_all(database)
    with database.owner() as connection:
        folded = sums.fold(connection) + spending.fold(connection) + tiling.fold(connection)
    if folded:
        sums.tidy(database)
        log.info("folded %s changes", folded)
    with database.owner() as connection:
        seal(connection)
    return folded
