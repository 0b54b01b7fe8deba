"""The English sentences of pages and map: locale/en/LC_MESSAGES/shanhe.po, read as it is."""

from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

from geo.text import Language

LOCALE = Path(__file__).parent / "locale"
STATIC = Path(__file__).parent / "static"


@cache
def catalogue(language: Language) -> dict[str, str]:
    """Chinese sentence -> sentence in ``language``; empty for Chinese, which is what the sources are written in."""
    if language == "zh":
        return {}
    with (LOCALE / language / "LC_MESSAGES" / "shanhe.po").open("rb") as file:
        messages = read_po(file, locale=language)
    return {str(message.id): str(message.string) for message in messages if message.id and message.string}


@cache
def sentences(language: Language, *assets: str) -> dict[str, str]:
    """The part of the catalogue that some scripts under static/ name; the rest would only weigh."""
    said = "".join((STATIC / asset).read_text("utf-8") for asset in assets)
    return {chinese: other for chinese, other in catalogue(language).items() if f'"{chinese}"' in said}


def translate(language: Language, sentence: str) -> str:
    """A Chinese sentence of the sources in ``language``; itself where the catalogue lacks it."""
    return catalogue(language).get(sentence, sentence)
