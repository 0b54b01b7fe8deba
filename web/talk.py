"""What a page's scripts speak with: language and sentences, in the block that web/static/src/config.js reads."""

from markupsafe import Markup

from geo.layers import layers
from geo.right import Verb
from web.catalogue import sentences
from web.page import REPORT_SCRIPT, inert_json
from web.sheet import Sheet
from web.view import Urls


def talk(sheet: Sheet, *scripts: str, **more: object) -> Markup:
    """The configuration of a page that is not the map, as inert JSON; ``more`` are further members.

    ``scripts`` are those under static/ that the page has beside the one with which progress is reported.
    """
    return inert_json(
        {
            "mode": "served",
            "language": sheet.language,
            "sentences": {sheet.language: sentences(sheet.language, REPORT_SCRIPT, *scripts)},
            "urls": {"features": Urls().features},
            "account": sheet.viewer.name if sheet.viewer else None,
            "reporting": {"layers": _reportable(sheet)},
            **more,
        }
    )


def may_report(sheet: Sheet, layer: str | None = None) -> bool:
    """Whether whoever looks may report progress somewhere, of a layer if one is named; the database judges where."""
    return sheet.viewer is not None and sheet.viewer.may(Verb.EDIT, layer)


def _reportable(sheet: Sheet) -> list[dict[str, object]]:
    """The layers of which whoever looks may report progress, with their milestones."""
    return [
        {
            "code": layer.code,
            "label": layer.label.both(),
            "milestones": [{"code": each.code, "label": each.label.both()} for each in layer.milestones],
        }
        for layer in layers().values()
        if layer.milestones and may_report(sheet, layer.code)
    ]
