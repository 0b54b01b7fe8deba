"""What a page's script speaks with: language and sentences, in the block that web/static/src/config.js reads."""

from markupsafe import Markup

from geo.text import Language
from web.catalogue import catalogue
from web.page import inert_json
from web.view import Urls


def talk(language: Language, **more: object) -> Markup:
    """The configuration of a page that is not the map, as inert JSON; ``more`` are further members."""
    return inert_json(
        {
            "mode": "served",
            "language": language,
            "sentences": {language: catalogue(language)},
            "urls": {"features": Urls().features},
            **more,
        }
    )
