"""The progress page from values: townships by layers against targets, months, what is overdue, and the targets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Literal

from geo.boundary import OUTSIDE
from geo.completion import STATES
from geo.delay import DELAYS
from geo.layer import Layer
from geo.money_sheet import FINDINGS
from geo.progress_sheet import WHOLE
from geo.public import NOWHERE
from geo.text import Text
from web.page import inert_json
from web.sheet import Sheet

Json = Mapping[str, Any]
By = Literal["township", "layer"]
SIGNS = {
    "met": Text(zh="✓ 达标", en="✓ met"),
    "on_course": Text(zh="› 正常", en="› on course"),
    "behind": Text(zh="▼ 落后", en="▼ behind"),
    "missed": Text(zh="! 未完成", en="! missed"),
    "no_target": Text(zh="未设任务", en="no target"),
    "no_task": Text(zh="不适用", en="not applicable"),
    "not_stated": Text(zh="不适用", en="not applicable"),
    "no_data": Text(zh="无数据", en="no data"),
}
"""What stands in a cell, in few characters; :data:`geo.completion.STATES` says it in full."""
SHOWN = 5
"""How many findings about money and work are shown; the money page has all."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the reader narrowed the page to; None is all of it. ``sort`` is a column, best first with a minus."""

    as_of: date
    layer: str | None = None
    org_unit: str | None = None
    by: By = "township"
    sort: str = ""


@dataclass(frozen=True, slots=True)
class ProgressView:
    """What the page shows: what the API answers, and names for codes.

    ``part`` names the townships of somebody who does not see all, None for who does; ``findings`` is what is apart of
    money and work.
    """

    chosen: Chosen
    completion: Json
    trend: Json
    delays: Json
    findings: Sequence[Json]
    targets: Sequence[Json]
    layers: Mapping[str, Layer]
    townships: Mapping[str, Text]
    county: str
    part: Sequence[Text] | None = None
    editable: bool = False
    empty: bool = False


def figure(value: float) -> str:
    """A number with thousands apart and at most two decimals."""
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def short(value: float) -> str:
    """The same with as many decimals as its size leaves worth reading, as the map writes it."""
    size = abs(value)
    return figure(round(value, 0 if size >= 1000 else 1 if size >= 100 else 2))


def percent(share: float) -> str:
    """A share as whole percent: not 0 where something is done, not 100 where more than a trace is left."""
    if 0 < share < 0.01:
        return "<1%"
    return "99%" if 0.99 < share < 0.9995 else f"{share:.0%}"


def unit_code(unit: str | None) -> str:
    """A unit as addresses name it."""
    return unit or OUTSIDE


def progress_page(view: ProgressView, sheet: Sheet) -> str:
    """The page at ``/progress`` within ``sheet``."""
    return sheet.render(
        "progress.html",
        view=view,
        chosen=view.chosen,
        matrix=_Matrix(view, sheet),
        figure=figure,
        short=short,
        percent=percent,
        states=STATES,
        signs=SIGNS,
        classes=DELAYS,
        kinds=FINDINGS,
        shown=SHOWN,
        records=partial(_records, view, sheet),
        page=partial(_page, view, sheet),
        place=lambda code: sheet.say(_name(view, code)),
        measure=lambda each: sheet.say(_measure(view, each)),
        counted=sheet.say(_measure(view, view.trend)) if view.trend["unit"] else None,
        part=[sheet.say(each) for each in view.part or ()],
        late=_late(view),
        series=inert_json(_series(view, sheet)),
    )


def _records(view: ProgressView, sheet: Sheet, **asked: object) -> str:
    """The address of the list of exactly the records that a figure counts: the page's filter, narrowed as asked."""
    kept: dict[str, object] = {"as_of": view.chosen.as_of, "layer": view.chosen.layer, "org_unit": view.chosen.org_unit}
    return sheet.link("/features", **(kept | asked))


def _page(view: ProgressView, sheet: Sheet, path: str = "/progress", **other: object) -> str:
    """The address of the page, with some of it chosen otherwise; ``path`` is another that takes the same."""
    kept = {name: getattr(view.chosen, name) for name in view.chosen.__slots__}
    if kept["by"] == "township":
        del kept["by"]
    return sheet.link(path, **(kept | other))


def _name(view: ProgressView, code: str | None) -> Text:
    return WHOLE if code == view.county else view.townships.get(code or "", NOWHERE)


def _measure(view: ProgressView, each: Json) -> Text:
    """The unit in which a figure is counted."""
    return next(m.unit.label for m in view.layers[each["layer"]].measures if m.code == each["measure"])


class _Matrix:
    """Rows and columns of cells: townships by layers, or the other way round.

    ``several`` is whether it is of more units than any one list of records can be of.
    """

    def __init__(self, view: ProgressView, sheet: Sheet) -> None:
        self.view, told = view, view.completion
        cells = [*told["whole"], *told["cells"]]
        self._cells = {(cell["org_unit"], cell["layer"]): cell for cell in cells}
        units: list[str | None] = [*([view.county] if told["whole"] else []), *told["units"]]
        known = {cell["layer"] for cell in cells if cell["state"] != "no_data"}
        self.unknown = [sheet.say(view.layers[code].label) for code in told["layers"] if code not in known]
        codes: list[str] = [code for code in told["layers"] if code in known]
        self.by_layer = view.chosen.by == "layer"
        rows: Sequence[str | None] = codes if self.by_layer else units
        self.columns: Sequence[str | None] = units if self.by_layer else codes
        self.labels = {code: sheet.say(view.layers[code].label) for code in codes} | {
            unit: sheet.say(_name(view, unit)) for unit in units
        }
        self.units = {cell["layer"]: sheet.say(_measure(view, cell)) for cell in cells}
        self.several = view.part is not None and len(told["units"]) > 1
        self.targeted = {cell["layer"] for cell in cells if cell["state"] in ("met", "on_course", "behind", "missed")}
        self.rows = self._sorted(rows)

    def cell(self, row: str | None, column: str | None) -> Json:
        """The cell of a row and a column."""
        return self._cells[(column, row or "") if self.by_layer else (row, column or "")]

    def overdue(self, row: str | None) -> float:
        """How many features of a row are overdue; the whole county is counted once."""
        return sum(cell["overdue"] for cell in self._of(row))

    def behind(self, row: str | None) -> int:
        """How many cells of a row are behind their target."""
        return sum(cell["state"] in ("behind", "missed") for cell in self._of(row))

    @property
    def lagging(self) -> int:
        """How many cells of townships are behind their target."""
        return sum(cell["state"] in ("behind", "missed") for cell in self.view.completion["cells"])

    def whole(self, row: str | None) -> bool:
        """Whether a row is of the whole county."""
        return not self.by_layer and row == self.view.county

    def _of(self, row: str | None) -> list[Json]:
        columns = [each for each in self.columns if each != self.view.county or len(self.columns) == 1]
        return [self.cell(row, each) for each in columns]

    def _sorted(self, rows: Sequence[str | None]) -> list[str | None]:
        """The rows as the reader sorts them, worst first; the whole county stays on top."""
        by, turned = self.view.chosen.sort.lstrip("-"), self.view.chosen.sort.startswith("-")
        column = next((each for each in self.columns if unit_code(each) == by), by)
        top, rest = [row for row in rows if self.whole(row)], [row for row in rows if not self.whole(row)]
        if by == "overdue":
            rest.sort(key=self.overdue, reverse=not turned)
        elif by == "behind":
            rest.sort(key=self.behind, reverse=not turned)
        elif column in self.columns:
            shares = {row: self.cell(row, column)["share"] for row in rest}
            told = sorted((row for row in rest if shares[row] is not None), key=lambda row: shares[row], reverse=turned)
            rest = [*told, *(row for row in rest if shares[row] is None)]
        return [*top, *rest]


def _late(view: ProgressView) -> Json:
    """What is overdue: by class in all, by layer and by township, the one with the longest and most delays first."""

    def grouped(name: str) -> list[Json]:
        found: dict[Any, dict[str, Any]] = {}
        for row in view.delays["rows"]:
            kept = found.setdefault(
                row[name], {"code": row[name], "features": 0, "longest": 0, "classes": [0] * len(DELAYS)}
            )
            kept["features"] += row["features"]
            kept["longest"] = max(kept["longest"], row["longest"])
            kept["classes"] = [one + other for one, other in zip(kept["classes"], row["classes"], strict=True)]
        return sorted(found.values(), key=lambda each: (each["classes"][::-1], each["longest"]), reverse=True)

    rows = view.delays["rows"]
    return {
        "classes": [sum(column) for column in zip(*(row["classes"] for row in rows), strict=True)] or [0] * len(DELAYS),
        "features": sum(row["features"] for row in rows),
        "layers": grouped("layer"),
        "townships": grouped("org_unit"),
    }


def _series(view: ProgressView, sheet: Sheet) -> Json:
    """The same for the pictures."""
    told = view.trend
    return {
        "days": told["days"],
        "completed": told["completed"],
        "overdue": told["overdue"],
        "target": told["target"] if any(level is not None for level in told["target"]) else None,
        "late": {
            "classes": [sheet.say(each.label) for each in DELAYS.values()],
            "rows": [
                {"name": sheet.say(_name(view, each["code"])), "values": each["classes"]}
                for each in _late(view)["townships"]
            ],
        },
    }
