"""The shell of every page that is not the map: title, navigation, day, language switch, footer."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from geo.text import Language, Text
from geo.viewer import Viewer
from web.page import other_language, render


@dataclass(frozen=True, slots=True)
class PageLink:
    """A page that the navigation leads to."""

    address: str
    label: Text


PAGES = (
    PageLink("/", Text(zh="地图", en="Map")),
    PageLink("/progress", Text(zh="进度", en="Progress")),
    PageLink("/reports", Text(zh="上报", en="Reports")),
    PageLink("/money", Text(zh="资金", en="Money")),
    PageLink("/ledger", Text(zh="台账", en="Ledger")),
    PageLink("/parcels", Text(zh="地块", en="Parcels")),
    PageLink("/import", Text(zh="导入导出", en="Data")),
    PageLink("/claims", Text(zh="核对", en="Claims")),
    PageLink("/ogc", Text(zh="接口", en="GIS")),
)
"""All pages, in the order of the navigation; an application links those that it has."""
MY_TOWNSHIP = Text(zh="我的乡镇", en="My township")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands around a page; ``path`` and ``query`` are its own address without the language."""

    language: Language
    county: Text
    path: str
    query: str
    pages: tuple[PageLink, ...]
    chosen_language: bool
    as_of: date
    illustrative: bool = False
    viewer: Viewer | None = None

    def link(self, path: str, **query: object) -> str:
        """An address on this site, in the language that was asked for."""
        asked = {name: str(value) for name, value in query.items() if value}
        if self.chosen_language:
            asked["lang"] = self.language
        return f"{path}?{urlencode(asked)}" if asked else path

    @property
    def switched(self) -> str:
        """This address in the other language."""
        return f"{self.path}?{self.query}{'&' if self.query else ''}lang={other_language(self.language)}"

    def say(self, text: Text) -> str:
        """A text in the language of the page."""
        return text.in_(self.language)

    def is_current(self, page: PageLink) -> bool:
        """Whether the page, or one below it, is the one shown."""
        return self.path == page.address or (page.address != "/" and self.path.startswith(f"{page.address}/"))

    def render(self, template: str, **values: object) -> str:
        """A template that extends sheet.html, around which this stands."""
        return render(
            template, self.language, sheet=self, say=self.say, other_language=other_language(self.language), **values
        )
