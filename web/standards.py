"""The pages of the standards door: the same that programs get as JSON, to be read and followed by people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from geo.text import Text
from web.sheet import Sheet


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a table: a text, where it leads, and whether it is kept on one line."""

    text: str
    address: str = ""
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Resource:
    """What a page shows: facts by name, and one table under headings.

    ``above`` leads to the pages above it; ``connect`` is an address for other software. Values are shown as they are,
    never as markup.
    """

    title: Text
    about: Text | None = None
    connect: str = ""
    above: tuple[tuple[Text, str], ...] = ()
    facts: tuple[tuple[Text, Sequence[Cell]], ...] = ()
    headings: tuple[Text, ...] = ()
    rows: Sequence[Sequence[Cell]] = ()


_FORMATS = {
    "application/json": "JSON",
    "application/geo+json": "GeoJSON",
    "application/schema+json": "JSON Schema",
    "application/vnd.oai.openapi+json;version=3.0": "OpenAPI 3.0",
    "application/flatgeobuf": "FlatGeobuf",
    "application/vnd.apache.parquet": "GeoParquet",
    "text/csv": "CSV",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "XLSX",
}


def resource_page(shell: Sheet, resource: Resource, body: Mapping[str, Any]) -> str:
    """The page of a resource whose JSON is ``body``: its links lead on, and to every other format."""
    links: list[Mapping[str, str]] = body.get("links", [])
    others = [
        Cell(_FORMATS[link["type"].partition("; ")[0]], link["href"])
        for link in links
        if link["rel"] == "alternate" and link["type"].partition("; ")[0] in _FORMATS
    ]
    following = next((link["href"] for link in links if link["rel"] == "next"), None)
    return shell.render("ogc.html", resource=resource, others=others, following=following)
