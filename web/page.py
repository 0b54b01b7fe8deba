"""Pages from values: templates in both languages, data as inert JSON, assets by the hash of their content."""

import json
from functools import cache
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from geo.text import LANGUAGES, Language
from web.catalogue import STATIC, translate

FOLDER = Path(__file__).parent
LAID_SCRIPT = "app/laid.js"
"""What lays parcels over the map."""
REPORT_SCRIPT = "app/report.js"
"""What reports progress, on the map and on pages."""
LANGUAGE_TAGS: dict[Language, str] = {"zh": "zh-CN", "en": "en"}

# What every page can be served with. Scripts and styles are files of this origin, so that no nonce is needed: nothing
# that is written into a page runs, neither a script, nor a handler, nor a style.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; script-src-attr 'none'; style-src 'self'; object-src 'none';"
    " base-uri 'none'; form-action 'self'; frame-src 'none'; frame-ancestors 'none'"
)

_INERT = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def inert_json(value: object) -> Markup:
    """JSON that no browser reads as markup or script, whatever texts it holds; refuses NaN and infinity."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character, written in _INERT.items():  # many times as fast as translate() where there is little to do
        text = text.replace(character, written)
    return Markup(text)  # noqa: S704 - every character that could end the element is gone


@cache
def asset(name: str) -> str:
    """The address of a file under static/, which changes with its content: it may be cached for ever."""
    return f"/static/{name}?v={sha256(static_bytes(name)).hexdigest()[:12]}"


@cache
def static_bytes(name: str) -> bytes:
    """The bytes of a file under static/."""
    return (STATIC / name).read_bytes()


_ENVIRONMENT = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(template: str, language: Language, **values: object) -> str:
    """A template of web/templates filled with ``values``, which are never compiled as templates themselves."""

    def sentence(chinese: str) -> str:
        return translate(language, chinese)

    common: dict[str, object] = {"_": sentence, "asset": asset, "language_tag": LANGUAGE_TAGS[language]}
    return _ENVIRONMENT.get_template(template).render({**common, **values})


def error_page(status: int, language: Language, *, detail: str | None = None, home: str = "/") -> str:
    """The page for an answer that is not the one asked for: ``status``, a sentence, and ``detail`` if any."""
    return render("error.html", language, status=status, detail=detail, home=home)


def no_county_page(language: Language, *, county: str) -> str:
    """The page of a database that knows no township yet: what to do first. ``county`` is its six-digit code."""
    return render("no_county.html", language, county=county)


def other_language(language: Language) -> Language:
    """The language that the switch leads to."""
    return next(each for each in LANGUAGES if each != language)
