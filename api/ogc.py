"""What the addresses below /ogc share: the format that is answered in, links, and parameters the standards name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Path, Query, Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from api.deps import TheDatabase, TheLanguage
from api.sheet import sheet
from geo.collection import Collection
from geo.collection import collection as declared
from geo.database import Database
from geo.errors import BadValue, ShanheError
from geo.text import Language, Text
from web.standards import Resource, resource_page

ROOT = "/ogc"
JSON = "application/json"
HTML = "text/html"
GEOJSON = "application/geo+json"
SCHEMA = "application/schema+json"
Link = dict[str, Any]
TITLE = Text(zh="标准接口（OGC API）", en="Standards door (OGC API)")
COLLECTIONS = Text(zh="数据集", en="Collections")
AS_JSON: dict[int | str, dict[str, Any]] = {
    200: {"content": {JSON: {}, HTML: {}}, "description": "JSON 或网页 / JSON or a page"}
}
AS_SCHEMA: dict[int | str, dict[str, Any]] = {
    200: {"content": {SCHEMA: {}, HTML: {}}, "description": "JSON Schema 或网页 / JSON Schema or a page"}
}


class NotAcceptable(ShanheError):
    """What is asked for is not to be had in any of the accepted formats."""

    code = "not_acceptable"
    sentence = Text(zh="这个地址只能以 {offered} 回答", en="This address answers in {offered} only")


class UnknownParameter(ShanheError):
    """A query parameter that the address does not know, or one that is stated twice."""

    code = "unknown_parameter"
    sentence = Text(zh="不认识或重复的查询参数：{name}", en="Unknown or repeated query parameter: {name}")


def negotiated(request: Request, offered: Mapping[str, str], asked: str | None) -> str:
    """The key of ``offered`` (key to media type) that is answered in: ``?f=``, else the best of the Accept header.

    Raises :class:`BadValue` for an ``f`` that is not offered and :class:`NotAcceptable`.
    """
    if asked is not None:
        if asked not in offered:
            listed = ", ".join(offered)
            raise BadValue(name="f", value=asked[:40], reason=Text(zh=f"可用 {listed}", en=f"use {listed}"))
        return asked
    accepted = _accepted(request.headers.get("accept", "*/*"))
    best = max(offered, key=lambda key: (_weight(offered[key], accepted), -list(offered).index(key)))
    if _weight(offered[best], accepted) <= 0:
        raise NotAcceptable(offered=", ".join(offered.values()))
    return best


def _accepted(header: str) -> list[tuple[str, float]]:
    """The media ranges of an Accept header with their weights."""
    found: list[tuple[str, float]] = []
    for part in header[:2000].split(","):
        kind, *parameters = (each.strip().lower() for each in part.split(";"))
        stated = next((each.removeprefix("q=") for each in parameters if each.startswith("q=")), "1")
        try:
            found.append((kind or "*/*", float(stated)))
        except ValueError:
            found.append((kind, 0))
    return found


def _weight(media_type: str, accepted: Sequence[tuple[str, float]]) -> float:
    """What the most specific range that holds a media type weighs; 0 where none does."""
    kind = media_type.partition(";")[0]
    # GeoJSON and JSON Schema are JSON: a client that accepts that reads them.
    ranges = (kind, *((JSON,) if kind in (GEOJSON, SCHEMA) else ()), f"{kind.partition('/')[0]}/*", "*/*")
    for wanted in ranges:
        weights = [weight for each, weight in accepted if each == wanted]
        if weights:
            return max(weights)
    return 0


def _known(request: Request) -> None:
    """Refuse what the route does not declare (OGC 17-069r4, 7.15.8): a misspelt filter must not be passed over."""
    route = request.scope["route"]
    names = {each.alias for each in route.dependant.query_params}
    waiting = list(route.dependant.dependencies)
    while waiting:
        below = waiting.pop()
        names |= {each.alias for each in below.query_params}
        waiting += below.dependencies
    of = request.path_params.get("collection")
    if of is not None and route.path.endswith("/items"):
        names |= set(declared(of).named)
    for name in request.query_params:
        if name not in names or len(request.query_params.getlist(name)) > 1:
            raise UnknownParameter(name=name[:40])


def _collection(
    collection: Annotated[
        str, Path(description="数据集代码 / code of a collection", max_length=64, examples=["hazard_point"])
    ],
) -> Collection:
    return declared(collection)


@dataclass(frozen=True, slots=True)
class Call:
    """One question at the standards door: what is asked, of which database, in which language and format."""

    request: Request
    database: Database
    language: Language
    format: str | None

    @property
    def base(self) -> str:
        """The address of the landing page as the client reaches it, without a slash at its end."""
        return f"{self.server}{ROOT}"

    @property
    def server(self) -> str:
        """The server as the client reaches it, without a slash at its end."""
        return str(self.request.base_url).rstrip("/")

    def above(self, *parents: Text | Collection) -> tuple[tuple[Text, str], ...]:
        """The pages above one: the landing page, then a collection's own and, for a text, the list of collections."""
        found = [(TITLE, f"{self.base}?f=html")]
        for parent in parents:
            code = f"/{parent.code}" if isinstance(parent, Collection) else ""
            title = parent.title if isinstance(parent, Collection) else parent
            found.append((title, f"{self.base}/collections{code}?f=html"))
        return tuple(found)

    def negotiated(self, offered: Mapping[str, str]) -> str:
        """The key of ``offered`` (key to media type) that is answered in; see :func:`negotiated`."""
        return negotiated(self.request, offered, self.format)

    def address(self, **changed: object) -> str:
        """The address that was asked for with some parameters changed, or left out where None."""
        kept = {name: value for name, value in self.request.query_params.items() if name not in changed}
        query = urlencode({**kept, **{name: str(value) for name, value in changed.items() if value is not None}})
        here = f"{self.server}{self.request.url.path}"
        return f"{here}?{query}" if query else here

    def selves(self, offered: Mapping[str, str], chosen: str) -> list[Link]:
        """Links to this very answer and to the same in every other format."""
        others = [key for key in offered if key != chosen]
        return [
            link(self.address(), "self", offered[chosen]),
            *(link(self.address(f=key), "alternate", offered[key]) for key in others),
        ]

    def page(
        self, resource: Resource, body: Mapping[str, Any], headers: Mapping[str, str], *, illustrative: bool = False
    ) -> Response:
        """The resource as a page to read; ``body`` has the links."""
        shell = sheet(self.request, self.language, self.database, illustrative=illustrative)
        return HTMLResponse(resource_page(shell, resource, body), headers=headers)

    def answer(self, body: dict[str, Any], resource: Resource, *, json_type: str = JSON) -> Response:
        """A resource as JSON with its links, or as the page that shows the same."""
        offered = {"json": json_type, "html": HTML}
        chosen = self.negotiated(offered)
        body = {**body, "links": [*self.selves(offered, chosen), *body.get("links", [])]}
        headers = {**link_header(body["links"]), "Content-Language": self.language, "Vary": "Accept"}
        if chosen == "html":
            return self.page(resource, body, headers)
        return JSONResponse(body, headers=headers, media_type=json_type)


def _call(
    *,
    request: Request,
    database: TheDatabase,
    language: TheLanguage,
    known: Annotated[None, Depends(_known)],
    f: Annotated[
        str | None,
        Query(description="格式，优先于 Accept / format, before the Accept header", max_length=20, examples=["json"]),
    ] = None,
) -> Call:
    return Call(request, database, language, f)


TheCall = Annotated[Call, Depends(_call)]
TheCollection = Annotated[Collection, Depends(_collection)]


def link(href: str, rel: str, media_type: str, title: str | None = None) -> Link:
    """A link as OGC API Common writes it."""
    return {"href": href, "rel": rel, "type": media_type, **({"title": title} if title else {})}


def link_header(links: Sequence[Link]) -> dict[str, str]:
    """The links as a header (RFC 8288), for clients that read no body."""
    plain = (each for each in links if each["href"].isascii() and "templated" not in each)
    told = ", ".join(f'<{each["href"]}>; rel="{each["rel"]}"; type="{each["type"]}"' for each in plain)
    return {"Link": told} if told else {}


def schema_links(collection: str) -> list[Link]:
    """Links from the address of a collection to what its items say of themselves and what a filter may name."""
    relation = "http://www.opengis.net/def/rel/ogc/1.0"
    return [link(f"{collection}/{each}", f"{relation}/{each}", SCHEMA) for each in ("schema", "queryables")]
