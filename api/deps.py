"""What routes are called with: the database, and query parameters as typed values."""

from datetime import date
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, cast

from annotated_types import Ge, Le
from fastapi import Depends, Query, Request
from starlette.responses import JSONResponse

from geo.boundary import OUTSIDE
from geo.database import Database
from geo.errors import BadValue
from geo.feature import Bounds, Cursor
from geo.layer import Layer
from geo.layers import layer as declared
from geo.right import Verb
from geo.settings import settings, today
from geo.text import LANGUAGES, Language, Text
from geo.viewer import NotAllowed, Viewer, place, viewer

FIRST_DAY, LAST_DAY = date(1949, 10, 1), date(2199, 12, 31)
"""Milestones lie between these days, and so do the questions."""


class JSONText(JSONResponse):
    """JSON that PostgreSQL has written, passed through."""

    def render(self, content: str) -> bytes:
        """The text as it is."""
        return content.encode()


class GeoJSONResponse(JSONText):
    """GeoJSON that PostgreSQL has written, passed through."""

    media_type = "application/geo+json"


@cache
def program_version() -> str:
    """The version of the program that runs."""
    try:
        return version("shanhe")
    except PackageNotFoundError:
        return "0"


def database(request: Request) -> Database:
    """The database of the application."""
    return cast("Database", request.app.state.database)


def language_of(request: Request) -> Language:
    """The language asked for: ``?lang=``, else the first of ``Accept-Language`` that there is, else the settings'."""
    asked = request.query_params.get("lang")
    for language in LANGUAGES:
        if asked == language:
            return language
    return _accepted(request.headers.get("accept-language", "")) or settings().language


def _accepted(header: str) -> Language | None:
    """The best of both languages by an Accept-Language header, None where it names neither."""
    best: tuple[float, Language] | None = None
    for part in header[:500].split(","):
        tag, _, parameters = part.strip().partition(";")
        quality = parameters.strip().removeprefix("q=") if parameters else "1"
        try:
            weight = float(quality)
        except ValueError:
            continue
        for language in LANGUAGES:
            if tag.split("-")[0].lower() == language and weight > 0 and (best is None or weight > best[0]):
                best = (weight, language)
    return best[1] if best else None


def _language(
    request: Request,
    lang: Annotated[Language | None, Query(description="语言，默认按 Accept-Language / language of sentences")] = None,
) -> Language:
    return lang or language_of(request)


def _as_of(
    as_of: Annotated[
        Annotated[date, Ge(FIRST_DAY), Le(LAST_DAY)] | None,
        Query(description="截至日期，默认今天 / the day of all figures, today by default", examples=["2024-12-31"]),
    ] = None,
) -> date:
    return as_of or today()


def _layer_code(
    layer: Annotated[
        str | None, Query(description="图层代码 / code of a layer", max_length=64, examples=["farmland_patch"])
    ] = None,
) -> str | None:
    return None if layer is None else declared(layer).code


def _org_unit(
    org_unit: Annotated[
        str | None,
        Query(
            description="行政区代码，县、乡镇或村；outside 为各乡镇之外"
            " / code of a county, township or village; outside: in no township",
            pattern=r"^([0-9]{6,12}|outside)$",
            examples=["511132"],
        ),
    ] = None,
) -> str | None:
    return "" if org_unit == OUTSIDE else org_unit


def _bounds(
    bbox: Annotated[
        str | None,
        Query(
            description="范围：西,南,东,北（度） / west,south,east,north in degrees",
            pattern=r"^-?[0-9.]{1,20}(,-?[0-9.]{1,20}){3}$",
            examples=["103.2,29.1,103.3,29.3"],
        ),
    ] = None,
) -> Bounds | None:
    if bbox is None:
        return None
    try:
        west, south, east, north = (float(part) for part in bbox.split(","))
    except ValueError:
        west = south = east = north = 0.0
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        reason = Text(zh="应为西,南,东,北，以度为单位", en="state west,south,east,north in degrees")
        raise BadValue(name="bbox", value=bbox, reason=reason)
    return west, south, east, north


def _cursor(
    cursor: Annotated[
        str | None,
        Query(description="上一页 next 中的游标 / from the next of the page before", max_length=400),
    ] = None,
) -> Cursor | None:
    return None if cursor is None else Cursor.read(cursor)


def viewer_of(request: Request) -> Viewer:
    """Who asks; raises :class:`geo.viewer.NotSignedIn`."""
    with database(request).connection() as connection:
        return viewer(connection)


async def _body(request: Request) -> bytes:
    return await request.body()


def _writer(request: Request) -> str:
    """The name under which a change is recorded; what may be changed where is judged by the database.

    Raises :class:`NotAllowed` for whoever may change nothing. :mod:`api.origin` has refused other origins.
    """
    found = viewer_of(request)
    if not (found.may(Verb.EDIT) or found.may(Verb.APPROVE)):
        raise NotAllowed(reason=Text(zh="您的账号只能查看", en="your account may only look"))
    return found.name


def may_write(request: Request, *verbs: Verb, everywhere: bool = False) -> bool:
    """Whether whoever asks may do one of ``verbs``, so that pages show no forms that would be refused."""
    found = viewer_of(request)
    return any(verb in found.everywhere if everywhere else found.may(verb) for verb in verbs)


def _their_unit(
    org_unit: Annotated[str | None, Depends(_org_unit)], who: Annotated[Viewer, Depends(viewer_of)]
) -> str | None:
    return place(who, org_unit)


TheDatabase = Annotated[Database, Depends(database)]
TheLanguage = Annotated[Language, Depends(_language)]
AsOf = Annotated[date, Depends(_as_of)]
LayerCode = Annotated[str | None, Depends(_layer_code)]
OrgUnit = Annotated[str | None, Depends(_org_unit)]
TheirUnit = Annotated[str | None, Depends(_their_unit)]
"""For figures that are of one place: that of whoever does not see all."""
BBox = Annotated[Bounds | None, Depends(_bounds)]
Page = Annotated[Cursor | None, Depends(_cursor)]
Writer = Annotated[str, Depends(_writer)]
Body = Annotated[bytes, Depends(_body)]
"""What was sent, as it came."""
Limit = Annotated[int, Query(ge=1, le=1000, description="每页条数 / how many a page holds")]


def here(request: Request, parameter: str) -> str:
    """This address with the last parameter left open for what the next page begins with."""
    kept = request.url.remove_query_params(parameter)
    return f"{kept.path}?{kept.query}{'&' if kept.query else ''}{parameter}="


def measured(layer: Layer, measure: str | None) -> str | None:
    """The code of a measure of a layer; raises :class:`BadValue` where the layer does not count it."""
    if measure is not None and measure not in {each.code for each in layer.measures}:
        codes = "、".join(each.code for each in layer.measures)
        raise BadValue(name="measure", value=measure, reason=Text(zh=f"可用 {codes}", en=f"use {codes}"))
    return measure
