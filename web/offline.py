"""The map as one file: style, script and data inside, no request, works from a memory stick."""

from markupsafe import Markup

from web.map import all_sentences, draw
from web.packed import columns, packed
from web.page import static_bytes
from web.view import MapView


def one_file(view: MapView) -> str:
    """One self-contained HTML file of ``view``, which must hold layers, townships, outline and progress.

    Both languages are inside; ``?lang=en`` behind the file's name opens the other one. Raises ValueError where the
    view lacks what the page would otherwise have fetched.
    """
    missing = [name for name in ("layers", "townships", "outline", "progress") if getattr(view, name) is None]
    if missing:
        raise ValueError(f"a one-file map fetches nothing and needs: {', '.join(missing)}")
    drawn = draw(view)
    figure = drawn.get_root()
    held = figure.blocks() | {"features": columns(view.features or {"features": []})}
    blocks: dict[str, object] = {"packed": packed({name: held[name] for name in held if name != "config"})}
    blocks["config"] = {
        **drawn.config(),
        "mode": "file",
        "urls": {},
        "viewer": None,
        "account": None,
        "personal": False,
        "reportable": [],
        "pages": [],
        "base_maps": None,
        "sentences": all_sentences(),
    }
    return figure.page(blocks, style=_inside("app/map.css", "</style"), script=_inside("app/map.js", "</script"))


def _inside(name: str, end: str) -> Markup:
    """A file of our own to stand inside an element, which its text must not end."""
    text = static_bytes(name).decode()
    if end in text.casefold():
        raise ValueError(f"{name} holds {end}")
    return Markup(text)  # noqa: S704 - our own file, looked through above
