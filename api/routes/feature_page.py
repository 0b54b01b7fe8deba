"""The page of one feature."""

import json
from datetime import datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Query, Request
from starlette.responses import HTMLResponse, Response

from api.deps import AsOf, TheDatabase, TheLanguage
from api.router import Router
from api.sheet import sheet
from geo import feature as features_of
from geo import feature_document, ledger, parcel_batch, township
from geo.database import Connection
from geo.difference import difference
from geo.errors import NotFound
from geo.layers import layer as declared
from geo.position import position
from geo.right import Verb
from geo.settings import settings
from geo.text import Text
from geo.township import Township
from geo.viewer import viewer
from web.feature import FeatureView, feature_page

router = Router()
Version = Annotated[int | None, Query(ge=1, le=2**31 - 1)]


@router.get("/feature/{feature_id}", response_class=HTMLResponse, include_in_schema=False)
def page(
    *,
    request: Request,
    database: TheDatabase,
    language: TheLanguage,
    feature_id: str,
    as_of: AsOf,
    older: Version = None,
    newer: Version = None,
) -> Response:
    """Everything that is known of a feature; of two versions that the address names, what differs."""
    with database.connection() as connection:
        found = json.loads(features_of.feature(connection, _id(feature_id), as_of=as_of))
        record, who = found["properties"], viewer(connection)
        town = township.place(connection, record["township"]) if record["township"] else None
        layer = declared(record["layer"])
        compared = difference(record["versions"], older, newer) if older and newer else None
        view = FeatureView(
            feature=found,
            layer=layer,
            township=town,
            position=position(found["geometry"]) if found["geometry"] else None,
            difference=compared,
            channels=_channels(connection),
            as_of=as_of,
            printed=datetime.now(ZoneInfo(settings().timezone)).strftime("%Y-%m-%d %H:%M"),
            dated="as_of" in request.query_params,
            personal=bool(layer.private) and who.may_at(Verb.PERSONAL, record["org_unit"] or "", layer.code),
            units=_units(town),
            parcels=parcel_batch.touching(connection, _id(feature_id)),
            documents=json.loads(feature_document.page(connection, _id(feature_id)))["documents"],
            edits=who.may_at(Verb.EDIT, record["org_unit"] or "", layer.code),
            approves=who.may_at(Verb.APPROVE, record["org_unit"] or "", layer.code),
        )
    illustrative = record["illustrative"] or (town is not None and town.illustrative)
    shell = sheet(request, language, database, illustrative=illustrative, as_of=as_of)
    return HTMLResponse(feature_page(shell, view))


def _id(written: str) -> UUID:
    """The identifier in an address; what is none is that of no feature."""
    try:
        return UUID(written)
    except ValueError:
        raise NotFound(noun=Text(zh="要素", en="feature"), key=written[:80]) from None


def _channels(connection: Connection) -> dict[str, Text]:
    names = ledger.names(connection)["fund_source"]
    return {each["code"]: Text(zh=each["name_zh"], en=each["name_en"] or each["name_zh"]) for each in names}


def _units(town: Township | None) -> dict[str, Text]:
    """The names of a township and its villages, by code."""
    return {} if town is None else {town.code: town.name, **town.villages}
