"""The headings of a file to the columns of a layer: by alias, as saved or chosen, or likely and only proposed."""

import difflib
import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from psycopg.types.json import Jsonb

from geo.database import Connection, one, rows, statement
from geo.errors import BadValue, NotFound
from geo.layer import Layer
from geo.text import Text

How = Literal["alias", "saved", "chosen", "likeness", "none"]

THRESHOLD = 0.75
"""Least likeness (difflib's ratio of bare headings) that is proposed; below it short headings match anything."""

DBF_BYTES = 10
"""A shapefile's headings are cut after so many bytes."""

STAGE = ("当前进度", "进度", "进展", "milestone")
STAGE_DATE = ("进度日期", "达到日期", "reached_on")

_BRACKETED = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]")
_UNITS = {
    "平方米": "m2", "m2": "m2", "㎡": "m2", "平米": "m2", "亩": "mu", "mu": "mu", "公顷": "ha", "ha": "ha",
    "元": "yuan", "yuan": "yuan", "万元": "wan_yuan", "平方公里": "km2", "km2": "km2", "亿元": "yi_yuan",
}  # fmt: skip
_BASE = {"registered_area_m2": "m2"}


@dataclass(frozen=True, slots=True)
class Match:
    """What one heading means and how that is known: a column, ``milestone:CODE``, ``stage`` or ``stage_on``, or None.

    A ``likeness`` is only proposed; its column is left out until somebody confirms it.
    """

    heading: str
    target: str | None
    how: How

    @property
    def applies(self) -> bool:
        """Whether the column is read."""
        return self.target is not None and self.how != "likeness"


@dataclass(frozen=True)
class Meaning:
    """What all headings of a file mean; ``saved`` is the name of the saved mapping that was used."""

    matches: tuple[Match, ...]
    saved: str | None = None

    @cached_property
    def columns(self) -> dict[str, str]:
        """Target -> heading, of the columns that are read; the first of several that mean the same."""
        found: dict[str, str] = {}
        for match in self.matches:
            if match.applies and match.target is not None:
                found.setdefault(match.target, match.heading)
        return found


@dataclass(frozen=True, slots=True)
class Saved:
    """A mapping under its name: heading -> target, ``""`` for a column that is left out."""

    layer: str
    name: str
    fingerprint: str
    mapping: Mapping[str, str]


def meaning(
    layer: Layer, headings: tuple[str, ...], chosen: Mapping[str, str] | None = None, saved: Saved | None = None
) -> Meaning:
    """What each heading means: what was chosen comes first, then what was saved, then the layer's aliases.

    Raises :class:`BadValue` where ``chosen`` names a heading or target that is not there.
    """
    chosen = chosen or {}
    known = targets(layer)
    for heading, target in chosen.items():
        if heading not in headings:
            raise BadValue(name="column", value=heading, reason=_listed("文件的列：", "the file has ", headings))
        if target and target not in known.values():
            listed = tuple(sorted(set(known.values())))
            raise BadValue(name="column", value=target, reason=_listed("可用：", "use ", listed))
    spoken = {folded(spelling): target for spelling, target in known.items()}
    decided: dict[str, Match] = {}
    for heading in headings:
        if heading in chosen:
            decided[heading] = Match(heading, chosen[heading] or None, "chosen")
        elif saved is not None and heading in saved.mapping:
            decided[heading] = Match(heading, saved.mapping[heading] or None, "saved")
        elif folded(heading) in spoken:
            decided[heading] = Match(heading, spoken[folded(heading)], "alias")
    taken = {match.target for match in decided.values() if match.target}
    likely = _likely(known, [heading for heading in headings if heading not in decided], taken)
    for heading in headings:
        if heading not in decided:
            target = likely.get(heading)
            decided[heading] = Match(heading, target, "likeness" if target else "none")
    return Meaning(tuple(decided[heading] for heading in headings), saved.name if saved else None)


def targets(layer: Layer) -> dict[str, str]:
    """Every spelling of a heading -> what it means."""
    return dict.fromkeys(STAGE, "stage") | dict.fromkeys(STAGE_DATE, "stage_on") | layer.headings()


def folded(heading: str) -> str:
    """A heading without what differs between keyboards: width, case and blanks."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", heading)).casefold()


def bare(heading: str) -> str:
    """A heading without remarks in brackets, underscores and punctuation too."""
    return re.sub(r"[\W_]+", "", _BRACKETED.sub("", folded(heading)))


def unit_of(heading: str) -> str | None:
    """The unit that a heading states in brackets, None where it states none that is known."""
    stated = [first or second for first, second in _BRACKETED.findall(folded(heading))]
    return next((_UNITS[word] for word in stated if word in _UNITS), None)


def other_unit(layer: Layer, match: Match) -> bool:
    """Whether a heading states a unit in which its column is not kept, so that its numbers would be misread."""
    stated = unit_of(match.heading)
    info = layer.columns.get(match.target or "")
    if stated is None or info is None:
        return False
    kept = _BASE.get(match.target or "") or next(
        (
            unit
            for spelling, target in layer.headings().items()
            if target == match.target and (unit := unit_of(spelling))
        ),
        None,
    )
    return kept is not None and kept != stated


def fingerprint(headings: tuple[str, ...]) -> str:
    """The same for files with the same headings, whatever their order."""
    return hashlib.sha256("\n".join(sorted(folded(heading) for heading in headings)).encode()).hexdigest()


def _likely(known: Mapping[str, str], headings: list[str], taken: set[str]) -> dict[str, str]:
    """The target each heading most resembles, at most one heading for a target, none that is taken."""
    spelled = [(bare(spelling), target) for spelling, target in known.items() if target not in taken]
    found: list[tuple[float, str, str]] = []
    for heading in headings:
        word = bare(heading)
        if len(word) < 2:
            continue
        found += [
            (ratio, heading, target)
            for spelling, target in spelled
            if (ratio := _likeness(word, spelling)) >= THRESHOLD
        ]
    likely: dict[str, str] = {}
    for _, heading, target in sorted(found, key=lambda each: -each[0]):
        if heading not in likely and target not in likely.values():
            likely[heading] = target
    return likely


def _likeness(word: str, spelling: str) -> float:
    """1 for equal words, nearly 1 where a shapefile cut the heading, else difflib's ratio."""
    if word == spelling:
        return 1
    cut = any(DBF_BYTES - 2 <= len(word.encode(encoding, "replace")) <= DBF_BYTES for encoding in ("utf-8", "gb18030"))
    if cut and spelling.startswith(word):
        return 0.99
    return difflib.SequenceMatcher(None, word, spelling).ratio()


def _listed(zh: str, en: str, words: tuple[str, ...]) -> Text:
    listed = " ".join(words[:60]) or "-"
    return Text(zh=zh + listed, en=en + listed)


# --- saved under a name -----------------------------------------------------------------------------------------------


def save(connection: Connection, layer: Layer, name: str, found: Meaning, *, by: str) -> None:
    """Keep what the headings of a file mean under a name, in place of what had it; raises :class:`BadValue`."""
    if not name.strip() or len(name) > 100:
        reason = Text(zh="名称应为 1 至 100 个字", en="a name has 1 to 100 characters")
        raise BadValue(name="mapping", value=name[:100], reason=reason)
    headings = tuple(match.heading for match in found.matches)
    kept = {match.heading: match.target if match.applies else "" for match in found.matches if match.how != "none"}
    connection.execute(
        statement("mapping_save"),
        {
            "layer": layer.code, "name": name.strip(), "fingerprint": fingerprint(headings), "mapping": Jsonb(kept),
            "by": by,
        },
    )  # fmt: skip


def recall(connection: Connection, layer: Layer, headings: tuple[str, ...], name: str | None = None) -> Saved | None:
    """The mapping of a name, or the newest one saved for the same headings; raises :class:`NotFound` for a name."""
    found = next(_saved(connection, layer, name, None if name else fingerprint(headings)), None)
    if name and found is None:
        raise NotFound(noun=Text(zh="列映射", en="mapping"), key=name)
    return found


def listed(connection: Connection, layer: Layer) -> list[Saved]:
    """All mappings of a layer, newest first."""
    return list(_saved(connection, layer, None, None))


def forget(connection: Connection, layer: Layer, name: str) -> None:
    """Drop a mapping; raises :class:`NotFound`."""
    if one(connection, "mapping_delete", bool, layer=layer.code, called=name) is None:
        raise NotFound(noun=Text(zh="列映射", en="mapping"), key=name)


def _saved(connection: Connection, layer: Layer, name: str | None, print_: str | None) -> Iterator[Saved]:
    for row in rows(connection, "mapping_all", layer=layer.code, called=name, fingerprint=print_):
        told: dict[str, Any] = row
        yield Saved(**told)
