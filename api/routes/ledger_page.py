"""The pages of the ledger: transactions, one of them, one activity."""

from fastapi import Request
from starlette.responses import HTMLResponse, Response

from api.deps import TheDatabase, TheLanguage, may_write
from api.ledger_query import AskedTransactions, Before
from api.router import Router
from api.sheet import sheet
from geo import boundary, ledger, ledger_reading, money
from geo.boundary import OUTSIDE
from geo.database import Connection
from geo.layers import layers
from geo.ledger_reading import Wanted
from geo.right import Verb
from geo.settings import today
from geo.text import Text
from web.ledger import Chosen, Known, activity_page, ledger_page, transaction_page
from web.money import parsed

router = Router()
SHOWN = 100


@router.get("/ledger", response_class=HTMLResponse, include_in_schema=False)
def page(
    *,
    request: Request,
    database: TheDatabase,
    language: TheLanguage,
    wanted: AskedTransactions,
    before: Before = None,
) -> Response:
    """The transactions that the address asks for, with the forms that change the ledger."""
    with database.connection() as connection:
        if wanted.org_unit is not None:
            boundary.level(connection, wanted.org_unit)
        known = _known(connection)
        found = parsed(ledger_reading.page(connection, wanted, limit=SHOWN, before=before))
    chosen = Chosen(
        wanted.as_of,
        wanted.year,
        wanted.fund_source,
        wanted.activity,
        wanted.kind,
        unallocated=wanted.unallocated,
        org_unit=OUTSIDE if wanted.org_unit == "" else wanted.org_unit,
    )
    shell = sheet(request, language, database, illustrative=_illustrative(found), as_of=wanted.as_of)
    return HTMLResponse(
        ledger_page(shell, known, chosen, found, editable=may_write(request, Verb.EDIT, everywhere=True))
    )


@router.get("/ledger/{transaction}", response_class=HTMLResponse, include_in_schema=False)
def one(request: Request, database: TheDatabase, language: TheLanguage, transaction: int) -> Response:
    """One transaction."""
    with database.connection() as connection:
        found = parsed(ledger_reading.transaction(connection, transaction if 0 < transaction < 2**62 else 0))
        code = found["activity"]
        activity = parsed(ledger_reading.activity(connection, code)) if code else None
        known = _known(connection)
    shell = sheet(request, language, database, illustrative=found["illustrative"])
    return HTMLResponse(
        transaction_page(shell, known, found, activity, editable=may_write(request, Verb.EDIT, everywhere=True))
    )


@router.get("/ledger/activities/{code}", response_class=HTMLResponse, include_in_schema=False)
def activity(request: Request, database: TheDatabase, language: TheLanguage, code: str) -> Response:
    """One activity."""
    with database.connection() as connection:
        found = parsed(ledger_reading.activity(connection, code))
        booked = parsed(ledger_reading.page(connection, Wanted(today(), activity=code), limit=SHOWN))
        known = _known(connection)
    shell = sheet(request, language, database, illustrative=_illustrative(booked))
    return HTMLResponse(
        activity_page(shell, known, found, booked, editable=may_write(request, Verb.EDIT, everywhere=True))
    )


def _illustrative(page: object) -> bool:
    return isinstance(page, dict) and any(row["illustrative"] for row in page["transactions"])


def _known(connection: Connection) -> Known:
    """The names of everything in the ledger."""
    names = {
        noun: {each["code"]: Text(zh=each["name_zh"], en=each["name_en"] or each["name_zh"]) for each in entries}
        for noun, entries in ledger.names(connection).items()
    }
    townships = parsed(boundary.collection(connection, level="township", geometry=False))["features"]
    return Known(
        channels=names["fund_source"],
        activities=names["activity"],
        years=money.years(connection),
        layers=layers(),
        townships={each["id"]: Text(**each["properties"]["name"]) for each in townships},
    )
