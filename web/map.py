"""The overview map: folium's tree of elements, which here hands over data and never text that is compiled."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import ClassVar

import folium
from branca.element import Element, MacroElement
from branca.element import Figure as BrancaFigure
from markupsafe import Markup

from geo.text import LANGUAGES
from web.catalogue import sentences
from web.legend import legend
from web.page import LAID_SCRIPT, REPORT_SCRIPT, asset, inert_json, other_language, render
from web.steps import stepped
from web.view import Json, MapView

Blocks = dict[str, object]
SCRIPT = "app/map.js"


class StockElement(TypeError):
    """A folium element that is not ours: those compile text as templates and put it into scripts."""

    def __init__(self, element: Element) -> None:
        super().__init__(
            f"{type(element).__name__} puts its text through Jinja and into scripts; contribute a MapLayer instead"
        )


class Figure(BrancaFigure):
    """The page around a map. Its template is a file of ours; what the map contributes goes in as inert JSON."""

    def __init__(self, view: MapView) -> None:
        super().__init__(title=view.title.in_(view.language))
        self._id = "figure"
        self.view = view

    def add_child(self, child: Element, name: str | None = None, index: int | None = None) -> Element:
        """Takes an :class:`OverviewMap` and nothing else."""
        if not isinstance(child, OverviewMap):
            raise StockElement(child)
        return super().add_child(child, name=name, index=index)

    def blocks(self) -> Blocks:
        """Name -> value of every JSON block that the map and its layers contribute."""
        blocks: Blocks = {}
        for child in self._children.values():
            if isinstance(child, OverviewMap):
                child.contribute(blocks)
        return blocks

    def render(self, **kwargs: object) -> str:
        """The served page; the same view gives the same bytes."""
        return self.page(self.blocks())

    def page(self, blocks: Mapping[str, object], *, style: Markup | None = None, script: Markup | None = None) -> str:
        """The page around ``blocks``; ``style`` and ``script`` are written into it instead of being linked."""
        return render(
            "map.html",
            self.view.language,
            title=self.view.title.in_(self.view.language),
            other_language=other_language(self.view.language),
            as_of=self.view.as_of.isoformat(),
            illustrative=self.view.illustrative,
            blocks={name: inert_json(value) for name, value in blocks.items()},
            style=style,
            script=script,
        )


class OverviewMap(folium.Map):
    """A folium map that contributes its configuration instead of a script, and refuses stock elements."""

    default_js: ClassVar[list[tuple[str, str]]] = []
    default_css: ClassVar[list[tuple[str, str]]] = []

    def __init__(self, view: MapView) -> None:
        west, south, east, north = view.bounds
        super().__init__(location=[(south + north) / 2, (west + east) / 2], tiles=None)
        self._id = "overview"
        self._children.clear()
        self.view = view
        self.figure = Figure(view)
        self.add_to(self.figure)

    def add_child(self, child: Element, name: str | None = None, index: int | None = None) -> Element:
        """Takes a :class:`MapLayer`; anything else raises :class:`StockElement`."""
        if not isinstance(child, MapLayer):
            raise StockElement(child)
        return super().add_child(child, name=name or child.block, index=index)

    def get_root(self) -> Figure:
        """The figure that this map was put into."""
        return self.figure

    def contribute(self, blocks: Blocks) -> None:
        """The configuration, then what each layer holds."""
        blocks["config"] = self.config()
        for child in self._children.values():
            if isinstance(child, MapLayer):
                child.contribute(blocks)

    def config(self) -> dict[str, object]:
        """What the page is told apart from data."""
        view = self.view
        return {
            "mode": "served",
            "title": view.title.both(),
            "county": {"code": view.county.code, "name": view.county.name.both()},
            "language": view.language,
            "as_of": view.as_of.isoformat(),
            "since": view.since.isoformat() if view.since else None,
            "bounds": view.bounds,
            "illustrative": view.illustrative,
            "selected_township": view.selected_township,
            "empty": view.empty,
            "notes": [note.both() for note in view.notes],
            "mine": view.mine,
            "viewer": view.viewer,
            "personal": view.personal,
            "account": view.account,
            "reportable": view.reportable,
            "urls": {**asdict(view.urls), "report_script": asset(REPORT_SCRIPT), "laid_script": asset(LAID_SCRIPT)},
            "initials": view.initials,
            "base_maps": view.base_maps,
            "pages": [{"address": address, "label": label.both()} for address, label in view.pages],
            "legend": legend(),
            "sentences": {
                view.language: sentences(
                    view.language, SCRIPT, LAID_SCRIPT, *([REPORT_SCRIPT] if view.reportable else [])
                )
            },
        }


class MapLayer(MacroElement):
    """A part of the map that contributes one block of data under its name."""

    def __init__(self, block: str, value: object) -> None:
        super().__init__()
        self._name = "MapLayer"
        self._id = block
        self.block = block
        self.value = value

    def contribute(self, blocks: Blocks) -> None:
        """Puts the value into the page's blocks; None contributes nothing and is fetched by the page."""
        if self.value is not None:
            blocks[self.block] = self.value

    def render(self, **kwargs: object) -> None:
        """Nothing: a layer is data."""


class Subjects(MapLayer):
    """The declared layers: what can be chosen, counted and reached."""

    def __init__(self, view: MapView) -> None:
        super().__init__("layers", view.layers and {"layers": list(view.layers)})


class Townships(MapLayer):
    """The townships that the choropleth colours."""

    def __init__(self, townships: Json | None) -> None:
        super().__init__("townships", townships and stepped(townships))


class Outline(MapLayer):
    """The county's outline; what lies outside it is masked."""

    def __init__(self, outline: Json | None) -> None:
        super().__init__("outline", outline and stepped(outline))


class Progress(MapLayer):
    """The figures of the first day shown."""

    def __init__(self, progress: Json | None) -> None:
        super().__init__("progress", progress)


def draw(view: MapView) -> OverviewMap:
    """The map of a view with its layers, in its own figure."""
    drawn = OverviewMap(view)
    for layer in (Subjects(view), Townships(view.townships), Outline(view.outline), Progress(view.progress)):
        drawn.add_child(layer)
    return drawn


def overview(view: MapView) -> str:
    """The page that is served at ``/``; the same view gives the same bytes, so it can have an ETag."""
    return draw(view).get_root().render()


def all_sentences() -> dict[str, dict[str, str]]:
    """The sentences in both languages, for a page that changes its language without a server."""
    return {language: sentences(language, SCRIPT) for language in LANGUAGES}
