"""Columns to what personal data they seem to hold: by their heading, and by numbers that identify people."""

# The functions of pyarrow.compute are made when it is imported.
# pyright: reportAttributeAccessIssue=false

import re
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from geo.text import Text

_HEADINGS: dict[str, Text] = {
    "身份证": Text(zh="身份证号", en="identity number"),
    "证件号": Text(zh="身份证号", en="identity number"),
    "电话": Text(zh="电话", en="phone number"),
    "手机": Text(zh="电话", en="phone number"),
    "联系方式": Text(zh="电话", en="phone number"),
    "银行卡": Text(zh="银行账号", en="bank account"),
    "账号": Text(zh="银行账号", en="bank account"),
    "帐号": Text(zh="银行账号", en="bank account"),
}
_ANY = r"\d{11}"
_IDENTITY = re.compile(r"(?<!\d)[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)")
_PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_CARD = re.compile(r"(?<!\d)[3-6]\d{15,18}(?!\d)")
_CHECKSUM = "10X98765432"
_LOOKED_AT = 2_000


def kind_of_heading(heading: str) -> Text | None:
    """What personal data a heading names."""
    return next((kind for word, kind in _HEADINGS.items() if word in heading), None)


def kind_of_values(column: pa.Array) -> Text | None:
    """What personal data the values of a column seem to be, None where they seem to be none.

    Identity numbers have a date of birth and a checksum (GB 11643), bank cards a Luhn digit (ISO/IEC 7812); one code in
    ten fits by chance, so at least half of all that look alike must. Of the values long enough, the first are tried.
    """
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        greatest = pc.max(column).as_py() or 0
        column = column.cast(pa.int64(), safe=False).cast(pa.string()) if 10**10 <= greatest < 2**63 else None
    if column is None or not pa.types.is_string(column.type):
        return None
    if (pc.max(pc.utf8_length(column)).as_py() or 0) < 11:
        return None
    long = column.filter(pc.fill_null(pc.match_substring_regex(column, _ANY), False))
    text = long.slice(0, _LOOKED_AT).to_pylist()
    numbers = [found for value in text for found in _IDENTITY.findall(value)]
    if _mostly(numbers, is_identity_number):
        return _HEADINGS["身份证"]
    if any(_PHONE.search(value) for value in text):
        return _HEADINGS["电话"]
    cards = [found for value in text for found in _CARD.findall(value)]
    return _HEADINGS["银行卡"] if _mostly(cards, is_card_number) else None


def is_identity_number(number: str) -> bool:
    """Whether the last of 18 characters is the checksum of GB 11643."""
    total = sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(number[:17]))
    return _CHECKSUM[total % 11] == number[17].upper()


def is_card_number(number: str) -> bool:
    """Whether the digits fit the Luhn formula."""
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _mostly(numbers: list[str], fits: Callable[[str], bool]) -> bool:
    return bool(numbers) and 2 * sum(map(fits, numbers)) >= len(numbers)
