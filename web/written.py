"""Values to the words of a page: numbers, amounts, areas and the columns of a layer, in the language of the reader."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

from pydantic.fields import FieldInfo

from geo.layer import Layer, Measure, Unit, label_of
from geo.layers import layers
from geo.text import Language, Text
from geo.vocabulary import code_list

YES, NO = Text(zh="是", en="Yes"), Text(zh="否", en="No")
_LARGE: dict[Language, tuple[tuple[int, str], ...]] = {
    "zh": ((100_000_000, " 亿元"), (10_000, " 万元"), (0, " 元")),
    "en": ((1_000_000, "M yuan"), (1_000, "k yuan"), (0, " yuan")),
}
"""From how much on an amount is written in which unit."""


def number(value: Any, most: int | None = None) -> str:
    """A number with thousands set apart and at most ``most`` decimals, none of them a last zero.

    Unless it is said, there are as many as its size leaves worth reading: the map writes it the same.
    """
    exact = Decimal(str(value))
    if most is None:
        most = 0 if abs(exact) >= 1000 else 1 if abs(exact) >= 100 else 2
    text = f"{exact:,.{most}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def yuan(value: Any, language: Language) -> str:
    """An exact amount of money."""
    return f"{Decimal(str(value)):,.2f} {'元' if language == 'zh' else 'yuan'}"


def large_yuan(value: Any, language: Language) -> str:
    """An amount of money for a headline: in 万元 or 亿元, in thousands or millions of yuan."""
    amount = Decimal(str(value))
    size, unit = next(each for each in _LARGE[language] if abs(amount) >= each[0])
    return f"{number(amount / (size or 1), 2)}{unit}"


def measured(value: Any, measure: Measure, language: Language) -> str:
    """A stored value in the unit of its measure."""
    exact = Fraction(str(value)) * measure.unit.factor
    return f"{number(Decimal(exact.numerator) / exact.denominator, 4)} {measure.unit.label.in_(language)}"


def size(value: int) -> str:
    """Bytes in the unit that leaves a number worth reading: 840 B, 12.5 KB, 3.2 MB."""
    for unit, whole in (("MB", 1_000_000), ("KB", 1_000)):
        if value >= whole:
            return f"{number(Decimal(value) / whole, 1)} {unit}"
    return f"{value} B"


def value_of(measure: Measure, record: dict[str, Any]) -> Any:
    """What a feature, as :func:`geo.feature.feature` tells it, has of a measure; None where it does not say."""
    if measure.source in ("area_m2", "registered_area_m2"):
        return record[measure.source]
    return record["attributes"].get(measure.source)


def cell(layer: Layer | None, name: str, value: Any, language: Language) -> str:
    """A value of a column in words: codes by their labels, yes and no, numbers with their unit."""
    info = layer.columns.get(name) if layer is not None else None
    listed = code_list(info) if info is not None else None
    for entry in listed.codes if listed is not None else ():
        if entry.code == value:
            return entry.label.in_(language)
    if isinstance(value, bool):
        return (YES if value else NO).in_(language)
    if isinstance(value, (int, float, Decimal)):
        unit = _unit(info, language) if info is not None else ""
        written = str(value) if _is_year(name) else number(value, 4)
        return f"{written} {unit}".rstrip()
    if isinstance(value, list):
        return ("、" if language == "zh" else ", ").join(map(str, value))  # pyright: ignore[reportUnknownArgumentType]
    return str(value)


def _is_year(name: str) -> bool:
    """Whether a column of numbers holds years, which have no thousands."""
    return name.endswith("year")


def _unit(info: FieldInfo, language: Language) -> str:
    """The unit of a column of which one is one, unless its label says it already."""
    extra: Any = info.json_schema_extra
    label = label_of(info).in_(language)
    unit = _counted().get(extra.get("unit", ""))
    return "" if unit is None or label.endswith((")", "）")) else unit.label.in_(language)


def _counted() -> dict[str, Unit]:
    every = (measure.unit for layer in layers().values() for measure in layer.measures)
    return {unit.code: unit for unit in every if unit.factor == 1}
