"""The public columns and milestones of a layer to the columns of a file, each under a heading the importer knows."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
from pydantic.fields import FieldInfo

from geo.export.choice import Headings
from geo.heading import BYTES
from geo.layer import Layer, is_private, label_of
from geo.text import Text
from geo.vocabulary import code_list

STORED = ("code", "name", "township", "village", "registered_area_m2", "starts_on", "due_on")
"""Columns that have a place of their own; all others are attributes."""


@dataclass(frozen=True)
class Column:
    """One column of a file: ``target`` is a column name or ``milestone:CODE``.

    ``codes`` is what is written for each code of its list, None where it has no list.
    """

    target: str
    heading: str
    label: Text
    arrow: pa.DataType
    codes: dict[str, str] | None = None

    def cells(self, records: list[dict[str, Any]]) -> list[Any]:
        """What the column holds of each record, by its Arrow type."""
        if self.target.startswith("milestone:"):
            step = self.target.removeprefix("milestone:")
            found = [record["milestones"] and record["milestones"].get(step) for record in records]
        elif self.target in STORED:
            found = [record[self.target] for record in records]
        else:
            found = [record["attributes"].get(self.target) for record in records]
        if self.codes is not None:
            codes = self.codes
            found = [codes.get(value, value) if isinstance(value, str) else value for value in found]
        fitting = _FITTING.get(self.arrow)
        return found if fitting is None else [None if value is None else fitting(value) for value in found]


def columns(layer: Layer, headings: Headings, *, short: bool = False) -> tuple[Column, ...]:
    """The columns of a layer's files: declared ones without personal ones, then milestones.

    ``short``: headings of at most ten bytes in GBK, as a shapefile has them.
    """
    from geo.ingest.column import Reader

    name = _Headings(layer, headings, short=short)
    found: list[Column] = []
    for target, info in layer.columns.items():
        if is_private(info):
            continue
        label = label_of(info)
        kind = pa.string() if code_list(info) else Reader.of(info).arrow
        found.append(Column(target, name(target, label), label, kind, _codes(info, headings)))
    for milestone in layer.milestones:
        target = f"milestone:{milestone.code}"
        found.append(Column(target, name(target, milestone.label), milestone.label, pa.date32()))
    return tuple(found)


class _Headings:
    """Finds a heading for each column that the importer takes for that column and for no other."""

    def __init__(self, layer: Layer, headings: Headings, *, short: bool) -> None:
        self.known = layer.headings()
        self.short = layer.short_headings() if short else None
        self.language: Headings = headings

    def __call__(self, target: str, label: Text) -> str:
        declared = [heading for heading, meant in self.known.items() if meant == target]
        if self.short is not None:
            chinese = [label.zh, *declared] if self.language == "zh" else []
            wanted = [each for each in chinese if not each.isascii() and _fits(each)]
            wanted.append(self.short[target])
        else:
            name = target.removeprefix("milestone:")
            wanted = [name if self.language == "code" else label.in_(self.language), name, *declared]
        return next(each for each in wanted if self.known.get(each.casefold()) == target)


def _fits(heading: str) -> bool:
    try:
        return len(heading.encode("gbk")) <= BYTES
    except UnicodeEncodeError:
        return False


def _codes(info: FieldInfo, headings: Headings) -> dict[str, str] | None:
    listed = code_list(info)
    if listed is None:
        return None
    return {code.code: code.code if headings == "code" else code.label.in_(headings) for code in listed.codes}


def _date(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


_FITTING: dict[pa.DataType, Callable[[Any], object]] = {pa.date32(): _date, pa.string(): _text}
