"""The overview page, and the values it is drawn from."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from fastapi import Request
from starlette.responses import HTMLResponse

from api.deps import AsOf, TheDatabase, TheLanguage
from api.router import Router
from api.sheet import pages
from geo import audit, boundary, feature, progress, vocabulary
from geo.base_map import tianditu_key
from geo.boundary import County
from geo.database import Connection
from geo.errors import NotFound
from geo.layers import layers
from geo.pinyin import initials
from geo.right import Verb
from geo.settings import settings
from geo.text import Language, Text
from geo.viewer import Viewer, is_acting, viewer
from web.base_map import CONTENT_SECURITY_POLICY_WITH_TILES, tianditu
from web.map import overview
from web.page import no_county_page
from web.view import County as DrawnCounty
from web.view import MapView

router = Router()

TITLE = Text(zh="{county}自然资源一张图", en="{county}: natural resources")
Json = Mapping[str, Any]
MOST = 20_000
"""Features that a one-file map holds; more would make it too heavy for a telephone."""
NOTHING = Text(zh="您的账号还没有权限，请联系系统管理员", en="Your account has no rights yet; ask an administrator")
DIGITS = 5
"""Decimals of boundaries on the map: a metre, of which nobody sees a part there."""
CUT = Text(zh="要素过多，只含前 {most} 个", en="Too many features: only the first {most} are in this file")


@router.get("/", response_class=HTMLResponse, include_in_schema=False)
def page(request: Request, database: TheDatabase, language: TheLanguage, as_of: AsOf) -> HTMLResponse:
    """The map of the county, with its layers, boundaries and figures in the page."""
    with database.connection() as connection:
        county = boundary.county(connection, settings().county)
        if county is None or county.bounds is None or not county.townships:
            return HTMLResponse(no_county_page(language, county=settings().county))
        leads_to = [(each.address, each.label) for each in pages(request)]
        base_maps = tianditu(tianditu_key())
        policy = {"Content-Security-Policy": CONTENT_SECURITY_POLICY_WITH_TILES} if base_maps else None
        drawn = view(connection, county, as_of=as_of, language=language, pages=leads_to, base_maps=base_maps)
        return HTMLResponse(overview(drawn), headers=policy)


def view(
    connection: Connection,
    county: County,
    *,
    as_of: date,
    language: Language,
    notes: tuple[Text, ...] = (),
    selected_township: str | None = None,
    **more: Any,
) -> MapView:
    """What the map of a county shows on a day; ``more`` are further members of the view."""
    counted = feature.counts(connection)
    who = viewer(connection) if is_acting() else None
    townships = _json(boundary.collection(connection, level="township", digits=DIGITS))
    mine = _mine(who, townships)
    if county.bounds is None:
        raise ValueError(f"county {county.code} is not drawn")
    return MapView(
        title=TITLE.format(county=county.name),
        county=DrawnCounty(county.code, county.name),
        language=language,
        as_of=as_of,
        bounds=county.bounds,
        since=_not_after(progress.since(connection, county.code), as_of),
        layers=vocabulary.document(counted, feature.invented(connection))["layers"],
        townships=townships,
        outline=_json(boundary.collection(connection, level="county", digits=DIGITS)),
        progress=_json(progress.units(connection, as_of=as_of, org_unit=county.code)),
        illustrative=county.illustrative,
        empty=mine is None and not any(counted.values()),
        notes=notes if mine is None or mine else (*notes, NOTHING),
        mine=mine,
        selected_township=selected_township or (mine[0] if mine and len(mine) == 1 else None),
        viewer=who.label if who else None,
        account=who.name if who else None,
        initials={each["id"]: initials(each["properties"]["name"]["zh"]) for each in townships["features"]},
        personal=who is not None and who.may(Verb.PERSONAL),
        reportable=_reportable(who),
        **more,
    )


def _mine(who: Viewer | None, townships: Json) -> tuple[str, ...] | None:
    """The townships that somebody sees, None for all."""
    if who is None or who.sees_all_places:
        return None
    return tuple(each["id"] for each in townships["features"] if each["id"] in who.units)


def _reportable(who: Viewer | None) -> tuple[str, ...]:
    """The layers of which somebody may report progress."""
    if who is None:
        return ()
    return tuple(code for code, layer in layers().items() if layer.milestones and who.may(Verb.EDIT, code))


def _json(text: str) -> Json:
    return json.loads(text)


def _not_after(first: date | None, last: date) -> date | None:
    return first if first is not None and first <= last else None


def file_of(connection: Connection, *, township: str | None, as_of: date, language: Language) -> str:
    """The map as one file, with the features of a township or, for None, of the county; raises :class:`NotFound`."""
    from web.offline import one_file

    county = boundary.county(connection, settings().county)
    if county is None or county.bounds is None or not county.townships:
        raise NotFound(noun=Text(zh="县和乡镇界线", en="boundaries of county"), key=settings().county)
    if township is not None and boundary.level(connection, township) != "township":
        raise NotFound(noun=Text(zh="乡镇", en="township"), key=township)
    features = _json(feature.whole(connection, org_unit=township or county.code, as_of=as_of, limit=MOST))
    notes = (CUT.format(most=MOST),) if len(features["features"]) == MOST else ()
    audit.taken(connection, "map", org_unit=township, as_of=as_of, records=len(features["features"]))
    drawn = view(
        connection, county, as_of=as_of, language=language, notes=notes, features=features, selected_township=township
    )  # fmt: skip
    return one_file(drawn)
