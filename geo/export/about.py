"""What an export says of itself: layer, day, filter, coordinate system, source and when it was made."""

from dataclasses import dataclass
from datetime import date
from importlib.metadata import PackageNotFoundError, version

import pyproj

from geo.database import Connection, rows
from geo.feature import Wanted
from geo.layer import STATUS_LABELS, Layer
from geo.text import Language, Text

_FILES = 5


@dataclass(frozen=True, slots=True)
class About:
    """Statements in order, each with its name; ``title`` is the layer, ``made`` the day."""

    title: Text
    made: date
    statements: tuple[tuple[Text, Text], ...]

    def lines(self, language: Language) -> list[str]:
        """One line for each statement."""
        between = "：" if language == "zh" else ": "
        return [f"{name.in_(language)}{between}{said.in_(language)}" for name, said in self.statements]


def about(connection: Connection, layer: Layer, wanted: Wanted, system: pyproj.CRS, made: date) -> About:
    """Gather the statements; the files named are the ones that the layer's present features came from."""
    found = rows(connection, "export_sources", layer=layer.code)
    files = [row["file"] for row in found[:_FILES]] + (["…"] if len(found) > _FILES else [])
    source = " ".join(["shanhe", _version(), *([f"({', '.join(files)})"] if files else [])])
    code = system.to_epsg()
    named = f"EPSG:{code} {system.name}" if code else system.name
    said = [
        (Text(zh="图层", en="Layer"), layer.label),
        (Text(zh="截至日期", en="As of"), _same(wanted.as_of.isoformat())),
        (Text(zh="范围", en="Filter"), _filter(connection, layer, wanted)),
        (Text(zh="坐标系", en="Coordinate system"), _same(named)),
        (Text(zh="来源", en="Source"), Text(zh=f"山河 {source}", en=source)),
        (Text(zh="制作日期", en="Made on"), _same(made.isoformat())),
    ]
    if any(row["illustrative"] for row in found):
        warning = Text(zh="含示意数据，不得作为依据", en="Holds invented data for illustration, no evidence")
        said.append((Text(zh="注意", en="Note"), warning))
    return About(layer.label, made, tuple(said))


def unit_name(connection: Connection, code: str) -> Text:
    """The name of a unit, of ``""`` that of the place outside every township; its code where there is no such unit."""
    if code == "":
        return Text(zh="乡镇之外", en="In no township")
    found = rows(connection, "export_unit", unit=code)
    return Text(zh=found[0]["zh"], en=found[0]["en"]) if found else _same(code)


def _filter(connection: Connection, layer: Layer, wanted: Wanted) -> Text:
    parts: list[Text] = []
    if wanted.org_unit is not None:
        parts.append(unit_name(connection, wanted.org_unit))
    if wanted.status is not None:
        parts.append(STATUS_LABELS[wanted.status])
    if wanted.milestone is not None:
        labels = {milestone.code: milestone.label for milestone in layer.milestones}
        reached = labels.get(wanted.milestone, _same(wanted.milestone))
        parts.append(Text(zh="已达到{step}", en="has reached {step}").format(step=reached))
    if wanted.text:
        parts.append(_same(f"“{wanted.text}”"))
    if wanted.bounds is not None:
        parts.append(_same(" ".join(f"{degree:g}" for degree in wanted.bounds)))
    if not parts:
        return Text(zh="全部", en="all")
    return Text(zh="；".join(part.zh for part in parts), en="; ".join(part.en for part in parts))


def _same(text: str) -> Text:
    return Text(zh=text, en=text)


def _version() -> str:
    try:
        return version("shanhe")
    except PackageNotFoundError:
        return "0"
