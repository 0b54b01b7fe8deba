"""A page of ours to a PDF: A4, PDF/A-2u, subset fonts, and nothing that is not in the page."""

from functools import cache
from threading import Lock
from typing import Any, cast

_LAYING = Lock()  # WeasyPrint and the libraries below it are not made for two threads at once


def on_paper(page: str, style: str, identifier: str) -> bytes:
    """The PDF of an HTML ``page`` with a CSS ``style``; the same of both, with the same ``identifier``, is the same."""
    from weasyprint import HTML  # half a second, and only where a document is made

    with _LAYING:
        document = HTML(string=page, url_fetcher=nothing()).write_pdf(
            stylesheets=[_sheet(style)],
            font_config=_fonts(),
            pdf_identifier=identifier.encode(),
            pdf_variant="pdf/a-2u",
        )
    return cast("bytes", document)


@cache
def nothing() -> Any:
    """What fetches no address for a document, whatever a text in it says: it holds all that it needs."""
    from weasyprint.urls import URLFetcher

    return URLFetcher(allowed_protocols=())


@cache
def _fonts() -> Any:
    from weasyprint.text.fonts import FontConfiguration

    return FontConfiguration()


@cache
def _sheet(style: str) -> Any:
    from weasyprint import CSS

    return CSS(string=style, font_config=_fonts(), url_fetcher=nothing())
