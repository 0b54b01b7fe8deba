"""Pinyin initials: letters as people type them to patterns over Chinese names, names to the letters they begin with."""

import re
import unicodedata
from functools import cache

_LETTERS = re.compile(r"[A-Za-z]{2,12}")
_WRITTEN = (0x3007, *range(0x4E00, 0xA000))
"""The characters that names are written with, 〇 among them; what is beyond stands in dictionaries only."""


@cache
def _beginnings() -> dict[str, str]:
    """Character -> the letters that its readings begin with, all of them: a name may be read any way."""
    from pypinyin.pinyin_dict import pinyin_dict  # a fifth of a second, so only who searches by letters pays

    return {
        chr(code): "".join(dict.fromkeys(_letter(reading) for reading in pinyin_dict[code].split(",")))
        for code in _WRITTEN
        if code in pinyin_dict
    }


def _letter(reading: str) -> str:
    return unicodedata.normalize("NFD", reading)[0]


@cache
def _classes() -> dict[str, str]:
    """Letter -> the class, in a regular expression, that holds all characters it may stand for."""
    members: dict[str, list[str]] = {}
    for character, letters in _beginnings().items():
        for letter in letters:
            members.setdefault(letter, []).append(character)
    return {letter: f"[{letter}{letter.upper()}{''.join(members.get(letter, ()))}]" for letter in _ALPHABET}


_ALPHABET = "abcdefghijklmnopqrstuvwxyz"


def pattern(text: str) -> str | None:
    """A regular expression for names that hold characters read with these initials, one after another.

    None where ``text`` is not 2 to 12 letters: then it means nothing but itself.
    """
    if not _LETTERS.fullmatch(text):
        return None
    return "".join(_classes()[letter] for letter in text.lower())


def initials(name: str) -> tuple[str, ...]:
    """The letters that each character of a name may begin with; what is not Chinese stands for itself."""
    return tuple(_beginnings().get(character, character.lower()) for character in name)
