"""The units that documents write, among them those in which nothing is recorded."""

from fractions import Fraction

from geo.layer import (
    BATCH,
    ENTERPRISE_VISIT,
    HECTARE,
    HOUSEHOLD,
    MINE,
    MU,
    PARCEL,
    PATCH,
    PERSON,
    PIECE,
    PLACE,
    VISIT,
    WAN_YUAN,
    Unit,
)
from geo.text import Text

NAME = Unit("name", Text(zh="名", en="persons"))
CARD = Unit("card", Text(zh="张", en="cards"))
CASE = Unit("case", Text(zh="件", en="cases"))
ITEM = Unit("item", Text(zh="项", en="projects"))
SQUARE_METRE = Unit("square_metre", Text(zh="平方米", en="m²"), Fraction(1), "area")
YUAN = Unit("yuan", Text(zh="元", en="yuan"), Fraction(1), "money")
YI_YUAN = Unit("yi_yuan", Text(zh="亿元", en="100 million yuan"), Fraction(1, 100_000_000), "money")
PERCENT = Unit("percent", Text(zh="%", en="%"), Fraction(100), "share")
SCORE = Unit("score", Text(zh="分", en="points"), Fraction(1), "score")

UNITS = (
    PLACE, HOUSEHOLD, PERSON, VISIT, PARCEL, PATCH, MINE, PIECE, BATCH, ENTERPRISE_VISIT, NAME, CARD, CASE, ITEM,
    MU, HECTARE, SQUARE_METRE, YUAN, WAN_YUAN, YI_YUAN, PERCENT, SCORE,
)  # fmt: skip


def quantity(number: str, unit: str) -> Text:
    """A number with its unit, as it is read in each language."""
    known = unit_of(unit)
    if known is None:
        return Text(zh=number, en=number)
    if known.dimension == "share":
        return Text(zh=f"{number}%", en=f"{number}%")
    times = "× " if known.label.en[0].isdigit() else ""
    return Text(zh=f"{number} {known.label.zh}", en=f"{number} {times}{known.label.en}")


def unit_of(spelling: str) -> Unit | None:
    """The unit that a document writes so, or whose code this is."""
    return next((unit for unit in UNITS if spelling in (unit.code, unit.label.zh)), None)
